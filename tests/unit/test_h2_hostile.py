"""Callers who do what they should not, at the worst of times. Each test has the name of a fault."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from h2fast.h2.config import DummyLogger, H2Configuration
from h2fast.h2.connection import ConnectionState, H2Connection
from h2fast.h2.events import DataReceived, PingReceived, RequestReceived
from h2fast.h2.exceptions import LimitExceededError, ProtocolError
from h2fast.h2.settings import SettingCodes
from h2fast.h2.stream import H2Stream, StreamClosedBy
from h2fast.hpack import Encoder
from h2fast.hpack.table import HeaderTable
from h2fast.hyperframe.frame import GoAwayFrame, PingFrame, WindowUpdateFrame
from tests.h2_pairs import GET, OK, exchange, move, pair

UNKNOWN_STREAM = WindowUpdateFrame(9, window_increment=1).serialize()
PING = PingFrame(0, opaque_data=b"12345678").serialize()


class OtherTable(HeaderTable):
    """An encoder or decoder with one goes step by step."""


def one_closed() -> tuple[H2Connection, H2Connection]:
    """A pair that has a closed stream, which goes when the next is opened."""
    client, server = pair()
    exchange(client, server)
    return client, server


# ------------------------------------------------------- code that runs in the middle of a call


def test_table_replaced_as_an_old_stream_goes_before_headers_are_sent() -> None:
    client, server = one_closed()

    def replace(_: object) -> None:
        client.encoder.header_table = OtherTable()

    watch = weakref.ref(client.streams[1], replace)
    client.send_headers(3, GET)
    assert watch() is None
    assert type(client.encoder.header_table) is OtherTable
    assert isinstance(move(client, server)[0], RequestReceived)


def test_table_replaced_as_an_old_stream_goes_before_headers_are_received() -> None:
    client, server = one_closed()

    def replace(_: object) -> None:
        server.decoder.header_table = OtherTable()

    watch = weakref.ref(server.streams[1], replace)
    client.encoder = Encoder()  # which knows nothing of what the other table had
    client.send_headers(3, GET)
    assert isinstance(move(client, server)[0], RequestReceived)
    assert watch() is None
    assert type(server.decoder.header_table) is OtherTable


def test_stream_opened_twice_as_an_old_one_goes() -> None:
    client, _ = one_closed()
    watch = weakref.ref(client.streams[1], lambda _: client.send_headers(3, GET))
    with pytest.raises(Exception, match="pseudo-header in trailer"):
        client.send_headers(3, GET)
    assert watch() is None
    assert list(client.streams) == [3]
    assert client.open_outbound_streams == 1


class Sly(int):
    """A table size that does something as it is compared."""

    encoder: Encoder

    def __eq__(self, other: object) -> bool:
        self.encoder.header_table = OtherTable()
        return int(self) == other

    __hash__ = int.__hash__


def sly_encoder(encoder: Encoder) -> None:
    encoder.compact = True
    encoder.header_table_size = 100
    size = Sly(100)
    size.encoder = encoder
    encoder.table_size_changes = [size]


def test_table_replaced_by_a_table_size_as_headers_are_sent() -> None:
    client, _ = pair()
    sly_encoder(client.encoder)
    client.send_headers(1, GET)
    assert type(client.encoder.header_table) is OtherTable
    assert client.data_to_send()


def test_table_replaced_by_a_table_size_as_headers_are_encoded() -> None:
    encoder = Encoder()
    sly_encoder(encoder)
    encoder.encode([("a", "b")])
    assert type(encoder.header_table) is OtherTable


def test_output_taken_as_the_amount_is_asked_for() -> None:
    client, _ = pair()
    client.send_headers(1, GET)

    class Amount:
        def __index__(self) -> int:
            client.clear_outbound_data_buffer()
            return 10

    assert client.data_to_send(Amount()) == b""  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["request_method", "_authority"])
def test_what_is_kept_of_a_stream_has_a_finalizer(name: str) -> None:
    client, server = pair()

    class Sly:
        def __eq__(self, other: object) -> bool:
            client.streams.clear()
            client.decoder.header_table = OtherTable()
            return False

        __hash__ = None  # type: ignore[assignment]

        def __del__(self) -> None:
            client.streams.clear()

    client.send_headers(1, GET)
    setattr(client.streams[1], name, Sly())
    move(client, server)
    server.send_headers(1, [*OK, ("cookie", "a"), ("cookie", "b")])
    assert len(move(client, server)) == 1
    client.send_headers(3, GET)
    setattr(client.streams[3], name, Sly())
    client.send_headers(3, [("a", "b")], end_stream=True)
    assert client.data_to_send()


def test_calls_out_of_the_garbage_collector() -> None:
    """Where it interferes with the compression, the connection is lost; nothing else is."""
    current = pair()
    found: list[Any] = []

    class Sly:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            client, server = current
            acts: tuple[Callable[[], Any], ...] = (
                lambda: found.extend(server.receive_data(PING)),
                lambda: client.send_headers(client.get_next_available_stream_id(), GET),
                server.streams.clear,
                lambda: setattr(server.decoder, "header_table", HeaderTable()),
            )
            for act in acts:
                try:
                    act()
                except Exception:  # any is right
                    found.append(None)

    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for i in range(200):
            Sly()
            try:
                client, server = current
                client.send_headers(
                    client.get_next_available_stream_id(), [*GET, (f"x-{i}", "v" * i)]
                )
                move(client, server)
            except Exception:  # see above
                current = pair()
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()
    assert found


def test_logger_that_receives() -> None:
    client, server = pair()
    found: list[Any] = []

    class Sly(DummyLogger):
        calls = 0

        def debug(self, *args: Any, **kwargs: Any) -> None:
            self.calls += 1
            if self.calls < 40:
                found.extend(server.receive_data(PING))

        trace = debug

    server.config.logger = Sly()
    client.send_headers(1, GET)
    client.send_data(1, bytes(1000), end_stream=True)
    move(client, server)
    assert {type(event) for event in found} == {PingReceived}


# ------------------------------------------------------- objects that are not what they were


def test_view_of_closed_streams_over_something_else() -> None:
    client, _ = pair()
    view: Any = client._closed_streams
    with pytest.raises(TypeError):
        type(view)(5, "x")
    with pytest.raises(TypeError):
        type(view)(None, None)
    view._even = 7
    for read in (list, len, lambda x: x.__sizeof__()):
        with pytest.raises(TypeError):
            read(view)


def test_state_machine_of_something_else() -> None:
    client, _ = pair()
    client.send_headers(1, GET)
    machine: Any = client.streams[1].state_machine
    machine._stream = 5
    with pytest.raises(TypeError):
        assert machine.state
    with pytest.raises(TypeError):
        machine.headers_sent = True


def test_streams_made_of_something_else() -> None:
    make: Any = H2Stream.__init__
    for other in (None, 5):
        with pytest.raises(TypeError):
            make(other, 1, None, 1, 1)


def test_streams_that_were_never_made() -> None:
    never_initialized: Any = H2Stream.__new__
    stream = never_initialized(H2Stream)
    assert repr(stream) == "<H2Stream id:0 state:<StreamState.IDLE: 0>>"
    assert stream.closed_by is None
    assert stream._inbound_window_manager.current_window_size == 0
    with pytest.raises(AttributeError):
        stream.send_headers(GET, Encoder())
    client, _ = pair()
    client.streams[1] = stream
    with pytest.raises(AttributeError):
        client.send_headers(1, GET)


def test_streams_outlive_their_connection() -> None:
    client, server = pair()
    client.send_headers(1, GET)
    client.send_headers(3, GET)
    left, taken = client.streams[1], client.streams.pop(3)
    machine, window = left.state_machine, left._inbound_window_manager
    server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 100})
    move(client, server)
    del client
    gc.collect()
    assert (left.outbound_flow_control_window, taken.outbound_flow_control_window) == (100, 65535)
    assert left.reset_stream()[0].stream_id == 1
    assert machine.stream_closed_by is StreamClosedBy.SEND_RST_STREAM
    window.window_opened(5)
    assert left.inbound_flow_control_window == 65540


def test_settings_over_something_else() -> None:
    client, server = pair()
    client.remote_settings._settings = OrderedDict(client.remote_settings._settings)
    server.local_settings._settings = OrderedDict(server.local_settings._settings)
    client.send_headers(1, GET)
    server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 5})
    assert isinstance(move(client, server)[0], RequestReceived)
    assert client.remote_settings.max_concurrent_streams == 5
    assert server.local_settings.max_concurrent_streams == 5


@pytest.mark.parametrize("stream_id", [2**63 - 1, -(2**63), 2**62, -1, 0])
def test_streams_with_identifiers_that_none_can_have(stream_id: int) -> None:
    client, _ = pair()
    stream = H2Stream(stream_id, client.config, 2**31 - 1, 2**31 - 1)
    client.streams[stream_id] = stream
    stream.state_machine.state = type(stream.state_machine.state).CLOSED
    assert client.open_outbound_streams == 0
    assert not client.streams
    assert set(client._closed_streams) <= {stream_id}


@pytest.mark.parametrize("wrong", [2**64, -(2**64), None, "x", b"x", ()])
def test_arguments_that_are_no_numbers(wrong: Any) -> None:
    client, server = pair()
    client.send_headers(1, GET)
    move(client, server)
    stream = client.streams[1]
    for act in (
        lambda: H2Stream(wrong, client.config, 1, 1),
        lambda: H2Stream(1, client.config, wrong, 1),
        lambda: setattr(stream, "stream_id", wrong),
        lambda: setattr(stream, "outbound_flow_control_window", wrong),
        lambda: setattr(client, "outbound_flow_control_window", wrong),
        lambda: client.end_stream(wrong),
        lambda: client.acknowledge_received_data(1, wrong),
        lambda: client.local_flow_control_window(wrong),
        lambda: client.reset_stream(wrong),
    ):
        with pytest.raises(Exception):  # noqa: B017, PT011 - h2 has another one for each
            act()
    client.send_data(1, b"still there", end_stream=True)
    assert len(move(client, server)) == 2


def test_windows_that_none_can_have() -> None:
    update = WindowUpdateFrame(0, window_increment=5)
    client, _ = pair()
    client.outbound_flow_control_window = 2**63 - 1
    with pytest.raises(Exception, match="May not increment"):
        client.receive_data(update.serialize())
    client, _ = pair()
    client.send_headers(1, GET)
    client.streams[1].outbound_flow_control_window = 2**63 - 1
    update.stream_id = 1
    assert client.receive_data(update.serialize())[0].error_code == 3  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------- wrong results


def test_streams_assigned_to_themselves() -> None:
    client, _ = pair()
    client.send_headers(1, GET)
    stream = client.streams[1]
    client.streams |= {}
    client.streams = client.streams
    assert client.streams == {1: stream}
    assert client.open_outbound_streams == 1


def test_copy_of_the_streams_takes_none_away() -> None:
    client, _ = pair()
    client.send_headers(1, GET)
    assert copy.copy(client.streams) == client.streams.copy() == client.streams
    assert client.open_outbound_streams == 1
    client.reset_stream(1)
    assert client.open_outbound_streams == 0


def test_streams_of_a_subclass_are_counted_and_taken_out() -> None:
    class Stream(H2Stream):
        pass

    class Connection(H2Connection):
        def _begin_new_stream(self, stream_id: int, allowed_ids: Any) -> H2Stream:
            stream = super()._begin_new_stream(stream_id, allowed_ids)
            own = self.streams[stream_id] = Stream(stream_id, self.config, 65535, 65535)
            own.max_outbound_frame_size = stream.max_outbound_frame_size
            return own

    client = Connection()
    server = H2Connection(H2Configuration(client_side=False))
    client.initiate_connection()
    move(client, server)
    client.send_headers(1, GET)
    assert type(client.streams[1]) is Stream
    assert client.open_outbound_streams == 1
    server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 100})
    move(client, server)
    assert client.local_flow_control_window(1) == 100
    client.reset_stream(1)
    assert client.open_outbound_streams == 0
    assert not client.streams
    assert client._closed_streams[1] is StreamClosedBy.SEND_RST_STREAM


def test_anything_among_the_streams_is_counted() -> None:
    client, _ = pair()
    client.streams[1] = Mock(open=True, closed=False)
    client.streams[2] = Mock(open=True, closed=False)
    client.streams[3] = Mock(open=False, closed=True, closed_by=None)
    assert client.open_outbound_streams == 1
    assert client.open_inbound_streams == 1
    assert list(client.streams) == [1, 2]
    assert dict(client._closed_streams) == {3: None}
    client.remote_settings.max_concurrent_streams = 1
    client.remote_settings.acknowledge()
    with pytest.raises(Exception, match="Max outbound streams is 1, 1 open"):
        client.send_headers(5, GET)


@pytest.mark.parametrize("encoding", ["utf-8", "idna", "undefined", "rot13", "nothing", "a\0b"])
def test_encodings_are_as_in_steps(encoding: str) -> None:
    """Of a class of strings, too: members of an enumeration, say."""

    class Name(str):
        __slots__ = ()

    outcomes = []
    for in_steps in (False, True):
        client, server = pair()
        server._core.in_steps = in_steps
        server.config.header_encoding = Name(encoding)
        client.send_headers(1, [*GET, ("a", "..")])
        try:
            outcome: Any = [vars(event) for event in move(client, server)]
        except Exception as error:  # of whatever class
            outcome = type(error), str(error)
        outcomes.append((outcome, repr(server.streams), server.state_machine.state))
    assert outcomes[0] == outcomes[1]


def test_headers_that_have_no_utf_8() -> None:
    """What steps have done before they refuse them is done."""
    client, _ = pair()
    with pytest.raises(UnicodeEncodeError):
        client.send_headers(1, [*GET, ("a", "\udc80")])
    assert repr(client.streams[1]) == "<H2Stream id:1 state:<StreamState.IDLE: 0>>"
    assert client.state_machine.state is ConnectionState.CLIENT_OPEN
    assert client.data_to_send() == b""


def test_step_replaced_before_the_connection_is_made() -> None:
    class Connection(H2Connection):
        def __init__(self) -> None:
            self._terminate_connection = Mock()  # type: ignore[method-assign]
            super().__init__()

    connection = Connection()
    with pytest.raises(Exception, match="3"):
        connection.receive_data(WindowUpdateFrame(3, window_increment=1).serialize())
    connection._terminate_connection.assert_called_once()  # type: ignore[attr-defined]


def test_silent_logger_that_was_given_methods() -> None:
    client, server = pair()
    client.config.logger.debug = Mock()  # type: ignore[method-assign]
    server.config.logger.trace = Mock()  # type: ignore[method-assign]
    client.send_headers(1, GET)
    assert client.config.logger.debug.call_args_list[0].args == (
        "Send headers on stream ID %d", 1
    )  # fmt: skip
    move(client, server)
    assert [call.args[0] for call in server.config.logger.trace.call_args_list] == [
        "Process received data on connection. Received data: %r",
        "Received frame: %s",
    ] + ["Process received data on connection. Received data: %r"] * 2


def test_block_that_never_gets_out_ends_the_compression() -> None:
    """The peer's table would differ from then on, and say other headers than these."""
    testcapi = pytest.importorskip("_testcapi", reason="it lets allocations fail")
    lost = 0
    for at in range(60):
        client, server = pair()
        failed = False
        try:
            testcapi.set_nomemory(at, at + 1)
            try:
                client.send_headers(1, [*GET, ("a", "1")])
            finally:
                testcapi.remove_mem_hooks()
        except MemoryError:
            failed = True
        sent = client.data_to_send()
        try:
            client.send_headers(3, [*GET, ("a", "1"), ("b", "2")])
        except MemoryError:
            assert failed
            lost += 1
            continue
        events = server.receive_data(sent + client.data_to_send())
        assert dict(events[-1].headers)[b"b"] == b"2"  # type: ignore[attr-defined]
        assert dict(events[-1].headers)[b"a"] == b"1"  # type: ignore[attr-defined]
    assert lost


def test_answers_are_counted_as_unsent_though_they_were_sent() -> None:
    """A peer may ask forever, as long as it takes the answers: even where there is always something
    to send when it asks."""
    client, server = pair()
    for _ in range(5000):
        server.ping(b"87654321")
        client.ping(b"12345678")
        server.receive_data(client.data_to_send())
        assert server.data_to_send()


@pytest.mark.parametrize("end", [GoAwayFrame(0).serialize(), UNKNOWN_STREAM])
def test_queued_content_of_a_connection_that_is_closed(end: bytes) -> None:
    """What is to be said last still goes out, and nothing waits for ever."""
    client, server = pair()
    client.send_headers(1, GET)
    client.queue_data(1, bytes(100000), trailers=[("a", "b")])
    move(client, server)
    updates = [WindowUpdateFrame(i, window_increment=100000).serialize() for i in (0, 1)]
    with contextlib.suppress(ProtocolError):
        client.receive_data(b"".join(updates) + end)
    sent = client.data_to_send()
    assert sent[3:4] in (b"", b"\7")
    assert client.queued() == 0
    assert client.data_to_send() == b""


def test_queued_trailers_that_are_refused() -> None:
    """What waits on other streams is still there."""
    client, server = pair()
    for stream_id in (1, 3):
        client.send_headers(stream_id, GET)
    assert not client.queue_data(3, bytes(100000), end_stream=True)
    assert not client.queue_data(1, b"content", trailers=[("a", "b"), (":x", "y")])
    move(client, server)
    for i in (0, 1, 3):
        server.increment_flow_control_window(100000, i or None)
    client.receive_data(server.data_to_send())
    with pytest.raises(ProtocolError):
        client.data_to_send()
    received = sum(
        len(event.data) for event in move(client, server) if isinstance(event, DataReceived)
    )
    assert received == 100000 - 65535 + len(b"content")
    assert client.queued() == 0


def test_output_that_changes_as_its_buffers_are_made() -> None:
    client, server = pair()
    client.send_headers(1, GET)
    move(client, server)
    content = bytes(5000)
    found = []

    class Sly:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            found.append(client.data_to_send())
            for _ in range(5):
                client.ping(b"12345678")

    client.send_data(1, content)
    client.data_to_send(2000)
    thresholds = gc.get_threshold()
    gc.collect()
    try:
        for _ in range(9):
            client.send_data(1, content)
        Sly()
        gc.set_threshold(1, 1, 1)
        buffers = client.buffers_to_send()
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    octets = b"".join([*buffers, *found])
    assert octets.count(bytes(5000)) == 9


def test_errors_of_limits_can_be_copied() -> None:
    error = LimitExceededError("message", "max_resets")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), other.limit, other.error_code) == ("message", "max_resets", 11)


def test_forgetting_the_output_makes_room_for_answers() -> None:
    _, server = pair()
    for _ in range(2):
        for _ in range(1000):
            server.receive_data(PING)
        server.clear_outbound_data_buffer()
    with pytest.raises(LimitExceededError):
        server.receive_data(PING * 1001)


def test_looking_at_the_output_makes_no_room_for_answers() -> None:
    _, server = pair()
    for _ in range(1000):
        server.receive_data(PING)
        assert server._data_to_send
    assert server.counters["max_unsent_answers"] == 1000
    with pytest.raises(LimitExceededError):
        server.receive_data(PING)


@pytest.mark.parametrize("gap", [1, 2, 3, 64, 65534, 65535, 65536, 65537, 200_000])
def test_streams_far_from_each_other_are_known(gap: int) -> None:
    """Of those in between nothing is, whatever was known in the same place before."""
    client, _ = pair()
    closed: Any = client._closed_streams
    for number in range(0, 1000, 3):
        closed[2 * number + 1] = StreamClosedBy.SEND_END_STREAM
    numbers = [997 + gap * i for i in range(1, 4)]
    for number in numbers:
        closed[2 * number + 1] = StreamClosedBy.RECV_RST_STREAM
    first = numbers[-1] + 1 - 65536
    old = [n for n in range(0, 1000, 3) if n >= first and n not in numbers]
    new = [n for n in numbers if n >= first]
    assert {key: how.value for key, how in closed.items()} == {
        **{2 * n + 1: StreamClosedBy.SEND_END_STREAM.value for n in old},
        **{2 * n + 1: StreamClosedBy.RECV_RST_STREAM.value for n in new},
    }
