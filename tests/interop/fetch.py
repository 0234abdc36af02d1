"""Fetches a URL with h2fast.aio, for h2specd: ``python -m tests.interop.fetch URL``."""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urlsplit

from h2fast.aio import StreamError, client_context, connect, run


async def main() -> None:
    url = urlsplit(sys.argv[1])
    assert url.hostname is not None
    assert url.port is not None
    tls = client_context(verify=False) if url.scheme == "https" else None
    async with await connect(url.hostname, url.port, tls=tls) as client:
        response = await client.request("GET", url.path)
        print(response.status, len(await response.read()))
        await asyncio.sleep(0.1)  # some cases go on where a client could be gone


if __name__ == "__main__":
    try:
        run(main())
    except StreamError as error:
        sys.exit(str(error))
