"""Huffman encoding (RFC 7541 section 5.2)."""

from __future__ import annotations

from h2fast._hpack import HuffmanEncoder as HuffmanEncoder
