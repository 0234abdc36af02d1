"""The handler: requests for files of a folder."""

from __future__ import annotations

import asyncio
import mimetypes
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote

from h2fast.aio import Reply, Request

from .conditions import date_of, etag_of, failing_status, range_of
from .listing import POLICY, page
from .paths import Refusal, locate, names_of, open_file

# Files up to this size are answered with in one go; larger ones piece by piece.
SMALL = 1 << 16
PIECE = 1 << 18

# What a link to a resource says it is for (the HTML standard's "preload").
DESTINATIONS = {
    "text/css": "style",
    "text/javascript": "script",
    "application/javascript": "script",
    "image": "image",
    "font": "font",
}

# Urgency and whether parts are of use (RFC 9218 section 4), where a client has no wish: what a page
# cannot be shown without goes first, and large things share.
PRIORITIES = {
    "text/html": (1, False),
    "text/css": (1, False),
    "text/javascript": (2, False),
    "application/javascript": (2, False),
    "font": (2, False),
    "application/json": (3, False),
    "image": (4, True),
}
OTHERWISE = (5, True)

# RFC 3986 section 3.4, and what is percent-encoded already.
AS_IN_A_QUERY = "/%:@!$&'()*+,;=~-._?"

Fields = list[tuple[str, str]]
Resources = Mapping[str, Sequence[str]]
NONE: Resources = MappingProxyType({})


class Site:
    """Answers requests with the files of a folder.

    :param root: the folder.
    :param pushed: for the paths of pages, those of resources to push with them.
    :param hinted: likewise, to name beforehand in a response with status 103 (RFC 8297).
    :param log: called with each request and its status.
    """

    def __init__(
        self,
        root: Path,
        pushed: Resources = NONE,
        hinted: Resources = NONE,
        log: Callable[[Request, int], object] = lambda request, status: None,
    ) -> None:
        self._root = root.resolve(strict=True)
        self._pushed = pushed
        self._hinted = hinted
        self._log = log

    def __call__(self, request: Request) -> Reply:
        try:
            reply = self._reply(request)
        except Refusal as refusal:
            reply = _refuse(request, refusal.status)
        reply.headers = [("date", formatdate(usegmt=True)), *reply.headers]
        self._log(request, reply.status)
        return reply

    def file(self, target: str) -> Path:
        """The file that a path stands for.

        :raises Refusal: there is none.
        """
        path = locate(self._root, names_of(target))
        return path / "index.html" if path.is_dir() else path

    def _reply(self, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405)
        names = names_of(request.path)
        path = locate(self._root, names)
        if path.is_dir():
            return self._folder(request, path, names)
        return self._file(request, path)

    def _folder(self, request: Request, folder: Path, names: list[str]) -> Reply:
        if names[-1]:
            where = "/" + "/".join(quote(os.fsencode(name)) for name in names) + "/"
            _, mark, query = request.path.partition("?")
            where += mark + quote(query.encode(errors="surrogateescape"), AS_IN_A_QUERY)
            return Reply(301, [("location", where), ("content-length", "0")])
        try:
            has_page = (folder / "index.html").is_file()
            body = b"" if has_page else page(self._root, folder)
        except PermissionError as error:
            raise Refusal(403) from error
        except OSError as error:  # it has gone meanwhile, or its name with another is too long
            raise Refusal(404) from error
        if has_page:
            return self._file(request, locate(self._root, [*names[:-1], "index.html"]))
        fields = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-cache")]
        return Reply(
            200,
            [*fields, ("content-security-policy", POLICY), ("content-length", str(len(body)))],
            body,
        )

    def _file(self, request: Request, path: Path) -> Reply:
        file, status = open_file(path)
        with file:
            fields = [("etag", etag_of(status)), ("last-modified", date_of(status))]
            failing = failing_status(request.header, status)
            if failing is not None:
                return Reply(failing, fields)
            code, fields, (start, end) = _extent(request, status, fields)
            fields += [("content-type", _type_of(path)), ("x-content-type-options", "nosniff")]
            if request.header(b"priority") is None:
                request.prioritize(*_priority(path))
            if code != 416:
                fields.append(("content-length", str(end - start)))
                self._announce(request)
            if request.method == "HEAD" or end - start <= SMALL:
                file.seek(start)
                body = b"" if request.method == "HEAD" else file.read(end - start)
                return Reply(code, fields, body)
        return Reply(code, fields, _pieces(path, status, start, end))

    def _announce(self, request: Request) -> None:
        """Name and push what belongs to a page; what is pushed itself has nothing with it."""
        page_path = request.path.partition("?")[0]
        if request.method != "GET" or request.stream_id % 2 == 0:
            return
        hinted = self._hinted.get(page_path, ())
        if hinted:
            links = ", ".join(f"<{path}>; rel=preload; as={_use(path)}" for path in hinted)
            request.inform(103, [("link", links)])
        for path in self._pushed.get(page_path, ()):
            request.push(path)


def _extent(
    request: Request, status: os.stat_result, fields: Fields
) -> tuple[int, Fields, tuple[int, int]]:
    """Status, fields, and which octets go out."""
    size = status.st_size
    fields = [*fields, ("accept-ranges", "bytes")]
    try:
        part = range_of(request.header, status) if request.method == "GET" else None
    except ValueError:
        return 416, [*fields, ("content-range", f"bytes */{size}")], (0, 0)
    if part is None:
        return 200, fields, (0, size)
    start, end = part
    return 206, [*fields, ("content-range", f"bytes {start}-{end - 1}/{size}")], part


async def _pieces(
    path: Path, expected: os.stat_result, start: int, end: int
) -> AsyncIterator[bytes]:
    """Octets of a file, read in another thread.

    :raises OSError: it is not the file any more that the header section was about.
    """
    file, status = open_file(path)
    with file:
        if etag_of(status) != etag_of(expected):
            raise OSError(f"{path} has changed")
        file.seek(start)
        while start < end:
            piece = await _read(file, min(PIECE, end - start))
            if not piece:
                raise OSError(f"{path} has become shorter")
            start += len(piece)
            yield piece


async def _read(file: BinaryIO, octets: int) -> bytes:
    """Octets of a file, read in another thread, which is not left at it: the descriptor may be that
    of another file soon."""
    reading = asyncio.ensure_future(asyncio.to_thread(file.read, octets))
    try:
        return await asyncio.shield(reading)
    finally:
        await asyncio.wait([reading])


def _type_of(path: Path) -> str:
    kind, encoding = mimetypes.guess_type(path.name)
    if encoding is not None:
        return "application/gzip" if encoding == "gzip" else "application/octet-stream"
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _use(path: str) -> str:
    kind, group = _kind_of(Path(path))
    return DESTINATIONS.get(kind) or DESTINATIONS.get(group, "fetch")


def _priority(path: Path) -> tuple[int, bool]:
    kind, group = _kind_of(path)
    return PRIORITIES.get(kind) or PRIORITIES.get(group, OTHERWISE)


def _kind_of(path: Path) -> tuple[str, str]:
    """The media type of a file, such as image/png, and what it is one of."""
    kind = _type_of(path).partition(";")[0]
    return kind, kind.partition("/")[0]


def _refuse(request: Request, status: int) -> Reply:
    body = f"{status} {HTTPStatus(status).phrase}\n".encode()
    fields = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body)))]
    if status == 405:
        fields.append(("allow", "GET, HEAD"))
    return Reply(status, fields, body)
