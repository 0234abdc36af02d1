"""The exceptions of the package.

``error_code`` of a ProtocolError is the code that the peer is told where the fault was the peer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2fast.h2.errors import ErrorCodes as ErrorCodes

if TYPE_CHECKING:
    from h2fast.h2.events import Event


class H2Error(Exception):
    """The base of all of them."""


class ProtocolError(H2Error):
    """What was received, or was to be sent, breaks a rule of HTTP/2."""

    error_code: ErrorCodes = ErrorCodes.PROTOCOL_ERROR


class FrameTooLargeError(ProtocolError):
    """A frame is longer than its receiver takes."""

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class FrameDataMissingError(ProtocolError):
    """A received frame is shorter than what has to be in it."""

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class TooManyStreamsError(ProtocolError):
    """One more stream would be more than are allowed at a time."""


class FlowControlError(ProtocolError):
    """There is no room for that in a flow-control window."""

    error_code = ErrorCodes.FLOW_CONTROL_ERROR


class StreamIDTooLowError(ProtocolError):
    """A stream was to be opened with an identifier below one that was used already."""

    def __init__(self, stream_id: int, max_stream_id: int) -> None:
        #: The identifier of that stream.
        self.stream_id = stream_id

        #: The highest that was used.
        self.max_stream_id = max_stream_id

    def __str__(self) -> str:
        return f"StreamIDTooLowError: {self.stream_id} is lower than {self.max_stream_id}"


class NoAvailableStreamIDError(ProtocolError):
    """All identifiers are used up: no further stream can be opened on the connection."""


class NoSuchStreamError(ProtocolError):
    """There is no such stream yet."""

    def __init__(self, stream_id: int) -> None:
        #: The identifier that was asked for.
        self.stream_id = stream_id


class StreamClosedError(NoSuchStreamError):
    """There is no such stream any more."""

    def __init__(self, stream_id: int) -> None:
        super().__init__(stream_id)

        self.error_code = ErrorCodes.STREAM_CLOSED

        # What the connection reports where it answers this with a reset of the stream.
        self._events: list[Event] = []


class InvalidSettingsValueError(ProtocolError, ValueError):
    """A setting cannot have that value."""

    def __init__(self, msg: str, error_code: ErrorCodes) -> None:
        super().__init__(msg)
        self.error_code = error_code


class InvalidBodyLengthError(ProtocolError):
    """The content is not as long as content-length says."""

    def __init__(self, expected: int, actual: int) -> None:
        #: What content-length says.
        self.expected_length = expected

        #: The octets received so far.
        self.actual_length = actual

    def __str__(self) -> str:
        return (
            f"InvalidBodyLengthError: Expected {self.expected_length} bytes, "
            f"received {self.actual_length}"
        )


class UnsupportedFrameError(ProtocolError):
    """A received frame cannot be dealt with where it came."""


class RFC1122Error(H2Error):
    """The protocol allows it, and a good citizen does not do it all the same."""


class DenialOfServiceError(ProtocolError):
    """What the peer does looks like an attempt to use up this end's memory or time."""

    error_code = ErrorCodes.ENHANCE_YOUR_CALM


class LimitExceededError(DenialOfServiceError):
    """The peer does more of something than a limit allows (RFC 9113 section 10.5).

    h2 has no such class: it is a DenialOfServiceError that says which limit it is.
    """

    def __init__(self, message: str, limit: str = "") -> None:
        super().__init__(message)

        #: The limit's name: see docs/security.md.
        self.limit = limit
