"""The C programs in ``bench/c``: compiled, running, and asked for times.

Each folder there is a program, together with ``program.c`` and those files of the core that it
measures, compiled with the flags of the extensions. A program is given its data in a file, checks
what it is going to measure, and then answers each line, an operation and a number of passes, with
the nanoseconds that they took.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from bench.contest import MissingError

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
HINT = "install libnghttp2's headers and static library (Debian, Ubuntu: libnghttp2-dev)"
FLAGS = ("-std=c11", "-O3", "-DNDEBUG", "-fno-strict-aliasing", "-Wall", "-Wextra")


def run_compiler(*arguments: str | Path, source: str | None = None) -> str:
    command = [*shlex.split(os.environ.get("CC", "cc")), *arguments]
    result = subprocess.run(command, input=source, stdout=subprocess.PIPE, text=True, check=True)
    return result.stdout.strip()


def find_nghttp2() -> Path:
    """Its static library. The header is where the compiler looks by itself."""
    try:
        library = Path(run_compiler("-print-file-name=libnghttp2.a"))
        run_compiler("-fsyntax-only", "-x", "c", "-", source="#include <nghttp2/nghttp2.h>\n")
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingError(f"no C compiler, or no nghttp2/nghttp2.h: {HINT}") from error
    if not library.is_absolute():  # the compiler repeats the name of what it does not find
        raise MissingError(f"no libnghttp2.a: {HINT}")
    return library


@cache
def _compiled(name: str, core: Iterable[str], libraries: Iterable[Path]) -> Path:
    BUILD.mkdir(parents=True, exist_ok=True)
    program, common = BUILD / name, ROOT / "bench" / "c"
    sources = [ROOT / "csrc" / f"{part}.c" for part in core]
    sources += [common / "program.c", *sorted((common / name).glob("*.c"))]
    include = (f"-I{ROOT / 'csrc'}", f"-I{common}")
    run_compiler(*FLAGS, *include, *sources, *libraries, "-o", program)
    return program


class Program:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read_line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a program of bench/c failed; it has said why")
        return line

    def ask(self, *request: str | int) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, request)) + "\n")
        self._process.stdin.flush()
        return self.read_line()

    def time(self, *request: str | int) -> float:
        """Seconds that an operation takes."""
        return int(self.ask(*request)) / 1e9


@contextmanager
def running(
    name: str, core: tuple[str, ...], file_name: str, data: bytes, *libraries: Path
) -> Iterator[Program]:
    """The program of a folder, given this data in a file of this name."""
    program, path = _compiled(name, core, libraries), BUILD / file_name
    path.write_bytes(data)
    with subprocess.Popen(
        [program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Program(process)
