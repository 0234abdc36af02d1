"""Arbitrary headers, table sizes and options, with hpack as the oracle in both directions."""

from __future__ import annotations

import hpack
from hypothesis import given, strategies as st

from h2fast.hpack import Decoder, Encoder
from h2fast.hpack.hpack import decode_integer, encode_integer
from h2fast.hpack.huffman import HuffmanEncoder
from h2fast.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from h2fast.hpack.huffman_table import decode_huffman

# Few names and values, so that they repeat, among arbitrary ones.
names = st.sampled_from([b":path", b":status", b"cookie", b"x-a", b"x-b"]) | st.binary(max_size=40)
values = st.sampled_from([b"", b"/", b"200", b"a" * 100, b"\x00\xff"]) | st.binary(max_size=200)
fields = st.tuples(names, values, st.booleans())
blocks = st.tuples(
    st.lists(st.sampled_from([0, 31, 32, 33, 64, 100, 500, 4096, 70000]), max_size=2),
    st.lists(fields, max_size=12),
    st.booleans(),
)


def decoded(headers: object) -> list[tuple[bytes, bytes, bool]]:
    return [(name, value, not h.indexable) for h in headers for name, value in [h]]  # type: ignore


@given(st.lists(blocks, max_size=8))
def test_blocks_are_those_of_hpack(sequence: list[tuple[list[int], list, bool]]) -> None:  # type: ignore[type-arg]
    encoder, upstream = Encoder(), hpack.Encoder()
    encoder.header_table_size_limit = 2**32
    for sizes, headers, huffman in sequence:
        for size in sizes:
            if size != encoder.header_table_size:  # a repeated size is announced only here
                encoder.header_table_size = upstream.header_table_size = size
        assert encoder.encode(headers, huffman) == upstream.encode(headers, huffman)
        entries = list(encoder.header_table.dynamic_entries)
        assert entries == list(upstream.header_table.dynamic_entries)
        assert encoder.header_table._current_size == upstream.header_table._current_size


@given(st.lists(blocks, max_size=8), st.booleans())
def test_encoders_and_decoders_agree(sequence: list, compact: bool) -> None:  # type: ignore[type-arg]
    encoder, decoder, upstream = Encoder(), Decoder(), hpack.Decoder()
    encoder.header_table_size_limit = 2**32
    encoder.compact = compact
    for each in decoder, upstream:
        each.max_allowed_table_size = 70000
    for sizes, headers, huffman in sequence:
        for size in sizes:
            encoder.header_table_size = size
        block = encoder.encode(headers, huffman)
        # What is in a table is sent by index, and then nothing says that it was sensitive.
        theirs = list(upstream.decode(block, raw=True))
        ours = decoder.decode(block, raw=True)
        assert decoded(ours) == decoded(theirs)
        assert [(name, value) for name, value, _ in headers] == ours
        entries = encoder.header_table.dynamic_entries
        assert decoder.header_table.dynamic_entries == entries
        assert list(upstream.header_table.dynamic_entries) == list(entries)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.lists(st.tuples(text, text), max_size=8)))
def test_text(sequence: list[list[tuple[str, str]]]) -> None:
    encoder, decoder = Encoder(), Decoder()
    for headers in sequence:
        assert decoder.decode(encoder.encode(headers)) == headers


@given(st.binary(max_size=300))
def test_huffman(data: bytes) -> None:
    code = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(data)
    assert decode_huffman(code) == data
    upstream = hpack.huffman_table.decode_huffman
    try:
        theirs: object = upstream(data)
    except hpack.HPACKDecodingError as error:
        theirs = str(error)
    try:
        ours: object = decode_huffman(data)
    except Exception as error:
        ours = str(error)
    assert ours == theirs


@given(st.integers(0, 2**35), st.integers(1, 8), st.binary(max_size=3))
def test_integers(integer: int, prefix_bits: int, behind: bytes) -> None:
    octets = bytes(encode_integer(integer, prefix_bits))
    assert decode_integer(octets + behind, prefix_bits) == (integer, len(octets))
