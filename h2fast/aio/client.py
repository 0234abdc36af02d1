"""Clients: :func:`connect` opens a connection for any number of requests at once."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Any

from h2fast import Connection
from h2fast._hpack import HeaderTuple
from h2fast.events import GoAwayReceived, PushReceived, ResponseReceived
from h2fast.exceptions import LocalProtocolError, TooManyStreamsError

from .endpoint import Endpoint
from .messages import CANCEL, Body, Headers, Message, StreamError, text


class Response(Message):
    """A response, whose body is read as it arrives."""

    def __init__(self, endpoint: Endpoint, stream_id: int) -> None:
        super().__init__(endpoint, stream_id)
        #: All fields of the header section, ``:status`` too, as bytes.
        self.headers: list[HeaderTuple] = []
        self._sending: asyncio.Task[None] | None = None

    @property
    def status(self) -> int:
        return int(self.header(b":status") or 0)

    def header(self, name: bytes) -> str | None:
        """The value of the first field with a name, as text, or None."""
        for field_name, value in self.headers:
            if field_name == name:
                return text(value)
        return None

    def close(self) -> None:
        """Take no more of it: the stream is cancelled if it has not ended."""
        if self._sending is not None:
            self._sending.cancel()
        if not self.ended or self._pieces:
            self.discard()
            self.reset(CANCEL)
        self._endpoint.forget(self.stream_id)

    def receive_headers(self, event: ResponseReceived) -> None:
        self.headers = event.headers
        if event.stream_ended:
            self.receive_end()
        self._wake()


class ClientEndpoint(Endpoint):
    """The connection of a client."""

    def __init__(self, options: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(Connection(True, auto_windows=False, **options), loop)
        self.turns: deque[asyncio.Future[None]] = deque()  # requests that wait for a stream

    def on_response(self, event: ResponseReceived) -> None:
        message = self.streams.get(event.stream_id)
        if isinstance(message, Response):
            message.receive_headers(event)
            if event.stream_ended:
                self.on_end(message)

    def on_push(self, event: PushReceived) -> None:
        self.connection.reset(event.promised_stream_id, CANCEL)  # nobody asked for it

    def on_go_away(self, event: GoAwayReceived) -> None:
        self._take_turns(len(self.turns))  # which fail

    def on_end(self, message: Message) -> None:
        self.forget(message.stream_id)

    def on_flushed(self) -> None:
        if self.turns:
            most = self.connection.peer_setting("max_concurrent_streams")
            self._take_turns(most - self.connection.open_outbound_streams)

    def on_closed(self) -> None:
        self._take_turns(len(self.turns))

    def _take_turns(self, count: int) -> None:
        """Let the requests that have waited longest try again."""
        while self.turns and count > 0:
            turn = self.turns.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1


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
        connection = self._endpoint.connection
        return not (connection.closed or connection.draining or self._endpoint.closed.done())

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

        :param path: path and query.
        :param headers: fields beside the pseudo-header fields, names in small letters;
            ``:authority`` among them stands for the connection's.
        :param body: all of it as ``bytes``, or an asynchronous iterable of pieces, which is read as
            fast as the server takes them, also while the response comes in.
        :raises StreamError: the stream or the connection ended before the response came.
        :raises LocalProtocolError: the fields are against RFC 9113 section 8.
        """
        response = await self._start(method, path, headers, body, trailers)
        try:
            while not response.headers:
                response._check()
                await response._wait()
        except BaseException:
            response.close()
            raise
        return response

    async def _start(
        self, method: str, path: str, headers: Headers, body: Body, trailers: Headers | None
    ) -> Response:
        endpoint = self._endpoint
        fields = self._fields(method, path, headers)
        ends = body == b"" and trailers is None
        stream_id = await self._open(fields, ends)
        response = Response(endpoint, stream_id)
        endpoint.streams[stream_id] = response
        if not ends:
            response._sending = endpoint.loop.create_task(self._send(response, body, trailers))
        endpoint.flush_soon()
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
            if known in pseudo:
                pseudo[known] = value
            else:
                regular.append((name, value))
        return [*pseudo.items(), *regular]

    async def _open(self, fields: list[tuple[Any, Any]], ends: bool) -> int:
        """Open a stream, when there can be one."""
        endpoint = self._endpoint
        while True:
            if endpoint.closed.done():
                raise StreamError("the connection is closed")
            try:
                return endpoint.connection.request(fields, end_stream=ends)
            except TooManyStreamsError:
                turn = endpoint.loop.create_future()
                endpoint.turns.append(turn)
                await turn

    async def _send(self, response: Response, body: Body, trailers: Headers | None) -> None:
        try:
            await response.send_body(body, trailers)
        except StreamError:
            pass  # who reads the response is told
        except LocalProtocolError as error:
            response.fail(StreamError(str(error), error.error_code))
            response.reset()

    async def close(self, timeout: float | None = 5) -> None:
        """Say goodbye and end the connection.

        :param timeout: seconds to wait for what is still to be written.
        """
        endpoint = self._endpoint
        for message in list(endpoint.streams.values()):
            if isinstance(message, Response):
                message.close()
        endpoint.say_goodbye()
        if endpoint.transport is not None:
            endpoint.transport.close()
        await asyncio.wait([endpoint.closed], timeout=timeout)


async def connect(
    host: str,
    port: int = 443,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    connection_window: int = 1 << 24,
    initial_window_size: int = 1 << 20,
    **options: Any,
) -> Client:
    """Open a connection to a server.

    :param tls: a context, such as :func:`client_context` makes; without one, clear text.
    :param server_hostname: the name that the certificate is for, unless it is ``host``.
    :param connection_window: see :class:`h2fast.Connection`.
    :param initial_window_size: octets that the server may send on a stream before they are read.
    :param options: more of :class:`h2fast.Connection`.
    :raises OSError: there is no connection to be had; ``ssl.SSLError`` is one.
    :raises ConnectionError: the server does not speak HTTP/2.
    """
    loop = asyncio.get_running_loop()
    options |= {
        "connection_window": connection_window,
        "initial_window_size": initial_window_size,
    }
    _, endpoint = await loop.create_connection(
        lambda: ClientEndpoint(options, loop),
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
