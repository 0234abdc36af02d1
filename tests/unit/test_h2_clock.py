"""The clock of limits through h2's API, which is as that of a Connection."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import H2Connection
from h2fast.h2.events import PingReceived, RequestReceived, StreamReset
from h2fast.h2.exceptions import LimitExceededError
from tests.hostile import Clock, rapid_reset
from tests.octets import PING, octets
from tests.peers import PREFACE, SETTINGS_ACK, Peer, settings

PINGED = octets(PING, 0, 0, bytes(8))


def attacked(clock: Any, **limits: Any) -> H2Connection:
    config = H2Configuration(client_side=False)
    config.limits = {"max_resets": (10, 5), "clock": clock, **limits}
    connection = H2Connection(config)
    connection.initiate_connection()
    connection.receive_data(PREFACE + settings() + SETTINGS_ACK)
    return connection


def resets(first: int, count: int) -> bytes:
    nobody: Any = None
    peer: Peer = nobody
    return b"".join(rapid_reset(peer, i) for i in range(first, first + count))


class Broken(Clock):
    """Raises, as long as it is told to."""

    error: BaseException | None = None

    def __call__(self) -> float:
        now = super().__call__()
        if self.error is not None:
            raise self.error
        return now


def test_it_is_not_read_before_half_of_a_limit_is_used_up() -> None:
    clock = Clock()
    connection = attacked(clock)
    connection.receive_data(resets(0, 5) + PINGED * 100)
    assert clock.read == 0
    connection.receive_data(resets(5, 1))
    assert clock.read == 1


@pytest.mark.parametrize("error", [LookupError("no time"), KeyboardInterrupt(), MemoryError()])
def test_what_it_raises_comes_out_and_no_event_is_lost(error: BaseException) -> None:
    clock = Broken()
    connection = attacked(clock)
    connection.receive_data(resets(0, 5))
    clock.error = error
    with pytest.raises(type(error)) as caught:
        connection.receive_data(resets(5, 2) + PINGED)
    assert caught.value is error
    assert clock.read == 1
    clock.error = None
    events = connection.receive_data(PINGED)
    assert [type(event) for event in events if type(event).__name__ != "StreamEnded"] == [
        *[RequestReceived, StreamReset] * 2,
        *[PingReceived] * 2,
    ]
    assert connection.receive_data(b"") == []
    connection.receive_data(resets(7, 3))
    with pytest.raises(LimitExceededError):
        connection.receive_data(resets(10, 1))


def test_an_error_of_the_clock_and_one_of_the_peer() -> None:
    """Neither hides the other, and time that stands still is no way around a limit."""
    clock = Broken()
    connection = attacked(clock)
    clock.error = LookupError()
    with pytest.raises(LookupError):
        connection.receive_data(resets(0, 11))
    with pytest.raises(LimitExceededError, match="max_resets"):
        connection.receive_data(b"")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e13, "now", None])
def test_what_is_no_time_is_refused(value: Any) -> None:
    connection = attacked(lambda: value)
    with pytest.raises((ValueError, TypeError)):
        connection.receive_data(resets(0, 6))
    assert len(connection.receive_data(b"")) == 18


@pytest.mark.parametrize("clock", [5, 1.5, "now", object()])
def test_it_has_to_be_callable(clock: Any) -> None:
    with pytest.raises(TypeError, match="clock is a callable"):
        attacked(clock)


CALLS: dict[str, Callable[[H2Connection], Any]] = {
    "receive_data": lambda connection: connection.receive_data(PINGED),
    "data_to_send": lambda connection: connection.data_to_send(),
    "buffers_to_send": lambda connection: connection.buffers_to_send(),
    "clear": lambda connection: connection.clear_outbound_data_buffer(),
    "ping": lambda connection: connection.ping(bytes(8)),
    "send_headers": lambda connection: connection.send_headers(1, [(":status", "200")]),
    "send_data": lambda connection: connection.send_data(1, b"x"),
    "end_stream": lambda connection: connection.end_stream(1),
    "reset_stream": lambda connection: connection.reset_stream(1),
    "acknowledge": lambda connection: connection.acknowledge_received_data(1, 1),
    "close_connection": lambda connection: connection.close_connection(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("in_steps", [False, True])
def test_it_cannot_use_the_connection(call: str, in_steps: bool) -> None:
    def clock() -> float:
        CALLS[call](connection)
        return 0.0

    connection = attacked(clock)
    connection._core.in_steps = in_steps
    with pytest.raises(RuntimeError, match="re-entrant"):
        connection.receive_data(resets(0, 6))
    assert [type(event) for event in connection.receive_data(PINGED)][-1] is PingReceived
