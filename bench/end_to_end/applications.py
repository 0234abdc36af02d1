"""The same answer, 13 octets of text, from each server in Python.

For h2fast: ``python -m bench.end_to_end.applications PORT async`` or ``... PORT plain``.
"""

from __future__ import annotations

import sys
from typing import Any

from h2fast.aio import Reply, Request, run, serve

BODY = b"Hello, world!"
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"13")]


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})


async def rsgi(_: Any, protocol: Any) -> None:
    """Granian's own interface, which is faster than ASGI."""
    headers = [(name.decode(), value.decode()) for name, value in HEADERS]
    protocol.response_bytes(200, headers, BODY)


async def handle_async(_: Request) -> Reply:
    return Reply(headers=HEADERS, body=BODY)


def handle_plain(_: Request) -> Reply:
    return Reply(headers=HEADERS, body=BODY)


async def main() -> None:
    handler = handle_plain if sys.argv[2] == "plain" else handle_async
    server = await serve(handler, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    run(main())
