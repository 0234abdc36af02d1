"""What RFC 9113 sections 3 to 5 demand of a connection, but for the states of streams: the preface,
frame sizes, header blocks, stream identifiers, concurrency, flow control, errors, extensions."""

from __future__ import annotations

import pytest

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    SettingsReceived,
    UnknownFrameReceived,
    WindowUpdated,
)
from h2fast.exceptions import LocalProtocolError, TooManyStreamsError
from tests.octets import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    PRIORITY,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    octets,
)
from tests.peers import (
    ACK,
    COMPRESSION_ERROR,
    CONNECT,
    END_HEADERS,
    END_STREAM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GET,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    OK,
    POST,
    PREFACE,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    SETTINGS_ACK,
    TRAILERS,
    Peer,
    client_of,
    continuation,
    data,
    padded_data,
    priority,
    read_frames,
    rst_stream,
    server_of,
    settings,
    window_update,
)

MOST_WINDOW = 2**31 - 1


def both_roles() -> list[Peer]:
    return [client_of(), server_of()]


def opened(peer: Peer) -> int:
    """Opens a stream, with the headers of both sides sent and both sides still open."""
    if peer.client:
        peer.accepts(peer.headers(1, POST))
        peer.connection.respond(1, OK, end_stream=False)
        peer.sent()
        return 1
    stream_id = peer.connection.request(POST, end_stream=False)
    peer.sent()
    peer.accepts(peer.headers(stream_id, OK))
    return stream_id


# ------------------------------------------------------------------- 3.4 the preface


def test_3_4_a_client_sends_the_preface_and_settings_first() -> None:
    output = Connection(client=True).output()
    assert output.startswith(PREFACE)
    first, *rest = read_frames(output.removeprefix(PREFACE))
    assert (first.type, first.flags, first.stream_id) == (SETTINGS, 0, 0)
    assert rest == []


def test_3_4_a_client_may_send_requests_right_behind_its_preface() -> None:
    connection = Connection(client=True)
    connection.request(GET)
    frames = read_frames(connection.output().removeprefix(PREFACE))
    assert [frame.type for frame in frames] == [SETTINGS, HEADERS]


def test_3_4_a_server_sends_settings_first_of_all() -> None:
    peer = client_of(handshake=False)
    peer.connection.receive(PREFACE + settings() + octets(PING, 0, 0, bytes(8)))
    frames = peer.sent()
    assert [(frame.type, frame.flags) for frame in frames] == [
        (SETTINGS, 0),
        (SETTINGS, ACK),
        (PING, ACK),
    ]


def test_3_4_a_server_takes_the_preface_in_any_pieces() -> None:
    peer = client_of(handshake=False)
    for octet in PREFACE:
        assert peer.accepts(bytes([octet])) == []
    [event] = peer.accepts(settings((MAX_CONCURRENT_STREAMS, 7)))
    assert isinstance(event, SettingsReceived)
    assert event.settings == [(MAX_CONCURRENT_STREAMS, 7)]


@pytest.mark.parametrize("at", range(len(PREFACE)))
def test_3_4_a_wrong_preface_is_a_connection_error(at: int) -> None:
    wrong = bytearray(PREFACE)
    wrong[at] ^= 0x20
    client_of(handshake=False).fails(PROTOCOL_ERROR, bytes(wrong))


def test_3_4_a_request_of_http_1_is_a_connection_error() -> None:
    client_of(handshake=False).fails(PROTOCOL_ERROR, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")


FIRST_FRAMES = {
    "PING": octets(PING, 0, 0, bytes(8)),
    "WINDOW_UPDATE": window_update(0),
    "GOAWAY": octets(GOAWAY, 0, 0, bytes(8)),
    "SETTINGS ACK": SETTINGS_ACK,
    "HEADERS": octets(HEADERS, END_HEADERS, 1, b"\x82\x87\x84\x41\x01a"),
    "unknown": octets(0xBA, 0, 0),
}


@pytest.mark.parametrize("name", FIRST_FRAMES)
def test_3_4_another_frame_before_settings_is_a_connection_error(name: str) -> None:
    client_of(handshake=False).fails(PROTOCOL_ERROR, PREFACE, FIRST_FRAMES[name])
    server_of(handshake=False).fails(PROTOCOL_ERROR, FIRST_FRAMES[name])


def test_3_4_the_first_settings_may_be_empty_and_are_acknowledged() -> None:
    for peer, first in ((client_of(handshake=False), PREFACE), (server_of(handshake=False), b"")):
        peer.connection.receive(first + settings())
        assert (SETTINGS, ACK, 0, b"") in peer.sent()


# ----------------------------------------------------------------- 4.1, 4.2 frames


def test_4_1_the_reserved_bit_is_ignored() -> None:
    peer = client_of()
    frame = bytearray(peer.headers(1, GET))
    frame[5] |= 0x80
    [event] = peer.accepts(bytes(frame))
    assert isinstance(event, RequestReceived)
    assert event.stream_id == 1


def test_4_1_flags_that_a_type_does_not_have_are_ignored() -> None:
    peer = client_of()
    stream_id = opened(peer)
    peer.accepts(octets(WINDOW_UPDATE, 0xFF, stream_id, b"\0\0\0\1"))
    peer.accepts(octets(PING, 0xFE, 0, bytes(8)))
    peer.accepts(octets(DATA, 0xFF ^ (END_STREAM | 0x08), stream_id, b"x"))


def test_4_1_and_5_5_unknown_types_are_ignored_but_delivered() -> None:
    for peer in both_roles():
        for frame_type in (0x0B, 0x42, 0xFF):
            for stream_id in (0, 1, 2, 2**31 - 1):
                frame = octets(frame_type, 0xFF, stream_id, b"payload")
                [event] = peer.accepts(frame)
                assert isinstance(event, UnknownFrameReceived)
                parts = (event.stream_id, event.type, event.flags, event.payload)
                assert parts == (stream_id, frame_type, 0xFF, b"payload")
        assert peer.connection.open_inbound_streams == 0


def test_4_2_every_receiver_takes_frames_of_16384_octets() -> None:
    for peer in both_roles():
        [event] = peer.accepts(data(opened(peer), bytes(16384)))
        assert isinstance(event, DataReceived)
        assert event.flow_controlled_length == 16384


def test_4_2_a_frame_above_max_frame_size_is_refused_on_its_header() -> None:
    for peer in both_roles():
        stream_id = opened(peer)
        peer.fails(FRAME_SIZE_ERROR, data(stream_id, bytes(16385))[:9])


def test_4_2_a_larger_max_frame_size_holds_when_it_is_acknowledged() -> None:
    peer = client_of(max_frame_size=20000, initial_window_size=100000)
    stream_id = opened(peer)
    peer.accepts(data(stream_id, bytes(20000)))
    peer.fails(FRAME_SIZE_ERROR, data(stream_id, bytes(20001)))


def test_4_2_a_block_in_a_frame_that_is_too_large_ends_the_connection() -> None:
    client_of().fails(FRAME_SIZE_ERROR, octets(HEADERS, END_HEADERS, 1, bytes(16385)))


def test_4_2_no_frame_that_is_sent_is_larger_than_the_peer_takes() -> None:
    for most in (16384, 20000):
        peer = client_of(own_settings=[(MAX_FRAME_SIZE, most), (INITIAL_WINDOW_SIZE, 10**6)])
        peer.accepts(window_update(0, 10**6), peer.headers(1, GET, end_stream=True))
        long = "\x01" * 30000
        peer.connection.respond(1, [*OK, ("long", long)], bytes(50000))
        frames = peer.sent()
        assert max(len(frame.payload) for frame in frames) == most
        types = [frame.type for frame in frames]
        assert types.count(HEADERS) == 1
        assert types.count(CONTINUATION) >= 1
        assert sum(len(frame.payload) for frame in frames if frame.type == DATA) == 50000


# --------------------------------------------------------------- 4.3 header blocks


def test_4_3_a_block_goes_on_in_continuations() -> None:
    peer = client_of()
    block = peer.block(GET)
    parts = [octets(HEADERS, END_STREAM, 1, block[:3])]
    parts += [continuation(1, block[i : i + 1], i == len(block) - 1) for i in range(3, len(block))]
    [event] = peer.accepts(*parts)
    assert isinstance(event, RequestReceived)
    assert event.stream_ended
    assert event.headers == [(name.encode(), value.encode()) for name, value in GET]


def test_4_3_a_block_that_is_sent_in_parts_is_whole() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET, end_stream=True))
    fields = [*OK, ("long", "\x01" * 40000)]
    peer.connection.respond(1, fields)
    first, *rest = peer.sent()
    assert (first.type, first.flags) == (HEADERS, END_STREAM)
    assert [frame.type for frame in rest] == [CONTINUATION] * len(rest)
    assert [frame.flags for frame in rest] == [0] * (len(rest) - 1) + [END_HEADERS]
    assert {frame.stream_id for frame in rest} == {1}
    block = b"".join(frame.payload for frame in (first, *rest))
    decoded = [(str(name), str(value)) for name, value in peer.decoder.decode(block)]
    assert decoded == fields


INTRUDERS = {
    "DATA": data(1, b"x"),
    "DATA of another stream": data(3, b"x"),
    "HEADERS": octets(HEADERS, END_HEADERS, 3, b"\x82"),
    "PRIORITY": priority(1),
    "PRIORITY of the wrong length": octets(PRIORITY, 0, 1, b"\0"),
    "RST_STREAM": rst_stream(1),
    "SETTINGS": settings(),
    "PING": octets(PING, 0, 0, bytes(8)),
    "GOAWAY": octets(GOAWAY, 0, 0, bytes(8)),
    "WINDOW_UPDATE": window_update(0),
    "WINDOW_UPDATE by 0": window_update(1, 0),
    "CONTINUATION of another stream": continuation(3, b"\x82"),
    "unknown": octets(0x42, 0, 1),
}


@pytest.mark.parametrize("name", INTRUDERS)
def test_4_3_5_5_and_6_10_nothing_may_come_within_a_block(name: str) -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    code = FRAME_SIZE_ERROR if name == "PRIORITY of the wrong length" else PROTOCOL_ERROR
    peer.fails(code, octets(HEADERS, END_STREAM, 1, b"\x82"), INTRUDERS[name])


def test_4_3_nothing_may_come_within_the_block_of_a_promise() -> None:
    peer = server_of(enable_push=1)
    stream_id = opened(peer)
    promise = octets(PUSH_PROMISE, 0, stream_id, b"\0\0\0\2" + peer.block(GET))
    peer.fails(PROTOCOL_ERROR, promise, data(stream_id))


BAD_BLOCKS = {
    "index 0": b"\x80",
    "index in no table": b"\xff\x00",
    "truncated integer": b"\xff",
    "truncated string": b"\x40\x05ab",
    "Huffman padding": b"\x00\x81\xff\x01b",
    "size update behind a field": b"\x82\x20",
    "size update above the setting": b"\x3f\xe2\x1f",
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_4_3_a_block_that_cannot_be_decoded_is_a_connection_error(name: str) -> None:
    for peer in both_roles():
        stream_id = opened(peer)
        block = BAD_BLOCKS[name]
        peer.fails(COMPRESSION_ERROR, octets(HEADERS, END_HEADERS | END_STREAM, stream_id, block))


def test_4_3_a_bad_block_of_a_stream_that_is_ignored_is_one_too() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.connection.reset(1)
    peer.sent()
    peer.fails(COMPRESSION_ERROR, octets(HEADERS, END_HEADERS | END_STREAM, 1, b"\x80"))


def test_4_3_1_a_smaller_table_needs_a_size_update() -> None:
    """Section 4.3.1: the next block begins with one, or it is a COMPRESSION_ERROR."""
    peer = client_of(header_table_size=100)
    peer.fails(COMPRESSION_ERROR, peer.headers(1, GET))
    peer = client_of(header_table_size=100)
    peer.encoder.header_table_size = 100
    peer.accepts(peer.headers(1, GET))


def test_4_3_1_our_table_fits_what_the_peer_allows() -> None:
    peer = client_of(own_settings=[(HEADER_TABLE_SIZE, 64)])
    peer.decoder.max_allowed_table_size = 64
    peer.accepts(peer.headers(1, GET), peer.headers(3, GET))
    for stream_id in (1, 3):
        peer.connection.respond(stream_id, [*OK, ("some-name", f"value {stream_id}")])
    for frame in peer.sent():
        assert peer.decode(frame)[1][0] == "some-name"
    assert peer.decoder.header_table_size <= 64


# ------------------------------------------------------------ 5.1.1 stream identifiers


def test_5_1_1_a_client_uses_odd_identifiers_that_grow() -> None:
    peer = server_of()
    assert [peer.connection.request(GET) for _ in range(3)] == [1, 3, 5]
    assert [frame.stream_id for frame in peer.sent()] == [1, 3, 5]
    for wrong in (0, 2, 5, 3):
        with pytest.raises(LocalProtocolError):
            peer.connection.send_headers(wrong, GET, end_stream=True)
    assert peer.sent() == []


def test_5_1_1_a_server_uses_even_identifiers_that_grow() -> None:
    peer = client_of()
    stream_id = opened(peer)
    assert [peer.connection.push(stream_id, GET) for _ in range(3)] == [2, 4, 6]


def test_5_1_1_a_request_on_an_even_stream_is_a_connection_error() -> None:
    peer = client_of()
    peer.fails(PROTOCOL_ERROR, peer.headers(2, GET))


def test_5_1_1_a_new_stream_has_a_higher_identifier_than_all_before() -> None:
    peer = client_of()
    [event] = peer.accepts(peer.headers(7, GET, end_stream=True))
    assert isinstance(event, RequestReceived)
    peer.fails(PROTOCOL_ERROR, peer.headers(5, GET, end_stream=True))


def test_5_1_1_a_promised_stream_has_a_higher_identifier_than_all_before() -> None:
    peer = server_of(enable_push=1)
    stream_id = opened(peer)
    [event] = peer.accepts(peer.promise(stream_id, 4))
    assert isinstance(event, PushReceived)
    assert event.promised_stream_id == 4
    peer.fails(PROTOCOL_ERROR, peer.promise(stream_id, 2))


def test_5_1_1_identifiers_are_not_used_again() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST), rst_stream(1))
    peer.resets(1, 5, peer.headers(1, POST))
    assert peer.connection.open_inbound_streams == 0


def test_5_1_1_identifiers_run_out() -> None:
    peer = server_of()
    peer.connection.send_headers(2**31 - 1, GET, end_stream=True)
    peer.sent()
    with pytest.raises(LocalProtocolError, match=r"5\.1\.1"):
        peer.connection.request(GET)
    peer = client_of()
    [event] = peer.accepts(peer.headers(2**31 - 1, GET, end_stream=True))
    assert isinstance(event, RequestReceived)


# --------------------------------------------------------------- 5.1.2 concurrency


def test_5_1_2_streams_above_the_limit_are_refused() -> None:
    peer = client_of(max_concurrent_streams=2)
    peer.accepts(peer.headers(1, POST), peer.headers(3, GET, end_stream=True))
    assert peer.resets(5, REFUSED_STREAM, peer.headers(5, GET, end_stream=True)) == []
    peer.connection.respond(3, OK)
    peer.accepts(peer.headers(7, GET, end_stream=True))
    assert peer.connection.open_inbound_streams == 2


def test_5_1_2_a_refused_stream_changes_the_header_table() -> None:
    peer = client_of(max_concurrent_streams=1)
    peer.accepts(peer.headers(1, POST))
    fields = [*GET, ("some-name", "some-value")]
    peer.resets(3, REFUSED_STREAM, peer.headers(3, fields))
    assert peer.accepts(data(3, b"on its way"), rst_stream(3)) == []
    peer.accepts(rst_stream(1))
    [event] = peer.accepts(peer.headers(5, fields))
    assert isinstance(event, RequestReceived)
    assert event.headers[-1] == (b"some-name", b"some-value")


def test_5_1_2_a_client_opens_no_more_than_the_server_allows() -> None:
    peer = server_of(own_settings=[(MAX_CONCURRENT_STREAMS, 2)])
    assert [peer.connection.request(GET) for _ in range(2)] == [1, 3]
    peer.sent()
    with pytest.raises(TooManyStreamsError):
        peer.connection.request(GET)
    assert peer.sent() == []
    peer.accepts(peer.headers(1, OK, end_stream=True))
    assert peer.connection.request(GET) == 5


def test_5_1_2_reserved_streams_do_not_count_but_their_responses_do() -> None:
    peer = client_of(own_settings=[(MAX_CONCURRENT_STREAMS, 1)])
    stream_id = opened(peer)
    promised = [peer.connection.push(stream_id, GET) for _ in range(2)]
    assert peer.connection.open_outbound_streams == 0
    peer.connection.respond(promised[0], OK, end_stream=False)
    peer.sent()
    with pytest.raises(TooManyStreamsError):
        peer.connection.respond(promised[1], OK)
    assert peer.sent() == []


def test_5_1_2_pushed_responses_above_the_limit_are_refused() -> None:
    peer = server_of(enable_push=1, max_concurrent_streams=1)
    stream_id = opened(peer)
    peer.accepts(peer.promise(stream_id, 2), peer.promise(stream_id, 4))
    assert peer.connection.open_inbound_streams == 0
    [event] = peer.accepts(peer.headers(2, OK))
    assert isinstance(event, ResponseReceived)
    peer.resets(4, REFUSED_STREAM, peer.headers(4, OK))
    assert peer.connection.open_inbound_streams == 1


# ------------------------------------------------------------- 5.2, 6.9 flow control


def test_5_2_1_windows_begin_with_65535_octets() -> None:
    peer = client_of()
    stream_id = opened(peer)
    assert peer.connection.send_window(0) == 65535
    assert peer.connection.send_window(stream_id) == 65535


def test_5_2_1_flow_control_cannot_be_switched_off_and_counts_only_data() -> None:
    peer = server_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)])
    stream_id = peer.connection.request([*POST, ("long", "x" * 100000)], b"content")
    assert DATA not in [frame.type for frame in peer.sent()]
    assert peer.connection.send_window(0) == 65535
    peer.connection.receive(window_update(stream_id, 4))
    assert [frame.payload for frame in peer.sent()] == [b"cont"]
    assert peer.connection.queued(stream_id) == 3


def test_6_9_1_no_more_is_sent_than_either_window_allows() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 40000)])
    peer.accepts(peer.headers(1, GET, end_stream=True), peer.headers(3, GET, end_stream=True))
    for stream_id in (1, 3):
        peer.connection.respond(stream_id, OK, bytes(50000))
    sent = {1: 0, 3: 0}
    for frame in peer.sent():
        if frame.type == DATA:
            sent[frame.stream_id] += len(frame.payload)
    assert sum(sent.values()) == 65535
    assert max(sent.values()) <= 40000
    assert peer.connection.send_window(0) == 0
    peer.accepts(window_update(1, 50000), window_update(3, 50000))
    assert peer.sent() == []
    assert peer.connection.total_queued == 100000 - 65535
    peer.connection.receive(window_update(0, 50000))
    assert sum(len(frame.payload) for frame in peer.sent()) == 100000 - 65535


def test_6_9_1_content_above_the_connections_window_is_a_connection_error() -> None:
    peer = client_of(auto_windows=False, initial_window_size=10**6)
    stream_id = opened(peer)
    peer.accepts(data(stream_id, bytes(16384)) * 3, data(stream_id, bytes(16383)))
    peer.accepts(data(stream_id))  # of no octets: always
    peer.fails(FLOW_CONTROL_ERROR, data(stream_id, b"x"))


def test_6_9_1_content_above_a_streams_window_is_an_error() -> None:
    peer = client_of(auto_windows=False, initial_window_size=100)
    stream_id = opened(peer)
    peer.accepts(data(stream_id, bytes(100)))
    peer.fails(FLOW_CONTROL_ERROR, data(stream_id, b"x"))


def test_6_9_1_padding_counts() -> None:
    peer = client_of(auto_windows=False, initial_window_size=100)
    stream_id = opened(peer)
    [event] = peer.accepts(padded_data(stream_id, b"content", 92))
    assert isinstance(event, DataReceived)
    assert (event.data, event.flow_controlled_length) == (b"content", 100)
    peer.fails(FLOW_CONTROL_ERROR, padded_data(stream_id, b"", 0))


def test_6_9_1_an_increment_of_0_is_an_error() -> None:
    peer = client_of()
    stream_id = opened(peer)
    peer.resets(stream_id, PROTOCOL_ERROR, window_update(stream_id, 0))
    client_of().fails(PROTOCOL_ERROR, window_update(0, 0))


def test_6_9_1_a_window_above_the_most_is_an_error() -> None:
    peer = client_of()
    stream_id = opened(peer)
    [event] = peer.accepts(window_update(stream_id, MOST_WINDOW - 65535))
    assert isinstance(event, WindowUpdated)
    peer.resets(stream_id, FLOW_CONTROL_ERROR, window_update(stream_id, 1))
    peer.accepts(window_update(0, MOST_WINDOW - 65535))
    peer.fails(FLOW_CONTROL_ERROR, window_update(0, 1))


def test_6_9_1_our_windows_stay_within_the_most() -> None:
    peer = client_of()
    stream_id = opened(peer)
    for number in (0, stream_id):
        peer.connection.open_window(number, MOST_WINDOW - 65535)
        with pytest.raises(LocalProtocolError):
            peer.connection.open_window(number, 1)
    frames = [(frame.stream_id, frame.number) for frame in peer.sent()]
    assert frames == [(0, MOST_WINDOW - 65535), (stream_id, MOST_WINDOW - 65535)]


def test_6_9_2_a_changed_initial_window_size_changes_open_streams() -> None:
    peer = client_of()
    stream_id = opened(peer)
    peer.connection.send_data(stream_id, bytes(100))
    peer.sent()
    peer.accepts(settings((INITIAL_WINDOW_SIZE, 50)))
    assert peer.connection.send_window(stream_id) == -50
    peer.connection.send_data(stream_id, bytes(10))
    peer.accepts(window_update(stream_id, 50))
    assert DATA not in [frame.type for frame in peer.sent()]
    assert peer.connection.queued(stream_id) == 10
    peer.connection.receive(window_update(stream_id, 3))
    assert [frame.payload for frame in peer.sent()] == [bytes(3)]
    peer.connection.receive(settings((INITIAL_WINDOW_SIZE, 100)))
    assert [frame.payload for frame in peer.sent() if frame.type == DATA] == [bytes(7)]


def test_6_9_2_the_connections_window_does_not_change_with_it() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 10)])
    assert peer.connection.send_window(0) == 65535


def test_6_9_2_a_change_that_makes_a_window_too_large_is_a_connection_error() -> None:
    peer = client_of()
    stream_id = opened(peer)
    peer.accepts(window_update(stream_id, MOST_WINDOW - 65535))
    peer.accepts(settings((INITIAL_WINDOW_SIZE, 65535)))
    peer.fails(FLOW_CONTROL_ERROR, settings((INITIAL_WINDOW_SIZE, 65536)))


def test_6_9_3_what_was_on_its_way_when_our_window_shrank_is_taken() -> None:
    peer = client_of(auto_windows=False)
    stream_id = opened(peer)
    peer.connection.update_settings(initial_window_size=10)
    peer.sent()
    peer.accepts(data(stream_id, bytes(1000)))  # the peer has not seen it yet
    peer.accepts(SETTINGS_ACK)
    peer.connection.acknowledge(stream_id, 1000)
    increments = [frame.number for frame in peer.sent() if frame.stream_id == stream_id]
    assert increments == [1000]  # it was -990
    peer.accepts(data(stream_id, bytes(10)))
    peer.fails(FLOW_CONTROL_ERROR, data(stream_id, b"x"))


# ------------------------------------------------------------------------ 5.4 errors


def test_5_4_1_the_goaway_of_an_error_names_the_last_stream() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET), peer.headers(3, GET))
    with pytest.raises(Exception, match=r"6\.9"):
        peer.connection.receive(window_update(0, 0))
    [frame] = peer.sent()
    assert (frame.type, frame.number) == (GOAWAY, 3)


def test_5_4_1_nothing_goes_on_after_a_connection_error() -> None:
    for peer in both_roles():
        stream_id = opened(peer)
        peer.fails(PROTOCOL_ERROR, window_update(0, 0))
        with pytest.raises(LocalProtocolError, match="closed"):
            peer.connection.send_data(stream_id, b"x")
        with pytest.raises(LocalProtocolError, match="closed"):
            peer.connection.ping(bytes(8))
        assert peer.sent() == []


def test_5_4_2_other_streams_go_on_after_a_stream_error() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST), peer.headers(3, POST))
    peer.resets(1, PROTOCOL_ERROR, window_update(1, 0))
    peer.connection.respond(3, OK)
    [frame] = peer.sent()
    assert (frame.type, frame.stream_id) == (HEADERS, 3)


def test_5_4_2_frames_on_a_stream_with_an_error_are_ignored() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.resets(1, PROTOCOL_ERROR, window_update(1, 0))
    later = [data(1, b"x"), window_update(1), peer.headers(1, TRAILERS, True), rst_stream(1)]
    assert peer.accepts(*later) == []


def test_5_5_unknown_settings_are_ignored_but_delivered() -> None:
    peer = client_of()
    [event] = peer.accepts(settings((0x99, 2**32 - 1), (0, 7), (0xFFFF, 1)))
    assert isinstance(event, SettingsReceived)
    assert event.settings == [(0x99, 2**32 - 1), (0, 7), (0xFFFF, 1)]


def test_5_5_unknown_error_codes_are_no_faults() -> None:
    peer = client_of()
    stream_id = opened(peer)
    peer.accepts(rst_stream(stream_id, 0xFFFFFFFF))
    peer.accepts(octets(GOAWAY, 0, 0, b"\0\0\0\0\xab\xcd\xef\0"))


def test_5_5_extensions_within_a_block_are_connection_errors() -> None:
    for frame_type in (0x0A, 0x0C, PRIORITY_UPDATE, 0xFE):
        peer = client_of()
        first = octets(HEADERS, 0, 1, peer.block(CONNECT))
        peer.fails(PROTOCOL_ERROR, first, octets(frame_type, 0, 0, b"\0\1aaaa"))


def test_rst_stream_is_sent_once() -> None:
    """Section 5.4.2."""
    peer = client_of()
    stream_id = opened(peer)
    peer.connection.reset(stream_id)
    with pytest.raises(LocalProtocolError):
        peer.connection.reset(stream_id)
    assert [frame.type for frame in peer.sent()] == [RST_STREAM]
