"""h2fast.aio's server, which answers a client as fast as it asks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from h2fast.aio import Reply, Request, run as run_loop, serve, server_context

BODY = b"an offer of the shop\n" * 40
HEADERS = [
    ("content-type", "application/json"),
    ("content-length", str(len(BODY))),
    ("cache-control", "no-store"),
    ("vary", "Accept, Authorization"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
]


def _answer(_: Request) -> Reply:
    return Reply(200, HEADERS, BODY)


async def _serve(pipe: Connection, address: str, certificate: Path, key: Path) -> None:
    tls = server_context(certificate, key)
    async with await serve(_answer, address, 0, tls=tls) as server:
        pipe.send(server.addresses[0][1])
        with suppress(EOFError, ConnectionError):
            await asyncio.to_thread(pipe.recv)


def run(pipe: Connection, address: str, certificate: Path, key: Path) -> None:
    """Say which port it is, and serve until something is said, or the other end is closed."""
    run_loop(_serve(pipe, address, certificate, key))
