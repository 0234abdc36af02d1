"""The command line: ``python -m h2fast``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .frame_printer import FramePrinter


def print_frames(file: str) -> int:
    """Print the frames of a file, or of standard input for ``-``. Returns the exit status."""
    octets = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    printer = FramePrinter(octets)
    for line in printer.lines():
        print(line)
    return 1 if printer.malformed else 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m h2fast", description="HTTP/2 in C.")
    parser.add_argument("--version", action="version", version=f"h2fast {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    frames = commands.add_parser(
        "frames",
        help="print the frames of a captured byte stream",
        description="Prints what one side of an HTTP/2 connection has sent, one frame a line, with "
        "the header fields of complete header blocks below. The exit status is 1 if a frame or a "
        "header block is malformed or cut off, and 2 if there is nothing to read.",
    )
    frames.add_argument("file", nargs="?", default="-", help="a file; standard input if left out")
    frames.set_defaults(run=lambda options: print_frames(options.file))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit status."""
    options = parse_arguments(arguments)
    try:
        status: int = options.run(options)
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stderr.close()
        return 1
    except OSError as error:
        print(f"h2fast: {error.filename or 'standard input'}: {error.strerror}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
