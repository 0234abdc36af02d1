"""Faults that are put into HPACK and flow control, one at a time, and whether the C tests see them.

    python tests/mutations.py [FILE ...]

They stand in tests/mutations.txt. What the tests of
tests/c do not see in it survives. The exit status is 1 when more than one in ten does, or where a
line is not there any more. `make mutations` runs it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEAST_KILLED = 0.9


def read() -> list[tuple[str, str, str]]:
    """The file, what is right, and what is wrong."""
    mutations, name, right = [], "", ""
    for line in (ROOT / "tests" / "mutations.txt").read_text(encoding="utf-8").splitlines():
        rest = line[2:].replace("\\n", "\n")
        match line[:2]:
            case "@ ":
                name = rest
            case "- ":
                right = rest
            case "+ ":
                mutations.append((name, right, rest))
    return mutations


FLAGS = ["-std=c11", "-O1", "-w"]


def programs(sources: Path) -> list[str]:
    return sorted(
        path.stem for path in sources.glob("test_*.c") if "alloc_failure" not in path.stem
    )


def build(compiler: list[str], tree: Path, names: list[str]) -> bool:
    """Whether all programs of a tree can be built, of what is not compiled yet."""
    csrc = tree / "csrc"
    sources = [*sorted(csrc.glob("*.c")), *(tree / "c" / f"{name}.c" for name in names)]
    for source in sources:
        if not source.with_suffix(".o").exists():
            output = str(source.with_suffix(".o"))
            command = [*compiler, *FLAGS, f"-I{csrc}", "-c", str(source), "-o", output]
            if subprocess.run(command, check=False).returncode:
                return False
    objects = [str(source.with_suffix(".o")) for source in sources if source.parent == csrc]
    for name in names:
        command = [*compiler, str(tree / "c" / f"{name}.o"), *objects, "-o", str(tree / name)]
        if subprocess.run(command, check=False).returncode:
            return False
    return True


def copy(to: Path) -> None:
    shutil.copytree(ROOT / "csrc", to / "csrc")
    shutil.copytree(ROOT / "tests" / "c", to / "c")


def passes(tree: Path, names: list[str]) -> bool:
    for name in names:
        try:
            done = subprocess.run([tree / name], capture_output=True, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            return False
        if done.returncode:
            return False
    return True


def survives(compiler: list[str], good: Path, name: str, right: str, wrong: str) -> bool:
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work)
        shutil.copytree(good / "csrc", tree / "csrc")
        shutil.copytree(good / "c", tree / "c")
        source = tree / "csrc" / name
        text = source.read_text()
        assert right in text, f"{name}: {right!r} is not there any more"
        source.write_text(text.replace(right, wrong, 1))
        stale = [source.with_suffix(".o")] if name.endswith(".c") else tree.glob("c*/*.o")
        for each in stale:
            each.unlink()
        names = programs(tree / "c")
        return build(compiler, tree, names) and passes(tree, names)


def main() -> int:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    every = [each for each in read() if len(sys.argv) < 2 or each[0] in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as work:
        good = Path(work)
        copy(good)
        names = programs(good / "c")
        assert build(compiler, good, names)
        assert passes(good, names), "the tests fail without any fault"
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            survived = list(pool.map(lambda each: survives(compiler, good, *each), every))
    for (name, right, wrong), alive in zip(every, survived, strict=True):
        if alive:
            print(f"survived: {name}: {right.strip()!r} as {wrong.strip()!r}")
    killed = len(every) - sum(survived)
    print(f"{killed} of {len(every)} killed, {100 * killed / len(every):.0f} %")
    return 0 if killed >= LEAST_KILLED * len(every) else 1


if __name__ == "__main__":
    sys.exit(main())
