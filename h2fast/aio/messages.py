"""One stream of a connection: a message that comes in and one that goes out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from h2fast.exceptions import ProtocolError, StreamClosedError

if TYPE_CHECKING:
    from h2fast.events import DataReceived

    from .endpoint import Endpoint

Headers = Iterable[tuple[str | bytes, str | bytes]]
Body = bytes | AsyncIterable[bytes]

# Error codes (RFC 9113 section 7).
NO_ERROR = 0
INTERNAL_ERROR = 2
REFUSED_STREAM = 7
CANCEL = 8
ENHANCE_YOUR_CALM = 11

# Octets of a stream that may wait to be sent before its writer has to wait, and the largest piece
# of a body that is handed over at once.
HIGH_WATER = 65536


# Octets of a piece of content below which more of it is joined to it while nobody reads: what holds
# a piece is larger than a few octets.
LEAST_PIECE = 1024


class StreamError(ConnectionError):
    """The stream ended before its message did.

    ``error_code`` is that of RFC 9113 section 7, or None where the connection was lost.
    """

    def __init__(self, message: str, error_code: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code

    @property
    def retryable(self) -> bool:
        """Whether the peer has done nothing about the request, so that it can be made again,
        whatever its method (RFC 9113 section 8.7)."""
        return self.error_code == REFUSED_STREAM

    def again(self) -> StreamError:
        """Another of the same: each place that raises an exception makes its traceback longer."""
        return StreamError(str(self), self.error_code)


class Message:
    """What comes in on a stream, with a body that is read as it arrives, and what goes out.

    The body is read once and by one task: with :meth:`read`, or piece by piece with ``async for``.
    What is not read holds the peer back (RFC 9113 section 5.2).
    """

    #: Octets that were sent and not queued since the transport has taken some.
    ahead = 0
    _is_cut = False  # some of the body was thrown away

    def __init__(
        self, endpoint: Endpoint, stream_id: int, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self.stream_id = stream_id
        #: All fields of the header section, pseudo-header fields too, as bytes.
        self.headers = headers
        #: The trailers, once the body was read to its end.
        self.trailers: list[tuple[bytes, bytes]] = []
        #: Whether all of it is here.
        self.ended = False
        self._endpoint = endpoint
        self._pieces: deque[bytes | bytearray] = deque()
        self._is_read = True  # otherwise its body is thrown away
        self._is_released = False
        self._error: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None  # of anything
        self._drained: asyncio.Future[None] | None = None

    def header(self, name: bytes) -> str | None:
        """The value of the first field with a name, as text, or None.

        :param name: the name in small letters, such as ``b"content-type"`` or ``b":path"``.
        """
        for field_name, value in self.headers:
            if field_name == name:
                return text(value)
        return None

    # --------------------------------------------------------------------------- incoming

    async def read(self) -> bytes:
        """The rest of the body.

        :returns: all of it in one piece, of any length; empty where it was read already.
        :raises StreamError: the stream ended before it was complete.
        :raises RuntimeError: another task reads it.
        """
        return b"".join([piece async for piece in self])

    def __aiter__(self) -> Message:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._is_cut:
                raise self._error or StreamError("the rest of the body was thrown away")
            if self.ended:
                raise StopAsyncIteration
            await self.wait()
        data = self._pieces.popleft()
        if not self._is_released:
            self._acknowledge(len(data))
        return bytes(data)

    async def wait(self) -> None:
        """Wait until something has come in on the stream.

        :raises StreamError: the stream has ended early.
        :raises RuntimeError: another task waits.
        """
        if self._error is not None:
            raise self._error
        if self._arrival is not None:
            raise RuntimeError("one task at a time reads a message")
        self._arrival = self._endpoint.loop.create_future()
        try:
            await self._endpoint.wait_for_content(self, self._arrival)
        finally:
            self._arrival = None

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _acknowledge(self, octets: int) -> None:
        if octets:
            self._endpoint.acknowledge(self.stream_id, octets)

    def receive_data(self, event: DataReceived) -> None:
        """For endpoints: take a piece of the body."""
        data = event.data
        if self._is_read and data:
            self._keep(data)
            self._acknowledge(event.flow_controlled_length - len(data))  # the padding
        else:
            self._is_cut = self._is_cut or bool(data)
            self._acknowledge(event.flow_controlled_length)
        if event.stream_ended:
            self.ended = True
        self._wake()

    def _keep(self, data: bytes) -> None:
        pieces = self._pieces
        if pieces and isinstance(pieces[-1], bytearray) and len(pieces[-1]) < LEAST_PIECE:
            pieces[-1] += data
        else:
            pieces.append(data if len(data) >= LEAST_PIECE else bytearray(data))

    def receive_end(self, trailers: list[tuple[bytes, bytes]] | None = None) -> None:
        """For endpoints: take the end of the message, and its trailers."""
        self.trailers = trailers or []
        self.ended = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """For endpoints: nothing more comes in, and nothing goes out."""
        if self._error is None:
            self._error = error
        self._wake()
        self.resume()

    @property
    def failed(self) -> bool:
        """Whether the stream ended before its message did."""
        return self._error is not None

    def release(self) -> None:
        """For endpoints: what is here of the body holds the peer back no longer, read or not."""
        if not self._is_released:
            self._is_released = True
            self._acknowledge(sum(map(len, self._pieces)))

    def discard(self) -> None:
        """For endpoints: nobody reads the rest of the body."""
        self._is_read = False
        if self._pieces:
            self._is_cut = True
            self.release()
            self._pieces.clear()

    # --------------------------------------------------------------------------- outgoing

    def send(self, method: Callable[..., object], *args: Any) -> object:
        """Have a method of the connection send something on the stream.

        :param method: a method of :class:`h2fast.Connection` whose first argument is the stream.
        :param args: its other arguments.
        :returns: what it returns.
        :raises StreamError: the stream has ended. What the method raises else comes out too.
        """
        if self._error is not None:
            raise self._error
        try:
            result = method(self.stream_id, *args)
        except StreamClosedError as error:
            self.fail(StreamError(str(error), error.error_code))
            raise self._error from error  # type: ignore[misc]
        self._endpoint.flush_soon()
        return result

    async def send_body(self, body: Body, trailers: Headers | None = None) -> None:
        """Send a body and end the stream, waiting while the peer does not take it.

        :param body: all of it as ``bytes``, or an asynchronous iterable of pieces.
        :param trailers: fields behind the body.
        :raises StreamError: the stream has ended. What the iterable raises comes out too.
        :raises LocalProtocolError: the trailers are against RFC 9113 section 8.1.
        """
        end = not trailers
        if isinstance(body, bytes):
            await self._send_piece(body, end)
        else:
            async for piece in body:
                await self._send_piece(piece)
            if end:
                self.send(self._endpoint.connection.send_data, b"", True)
        if trailers:
            self.send(self._endpoint.connection.send_headers, list(trailers), True)

    async def _send_piece(self, piece: bytes, end: bool = False) -> None:
        start = 0
        while len(piece) - start > HIGH_WATER:
            self._send_content(piece[start : start + HIGH_WATER])
            start += HIGH_WATER
            await self.drain()
        self._send_content(piece[start:], end)
        if not end:
            await self.drain()

    def _send_content(self, piece: bytes, end: bool = False) -> None:
        if self.send(self._endpoint.connection.send_data, piece, end) == 0:
            self.ahead += len(piece)

    async def drain(self) -> None:
        """Wait until at most 64 KiB of what was sent on the stream are still here.

        :raises StreamError: the stream has ended.
        """
        endpoint = self._endpoint
        if self.ahead >= HIGH_WATER:
            await asyncio.sleep(0)  # for what is sent to be written, even if the body never waits
            endpoint.begin_again(self)
        while endpoint.is_full(self) and self._error is None:
            self._drained = endpoint.loop.create_future()
            endpoint.waiting.add(self)
            try:
                await endpoint.wait_for_taking(self, self._drained)
            finally:
                endpoint.waiting.discard(self)
                self._drained = None
        if self._error is not None:
            raise self._error

    def resume(self) -> None:
        """For endpoints: what was sent has gone out, or never will: :meth:`drain` waits no more."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def reset(self, error_code: int = CANCEL, reason: str = "was reset") -> None:
        """End the stream at once (RFC 9113 section 6.4), if it has not ended.

        :param error_code: why (section 7).
        :param reason: what the StreamError of those who wait for the stream says.
        """
        try:
            self._endpoint.connection.reset(self.stream_id, error_code)
        except ProtocolError:
            return
        self._endpoint.streams.pop(self.stream_id, None)
        self.fail(StreamError(f"stream {self.stream_id} {reason}", error_code))
        self._endpoint.flush_soon()


async def close_body(body: Body) -> None:
    """A generator that is left half-way ends now, and not some time later."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()


def text(value: bytes) -> str:
    """A field value as text: UTF-8, and whatever else is in it."""
    return value.decode("utf-8", "surrogateescape")


def octets(value: str | bytes) -> bytes:
    """The octets of such a text."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
