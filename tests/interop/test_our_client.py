"""Our client with servers of others, each doing what it can."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pytest

from h2fast.aio import Client, Response, StreamError, client_context, connect, run
from tests.aio_peers import free_port
from tests.conftest import do_without
from tests.interop.processes import (
    PATIENCE,
    Running,
    certificate,
    forget_peak,
    peak_memory,
    program,
    start,
)
from tests.interop.scenarios import (
    FOLDER,
    GROWTH,
    LARGE,
    MEBIBYTE,
    described,
    go_peer,
    pattern_file,
)
from tests.interop.server import BLOCK, HELLO, WINDOW, pattern

T = TypeVar("T")

HYPERCORN, GO, NODE, NODE_CLEAR_TEXT = "hypercorn", "go", "node", "node in clear text"
ALL = (NODE, NODE_CLEAR_TEXT, GO, HYPERCORN)


def command(peer: str) -> list[str | Path]:
    files = [certificate().certificate, certificate().key]
    if peer == GO:
        return [go_peer(), "server", *files]
    if peer == HYPERCORN:
        if find_spec("hypercorn") is None:
            do_without("hypercorn is missing: pip install hypercorn", "H2FAST_INTEROP_ALL")
        return [sys.executable, "-m", "tests.interop.asgi", *files]
    return [program("node"), FOLDER / "peer.js", "server", *(files if peer == NODE else [])]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    with start(*command(request.param), tls=request.param != NODE_CLEAR_TEXT) as running:
        yield running


def with_servers(*peers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("server", peers, indirect=True)


def with_client(server: Running, work: Callable[[Client], Awaitable[T]], **options: Any) -> T:
    """What a coroutine returns that is given a connection, in constant memory."""

    async def main() -> T:
        tls = client_context(authorities=certificate().certificate) if server.tls else None
        options.setdefault("initial_window_size", WINDOW)
        async with await connect("127.0.0.1", server.port, tls=tls, **options) as client:
            return await work(client)

    before = forget_peak(os.getpid())
    result = run(main())
    assert peak_memory(os.getpid()) - before < GROWTH
    return result


async def describe(response: Response) -> str:
    assert response.status == 200
    octets, digest = 0, hashlib.sha256()
    async for piece in response:
        octets += len(piece)
        digest.update(piece)
    return f"{octets} {digest.hexdigest()}"


async def get(client: Client, path: str = "/") -> bytes:
    response = await client.request("GET", path)
    assert response.status == 200
    return await response.read()


async def download(client: Client, octets: int) -> str:
    return await describe(await client.request("GET", f"/bytes/{octets}"))


async def upload(client: Client, octets: int) -> str:
    return (await (await client.request("POST", "/count", body=pattern(octets))).read()).decode()


async def echo(client: Client, octets: int) -> str:
    return await describe(await client.request("POST", "/echo", body=pattern(octets)))


@with_servers(*ALL)
def test_get_and_post(server: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request("GET", "/")
        assert response.header(b"x-method") == "GET"
        assert await response.read() == HELLO
        response = await client.request("POST", "/echo", body=b"an echo")
        assert await response.read() == b"an echo"

    with_client(server, work)


@with_servers(*ALL)
@pytest.mark.parametrize("transfer", [download, upload, echo])
def test_large_bodies(server: Running, transfer: Callable[[Client, int], Awaitable[str]]) -> None:
    assert with_client(server, lambda client: transfer(client, LARGE)) == described(LARGE)


@with_servers(*ALL)
def test_10000_requests_on_one_connection(server: Running) -> None:
    async def work(client: Client) -> None:
        for _ in range(10000):
            assert await get(client) == HELLO

    with_client(server, work)


@with_servers(*ALL)
def test_100_at_once_and_as_many_as_one_likes(server: Running) -> None:
    async def work(client: Client) -> None:
        for at_once in (100, 2000):
            answers = await asyncio.gather(*(get(client) for _ in range(at_once)))
            assert answers == [HELLO] * at_once

    with_client(server, work)


@with_servers(*ALL)
def test_uploads_and_downloads_interleaved(server: Running) -> None:
    octets = LARGE // 8

    async def work(client: Client) -> None:
        transfers = [(download, upload, echo)[n % 3](client, octets) for n in range(12)]
        assert set(await asyncio.gather(*transfers)) == {described(octets)}

    # What 12 streams may have on their way counts as memory.
    with_client(server, work, initial_window_size=1 << 20)


@with_servers(*ALL)
def test_trailers(server: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request("GET", "/trailers", [("te", "trailers")])
        assert await response.read() == HELLO
        assert dict(response.trailers) == {b"x-trailer": b"behind the body"}

    with_client(server, work)


@with_servers(NODE, NODE_CLEAR_TEXT, GO)
def test_trailers_of_a_request(server: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request(
            "POST",
            "/trailers",
            [("trailer", "x-request-trailer")],
            body=BLOCK,
            trailers=[("x-request-trailer", "from h2fast")],
        )
        assert await response.read() == b"from h2fast"

    with_client(server, work)


@with_servers(NODE, NODE_CLEAR_TEXT, GO)
@pytest.mark.parametrize(("allowed", "said"), [(0, b"refused"), (1, b"pushed")])
def test_pushes(server: Running, allowed: int, said: bytes) -> None:
    """Promises that are allowed are cancelled one by one, which the rest does not notice."""

    async def work(client: Client) -> None:
        assert await get(client, "/push") == said
        assert await get(client) == HELLO

    with_client(server, work, enable_push=allowed)


@with_servers(*ALL)
def test_cancelled_requests(server: Running) -> None:
    async def work(client: Client) -> None:
        for _ in range(20):
            response = await client.request("GET", f"/bytes/{64 * MEBIBYTE}")
            await anext(response)
            response.close()
        assert await get(client) == HELLO

    with_client(server, work, initial_window_size=1 << 18)


@with_servers(NODE, NODE_CLEAR_TEXT, GO)
def test_shutdown_in_a_response(server: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request("GET", "/slow")
        first = await anext(response)
        server.terminate()
        assert first + await response.read() == b"first\nlast\n"
        while client.is_open:  # until the GOAWAY is there, if it comes behind the response
            await asyncio.sleep(0.01)
        with pytest.raises(StreamError):
            await get(client)

    with_client(server, work)
    assert server.wait() == 0


# ------------------------------------------------------------------------------------ nghttpd


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@pytest.fixture(params=[False, True], ids=["clear-text", "tls"])
def nghttpd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """Serving files, echoing uploads, and pushing one file with the other."""
    (tmp_path / "hello").write_bytes(HELLO)
    shutil.copy(pattern_file(LARGE), tmp_path / "large")
    port = free_port()
    options = ["--address", "127.0.0.1", "--htdocs", tmp_path, "--echo-upload",
               "--trailer", "x-trailer: behind the body", "--push", "/large=/hello"]  # fmt: skip
    files = [certificate().key, certificate().certificate] if request.param else ["--no-tls"]
    with start(program("nghttpd"), *options, port, *files, port=port, tls=request.param) as running:
        wait_for(port)
        yield running


def test_nghttpd(nghttpd: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request("GET", "/hello")
        assert await response.read() == HELLO
        assert dict(response.trailers) == {b"x-trailer": b"behind the body"}
        response = await client.request("POST", "/hello", body=b"an echo")
        assert await response.read() == b"an echo"
        for _ in range(10000):
            assert await get(client, "/hello") == HELLO
        for at_once in (100, 2000):
            answers = await asyncio.gather(*(get(client, "/hello") for _ in range(at_once)))
            assert answers == [HELLO] * at_once

    with_client(nghttpd, work)


@pytest.mark.parametrize("push", [0, 1])
def test_nghttpd_large_bodies(nghttpd: Running, push: int) -> None:
    async def work(client: Client) -> None:
        assert await describe(await client.request("GET", "/large")) == described(LARGE)
        assert await echo_to_file(client) == described(LARGE)
        many = [client.request("GET", "/large") for _ in range(4)]
        downloads = [describe(response) for response in await asyncio.gather(*many)]
        results = await asyncio.gather(*downloads, *(echo_to_file(client) for _ in range(4)))
        assert set(results) == {described(LARGE)}

    with_client(nghttpd, work, enable_push=push, initial_window_size=1 << 20)


async def echo_to_file(client: Client) -> str:
    """nghttpd keeps what was uploaded until all is there."""
    return await describe(await client.request("POST", "/hello", body=pattern(LARGE)))


def test_nghttpd_that_is_killed(nghttpd: Running) -> None:
    async def work(client: Client) -> None:
        response = await client.request("GET", "/large")
        await anext(response)
        nghttpd.process.kill()
        with pytest.raises(StreamError):
            await response.read()
        with pytest.raises(StreamError):
            await get(client)

    with_client(nghttpd, work, initial_window_size=1 << 17)
