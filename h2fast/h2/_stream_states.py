"""The states of a stream, and what may happen in them (RFC 9113 section 5.1).

Its names are those of h2fast.h2.stream.
"""

from __future__ import annotations

from enum import Enum as Enum, IntEnum as IntEnum
from typing import TYPE_CHECKING as TYPE_CHECKING

from h2fast.h2.errors import ErrorCodes as ErrorCodes
from h2fast.h2.events import (
    AlternativeServiceAvailable as AlternativeServiceAvailable,
    DataReceived as DataReceived,
    Event as Event,
    InformationalResponseReceived as InformationalResponseReceived,
    PushedStreamReceived as PushedStreamReceived,
    RequestReceived as RequestReceived,
    ResponseReceived as ResponseReceived,
    StreamEnded as StreamEnded,
    StreamReset as StreamReset,
    TrailersReceived as TrailersReceived,
    WindowUpdated as WindowUpdated,
    _PushedRequestSent as _PushedRequestSent,
    _RequestSent as _RequestSent,
    _ResponseSent as _ResponseSent,
    _TrailersSent as _TrailersSent,
)
from h2fast.h2.exceptions import (
    ProtocolError as ProtocolError,
    StreamClosedError as StreamClosedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class StreamState(IntEnum):
    """How far a stream has come."""

    __module__ = "h2fast.h2.stream"

    IDLE = 0
    RESERVED_REMOTE = 1
    RESERVED_LOCAL = 2
    OPEN = 3
    HALF_CLOSED_REMOTE = 4
    HALF_CLOSED_LOCAL = 5
    CLOSED = 6


class StreamInputs(Enum):
    """What is sent or received on it; END_STREAM counts as a frame of its own."""

    __module__ = "h2fast.h2.stream"

    SEND_HEADERS = 0
    SEND_PUSH_PROMISE = 1
    SEND_RST_STREAM = 2
    SEND_DATA = 3
    SEND_WINDOW_UPDATE = 4
    SEND_END_STREAM = 5
    RECV_HEADERS = 6
    RECV_PUSH_PROMISE = 7
    RECV_RST_STREAM = 8
    RECV_DATA = 9
    RECV_WINDOW_UPDATE = 10
    RECV_END_STREAM = 11
    RECV_CONTINUATION = 12
    SEND_INFORMATIONAL_HEADERS = 13
    RECV_INFORMATIONAL_HEADERS = 14
    SEND_ALTERNATIVE_SERVICE = 15
    RECV_ALTERNATIVE_SERVICE = 16
    UPGRADE_CLIENT = 17
    UPGRADE_SERVER = 18


class StreamClosedBy(Enum):
    """What closed a stream."""

    __module__ = "h2fast.h2.stream"

    SEND_END_STREAM = 0
    RECV_END_STREAM = 1
    SEND_RST_STREAM = 2
    RECV_RST_STREAM = 3


#: Whether a stream in a state, which is the index, counts as one that is open (section 5.1.2).
STREAM_OPEN = [
    state in (StreamState.OPEN, StreamState.HALF_CLOSED_REMOTE, StreamState.HALF_CLOSED_LOCAL)
    for state in StreamState
]


def _require(condition: object) -> None:
    """Fail as an assertion does, also where Python leaves those out."""
    if not condition:
        raise AssertionError


class H2StreamStateMachine:
    """The state of a stream. What must not happen in it closes the stream.

    The methods but ``process_input`` are the actions of the table below: they get the state that
    was left, and return the events of the transition or raise.
    """

    __module__ = "h2fast.h2.stream"

    def __init__(self, stream_id: int) -> None:
        self.state = StreamState.IDLE
        self.stream_id = stream_id

        #: Whether this end is the client, as far as the frames have shown.
        self.client: bool | None = None

        # Whether these came already; interim responses are no headers here.
        self.headers_sent: bool | None = None
        self.trailers_sent: bool | None = None
        self.headers_received: bool | None = None
        self.trailers_received: bool | None = None

        self.stream_closed_by: StreamClosedBy | None = None

    def process_input(self, input_: StreamInputs) -> list[Event]:
        """Go to the next state, and return the events of that.

        :raises ProtocolError: the input must not happen now; the next state is CLOSED.
        """
        if not isinstance(input_, StreamInputs):
            raise ValueError("Input must be an instance of StreamInputs")
        before = self.state
        try:
            action, after = _transitions[before, input_]
        except KeyError as error:
            self.state = StreamState.CLOSED
            raise ProtocolError(f"Invalid input {input_} in state {before}") from error
        self.state = after
        return [] if action is None else self._act(action, before)

    def _act(self, action: _Action, previous_state: StreamState) -> list[Event]:
        try:
            return action(self, previous_state)
        except ProtocolError:
            self.state = StreamState.CLOSED
            raise
        except AssertionError as error:
            self.state = StreamState.CLOSED
            raise ProtocolError(error) from error

    # ---------------------------------------------------------------------- headers

    def request_sent(self, previous_state: StreamState) -> list[Event]:
        """The side that sends a request is the client."""
        self.client = self.headers_sent = True
        return [_RequestSent()]

    def response_sent(self, previous_state: StreamState) -> list[Event]:
        """Headers follow the request: a response, or trailers where headers were sent before."""
        if self.headers_sent:
            _require(not self.trailers_sent)
            self.trailers_sent = True
            return [_TrailersSent()]
        if self.client is not False:
            raise ProtocolError("Client cannot send responses.")
        self.headers_sent = True
        return [_ResponseSent()]

    def request_received(self, previous_state: StreamState) -> list[Event]:
        """The side that receives a request is the server."""
        _require(not self.headers_received and not self.trailers_received)
        self.client = False
        self.headers_received = True
        return [RequestReceived(stream_id=self.stream_id)]

    def response_received(self, previous_state: StreamState) -> list[Event]:
        """Headers follow the request: a response, or trailers where headers came before."""
        if self.headers_received:
            _require(not self.trailers_received)
            self.trailers_received = True
            return [TrailersReceived(stream_id=self.stream_id)]
        _require(self.client is True)
        self.headers_received = True
        return [ResponseReceived(stream_id=self.stream_id)]

    def send_informational_response(self, previous_state: StreamState) -> list[Event]:
        """RFC 9113 section 8.1: interim responses come before the final one."""
        if self.headers_sent:
            raise ProtocolError("Information response after final response")
        return [_ResponseSent()]

    def recv_informational_response(self, previous_state: StreamState) -> list[Event]:
        """The same, of those received."""
        if self.headers_received:
            raise ProtocolError("Informational response after final response")
        return [InformationalResponseReceived(stream_id=self.stream_id)]

    # ------------------------------------------------------------- content and its end

    def data_received(self, previous_state: StreamState) -> list[Event]:
        """RFC 9113 section 8.1: content comes behind headers."""
        if not self.headers_received:
            raise ProtocolError("cannot receive data before headers")
        return [DataReceived(stream_id=self.stream_id)]

    def window_updated(self, previous_state: StreamState) -> list[Event]:
        """The peer allows more to be sent."""
        return [WindowUpdated(stream_id=self.stream_id)]

    def stream_half_closed(self, previous_state: StreamState) -> list[Event]:
        """The peer has sent all; this end has not."""
        return [StreamEnded(stream_id=self.stream_id)]

    def stream_ended(self, previous_state: StreamState) -> list[Event]:
        """The peer has sent all, as this end has before."""
        self.stream_closed_by = StreamClosedBy.RECV_END_STREAM
        return [StreamEnded(stream_id=self.stream_id)]

    def send_end_stream(self, previous_state: StreamState) -> list[Event]:
        """This end sends the last, as the peer has before."""
        self.stream_closed_by = StreamClosedBy.SEND_END_STREAM
        return []

    # ----------------------------------------------------------------------- resets

    def stream_reset(self, previous_state: StreamState) -> list[Event]:
        """The peer resets the stream."""
        self.stream_closed_by = StreamClosedBy.RECV_RST_STREAM
        return [StreamReset(stream_id=self.stream_id)]

    def send_reset_stream(self, previous_state: StreamState) -> list[Event]:
        """This end resets the stream."""
        self.stream_closed_by = StreamClosedBy.SEND_RST_STREAM
        return []

    def reset_stream_on_error(self, previous_state: StreamState) -> list[Event]:
        """The peer sends what it must not: the connection resets the stream and reports it."""
        self.stream_closed_by = StreamClosedBy.SEND_RST_STREAM
        fault = StreamClosedError(self.stream_id)
        fault._events.append(
            StreamReset(
                stream_id=self.stream_id,
                error_code=ErrorCodes.STREAM_CLOSED,
                remote_reset=False,
            )
        )
        raise fault

    def recv_on_closed_stream(self, previous_state: StreamState) -> list[Event]:
        """The peer sends on a closed stream. What that is depends on how it was closed."""
        raise StreamClosedError(self.stream_id)

    def send_on_closed_stream(self, previous_state: StreamState) -> list[Event]:
        """This end is asked to send on a closed stream."""
        raise StreamClosedError(self.stream_id)

    # ----------------------------------------------------------------------- pushes

    def send_new_pushed_stream(self, previous_state: StreamState) -> list[Event]:
        """The new stream of a push of this end, which is a server; the request is made for it."""
        _require(self.client is None)
        self.client = False
        self.headers_received = True
        return []

    def recv_new_pushed_stream(self, previous_state: StreamState) -> list[Event]:
        """The new stream of a push of the peer's."""
        _require(self.client is None)
        self.client = self.headers_sent = True
        return []

    def send_push_promise(self, previous_state: StreamState) -> list[Event]:
        """RFC 9113 section 8.4: servers push, on the stream of a request."""
        if self.client is True:
            raise ProtocolError("Cannot push streams from client peers.")
        return [_PushedRequestSent()]

    def recv_push_promise(self, previous_state: StreamState) -> list[Event]:
        """RFC 9113 section 8.4: clients are pushed to, on the stream of a request."""
        if self.client is None:
            raise ProtocolError("Idle streams cannot receive pushes")
        if not self.client:
            raise ProtocolError("Cannot receive pushed streams as a server")
        event = PushedStreamReceived()
        event.parent_stream_id = self.stream_id
        return [event]

    def send_push_on_closed_stream(self, previous_state: StreamState) -> list[Event]:
        """A push cannot be undone by what happens to the stream it is sent on."""
        raise ProtocolError("Attempted to push on closed stream.")

    def recv_push_on_closed_stream(self, previous_state: StreamState) -> list[Event]:
        """The push may have been under way when this end reset the stream; otherwise it is late."""
        _require(self.stream_closed_by is not None)
        if self.stream_closed_by == StreamClosedBy.SEND_RST_STREAM:
            raise StreamClosedError(self.stream_id)
        raise ProtocolError("Attempted to push on closed stream.")

    # --------------------------------------------------------- alternative services

    def send_alt_svc(self, previous_state: StreamState) -> list[Event]:
        """The client may forget the request's origin once it has the response's headers."""
        if self.headers_sent:
            raise ProtocolError("Cannot send ALTSVC after sending response headers.")
        return []

    def recv_alt_svc(self, previous_state: StreamState) -> list[Event]:
        """RFC 7838 section 4: servers ignore it, and so do clients that may have forgotten."""
        if self.client is False or self.headers_received:
            return []
        return [AlternativeServiceAvailable()]


if TYPE_CHECKING:
    _Action = Callable[[H2StreamStateMachine, StreamState], list[Event]]
    _Transition = tuple[_Action | None, StreamState]


def _stream_transitions() -> dict[tuple[StreamState, StreamInputs], _Transition]:
    """What follows from each input in each state: an action and the next state.

    What is not there is a fault. A block of headers counts as one frame, so CONTINUATION never is.
    A push happens on the stream that it is sent on, and on the new one, which is idle.
    """
    act, state, on = H2StreamStateMachine, StreamState, StreamInputs
    idle: dict[StreamInputs, _Transition] = {
        on.SEND_HEADERS: (act.request_sent, state.OPEN),
        on.RECV_HEADERS: (act.request_received, state.OPEN),
        on.UPGRADE_CLIENT: (act.request_sent, state.HALF_CLOSED_LOCAL),
        on.UPGRADE_SERVER: (act.request_received, state.HALF_CLOSED_REMOTE),
        on.SEND_PUSH_PROMISE: (act.send_new_pushed_stream, state.RESERVED_LOCAL),
        on.RECV_PUSH_PROMISE: (act.recv_new_pushed_stream, state.RESERVED_REMOTE),
        on.RECV_DATA: (act.reset_stream_on_error, state.CLOSED),
        on.RECV_ALTERNATIVE_SERVICE: (None, state.IDLE),
    }

    def living(same: StreamState) -> dict[StreamInputs, _Transition]:
        """What all states between idle and closed have in common."""
        return {
            on.SEND_WINDOW_UPDATE: (None, same),
            on.RECV_WINDOW_UPDATE: (act.window_updated, same),
            on.SEND_RST_STREAM: (act.send_reset_stream, state.CLOSED),
            on.RECV_RST_STREAM: (act.stream_reset, state.CLOSED),
            on.RECV_ALTERNATIVE_SERVICE: (act.recv_alt_svc, same),
        }

    reserved_local = living(state.RESERVED_LOCAL) | {
        on.SEND_HEADERS: (act.response_sent, state.HALF_CLOSED_REMOTE),
        on.RECV_DATA: (act.reset_stream_on_error, state.CLOSED),
        on.SEND_ALTERNATIVE_SERVICE: (act.send_alt_svc, state.RESERVED_LOCAL),
        on.RECV_ALTERNATIVE_SERVICE: (None, state.RESERVED_LOCAL),
    }
    reserved_remote = living(state.RESERVED_REMOTE) | {
        on.RECV_HEADERS: (act.response_received, state.HALF_CLOSED_LOCAL),
        on.RECV_DATA: (act.reset_stream_on_error, state.CLOSED),
    }
    open_ = living(state.OPEN) | {
        on.SEND_HEADERS: (act.response_sent, state.OPEN),
        on.RECV_HEADERS: (act.response_received, state.OPEN),
        on.SEND_INFORMATIONAL_HEADERS: (act.send_informational_response, state.OPEN),
        on.RECV_INFORMATIONAL_HEADERS: (act.recv_informational_response, state.OPEN),
        on.SEND_DATA: (None, state.OPEN),
        on.RECV_DATA: (act.data_received, state.OPEN),
        on.SEND_END_STREAM: (None, state.HALF_CLOSED_LOCAL),
        on.RECV_END_STREAM: (act.stream_half_closed, state.HALF_CLOSED_REMOTE),
        on.SEND_PUSH_PROMISE: (act.send_push_promise, state.OPEN),
        on.RECV_PUSH_PROMISE: (act.recv_push_promise, state.OPEN),
        on.SEND_ALTERNATIVE_SERVICE: (act.send_alt_svc, state.OPEN),
    }
    half_closed_remote = living(state.HALF_CLOSED_REMOTE) | {
        on.SEND_HEADERS: (act.response_sent, state.HALF_CLOSED_REMOTE),
        on.SEND_INFORMATIONAL_HEADERS: (
            act.send_informational_response,
            state.HALF_CLOSED_REMOTE,
        ),
        on.SEND_DATA: (None, state.HALF_CLOSED_REMOTE),
        on.SEND_END_STREAM: (act.send_end_stream, state.CLOSED),
        on.SEND_PUSH_PROMISE: (act.send_push_promise, state.HALF_CLOSED_REMOTE),
        on.SEND_ALTERNATIVE_SERVICE: (act.send_alt_svc, state.HALF_CLOSED_REMOTE),
        on.RECV_HEADERS: (act.reset_stream_on_error, state.CLOSED),
        on.RECV_DATA: (act.reset_stream_on_error, state.CLOSED),
        on.RECV_PUSH_PROMISE: (act.reset_stream_on_error, state.CLOSED),
    }
    half_closed_local = living(state.HALF_CLOSED_LOCAL) | {
        on.RECV_HEADERS: (act.response_received, state.HALF_CLOSED_LOCAL),
        on.RECV_INFORMATIONAL_HEADERS: (
            act.recv_informational_response,
            state.HALF_CLOSED_LOCAL,
        ),
        on.RECV_DATA: (act.data_received, state.HALF_CLOSED_LOCAL),
        on.RECV_END_STREAM: (act.stream_ended, state.CLOSED),
        on.RECV_PUSH_PROMISE: (act.recv_push_promise, state.HALF_CLOSED_LOCAL),
        on.SEND_ALTERNATIVE_SERVICE: (act.send_alt_svc, state.HALF_CLOSED_LOCAL),
    }
    # Section 5.1: what may have been under way is let pass.
    closed: dict[StreamInputs, _Transition] = {
        on.RECV_END_STREAM: (None, state.CLOSED),
        on.RECV_WINDOW_UPDATE: (None, state.CLOSED),
        on.RECV_RST_STREAM: (None, state.CLOSED),
        on.RECV_ALTERNATIVE_SERVICE: (None, state.CLOSED),
        on.RECV_HEADERS: (act.recv_on_closed_stream, state.CLOSED),
        on.RECV_DATA: (act.recv_on_closed_stream, state.CLOSED),
        on.RECV_PUSH_PROMISE: (act.recv_push_on_closed_stream, state.CLOSED),
        on.SEND_HEADERS: (act.send_on_closed_stream, state.CLOSED),
        on.SEND_DATA: (act.send_on_closed_stream, state.CLOSED),
        on.SEND_END_STREAM: (act.send_on_closed_stream, state.CLOSED),
        on.SEND_RST_STREAM: (act.send_on_closed_stream, state.CLOSED),
        on.SEND_WINDOW_UPDATE: (act.send_on_closed_stream, state.CLOSED),
        on.SEND_PUSH_PROMISE: (act.send_push_on_closed_stream, state.CLOSED),
    }
    rows = {
        state.IDLE: idle,
        state.RESERVED_LOCAL: reserved_local,
        state.RESERVED_REMOTE: reserved_remote,
        state.OPEN: open_,
        state.HALF_CLOSED_REMOTE: half_closed_remote,
        state.HALF_CLOSED_LOCAL: half_closed_local,
        state.CLOSED: closed,
    }
    return {
        (before, input_): transition
        for before, row in rows.items()
        for input_, transition in row.items()
    }


_transitions = _stream_transitions()
