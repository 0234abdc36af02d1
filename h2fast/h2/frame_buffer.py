"""Octets that were received, as an iterator of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING as TYPE_CHECKING

from h2fast.h2.exceptions import (
    FrameDataMissingError as FrameDataMissingError,
    FrameTooLargeError as FrameTooLargeError,
    ProtocolError as ProtocolError,
)
from h2fast.hyperframe.exceptions import (
    InvalidDataError as InvalidDataError,
    InvalidFrameError as InvalidFrameError,
)
from h2fast.hyperframe.frame import (
    ContinuationFrame as ContinuationFrame,
    Frame as Frame,
    HeadersFrame as HeadersFrame,
    PushPromiseFrame as PushPromiseFrame,
)

if TYPE_CHECKING:
    from h2fast.h2._typing import Buffer

#: How many frames one block of headers may be spread over: otherwise it need not ever end.
CONTINUATION_BACKLOG = 64

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER_LEN = 9  # octets before the payload (RFC 9113 section 4.1)


class FrameBuffer:
    """Keeps octets and gives frames, of blocks of headers a single one with all of the block.

    ``max_frame_size`` is the length of the longest payload that is taken; it has to be set.

    :param server: whether the client's connection preface comes first (RFC 9113 section 3.4).
    """

    def __init__(self, server: bool = False) -> None:
        self._data = bytearray()
        self.max_frame_size = 0
        self._preamble = _PREFACE if server else b""
        self._preamble_len = len(self._preamble)
        self._headers_buffer: list[HeadersFrame | ContinuationFrame | PushPromiseFrame] = []

    def add_data(self, data: Buffer) -> None:
        """Take octets.

        :raises ProtocolError: they are not those of the preface.
        """
        octets = memoryview(data)
        if self._preamble_len:
            octets = self._skip_preamble(octets)
        self._data += octets

    def _skip_preamble(self, octets: memoryview) -> memoryview:
        """What comes after the part of the preface that is in the octets."""
        part = self._preamble[: len(octets)]
        if octets[: len(part)] != part:
            raise ProtocolError("Invalid HTTP/2 preamble.")
        self._preamble = self._preamble[len(part) :]
        self._preamble_len = len(self._preamble)
        return octets[len(part) :]

    def _validate_frame_length(self, length: int) -> None:
        if length > self.max_frame_size:
            raise FrameTooLargeError(
                f"Received overlong frame: length {length}, max {self.max_frame_size}"
            )

    def _update_header_buffer(self, f: Frame | None) -> Frame | None:
        """The frame to give for one that came: it, or the whole block that it ends, or none yet."""
        if self._headers_buffer:
            return self._continue_block(f)
        if isinstance(f, (HeadersFrame, PushPromiseFrame)) and "END_HEADERS" not in f.flags:
            self._headers_buffer.append(f)
            return None
        return f

    def _continue_block(self, f: Frame | None) -> Frame | None:
        """RFC 9113 section 6.10: nothing but the rest of a block comes after its beginning."""
        first = self._headers_buffer[0]
        if not isinstance(f, ContinuationFrame) or f.stream_id != first.stream_id:
            raise ProtocolError("Invalid frame during header block.")
        self._headers_buffer.append(f)
        if len(self._headers_buffer) > CONTINUATION_BACKLOG:
            raise ProtocolError("Too many continuation frames received.")
        if "END_HEADERS" not in f.flags:
            return None
        first.flags.add("END_HEADERS")
        first.data = b"".join(frame.data for frame in self._headers_buffer)
        self._headers_buffer = []
        return first

    def _next_frame(self) -> Frame | None:
        """Take the next frame out of the octets; None where it is not complete."""
        if len(self._data) < _HEADER_LEN:
            return None
        try:
            frame, length = Frame.parse_frame_header(memoryview(self._data[:_HEADER_LEN]))
        except (InvalidDataError, InvalidFrameError) as error:
            raise ProtocolError(f"Received frame with invalid header: {error}") from error
        end = _HEADER_LEN + length
        if len(self._data) < end:
            return None
        self._validate_frame_length(length)
        try:
            frame.parse_body(memoryview(self._data[_HEADER_LEN:end]))
        except InvalidDataError as error:
            raise ProtocolError("Received frame with non-compliant data") from error
        except InvalidFrameError as error:
            raise FrameDataMissingError("Frame data missing or invalid") from error
        del self._data[:end]
        return frame

    def __iter__(self) -> FrameBuffer:
        return self

    def __next__(self) -> Frame:
        """The next frame.

        :raises ProtocolError: it breaks a rule; the frame stays, so asking again raises it again,
            unless the fault is its place in a block of headers.
        """
        while (frame := self._next_frame()) is not None:
            whole = self._update_header_buffer(frame)
            if whole is not None:
                return whole
        raise StopIteration
