"""Faults that are put into HPACK and flow control, one at a time, and whether the tests see them.

    python tests/mutations.py [FILE ...]

They stand in tests/mutations.txt. One in csrc is for the programs of tests/c to see, one in
h2fast for the tests that TESTS names; what they do not see survives. The exit status is 1 when
more than one in ten does, or where a line is not there any more. `make mutations` runs it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
LEAST_KILLED = 0.9
FLAGS = ["-std=c11", "-O1", "-w"]

# What sees a fault of a Cython module, soonest first.
TESTS = {
    "_hpack": [
        "tests/unit/test_decoder.py",
        "tests/unit/test_encoder.py",
        "tests/unit/test_header_table.py",
        "tests/unit/test_huffman.py",
        "tests/differential/test_corrupted_blocks.py",
    ],
    "_h2": [
        "tests/unit/test_h2_windows.py",
        "tests/unit/test_h2_additions.py",
        "tests/unit/test_h2_clock.py",
        "tests/unit/test_h2_hostile.py",
        "tests/conformance/test_hostile_peers.py::test_the_default_limit",
        "tests/conformance/test_hostile_peers.py::test_another_limit",
        "tests/differential/test_h2_in_steps.py",
        "tests/differential/test_h2_parts.py",
        "tests/differential/test_h2_late.py",
        "tests/differential/test_h2_walk.py",
    ],
}


class Mutation(NamedTuple):
    file: str
    right: str
    wrong: str

    @property
    def module(self) -> str | None:
        """The Cython module that it is a part of."""
        found = re.fullmatch(r"(_[a-z0-9]+)_\w+\.pxi", self.file)
        return found and found[1]

    def put_into(self, tree: Path) -> None:
        source = self.source(tree)
        text = source.read_text(encoding="utf-8")
        source.write_text(text.replace(self.right, self.wrong, 1), encoding="utf-8")

    def source(self, tree: Path) -> Path:
        return tree / ("h2fast" if self.module else "csrc") / self.file

    def is_there(self) -> bool:
        return self.right in self.source(ROOT).read_text(encoding="utf-8")


def read() -> list[Mutation]:
    mutations, name, right = [], "", ""
    for line in (ROOT / "tests" / "mutations.txt").read_text(encoding="utf-8").splitlines():
        rest = line[2:].replace("\\n", "\n")
        match line[:2]:
            case "@ ":
                name = rest
            case "- ":
                right = rest
            case "+ ":
                mutations.append(Mutation(name, right, rest))
    return mutations


def succeeds(command: Iterable[str | Path], folder: Path, seconds: int) -> bool:
    environment = os.environ | {"PYTHONPATH": str(folder), "H2FAST_DEBUG": "1"}
    try:
        done = subprocess.run(
            list(command), check=False, cwd=folder, env=environment, timeout=seconds,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


# ------------------------------------------------------------------------------------ csrc


def included(path: Path) -> set[str]:
    return set(re.findall(r'#include "(.+)"', path.read_text(encoding="utf-8")))


class Programs:
    """A tree with csrc and tests/c, which are compiled once and again where a fault is in them."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.compiler = shlex.split(os.environ.get("CC", "cc"))

    @classmethod
    def make(cls, tree: Path) -> Programs:
        shutil.copytree(ROOT / "csrc", tree / "csrc")
        shutil.copytree(ROOT / "tests" / "c", tree / "c")
        good = cls(tree)
        assert good.compile("csrc"), "csrc cannot be compiled"
        assert good.pass_all(""), "the tests fail without any fault"
        return good

    def survives(self, mutation: Mutation) -> bool:
        with tempfile.TemporaryDirectory() as work:
            shutil.copytree(self.tree, work, dirs_exist_ok=True)
            bad = Programs(Path(work))
            mutation.put_into(bad.tree)
            for path in bad.sources_with(mutation.file):
                path.with_suffix(".o").unlink(missing_ok=True)
            assert bad.compile("csrc"), f"{mutation} cannot be compiled"
            return bad.pass_all(mutation.file)

    def sources_with(self, name: str) -> list[Path]:
        """The C files that are this one or include it, if only by way of others."""
        every = {path: included(path) for path in self.tree.glob("c*/*.[ch]")}
        found: set[str] = set()
        more = {name}
        while more:
            found |= more
            more = {path.name for path, names in every.items() if names & more} - found
        return [path for path in every if path.name in found and path.suffix == ".c"]

    def compile(self, folder: str, stem: str = "*") -> bool:
        """Compiles what is not compiled yet."""
        return all(
            succeeds(
                [*self.compiler, *FLAGS, "-Icsrc", "-c", source, "-o", source.with_suffix(".o")],
                self.tree, 600,
            )
            for source in self.tree.glob(f"{folder}/{stem}.c")
            if not source.with_suffix(".o").exists()
        )  # fmt: skip

    def passes(self, name: str) -> bool:
        objects = [self.tree / "c" / f"{name}.o", *self.tree.glob("csrc/*.o")]
        return (
            self.compile("c", name)
            and succeeds([*self.compiler, *objects, "-o", name], self.tree, 600)
            and succeeds([self.tree / name], self.tree, 60)
        )

    def pass_all(self, changed: str) -> bool:
        """Whether all programs pass, those first whose name is like that of what has changed."""
        words = set(Path(changed).stem.split("_"))
        names = [path.stem for path in self.tree.glob("c/test_*.c")]
        names.sort(key=lambda name: (-len(words & set(name.split("_"))), name))
        return all(self.passes(name) for name in names if "alloc_failure" not in name)


# ---------------------------------------------------------------------------------- h2fast


class Modules:
    """A tree with the extension modules, which are built again where a fault is in them."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    @classmethod
    def make(cls, tree: Path) -> Modules:
        for name in ["csrc", "docs", "h2fast", "tests"]:
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.so"))
        for name in ["setup.py", "pyproject.toml", "README.md"]:
            shutil.copy2(ROOT / name, tree)
        good = cls(tree)
        assert good.build(), "the modules cannot be built"
        for module in TESTS:
            assert good.passes(module), f"the tests of {module} fail without any fault"
        return good

    def survives(self, mutation: Mutation) -> bool:
        assert mutation.module is not None
        with tempfile.TemporaryDirectory() as work:
            shutil.copytree(self.tree, work, dirs_exist_ok=True)
            bad = Modules(Path(work))
            mutation.put_into(bad.tree)
            assert bad.build(), f"{mutation} cannot be built"
            return bad.passes(mutation.module)

    def build(self) -> bool:
        return succeeds([sys.executable, "setup.py", "-q", "build_ext", "-i"], self.tree, 1800)

    def passes(self, module: str) -> bool:
        options = ["-x", "-q", "-p", "no:cacheprovider"]
        return succeeds([sys.executable, "-m", "pytest", *options, *TESTS[module]], self.tree, 600)


def judge(mutations: list[Mutation], work: Path) -> list[bool]:
    """Which of them survive."""
    kinds = {Modules if each.module else Programs for each in mutations}
    judges = {kind: kind.make(work / kind.__name__) for kind in kinds}

    def survives(mutation: Mutation) -> bool:
        alive = judges[Modules if mutation.module else Programs].survives(mutation)
        if alive:
            right, wrong = mutation.right.strip(), mutation.wrong.strip()
            print(f"survived: {mutation.file}: {right!r} as {wrong!r}", flush=True)
        return alive

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(survives, mutations))


def main() -> int:
    mutations = [each for each in read() if len(sys.argv) < 2 or each.file in sys.argv[1:]]
    gone = [each for each in mutations if not each.is_there()]
    assert not gone, f"not there any more: {gone}"
    with tempfile.TemporaryDirectory() as work:
        survived = judge(mutations, Path(work))
    killed = len(mutations) - sum(survived)
    print(f"{killed} of {len(mutations)} killed, {100 * killed / len(mutations):.0f} %")
    return 0 if killed >= LEAST_KILLED * len(mutations) else 1


if __name__ == "__main__":
    sys.exit(main())
