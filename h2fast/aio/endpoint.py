"""A connection on a transport: octets to events, and output to octets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, ClassVar, cast

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    GoAwayReceived,
    PingAcknowledged,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import ProtocolError, RemoteProtocolError
from h2fast.frame_printer import text_of

from .messages import CANCEL, HIGH_WATER, NO_ERROR, Message, StreamError

# Octets that are handed to the transport at once, and that the system holds before it has sent them
# (where it can be told to): what is there already cannot be overtaken by what is more urgent.
AT_ONCE = 65536

# Seconds that a peer has to take some of what is left when the connection is closed, and when there
# is nothing left, to close it.
CLOSE_TIME = 5

Trace = Callable[[str, bytes], object]

# One read may bring many frames; they are handled together, and answered with one write.


class Endpoint(asyncio.Protocol):
    """What servers and clients have in common."""

    #: What is done about each event; others are the connection's business alone.
    handlers: ClassVar[dict[type, Callable[[Any, Any], None]]] = {}

    def __init__(
        self,
        connection: Connection,
        loop: asyncio.AbstractEventLoop,
        stall_timeout: float | None,
        message_timeout: float | None = None,
    ) -> None:
        """
        :param stall_timeout: seconds that the peer has to take any of what there is for it.
        :param message_timeout: seconds that it has to send, or take, more of a message.
        """
        self.connection = connection
        self.loop = loop
        self.streams: dict[int, Message] = {}
        self.waiting: set[Message] = set()  # for their content to go out
        self.transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = loop.create_future()
        self.moved = loop.time()  # when content went out that had waited
        #: Called with ">" and what is sent, and "<" and what is received, as it happens.
        self.trace: Trace | None = None
        #: Whether this side has: what comes is thrown away.
        self.has_ended = False
        self._stall_timeout = stall_timeout
        self._message_timeout = message_timeout
        self._paused = False
        self._written = 0  # octets that the transport was given
        self._progress: asyncio.TimerHandle | None = None  # whether the peer takes any of them
        self._flush_due = False
        self._pings: dict[bytes, tuple[asyncio.Future[float], float]] = {}
        self._numbers = count()
        self._goodbye = ""  # why the connection ends

    # ------------------------------------------------------------------------- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        tls = transport.get_extra_info("ssl_object")
        if isinstance(tls, ssl.SSLObject) and tls.selected_alpn_protocol() != "h2":
            self.transport.abort()  # section 3.2: this is no HTTP/2
            return
        self._hold_little()
        self.flush()

    def _hold_little(self) -> None:
        """Have the transport and the system take no more than they can send soon."""
        assert self.transport is not None
        self.transport.set_write_buffer_limits(AT_ONCE)  # TLS would take eight times as much
        sent_over = self.transport.get_extra_info("socket")
        option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
        if sent_over is not None and option is not None:
            with suppress(OSError):  # it may be no TCP
                sent_over.setsockopt(socket.IPPROTO_TCP, option, AT_ONCE)

    def data_received(self, data: bytes) -> None:
        if self.has_ended:
            return
        self._tell("<", data)
        self._flush_due = True  # below
        try:
            events = self.connection.receive(data)
        except RemoteProtocolError as error:
            self._handle(error.events)
            self._break(str(error), error.error_code)
            return
        self._handle(events)
        self.flush()

    def _break(self, fault: str, error_code: int) -> None:
        self._goodbye = f": it failed: {fault}"
        self.flush()
        self.end(StreamError(f"the connection failed: {fault}", error_code))

    def _handle(self, events: list[Any]) -> None:
        handlers = self.handlers
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(self, event)

    def _tell(self, direction: str, octets: bytes) -> None:
        if self.trace is None:
            return
        try:
            self.trace(direction, octets)
        except Exception as error:  # the connection's state is that the octets have gone
            message = "the trace of a connection has failed"
            self.loop.call_exception_handler({"message": message, "exception": error})

    def eof_received(self) -> None:
        """The peer sends no more, so that no stream can go on: what is left to write is no reason
        to wait."""
        self.end(self._loss())

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_ended = True
        self.fail(self._loss())
        if self._progress is not None:
            self._progress.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    def _loss(self) -> StreamError:
        return StreamError(f"the connection was lost{self._goodbye}")

    # Reading goes on while writing does not: RFC 9113 section 5.2.2 asks for it, since two sides
    # that both wait for the other to read would wait for ever. What a peer makes the connection
    # answer has a limit (max_unsent_answers), bodies wait, and so do requests.

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        for message in self.waiting:
            message.ahead = 0  # all may go on, for the most urgent to be there at each turn
        self.on_resumed()
        self.flush()

    def _expect_progress(self, limit: float) -> None:
        """See to it that the peer takes some of what the transport has, every so many seconds."""
        self._progress = self.loop.call_later(limit, self._check_progress, limit, self._taken)

    def _check_progress(self, limit: float, taken: int) -> None:
        assert self.transport is not None
        self._progress = None
        if self._taken > taken:
            self._expect_progress(limit)
        elif self.has_ended:
            self.transport.abort()
        elif self.transport.get_write_buffer_size():
            self._goodbye = f": the peer took nothing for {limit} seconds"
            self.transport.abort()

    @property
    def _taken(self) -> int:
        """Octets that the transport had and has no more; TLS makes that a little less."""
        assert self.transport is not None
        return self._written - self.transport.get_write_buffer_size()

    # ----------------------------------------------------------------------------- output

    def flush_soon(self) -> None:
        """Have the output written when all that is ready now has run."""
        if not self._flush_due:
            self._flush_due = True
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what there is to write, as far as the transport takes it."""
        self._flush_due = False
        transport = self.transport
        if transport is None or self.has_ended:
            return
        window = self.connection.send_window(0)
        while not self._paused and not transport.is_closing():
            output = self.connection.output(AT_ONCE)
            if not output:
                break
            self._tell(">", output)
            transport.write(output)
            self._written += len(output)
            if self._progress is None and self._stall_timeout is not None:
                self._expect_progress(self._stall_timeout)
        if self.connection.send_window(0) != window:
            self.moved = self.loop.time()
        for message in list(self.waiting):
            if not self.is_full(message):
                message.resume()
        self.on_flushed()

    def is_full(self, message: Message) -> bool:
        """Whether there is enough to be sent on a stream. What the connection sends at once is not
        queued: it is the transport that says whether anybody takes that."""
        if self._paused and message.ahead >= HIGH_WATER:
            return True
        return self.connection.queued(message.stream_id) > HIGH_WATER

    def begin_again(self, message: Message) -> None:
        """Count anew what is sent on a stream, unless what was sent is still here."""
        if not self._paused:
            message.ahead = 0

    @property
    def is_stuck(self) -> bool:
        """Whether there is something that the peer does not take."""
        return self._paused or self.connection.total_queued != 0

    def acknowledge(self, stream_id: int, octets: int) -> None:
        """Let the peer send so many octets more."""
        if self.connection.closed:
            return
        try:
            self.connection.acknowledge(stream_id, octets)
        except RemoteProtocolError as error:  # it leaves too many answers where they are
            self._break(str(error), error.error_code)
        else:
            self.flush_soon()

    # ------------------------------------------------------------------------------- end

    def fail(self, error: StreamError) -> None:
        """Nothing goes on: streams that have not ended fail."""
        for message in list(self.streams.values()):
            message.fail(error.again())
        self.streams.clear()
        for answer, _ in self._pings.values():
            if not answer.done():
                answer.set_exception(error.again())
                answer.exception()  # nobody has to look at it
        self._pings.clear()
        self.on_failed(error)

    def end(self, error: StreamError) -> None:
        """Close the connection, when what is left was written.

        A socket that is closed while the peer still sends makes the peer's system forget what has
        come last, such as the GOAWAY. So in clear text only this direction ends here, and what
        comes is thrown away until the peer has ended the other.
        """
        self.fail(error)
        transport = self.transport
        if transport is None or self.has_ended:
            return
        self.has_ended = True
        if self._progress is not None:
            self._progress.cancel()
        self._expect_progress(CLOSE_TIME)
        if transport.can_write_eof() and not transport.is_closing():
            try:
                transport.write_eof()
            except OSError:  # the peer has cut the connection off
                transport.abort()
        else:
            transport.close()

    def go_away(self, last_stream_id: int | None = None, error_code: int = NO_ERROR) -> None:
        """Tell the peer that no more streams are taken (RFC 9113 section 6.8)."""
        try:
            self.connection.go_away(error_code, last_stream_id)
        except ProtocolError:
            return  # it has ended already
        self.flush_soon()

    # ------------------------------------------------------------------------------ time

    async def wait_for_content(self, message: Message, future: asyncio.Future[None]) -> None:
        """Wait for the peer to send something on a stream, but not for ever."""
        silence = Silence(self, message, self._message_timeout)
        try:
            await future
        finally:
            silence.cancel()

    async def wait_for_taking(self, message: Message, future: asyncio.Future[None]) -> None:
        """Wait for the peer to take what was sent on a stream, but not for ever."""
        stall = self.watch(message)
        try:
            await future
        finally:
            stall.cancel()

    def watch(self, message: Message) -> Stall:
        return Stall(self, message, self._message_timeout)

    def is_held_back(self, message: Message, since: float) -> bool:
        """Whether it is for the peer that content of a stream waits, and not for others of this
        side's that go before it."""
        connection, stream_id = self.connection, message.stream_id
        return (
            connection.queued(stream_id) != 0  # otherwise it may have closed by now
            and connection.send_window(0) > 0 >= connection.send_window(stream_id)
        ) or (not self._paused and self.moved <= since)

    def give_up(self, message: Message) -> None:
        message.reset(CANCEL, f"stood still for {self._message_timeout} seconds")

    def ping(self) -> asyncio.Future[float]:
        """Ask the peer for an answer: when it is here, the seconds that it took."""
        octets = next(self._numbers).to_bytes(8, "big")
        self.connection.ping(octets)
        answer: asyncio.Future[float] = self.loop.create_future()
        self._pings[octets] = answer, self.loop.time()
        answer.add_done_callback(lambda _: self._pings.pop(octets, None))  # also if it is given up
        self.flush_soon()
        return answer

    # ----------------------------------------------------------------------------- events

    def on_data(self, event: DataReceived) -> None:
        message = self.streams.get(event.stream_id)
        if message is not None:
            message.receive_data(event)
            if event.stream_ended:
                self.on_end(message)
        elif event.flow_controlled_length:
            self.acknowledge(event.stream_id, event.flow_controlled_length)

    def on_trailers(self, event: TrailersReceived) -> None:
        message = self.streams.get(event.stream_id)
        if message is not None:
            message.receive_end(event.headers)
            self.on_end(message)

    def on_reset(self, event: StreamReset) -> None:
        message = self.streams.pop(event.stream_id, None)
        if message is not None:
            by = "the peer" if event.remote else "this side, for a fault of the peer's"
            message.fail(
                StreamError(
                    f"stream {event.stream_id} was reset by {by}: error {event.error_code}"
                    f"{self._goodbye}",
                    event.error_code,
                )
            )

    def on_go_away(self, event: GoAwayReceived) -> None:
        debug = text_of(event.debug_data)
        self._goodbye = f": the peer left with error {event.error_code} {debug}".rstrip()

    def on_ping_acknowledged(self, event: PingAcknowledged) -> None:
        answer, sent = self._pings.get(event.data, (None, 0.0))
        if answer is not None and not answer.done():
            answer.set_result(self.loop.time() - sent)

    # Subclasses have more to do.

    def on_end(self, message: Message) -> None:
        """All of the message is here."""

    def on_resumed(self) -> None:
        """The peer takes what there is again."""

    def on_flushed(self) -> None:
        """Everything that could be written was."""

    def on_failed(self, error: StreamError) -> None:
        """The connection has ended."""


class Silence:
    """A time limit for the peer to send something on a stream: it begins again while the
    connection's window is closed, since content of other streams is what nobody has read then."""

    def __init__(self, endpoint: Endpoint, message: Message, limit: float | None) -> None:
        self._endpoint = endpoint
        self._message = message
        self._limit = limit
        self._timer: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        if self._limit is not None:
            self._timer = self._endpoint.loop.call_later(self._limit, self._end)

    def _end(self) -> None:
        if self._is_for_the_peer():
            self._endpoint.give_up(self._message)
        else:
            self._begin()

    def _is_for_the_peer(self) -> bool:
        return self._endpoint.connection.receive_window(0) > 0

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class Stall(Silence):
    """A time limit for the peer to take content of a stream: it begins again with each part that is
    taken, and while the stream waits for others."""

    def _begin(self) -> None:
        endpoint = self._endpoint
        self._queued = endpoint.connection.queued(self._message.stream_id)
        self._since = endpoint.loop.time()
        super()._begin()

    def _is_for_the_peer(self) -> bool:
        endpoint, message = self._endpoint, self._message
        moved = endpoint.connection.queued(message.stream_id) != self._queued
        return not moved and endpoint.is_held_back(message, self._since)


Endpoint.handlers = {
    DataReceived: Endpoint.on_data,
    TrailersReceived: Endpoint.on_trailers,
    StreamReset: Endpoint.on_reset,
    GoAwayReceived: Endpoint.on_go_away,
    PingAcknowledged: Endpoint.on_ping_acknowledged,
}
