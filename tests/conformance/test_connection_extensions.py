"""What RFC 7838 (ALTSVC), RFC 8336 (ORIGIN) and RFC 9218 (priorities) demand of a connection."""

from __future__ import annotations

import pytest

from h2fast import Connection
from h2fast.events import AltSvcReceived, OriginReceived, PriorityUpdateReceived
from h2fast.exceptions import LocalProtocolError
from tests.octets import ALTSVC, ORIGIN, PRIORITY_UPDATE, octets
from tests.peers import (
    FRAME_SIZE_ERROR,
    GET,
    NO_RFC7540_PRIORITIES,
    OK,
    PROTOCOL_ERROR,
    client_of,
    server_of,
    settings,
)

VALUE = b'h2="alt.example:443"'


def altsvc(stream_id: int, origin: bytes, value: bytes = VALUE) -> bytes:
    return octets(ALTSVC, 0, stream_id, len(origin).to_bytes(2, "big") + origin + value)


def origin_frame(*origins: bytes, stream_id: int = 0, flags: int = 0) -> bytes:
    payload = b"".join(len(each).to_bytes(2, "big") + each for each in origins)
    return octets(ORIGIN, flags, stream_id, payload)


def priority_update(prioritized: int, value: bytes = b"u=1", stream_id: int = 0) -> bytes:
    return octets(PRIORITY_UPDATE, 0, stream_id, prioritized.to_bytes(4, "big") + value)


# ------------------------------------------------------------------------ RFC 7838 section 4


def test_altsvc_on_stream_0_has_an_origin() -> None:
    peer = server_of()
    [event] = peer.accepts(altsvc(0, b"https://a.example"))
    assert isinstance(event, AltSvcReceived)
    parts = (event.stream_id, event.origin, event.field_value)
    assert parts == (0, b"https://a.example", VALUE)
    assert peer.accepts(altsvc(0, b"")) == []


def test_altsvc_on_a_stream_has_none() -> None:
    peer = server_of()
    stream_id = peer.connection.request(GET)
    [event] = peer.accepts(altsvc(stream_id, b""))
    assert isinstance(event, AltSvcReceived)
    assert (event.stream_id, event.origin, event.field_value) == (stream_id, b"", VALUE)
    assert peer.accepts(altsvc(stream_id, b"https://a.example")) == []


def test_altsvc_is_ignored_by_a_server() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET))
    assert peer.accepts(altsvc(0, b"https://a.example"), altsvc(1, b"")) == []
    for payload in b"", b"x", b"\0\5four":
        assert peer.accepts(octets(ALTSVC, 0, 0, payload)) == []


def test_altsvc_is_sent_by_a_server_only() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET))
    peer.connection.send_altsvc(0, b"https://a.example", VALUE)
    peer.connection.send_altsvc(1, b"", VALUE)
    frames = peer.sent()
    assert b"".join(octets(*frame) for frame in frames) == altsvc(0, b"https://a.example") + altsvc(
        1, b""
    )
    for stream_id, origin in ((0, b""), (1, b"https://a.example")):
        with pytest.raises(LocalProtocolError):
            peer.connection.send_altsvc(stream_id, origin, VALUE)
    with pytest.raises(LocalProtocolError):
        server_of().connection.send_altsvc(0, b"https://a.example", VALUE)
    assert peer.sent() == []


# ---------------------------------------------------------------------------------- RFC 8336


def test_origin_is_delivered() -> None:
    peer = server_of()
    [event] = peer.accepts(origin_frame(b"https://a.example", b"https://b.example:8443"))
    assert isinstance(event, OriginReceived)
    assert event.origins == [b"https://a.example", b"https://b.example:8443"]
    [event] = peer.accepts(origin_frame())
    assert isinstance(event, OriginReceived)
    assert event.origins == []


def test_origin_2_1_is_ignored_on_another_stream_and_by_a_server() -> None:
    peer = server_of()
    stream_id = peer.connection.request(GET)
    assert peer.accepts(origin_frame(b"https://a.example", stream_id=stream_id)) == []
    assert client_of().accepts(origin_frame(b"https://a.example")) == []


@pytest.mark.parametrize("flags", [1, 2, 4, 8])
def test_origin_2_2_with_a_flag_that_changes_what_it_means_is_ignored(flags: int) -> None:
    assert server_of().accepts(origin_frame(b"https://a.example", flags=flags)) == []
    [event] = server_of().accepts(origin_frame(b"https://a.example", flags=0x10))
    assert isinstance(event, OriginReceived)


def test_origin_entries_that_are_cut_off_are_ignored() -> None:
    peer = server_of()
    frame = octets(ORIGIN, 0, 0, b"\0\2ab\0\5abc")
    [event] = peer.accepts(frame)
    assert isinstance(event, OriginReceived)
    assert event.origins == [b"ab"]


# ---------------------------------------------------------------------------------- RFC 9218


def test_priority_update_is_delivered() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET))
    for prioritized in (1, 5):  # also before its request
        [event] = peer.accepts(priority_update(prioritized, b"u=2, i"))
        assert isinstance(event, PriorityUpdateReceived)
        assert (event.prioritized_stream_id, event.field_value) == (prioritized, b"u=2, i")


def test_priority_update_is_sent_by_a_client_only() -> None:
    peer = server_of()
    stream_id = peer.connection.request(GET)
    peer.sent()
    peer.connection.update_priority(stream_id, b"u=2")
    [frame] = peer.sent()
    assert frame == (PRIORITY_UPDATE, 0, 0, b"\0\0\0\1u=2")
    for wrong in (0, 2, 2**31):
        with pytest.raises(LocalProtocolError):
            peer.connection.update_priority(wrong, b"u=2")
    with pytest.raises(LocalProtocolError):
        client_of().connection.update_priority(1, b"u=2")
    assert peer.sent() == []


def test_7_1_priority_update_from_a_server_is_a_connection_error() -> None:
    peer = server_of()
    peer.connection.request(GET)
    peer.fails(PROTOCOL_ERROR, priority_update(1))


def test_7_1_priority_update_on_a_stream_or_of_stream_0_is_a_connection_error() -> None:
    client_of().fails(PROTOCOL_ERROR, priority_update(1, stream_id=1))
    client_of().fails(PROTOCOL_ERROR, priority_update(0))
    client_of().fails(FRAME_SIZE_ERROR, octets(PRIORITY_UPDATE, 0, 0, b"\0\0\0"))


def test_7_1_priority_update_of_an_idle_push_is_a_connection_error() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET))
    assert peer.connection.push(1, GET) == 2
    [event] = peer.accepts(priority_update(2))
    assert isinstance(event, PriorityUpdateReceived)
    peer.fails(PROTOCOL_ERROR, priority_update(4))


def test_7_1_no_more_idle_streams_are_prioritized_than_may_be_open() -> None:
    """Those that are open count with those that are idle."""
    peer = client_of(max_concurrent_streams=3)
    peer.accepts(peer.headers(1, GET))
    peer.accepts(priority_update(3), priority_update(5), priority_update(3), priority_update(1))
    peer.accepts(peer.headers(3, GET))  # idle no more, and open: it counts all the same
    peer.fails(PROTOCOL_ERROR, priority_update(7))


def test_7_1_a_client_sends_no_priorities_of_more_streams_than_it_may_open() -> None:
    client, server = Connection(client=True), Connection(max_concurrent_streams=2)
    client.receive(server.output())
    for stream_id in (5, 1, 5):
        client.update_priority(stream_id, b"u=1")
    with pytest.raises(LocalProtocolError, match="more idle streams"):
        client.update_priority(3, b"u=1")
    server.receive(client.output())


def test_a_refused_priority_update_leaves_no_trace() -> None:
    """Whoever says no priorities has its streams share."""
    client, server = Connection(client=True), Connection(max_concurrent_streams=1)
    client.receive(server.output())
    stream_id = client.request(GET, end_stream=False)
    with pytest.raises(LocalProtocolError, match="more idle streams"):
        client.update_priority(3, b"u=1")
    server.receive(client.output())
    client.reset(stream_id)
    server.receive(client.output())
    client.receive(server.output())
    assert client.priority(client.request(GET, end_stream=False)) == (3, True)


def test_2_1_the_setting_against_old_priorities_does_not_change() -> None:
    """RFC 9218 section 2.1: a sender must not; a receiver may treat it as an error."""
    peer = client_of(no_rfc7540_priorities=1)
    with pytest.raises(LocalProtocolError):
        peer.connection.update_settings(no_rfc7540_priorities=0)
    assert peer.sent() == []
    peer.connection.update_settings(no_rfc7540_priorities=1)
    other = client_of(own_settings=[(NO_RFC7540_PRIORITIES, 1)])
    other.accepts(settings((NO_RFC7540_PRIORITIES, 1)))


def test_a_response_may_follow_any_of_them() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, GET), priority_update(1))
    peer.connection.respond(1, OK)
    assert len(peer.sent()) == 1
