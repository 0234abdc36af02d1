"""The command line: ``python -m h2fast``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from . import __version__
from .commands import COMMANDS, CommandError
from .commands.arguments import Parser
from .commands.streams import UnreadError, complain


def find_command(arguments: Sequence[str]) -> str:
    """The command that is asked for. Ends the program where there is none, or only a question."""
    if arguments and arguments[0] in COMMANDS:
        return arguments[0]
    parser = Parser(prog="python -m h2fast", description="HTTP/2 in C.")
    parser.add_argument("--version", action="version", version=f"h2fast {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, does in COMMANDS.items():
        commands.add_parser(name, help=does)
    parser.parse_args(arguments)
    raise CommandError("nothing goes before the command")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    who = "h2fast"
    try:
        name = find_command(arguments)
        who = f"h2fast: {name}"
        status: int = importlib.import_module(f"h2fast.commands.{name}").run(arguments[1:])
    except UnreadError as error:
        return error.status
    except KeyboardInterrupt:
        return 130  # as a shell says it of SIGINT
    except CommandError as error:
        complain(f"{who}: {error}")
        return error.status
    return status


if __name__ == "__main__":
    sys.exit(main())
