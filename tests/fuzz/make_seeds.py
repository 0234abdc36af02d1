"""Writes the seeds of the fuzz targets, tests/fuzz/seeds/TARGET/*; their scripts are described at
the top of each target.

usage: python tests/fuzz/make_seeds.py
"""

from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"

Field = tuple[bytes, bytes]

# RFC 7541 appendix C.2 to C.6: the blocks of one connection each.
EXAMPLES = {
    "c2_1": ["400a637573746f6d2d6b65790d637573746f6d2d686561646572"],
    "c2_2": ["040c2f73616d706c652f70617468"],
    "c2_3": ["100870617373776f726406736563726574"],
    "c2_4": ["82"],
    "c3": [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ],
    "c4": [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ],
    "c5": [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d"
        "546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f"
        "6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b"
        "2076657273696f6e3d31",
    ],
    "c6": [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c7"
        "8f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335"
        "dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ],
}

# One block each: what must be refused, and its neighbours that must not.
EDGES = {
    "index_0": "80",
    "index_61_62": "bdbe",
    "index_largest": "ff80ffffff07",
    "index_too_large": "ff81ffffff07",
    "index_overlong": "ff8080808000",
    "index_too_long": "ff808080808000",
    "string_truncated": "00016e037676",
    "length_largest": "007f80ffffff07",
    "huffman_empty": "00808080",
    "huffman_eos": "00016e84ffffffff",
    "huffman_padding_8": "00016e821fff",
    "huffman_padding_zero": "00016e811e",
    "huffman_long_codes": "00016e8bfffffffc3fffffffcff7",
    "both_strings_bad": "0084ffffffff821fff",
    "updates_2": "203fe11f82",
    "updates_3": "202020",
    "update_misplaced": "8220",
    "update_too_large": "3fe21f",
    "empty_strings": "400000be7e00be",
}

REQUEST: list[Field] = [
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":path", b"/index.html?a=b"),
    (b":authority", b"www.example.com"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64)"),
    (b"accept", b"*/*"),
    (b"cookie", b"session=0123456789abcdef"),
]
RESPONSE: list[Field] = [
    (b":status", b"200"),
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-length", b"1234"),
    (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"),
    (b"set-cookie", b"id=1; Secure; HttpOnly"),
    (b"x-octets", bytes(range(0, 256, 9))),
]

# Type, flags, stream and payload of frames that are right, or at the edge of it.
Frame = tuple[int, int, int, str]
FRAMES: dict[str, Frame] = {
    "data": (0x0, 0x01, 1, "68656c6c6f"),
    "data_padded": (0x0, 0x08, 1, "026162630000"),
    "data_all_padding": (0x0, 0x08, 1, "03000000"),
    "data_padding_too_long": (0x0, 0x08, 1, "04000000"),
    "data_of_stream_0": (0x0, 0x00, 0, "61"),
    "headers": (0x1, 0x05, 1, "828684"),
    "headers_priority": (0x1, 0x24, 3, "800000010f828684"),
    "headers_padded_priority": (0x1, 0x2C, 5, "0200000003ff8286840000"),
    "headers_padding_too_long": (0x1, 0x2C, 5, "0300000003ff0000"),
    "headers_priority_cut": (0x1, 0x2C, 5, "0000000003"),
    "priority": (0x2, 0x00, 3, "80000001ff"),
    "priority_short": (0x2, 0x00, 3, "80000001"),
    "rst_stream": (0x3, 0x00, 1, "00000008"),
    "settings": (0x4, 0x00, 0, "00030000006400040000ffff"),
    "settings_of_5": (0x4, 0x00, 0, "0003000000"),
    "settings_ack": (0x4, 0x01, 0, ""),
    "settings_ack_with_payload": (0x4, 0x01, 0, "000300000064"),
    "push_promise": (0x5, 0x04, 1, "00000002828684"),
    "push_promise_padded": (0x5, 0x0C, 1, "03000000028286000000"),
    "push_promise_padding_too_long": (0x5, 0x0C, 1, "0100000002"),
    "push_promise_odd": (0x5, 0x04, 1, "00000003"),
    "ping": (0x6, 0x00, 0, "0102030405060708"),
    "ping_ack_of_a_stream": (0x6, 0x01, 1, "0102030405060708"),
    "goaway": (0x7, 0x00, 0, "800000050000000b63616c6d"),
    "window_update": (0x8, 0x00, 1, "ffffffff"),
    "window_update_by_0": (0x8, 0x00, 0, "80000000"),
    "continuation": (0x9, 0x2C, 1, "ff828684"),
    "altsvc": (0xA, 0x00, 0, "0003782e7968333d223a22"),
    "altsvc_origin_too_long": (0xA, 0x00, 1, "0004782e79"),
    "unknown_0b": (0xB, 0xFF, 0, "010203"),
    "origin": (0xC, 0x00, 0, "0003782e79"),
    "priority_update": (0x10, 0x00, 0, "00000001753d31"),
    "priority_update_of_stream_0": (0x10, 0x00, 0, "80000000"),
    "unknown_ff": (0xFF, 0xFF, 0xFFFFFFFF, "010203"),
}

INCREMENTAL, WITHOUT, NEVER, ADAPTIVE = range(4)
RAW, HUFFMAN, SHORTER = (n << 2 for n in range(3))
END_BLOCK = b"\xc0"


def decode_block(octets: bytes) -> bytes:
    head = bytes([len(octets)]) if len(octets) < 0xF0 else b"\xf0" + len(octets).to_bytes(2, "big")
    return head + octets


def decode_limits(table_size: int, list_size: int, fields: int) -> bytes:
    return b"\xf8" + table_size.to_bytes(2, "big") + list_size.to_bytes(2, "big") + bytes([fields])


def decode_seeds() -> dict[str, bytes]:
    seeds = {
        name: b"".join(decode_block(bytes.fromhex(block)) for block in blocks)
        for name, blocks in EXAMPLES.items()
    }
    seeds |= {name: decode_block(bytes.fromhex(block)) for name, block in EDGES.items()}
    small_table = b"\xfc" + (256).to_bytes(2, "big")
    seeds["c5_table_256"] = small_table + seeds["c5"]
    seeds["c6_table_256"] = small_table + seeds["c6"]
    seeds["setting_lowered"] = (
        seeds["c4"] + decode_limits(100, 65535, 255) + b"\x01\x82\x03\x3f\x45\xbe"
    )
    seeds["list_size_reached"] = decode_limits(4096, 84, 255) + b"\x02\x82\x82\x03\x82\x82\x82"
    seeds["fields_reached"] = decode_limits(4096, 65535, 2) + b"\x02\x82\x82\x03\x82\x82\x82"
    # "n: vv" fills a table of 35, and each next field takes its name from the one it evicts.
    seeds["evicts_its_name"] = b"\xfc\x00\x23" + decode_block(
        bytes.fromhex("40016e0276767e027777be7e811fbe0f2f027878")
    )
    literals = b"".join(b"\x40\x01n\x05%05d" % n for n in range(200))
    seeds["many_insertions"] = decode_block(literals) + decode_block(literals[-900:])
    bomb = b"\x40\x01n\x7f\xa1\x1e" + b"v" * 4000
    seeds["bomb"] = decode_block(bomb + b"\xbe" * 20)
    return seeds


def new_field(field: Field, modes: int) -> bytes:
    name, value = field
    return bytes([modes, len(name), len(value)]) + name + value


def earlier_field(name: int, value: int, modes: int) -> bytes:
    return bytes([0x80 | modes, name, value])


def resize(setting: int, limit: int) -> bytes:
    return b"\xe0" + setting.to_bytes(2, "big") + limit.to_bytes(2, "big")


def round_trip_seeds() -> dict[str, bytes]:
    seeds = {}
    for list_name, fields in (("request", REQUEST), ("response", RESPONSE)):
        for indexing in (INCREMENTAL, WITHOUT, NEVER, ADAPTIVE):
            for huffman in (RAW, HUFFMAN, SHORTER):
                block = b"".join(new_field(field, indexing | huffman) for field in fields)
                again = b"".join(earlier_field(n, n, indexing | huffman) for n in range(5))
                name = f"{list_name}_{indexing}_{huffman >> 2}"
                seeds[name] = block + END_BLOCK + again + END_BLOCK + block
    request = seeds["request_0_1"]
    seeds["resized"] = (
        request + resize(100, 4096) + request + resize(0, 4096) + resize(4096, 4096) + request
    )
    seeds["larger_than_the_peers"] = resize(65535, 16384) + request + resize(65535, 60) + request
    seeds["table_of_35"] = resize(35, 4096) + b"".join(
        new_field((b"n", b"v%d" % n), INCREMENTAL) + earlier_field(n, 0, INCREMENTAL)
        for n in range(10)
    )
    seeds["values_swapped"] = request + b"".join(
        earlier_field(n, (n * 3) % 7, INCREMENTAL | SHORTER) for n in range(40)
    )
    seeds["long_strings"] = b"".join(
        new_field((b"n" * n, bytes([n]) * (255 - n)), INCREMENTAL | HUFFMAN)
        for n in range(0, 256, 17)
    )
    seeds["many_small"] = b"".join(
        new_field((b"%d" % (n % 50), b""), INCREMENTAL) + END_BLOCK for n in range(300)
    )
    return seeds


def one_frame(frame: Frame) -> bytes:
    kind, flags, stream, payload = frame
    octets = bytes.fromhex(payload)
    return bytes([len(octets), kind, flags]) + stream.to_bytes(4, "big") + octets


def on_the_wire(frame: Frame) -> bytes:
    return b"\0\0" + one_frame(frame)


def from_a_peer(octets: bytes) -> bytes:
    return b"\xe0" + len(octets).to_bytes(2, "big") + octets


def largest_size(size: int) -> bytes:
    return b"\xf8" + size.to_bytes(3, "big")


def frame_seeds() -> dict[str, bytes]:
    seeds = {name: one_frame(frame) for name, frame in FRAMES.items()}
    wire = b"".join(on_the_wire(frame) for frame in FRAMES.values())
    seeds["all"] = from_a_peer(wire)
    seeds["all_but_the_end"] = from_a_peer(wire[:-2])
    seeds["all_of_at_most_8"] = largest_size(8) + seeds["all"]
    ping = on_the_wire(FRAMES["ping"])
    seeds["as_large_as_allowed"] = largest_size(8) + from_a_peer(ping)
    seeds["too_large"] = largest_size(7) + from_a_peer(ping)
    seeds["too_large_by_its_header"] = from_a_peer(bytes.fromhex("004001000000000001"))
    seeds["largest_length"] = largest_size(0xFFFFFF) + from_a_peer(
        bytes.fromhex("ffffff000000000001")
    )
    padded = b"\xff" + bytes(255)
    seeds["padding_of_255"] = from_a_peer(bytes.fromhex("000100000800000001") + padded)
    seeds["padding_of_255_too_long"] = from_a_peer(
        bytes.fromhex("0000ff000800000001") + padded[:-1]
    )
    return seeds


CLIENT, SERVER = 0, 0x80
(
    MESSAGE, CONTENT, TRAILERS, RESET, PROMISE, SETTING, WINDOW, ASK, LEAVE,
    ACKNOWLEDGE, WRITE, CARRY, ORDER, EXCHANGE,
) = range(14)  # fmt: skip
END, OWNED, LARGE = 0x10, 0x20, 0x40


def operation(side: int, what: int, *operands: int) -> bytes:
    return bytes([side | what, *operands])


def pair_seeds() -> dict[str, bytes]:
    exchange = operation(CLIENT, EXCHANGE, 0xFF)
    get, post = operation(CLIENT, MESSAGE, 0, 4), operation(CLIENT, MESSAGE, 0, 1)
    seeds = {}
    for name, modes in (("automatic", 0x00), ("by_hand", 0x77), ("small", 0x8A)):
        start = bytes([modes]) + exchange
        answer = operation(SERVER, MESSAGE, 1, 0)
        seeds[f"{name}_get"] = (
            start + get + exchange + operation(SERVER, MESSAGE, 1, 1) + answer
            + operation(SERVER, CONTENT | END | OWNED | LARGE, 1, 0x10, 0) + exchange
            + operation(CLIENT, ACKNOWLEDGE) + exchange
        )  # fmt: skip
        seeds[f"{name}_post"] = (
            start + post + operation(CLIENT, CONTENT | OWNED | LARGE, 1, 0xC0, 0)
            + operation(CLIENT, CONTENT | LARGE, 1, 0xC0, 0) + operation(CLIENT, TRAILERS, 1)
            + exchange
            + operation(SERVER, ACKNOWLEDGE | END) + exchange + operation(SERVER, MESSAGE, 1, 4)
            + operation(CLIENT, EXCHANGE, 0)
        )  # fmt: skip
        turns = b"".join(
            operation(SERVER, MESSAGE, stream, 0)
            + operation(SERVER, CONTENT | LARGE | (stream << 4 & OWNED), stream, 0x60, stream)
            + operation(SERVER, TRAILERS, stream)
            for stream in (1, 3, 5, 7)
        )
        seeds[f"{name}_turns"] = (
            start + get * 4 + exchange + turns + operation(SERVER, WRITE, 0x40, 0)
            + operation(CLIENT, RESET, 3, 0) + operation(CLIENT, WINDOW, 5, 0x40, 0)
            + operation(CLIENT, CARRY, 0x10, 1) + exchange
            + operation(CLIENT, ACKNOWLEDGE | END) + exchange
        )  # fmt: skip
        seeds[f"{name}_push"] = (
            start + post + exchange + operation(SERVER, PROMISE, 1) * 2
            + operation(SERVER, MESSAGE, 2, 1) + operation(SERVER, MESSAGE, 2, 0)
            + operation(SERVER, CONTENT | END | LARGE, 2, 0x80, 0) + operation(CLIENT, RESET, 1, 0)
            + exchange + operation(CLIENT, RESET, 4, 0) + exchange
        )  # fmt: skip
        settings = b"".join(
            operation(side, SETTING, which, *value)
            for side in (CLIENT, SERVER)
            for which, value in (
                (4, (0, 0)), (4, (0, 10)), (1, (0, 0)), (1, (0x10, 0)), (5, (0x20, 0)),
                (3, (0, 2)), (2, (0, 0)), (8, (0, 1)), (0x88, (0, 0)),
            )
        )  # fmt: skip
        seeds[f"{name}_settings"] = (
            start + post + operation(CLIENT, CONTENT | LARGE, 1, 0x90, 0) + settings + exchange
            + operation(SERVER, MESSAGE, 1, 0x98) + operation(SERVER, CONTENT | LARGE, 1, 0x70, 0)
            + settings + exchange + operation(CLIENT, MESSAGE, 0, 0xFC) + exchange
        )  # fmt: skip
        seeds[f"{name}_goaway"] = (
            start + post * 3 + exchange + operation(SERVER, LEAVE, 0x47, 1, 0) + post
            + operation(CLIENT, CONTENT | LARGE, 5, 0x20, 0) + operation(CLIENT, RESET, 5, 0)
            + exchange
            + operation(CLIENT, ASK) + operation(CLIENT, ORDER, 1)
            + operation(SERVER, ORDER, 0) + exchange
            + operation(CLIENT, LEAVE, 0x47, 0, 2) + exchange
        )  # fmt: skip
    return seeds


# Something that is sent, of tests/fuzz/peer.h: a response on stream 1, and three requests.
SERVER_ANSWERS = b"\xe0\x01\x00"
CLIENT_ASKS = b"\xe0\x00\x01\xe2\x00\x00\xe2\x00\x00"
TAKE, ACKNOWLEDGED = b"\xf0", b"\xf8"


def peer_headers(fields: int, flags: int, stream: int) -> bytes:
    return bytes([0xC0 | fields, flags, stream])


def peer_frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return bytes([0x40 | kind, flags, stream, len(payload)]) + payload


def peer_seeds(server: int, first: bytes) -> dict[str, bytes]:
    """Seeds for a server, whose peer asks, or for a client, whose peer answers."""
    message = 1 if server else 2
    begin = b"" if server else first
    open_1 = begin + peer_headers(message, 4, 1)
    data = peer_frame(0, 0, 1, b"hello") + peer_frame(0, 9, 1, b"\x02hello\0\0")
    bodies = {
        "message": open_1 + data + (first if server else b"") + TAKE,
        "trailers": open_1 + peer_headers(4, 5, 1) + TAKE,
        "late": open_1 + b"\xe5\x01\x08" + data + peer_headers(4, 5, 1) + TAKE,
        "reset": open_1 + peer_frame(3, 0, 1, b"\0\0\0\x08") + data,
        "windows": open_1 + peer_frame(8, 0, 0, b"\0\0\1\0") + peer_frame(8, 0, 1, b"\0\0\0\0"),
        "settings": open_1 + peer_frame(4, 0, 0, b"\0\4\0\0\0\5\0\1\0\0\0\0") + TAKE + first,
        "queue": open_1 + first + b"\xe3\x01\xff\xe4\x01\xff\xe1\x01\x01"
        + peer_frame(8, 0, 1, b"\0\1\0\0") + TAKE + peer_frame(8, 0, 0, b"\0\1\0\0") + TAKE,
        "goaway": open_1 + peer_frame(7, 0, 0, bytes(8)) + b"\xe9\x01\x00" + data,
        "others": b"".join(
            bytes([0x40 | kind]) + one_frame((kind, flags, stream % 256, payload))[4:5]
            + bytes([stream % 256, len(payload) // 2]) + bytes.fromhex(payload)
            for kind, flags, stream, payload in FRAMES.values()
            if kind < 0x20
        ),
        "parts": begin + peer_headers(message, 0, 1) + peer_frame(9, 0, 1, b"")
        + peer_frame(9, 4, 1, b"\0\1a\1b") + TAKE,
        "push": open_1 + bytes([0xD0, 4, 1, 2]) + peer_headers(2, 5, 2) + TAKE,
        "interim": begin + peer_headers(3, 4, 1) * 3 + TAKE,
        "pings": peer_frame(6, 0, 0, b"12345678") * 6 + TAKE,
        "length": begin + peer_headers(5 if server else 6, 4, 1) + peer_frame(0, 0, 1, b"123456"),
    }  # fmt: skip
    modes = {"plain": 0, "by_hand": 1, "strict": 2, "small": 8, "small_by_hand": 9, "lax": 20}
    seeds = {
        # Without an upgrade where there can be one.
        f"{mode}_{name}": bytes([number, 6, *[0] * (number >> 4 & 1)]) + body
        for mode, number in modes.items()
        for name, body in bodies.items()
    }
    content = peer_frame(0, 0, 1, bytes(20))  # half of a small window
    seeds["growth"] = b"\x08\xc8" + open_1 + ACKNOWLEDGED + (content * 2 + ACKNOWLEDGED) * 3
    settings = b"\0\4\0\0\0\x64" + b"\0\3\0\0\0\2"
    answer = peer_headers(2, 5, 1) if server == 0 else b"\xe0\x01\x01"
    seeds["upgrade"] = bytes([16, 6, len(settings)]) + settings + answer + TAKE
    seeds["upgrade_cut"] = bytes([16, 6, 5]) + settings[:5] + open_1 + TAKE
    return seeds


# The readers of tests/fuzz/fuzz_python.py, in their order; those of connections take an octet that
# says how they are made.
SERVER_READER, CLIENT_READER, HPACK, HYPERFRAME, FRAMES_READER, PRIORITY, H2_SERVER, H2_CLIENT = (
    bytes([n]) for n in range(8)
)


def real_frame(frame: Frame) -> bytes:
    kind, flags, stream, payload = frame
    octets = bytes.fromhex(payload)
    return (
        len(octets).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + octets
    )


def python_seeds() -> dict[str, bytes]:
    request = (0x1, 0x04, 1, "828784410361626340016101620f0d0135")
    response = (0x1, 0x04, 1, "885f0161")
    wires: dict[str, list[Frame]] = {
        "message": [(0x0, 0x00, 1, "6865"), (0x0, 0x09, 1, "026c6c6f0000")],
        "trailers": [(0x0, 0x00, 1, "68656c6c6f"), (0x1, 0x05, 1, "4001610162")],
        "continuation": [(0x1, 0x01, 3, "8287"), (0x9, 0x04, 3, "84410361626340")],
        "interim": [(0x1, 0x04, 1, "08033130334001610162"), (0x1, 0x05, 1, "88")],
        "settings": [(0x4, 0x00, 0, "000400000000000100000064"), (0x4, 0x01, 0, "")],
        "windows": [(0x8, 0x00, 0, "00000100"), (0x8, 0x00, 1, "7fffffff")],
        "reset": [(0x3, 0x00, 1, "00000008"), (0x0, 0x00, 1, "61")],
        "goaway": [(0x7, 0x00, 0, "0000000000000000"), (0x1, 0x05, 5, "828784410161")],
        "push": [(0x5, 0x04, 1, "00000002828784410161"), (0x1, 0x04, 2, "88")],
        "extensions": [FRAMES["altsvc"], FRAMES["origin"], FRAMES["priority_update"]],
        "priority": [FRAMES["headers_priority"], FRAMES["priority"], FRAMES["ping"]],
    }
    seeds = {
        f"{name}_{kinds}_{wire}": reader + bytes([kinds])
        + b"".join(map(real_frame, [first, *frames]))
        for name, reader, first in (
            ("server", SERVER_READER, request),
            ("client", CLIENT_READER, response),
            ("h2_server", H2_SERVER, request),
            ("h2_client", H2_CLIENT, response),
        )
        for kinds in (0, 0x1F)
        for wire, frames in wires.items()
    }  # fmt: skip
    for name, blocks in EXAMPLES.items():
        seeds[f"hpack_{name}"] = HPACK + b"\xff\x00".join(map(bytes.fromhex, blocks))
    for name, frame in FRAMES.items():
        seeds[f"hyperframe_{name}"] = HYPERFRAME + real_frame(frame)
    seeds["frames"] = FRAMES_READER + b"".join(map(real_frame, FRAMES.values()))
    for n, field in enumerate((b"u=1, i", b"u=7;a=1.5, i=?0, x=(a b)", b'a=:AA==:, u="1"')):
        seeds[f"priority_{n}"] = PRIORITY + field
    return seeds


def main() -> None:
    for target, seeds in (
        ("fuzz_pair", pair_seeds()),
        ("fuzz_server", peer_seeds(1, SERVER_ANSWERS)),
        ("fuzz_client", peer_seeds(0, CLIENT_ASKS)),
        ("fuzz_hpack_decode", decode_seeds()),
        ("fuzz_hpack_round_trip", round_trip_seeds()),
        ("fuzz_frame", frame_seeds()),
        ("fuzz_python", python_seeds()),
    ):
        folder = SEEDS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, seed in seeds.items():
            (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
