"""From the path of a request to a file, and never out of the folder that is served.

What a path may name is what the folder's listing shows: no dot files, nothing behind a symbolic
link that leads out of the folder or to a dot file, no devices and no pipes.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

# No file that is meant has these in its name; on Windows, they name other files than it seems.
NOT_IN_NAMES = "/\0\\:" if os.name == "nt" else "/\0"


# Names in a path, each of which is looked for by itself.
MOST_NAMES = 100


class Refusal(Exception):  # noqa: N818 - it is no error of this program
    """There is nothing to serve. ``status`` is that of the response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def names_of(target: str) -> list[str]:
    """The names of folders and of a file in a request's path; the last is empty for a folder.

    :param target: ``:path`` of the request.
    :raises Refusal: it is malformed, or names what is not served.
    """
    path = target.partition("?")[0].encode("utf-8", "surrogateescape")
    if not path.startswith(b"/") or re.search(rb"%(?![0-9A-Fa-f]{2})", path):
        raise Refusal(400)
    if path.count(b"/") > MOST_NAMES:
        raise Refusal(404)
    names = [os.fsdecode(unquote_to_bytes(part)) for part in path[1:].split(b"/")]
    for name in names[:-1]:
        if not name:
            raise Refusal(404)
    for name in names:
        if name.startswith(".") or any(character in name for character in NOT_IN_NAMES):
            raise Refusal(404)
    return names


def locate(root: Path, names: list[str]) -> Path:
    """The file or folder with these names, all links followed.

    :param root: the folder that is served, all links followed.
    :raises Refusal: there is none, or it is not served.
    """
    try:
        path = Path(root, *names).resolve(strict=True)
    except PermissionError as error:
        raise Refusal(403) from error
    except (OSError, ValueError, RuntimeError) as error:  # links in a circle, names too long
        raise Refusal(404) from error
    if not path.is_relative_to(root):
        raise Refusal(404)
    if any(part.startswith(".") for part in path.relative_to(root).parts):
        raise Refusal(404)
    if not names[-1] and not path.is_dir():
        raise Refusal(404)
    return path


def open_file(path: Path) -> tuple[BinaryIO, os.stat_result]:
    """Open a file that :func:`locate` has found.

    :raises Refusal: it is no file, or cannot be read.
    """
    # Not to be led away by a link that has come there meanwhile, nor to wait for a pipe's writer.
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        file = os.fdopen(os.open(path, flags), "rb", buffering=0)
    except PermissionError as error:
        raise Refusal(403) from error
    except OSError as error:
        raise Refusal(404) from error
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        raise Refusal(404)
    return file, status
