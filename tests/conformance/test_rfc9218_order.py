"""Priorities as callers meet them: what clients and servers say (RFC 9218 sections 5, 7 and 8, RFC
7540 section 5.3), and what floods of that come to. The order itself is in tests/c/test_schedule.c
and tests/property/test_order.py."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from h2fast import Connection
from h2fast.exceptions import LocalProtocolError, StreamClosedError
from h2fast.priority_field import Priority
from tests.octets import DATA, PRIORITY_UPDATE, octets
from tests.peers import (
    ENHANCE_YOUR_CALM,
    GET,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    NO_RFC7540_PRIORITIES,
    OK,
    Peer,
    client_of,
    priority,
    read_frames,
    rst_stream,
    window_update,
)

BODY = bytes(40_000)  # three frames
NAMES = ["auto", "rfc9218", "rfc7540", "round-robin"]


def priority_update(stream_id: int, value: bytes) -> bytes:
    return octets(PRIORITY_UPDATE, 0, 0, stream_id.to_bytes(4, "big") + value)


def ask(peer: Peer, *values: str | None) -> None:
    """Requests on streams 1, 3, 5 and so on, each with a priority field or none."""
    for number, value in enumerate(values):
        fields = list(GET) if value is None else [*GET, ("priority", value)]
        peer.accepts(peer.headers(2 * number + 1, fields, True))


def turns(peer: Peer) -> list[int]:
    """Who sends content now, frame by frame."""
    return [frame.stream_id for frame in peer.sent() if frame.type == DATA]


# ------------------------------------------------------------------------------ schemes


@pytest.mark.parametrize("name", ["", "RFC9218", "round_robin"])
def test_there_is_no_other_scheduler(name: str) -> None:
    with pytest.raises(ValueError, match="there are auto, rfc9218, rfc7540, round-robin"):
        Connection(scheduler=name)


@pytest.mark.parametrize("value", [None, 3, b"auto"])
def test_a_scheduler_is_a_name_or_callable(value: Any) -> None:
    with pytest.raises(TypeError, match="name or callable"):
        Connection(scheduler=value)


@pytest.mark.parametrize(
    ("scheduler", "order"),
    [
        ("auto", [5, 1, 3, 1, 3]),
        ("rfc9218", [5, 1, 1, 3, 3]),
        ("rfc7540", [1, 3, 5, 1, 3]),
        ("round-robin", [1, 3, 5, 1, 3]),
        (max, [5, 3, 3, 1, 1]),
    ],
)
def test_the_order_is_that_of_the_scheduler(scheduler: Any, order: list[int]) -> None:
    peer = client_of(scheduler=scheduler)
    ask(peer, None, None, "u=1")
    for stream_id, size in (1, 20_000), (3, 20_000), (5, 16_384):
        peer.connection.respond(stream_id, OK, bytes(size))
    assert turns(peer) == order


def test_output_adds_no_more_than_it_is_asked_for() -> None:
    peer = client_of()
    ask(peer, None)
    peer.connection.respond(1, OK, BODY)
    peer.connection.output(0)  # the headers, which have been there
    assert peer.connection.output(0) == b""
    assert len(peer.connection.output(1)) == 9 + 16384
    assert sum(map(len, peer.connection.output_buffers(16394))) == 18 + 40_000 - 16384
    assert peer.connection.output() == b""


@pytest.mark.parametrize(
    ("scheduler", "before"),
    [("rfc9218", 6), ("auto", 6), (max, 6), ("round-robin", 20)],
)
def test_small_responses_do_not_go_out_of_order_by_their_number(
    scheduler: Any, before: int
) -> None:
    """They are written at once, but no more of them than a frame holds."""
    peer = client_of(scheduler=scheduler)
    ask(peer, *["u=7"] * 20, "u=0")
    for stream_id in range(1, 43, 2):
        peer.connection.respond(stream_id, OK, bytes(3000))
    assert turns(peer).index(41) == before


# ---------------------------------------------------------------- what is said, merged


def test_the_clients_wish() -> None:
    peer = client_of()
    ask(peer, None, "u=5", "i", "u=9, i=2, x", "u=1, u=2", "=")
    found = [peer.connection.priority(stream_id) for stream_id in (1, 3, 5, 7, 9, 11)]
    assert found == [(3, True), (5, False), (3, True), (3, False), (2, False), (3, False)]
    assert isinstance(found[0], Priority)


def test_what_a_server_pushes_is_not_what_the_client_says() -> None:
    """A client that knows no priorities has its streams share, as before."""
    peer = client_of()
    ask(peer, None)
    peer.connection.push(1, [*GET, ("priority", "u=5")])
    ask_again = peer.headers(3, GET, end_stream=True)
    peer.accepts(ask_again)
    assert peer.connection.priority(2) == (5, False)
    assert peer.connection.priority(3) == (3, True)


def test_2_1_1_a_client_that_switches_dependencies_off_has_none() -> None:
    peer = client_of(scheduler="rfc7540", own_settings=[(NO_RFC7540_PRIORITIES, 1)])
    peer.accepts(*[peer.headers(n, GET, end_stream=True) for n in (1, 3)], priority(1, 3))
    for stream_id in (1, 3):
        peer.connection.respond(stream_id, OK, BODY[:20_000])
    assert turns(peer) == [1, 3, 1, 3]
    peer.accepts(*[peer.headers(n, GET, end_stream=True) for n in (5, 7)])
    peer.connection.set_dependency(5, 7)  # which is the server's own word
    for stream_id in (5, 7):
        peer.connection.respond(stream_id, OK, BODY[:12_000])
    assert turns(peer) == [7, 5]


def test_a_frame_of_content_is_no_longer_than_what_may_go_first() -> None:
    peer = client_of(
        own_settings=[(MAX_FRAME_SIZE, 2**24 - 1), (INITIAL_WINDOW_SIZE, 2**30)], max_queued=2**21
    )
    peer.accepts(window_update(0, 2**30), peer.headers(1, GET, end_stream=True))
    peer.connection.respond(1, OK, bytes(2**20))
    assert peer.connection.queued(1) >= 2**20 - 65536
    assert {len(f.payload) for f in peer.sent() if f.type == DATA} == {65536}


def test_8_the_server_comes_first_where_it_says_something() -> None:
    peer = client_of()
    ask(peer, "u=5, i")
    peer.connection.send_headers(1, [*OK, ("priority", "u=1")])
    assert peer.connection.priority(1) == (1, True)
    peer.connection.set_priority(1, incremental=False)
    assert peer.connection.priority(1) == (1, False)
    peer.accepts(priority_update(1, b"u=0, i"))
    assert peer.connection.priority(1) == (1, False)
    peer.connection.set_priority(1, 6)
    peer.connection.set_priority(1)
    assert peer.connection.priority(1) == (6, False)


def test_the_field_of_an_interim_response_says_nothing_about_the_final_one() -> None:
    peer = client_of()
    ask(peer, "u=5")
    peer.connection.send_headers(1, [(":status", "103"), ("priority", "u=1")])
    assert peer.connection.priority(1) == (5, False)


def test_7_an_update_is_complete_and_counts_at_the_next_frame() -> None:
    peer = client_of()
    ask(peer, "u=2, i", "u=2, i")
    for stream_id in (1, 3):
        peer.connection.respond(stream_id, OK, BODY)
    [first] = [f.stream_id for f in _frames(peer, 1) if f.type == DATA]
    peer.connection.receive(priority_update(1, b"u=1"))
    assert peer.connection.priority(1) == (1, False)
    assert (first, turns(peer)) == (1, [1, 1, 3, 3])  # all that the window allows
    peer.accepts(priority_update(3, b""))
    assert peer.connection.priority(3) == (3, False)


def _frames(peer: Peer, most: int) -> list[Any]:
    return read_frames(peer.connection.output(most) + peer.connection.output(most))


def test_7_an_update_of_a_stream_that_is_gone_changes_nothing() -> None:
    peer = client_of()
    ask(peer, None, None)
    peer.accepts(rst_stream(1), priority_update(1, b"u=0"), priority_update(1, b"="))
    with pytest.raises(StreamClosedError):
        peer.connection.priority(1)
    assert peer.connection.priority(3) == (3, True)  # asked for before the client said anything


def test_the_wrong_kind_of_priority() -> None:
    tree, flat = client_of(scheduler="rfc7540"), client_of()
    for peer in tree, flat:
        ask(peer, None)
    with pytest.raises(LocalProtocolError, match="other priorities"):
        tree.connection.set_priority(1, 2)
    with pytest.raises(LocalProtocolError, match="other priorities"):
        tree.connection.priority(1)
    with pytest.raises(LocalProtocolError, match="other priorities"):
        flat.connection.set_dependency(1)
    with pytest.raises(ValueError, match="urgency is from 0 to 7, not 8"):
        flat.connection.set_priority(1, 8)
    with pytest.raises(ValueError, match="urgency is from 0 to 7, not -1"):
        flat.connection.set_priority(1, -1)
    for weight in (0, 257):
        with pytest.raises(LocalProtocolError, match="a weight is from 1 to 256"):
            tree.connection.set_dependency(1, weight=weight)
    with pytest.raises(LocalProtocolError, match="does not depend on itself"):
        tree.connection.set_dependency(1, 1)
    for stream_id in (0, 99):
        with pytest.raises(LocalProtocolError):
            flat.connection.set_priority(stream_id, 1)
    assert flat.connection.priority(1) == (3, True)


# ------------------------------------------------------------------- a caller's scheduler


def asked(scheduler: Any) -> Peer:
    peer = client_of(scheduler=scheduler)
    ask(peer, None, None)
    for stream_id in (1, 3):
        peer.connection.respond(stream_id, OK, BODY)
    peer.connection.receive(b"")
    return peer


def test_a_scheduler_may_look_but_not_touch() -> None:
    looked: list[Any] = []

    def choose(ready: list[int]) -> int:
        connection = peer.connection
        looked.append((ready, connection.queued(ready[0]), connection.send_window(ready[0])))
        for change in (
            connection.output,
            lambda: connection.receive(b""),
            lambda: connection.reset(1),
            lambda: connection.send_data(1, b"more"),
        ):
            with pytest.raises(RuntimeError, match="re-entrant"):
                change()
        return ready[-1]

    peer = asked(choose)
    assert turns(peer) == [3, 3, 3, 1, 1]
    assert looked[0] == ([1, 3], 40_000, 65_535)


@pytest.mark.parametrize("wrong", [0, -1, 5, 2**31, 2**64, "1", 1.0, b"1", [1]])
def test_a_scheduler_that_names_nobody(wrong: object) -> None:
    answers: list[Any] = [3, wrong]
    peer = asked(lambda ready: answers.pop(0) if answers else ready[0])
    with pytest.raises(LocalProtocolError, match="cannot send now"):
        peer.connection.output()
    assert turns(peer) == [3, 1, 3, 1]  # the first one had been written


def test_a_scheduler_that_raises() -> None:
    answers: list[Any] = [3]
    peer = asked(lambda ready: answers.pop(0) if answers else 1 // 0)
    for take in (
        peer.connection.output,
        peer.connection.output_buffers,
        lambda: peer.connection.output_into(bytearray(10)),
    ):
        with pytest.raises(ZeroDivisionError):
            take()
    answers += [1, 1, 1, 3]
    assert turns(peer) == [3, 1, 1, 1, 3]


def test_a_scheduler_that_holds_everything_back() -> None:
    """Until it is asked again, which each call of output does."""
    answers: list[int | None] = [1, None, None, None, 3, 3, None, None]
    peer = asked(lambda ready: answers.pop(0))
    assert [turns(peer) for _ in range(3)] == [[1], [], [3, 3]]


def test_a_scheduler_is_let_go_with_its_connection() -> None:
    class Scheduler:
        def __call__(self, ready: list[int]) -> int:
            return ready[0]

    scheduler = Scheduler()
    connection = Connection(scheduler=scheduler)
    scheduler.connection = connection  # type: ignore[attr-defined]
    gone = weakref.ref(scheduler)
    del scheduler, connection
    gc.collect()
    assert gone() is None


# --------------------------------------------------------------------------------- floods


FLOODS = {
    "PRIORITY": lambda n: priority(2 * n + 1, 2 * n - 1 if n % 2 else 0),
    "PRIORITY of one stream": lambda n: priority(1, 3 + n % 2 * 2, n % 256),
    "PRIORITY_UPDATE": lambda n: priority_update(1 + 2 * (n % 90), b"u=%d" % (n % 8)),
    "PRIORITY_UPDATE of nothing": lambda n: priority_update(1 + 2 * n, b"="),
}


@pytest.mark.parametrize("scheduler", NAMES)
@pytest.mark.parametrize("flood", FLOODS)
def test_floods_of_priorities_end(flood: str, scheduler: str) -> None:
    """max_glitches bounds them, and they take little memory until then."""
    peer = client_of(scheduler=scheduler, max_glitches=(1000, 0))
    ask(peer, *[None] * 5)
    before = peer.connection.__sizeof__()
    peer.accepts(*map(FLOODS[flood], range(1000)))
    assert peer.connection.__sizeof__() - before < 64 << 10
    error = peer.fails(ENHANCE_YOUR_CALM, FLOODS[flood](1000))
    assert getattr(error, "limit", "") == "max_glitches"


@pytest.mark.parametrize("scheduler", NAMES)
def test_priorities_of_streams_that_close_are_forgotten(scheduler: str) -> None:
    peer = client_of(scheduler=scheduler, max_glitches=(10**6, 0), max_resets=(10**6, 0))
    sizes = []
    for number in range(1000):
        stream_id = 2 * number + 1
        peer.accepts(
            priority_update(stream_id, b"u=1"),
            priority(stream_id, max(stream_id - 2, 0)),
            peer.headers(stream_id, GET, True),
        )
        peer.connection.respond(stream_id, OK, b"x")
        peer.sent()
        sizes.append(peer.connection.__sizeof__())
    assert sizes[-1] - sizes[200] < 1024
