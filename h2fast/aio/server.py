"""Servers: :func:`serve` runs a handler for each request."""

from __future__ import annotations

import asyncio
import inspect
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from h2fast import Connection
from h2fast._hpack import HeaderTuple
from h2fast.events import RequestReceived
from h2fast.exceptions import LocalProtocolError, ProtocolError

from .endpoint import Endpoint
from .messages import NO_ERROR, Body, Headers, Message, StreamError, text

INTERNAL_ERROR = 2

_log = logging.getLogger(__name__)


@dataclass
class Reply:
    """A response: what a handler returns.

    :param status: the status, 200 to 599.
    :param headers: the other fields, names in small letters.
    :param body: all of it as ``bytes``, or an asynchronous iterable of pieces, which is read as
        fast as the peer takes them.
    :param trailers: fields behind the body.
    """

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: Body = b""
    trailers: Headers | None = None


Handler = Callable[["Request"], Reply | Awaitable[Reply]]


class Request(Message):
    """A request, and the way to answer it beyond what a handler returns."""

    def __init__(self, endpoint: Endpoint, stream_id: int, headers: list[HeaderTuple]) -> None:
        super().__init__(endpoint, stream_id)
        #: All fields of the header section, pseudo-header fields too, as bytes.
        self.headers = headers

    def header(self, name: bytes) -> str | None:
        """The value of the first field with a name, as text, or None."""
        for field_name, value in self.headers:
            if field_name == name:
                return text(value)
        return None

    @property
    def method(self) -> str:
        return self.header(b":method") or ""

    @property
    def path(self) -> str:
        """Path and query; empty for CONNECT."""
        return self.header(b":path") or ""

    @property
    def authority(self) -> str:
        return self.header(b":authority") or self.header(b"host") or ""

    def inform(self, status: int, headers: Headers = ()) -> None:
        """Send an interim response, such as 103 with links (RFC 8297), before the final one."""
        self._endpoint.connection.send_headers(self.stream_id, [(":status", str(status)), *headers])
        self._endpoint.flush_soon()

    def push(self, path: str, headers: Headers = ()) -> bool:
        """Promise the response to a GET of another path of the same authority, and have the handler
        make it (RFC 9113 section 8.4).

        :returns: whether the client takes promises, and this one.
        """
        endpoint = self._endpoint
        assert isinstance(endpoint, ServerEndpoint)
        fields = [
            HeaderTuple(b":method", b"GET"),
            HeaderTuple(b":scheme", (self.header(b":scheme") or "https").encode()),
            HeaderTuple(b":authority", self.authority.encode()),
            HeaderTuple(b":path", path.encode()),
        ]
        fields += [HeaderTuple(_octets(name), _octets(value)) for name, value in headers]
        try:
            promised = endpoint.connection.push(self.stream_id, fields)
        except LocalProtocolError:
            return False
        pushed = Request(endpoint, promised, fields)
        pushed.receive_end()
        endpoint.start(pushed)
        return True

    async def answer(self, reply: Reply) -> None:
        """Send a response. What a handler returns is sent so."""
        body, connection = reply.body, self._endpoint.connection
        headers = [(":status", str(reply.status)), *reply.headers]
        self._check()
        try:
            if isinstance(body, bytes) and reply.trailers is None:
                connection.respond(self.stream_id, headers, body)
                self._endpoint.flush_soon()
                return
            connection.send_headers(self.stream_id, headers)
        except LocalProtocolError as error:
            raise StreamError(str(error), error.error_code) from error
        await self.send_body(body, reply.trailers)


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


class ServerEndpoint(Endpoint):
    """One connection of a server."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(Connection(False, auto_windows=False, **server.options), loop)
        self._server = server
        self._tasks: dict[Message, asyncio.Task[None]] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._server.endpoints.add(self)
        self._watch()
        super().connection_made(transport)

    def on_request(self, event: RequestReceived) -> None:
        request = Request(self, event.stream_id, event.headers)
        if event.stream_ended:
            request.receive_end()
        self.start(request)

    def start(self, request: Request) -> None:
        """Run the handler for a request; one that needs not wait is done when this returns."""
        self.streams[request.stream_id] = request
        try:
            result = self._server.handler(request)
        except Exception as error:
            self._fail(request, error)
            return
        if isinstance(result, Reply) and isinstance(result.body, bytes) and not result.trailers:
            self._answer_now(request, result)
            return
        task = self.loop.create_task(self._answer(request, result))
        self._tasks[request] = task
        task.add_done_callback(lambda _: self._end_task(request, result))

    def _end_task(self, request: Request, result: object) -> None:
        if inspect.iscoroutine(result):
            result.close()  # it has not begun, if the task was cancelled before that
        self._finish(request)

    def _answer_now(self, request: Request, reply: Reply) -> None:
        assert isinstance(reply.body, bytes)
        try:
            self.connection.respond(
                request.stream_id, [(":status", str(reply.status)), *reply.headers], reply.body
            )
        except Exception as error:
            self._fail(request, error)
            return
        self._finish(request)
        self.flush_soon()

    async def _answer(self, request: Request, result: Reply | Awaitable[Reply]) -> None:
        try:
            reply = await result if inspect.isawaitable(result) else result
            await request.answer(reply)
        except asyncio.CancelledError:
            request.reset()
            raise
        except Exception as error:
            self._fail(request, error)

    def _fail(self, request: Request, error: Exception) -> None:
        """A handler that fails is a 500, or the end of the stream if it was answering."""
        if isinstance(error, StreamError):
            return  # the client has gone
        _log.error("%s %s failed", request.method, request.path, exc_info=error)
        try:
            self.connection.respond(request.stream_id, [(":status", "500")])
            self._finish(request)
        except ProtocolError:
            request.reset(INTERNAL_ERROR)
        self.flush_soon()

    def _finish(self, request: Message) -> None:
        """The response is complete. The rest of a request that nobody has read is not wanted
        (RFC 9113 section 8.1)."""
        self._tasks.pop(request, None)
        request.discard()
        if not (request.ended or request.failed or self.connection.queued(request.stream_id)):
            request.reset(NO_ERROR)
        self.forget(request.stream_id)
        self._watch()
        if self._closing:
            self.flush_soon()

    def on_reset(self, message: Message) -> None:
        task = self._tasks.get(message)
        if task is not None:
            task.cancel()

    def on_closed(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        self._server.endpoints.discard(self)
        if self._idle is not None:
            self._idle.cancel()

    def on_flushed(self) -> None:
        busy = self.streams or self._tasks or self.connection.total_queued
        if (self._closing or self.connection.draining) and not busy and self.transport is not None:
            self.transport.close()

    # ----------------------------------------------------------------------- time limits

    def _watch(self) -> None:
        """Let the connection end when it has had nothing to do for so long."""
        if self._idle is not None:
            self._idle.cancel()
        if self._server.idle_timeout is not None:
            self._idle = self.loop.call_later(self._server.idle_timeout, self._end_idle)

    def _end_idle(self) -> None:
        if self.streams or self.connection.total_queued:
            self._watch()
        else:
            self.shut_down()

    def shut_down(self) -> None:
        """Take no more requests; end when those there are answered (RFC 9113 section 6.8)."""
        self._closing = True
        self.say_goodbye()
        self.flush_soon()


class Server:
    """A server that listens. It is an asynchronous context manager, which closes it."""

    def __init__(
        self, handler: Handler, idle_timeout: float | None, options: dict[str, Any]
    ) -> None:
        self.handler = handler
        self.idle_timeout = idle_timeout
        self.options = options
        self.endpoints: set[ServerEndpoint] = set()
        self._listener: asyncio.Server | None = None

    async def listen(
        self, host: str | None, port: int, tls: ssl.SSLContext | None, **options: Any
    ) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: ServerEndpoint(self, loop), host, port, ssl=tls, **options
        )

    @property
    def addresses(self) -> list[tuple[Any, ...]]:
        """Where it listens: host and port, and more for IPv6."""
        assert self._listener is not None
        return [socket.getsockname() for socket in self._listener.sockets]

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def serve_forever(self) -> None:
        """Wait until the server is closed."""
        assert self._listener is not None
        await self._listener.serve_forever()

    async def close(self, timeout: float | None = 10) -> None:
        """Listen no more, and let open streams end: clients are told (RFC 9113 section 6.8).

        :param timeout: seconds after which connections that still have streams are cut off.
        """
        assert self._listener is not None
        self._listener.close()
        endpoints = list(self.endpoints)
        for endpoint in endpoints:
            endpoint.shut_down()
        if endpoints:
            await asyncio.wait([endpoint.closed for endpoint in endpoints], timeout=timeout)
        for endpoint in list(self.endpoints):
            if endpoint.transport is not None:
                endpoint.transport.abort()


async def serve(
    handler: Handler,
    host: str | None = None,
    port: int = 8443,
    *,
    tls: ssl.SSLContext | None = None,
    idle_timeout: float | None = 60,
    listen: Iterable[tuple[str, Any]] = (),
    **options: Any,
) -> Server:
    """Start a server.

    :param handler: called with each :class:`Request`; returns a :class:`Reply`, or an awaitable of
        one, which then runs in a task of its own. An exception is logged and answered with 500.
    :param host: where to listen; everywhere unless given.
    :param tls: a context, such as :func:`server_context` makes; without one, clear text.
    :param idle_timeout: seconds after which a connection without requests is closed, or None.
    :param listen: more arguments of ``loop.create_server``.
    :param options: those of :class:`h2fast.Connection`.
    :raises OSError: it cannot listen there.
    """
    server = Server(handler, idle_timeout, options)
    await server.listen(host, port, tls, **dict(listen))
    return server
