"""What RFC 9113 section 8 and RFC 8441 demand of messages, as a connection takes and sends them.
The rules for lists of fields by themselves are tested in tests/c and tests/differential."""

from __future__ import annotations

import pytest

from h2fast.events import (
    DataReceived,
    InformationalResponseReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError
from tests.octets import HEADERS, octets
from tests.peers import (
    CONNECT,
    EARLY_HINTS,
    ENABLE_CONNECT_PROTOCOL,
    END_HEADERS,
    END_STREAM,
    GET,
    HEAD,
    OK,
    POST,
    PROTOCOL_ERROR,
    TRAILERS,
    Fields,
    Peer,
    client_of,
    data,
    server_of,
    settings,
)

WEBSOCKET = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "https"),
    (":authority", "a.example"),
    (":path", "/chat"),
]


def waiting(fields: Fields = GET, end_stream: bool = True) -> tuple[Peer, int]:
    """The server of a client that has sent a request."""
    peer = server_of()
    stream_id = peer.connection.request(list(fields), end_stream=end_stream)
    peer.sent()
    return peer, stream_id


def asked(fields: Fields = GET, end_stream: bool = True) -> Peer:
    """The client of a server that has its request, on stream 1."""
    peer = client_of()
    peer.accepts(peer.headers(1, fields, end_stream))
    return peer


def replaced(fields: Fields, name: str, value: str | None) -> Fields:
    """With another value of a field, or without it."""
    return [(n, value if n == name else v) for n, v in fields if n != name or value is not None]  # type: ignore[misc]


# --------------------------------------------------------------------- 8.1 messages


def test_8_1_a_request_is_headers_content_and_trailers() -> None:
    peer = client_of()
    parts = peer.headers(1, POST), data(1, b"con"), data(1, b"tent")
    first, *content = peer.accepts(*parts)
    [last] = peer.accepts(peer.headers(1, TRAILERS, end_stream=True))
    assert isinstance(first, RequestReceived)
    assert [event.data for event in content if isinstance(event, DataReceived)] == [b"con", b"tent"]
    assert isinstance(last, TrailersReceived)


def test_8_1_a_response_has_any_number_of_interim_ones_before_it() -> None:
    peer, stream_id = waiting()
    parts = [peer.headers(stream_id, EARLY_HINTS) for _ in range(2)]
    events = peer.accepts(*parts, peer.headers(stream_id, OK), data(stream_id, b"x", True))
    kinds = [InformationalResponseReceived] * 2 + [ResponseReceived, DataReceived]
    assert [type(event) for event in events] == kinds


def test_8_1_a_server_sends_interim_responses_before_the_final_one() -> None:
    peer = asked()
    peer.connection.send_headers(1, EARLY_HINTS)
    peer.connection.send_headers(1, OK)
    with pytest.raises(LocalProtocolError, match="interim response behind the final one"):
        peer.connection.send_headers(1, EARLY_HINTS)
    frames = peer.sent()
    assert [peer.decode(frame)[0] for frame in frames] == [EARLY_HINTS[0], OK[0]]
    assert [frame.flags for frame in frames] == [END_HEADERS, END_HEADERS]


def test_8_1_an_interim_response_does_not_end_the_stream() -> None:
    peer, stream_id = waiting()
    [event] = peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, EARLY_HINTS, True))
    assert isinstance(event, StreamReset)
    assert not event.remote
    server = asked()
    with pytest.raises(LocalProtocolError):
        server.connection.send_headers(1, EARLY_HINTS, end_stream=True)
    assert server.sent() == []


def test_8_1_an_interim_response_behind_the_final_one_is_malformed() -> None:
    peer, stream_id = waiting()
    peer.accepts(peer.headers(stream_id, OK))
    peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, EARLY_HINTS))


def test_8_1_trailers_without_end_stream_are_malformed() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, TRAILERS))
    peer, stream_id = waiting()
    peer.accepts(peer.headers(stream_id, OK))
    peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, TRAILERS))


def test_8_1_trailers_are_sent_once_and_end_the_stream() -> None:
    peer = asked()
    peer.connection.respond(1, OK, b"content", end_stream=False)
    with pytest.raises(LocalProtocolError):
        peer.connection.send_headers(1, TRAILERS)
    peer.connection.send_headers(1, TRAILERS, end_stream=True)
    with pytest.raises(LocalProtocolError):
        peer.connection.send_headers(1, TRAILERS, end_stream=True)
    assert [frame.flags & END_STREAM for frame in peer.sent()] == [0, 0, END_STREAM]


def test_8_1_trailers_have_no_pseudo_header_fields() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [(":path", "/")], end_stream=True))
    server = asked()
    server.connection.send_headers(1, OK)
    server.sent()
    with pytest.raises(LocalProtocolError):
        server.connection.send_headers(1, [(":status", "200")], end_stream=True)
    assert server.sent() == []


def test_8_1_content_before_the_response_is_malformed() -> None:
    peer, stream_id = waiting()
    peer.resets(stream_id, PROTOCOL_ERROR, data(stream_id, b"x"))
    peer, stream_id = waiting()
    peer.accepts(peer.headers(stream_id, EARLY_HINTS))
    peer.resets(stream_id, PROTOCOL_ERROR, data(stream_id, b"x"))
    server = asked()
    with pytest.raises(LocalProtocolError):
        server.connection.send_data(1, b"x")
    server.connection.send_headers(1, EARLY_HINTS)
    with pytest.raises(LocalProtocolError):
        server.connection.send_data(1, b"x")


def test_8_1_a_server_may_answer_before_the_request_is_complete() -> None:
    peer = asked(POST, end_stream=False)
    peer.connection.respond(1, OK, b"enough")
    peer.connection.reset(1, error_code=0)
    assert peer.sent()[-1].number == 0
    other, stream_id = waiting(POST, end_stream=False)
    [event] = other.accepts(other.headers(stream_id, OK, end_stream=True))
    assert isinstance(event, ResponseReceived)
    assert event.stream_ended
    other.connection.send_data(stream_id, b"goes on")


# -------------------------------------------------------- 8.1.1 malformed messages


LENGTHS = [
    ("7", [b"seven ."], True),
    ("7", [b"sev", b"", b"en ."], True),
    ("0", [b""], True),
    ("6", [b"seven ."], False),
    ("8", [b"seven ."], False),
    ("1", [b""], False),
]


@pytest.mark.parametrize(("length", "content", "right"), LENGTHS)
def test_8_1_1_content_is_as_long_as_content_length(
    length: str, content: list[bytes], right: bool
) -> None:
    for peer, fields in ((client_of(), POST), (waiting()[0], OK)):
        parts = [data(1, part) for part in content[:-1]] + [data(1, content[-1], True)]
        first = peer.headers(1, [*fields, ("content-length", length)])
        if right:
            peer.accepts(first, *parts)
        else:
            peer.resets(1, PROTOCOL_ERROR, first, *parts)


def test_8_1_1_trailers_end_content_too() -> None:
    for length, right in (("7", True), ("8", False)):
        peer = client_of()
        first = peer.headers(1, [*POST, ("content-length", length)]) + data(1, b"seven .")
        peer.accepts(first)
        last = peer.headers(1, TRAILERS, end_stream=True)
        if right:
            peer.accepts(last)
        else:
            peer.resets(1, PROTOCOL_ERROR, last)


def test_8_1_1_headers_that_end_the_stream_have_no_content() -> None:
    peer = client_of()
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [*POST, ("content-length", "1")], True))
    peer.accepts(peer.headers(3, [*POST, ("content-length", "0")], True))


def test_8_1_1_too_much_content_is_seen_at_once() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, [*POST, ("content-length", "3")]))
    [event] = peer.resets(1, PROTOCOL_ERROR, data(1, b"four"))
    assert isinstance(event, StreamReset)


@pytest.mark.parametrize(("fields", "status"), [(HEAD, "200"), (GET, "304"), (GET, "204")])
def test_8_1_1_responses_that_never_have_content_may_have_a_length(
    fields: Fields, status: str
) -> None:
    peer, stream_id = waiting(fields)
    headers = [(":status", status), ("content-length", "7")]
    peer.accepts(peer.headers(stream_id, headers, end_stream=True))
    peer, stream_id = waiting(fields)
    peer.accepts(peer.headers(stream_id, headers))
    peer.resets(stream_id, PROTOCOL_ERROR, data(stream_id, b"seven .", True))


@pytest.mark.parametrize("values", [["1", "2"], ["x"], ["-1"], ["+1"], [""]])
def test_8_1_1_a_length_that_is_no_number_is_malformed(values: list[str]) -> None:
    peer = client_of()
    fields = [*POST, *(("content-length", value) for value in values)]
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, fields))


def test_8_1_1_a_malformed_request_is_reset_and_not_delivered() -> None:
    peer = client_of()
    assert peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [("Upper", "x"), *GET])) == []
    peer.accepts(peer.headers(3, GET))


def test_8_1_1_a_malformed_response_is_reset_and_said_to_be() -> None:
    peer, stream_id = waiting()
    [event] = peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, [("a", "b")]))
    assert isinstance(event, StreamReset)
    assert (event.stream_id, event.error_code, event.remote) == (stream_id, PROTOCOL_ERROR, False)
    assert peer.connection.open_outbound_streams == 0


# ----------------------------------------------------------------- 8.2, 8.3 fields

MALFORMED = {
    "8.2 upper case": [*GET, ("Name", "x")],
    "8.2.1 blank in a name": [*GET, ("na me", "x")],
    "8.2.1 DEL in a name": [*GET, ("na\x7fme", "x")],
    "8.2.1 colon in a name": [*GET, ("na:me", "x")],
    "8.2.1 empty name": [*GET, ("", "x")],
    "8.2.1 NUL in a value": [*GET, ("name", "a\0b")],
    "8.2.1 LF in a value": [*GET, ("name", "a\nb")],
    "8.2.1 CR in a value": [*GET, ("name", "a\rb")],
    "8.2.1 SP before a value": [*GET, ("name", " x")],
    "8.2.1 HTAB behind a value": [*GET, ("name", "x\t")],
    "8.2.2 connection": [*GET, ("connection", "close")],
    "8.2.2 proxy-connection": [*GET, ("proxy-connection", "keep-alive")],
    "8.2.2 keep-alive": [*GET, ("keep-alive", "timeout=5")],
    "8.2.2 transfer-encoding": [*GET, ("transfer-encoding", "chunked")],
    "8.2.2 upgrade": [*GET, ("upgrade", "h2c")],
    "8.2.2 te": [*GET, ("te", "gzip")],
    "8.3 behind a regular field": [*GET[:3], ("name", "x"), GET[3]],
    "8.3 unknown": [*GET, (":unknown", "x")],
    "8.3 of responses": [*GET, (":status", "200")],
    "8.3 twice": [*GET, (":path", "/")],
    "8.3.1 no :method": replaced(GET, ":method", None),
    "8.3.1 no :scheme": replaced(GET, ":scheme", None),
    "8.3.1 no :path": replaced(GET, ":path", None),
    "8.3.1 empty :path": replaced(GET, ":path", ""),
    "8.3.1 host and :authority differ": [*GET, ("host", "b.example")],
    "8.5 CONNECT with :path": [*CONNECT, (":path", "/")],
    "8.5 CONNECT with :scheme": [*CONNECT, (":scheme", "https")],
    "RFC 8441 :protocol without CONNECT": [*GET, (":protocol", "websocket")],
}
MALFORMED_RESPONSES = {
    "8.2 upper case": [*OK, ("Name", "x")],
    "8.2.1 LF in a value": [*OK, ("name", "a\nb")],
    "8.2.2 connection": [*OK, ("connection", "close")],
    "8.3 behind a regular field": [("name", "x"), *OK],
    "8.3 of requests": [*OK, (":path", "/")],
    "8.3 twice": OK * 2,
    "8.3.2 no :status": [("name", "x")],
}
RIGHT = {
    "8.2.1 colon, blank and high octets in a value": [*GET, ("name", "a: b\tc\x80")],
    "8.2.2 te: trailers": [*GET, ("te", "trailers")],
    "8.2.3 cookies": [*GET, ("cookie", "a=b"), ("cookie", "c=d")],
    "8.3.1 host instead of :authority": [*replaced(GET, ":authority", None), ("host", "a")],
    "8.3.1 * of OPTIONS": replaced(replaced(GET, ":method", "OPTIONS"), ":path", "*"),
    "8.5 CONNECT": CONNECT,
}


def plain(peer: Peer, stream_id: int, fields: Fields, end_stream: bool = True) -> bytes:
    """HEADERS whose block has every field as a literal, octet by octet (RFC 7541 section 6.2.2)."""
    block = b""
    for name, value in fields:
        raw = name.encode("latin-1"), value.encode("latin-1")
        block += b"\0" + b"".join(bytes([len(part)]) + part for part in raw)
    flags = END_HEADERS | (END_STREAM if end_stream else 0)
    return octets(HEADERS, flags, stream_id, block)


@pytest.mark.parametrize("name", MALFORMED)
def test_8_2_8_3_malformed_requests_are_stream_errors(name: str) -> None:
    peer = client_of()
    assert peer.resets(1, PROTOCOL_ERROR, plain(peer, 1, MALFORMED[name])) == []
    peer.accepts(plain(peer, 3, GET))


@pytest.mark.parametrize("name", MALFORMED_RESPONSES)
def test_8_2_8_3_malformed_responses_are_stream_errors(name: str) -> None:
    peer, stream_id = waiting()
    peer.resets(stream_id, PROTOCOL_ERROR, plain(peer, stream_id, MALFORMED_RESPONSES[name]))


@pytest.mark.parametrize("name", MALFORMED)
def test_8_2_8_3_malformed_requests_are_not_sent(name: str) -> None:
    peer = server_of()
    fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in MALFORMED[name]]
    with pytest.raises(LocalProtocolError):
        peer.connection.request(fields)
    assert peer.sent() == []
    assert peer.connection.request(GET) == 1


@pytest.mark.parametrize("name", MALFORMED_RESPONSES)
def test_8_2_8_3_malformed_responses_are_not_sent(name: str) -> None:
    peer = asked()
    with pytest.raises(LocalProtocolError):
        peer.connection.respond(1, MALFORMED_RESPONSES[name])
    assert peer.sent() == []
    peer.connection.respond(1, OK)


@pytest.mark.parametrize("name", MALFORMED)
def test_8_4_malformed_promises_are_neither_sent_nor_taken(name: str) -> None:
    peer = asked(end_stream=False)
    fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in MALFORMED[name]]
    with pytest.raises(LocalProtocolError):
        peer.connection.push(1, fields)
    assert peer.sent() == []
    client = server_of(enable_push=1)
    stream_id = client.connection.request(GET)
    client.sent()
    block = plain(client, stream_id, MALFORMED[name])[9:]
    frame = octets(5, END_HEADERS, stream_id, b"\0\0\0\2" + block)
    assert client.resets(2, PROTOCOL_ERROR, frame) == []


@pytest.mark.parametrize("name", RIGHT)
def test_8_2_8_3_right_requests_are_taken_and_sent(name: str) -> None:
    peer = client_of()
    [event] = peer.accepts(plain(peer, 1, RIGHT[name]))
    assert isinstance(event, RequestReceived)
    fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in RIGHT[name]]
    assert event.headers == fields
    client = server_of()
    client.connection.request(fields)
    [frame] = client.sent()
    assert client.decoder.decode(frame.payload, raw=True) == fields


# ---------------------------------------------------------------------- 8.4 push


def test_8_4_a_push_is_a_promise_and_a_response() -> None:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    [promise] = peer.accepts(peer.promise(stream_id, 2))
    assert isinstance(promise, PushReceived)
    assert (promise.stream_id, promise.promised_stream_id) == (stream_id, 2)
    assert promise.headers == [(name.encode(), value.encode()) for name, value in GET]
    events = peer.accepts(peer.headers(2, OK), data(2, b"pushed", end_stream=True))
    assert [type(event) for event in events] == [ResponseReceived, DataReceived]


@pytest.mark.parametrize(
    "fault", ["headers", "data", "content"], ids=["bad field", "before the response", "too long"]
)
def test_8_4_a_push_that_fails_is_told(fault: str) -> None:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    peer.accepts(peer.promise(stream_id, 2))
    frames = {
        "headers": peer.headers(2, [*OK, ("Bad", "x")]),
        "data": peer.headers(2, EARLY_HINTS) + data(2, b"x"),
        "content": peer.headers(2, [*OK, ("content-length", "1")]) + data(2, b"xx"),
    }[fault]
    reset = peer.resets(2, PROTOCOL_ERROR, frames)[-1]
    assert isinstance(reset, StreamReset)
    assert (reset.stream_id, reset.error_code, reset.remote) == (2, PROTOCOL_ERROR, False)


def test_8_4_a_client_can_refuse_a_push() -> None:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    peer.accepts(peer.promise(stream_id, 2))
    peer.connection.reset(2)
    assert [frame.stream_id for frame in peer.sent()] == [2]
    assert peer.accepts(peer.headers(2, OK), data(2, b"on its way", True)) == []


def test_8_4_1_the_response_of_a_pushed_head_has_no_content() -> None:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    response = [*OK, ("content-length", "7")]
    peer.accepts(peer.promise(stream_id, 2, HEAD), peer.headers(2, response, end_stream=True))


def test_8_4_1_promised_requests_are_safe() -> None:
    """A promise of a method that is not safe is an error of its stream, and is not sent."""
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    assert peer.resets(2, PROTOCOL_ERROR, peer.promise(stream_id, 2, POST)) == []
    server = asked(end_stream=False)
    with pytest.raises(LocalProtocolError):
        server.connection.push(1, POST)
    assert server.sent() == []


def test_8_4_1_promised_requests_have_no_content() -> None:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(GET)
    peer.sent()
    fields = [*GET, ("content-length", "1")]
    assert peer.resets(2, PROTOCOL_ERROR, peer.promise(stream_id, 2, fields)) == []
    peer.accepts(peer.promise(stream_id, 4, [*GET, ("content-length", "0")]))


# -------------------------------------------------------------- 8.5 CONNECT, RFC 8441


def test_8_5_a_tunnel_carries_content_both_ways() -> None:
    peer = asked(CONNECT, end_stream=False)
    peer.connection.respond(1, OK, end_stream=False)
    peer.connection.send_data(1, b"from the server")
    [event] = peer.accepts(data(1, b"from the client"))
    assert isinstance(event, DataReceived)


def test_8_5_a_tunnel_has_no_content_length() -> None:
    peer, stream_id = waiting(CONNECT, end_stream=False)
    response = peer.headers(stream_id, [*OK, ("content-length", "1")])
    peer.accepts(response, data(stream_id, b"more than one"))


def test_8_5_headers_in_a_tunnel_are_a_stream_error() -> None:
    """Of all frames only DATA and those that manage streams belong there."""
    peer = asked(CONNECT, end_stream=False)
    peer.connection.respond(1, OK, end_stream=False)
    peer.sent()
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, TRAILERS, end_stream=True))
    peer, stream_id = waiting(CONNECT, end_stream=False)
    peer.accepts(peer.headers(stream_id, OK))
    peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, TRAILERS, end_stream=True))


def test_8_5_headers_are_not_sent_into_a_tunnel() -> None:
    peer = asked(CONNECT, end_stream=False)
    peer.connection.respond(1, OK, end_stream=False)
    peer.sent()
    with pytest.raises(LocalProtocolError):
        peer.connection.send_headers(1, TRAILERS, end_stream=True)
    assert peer.sent() == []


def test_8_5_a_response_that_refuses_a_tunnel_is_an_ordinary_one() -> None:
    peer, stream_id = waiting(CONNECT, end_stream=False)
    parts = peer.headers(stream_id, [(":status", "407")]), data(stream_id, b"no")
    events = peer.accepts(*parts, peer.headers(stream_id, TRAILERS, end_stream=True))
    kinds = [ResponseReceived, DataReceived, TrailersReceived]
    assert [type(event) for event in events] == kinds


def test_rfc8441_extended_connect() -> None:
    peer = client_of(enable_connect_protocol=1)
    [event] = peer.accepts(peer.headers(1, WEBSOCKET))
    assert isinstance(event, RequestReceived)
    client = server_of(own_settings=[(ENABLE_CONNECT_PROTOCOL, 1)])
    client.connection.request(WEBSOCKET, end_stream=False)
    [frame] = client.sent()
    assert client.decode(frame) == WEBSOCKET


def test_rfc8441_3_a_server_says_that_it_takes_extended_connect() -> None:
    peer = client_of(handshake=False, enable_connect_protocol=1)
    [frame] = peer.sent()
    assert b"\0\x08\0\0\0\1" in frame.payload


def test_rfc8441_3_the_setting_is_not_taken_back() -> None:
    peer = server_of(own_settings=[(ENABLE_CONNECT_PROTOCOL, 1)])
    peer.accepts(settings((ENABLE_CONNECT_PROTOCOL, 1)))
    peer.fails(PROTOCOL_ERROR, settings((ENABLE_CONNECT_PROTOCOL, 0)))
    server = client_of(enable_connect_protocol=1)
    with pytest.raises(LocalProtocolError):
        server.connection.update_settings(enable_connect_protocol=0)
    assert server.sent() == []


@pytest.mark.parametrize("missing", [":scheme", ":path"])
def test_rfc8441_4_extended_connect_has_scheme_and_path(missing: str) -> None:
    peer = client_of(enable_connect_protocol=1)
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, replaced(WEBSOCKET, missing, None)))


def test_rfc8441_3_a_client_does_not_use_it_unasked_in_strict_mode() -> None:
    peer = server_of(strict=True)
    with pytest.raises(LocalProtocolError):
        peer.connection.request(WEBSOCKET, end_stream=False)
    assert peer.sent() == []
    server = client_of(strict=True)
    server.resets(1, PROTOCOL_ERROR, server.headers(1, WEBSOCKET))


@pytest.mark.parametrize("status", ["", "abc", "20", "+20", "1xx", "099", "2000"])
def test_8_3_2_status_of_a_response_is_three_digits(status: str) -> None:
    peer, stream_id = waiting()
    peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, [(":status", status)]))


def test_8_6_upgrade_is_not_a_field_of_http_2() -> None:
    peer, stream_id = waiting()
    peer.resets(stream_id, PROTOCOL_ERROR, peer.headers(stream_id, [*OK, ("upgrade", "h2c")]))
    strict = server_of(strict=True)
    stream_id = strict.connection.request(GET)
    strict.sent()
    strict.resets(stream_id, PROTOCOL_ERROR, strict.headers(stream_id, [(":status", "101")]))
