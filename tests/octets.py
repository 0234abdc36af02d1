"""Frames written by hand: what tests compare with, so that it is not built by what they test."""

from __future__ import annotations

from typing import Any

from h2fast.frames import Frame

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING = range(7)
GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC = range(7, 11)
ORIGIN, PRIORITY_UPDATE = 0x0C, 0x10

# Section 6 of RFC 9113, section 4 of RFC 7838, section 2 of RFC 8336, section 7.1 of RFC 9218.
FLAGS: dict[int, dict[str, int]] = {
    DATA: {"END_STREAM": 0x01, "PADDED": 0x08},
    HEADERS: {"END_STREAM": 0x01, "END_HEADERS": 0x04, "PADDED": 0x08, "PRIORITY": 0x20},
    PRIORITY: {},
    RST_STREAM: {},
    SETTINGS: {"ACK": 0x01},
    PUSH_PROMISE: {"END_HEADERS": 0x04, "PADDED": 0x08},
    PING: {"ACK": 0x01},
    GOAWAY: {},
    WINDOW_UPDATE: {},
    CONTINUATION: {"END_HEADERS": 0x04},
    ALTSVC: {},
    ORIGIN: {},
    PRIORITY_UPDATE: {},
}

PARTS = (
    "type",
    "flags",
    "stream_id",
    "length",
    "end_stream",
    "end_headers",
    "ack",
    "pad_length",
    "priority",
    "error_code",
    "promised_stream_id",
    "last_stream_id",
    "prioritized_stream_id",
    "window_increment",
    "settings",
)


def octets(frame_type: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """Section 4.1: length, type, flags, reserved bit and stream, payload."""
    return header(len(payload), frame_type, flags, stream_id) + payload


def header(length: int, frame_type: int = DATA, flags: int = 0, stream_id: int = 1) -> bytes:
    """The nine octets before a payload, of which there may be less or more than they say."""
    return length.to_bytes(3, "big") + bytes([frame_type, flags]) + stream_id.to_bytes(4, "big")


def parts(frame: Frame) -> dict[str, Any]:
    """All that can be asked of a frame."""
    values = {name: getattr(frame, name) for name in PARTS}
    origin = frame.origin
    return values | {
        "data": bytes(frame.data),
        "origin": None if origin is None else bytes(origin),
    }
