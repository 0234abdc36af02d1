"""HTTP/2 connections: frames in, events out; calls in, frames out.

H2Connection says step by step what happens to what is received and to what is to be sent, as h2
does. Where nothing about it is unusual, h2fast._h2 does the same in one go.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import Enum as Enum, IntEnum as IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any, ClassVar

from h2fast._h2 import ConnectionMachine, Core, refused_block, settings_to_keep
from h2fast.h2._connection_states import (
    AllowedStreamIDs as AllowedStreamIDs,
    ConnectionInputs as ConnectionInputs,
    ConnectionState as ConnectionState,
    H2ConnectionStateMachine as H2ConnectionStateMachine,
)
from h2fast.h2._outbound_queue import OutboundQueue
from h2fast.h2.config import DummyLogger, H2Configuration as H2Configuration
from h2fast.h2.errors import (
    ErrorCodes as ErrorCodes,
    _error_code_from_int as _error_code_from_int,
)
from h2fast.h2.events import (
    AlternativeServiceAvailable as AlternativeServiceAvailable,
    ConnectionTerminated as ConnectionTerminated,
    Event as Event,
    InformationalResponseReceived as InformationalResponseReceived,
    PingAckReceived as PingAckReceived,
    PingReceived as PingReceived,
    PriorityUpdated as PriorityUpdated,
    RemoteSettingsChanged as RemoteSettingsChanged,
    RequestReceived as RequestReceived,
    ResponseReceived as ResponseReceived,
    SettingsAcknowledged as SettingsAcknowledged,
    TrailersReceived as TrailersReceived,
    UnknownFrameReceived as UnknownFrameReceived,
    WindowUpdated as WindowUpdated,
)
from h2fast.h2.exceptions import (
    DenialOfServiceError as DenialOfServiceError,
    FlowControlError as FlowControlError,
    FrameTooLargeError as FrameTooLargeError,
    NoAvailableStreamIDError as NoAvailableStreamIDError,
    NoSuchStreamError as NoSuchStreamError,
    ProtocolError as ProtocolError,
    RFC1122Error as RFC1122Error,
    StreamClosedError as StreamClosedError,
    StreamIDTooLowError as StreamIDTooLowError,
    TooManyStreamsError as TooManyStreamsError,
)
from h2fast.h2.frame_buffer import FrameBuffer as FrameBuffer
from h2fast.h2.settings import (
    ChangedSetting as ChangedSetting,
    SettingCodes as SettingCodes,
    Settings as Settings,
)
from h2fast.h2.stream import H2Stream as H2Stream, StreamClosedBy as StreamClosedBy
from h2fast.h2.utilities import (
    SizeLimitDict as SizeLimitDict,
    guard_increment_window as guard_increment_window,
)
from h2fast.h2.windows import WindowManager as WindowManager
from h2fast.hpack.exceptions import (
    HPACKError as HPACKError,
    OversizedHeaderListError as OversizedHeaderListError,
)
from h2fast.hpack.hpack import Decoder as Decoder, Encoder as Encoder
from h2fast.hyperframe.exceptions import InvalidPaddingError as InvalidPaddingError
from h2fast.hyperframe.frame import (
    AltSvcFrame as AltSvcFrame,
    ContinuationFrame as ContinuationFrame,
    DataFrame as DataFrame,
    ExtensionFrame as ExtensionFrame,
    Frame as Frame,
    GoAwayFrame as GoAwayFrame,
    HeadersFrame as HeadersFrame,
    PingFrame as PingFrame,
    PriorityFrame as PriorityFrame,
    PushPromiseFrame as PushPromiseFrame,
    RstStreamFrame as RstStreamFrame,
    SettingsFrame as SettingsFrame,
    WindowUpdateFrame as WindowUpdateFrame,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping

    from h2fast.h2._typing import Buffer
    from h2fast.hpack.struct import Header, HeaderWeaklyTyped

    _Received = tuple[list[Frame], list[Event]]


_CLOSED = ConnectionState.CLOSED.value

# What a subclass may replace of how frames are received and sent. A connection whose class has done
# so, or that was given another one, goes step by step.
_STEPS = (
    "_receive_frame", "_receive_headers_frame", "_receive_push_promise_frame",
    "_receive_settings_frame", "_receive_data_frame", "_receive_window_update_frame",
    "_receive_ping_frame", "_receive_rst_stream_frame", "_receive_priority_frame",
    "_receive_goaway_frame", "_receive_naked_continuation", "_receive_alt_svc_frame",
    "_receive_unknown_frame", "_handle_data_on_closed_stream", "_terminate_connection",
    "_prepare_for_sending", "_open_streams", "open_inbound_streams", "open_outbound_streams",
    "_begin_new_stream", "_get_or_create_stream", "_get_stream_by_id", "_stream_id_is_outbound",
    "_stream_closed_by", "_stream_is_closed_by_reset", "_stream_is_closed_by_end",
    "inbound_flow_control_window", "local_flow_control_window", "clear_outbound_data_buffer",
    "_acknowledge_settings", "_local_settings_acked", "_flow_control_change_from_settings",
    "_inbound_flow_control_change_from_settings",
)  # fmt: skip


# The step that takes a frame.
_STEP_FOR: dict[type[Frame], str] = {
    HeadersFrame: "_receive_headers_frame",
    PushPromiseFrame: "_receive_push_promise_frame",
    SettingsFrame: "_receive_settings_frame",
    DataFrame: "_receive_data_frame",
    WindowUpdateFrame: "_receive_window_update_frame",
    PingFrame: "_receive_ping_frame",
    RstStreamFrame: "_receive_rst_stream_frame",
    PriorityFrame: "_receive_priority_frame",
    GoAwayFrame: "_receive_goaway_frame",
    ContinuationFrame: "_receive_naked_continuation",
    AltSvcFrame: "_receive_alt_svc_frame",
    ExtensionFrame: "_receive_unknown_frame",
}


def _kept(name: str, meaning: str) -> int:
    """An attribute whose value is kept in C."""

    def put(connection: H2Connection, value: int) -> None:
        setattr(connection._core, name, value)

    return property(attrgetter(f"_core.{name}"), put, doc=meaning)  # type: ignore[return-value]


def _take_state(connection: H2Connection, machine: H2ConnectionStateMachine) -> None:
    """Whoever replaces the state machine of a connection sets its state."""
    connection.state_machine.state = machine.state


class H2Connection:
    """One side of an HTTP/2 connection (RFC 9113). It does no input or output.

    What was received goes into :meth:`receive_data`, which returns events; what is to be sent is
    put together by the other methods and comes out of :meth:`data_to_send`.

    :param config: how it behaves; a client with the defaults unless given.
    """

    #: Not used: the peer's settings say it.
    DEFAULT_MAX_OUTBOUND_FRAME_SIZE: ClassVar[int] = 65535

    #: Not used: the settings of this end say it.
    DEFAULT_MAX_INBOUND_FRAME_SIZE: ClassVar[int] = 2**24

    #: The highest identifier of a stream (RFC 9113 section 5.1.1).
    HIGHEST_ALLOWED_STREAM_ID: ClassVar[int] = 2**31 - 1

    #: The most that a window grows by at once, in octets (RFC 9113 section 6.9).
    MAX_WINDOW_INCREMENT: ClassVar[int] = 2**31 - 1

    #: The octets of the largest list of headers that is taken, each with 32 more.
    DEFAULT_MAX_HEADER_LIST_SIZE: ClassVar[int] = 2**16

    #: Not used: it is known of 65,536 streams of each side how they were closed.
    MAX_CLOSED_STREAMS: ClassVar[int] = 2**16

    def __init__(self, config: H2Configuration | None = None) -> None:
        #: How the connection behaves. It is looked at each time.
        self.config = config or H2Configuration(client_side=True)

        #: What compresses headers, and what decompresses them.
        self.encoder = Encoder()
        self.decoder = Decoder()

        #: The settings of this end. RFC 9113 section 6.5.2 has no limit of streams at first.
        self.local_settings = Settings(
            client=self.config.client_side,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: 100,
                SettingCodes.MAX_HEADER_LIST_SIZE: self.DEFAULT_MAX_HEADER_LIST_SIZE,
                **_settings_of_limits(self.config),
            },
        )
        most = self.local_settings.max_header_list_size
        self.decoder.max_header_list_size = most or self.DEFAULT_MAX_HEADER_LIST_SIZE

        #: The settings of the peer.
        self.remote_settings = Settings(client=not self.config.client_side)

        #: Octets that were received, until they are frames.
        self.incoming_buffer = FrameBuffer(server=not self.config.client_side)

        in_steps = _is_replaced(type(self)) or not self.__dict__.keys().isdisjoint(_STEPS)
        core = Core(self.local_settings.initial_window_size, in_steps)
        core.outbound_flow_control_window = self.remote_settings.initial_window_size
        core.max_outbound_frame_size = self.remote_settings.max_frame_size
        core.max_inbound_frame_size = self.local_settings.max_frame_size
        self._core = core
        self._machine = ConnectionMachine(core)
        self._outbound_queue = OutboundQueue()
        _set_limits(self)

    # ----------------------------------------------------------------------- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN_STEPS and "_core" in self.__dict__:
            self._core.in_steps = True
        object.__setattr__(self, name, value)

    max_outbound_frame_size = _kept(
        "max_outbound_frame_size", "Octets of the longest payload that the peer takes."
    )
    max_inbound_frame_size = _kept(
        "max_inbound_frame_size", "Octets of the longest payload that this end takes."
    )
    outbound_flow_control_window = _kept(
        "outbound_flow_control_window", "Octets that may be sent on all streams together."
    )
    highest_inbound_stream_id = _kept(
        "highest_inbound_stream_id", "The highest identifier of a stream that the peer has opened."
    )
    highest_outbound_stream_id = _kept(
        "highest_outbound_stream_id", "The highest identifier of a stream that this end has opened."
    )

    # Programs look at it several times a request.
    state_machine: H2ConnectionStateMachine = property(  # type: ignore[assignment]
        attrgetter("_machine"), _take_state, doc="How far the connection has come."
    )

    @property
    def streams(self) -> dict[int, H2Stream]:
        """The streams by identifier: those that live, and closed ones until the next is opened."""
        return self._core.streams

    @streams.setter
    def streams(self, streams: dict[int, H2Stream]) -> None:
        self._core.replace_streams(streams)

    @property
    def _closed_streams(self) -> MutableMapping[int, StreamClosedBy | None]:
        return self._core.closed_streams

    @_closed_streams.setter
    def _closed_streams(self, streams: Mapping[int, StreamClosedBy | None]) -> None:
        streams = dict(streams)
        self._closed_streams.clear()
        self._closed_streams.update(streams)

    @property
    def _inbound_flow_control_window_manager(self) -> WindowManager:
        return self._core.window_manager

    @_inbound_flow_control_window_manager.setter
    def _inbound_flow_control_window_manager(self, window: WindowManager) -> None:
        self._core.window_manager = window

    @property
    def _data_to_send(self) -> bytearray:
        return bytearray(self._core.peek())

    @_data_to_send.setter
    def _data_to_send(self, octets: bytearray) -> None:
        self._core.clear()
        self._core.send(bytes(octets))

    @property
    def _frame_dispatch_table(self) -> dict[type[Frame], Callable[[Any], _Received]]:
        """Whoever asks for it gets one that they may change, and the reference cycle that it is."""
        self._core.own_table = True
        table: dict[type[Frame], Callable[[Any], _Received]]
        table = self.__dict__.setdefault("_own_dispatch_table", self._make_dispatch_table())
        return table

    @_frame_dispatch_table.setter
    def _frame_dispatch_table(self, table: dict[type[Frame], Callable[[Any], _Received]]) -> None:
        self._core.own_table = True
        self.__dict__["_own_dispatch_table"] = table

    @_frame_dispatch_table.deleter
    def _frame_dispatch_table(self) -> None:
        self._core.own_table = False
        self.__dict__.pop("_own_dispatch_table", None)

    def _make_dispatch_table(self) -> dict[type[Frame], Callable[[Any], _Received]]:
        return {frame: getattr(self, step) for frame, step in _STEP_FOR.items()}

    # -------------------------------------------------------------------------- streams

    def _open_streams(self, remainder: int) -> int:
        """How many streams are open whose identifiers leave this remainder with 2.

        Closed ones are taken out of ``streams``.
        """
        return self._core.open_streams(remainder)

    @property
    def open_outbound_streams(self) -> int:
        """How many streams are open that this end has opened (RFC 9113 section 5.1.2)."""
        return self._open_streams(int(self.config.client_side))

    @property
    def open_inbound_streams(self) -> int:
        """How many streams are open that the peer has opened (RFC 9113 section 5.1.2)."""
        return self._open_streams(int(not self.config.client_side))

    def _stream_id_is_outbound(self, stream_id: int) -> bool:
        """Whether streams with this identifier are opened by this end."""
        return stream_id % 2 == int(self.config.client_side)

    def _highest_stream_id(self, stream_id: int) -> int:
        """The highest identifier that was used by the side that this one belongs to."""
        if self._stream_id_is_outbound(stream_id):
            return self._core.highest_outbound_stream_id
        return self._core.highest_inbound_stream_id

    def _begin_new_stream(self, stream_id: int, allowed_ids: AllowedStreamIDs) -> H2Stream:
        """Open a stream.

        :param allowed_ids: which identifiers the side that opens it has.
        :raises StreamIDTooLowError: there was one with this or a higher identifier.
        :raises ProtocolError: it is an identifier of the other side.
        """
        logger = self.config.logger
        logger.debug("Attempting to initiate stream ID %d", stream_id)
        highest = self._highest_stream_id(stream_id)
        if stream_id <= highest:
            raise StreamIDTooLowError(stream_id, highest)
        if stream_id % 2 != int(allowed_ids):
            raise ProtocolError("Invalid stream ID for peer.")
        stream = H2Stream(
            stream_id,
            config=self.config,
            inbound_window_size=self.local_settings.initial_window_size,
            outbound_window_size=self.remote_settings.initial_window_size,
        )
        logger.debug("Stream ID %d created", stream_id)
        stream.max_outbound_frame_size = self.max_outbound_frame_size
        self.streams[stream_id] = stream
        self._core.count_stream()
        logger.debug("Current streams: %s", self.streams.keys())
        if self._stream_id_is_outbound(stream_id):
            self.highest_outbound_stream_id = stream_id
        else:
            self.highest_inbound_stream_id = stream_id
        return stream

    def _get_or_create_stream(self, stream_id: int, allowed_ids: AllowedStreamIDs) -> H2Stream:
        """The stream, which is opened where it is not there."""
        try:
            return self.streams[stream_id]
        except KeyError:
            return self._begin_new_stream(stream_id, allowed_ids)

    def _get_stream_by_id(self, stream_id: int | None) -> H2Stream:
        """The stream.

        :raises NoSuchStreamError: there was none yet.
        :raises StreamClosedError: it is gone.
        """
        if not stream_id:
            raise NoSuchStreamError(-1)
        try:
            return self.streams[stream_id]
        except KeyError as error:
            if stream_id > self._highest_stream_id(stream_id):
                raise NoSuchStreamError(stream_id) from error
            raise StreamClosedError(stream_id) from error

    def _stream_closed_by(self, stream_id: int) -> StreamClosedBy | None:
        """How a stream was closed; None also for one that a higher identifier passed over."""
        if stream_id in self.streams:
            return self.streams[stream_id].closed_by
        return self._closed_streams.get(stream_id)

    def _stream_is_closed_by_reset(self, stream_id: int) -> bool:
        return self._stream_closed_by(stream_id) in (
            StreamClosedBy.RECV_RST_STREAM,
            StreamClosedBy.SEND_RST_STREAM,
        )

    def _stream_is_closed_by_end(self, stream_id: int) -> bool:
        return self._stream_closed_by(stream_id) in (
            StreamClosedBy.RECV_END_STREAM,
            StreamClosedBy.SEND_END_STREAM,
        )

    def get_next_available_stream_id(self) -> int:
        """The identifier for the next stream of this end. It stays so until it is used.

        :raises NoAvailableStreamIDError: all are used up: a new connection is needed.
        """
        highest = self._core.highest_outbound_stream_id
        next_id = highest + 2 if highest else 1 if self.config.client_side else 2
        self.config.logger.debug("Next available stream ID %d", next_id)
        if next_id > self.HIGHEST_ALLOWED_STREAM_ID:
            raise NoAvailableStreamIDError("Exhausted allowed stream IDs")
        return next_id

    # ---------------------------------------------------------------------- the preface

    def initiate_connection(self) -> None:
        """Put together what a connection begins with: a client's preface, and SETTINGS."""
        self.config.logger.debug("Initializing connection")
        self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" if self.config.client_side else b""
        frame = self._first_settings()
        self.config.logger.debug("Send Settings frame: %s", self.local_settings)
        self._core.send(preface + frame.serialize())
        self._core.settings_sent += 1

    def _first_settings(self) -> SettingsFrame:
        frame = SettingsFrame(0)
        for setting, value in self.local_settings.items():
            frame.settings[setting] = value
        return frame

    def initiate_upgrade_connection(self, settings_header: bytes | None = None) -> bytes | None:
        """Begin a connection that was upgraded from HTTP/1.1, whose request is stream 1.

        :param settings_header: on a server, what the request has in ``HTTP2-Settings``.
        :returns: on a client, what the request is to have there.
        """
        self.config.logger.debug("Upgrade connection. Current settings: %s", self.local_settings)
        self.initiate_connection()
        header = None
        if self.config.client_side:
            header = base64.urlsafe_b64encode(self._first_settings().serialize_body())
        elif settings_header:
            frame = SettingsFrame(0)
            frame.parse_body(memoryview(base64.urlsafe_b64decode(settings_header)))
            self._receive_settings_frame(frame)  # there is no acknowledgement of these
        input_ = (
            ConnectionInputs.SEND_HEADERS
            if self.config.client_side
            else ConnectionInputs.RECV_HEADERS
        )
        self.config.logger.debug("Process input %s", input_)
        self.state_machine.process_input(input_)
        self._begin_new_stream(stream_id=1, allowed_ids=AllowedStreamIDs.ODD)
        self.streams[1].upgrade(self.config.client_side)
        return header

    # ------------------------------------------------------------------------- messages

    def send_headers(
        self,
        stream_id: int,
        headers: Iterable[HeaderWeaklyTyped],
        end_stream: bool = False,
        priority_weight: int | None = None,
        priority_depends_on: int | None = None,
        priority_exclusive: bool | None = None,
    ) -> None:
        """Send a header section.

        A client's first on a stream is a request, which opens it; a server's are any number of
        interim responses and one response. One more with ``end_stream`` is trailers.

        :param stream_id: the stream; a new one has :meth:`get_next_available_stream_id`.
        :param headers: pairs of name and value, ``bytes`` or ``str`` (sent as UTF-8),
            pseudo-headers first. A NeverIndexedHeaderTuple is not kept in the tables of
            compression.
        :param end_stream: whether nothing follows.
        :param priority_weight: of a client, as for :meth:`prioritize`, and so on.
        :raises TooManyStreamsError: the peer allows no more open streams.
        :raises ProtocolError: there can be none now, or it breaks a rule.
        :raises RFC1122Error: a server gives a priority.
        """
        has_priority = not (
            priority_weight is None and priority_depends_on is None and priority_exclusive is None
        )
        if not has_priority and self._core.send_headers(self, stream_id, headers, end_stream):
            return
        self.config.logger.debug("Send headers on stream ID %d", stream_id)
        if stream_id not in self.streams:
            if self._core.draining:
                raise ProtocolError(f"Stream {stream_id} is not opened after a GOAWAY")
            most = self.remote_settings.max_concurrent_streams
            count = self.open_outbound_streams
            if count + 1 > most:
                raise TooManyStreamsError(f"Max outbound streams is {most}, {count} open")
        self.state_machine.process_input(ConnectionInputs.SEND_HEADERS)
        stream = self._get_or_create_stream(stream_id, AllowedStreamIDs(self.config.client_side))
        frames = stream.send_headers(headers, self.encoder, end_stream)
        if has_priority:
            if not self.config.client_side:
                raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
            frames[0].flags.add("PRIORITY")
            _add_frame_priority(frames[0], priority_weight, priority_depends_on, priority_exclusive)
        self._prepare_for_sending(frames)

    def send_data(
        self,
        stream_id: int,
        data: bytes | memoryview,
        end_stream: bool = False,
        pad_length: Any = None,
    ) -> None:
        """Send a piece of content, all of it in one frame and at once.

        :param data: at most as many octets as :meth:`local_flow_control_window` and
            ``max_outbound_frame_size`` say.
        :param end_stream: whether nothing follows.
        :param pad_length: octets of padding, 0 to 255, which count like content and one more.
        :raises FlowControlError: a window does not allow it.
        :raises FrameTooLargeError: the peer takes no frame of this length.
        :raises StreamClosedError: the stream is closed.
        :raises ProtocolError: there can be none now.
        :raises KeyError: there is no such stream.
        """
        if pad_length is None and self._core.send_data(self, stream_id, data, end_stream):
            return
        logger = self.config.logger
        logger.debug("Send data on stream ID %d with len %d", stream_id, len(data))
        size = len(data)
        if pad_length is not None:
            if not isinstance(pad_length, int):
                raise TypeError("pad_length must be an int")
            if pad_length < 0 or pad_length > 255:
                raise ValueError("pad_length must be within range: [0, 255]")
            size += pad_length + 1
        logger.debug("Frame size on stream ID %d is %d", stream_id, size)
        if size > 0 and size > self.local_flow_control_window(stream_id):
            window = self.local_flow_control_window(stream_id)
            raise FlowControlError(f"Cannot send {size} bytes, flow control window is {window}")
        if size > self.max_outbound_frame_size:
            raise FrameTooLargeError(
                f"Cannot send frame size {size}, max frame size is {self.max_outbound_frame_size}"
            )
        self.state_machine.process_input(ConnectionInputs.SEND_DATA)
        stream = self.streams[stream_id]
        self._prepare_for_sending(stream.send_data(data, end_stream, pad_length=pad_length))
        self._core.count_data_sent()
        self.outbound_flow_control_window -= size
        logger.debug("Outbound flow control window size is %d", self.outbound_flow_control_window)
        assert self.outbound_flow_control_window >= 0 or size == 0

    def end_stream(self, stream_id: int) -> None:
        """End the message on a stream, with an empty frame.

        :raises NoSuchStreamError: there was no such stream yet.
        :raises StreamClosedError: it is closed.
        """
        if self._core.end_stream(self, stream_id):
            return
        self.config.logger.debug("End stream ID %d", stream_id)
        self.state_machine.process_input(ConnectionInputs.SEND_DATA)
        self._prepare_for_sending(self._get_stream_by_id(stream_id).end_stream())
        self._core.count_data_sent()

    def push_stream(
        self,
        stream_id: int,
        promised_stream_id: int,
        request_headers: Iterable[HeaderWeaklyTyped],
    ) -> None:
        """Promise a response to a request that the client has not made (RFC 9113 section 8.4).

        :param stream_id: the stream of the request that it belongs to.
        :param promised_stream_id: the one that the response will be sent on.
        :param request_headers: the request, as for :meth:`send_headers`.
        :raises ProtocolError: the client takes no pushes, or there can be none on this stream.
        """
        self.config.logger.debug("Send Push Promise frame on stream ID %d", stream_id)
        if not self.remote_settings.enable_push:
            raise ProtocolError("Remote peer has disabled stream push")
        self.state_machine.process_input(ConnectionInputs.SEND_PUSH_PROMISE)
        stream = self._get_stream_by_id(stream_id)
        if stream_id % 2 == 0:  # section 6.6: not on one that was promised itself
            raise ProtocolError("Cannot recursively push streams.")
        promised = self._begin_new_stream(promised_stream_id, AllowedStreamIDs.EVEN)
        frames = stream.push_stream_in_band(promised_stream_id, request_headers, self.encoder)
        self._prepare_for_sending(frames + promised.locally_pushed())

    def reset_stream(self, stream_id: int, error_code: ErrorCodes | int = 0) -> None:
        """End a stream early.

        :raises NoSuchStreamError: there was no such stream yet.
        :raises StreamClosedError: it is closed.
        """
        if self._core.reset_stream(self, stream_id, error_code):
            return
        self.config.logger.debug("Reset stream ID %d", stream_id)
        self.state_machine.process_input(ConnectionInputs.SEND_RST_STREAM)
        self._prepare_for_sending(self._get_stream_by_id(stream_id).reset_stream(error_code))

    # ------------------------------------------------------------ messages that may wait

    def queue_data(
        self,
        stream_id: int,
        data: bytes | memoryview,
        end_stream: bool = False,
        trailers: Iterable[HeaderWeaklyTyped] | None = None,
    ) -> bool:
        """Send content of any length, as much of it now as the windows allow. h2 has no such
        method.

        What is left waits, and comes out of :meth:`data_to_send` when the peer allows it; the
        streams take turns. What cannot be changed, such as ``bytes``, is referred to, not copied,
        while it waits.

        :param end_stream: whether nothing follows.
        :param trailers: what follows the content, and ends the stream.
        :returns: whether all of it is sent. If not, wait for WindowUpdated, RemoteSettingsChanged
            or for :meth:`queued` to fall before more is made.
        :raises BufferError: more octets would wait than ``queue_limit`` allows; none is taken.
        :raises StreamClosedError: the stream is closed, or its end waits already.
        :raises NoSuchStreamError: there was no such stream yet.
        """
        queue = self._outbound_queue
        stream = self._get_stream_by_id(stream_id)
        if stream.closed or queue.is_ending(stream_id):
            raise StreamClosedError(stream_id)
        queue.add(stream_id, data, end_stream, trailers)
        queue.send(self)
        return queue.waiting(stream_id) == 0

    def queued(self, stream_id: int | None = None) -> int:
        """Octets that wait on a stream or, without one, on all of them together. h2 has no such
        method."""
        queue = self._outbound_queue
        return queue.octets if stream_id is None else queue.waiting(stream_id)

    @property
    def queue_limit(self) -> int:
        """How many octets may wait in all: 64 MiB unless set. h2 has no such attribute."""
        return self._outbound_queue.limit

    @queue_limit.setter
    def queue_limit(self, octets: int) -> None:
        self._outbound_queue.limit = octets

    # --------------------------------------------------------------------- flow control

    @property
    def inbound_flow_control_window(self) -> int:
        """Octets that the peer may send on all streams together."""
        return self._core.inbound_flow_control_window

    def local_flow_control_window(self, stream_id: int) -> int:
        """Octets that may be sent on a stream now: what its window and the connection's allow.

        :raises NoSuchStreamError: there was no such stream yet.
        :raises StreamClosedError: it is gone.
        """
        window = self._core.local_window(stream_id)
        if window is not None:
            return window
        stream = self._get_stream_by_id(stream_id)
        return int(min(self.outbound_flow_control_window, stream.outbound_flow_control_window))

    def remote_flow_control_window(self, stream_id: int) -> int:
        """Octets that the peer may send on a stream now.

        :raises NoSuchStreamError: there was no such stream yet.
        :raises StreamClosedError: it is gone.
        """
        stream = self._get_stream_by_id(stream_id)
        return min(self.inbound_flow_control_window, stream.inbound_flow_control_window)

    def increment_flow_control_window(self, increment: int, stream_id: int | None = None) -> None:
        """Let the peer send more.

        :param increment: how many octets, 1 to 2^31 - 1.
        :param stream_id: on which stream; None makes the connection's window larger.
        :raises ValueError: the increment is out of its range.
        :raises FlowControlError: the window would be too large.
        :raises KeyError: there is no such stream.
        """
        if not 1 <= increment <= self.MAX_WINDOW_INCREMENT:
            raise ValueError(
                f"Flow control increment must be between 1 and {self.MAX_WINDOW_INCREMENT}"
            )
        if self._core.increment(self, increment, stream_id):
            return
        self.state_machine.process_input(ConnectionInputs.SEND_WINDOW_UPDATE)
        frames: list[Frame]
        if stream_id is None:
            self._inbound_flow_control_window_manager.window_opened(increment)
            frames = [_window_update(increment)]
            self.config.logger.debug("Increase connection flow control window by %d", increment)
        else:
            frames = self.streams[stream_id].increase_flow_control_window(increment)
            self.config.logger.debug(
                "Increase stream ID %d flow control window by %d", stream_id, increment
            )
        self._prepare_for_sending(frames)

    def set_receive_windows(self, connection: int, stream: int) -> None:
        """Let the peer send more before anything is acknowledged. h2 has no such method.

        :param connection: octets on all streams together; less than now changes nothing.
        :param stream: octets on each stream, open ones too once the peer has acknowledged it.
        :raises InvalidSettingsValueError: ``stream`` is above 2^31 - 1.
        :raises FlowControlError: ``connection`` is.
        """
        window = self._inbound_flow_control_window_manager
        increment = connection - window.max_window_size
        guard_increment_window(window.current_window_size, max(increment, 0))
        self.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: stream})
        if increment > 0:
            self.increment_flow_control_window(increment)

    def acknowledge_received_data(self, acknowledged_size: int, stream_id: int) -> None:
        """Say that received content was processed, so that the peer may send more.

        :param acknowledged_size: octets, as ``flow_controlled_length`` of the events has them.
        :param stream_id: the stream, which may be closed.
        :raises ValueError: one of them is negative, or the stream is 0.
        :raises NoSuchStreamError: there was no such stream yet.
        """
        if self._core.acknowledge(self, acknowledged_size, stream_id):
            return
        self.config.logger.debug(
            "Ack received data on stream ID %d with size %d", stream_id, acknowledged_size
        )
        if stream_id <= 0:
            raise ValueError(f"Stream ID {stream_id} is not valid for acknowledge_received_data")
        if acknowledged_size < 0:
            raise ValueError("Cannot acknowledge negative data")
        frames: list[Frame] = []
        increment = self._inbound_flow_control_window_manager.process_bytes(acknowledged_size)
        if increment:
            frames.append(_window_update(increment))
        try:
            stream = self._get_stream_by_id(stream_id)
        except StreamClosedError:
            pass  # its own window is gone
        else:
            if stream.open:
                frames.extend(stream.acknowledge_received_data(acknowledged_size))
        self._prepare_for_sending(frames)

    def _flow_control_change_from_settings(self, old_value: int | None, new_value: int) -> None:
        """Change the streams' send windows as the peer's INITIAL_WINDOW_SIZE has changed.

        It costs the same however many there are (RFC 9113 section 6.9.2).
        """
        delta = new_value - (old_value or 0)
        if not self._core.raise_send_windows(delta):
            raise FlowControlError(
                f"May not increment flow control window past {self.MAX_WINDOW_INCREMENT}"
            )

    def _inbound_flow_control_change_from_settings(
        self, old_value: int | None, new_value: int
    ) -> None:
        """Change the streams' receive windows as our INITIAL_WINDOW_SIZE has changed."""
        delta = new_value - (old_value or 0)
        if not self._core.raise_receive_windows(delta):
            raise FlowControlError(
                f"Flow control window mustn't exceed {self.MAX_WINDOW_INCREMENT}"
            )

    # ------------------------------------------------------------------ everything else

    def ping(self, opaque_data: bytes | str) -> None:
        """Send a PING (RFC 9113 section 6.7).

        :param opaque_data: eight octets, as ``bytes``.
        :raises ValueError: they are not.
        :raises ProtocolError: the connection is closed.
        """
        self.config.logger.debug("Send Ping frame")
        if not isinstance(opaque_data, bytes) or len(opaque_data) != 8:
            raise ValueError(f"Invalid value for ping data: {opaque_data!r}")
        self.state_machine.process_input(ConnectionInputs.SEND_PING)
        frame = PingFrame(0)
        frame.opaque_data = opaque_data
        self._prepare_for_sending([frame])
        self._core.pings_sent += 1

    def close_connection(
        self,
        error_code: ErrorCodes | int = 0,
        additional_data: bytes | None = None,
        last_stream_id: int | None = None,
    ) -> None:
        """Close the connection with a GOAWAY (RFC 9113 section 6.8). With ``config.drain``, one
        without an error lets open streams go on.

        :param error_code: why (section 7).
        :param additional_data: what else there is to say about it, as ``bytes``.
        :param last_stream_id: the last stream of the peer's that was looked at; the last that was
            opened unless given.
        """
        self.config.logger.debug("Close connection")
        drains = _drains(self.config) and error_code == 0 and self._core.state != _CLOSED
        if not drains:
            self.state_machine.process_input(ConnectionInputs.SEND_GOAWAY)
        if additional_data is not None:
            assert isinstance(additional_data, bytes)
        if last_stream_id is None:
            last_stream_id = self.highest_inbound_stream_id
        if drains:
            self._core.draining = True
            self._core.last_accepted_stream_id = last_stream_id
        frame = GoAwayFrame(
            stream_id=0,
            last_stream_id=last_stream_id,
            error_code=error_code,
            additional_data=additional_data or b"",
        )
        self._prepare_for_sending([frame])

    def update_settings(self, new_settings: dict[SettingCodes | int, int]) -> None:
        """Change settings of this end (RFC 9113 section 6.5). They are in force when the peer has
        acknowledged them.

        :param new_settings: values by their settings' codes.
        :raises InvalidSettingsValueError: one cannot have that value.
        :raises ProtocolError: the connection is closed.
        """
        self.config.logger.debug("Update connection settings to %s", new_settings)
        self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
        self.local_settings.update(new_settings)
        frame = SettingsFrame(0)
        frame.settings = new_settings
        self._prepare_for_sending([frame])
        self._core.settings_sent += 1

    def advertise_alternative_service(
        self,
        field_value: bytes | str,
        origin: bytes | None = None,
        stream_id: int | None = None,
    ) -> None:
        """Say where else an origin is served (RFC 7838).

        :param field_value: where, in the syntax of RFC 7838 section 3, which is not checked.
        :param origin: of what origin.
        :param stream_id: instead: of the origin that the request on this stream is for.
        :raises ValueError: both are given, or the field is no ``bytes``.
        """
        if not isinstance(field_value, bytes):
            raise ValueError("Field must be bytestring.")
        if origin is not None and stream_id is not None:
            raise ValueError("Must not provide both origin and stream_id")
        self.state_machine.process_input(ConnectionInputs.SEND_ALTERNATIVE_SERVICE)
        frames: list[Frame]
        if origin is not None:
            frame = AltSvcFrame(stream_id=0)
            frame.origin = origin
            frame.field = field_value
            frames = [frame]
        else:
            stream = self._get_stream_by_id(stream_id)
            frames = stream.advertise_alternative_service(field_value)
        self._prepare_for_sending(frames)

    def prioritize(
        self,
        stream_id: int,
        weight: int | None = None,
        depends_on: int | None = None,
        exclusive: bool | None = None,
    ) -> None:
        """Tell the server how important a stream is (RFC 7540 section 5.3, which is deprecated).

        :param stream_id: the stream, which may be new or closed.
        :param weight: 1 to 256; 16 unless given.
        :param depends_on: the stream that goes before it; none unless given.
        :param exclusive: whether what depends on that one is to depend on this one.
        :raises RFC1122Error: this is a server.
        :raises ProtocolError: the weight is out of its range, or the stream depends on itself.
        """
        if not self.config.client_side:
            raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
        self.state_machine.process_input(ConnectionInputs.SEND_PRIORITY)
        frame = PriorityFrame(stream_id)
        self._prepare_for_sending([_add_frame_priority(frame, weight, depends_on, exclusive)])

    # --------------------------------------------------------------------------- output

    def _prepare_for_sending(self, frames: list[Any]) -> None:
        if not frames:
            return
        self._core.send(b"".join([frame.serialize() for frame in frames]))
        assert all(frame.body_len <= self.max_outbound_frame_size for frame in frames)

    def data_to_send(self, amount: int | None = None) -> bytes:
        """Take what is to be written to the peer.

        :param amount: at most so many octets; all unless given.
        :returns: the octets; none if there is nothing.
        """
        if self._outbound_queue.streams:
            self._outbound_queue.send(self)
        return self._core.take(amount)

    def buffers_to_send(self) -> list[bytes | memoryview]:
        """Take all that is to be written to the peer, as a list for ``writelines`` or ``sendmsg``.
        h2 has no such method."""
        if self._outbound_queue.streams:
            self._outbound_queue.send(self)
        return self._core.take_buffers()

    @property
    def counters(self) -> dict[str, int]:
        """What the limits have counted, by name, as in docs/security.md: how near the peer is to
        each. h2 has none."""
        return self._core.counters(self)

    def clear_outbound_data_buffer(self) -> None:
        """Forget what is to be written to the peer, who will miss it."""
        self._core.clear()

    # ------------------------------------------------------------------------ receiving

    def receive_data(self, data: Buffer) -> list[Event]:
        """Take octets from the peer, and say what happened.

        :param data: any contiguous bytes-like object, of any length.
        :returns: the events, in their order.
        :raises ProtocolError: the peer broke a rule. The connection is closed, and there is a
            GOAWAY to send: one, however often it is called again.
        :raises LimitExceededError: a ProtocolError; the peer exceeded a limit.
        """
        return self._core.receive(self, data)

    def _fail(self, error_code: ErrorCodes) -> None:
        """Close the connection for a fault of the peer's."""
        if not self._core.failed:
            self._core.failed = True
            self._terminate_connection(error_code)

    def _terminate_connection(self, error_code: ErrorCodes) -> None:
        """Close the connection with a GOAWAY."""
        frame = GoAwayFrame(0)
        frame.last_stream_id = self.highest_inbound_stream_id
        frame.error_code = error_code
        self.state_machine.process_input(ConnectionInputs.SEND_GOAWAY)
        self._prepare_for_sending([frame])

    def _receive_frame(self, frame: Frame) -> list[Event]:
        """Take a frame, and send what answers it.

        What comes on a closed stream is answered with RST_STREAM where it may have been under way,
        and is a fault of the connection otherwise (RFC 9113 section 5.1).
        """
        if type(self.config.logger) is not DummyLogger:
            self.config.logger.trace("Received frame: %s", repr(frame))
        if table := self.__dict__.get("_own_dispatch_table"):
            return self._answer(table[frame.__class__], frame)
        return self._answer(getattr(self, _STEP_FOR[frame.__class__]), frame)

    def _take_headers(self, frame: HeadersFrame, headers: Iterable[Header]) -> list[Event]:
        """Take a header section that is decompressed already."""
        return self._answer(self._receive_headers, frame, headers)

    def _take_promise(self, frame: PushPromiseFrame, headers: Iterable[Header]) -> list[Event]:
        """Take a promise that is decompressed already."""
        return self._answer(self._receive_promise, frame, headers)

    def _answer(self, step: Callable[..., _Received], *args: Any) -> list[Event]:
        """Take a step, and send what answers it."""
        try:
            frames, events = step(*args)
        except StreamClosedError as error:
            if not self._stream_is_closed_by_reset(error.stream_id):
                raise
            frames, events = [], error._events
            if self._core.count_own_reset():
                frames = [_reset(error.stream_id, error.error_code)]
        except StreamIDTooLowError as error:
            if self._stream_is_closed_by_end(error.stream_id):
                raise StreamClosedError(error.stream_id) from error
            if not self._stream_is_closed_by_reset(error.stream_id):
                raise
            frames, events = [], []
            if self._core.count_own_reset():
                frames = [_reset(error.stream_id, ErrorCodes.STREAM_CLOSED)]
        self._prepare_for_sending(frames)
        return events

    def _receive_headers_frame(self, frame: HeadersFrame) -> _Received:
        if frame.stream_id not in self.streams:
            if self._is_beyond_goaway(frame.stream_id):
                return self._refuse_stream(frame)
            most = self.local_settings.max_concurrent_streams
            count = self.open_inbound_streams
            if count + 1 > most:
                raise TooManyStreamsError(f"Max inbound streams is {most}, {count} open")
        return self._receive_headers(frame, _decode_headers(self.decoder, frame.data))

    def _is_beyond_goaway(self, stream_id: int) -> bool:
        """Whether a stream of the peer's is new, and comes after what our GOAWAY allows."""
        return (
            self._core.draining
            and stream_id > self._core.highest_inbound_stream_id
            and stream_id > self._core.last_accepted_stream_id
            and not self._stream_id_is_outbound(stream_id)
        )

    def _refuse_stream(self, frame: HeadersFrame) -> _Received:
        """Reset a stream that comes too late (RFC 9113 section 6.8); its headers change tables."""
        _decode_headers(self.decoder, frame.data)
        self._core.count_own_reset()
        self.highest_inbound_stream_id = frame.stream_id
        self._closed_streams[frame.stream_id] = StreamClosedBy.SEND_RST_STREAM
        return [_reset(frame.stream_id, ErrorCodes.REFUSED_STREAM)], []

    def _receive_headers(self, frame: HeadersFrame, headers: Iterable[Header]) -> _Received:
        """Take a header section that is decompressed."""
        self.state_machine.process_input(ConnectionInputs.RECV_HEADERS)
        stream = self._get_or_create_stream(
            frame.stream_id, AllowedStreamIDs(not self.config.client_side)
        )
        headers = list(headers)
        frames, events = stream.receive_headers(
            headers, "END_STREAM" in frame.flags, self.config.header_encoding
        )
        if isinstance(events[0], InformationalResponseReceived):
            self._core.count_interim(stream, headers, self.decoder)
        if "PRIORITY" in frame.flags:
            _, updates = self._receive_priority_frame(frame)
            events[0].priority_updated = updates[0]  # type: ignore[attr-defined]
            events += updates
        return frames, events

    def _receive_push_promise_frame(self, frame: PushPromiseFrame) -> _Received:
        if not self.local_settings.enable_push:
            raise ProtocolError("Received pushed stream")
        return self._receive_promise(frame, _decode_headers(self.decoder, frame.data))

    def _receive_promise(self, frame: PushPromiseFrame, headers: Iterable[Header]) -> _Received:
        """Take a promise that is decompressed."""
        self.state_machine.process_input(ConnectionInputs.RECV_PUSH_PROMISE)
        refused: list[Frame] = [_reset(frame.promised_stream_id, ErrorCodes.REFUSED_STREAM)]
        try:
            stream = self._get_stream_by_id(frame.stream_id)
        except NoSuchStreamError as error:
            # It may have been under way when this end reset the stream.
            if self._stream_closed_by(frame.stream_id) == StreamClosedBy.SEND_RST_STREAM:
                self._core.count_late_promise()
                return refused, []
            raise ProtocolError("Attempted to push on closed stream.") from error
        if frame.stream_id % 2 == 0:  # section 6.6: not on one that was promised itself
            raise ProtocolError("Cannot recursively push streams.")
        try:
            frames, events = stream.receive_push_promise_in_band(
                frame.promised_stream_id, headers, self.config.header_encoding
            )
        except StreamClosedError:
            self._core.count_late_promise()
            return refused, []
        self._core.count_promise()
        promised = self._begin_new_stream(frame.promised_stream_id, AllowedStreamIDs.EVEN)
        promised.remotely_pushed(headers)
        return frames, events

    def _receive_data_frame(self, frame: DataFrame) -> _Received:
        length = frame.flow_controlled_length
        self.state_machine.process_input(ConnectionInputs.RECV_DATA)
        self._inbound_flow_control_window_manager.window_consumed(length)
        try:
            stream = self._get_stream_by_id(frame.stream_id)
            return stream.receive_data(frame.data, "END_STREAM" in frame.flags, length)
        except StreamClosedError as error:
            return self._handle_data_on_closed_stream([], error, frame)

    def _handle_data_on_closed_stream(
        self, events: list[Event], exc: StreamClosedError, frame: DataFrame
    ) -> _Received:
        """Give back to the connection's window what nobody will read, and reset the stream."""
        frames: list[Frame] = []
        manager = self._inbound_flow_control_window_manager
        increment = manager.process_bytes(frame.flow_controlled_length)
        if increment:
            frames.append(_window_update(increment))
            self.config.logger.debug(
                "Received DATA frame on closed stream %d - auto-emitted a WINDOW_UPDATE by %d",
                frame.stream_id,
                increment,
            )
        if self._core.count_own_reset(bool(frame.data)):
            frames.append(_reset(exc.stream_id, exc.error_code))
        self.config.logger.debug(
            "Stream %s already CLOSED or cleaned up - auto-emitted a RST_FRAME", frame.stream_id
        )
        return frames, events + exc._events

    def _receive_settings_frame(self, frame: SettingsFrame) -> _Received:
        self.state_machine.process_input(ConnectionInputs.RECV_SETTINGS)
        if "ACK" in frame.flags:
            acknowledged = SettingsAcknowledged()
            acknowledged.changed_settings = self._local_settings_acked()
            return [], [acknowledged]
        for setting, value in frame.settings.items():
            self.remote_settings.validate_received_setting(setting, value)
        self.remote_settings.update(settings_to_keep(self.remote_settings, frame.settings))
        event = RemoteSettingsChanged.from_settings(self.remote_settings, frame.settings)
        return self._acknowledge_settings(), [event]

    def _acknowledge_settings(self) -> list[Frame]:
        """Put the peer's settings into force, and return the acknowledgement."""
        self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
        changes = self.remote_settings.acknowledge()
        if (change := changes.get(SettingCodes.INITIAL_WINDOW_SIZE)) is not None:
            self._flow_control_change_from_settings(change.original_value, change.new_value)
        if (change := changes.get(SettingCodes.HEADER_TABLE_SIZE)) is not None:
            self.encoder.header_table_size = change.new_value
        if (change := changes.get(SettingCodes.MAX_FRAME_SIZE)) is not None:
            self._core.set_max_frame_size(change.new_value)
        frame = SettingsFrame(0)
        frame.flags.add("ACK")
        return [frame]

    def _local_settings_acked(self) -> dict[SettingCodes | int, ChangedSetting]:
        """Put settings of this end into force that the peer has acknowledged."""
        changes = self.local_settings.acknowledge()
        if (change := changes.get(SettingCodes.INITIAL_WINDOW_SIZE)) is not None:
            self._inbound_flow_control_change_from_settings(change.original_value, change.new_value)
        if (change := changes.get(SettingCodes.MAX_HEADER_LIST_SIZE)) is not None:
            self.decoder.max_header_list_size = change.new_value
        if (change := changes.get(SettingCodes.MAX_FRAME_SIZE)) is not None:
            self.max_inbound_frame_size = change.new_value
        if (change := changes.get(SettingCodes.HEADER_TABLE_SIZE)) is not None:
            self.decoder.max_allowed_table_size = change.new_value
        return changes

    def _receive_window_update_frame(self, frame: WindowUpdateFrame) -> _Received:
        self.state_machine.process_input(ConnectionInputs.RECV_WINDOW_UPDATE)
        if frame.stream_id:
            try:
                stream = self._get_stream_by_id(frame.stream_id)
                frames, events = stream.receive_window_update(frame.window_increment)
            except StreamClosedError:
                return [], []
            if frames:  # which reset it
                self._core.count_own_reset()
            return frames, events
        self.outbound_flow_control_window = guard_increment_window(
            self.outbound_flow_control_window, frame.window_increment
        )
        return [], [WindowUpdated(stream_id=0, delta=frame.window_increment)]

    def _receive_ping_frame(self, frame: PingFrame) -> _Received:
        self.state_machine.process_input(ConnectionInputs.RECV_PING)
        if "ACK" in frame.flags:
            return [], [PingAckReceived(ping_data=frame.opaque_data)]
        answer = PingFrame(0)
        answer.flags.add("ACK")
        answer.opaque_data = frame.opaque_data
        return [answer], [PingReceived(ping_data=frame.opaque_data)]

    def _receive_rst_stream_frame(self, frame: RstStreamFrame) -> _Received:
        self.state_machine.process_input(ConnectionInputs.RECV_RST_STREAM)
        try:
            stream = self._get_stream_by_id(frame.stream_id)
        except StreamClosedError:
            return [], []
        except NoSuchStreamError as error:  # RFC 9113 section 6.4
            raise ProtocolError(f"RST_STREAM on stream {frame.stream_id}, which is idle") from error
        return stream.stream_reset(frame)

    def _receive_priority_frame(self, frame: HeadersFrame | PriorityFrame) -> _Received:
        self.state_machine.process_input(ConnectionInputs.RECV_PRIORITY)
        event = PriorityUpdated()
        event.stream_id = frame.stream_id
        event.depends_on = frame.depends_on
        event.exclusive = frame.exclusive
        event.weight = frame.stream_weight + 1
        if event.depends_on == frame.stream_id:
            raise ProtocolError(f"Stream {frame.stream_id} may not depend on itself")
        return [], [event]

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> _Received:
        if _drains(self.config) and frame.error_code == 0 and self._core.state != _CLOSED:
            self._core.draining = True
        else:
            self.state_machine.process_input(ConnectionInputs.RECV_GOAWAY)
            self.clear_outbound_data_buffer()
        event = ConnectionTerminated()
        event.error_code = _error_code_from_int(frame.error_code)
        event.last_stream_id = frame.last_stream_id
        event.additional_data = frame.additional_data or None
        return [], [event]

    def _receive_naked_continuation(self, frame: ContinuationFrame) -> _Received:
        self._get_stream_by_id(frame.stream_id).receive_continuation()
        raise AssertionError("Should not be reachable")

    def _receive_alt_svc_frame(self, frame: AltSvcFrame) -> _Received:
        """On a stream it is of its origin, on stream 0 of the one it names (RFC 7838 section 4)."""
        self.state_machine.process_input(ConnectionInputs.RECV_ALTERNATIVE_SERVICE)
        if frame.stream_id:
            try:
                stream = self._get_stream_by_id(frame.stream_id)
            except NoSuchStreamError:
                return [], []
            return stream.receive_alt_svc(frame)
        if not frame.origin or not self.config.client_side:
            return [], []
        event = AlternativeServiceAvailable()
        event.origin = frame.origin
        event.field_value = frame.field
        return [], [event]

    def _receive_unknown_frame(self, frame: ExtensionFrame) -> _Received:
        self.config.logger.debug("Received unknown extension frame (ID %d)", frame.stream_id)
        return [], [UnknownFrameReceived(frame=frame)]


# Limits that are settings of this end.
_LIMITS_IN_SETTINGS = {
    "max_header_list_size": SettingCodes.MAX_HEADER_LIST_SIZE,
    "max_concurrent_streams": SettingCodes.MAX_CONCURRENT_STREAMS,
    "max_frame_size": SettingCodes.MAX_FRAME_SIZE,
}


def _limits_of(config: H2Configuration) -> Mapping[str, Any]:
    """The limits that are configured; none where a configuration is not h2fast's own."""
    limits = getattr(config, "limits", None)
    return limits if isinstance(limits, Mapping) else {}


def _drains(config: H2Configuration) -> bool:
    return getattr(config, "drain", False) is True


def _settings_of_limits(config: H2Configuration) -> dict[SettingCodes, Any]:
    limits = _limits_of(config)
    return {code: limits[name] for name, code in _LIMITS_IN_SETTINGS.items() if name in limits}


def _set_limits(connection: H2Connection) -> None:
    """Set the limits that are configured, those in settings excepted."""
    value: Any
    for name, value in _limits_of(connection.config).items():
        if name == "max_header_fields":
            connection.decoder.max_header_fields = value
        elif name == "max_encoder_table_size":
            encoder = connection.encoder
            encoder.header_table_size_limit = value
            encoder.header_table_size = min(encoder.header_table_size, value)
        elif name == "max_queued":
            connection.queue_limit = value
        elif name not in _LIMITS_IN_SETTINGS:
            connection._core.limits.set(name, value)


_OWN_STEPS = {name: vars(H2Connection)[name] for name in _STEPS}


def _is_replaced(cls: type[H2Connection]) -> bool:
    """Whether a class has another one for some step."""
    return any(getattr(cls, name) is not step for name, step in _OWN_STEPS.items())


def _window_update(increment: int) -> WindowUpdateFrame:
    """A frame that makes the connection's window larger."""
    frame = WindowUpdateFrame(0)
    frame.window_increment = increment
    return frame


def _reset(stream_id: int, error_code: int) -> RstStreamFrame:
    frame = RstStreamFrame(stream_id)
    frame.error_code = error_code
    return frame


def _add_frame_priority(
    frame: PriorityFrame | HeadersFrame,
    weight: int | None = None,
    depends_on: int | None = None,
    exclusive: bool | None = None,
) -> PriorityFrame | HeadersFrame:
    """Give a frame a priority; its flags are for the caller to set.

    :raises ProtocolError: the stream would depend on itself, or the weight is not 1 to 256.
    """
    if depends_on == frame.stream_id:
        raise ProtocolError(f"Stream {frame.stream_id} may not depend on itself")
    if weight is not None and not 1 <= weight <= 256:
        raise ProtocolError(f"Weight must be between 1 and 256, not {weight}")
    frame.stream_weight = 15 if weight is None else weight - 1
    frame.depends_on = depends_on if depends_on is not None else 0
    frame.exclusive = exclusive if exclusive is not None else False
    return frame


def _decode_headers(decoder: Decoder, encoded_header_block: bytes) -> Iterable[Header]:
    """Decompress a header section.

    :raises DenialOfServiceError: it is larger than the decoder allows.
    :raises ProtocolError: it cannot be decompressed.
    """
    try:
        return decoder.decode(encoded_header_block, raw=True)
    except (HPACKError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise refused_block(error) from error
