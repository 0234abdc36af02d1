"""The commands of ``python -m h2fast``, one module each.

A command's module has ``run``, which takes the arguments behind the command's name and returns the
exit status, or raises :class:`CommandError`. It is imported when the command is asked for, so a
command works even where extension modules that another one needs cannot be loaded.
"""

from __future__ import annotations

COMMANDS = {
    "run": "run a program on the drop-ins",
    "status": "say what is active, which build this is, and what is missing",
    "get": "fetch resources over HTTP/2",
    "serve": "serve the files of a folder over HTTP/2",
    "frames": "print the frames of a captured byte stream",
}


class CommandError(Exception):
    """The command cannot do what it was asked for.

    :param message: one line for whoever has typed it, without the command's name.
    :param status: the exit status.
    """

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status
