"""h2fast.Connection as an object: arguments, options, output, back pressure, errors, its end."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import h2fast
from h2fast import Connection, events, exceptions
from h2fast.events import (
    AltSvcReceived,
    DataReceived,
    GoAwayReceived,
    OriginReceived,
    PingReceived,
    RequestReceived,
    ResponseReceived,
    SettingsReceived,
    StreamReset,
    TrailersReceived,
    UnknownFrameReceived,
)
from h2fast.exceptions import (
    LimitExceededError,
    LocalProtocolError,
    ProtocolError,
    QueueFullError,
    RemoteProtocolError,
    StreamClosedError,
    TooManyStreamsError,
)
from tests.octets import DATA, GOAWAY, HEADERS, PING, SETTINGS, WINDOW_UPDATE, octets
from tests.peers import (
    ACK,
    CANCEL,
    EARLY_HINTS,
    ENHANCE_YOUR_CALM,
    GET,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    OK,
    POST,
    PREFACE,
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
    read_frames,
    rst_stream,
    server_of,
    settings,
    window_update,
)


def asked(**options: Any) -> Peer:
    """The client of a server that has a request on stream 1."""
    peer = client_of(**options)
    peer.accepts(peer.headers(1, GET, end_stream=True))
    return peer


def pair(**options: Any) -> tuple[Connection, Connection]:
    """A client and a server that know each other's settings."""
    client, server = Connection(client=True, **options), Connection(**options)
    for _ in range(2):
        server.receive(client.output())
        client.receive(server.output())
    return client, server


# -------------------------------------------------------------------------- construction


def test_a_connection_is_a_servers_unless_told_otherwise() -> None:
    assert not Connection().output().startswith(PREFACE)
    assert Connection(client=True).output().startswith(PREFACE)
    assert repr(Connection()) == "<Connection server open streams=0>"
    assert repr(Connection(True)) == "<Connection client open streams=0>"


def test_settings_are_options() -> None:
    peer = client_of(
        handshake=False,
        header_table_size=1,
        initial_window_size=2,
        max_frame_size=16385,
        enable_connect_protocol=1,
        max_concurrent_streams=3,
        max_header_list_size=4,
        no_rfc7540_priorities=1,
    )
    [frame] = peer.sent()
    entries = {
        frame.payload[i + 1]: int.from_bytes(frame.payload[i + 2 : i + 6], "big")
        for i in range(0, len(frame.payload), 6)
    }
    assert entries == {1: 1, 4: 2, 5: 16385, 8: 1, 3: 3, 6: 4, 9: 1}


def test_a_larger_connection_window_is_sent_right_behind_the_settings() -> None:
    frames = read_frames(Connection(connection_window=100000).output())
    assert [(frame.type, frame.stream_id) for frame in frames] == [
        (SETTINGS, 0),
        (WINDOW_UPDATE, 0),
    ]
    assert frames[1].number == 100000 - 65535


@pytest.mark.parametrize(
    "options",
    [
        {"connection_window": 65534},
        {"connection_window": 2**31},
        {"max_frame_size": 16383},
        {"max_frame_size": 2**24},
        {"initial_window_size": 2**31},
        {"initial_window_size": -1},
        {"enable_push": 2},
        {"enable_connect_protocol": 2},
        {"header_table_size": 2**32},
        {"max_concurrent_streams": -1},
        {"max_interim": 2**32},
        {"max_continuations": 2**32},
        {"max_header_fields": -1},
        {"max_queued": -1},
        {"max_resets": (1, -1)},
        {"max_glitches": (2**32, 1)},
    ],
)
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Connection(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"no_such_option": 1},
        {"max_frame_size": "large"},
        {"max_frame_size": None},
        {"max_resets": 5},
        {"connection_window": b"x"},
    ],
)
def test_options_of_the_wrong_type(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Connection(**options)


def test_a_connection_is_initialised_once() -> None:
    connection = Connection()
    with pytest.raises(RuntimeError, match="once"):
        Connection.__init__(connection)
    assert connection.output() == Connection().output()


def test_a_connection_that_was_not_initialised_is_refused() -> None:
    class Forgetful(Connection):
        def __init__(self) -> None:
            pass

    for connection in (Connection.__new__(Connection), Forgetful()):
        calls: list[Callable[[Connection], object]] = [
            lambda c: c.receive(b""),
            lambda c: c.output(),
            lambda c: c.output_buffers(),
            lambda c: c.request(GET),
            lambda c: c.go_away(),
        ]
        for call in calls:
            with pytest.raises(RuntimeError, match="initialised"):
                call(connection)
        repr(connection)
        sys.getsizeof(connection)


def test_subclasses_and_weak_references() -> None:
    class Named(Connection):
        def __init__(self, name: str, **options: Any) -> None:
            super().__init__(**options)
            self.name = name

    connection = Named("mine", client=True)
    assert repr(connection) == "<Named client open streams=0>"
    reference = weakref.ref(connection)
    assert reference() is connection
    del connection
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("call", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_connection_is_not_copied(call: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="Connection"):
        call(Connection())


def test_names() -> None:
    assert Connection.__module__ == "h2fast"
    assert "Connection" in h2fast.__all__
    for name in events.__all__:
        if name != "Event":
            assert getattr(events, name).__module__ == "h2fast.events"
    for name in exceptions.__all__:
        assert issubclass(getattr(exceptions, name), ProtocolError)
        assert getattr(exceptions, name).__module__ == "h2fast.exceptions"


# ------------------------------------------------------------------------------ arguments

CALLS: dict[str, Callable[[Connection], object]] = {
    "receive str": lambda c: c.receive("text"),  # type: ignore[arg-type]
    "receive None": lambda c: c.receive(None),  # type: ignore[arg-type]
    "receive steps": lambda c: c.receive(memoryview(b"abcd")[::2]),
    "send_headers None": lambda c: c.send_headers(1, None),  # type: ignore[arg-type]
    "send_headers numbers": lambda c: c.send_headers(1, [5, 6]),  # type: ignore[list-item]
    "send_headers short": lambda c: c.send_headers(1, [(b"a",)]),  # type: ignore[list-item]
    "send_headers stream": lambda c: c.send_headers("1", OK),  # type: ignore[arg-type]
    "send_data str": lambda c: c.send_data(1, "text"),  # type: ignore[arg-type]
    "respond str": lambda c: c.respond(1, OK, "text"),  # type: ignore[arg-type]
    "respond None": lambda c: c.respond(1, OK, None),  # type: ignore[arg-type]
    "respond number": lambda c: c.respond(1, OK, 5),  # type: ignore[arg-type]
    "respond steps": lambda c: c.respond(1, OK, memoryview(b"abcd")[::2]),
    "ping number": lambda c: c.ping(8),  # type: ignore[arg-type]
    "ping short": lambda c: c.ping(b"1234567"),
    "go_away debug": lambda c: c.go_away(debug_data=5),  # type: ignore[arg-type]
    "settings unknown": lambda c: c.update_settings(no_such=1),
    "settings negative": lambda c: c.update_settings(max_concurrent_streams=-1),
    "settings str": lambda c: c.update_settings(max_concurrent_streams="1"),  # type: ignore[arg-type]
    "altsvc number": lambda c: c.send_altsvc(0, 5, 5),  # type: ignore[arg-type]
    "priority number": lambda c: c.update_priority(1, 5),  # type: ignore[arg-type]
    "stream negative": lambda c: c.send_data(-1, b"x"),
    "stream too large": lambda c: c.reset(2**32),
    "error code": lambda c: c.reset(1, 2**32),
    "acknowledge negative": lambda c: c.acknowledge(1, -1),
    "peer_setting": lambda c: c.peer_setting("no_such"),
}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments_change_nothing(name: str) -> None:
    peer, other = asked(), asked()
    with pytest.raises((TypeError, ValueError, IndexError, OverflowError, BufferError)):
        CALLS[name](peer.connection)
    peer.connection.respond(1, [*OK, ("some-name", "v")], b"content")
    other.connection.respond(1, [*OK, ("some-name", "v")], b"content")
    assert peer.sent() == other.sent()


REFUSED: dict[str, Callable[[Connection], object]] = {
    "stream 0": lambda c: c.send_headers(0, OK),
    "respond on 0": lambda c: c.respond(0, OK),
    "idle stream": lambda c: c.send_data(3, b"x"),
    "response on an idle stream": lambda c: c.respond(3, OK, b"content"),
    "data on 0": lambda c: c.send_data(0, b"x"),
    "reset of 0": lambda c: c.reset(0),
    "request of a server": lambda c: c.request(GET),
    "interim with content": lambda c: c.respond(1, EARLY_HINTS, b"content"),
    "no status": lambda c: c.respond(1, [("a", "b")], b"content"),
    "window of 0 octets": lambda c: c.open_window(1, 0),
    "window of too many octets": lambda c: c.open_window(1, 2**31),
    "too much acknowledged": lambda c: c.acknowledge(1, 1),
    "too large": lambda c: c.go_away(debug_data=bytes(16384 - 7)),
    "window of nothing": lambda c: c.send_window(3),
    "receive window of nothing": lambda c: c.receive_window(3),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_changes_nothing(name: str) -> None:
    peer, other = asked(), asked()
    with pytest.raises(LocalProtocolError):
        REFUSED[name](peer.connection)
    assert peer.sent() == []
    assert not peer.connection.closed
    peer.connection.respond(1, [*OK, ("some-name", "v")], b"content")
    other.connection.respond(1, [*OK, ("some-name", "v")], b"content")
    assert peer.sent() == other.sent()


HEADER_LISTS: list[Any] = [
    [(b":status", b"200"), (b"name", b"value")],
    [(":status", "200"), ("name", "value")],
    ((":status", "200"), (b"name", "value")),
    iter([(":status", "200"), ("name", "value")]),
    iter([[":status", "200"], ["name", "value"]]),
    (field for field in ([":status", b"200"], ("name", "value", 0))),
    {":status": "200", "name": "value"},
    [(":status", "200", False), ("name", "value", False)],
    [[":status", "200"], ["name", "value"]],
]


@pytest.mark.parametrize("headers", HEADER_LISTS, ids=lambda each: type(each).__name__)
def test_header_lists_of_all_kinds(headers: Any) -> None:
    peer = asked()
    peer.connection.send_headers(1, headers)
    [frame] = peer.sent()
    assert peer.decode(frame) == [(":status", "200"), ("name", "value")]


def test_sensitive_headers_are_never_indexed() -> None:
    peer = asked()
    peer.connection.send_headers(1, [*OK, ("name", "secret", True)])
    [frame] = peer.sent()
    assert frame.payload[1] & 0xF0 == 0x10  # RFC 7541 section 6.2.3


def test_long_header_lists() -> None:
    peer = asked()
    fields = [*OK, *((f"name-{i}", f"value {i}") for i in range(200))]
    peer.connection.send_headers(1, fields)
    [frame] = peer.sent()
    assert peer.decode(frame) == fields


# ----------------------------------------------------------------------- content and output

CONTENT = [
    b"",
    b"x",
    bytes(range(256)) * 15,
    bytes(range(256)) * 16,  # from here on bytes are not copied
    bytes(range(256)) * 64,
    bytes(range(256)) * 65,
    bytes(range(256)) * 250,
]
KINDS: list[Callable[[bytes], Any]] = [bytes, bytearray, memoryview]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", CONTENT, ids=len)
def test_content_arrives(kind: Callable[[bytes], Any], content: bytes) -> None:
    peer = asked()
    peer.connection.respond(1, OK, kind(content))
    frames = peer.sent()
    assert b"".join(frame.payload for frame in frames if frame.type == DATA) == content
    assert [frame.flags & 1 for frame in frames] == [0] * (len(frames) - 1) + [1]
    assert max(len(frame.payload) for frame in frames) <= 16384
    with pytest.raises(StreamClosedError):
        peer.connection.send_data(1, b"more")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", CONTENT, ids=len)
def test_output_and_output_buffers_are_the_same_octets(
    kind: Callable[[bytes], Any], content: bytes
) -> None:
    whole, parts = asked(), asked()
    for peer in (whole, parts):
        peer.connection.send_headers(1, OK)
        for _ in range(3):
            peer.connection.send_data(1, kind(content))
            peer.connection.ping(b"12345678")
    taken = b""
    while buffers := parts.connection.output_buffers():
        assert all(len(buffer) for buffer in buffers)
        taken += b"".join(buffers)
    expected = b""
    while part := whole.connection.output():
        expected += part
    assert taken == expected


def test_large_bytes_are_not_copied() -> None:
    content = bytes(16384)
    peer = asked()
    peer.connection.respond(1, OK, content)
    head, body = peer.connection.output_buffers()
    assert body is content
    assert read_frames(bytes(head) + bytes(body))[-1].payload == content
    peer = asked()
    peer.connection.respond(1, OK, content * 2)
    views = [each for each in peer.connection.output_buffers() if isinstance(each, memoryview)]
    assert len(views) == 2
    assert all(view.readonly for view in views)


def test_a_bytearray_may_change_after_it_was_sent() -> None:
    peer = asked()
    content = bytearray(b"x" * 100000)
    peer.connection.respond(1, OK, content)
    content[:] = b"y" * 5
    peer.connection.receive(window_update(0, 100000) + window_update(1, 100000))
    received = b"".join(frame.payload for frame in peer.sent() if frame.type == DATA)
    assert received == b"x" * 100000


def test_output_buffers_outlive_the_connection() -> None:
    peer = asked()
    peer.connection.respond(1, OK, bytes(range(256)) * 100)
    buffers = peer.connection.output_buffers()
    del peer
    gc.collect()
    frames = read_frames(b"".join(buffers))
    assert b"".join(frame.payload for frame in frames[1:]) == bytes(range(256)) * 100


def test_output_comes_in_parts_of_limited_size() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 2**24)])
    peer.accepts(peer.headers(1, GET, end_stream=True), window_update(0, 2**24))
    peer.connection.respond(1, OK, bytes(2**21))
    first = peer.connection.output()
    assert len(first) < 300000
    assert peer.connection.queued(1) > 2**20
    rest = b""
    while part := peer.connection.output():
        assert len(part) < 300000
        rest += part
    frames = read_frames(first + rest)
    assert sum(len(frame.payload) for frame in frames[1:]) == 2**21
    assert peer.connection.queued(1) == 0


# --------------------------------------------------------------------------- back pressure


def test_content_waits_for_windows_and_says_how_much() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 10)])
    peer.accepts(peer.headers(1, GET, end_stream=True))
    connection = peer.connection
    connection.send_headers(1, OK)
    connection.send_data(1, b"x" * 10)
    assert connection.send_data(1, b"y" * 7) == 7
    assert connection.queued(1) == connection.total_queued == 7
    assert connection.send_data(1, b"z" * 5, end_stream=True) == 12
    connection.output()
    peer.connection.receive(window_update(1, 8))
    assert [frame.payload for frame in peer.sent()] == [b"yyyyyyy", b"z"]
    peer.connection.receive(window_update(1, 8))
    assert [(frame.payload, frame.flags) for frame in peer.sent()] == [(b"zzzz", 1)]
    assert connection.queued(1) == connection.total_queued == 0


def test_trailers_wait_behind_content() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)])
    peer.accepts(peer.headers(1, GET, end_stream=True))
    peer.connection.respond(1, OK, b"content", end_stream=False)
    peer.connection.send_headers(1, TRAILERS, end_stream=True)
    assert [frame.type for frame in peer.sent()] == [HEADERS]
    with pytest.raises(StreamClosedError):
        peer.connection.send_data(1, b"more")
    peer.connection.receive(window_update(1, 7))
    assert [(frame.type, frame.flags) for frame in peer.sent()] == [(DATA, 0), (HEADERS, 5)]
    assert peer.connection.open_inbound_streams == 0


def test_streams_that_wait_take_turns() -> None:
    peer = client_of()
    peer.accepts(*(peer.headers(i, GET, end_stream=True) for i in (1, 3, 5)))
    for stream_id in (1, 3, 5):
        peer.connection.respond(stream_id, OK, bytes(30000))
    turns = [frame.stream_id for frame in peer.sent() if frame.type == DATA]
    assert turns[:3] == [1, 3, 5]


def test_the_queue_has_a_ceiling() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)], max_queued=100)
    peer.accepts(peer.headers(1, GET, end_stream=True), peer.headers(3, GET, end_stream=True))
    connection = peer.connection
    connection.send_headers(1, OK)
    connection.send_data(1, bytes(60))
    assert connection.send_data(1, bytes(40)) == 100
    peer.sent()
    with pytest.raises(QueueFullError):
        connection.send_data(1, b"x")
    with pytest.raises(QueueFullError):
        connection.respond(3, OK, b"x")
    assert peer.sent() == []  # no headers either
    assert connection.total_queued == 100
    connection.send_data(1, b"", end_stream=True)
    peer.accepts(window_update(1, 10), window_update(3, 10))
    connection.respond(3, OK, b"0123456789")


def test_a_request_that_does_not_fit_is_not_sent() -> None:
    peer = server_of(max_queued=10, own_settings=[(INITIAL_WINDOW_SIZE, 0)])
    with pytest.raises(QueueFullError):
        peer.connection.request(POST, bytes(11))
    assert peer.sent() == []
    assert peer.connection.request(POST, bytes(10)) == 1


def test_content_that_need_not_wait_needs_no_room() -> None:
    peer = client_of(max_queued=10)
    peer.accepts(peer.headers(1, GET, end_stream=True))
    peer.connection.respond(1, OK, bytes(1000))
    assert peer.connection.total_queued == 0
    assert [frame[0] for frame in peer.sent()] == [HEADERS, DATA]


def test_a_reset_drops_what_waits() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)])
    peer.accepts(peer.headers(1, GET, end_stream=True))
    peer.connection.respond(1, OK, bytes(100000))
    peer.connection.reset(1)
    assert peer.connection.total_queued == 0
    assert peer.connection.queued(1) == 0


# ------------------------------------------------------------------------ receive windows


def test_content_is_acknowledged_at_once_by_default() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    for _ in range(50):
        peer.connection.receive(data(1, bytes(16384)))
        for frame in peer.sent():
            assert frame.type == WINDOW_UPDATE
    with pytest.raises(LocalProtocolError):
        peer.connection.acknowledge(1, 1)


def test_without_auto_windows_the_peer_has_to_wait() -> None:
    peer = client_of(auto_windows=False)
    peer.accepts(peer.headers(1, POST), peer.headers(3, POST))
    peer.connection.receive(data(1, bytes(16384)) * 2 + data(3, bytes(16384)))
    assert peer.sent() == []
    peer.connection.acknowledge(1, 32768)
    assert [(f.stream_id, f.number) for f in peer.sent()] == [(0, 32768), (1, 32768)]
    with pytest.raises(LocalProtocolError):
        peer.connection.acknowledge(3, 16385)
    peer.connection.acknowledge(3, 16384)
    with pytest.raises(LocalProtocolError):
        peer.connection.acknowledge(3, 1)


def test_content_of_a_stream_that_is_gone_is_acknowledged_for_the_connection() -> None:
    peer = client_of(auto_windows=False)
    peer.accepts(peer.headers(1, POST))
    peer.connection.receive(data(1, bytes(16384)) * 3 + rst_stream(1))
    peer.connection.acknowledge(1, 3 * 16384)
    assert [(f.stream_id, f.number) for f in peer.sent()] == [(0, 3 * 16384)]


def test_windows_say_what_may_come() -> None:
    peer = client_of(auto_windows=False, connection_window=100_000)
    peer.accepts(peer.headers(1, POST))
    connection = peer.connection
    assert (connection.receive_window(0), connection.receive_window(1)) == (100_000, 65535)
    peer.accepts(data(1, bytes(16384)) * 2, padded_data(1, b"", 99))
    assert (connection.receive_window(0), connection.receive_window(1)) == (67_132, 32_667)
    connection.acknowledge(1, 32_868)
    assert (connection.receive_window(0), connection.receive_window(1)) == (67_132, 65_535)
    connection.update_settings(initial_window_size=0)
    assert connection.receive_window(1) == 65_535
    peer.accepts(data(1, bytes(16384)), SETTINGS_ACK)
    assert connection.receive_window(1) == -16384
    connection.open_window(1, 10**6)
    assert connection.receive_window(1) == connection.receive_window(0) == 50_748


def test_a_window_that_was_opened_stays_open() -> None:
    peer = client_of(auto_windows=False)
    peer.accepts(peer.headers(1, POST))
    for stream_id in (0, 1):
        peer.connection.open_window(stream_id, 10**6)
    assert [(f.stream_id, f.number) for f in peer.sent()] == [(0, 10**6), (1, 10**6)]
    peer.accepts(*[data(1, bytes(16384))] * 60)
    peer.connection.acknowledge(1, 60 * 16384)
    assert [(f.stream_id, f.number) for f in peer.sent()] == [(0, 60 * 16384), (1, 60 * 16384)]


# --------------------------------------------------------------------------------- events


def test_events_can_be_matched() -> None:
    peer = client_of()
    trailers = peer.headers(1, POST) + data(1, b"content") + peer.headers(1, TRAILERS, True)
    found = []
    for event in peer.accepts(trailers, octets(PING, 0, 0, b"12345678"), goaway(0, 7, b"bye")):
        match event:
            case RequestReceived(stream_id, headers, False):
                found.append((stream_id, len(headers)))
            case DataReceived(stream_id=1, data=content, stream_ended=False):
                found.append((1, len(content)))
            case TrailersReceived(1, [(b"checksum", _)]):
                found.append((1, 1))
            case PingReceived(b"12345678"):
                found.append((0, 8))
            case GoAwayReceived(0, 7, b"bye"):
                found.append((0, 7))
    assert found == [(1, 4), (1, 7), (1, 1), (0, 8), (0, 7)]


def test_events_have_a_representation() -> None:
    peer = client_of()
    shown = [
        repr(event)
        for event in peer.accepts(
            peer.headers(1, [(":method", "CONNECT"), (":authority", "a")]),
            data(1, b"x"),
            rst_stream(1),
            settings((3, 7)),
            priority(5),
            window_update(0, 9),
            octets(0x42, 1, 3, b"p"),
        )
    ]
    assert shown == [
        "RequestReceived(stream_id=1, headers=[(b':method', b'CONNECT'), (b':authority', b'a')], "
        "stream_ended=False)",
        "DataReceived(stream_id=1, data=b'x', stream_ended=False)",
        "StreamReset(stream_id=1, error_code=8, remote=True)",
        "SettingsReceived(settings=[(3, 7)])",
        "PriorityReceived(stream_id=5, depends_on=0, weight=16, exclusive=False)",
        "WindowUpdated(stream_id=0, increment=9)",
        "UnknownFrameReceived(stream_id=3, type=66, flags=1, payload=b'p')",
    ]


def test_events_are_read_only_and_final() -> None:
    peer = client_of()
    [event] = peer.accepts(peer.headers(1, GET))
    assert isinstance(event, RequestReceived)
    with pytest.raises(AttributeError):
        event.stream_id = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        event.new = 5  # type: ignore[attr-defined]
    for name in events.__all__:
        if name != "Event":
            with pytest.raises(TypeError):
                type("Derived", (getattr(events, name),), {})


def test_events_outlive_the_connection() -> None:
    peer = client_of()
    received = bytearray(peer.headers(1, POST) + data(1, b"content"))
    request, content = peer.connection.receive(received)
    received[:] = bytes(len(received))
    del peer
    gc.collect()
    assert isinstance(request, RequestReceived)
    assert isinstance(content, DataReceived)
    assert request.headers == [(name.encode(), value.encode()) for name, value in POST]
    assert content.data == b"content"


def test_headers_that_repeat_are_the_same_objects() -> None:
    peer = client_of()
    fields = [*GET, ("some-name", "some value")]
    first, second = peer.accepts(peer.headers(1, fields), peer.headers(3, fields))
    assert isinstance(first, RequestReceived)
    assert isinstance(second, RequestReceived)
    assert first.headers == second.headers
    assert all(a is b for a, b in zip(first.headers[3:], second.headers[3:], strict=True))


def test_headers_are_right_while_the_table_turns_over() -> None:
    """Finished headers are kept by their place in the table's ring, which is used again."""
    peer = client_of(max_concurrent_streams=1000)
    for i in range(600):
        fields = [*GET, *((f"name-{j % 90}", f"{i * j}") for j in range(i % 120))]
        [event] = peer.accepts(peer.headers(2 * i + 1, fields, end_stream=True))
        assert isinstance(event, RequestReceived)
        assert event.headers == [(name.encode(), value.encode()) for name, value in fields]


# --------------------------------------------------------------------------------- errors


def test_an_error_has_the_events_before_it() -> None:
    peer = client_of()
    with pytest.raises(RemoteProtocolError) as caught:
        peer.connection.receive(peer.headers(1, GET) + window_update(0, 0) + peer.headers(3, GET))
    [event] = caught.value.events
    assert isinstance(event, RequestReceived)
    assert caught.value.error_code == PROTOCOL_ERROR
    assert caught.value.stream_id == 0
    with pytest.raises(RemoteProtocolError) as again:
        peer.connection.receive(b"")
    assert again.value.events == []
    assert str(again.value) == str(caught.value)
    assert [frame.type for frame in peer.sent()] == [GOAWAY]
    assert repr(peer.connection).startswith("<Connection server closed")


LIMITS: dict[str, tuple[dict[str, Any], Callable[[Peer], bytes], int]] = {
    # option: the options, what is one step to the limit, and how many steps are fine
    "max_empty_data": ({"max_empty_data": 3}, lambda p: data(1), 3),
    "max_unsent_answers": ({"max_unsent_answers": 3}, lambda p: octets(PING, 0, 0, bytes(8)), 3),
    "max_glitches": ({"max_glitches": (4, 0)}, lambda p: priority(1), 4),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_have_the_name_of_their_option(limit: str) -> None:
    options, step, fine = LIMITS[limit]
    connection = Connection(**options)
    peer = Peer(connection, client=True)
    connection.receive(peer.headers(1, POST))
    connection.receive(step(peer) * fine)
    with pytest.raises(LimitExceededError) as caught:
        connection.receive(step(peer))
    assert caught.value.limit == limit
    assert caught.value.error_code == ENHANCE_YOUR_CALM
    assert limit in str(caught.value)
    assert [frame.type for frame in peer.sent()].count(GOAWAY) == 1


def test_limit_on_header_fields() -> None:
    peer = client_of(max_header_fields=5)
    peer.accepts(peer.headers(1, [*GET, ("a", "b")]))
    error = peer.fails(ENHANCE_YOUR_CALM, peer.headers(3, [*GET, ("a", "b"), ("c", "d")]))
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_header_fields"


def test_limit_on_resets() -> None:
    connection = Connection(max_resets=(3, 0))
    peer = Peer(connection, client=True)
    for i in range(3):
        peer.accepts(peer.headers(2 * i + 1, GET), rst_stream(2 * i + 1))
    error = peer.fails(ENHANCE_YOUR_CALM, peer.headers(7, GET), rst_stream(7))
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_resets"
    assert len(error.events) == 1


def test_taking_the_output_makes_room_for_answers() -> None:
    peer = client_of(max_unsent_answers=3)
    for _ in range(10):
        peer.accepts(octets(PING, 0, 0, bytes(8)) * 3)


def test_taking_a_part_of_the_output_makes_room_for_no_more_answers_than_were_in_it() -> None:
    connection = client_of(max_unsent_answers=20).connection
    connection.receive(octets(PING, 0, 0, bytes(8)) * 20)
    connection.output_into(bytearray(1))
    assert connection.counters["max_unsent_answers"] == 20
    connection.output_into(bytearray(10 * 17 - 1))
    assert connection.counters["max_unsent_answers"] == 10 * 17 // 9  # the least has 9 octets
    with pytest.raises(LimitExceededError):
        connection.receive(octets(PING, 0, 0, bytes(8)) * 20)


def test_content_behind_much_untaken_output_waits_and_counts() -> None:
    peer = client_of(max_queued=10_000, own_settings=[(INITIAL_WINDOW_SIZE, 2**31 - 1)])
    peer.accepts(peer.headers(1, GET, end_stream=True), window_update(0, 2**30))
    connection = peer.connection
    connection.send_headers(1, OK)
    while not connection.send_data(1, bytes(1000)):
        assert connection.__sizeof__() < 300_000
    assert connection.total_queued == 1000
    with pytest.raises(QueueFullError):
        connection.send_data(1, bytes(9001))
    peer.sent()
    assert connection.send_data(1, bytes(1000)) == 0


@pytest.mark.parametrize("call", ["window", "origin"])
def test_refused_calls_say_what_was_wrong(call: str) -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET))
    if call == "window":
        with pytest.raises(LocalProtocolError, match="increment of 0"):
            peer.connection.open_window(0, 0)
    else:
        with pytest.raises(LocalProtocolError, match="origin stands on stream 0"):
            peer.connection.send_altsvc(1, b"https://a", b"h3")
    assert peer.sent() == []


def test_exceptions_can_be_copied_and_raised_by_others() -> None:
    for cls in (ProtocolError, RemoteProtocolError, LocalProtocolError, StreamClosedError):
        error = cls("message", 7, 5)
        assert (str(error), error.error_code, error.stream_id) == ("message", 7, 5)
        assert cls("message").error_code == PROTOCOL_ERROR
    limit = LimitExceededError("message", limit="max_resets")
    assert (limit.error_code, limit.limit, limit.events) == (ENHANCE_YOUR_CALM, "max_resets", [])
    restored = pickle.loads(pickle.dumps(LocalProtocolError("message", 7, 5)))
    assert (str(restored), restored.error_code, restored.stream_id) == ("message", 7, 5)


# ------------------------------------------------------- callers' code that runs in between


class BrokenError(Exception):
    pass


def broken(*headers: tuple[str, str]) -> Iterator[tuple[str, str]]:
    yield from headers
    raise BrokenError


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.send_headers(1, broken(*OK)),
        lambda c: c.respond(1, broken(*OK, ("some-name", "v")), b"content"),
        lambda c: c.push(1, broken(*GET)),
    ],
)
def test_an_exception_in_a_header_iterator_changes_nothing(
    call: Callable[[Connection], object],
) -> None:
    peer, other = asked(), asked()
    with pytest.raises(BrokenError):
        call(peer.connection)
    for each in (peer, other):
        assert each.sent() == []
        assert each.connection.push(1, GET) == 2
        each.connection.respond(1, [*OK, ("some-name", "v")], b"content")
        each.connection.respond(2, [*OK, ("some-name", "v")], b"pushed")
    assert peer.sent() == other.sent()
    client = server_of()
    with pytest.raises(BrokenError):
        client.connection.request(broken(*GET))
    assert client.connection.request(GET) == 1


def test_a_header_iterator_that_uses_the_connection_is_harmless() -> None:
    peer, other = server_of(), server_of()

    def headers() -> Iterator[tuple[str, str]]:
        for field in GET:
            peer.connection.ping(b"12345678")
            yield field
        peer.connection.request(GET)
        peer.connection.receive(settings((MAX_CONCURRENT_STREAMS, 9)))

    assert peer.connection.request(headers()) == 3
    for _ in GET:
        other.connection.ping(b"12345678")
    other.connection.request(GET)
    other.connection.receive(settings((MAX_CONCURRENT_STREAMS, 9)))
    other.connection.request(GET)
    assert peer.sent() == other.sent()


@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="from CPython 3.12 on, no finalizers run in the middle of an extension's call",
)
def test_a_call_out_of_a_running_call_is_refused() -> None:
    """Making events may run the garbage collector, and that anybody's finalizers."""
    peer = client_of(max_concurrent_streams=2000)
    errors: list[Exception] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            try:
                peer.connection.ping(b"12345678")
            except RuntimeError as error:
                errors.append(error)
            if len(errors) < 5:
                Cycle()

    wire = b"".join(peer.headers(2 * i + 1, GET) for i in range(1000))
    threshold = gc.get_threshold()
    gc.collect()
    Cycle()
    gc.set_threshold(10)
    try:
        events_of_all = peer.connection.receive(wire)
    finally:
        gc.set_threshold(*threshold)
    assert len(events_of_all) == 1000
    assert len(errors) == 5
    assert all("re-entrant" in str(error) for error in errors)
    peer.connection.ping(b"12345678")


def test_a_connection_may_move_between_threads() -> None:
    peer = asked()
    thread = threading.Thread(target=lambda: peer.connection.respond(1, OK, b"content"))
    thread.start()
    thread.join()
    assert [frame.type for frame in peer.sent()] == [HEADERS, DATA]


# ---------------------------------------------------------------------- settings and draining


def test_peer_settings_begin_with_the_defaults() -> None:
    connection = Connection()
    assert connection.peer_setting("max_frame_size") == 16384
    assert connection.peer_setting("initial_window_size") == 65535
    assert connection.peer_setting("header_table_size") == 4096
    assert connection.peer_setting("enable_push") == 1
    peer = Peer(connection, client=True, own_settings=[(5, 20000), (2, 0)])
    assert peer.connection.peer_setting("max_frame_size") == 20000
    assert peer.connection.peer_setting("enable_push") == 0


def test_settings_that_nobody_acknowledges_are_bounded() -> None:
    peer = client_of()
    for i in range(32):
        peer.connection.update_settings(max_concurrent_streams=i)
    with pytest.raises(LocalProtocolError, match="acknowledged"):
        peer.connection.update_settings(max_concurrent_streams=32)
    sent = len(peer.sent())
    assert sent == 32
    peer.accepts(SETTINGS_ACK * sent)
    peer.connection.update_settings(max_concurrent_streams=5)


def test_counts_of_streams_and_draining() -> None:
    client, server = pair(max_concurrent_streams=10)
    assert [client.request(GET), client.request(POST, end_stream=False)] == [1, 3]
    server.receive(client.output())
    assert (client.open_outbound_streams, client.open_inbound_streams) == (2, 0)
    assert (server.open_outbound_streams, server.open_inbound_streams) == (0, 2)
    server.go_away()
    assert server.draining
    assert not server.closed
    client.receive(server.output())
    assert client.draining
    with pytest.raises(LocalProtocolError, match=r"6\.8"):
        client.request(GET)
    server.respond(1, OK, b"content")
    server.respond(3, OK, b"content")
    kinds = [type(event) for event in client.receive(server.output())]
    assert kinds == [ResponseReceived, DataReceived] * 2
    client.send_data(3, b"", end_stream=True)
    server.receive(client.output())
    assert (client.open_outbound_streams, server.open_inbound_streams) == (0, 0)


def test_streams_above_our_goaway_are_closed() -> None:
    client, server = pair(max_concurrent_streams=100)
    ids = [client.request(POST, end_stream=False) for _ in range(50)]
    server.receive(client.output())
    server.go_away(last_stream_id=41)
    assert server.open_inbound_streams == 21
    for stream_id in ids:
        if stream_id > 41:
            with pytest.raises(StreamClosedError):
                server.respond(stream_id, OK)
        else:
            server.respond(stream_id, OK)
    client.send_data(99, b"under way")
    assert server.receive(client.output()) == []
    events = client.receive(server.output())
    answered = [event.stream_id for event in events if isinstance(event, ResponseReceived)]
    assert answered == ids[:21]


def test_streams_above_the_peers_goaway_are_refused_one_by_one() -> None:
    peer = server_of(max_concurrent_streams=100)
    ids = [peer.connection.request(POST, end_stream=False) for _ in range(50)]
    peer.connection.send_data(99, bytes(1000))
    peer.sent()
    event, *resets = peer.accepts(goaway(41))
    assert isinstance(event, GoAwayReceived)
    assert sorted(reset.stream_id for reset in resets if isinstance(reset, StreamReset)) == [
        stream_id for stream_id in ids if stream_id > 41
    ]
    assert {(r.error_code, r.remote) for r in resets if isinstance(r, StreamReset)} == {
        (REFUSED_STREAM, True)
    }
    assert peer.connection.open_outbound_streams == 21
    with pytest.raises(StreamClosedError):
        peer.connection.send_data(43, b"x")
    peer.connection.send_data(41, b"x")


def test_too_many_streams_is_an_error_of_its_own() -> None:
    peer = server_of(own_settings=[(MAX_CONCURRENT_STREAMS, 0)])
    with pytest.raises(TooManyStreamsError) as caught:
        peer.connection.request(GET)
    assert isinstance(caught.value, LocalProtocolError)


def test_nothing_happens_on_no_octets() -> None:
    for connection in (Connection(), Connection(client=True)):
        connection.output()
        assert connection.receive(b"") == []
        assert connection.output() == b""
        assert connection.output_buffers() == []


def test_any_buffer_is_received() -> None:
    for kind in KINDS:
        peer = client_of()
        [event] = peer.connection.receive(kind(octets(0x42, 0, 0, b"payload")))
        assert isinstance(event, UnknownFrameReceived)


def test_without_validation_fields_are_taken_and_sent_as_they_are() -> None:
    peer = client_of(validate=False)
    fields = [("Upper", "x"), *GET, ("connection", "close")]
    [event] = peer.accepts(peer.headers(1, fields))
    assert isinstance(event, RequestReceived)
    assert event.headers[0] == (b"Upper", b"x")
    peer.connection.respond(1, [("Name", " x")])
    [frame] = peer.sent()
    assert peer.decode(frame) == [("Name", " x")]


def test_strict_mode_refuses_more() -> None:
    fields = [*GET[:3], (":path", "/a b")]
    client_of().accepts(*[client_of().headers(1, fields)])
    peer = client_of(strict=True)
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, fields))
    client = server_of(strict=True)
    with pytest.raises(LocalProtocolError, match=":path"):
        client.connection.request(fields)


def test_reset_says_cancel_unless_told_otherwise() -> None:
    peer = asked()
    peer.connection.reset(1)
    [frame] = peer.sent()
    assert frame.number == CANCEL


def test_an_acknowledgement_is_in_the_output_behind_what_was_sent_before() -> None:
    peer = client_of()
    peer.connection.ping(b"12345678")
    [event] = peer.connection.receive(settings())
    assert isinstance(event, SettingsReceived)
    assert [(f.type, f.flags) for f in peer.sent()] == [(PING, 0), (SETTINGS, ACK)]


def test_altsvc_parts() -> None:
    client, server = pair()
    server.send_altsvc(0, b"https://a.example", b"clear")
    [event] = client.receive(server.output())
    assert isinstance(event, AltSvcReceived)
    assert (event.origin, event.field_value) == (b"https://a.example", b"clear")


# ------------------------------------------------------------------------------------- views


def test_views_are_of_what_was_received() -> None:
    client, server = Connection(client=True), Connection(views=True)
    stream = client.request(POST, end_stream=False)
    client.send_data(stream, b"content")
    octets = client.output()
    [event] = [e for e in server.receive(octets) if isinstance(e, DataReceived)]
    assert event.view.obj is octets
    assert bytes(event.view) == event.data == b"content"
    assert event.view.obj is event.data  # a copy, once it was asked for


@pytest.mark.parametrize("views", [False, True])
def test_content_that_is_cut_or_may_change_is_copied(views: bool) -> None:
    client, server = Connection(client=True), Connection(views=views)
    stream = client.request(POST, end_stream=False)
    client.send_data(stream, b"content")
    octets = client.output()
    events = server.receive(bytearray(octets[:-3])) + server.receive(octets[-3:])
    client.send_data(stream, b"more")
    changing = bytearray(client.output())
    events += server.receive(changing)
    changing[:] = bytes(len(changing))
    assert [bytes(e.view) for e in events if isinstance(e, DataReceived)] == [b"content", b"more"]


def test_origins_are_sent() -> None:
    client, server = Connection(client=True), Connection()
    server.send_origin(["https://a.example", b"https://b.example"])
    [event] = [e for e in client.receive(server.output()) if isinstance(e, OriginReceived)]
    assert event.origins == [b"https://a.example", b"https://b.example"]
    with pytest.raises(LocalProtocolError, match="only a server"):
        client.send_origin([])
    with pytest.raises(ValueError, match="65535"):
        server.send_origin([b"x" * 65536])
    with pytest.raises(LocalProtocolError, match="larger than the peer takes"):
        server.send_origin([b"x" * 20000])
    assert server.output() == b""
