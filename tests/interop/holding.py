"""A server that holds its answers back until everything was asked for, and then sends all of them:
so the order in which they go out is a matter of priorities alone, and what was said about these
stands in the trace of what the client sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from h2fast import Connection
from h2fast.aio import server_context
from h2fast.events import RequestReceived
from h2fast.frame_printer import FramePrinter
from tests.interop.processes import PATIENCE, certificate
from tests.octets import DATA
from tests.peers import read_frames

BODY = 200_000  # octets of an answer that was held back: 13 frames
FRAMES = 13
QUIET = 1.0  # seconds without a request after which nothing more is asked for

# Of what is held back, by the end of its path, the type and the beginning of the body.
TYPES = {
    "css": ("text/css", b""),
    "js": ("text/javascript", b""),
    "svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"/>'),
}

# The type and the body of what is answered at once, by path.
Pages = dict[str, tuple[str, bytes]]


@dataclass
class Seen:
    """What one connection has come to."""

    received: bytearray = field(default_factory=bytearray)
    sent: bytearray = field(default_factory=bytearray)
    paths: dict[int, str] = field(default_factory=dict)
    fields: dict[str, str | None] = field(default_factory=dict)  # the priority field, by path
    held: list[int] = field(default_factory=list)

    @property
    def trace(self) -> list[str]:
        """The client's frames."""
        printer = FramePrinter()
        return [*printer.feed(bytes(self.received)), *printer.end()]

    @property
    def turns(self) -> list[str]:
        """The paths of what was held back, one for each frame of content."""
        frames = read_frames(bytes(self.sent))
        return [
            self.paths[frame.stream_id]
            for frame in frames
            if frame.type == DATA and frame.payload and frame.stream_id in self.held
        ]


class Holding:
    """Takes connections one after another, each with a scheduler."""

    def __init__(self, scheduler: Any, pages: Pages, tls: bool) -> None:
        self.scheduler = scheduler
        self.pages = pages
        self.tls: ssl.SSLContext | None = None
        if tls:
            files = certificate()
            self.tls = server_context(files.certificate, files.key)
        self.connections: list[Seen] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://localhost:{self.listener.getsockname()[1]}"

    @property
    def seen(self) -> Seen:
        """The connection on which most was held back: browsers make others, too."""
        return max(self.connections, key=lambda seen: len(seen.held))

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.threads.append(threading.Thread(target=self.serve, args=[client]))
                self.threads[-1].start()

    def secured(self, client: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(client, server_side=True) if self.tls else client

    def serve(self, client: socket.socket) -> None:
        seen = Seen()
        with suppress(OSError), self.secured(client) as connected:
            connected.settimeout(QUIET)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(seen)
            self.talk(connected, seen)

    def talk(self, client: socket.socket, seen: Seen) -> None:
        options: dict[str, Any] = (
            {} if self.scheduler == "rfc7540" else {"no_rfc7540_priorities": 1}
        )
        connection = Connection(scheduler=self.scheduler, **options)
        waiting: list[int] = []
        while True:
            output = connection.output()
            seen.sent += output
            client.sendall(output)
            try:
                data = client.recv(65536)
            except TimeoutError:
                self.answer(connection, seen, waiting)
                continue
            if not data:
                return
            seen.received += data
            for event in connection.receive(data):
                if isinstance(event, RequestReceived):
                    self.take(connection, seen, event, waiting)

    def take(
        self, connection: Connection, seen: Seen, event: RequestReceived, waiting: list[int]
    ) -> None:
        headers = dict(event.headers)
        path = seen.paths[event.stream_id] = headers[b":path"].decode()
        value = headers.get(b"priority")
        seen.fields[path] = None if value is None else value.decode()
        if path in self.pages:
            kind, body = self.pages[path]
            connection.respond(event.stream_id, [(":status", "200"), ("content-type", kind)], body)
        else:
            waiting.append(event.stream_id)

    def answer(self, connection: Connection, seen: Seen, waiting: list[int]) -> None:
        seen.held += waiting
        for stream_id in waiting:
            kind, start = TYPES.get(seen.paths[stream_id].rpartition(".")[2], ("text/plain", b""))
            headers = [(":status", "200"), ("content-type", kind)]
            connection.respond(stream_id, headers, start.ljust(BODY))
        waiting.clear()


@contextmanager
def holding(
    scheduler: Any = "rfc9218",
    *,
    pages: Pages | None = None,
    tls: bool = False,
) -> Iterator[Holding]:
    server = Holding(scheduler, pages or {}, tls)
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)  # which ends the waiting in accept
        for thread in server.threads:
            thread.join(PATIENCE)
        server.listener.close()
