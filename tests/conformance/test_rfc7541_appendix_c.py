"""Every example of RFC 7541 appendix C, decoded and encoded."""

from __future__ import annotations

import pytest

from h2fast.hpack import Decoder, Encoder
from h2fast.hpack.hpack import decode_integer, encode_integer

GET = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/")]
REQUESTS = [
    [*GET, (b":authority", b"www.example.com")],
    [*GET, (b":authority", b"www.example.com"), (b"cache-control", b"no-cache")],
    [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"/index.html"),
        (b":authority", b"www.example.com"),
        (b"custom-key", b"custom-value"),
    ],
]
PRIVATE = (b"cache-control", b"private")
LOCATION = (b"location", b"https://www.example.com")
RESPONSES = [
    [(b":status", b"302"), PRIVATE, (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"), LOCATION],
    [(b":status", b"307"), PRIVATE, (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"), LOCATION],
    [
        (b":status", b"200"),
        PRIVATE,
        (b"date", b"Mon, 21 Oct 2013 20:13:22 GMT"),
        LOCATION,
        (b"content-encoding", b"gzip"),
        (b"set-cookie", b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
    ],
]
REQUEST_TABLES = [
    [(b":authority", b"www.example.com")],
    [(b"cache-control", b"no-cache"), (b":authority", b"www.example.com")],
    [
        (b"custom-key", b"custom-value"),
        (b"cache-control", b"no-cache"),
        (b":authority", b"www.example.com"),
    ],
]
RESPONSE_TABLES = [
    [LOCATION, (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"), PRIVATE, (b":status", b"302")],
    [(b":status", b"307"), LOCATION, (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"), PRIVATE],
    [RESPONSES[2][5], RESPONSES[2][4], (b"date", b"Mon, 21 Oct 2013 20:13:22 GMT")],
]

C3 = [
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865",
    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
]
C4 = [
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
]
C5 = [
    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17"
    "68747470733a2f2f7777772e6578616d706c652e636f6d",
    "4803333037c1c0bf",
    "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d41"
    "53444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b207665727369"
    "6f6e3d31",
]
C6 = [
    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97"
    "c8e9ae82ae43d3",
    "4883640effc1c0bf",
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd"
    "5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
]

# Section, blocks, header lists, tables behind each, table size, its octets, Huffman coding.
SEQUENCES = [
    pytest.param(C3, REQUESTS, REQUEST_TABLES, 4096, [57, 110, 164], False, id="C.3"),
    pytest.param(C4, REQUESTS, REQUEST_TABLES, 4096, [57, 110, 164], True, id="C.4"),
    pytest.param(C5, RESPONSES, RESPONSE_TABLES, 256, [222, 222, 215], False, id="C.5"),
    pytest.param(C6, RESPONSES, RESPONSE_TABLES, 256, [222, 222, 215], True, id="C.6"),
]
SIZE_UPDATE_256 = bytes.fromhex("3fe101")


@pytest.mark.parametrize(
    ("integer", "prefix_bits", "octets"),
    [(10, 5, "0a"), (1337, 5, "1f9a0a"), (42, 8, "2a")],
    ids=["C.1.1", "C.1.2", "C.1.3"],
)
def test_integer_representation(integer: int, prefix_bits: int, octets: str) -> None:
    assert encode_integer(integer, prefix_bits) == bytes.fromhex(octets)
    assert decode_integer(bytes.fromhex(octets), prefix_bits) == (integer, len(octets) // 2)


@pytest.mark.parametrize(
    ("block", "header", "sensitive", "indexed"),
    [
        (
            "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
            (b"custom-key", b"custom-header"),
            False,
            True,
        ),
        ("040c2f73616d706c652f70617468", (b":path", b"/sample/path"), False, False),
        ("100870617373776f726406736563726574", (b"password", b"secret"), True, False),
        ("82", (b":method", b"GET"), False, False),
    ],
    ids=["C.2.1", "C.2.2", "C.2.3", "C.2.4"],
)
def test_field_representation(
    block: str, header: tuple[bytes, bytes], sensitive: bool, indexed: bool
) -> None:
    decoder, encoder = Decoder(), Encoder()
    (decoded,) = decoder.decode(bytes.fromhex(block), raw=True)
    assert decoded.indexable is not sensitive
    assert decoded == header
    assert list(decoder.header_table.dynamic_entries) == ([header] if indexed else [])

    encoder.compact = True  # leaves :path out of the table, as C.2.2 does
    assert encoder.encode([(*header, sensitive)], huffman=False) == bytes.fromhex(block)
    assert encoder.header_table.dynamic_entries == decoder.header_table.dynamic_entries


@pytest.mark.parametrize(("blocks", "lists", "tables", "size", "octets", "huffman"), SEQUENCES)
def test_sequence(
    blocks: list[str],
    lists: list[list[tuple[bytes, bytes]]],
    tables: list[list[tuple[bytes, bytes]]],
    size: int,
    octets: list[int],
    huffman: bool,
) -> None:
    decoder, encoder = Decoder(), Encoder()
    decoder.header_table_size = encoder.header_table_size = size
    for i, block in enumerate(map(bytes.fromhex, blocks)):
        assert decoder.decode(block, raw=True) == lists[i]
        assert list(decoder.header_table.dynamic_entries) == tables[i]
        assert decoder.header_table._current_size == octets[i]

        encoded = encoder.encode(list(lists[i]), huffman=huffman)
        if i == 0:  # the examples leave out how the table got its size
            encoded = encoded.removeprefix(SIZE_UPDATE_256)
        assert encoded == block
        assert list(encoder.header_table.dynamic_entries) == tables[i]
