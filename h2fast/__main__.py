"""The command line: ``python -m h2fast``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from . import __version__
from .commands import COMMANDS, CommandError


def find_command(arguments: Sequence[str]) -> str:
    """The command that is asked for. Ends the program where there is none, or only a question."""
    if arguments and arguments[0] in COMMANDS:
        return arguments[0]
    parser = argparse.ArgumentParser(prog="python -m h2fast", description="HTTP/2 in C.")
    parser.add_argument("--version", action="version", version=f"h2fast {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, does in COMMANDS.items():
        commands.add_parser(name, help=does)
    parser.parse_args(arguments)
    raise AssertionError("argparse has let something pass that is no command")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name = find_command(arguments)
    try:
        status: int = importlib.import_module(f"h2fast.commands.{name}").run(arguments[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130  # as a shell says it of SIGINT
    except CommandError as error:
        print(f"h2fast: {name}: {error}", file=sys.stderr)
        return error.status
    return status


if __name__ == "__main__":
    sys.exit(main())
