"""A drop-in for h2 4.4.1: HTTP/2 connections (RFC 9113)."""

from __future__ import annotations

# The release of h2 that this package answers for: code that asks for it means the API.
__version__ = "4.4.1"
