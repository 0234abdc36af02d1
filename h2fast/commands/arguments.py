"""Parsers of arguments."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from .streams import complain, output


class Parser(argparse.ArgumentParser):
    """Argparse's own passes over what it cannot write, and takes one stream for another."""

    def error(self, message: str) -> NoReturn:
        complain(f"{self.format_usage()}{self.prog}: error: {message}")
        sys.exit(2)

    def _print_message(self, message: str, file: Any = None) -> None:
        """For the answers to ``-h`` and ``--version``."""
        with output() as out:
            out.write(message)


def parser_of(command: str, description: str, usage: str | None = None) -> Parser:
    return Parser(prog=f"python -m h2fast {command}", description=description, usage=usage)
