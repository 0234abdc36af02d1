"""The C core against libnghttp2, in a C program of its own: no Python is in what is measured.

The program, ``bench/c``, is compiled with the flags of the extensions and linked with libnghttp2's
static library, as its distributor built it: the shared one does not export the Huffman functions.
The program is given all stories in a file of 32-bit little-endian numbers and octets:

    stories, then for each: header lists, then for each: fields, then for each:
    length of name, length of value, name, value
"""

from __future__ import annotations

import json
import os
import shlex
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from bench import stories
from bench.contest import OURS, Contest, MissingError

BUILD = stories.ROOT / "build" / "bench"
CORE = ("huffman", "hpack_table", "hpack_index", "hpack_encoder", "hpack_decoder")
FLAGS = ("-std=c11", "-O3", "-DNDEBUG", "-fno-strict-aliasing", "-Wall", "-Wextra")
HINT = "install libnghttp2's headers and static library (Debian, Ubuntu: libnghttp2-dev)"
CODECS = (OURS, "nghttp2")
OPERATIONS = ("decode", "encode", "huffman-decode", "huffman-encode")


def _run_compiler(*arguments: str | Path, source: str | None = None) -> str:
    command = [*shlex.split(os.environ.get("CC", "cc")), *arguments]
    result = subprocess.run(command, input=source, stdout=subprocess.PIPE, text=True, check=True)
    return result.stdout.strip()


def _find_library() -> Path:
    """The static library. The header is where the compiler looks by itself."""
    try:
        library = Path(_run_compiler("-print-file-name=libnghttp2.a"))
        _run_compiler("-fsyntax-only", "-x", "c", "-", source="#include <nghttp2/nghttp2.h>\n")
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingError(f"no C compiler, or no nghttp2/nghttp2.h: {HINT}") from error
    if not library.is_absolute():  # the compiler repeats the name of what it does not find
        raise MissingError(f"no libnghttp2.a: {HINT}")
    return library


@cache
def _program() -> Path:
    library = _find_library()
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / "hpack_compare"
    core = stories.ROOT / "csrc"
    sources = [core / f"{name}.c" for name in CORE]
    sources += sorted((stories.ROOT / "bench" / "c").glob("*.c"))
    _run_compiler(*FLAGS, f"-I{core}", *sources, library, "-o", program)
    return program


def _serialized(story_list: list[stories.Story]) -> Iterator[bytes]:
    yield struct.pack("<I", len(story_list))
    for story in story_list:
        yield struct.pack("<I", len(story))
        for headers in story:
            yield struct.pack("<I", len(headers))
            for name, value in headers:
                yield struct.pack("<II", len(name), len(value)) + name + value


class Harness:
    """The running program; it has checked that both codecs agree before it says anything."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.description = json.loads(self._read_line())

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("hpack_compare failed; it has said why")
        return line

    def time(self, operation: str, codec: str, passes: int) -> float:
        """Seconds that so many passes take."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{operation} {codec} {passes}\n")
        self._process.stdin.flush()
        return int(self._read_line()) / 1e9

    @property
    def summary(self) -> str:
        size = self.description["encoded_octets"]
        return (
            f"{self.description['fields']} fields, encoded in {size['h2fast']} octets by h2fast "
            f"and in {size['nghttp2']} by nghttp2 {self.description['nghttp2']}"
        )

    def contest(self, operation: str, data: str) -> Contest:
        unit = "octet" if operation.startswith("huffman") else "field"
        contestants = {codec: partial(self.time, operation, codec) for codec in CODECS}
        units = self.description[f"{unit}s"]
        return Contest("C", operation, data, unit, units, contestants)


@contextmanager
def start(data: str) -> Iterator[Harness]:
    story_list = stories.load(data)
    program = _program()
    path = BUILD / f"{data}.stories"
    path.write_bytes(b"".join(_serialized(story_list)))
    with subprocess.Popen(
        [program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Harness(process)
