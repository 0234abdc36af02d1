"""httpx as it is, which fetches what a browser and the scripts of its pages would.

One connection: a login, some requests one after the other, many at once in several waves, a large
download and an upload, a response with trailers, and one with which the server would push.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import time
from collections.abc import Awaitable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import httpx

from bench.demo.messages import Fetched, Response
from bench.demo.participant import DemoError

# Hypercorn, as it is, ends a connection after 1000 requests, and lets 100 be open at once.
ONE_BY_ONE = 100
WAVES, AT_ONCE = 5, 100
UPLOAD = bytes(range(255, -1, -1)) * (5 * 4096)  # 5 MiB
TIMEOUT = 10.0  # seconds, of each step of a request
DEADLINE = 50.0  # seconds, for all requests

BROWSER = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "accept-language": "en-GB,en;q=0.8,de;q=0.5",
    "accept-encoding": "gzip, deflate, br, zstd",
    "sec-fetch-site": "same-origin",
    "te": "trailers",
}
COOKIES = {
    "consent": "v2.necessary.statistics",
    "theme": "dark",
    "visitor": "1a6c0e2c-3d0b-4f6b-9d9e-5f1c2b7a8e44.1760430117",
}
TOKEN = "Bearer " + "a-token-of-the-demo." * 6


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None


LOGIN = Request(
    "POST",
    "/login",
    {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"},
    b"user=ada&password=lovelace",
)


def _page(n: int) -> Request:
    headers = {
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "sec-fetch-dest": "document",
        "sec-fetch-mode": "navigate",
        "sec-fetch-user": "?1",
        "upgrade-insecure-requests": "1",
        "priority": "u=0, i",
    }
    return Request("GET", f"/products/{n // 8}?sort=price&page={n % 7}", headers)


def _asset(n: int) -> Request:
    headers = {"accept": "*/*", "sec-fetch-dest": "script", "sec-fetch-mode": "no-cors"}
    return Request("GET", f"/static/{n % 40:02d}.{n * 2654435761 % 2**32:08x}.js", headers)


def query(n: int) -> Request:
    headers = {
        "accept": "application/json",
        "authorization": TOKEN,
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "x-request-id": f"{n * 11400714819323198485 % 2**64:016x}",
    }
    return Request("GET", f"/api/v2/products/{n}/offers?limit=20&currency=EUR", headers)


def _order(n: int) -> Request:
    body = json.dumps({"product": n, "quantity": 1 + n % 3, "note": "leave at the door" * (n % 9)})
    headers = {**query(n).headers, "content-type": "application/json"}
    return Request("POST", "/api/v2/orders", headers, body.encode())


KINDS = (_page, _asset, _asset, query, _asset, query, query, _order)


def _requests(start: int, count: int) -> list[Request]:
    return [KINDS[n % len(KINDS)](n) for n in range(start, start + count)]


async def fetch(client: httpx.AsyncClient, request: Request) -> httpx.Response:
    response = await client.request(
        request.method, request.path, headers=request.headers, content=request.body
    )
    if not response.is_success:
        raise DemoError(f"status {response.status_code} for {request.method} {request.path}")
    return response


class Shopping:
    """The work, part by part."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.responses: list[httpx.Response] = []
        self.rates: dict[str, float] = {}

    async def do_everything(self) -> None:
        await self._fetch(LOGIN)
        await self._measure("requests one by one", ONE_BY_ONE, self._one_by_one())
        await self._measure(f"requests, {AT_ONCE} at once", WAVES * AT_ONCE, self._at_once())
        download, upload = Request("GET", "/download", {}), Request("POST", "/upload", {}, UPLOAD)
        await self._measure("download, MiB", 20, self._fetch(download))
        await self._measure("upload, MiB", 5, self._fetch(upload))
        for path in ("/trailers", "/push", "/pushed"):
            await self._fetch(Request("GET", path, {}))
        if not self.responses[-1].content.startswith(b"0 "):
            raise DemoError(f"a push was not refused: {self.responses[-1].content.decode()}")

    async def _measure(self, name: str, amount: int, work: Awaitable[None]) -> None:
        start = time.perf_counter()
        await work
        self.rates[name] = amount / (time.perf_counter() - start)

    async def _one_by_one(self) -> None:
        for request in _requests(0, ONE_BY_ONE):
            await self._fetch(request)

    async def _at_once(self) -> None:
        for wave in range(WAVES):
            requests = _requests(ONE_BY_ONE + wave * AT_ONCE, AT_ONCE)
            # In the order of the requests, whichever comes first.
            self.responses += await asyncio.gather(*(fetch(self._client, r) for r in requests))

    async def _fetch(self, request: Request) -> None:
        self.responses.append(await fetch(self._client, request))


def _negotiated(responses: list[httpx.Response]) -> str:
    """What all responses came over, which is one connection of HTTP/2."""
    streams = [response.extensions["network_stream"] for response in responses]
    connections = {stream.get_extra_info("client_addr") for stream in streams}
    tls = streams[0].get_extra_info("ssl_object")
    versions = {response.http_version for response in responses}
    protocol = tls.selected_alpn_protocol()
    if protocol != "h2" or versions != {"HTTP/2"} or len(connections) != 1:
        raise DemoError(
            f"ALPN {protocol}, {versions}, {len(connections)} connections: not HTTP/2 over one"
        )
    return f"{tls.version()} ({tls.cipher()[0]}), ALPN protocol {protocol}, {versions.pop()}"


def _record(response: httpx.Response) -> Response:
    headers = [field for field in response.headers.raw if field[0].lower() != b"date"]
    digest = hashlib.sha256(response.content).hexdigest()
    return Response(
        response.status_code, response.http_version, headers, len(response.content), digest
    )


def open_client(base_url: str, trusted: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        verify=ssl.create_default_context(cafile=trusted),
        http2=True,
        headers=BROWSER,
        cookies=COOKIES,
        timeout=TIMEOUT,
        limits=httpx.Limits(max_connections=1),
        trust_env=False,  # no proxy to the loopback address
    )


async def _run(base_url: str, trusted: Path) -> Fetched:
    async with open_client(base_url, trusted) as client:
        shopping = Shopping(client)
        await asyncio.wait_for(shopping.do_everything(), DEADLINE)
        negotiated = _negotiated(shopping.responses)  # while the connection is open
    return Fetched(
        [_record(response) for response in shopping.responses], shopping.rates, negotiated
    )


def run(pipe: Connection, base_url: str, trusted: Path) -> None:
    pipe.send(asyncio.run(_run(base_url, trusted)))
