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

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
)

Headers = list[tuple[bytes, bytes]]

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


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _respond(scope, await _read_body(receive), send)


async def _live(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _read_body(receive: ASGIReceiveCallable) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] != "http.request":
            raise ConnectionError("the client has left")
        body += event["body"]
        more = event["more_body"]
    return body


async def _respond(scope: HTTPScope, request_body: bytes, send: ASGISendCallable) -> None:
    digest = _digest(scope, request_body)
    body = b"%s %s\n" % (scope["raw_path"], digest) * (1 + int(digest[:2], 16) // 4)
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
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": status,
        "headers": headers,
        "trailers": False,  # the default, which hypercorn's types ask for on Python 3.10
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _digest(scope: HTTPScope, body: bytes) -> bytes:
    """Of the request as it has arrived, but for the port, which is another one in each run."""
    fields = [field for field in scope["headers"] if field[0] != b"host"]
    request = (scope["method"], scope["raw_path"], scope["query_string"], fields, body)
    return hashlib.sha256(repr(request).encode()).hexdigest()[:32].encode()


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
    asyncio.run(serve(application, config, shutdown_trigger=stop))
