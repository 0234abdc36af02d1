"""What goes wrong on a connection."""

from __future__ import annotations

from ._connection import (
    LimitExceededError,
    LocalProtocolError,
    ProtocolError,
    QueueFullError,
    RemoteProtocolError,
    StreamClosedError,
    TooManyStreamsError,
)

__all__ = [
    "LimitExceededError",
    "LocalProtocolError",
    "ProtocolError",
    "QueueFullError",
    "RemoteProtocolError",
    "StreamClosedError",
    "TooManyStreamsError",
]
