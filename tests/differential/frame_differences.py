"""Where h2fast.frames differs from hyperframe on purpose, frame by frame: its allow-list.

h2fast.hyperframe does not differ in any of these: there, hyperframe's answer is the right one. The
table in docs/frames.md is this list, written by

    python -m tests.differential.frame_differences
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.octets import (
    GOAWAY,
    HEADERS,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    WINDOW_UPDATE,
    header,
    octets,
)


@dataclass(frozen=True)
class FrameDifference:
    """One difference, who alone refuses such frames, and one of them."""

    key: str
    refused_by: str
    frame: str
    hyperframe: str
    h2fast: str
    section: str
    example: bytes


FRAMES = [
    FrameDifference(
        "frame-size",
        "h2fast",
        "A payload above `max_frame_size`",
        "is taken",
        "FRAME_SIZE_ERROR, on the header",
        "4.2",
        header(16385),
    ),
    FrameDifference(
        "only-padding",
        "hyperframe",
        "HEADERS whose payload is all padding behind the pad length",
        "is refused",
        "is taken, as for DATA",
        "6.2",
        octets(HEADERS, 0x0C, 1, b"\x02\0\0"),
    ),
    FrameDifference(
        "padding-over-priority",
        "h2fast",
        "Padding of HEADERS that reaches into the priority",
        "is taken",
        "PROTOCOL_ERROR",
        "RFC 7540 6.2",
        octets(HEADERS, 0x2C, 1, b"\x01\0\0\0\x03\x0f"),
    ),
    FrameDifference(
        "padding-over-promised",
        "h2fast",
        "Padding of PUSH_PROMISE that reaches into the promised stream",
        "is taken",
        "PROTOCOL_ERROR",
        "RFC 7540 6.6",
        octets(PUSH_PROMISE, 0x0C, 1, b"\x01\0\0\0\x02"),
    ),
    FrameDifference(
        "promised-0",
        "h2fast",
        "The promised stream 0 with its reserved bit set",
        "is taken",
        "PROTOCOL_ERROR",
        "6.6",
        octets(PUSH_PROMISE, 0x04, 1, b"\x80\0\0\0"),
    ),
    FrameDifference(
        "reserved-promised",
        "nobody",
        "The reserved bit of any other promised stream",
        "is a part of the number",
        "is ignored",
        "6.6",
        octets(PUSH_PROMISE, 0x04, 1, b"\x80\0\0\x02"),
    ),
    FrameDifference(
        "reserved-last-stream",
        "nobody",
        "The reserved bit of GOAWAY's last stream",
        "is a part of the number",
        "is ignored",
        "6.8",
        octets(GOAWAY, 0, 0, b"\x80\0\0\x01\0\0\0\0"),
    ),
    FrameDifference(
        "reserved-increment",
        "hyperframe",
        "The reserved bit of WINDOW_UPDATE's increment",
        "is refused",
        "is ignored",
        "6.9",
        octets(WINDOW_UPDATE, 0, 1, b"\x80\0\0\x01"),
    ),
    FrameDifference(
        "priority-update",
        "h2fast",
        "PRIORITY_UPDATE on a stream, of stream 0, or without a prioritized stream",
        "is an ExtensionFrame",
        "PROTOCOL_ERROR or FRAME_SIZE_ERROR",
        "RFC 9218 7.1",
        octets(PRIORITY_UPDATE, 0, 1, b"\0\0\0\x01"),
    ),
]


def as_markdown() -> str:
    """The table of the documentation."""
    lines = ["| what | hyperframe | h2fast.frames | section |", "|---|---|---|---|"]
    lines += [f"| {d.frame} | {d.hyperframe} | {d.h2fast} | {d.section} |" for d in FRAMES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
