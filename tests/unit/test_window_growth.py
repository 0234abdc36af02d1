"""Receive windows that grow to the bandwidth-delay product by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from h2fast import Connection
from h2fast.events import DataReceived, PingAcknowledged
from h2fast.frames import build_ping, parse_frames

HEADERS = [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "a.example")]


def round_trips(size: int, max_window: int = 0) -> list[int]:
    """Uploads so many octets, and says how many each round trip took."""
    client, server = Connection(client=True), Connection(max_window=max_window)
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
    assert max(grown) <= 1 << 20
    assert max(grown) >= 1 << 18
    assert len(grown) < len(round_trips(20_000_000)) / 4


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
