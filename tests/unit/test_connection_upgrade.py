"""Connections that began as HTTP/1.1 (RFC 7540 section 3.2)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from h2fast import Connection
from h2fast.events import DataReceived, ResponseReceived, StreamReset
from h2fast.exceptions import LocalProtocolError
from tests.peers import GET, OK


def upgraded(**settings: Any) -> tuple[Connection, Connection]:
    client, server = Connection(client=True, **settings), Connection()
    server.upgrade(client.upgrade())
    return client, server


def test_the_request_is_stream_1_and_is_answered() -> None:
    client, server = upgraded()
    server.respond(1, OK, b"content")
    server.receive(client.output())
    events = client.receive(server.output())
    kinds = [type(event) for event in events]
    assert kinds.index(ResponseReceived) + 1 == kinds.index(DataReceived)
    assert client.open_outbound_streams == server.open_inbound_streams == 0
    assert client.request(GET) == 3


def test_settings_in_the_field_are_in_force_at_once() -> None:
    _, server = upgraded(initial_window_size=10, max_concurrent_streams=7)
    assert server.peer_setting("initial_window_size") == 10
    assert server.peer_setting("max_concurrent_streams") == 7
    server.respond(1, OK, bytes(100))
    assert server.queued(1) == 100
    server.output()
    assert server.queued(1) == 90


def test_the_field_is_what_the_first_settings_say() -> None:
    client = Connection(client=True, max_frame_size=20000)
    value = client.upgrade()
    assert value is not None
    payload = base64.urlsafe_b64decode(value + b"=" * (-len(value) % 4))
    assert b"\x00\x05\x00\x00\x4e\x20" in payload
    assert payload in client.output()


@pytest.mark.parametrize(
    "value",
    [
        b"AAA",
        b"AAMAAABkAA",
        b"AAX_____",
        base64.urlsafe_b64encode(b"\0\x08\0\0\0\1\0\x08\0\0\0\0"),  # is taken back
    ],
)
def test_settings_that_are_wrong_are_refused(value: bytes) -> None:
    server = Connection()
    with pytest.raises(LocalProtocolError):
        server.upgrade(value)
    assert server.open_inbound_streams == 0
    assert server.peer_setting("enable_connect_protocol") == 0
    server.upgrade(b"")  # nothing has happened


@pytest.mark.parametrize(
    "value", [b"A", b"$$$$", b"AAMA AABk", b"AAMAAABk\n", b"AAM+AABk", b"===="]
)
def test_settings_that_are_not_base64url(value: bytes) -> None:
    with pytest.raises(ValueError, match="base64"):
        Connection().upgrade(value)


@pytest.mark.parametrize("client", [False, True])
def test_a_connection_that_is_not_new_is_not_upgraded(client: bool) -> None:
    connection = Connection(client)
    value: Any = None if client else b""
    connection.upgrade(value)
    with pytest.raises(LocalProtocolError):
        connection.upgrade(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_frame_size", 65536), ("header_table_size", 8192), ("initial_window_size", 100000)],
)
def test_what_a_client_allows_in_its_request_is_allowed_at_once(name: str, value: int) -> None:
    """RFC 7540 section 3.2.1: the upgrade is its acknowledgement, before that of the SETTINGS."""
    client, server = upgraded(**{name: value}, connection_window=200000)
    response = [*OK, ("long", "x" * 5000), ("long", "x" * 5000)]
    server.receive(client.output())
    server.respond(1, response, bytes(90000))
    acknowledgement = bytes([0, 0, 0, 4, 1, 0, 0, 0, 0])
    octets = b"".join(iter(server.output, b"")).replace(acknowledgement, b"")
    events = client.receive(octets)
    content = b"".join(event.data for event in events if isinstance(event, DataReceived))
    assert len(content) == (90000 if name == "initial_window_size" else 65535)


@pytest.mark.parametrize("in_two", [False, True])
def test_an_upgraded_request_may_have_been_head(in_two: bool) -> None:
    """RFC 9113 section 8.1.1: its response has no content, whatever content-length says."""
    client, server = upgraded()
    server.send_headers(1, [*OK, ("content-length", "100")], end_stream=not in_two)
    if in_two:
        server.send_data(1, b"", end_stream=True)
    server.receive(client.output())
    events = client.receive(server.output())
    kinds = [type(event) for event in events]
    assert ResponseReceived in kinds
    assert StreamReset not in kinds
    assert client.open_outbound_streams == 0


@pytest.mark.parametrize("size", [99, 101])
def test_content_of_an_upgraded_request_is_as_long_as_it_says(size: int) -> None:
    server = Connection(validate=False)
    server.upgrade(b"")
    client = Connection(client=True)
    client.upgrade()
    server.respond(1, [*OK, ("content-length", "100")], bytes(size))
    [reset] = [e for e in client.receive(server.output()) if isinstance(e, StreamReset)]
    assert reset.error_code == 1
