"""One frame of each type that hyperframe has a class of: how it is made, and what is read from it.

Both are expressions, because a call for each would cost more than what is measured. They see what
their module exports, and the constants below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONSTANTS: dict[str, object] = {
    "BODY": bytes(range(100)),
    "BLOCK": bytes(range(60)),
    "SETTINGS": {1: 4096, 3: 100, 4: 65535},
    "END_STREAM": ("END_STREAM",),
    "END_HEADERS": ("END_HEADERS",),
}
BODY, BLOCK, SETTINGS = CONSTANTS["BODY"], CONSTANTS["BLOCK"], {1: 4096, 3: 100, 4: 65535}


@dataclass(frozen=True)
class Form:
    """A frame in one of the two ways to call: what makes it, and what reads it, to which result."""

    make: str
    read: Mapping[str, object]


@dataclass(frozen=True)
class Sample:
    functions: Form  # of h2fast.frames; build_x(..., {into}) takes a bytearray to append to
    classes: Form  # of hyperframe, and of what is called like it


SAMPLES = {
    "DATA": Sample(
        Form("build_data(1, BODY, end_stream=True{into})", {"frame.data": BODY}),
        Form("DataFrame(1, BODY, flags=END_STREAM)", {"frame.data": BODY}),
    ),
    "HEADERS": Sample(
        Form("build_headers(1, BLOCK{into})", {"frame.data": BLOCK}),
        Form("HeadersFrame(1, BLOCK, flags=END_HEADERS)", {"frame.data": BLOCK}),
    ),
    "PRIORITY": Sample(
        Form("build_priority(5, 3, 16{into})", {"frame.priority": (3, 16, False)}),
        Form(
            "PriorityFrame(5, depends_on=3, stream_weight=15)",
            {"frame.depends_on": 3, "frame.stream_weight": 15, "frame.exclusive": False},
        ),
    ),
    "RST_STREAM": Sample(
        Form("build_rst_stream(1, 8{into})", {"frame.error_code": 8}),
        Form("RstStreamFrame(1, error_code=8)", {"frame.error_code": 8}),
    ),
    "SETTINGS": Sample(
        Form("build_settings(SETTINGS{into})", {"frame.settings": list(SETTINGS.items())}),
        Form("SettingsFrame(0, settings=SETTINGS)", {"frame.settings": SETTINGS}),
    ),
    "PUSH_PROMISE": Sample(
        Form(
            "build_push_promise(1, 2, BLOCK{into})",
            {"frame.promised_stream_id": 2, "frame.data": BLOCK},
        ),
        Form(
            "PushPromiseFrame(1, 2, BLOCK, flags=END_HEADERS)",
            {"frame.promised_stream_id": 2, "frame.data": BLOCK},
        ),
    ),
    "PING": Sample(
        Form("build_ping(b'8 octets'{into})", {"frame.data": b"8 octets"}),
        Form("PingFrame(0, b'8 octets')", {"frame.opaque_data": b"8 octets"}),
    ),
    "GOAWAY": Sample(
        Form(
            "build_goaway(7, 2, b'debug'{into})",
            {"frame.last_stream_id": 7, "frame.error_code": 2, "frame.data": b"debug"},
        ),
        Form(
            "GoAwayFrame(0, 7, 2, b'debug')",
            {"frame.last_stream_id": 7, "frame.error_code": 2, "frame.additional_data": b"debug"},
        ),
    ),
    "WINDOW_UPDATE": Sample(
        Form("build_window_update(1, 65535{into})", {"frame.window_increment": 65535}),
        Form("WindowUpdateFrame(1, 65535)", {"frame.window_increment": 65535}),
    ),
    "CONTINUATION": Sample(
        Form("build_continuation(1, BLOCK{into})", {"frame.data": BLOCK}),
        Form("ContinuationFrame(1, BLOCK, flags=END_HEADERS)", {"frame.data": BLOCK}),
    ),
    "ALTSVC": Sample(
        Form(
            "build_altsvc(0, b'https://a.example', b'h3'{into})",
            {"frame.origin": b"https://a.example", "frame.data": b"h3"},
        ),
        Form(
            "AltSvcFrame(0, b'https://a.example', b'h3')",
            {"frame.origin": b"https://a.example", "frame.field": b"h3"},
        ),
    ),
}
