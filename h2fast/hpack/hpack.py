"""Header blocks (RFC 7541): the encoder, the decoder and their integers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any

from h2fast._hpack import (
    Decoder as Decoder,
    Encoder as Encoder,
    _dict_to_iterable as _dict_to_iterable,
    _to_bytes as _to_bytes,
    _unicode_if_needed as _unicode_if_needed,
    decode_integer as decode_integer,
    encode_integer as encode_integer,
)
from h2fast.hpack.exceptions import (
    HPACKDecodingError as HPACKDecodingError,
    InvalidTableSizeError as InvalidTableSizeError,
    OversizedHeaderListError as OversizedHeaderListError,
)
from h2fast.hpack.huffman import HuffmanEncoder as HuffmanEncoder
from h2fast.hpack.huffman_constants import (
    REQUEST_CODES as REQUEST_CODES,
    REQUEST_CODES_LENGTH as REQUEST_CODES_LENGTH,
)
from h2fast.hpack.huffman_table import decode_huffman as decode_huffman
from h2fast.hpack.struct import (
    HeaderTuple as HeaderTuple,
    HeaderWeaklyTyped as HeaderWeaklyTyped,
    NeverIndexedHeaderTuple as NeverIndexedHeaderTuple,
)
from h2fast.hpack.table import HeaderTable as HeaderTable, table_entry_size as table_entry_size

log = logging.getLogger(__name__)

# The first octets of literals (RFC 7541 section 6.2).
INDEX_NONE = b"\x00"
INDEX_NEVER = b"\x10"
INDEX_INCREMENTAL = b"\x40"

# The most octets that an integer may take behind its prefix.
VARINT_MAX_LENGTH = 5

_PREFIX_BIT_MAX_NUMBERS = [(1 << bits) - 1 for bits in range(9)]

DEFAULT_MAX_HEADER_LIST_SIZE = 65536
