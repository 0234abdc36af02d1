"""The modules of h2fast.h2 that need no connection, where h2's own tests say nothing of them."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
from typing import Any

import pytest

from h2fast.h2 import config, connection, errors, events, exceptions, settings, stream, utilities
from h2fast.h2.frame_buffer import CONTINUATION_BACKLOG, FrameBuffer
from h2fast.h2.windows import LARGEST_FLOW_CONTROL_WINDOW, WindowManager
from h2fast.hpack import HeaderTuple, NeverIndexedHeaderTuple
from h2fast.hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame

MODULES = [
    "_typing", "config", "connection", "errors", "events", "exceptions", "frame_buffer",
    "settings", "stream", "utilities", "windows",
]  # fmt: skip


def python(*options: str) -> str:
    done = subprocess.run([sys.executable, *options], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", MODULES)
def test_the_originals_are_not_imported(name: str) -> None:
    originals = "{'h2', 'hpack', 'hyperframe'}"
    assert not eval(
        python("-c", f"import sys, h2fast.h2.{name}; print({originals} & set(sys.modules) or '')")
        or "None"
    )


# -------------------------------------------------------------------------- configuration


def test_options_are_kept_per_configuration() -> None:
    one, other = config.H2Configuration(), config.H2Configuration()
    one.split_outbound_cookies = True
    assert one.split_outbound_cookies is True
    assert other.split_outbound_cookies is False
    with pytest.raises(ValueError, match=r"^split_outbound_cookies must be a bool$"):
        one.split_outbound_cookies = 1  # type: ignore[assignment]


def test_header_encoding_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"^header_encoding cannot be True$"):
        config.H2Configuration(header_encoding=True)
    with pytest.raises(ValueError, match=r"^header_encoding must be bool, string, or None$"):
        config.H2Configuration(header_encoding=b"utf-8")  # type: ignore[arg-type]


def test_output_logger_prints_to_a_file() -> None:
    file = io.StringIO()
    logger = config.OutputLogger(file, trace_level=True)
    logger.debug("%s and %d", "a", 1)
    logger.trace("%r", b"x")
    config.OutputLogger(file).trace("not asked for")
    assert file.getvalue() == "h2 (debug): a and 1\nh2 (trace): b'x'\n"


def test_the_dummy_logger_takes_anything() -> None:
    logger = config.DummyLogger("a name", 2)
    logger.debug("%d", "no number", exc_info=True)
    logger.trace()


# ------------------------------------------------------------------ errors and exceptions


def test_numbers_that_are_no_error_code_stay() -> None:
    assert errors._error_code_from_int(8) is errors.ErrorCodes.CANCEL
    assert errors._error_code_from_int(0xE) == 0xE


@pytest.mark.parametrize(
    ("name", "base", "code"),
    [
        ("ProtocolError", exceptions.H2Error, 1),
        ("FrameTooLargeError", exceptions.ProtocolError, 6),
        ("FrameDataMissingError", exceptions.ProtocolError, 6),
        ("TooManyStreamsError", exceptions.ProtocolError, 1),
        ("FlowControlError", exceptions.ProtocolError, 3),
        ("NoAvailableStreamIDError", exceptions.ProtocolError, 1),
        ("UnsupportedFrameError", exceptions.ProtocolError, 1),
        ("DenialOfServiceError", exceptions.ProtocolError, 11),
    ],
)
def test_codes_of_exceptions(name: str, base: type, code: int) -> None:
    kind = getattr(exceptions, name)
    assert kind.__bases__ == (base,)
    assert kind("why").error_code is errors.ErrorCodes(code)
    assert str(kind("why")) == "why"


def test_exceptions_about_streams() -> None:
    missing = exceptions.NoSuchStreamError(5)
    assert (missing.stream_id, str(missing), missing.error_code) == (5, "5", 1)
    closed = exceptions.StreamClosedError(7)
    assert isinstance(closed, exceptions.NoSuchStreamError)
    assert (closed.stream_id, closed.error_code, closed._events) == (7, 5, [])
    assert exceptions.StreamClosedError(7)._events is not closed._events


def test_exceptions_about_values() -> None:
    wrong = exceptions.InvalidSettingsValueError("why", errors.ErrorCodes.FLOW_CONTROL_ERROR)
    assert isinstance(wrong, ValueError)
    assert (str(wrong), wrong.error_code, wrong.args) == ("why", 3, ("why",))
    body = exceptions.InvalidBodyLengthError(10, 12)
    assert (body.expected_length, body.actual_length) == (10, 12)
    assert str(body) == "InvalidBodyLengthError: Expected 10 bytes, received 12"
    assert not issubclass(exceptions.RFC1122Error, exceptions.ProtocolError)


def test_exceptions_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(exceptions.StreamIDTooLowError(3, 5)))
    assert (again.stream_id, again.max_stream_id) == (3, 5)


# ---------------------------------------------------------------------------------- events

BY_VALUE: list[tuple[type[Any], dict[str, Any]]] = [
    (events.RequestReceived, {"stream_id": 1, "headers": []}),
    (events.ResponseReceived, {"stream_id": 1, "headers": []}),
    (events.TrailersReceived, {"stream_id": 1, "headers": []}),
    (events.InformationalResponseReceived, {"stream_id": 1, "headers": []}),
    (events.DataReceived, {"stream_id": 1, "data": b"", "flow_controlled_length": 0}),
    (events.WindowUpdated, {"stream_id": 1, "delta": 2}),
    (events.PingReceived, {"ping_data": b"12345678"}),
    (events.PingAckReceived, {"ping_data": b"12345678"}),
    (events.StreamEnded, {"stream_id": 1}),
    (events.StreamReset, {"stream_id": 1, "error_code": 8, "remote_reset": False}),
    (events.UnknownFrameReceived, {"frame": None}),
]
PLAIN: list[type[Any]] = [
    events.RemoteSettingsChanged, events.PushedStreamReceived, events.SettingsAcknowledged,
    events.PriorityUpdated, events.ConnectionTerminated, events.AlternativeServiceAvailable,
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values"), BY_VALUE, ids=lambda value: getattr(value, "__name__", "")
)
def test_events_that_are_equal_by_value(kind: type[Any], values: dict[str, Any]) -> None:
    assert kind(**values) == kind(**values)
    assert vars(kind(**values)).items() >= values.items()
    with pytest.raises(TypeError):
        hash(kind(**values))
    with pytest.raises(TypeError):
        kind(*values.values())
    assert copy.copy(kind(**values)) == kind(**values)


@pytest.mark.parametrize("kind", PLAIN)
def test_events_that_are_equal_to_nothing_else(kind: type[Any]) -> None:
    event = kind()
    assert event != kind()
    assert hash(event) == hash(event)
    assert not any(vars(event).values())
    assert repr(event).startswith(f"<{kind.__name__} ")


def test_what_a_stream_fills_in_is_the_same_everywhere() -> None:
    kinds: list[type[Any]] = [events.RequestReceived, events.DataReceived, events.StreamReset]
    for kind, name in zip(kinds, ["headers", "data", "error_code"], strict=True):
        assert getattr(kind(stream_id=1), name) is events._LAZY_INIT


def test_the_representation_of_data_shows_its_beginning() -> None:
    event = events.DataReceived(stream_id=1, data=bytes(range(30)), flow_controlled_length=30)
    assert repr(event) == (
        f"<DataReceived stream_id:1, flow_controlled_length:30, data:{bytes(range(20)).hex()}>"
    )


# -------------------------------------------------------------------------------- settings


def test_settings_stand_in_the_order_they_are_sent_in() -> None:
    codes = settings.SettingCodes
    mine = settings.Settings(
        initial_values={codes.MAX_CONCURRENT_STREAMS: 100, codes.MAX_HEADER_LIST_SIZE: 65536}
    )
    assert list(mine) == [1, 2, 4, 5, 8, 3, 6]


def test_each_acknowledgement_is_of_one_value() -> None:
    mine = settings.Settings()
    mine.initial_window_size = 1
    mine.initial_window_size = 2
    mine[0x99] = 3
    assert (mine.initial_window_size, 0x99 in mine) == (65535, False)
    first = mine.acknowledge()
    changes = [(int(code), one.original_value, one.new_value) for code, one in first.items()]
    assert changes == [(4, 65535, 1), (0x99, None, 3)]
    assert [change.new_value for change in mine.acknowledge().values()] == [2]
    assert mine.acknowledge() == {}


def test_a_refused_setting_changes_nothing() -> None:
    mine = settings.Settings()
    with pytest.raises(exceptions.InvalidSettingsValueError) as refused:
        mine.max_frame_size = 1
    assert str(refused.value) == "Setting 5 has invalid value 1"
    assert mine.acknowledge() == {}


def test_a_server_must_not_allow_pushes() -> None:
    of_a_server = settings.Settings(client=False)
    of_a_server.validate_received_setting(2, 0)
    with pytest.raises(exceptions.InvalidSettingsValueError) as refused:
        of_a_server.validate_received_setting(2, 1)
    assert refused.value.error_code is errors.ErrorCodes.PROTOCOL_ERROR
    settings.Settings(client=True).validate_received_setting(2, 1)


def test_settings_cannot_be_hashed() -> None:
    with pytest.raises(TypeError):
        hash(settings.Settings())


# --------------------------------------------------------------------------------- windows


def test_a_window_is_given_back_by_halves() -> None:
    window = WindowManager(100)
    window.window_consumed(60)
    assert window.process_bytes(0) is None
    assert window.process_bytes(49) == 0
    assert window.process_bytes(1) == 50
    assert window.current_window_size == 90


def test_a_window_that_is_used_up_is_given_back_sooner() -> None:
    window = WindowManager(65535)
    window.window_consumed(65535)
    assert window.process_bytes(1024) == 0
    assert window.process_bytes(1) == 1025


def test_windows_have_limits() -> None:
    window = WindowManager(LARGEST_FLOW_CONTROL_WINDOW)
    with pytest.raises(exceptions.FlowControlError, match="mustn't exceed 2147483647"):
        window.window_opened(1)
    with pytest.raises(exceptions.FlowControlError, match="shrunk below 0"):
        WindowManager(1).window_consumed(2)
    with pytest.raises(AssertionError):
        WindowManager(LARGEST_FLOW_CONTROL_WINDOW + 1)


# ------------------------------------------------------------------------------- utilities

REQUEST = utilities.HeaderValidationFlags(True, False, False, False)


def test_lists_are_checked_as_they_are_taken() -> None:
    checked = iter(utilities.validate_headers(iter([(b"a", b"b"), (b"A", b"b")]), REQUEST))
    assert next(checked) == (b"a", b"b")
    with pytest.raises(exceptions.ProtocolError, match="uppercase header name b'A'"):
        next(checked)


def test_normalization_keeps_the_classes_of_headers() -> None:
    given = [
        (b"Plain", b" 1 "),
        HeaderTuple(b"Indexed", b"2"),
        NeverIndexedHeaderTuple(b"Never", b"3"),
        HeaderTuple(b"Authorization", b"secret"),
        (b"Connection", b"close"),
    ]
    sent = list(utilities.normalize_outbound_headers(given, None))
    assert sent == [
        (b"plain", b"1"), (b"indexed", b"2"), (b"never", b"3"), (b"authorization", b"secret")
    ]  # fmt: skip
    assert [type(header) for header in sent] == [
        tuple, HeaderTuple, NeverIndexedHeaderTuple, NeverIndexedHeaderTuple
    ]  # fmt: skip


# -------------------------------------------------------------------------- state machines


def test_an_action_of_a_subclass_is_called_in_the_next_state() -> None:
    on, closed = connection.ConnectionInputs, connection.ConnectionState.CLOSED
    event = events.Event()
    pinged = {(connection.ConnectionState.IDLE, on.SEND_PING): (lambda: [event], closed)}
    machine = type("Machine", (connection.H2ConnectionStateMachine,), {"_transitions": pinged})()
    assert machine.process_input(on.SEND_PING) == [event]
    assert machine.state is closed


OPTIMIZED = """
from h2fast.h2.exceptions import ProtocolError
from h2fast.h2.stream import H2StreamStateMachine, StreamInputs, StreamState
machine = H2StreamStateMachine(1)
for _ in range(2):
    machine.process_input(StreamInputs.SEND_HEADERS)
try:
    machine.process_input(StreamInputs.SEND_HEADERS)
except ProtocolError as error:
    print(machine.state is StreamState.CLOSED, type(error.__cause__).__name__)
"""


@pytest.mark.parametrize("options", [(), ("-O",)])
def test_second_trailers_are_refused_without_assertions_too(options: tuple[str, ...]) -> None:
    assert python(*options, "-c", OPTIMIZED) == "True AssertionError"


def test_a_fault_of_the_peer_carries_the_event_of_the_reset() -> None:
    machine = stream.H2StreamStateMachine(1)
    machine.process_input(stream.StreamInputs.UPGRADE_SERVER)
    with pytest.raises(exceptions.StreamClosedError) as fault:
        machine.process_input(stream.StreamInputs.RECV_DATA)
    assert fault.value._events == [
        events.StreamReset(
            stream_id=1, error_code=errors.ErrorCodes.STREAM_CLOSED, remote_reset=False
        )
    ]
    assert machine.stream_closed_by is stream.StreamClosedBy.SEND_RST_STREAM


# ---------------------------------------------------------------------------- frame buffer


def a_buffer(most: int = 16384) -> FrameBuffer:
    buffer = FrameBuffer()
    buffer.max_frame_size = most
    return buffer


def block(parts: int) -> bytes:
    rest = [ContinuationFrame(1, b"x", flags=["END_HEADERS"] * (at == 1)) for at in range(parts)]
    rest = [*rest[2:], rest[1]] if parts > 1 else []
    return HeadersFrame(1, b"x").serialize() + b"".join(frame.serialize() for frame in rest)


def test_a_block_comes_as_one_frame() -> None:
    buffer = a_buffer()
    buffer.add_data(block(CONTINUATION_BACKLOG))
    (frame,) = buffer
    assert isinstance(frame, HeadersFrame)
    assert (frame.data, sorted(frame.flags)) == (b"x" * CONTINUATION_BACKLOG, ["END_HEADERS"])


def test_a_block_of_too_many_frames_is_refused() -> None:
    buffer = a_buffer()
    buffer.add_data(block(CONTINUATION_BACKLOG + 1))
    with pytest.raises(
        exceptions.ProtocolError, match=r"^Too many continuation frames received\.$"
    ):
        next(buffer)


@pytest.mark.parametrize("other", [PingFrame(0, b"12345678"), ContinuationFrame(3, b"x")])
def test_nothing_comes_between_the_frames_of_a_block(other: Any) -> None:
    buffer = a_buffer()
    buffer.add_data(HeadersFrame(1, b"x").serialize() + other.serialize())
    with pytest.raises(exceptions.ProtocolError, match=r"^Invalid frame during header block\.$"):
        next(buffer)


def test_a_frame_that_is_too_long_stays_and_is_refused_again() -> None:
    buffer = a_buffer(most=2)
    buffer.add_data(DataFrame(1, b"abc").serialize())
    for _ in range(2):
        with pytest.raises(exceptions.FrameTooLargeError, match=r"length 3, max 2$"):
            next(buffer)
    buffer.max_frame_size = 3
    assert next(buffer).stream_id == 1


def test_blocks_without_end_do_not_recurse() -> None:
    buffer = a_buffer()
    buffer.add_data(block(2) * 2000)
    assert len(list(buffer)) == 2000
