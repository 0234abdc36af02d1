"""How much of the Python modules the test suite runs, from what ``coverage json`` has written.

    python tests/coverage_of_python.py FILE

Prints lines and branches of all files; coverage itself counts both as one. The exit status is 1
below 98 % of branches. `make coverage` does all of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LEAST_BRANCHES = 98.0


def main() -> int:
    totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
    lines = 100.0 * totals["covered_lines"] / totals["num_statements"]
    branches = 100.0 * totals["covered_branches"] / totals["num_branches"]
    print(f"h2fast: {lines:.1f} % of lines, {branches:.1f} % of branches")
    return 0 if branches >= LEAST_BRANCHES else 1


if __name__ == "__main__":
    sys.exit(main())
