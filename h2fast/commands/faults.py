"""What went wrong on a connection, in one line for whoever has typed the URL."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from h2fast.aio import StreamError
from h2fast.exceptions import ProtocolError

from .urls import Origin


class FetchError(Exception):
    """What is to be fetched is not to be had. The message is one line."""


@contextmanager
def explained(origin: Origin) -> Iterator[None]:
    """Turns what can go wrong on a connection into :class:`FetchError`."""
    try:
        yield
    except (OSError, asyncio.TimeoutError, ProtocolError) as error:
        raise FetchError(_describe(error, origin)) from error


def _describe(error: Exception, origin: Origin) -> str:
    place = f"{origin.host} port {origin.port}"
    if isinstance(error, asyncio.TimeoutError):
        return f"{place} takes too long"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {origin.host} is not valid: {error.verify_message} "
            "(--cacert FILE trusts another authority, -k trusts anybody)"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS with {place} failed: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"there is no address for {origin.host}: {error.strerror}"
    if isinstance(error, OSError) and error.errno and not isinstance(error, StreamError):
        return f"cannot connect to {place}: {os.strerror(error.errno)}"
    return str(error)
