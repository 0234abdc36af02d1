"""A drop-in for hyperframe 6.1.0: HTTP/2 frames (RFC 9113 sections 4 and 6), in C."""

from __future__ import annotations

# The release of hyperframe that this package answers for: code that asks for it means the API.
__version__ = "6.1.0"
