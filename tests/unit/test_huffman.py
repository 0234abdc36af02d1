"""Huffman coding and integers behind hpack's names."""

from __future__ import annotations

import hpack.hpack
import hpack.huffman
import hpack.huffman_constants
import hpack.huffman_table
import pytest

import h2fast.hpack.huffman_table
from h2fast.hpack import HPACKDecodingError
from h2fast.hpack.hpack import decode_integer, encode_integer
from h2fast.hpack.huffman import HuffmanEncoder
from h2fast.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from h2fast.hpack.huffman_table import decode_huffman


def test_the_code_is_upstreams() -> None:
    assert hpack.huffman_constants.REQUEST_CODES == REQUEST_CODES
    assert hpack.huffman_constants.REQUEST_CODES_LENGTH == REQUEST_CODES_LENGTH


def test_the_state_machine_is_upstreams() -> None:
    assert hpack.huffman_table.HUFFMAN_TABLE == h2fast.hpack.huffman_table.HUFFMAN_TABLE
    with pytest.raises(AttributeError, match="no_such_name"):
        h2fast.hpack.huffman_table.no_such_name  # noqa: B018


def test_every_octet_alone_and_repeated() -> None:
    coder = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)
    upstream = hpack.huffman.HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)
    for octet in range(256):
        for length in (1, 2, 3, 5, 8, 1000):
            data = bytes([octet]) * length
            code = coder.encode(data)
            assert code == upstream.encode(data)
            assert decode_huffman(code) == data


@pytest.mark.parametrize("empty", [b"", bytearray(), memoryview(b""), None])
def test_nothing(empty: bytes | None) -> None:
    assert HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(empty) == b""
    assert decode_huffman(empty) == b""


def test_a_number_is_no_string() -> None:
    with pytest.raises(TypeError):
        HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(5)  # type: ignore[arg-type]


def test_any_code_can_be_encoded_with() -> None:
    codes, lengths = [*range(256)], [8] * 256  # the octets themselves
    assert HuffmanEncoder(codes, lengths).encode(b"\x00text") == b"\x00text"
    assert HuffmanEncoder([0, 1], [1, 1]).encode(b"\x00\x01") == b"\x7f"


@pytest.mark.parametrize("code", [b"\xff", b"\xff\xff\xff\xff", b"\x00", b"\x07\xff"])
def test_faults_are_upstreams(code: bytes) -> None:
    with pytest.raises(hpack.HPACKDecodingError) as theirs:
        hpack.huffman_table.decode_huffman(code)
    with pytest.raises(HPACKDecodingError) as ours:
        decode_huffman(code)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("prefix_bits", range(1, 9))
@pytest.mark.parametrize("integer", [0, 1, 30, 31, 126, 127, 128, 255, 1337, 2**31, 2**40, 2**80])
def test_integers_are_upstreams(integer: int, prefix_bits: int) -> None:
    octets = encode_integer(integer, prefix_bits)
    assert octets == hpack.hpack.encode_integer(integer, prefix_bits)
    if len(octets) <= 6:
        assert decode_integer(bytes(octets), prefix_bits) == (integer, len(octets))
        assert decode_integer(memoryview(octets + b"more"), prefix_bits) == (integer, len(octets))
    else:
        with pytest.raises(HPACKDecodingError, match="too long"):
            decode_integer(octets, prefix_bits)


@pytest.mark.parametrize("prefix_bits", [0, 9, -1])
def test_prefixes_out_of_range(prefix_bits: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 8, got {prefix_bits}"):
        encode_integer(1, prefix_bits)
    with pytest.raises(ValueError, match=f"between 1 and 8, got {prefix_bits}"):
        decode_integer(b"\x01", prefix_bits)


def test_negative_integers() -> None:
    with pytest.raises(ValueError, match="positive integers, got -1"):
        encode_integer(-1, 5)
