"""The differences from h2 on purpose, one by one beside h2 itself (see differences.py)."""

from __future__ import annotations

import copy
import struct
from importlib import import_module
from typing import Any

import pytest

pytest.importorskip("h2", reason="h2 is not installed: pip install h2")

from hpack import Encoder
from hyperframe import frame as frames

from tests.differential.h2_walk import GET, OURS, POST, PREFACE, THEIRS

PACKAGES = pytest.mark.parametrize("package", [THEIRS, OURS], ids=["h2", "h2fast"])


def server(package: Any, **options: Any) -> Any:
    connection = package.connection.H2Connection(
        package.config.H2Configuration(client_side=False, **options)
    )
    connection.initiate_connection()
    connection.receive_data(PREFACE)
    connection.data_to_send()
    return connection


def client(package: Any) -> Any:
    connection = package.connection.H2Connection()
    connection.initiate_connection()
    connection.data_to_send()
    return connection


def headers(stream_id: int, fields: Any, *flags: str, encoder: Encoder | None = None) -> bytes:
    block = (encoder or Encoder()).encode(fields)
    frame = frames.HeadersFrame(stream_id, block, flags=["END_HEADERS", *flags])
    return frame.serialize()


@PACKAGES
def test_refused_headers(package: Any) -> None:
    connection = client(package)
    with pytest.raises(package.exceptions.ProtocolError):
        connection.send_headers(1, [*GET, ("x-one", "1"), ("te", "gzip")])
    entries = [name for name, _ in connection.encoder.header_table.dynamic_entries]
    assert (b"x-one" in entries) == (package is THEIRS)


@PACKAGES
def test_frame_on_header(package: Any) -> None:
    connection = server(package)
    header = (16385).to_bytes(3, "big") + bytes([0, 0]) + (1).to_bytes(4, "big")
    if package is THEIRS:
        assert connection.receive_data(header) == []
        return
    with pytest.raises(package.exceptions.FrameTooLargeError, match="16385, max 16384"):
        connection.receive_data(header)
    # What speaks no HTTP/2 is a frame of an unknown type, of 5,726,569 octets.
    connection = client(package)
    noise = b"Wait, this isn't valid HTTP!".ljust(16384 + 9)
    assert connection.receive_data(noise) == []
    with pytest.raises(package.exceptions.FrameTooLargeError):
        connection.receive_data(b"x")


@PACKAGES
def test_one_goaway(package: Any) -> None:
    connection = server(package)
    goaways = []
    for _ in range(3):
        with pytest.raises(package.exceptions.ProtocolError, match="non-compliant"):
            connection.receive_data(bytes([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
        goaways.append(len(connection.data_to_send()) // 17)
    assert goaways == ([1, 1, 1] if package is THEIRS else [1, 0, 0])


@PACKAGES
def test_reset_of_idle(package: Any) -> None:
    connection = server(package)
    connection.receive_data(headers(1, GET))
    reset = frames.RstStreamFrame(5).serialize()
    if package is THEIRS:
        assert connection.receive_data(reset) == []
        return
    with pytest.raises(package.exceptions.ProtocolError, match="stream 5, which is idle"):
        connection.receive_data(reset)


@PACKAGES
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_undecodable_text(package: Any, encoding: str) -> None:
    connection = server(package, header_encoding=encoding)
    error = UnicodeDecodeError if package is THEIRS else package.exceptions.ProtocolError
    with pytest.raises(error) as raised:
        connection.receive_data(headers(1, [*GET, (b"a", b"\xff")]))
    state = connection.state_machine.state.name
    if package is THEIRS:
        assert state == "SERVER_OPEN"
    else:
        assert state == "CLOSED"
        assert isinstance(raised.value.__cause__, UnicodeDecodeError)


@PACKAGES
def test_windows_at_once(package: Any) -> None:
    connection = client(package)
    for stream_id in (1, 3):
        connection.send_headers(stream_id, POST)
    update = frames.WindowUpdateFrame(3, window_increment=2**31 - 1 - 65535)
    connection.receive_data(update.serialize())
    with pytest.raises(package.exceptions.FlowControlError):
        connection.receive_data(frames.SettingsFrame(0, {4: 65536}).serialize())
    window = connection.streams[1].outbound_flow_control_window
    assert window == (65536 if package is THEIRS else 65535)


@PACKAGES
def test_limits(package: Any) -> None:
    connection = server(package)
    ping = frames.PingFrame(0, opaque_data=b"12345678").serialize()
    connection.receive_data(ping * 1000)
    if package is THEIRS:
        connection.receive_data(ping)
        return
    with pytest.raises(package.exceptions.LimitExceededError) as raised:
        connection.receive_data(ping)
    assert raised.value.limit == "max_unsent_answers"
    assert raised.value.error_code == package.errors.ErrorCodes.ENHANCE_YOUR_CALM


@PACKAGES
def test_unknown_settings(package: Any) -> None:
    connection = server(package)
    for first in range(100, 1000, 30):
        payload = b"".join(struct.pack(">HL", code, 1) for code in range(first, first + 30))
        (event,) = connection.receive_data(struct.pack(">HBBBL", 0, 180, 4, 0, 0) + payload)
        assert sorted(event.changed_settings) == list(range(first, first + 30))
    assert len(connection.remote_settings) == (905 if package is THEIRS else 64)


@PACKAGES
def test_known_closed_streams(package: Any) -> None:
    connection = server(package)
    closed_by = package.stream.StreamClosedBy.SEND_RST_STREAM
    for stream_id in range(1, 2 * 70000, 2):
        connection._closed_streams[stream_id] = closed_by
    for stream_id in (2, 4):
        connection._closed_streams[stream_id] = closed_by
    known = list(connection._closed_streams)
    assert len(known) == 65536 + (0 if package is THEIRS else 2)
    assert 2 * 70000 - 1 in known
    assert 3 not in known


@PACKAGES
def test_long_content(package: Any) -> None:
    connection = server(package)
    length = str(2**64)
    connection.receive_data(headers(1, [*POST, ("content-length", length)]))
    expected = connection.streams[1]._expected_content_length
    assert expected == (2**64 if package is THEIRS else 2**63 - 1)


@PACKAGES
def test_views_of_state(package: Any) -> None:
    connection = server(package)
    connection.receive_data(headers(1, GET))
    stream = connection.streams[1]
    same = stream.state_machine is stream.state_machine
    assert same == (package is THEIRS)
    stream.state_machine.state = package.stream.StreamState.CLOSED
    assert stream.closed
    assert type(connection.streams) is dict or package is OURS
    assert isinstance(connection.streams, dict)
    if package is OURS:
        with pytest.raises(AttributeError):
            stream.anything = 1


@PACKAGES
def test_late_steps(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    early, late = server(package), None
    monkeypatch.setattr(
        package.connection.H2Connection, "_receive_frame", lambda self, frame: ["seen"]
    )
    late = server(package)
    ping = frames.PingFrame(0, opaque_data=b"12345678").serialize()
    assert late.receive_data(ping) == ["seen"]
    assert (early.receive_data(ping) == ["seen"]) == (package is THEIRS)
    monkeypatch.undo()
    changed = server(package)
    changed._receive_frame = lambda frame: ["mine"]
    assert changed.receive_data(ping) == ["mine"]


@PACKAGES
def test_patched_names(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = import_module(package.connection.__name__.replace("connection", "windows"))
    called = []
    monkeypatch.setattr(
        windows.WindowManager, "window_consumed", lambda self, size: called.append(size)
    )
    connection = server(package)
    connection.receive_data(headers(1, POST) + frames.DataFrame(1, b"12345").serialize())
    assert called == ([5, 5] if package is THEIRS else [])


@PACKAGES
def test_kept_attributes(package: Any) -> None:
    connection = server(package)
    names = (
        "max_outbound_frame_size", "max_inbound_frame_size", "outbound_flow_control_window",
        "highest_inbound_stream_id", "highest_outbound_stream_id", "streams", "state_machine",
    )  # fmt: skip
    for name in names:
        if package is THEIRS:
            delattr(connection, name)
            assert not hasattr(connection, name)
        else:
            with pytest.raises(AttributeError):
                delattr(connection, name)


@PACKAGES
def test_live_frame_size(package: Any) -> None:
    connection = server(package)
    connection.update_settings({package.settings.SettingCodes.MAX_FRAME_SIZE: 16385})
    # The first one is of the settings that every connection begins with.
    acknowledgements = frames.SettingsFrame(0, flags=["ACK"]).serialize() * 2
    unknown = (16385).to_bytes(3, "big") + bytes([0xBB, 0]) + bytes(4 + 16385)
    if package is THEIRS:
        with pytest.raises(package.exceptions.FrameTooLargeError, match="16385, max 16384"):
            connection.receive_data(acknowledgements + unknown)
        return
    *_, event = connection.receive_data(acknowledgements + unknown)
    assert isinstance(event, package.events.UnknownFrameReceived)


@PACKAGES
def test_no_copies_of_connections(package: Any) -> None:
    connection = server(package)
    connection.receive_data(headers(1, GET))
    for original in (connection, connection.streams[1]):
        if package is THEIRS:
            assert copy.deepcopy(original) is not original
        else:
            with pytest.raises(TypeError):
                copy.deepcopy(original)
    copied = copy.copy(connection)
    copied.ping(b"12345678")
    assert connection.data_to_send()


@PACKAGES
def test_swept_pushes(package: Any) -> None:
    connection = client(package)
    connection.send_headers(1, GET)
    encoder = Encoder()
    kept = []
    for stream_id in range(2, 402, 2):
        promise = frames.PushPromiseFrame(1, stream_id, encoder.encode(GET), flags=["END_HEADERS"])
        end = headers(stream_id, [(":status", "200")], "END_STREAM", encoder=encoder)
        connection.receive_data(promise.serialize() + end)
        kept.append(len(connection.streams) - 1)
    assert max(kept) == (200 if package is THEIRS else 100)


@PACKAGES
def test_output_copy(package: Any) -> None:
    connection = server(package)
    assert (connection._data_to_send is connection._data_to_send) == (package is THEIRS)
    connection._data_to_send = bytearray(b"assigned")
    assert connection.data_to_send() == b"assigned"


@PACKAGES
@pytest.mark.parametrize("number", [float("inf"), 20000.5, 2**70])
def test_whole_numbers(package: Any, number: float) -> None:
    connection = server(package)
    if package is OURS and number != 20000.5:
        with pytest.raises(OverflowError):
            connection.outbound_flow_control_window = number
        return
    connection.outbound_flow_control_window = number
    assert connection.outbound_flow_control_window == (number if package is THEIRS else 20000)


@PACKAGES
def test_frames_in_hand(package: Any) -> None:
    one, two, three = (
        frames.PingFrame(0, opaque_data=b"%d" % number * 8).serialize() for number in (1, 2, 3)
    )
    seen = []

    class Entered(package.connection.H2Connection):  # type: ignore[misc]
        def _receive_ping_frame(self, frame: Any) -> Any:
            seen.append(frame.opaque_data[:1])
            if frame.opaque_data[:1] == b"1":
                self.receive_data(three)
            return super()._receive_ping_frame(frame)

    connection = Entered(package.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    connection.receive_data(PREFACE + one + two)
    assert seen == ([b"1", b"2", b"3"] if package is THEIRS else [b"1", b"3", b"2"])
