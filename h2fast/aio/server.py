"""Servers: :func:`serve` runs a handler for each request."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import CoroutineType, MappingProxyType
from typing import Any, ClassVar, cast

from h2fast import Connection
from h2fast.events import GoAwayReceived, RequestReceived, StreamReset
from h2fast.exceptions import LocalProtocolError, ProtocolError, TooManyStreamsError
from h2fast.priority_field import Priority

from .endpoint import Endpoint, Stall
from .messages import (
    HIGH_WATER,
    INTERNAL_ERROR,
    NO_ERROR,
    Body,
    Headers,
    Message,
    StreamError,
    octets,
)
from .sender import Sender

# Seconds that a TLS handshake may take.
HANDSHAKE_TIME = 10

# Requests that are begun while the client takes nothing of what is there for it; more of them wait.
BEGUN_MEANWHILE = 32

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

    _endpoint: ServerEndpoint
    #: Whether the response has begun, and is not complete.
    is_answering = False

    @property
    def method(self) -> str:
        """The method, such as ``"GET"`` (RFC 9110 section 9)."""
        return self.header(b":method") or ""

    @property
    def path(self) -> str:
        """Path and query; empty for CONNECT."""
        return self.header(b":path") or ""

    @property
    def authority(self) -> str:
        """``:authority``, or the host field where there is none (RFC 9113 section 8.3.1); empty
        where there is neither."""
        return self.header(b":authority") or self.header(b"host") or ""

    @property
    def priority(self) -> Priority:
        """How urgent the response is: the client's wish, and what was said here (RFC 9218).

        :raises StreamError: the client is no longer there.
        :raises LocalProtocolError: the connection's scheduler knows no urgencies.
        """
        return cast(Priority, self.send(self._endpoint.connection.priority))

    def prioritize(self, urgency: int | None = None, incremental: bool | None = None) -> None:
        """Say how urgent the response is, whatever the client wishes (RFC 9218 section 8), from its
        next frame on. A ``priority`` field in the reply's headers does that too, and says it to the
        client.

        :param urgency: 0, the most urgent, to 7.
        :param incremental: whether parts of the body are of use before the rest is there.
        :raises ValueError: the urgency is none of these.
        :raises StreamError: the client is no longer there.
        :raises LocalProtocolError: the connection's scheduler knows no urgencies.
        """
        self.send(self._endpoint.connection.set_priority, urgency, incremental)

    def inform(self, status: int, headers: Headers = ()) -> None:
        """Send an interim response, such as 103 with links (RFC 8297), before the final one.

        :param status: 100 to 199.
        :param headers: the other fields, names in small letters.
        :raises StreamError: the client is no longer there.
        :raises LocalProtocolError: this is no interim response, the fields are against RFC 9113
            section 8, or the final one was sent.
        """
        if not 100 <= status < 200:
            raise LocalProtocolError(f"{status} is not the status of an interim response")
        fields = [(":status", str(status)), *headers]
        self.send(self._endpoint.connection.send_headers, fields)

    def push(self, path: str, headers: Headers = ()) -> bool:
        """Promise the response to a GET of another path of the same authority, and have the handler
        make it (RFC 9113 section 8.4).

        :param path: path and query.
        :param headers: fields beside the pseudo-header fields, names in small letters.
        :returns: whether the client takes promises, and this one.
        :raises LocalProtocolError: the fields are against RFC 9113 section 8.
        """
        connection = self._endpoint.connection
        if self.failed or connection.draining or not connection.peer_setting("enable_push"):
            return False
        fields = [
            (b":method", b"GET"),
            (b":scheme", octets(self.header(b":scheme") or "https")),
            (b":authority", octets(self.authority)),
            (b":path", octets(path)),
        ]
        fields += [(octets(name), octets(value)) for name, value in headers]
        try:
            stream_id = cast(int, self.send(connection.push, fields))
        except StreamError:
            return False
        promised = Request(self._endpoint, stream_id, fields)
        promised.receive_end()
        self._endpoint.start(promised)
        return True

    async def answer(self, reply: Reply) -> None:
        """For endpoints: send a response, waiting while the client does not take it."""
        if not isinstance(reply.body, bytes) and self._has_no_content(reply.status):
            self.answer_now(replace(reply, body=b"", trailers=None))
        elif not self.answer_now(reply):
            fields = [(":status", str(reply.status)), *reply.headers]
            self.send(self._endpoint.connection.send_headers, fields)
            self.is_answering = True
            await self.send_body(reply.body, reply.trailers)

    def answer_now(self, reply: Reply) -> bool:
        """For endpoints: send a response that needs no waiting. Returns whether this is one."""
        body, status = reply.body, reply.status
        if not isinstance(body, bytes):
            return False  # even if nothing of it is sent, it is closed
        if body or reply.trailers:
            if self._has_no_content(status):
                body = b""
            elif reply.trailers or len(body) > HIGH_WATER:
                return False
        fields = [(":status", str(status)), *reply.headers]
        self.send(self._endpoint.connection.respond, fields, body)
        return True

    def _has_no_content(self, status: int) -> bool:
        """Whether there is none in the answer, whatever the body is (RFC 9110 section 6.4.1)."""
        return status in (204, 304) or self.header(b":method") == "HEAD"


class Answer(Sender):
    """A handler that takes time, and the response."""

    def __init__(
        self, endpoint: ServerEndpoint, request: Request, result: Reply | Awaitable[Reply]
    ) -> None:
        if isinstance(result, Reply):
            self.body = result.body
        self._endpoint = endpoint
        self._request = request
        self._result = result
        super().__init__(endpoint.loop)

    async def send(self) -> None:
        result = self._result
        reply = result if isinstance(result, Reply) else await result
        if not isinstance(reply, Reply):
            raise TypeError(f"the handler returned {reply!r}, which is no Reply")
        self.body = reply.body
        await self._request.answer(reply)

    def on_failed(self, error: BaseException) -> None:
        task: Any = asyncio.current_task()
        # Python says who was cancelled from 3.11 on: the task, or what it has waited for.
        if isinstance(error, asyncio.CancelledError) and getattr(task, "cancelling", int)():
            self._request.reset()
        else:
            self._endpoint.refuse(self._request, error)

    def on_done(self, task: asyncio.Task[None]) -> None:
        result = self._result
        if isinstance(result, CoroutineType):
            result.close()  # it has not begun, if this was cancelled before that
        elif isinstance(result, asyncio.Future):
            result.cancel()  # nor has anybody waited for it
        self._endpoint.end_answer(self._request)


class ServerEndpoint(Endpoint):
    """One connection of a server."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        connection = Connection(False, auto_windows=False, **server.options)
        super().__init__(connection, loop, server.stall_timeout, server.stall_timeout)
        self._server = server
        self._answers: dict[Message, Answer] = {}  # those that take time
        # Requests that are answered, but their streams still open: something waits to be sent. With
        # each, the time limit for that.
        self._answered: dict[Message, Stall | None] = {}
        self._held: dict[int, Request] = {}  # requests that wait, by their streams
        self._begun_meanwhile = 0
        self._timer: asyncio.TimerHandle | None = None
        self._used = loop.time()  # when there was last something of a request
        self._is_used = False  # there was since
        self._shutting_down = False
        self._ends_when_done = False

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Those of the handlers that run."""
        return [answer.task for answer in self._answers.values()]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._server.is_closing:  # this one was in its TLS handshake
            cast(asyncio.Transport, transport).abort()
            return
        self._server.endpoints.add(self)
        if self._server.idle_timeout is not None:
            self._watch_idling(self._server.idle_timeout)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._server.endpoints.discard(self)

    # -------------------------------------------------------------------------- requests

    def on_request(self, event: RequestReceived) -> None:
        if self.connection.closed:  # by what came behind the request: it cannot be answered
            return
        self._is_used = True
        request = Request(self, event.stream_id, event.headers)
        request.ended = event.stream_ended
        if self._paused:
            if self._begun_meanwhile == BEGUN_MEANWHILE:
                self.streams[request.stream_id] = self._held[request.stream_id] = request
                return
            self._begun_meanwhile += 1
        self.start(request)

    def on_resumed(self) -> None:
        self._begun_meanwhile = 0
        held, self._held = self._held, {}
        for request in held.values():
            self.start(request)

    def start(self, request: Request) -> None:
        """Run the handler for a request; one that needs not wait is done when this returns."""
        try:
            result = self._server.handler(request)
            done = isinstance(result, Reply) and request.answer_now(result)
        except (Exception, asyncio.CancelledError) as error:
            self.refuse(request, error)
            done = True
        if done:
            self._finish(request)
            return
        self.streams[request.stream_id] = request
        self._answers[request] = Answer(self, request, result)

    def end_answer(self, request: Request) -> None:
        """For answers: one has ended."""
        self._answers.pop(request, None)
        self._used = self.loop.time()
        self._finish(request)

    def refuse(self, request: Request, error: BaseException) -> None:
        """For answers: a handler that fails is a 500, or the end of the stream if it was
        answering."""
        if request.failed:
            return  # the client has gone
        if isinstance(error, TooManyStreamsError) and request.stream_id % 2 == 0:
            request.reset()  # one promise more than the client takes at once
            return
        _log.error("%r %r failed", request.method, request.path, exc_info=error)
        if request.is_answering:  # what is sent now would be trailers, and make it look complete
            request.reset(INTERNAL_ERROR)
            return
        try:
            self.connection.respond(request.stream_id, [(":status", "500")])
        except ProtocolError:
            request.reset(INTERNAL_ERROR)
        self.flush_soon()

    def _finish(self, request: Message) -> None:
        """The response is complete, but for what the client does not take yet."""
        self.streams.pop(request.stream_id, None)
        request.discard()  # even of a stream that has ended, it fills the connection's window
        if not request.failed:
            if not request.ended:
                self.streams[request.stream_id] = request
                self._answered[request] = None
            elif self.connection.queued(request.stream_id):
                self._answered[request] = None
        if self._answered or self._ends_when_done:
            self.flush_soon()

    def _settle(self) -> None:
        """Look after the requests that are answered."""
        for request, stall in list(self._answered.items()):
            if self.connection.queued(request.stream_id) and not request.failed:
                if stall is None:
                    self._answered[request] = self.watch(request)
                continue
            if stall is not None:
                stall.cancel()
            del self._answered[request]
            self.streams.pop(request.stream_id, None)
            if not request.ended:
                request.reset(NO_ERROR)  # section 8.1: nobody reads the rest

    # ---------------------------------------------------------------------------- events

    def on_reset(self, event: StreamReset) -> None:
        request = self.streams.get(event.stream_id)
        self._held.pop(event.stream_id, None)
        super().on_reset(event)
        if request in self._answers:
            self._answers[request].cancel()

    def on_go_away(self, event: GoAwayReceived) -> None:
        super().on_go_away(event)
        self._ends_when_done = True

    def on_failed(self, error: StreamError) -> None:
        for answer in self._answers.values():
            answer.cancel()
        for timer in (self._timer, *self._answered.values()):
            if timer is not None:
                timer.cancel()
        self._answered.clear()
        self._held.clear()

    def on_flushed(self) -> None:
        if self._is_used:
            self._is_used = False
            self._used = self.loop.time()
        if self._answered:
            self._settle()
        if self._ends_when_done and not (self.streams or self._answers or self.is_stuck):
            self.end(StreamError("the connection is closed"))

    handlers: ClassVar = Endpoint.handlers | {
        RequestReceived: on_request,
        StreamReset: on_reset,
        GoAwayReceived: on_go_away,
    }

    # ------------------------------------------------------------------------------- end

    def shut_down(self) -> None:
        """Take no more requests, and end when those there are answered (RFC 9113 section 6.8)."""
        if self._shutting_down or self.has_ended or self.connection.closed:
            return
        self._shutting_down = True
        # First the client is told to send no more. When it has answered that, what it had sent
        # before is here.
        self.go_away(2**31 - 1)
        self.ping().add_done_callback(self._refuse)

    def _refuse(self, answer: asyncio.Future[float]) -> None:
        if answer.exception() is None:
            self.go_away()
            self._ends_when_done = True

    def _watch_idling(self, limit: float, quiet: float = 0) -> None:
        self._timer = self.loop.call_later(limit - quiet, self._check_idle, limit)

    def _check_idle(self, limit: float) -> None:
        """End a connection that had nothing to do for so long."""
        quiet = self.loop.time() - max(self._used, self.moved)
        if self._answers or self._answered:  # what waits for the client has other time limits
            self._watch_idling(limit)
        elif quiet < limit:
            self._watch_idling(limit, quiet)
        elif self._shutting_down or self.is_stuck:
            assert self.transport is not None
            self.transport.abort()
        else:
            self.shut_down()
            self._watch_idling(limit)


class Server:
    """A server that listens. It is an asynchronous context manager, which closes it."""

    def __init__(
        self,
        handler: Handler,
        idle_timeout: float | None,
        stall_timeout: float | None,
        options: dict[str, Any],
    ) -> None:
        self.handler = handler
        self.idle_timeout = idle_timeout
        self.stall_timeout = stall_timeout
        self.options = options
        self.endpoints: set[ServerEndpoint] = set()
        self.is_closing = False
        self._listener: asyncio.Server | None = None
        self._closed = asyncio.Event()

    async def listen(
        self, host: str | None, port: int, tls: ssl.SSLContext | None, **options: Any
    ) -> None:
        """Begin to listen: :func:`serve` does that.

        :param host: where to listen; None for everywhere.
        :param port: the port; 0 for any that is free.
        :param tls: a context, or None for clear text.
        :param options: more arguments of ``loop.create_server``.
        :raises OSError: it cannot listen there.
        """
        loop = asyncio.get_running_loop()
        if tls is not None:
            options.setdefault("ssl_handshake_timeout", HANDSHAKE_TIME)
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
        await self._closed.wait()

    async def close(self, timeout: float | None = 10) -> None:
        """Listen no more, and let open streams end: clients are told (RFC 9113 section 6.8).

        :param timeout: seconds after which connections that still have streams are cut off, and
            handlers that still run cancelled; None for no limit.
        """
        assert self._listener is not None
        self.is_closing = True
        self._listener.close()
        for endpoint in list(self.endpoints):
            endpoint.shut_down()
        endpoints = list(self.endpoints)
        closed = [endpoint.closed for endpoint in endpoints]
        try:
            if closed:
                await asyncio.wait(closed, timeout=timeout)
        finally:
            tasks = [task for endpoint in endpoints for task in endpoint.tasks]
            for endpoint in endpoints:
                assert endpoint.transport is not None
                endpoint.transport.abort()
            self._closed.set()
        if closed:
            await asyncio.wait([*closed, *tasks])


async def serve(
    handler: Handler,
    host: str | None = None,
    port: int = 8443,
    *,
    tls: ssl.SSLContext | None = None,
    idle_timeout: float | None = 60,
    stall_timeout: float | None = 60,
    listen: Mapping[str, Any] = MappingProxyType({}),
    **options: Any,
) -> Server:
    """Start a server.

    :param handler: called with each :class:`Request` when its header section is here; returns a
        :class:`Reply`, or an awaitable of one, which then runs in a task of its own. An exception
        is logged and answered with 500.
    :param host: where to listen; everywhere unless given.
    :param port: the port, 0 to 65535; 0 for any that is free: see :attr:`Server.addresses`.
    :param tls: a context, such as :func:`server_context` makes; without one, clear text.
    :param idle_timeout: seconds after which a connection without requests, and without content of
        responses to send, is closed; or None.
    :param stall_timeout: seconds that a client has to send more of a body that a handler waits for,
        and to open its windows for what waits of a response, before the stream is reset, and to
        take any of what there is for it, before the connection is cut off; or None.
    :param listen: more arguments of ``loop.create_server``.
    :param options: those of :class:`h2fast.Connection`. Unless given, ``connection_window`` is
        1 MiB and ``initial_window_size`` 256 KiB: what clients may send before it is read. Unless
        ``scheduler`` is ``"rfc7540"``, clients are told that its priorities are not heard
        (``no_rfc7540_priorities``, RFC 9218 section 2.1).
    :returns: the server, which listens.
    :raises OSError: it cannot listen there.
    :raises TypeError: there is no such option.
    :raises ValueError: an option is out of its range.
    :raises OverflowError: the port is out of its range.
    """
    defaults = {"connection_window": 1 << 20, "initial_window_size": 1 << 18}
    if options.get("scheduler") != "rfc7540":
        defaults["no_rfc7540_priorities"] = 1
    options = {**defaults, **options}
    Connection(False, auto_windows=False, **options)  # says what is wrong with them
    server = Server(handler, idle_timeout, stall_timeout, options)
    await server.listen(host, port, tls, **listen)
    return server
