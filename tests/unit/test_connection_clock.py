"""The clock that limits on what happens each second go by."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import pytest

from h2fast import Connection
from h2fast.events import PingReceived, RequestReceived, StreamReset
from h2fast.exceptions import LimitExceededError
from tests.hostile import Clock, opening, rapid_reset
from tests.octets import PING, octets
from tests.peers import GET, Peer, rst_stream

PINGED = octets(PING, 0, 0, bytes(8))


def attacked(clock: Any, **options: Any) -> Peer:
    return Peer(Connection(clock=clock, **{"max_resets": (10, 5), **options}), client=True)


def cancel(peer: Peer, first: int, count: int) -> list[Any]:
    return peer.connection.receive(
        b"".join(rapid_reset(peer, i) for i in range(first, first + count))
    )


def test_it_is_not_read_before_half_of_a_limit_is_used_up() -> None:
    clock = Clock()
    peer = attacked(clock)
    cancel(peer, 0, 5)
    assert clock.read == 0
    peer.accepts(PINGED * 100, peer.headers(101, GET, end_stream=True))
    assert clock.read == 0
    cancel(peer, 60, 1)
    assert clock.read == 1


@pytest.mark.parametrize("beginning", [0.0, -500.0, 1e9, 5])
def test_time_may_begin_at_any_number(beginning: float) -> None:
    clock = Clock()
    clock.seconds = beginning
    peer = attacked(clock)
    cancel(peer, 0, 10)
    clock.seconds += 0.9  # 4.5 of them
    cancel(peer, 10, 4)
    with pytest.raises(LimitExceededError):
        cancel(peer, 14, 1)


def test_a_part_of_one_is_not_lost() -> None:
    clock = Clock()
    peer = attacked(clock)
    cancel(peer, 0, 10)
    for i in range(50):  # one in each 200 ms, looked at after 130
        clock.seconds += 0.26
        cancel(peer, 10 + i, 1)
    assert peer.connection.counters["max_resets"] <= 10
    assert not peer.connection.closed


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    clock = Clock()
    peer = attacked(clock)
    cancel(peer, 0, 9)
    clock.seconds -= 500
    cancel(peer, 9, 1)
    clock.seconds += 0.2
    cancel(peer, 10, 1)
    with pytest.raises(LimitExceededError):
        cancel(peer, 11, 1)


def test_each_connection_has_its_own() -> None:
    early, late = Clock(), Clock()
    peers = [attacked(early), attacked(late)]
    for peer in peers:
        cancel(peer, 0, 10)
    late.seconds += 10
    cancel(peers[1], 10, 10)
    with pytest.raises(LimitExceededError):
        cancel(peers[0], 10, 1)


class Broken(Clock):
    """Raises, as long as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def __call__(self) -> float:
        now = super().__call__()
        if self.error is not None:
            raise self.error
        return now


@pytest.mark.parametrize("error", [LookupError("no time"), KeyboardInterrupt(), MemoryError()])
def test_what_it_raises_comes_out_and_no_event_is_lost(error: BaseException) -> None:
    clock = Broken()
    peer = attacked(clock)
    cancel(peer, 0, 5)
    clock.error = error
    with pytest.raises(type(error)) as caught:
        peer.connection.receive(rapid_reset(peer, 5) + rapid_reset(peer, 6) + PINGED)
    assert caught.value is error
    assert clock.read == 1
    clock.error = None
    events = peer.connection.receive(PINGED)
    assert [type(event) for event in events] == [
        *[RequestReceived, StreamReset] * 2,
        *[PingReceived] * 2,
    ]
    assert peer.connection.receive(b"") == []
    cancel(peer, 7, 3)
    with pytest.raises(LimitExceededError):
        cancel(peer, 10, 1)


def test_an_error_of_the_clock_and_one_of_the_peer() -> None:
    """Neither hides the other, and time that stands still is no way around a limit."""
    clock = Broken()
    peer = attacked(clock)
    clock.error = LookupError()
    with pytest.raises(LookupError):
        cancel(peer, 0, 11)
    assert peer.connection.closed
    with pytest.raises(LimitExceededError) as caught:
        peer.connection.receive(b"")
    assert len(caught.value.events) == 21
    with pytest.raises(LimitExceededError) as caught:
        peer.connection.receive(b"")
    assert caught.value.events == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e13, "now", None])
def test_what_is_no_time_is_refused(value: Any) -> None:
    peer = attacked(lambda: value)
    with pytest.raises((ValueError, TypeError)):
        cancel(peer, 0, 6)
    assert len(peer.connection.receive(b"")) == 12


@pytest.mark.parametrize("clock", [5, 1.5, "now", object()])
def test_it_has_to_be_callable(clock: Any) -> None:
    with pytest.raises(TypeError, match="clock"):
        Connection(clock=clock)


def test_it_cannot_use_the_connection() -> None:
    def use() -> float:
        with pytest.raises(RuntimeError, match="re-entrant"):
            peer.connection.receive(PINGED)
        with pytest.raises(RuntimeError, match="re-entrant"):
            peer.connection.output()
        with pytest.raises(RuntimeError, match="re-entrant"):
            peer.connection.respond(1, [(":status", "200")])
        assert not peer.connection.closed
        tried.append(peer.connection.counters["max_resets"])
        return 1.0

    tried: list[int] = []
    peer = attacked(use)
    assert len(cancel(peer, 0, 6)) == 12
    assert tried == [5]


def test_a_clock_that_holds_its_connection_is_collected() -> None:
    class Held(Connection):
        def __init__(self) -> None:
            super().__init__(clock=self.time)

        def time(self) -> float:
            return 1.0

    connection = Held()
    gone = weakref.ref(connection)
    peer = Peer(connection, client=True)
    del connection
    peer.connection.receive(opening(0) + rst_stream(1))
    del peer
    gc.collect()
    assert gone() is None
