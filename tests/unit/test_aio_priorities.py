"""h2fast.aio servers: whose response goes out first."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from h2fast import Connection
from h2fast.aio import Reply, Request, StreamError
from h2fast.events import DataReceived, PingAcknowledged, ResponseReceived, SettingsReceived
from h2fast.exceptions import LocalProtocolError
from tests.aio_peers import Run, both, raw_client, serving

NO_RFC7540_PRIORITIES = 9
LARGE = 1 << 20
GET = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")]


@pytest.mark.parametrize(
    ("options", "announced"),
    [({}, True), ({"scheduler": "rfc7540"}, False), ({"no_rfc7540_priorities": 0}, False)],
)
def test_clients_are_told_which_priorities_are_heard(
    run: Run, options: dict[str, Any], announced: bool
) -> None:
    async def main() -> None:
        async with (
            serving(lambda _: Reply(), **options) as port,
            raw_client(port) as peer,
        ):
            event = await peer.expect(SettingsReceived)
            assert ((NO_RFC7540_PRIORITIES, 1) in event.settings) is announced

    run(main())


def test_handlers_see_and_say_priorities(run: Run) -> None:
    seen: list[tuple[int, bool]] = []

    def handler(request: Request) -> Reply:
        seen.append(request.priority)
        request.prioritize(urgency=1)
        seen.append(request.priority)
        return Reply()

    async def main() -> None:
        async with both(handler) as client:
            await client.request("GET", "/", [("priority", "u=5, i")])
        assert seen == [(5, True), (1, True)]

    run(main())


def test_priorities_of_another_scheduler(run: Run) -> None:
    caught: list[type[Exception]] = []

    async def handler(request: Request) -> Reply:
        for call in (request.prioritize, lambda: request.priority):
            try:
                call()
            except LocalProtocolError as error:
                caught.append(type(error))
        return Reply()

    async def main() -> None:
        async with both(handler, scheduler="round-robin") as client:
            await client.request("GET", "/")
        assert caught == [LocalProtocolError] * 2

    run(main())


def test_priorities_of_a_client_that_is_gone(run: Run) -> None:
    caught: list[Exception] = []

    async def handler(request: Request) -> Reply:
        try:
            await asyncio.sleep(60)
        finally:
            try:
                request.prioritize(1)
            except StreamError as error:
                caught.append(error)
        return Reply()

    async def main() -> None:
        async with both(handler) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.request("GET", "/"), 0.1)
            await client.ping()
        assert len(caught) == 1

    run(main())


class SlowClient:
    """On a socket with a small buffer, read by hand and with no great hurry."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        self.socket.connect(("127.0.0.1", port))
        self.connection = Connection(
            client=True, initial_window_size=1 << 30, connection_window=1 << 30
        )

    def request(self, priority: str) -> int:
        stream_id = self.connection.request([*GET, ("priority", priority)])
        self.socket.sendall(self.connection.output())
        return stream_id

    def octets_before(self, stream_id: int) -> int:
        """Of content on other streams, before this one has its response."""
        octets = 0
        while True:
            for event in self.connection.receive(self.socket.recv(65536)):
                if isinstance(event, DataReceived):
                    octets += len(event.data)
                elif isinstance(event, ResponseReceived) and event.stream_id == stream_id:
                    return octets

    def close(self, stream_id: int) -> None:
        """When the server has heard that nobody wants the rest of a stream."""
        self.connection.reset(stream_id)
        self.connection.ping(b"the end.")
        self.socket.sendall(self.connection.output())
        while PingAcknowledged not in map(type, self.connection.receive(self.socket.recv(65536))):
            pass
        self.socket.close()


@pytest.mark.skipif(
    not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="the system has no such option"
)
def test_what_is_urgent_overtakes_what_was_to_be_sent_before(run: Run) -> None:
    """Little of it has gone too far to be overtaken, however large it is."""

    def handler(request: Request) -> Reply:
        return Reply(body=bytes(0 if request.priority.urgency == 0 else 32 * LARGE))

    def talk(port: int) -> int:
        client = SlowClient(port)
        slow = client.request("u=7")
        client.octets_before(slow)
        urgent = client.request("u=0")
        octets = client.octets_before(urgent)
        client.close(slow)
        return octets

    async def main() -> None:
        async with serving(handler) as port:
            assert await asyncio.to_thread(talk, port) < LARGE

    run(main())
