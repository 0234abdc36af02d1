"""The priority field of HTTP (RFC 9218): how urgent a response is, and whether parts of it help."""

from __future__ import annotations

from ._priority import Priority, PriorityFieldError, parse_priority, serialize_priority

__all__ = ["Priority", "PriorityFieldError", "parse_priority", "serialize_priority"]
