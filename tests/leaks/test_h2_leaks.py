"""Connections of h2fast.h2 over many exchanges: resident memory is flat, no Python object is left,
nothing needs the garbage collector, and each connection and stream takes what it may take.

ROUNDS=1000000 in the environment makes the long run.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import H2Connection
from h2fast.h2.exceptions import ProtocolError
from h2fast.h2.settings import SettingCodes
from h2fast.hyperframe.frame import WindowUpdateFrame
from tests.h2_pairs import GET, OK, POST, exchange, move, pair
from tests.leaks.measures import assert_memory_is_flat, assert_no_object_is_left, resident_kib

ROUNDS = int(os.environ.get("ROUNDS", "10000"))

UNKNOWN = b"\0\0\3\xfb\x05\0\0\0\1abc"


def exchanges() -> Callable[[int], None]:
    client, server = pair()

    def work(i: int) -> None:
        exchange(client, server)

    return work


class InSteps(H2Connection):
    def _receive_frame(self, frame: Any) -> Any:
        return super()._receive_frame(frame)


def exchanges_in_steps() -> Callable[[int], None]:
    client, server = pair(InSteps)

    def work(i: int) -> None:
        exchange(client, server)

    return work


def resets_and_all_other_frames() -> Callable[[int], None]:
    client, server = pair()
    for connection in (client, server):
        connection._core.limits.set("max_resets", (2**32 - 1, 1))
        connection._core.limits.set("max_glitches", (2**32 - 1, 1))

    def work(i: int) -> None:
        stream_id = client.get_next_available_stream_id()
        client.send_headers(stream_id, [*POST, ("x", str(i))], priority_weight=1)
        client.send_data(stream_id, bytes(i % 5000), pad_length=i % 9)
        move(client, server)
        server.acknowledge_received_data(i % 5000 + i % 9 + 1, stream_id)
        server.push_stream(stream_id, server.get_next_available_stream_id(), GET)
        server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 50000 + i % 10000})
        client.ping(b"12345678")
        move(client, server)
        server.receive_data(UNKNOWN)
        for promised in [number for number in client.streams if number % 2 == 0]:
            client.reset_stream(promised)
        (client if i % 2 else server).reset_stream(stream_id)
        move(client, server)

    return work


def connections() -> Callable[[int], None]:
    """New ones, dropped with live streams and octets that nobody has taken."""

    def work(i: int) -> None:
        client, server = pair()
        client.send_headers(1, POST)
        client.send_headers(3, GET)
        move(client, server)
        server.send_headers(3, OK)
        server.receive_data(b"\0\0")

    return work


def failures() -> Callable[[int], None]:
    def work(i: int) -> None:
        client, server = pair()
        client.send_headers(1, POST)
        move(client, server)
        for act in (
            lambda: client.send_headers(1, [("a", "b")]),
            lambda: client.send_headers(3, [("Bad\n", "b")]),
            lambda: client.send_headers(5, [*GET, ("a", "\udc80")]),
            lambda: client.send_data(1, bytes(70000)),
            lambda: client.end_stream(9),
            lambda: server.receive_data(b"\0\0\5\1\4\0\0\0\3\xff\xff\xff\xff\xff"),
            lambda: server.receive_data(WindowUpdateFrame(1, window_increment=1).serialize()),
        ):
            with contextlib.suppress(ProtocolError, UnicodeEncodeError):
                act()

    return work


WORK = [exchanges, exchanges_in_steps, resets_and_all_other_frames, connections, failures]


@pytest.mark.parametrize("make", WORK)
def test_resident_memory_is_flat(make: Callable[[], Callable[[int], None]]) -> None:
    rounds = ROUNDS if make is exchanges else ROUNDS // 10
    assert_memory_is_flat(make(), rounds, warm=rounds // 2)


@pytest.mark.parametrize("make", WORK)
def test_no_python_object_is_left(make: Callable[[], Callable[[int], None]]) -> None:
    assert_no_object_is_left(make(), 500)


@pytest.mark.parametrize("make", WORK)
def test_nothing_needs_the_collector(make: Callable[[], Callable[[int], None]]) -> None:
    work = make()
    work(0)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for i in range(20):
            work(i)
        del work
        gc.collect()
        left = [item for item in gc.garbage if type(item).__module__.startswith("h2fast")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not left


def test_connection_with_live_streams_goes_with_its_last_reference() -> None:
    gc.collect()
    gc.disable()
    try:
        client, server = pair()
        client.send_headers(1, POST)
        client.send_data(1, b"abc")
        events = move(client, server)
        server.send_headers(1, OK)
        watches: list[weakref.ref[Any]] = [weakref.ref(client), weakref.ref(server)]
        watches += [weakref.ref(end.streams[1]) for end in (client, server)]
        watches.append(weakref.ref(client.encoder))
        machine, window = client.streams[1].state_machine, client.streams[1]._inbound_window_manager
        assert machine.state is server.streams[1].state_machine.state
        assert window.current_window_size == 65535
        del client, server, machine, window
        assert [watch() for watch in watches] == [None] * len(watches)
        assert events
    finally:
        gc.enable()


def test_connection_that_failed_goes_with_its_last_reference() -> None:
    gc.collect()
    gc.disable()
    try:
        client, server = pair()
        with pytest.raises(ProtocolError):
            server.receive_data(WindowUpdateFrame(9, window_increment=1).serialize())
        watch = weakref.ref(server)
        del client, server
        assert watch() is None
    finally:
        gc.enable()


# --------------------------------------------------------------------------- how much it takes


def octets_each(make: Callable[[int], Any], count: int) -> float:
    """How much resident memory each of so many takes, beyond what there is to be reused."""
    kept = [make(i) for i in range(count // 10)]
    gc.collect()
    before = resident_kib()
    kept += [make(i) for i in range(count)]
    return (resident_kib() - before) * 1024 / count


def in_a_new_process(measure: Callable[[], float]) -> float:
    """What a function returns where no memory has been used and given back before."""
    code = f"from {__name__} import {measure.__name__} as measure; print(measure())"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    return float(result.stdout)


def octets_of_a_connection() -> float:
    def make(i: int) -> H2Connection:
        client, server = pair()
        exchange(client, server)
        return client if i % 2 else server

    return octets_each(make, 2000)


def test_memory_of_a_connection() -> None:
    assert 1024 < in_a_new_process(octets_of_a_connection) <= 24 * 1024


def octets_of_an_open_stream() -> float:
    server = H2Connection(H2Configuration(client_side=False))
    client = H2Connection()
    server.local_settings.max_concurrent_streams = 10**6
    server.local_settings.acknowledge()
    client.initiate_connection()
    server.initiate_connection()
    move(client, server)
    requests = []
    for i in range(11000):
        client.send_headers(2 * i + 1, GET, end_stream=True)
        requests.append(client.data_to_send())

    def make(i: int) -> None:
        server.receive_data(next(unread))

    unread = iter(requests)
    octets = octets_each(make, 10000)
    assert server.open_inbound_streams == 11000
    return octets


def test_memory_of_an_open_stream() -> None:
    assert 100 < in_a_new_process(octets_of_an_open_stream) <= 600


def test_memory_of_closed_streams_is_bounded() -> None:
    client, server = pair()
    for _ in range(100):
        exchange(client, server)
    assert len(client.streams) <= 1
    assert len(server.streams) <= 1
    for end in (client, server):
        assert sys.getsizeof(end._closed_streams) < 1024
        end._closed_streams[2**31 - 1] = None
        end._closed_streams[2**31 - 2] = None
        assert sys.getsizeof(end._closed_streams) < 70 * 1024
        assert dict(end._closed_streams) == {2**31 - 2: None, 2**31 - 1: None}


def test_identifiers_of_closed_streams_that_somebody_else_takes_out() -> None:
    class Connection(H2Connection):
        def _open_streams(self, remainder: int) -> int:
            for stream_id, stream in list(self.streams.items()):
                if stream.closed:
                    del self.streams[stream_id]
            return len(self.streams)

    client, server = pair(Connection)

    def blocks_after(count: int) -> int:
        for _ in range(count):
            exchange(client, server)
        return sys.getallocatedblocks()

    before = blocks_after(1000)
    assert blocks_after(2000) - before < 500


def test_promised_streams_that_are_closed_before_the_next_request() -> None:
    client, server = pair()
    client.send_headers(1, GET)
    move(client, server)
    for i in range(2, 2000, 2):
        server.push_stream(1, i, GET)
        server.send_headers(i, OK, end_stream=True)
        client.receive_data(server.data_to_send())
        server.open_outbound_streams  # noqa: B018 - takes out those of the server
    assert len(client.streams) <= 102
    assert client._closed_streams[2] is not None
