"""``python -m h2fast frames``: what a captured byte stream says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from h2fast.frame_printer import FramePrinter

from . import CommandError
from .arguments import parser_of
from .streams import output, read_input


def run(arguments: Sequence[str]) -> int:
    parser = parser_of(
        "frames",
        "Prints what one side of an HTTP/2 connection has sent, one frame a line, with the header "
        "fields of complete header blocks below. The exit status is 1 if a frame or a header block "
        "is malformed or cut off, and 2 if the file cannot be read.",
    )
    parser.add_argument("file", nargs="?", default="-", help="a file; standard input if left out")
    printer = FramePrinter()
    octets = _read(parser.parse_args(arguments).file)
    with output() as out:
        for line in printer.feed(octets):
            print(line, file=out)
        for line in printer.end():
            print(line, file=out)
    return 1 if printer.malformed else 0


def _read(file: str) -> bytes:
    if file == "-":
        return read_input()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
