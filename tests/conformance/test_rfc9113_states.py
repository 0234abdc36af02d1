"""RFC 9113 section 5.1: each frame in each state of a stream, both roles, and what may be sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError, StreamClosedError
from tests.octets import HEADERS, RST_STREAM
from tests.peers import (
    CANCEL,
    GET,
    OK,
    POST,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    TRAILERS,
    Peer,
    client_of,
    continuation,
    data,
    priority,
    rst_stream,
    server_of,
    window_update,
)

# ---------------------------------------------------------------------------- states
# Each gives a peer of the connection that is tested, and a stream in that state as seen from the
# connection.


def server_idle() -> tuple[Peer, int]:
    return client_of(), 1


def server_open() -> tuple[Peer, int]:
    peer = client_of()
    peer.accepts(peer.headers(1, POST))
    return peer, 1


def server_half_closed_remote() -> tuple[Peer, int]:
    peer = client_of()
    peer.accepts(peer.headers(1, GET, end_stream=True))
    return peer, 1


def server_half_closed_local() -> tuple[Peer, int]:
    peer, stream_id = server_open()
    peer.connection.respond(stream_id, OK)
    peer.sent()
    return peer, stream_id


def server_reserved_local() -> tuple[Peer, int]:
    peer, stream_id = server_open()
    promised = peer.connection.push(stream_id, GET)
    peer.sent()
    return peer, promised


def server_closed_by_end() -> tuple[Peer, int]:
    peer, stream_id = server_half_closed_remote()
    peer.connection.respond(stream_id, OK)
    peer.sent()
    return peer, stream_id


def server_closed_by_our_reset() -> tuple[Peer, int]:
    peer, stream_id = server_open()
    peer.connection.reset(stream_id)
    peer.sent()
    return peer, stream_id


def server_closed_by_peers_reset() -> tuple[Peer, int]:
    peer, stream_id = server_open()
    peer.accepts(rst_stream(stream_id))
    return peer, stream_id


def server_closed_unused() -> tuple[Peer, int]:
    """Section 5.1.1: stream 1 is closed by the use of stream 3."""
    peer = client_of()
    peer.accepts(peer.headers(3, POST))
    return peer, 1


def client_idle() -> tuple[Peer, int]:
    return server_of(enable_push=1), 1


def client_idle_promised() -> tuple[Peer, int]:
    return server_of(enable_push=1), 2


def client_open() -> tuple[Peer, int]:
    peer = server_of(enable_push=1)
    stream_id = peer.connection.request(POST, end_stream=False)
    peer.sent()
    peer.accepts(peer.headers(stream_id, OK))
    return peer, stream_id


def client_half_closed_local() -> tuple[Peer, int]:
    peer, stream_id = client_open()
    peer.connection.send_data(stream_id, b"", end_stream=True)
    peer.sent()
    return peer, stream_id


def client_half_closed_remote() -> tuple[Peer, int]:
    peer, stream_id = client_open()
    peer.accepts(data(stream_id, end_stream=True))
    return peer, stream_id


def client_reserved_remote() -> tuple[Peer, int]:
    peer, stream_id = client_open()
    peer.accepts(peer.promise(stream_id, 2))
    return peer, 2


def client_closed_by_end() -> tuple[Peer, int]:
    peer, stream_id = client_half_closed_local()
    peer.accepts(data(stream_id, end_stream=True))
    return peer, stream_id


def client_closed_by_our_reset() -> tuple[Peer, int]:
    peer, stream_id = client_open()
    peer.connection.reset(stream_id)
    peer.sent()
    return peer, stream_id


def client_closed_by_peers_reset() -> tuple[Peer, int]:
    peer, stream_id = client_open()
    peer.accepts(rst_stream(stream_id))
    return peer, stream_id


# ---------------------------------------------------------------------------- frames

FRAMES: dict[str, Callable[[Peer, int], bytes]] = {
    "DATA": lambda peer, stream_id: data(stream_id, b"content"),
    "PRIORITY": lambda peer, stream_id: priority(stream_id),
    "RST_STREAM": lambda peer, stream_id: rst_stream(stream_id),
    "PUSH_PROMISE": lambda peer, stream_id: peer.promise(stream_id, 4),
    "WINDOW_UPDATE": lambda peer, stream_id: window_update(stream_id),
    "CONTINUATION": lambda peer, stream_id: continuation(stream_id, b""),
}


def a_message(peer: Peer, stream_id: int) -> bytes:
    return peer.headers(stream_id, GET if peer.client else OK, end_stream=True)


def trailers(peer: Peer, stream_id: int) -> bytes:
    return peer.headers(stream_id, TRAILERS, end_stream=True)


FINE, IGNORED, CONNECTION_ERROR = "fine", "ignored", "connection error"
STREAM_ERROR, REFUSED_PROMISE = "stream error", "refused promise"
CLOSED_ERROR = "connection error STREAM_CLOSED"

# In the order of the columns: DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, WINDOW_UPDATE,
# CONTINUATION.
COLUMNS = ("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "PUSH_PROMISE", "WINDOW_UPDATE")
E = CONNECTION_ERROR
RULES = {
    server_idle: (E, FINE, FINE, E, E, E),
    server_open: (FINE, FINE, FINE, FINE, E, FINE),
    server_half_closed_local: (FINE, FINE, FINE, FINE, E, FINE),
    server_half_closed_remote: (STREAM_ERROR, STREAM_ERROR, FINE, FINE, E, FINE),
    server_reserved_local: (E, E, FINE, FINE, E, FINE),
    server_closed_by_end: (CLOSED_ERROR, CLOSED_ERROR, FINE, IGNORED, E, IGNORED),
    server_closed_by_our_reset: (IGNORED, IGNORED, FINE, IGNORED, E, IGNORED),
    server_closed_by_peers_reset: (STREAM_ERROR, STREAM_ERROR, FINE, IGNORED, E, IGNORED),
    server_closed_unused: (CLOSED_ERROR, E, FINE, IGNORED, E, IGNORED),
    client_idle: (E, E, FINE, E, E, E),
    client_idle_promised: (E, E, FINE, E, E, E),
    client_open: (FINE, FINE, FINE, FINE, FINE, FINE),
    client_half_closed_local: (FINE, FINE, FINE, FINE, FINE, FINE),
    client_half_closed_remote: (STREAM_ERROR, STREAM_ERROR, FINE, FINE, E, FINE),
    client_reserved_remote: (E, FINE, FINE, FINE, E, E),
    client_closed_by_end: (CLOSED_ERROR, CLOSED_ERROR, FINE, IGNORED, E, IGNORED),
    client_closed_by_our_reset: (IGNORED, IGNORED, FINE, IGNORED, REFUSED_PROMISE, IGNORED),
    client_closed_by_peers_reset: (STREAM_ERROR, STREAM_ERROR, FINE, IGNORED, E, IGNORED),
}
NO_MESSAGE_YET = (
    server_idle,
    server_reserved_local,
    server_closed_unused,
    client_idle,
    client_idle_promised,
    client_reserved_remote,
)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("state", RULES, ids=lambda state: str(state.__name__))
def test_frame_in_state(state: Callable[[], tuple[Peer, int]], name: str) -> None:
    peer, stream_id = state()
    rule = RULES[state][COLUMNS.index(name)]
    if name == "HEADERS":
        frame = (a_message if state in NO_MESSAGE_YET else trailers)(peer, stream_id)
    else:
        frame = FRAMES[name](peer, stream_id)
    if rule == FINE:
        [event] = peer.accepts(frame)
        assert event.stream_id == stream_id  # type: ignore[union-attr]
    elif rule == IGNORED:
        assert peer.accepts(frame) == []
    elif rule == STREAM_ERROR:
        events = peer.resets(stream_id, STREAM_CLOSED, frame)
        gone = "closed" in state.__name__.split("half_closed")[0]
        assert [type(event) for event in events] == ([] if gone else [StreamReset])
    elif rule == REFUSED_PROMISE:
        assert peer.resets(4, REFUSED_STREAM, frame) == []
    else:
        code = STREAM_CLOSED if rule == CLOSED_ERROR else PROTOCOL_ERROR
        error = peer.fails(code, frame)
        assert error.events == []


@pytest.mark.parametrize("state", RULES, ids=lambda state: str(state.__name__))
def test_continuation_of_nothing_is_a_connection_error_in_every_state(
    state: Callable[[], tuple[Peer, int]],
) -> None:
    peer, stream_id = state()
    peer.fails(PROTOCOL_ERROR, FRAMES["CONTINUATION"](peer, stream_id))


def test_idle_becomes_open_with_headers() -> None:
    peer, _ = server_idle()
    [event] = peer.accepts(peer.headers(1, POST))
    assert isinstance(event, RequestReceived)
    assert not event.stream_ended
    assert peer.connection.open_inbound_streams == 1
    [event] = peer.accepts(data(1, b"x"))
    assert isinstance(event, DataReceived)


def test_headers_that_end_the_stream_make_it_half_closed_remote() -> None:
    peer, _ = server_half_closed_remote()
    peer.connection.send_headers(1, OK)  # it may still be sent on
    assert [frame.type for frame in peer.sent()] == [HEADERS]
    peer.resets(1, STREAM_CLOSED, data(1, b"x"))


def test_end_of_both_sides_closes_a_stream() -> None:
    peer, stream_id = server_half_closed_local()
    assert peer.connection.open_inbound_streams == 1
    [event] = peer.accepts(data(stream_id, end_stream=True))
    assert isinstance(event, DataReceived)
    assert event.stream_ended
    assert peer.connection.open_inbound_streams == 0


def test_reserved_remote_becomes_half_closed_local_with_headers() -> None:
    peer, promised = client_reserved_remote()
    [event] = peer.accepts(peer.headers(promised, OK))
    assert isinstance(event, ResponseReceived)
    with pytest.raises(StreamClosedError):
        peer.connection.send_data(promised, b"x")
    assert peer.sent() == []
    [event] = peer.accepts(data(promised, b"x", end_stream=True))
    assert isinstance(event, DataReceived)


def test_reserved_local_becomes_half_closed_remote_with_headers() -> None:
    peer, promised = server_reserved_local()
    peer.connection.respond(promised, OK, end_stream=False)
    assert [frame.type for frame in peer.sent()] == [HEADERS]
    peer.resets(promised, STREAM_CLOSED, data(promised, b"x"))


def test_data_on_a_stream_we_reset_counts_for_the_connection() -> None:
    """It is counted, or the two sides would disagree about the window."""
    peer, stream_id = server_closed_by_our_reset()
    content = bytes(16384)
    peer.connection.receive(data(stream_id, content) * 2)
    updates = [(frame.stream_id, frame.number) for frame in peer.sent()]
    assert updates == [(0, 2 * 16384)]


def test_headers_on_a_stream_we_reset_change_the_header_table() -> None:
    peer, stream_id = server_closed_by_our_reset()
    assert peer.accepts(peer.headers(stream_id, [("new-name", "new-value")], True)) == []
    fields = [*GET, ("new-name", "new-value")]
    [event] = peer.accepts(peer.headers(3, fields))
    assert isinstance(event, RequestReceived)
    assert event.headers[-1] == (b"new-name", b"new-value")


def test_promise_on_a_stream_we_reset_is_refused_and_changes_the_header_table() -> None:
    peer, stream_id = client_closed_by_our_reset()
    fields = [*GET, ("new-name", "new-value")]
    peer.resets(2, REFUSED_STREAM, peer.promise(stream_id, 2, fields))
    other = peer.connection.request(GET)
    peer.sent()
    [event] = peer.accepts(peer.promise(other, 4, fields))
    assert isinstance(event, PushReceived)
    assert event.headers[-1] == (b"new-name", b"new-value")


# -------------------------------------------------------------------- what may be sent

Call = Callable[[Connection, int], object]
CALLS: dict[str, Call] = {
    "headers": lambda connection, stream_id: connection.send_headers(stream_id, TRAILERS, True),
    "data": lambda connection, stream_id: connection.send_data(stream_id, b"content"),
    "end": lambda connection, stream_id: connection.send_data(stream_id, b"", True),
    "reset": lambda connection, stream_id: connection.reset(stream_id, CANCEL),
    "window": lambda connection, stream_id: connection.open_window(stream_id, 1),
    "altsvc": lambda connection, stream_id: connection.send_altsvc(stream_id, b"", b"clear"),
}
MAY_SEND = {
    server_idle: "",
    server_reserved_local: "reset",
    server_open: "data end reset window altsvc",
    server_half_closed_remote: "data end reset window altsvc",
    server_half_closed_local: "reset window",
    server_closed_by_end: "",
    server_closed_by_our_reset: "",
    server_closed_by_peers_reset: "",
    client_open: "headers data end reset window",
    client_half_closed_local: "reset window",
    client_half_closed_remote: "headers data end reset window",
    client_reserved_remote: "reset window",
    client_closed_by_end: "",
    client_closed_by_our_reset: "",
    client_closed_by_peers_reset: "",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("state", MAY_SEND, ids=lambda state: str(state.__name__))
def test_sending_in_state(state: Callable[[], tuple[Peer, int]], call: str) -> None:
    peer, stream_id = state()
    if state in (server_open, server_half_closed_remote) and call in ("data", "end"):
        peer.connection.send_headers(stream_id, OK)  # section 8.1: they come first
        peer.sent()
    if call in MAY_SEND[state].split():
        CALLS[call](peer.connection, stream_id)
        assert [frame.stream_id for frame in peer.sent()] == [stream_id]
    else:
        with pytest.raises(LocalProtocolError):
            CALLS[call](peer.connection, stream_id)
        assert peer.sent() == []


@pytest.mark.parametrize("state", [server_closed_by_end, server_closed_by_peers_reset])
def test_a_closed_stream_says_that_it_is_closed(state: Callable[[], tuple[Peer, int]]) -> None:
    peer, stream_id = state()
    with pytest.raises(StreamClosedError) as caught:
        peer.connection.send_data(stream_id, b"x")
    assert caught.value.stream_id == stream_id
    assert caught.value.error_code == STREAM_CLOSED


def test_no_reset_answers_a_reset() -> None:
    """Section 5.4.2: MUST NOT, against loops."""
    for state in (server_open, server_closed_by_our_reset, server_closed_by_peers_reset):
        peer, stream_id = state()
        peer.connection.receive(rst_stream(stream_id))
        assert RST_STREAM not in [frame.type for frame in peer.sent()]


def test_trailers_end_the_stream_of_either_side() -> None:
    for state in (server_open, client_half_closed_local):
        peer, stream_id = state()
        [event] = peer.accepts(trailers(peer, stream_id))
        assert isinstance(event, TrailersReceived)
        assert event.headers == [(b"checksum", b"abc")]
