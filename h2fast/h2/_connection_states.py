"""The states of a connection, and what may happen in them.

Its names are those of h2fast.h2.connection.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

from h2fast.h2.exceptions import ProtocolError

if TYPE_CHECKING:
    from h2fast.h2.events import Event


class ConnectionState(Enum):
    """How far a connection has come."""

    __module__ = "h2fast.h2.connection"

    IDLE = 0
    CLIENT_OPEN = 1
    SERVER_OPEN = 2
    CLOSED = 3


class ConnectionInputs(Enum):
    """What is sent or received."""

    __module__ = "h2fast.h2.connection"

    SEND_HEADERS = 0
    SEND_PUSH_PROMISE = 1
    SEND_DATA = 2
    SEND_GOAWAY = 3
    SEND_WINDOW_UPDATE = 4
    SEND_PING = 5
    SEND_SETTINGS = 6
    SEND_RST_STREAM = 7
    SEND_PRIORITY = 8
    RECV_HEADERS = 9
    RECV_PUSH_PROMISE = 10
    RECV_DATA = 11
    RECV_GOAWAY = 12
    RECV_WINDOW_UPDATE = 13
    RECV_PING = 14
    RECV_SETTINGS = 15
    RECV_RST_STREAM = 16
    RECV_PRIORITY = 17
    SEND_ALTERNATIVE_SERVICE = 18
    RECV_ALTERNATIVE_SERVICE = 19


class AllowedStreamIDs(IntEnum):
    """Whose identifiers: a server's are even, a client's odd."""

    __module__ = "h2fast.h2.connection"

    EVEN = 0
    ODD = 1


def _connection_transitions() -> dict[
    tuple[ConnectionState, ConnectionInputs], tuple[Any, ConnectionState]
]:
    """What follows from each input in each state; what is not there is a fault.

    Whose headers are sent first decides which side this end is.
    """
    state, on = ConnectionState, ConnectionInputs
    goaway = {on.SEND_GOAWAY, on.RECV_GOAWAY}
    before_headers = {
        on.SEND_SETTINGS, on.RECV_SETTINGS, on.SEND_WINDOW_UPDATE, on.RECV_WINDOW_UPDATE,
        on.SEND_PING, on.RECV_PING, on.SEND_PRIORITY, on.RECV_PRIORITY,
    }  # fmt: skip
    on_either_side = before_headers | {
        on.SEND_HEADERS, on.RECV_HEADERS, on.SEND_DATA, on.RECV_DATA,
        on.SEND_RST_STREAM, on.RECV_RST_STREAM, on.RECV_ALTERNATIVE_SERVICE,
    }  # fmt: skip
    of_a_server = {on.SEND_PUSH_PROMISE, on.SEND_ALTERNATIVE_SERVICE}
    rows = (
        (state.IDLE, before_headers, state.IDLE),
        (state.IDLE, {on.SEND_HEADERS, on.RECV_ALTERNATIVE_SERVICE}, state.CLIENT_OPEN),
        (state.IDLE, {on.RECV_HEADERS, on.SEND_ALTERNATIVE_SERVICE}, state.SERVER_OPEN),
        (state.IDLE, goaway, state.CLOSED),
        (state.CLIENT_OPEN, on_either_side | {on.RECV_PUSH_PROMISE}, state.CLIENT_OPEN),
        (state.CLIENT_OPEN, goaway, state.CLOSED),
        (state.SERVER_OPEN, on_either_side | of_a_server, state.SERVER_OPEN),
        (state.SERVER_OPEN, goaway, state.CLOSED),
        (state.CLOSED, goaway, state.CLOSED),
    )
    return {(before, input_): (None, after) for before, inputs, after in rows for input_ in inputs}


class H2ConnectionStateMachine:
    """The state of a connection. What must not happen in it closes the connection."""

    __module__ = "h2fast.h2.connection"

    # The second of each pair is the next state; the first, something to call, is for subclasses.
    _transitions = _connection_transitions()

    def __init__(self) -> None:
        self.state = ConnectionState.IDLE

    def process_input(self, input_: ConnectionInputs) -> list[Event]:
        """Go to the next state.

        :raises ProtocolError: the input must not happen in this state; the next one is CLOSED.
        """
        if not isinstance(input_, ConnectionInputs):
            raise ValueError("Input must be an instance of ConnectionInputs")
        state = self.state
        try:
            action, self.state = self._transitions[state, input_]
        except KeyError as error:
            self.state = ConnectionState.CLOSED
            raise ProtocolError(f"Invalid input {input_} in state {state}") from error
        return [] if action is None else action()
