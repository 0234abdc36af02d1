"""One stream of a connection: a message that comes in and one that goes out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING

from h2fast.exceptions import LocalProtocolError, ProtocolError

if TYPE_CHECKING:
    from h2fast._hpack import HeaderTuple
    from h2fast.events import DataReceived

    from .endpoint import Endpoint

Headers = Iterable[tuple[str | bytes, str | bytes]]
Body = bytes | AsyncIterable[bytes]

CANCEL = 8
NO_ERROR = 0

# Octets of a stream that may wait to be sent before who writes more has to wait.
HIGH_WATER = 65536


class StreamError(ConnectionError):
    """The stream ended before its message did.

    ``error_code`` is that of RFC 9113 section 7, or None where the connection was lost.
    """

    def __init__(self, message: str, error_code: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


class Message:
    """What comes in on a stream, with a body that is read as it arrives, and what goes out.

    The body is read once: with :meth:`read`, or piece by piece with ``async for``. What is not read
    holds the peer back (RFC 9113 section 5.2).
    """

    def __init__(self, endpoint: Endpoint, stream_id: int) -> None:
        self.stream_id = stream_id
        #: The trailers, once the body was read to its end.
        self.trailers: list[HeaderTuple] = []
        #: Whether all of it is here.
        self.ended = False
        self._endpoint = endpoint
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._error: StreamError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None

    # --------------------------------------------------------------------------- incoming

    async def read(self) -> bytes:
        """The rest of the body.

        :raises StreamError: the stream ended before it was complete.
        """
        return b"".join([piece async for piece in self])

    def __aiter__(self) -> Message:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.ended:
                raise StopAsyncIteration
            await self._wait()
        data, octets = self._pieces.popleft()
        self._acknowledge(octets)
        return data

    async def _wait(self) -> None:
        """Wait until something has happened on the stream."""
        self._waiter = self._endpoint.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _acknowledge(self, octets: int) -> None:
        if octets and not self._endpoint.connection.closed:
            self._endpoint.connection.acknowledge(self.stream_id, octets)
            self._endpoint.flush_soon()

    def receive_data(self, event: DataReceived) -> None:
        self._pieces.append((event.data, event.flow_controlled_length))
        if event.stream_ended:
            self.ended = True
        self._wake()

    def receive_trailers(self, headers: list[HeaderTuple]) -> None:
        self.trailers = headers
        self.receive_end()

    def receive_end(self) -> None:
        self.ended = True
        self._wake()

    def fail(self, error: StreamError) -> None:
        """Nothing more comes in, and nothing goes out."""
        if self._error is None:
            self._error = error
        self._wake()
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def discard(self) -> None:
        """Nobody reads the rest of the body."""
        while self._pieces:
            self._acknowledge(self._pieces.popleft()[1])

    # --------------------------------------------------------------------------- outgoing

    async def send_body(self, body: Body, trailers: Headers | None = None) -> None:
        """Send a body and end the stream, waiting while the peer does not take it."""
        if isinstance(body, bytes):
            self._send(body, trailers is None)
        else:
            async for piece in body:
                self._send(piece, end=False)
                await self.drain()
            if trailers is None:
                self._send(b"", end=True)
        if trailers is not None:
            self._check()
            self._endpoint.connection.send_headers(self.stream_id, list(trailers), end_stream=True)
            self._endpoint.flush_soon()

    @property
    def failed(self) -> bool:
        return self._error is not None

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _send(self, data: bytes, end: bool) -> None:
        self._check()
        try:
            self._endpoint.connection.send_data(self.stream_id, data, end)
        except LocalProtocolError as error:
            raise StreamError(str(error), error.error_code) from error
        self._endpoint.flush_soon()

    async def drain(self) -> None:
        """Wait until little of what was sent is still here."""
        while self._endpoint.is_full(self) and self._error is None:
            self._drained = self._endpoint.loop.create_future()
            self._endpoint.waiting.add(self)
            try:
                await self._drained
            finally:
                self._endpoint.waiting.discard(self)
                self._drained = None
        self._check()

    def resume(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def reset(self, error_code: int = CANCEL) -> None:
        """End the stream at once (RFC 9113 section 6.4)."""
        try:
            self._endpoint.connection.reset(self.stream_id, error_code)
        except ProtocolError:
            return  # it has ended
        self._endpoint.forget(self.stream_id)
        self.fail(StreamError(f"stream {self.stream_id} was reset", error_code))
        self._endpoint.flush_soon()


def text(value: bytes) -> str:
    """A field value as text: UTF-8, and whatever else is in it."""
    return value.decode("utf-8", "surrogateescape")
