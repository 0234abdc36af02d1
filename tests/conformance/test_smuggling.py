"""Messages that HTTP/1.1 would read as another one, as two or as none. Each is received and sent,
by both roles, with validation and in strict mode; and what strict mode takes is written down as
HTTP/1.1 and has to be exactly that message to the parsers of tests/http1.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings as profile, strategies as st

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    InformationalResponseReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError, ProtocolError
from tests import http1
from tests.octets import HEADERS, RST_STREAM, octets
from tests.peers import (
    END_HEADERS,
    END_STREAM,
    GET,
    HEAD,
    OK,
    POST,
    PROTOCOL_ERROR,
    Peer,
    client_of,
    data,
    server_of,
)

REFUSED, STRICT, TAKEN = "refused", "refused in strict mode", "taken"

Fields = list[tuple[str, str]]


@dataclass
class Case:
    """A message. It may be of octets that no text is encoded as: they are Latin-1 here."""

    name: str
    fields: Fields
    fate: str
    content: bytes | None = None
    trailers: Fields = field(default_factory=list)
    request: Fields | None = None  # for a response: what it answers
    sent: str = ""  # another fate of it when it is sent


def get(*more: tuple[str, str]) -> Fields:
    return [*GET, *more]


def post(*more: tuple[str, str]) -> Fields:
    return [*POST, *more]


def changed(name: str, value: str, fields: Fields = GET) -> Fields:
    return [(n, value if n == name else v) for n, v in fields]


def without(name: str, fields: Fields = GET) -> Fields:
    return [(n, v) for n, v in fields if n != name]


INJECTED = "x\r\n\r\nGET /admin HTTP/1.1\r\nhost: b"

NAMES = {
    "CR": "a\rb", "LF": "a\nb", "CRLF and a field": "a: b\r\ntransfer-encoding", "NUL": "a\0b",
    "colon": "a:b", "colon at the end": "transfer-encoding:", "blank": "a b",
    "blank at the end": "transfer-encoding ", "HTAB": "a\tb", "capitals": "Transfer-Encoding",
    "DEL": "a\x7f", "high octet": "a\x80", "nothing": "",
}  # fmt: skip
VALUES = {
    "CR": "a\rb", "LF": "a\nb", "NUL": "a\0b", "request behind CRLF": INJECTED,
    "LF at the end": "a\n", "blank before": " a", "blank behind": "a ", "HTAB before": "\ta",
    "HTAB behind": "a\t", "only a blank": " ",
}  # fmt: skip

REQUESTS = [
    Case("a GET", GET, TAKEN),
    Case("a POST", POST, TAKEN, b"content"),
    Case("a POST with trailers", POST, TAKEN, b"content", [("checksum", "x")]),
    Case("nothing but trailers", POST, TAKEN, b"", [("checksum", "x")]),
    Case("colons and high octets in a value", get(("x", "a: \x80\xff")), TAKEN),
    Case("an empty value", get(("x", "")), TAKEN),
    *[Case(f"name with {what}", get((name, "chunked")), REFUSED) for what, name in NAMES.items()],
    *[Case(f"value with {what}", get(("x", value)), REFUSED) for what, value in VALUES.items()],
    *[
        Case(f"{name} with {what}", changed(name, value), REFUSED)
        for name in (":method", ":path", ":authority", ":scheme")
        for what, value in (("CRLF", INJECTED), ("NUL", "a\0"), ("a blank before", " /"))
    ],
    Case("value with a control character", get(("x", "a\x01b")), STRICT),
    Case("value with DEL", get(("x", "a\x7fb")), STRICT),
    Case("name with a parenthesis", get(("a(b", "x")), STRICT),
    Case("name with a comma", get(("a,b", "x")), STRICT),
    # Pseudo-header fields.
    Case("unknown pseudo-header field", get((":a", "b")), REFUSED),
    Case("a name that is a colon", get((":", "b")), REFUSED),
    *[Case(f"two {name}", get((name, value)), REFUSED) for name, value in GET],
    *[Case(f"no {name}", without(name), REFUSED) for name in (":method", ":path", ":scheme")],
    *[
        Case(f"{name} behind a field", [*without(name), ("x", "y"), (name, value)], REFUSED)
        for name, value in GET
    ],
    Case("neither :authority nor host", without(":authority"), REFUSED),
    Case(":status in a request", get((":status", "200")), REFUSED),
    Case("empty :path", changed(":path", ""), REFUSED),
    Case(":path in trailers", POST, REFUSED, b"x", [(":path", "/admin")]),
    Case(":method with a blank", changed(":method", "GET /admin"), STRICT),
    Case(":method that is a request line", changed(":method", "GET /a HTTP/1.1"), STRICT),
    Case("empty :method", changed(":method", ""), STRICT),
    Case(":path with a blank", changed(":path", "/ HTTP/1.1"), STRICT),
    Case(":path with HTAB", changed(":path", "/\tHTTP/1.1"), STRICT),
    Case(":path with a fragment", changed(":path", "/a#b"), STRICT),
    Case(":path that is a URI", changed(":path", "https://b/"), STRICT),
    Case(":path without a slash", changed(":path", "a"), STRICT),
    Case(":path of another authority", changed(":path", "@b/"), STRICT),
    Case(":path with high octets", changed(":path", "/\xe4"), STRICT),
    Case("* of GET", changed(":path", "*"), STRICT),
    Case("* of OPTIONS", changed(":path", "*", changed(":method", "OPTIONS")), TAKEN),
    Case("a long :path", changed(":path", "/a%20b?c=d&e=;,:@!$'()*+"), TAKEN),
    Case(":scheme with a blank", changed(":scheme", "http x"), STRICT),
    Case(":scheme that is a URI", changed(":scheme", "https://b/?"), STRICT),
    Case(":authority with userinfo", changed(":authority", "u@a"), STRICT),
    Case(":authority with a path", changed(":authority", "a/b"), STRICT),
    Case(":authority with a blank", changed(":authority", "a b"), STRICT),
    Case(":authority that is two", changed(":authority", "a,b"), TAKEN),
    Case(":authority with a port", changed(":authority", "a:443"), TAKEN),
    Case(":authority of IPv6", changed(":authority", "[::1]:443"), TAKEN),
    Case(":protocol without CONNECT", get((":protocol", "websocket")), REFUSED),
    Case(
        ":protocol without the setting",
        [*changed(":method", "CONNECT"), (":protocol", "websocket")],
        STRICT,
    ),
    Case("CONNECT with :path", changed(":method", "CONNECT"), REFUSED),
    # Fields of a connection.
    *[
        Case(name, get((name, value)), REFUSED)
        for name, value in (
            ("connection", "close"),
            ("connection", "x-forwarded-for"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("transfer-encoding", "chunked"),
            ("transfer-encoding", ""),
            ("upgrade", "h2c"),
            ("te", "gzip"),
            ("te", "trailers, gzip"),
            ("te", ""),
        )
    ],
    Case("te: trailers", get(("te", "trailers")), TAKEN),
    # host.
    Case("host unlike :authority", get(("host", "b")), REFUSED),
    Case("host like :authority", get(("host", "a.example")), TAKEN),
    Case("host in another case", get(("host", "A.example")), REFUSED),
    Case("host with a port", get(("host", "a.example:443")), REFUSED),
    Case("two host", get(("host", "a.example"), ("host", "a.example")), REFUSED),
    Case("only host", [*without(":authority"), ("host", "a")], TAKEN),
    Case("only two host", [*without(":authority"), ("host", "a"), ("host", "a")], REFUSED),
    Case("host with userinfo", [*without(":authority"), ("host", "u@a")], STRICT),
    # content-length.
    Case("content-length", post(("content-length", "7")), TAKEN, b"content"),
    Case("content-length with zeros", post(("content-length", "007")), TAKEN, b"content"),
    *[
        Case(
            f"content-length {value!r}", post(("content-length", value)), REFUSED, b"content",
            sent=STRICT,
        )
        for value in ("+7", "-7", "7,7", "7, 8", "0x7", "7.0", "", "7_0", "seven", "\xb7", "7;a=b")
    ],
    Case("content-length with a blank", post(("content-length", "7 ")), REFUSED, b"content"),
    Case("content-length of 5000 digits", post(("content-length", "0" * 4999 + "7")), REFUSED,
         b"content", sent=STRICT),
    Case("two content-length that agree", post(*[("content-length", "7")] * 2), STRICT, b"content"),
    Case("two content-length that differ", post(("content-length", "7"), ("content-length", "8")),
         REFUSED, b"content", sent=STRICT),
    Case("content-length in trailers", POST, STRICT, b"content", [("content-length", "3")]),
    # What stands only in trailers.
    *[
        Case(f"{name} in trailers", POST, STRICT, b"content", [(name, "x")])
        for name in ("host", "authorization", "cookie", "content-type", "expect", "trailer")
    ],
    Case("transfer-encoding in trailers", POST, REFUSED, b"x", [("transfer-encoding", "chunked")]),
    Case("CRLF in trailers", POST, REFUSED, b"x", [("a", INJECTED)]),
]  # fmt: skip

# What is wrong between the fields and the content, which only who receives it can see.
CONTRADICTED = [
    Case("END_STREAM before content", post(("content-length", "7")), REFUSED),
    Case("content that is too short", post(("content-length", "7")), REFUSED, b"conten"),
    Case("content that is too long", post(("content-length", "7")), REFUSED, b"content!"),
    Case("trailers before content", post(("content-length", "7")), REFUSED, b"conten",
         [("a", "b")]),
    Case("content with a length of 0", post(("content-length", "0")), REFUSED, b"GET / HTTP/1.1"),
    Case("a length beyond 2^64", post(("content-length", f"{2**64 + 7}")), REFUSED, b"content"),
]  # fmt: skip

RESPONSES = [
    Case("200", OK, TAKEN, b"content"),
    Case("200 with trailers", OK, TAKEN, b"content", [("checksum", "x")]),
    Case("to HEAD", [*OK, ("content-length", "7")], TAKEN, None, request=HEAD),
    Case("304", [(":status", "304"), ("content-length", "7")], TAKEN),
    Case("204", [(":status", "204")], TAKEN),
    *[Case(f"name with {what}", [*OK, (name, "x")], REFUSED) for what, name in NAMES.items()],
    *[Case(f"value with {what}", [*OK, ("x", value)], REFUSED) for what, value in VALUES.items()],
    Case("value with DEL", [*OK, ("x", "\x7f")], STRICT),
    Case("two :status", OK * 2, REFUSED),
    Case("no :status", [("x", "y")], REFUSED),
    Case("late :status", [("x", "y"), *OK], REFUSED),
    Case(":path in a response", [*OK, (":path", "/")], REFUSED),
    Case("status with CRLF", [(":status", f"200 {INJECTED}")], REFUSED),
    *[
        Case(f"status {status!r}", [(":status", status)], REFUSED)
        for status in ("200 OK", "20", "2000", "abc", "099", "+20", "")
    ],
    Case("connection", [*OK, ("connection", "close")], REFUSED),
    Case("transfer-encoding", [*OK, ("transfer-encoding", "chunked")], REFUSED),
    Case("te", [*OK, ("te", "trailers")], STRICT),
    Case("content-length", [*OK, ("content-length", "7")], TAKEN, b"content"),
    *[
        Case(
            f"content-length {value!r}", [*OK, ("content-length", value)], REFUSED, b"content",
            sent=STRICT,
        )
        for value in ("+7", "-7", "7,7", "")
    ],
    Case("two content-length that agree", [*OK, *[("content-length", "7")] * 2], STRICT,
         b"content"),
    Case("two content-length that differ", [*OK, ("content-length", "7"), ("content-length", "8")],
         REFUSED, b"content", sent=STRICT),
    Case(":status in trailers", OK, REFUSED, b"content", [(":status", "200")]),
    Case("set-cookie in trailers", OK, STRICT, b"content", [("set-cookie", "a=b")]),
]  # fmt: skip
CONTRADICTED_RESPONSES = [
    Case("END_STREAM before content", [*OK, ("content-length", "7")], REFUSED),
    Case("content that is too short", [*OK, ("content-length", "7")], REFUSED, b"conten"),
    Case("content that is too long", [*OK, ("content-length", "7")], REFUSED, b"content!"),
    Case("content of HEAD", [*OK, ("content-length", "7")], REFUSED, b"content", request=HEAD),
    Case("content of 204", [(":status", "204")], REFUSED, b"content"),
]


def test_there_are_enough_of_them() -> None:
    assert len(REQUESTS) >= 60
    assert len(RESPONSES) >= 40
    for fate in (REFUSED, STRICT, TAKEN):
        assert sum(case.fate == fate for case in REQUESTS) >= 15


# -------------------------------------------------------------------------------- receiving


def block(fields: Fields) -> bytes:
    """Literals without indexing, octet by octet (RFC 7541 section 6.2.2)."""
    return b"".join(b"\0" + string(name) + string(value) for name, value in fields)


def string(text: str) -> bytes:
    octets_of = text.encode("latin-1")
    size = len(octets_of)
    if size < 127:
        return bytes([size]) + octets_of
    length, rest = b"\x7f", size - 127
    while rest >= 128:
        length, rest = length + bytes([rest % 128 + 128]), rest // 128
    return length + bytes([rest]) + octets_of


def wire(case: Case, stream_id: int = 1) -> bytes:
    ended = case.content is None and not case.trailers
    sent = octets(HEADERS, END_HEADERS | END_STREAM * ended, stream_id, block(case.fields))
    if case.content is not None:
        sent += data(stream_id, case.content, end_stream=not case.trailers)
    if case.trailers:
        sent += octets(HEADERS, END_HEADERS | END_STREAM, stream_id, block(case.trailers))
    return sent


def receiver(case: Case, client: bool, strict: bool) -> Peer:
    if not client:
        return client_of(strict=strict)
    peer = server_of(strict=strict)
    peer.connection.request(case.request or GET)
    peer.sent()
    return peer


def refused(events: list[Any], peer: Peer) -> bool:
    """Whether the stream was reset, and the message is not one for whoever reads the events."""
    resets = [frame for frame in peer.sent() if frame.type == RST_STREAM]
    assert not peer.connection.closed
    if not resets:
        return False
    assert resets == [(RST_STREAM, 0, 1, PROTOCOL_ERROR.to_bytes(4, "big"))]
    ended = [event for event in events if getattr(event, "stream_ended", False)]
    assert ended == []
    assert not any(isinstance(event, TrailersReceived) for event in events)
    return True


def written(events: list[Any], client: bool) -> bytes:
    """What was received, as HTTP/1.1."""
    headers: list[http1.Field] = []
    trailers: list[http1.Field] = []
    content = b""
    for event in events:
        match event:
            case RequestReceived() | ResponseReceived():
                assert not headers
                headers = [(bytes(name), bytes(value)) for name, value in event.headers]
            case DataReceived():
                content += event.data
            case TrailersReceived():
                trailers = [(bytes(name), bytes(value)) for name, value in event.headers]
            case _:
                assert not isinstance(event, StreamReset | InformationalResponseReceived)
    write = http1.write_response if client else http1.write_request
    return write(headers, content, trailers)


def is_one_message(case: Case, events: list[Any], client: bool) -> None:
    """To those who go by the RFC, and to those who do not."""
    text = written(events, client)
    pattern = http1.STATUS_LINE if client else http1.REQUEST_LINE
    has_content = not (client and (case.request == HEAD or ("304" in dict(case.fields).values())))
    for kind in (http1.Strict, http1.Lenient):
        [message] = http1.read(kind, text, pattern, has_content)
        assert message.content == (case.content or b"")
        assert message.trailers == [(n.encode(), v.encode()) for n, v in case.trailers]
        for name, value in case.fields:
            if not name.startswith(":") and not (case.trailers and name == "content-length"):
                assert (name.encode(), value.encode("latin-1")) in message.fields


def check_received(case: Case, client: bool, strict: bool) -> None:
    peer = receiver(case, client, strict)
    events = peer.connection.receive(wire(case))
    expected = case.fate == REFUSED or (strict and case.fate == STRICT)
    assert refused(events, peer) == expected
    if not expected and strict:
        is_one_message(case, events, client)
    if not expected and not strict:
        # Not what RFC 9112 allows, perhaps, but never two.
        text = written(events, client)
        pattern = http1.STATUS_LINE if client else http1.REQUEST_LINE
        try:
            assert len(http1.read(http1.Strict, text, pattern)) == 1
        except http1.NotOneMessageError:
            assert case.fate == STRICT or client


@pytest.mark.parametrize("strict", [False, True], ids=["validated", "strict"])
@pytest.mark.parametrize("case", [*REQUESTS, *CONTRADICTED], ids=lambda case: case.name)
def test_requests_that_are_received(case: Case, strict: bool) -> None:
    check_received(case, False, strict)


@pytest.mark.parametrize("strict", [False, True], ids=["validated", "strict"])
@pytest.mark.parametrize("case", [*RESPONSES, *CONTRADICTED_RESPONSES], ids=lambda case: case.name)
def test_responses_that_are_received(case: Case, strict: bool) -> None:
    check_received(case, True, strict)


# ---------------------------------------------------------------------------------- sending


def as_octets(fields: Fields) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]


def send(case: Case, connection: Connection, client: bool) -> None:
    """Everything of a message but its beginning has to be refused without a trace, too."""
    ended = case.content is None and not case.trailers
    fields = as_octets(case.fields)
    if client:
        connection.request(fields, case.content or b"", end_stream=ended)
    else:
        connection.respond(1, fields, case.content or b"", end_stream=ended)
    if case.trailers:
        connection.send_headers(1, as_octets(case.trailers), end_stream=True)


def check_sent(case: Case, client: bool, strict: bool) -> None:
    if client:
        connection = server_of(strict=strict).connection
    else:
        peer = client_of(strict=strict)
        peer.accepts(peer.headers(1, case.request or GET, end_stream=True))
        connection = peer.connection
    connection.output()
    fate = case.sent or case.fate
    if fate == REFUSED or (strict and fate == STRICT):
        with pytest.raises(LocalProtocolError) as caught:
            send(case, connection, client)
        assert isinstance(caught.value, ProtocolError)
        if not case.trailers:
            assert connection.output() == b""
        return
    send(case, connection, client)
    assert connection.output() != b""


@pytest.mark.parametrize("strict", [False, True], ids=["validated", "strict"])
@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
def test_requests_that_are_sent(case: Case, strict: bool) -> None:
    check_sent(case, True, strict)


@pytest.mark.parametrize("strict", [False, True], ids=["validated", "strict"])
@pytest.mark.parametrize("case", RESPONSES, ids=lambda case: case.name)
def test_responses_that_are_sent(case: Case, strict: bool) -> None:
    check_sent(case, False, strict)


# -------------------------------------------------------------------------- whatever comes

PIECES = st.text(
    st.sampled_from("aZ/:. \t\r\n\0,;@#?*=0123\x7f\x80\xffHTP"), max_size=12
) | st.sampled_from([*NAMES.values(), *VALUES.values(), "GET", "chunked", "7", "HTTP/1.1"])
SOME_NAMES = st.sampled_from(
    ["host", "te", "x", "content-length", "transfer-encoding", ":path", ":method", ":authority"]
)


@given(
    st.lists(st.tuples(SOME_NAMES | PIECES, PIECES), max_size=3),
    st.dictionaries(st.sampled_from([name for name, _ in GET]), PIECES, max_size=2),
    st.none() | st.binary(max_size=20),
    st.lists(st.tuples(SOME_NAMES | PIECES, PIECES), max_size=2),
)
@profile(max_examples=400)
def test_what_strict_mode_takes_is_one_request(
    more: Fields, changes: dict[str, str], content: bytes | None, trailers: Fields
) -> None:
    fields = [(name, changes.get(name, value)) for name, value in POST] + more
    case = Case("any", fields, TAKEN, content, trailers)
    peer = client_of(strict=True)
    events = peer.connection.receive(wire(case))
    if not refused(events, peer):
        is_one_message(case, events, False)


def test_undecodable_octets_are_octets() -> None:
    """Names and values are bytes: no decoding can fail, or change what they are."""
    value = bytes(range(0x80, 0x100))
    peer = client_of(strict=True)
    [event] = peer.accepts(wire(Case("", get(("x", value.decode("latin-1"))), TAKEN)))
    assert isinstance(event, RequestReceived)
    assert event.headers[-1] == (b"x", value)


def test_without_validation_it_is_the_callers() -> None:
    peer = client_of(validate=False)
    [event] = peer.accepts(wire(Case("", get(("x", INJECTED)), REFUSED)))
    assert isinstance(event, RequestReceived)
