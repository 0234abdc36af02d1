"""What RFC 9113 sections 4 and 6, RFC 7838 section 4, RFC 8336 section 2 and RFC 9218 section 7.1
demand of a frame by itself: a right and a wrong side of each rule, in octets written by hand.

What depends on a connection's state, and the ranges of settings' values (section 6.5.2), is for the
connection.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from h2fast.frames import (
    Frame,
    FrameError,
    build_altsvc,
    build_continuation,
    build_data,
    build_goaway,
    build_headers,
    build_origin,
    build_ping,
    build_priority,
    build_priority_update,
    build_push_promise,
    build_rst_stream,
    build_settings,
    build_window_update,
    parse_frames,
)
from tests.octets import (
    ALTSVC,
    CONTINUATION,
    DATA,
    FLAGS,
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
    header,
    octets,
    parts,
)

PROTOCOL_ERROR, FRAME_SIZE_ERROR = 0x01, 0x06  # section 7
RESERVED = 0x80000000

# For each type one frame that is right, with everything in it that the type can have.
FRAMES = {
    "DATA": octets(DATA, 0x09, 1, b"\x02data\0\0"),
    "HEADERS": octets(HEADERS, 0x2D, 1, b"\x02\x80\0\0\x03\xffblock\0\0"),
    "PRIORITY": octets(PRIORITY, 0, 1, b"\0\0\0\x03\x0f"),
    "RST_STREAM": octets(RST_STREAM, 0, 1, b"\0\0\0\x08"),
    "SETTINGS": octets(SETTINGS, 0, 0, b"\0\x01\0\0\x10\0\0\x04\0\x01\0\0"),
    "SETTINGS ACK": octets(SETTINGS, 0x01, 0),
    "PUSH_PROMISE": octets(PUSH_PROMISE, 0x0C, 1, b"\x02\0\0\0\x02block\0\0"),
    "PING": octets(PING, 0, 0, b"8 octets"),
    "PING ACK": octets(PING, 0x01, 0, b"8 octets"),
    "GOAWAY": octets(GOAWAY, 0, 0, b"\0\0\0\x07\0\0\0\x02debug"),
    "WINDOW_UPDATE": octets(WINDOW_UPDATE, 0, 1, b"\0\0\0\x01"),
    "CONTINUATION": octets(CONTINUATION, 0x04, 1, b"block"),
    "ALTSVC": octets(ALTSVC, 0, 0, b"\0\x09a.examplefield"),
    "ORIGIN": octets(ORIGIN, 0, 0, b"\0\x09a.example"),
    "PRIORITY_UPDATE": octets(PRIORITY_UPDATE, 0, 0, b"\0\0\0\x03u=1"),
}
UNKNOWN_TYPES = sorted(set(range(256)) - set(FLAGS))


@dataclass(frozen=True)
class Rule:
    """Frames that keep a rule, frames that do not, and the error code that answers those."""

    section: str
    says: str
    code: int
    right: tuple[bytes, ...]
    wrong: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"{self.section} {self.says}"


def on_stream(section: str, name: str) -> Rule:
    """The frame is on stream 1; on stream 0 it is wrong, also under a set reserved bit."""
    right = FRAMES[name]
    wrong = tuple(right[:5] + stream + right[9:] for stream in (bytes(4), b"\x80\0\0\0"))
    highest = right[:5] + b"\x7f\xff\xff\xff" + right[9:]
    return Rule(section, f"{name} is on a stream", PROTOCOL_ERROR, (right, highest), wrong)


def on_connection(section: str, name: str) -> Rule:
    right = FRAMES[name]
    streams = b"\0\0\0\x01", b"\0\0\0\x02", b"\x7f\xff\xff\xff"
    wrong = tuple(right[:5] + stream + right[9:] for stream in streams)
    return Rule(section, f"{name} is on stream 0", PROTOCOL_ERROR, (right,), wrong)


def fixed_length(section: str, name: str) -> Rule:
    right = FRAMES[name]
    payloads = b"", right[9:-1], right[9:] + b"\0", right[9:] * 2
    wrong = tuple(
        octets(right[3], right[4], int.from_bytes(right[5:9], "big"), p) for p in payloads
    )
    says = f"{name} has {len(right) - 9} octets"
    return Rule(section, says, FRAME_SIZE_ERROR, (right,), wrong)


def frames(frame_type: int, flags: int, stream_id: int, *payloads: bytes) -> tuple[bytes, ...]:
    return tuple(octets(frame_type, flags, stream_id, payload) for payload in payloads)


RULES = [
    on_stream("6.1", "DATA"),
    Rule(
        "6.1",
        "padding of DATA is shorter than the payload",
        PROTOCOL_ERROR,
        frames(DATA, 0x08, 1, b"\0", b"\x04\0\0\0\0", b"\x03d\0\0\0", b"\xff" + bytes(255)),
        frames(DATA, 0x08, 1, b"\x01", b"\x05\0\0\0\0", b"\xff\0\0\0\0", b"\xff" + bytes(254)),
    ),
    Rule(
        "4.2",
        "padded DATA has a pad length",
        FRAME_SIZE_ERROR,
        frames(DATA, 0x08, 1, b"\0") + frames(DATA, 0, 1, b""),
        frames(DATA, 0x08, 1, b""),
    ),
    on_stream("6.2", "HEADERS"),
    Rule(
        "6.2",
        "padding of HEADERS is shorter than the payload",
        PROTOCOL_ERROR,
        frames(HEADERS, 0x0C, 1, b"\0", b"\x04\0\0\0\0", b"\x03b\0\0\0"),
        frames(HEADERS, 0x0C, 1, b"\x01", b"\x05\0\0\0\0", b"\xff\0\0\0\0")
        + frames(HEADERS, 0x2C, 1, b"\x09\0\0\0\x03\x0f\0\0\0"),
    ),
    Rule(  # RFC 7540 section 6.2: padding takes what is left for the fragment
        "RFC 7540 6.2",
        "padding of HEADERS leaves the priority alone",
        PROTOCOL_ERROR,
        frames(HEADERS, 0x2C, 1, b"\x03\0\0\0\x03\x0f\0\0\0", b"\0\0\0\0\x03\x0f"),
        frames(HEADERS, 0x2C, 1, b"\x04\0\0\0\x03\x0f\0\0\0", b"\x01\0\0\0\x03\x0f"),
    ),
    Rule(
        "4.2",
        "HEADERS has the fields that its flags announce",
        FRAME_SIZE_ERROR,
        frames(HEADERS, 0x04, 1, b"")
        + frames(HEADERS, 0x0C, 1, b"\0")
        + frames(HEADERS, 0x24, 1, b"\0\0\0\x03\x0f")
        + frames(HEADERS, 0x2C, 1, b"\0\0\0\0\x03\x0f"),
        frames(HEADERS, 0x0C, 1, b"")
        + frames(HEADERS, 0x24, 1, b"", b"\0\0\0\x03")
        + frames(HEADERS, 0x2C, 1, b"", b"\0", b"\0\0\0\0\x03"),
    ),
    on_stream("6.3", "PRIORITY"),
    fixed_length("6.3", "PRIORITY"),
    on_stream("6.4", "RST_STREAM"),
    fixed_length("6.4", "RST_STREAM"),
    on_connection("6.5", "SETTINGS"),
    on_connection("6.5", "SETTINGS ACK"),
    Rule(
        "6.5",
        "SETTINGS with ACK is empty",
        FRAME_SIZE_ERROR,
        (FRAMES["SETTINGS ACK"], FRAMES["SETTINGS"]),
        frames(SETTINGS, 0x01, 0, b"\0", b"\0\x01\0\0\x10\0", b"\0\x01\0\0\x10\0" * 2),
    ),
    Rule(
        "6.5",
        "the length of SETTINGS is a multiple of 6",
        FRAME_SIZE_ERROR,
        frames(SETTINGS, 0, 0, b"", bytes(6), bytes(12), bytes(16380)),
        frames(SETTINGS, 0, 0, *(bytes(n) for n in (1, 2, 3, 4, 5, 7, 8, 11, 13, 16384))),
    ),
    on_stream("6.6", "PUSH_PROMISE"),
    Rule(
        "6.6",
        "padding of PUSH_PROMISE is shorter than the payload",
        PROTOCOL_ERROR,
        frames(PUSH_PROMISE, 0x0C, 1, b"\0\0\0\0\x02", b"\x03\0\0\0\x02\0\0\0"),
        frames(PUSH_PROMISE, 0x0C, 1, b"\x08\0\0\0\x02\0\0\0", b"\xff\0\0\0\x02\0\0\0"),
    ),
    Rule(  # as of HEADERS
        "RFC 7540 6.6",
        "padding of PUSH_PROMISE leaves the promised stream alone",
        PROTOCOL_ERROR,
        frames(PUSH_PROMISE, 0x0C, 1, b"\x03\0\0\0\x02\0\0\0"),
        frames(PUSH_PROMISE, 0x0C, 1, b"\x04\0\0\0\x02\0\0\0", b"\x01\0\0\0\x02"),
    ),
    Rule(
        "6.6",
        "PUSH_PROMISE promises a stream that a server can open",  # section 5.1.1: an even number
        PROTOCOL_ERROR,
        frames(PUSH_PROMISE, 0x04, 1, b"\0\0\0\x02", b"\x7f\xff\xff\xfe"),
        frames(PUSH_PROMISE, 0x04, 1, bytes(4), b"\x80\0\0\0", b"\0\0\0\x01", b"\x7f\xff\xff\xff")
        + frames(PUSH_PROMISE, 0x0C, 1, b"\0\0\0\0\x03"),
    ),
    Rule(
        "4.2",
        "PUSH_PROMISE has a pad length and a promised stream",
        FRAME_SIZE_ERROR,
        frames(PUSH_PROMISE, 0x04, 1, b"\0\0\0\x02")
        + frames(PUSH_PROMISE, 0x0C, 1, b"\0\0\0\0\x02"),
        frames(PUSH_PROMISE, 0x04, 1, b"", b"\0\0\0")
        + frames(PUSH_PROMISE, 0x0C, 1, b"", b"\0\0\0\x02"),
    ),
    on_connection("6.7", "PING"),
    on_connection("6.7", "PING ACK"),
    fixed_length("6.7", "PING"),
    fixed_length("6.7", "PING ACK"),
    on_connection("6.8", "GOAWAY"),
    Rule(
        "4.2",
        "GOAWAY has a last stream and an error code",
        FRAME_SIZE_ERROR,
        frames(GOAWAY, 0, 0, bytes(8), bytes(9), bytes(16384)),
        frames(GOAWAY, 0, 0, b"", bytes(4), bytes(7)),
    ),
    Rule(
        "6.9",
        "the increment of WINDOW_UPDATE is not 0",
        PROTOCOL_ERROR,
        frames(WINDOW_UPDATE, 0, 1, b"\0\0\0\x01", b"\x7f\xff\xff\xff")
        + frames(WINDOW_UPDATE, 0, 0, b"\0\0\0\x01", b"\x7f\xff\xff\xff"),
        frames(WINDOW_UPDATE, 0, 1, bytes(4), b"\x80\0\0\0")
        + frames(WINDOW_UPDATE, 0, 0, bytes(4)),
    ),
    fixed_length("6.9", "WINDOW_UPDATE"),
    on_stream("6.10", "CONTINUATION"),
    Rule(
        "4.2",
        "ALTSVC has its origin (RFC 7838 section 4)",
        FRAME_SIZE_ERROR,
        frames(ALTSVC, 0, 0, b"\0\0", b"\0\x01a", b"\0\x01afield"),
        frames(ALTSVC, 0, 0, b"", b"\0", b"\0\x01", b"\0\x02a", b"\xff\xffa"),
    ),
    on_connection("RFC 9218 7.1", "PRIORITY_UPDATE"),
    Rule(
        "RFC 9218 7.1",
        "the prioritized stream is not 0",
        PROTOCOL_ERROR,
        frames(PRIORITY_UPDATE, 0, 0, b"\0\0\0\x01", b"\x7f\xff\xff\xffu=1"),
        frames(PRIORITY_UPDATE, 0, 0, bytes(4), b"\0\0\0\0u=1", b"\x80\0\0\0u=1"),
    ),
    Rule(
        "4.2",
        "PRIORITY_UPDATE has a prioritized stream",
        FRAME_SIZE_ERROR,
        frames(PRIORITY_UPDATE, 0, 0, b"\0\0\0\x01"),
        frames(PRIORITY_UPDATE, 0, 0, b"", b"\0\0\0"),
    ),
]


def parse_one(frame: bytes) -> Frame:
    (parsed,), consumed = parse_frames(frame)
    assert consumed == len(frame)
    return parsed


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_frames_that_keep_the_rule(rule: Rule) -> None:
    for frame in rule.right:
        parsed = parse_one(frame)
        assert (parsed.type, parsed.flags) == (frame[3], frame[4])
        assert parsed.stream_id == int.from_bytes(frame[5:9], "big")
        assert parsed.length == len(frame) - 9


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_frames_that_break_the_rule(rule: Rule) -> None:
    for frame in rule.wrong:
        with pytest.raises(FrameError) as caught:
            parse_frames(FRAMES["PING"] + frame + FRAMES["PING"])
        error = caught.value
        assert error.error_code == rule.code, frame
        assert (error.type, error.length, error.offset) == (frame[3], len(frame) - 9, 17)
        assert error.stream_id == int.from_bytes(frame[5:9], "big") & ~RESERVED
        assert [before.type for before in error.frames] == [PING]


# ------------------------------------------------------------------ section 4.1: the frame's header


def test_4_1_the_length_is_without_the_header() -> None:
    (frame,), consumed = parse_frames(octets(DATA, 0, 1) + header(1))
    assert (frame.length, consumed) == (0, 9)
    (frame,), consumed = parse_frames(octets(DATA, 0, 1, b"d") + header(1))
    assert (frame.length, consumed) == (1, 10)


@pytest.mark.parametrize("name", FRAMES)
def test_4_1_the_reserved_bit_is_ignored(name: str) -> None:
    frame = FRAMES[name]
    reserved = frame[:5] + bytes([frame[5] | 0x80]) + frame[6:]
    assert parts(parse_one(reserved)) == parts(parse_one(frame))


@pytest.mark.parametrize("name", FRAMES)
def test_4_1_unused_flags_are_ignored(name: str) -> None:
    frame = FRAMES[name]
    unused = 0xFF & ~sum(FLAGS[frame[3]].values())
    for flags in range(256):
        if flags & ~unused == 0:
            flagged = frame[:4] + bytes([frame[4] | flags]) + frame[5:]
            assert parts(parse_one(flagged)) == parts(parse_one(frame)) | {"flags": flagged[4]}


@pytest.mark.parametrize("frame_type", UNKNOWN_TYPES)
def test_4_1_frames_of_unknown_types_are_no_errors(frame_type: int) -> None:
    """They are handed over, so that a connection can discard them."""
    for flags in 0, 0xFF:
        for stream_id in 0, 1, 2**31 - 1:
            for payload in b"", b"anything", b"\xff" * 16384:
                frame = parse_one(octets(frame_type, flags, stream_id, payload))
                assert (frame.type, frame.flags, frame.stream_id) == (frame_type, flags, stream_id)
                assert frame.data == payload
                assert (frame.settings, frame.priority, frame.pad_length) == (None, None, None)
                assert not any((frame.end_stream, frame.end_headers, frame.ack))


# -------------------------------------------------------------------- section 4.2: the frame's size


@pytest.mark.parametrize("frame_type", range(256))
def test_4_2_a_frame_above_the_maximum_size_is_refused_on_its_header(frame_type: int) -> None:
    stream_id = 0 if frame_type in (SETTINGS, PING, GOAWAY, PRIORITY_UPDATE) else 1
    for most in 0, 16384, 16385, 2**24 - 2:
        too_large = header(most + 1, frame_type, 0, stream_id)
        assert parse_frames(too_large[:8], most) == ([], 0)
        with pytest.raises(FrameError) as caught:
            parse_frames(too_large, most)
        assert caught.value.error_code == FRAME_SIZE_ERROR
        assert caught.value.length == most + 1
        assert parse_frames(too_large, most + 1) == ([], 0)


def test_4_2_frames_of_16384_octets_are_taken() -> None:
    for frame_type in DATA, HEADERS, CONTINUATION, 0xFF:
        assert parse_one(octets(frame_type, 0, 1, b"x" * 16384)).data == b"x" * 16384


def test_4_2_the_largest_frame() -> None:
    largest = octets(DATA, 0, 1, bytes(2**24 - 1))
    (frame,), consumed = parse_frames(largest, 2**24 - 1)
    assert (frame.length, consumed) == (2**24 - 1, 2**24 + 8)


# ----------------------------------------------------------------------- section 6: what is ignored


@pytest.mark.parametrize("name", ["DATA", "HEADERS", "PUSH_PROMISE"])
def test_6_1_padding_is_not_verified(name: str) -> None:
    frame = FRAMES[name]
    assert parts(parse_one(frame[:-2] + b"\x01\xff")) == parts(parse_one(frame))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("PUSH_PROMISE", "promised_stream_id"),  # section 6.6
        ("GOAWAY", "last_stream_id"),  # section 6.8
        ("WINDOW_UPDATE", "window_increment"),  # section 6.9
        ("PRIORITY_UPDATE", "prioritized_stream_id"),  # RFC 9218 section 7.1
    ],
)
def test_6_the_reserved_bit_of_a_payload_is_ignored(name: str, part: str) -> None:
    frame = FRAMES[name]
    at = 10 if name == "PUSH_PROMISE" else 9  # behind the pad length
    reserved = frame[:at] + bytes([frame[at] | 0x80]) + frame[at + 1 :]
    assert parts(parse_one(reserved)) == parts(parse_one(frame))
    assert getattr(parse_one(reserved), part) == int.from_bytes(frame[at : at + 4], "big")


@pytest.mark.parametrize(
    ("fields", "priority"),
    [
        (b"\0\0\0\0\0", (0, 1, False)),
        (b"\x80\0\0\x03\xff", (3, 256, True)),
        (b"\x7f\xff\xff\xff\x0f", (2**31 - 1, 16, False)),
        (b"\xff\xff\xff\xff\x0f", (2**31 - 1, 16, True)),
    ],
)
def test_6_3_the_first_bit_of_a_priority_is_not_the_dependencys(
    fields: bytes, priority: tuple[int, int, bool]
) -> None:
    assert parse_one(octets(PRIORITY, 0, 1, fields)).priority == priority
    assert parse_one(octets(HEADERS, 0x24, 1, fields)).priority == priority
    assert parse_one(octets(HEADERS, 0x2C, 1, b"\x01" + fields + b"\0")).priority == priority
    assert parse_one(octets(HEADERS, 0x04, 1, fields)).priority is None


def test_6_5_settings_are_kept_in_their_order_known_or_not() -> None:
    """Section 6.5.3: in order; 6.5.2: unknown ones are ignored, so are no errors."""
    frame = octets(
        SETTINGS, 0, 0, b"\xff\xff\0\0\0\x01\0\x04\xff\xff\xff\xff\0\x01\0\0\0\0\0\x04\0\0\0\x02"
    )
    assert parse_one(frame).settings == [(0xFFFF, 1), (4, 2**32 - 1), (1, 0), (4, 2)]


def test_6_5_2_values_of_settings_are_left_to_the_connection() -> None:
    for identifier, value in (2, 2), (4, 2**31), (5, 16383), (5, 2**24):
        payload = identifier.to_bytes(2, "big") + value.to_bytes(4, "big")
        assert parse_one(octets(SETTINGS, 0, 0, payload)).settings == [(identifier, value)]


@pytest.mark.parametrize("code", [0, 0x0D, 0x0E, 2**32 - 1])
def test_7_unknown_error_codes_are_no_errors(code: int) -> None:
    word = code.to_bytes(4, "big")
    assert parse_one(octets(RST_STREAM, 0, 1, word)).error_code == code
    assert parse_one(octets(GOAWAY, 0, 0, bytes(4) + word)).error_code == code


# ----------------------------------------------- frames that a connection ignores and are no errors


@pytest.mark.parametrize(("stream_id", "origin"), [(0, b""), (1, b"https://a.example")])
def test_rfc7838_4_altsvc_that_must_be_ignored(stream_id: int, origin: bytes) -> None:
    payload = len(origin).to_bytes(2, "big") + origin + b"field"
    frame = parse_one(octets(ALTSVC, 0, stream_id, payload))
    assert (parts(frame)["origin"], parts(frame)["data"]) == (origin, b"field")


@pytest.mark.parametrize(("flags", "stream_id"), [(0, 1), (0x01, 0), (0x0F, 0)])
def test_rfc8336_2_origin_that_must_be_ignored(flags: int, stream_id: int) -> None:
    """Section 2.2: of a stream, or with one of the flags that are there to change its meaning."""
    frame = parse_one(octets(ORIGIN, flags, stream_id, b"\0\x01a"))
    assert (frame.flags, frame.stream_id, bytes(frame.data)) == (flags, stream_id, b"\0\x01a")


# ------------------------------------------------------------------------------- section 6: sending


def test_6_what_is_sent_has_no_unused_flag_no_reserved_bit_and_zeroes_for_padding() -> None:
    sent = {
        "DATA": build_data(1, b"data", end_stream=True, pad_length=2),
        "HEADERS": build_headers(
            1, b"block", end_stream=True, priority=(3, 256, True), pad_length=2
        ),
        "PRIORITY": build_priority(1, 3, 16),
        "RST_STREAM": build_rst_stream(1, 8),
        "SETTINGS": build_settings({1: 4096, 4: 65536}),
        "SETTINGS ACK": build_settings(ack=True),
        "PUSH_PROMISE": build_push_promise(1, 2, b"block", pad_length=2),
        "PING": build_ping(b"8 octets"),
        "PING ACK": build_ping(b"8 octets", ack=True),
        "GOAWAY": build_goaway(7, 2, b"debug"),
        "WINDOW_UPDATE": build_window_update(1, 1),
        "CONTINUATION": build_continuation(1, b"block"),
        "ALTSVC": build_altsvc(0, b"a.example", b"field"),
        "ORIGIN": build_origin([b"a.example"]),
        "PRIORITY_UPDATE": build_priority_update(3, b"u=1"),
    }
    assert sent == FRAMES
