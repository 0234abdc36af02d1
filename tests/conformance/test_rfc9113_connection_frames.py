"""What RFC 9113 section 6 demands of a connection, frame by frame, beyond the frame by itself
(test_rfc9113_frames.py) and the states of streams (test_rfc9113_states.py)."""

from __future__ import annotations

import pytest

from h2fast.events import (
    DataReceived,
    GoAwayReceived,
    PingAcknowledged,
    PingReceived,
    PriorityReceived,
    PushReceived,
    RequestReceived,
    SettingsAcknowledged,
    SettingsReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError, RemoteProtocolError
from tests.octets import (
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    octets,
)
from tests.peers import (
    ACK,
    CANCEL,
    ENABLE_CONNECT_PROTOCOL,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GET,
    HAS_PRIORITY,
    INITIAL_WINDOW_SIZE,
    INTERNAL_ERROR,
    MAX_FRAME_SIZE,
    NO_ERROR,
    OK,
    PADDED,
    POST,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    SETTINGS_ACK,
    TRAILERS,
    Peer,
    client_of,
    data,
    goaway,
    padded_data,
    priority,
    rst_stream,
    server_of,
    settings,
    window_update,
)


def with_request(peer: Peer, fields: list[tuple[str, str]] = POST) -> int:
    """A request without an answer, and not ended."""
    if peer.client:
        peer.accepts(peer.headers(1, fields))
        return 1
    stream_id = peer.connection.request(fields, end_stream=False)
    peer.sent()
    return stream_id


# ------------------------------------------------------------------------- 6.1 DATA


def test_6_1_padding_is_taken_off() -> None:
    peer = client_of()
    with_request(peer)
    for content, padding in ((b"content", 0), (b"content", 255), (b"", 255), (b"", 0)):
        [event] = peer.accepts(padded_data(1, content, padding))
        assert isinstance(event, DataReceived)
        assert event.data == content
        assert event.flow_controlled_length == len(content) + padding + 1


def test_6_1_padding_as_long_as_the_payload_is_a_connection_error() -> None:
    peer = client_of()
    with_request(peer)
    peer.fails(PROTOCOL_ERROR, octets(DATA, PADDED, 1, b"\x05abcd"))


def test_6_1_data_on_stream_0_is_a_connection_error() -> None:
    for peer in (client_of(), server_of()):
        peer.fails(PROTOCOL_ERROR, data(0, b"x"))


def test_6_1_data_with_end_stream_ends_the_stream() -> None:
    peer = client_of()
    with_request(peer)
    [event] = peer.accepts(data(1, b"x", end_stream=True))
    assert isinstance(event, DataReceived)
    assert event.stream_ended


# ---------------------------------------------------------------------- 6.2 HEADERS


def test_6_2_padding_and_priority_are_no_part_of_the_block() -> None:
    peer = client_of()
    block = peer.block(GET)
    flags = END_HEADERS | END_STREAM | PADDED | HAS_PRIORITY
    payload = b"\x03" + b"\x80\0\0\x05\x1f" + block + bytes(3)
    event, *rest = peer.accepts(octets(HEADERS, flags, 1, payload))
    assert isinstance(event, RequestReceived)
    assert event.stream_ended
    assert event.headers == [(name.encode(), value.encode()) for name, value in GET]
    assert [type(other) for other in rest] in ([], [PriorityReceived])


def test_6_2_headers_on_stream_0_are_a_connection_error() -> None:
    for peer in (client_of(), server_of()):
        peer.fails(PROTOCOL_ERROR, peer.headers(0, GET))


def test_6_2_padding_that_is_too_long_is_a_connection_error() -> None:
    payload = b"\xff" + b"\x82\x87\x84"
    client_of().fails(PROTOCOL_ERROR, octets(HEADERS, END_HEADERS | PADDED, 1, payload))


# ------------------------------------------------------ 6.3 PRIORITY, 6.4 RST_STREAM


def test_6_3_priority_may_come_at_any_time() -> None:
    peer = client_of()
    [event] = peer.accepts(priority(5, depends_on=3, weight=255))
    assert isinstance(event, PriorityReceived)
    parts = (event.stream_id, event.depends_on, event.weight, event.exclusive)
    assert parts == (5, 3, 256, False)
    [event] = peer.accepts(priority(5, depends_on=0x80000000, weight=0))
    assert isinstance(event, PriorityReceived)
    assert (event.depends_on, event.weight, event.exclusive) == (0, 1, True)
    peer.accepts(peer.headers(1, GET))  # no stream was opened or closed by that


def test_6_3_priority_on_stream_0_is_a_connection_error() -> None:
    client_of().fails(PROTOCOL_ERROR, priority(0))


def test_6_3_priority_of_the_wrong_length_is_an_error_of_its_stream() -> None:
    peer = client_of()
    with_request(peer)
    peer.resets(1, FRAME_SIZE_ERROR, octets(2, 0, 1, bytes(4)))
    client_of().fails(FRAME_SIZE_ERROR, octets(2, 0, 1, bytes(6)))


def test_6_4_rst_stream_ends_a_stream_and_what_was_queued() -> None:
    peer = client_of()
    with_request(peer)
    peer.connection.respond(1, OK, bytes(100000))
    peer.sent()
    assert peer.connection.queued(1) > 0
    [event] = peer.accepts(rst_stream(1, CANCEL))
    assert isinstance(event, StreamReset)
    assert (event.stream_id, event.error_code, event.remote) == (1, CANCEL, True)
    assert peer.connection.total_queued == 0
    peer.accepts(window_update(0, 100000))
    assert peer.sent() == []


def test_6_4_rst_stream_of_the_wrong_length_or_stream_is_a_connection_error() -> None:
    peer = client_of()
    with_request(peer)
    peer.fails(FRAME_SIZE_ERROR, octets(RST_STREAM, 0, 1, bytes(5)))
    client_of().fails(PROTOCOL_ERROR, rst_stream(0))


# --------------------------------------------------------------------- 6.5 SETTINGS


def test_6_5_settings_are_acknowledged_at_once_and_delivered_in_order() -> None:
    for peer in (client_of(), server_of()):
        entries = [(INITIAL_WINDOW_SIZE, 5), (0x77, 1), (INITIAL_WINDOW_SIZE, 9)]
        [event] = peer.connection.receive(settings(*entries))
        assert isinstance(event, SettingsReceived)
        assert event.settings == entries
        assert peer.sent() == [(SETTINGS, ACK, 0, b"")]
        assert peer.connection.peer_setting("initial_window_size") == 9


def test_6_5_an_acknowledgement_is_not_acknowledged() -> None:
    peer = client_of()
    peer.connection.update_settings(max_concurrent_streams=5)
    peer.sent()
    [event] = peer.connection.receive(SETTINGS_ACK)
    assert isinstance(event, SettingsAcknowledged)
    assert peer.sent() == []


def test_6_5_settings_of_the_wrong_shape_are_connection_errors() -> None:
    client_of().fails(FRAME_SIZE_ERROR, octets(SETTINGS, ACK, 0, bytes(6)))
    client_of().fails(FRAME_SIZE_ERROR, octets(SETTINGS, 0, 0, bytes(5)))
    client_of().fails(PROTOCOL_ERROR, octets(SETTINGS, 0, 1, bytes(6)))
    client_of().fails(PROTOCOL_ERROR, octets(SETTINGS, ACK, 1))


RANGES = [
    (ENABLE_PUSH, 2, PROTOCOL_ERROR),
    (INITIAL_WINDOW_SIZE, 2**31, FLOW_CONTROL_ERROR),
    (MAX_FRAME_SIZE, 16383, PROTOCOL_ERROR),
    (MAX_FRAME_SIZE, 2**24, PROTOCOL_ERROR),
    (ENABLE_CONNECT_PROTOCOL, 2, PROTOCOL_ERROR),
    (9, 2, PROTOCOL_ERROR),
]


@pytest.mark.parametrize(("identifier", "value", "code"), RANGES)
def test_6_5_2_values_out_of_range_are_connection_errors(
    identifier: int, value: int, code: int
) -> None:
    for peer in (client_of(), server_of()):
        peer.fails(code, settings((1, 0), (identifier, value)))


def test_6_5_2_the_ends_of_the_ranges_are_right() -> None:
    peer = client_of()
    for entry in (
        (ENABLE_PUSH, 0),
        (ENABLE_PUSH, 1),
        (INITIAL_WINDOW_SIZE, 0),
        (INITIAL_WINDOW_SIZE, 2**31 - 1),
        (MAX_FRAME_SIZE, 16384),
        (MAX_FRAME_SIZE, 2**24 - 1),
        (1, 2**32 - 1),
        (3, 0),
        (6, 0),
        (ENABLE_CONNECT_PROTOCOL, 1),
        (9, 1),
    ):
        peer.accepts(settings(entry))


def test_6_5_2_a_server_does_not_enable_push() -> None:
    server_of().fails(PROTOCOL_ERROR, settings((ENABLE_PUSH, 1)))
    server_of().accepts(settings((ENABLE_PUSH, 0)))
    peer = client_of()
    with pytest.raises(LocalProtocolError):
        peer.connection.update_settings(enable_push=1)
    assert peer.sent() == []


def test_6_5_2_values_of_ours_out_of_range_are_refused() -> None:
    for peer in (client_of(), server_of()):
        for name, value in (
            ("max_frame_size", 16383),
            ("max_frame_size", 2**24),
            ("initial_window_size", 2**31),
            ("enable_push", 2),
        ):
            with pytest.raises(LocalProtocolError):
                peer.connection.update_settings(**{name: value})
        assert peer.sent() == []


def test_6_5_3_ours_are_in_force_when_they_are_acknowledged() -> None:
    peer = client_of(max_concurrent_streams=1)
    peer.connection.update_settings(max_concurrent_streams=2)
    peer.sent()
    peer.accepts(peer.headers(1, POST))
    peer.resets(3, REFUSED_STREAM, peer.headers(3, POST))
    peer.accepts(SETTINGS_ACK, peer.headers(5, POST))
    peer.resets(7, REFUSED_STREAM, peer.headers(7, POST))


def test_6_5_3_an_acknowledgement_of_nothing_is_a_connection_error() -> None:
    peer = client_of()
    peer.fails(PROTOCOL_ERROR, SETTINGS_ACK)


def test_6_5_3_acknowledgements_are_of_the_oldest() -> None:
    peer = client_of(max_concurrent_streams=1)
    peer.connection.update_settings(max_concurrent_streams=2)
    peer.connection.update_settings(max_concurrent_streams=0)
    peer.sent()
    peer.accepts(SETTINGS_ACK, peer.headers(1, POST), peer.headers(3, POST))
    peer.accepts(SETTINGS_ACK)
    peer.resets(5, REFUSED_STREAM, peer.headers(5, POST))


# ----------------------------------------------------------------- 6.6 PUSH_PROMISE


def test_6_6_a_promise_is_sent_on_the_clients_stream() -> None:
    peer = client_of()
    stream_id = with_request(peer, GET)
    assert peer.connection.push(stream_id, [*GET[:3], (":path", "/style.css")]) == 2
    [frame] = peer.sent()
    assert (frame.type, frame.flags, frame.stream_id) == (PUSH_PROMISE, END_HEADERS, stream_id)
    assert frame.number == 2
    assert peer.decode(frame)[3] == (":path", "/style.css")


def test_6_6_no_promise_is_sent_to_who_does_not_want_one() -> None:
    peer = client_of(own_settings=[(ENABLE_PUSH, 0)])
    stream_id = with_request(peer, GET)
    with pytest.raises(LocalProtocolError):
        peer.connection.push(stream_id, GET)
    assert peer.sent() == []
    peer.accepts(settings((ENABLE_PUSH, 1)))
    peer.connection.push(stream_id, GET)


def test_6_6_a_promise_that_was_switched_off_is_a_connection_error() -> None:
    peer = server_of()  # enable_push=0 is the default, and acknowledged
    stream_id = with_request(peer, GET)
    peer.fails(PROTOCOL_ERROR, peer.promise(stream_id, 2))


def test_6_6_a_promise_may_come_before_the_acknowledgement() -> None:
    peer = server_of(handshake=False)
    peer.accepts(settings())
    stream_id = with_request(peer, GET)
    [event] = peer.accepts(peer.promise(stream_id, 2))
    assert isinstance(event, PushReceived)
    peer.fails(PROTOCOL_ERROR, SETTINGS_ACK, peer.promise(stream_id, 4))


def test_6_6_a_client_cannot_push() -> None:
    peer = client_of()
    with_request(peer)
    peer.fails(PROTOCOL_ERROR, peer.promise(1, 2))
    other = server_of()
    stream_id = with_request(other)
    with pytest.raises(LocalProtocolError):
        other.connection.push(stream_id, GET)
    assert other.sent() == []


def test_6_6_a_promise_on_stream_0_or_of_a_clients_stream_is_a_connection_error() -> None:
    for stream_id, promised in ((0, 2), (1, 3), (1, 0)):
        peer = server_of(enable_push=1)
        with_request(peer)
        peer.fails(PROTOCOL_ERROR, peer.promise(stream_id, promised))


def test_6_6_a_promise_on_a_pushed_stream_is_refused_by_both() -> None:
    peer = client_of()
    promised = peer.connection.push(with_request(peer, GET), GET)
    peer.connection.respond(promised, OK, end_stream=False)
    peer.sent()
    with pytest.raises(LocalProtocolError):
        peer.connection.push(promised, GET)
    assert peer.sent() == []
    peer = server_of(enable_push=1)
    stream_id = with_request(peer, GET)
    peer.accepts(peer.promise(stream_id, 2), peer.headers(2, OK))
    peer.fails(PROTOCOL_ERROR, peer.promise(2, 4))


# ------------------------------------------------------------------------- 6.7 PING


def test_6_7_a_ping_is_answered_with_its_octets() -> None:
    for peer in (client_of(), server_of()):
        [event] = peer.connection.receive(octets(PING, 0, 0, b"12345678"))
        assert isinstance(event, PingReceived)
        assert event.data == b"12345678"
        assert peer.sent() == [(PING, ACK, 0, b"12345678")]


def test_6_7_an_answer_is_not_answered() -> None:
    peer = client_of()
    peer.connection.ping(b"12345678")
    assert peer.sent() == [(PING, 0, 0, b"12345678")]
    [event] = peer.connection.receive(octets(PING, ACK, 0, b"12345678"))
    assert isinstance(event, PingAcknowledged)
    assert event.data == b"12345678"
    assert peer.sent() == []


def test_6_7_a_ping_of_the_wrong_shape_is_a_connection_error() -> None:
    client_of().fails(PROTOCOL_ERROR, octets(PING, 0, 1, bytes(8)))
    client_of().fails(FRAME_SIZE_ERROR, octets(PING, 0, 0, bytes(7)))
    client_of().fails(FRAME_SIZE_ERROR, octets(PING, 0, 0, bytes(9)))


# ----------------------------------------------------------------------- 6.8 GOAWAY


def test_6_8_after_our_goaway_open_streams_finish_and_new_ones_are_ignored() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.connection.go_away()
    [frame] = peer.sent()
    assert (frame.type, frame.payload) == (GOAWAY, b"\0\0\0\1\0\0\0\0")
    assert peer.connection.draining
    fields = [*POST, ("some-name", "some-value")]
    content = bytes(16384)
    later = [peer.headers(3, fields), data(3, content), window_update(3), rst_stream(3)]
    assert peer.accepts(*later) == []
    [data_event] = peer.accepts(data(1, b"the rest", end_stream=True))
    assert isinstance(data_event, DataReceived)
    peer.connection.respond(1, [*OK, ("some-name", "some-value")], b"answer")
    assert [frame.type for frame in peer.sent()] == [HEADERS, DATA]
    assert peer.connection.open_inbound_streams == 0


def test_6_8_what_is_ignored_counts_for_the_connections_window_and_table() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.connection.go_away()
    peer.sent()
    peer.connection.receive(peer.headers(3, [*POST, ("some-name", "v")]) + data(3, bytes(16384)))
    peer.connection.receive(data(3, bytes(16384)))
    updates = [f.number for f in peer.sent() if f.type == WINDOW_UPDATE and f.stream_id == 0]
    assert updates == [2 * 16384]
    [event] = peer.accepts(peer.headers(1, [("some-name", "v")], end_stream=True))
    assert isinstance(event, TrailersReceived)
    assert event.headers == [(b"some-name", b"v")]


def test_6_8_the_last_stream_never_grows() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST), peer.headers(3, POST))
    peer.connection.go_away(last_stream_id=2**31 - 1)
    assert [frame.number for frame in peer.sent()] == [2**31 - 1]
    peer.accepts(peer.headers(5, POST))
    peer.connection.go_away(last_stream_id=3)
    peer.connection.go_away(last_stream_id=5)
    assert [frame.number for frame in peer.sent()] == [3, 3]
    with pytest.raises(RemoteProtocolError):
        peer.connection.receive(window_update(0, 0))
    assert [frame.number for frame in peer.sent()] == [3]


def test_6_8_a_goaway_with_an_error_is_the_last_frame() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.connection.go_away(INTERNAL_ERROR, debug_data=b"why")
    [frame] = peer.sent()
    assert frame.payload == b"\0\0\0\1\0\0\0\2why"
    assert peer.connection.closed
    with pytest.raises(LocalProtocolError, match="closed"):
        peer.connection.respond(1, OK)
    with pytest.raises(LocalProtocolError, match="closed"):
        peer.connection.receive(octets(PING, 0, 0, bytes(8)))
    assert peer.sent() == []


def test_6_8_after_the_peers_goaway_there_are_no_new_streams() -> None:
    peer = server_of()
    for _ in range(3):
        peer.connection.request(POST, end_stream=False)
    peer.sent()
    event, *refused = peer.accepts(goaway(3, NO_ERROR, b"bye"))
    assert isinstance(event, GoAwayReceived)
    assert (event.last_stream_id, event.error_code, event.debug_data) == (3, NO_ERROR, b"bye")
    [reset] = refused
    assert isinstance(reset, StreamReset)
    assert (reset.stream_id, reset.error_code, reset.remote) == (5, REFUSED_STREAM, True)
    with pytest.raises(LocalProtocolError):
        peer.connection.request(GET)
    assert peer.sent() == []
    peer.connection.send_data(1, b"goes on", end_stream=True)
    peer.accepts(peer.headers(1, OK, end_stream=True))
    assert peer.connection.open_outbound_streams == 1


def test_6_8_a_server_promises_nothing_after_the_clients_goaway() -> None:
    peer = client_of()
    stream_id = with_request(peer, GET)
    peer.accepts(goaway(0))
    with pytest.raises(LocalProtocolError):
        peer.connection.push(stream_id, GET)
    assert peer.sent() == []


def test_6_8_goaway_of_the_wrong_shape_is_a_connection_error() -> None:
    client_of().fails(PROTOCOL_ERROR, octets(GOAWAY, 0, 1, bytes(8)))
    client_of().fails(FRAME_SIZE_ERROR, octets(GOAWAY, 0, 0, bytes(7)))


# ------------------------------------------------------- 6.9 WINDOW_UPDATE, 6.10 CONTINUATION
# What concerns windows is in test_rfc9113_connection.py.


def test_6_9_window_update_of_the_wrong_length_is_a_connection_error() -> None:
    for stream_id in (0, 1):
        peer = client_of()
        with_request(peer)
        peer.fails(FRAME_SIZE_ERROR, octets(WINDOW_UPDATE, 0, stream_id, bytes(3)))


def test_6_9_window_update_on_a_half_closed_stream_is_no_error() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET, end_stream=True), window_update(1, 5))
    assert peer.connection.send_window(1) == 65535
    peer.accepts(window_update(0, 5))
    assert peer.connection.send_window(1) == 65540


def test_6_10_continuation_behind_a_whole_block_is_a_connection_error() -> None:
    peer = client_of()
    peer.fails(PROTOCOL_ERROR, peer.headers(1, GET), octets(9, END_HEADERS, 1, b""))


def test_6_10_continuation_on_stream_0_is_a_connection_error() -> None:
    client_of().fails(PROTOCOL_ERROR, octets(9, END_HEADERS, 0, b""))


def test_6_10_trailers_may_go_on_too() -> None:
    peer = client_of()
    with_request(peer)
    block = peer.block(TRAILERS)
    parts = octets(HEADERS, END_STREAM, 1, block[:2]), octets(9, END_HEADERS, 1, block[2:])
    [event] = peer.accepts(*parts)
    assert isinstance(event, TrailersReceived)
