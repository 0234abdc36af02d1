"""A connection over many exchanges: resident memory is flat, no Python object is left, the owners
of content keep exactly the references that they had. Errors, resets and pushes included.

ROUNDS=1000000 in the environment makes the long run.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator

import pytest

from h2fast import Connection
from h2fast.exceptions import LocalProtocolError, ProtocolError
from tests.leaks.measures import assert_memory_is_flat, assert_no_object_is_left
from tests.octets import octets
from tests.peers import (
    EARLY_HINTS,
    GET,
    INITIAL_WINDOW_SIZE,
    OK,
    POST,
    TRAILERS,
    client_of,
    rst_stream,
    settings,
    window_update,
)

ROUNDS = int(os.environ.get("ROUNDS", "10000"))
LARGE = bytes(20000)


def pair() -> tuple[Connection, Connection]:
    client, server = Connection(client=True, enable_push=1), Connection()
    move(client, server)
    return client, server


def move(client: Connection, server: Connection) -> None:
    for _ in range(3):
        server.receive(client.output())
        client.receive(b"".join(server.output_buffers()))


def exchanges() -> Callable[[int], None]:
    """Whole ones, on one connection."""
    client, server = pair()

    def work(i: int) -> None:
        stream_id = client.request([*POST, ("x-counter", str(i))], b"content")
        server.receive(client.output())
        server.send_headers(stream_id, EARLY_HINTS)
        server.respond(stream_id, OK, LARGE[: i % 8000], end_stream=False)
        server.send_headers(stream_id, TRAILERS, end_stream=True)
        if i % 7 == 0:
            client.ping(b"12345678")
        move(client, server)

    return work


def pushes_and_resets() -> Callable[[int], None]:
    # Cancelling is bounded by time: a server that has to take more than that says so. A client
    # that refuses what was promised meanwhile does not count that.
    most = (2**32 - 1, 1)
    client = Connection(True, enable_push=1, max_glitches=most)
    server = Connection(max_resets=most, max_glitches=most)
    move(client, server)

    def work(i: int) -> None:
        stream_id = client.request(GET)
        server.receive(client.output())
        promised = server.push(stream_id, GET)
        server.respond(promised, OK, LARGE)
        server.respond(stream_id, OK, LARGE * 5)
        (client if i % 2 else server).reset(stream_id)
        move(client, server)

    return work


def connections() -> Callable[[int], None]:
    """New ones, dropped with content that waits and output that nobody has taken."""

    def work(i: int) -> None:
        peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0 if i % 2 else 10**6)])
        peer.accepts(peer.headers(1, GET, end_stream=True))
        peer.connection.respond(1, OK, LARGE, end_stream=False)
        peer.connection.send_headers(1, TRAILERS, end_stream=True)
        if i % 3 == 0:
            peer.connection.output_buffers()
        peer.connection.receive(b"\0\0")  # the beginning of a frame

    return work


def failures() -> Callable[[int], None]:
    wrong = [window_update(0, 0), octets(1, 4, 3, b"\x80"), rst_stream(9), settings((5, 1))]

    def headers(i: int) -> Iterator[tuple[str, str]]:
        yield from OK
        raise LookupError(i)

    def work(i: int) -> None:
        peer = client_of()
        peer.accepts(peer.headers(1, POST))
        for call in (
            lambda: peer.connection.respond(1, headers(i), LARGE),
            lambda: peer.connection.respond(3, OK, LARGE),
            lambda: peer.connection.send_data(1, LARGE),
            lambda: peer.connection.respond(1, [("Upper", "x")], LARGE),
        ):
            with contextlib.suppress(LookupError, LocalProtocolError):
                call()
        with pytest.raises(ProtocolError):
            peer.connection.receive(peer.headers(3, GET) + wrong[i % len(wrong)])

    return work


WORK = [exchanges, pushes_and_resets, connections, failures]


@pytest.mark.parametrize("make", WORK)
def test_resident_memory_is_flat(make: Callable[[], Callable[[int], None]]) -> None:
    rounds = ROUNDS if make is exchanges else ROUNDS // 5
    assert_memory_is_flat(make(), rounds, warm=rounds // 4)


@pytest.mark.parametrize("make", WORK)
def test_no_python_object_is_left(make: Callable[[], Callable[[int], None]]) -> None:
    assert_no_object_is_left(make(), 1000)


def test_memory_of_a_connection_does_not_grow_with_its_exchanges() -> None:
    client, server = pair()
    for i in range(ROUNDS):
        stream_id = client.request(GET)
        server.receive(client.output())
        server.respond(stream_id, OK, LARGE[: i % 100])
        move(client, server)
        if i == ROUNDS // 2:
            before = sys.getsizeof(client), sys.getsizeof(server)
    # Two bits for a closed stream, up to a ceiling.
    assert sys.getsizeof(client) - before[0] <= ROUNDS // 4
    assert sys.getsizeof(server) - before[1] <= ROUNDS // 4
    assert sys.getsizeof(server) < 64 * 1024


def test_content_is_let_go_when_it_has_gone_out_or_never_will() -> None:
    content = b"x" * 20000

    def references() -> int:
        gc.collect()
        return sys.getrefcount(content)

    before = references()
    for end in range(6):
        peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0 if end > 1 else 10**6)])
        peer.accepts(peer.headers(1, GET, end_stream=True))
        peer.connection.respond(1, OK, content, end_stream=False)
        peer.connection.send_data(1, content)
        peer.connection.send_data(1, memoryview(content))
        assert references() > before
        match end:
            case 0:
                peer.sent()
            case 1:
                buffers = peer.connection.output_buffers()
                assert references() > before
                del buffers
            case 2:
                peer.connection.reset(1)
            case 3:
                peer.accepts(rst_stream(1))
            case 4:
                peer.connection.receive(window_update(1, 10**5))
                peer.sent()
            case 5:
                del peer
        assert references() == before, end


def test_content_that_was_refused_is_not_kept() -> None:
    content = b"x" * 20000
    before = sys.getrefcount(content)
    peer = client_of(max_queued=10000)
    peer.accepts(peer.headers(1, POST))
    for _ in range(100):
        for stream_id in (0, 1, 3):
            with pytest.raises(LocalProtocolError):
                peer.connection.send_data(stream_id, content)
            with pytest.raises(LocalProtocolError):
                peer.connection.respond(stream_id, OK, content)
    assert sys.getrefcount(content) == before


def test_headers_that_are_sent_or_received_are_let_go() -> None:
    client, server = pair()
    name, value = "n" * 20, b"v" * 20
    header = (name, value)
    before = [sys.getrefcount(each) for each in (name, value, header)]
    for _ in range(100):
        stream_id = client.request([*GET, header])
        server.receive(client.output())
        server.respond(stream_id, [*OK, header])
        move(client, server)
    assert [sys.getrefcount(each) for each in (name, value, header)] == before
