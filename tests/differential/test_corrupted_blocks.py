"""Every truncation and every single-octet corruption of valid blocks: the result or the exception,
its text, and the table behind it are hpack's, or differ as tests/differential/differences.py says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hpack
import hpack.hpack
import pytest

import h2fast.hpack
from tests.differential.differences import HPACK

KEYS = {difference.key for difference in HPACK}

FIRST: list[Any] = [
    (":method", "GET"),
    (":path", "/a?b=c"),
    ("accept", "*/*"),
    ("x-new", "value", True),
    ("x-né", "\x01"),
]
SECOND = [(":path", "/a?b=d"), ("accept", "*/*"), ("accept", "text/html"), ("x-né", "")]


def valid_blocks(huffman: bool) -> tuple[bytes, bytes]:
    """A first block, and one behind it that refers to its entries."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 120
    first = encoder.encode(FIRST, huffman)
    return first, encoder.encode(SECOND, huffman)


def corruptions(block: bytes) -> Iterator[bytes]:
    for end in range(len(block)):
        yield block[:end]
    for at in range(len(block)):
        for octet in range(256):
            yield block[:at] + bytes([octet]) + block[at + 1 :]


def outcome(package: Any, before: bytes, block: bytes, raw: bool) -> tuple[Any, str, Any]:
    """Headers or exception class, its text, and the table, after a block behind another one."""
    decoder = package.Decoder()
    if before:
        decoder.decode(before, raw=True)
    text = ""
    try:
        headers = decoder.decode(block, raw=raw)
        result: Any = [(type(header).__name__, *header) for header in headers]
    except Exception as error:
        result, text = type(error).__name__, str(error)
    table = decoder.header_table
    return result, text, (list(table.dynamic_entries), table.maxsize)


def difference(block: bytes, ours: tuple[Any, str, Any], theirs: tuple[Any, str, Any]) -> str:
    """The key of the difference that explains two outcomes, or nothing."""
    if ours[1].startswith("An integer is larger than 2147483647"):
        too_large = ("Invalid table index", "Truncated header block", "Encoder exceeded max")
        return "integer-limit" if theirs[1].startswith(too_large) else ""
    if ours[1].startswith("More than 3 table size updates"):
        return "size-updates" if block.startswith(b"\x20") or block[0] & 0xE0 == 0x20 else ""
    shown = "<memory at " in theirs[1] or ours[1].endswith("...")
    return "octets-in-messages" if shown and ours[0] == theirs[0] and ours[2] == theirs[2] else ""


@pytest.mark.parametrize("huffman", [False, True], ids=["raw", "huffman"])
@pytest.mark.parametrize("which", ["first", "second"])
def test_corrupted_blocks(which: str, huffman: bool) -> None:
    first, second = valid_blocks(huffman)
    before, block = (b"", first) if which == "first" else (first, second)
    seen = 0
    for corrupted in corruptions(block):
        for raw in (False, True):
            ours = outcome(h2fast.hpack, before, corrupted, raw)
            theirs = outcome(hpack, before, corrupted, raw)
            if ours != theirs:
                key = difference(corrupted, ours, theirs)
                assert key in KEYS, (corrupted, ours, theirs)
            seen += 1
    assert seen > 512 * len(block)


@pytest.mark.parametrize("raw", [False, True])
def test_a_valid_block_between_corrupted_ones(raw: bool) -> None:
    """Decoders that go on after errors go on alike."""
    first, second = valid_blocks(huffman=True)
    ours, theirs = h2fast.hpack.Decoder(), hpack.Decoder()
    for corrupted in list(corruptions(first))[::7]:
        for block in corrupted, second, first:
            results: list[Any] = []
            for decoder in ours, theirs:
                try:
                    results.append([tuple(h) for h in decoder.decode(block, raw=raw)])
                except Exception as error:
                    results.append([type(error).__name__])
            assert results[0] == results[1]
            entries = list(ours.header_table.dynamic_entries)
            assert entries == list(theirs.header_table.dynamic_entries)
            assert ours.header_table_size == theirs.header_table_size
