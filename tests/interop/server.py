"""The server that peers are tried with: ``python -m tests.interop.server [CERTIFICATE KEY]``.

It says its port, and serves until SIGTERM, on which it lets open streams end. The servers of other
implementations in this folder answer the same:

GET /            13 octets, and the method and protocol in ``x-method``
POST /echo       the body, while it comes in
POST /count      its octets and their SHA-256, as text
GET /bytes/N     N octets of the pattern, see :data:`BLOCK`
GET /trailers    a body with trailers behind it
POST /trailers   the request's trailer ``x-request-trailer``, as text
GET /slow        "first", and a second later "last"
GET /push        whether there was a push, as text
GET /page        HTML with 200 scripts
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable

from h2fast.aio import Reply, Request, run, serve, server_context

HELLO = b"Hello, world!"
BLOCK = bytes((i ^ i >> 8) & 0xFF for i in range(65536))  # the pattern, which begins again
SCRIPTS = 200
WINDOW = 1 << 22

PAGE = f"""<!doctype html><title>h2fast</title><link rel="icon" href="data:,">
<script>var loaded = 0;</script>
{"".join(f'<script src="/script/{n}.js"></script>' for n in range(SCRIPTS))}
<p id="result"></p>
<script>
const over = performance.getEntriesByType("resource").map(e => e.nextHopProtocol);
document.getElementById("result").textContent =
    "loaded " + loaded + ", over h2 " + over.filter(p => p === "h2").length;
</script>
"""


async def pattern(octets: int) -> AsyncIterator[bytes]:
    for _ in range(octets // len(BLOCK)):
        yield BLOCK
    if octets % len(BLOCK):
        yield BLOCK[: octets % len(BLOCK)]


async def slow() -> AsyncIterator[bytes]:
    yield b"first\n"
    await asyncio.sleep(1)
    yield b"last\n"


async def count(request: Request) -> Reply:
    octets, digest = 0, hashlib.sha256()
    async for piece in request:
        octets += len(piece)
        digest.update(piece)
    return Reply(body=b"%d %s" % (octets, digest.hexdigest().encode()))


async def read_trailers(request: Request) -> Reply:
    await request.read()
    return Reply(body=dict(request.trailers).get(b"x-request-trailer", b"none"))


def push(request: Request) -> Reply:
    return Reply(body=b"pushed" if request.push("/pushed") else b"refused")


def answer(request: Request) -> Reply:
    """What needs no waiting."""
    match request.path:
        case "/trailers":
            reply = Reply(body=HELLO, trailers=[("x-trailer", "behind the body")])
        case "/slow":
            reply = Reply(body=slow())
        case "/echo":
            reply = Reply(body=request)
        case "/push":
            reply = push(request)
        case "/page":
            reply = Reply(headers=[("content-type", "text/html")], body=PAGE.encode())
        case "/pushed":
            reply = Reply(body=b"a promise kept")
        case _:
            reply = answer_short(request)
    return reply


def answer_short(request: Request) -> Reply:
    if request.path.startswith("/script/"):
        return Reply(headers=[("content-type", "text/javascript")], body=b"loaded += 1;")
    return Reply(headers=[("x-method", request.method), ("content-length", "13")], body=HELLO)


async def handle_later(request: Request) -> Reply:
    if request.path == "/count":
        return await count(request)
    if request.path == "/trailers":
        return await read_trailers(request)
    # Faults in a body that is not waited for would be found too late to matter.
    await request.read()
    return answer(request)


def handle(request: Request) -> Reply | Awaitable[Reply]:
    if request.path.startswith("/bytes/"):
        octets = int(request.path.removeprefix("/bytes/"))
        return Reply(headers=[("content-length", str(octets))], body=pattern(octets))
    if (request.method == "GET" and request.ended) or request.path == "/echo":
        return answer(request)
    return handle_later(request)


async def main() -> None:
    tls = server_context(*sys.argv[1:3]) if sys.argv[1:] else None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await serve(
        handle,
        "127.0.0.1",
        0,
        tls=tls,
        initial_window_size=WINDOW,
        connection_window=2 * WINDOW,
    )
    async with server:
        print(server.addresses[0][1], flush=True)
        await stop.wait()


if __name__ == "__main__":
    run(main())
