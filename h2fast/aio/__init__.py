"""HTTP/2 servers and clients on asyncio: a thin layer over :class:`h2fast.Connection`.

A server is a handler and :func:`serve`, a client is :func:`connect`. Over TLS they agree on HTTP/2
by ALPN, with contexts from :func:`server_context` and :func:`client_context`; in clear text both
sides know beforehand (RFC 9113 section 3.3).
"""

from __future__ import annotations

from .client import Client, Response, connect
from .loop import run
from .messages import StreamError
from .server import Reply, Request, Server, serve
from .tls import client_context, server_context

__all__ = [
    "Client",
    "Reply",
    "Request",
    "Response",
    "Server",
    "StreamError",
    "client_context",
    "connect",
    "run",
    "serve",
    "server_context",
]
