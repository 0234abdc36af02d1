"""Rules of h2's API, and what keeps to them and what does not. Every test runs on h2 as well, and
holds there.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from tests import h2_pairs
from tests.h2_pairs import GET, OK, POST

move: Any = h2_pairs.move  # both packages' connections go through it

ACKNOWLEDGEMENT = b"\0\0\0\4\1\0\0\0\0"  # of SETTINGS

MODULES = (
    "config", "connection", "events", "exceptions", "frame_buffer", "settings", "stream",
    "utilities",
)  # fmt: skip


@pytest.fixture(params=["h2fast.h2", "h2"])
def h2(request: pytest.FixtureRequest) -> Any:
    """The package, by the names of its modules."""
    pytest.importorskip(request.param, reason="h2 is not installed: pip install h2")
    return SimpleNamespace(**{name: import_module(f"{request.param}.{name}") for name in MODULES})


def sides(h2: Any) -> tuple[Any, Any]:
    client, server = (
        h2.connection.H2Connection(h2.config.H2Configuration(client_side=client))
        for client in (True, False)
    )
    return client, server


def connect(h2: Any) -> tuple[Any, Any]:
    client, server = sides(h2)
    client.initiate_connection()
    server.initiate_connection()
    move(client, server)
    return client, server


# --------------------------------------------------------------------------------- upgrade


@pytest.mark.parametrize("is_told", [True, False])
def test_an_upgraded_connection_begins_with_the_response(h2: Any, is_told: bool) -> None:
    client, server = sides(h2)
    client.local_settings.initial_window_size = 12345
    client.local_settings.acknowledge()
    header = client.initiate_upgrade_connection()
    assert server.initiate_upgrade_connection(header if is_told else None) is None
    assert server.remote_settings.initial_window_size == (12345 if is_told else 65535)
    server.send_headers(1, OK, end_stream=True)
    events = move(client, server)
    (response,) = [event for event in events if type(event) is h2.events.ResponseReceived]
    assert response.stream_id == 1
    client.send_headers(3, GET, end_stream=True)
    assert [type(e) for e in move(client, server)].count(h2.events.RequestReceived) == 1


def test_an_upgraded_connection_has_no_request_left_to_send(h2: Any) -> None:
    client, _ = sides(h2)
    client.initiate_upgrade_connection()
    with pytest.raises(h2.exceptions.ProtocolError, match="SEND_DATA in state"):
        client.send_data(1, b"content")


# ------------------------------------------------------------------------------- arguments


def send_with_priority(server: Any) -> None:
    server.send_headers(1, OK, priority_weight=1)


def pad_by_something_else(server: Any) -> None:
    server.send_data(1, b"x", pad_length="1")


def acknowledge_less_than_nothing(server: Any) -> None:
    server.acknowledge_received_data(-1, 1)


def advertise_text(server: Any) -> None:
    server.advertise_alternative_service("h2=:443", stream_id=1)


def advertise_twice(server: Any) -> None:
    server.advertise_alternative_service(b"h2=:443", origin=b"https://a", stream_id=1)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (send_with_priority, "RFC1122Error", "Servers SHOULD NOT prioritize streams"),
        (pad_by_something_else, "TypeError", "pad_length must be an int"),
        (acknowledge_less_than_nothing, "ValueError", "Cannot acknowledge negative data"),
        (advertise_text, "ValueError", "Field must be bytestring"),
        (advertise_twice, "ValueError", "both origin and stream_id"),
    ],
)
def test_what_a_server_may_not_do(
    h2: Any, call: Callable[[Any], None], error: str, words: str
) -> None:
    client, server = connect(h2)
    client.send_headers(1, POST)
    move(client, server)
    with pytest.raises(Exception, match=words) as raised:
        call(server)
    assert type(raised.value).__name__ == error
    assert not [e for e in move(client, server) if e.__class__ is h2.events.ResponseReceived]


# -------------------------------------------------------------------------------- settings


def test_settings_hold_once_the_peer_has_acknowledged_them(h2: Any) -> None:
    client, server = connect(h2)
    codes = h2.settings.SettingCodes
    client.update_settings({codes.MAX_FRAME_SIZE: 20000, codes.HEADER_TABLE_SIZE: 8192})
    assert (client.max_inbound_frame_size, client.decoder.max_allowed_table_size) == (16384, 4096)
    move(client, server)
    assert (client.max_inbound_frame_size, client.decoder.max_allowed_table_size) == (20000, 8192)


def test_a_window_that_its_own_setting_makes_too_large(h2: Any) -> None:
    client, _ = connect(h2)
    client.send_headers(1, GET)
    client.increment_flow_control_window(1000, 1)
    client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 2**31 - 1})
    with pytest.raises(h2.exceptions.FlowControlError):
        client.receive_data(ACKNOWLEDGEMENT)


# ------------------------------------------------------------------------ modules by themselves


@pytest.mark.parametrize(
    ("input_", "attributes", "words"),
    [
        ("SEND_HEADERS", {"client": True}, "Client cannot send responses"),
        ("SEND_PUSH_PROMISE", {"client": True}, "Cannot push streams from client peers"),
        ("RECV_PUSH_PROMISE", {"client": False}, "Cannot receive pushed streams as a server"),
        ("RECV_PUSH_PROMISE", {"client": None}, "Idle streams cannot receive pushes"),
        ("RECV_INFORMATIONAL_HEADERS", {"headers_received": True}, "after final response"),
        ("SEND_ALTERNATIVE_SERVICE", {"headers_sent": True}, "after sending response headers"),
    ],
)
def test_what_is_another_s_or_comes_too_late_on_a_stream(
    h2: Any, input_: str, attributes: dict[str, Any], words: str
) -> None:
    machine = h2.stream.H2StreamStateMachine(1)
    machine.state = h2.stream.StreamState.OPEN
    for name, value in attributes.items():
        setattr(machine, name, value)
    with pytest.raises(h2.exceptions.ProtocolError, match=words):
        machine.process_input(h2.stream.StreamInputs[input_])
    assert machine.state is h2.stream.StreamState.CLOSED


def test_octets_that_are_no_preface(h2: Any) -> None:
    buffer = h2.frame_buffer.FrameBuffer(server=True)
    buffer.add_data(b"PRI * ")
    with pytest.raises(h2.exceptions.ProtocolError, match="Invalid HTTP/2 preamble"):
        buffer.add_data(b"HTTP/1.1\r\n")


AUTHORITY, HOST, PATH = (b":authority", b"a"), (b"host", b"a"), (b":path", b"/")
ASKED = [(b":method", b"GET"), (b":scheme", b"https"), PATH]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([(b":method", b"CONNECT"), AUTHORITY, PATH], "MUST NOT include :scheme"),
        ([*ASKED, AUTHORITY, (b":protocol", b"websocket")], "connect-request-only headers"),
        ([*ASKED, AUTHORITY, (b":status", b"200")], "response-only headers"),
        ([*ASKED, HOST, HOST], "multiple Host headers"),
        ([*ASKED, AUTHORITY, (b"host", b"b")], "mismatched :authority and Host"),
        ([*ASKED[:2], (b":path", b""), AUTHORITY], "empty :path header is forbidden"),
        ([*ASKED, AUTHORITY, (b"a:b", b"c")], "Illegal character ':'"),
    ],
)
def test_requests_against_the_rules(
    h2: Any, headers: list[tuple[bytes, bytes]], words: str
) -> None:
    flags = h2.utilities.HeaderValidationFlags(False, False, False, False)
    with pytest.raises(h2.exceptions.ProtocolError, match=words):
        list(h2.utilities.validate_headers(headers, flags))


def test_a_response_with_fields_of_requests(h2: Any) -> None:
    flags = h2.utilities.HeaderValidationFlags(True, False, True, False)
    with pytest.raises(h2.exceptions.ProtocolError, match="request-only headers"):
        list(h2.utilities.validate_headers([(b":status", b"200"), PATH], flags))
