"""What the tests of h2fast.aio share: the other side of a connection, played by hand, and a
certificate."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from h2fast import Connection
from h2fast.aio import Client, Server, connect, serve
from h2fast.events import PingAcknowledged

T = TypeVar("T")

HOST = "127.0.0.1"
GET = [(":method", "GET"), (":scheme", "http"), (":authority", "test"), (":path", "/")]
POST = [(":method", "POST"), *GET[1:]]
OK = [(":status", "200")]


def free_port() -> int:
    """A port that nobody listens on, for programs that have to be told one."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


class Run(Protocol):
    """Runs a coroutine on a loop of its own, and looks that nothing is left behind."""

    def __call__(self, main: Coroutine[Any, Any, T]) -> T: ...


class Peer:
    """One side of a connection: events are asked for one kind at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Connection
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.connection = connection
        self.events: list[Any] = []
        self.ended = False

    def flush(self) -> None:
        while output := self.connection.output():
            self.writer.write(output)

    async def receive(self) -> bool:
        """Read what is there. Returns whether there was something."""
        self.flush()
        data = b""
        with contextlib.suppress(ConnectionError):
            data = await self.reader.read(1 << 20)
        self.events += self.connection.receive(data)
        self.flush()
        self.ended = not data
        return not self.ended

    async def expect(self, kind: type[T], stream_id: int | None = None) -> T:
        """The next event of a kind (on a stream); others stay for later."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and stream_id in (None, getattr(event, "stream_id", 0)):
                    self.events.remove(event)
                    return event
            assert await self.receive(), f"closed before {kind.__name__}; there was {self.events}"

    async def expect_end(self) -> None:
        while await self.receive():
            pass

    async def settle(self) -> None:
        """Wait until the other side has handled all that was sent so far."""
        self.connection.ping(b"settled?")
        await self.expect(PingAcknowledged)

    def request(self, headers: Any = GET, body: bytes = b"", end: bool = True) -> int:
        stream_id = self.connection.request(headers, body, end)
        self.flush()
        return stream_id

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def raw_client(port: int, **options: Any) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(HOST, port)
    peer = Peer(reader, writer, Connection(True, **options))
    peer.flush()
    try:
        yield peer
    finally:
        await peer.close()


@asynccontextmanager
async def raw_server(
    handler: Callable[[Peer], Awaitable[None]], **options: Any
) -> AsyncIterator[int]:
    """A server that plays a script on each connection. It gives its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, Connection(False, **options))
        try:
            await handler(peer)
        finally:
            await peer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(play(reader, writer)))

    server = await asyncio.start_server(accept, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*tasks)  # what went wrong there
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def port_of(server: Server) -> int:
    port = server.addresses[0][1]
    assert isinstance(port, int)
    return port


@asynccontextmanager
async def serving(handler: Any, **options: Any) -> AsyncIterator[int]:
    """A server of h2fast.aio. It gives its port."""
    server = await serve(handler, HOST, 0, **options)
    try:
        yield port_of(server)
    finally:
        await server.close(timeout=5)


@asynccontextmanager
async def both(handler: Any, **options: Any) -> AsyncIterator[Client]:
    """A server and a client of h2fast.aio."""
    async with serving(handler, **options) as port, await connect(HOST, port) as client:
        yield client


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so. The time limit is that of the test."""
    while not condition():
        await asyncio.sleep(0.001)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and the loopback addresses, signed with its own key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl in PATH, which makes the certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout", str(key)]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"]
    subprocess.run([*command, "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key
