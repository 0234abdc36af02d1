"""A connection on a transport: octets to events, and output to octets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    GoAwayReceived,
    InformationalResponseReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import ProtocolError, RemoteProtocolError

from .messages import HIGH_WATER, Message, StreamError

# One read may bring many frames; they are handled together, and answered with one write.


class Endpoint(asyncio.Protocol):
    """What servers and clients have in common."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self.connection = connection
        self.loop = loop
        self.streams: dict[int, Message] = {}
        self.waiting: set[Message] = set()  # for their content to go out
        self.transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = loop.create_future()
        self._paused = False
        self._flush_due = False
        self._handlers: dict[type, Callable[[Any], None]] = {
            DataReceived: self._on_data,
            TrailersReceived: self._on_trailers,
            StreamReset: self._on_reset,
            RequestReceived: self.on_request,
            ResponseReceived: self.on_response,
            InformationalResponseReceived: self.on_informational,
            PushReceived: self.on_push,
            GoAwayReceived: self.on_go_away,
        }

    # ------------------------------------------------------------------------- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        tls = transport.get_extra_info("ssl_object")
        if isinstance(tls, ssl.SSLObject) and tls.selected_alpn_protocol() != "h2":
            self.transport.abort()  # section 3.2: this is no HTTP/2
            return
        self.flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self.connection.receive(data)
        except RemoteProtocolError as error:
            self._handle(error.events)
            self.flush()
            self.close(StreamError(f"the connection failed: {error}", error.error_code))
            return
        self._handle(events)
        self.flush()

    def _handle(self, events: list[Any]) -> None:
        for event in events:
            handler = self._handlers.get(type(event))
            if handler is not None:
                handler(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self.close(StreamError("the connection was lost"))
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.flush()

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
        if transport is None:
            return
        while not self._paused and not transport.is_closing():
            output = self.connection.output()
            if not output:
                break
            transport.write(output)
        for message in list(self.waiting):
            if not self.is_full(message):
                message.resume()
        self.on_flushed()

    def is_full(self, message: Message) -> bool:
        return self.connection.queued(message.stream_id) > HIGH_WATER

    def close(self, error: StreamError) -> None:
        """End the connection: streams that have not ended fail."""
        for message in list(self.streams.values()):
            message.fail(error)
        self.streams.clear()
        self.on_closed()
        if self.transport is not None:
            self.transport.close()

    def forget(self, stream_id: int) -> None:
        self.streams.pop(stream_id, None)

    # ----------------------------------------------------------------------------- events

    def _on_data(self, event: DataReceived) -> None:
        message = self.streams.get(event.stream_id)
        if message is not None:
            message.receive_data(event)
            if event.stream_ended:
                self.on_end(message)
        elif event.flow_controlled_length:
            self.connection.acknowledge(event.stream_id, event.flow_controlled_length)

    def _on_trailers(self, event: TrailersReceived) -> None:
        message = self.streams.get(event.stream_id)
        if message is not None:
            message.receive_trailers(event.headers)
            self.on_end(message)

    def _on_reset(self, event: StreamReset) -> None:
        message = self.streams.pop(event.stream_id, None)
        if message is not None:
            by = "the peer" if event.remote else "this side, for a fault of the peer's"
            message.fail(
                StreamError(
                    f"stream {event.stream_id} was reset by {by}: error {event.error_code}",
                    event.error_code,
                )
            )
            self.on_reset(message)

    def on_request(self, event: RequestReceived) -> None:
        """Servers have requests."""

    def on_response(self, event: ResponseReceived) -> None:
        """Clients have responses."""

    def on_informational(self, event: InformationalResponseReceived) -> None:
        """Clients have interim responses."""

    def on_push(self, event: PushReceived) -> None:
        """Clients that allow it have promises."""

    def on_go_away(self, event: GoAwayReceived) -> None:
        """The peer takes no more streams."""

    def on_end(self, message: Message) -> None:
        """All of the message is here."""

    def on_reset(self, message: Message) -> None:
        """The message has failed."""

    def on_flushed(self) -> None:
        """Everything that could be written was."""

    def on_closed(self) -> None:
        """The connection has ended."""

    def say_goodbye(self) -> None:
        """Tell the peer that no more streams are taken."""
        try:
            self.connection.go_away()
        except ProtocolError:
            return  # it has ended already
        self.flush()
