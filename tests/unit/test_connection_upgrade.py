"""Connections that began as HTTP/1.1 (RFC 7540 section 3.2)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from h2fast import Connection
from h2fast.events import DataReceived, ResponseReceived
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
