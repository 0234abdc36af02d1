"""The Huffman code (RFC 7541 appendix B): the codes of all symbols and their lengths in bits."""

from __future__ import annotations

from h2fast._hpack import (
    REQUEST_CODES as REQUEST_CODES,
    REQUEST_CODES_LENGTH as REQUEST_CODES_LENGTH,
)
