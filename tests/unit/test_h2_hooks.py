"""What published code does to connections beyond the documented calls: overridden methods, Mocks,
private names. Every test runs on h2 as well, and holds there.
"""

from __future__ import annotations

import gc
import inspect
import weakref
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from tests import h2_pairs
from tests.h2_pairs import GET, OK, POST

# Both packages' connections and events go through these.
exchange: Any = h2_pairs.exchange
move: Any = h2_pairs.move

MODULES = (
    "config", "connection", "errors", "events", "exceptions", "frame_buffer", "settings", "stream",
    "utilities",
)  # fmt: skip


@pytest.fixture(params=["h2fast.h2", "h2"])
def h2(request: pytest.FixtureRequest) -> Any:
    """The package, by the names of its modules, and those that it is built on."""
    pytest.importorskip(request.param, reason="h2 is not installed: pip install h2")
    prefix = request.param.removesuffix("h2")
    found = {name: import_module(f"{request.param}.{name}") for name in MODULES}
    found["hpack"] = import_module(f"{prefix}hpack")
    found["table"] = import_module(f"{prefix}hpack.table")
    found["frame"] = import_module(f"{prefix}hyperframe.frame")
    return SimpleNamespace(**found)


def connect(h2: Any, client_class: Any = None, server_class: Any = None) -> tuple[Any, Any]:
    config = h2.config.H2Configuration
    default = h2.connection.H2Connection
    client = (client_class or default)(config(client_side=True))
    server = (server_class or default)(config(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    move(client, server)
    return client, server


def names(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


# ----------------------------------------------------------------------------- subclasses


def test_a_proxy_that_overrides_the_public_calls(h2: Any) -> None:
    """mitmproxy: content waits until the windows allow it."""
    calls: list[str] = []

    class Buffered(h2.connection.H2Connection):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.local_settings.initial_window_size = 2**20
            self.local_settings.max_frame_size = 2**17
            self.local_settings.acknowledge()
            self.max_inbound_frame_size = 2**17
            self.waiting: list[tuple[int, bytes, bool]] = []

        def initiate_connection(self) -> None:
            calls.append("initiate")
            super().initiate_connection()
            self.increment_flow_control_window(2**31 - 1 - self.inbound_flow_control_window)

        def send_data(
            self, stream_id: int, data: bytes, end_stream: bool = False, pad_length: Any = None
        ) -> None:
            calls.append("data")
            room = self.local_flow_control_window(stream_id)
            if len(data) > room:
                super().send_data(stream_id, data[:room])
                self.waiting.append((stream_id, data[room:], end_stream))
            else:
                super().send_data(stream_id, data, end_stream, pad_length)

        def end_stream(self, stream_id: int) -> None:
            calls.append("end")
            self.send_data(stream_id, b"", end_stream=True)

        def reset_stream(self, stream_id: int, error_code: int = 0) -> None:
            calls.append("reset")
            super().reset_stream(stream_id, error_code)

        def receive_data(self, data: bytes) -> list[Any]:
            calls.append("receive")
            events: list[Any] = super().receive_data(data)
            if any(type(event).__name__ == "WindowUpdated" for event in events):
                waiting, self.waiting = self.waiting, []
                for args in waiting:
                    self.send_data(*args)
            return events

    client, server = connect(h2, Buffered, Buffered)
    assert calls.count("initiate") == 2
    assert client.inbound_flow_control_window == 2**31 - 1
    server.remote_settings.initial_window_size = 10
    server.remote_settings.acknowledge()
    client.send_headers(1, POST)
    move(client, server)
    client.streams[1].outbound_flow_control_window = 10
    client.send_data(1, b"x" * 25, end_stream=True)
    (content,) = server.receive_data(client.data_to_send())
    assert content.data == b"x" * 10
    server.increment_flow_control_window(15, 1)
    events = move(client, server)
    assert names(events) == ["WindowUpdated", "DataReceived", "StreamEnded"]
    assert events[1].stream_ended is events[2]
    assert not client.waiting
    server.reset_stream(1, 2)
    assert [event.error_code for event in move(client, server)] == [2]
    client.send_headers(3, POST)
    client.end_stream(3)
    assert names(move(client, server)) == ["RequestReceived", "DataReceived", "StreamEnded"]
    assert calls[-12:].count("end") == 1
    machine = server.streams[3].state_machine
    assert machine.state is h2.stream.StreamState.HALF_CLOSED_REMOTE
    assert machine.headers_sent is None
    server.streams[3].state_machine.state = h2.stream.StreamState.OPEN
    assert machine.state is server.streams[3].state_machine.state is h2.stream.StreamState.OPEN


def test_a_goaway_that_closes_nothing(h2: Any) -> None:
    """gunicorn: what was answered before it is still written."""

    class Connection(h2.connection.H2Connection):  # type: ignore[misc]
        def _receive_goaway_frame(self, frame: Any) -> Any:
            before = self.data_to_send()
            result = super()._receive_goaway_frame(frame)
            self._data_to_send += before
            return result

        def data_to_send(self, amount: int | None = None) -> bytes:
            octets: bytes = super().data_to_send(amount)
            return octets

    client, server = connect(h2, server_class=Connection)
    client.send_headers(1, GET, end_stream=True)
    move(client, server)
    server.send_headers(1, OK)
    client.close_connection(0, b"bye")
    (event,) = server.receive_data(client.data_to_send())
    assert type(event) is h2.events.ConnectionTerminated
    assert event.additional_data == b"bye"
    assert server.state_machine.state is h2.connection.ConnectionState.CLOSED
    assert server.data_to_send()[3] == 1  # HEADERS
    assert server.data_to_send() == b""


def test_a_goaway_and_streams_counted_otherwise(h2: Any) -> None:
    """urllib3.future: open streams finish after a GOAWAY, and closed ones are kept by hand."""
    connection = h2.connection

    class Connection(connection.H2Connection):  # type: ignore[misc, name-defined]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.local_settings = h2.settings.Settings(
                client=True, initial_values={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 7}
            )

        def _open_streams(self, remainder: int) -> int:
            count = 0
            for stream_id, stream in list(self.streams.items()):
                if stream.open and stream_id % 2 == remainder:
                    count += 1
                elif stream.closed:
                    del self.streams[stream_id]
                    self._closed_streams[stream_id] = stream.closed_by
            return count

        def _receive_goaway_frame(self, frame: Any) -> Any:
            events = self.state_machine.process_input(connection.ConnectionInputs.RECV_GOAWAY)
            assert events == []
            event = h2.events.ConnectionTerminated()
            event.error_code = frame.error_code
            event.last_stream_id = frame.last_stream_id
            event.additional_data = frame.additional_data or None
            self.state_machine.state = connection.ConnectionState.CLIENT_OPEN
            return [], [event]

    client, server = connect(h2, Connection)
    for _ in range(3):
        exchange(client, server)
    client.send_headers(7, GET, end_stream=True)
    move(client, server)
    assert list(client.streams) == [7]
    assert dict(client._closed_streams) == dict.fromkeys(
        (1, 3, 5), h2.stream.StreamClosedBy.RECV_END_STREAM
    )
    server.send_headers(7, OK)
    data = server.data_to_send()
    server.close_connection(last_stream_id=7)
    assert names(client.receive_data(server.data_to_send())) == ["ConnectionTerminated"]
    assert names(client.receive_data(data)) == ["ResponseReceived"]
    assert client.open_outbound_streams == 1


def test_frames_that_a_subclass_looks_at_first(h2: Any) -> None:
    seen: list[str] = []

    class Connection(h2.connection.H2Connection):  # type: ignore[misc]
        def _receive_frame(self, frame: Any) -> list[Any]:
            seen.append(type(frame).__name__)
            events: list[Any] = super()._receive_frame(frame)
            return events

    client, server = connect(h2, server_class=Connection)
    assert exchange(client, server)
    assert seen == ["SettingsFrame", "SettingsFrame", "HeadersFrame"]


def patched_receive_frame(self: Any, frame: Any) -> Any:
    """A copy of what h2 does, without what it logs."""
    errors = import_module(f"{type(self).__mro__[-2].__module__.rpartition('.')[0]}.exceptions")
    frames_class = import_module(type(frame).__module__).RstStreamFrame
    try:
        frames, events = self._frame_dispatch_table[frame.__class__](frame)
    except errors.StreamClosedError as e:
        if not self._stream_is_closed_by_reset(e.stream_id):
            raise
        reset = frames_class(e.stream_id)
        reset.error_code = e.error_code
        self._prepare_for_sending([reset])
        return e._events
    except errors.StreamIDTooLowError as e:
        if self._stream_is_closed_by_end(e.stream_id):
            raise errors.StreamClosedError(e.stream_id) from e
        raise
    self._prepare_for_sending(frames)
    return events


def test_a_class_that_is_patched(h2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of _receive_frame, with what it calls."""
    cls = h2.connection.H2Connection
    assert list(inspect.signature(cls._receive_frame).parameters) == ["self", "frame"]
    calls = []

    def count(self: Any, frame: Any) -> Any:
        calls.append(frame)
        return patched_receive_frame(self, frame)

    monkeypatch.setattr(cls, "_receive_frame", count)
    client, server = connect(h2)
    assert len(calls) == 4
    exchange(client, server)
    assert len(calls) == 4 + 1 + 2
    client.send_headers(3, POST)
    move(client, server)
    server.reset_stream(3)
    client.send_data(3, b"late")  # before it has seen that
    server.receive_data(client.data_to_send())
    assert client.data_to_send() == b""
    octets = server.data_to_send()
    assert [octets[3], octets[16]] == [3, 3]  # two RST_STREAM
    server.receive_data(h2.frame.DataFrame(3, b"later").serialize())
    assert server.data_to_send()[3] == 3
    monkeypatch.undo()
    client, server = connect(h2)
    exchange(client, server)
    assert len(calls) == 10


def test_the_next_identifier_is_overridden(h2: Any) -> None:
    """djspoofer."""

    class Connection(h2.connection.H2Connection):  # type: ignore[misc]
        def get_next_available_stream_id(self) -> int:
            return max(15, int(super().get_next_available_stream_id()))

    client, server = connect(h2, Connection)
    exchange(client, server)
    exchange(client, server)
    assert client.highest_outbound_stream_id == 17


def test_own_codecs_settings_and_octets(h2: Any) -> None:
    """djspoofer: all that a browser's fingerprint is made of."""
    searched: list[bytes] = []

    class Table(h2.table.HeaderTable):  # type: ignore[misc]
        def search(self, name: bytes, value: bytes) -> Any:
            searched.append(name)
            return super().search(name, value)

    class Encoder(h2.hpack.Encoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.header_table = Table()

    class Decoder(h2.hpack.Decoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.header_table = Table()

    class Settings(h2.settings.Settings):  # type: ignore[misc]
        def __init__(self, *, client: bool) -> None:
            super().__init__(client=client)
            own: Any = self._settings  # type: ignore[has-type]
            self._settings = {3: own[4].__class__([50]), **own}

    connection = h2.connection

    class Connection(connection.H2Connection):  # type: ignore[misc, name-defined]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.encoder = Encoder()
            self.decoder = Decoder()
            self.local_settings = Settings(client=True)

        def initiate_connection(self) -> None:
            self.state_machine.process_input(connection.ConnectionInputs.SEND_SETTINGS)
            frame = connection.SettingsFrame(0)
            for setting, value in self.local_settings.items():
                frame.settings[setting] = value
            self._data_to_send += b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame.serialize()

    client, server = connect(h2, Connection)
    assert server.remote_settings.max_concurrent_streams == 50
    assert list(server.remote_settings)[-1] == 3
    assert names(exchange(client, server)) == [
        "RequestReceived", "StreamEnded", "ResponseReceived", "DataReceived", "StreamEnded",
    ]  # fmt: skip
    assert b":authority" in searched
    assert searched == [name.encode() for name, _ in GET]


class ForeignEncoder:
    """Of no class of hpack's."""

    header_table_size = 4096

    def __init__(self, package: Any) -> None:
        self.inner = package.hpack.Encoder()

    def encode(self, headers: Any) -> bytes:
        block: bytes = self.inner.encode([*headers, ("x-added", "1")])
        return block


class ForeignDecoder:
    max_header_list_size = 65536
    max_allowed_table_size = 4096

    def __init__(self, package: Any) -> None:
        self.inner = package.hpack.Decoder()

    def decode(self, data: bytes, raw: bool = False) -> Any:
        assert raw
        return [header for header in self.inner.decode(data, raw=True) if header[0] != b":path"]


def test_codecs_of_foreign_classes(h2: Any) -> None:
    client, server = connect(h2)
    client.encoder = ForeignEncoder(h2)
    server.decoder = ForeignDecoder(h2)
    server.config.validate_inbound_headers = False
    request = exchange(client, server)[0]
    found = [(bytes(name), bytes(value)) for name, value in request.headers]
    assert (b"x-added", b"1") in found
    assert b":path" not in dict(found)


# --------------------------------------------------------------------------- on instances


@pytest.mark.parametrize(
    "name",
    [
        "data_to_send", "send_data", "send_headers", "end_stream", "get_next_available_stream_id",
        "close_connection", "local_flow_control_window", "increment_flow_control_window",
        "receive_data", "reset_stream", "acknowledge_received_data", "initiate_connection", "ping",
    ],
)  # fmt: skip
def test_public_methods_are_mocked_on_a_connection(h2: Any, name: str) -> None:
    """The tests of urllib3 and gunicorn."""
    client, server = connect(h2)
    mock = Mock(return_value="mocked")
    setattr(client, name, mock)
    assert getattr(client, name)(1, 2, x=3) == "mocked"
    mock.assert_called_once_with(1, 2, x=3)
    delattr(client, name)
    assert len(exchange(client, server)) == 5
    mock.assert_called_once()


def test_a_mocked_window_decides_about_what_is_sent(h2: Any) -> None:
    client, server = connect(h2)
    client.send_headers(1, POST)
    client.local_flow_control_window = Mock(return_value=3)
    client.send_data(1, b"abc")
    with pytest.raises(h2.exceptions.FlowControlError):
        client.send_data(1, b"abcd")
    assert names(move(client, server)) == ["RequestReceived", "DataReceived"]


def test_mocked_sending_sends_nothing(h2: Any) -> None:
    client, _ = connect(h2)
    client._prepare_for_sending = Mock()
    client.send_headers(1, POST)
    client.send_data(1, b"abc", end_stream=True)
    assert [
        [type(frame).__name__ for frame in call.args[0]]
        for call in client._prepare_for_sending.call_args_list
    ] == [["HeadersFrame"], ["DataFrame"]]
    assert client.data_to_send() == b""


def test_the_dispatch_table_is_deleted(h2: Any) -> None:
    """grpclib: it was the only cycle of references, and its test wants none."""
    gc.collect()
    gc.disable()
    try:
        client, server = connect(h2)
        client.send_headers(1, GET)
        move(client, server)
        for connection in (client, server):
            assert hasattr(connection, "_frame_dispatch_table")
            del connection._frame_dispatch_table
        watches = [weakref.ref(client), weakref.ref(server)]
        watches += [weakref.ref(stream) for stream in client.streams.values()]
        del client, server, connection
        assert [watch() for watch in watches] == [None] * 3
    finally:
        gc.enable()


def test_an_entry_of_the_dispatch_table_is_replaced(h2: Any) -> None:
    client, server = connect(h2)
    table = server._frame_dispatch_table
    assert set(table) == {
        getattr(h2.frame, name)
        for name in (
            "HeadersFrame", "PushPromiseFrame", "SettingsFrame", "DataFrame", "WindowUpdateFrame",
            "PingFrame", "RstStreamFrame", "PriorityFrame", "GoAwayFrame", "ContinuationFrame",
            "AltSvcFrame", "ExtensionFrame",
        )
    }  # fmt: skip
    reply = h2.frame.PingFrame(0, opaque_data=b"reversed")
    table[h2.frame.PingFrame] = lambda frame: ([reply], [frame])
    client.ping(b"12345678")
    assert [event.opaque_data for event in server.receive_data(client.data_to_send())] == [
        b"12345678"
    ]
    assert server.data_to_send() == reply.serialize()
    assert server._frame_dispatch_table is table
    assert len(exchange(client, server)) == 5


def test_octets_are_added_to_what_is_to_be_sent(h2: Any) -> None:
    client, _ = connect(h2)
    client.ping(b"12345678")
    before = bytes(client._data_to_send)
    client._data_to_send += b"more"
    assert client.data_to_send(3) == before[:3]
    assert client._data_to_send == before[3:] + b"more"
    client._data_to_send = bytearray(b"other")
    assert client.data_to_send() == b"other"
    assert client._data_to_send == b""


def test_settings_are_replaced(h2: Any) -> None:
    """httpcore and hypercorn."""
    codes = h2.settings.SettingCodes
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.local_settings = h2.settings.Settings(
        client=True,
        initial_values={codes.MAX_CONCURRENT_STREAMS: 9, codes.MAX_HEADER_LIST_SIZE: 65536},
    )
    del client.local_settings[codes.ENABLE_CONNECT_PROTOCOL]
    client.DEFAULT_MAX_INBOUND_FRAME_SIZE = 2**20
    client.initiate_connection()
    client.increment_flow_control_window(2**24)
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    events = move(client, server)
    changed = next(event for event in events if type(event).__name__ == "RemoteSettingsChanged")
    assert [int(code) for code in changed.changed_settings] == [1, 2, 4, 5, 3, 6]
    assert server.remote_settings.max_concurrent_streams == 9
    for i in range(9):
        client.send_headers(2 * i + 1, GET)
    assert client.open_outbound_streams == 9
    assert len([e for e in move(client, server) if type(e) is h2.events.RequestReceived]) == 9
    server.local_settings = h2.settings.Settings(
        client=False, initial_values={codes.MAX_CONCURRENT_STREAMS: 9}
    )
    client.send_headers(19, GET)
    with pytest.raises(h2.exceptions.TooManyStreamsError):
        server.receive_data(client.data_to_send())


def test_settings_are_acknowledged_by_hand(h2: Any) -> None:
    client, server = connect(h2)
    server.local_settings.initial_window_size = 5
    server.local_settings.enable_push = 0
    server.local_settings.acknowledge()
    client.send_headers(1, POST)
    move(client, server)
    assert server.streams[1].inbound_flow_control_window == 5
    assert server.remote_flow_control_window(1) == 5
    client.send_data(1, b"abcdef")
    with pytest.raises(h2.exceptions.FlowControlError):
        server.receive_data(client.data_to_send())


def test_one_configuration_of_several_connections_changes(h2: Any) -> None:
    config = h2.config.H2Configuration(client_side=False)
    servers = [h2.connection.H2Connection(config) for _ in range(2)]
    odd = [*GET, ("X-Upper", "1")]
    clients = []
    for server in servers:
        client = h2.connection.H2Connection(
            h2.config.H2Configuration(
                normalize_outbound_headers=False, validate_outbound_headers=False
            )
        )
        client.initiate_connection()
        server.initiate_connection()
        move(client, server)
        clients.append(client)
    config.validate_inbound_headers = False
    clients[0].send_headers(1, odd)
    assert names(move(clients[0], servers[0])) == ["RequestReceived"]
    config.header_encoding = "ascii"
    clients[1].send_headers(1, odd)
    (event,) = move(clients[1], servers[1])
    assert ("X-Upper", "1") in event.headers
    config.header_encoding = None
    clients[0].send_headers(3, odd)
    (event,) = move(clients[0], servers[0])
    assert (b"X-Upper", b"1") in event.headers
    config.validate_inbound_headers = True
    clients[1].send_headers(3, odd)
    with pytest.raises(h2.exceptions.ProtocolError, match="uppercase"):
        move(clients[1], servers[1])


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", None, False])
def test_header_encoding(h2: Any, encoding: Any) -> None:
    client, server = connect(h2)
    client.config.header_encoding = server.config.header_encoding = encoding
    events = exchange(client, server)
    kind = str if encoding else bytes
    for event in (events[0], events[2]):
        for header in event.headers:
            assert isinstance(header, h2.hpack.HeaderTuple)
            assert {type(item) for item in header} == {kind}
    client.send_headers(3, [*GET, h2.hpack.NeverIndexedHeaderTuple("a", "\xe9")])
    last = move(client, server)[0].headers[-1]
    assert type(last) is h2.hpack.NeverIndexedHeaderTuple
    assert last[1] == ("é".encode().decode(encoding) if encoding else "é".encode())


def test_streams_are_taken_out_put_in_and_changed(h2: Any) -> None:
    client, server = connect(h2)
    for stream_id in (1, 3, 5):
        client.send_headers(stream_id, POST)
    move(client, server)
    assert client.streams.get(1) is client.streams[1]
    assert 3 in client.streams
    stream = client.streams.pop(3)
    assert client.streams.pop(3, None) is None
    with pytest.raises(KeyError):
        client.streams.pop(3)
    assert client.open_outbound_streams == 2
    with pytest.raises(h2.exceptions.StreamClosedError):
        client.end_stream(3)
    client.streams[3] = stream
    assert client.open_outbound_streams == 3
    client.send_data(3, b"abc")
    client.streams[5].state_machine.state = h2.stream.StreamState.CLOSED
    assert client.open_outbound_streams == 2
    assert list(client.streams) == [1, 3]
    assert client._closed_streams[5] is None
    del server.streams[1]
    move(client, server)
    client.send_data(1, b"abc")
    assert server.receive_data(client.data_to_send()) == []
    assert server.data_to_send()[3] == 3  # RST_STREAM
    client.streams.clear()
    assert client.open_outbound_streams == 0
    client.streams.setdefault(3, stream)
    client.streams.update({1: stream})
    assert list(client.streams.values()) == [stream, stream]


def test_the_buffer_of_frames_is_used_from_outside(h2: Any) -> None:
    """skitai."""
    client, _ = connect(h2)
    buffer = client.incoming_buffer
    assert type(buffer) is h2.frame_buffer.FrameBuffer
    buffer.max_frame_size = 100
    ping = h2.frame.PingFrame(0, opaque_data=b"12345678").serialize()
    buffer.add_data(ping + ping[:5])
    assert [type(frame).__name__ for frame in buffer] == ["PingFrame"]
    assert len(client.receive_data(ping[5:])) == 1
    buffer.max_frame_size = 100
    buffer.add_data(h2.frame.DataFrame(1, bytes(101)).serialize())
    with pytest.raises(h2.exceptions.FrameTooLargeError):
        list(buffer)


def test_names_of_the_modules_that_others_use(h2: Any) -> None:
    assert h2.connection.H2Connection.HIGHEST_ALLOWED_STREAM_ID == 2**31 - 1
    assert str(h2.exceptions.NoAvailableStreamIDError()) == ""
    assert h2.utilities.extract_method_header([(b":method", b"GET")]) == b"GET"
    assert b"connection" in h2.utilities.CONNECTION_HEADERS
    flags = h2.utilities.HeaderValidationFlags(
        is_client=True, is_trailer=False, is_response_header=False, is_push_promise=False
    )
    headers = h2.utilities.normalize_outbound_headers([(b"A", b" b ")], flags, False)
    assert list(headers) == [(b"a", b"b")]
    client = h2.connection.H2Connection()
    client.HIGHEST_ALLOWED_STREAM_ID = 5
    client.highest_outbound_stream_id = 5
    with pytest.raises(h2.exceptions.NoAvailableStreamIDError):
        client.get_next_available_stream_id()


# ------------------------------------------------------------------------------- the rest


def test_events_that_come_with_others(h2: Any) -> None:
    client, server = connect(h2)
    client.send_headers(1, GET, end_stream=True, priority_weight=7, priority_depends_on=5)
    events = move(client, server)
    assert names(events) == ["RequestReceived", "StreamEnded", "PriorityUpdated"]
    assert events[0].stream_ended is events[1]
    assert events[0].priority_updated is events[2]
    assert (events[2].weight, events[2].depends_on, events[2].exclusive) == (7, 5, False)
    client.send_headers(3, POST)
    client.send_data(3, b"abc", end_stream=True)
    request, data, ended = move(client, server)
    assert data.stream_ended is ended
    assert request.stream_ended is None
    again = h2.events.RequestReceived(stream_id=3, headers=request.headers)
    assert again == request
    assert again != events[0]
    with pytest.raises(TypeError):
        hash(request)
    assert list(vars(data)) == ["stream_id", "data", "flow_controlled_length", "stream_ended"]
    assert vars(ended) == {"stream_id": 3}
    assert set(vars(request)) == {"stream_id", "headers", "stream_ended", "priority_updated"}
    assert data.__class__ is h2.events.DataReceived


def test_use_after_a_fatal_error(h2: Any) -> None:
    client, server = connect(h2)
    client.send_headers(1, POST)
    move(client, server)
    bad = h2.frame.WindowUpdateFrame(9, window_increment=1).serialize()
    with pytest.raises(h2.exceptions.ProtocolError):
        server.receive_data(bad)
    goaway = server.data_to_send()
    assert goaway[3] == 7
    assert server.state_machine.state is h2.connection.ConnectionState.CLOSED
    acts: tuple[Callable[[], Any], ...] = (
        lambda: server.send_headers(1, OK),
        lambda: server.send_data(1, b"x"),
        lambda: server.end_stream(1),
        lambda: server.reset_stream(1),
        lambda: server.ping(bytes(8)),
        lambda: server.increment_flow_control_window(1),
        lambda: server.update_settings({}),
        lambda: server.receive_data(h2.frame.PingFrame(0, opaque_data=bytes(8)).serialize()),
    )
    for act in acts:
        with pytest.raises(h2.exceptions.ProtocolError, match=r"state ConnectionState\.CLOSED"):
            act()
    server.data_to_send()
    server.close_connection()
    assert server.data_to_send()[3] == 7
    assert server.open_inbound_streams == 1
    assert server.streams[1].open
    assert names(server.receive_data(h2.frame.GoAwayFrame(0).serialize())) == [
        "ConnectionTerminated"
    ]


# --------------------------------------------------------------- tables, and what they are given


def test_transitions_that_let_streams_go_on_after_a_goaway(
    h2: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, on = h2.connection.ConnectionState, h2.connection.ConnectionInputs
    table = dict(h2.connection.H2ConnectionStateMachine._transitions)
    for goes_on in (state.CLIENT_OPEN, state.SERVER_OPEN):
        table[goes_on, on.SEND_GOAWAY] = table[goes_on, on.RECV_GOAWAY] = (None, goes_on)
    monkeypatch.setattr(h2.connection.H2ConnectionStateMachine, "_transitions", table)
    client, server = connect(h2)
    client.send_headers(1, GET, end_stream=True)
    move(client, server)
    server.send_headers(1, OK)
    server.close_connection(last_stream_id=1)
    server.send_data(1, b"content", end_stream=True)
    assert names(client.receive_data(server.data_to_send())) == [
        "ResponseReceived",
        "ConnectionTerminated",
        "DataReceived",
        "StreamEnded",
    ]
    assert client.state_machine.state is state.CLIENT_OPEN


@pytest.mark.parametrize(
    "step",
    [
        "_acknowledge_settings",
        "_local_settings_acked",
        "_flow_control_change_from_settings",
        "_inbound_flow_control_change_from_settings",
    ],
)
def test_steps_of_settings_are_called(h2: Any, step: str) -> None:
    called = []

    def noted(self: Any, *arguments: Any) -> Any:
        called.append(step)
        return getattr(h2.connection.H2Connection, step)(self, *arguments)

    connection = type("Connection", (h2.connection.H2Connection,), {step: noted})
    client, server = connect(h2, connection, connection)
    called.clear()
    client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 100})
    move(client, server)
    assert called


def test_headers_of_the_original_hpack_are_not_indexed_either(h2: Any) -> None:
    upstream = import_module("hpack")
    client, server = connect(h2)
    client.send_headers(1, [*GET, upstream.NeverIndexedHeaderTuple("x-token", "secret")])
    (request,) = server.receive_data(client.data_to_send())
    assert not request.headers[-1].indexable


def test_settings_that_were_made_without_init(h2: Any) -> None:
    class Settings(h2.settings.Settings):  # type: ignore[misc]
        def __init__(self) -> None:
            self._settings = h2.settings.Settings(client=True)._settings

    client, server = connect(h2)
    client.local_settings = Settings()
    client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 100})
    move(client, server)
    assert client.local_settings.initial_window_size == 100


def test_configurations_that_were_made_without_init(h2: Any) -> None:
    whole = h2.config.H2Configuration(client_side=True)
    config = h2.config.H2Configuration.__new__(h2.config.H2Configuration)
    for name, value in vars(whole).items():
        if name not in ("limits", "_drain", "_changes"):
            object.__setattr__(config, name, value)
    sent = []
    for configuration in (config, whole):
        client = h2.connection.H2Connection(configuration)
        client.initiate_connection()
        client.send_headers(1, GET, end_stream=True)
        client.close_connection()
        sent.append(client.data_to_send())
    assert sent[0] == sent[1]


def test_a_configuration_that_only_looks_like_one(h2: Any) -> None:
    whole = h2.config.H2Configuration(client_side=True)
    config = Mock(spec=whole)
    for name in dir(whole):
        value = getattr(whole, name)
        if not name.startswith("__") and not callable(value):
            setattr(config, name, value)
    config.limits = config.drain = Mock()
    client = h2.connection.H2Connection(config)
    client.initiate_connection()
    client.send_headers(1, GET, end_stream=True)
    client.close_connection()
    assert client.data_to_send().startswith(b"PRI")


def test_coders_patched_in_their_class(h2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def noted(cls: Any, name: str) -> None:
        original = getattr(cls, name)

        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            called.append(name)
            return original(self, *arguments, **options)

        monkeypatch.setattr(cls, name, call)

    noted(h2.hpack.Encoder, "encode")
    noted(h2.hpack.Decoder, "decode")
    client, server = connect(h2)
    client.send_headers(1, GET, end_stream=True)
    move(client, server)
    assert called == ["encode", "decode"]


class OwnDecoder:
    """A decoder that does no more than what is asked of one."""

    def __init__(self, decoder: Any) -> None:
        self._decode = decoder.decode

    def decode(self, data: bytes, raw: bool = False) -> Any:
        return self._decode(data, raw)


def test_a_decoder_that_only_decodes(h2: Any) -> None:
    client, server = connect(h2)
    client.decoder = OwnDecoder(h2.hpack.Decoder())
    client.send_headers(1, GET, end_stream=True)
    move(client, server)
    server.send_headers(1, [(":status", "103")])
    assert names(move(client, server)) == ["InformationalResponseReceived"]
    server.send_headers(1, [*OK, ("long", "~" * 40_000)], end_stream=True)  # in several frames
    assert names(move(client, server)) == ["ResponseReceived", "StreamEnded"]


def test_a_dispatch_table_is_assigned(h2: Any) -> None:
    class Deaf(h2.connection.H2Connection):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            table: Any = dict(self._frame_dispatch_table)  # type: ignore[has-type]
            table[h2.frame.PingFrame] = lambda frame: ([], ["ping"])
            self._frame_dispatch_table = table

    client, server = connect(h2, server_class=Deaf)
    client.ping(b"12345678")
    assert server.receive_data(client.data_to_send()) == ["ping"]
    assert server.data_to_send() == b""


def test_a_window_is_assigned(h2: Any) -> None:
    client, _ = connect(h2)
    manager = type(client._inbound_flow_control_window_manager).__mro__[-2]
    client._inbound_flow_control_window_manager = manager(2**20)
    assert client.inbound_flow_control_window == 2**20
    client.send_headers(1, POST)
    stream = client.streams[1]
    stream._inbound_window_manager = manager(2**19)
    assert client.remote_flow_control_window(1) == 2**19
    assert stream._inbound_window_manager.max_window_size == 2**19


def test_the_log_of_closed_streams_is_assigned(h2: Any) -> None:
    client, server = connect(h2)
    exchange(client, server)
    assert client.open_outbound_streams == 0
    assert list(client._closed_streams) == [1]
    closed_by = h2.stream.StreamClosedBy.RECV_RST_STREAM
    client._closed_streams = {5: closed_by}
    assert dict(client._closed_streams) == {5: closed_by}


def test_a_length_that_is_not_looked_at(h2: Any) -> None:
    client, server = connect(h2)
    client.send_headers(1, [*POST, ("content-length", "3")])
    move(client, server)
    stream = server.streams[1]
    assert (stream._expected_content_length, stream._actual_content_length) == (3, 0)
    stream._expected_content_length = None
    client.send_data(1, b"four", end_stream=True)
    assert names(move(client, server)) == ["DataReceived", "StreamEnded"]
    assert stream._actual_content_length == 4
    stream._actual_content_length = 2
    assert stream._actual_content_length == 2


def test_the_state_machine_of_a_stream_is_assigned(h2: Any) -> None:
    client, _ = connect(h2)
    client.send_headers(1, GET)
    other = h2.stream.H2StreamStateMachine(1)
    other.process_input(h2.stream.StreamInputs.SEND_HEADERS)
    other.process_input(h2.stream.StreamInputs.SEND_END_STREAM)
    client.streams[1].state_machine = other
    assert client.streams[1].state_machine.state is other.state
    with pytest.raises(h2.exceptions.ProtocolError, match="SEND_DATA in state 5"):
        client.send_data(1, b"x")


def test_an_increment_that_a_class_does_not_allow(h2: Any) -> None:
    class Careful(h2.connection.H2Connection):  # type: ignore[misc]
        MAX_WINDOW_INCREMENT = 10

    client, _ = connect(h2, client_class=Careful)
    client.increment_flow_control_window(10)
    with pytest.raises(ValueError, match="between 1 and 10"):
        client.increment_flow_control_window(11)


def test_frames_are_read_from_the_buffer_by_others(h2: Any) -> None:
    client, _ = connect(h2)
    client.incoming_buffer.add_data(h2.frame.PingFrame(0, opaque_data=b"12345678").serialize())
    assert [type(frame).__name__ for frame in client.incoming_buffer] == ["PingFrame"]


def test_keys_of_settings_that_the_peer_sent_first(h2: Any) -> None:
    client, server = connect(h2)
    client.update_settings({3: 7, 0xAA: 1})
    move(client, server)
    assert [type(key) for key in list(server.remote_settings)[-2:]] == [int, int]


def test_what_is_known_of_a_promise_is_in_order(h2: Any) -> None:
    client, server = connect(h2)
    client.send_headers(1, GET)
    move(client, server)
    server.push_stream(1, 2, GET)
    [event] = client.receive_data(server.data_to_send())
    assert [name for name in vars(event) if not name.startswith("_")] == [
        "pushed_stream_id", "parent_stream_id", "headers",
    ]  # fmt: skip
