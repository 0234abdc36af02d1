"""What h2fast.h2 has beyond h2: draining, content that waits, windows and limits in one call."""

from __future__ import annotations

from typing import Any

import pytest

from h2fast.h2 import events
from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import ConnectionState, H2Connection
from h2fast.h2.errors import ErrorCodes
from h2fast.h2.exceptions import LimitExceededError, ProtocolError, StreamClosedError
from h2fast.h2.settings import SettingCodes
from h2fast.h2.stream import StreamState
from h2fast.hyperframe.frame import ContinuationFrame, HeadersFrame

GET = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "example.com")]
POST = [(":method", "POST"), *GET[1:]]


def configured(*, client: bool, drain: bool = False, **limits: Any) -> H2Configuration:
    config = H2Configuration(client_side=client)
    config.drain = drain
    config.limits = limits
    return config


def pair(*, drain: bool = False, **limits: Any) -> tuple[H2Connection, H2Connection]:
    """A client and a server that have exchanged their prefaces."""
    client, server = (
        H2Connection(configured(client=side, drain=drain, **limits)) for side in (True, False)
    )
    client.initiate_connection()
    server.initiate_connection()
    for _ in range(2):
        pass_on(client, server)
        pass_on(server, client)
    return client, server


def pass_on(sender: H2Connection, receiver: H2Connection) -> list[events.Event]:
    return receiver.receive_data(sender.data_to_send())


# ------------------------------------------------------------------------------ draining


def test_open_streams_end_after_a_goaway() -> None:
    client, server = pair(drain=True)
    client.send_headers(1, POST)
    pass_on(client, server)
    server.close_connection()
    (terminated,) = pass_on(server, client)
    assert isinstance(terminated, events.ConnectionTerminated)
    assert terminated.last_stream_id == 1
    client.send_data(1, b"more", end_stream=True)
    data, _ = pass_on(client, server)
    assert isinstance(data, events.DataReceived)
    server.send_headers(1, [(":status", "200")], end_stream=True)
    response, ended = pass_on(server, client)
    assert isinstance(response, events.ResponseReceived)
    assert isinstance(ended, events.StreamEnded)
    assert client.state_machine.state is ConnectionState.CLIENT_OPEN


def test_no_stream_is_opened_after_a_goaway() -> None:
    client, server = pair(drain=True)
    client.send_headers(1, GET, end_stream=True)
    pass_on(client, server)
    server.close_connection()
    pass_on(server, client)
    with pytest.raises(ProtocolError, match="Stream 3 is not opened after a GOAWAY"):
        client.send_headers(3, GET)
    assert list(client.streams) == [1]


def test_a_request_that_crossed_the_goaway_is_refused() -> None:
    client, server = pair(drain=True)
    client.send_headers(1, GET, end_stream=True)
    pass_on(client, server)
    server.close_connection()
    client.send_headers(3, POST)
    client.send_data(3, b"content")
    assert pass_on(client, server) == []
    _, reset = pass_on(server, client)[:2]
    assert isinstance(reset, events.StreamReset)
    assert (reset.stream_id, reset.error_code) == (3, ErrorCodes.REFUSED_STREAM)
    # Its headers have gone through the tables of compression.
    server.send_headers(1, [(":status", "200"), ("x", "y")], end_stream=True)
    assert pass_on(server, client)


def test_a_goaway_with_an_error_closes_as_ever() -> None:
    client, server = pair(drain=True)
    client.send_headers(1, GET)
    pass_on(client, server)
    server.close_connection(ErrorCodes.INTERNAL_ERROR)
    assert server.state_machine.state is ConnectionState.CLOSED
    pass_on(server, client)
    assert client.state_machine.state is ConnectionState.CLOSED


def test_without_the_option_a_goaway_closes() -> None:
    client, server = pair()
    server.close_connection()
    pass_on(server, client)
    assert client.state_machine.state is ConnectionState.CLOSED
    with pytest.raises(ValueError, match="drain must be a bool"):
        client.config.drain = 1  # type: ignore[assignment]


# ------------------------------------------------------------------ content that waits


def receive_all(client: H2Connection, server: H2Connection) -> bytes:
    """What a server receives on stream 1, with windows that it opens as it goes."""
    content = b""
    for _ in range(1000):
        octets = client.data_to_send()
        if not octets:
            return content
        for event in server.receive_data(octets):
            if isinstance(event, events.DataReceived):
                content += event.data
                server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        pass_on(server, client)
    raise AssertionError("it does not end")


def test_content_of_any_length() -> None:
    client, server = pair()
    content = bytes(range(256)) * 4000
    client.send_headers(1, POST)
    assert not client.queue_data(1, content, end_stream=True)
    assert 0 < client.queued(1) == client.queued() < len(content)
    assert receive_all(client, server) == content
    assert client.queued() == 0
    assert server.streams[1].state_machine.state.name == "HALF_CLOSED_REMOTE"


def test_content_that_fits_goes_at_once() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    assert client.queue_data(1, b"a")
    assert client.queue_data(1, memoryview(b"b"), end_stream=True)
    data = [event for event in pass_on(client, server) if isinstance(event, events.DataReceived)]
    assert [event.data for event in data] == [b"a", b"b"]
    assert data[1].stream_ended is not None


def test_trailers_follow_what_waits() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.queue_data(1, bytes(100_000), trailers=[("sum", "0")])
    seen = []
    for _ in range(10):
        for event in pass_on(client, server):
            seen.append(type(event))
            if isinstance(event, events.DataReceived):
                server.acknowledge_received_data(event.flow_controlled_length, 1)
        pass_on(server, client)
    assert seen[-2:] == [events.TrailersReceived, events.StreamEnded]


def test_streams_take_turns() -> None:
    client, server = pair()
    server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**20})
    pass_on(server, client)
    for stream_id in (1, 3, 5):
        client.send_headers(stream_id, POST)
    client.queue_data(1, bytes(65535))  # that is all that the connection allows
    client.queue_data(3, bytes(60_000))
    client.queue_data(5, bytes(60_000))
    pass_on(client, server)
    server.increment_flow_control_window(200_000)
    pass_on(server, client)
    order = [
        event.stream_id
        for event in pass_on(client, server)
        if isinstance(event, events.DataReceived)
    ]
    assert order == [3, 5] * 4


def test_a_reset_stream_leaves_nothing_waiting() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.queue_data(1, bytes(200_000))
    pass_on(client, server)
    server.reset_stream(1)
    pass_on(server, client)
    client.data_to_send()
    assert client.queued() == 0
    with pytest.raises(StreamClosedError):
        client.queue_data(1, b"x")


def test_the_queue_has_a_limit() -> None:
    client, _ = pair()
    client.queue_limit = 100_000
    client.send_headers(1, POST)
    client.queue_data(1, bytes(100_000))
    waiting = client.queued()
    with pytest.raises(BufferError, match=f"{waiting} octets wait: with 65536 more"):
        client.queue_data(1, bytes(65536))
    assert client.queued() == waiting
    assert client.queue_limit == 100_000


def test_the_limit_counts_octets_and_not_items() -> None:
    client, _ = pair()
    client.queue_limit = 1000
    client.send_headers(1, POST)
    with pytest.raises(BufferError, match="0 octets wait: with 1600 more"):
        client.queue_data(1, memoryview(bytes(1600)).cast("Q"))


def test_what_waits_is_not_changed_from_outside() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.send_data(1, bytes(16384))
    content = bytearray(b"a" * 60_000)
    client.queue_data(1, memoryview(content))
    content[:] = b"b" * 60_000
    assert receive_all(client, server)[16384:] == b"a" * 60_000


def test_nothing_is_queued_behind_an_end() -> None:
    client, _ = pair()
    client.send_headers(1, POST)
    client.queue_data(1, bytes(100_000), end_stream=True)
    with pytest.raises(StreamClosedError):
        client.queue_data(1, b"x")


def test_what_waits_on_a_stream_that_a_call_has_ended_goes_with_it() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.queue_data(1, bytes(100_000))
    client.send_headers(1, [("a", "b")], end_stream=True)
    pass_on(client, server)
    assert client.queued() == 0
    assert server.streams[1].state_machine.state is StreamState.HALF_CLOSED_REMOTE


# --------------------------------------------------------- windows, output and limits


@pytest.mark.parametrize("in_steps", [False, True])
def test_cookies_of_interim_responses_count_as_they_come(in_steps: bool) -> None:
    client, server = pair(max_header_list_size=4000)
    client._core.in_steps = in_steps
    client.send_headers(1, GET)
    pass_on(client, server)
    interim = [(":status", "103"), *[("cookie", "a")] * 20]  # 832 octets
    for _ in range(4):
        server.send_headers(1, interim)
        pass_on(server, client)
    server.send_headers(1, interim)
    with pytest.raises(LimitExceededError) as caught:
        pass_on(server, client)
    assert caught.value.limit == "max_interim"


@pytest.mark.parametrize("in_steps", [False, True])
def test_an_end_by_itself_is_a_frame_that_windows_are_opened_for(in_steps: bool) -> None:
    client, _ = pair()
    client._core.in_steps = in_steps
    client.send_headers(1, POST)
    before = client.counters["fair_window_updates"]
    client.end_stream(1)
    assert client.counters["fair_window_updates"] == before + 20


def test_windows_in_one_call() -> None:
    client, server = pair()
    server.set_receive_windows(2**24, 2**20)
    pass_on(server, client)
    pass_on(client, server)
    assert client.outbound_flow_control_window == server.inbound_flow_control_window == 2**24
    client.send_headers(1, POST)
    pass_on(client, server)
    assert client.local_flow_control_window(1) == server.remote_flow_control_window(1) == 2**20
    server.set_receive_windows(2**16, 2**20)
    pass_on(server, client)
    assert client.outbound_flow_control_window == 2**24  # it cannot be taken back


@pytest.mark.parametrize("windows", [(2**31, 2**20), (2**24, 2**31)])
def test_windows_that_are_too_large_are_refused_together(windows: tuple[int, int]) -> None:
    _, server = pair()
    with pytest.raises(ProtocolError):
        server.set_receive_windows(*windows)
    assert server.data_to_send() == b""


def test_output_as_buffers() -> None:
    client, server = pair()
    content = bytes(16384)
    client.send_headers(1, POST)
    client.send_data(1, content)
    client.send_data(1, b"small")
    buffers = client.buffers_to_send()
    assert any(buffer is content for buffer in buffers)
    assert client.data_to_send() == b""
    received = server.receive_data(b"".join(buffers))
    assert [event.data for event in received[1:]] == [content, b"small"]  # type: ignore[attr-defined]


def test_what_waits_is_among_the_buffers_once_the_peer_allows_it() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.queue_data(1, bytes(65535) + b"more")
    pass_on(client, server)
    server.increment_flow_control_window(4)
    server.increment_flow_control_window(4, 1)
    pass_on(server, client)
    received = server.receive_data(b"".join(client.buffers_to_send()))
    assert [event.data for event in received] == [b"more"]  # type: ignore[attr-defined]
    assert client.queued() == 0


def test_nothing_is_queued_and_nothing_is_sent() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    pass_on(client, server)
    assert client.queue_data(1, b"")
    assert client.data_to_send() == b""
    assert client.queue_data(1, b"", end_stream=True)
    assert [type(event) for event in pass_on(client, server)][-1] is events.StreamEnded


def test_a_part_of_output_with_content_in_it() -> None:
    client, server = pair()
    client.send_headers(1, POST)
    client.send_data(1, bytes(range(256)) * 64)
    octets = b""
    while part := client.data_to_send(1000):
        octets += part
    assert server.receive_data(octets)[1].data == bytes(range(256)) * 64  # type: ignore[attr-defined]


def test_limits_are_configured_and_counted() -> None:
    client, server = pair(max_resets=(2, 0), max_empty_data=1)
    for stream_id in (1, 3):
        client.send_headers(stream_id, GET)
        client.reset_stream(stream_id)
    pass_on(client, server)
    assert server.counters["max_resets"] == 2
    client.send_headers(5, GET)
    client.reset_stream(5)
    with pytest.raises(LimitExceededError, match="more streams reset than max_resets") as raised:
        pass_on(client, server)
    assert raised.value.limit == "max_resets"
    (goaway,) = pass_on(server, client)
    assert isinstance(goaway, events.ConnectionTerminated)
    assert goaway.error_code == ErrorCodes.ENHANCE_YOUR_CALM


def test_small_data_has_less_than_64_octets() -> None:
    client, server = pair(max_small_data=(3, 0))
    client.send_headers(1, POST)
    for _ in range(10):
        client.send_data(1, bytes(64))
        client.send_data(1, bytes(64), pad_length=9)
    for _ in range(2):
        client.send_data(1, bytes(63))
    client.send_data(1, bytes(63), pad_length=9)
    pass_on(client, server)
    client.send_data(1, bytes(63))
    with pytest.raises(LimitExceededError, match="max_small_data"):
        pass_on(client, server)


def test_a_block_may_have_twice_the_octets_of_its_list() -> None:
    _, server = pair()
    server.decoder.max_header_list_size = 400
    server.receive_data(HeadersFrame(1, bytes(500)).serialize())
    server.receive_data(ContinuationFrame(1, bytes(300)).serialize())
    with pytest.raises(LimitExceededError, match="max_header_list_size"):
        server.receive_data(ContinuationFrame(1, b"x").serialize())


def test_a_limit_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="there is no limit 'max_anything'"):
        H2Connection(configured(client=True, max_anything=1))
