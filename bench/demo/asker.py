"""httpx as it is, which asks a server that is faster than itself."""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from pathlib import Path

from bench.demo.client import AT_ONCE, Request, fetch, open_client, query

WAVES = 8


async def _measure(base_url: str, trusted: Path) -> float:
    async with open_client(base_url, trusted) as client:
        await fetch(client, Request("GET", "/", {}))  # the connection is open then
        start = time.perf_counter()
        for wave in range(WAVES):
            requests = [query(wave * AT_ONCE + number) for number in range(AT_ONCE)]
            await asyncio.gather(*(fetch(client, request) for request in requests))
        return WAVES * AT_ONCE / (time.perf_counter() - start)


def run(pipe: Connection, base_url: str, trusted: Path) -> None:
    """Say how many requests there are, and how many were answered in a second."""
    pipe.send(1 + WAVES * AT_ONCE)
    pipe.send(asyncio.run(_measure(base_url, trusted)))
