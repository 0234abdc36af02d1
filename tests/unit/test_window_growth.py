"""Receive windows that grow to the bandwidth-delay product by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from h2fast import Connection
from h2fast.events import DataReceived, PingAcknowledged
from h2fast.frames import build_ping, parse_frames

HEADERS = [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "a.example")]


def round_trips(size: int, max_window: int = 0, **options: Any) -> list[int]:
    """Uploads so many octets, and says how many each round trip took."""
    client, server = Connection(client=True), Connection(max_window=max_window, **options)
    stream = client.request(HEADERS, end_stream=False)
    client.send_data(stream, b"x" * size)
    received: list[int] = []
    while sum(received) < size:
        octets = b"".join(iter(client.output, b""))
        events = server.receive(octets)
        assert not any(isinstance(event, PingAcknowledged) for event in events)
        received.append(sum(len(e.data) for e in events if isinstance(e, DataReceived)))
        client.receive(b"".join(iter(server.output, b"")))
    return received


def test_a_window_that_limits_the_peer_doubles_up_to_its_ceiling() -> None:
    grown = round_trips(20_000_000, max_window=1 << 20)
    assert 1 << 19 <= max(grown) <= 1 << 20
    assert len(grown) < len(round_trips(20_000_000)) / 4


@pytest.mark.parametrize("initial_window_size", [1 << 19, 1 << 20, 1 << 21])
def test_the_connections_window_grows_where_it_is_the_smaller_one(initial_window_size: int) -> None:
    grown = round_trips(20_000_000, max_window=1 << 20, initial_window_size=initial_window_size)
    assert 1 << 19 <= max(grown) <= 1 << 20


def test_what_is_opened_stays_open_whatever_is_not_processed_yet() -> None:
    client, server = Connection(client=True), Connection(auto_windows=False)
    client.receive(server.output())
    stream = client.request(HEADERS, end_stream=False)
    client.send_data(stream, bytes(48 * 1024))
    server.receive(b"".join(iter(client.output, b"")))
    for stream_id in (0, stream):
        server.open_window(stream_id, 40_000)
    server.acknowledge(stream, 48 * 1024)
    client.receive(server.output())
    client.send_data(stream, bytes(16384))
    server.receive(client.output())
    server.acknowledge(stream, 16384)
    client.receive(server.output())
    most = 65535 + 40_000
    assert client.send_window(0) >= most // 2
    client.send_data(stream, bytes(most))
    received = b"".join(
        event.data
        for event in server.receive(b"".join(iter(client.output, b"")))
        if isinstance(event, DataReceived)
    )
    server.acknowledge(stream, len(received))
    client.receive(server.output())
    assert client.send_window(0) == client.send_window(stream) == most


def test_windows_stay_as_they_are_unless_told() -> None:
    assert max(round_trips(1_000_000)) <= 65535


def test_a_peer_that_needs_no_more_gets_no_more() -> None:
    client = Connection(client=True)
    server = Connection(max_window=1 << 24)
    stream = client.request(HEADERS, end_stream=False)
    for _ in range(200):
        client.send_data(stream, b"x" * 10_000)
        server.receive(client.output())
        client.receive(server.output())
    assert client.peer_setting("initial_window_size") == 65535
    assert client.total_queued == 0


def test_pings_of_the_callers_are_reported() -> None:
    client, server = Connection(client=True), Connection(max_window=1 << 20)
    client.receive(server.output())
    server.receive(client.output())
    server.ping(b"8 octets")
    client.receive(server.output())
    events = server.receive(client.output())
    assert [e.data for e in events if isinstance(e, PingAcknowledged)] == [b"8 octets"]


def many_settings(server: Connection) -> None:
    for _ in range(32):
        server.update_settings(max_concurrent_streams=50)


@pytest.mark.parametrize(
    "prepare", [lambda server: server.open_window(1, 2**31 - 1 - 65535), many_settings]
)
def test_windows_that_the_caller_leaves_no_room_for_stay(
    prepare: Callable[[Connection], None],
) -> None:
    """It is no fault of the peer's."""
    client, server = Connection(client=True), Connection(max_window=1 << 24)
    client.receive(server.output())
    stream = client.request(HEADERS, end_stream=False)
    server.receive(client.output())
    prepare(server)
    client.send_data(stream, bytes(65535))
    server.receive(client.output())
    [probe] = [frame for frame in parse_frames(server.output())[0] if frame.type_name == "PING"]
    server.receive(build_ping(bytes(probe.data), ack=True))
    assert not server.closed
    sent = [frame.type_name for frame in parse_frames(server.output())[0]]
    assert "SETTINGS" not in sent
