"""A drop-in for hpack 4.2.0: HTTP/2 header compression (RFC 7541), in C."""

from __future__ import annotations

from h2fast.hpack.exceptions import (
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)
from h2fast.hpack.hpack import Decoder, Encoder
from h2fast.hpack.struct import HeaderTuple, NeverIndexedHeaderTuple

__all__ = [
    "Decoder",
    "Encoder",
    "HPACKDecodingError",
    "HPACKError",
    "HeaderTuple",
    "InvalidTableIndex",
    "InvalidTableIndexError",
    "InvalidTableSizeError",
    "NeverIndexedHeaderTuple",
    "OversizedHeaderListError",
]

# The release of hpack that this package answers for: code that asks for it means the API.
__version__ = "4.2.0"
