"""Clients: :func:`connect` opens a connection for any number of requests at once."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from contextlib import suppress
from typing import Any, ClassVar

from h2fast import Connection
from h2fast.events import GoAwayReceived, PushReceived, ResponseReceived, SettingsReceived
from h2fast.exceptions import ProtocolError

from .endpoint import Endpoint, Trace
from .messages import (
    CANCEL,
    ENHANCE_YOUR_CALM,
    HIGH_WATER,
    REFUSED_STREAM,
    Body,
    Headers,
    Message,
    StreamError,
    close_body,
    text,
)
from .sender import Sender

# Promises that are refused while the server takes nothing of what is sent, the refusals included.
MOST_REFUSED = 200


class Response(Message):
    """A response, whose body is read as it arrives. It is an asynchronous context manager, which
    closes it."""

    def __init__(self, endpoint: Endpoint, stream_id: int) -> None:
        super().__init__(endpoint, stream_id, [])
        self.sender: Sender | None = None
        #: Whether the header section is here.
        self.has_begun = False

    async def __aenter__(self) -> Response:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def status(self) -> int:
        """The status code (RFC 9110 section 15); 0 before the header section is here."""
        return int(self.header(b":status") or 0)

    def close(self) -> None:
        """Take no more of it: the stream is cancelled if it has not ended."""
        self._stop_sending()
        self.discard()
        self.reset(CANCEL)

    def receive_headers(self, event: ResponseReceived) -> None:
        """For endpoints: take the header section."""
        self.headers = event.headers
        self.has_begun = True
        self.ended = event.stream_ended
        self._wake()

    def fail(self, error: Exception) -> None:
        """For endpoints: nothing more comes in, and no more of the request goes out."""
        super().fail(error)
        self.release()  # nobody may come for what is here
        self._stop_sending()

    def _stop_sending(self) -> None:
        if self.sender is not None:
            self.sender.cancel()


class Upload(Sender):
    """The body of a request, and its trailers."""

    def __init__(
        self,
        endpoint: ClientEndpoint,
        response: Response,
        body: Body,
        trailers: Headers | None,
    ) -> None:
        self.body = body
        self._endpoint = endpoint
        self._response = response
        self._trailers = trailers
        super().__init__(endpoint.loop)

    async def send(self) -> None:
        await self._response.send_body(self.body, self._trailers)

    def on_failed(self, error: BaseException) -> None:
        """Whoever reads the response is told."""
        if not isinstance(error, Exception):
            error = StreamError("the upload was cancelled")
        self._response.fail(error)
        self._response.reset()

    def on_done(self, task: asyncio.Task[None]) -> None:
        if self._response.ended:
            self._endpoint.streams.pop(self._response.stream_id, None)


# Who waits for a stream, with the fields of the request, and whether they are all of it.
Turns = OrderedDict["asyncio.Future[Response]", tuple[list[tuple[Any, Any]], bool]]


class ClientEndpoint(Endpoint):
    """The connection of a client."""

    def __init__(
        self,
        options: dict[str, Any],
        loop: asyncio.AbstractEventLoop,
        stall_timeout: float | None,
    ) -> None:
        super().__init__(Connection(True, auto_windows=False, **options), loop, stall_timeout)
        self._turns: Turns = OrderedDict()
        self._most_streams = 100  # until the server has said how many (section 6.5.2)
        self._refused = 0  # promises since the server has last taken anything

    @property
    def is_open(self) -> bool:
        """Whether there can be more requests."""
        connection = self.connection
        return not (connection.closed or connection.draining or self.has_ended)

    # -------------------------------------------------------------------------- requests

    async def open(self, fields: list[tuple[Any, Any]], ends: bool) -> Response:
        """Send a request's header section, when there can be one more stream."""
        if not self.is_open:
            raise self._refusal()
        if not self._turns and self._has_room():
            return self._open(fields, ends)
        turn: asyncio.Future[Response] = self.loop.create_future()
        self._turns[turn] = fields, ends
        try:
            return await turn
        except asyncio.CancelledError:
            self._turns.pop(turn, None)
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                turn.result().close()  # it had come to be
            raise

    def _has_room(self) -> bool:
        return self.connection.open_outbound_streams < self._most_streams

    def _open(self, fields: list[tuple[Any, Any]], ends: bool) -> Response:
        stream_id = self.connection.request(fields, end_stream=ends)
        response = self.streams[stream_id] = Response(self, stream_id)
        self.flush_soon()
        return response

    def on_flushed(self) -> None:
        while self._turns and self.is_open and self._has_room():
            turn, (fields, ends) = self._turns.popitem(last=False)
            if turn.done():
                continue  # cancelled, and has yet to hear of it
            try:
                turn.set_result(self._open(fields, ends))
            except Exception as error:  # whatever is wrong with the fields, it is theirs who waits
                turn.set_exception(error)

    def _refusal(self) -> StreamError:
        return StreamError(f"the connection takes no more requests{self._goodbye}", REFUSED_STREAM)

    def _refuse_turns(self) -> None:
        while self._turns:
            turn, _ = self._turns.popitem(last=False)
            if not turn.done():
                turn.set_exception(self._refusal())

    # ---------------------------------------------------------------------------- events

    def on_settings(self, event: SettingsReceived) -> None:
        self._most_streams = self.connection.peer_setting("max_concurrent_streams")

    def on_response(self, event: ResponseReceived) -> None:
        message = self.streams.get(event.stream_id)
        if isinstance(message, Response):
            message.receive_headers(event)
            if event.stream_ended:
                self.on_end(message)

    def on_push(self, event: PushReceived) -> None:
        self._refused = self._refused + 1 if self._paused else 0
        if self._refused <= MOST_REFUSED:
            with suppress(ProtocolError):  # it has ended
                self.connection.reset(event.promised_stream_id, CANCEL)  # nobody asked for it
        elif not self.has_ended:
            self.go_away(error_code=ENHANCE_YOUR_CALM)
            self._break(
                f"{self._refused} promises while the server takes nothing", ENHANCE_YOUR_CALM
            )

    def on_go_away(self, event: GoAwayReceived) -> None:
        super().on_go_away(event)
        self._refuse_turns()

    def on_end(self, message: Message) -> None:
        assert isinstance(message, Response)
        message.release()  # however late it is read, that does not hold back other streams
        if message.sender is None or message.sender.task.done():
            self.streams.pop(message.stream_id, None)

    def on_failed(self, error: StreamError) -> None:
        self._refuse_turns()

    handlers: ClassVar = Endpoint.handlers | {
        SettingsReceived: on_settings,
        ResponseReceived: on_response,
        PushReceived: on_push,
        GoAwayReceived: on_go_away,
    }


class Client:
    """A connection to a server. It is an asynchronous context manager, which closes it."""

    def __init__(self, endpoint: ClientEndpoint, authority: str, scheme: str) -> None:
        self._endpoint = endpoint
        self._authority = authority
        self._scheme = scheme

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_open(self) -> bool:
        """Whether there can be more requests."""
        return self._endpoint.is_open

    async def request(
        self,
        method: str,
        path: str,
        headers: Headers = (),
        body: Body = b"",
        trailers: Headers | None = None,
    ) -> Response:
        """Send a request, and wait for the header section of its response.

        A request waits its turn when the server allows no more streams. Cancelling it resets its
        stream.

        :param method: the method, such as ``"GET"`` (RFC 9110 section 9).
        :param path: path and query; not sent with CONNECT (RFC 9113 section 8.5).
        :param headers: fields beside the pseudo-header fields, pairs of ``str`` or ``bytes``, names
            in small letters; ``:authority`` among them stands for the connection's.
        :param body: all of it as ``bytes``, or an asynchronous iterable of pieces, which is read as
            fast as the server takes them, also while the response comes in. An exception of its
            cancels the request, and is raised here or where the response is read.
        :param trailers: fields behind the body.
        :returns: the response, whose body is still to be read.
        :raises StreamError: the stream or the connection ended before the response came, or the
            connection takes no more requests.
        :raises LocalProtocolError: the fields are against RFC 9113 section 8; a QueueFullError if
            ``max_queued`` does not allow for the body.
        :raises TypeError: the body is neither ``bytes`` nor an asynchronous iterable.
        """
        ends = isinstance(body, bytes) and not body and not trailers
        try:
            response = await self._endpoint.open(self._fields(method, path, headers), ends)
        except BaseException:
            await close_body(body)
            raise
        try:
            if not ends:
                self._start_sending(response, body, trailers)
            while not response.has_begun:
                await response.wait()
        except BaseException:
            response.close()
            raise
        return response

    def _fields(self, method: str, path: str, headers: Headers) -> list[tuple[Any, Any]]:
        pseudo: dict[Any, Any] = {
            ":method": method,
            ":scheme": self._scheme,
            ":authority": self._authority,
            ":path": path,
        }
        regular = []
        for name, value in headers:
            known = text(name) if isinstance(name, bytes) else name
            if known.startswith(":"):
                pseudo[known] = value
            else:
                regular.append((name, value))
        if method == "CONNECT" and ":protocol" not in pseudo:  # section 8.5
            del pseudo[":scheme"], pseudo[":path"]
        return [*pseudo.items(), *regular]

    def _start_sending(self, response: Response, body: Body, trailers: Headers | None) -> None:
        endpoint = self._endpoint
        if isinstance(body, bytes) and len(body) <= HIGH_WATER and not trailers:
            response.send(endpoint.connection.send_data, body, True)
            return
        response.sender = Upload(endpoint, response, body, trailers)

    def get_extra_info(self, name: str) -> Any:
        """What the transport tells of the connection, such as ``"peername"`` or ``"ssl_object"``;
        None if it does not know."""
        transport = self._endpoint.transport
        return None if transport is None else transport.get_extra_info(name)

    async def ping(self) -> float:
        """Have the server answer.

        :returns: the seconds that it took.
        :raises StreamError: the connection ended before that.
        """
        endpoint = self._endpoint
        if endpoint.connection.closed or endpoint.has_ended:
            raise StreamError("the connection is closed")
        return await endpoint.ping()

    async def close(self, timeout: float | None = 5) -> None:
        """Cancel what still runs, say goodbye and end the connection.

        :param timeout: seconds to wait for what is still to be written; None for no limit.
        """
        endpoint = self._endpoint
        responses = [m for m in endpoint.streams.values() if isinstance(m, Response)]
        for response in responses:
            response.close()
        endpoint.go_away()
        endpoint.flush()
        endpoint.end(StreamError("the connection was closed"))
        await asyncio.wait([endpoint.closed], timeout=timeout)
        assert endpoint.transport is not None
        endpoint.transport.abort()
        uploads = [response.sender.task for response in responses if response.sender is not None]
        await asyncio.wait([endpoint.closed, *uploads])


async def connect(
    host: str,
    port: int = 443,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    trace: Trace | None = None,
    stall_timeout: float | None = 60,
    **options: Any,
) -> Client:
    """Open a connection to a server.

    :param host: its name or address, which is also ``:authority`` and ``server_hostname``.
    :param port: its port, 0 to 65535; it is in ``:authority`` unless it is the scheme's.
    :param tls: a context, such as :func:`client_context` makes; without one, clear text.
    :param server_hostname: the name that the certificate is for, unless it is ``host``.
    :param trace: called with ``">"`` and the octets that are sent, and ``"<"`` and those that are
        received, as it happens. An exception of its goes to the loop's exception handler.
    :param stall_timeout: seconds that the server has to take any of what there is for it, before
        the connection is cut off; or None.
    :param options: those of :class:`h2fast.Connection`. Unless given, ``connection_window`` is
        16 MiB and ``initial_window_size`` 1 MiB: what the server may send before it is read.
    :returns: the connection. Its preface is sent; the server's may not be here yet.
    :raises OSError: there is no connection to be had; ``ssl.SSLError`` is one.
    :raises ConnectionError: the server does not choose HTTP/2 (ALPN, RFC 9113 section 3.2).
    :raises TypeError: there is no such option.
    :raises ValueError: an option is out of its range.
    :raises OverflowError: the port is out of its range.
    """
    loop = asyncio.get_running_loop()
    options = {"connection_window": 1 << 24, "initial_window_size": 1 << 20, **options}
    endpoint = ClientEndpoint(options, loop, stall_timeout)
    endpoint.trace = trace
    await loop.create_connection(
        lambda: endpoint,
        host,
        port,
        ssl=tls,
        server_hostname=(server_hostname or host) if tls else None,
    )
    if tls is not None and endpoint.transport is not None:
        chosen = endpoint.transport.get_extra_info("ssl_object").selected_alpn_protocol()
        if chosen != "h2":
            endpoint.transport.abort()
            raise ConnectionError(f"{host} does not speak HTTP/2: it chose {chosen or 'nothing'}")
    default = 443 if tls else 80
    name = f"[{host}]" if ":" in host else host
    authority = name if port == default else f"{name}:{port}"
    return Client(endpoint, authority, "https" if tls else "http")
