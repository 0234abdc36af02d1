"""h2fast.aio over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from h2fast import Connection
from h2fast.aio import Reply, Request, StreamError, client_context, connect, serve, server_context
from tests.aio_peers import GET, HOST, Run, make_certificate, port_of, until

Files = tuple[Path, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def hello(request: Request) -> Reply:
    return Reply(body=f"{request.header(b':scheme')} {request.authority}".encode())


@asynccontextmanager
async def tls_server(files: Files, **options: Any) -> Any:
    async with await serve(hello, HOST, 0, tls=server_context(*files), **options) as server:
        yield port_of(server)


def test_tls(run: Run, files: Files) -> None:
    async def main() -> None:
        tls = client_context(authorities=files[0])
        async with tls_server(files) as port:
            for name in (None, "localhost"):
                async with await connect(HOST, port, tls=tls, server_hostname=name) as client:
                    response = await client.request("GET", "/")
                    assert await response.read() == f"https {HOST}:{port}".encode()

    run(main())


def test_large_bodies_over_tls(run: Run, files: Files) -> None:
    async def echo(request: Request) -> Reply:
        return Reply(body=request)

    async def main() -> None:
        tls = client_context(authorities=files[0])
        async with (
            await serve(echo, HOST, 0, tls=server_context(*files)) as server,
            await connect(HOST, port_of(server), tls=tls) as client,
        ):
            response = await client.request("POST", "/", body=bytes(5_000_000))
            assert await response.read() == bytes(5_000_000)

    run(main())


def test_little_is_kept_for_a_client_that_reads_nothing(run: Run, files: Files) -> None:
    async def main() -> None:
        tls = client_context(authorities=files[0])
        async with (
            await serve(
                lambda _: Reply(body=bytes(1 << 20)), HOST, 0, tls=server_context(*files)
            ) as server,
            await connect(HOST, port_of(server), tls=tls) as client,
        ):
            await client.ping()
            transport: Any = client._endpoint.transport
            transport.pause_reading()
            requests = [asyncio.ensure_future(client.request("GET", "/")) for _ in range(16)]
            (endpoint,) = server.endpoints
            kept: Any = endpoint.transport
            await until(kept.get_write_buffer_size)
            for _ in range(20):
                await asyncio.sleep(0.01)
                assert kept.get_write_buffer_size() < 4 * 65536
            transport.resume_reading()
            for request in requests:
                assert len(await (await request).read()) == 1 << 20

    run(main())


def test_a_server_that_reads_nothing_over_tls(
    run: Run, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop may not tell that it has hung up while there is something to write."""
    monkeypatch.setattr("h2fast.aio.endpoint.CLOSE_TIME", 0.1)

    async def main() -> None:
        ends = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            server = Connection(False, initial_window_size=1 << 30, connection_window=1 << 30)
            writer.write(server.output())
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await ends.wait()
            writer.close()

        async def body() -> AsyncIterator[bytes]:
            while True:
                yield bytes(60_000)

        server = await asyncio.start_server(play, HOST, 0, ssl=server_context(*files))
        port = server.sockets[0].getsockname()[1]
        tls = client_context(authorities=files[0])
        async with await connect(HOST, port, tls=tls, stall_timeout=0.5) as client:
            with pytest.raises(StreamError, match=r"took nothing for 0\.5 seconds"):
                await client.request("POST", "/", body=body())
        ends.set()
        server.close()
        await asyncio.sleep(0.01)

    run(main())


def test_a_certificate_that_nobody_vouches_for(run: Run, files: Files) -> None:
    async def main() -> None:
        async with tls_server(files) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await connect(HOST, port, tls=client_context())
            async with await connect(HOST, port, tls=client_context(verify=False)) as client:
                assert (await client.request("GET", "/")).status == 200

    run(main())


def test_a_certificate_for_another_name(run: Run, files: Files) -> None:
    async def main() -> None:
        tls = client_context(authorities=files[0])
        async with tls_server(files) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await connect(HOST, port, tls=tls, server_hostname="example.com")

    run(main())


@pytest.mark.parametrize("protocols", [[], ["http/1.1"]])
def test_a_client_that_does_not_choose_http2(run: Run, files: Files, protocols: list[str]) -> None:
    async def main() -> None:
        tls = ssl.create_default_context(cafile=files[0])
        if protocols:
            tls.set_alpn_protocols(protocols)
        async with tls_server(files) as port:
            writer = None
            try:
                reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
                assert await reader.read() == b""
            except OSError:
                pass  # cut off, by the server or by its TLS
            if writer is not None:
                writer.transport.abort()
                await asyncio.sleep(0.01)

    run(main())


@pytest.mark.parametrize("protocols", [[], ["http/1.1"]])
def test_a_server_that_does_not_choose_http2(run: Run, files: Files, protocols: list[str]) -> None:
    async def main() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*files)
        if protocols:
            tls.set_alpn_protocols(protocols)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, HOST, 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionError, match="does not speak HTTP/2"):
            await connect(HOST, port, tls=client_context(authorities=files[0]))
        server.close()
        await asyncio.sleep(0.01)

    run(main())


def test_octets_that_are_no_tls(run: Run, files: Files) -> None:
    async def main() -> None:
        async with tls_server(files) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert b"HTTP" not in await reader.read()
            writer.close()

    run(main())


def test_a_handshake_that_takes_too_long(run: Run, files: Files) -> None:
    async def main() -> None:
        async with tls_server(files, listen={"ssl_handshake_timeout": 0.05}) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            with contextlib.suppress(ConnectionResetError):
                assert not await reader.read()
            writer.close()

    run(main())


def test_a_server_that_closes_during_a_handshake(run: Run, files: Files) -> None:
    async def main() -> None:
        server = await serve(hello, HOST, 0, tls=server_context(*files))
        port = port_of(server)
        _, writer = await asyncio.open_connection(HOST, port)
        await asyncio.sleep(0.01)
        await server.close(timeout=1)
        writer.close()
        await asyncio.sleep(0.01)

    run(main())


def test_nothing_is_served_when_a_server_has_closed(run: Run, files: Files) -> None:
    """Even to who was in the TLS handshake before that."""
    seen: list[Request] = []

    async def main() -> None:
        tls = server_context(*files)
        server = await serve(seen.append, HOST, 0, tls=tls)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        with socket.create_connection((HOST, port_of(server))) as early:
            early.setblocking(False)
            await asyncio.sleep(0.01)
            await server.close(timeout=1)
            context = client_context(authorities=files[0])
            with contextlib.suppress(OSError):
                transport, _ = await loop.create_connection(
                    asyncio.Protocol, sock=early, ssl=context, server_hostname="localhost"
                )
                client = Connection(True)
                client.request(GET)
                transport.write(client.output())
                await until(transport.is_closing)
            await asyncio.sleep(0.01)
        assert not seen

    run(main())


def test_contexts_are_for_http2_only(files: Files) -> None:
    for context in (server_context(*files), client_context()):
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        names = [c["name"] for c in context.get_ciphers() if c["protocol"] == "TLSv1.2"]
        assert names
        assert all("ECDHE" in name and ("GCM" in name or "CHACHA" in name) for name in names)
    with pytest.raises(OSError, match="No such file"):
        server_context("/nowhere/certificate.pem")
