"""Huffman decoding (RFC 7541 section 5.2), and the state machine that hpack decodes with.

Nothing here uses the state machine: ``HUFFMAN_TABLE`` is built when somebody asks for it.
"""

from __future__ import annotations

from h2fast._hpack import huffman_decode
from h2fast.hpack.exceptions import HPACKDecodingError as HPACKDecodingError
from h2fast.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

HUFFMAN_COMPLETE = 1
HUFFMAN_EMIT_SYMBOL = 1 << 1
HUFFMAN_FAIL = 1 << 2

HUFFMAN_TABLE: list[tuple[int, int, int]]


def decode_huffman(huffman_string: bytes | bytearray | memoryview | None) -> bytes:
    """The string that a Huffman-coded one stands for; of None, the empty one.

    :raises HPACKDecodingError: it holds EOS, or ends in anything but up to seven ones.
    """
    return huffman_decode(huffman_string) if huffman_string else b""


def _inner_nodes(leaves: dict[str, int]) -> list[str]:
    """The inner nodes of the code's tree, as bit strings, parents before children."""
    nodes, pending = [], [""]
    while pending:
        node = pending.pop()
        if node not in leaves:
            nodes.append(node)
            pending += [node + "1", node + "0"]
    return nodes


def _build_table() -> list[tuple[int, int, int]]:
    """For each inner node and four bits: the node reached, flags, and the symbol emitted."""
    leaves = {
        format(code, f"0{length}b"): symbol
        for symbol, (code, length) in enumerate(
            zip(REQUEST_CODES, REQUEST_CODES_LENGTH, strict=True)
        )
    }
    eos = len(leaves) - 1
    states = {node: state for state, node in enumerate(_inner_nodes(leaves))}
    table = []
    for start in states:
        for nibble in range(16):
            node, symbol, flags = start, 0, 0
            for bit in format(nibble, "04b"):
                node += bit
                if node in leaves:
                    symbol, flags = leaves[node], HUFFMAN_EMIT_SYMBOL
                    node = ""
            if flags and symbol == eos:
                table.append((0, HUFFMAN_FAIL, 0))
                continue
            if len(node) < 8 and "0" not in node:  # a valid end: nothing, or padding
                flags |= HUFFMAN_COMPLETE
            table.append((states[node], flags, symbol))
    return table


def __getattr__(name: str) -> list[tuple[int, int, int]]:
    if name != "HUFFMAN_TABLE":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    table = globals()[name] = _build_table()
    return table
