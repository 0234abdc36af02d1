"""Honest peers, as fast as they can: no limit is met, and no counter comes near one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from h2fast import Connection
from tests.hostile import APIS, Clock, OverH2
from tests.peers import (
    ENABLE_PUSH,
    GET,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    MAX_HEADER_LIST_SIZE,
    NO_RFC7540_PRIORITIES,
    OK,
    POST,
    TRAILERS,
    client_of,
    data,
    priority,
    rst_stream,
    settings,
    window_update,
)

NO_CONTENT = [(":status", "204")]

MESSAGES = 10**6
REQUESTS = 10**5


# A Connection, or what looks like one.
Side = Connection | OverH2
Maker = Callable[..., Any]


@pytest.fixture(params=APIS)
def make(request: pytest.FixtureRequest) -> Maker:
    """Makes connections with one of the APIs, which read what they receive at once."""
    if request.param == "Connection":
        return Connection
    return lambda *args, **options: APIS["H2Connection"](*args, acknowledges=True, **options)


def pair(make: Maker) -> tuple[Any, Any]:
    client, server = make(client=True), make()
    move(client, server)
    return client, server


def named(events: Iterable[Any], name: str) -> list[Any]:
    """The events of a class, which has the same name with both APIs."""
    return [event for event in events if type(event).__name__ == name]


def move(client: Side, server: Side) -> None:
    """Until there is nothing more to be written."""
    moved = True
    while moved:
        moved = False
        for side, other in ((client, server), (server, client)):
            while octets := side.output():
                other.receive(octets)
                moved = True


# What a limit counts at least, for it to be one that an honest peer comes near to: a tenth of it.
NEAR = {
    "max_resets": 100,
    "max_own_resets": 100,
    "max_glitches": 1000,
    "max_unsent_answers": 100,
    "max_empty_data": 10,
}


def nobody_came_near(*connections: Side) -> None:
    for connection in connections:
        assert not connection.closed
        counters = connection.counters
        assert {name: counters[name] for name in NEAR if counters[name] >= NEAR[name]} == {}
        assert counters["window_updates"] <= counters["fair_window_updates"]


def test_streams_of_small_messages(make: Maker) -> None:
    """As gRPC has them: DATA of a few octets in both directions on one stream, each by itself."""
    client, server = pair(make)
    stream_id = client.request(POST, end_stream=False)
    move(client, server)
    server.respond(stream_id, OK, end_stream=False)
    received = 0
    for i in range(MESSAGES):
        client.send_data(stream_id, b"\0\0\0\0\5hello")
        events = server.receive(client.output())
        received += len(named(events, "DataReceived"))
        server.send_data(stream_id, b"\0\0\0\0\2ok")
        client.receive(server.output())
        if i % 1000 == 0:
            nobody_came_near(client, server)
    server.send_headers(stream_id, TRAILERS, end_stream=True)
    client.send_data(stream_id, b"", end_stream=True)
    move(client, server)
    assert received == MESSAGES
    nobody_came_near(client, server)
    assert client.open_outbound_streams == server.open_inbound_streams == 0


def test_a_peer_that_updates_windows_for_each_message(make: Maker) -> None:
    peer = client_of(make=make)
    peer.accepts(peer.headers(1, POST))
    peer.connection.respond(1, OK, end_stream=False)
    for _ in range(MESSAGES // 10):
        peer.connection.send_data(1, b"\0\0\0\0\5hello")
        peer.sent()
        peer.connection.receive(window_update(0, 10) + window_update(1, 10))
    assert peer.connection.counters["max_glitches"] == 0


def test_a_peer_that_opens_a_window_for_each_response_without_content(make: Maker) -> None:
    peer = client_of(make=make)
    for i in range(REQUESTS // 5):
        stream_id = 2 * i + 1
        peer.connection.receive(
            peer.headers(stream_id, GET, end_stream=True) + window_update(stream_id, 2**24)
        )
        peer.connection.respond(stream_id, NO_CONTENT)
        peer.sent()
    nobody_came_near(peer.connection)
    assert peer.connection.counters["max_glitches"] == 0


@pytest.mark.parametrize("at_once", [1, 20, 100])
def test_requests_of_which_one_in_twenty_is_cancelled(at_once: int, make: Maker) -> None:
    """By all clocks: it takes no longer than it takes."""
    client, server = pair(make)
    served = cancelled = 0
    for first in range(0, REQUESTS, at_once):
        ids = [client.request(GET) for _ in range(at_once)]
        cancel = {n for i, n in enumerate(ids) if (first + i) % 20 == 7}
        requests = server.receive(client.output())
        for stream_id in cancel:
            client.reset(stream_id)
        resets = server.receive(client.output())
        cancelled += len(named(resets, "StreamReset"))
        for event in named(requests, "RequestReceived"):
            if event.stream_id not in cancel:
                server.respond(event.stream_id, OK, b"content")
                served += 1
        client.receive(server.output())
        if first % 1000 == 0:
            nobody_came_near(server)
    assert (served, cancelled) == (REQUESTS * 19 // 20, REQUESTS // 20)
    nobody_came_near(client, server)


def test_pages_that_are_left_half_way(make: Maker) -> None:
    """A browser cancels all that is not there yet, and goes on with the next page."""
    clock = Clock()
    client, server = make(client=True), make(clock=clock)
    move(client, server)
    for _ in range(REQUESTS // 1000):
        clock.seconds += 3
        for _ in range(100):
            client.request(GET)
        for event in named(server.receive(client.output()), "RequestReceived"):
            server.respond(event.stream_id, OK, bytes(3000))
        ended = {
            event.stream_id
            for event in named(client.receive(server.output()), "DataReceived")
            if event.stream_ended
        }
        last = max(ended)
        for stream_id in range(last + 2, last + 2 * (100 - len(ended)) + 1, 2):
            client.reset(stream_id)
        move(client, server)
        assert server.open_inbound_streams == 0
        assert server.counters["max_resets"] < 600
    assert not server.closed


@pytest.mark.parametrize("content", [b"x", b"message"])
def test_content_that_is_under_way_when_its_stream_is_reset(make: Maker, content: bytes) -> None:
    """In small messages a window holds many, and all of them come."""
    peer = client_of(make=make)
    for i in range(30):
        stream_id = 2 * i + 1
        peer.connection.receive(peer.headers(stream_id, POST))
        peer.connection.reset(stream_id)
        for _ in range(5000):
            peer.connection.receive(data(stream_id, content))
            peer.sent()
    assert peer.connection.counters["max_glitches"] == 0


def test_uploads_that_are_cancelled_once_they_are_answered(make: Maker) -> None:
    peer = client_of(make=make, clock=Clock())
    for i in range(3000):
        stream_id = 2 * i + 1
        peer.connection.receive(peer.headers(stream_id, POST))
        peer.connection.respond(stream_id, NO_CONTENT)
        peer.connection.receive(rst_stream(stream_id))
        peer.sent()
    assert peer.connection.counters["max_resets"] == 0


def test_sixty_cookies(make: Maker) -> None:
    """RFC 9113 section 8.2.3: in fields of their own."""
    cookies = [("cookie", f"name-{i}=" + "v" * 40) for i in range(60)]
    peer = client_of(make=make)
    for i in range(50):
        events = peer.accepts(peer.headers(2 * i + 1, [*GET, *cookies], end_stream=True))
        [event] = named(events, "RequestReceived")
        assert make is not Connection or len(event.headers) == 64  # h2 joins cookies
        peer.connection.respond(2 * i + 1, OK)
    nobody_came_near(peer.connection)
    assert peer.connection.counters["max_header_fields"] == 64


def test_sixteen_settings_in_a_frame(make: Maker) -> None:
    known = [
        (HEADER_TABLE_SIZE, 65536),
        (ENABLE_PUSH, 0),
        (MAX_CONCURRENT_STREAMS, 1000),
        (INITIAL_WINDOW_SIZE, 6291456),
        (MAX_FRAME_SIZE, 16777215),
        (MAX_HEADER_LIST_SIZE, 262144),
        (NO_RFC7540_PRIORITIES, 1),
    ]
    unknown = [(0x0A0A + 0x1010 * i, i) for i in range(9)]  # as browsers send them
    peer = client_of(make=make, own_settings=[*known, *unknown])
    for _ in range(500):
        peer.accepts(settings(*known, *unknown))
    nobody_came_near(peer.connection)


def test_a_browser_with_priorities(make: Maker) -> None:
    """RFC 7540's: a tree of groups at the beginning, and PRIORITY with each request."""
    peer = client_of(make=make)
    peer.accepts(*[priority(n, 0 if n == 3 else 3, 200) for n in (3, 5, 7, 9, 11)])
    for i in range(6, 500):
        stream_id = 2 * i + 1
        peer.accepts(priority(stream_id, 3, 10), peer.headers(stream_id, GET, end_stream=True))
        peer.connection.respond(stream_id, OK, b"x")
    nobody_came_near(peer.connection)


def test_keeping_a_connection_alive(make: Maker) -> None:
    client, server = pair(make)
    for i in range(5000):
        client.ping(i.to_bytes(8, "big"))
        server.receive(client.output())
        client.receive(server.output())
    nobody_came_near(client, server)


def test_large_uploads_with_windows_that_grow(make: Maker) -> None:
    options = {"max_window": 1 << 24} if make is Connection else {}
    client, server = make(client=True), make(**options)
    move(client, server)
    stream_id = client.request(POST, end_stream=False)
    for _ in range(400):
        client.send_data(stream_id, bytes(65536))
        for _ in range(4):
            server.receive(client.output())
            client.receive(server.output())
    assert client.total_queued == 0
    nobody_came_near(client, server)
