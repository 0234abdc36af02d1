"""The error codes of HTTP/2 (RFC 9113 section 7)."""

from __future__ import annotations

import enum


class ErrorCodes(enum.IntEnum):
    """Why a stream was reset or a connection closed."""

    #: Nothing was wrong.
    NO_ERROR = 0x0

    #: The peer broke a rule that has no code of its own.
    PROTOCOL_ERROR = 0x1

    #: Something went wrong inside the sender.
    INTERNAL_ERROR = 0x2

    #: More was sent than flow control allowed.
    FLOW_CONTROL_ERROR = 0x3

    #: Settings were not acknowledged in time.
    SETTINGS_TIMEOUT = 0x4

    #: A frame came on a stream that is half closed or closed.
    STREAM_CLOSED = 0x5

    #: A frame had a length that it cannot have.
    FRAME_SIZE_ERROR = 0x6

    #: The request was not looked at, and can be made again.
    REFUSED_STREAM = 0x7

    #: The stream is not needed any more.
    CANCEL = 0x8

    #: The tables of header compression are out of step.
    COMPRESSION_ERROR = 0x9

    #: The connection that a CONNECT request asked for failed.
    CONNECT_ERROR = 0xA

    #: The peer makes too much work.
    ENHANCE_YOUR_CALM = 0xB

    #: The transport is not as safe as it has to be.
    INADEQUATE_SECURITY = 0xC

    #: The request has to be made over HTTP/1.1.
    HTTP_1_1_REQUIRED = 0xD


_KNOWN = {int(code): code for code in ErrorCodes}


def _error_code_from_int(code: int) -> ErrorCodes | int:
    """The member for a number, or the number where there is none."""
    return _KNOWN.get(code, code)


__all__ = ["ErrorCodes"]
