"""Valid frames of every type, and how tests corrupt them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

from tests.octets import (
    ALTSVC,
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    ORIGIN,
    PING,
    PRIORITY,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    octets,
)

RANDOM_FRAMES = int(os.environ.get("H2FAST_RANDOM_FRAMES", "20000"))

VALID = [
    octets(DATA, 0x01, 1, b"data"),
    octets(DATA, 0x09, 1, b"\x03data\0\0\0"),
    octets(DATA, 0x08, 1, b"\0"),
    octets(HEADERS, 0x05, 3, b"block"),
    octets(HEADERS, 0x0C, 3, b"\x02block\0\0"),
    octets(HEADERS, 0x24, 3, b"\x80\0\0\x01\x0fblock"),
    octets(HEADERS, 0x2D, 3, b"\x03\0\0\0\x01\xffblock\0\0\0"),
    octets(PRIORITY, 0, 5, b"\x80\0\0\x03\x0f"),
    octets(RST_STREAM, 0, 1, b"\0\0\0\x08"),
    octets(SETTINGS, 0, 0, b"\0\x01\0\0\x10\0\0\x04\xff\xff\xff\xff\0\x01\0\0\0\0"),
    octets(SETTINGS, 0x01, 0),
    octets(PUSH_PROMISE, 0x04, 1, b"\0\0\0\x02block"),
    octets(PUSH_PROMISE, 0x0C, 1, b"\x02\0\0\0\x02block\0\0"),
    octets(PING, 0x01, 0, b"8 octets"),
    octets(GOAWAY, 0, 0, b"\0\0\0\x07\0\0\0\x02debug"),
    octets(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
    octets(WINDOW_UPDATE, 0, 1, b"\0\0\0\x01"),
    octets(CONTINUATION, 0x04, 3, b"block"),
    octets(ALTSVC, 0, 0, b"\0\x09a.examplefield"),
    octets(ALTSVC, 0, 1, b"\0\0field"),
    octets(ORIGIN, 0, 0, b"\0\x09a.example"),
    octets(PRIORITY_UPDATE, 0, 0, b"\0\0\0\x05u=1"),
    octets(0xFB, 0x5A, 7, b"anything"),
]
EDGES = [0, 1, 2, 4, 5, 8, 0x7F, 0x80, 0xFF]


def with_length(frame: bytes) -> bytes:
    """The frame with the length that its payload has."""
    return (len(frame) - 9).to_bytes(3, "big") + frame[3:]


def corruptions(frame: bytes) -> Iterator[bytes]:
    """Each octet with each value, each shorter payload and some longer ones."""
    for at in range(3, len(frame)):
        for octet in range(256):
            yield frame[:at] + bytes([octet]) + frame[at + 1 :]
    for end in range(9, len(frame)):
        yield with_length(frame[:end])
    for behind in range(1, 8):
        yield with_length(frame + bytes(behind))
        yield with_length(frame + frame[9 : 9 + behind])


def several_faults(source: random.Random) -> bytes:
    """Some valid frame with several faults at once."""
    frame = source.choice(VALID)
    damaged = bytearray(frame)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(3, len(damaged))
        kind = source.randrange(5)
        if kind == 0:
            damaged[at] ^= 1 << source.randrange(8)
        elif kind == 1:
            damaged[at] = source.choice(EDGES)
        elif kind == 2:
            del damaged[max(at, 9) :]
        elif kind == 3:
            damaged[max(at, 9) : max(at, 9)] = source.randbytes(source.randint(1, 8))
        else:
            damaged[3:5] = bytes([source.choice(VALID)[3], source.choice(EDGES)])
    return with_length(bytes(damaged))
