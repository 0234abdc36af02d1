"""Hypercorn, answering as server.py does: ``python -m tests.interop.asgi CERTIFICATE KEY``."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import socket
import sys
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.interop.server import HELLO, pattern


async def read(receive: Any) -> Any:
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        yield event.get("body", b"")
        more = event.get("more_body", False)


async def bodies(scope: Any, receive: Any) -> Any:
    path = scope["path"]
    if path == "/echo":
        async for piece in read(receive):
            yield piece
    elif path == "/count":
        octets, digest = 0, hashlib.sha256()
        async for piece in read(receive):
            octets += len(piece)
            digest.update(piece)
        yield b"%d %s" % (octets, digest.hexdigest().encode())
    elif path.startswith("/bytes/"):
        async for piece in pattern(int(path.removeprefix("/bytes/"))):
            yield piece
    elif path == "/slow":
        yield b"first\n"
        await asyncio.sleep(1)
        yield b"last\n"
    else:
        yield HELLO


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    trailers = scope["path"] == "/trailers"
    headers = [(b"x-method", scope["method"].encode())]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    await send({**start, "trailers": trailers})
    async for piece in bodies(scope, receive):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    if trailers:
        fields = [(b"x-trailer", b"behind the body")]
        await send({"type": "http.response.trailers", "headers": fields, "more_trailers": False})


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile = sys.argv[1:3]
    config.loglevel = "WARNING"
    config.keep_alive_max_requests = 1_000_000

    async def stopped() -> None:
        await stop.wait()

    await serve(application, config, shutdown_trigger=stopped)


if __name__ == "__main__":
    asyncio.run(main())
