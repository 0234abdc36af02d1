"""How the connections of h2fast.aio are closed."""

from __future__ import annotations

import asyncio

from h2fast import Connection
from h2fast.aio import Reply, Request, run, serve


def handle(_: Request) -> Reply:
    return Reply()


def test_what_comes_while_a_connection_is_closed_does_not_reset_it() -> None:
    """A reset would make the peer's system forget what this side has sent last."""

    async def main() -> None:
        client = Connection(True)
        async with await serve(handle, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.addresses[0][:2])
            client.go_away()
            writer.write(client.output())
            for _ in range(20):
                writer.write(b"\0\0\x08\x06\0\0\0\0\0h2fast!!")  # PING
                await asyncio.sleep(0.005)
            await reader.read()  # until the end, which is no ConnectionResetError
            writer.close()

    run(main())


def test_a_server_that_has_closed_has_no_connections_left() -> None:
    """Not those either whose clients have said goodbye and do not close."""

    async def main() -> None:
        client = Connection(True)
        server = await serve(handle, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.addresses[0][:2])
        client.go_away()
        writer.write(client.output())
        await reader.read()
        assert len(server.endpoints) == 1  # its other direction is open
        await server.close(timeout=0.05)
        assert not server.endpoints
        writer.close()

    run(main())
