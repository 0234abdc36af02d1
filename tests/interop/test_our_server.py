"""Our server with clients of others, each doing what it can."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.interop.processes import Running, certificate, our_server, program
from tests.interop.scenarios import (
    FOLDER,
    GROWTH,
    LARGE,
    MEBIBYTE,
    described,
    go_peer,
    pattern_file,
)
from tests.interop.server import HELLO, SCRIPTS, pattern

DEADLINE = 900.0  # seconds, for a program


@pytest.fixture(params=[False, True], ids=["clear-text", "tls"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """In constant memory, whatever is transferred."""
    with our_server(tls=request.param) as running:
        before = running.forget_peak()
        yield running
        if running.process.poll() is None:
            assert running.peak_memory() - before < GROWTH


over_tls = pytest.mark.parametrize("server", [True], ids=["tls"], indirect=True)


def run(*command: object) -> str:
    """What a program writes."""
    done = subprocess.run(
        [str(argument) for argument in command],
        capture_output=True,
        timeout=DEADLINE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout.strip()


def run_and_describe(*command: object) -> str:
    """How many octets a program writes, and their SHA-256."""
    digest, octets = hashlib.sha256(), 0
    with subprocess.Popen([str(a) for a in command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(MEBIBYTE):
            digest.update(piece)
            octets += len(piece)
    assert process.returncode == 0
    return f"{octets} {digest.hexdigest()}"


def shut_down_meanwhile(server: Running, *command: object) -> str:
    """What a program says that asks for /slow, when the server is told to stop once it says
    something. The server then ends by itself."""
    with subprocess.Popen(
        [str(a) for a in command], stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        started = process.stdout.readline()
        server.terminate()
        rest = process.stdout.read()
    assert process.returncode == 0
    assert server.wait() == 0
    return started + rest


# ---------------------------------------------------------------------- Go's net/http, and Node

SAID = {
    "get": "Hello, world!",
    "post": "an echo",
    "download": described(LARGE),
    "upload": described(LARGE),
    "many": "10000 over 1",
    "at_once": "100 over 1",
    "interleave": f"{described(LARGE // 8)} over 1",
}


def client_of(peer: str, server: Running, scenario: str) -> list[object]:
    octets = LARGE // 8 if scenario == "interleave" else LARGE
    start = [go_peer()] if peer == "go" else [program("node"), FOLDER / "peer.js"]
    return [*start, "client", server.url, certificate().certificate, scenario, octets]


@pytest.mark.parametrize("scenario", SAID)
def test_node(server: Running, scenario: str) -> None:
    assert run(*client_of("node", server, scenario)) == SAID[scenario]


@over_tls
@pytest.mark.parametrize("scenario", SAID)
def test_go(server: Running, scenario: str) -> None:
    assert run(*client_of("go", server, scenario)) == SAID[scenario]


@over_tls
@pytest.mark.parametrize(("peer", "name"), [("go", "Go"), ("node", "Node")])
def test_trailers_both_ways(server: Running, peer: str, name: str) -> None:
    assert run(*client_of(peer, server, "trailers")) == f"behind the body, from {name}"


def test_node_takes_a_push(server: Running) -> None:
    assert run(*client_of("node", server, "push")) == "pushed, /pushed: a promise kept"


def test_node_refuses_pushes(server: Running) -> None:
    assert run(*client_of("node", server, "refuse_push")) == "refused"


@over_tls
@pytest.mark.parametrize("peer", ["go", "node"])
def test_shutdown_in_a_response(server: Running, peer: str) -> None:
    said = shut_down_meanwhile(server, *client_of(peer, server, "shutdown"))
    assert said == "started\nfirst.last.\n"


# --------------------------------------------------------------------------------------- curl


def curl(server: Running, *arguments: object) -> list[object]:
    prior = ["--http2"] if server.tls else ["--http2-prior-knowledge"]
    common = ["--silent", "--show-error", "--fail", "--cacert", certificate().certificate]
    return [program("curl"), *common, *prior, *arguments]


def test_curl(server: Running) -> None:
    said = "%{http_version} %{response_code}"
    assert run(*curl(server, "-w", f"\n{said}", server.url)) == f"{HELLO.decode()}\n2 200"
    assert run(*curl(server, "-d", "an echo", f"{server.url}/echo")) == "an echo"


def test_curl_large_bodies(server: Running) -> None:
    file = pattern_file(LARGE)
    assert run_and_describe(*curl(server, f"{server.url}/bytes/{LARGE}")) == described(LARGE)
    upload = curl(server, "-X", "POST", "-H", "expect:", "-T", file)
    assert run(*upload, f"{server.url}/count") == described(LARGE)
    assert run_and_describe(*upload, f"{server.url}/echo") == described(LARGE)


# In clear text, curl 7.88 cannot use a connection twice; with nghttpd neither.
@over_tls
@pytest.mark.parametrize(
    ("requests", "options"), [(10000, []), (100, ["-Z", "--parallel-max", 100])]
)
def test_curl_many(server: Running, requests: int, options: list[object]) -> None:
    connections = curl(server, *options, "-o", "/dev/null", "-w", "%{num_connects} %{http_code}\n")
    said = run(*connections, f"{server.url}/script/[1-{requests}]").split("\n")
    assert {line.split()[1] for line in said} == {"200"}
    assert len(said) == requests
    if not options:  # in parallel, it may begin with more
        assert sum(int(line.split()[0]) for line in said) == 1


def test_curl_trailers(server: Running) -> None:
    said = run(*curl(server, "-D", "-", f"{server.url}/trailers"))
    assert said.endswith("x-trailer: behind the body")


def test_curl_shutdown_in_a_response(server: Running) -> None:
    said = shut_down_meanwhile(server, *curl(server, "--no-buffer", f"{server.url}/slow"))
    assert said == "first\nlast\n"


# ----------------------------------------------------------------------------- nghttp, h2load


def test_nghttp(server: Running) -> None:
    nghttp = program("nghttp")
    assert run(nghttp, server.url) == HELLO.decode()
    assert run(nghttp, "-d", pattern_file(1000), f"{server.url}/count") == described(1000)
    trailer = [nghttp, "--trailer", "x-request-trailer: from nghttp", "-d", pattern_file(1000)]
    assert run(*trailer, f"{server.url}/trailers") == "from nghttp"
    assert "x-trailer: behind the body" in run(nghttp, "-nv", f"{server.url}/trailers")


def test_nghttp_large_bodies(server: Running) -> None:
    nghttp = [program("nghttp"), "-w", 20, "-W", 22]
    assert run_and_describe(*nghttp, f"{server.url}/bytes/{LARGE}") == described(LARGE)
    upload = [*nghttp, "-d", pattern_file(LARGE)]
    assert run(*upload, f"{server.url}/count") == described(LARGE)
    assert run_and_describe(*upload, f"{server.url}/echo") == described(LARGE)


def test_nghttp_at_once(server: Running) -> None:
    said = run(program("nghttp"), "-ns", "-m", 100, server.url)
    assert len(re.findall(r"^ *\d+ .* 200 .*/$", said, re.M)) == 100


def test_nghttp_pushes(server: Running) -> None:
    said = run(program("nghttp"), f"{server.url}/push")
    assert {"pushed", "a promise kept"} <= set(re.findall("pushed|a promise kept", said))
    assert run(program("nghttp"), "--no-push", f"{server.url}/push") == "refused"


def test_nghttp_shutdown_in_a_response(server: Running) -> None:
    said = shut_down_meanwhile(server, program("nghttp"), f"{server.url}/slow")
    assert said == "first\nlast\n"


def h2load(server: Running, requests: int, *arguments: object) -> str:
    said = run(program("h2load"), "-n", requests, "-c", 1, *arguments)
    assert f"{requests} succeeded, 0 failed, 0 errored" in said, said
    assert f"status codes: {requests} 2xx" in said, said
    return said


def test_h2load(server: Running) -> None:
    assert re.search(r"\(1300\) data", h2load(server, 100, "-m", 100, server.url))
    assert re.search(r"\(130000\) data", h2load(server, 10000, "-m", 1, server.url))
    assert re.search(r"\(130000\) data", h2load(server, 10000, "-m", 100, server.url))


def test_h2load_bodies(server: Running) -> None:
    file = pattern_file(MEBIBYTE)
    count = LARGE // MEBIBYTE
    said = h2load(server, count, "-m", 16, "-d", file, f"{server.url}/echo")
    assert f"({LARGE}) data" in said, said


# -------------------------------------------------------------------------------------- httpx


def with_httpx(server: Running, work: Any) -> Any:
    """What a coroutine returns that is given a client with one connection."""

    async def main() -> Any:
        limits = httpx.Limits(max_connections=1)
        context = ssl.create_default_context(cafile=certificate().certificate)
        async with httpx.AsyncClient(
            base_url=server.url,
            http1=False,
            http2=True,
            verify=context,
            limits=limits,
            timeout=DEADLINE,
        ) as client:
            return await work(client)

    return asyncio.run(main())


async def get(client: httpx.AsyncClient) -> bytes:
    response = await client.get("/")
    assert (response.http_version, response.status_code) == ("HTTP/2", 200)
    return response.content


async def describe(response: httpx.Response) -> str:
    digest, octets = hashlib.sha256(), 0
    async for piece in response.aiter_bytes():
        digest.update(piece)
        octets += len(piece)
    return f"{octets} {digest.hexdigest()}"


async def download(client: httpx.AsyncClient, octets: int) -> str:
    async with client.stream("GET", f"/bytes/{octets}") as response:
        return await describe(response)


async def upload(client: httpx.AsyncClient, octets: int) -> str:
    return (await client.post("/count", content=pattern(octets))).text


def test_httpx(server: Running) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        assert await get(client) == HELLO
        assert (await client.post("/echo", content=b"an echo")).content == b"an echo"

    with_httpx(server, work)


def test_httpx_large_bodies(server: Running) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        assert await download(client, LARGE) == described(LARGE)
        assert await upload(client, LARGE) == described(LARGE)

    with_httpx(server, work)


def test_httpx_many(server: Running) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        for _ in range(1000):
            assert await get(client) == HELLO
        for _ in range(90):
            assert set(await asyncio.gather(*(get(client) for _ in range(100)))) == {HELLO}

    with_httpx(server, work)


def test_httpx_interleaved(server: Running) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        octets = LARGE // 16
        transfers = [(download, upload)[n % 2](client, octets) for n in range(8)]
        assert set(await asyncio.gather(*transfers)) == {described(octets)}

    with_httpx(server, work)


# httpx fails on a GOAWAY whatever the streams do that are open, so there is no shutdown for it.


# ----------------------------------------------------------------------------------- Chromium


@over_tls
def test_chromium_loads_a_page_of_200_resources(server: Running) -> None:
    page = run(
        program("chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--ignore-certificate-errors",
        "--virtual-time-budget=20000",
        "--dump-dom",
        f"{server.url}/page",
    )
    assert f"loaded {SCRIPTS}, over h2 {SCRIPTS}</p>" in page, page[-500:]
