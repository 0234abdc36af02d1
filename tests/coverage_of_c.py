"""How much of csrc the test suite runs, by gcov: its C tests, and the extensions under the others.

    python tests/coverage_of_c.py FOLDER ...

Reads what programs that were compiled with --coverage have left in the folders, and prints lines
and branches by file, and those that were never taken. The exit status is 1 below 95 % of lines or
90 % of branches. `make coverage` does all of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LEAST_LINES, LEAST_BRANCHES = 95.0, 90.0

Counts = dict[str, dict[Any, int]]  # of each file, by line, or by line and number of the branch


def read(folder: str, lines: Counts, branches: Counts) -> None:
    for data in sorted(Path(folder).resolve().rglob("*.gcda")):
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", str(data)]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
        for report in done.stdout.splitlines():
            add(json.loads(report), lines, branches)


def add(report: dict[str, Any], lines: Counts, branches: Counts) -> None:
    for file in report["files"]:
        path = Path(report["current_working_directory"], file["file"])
        if path.parent.name != "csrc":
            continue
        for line in file["lines"]:
            lines[path.name][line["line_number"]] += line["count"]
            for i, branch in enumerate(line["branches"]):
                branches[path.name][line["line_number"], i] += branch["count"]


def share(counts: dict[Any, int]) -> float:
    return 100.0 * sum(n > 0 for n in counts.values()) / len(counts) if counts else 100.0


def main() -> int:
    lines: Counts = defaultdict(lambda: defaultdict(int))
    branches: Counts = defaultdict(lambda: defaultdict(int))
    for folder in sys.argv[1:]:
        read(folder, lines, branches)
    for name in sorted(lines):
        missed = [str(number) for number, count in sorted(lines[name].items()) if not count]
        halves = sorted({number for (number, _), count in branches[name].items() if not count})
        print(
            f"{name:24} {share(lines[name]):6.1f} % of {len(lines[name]):4} lines, "
            f"{share(branches[name]):6.1f} % of {len(branches[name]):4} branches"
            + (f"; lines {' '.join(missed)}" if missed else "")
            + (f"; branches in {' '.join(map(str, halves))}" if halves else "")
        )
    every_line = {(name, n): c for name, file in lines.items() for n, c in file.items()}
    every_branch = {(name, n): c for name, file in branches.items() for n, c in file.items()}
    print(f"csrc: {share(every_line):.1f} % of lines, {share(every_branch):.1f} % of branches")
    enough = share(every_line) >= LEAST_LINES and share(every_branch) >= LEAST_BRANCHES
    return 0 if enough and every_line else 1


if __name__ == "__main__":
    sys.exit(main())
