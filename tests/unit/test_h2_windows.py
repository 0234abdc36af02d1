"""Flow control of h2's API at its bounds (RFC 9113 sections 5.2 and 6.9), where nothing else about
a call or a frame is unusual: it is taken in one go then.
"""

from __future__ import annotations

from typing import Any

import pytest

from h2fast.h2.connection import H2Connection
from h2fast.h2.events import DataReceived, StreamReset, WindowUpdated
from h2fast.h2.exceptions import FlowControlError, LimitExceededError
from h2fast.h2.settings import SettingCodes
from h2fast.hyperframe.frame import DataFrame, SettingsFrame, WindowUpdateFrame
from tests.h2_pairs import POST, move, pair

MOST = 2**31 - 1
FIRST = 65535  # of any window, before anybody says otherwise


def requested(*ids: int, **limits: Any) -> tuple[H2Connection, H2Connection]:
    """A client that has begun requests, and the server that knows them."""
    client, server = pair()
    for name, value in limits.items():
        server._core.limits.set(name, value)
    for stream_id in ids or (1,):
        client.send_headers(stream_id, POST)
    move(client, server)
    return client, server


def send(client: H2Connection, stream_id: int, size: int) -> None:
    while size:
        part = min(size, 16384)
        client.send_data(stream_id, bytes(part))
        size -= part


def set_initial_window(owner: H2Connection, peer: H2Connection, size: int) -> None:
    owner.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: size})
    for _ in range(2):
        peer.receive_data(owner.data_to_send())
        owner.receive_data(peer.data_to_send())


def updates(sender: H2Connection, receiver: H2Connection) -> list[tuple[int | None, int | None]]:
    """The increments on their way, by stream."""
    events = receiver.receive_data(sender.data_to_send())
    return [(event.stream_id, event.delta) for event in events if isinstance(event, WindowUpdated)]


def data(size: int, stream_id: int = 1, pad_length: int = 0) -> bytes:
    padded = ["PADDED"] if pad_length else []
    frame = DataFrame(stream_id, bytes(size), pad_length=pad_length, flags=padded)
    return frame.serialize()


# -------------------------------------------------------------------------------- sending


def test_content_is_taken_off_both_windows() -> None:
    client, _ = requested()
    send(client, 1, 100)
    assert client.outbound_flow_control_window == FIRST - 100
    assert client.streams[1].outbound_flow_control_window == FIRST - 100


def test_no_more_is_sent_than_the_window_of_the_connection_has() -> None:
    client, server = requested()
    server.increment_flow_control_window(1, 1)
    move(client, server)
    send(client, 1, FIRST - 1)
    with pytest.raises(FlowControlError):
        client.send_data(1, b"ab")
    client.send_data(1, b"a")
    assert client.outbound_flow_control_window == 0


def test_no_more_is_sent_than_the_window_of_a_stream_has_after_a_setting() -> None:
    client, server = requested()
    set_initial_window(server, client, 10)
    with pytest.raises(FlowControlError):
        client.send_data(1, bytes(11))
    client.send_data(1, bytes(10))
    assert client.local_flow_control_window(1) == 0


def test_a_stream_that_is_opened_after_a_setting_has_what_that_says() -> None:
    client, server = requested()
    set_initial_window(server, client, 100_000)
    client.send_headers(3, POST)
    assert client.streams[3].outbound_flow_control_window == 100_000
    move(client, server)
    assert server.remote_flow_control_window(3) == FIRST  # which is the connection's
    server.increment_flow_control_window(100_000)
    assert server.remote_flow_control_window(3) == 100_000


def test_a_stream_that_is_taken_out_keeps_its_windows() -> None:
    client, server = requested()
    set_initial_window(server, client, 10)
    stream = server.streams.pop(1)
    assert stream.inbound_flow_control_window == 10
    assert stream._inbound_window_manager.max_window_size == 10
    stream = client.streams.pop(1)
    assert stream.outbound_flow_control_window == 10


# ------------------------------------------------------------------------------ receiving


def test_no_more_is_received_than_the_window_of_the_connection_has() -> None:
    client, server = requested()
    server.increment_flow_control_window(1, 1)
    move(client, server)
    send(client, 1, FIRST)
    move(client, server)
    with pytest.raises(FlowControlError):
        server.receive_data(data(1))


def test_no_more_is_received_than_the_window_of_a_stream_has_after_a_setting() -> None:
    client, server = requested()
    set_initial_window(server, client, 10)
    (event,) = server.receive_data(data(10))
    assert isinstance(event, DataReceived)
    with pytest.raises(FlowControlError):
        server.receive_data(data(1))


def test_padding_counts() -> None:
    _, server = requested()
    (event,) = server.receive_data(data(10, pad_length=20))
    assert isinstance(event, DataReceived)
    assert event.flow_controlled_length == 31
    assert server.inbound_flow_control_window == FIRST - 31
    assert server.streams[1].inbound_flow_control_window == FIRST - 31


# ------------------------------------------------------------------------- giving it back


def test_a_used_up_window_is_given_back_from_1025_octets_on_others_from_half() -> None:
    client, server = requested()
    send(client, 1, FIRST)
    server.receive_data(client.data_to_send())
    server.acknowledge_received_data(1024, 1)
    assert updates(server, client) == []
    server.acknowledge_received_data(1, 1)
    assert updates(server, client) == [(0, 1025), (1, 1025)]
    server.acknowledge_received_data(32766, 1)
    assert updates(server, client) == []
    server.acknowledge_received_data(1, 1)
    assert updates(server, client) == [(0, 32767), (1, 32767)]


def test_a_small_window_that_is_used_up_is_given_back_from_more_than_a_quarter_on() -> None:
    client, server = requested()
    set_initial_window(server, client, 100)
    send(client, 1, 100)
    server.receive_data(client.data_to_send())
    server.acknowledge_received_data(25, 1)
    assert updates(server, client) == []
    server.acknowledge_received_data(1, 1)
    assert updates(server, client) == [(1, 26)]


def test_what_never_came_is_not_given_back() -> None:
    _, server = requested()
    server.acknowledge_received_data(40_000, 1)
    assert server.data_to_send() == b""
    assert server.inbound_flow_control_window == FIRST


def test_a_window_that_was_made_larger_is_filled_up_to_that() -> None:
    client, server = requested()
    server.increment_flow_control_window(34_465)
    server.increment_flow_control_window(34_465, 1)
    assert updates(server, client) == [(0, 34_465), (1, 34_465)]
    send(client, 1, 100_000)
    server.receive_data(client.data_to_send())
    server.acknowledge_received_data(100_000, 1)
    assert updates(server, client) == [(0, 100_000), (1, 100_000)]


@pytest.mark.parametrize(("size", "pad_length"), [(10_000, 0), (1, 255)])
def test_what_comes_too_late_is_given_back_to_the_connection(size: int, pad_length: int) -> None:
    client, server = requested()
    server.reset_stream(1)
    server.data_to_send()
    late = data(size, pad_length=pad_length)
    received = given_back = 0
    while received < 3 * FIRST:
        server.receive_data(late)
        received += len(late) - 9
        given_back += sum(delta or 0 for _, delta in updates(server, client))
        assert server.inbound_flow_control_window == FIRST - received + given_back
    assert given_back > 2 * FIRST


# ------------------------------------------------------------------------ the largest window


def test_the_window_of_the_connection_has_a_limit() -> None:
    client, _ = requested()
    update = WindowUpdateFrame(0, window_increment=MOST - FIRST)
    client.receive_data(update.serialize())
    assert client.outbound_flow_control_window == MOST
    with pytest.raises(FlowControlError):
        client.receive_data(WindowUpdateFrame(0, window_increment=1).serialize())


def test_the_window_of_a_stream_has_a_limit() -> None:
    client, _ = requested()
    client.receive_data(WindowUpdateFrame(1, window_increment=MOST - FIRST).serialize())
    assert client.streams[1].outbound_flow_control_window == MOST
    (reset,) = client.receive_data(WindowUpdateFrame(1, window_increment=1).serialize())
    assert isinstance(reset, StreamReset)
    assert reset.error_code == 3


def setting(size: int) -> bytes:
    return SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: size}).serialize()


def test_a_setting_does_not_make_the_window_of_a_stream_too_large() -> None:
    client, _ = requested()
    client.receive_data(WindowUpdateFrame(1, window_increment=MOST - FIRST - 5).serialize())
    client.receive_data(setting(FIRST + 5))
    assert client.streams[1].outbound_flow_control_window == MOST
    with pytest.raises(FlowControlError):
        client.receive_data(setting(FIRST + 6))


@pytest.mark.parametrize("stream_id", [None, 1])
def test_a_window_that_is_received_in_has_a_limit(stream_id: int | None) -> None:
    _, server = requested()
    with pytest.raises(FlowControlError):
        server.increment_flow_control_window(MOST - FIRST + 1, stream_id)
    _, server = requested()
    server.increment_flow_control_window(MOST - FIRST, stream_id)


# ---------------------------------------------------------------------------------- limits


def test_updates_are_no_glitches_up_to_a_number_that_grows_with_what_is_sent() -> None:
    client, _ = requested()
    client.send_data(1, b"a")
    one = WindowUpdateFrame(0, window_increment=1).serialize()
    client.receive_data(one * (5 + 2 + 20))
    assert client.counters["max_glitches"] == 0
    client.receive_data(one)
    assert client.counters["max_glitches"] == 1


@pytest.mark.parametrize("pad_length", [0, 9])
def test_empty_data_has_a_limit_in_a_row(pad_length: int) -> None:
    _, server = requested(max_empty_data=3)
    empty = data(0, pad_length=pad_length)
    for _ in range(2):
        server.receive_data(empty * 3 + data(1, pad_length=pad_length))
    server.receive_data(empty * 3)
    with pytest.raises(LimitExceededError):
        server.receive_data(empty)
