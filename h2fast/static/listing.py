"""What is in a folder, as a page."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from urllib.parse import quote

from .conditions import modified
from .paths import Refusal, locate

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1rem sans-serif;margin:2rem}}td{{padding:.1rem 1.5rem .1rem 0}}
td+td{{color:#555;text-align:right}}</style>
<h1>{title}</h1>
<table>
{rows}
</table>
"""
# The page has no scripts, whatever files are called.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(root: Path, folder: Path) -> bytes:
    """A page with links to all that is served of a folder.

    :param root: the folder that is served as ``/``.
    """
    inside = folder.relative_to(root)
    title = "/" if folder == root else f"/{inside.as_posix()}/"
    rows = [] if folder == root else ['<tr><td><a href="../">../</a></td></tr>']
    served = [row for name in os.listdir(folder) if (row := _row(root, inside, name))]
    rows += [text for _, _, text in sorted(served)]
    text = PAGE.format(title=escape(_shown(title)), rows="\n".join(rows))
    return text.encode()


def _row(root: Path, inside: Path, name: str) -> tuple[bool, str, str] | None:
    """The row of something in the folder, behind what it is sorted by: folders come first. None if
    it is not served."""
    if name.startswith("."):
        return None
    try:
        status = locate(root, [*inside.parts, name]).stat()
    except (Refusal, OSError):
        return None
    is_folder = stat.S_ISDIR(status.st_mode)
    slash = "/" if is_folder else ""
    # With ./ in front, no name is taken for a scheme.
    link = escape(f"./{quote(os.fsencode(name))}{slash}")
    when = datetime.fromtimestamp(modified(status), timezone.utc).strftime("%Y-%m-%d %H:%M")
    size = "" if is_folder else f"{status.st_size:,}"
    label = escape(_shown(name)) + slash
    text = f'<tr><td><a href="{link}">{label}</a></td><td>{size}</td><td>{when} UTC</td></tr>'
    return not is_folder, name, text


def _shown(name: str) -> str:
    """A name with what is no text in it replaced."""
    return os.fsencode(name).decode("utf-8", "replace")
