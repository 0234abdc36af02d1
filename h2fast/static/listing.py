"""What is in a folder, as a page."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from urllib.parse import quote

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
    entries = sorted(os.scandir(folder), key=lambda entry: (not entry.is_dir(), entry.name))
    rows += [row for entry in entries if (row := _row(root, inside, entry))]
    text = PAGE.format(title=escape(_shown(title)), rows="\n".join(rows))
    return text.encode()


def _row(root: Path, inside: Path, entry: os.DirEntry[str]) -> str:
    """The row of something in the folder; nothing if it is not served."""
    if entry.name.startswith("."):
        return ""
    try:
        status = locate(root, [*inside.parts, entry.name]).stat()
    except (Refusal, OSError):
        return ""
    slash = "/" if entry.is_dir() else ""
    # With ./ in front, no name is taken for a scheme.
    link = escape(f"./{quote(os.fsencode(entry.name))}{slash}")
    when = datetime.fromtimestamp(status.st_mtime, timezone.utc).strftime("%Y-%m-%d %H:%M")
    size = "" if slash else f"{status.st_size:,}"
    name = escape(_shown(entry.name)) + slash
    return f'<tr><td><a href="{link}">{name}</a></td><td>{size}</td><td>{when} UTC</td></tr>'


def _shown(name: str) -> str:
    """A name with what is no text in it replaced."""
    return os.fsencode(name).decode("utf-8", "replace")
