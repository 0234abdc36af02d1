"""The standard streams, each of which may be closed or lead to where nothing can be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from . import CommandError

STANDARD_ERROR = 2  # the last descriptor of a standard stream


class UnreadError(CommandError):
    """Whoever reads standard output has seen enough, and needs not be told."""


@contextmanager
def output() -> Iterator[TextIO]:
    """Standard output. What is written to it is out when the context ends.

    :raises CommandError: it does not take that.
    """
    if sys.stdout is None:
        raise CommandError("standard output is closed", 1)
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        _give_up(sys.stdout)
        kind = UnreadError if isinstance(error, BrokenPipeError) else CommandError
        raise kind(f"standard output: {error.strerror}", 1) from error


def read_input() -> bytes:
    """What comes from standard input.

    :raises CommandError: nothing can come from there.
    """
    if sys.stdin is None:
        raise CommandError("standard input is closed", 1)
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise CommandError(f"standard input: {error.strerror}", 1) from error


def complain(line: str) -> None:
    """Print a line on standard error. Where that does not take it, there is nobody to tell."""
    if sys.stderr is None:
        return
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def hold_descriptors() -> None:
    """Have those of closed standard streams lead nowhere.

    Else the next that are opened are these, and libuv ends the program when it has to close them.
    """
    while (nowhere := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        pass
    os.close(nowhere)


def _give_up(stream: TextIO) -> None:
    """Have what a stream still holds go nowhere: the interpreter flushes it as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
