"""h2fast.aio's client, which asks a server for as much as it can give."""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from pathlib import Path

from bench.demo.participant import DemoError
from h2fast.aio import Client, client_context, connect, run as run_loop

# Hypercorn ends a connection after 1000 requests.
CONNECTIONS, REQUESTS, AT_ONCE = 3, 900, 100
HEADERS = [("accept", "application/json"), ("user-agent", "h2fast demo")]


async def _ask(client: Client, numbers: range) -> None:
    for number in numbers:
        path = f"/api/v2/products/{number}/offers?limit=20"
        async with await client.request("GET", path, HEADERS) as response:
            await response.read()
            if response.status != 200:
                raise DemoError(f"status {response.status} for {path}")


async def _measure(address: str, port: int, trusted: Path) -> float:
    tls, seconds = client_context(authorities=trusted), 0.0
    for _ in range(CONNECTIONS):
        async with await connect(address, port, tls=tls) as client:
            start = time.perf_counter()
            shares = (range(first, REQUESTS, AT_ONCE) for first in range(AT_ONCE))
            await asyncio.gather(*(_ask(client, share) for share in shares))
            seconds += time.perf_counter() - start
    return CONNECTIONS * REQUESTS / seconds


def run(pipe: Connection, address: str, port: int, trusted: Path) -> None:
    """Say how many requests there were, and how many were answered in a second."""
    pipe.send(CONNECTIONS * REQUESTS)
    pipe.send(run_loop(_measure(address, port, trusted)))
