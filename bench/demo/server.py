"""Hypercorn as it is, with an application whose responses look like those of a web shop.

A response depends on the request alone, whole: its headers have a digest of what has arrived.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

Headers = list[tuple[bytes, bytes]]

DOWNLOAD = bytes(range(256)) * (20 * 4096)  # 20 MiB
PIECE = 1 << 16

COMMON: Headers = [
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
]
PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept-Encoding, Cookie"),
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data:; object-src 'none'"),
]
ASSET: Headers = [
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"vary", b"Accept-Encoding"),
    (b"last-modified", b"Tue, 14 Oct 2025 08:21:57 GMT"),
]
API: Headers = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization"),
    (b"x-ratelimit-limit", b"5000"),
]
KINDS = {"/static": ASSET, "/api": API}
SESSION = b"session=f3b1c0de5a7e4d21a94c; Path=/; Secure; HttpOnly; SameSite=Lax"
PUSHED = "/static/pushed.css"


class Shop:
    """The application. It counts the requests for what it has tried to push."""

    def __init__(self) -> None:
        self._pushed_requests = 0

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            self._pushed_requests += scope["path"] == PUSHED
            await self._respond(scope, await _read_body(receive), send)

    async def _respond(self, scope: HTTPScope, request_body: bytes, send: Any) -> None:
        digest = _digest(scope, request_body)
        if scope["path"] == "/download":
            await _download(send, digest)
        elif scope["path"] == "/trailers":
            await _send_trailers(send, digest)
        else:
            if scope["path"] == "/push":
                await send({"type": "http.response.push", "path": PUSHED, "headers": []})
            body = b"%s %s\n" % (scope["raw_path"], digest) * (1 + int(digest[:2], 16) // 4)
            if scope["path"] == "/pushed":
                body = b"%d requests of pushed resources\n" % self._pushed_requests
            await _send(send, scope, digest, body)


async def _live(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _read_body(receive: ASGIReceiveCallable) -> bytes:
    pieces, more = [], True
    while more:
        event = await receive()
        if event["type"] != "http.request":
            raise ConnectionError("the client has left")
        pieces.append(event["body"])
        more = event["more_body"]
    return b"".join(pieces)


def _digest(scope: HTTPScope, body: bytes) -> bytes:
    """Of the request as it has arrived, but for the port, which is another one in each run."""
    fields = [field for field in scope["headers"] if field[0] != b"host"]
    request = (scope["method"], scope["raw_path"], scope["query_string"], fields)
    return hashlib.sha256(repr(request).encode() + body).hexdigest()[:32].encode()


async def _send(send: Any, scope: HTTPScope, digest: bytes, body: bytes) -> None:
    headers = [
        *KINDS.get(scope["path"][: scope["path"].find("/", 1)], PAGE),
        (b"content-length", b"%d" % len(body)),
        (b"etag", b'"%s"' % hashlib.sha256(body).hexdigest()[:20].encode()),
        (b"x-request-digest", digest),
        *COMMON,
    ]
    if scope["path"] == "/login":
        headers.append((b"set-cookie", SESSION))
    status = 201 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _download(send: Any, digest: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(DOWNLOAD)), (b"x-request-digest", digest)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for start in range(0, len(DOWNLOAD), PIECE):
        piece = DOWNLOAD[start : start + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_trailers(send: Any, digest: bytes) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"trailer", b"x-digest")]}
    await send({**start, "trailers": True})
    await send({"type": "http.response.body", "body": digest, "more_body": False})
    await send({"type": "http.response.trailers", "headers": [(b"x-digest", digest)]})


def run(pipe: Connection, address: str, certificate: Path, key: Path) -> None:
    """Say which port it is, and serve until something is said, or the other end is closed."""
    listener = socket.create_server((address, 0))  # connections wait from now on
    pipe.send(listener.getsockname()[1])

    async def stop() -> None:
        with suppress(EOFError, ConnectionError):
            await asyncio.to_thread(pipe.recv)

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile = str(certificate), str(key)
    config.loglevel = "WARNING"
    asyncio.run(serve(Shop(), config, shutdown_trigger=stop))
