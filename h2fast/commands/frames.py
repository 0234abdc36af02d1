"""``python -m h2fast frames``: what a captured byte stream says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from h2fast.frame_printer import FramePrinter

from . import CommandError, parser_of


def run(arguments: Sequence[str]) -> int:
    parser = parser_of(
        "frames",
        "Prints what one side of an HTTP/2 connection has sent, one frame a line, with the header "
        "fields of complete header blocks below. The exit status is 1 if a frame or a header block "
        "is malformed or cut off, and 2 if there is nothing to read.",
    )
    parser.add_argument("file", nargs="?", default="-", help="a file; standard input if left out")
    printer = FramePrinter()
    for line in printer.feed(_read(parser.parse_args(arguments).file)):
        print(line)
    for line in printer.end():
        print(line)
    return 1 if printer.malformed else 0


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        name = "standard input" if file == "-" else file
        raise CommandError(f"{name}: {error.strerror}") from error
