"""h2fast.frames: parsing over buffers and building, with hyperframe as the oracle."""

from __future__ import annotations

import copy
import gc
import inspect
from array import array
from collections import OrderedDict
from collections.abc import Callable

import hyperframe.frame as upstream
import pytest
from hypothesis import given, strategies as st

from h2fast.frames import (
    Frame,
    FrameError,
    build_altsvc,
    build_continuation,
    build_data,
    build_frame,
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

PROTOCOL_ERROR, FRAME_SIZE_ERROR = 1, 6

BUILT: dict[str, bytes] = {
    "DATA": build_data(1, b"data", end_stream=True, pad_length=3),
    "HEADERS": build_headers(3, b"block", priority=(1, 256, True), pad_length=0),
    "PRIORITY": build_priority(5, 3, 16),
    "RST_STREAM": build_rst_stream(1, 8),
    "SETTINGS": build_settings([(1, 4096), (4, 2**32 - 1), (0x1234, 0)]),
    "PUSH_PROMISE": build_push_promise(1, 2, b"block", end_headers=False, pad_length=255),
    "PING": build_ping(b"8 octets", ack=True),
    "GOAWAY": build_goaway(7, 2, b"debug"),
    "WINDOW_UPDATE": build_window_update(0, 2**31 - 1),
    "CONTINUATION": build_continuation(3, b"more"),
    "ALTSVC": build_altsvc(0, b"https://example.com", b'h3=":443"'),
    "ORIGIN": build_origin([b"https://a.example", b"https://b.example"]),
    "PRIORITY_UPDATE": build_priority_update(5, b"u=1, i"),
    "type 0xfb": build_frame(0xFB, 0x5A, 7, b"anything"),
}


def parse_one(octets: bytes | bytearray) -> Frame:
    (frame,), consumed = parse_frames(octets)
    assert consumed == len(octets)
    return frame


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built_is_parsed(name: str) -> None:
    frame = parse_one(BUILT[name])
    assert frame.type_name == name
    assert frame.length == len(BUILT[name]) - 9
    assert name in repr(frame)


def test_the_parts_of_every_type() -> None:
    frame = {name: parse_one(octets) for name, octets in BUILT.items()}
    data, headers, pushed = frame["DATA"], frame["HEADERS"], frame["PUSH_PROMISE"]
    assert (bytes(data.data), data.end_stream, data.pad_length) == (b"data", True, 3)
    assert (bytes(headers.data), headers.end_stream, headers.end_headers) == (b"block", False, True)
    assert (headers.priority, headers.pad_length) == ((1, 256, True), 0)
    assert frame["PRIORITY"].priority == (3, 16, False)
    assert frame["RST_STREAM"].error_code == 8
    assert frame["SETTINGS"].settings == [(1, 4096), (4, 2**32 - 1), (0x1234, 0)]
    assert (pushed.promised_stream_id, bytes(pushed.data)) == (2, b"block")
    assert (pushed.end_headers, pushed.pad_length) == (False, 255)
    assert (frame["PING"].ack, bytes(frame["PING"].data)) == (True, b"8 octets")
    assert (frame["GOAWAY"].last_stream_id, frame["GOAWAY"].error_code) == (7, 2)
    assert bytes(frame["GOAWAY"].data) == b"debug"
    assert frame["WINDOW_UPDATE"].window_increment == 2**31 - 1
    assert frame["CONTINUATION"].end_headers
    assert bytes(frame["ALTSVC"].origin or b"") == b"https://example.com"
    assert bytes(frame["ALTSVC"].data) == b'h3=":443"'
    assert bytes(frame["ORIGIN"].data) == b"\x00\x11https://a.example\x00\x11https://b.example"
    assert frame["PRIORITY_UPDATE"].prioritized_stream_id == 5
    assert bytes(frame["PRIORITY_UPDATE"].data) == b"u=1, i"
    unknown = frame["type 0xfb"]
    assert (unknown.type, unknown.flags, unknown.stream_id) == (0xFB, 0x5A, 7)
    assert bytes(unknown.data) == b"anything"


def test_parts_that_a_type_does_not_have() -> None:
    ping = parse_one(BUILT["PING"])
    assert not ping.end_stream
    assert not ping.end_headers
    for part in ("pad_length", "priority", "error_code", "promised_stream_id", "last_stream_id",
                 "prioritized_stream_id", "window_increment", "settings", "origin"):  # fmt: skip
        assert getattr(ping, part) is None


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array("B", data)])
def test_frames_are_views_of_any_contiguous_buffer(kind: Callable[[bytes], bytes]) -> None:
    octets = b"".join(BUILT.values())
    frames, consumed = parse_frames(kind(octets))
    assert consumed == len(octets)
    assert [frame.type_name for frame in frames] == list(BUILT)
    assert bytes(frames[0].data) == b"data"
    assert frames[0].data.readonly


def test_views_are_not_copies_and_keep_their_buffer_in_place() -> None:
    buffer = bytearray(BUILT["DATA"])
    (frame,), _ = parse_frames(buffer)
    buffer[10] = ord("D")
    assert bytes(frame.data) == b"Data"
    with pytest.raises(BufferError):
        buffer += b"more"
    del frame
    buffer += b"more"


PARTS = [name for name, part in vars(Frame).items() if inspect.isgetsetdescriptor(part)]


@pytest.mark.parametrize("name", BUILT)
@pytest.mark.parametrize("octet", [0, 0xFF])
def test_what_the_buffer_becomes_does_not_move_the_parts(name: str, octet: int) -> None:
    """Lengths, flags and types in it are not believed twice."""
    buffer = bytearray(BUILT[name])
    frame = parse_one(buffer)
    before = {part: getattr(frame, part) for part in PARTS}
    assert "data" in before
    buffer[:] = bytes([octet]) * len(buffer)
    for part, value in before.items():
        now = getattr(frame, part)
        if isinstance(value, memoryview):
            assert (now.tobytes(), value.tobytes()) == (bytes([octet]) * len(value),) * 2
        elif part in ("type", "type_name", "flags", "stream_id", "length", "pad_length"):
            assert now == value
        else:
            assert type(now) is type(value)


def test_a_view_outlives_the_frame_and_the_buffer() -> None:
    data = parse_frames(bytes(bytearray(BUILT["DATA"])))[0][0].data
    gc.collect()
    assert data.tobytes() == b"data"


def test_a_frame_is_its_data_to_whoever_asks_for_octets() -> None:
    view = memoryview(parse_one(BUILT["DATA"]))  # type: ignore[arg-type]
    assert view.tobytes() == b"data"
    assert view.readonly


@pytest.mark.parametrize("name", BUILT)
def test_every_truncation_is_incomplete_and_consumes_nothing(name: str) -> None:
    octets = BUILT["SETTINGS"] + BUILT[name]
    for end in range(len(BUILT["SETTINGS"]), len(octets)):
        frames, consumed = parse_frames(octets[:end])
        assert (len(frames), consumed) == (1, len(BUILT["SETTINGS"]))


def test_a_frame_that_is_too_large_is_refused_on_its_header() -> None:
    header = (16385).to_bytes(3, "big") + b"\x00\x00\x00\x00\x00\x01"
    assert parse_frames(header[:8]) == ([], 0)
    with pytest.raises(FrameError, match="larger than 16384 octets") as caught:
        parse_frames(header)
    assert caught.value.error_code == FRAME_SIZE_ERROR
    assert parse_frames(header, max_frame_size=16385) == ([], 0)


@pytest.mark.parametrize("size", [-1, 2**24])
def test_frame_sizes_out_of_range(size: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 16777215, not {size}"):
        parse_frames(b"", max_frame_size=size)


MALFORMED = {
    "DATA on stream 0": (0, 0, 0, b"", PROTOCOL_ERROR, "has to be on a stream"),
    "SETTINGS on a stream": (4, 0, 1, b"", PROTOCOL_ERROR, "has to be on stream 0"),
    "padding": (0, 8, 1, b"\x05data", PROTOCOL_ERROR, "padding is longer"),
    "PING of 7 octets": (6, 0, 0, b"seven..", FRAME_SIZE_ERROR, "does not allow this length"),
    "ACK with settings": (4, 1, 0, b"\0\1\0\0\0\0", FRAME_SIZE_ERROR, "acknowledgement"),
    "promised client stream": (5, 4, 1, b"\0\0\0\3", PROTOCOL_ERROR, "promises stream 3"),
    "increment 0": (8, 0, 1, b"\0\0\0\0", PROTOCOL_ERROR, "increment is 0"),
    "prioritized stream 0": (16, 0, 0, b"\0\0\0\0", PROTOCOL_ERROR, "prioritized stream is 0"),
}


@pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED)
def test_malformed_frames(case: tuple[int, int, int, bytes, int, str]) -> None:
    frame_type, flags, stream_id, payload, code, text = case
    header = len(payload).to_bytes(3, "big") + bytes([frame_type, flags])
    before = BUILT["SETTINGS"]
    with pytest.raises(FrameError, match=text) as caught:
        parse_frames(before + header + stream_id.to_bytes(4, "big") + payload)
    error = caught.value
    assert (error.error_code, error.type, error.stream_id) == (code, frame_type, stream_id)
    assert (error.length, error.offset) == (len(payload), len(before))
    assert [frame.type_name for frame in error.frames] == ["SETTINGS"]


@pytest.mark.parametrize(
    "build",
    [
        lambda into: build_data(0, b"", into=into),
        lambda into: build_data(2**31, b"", into=into),
        lambda into: build_data(-1, b"", into=into),
        lambda into: build_data(1, b"", pad_length=256, into=into),
        lambda into: build_data(1, b"x" * 2**24, into=into),
        lambda into: build_priority(1, 0, 257, into=into),
        lambda into: build_push_promise(1, 3, b"", into=into),
        lambda into: build_ping(b"seven..", into=into),
        lambda into: build_window_update(1, 0, into=into),
        lambda into: build_settings([(1, 1)], ack=True, into=into),
        lambda into: build_altsvc(0, b"o" * 65536, b"", into=into),
        lambda into: build_frame(0, 0, 1, b"", into=into),
        lambda into: build_frame(256, 0, 1, b"", into=into),
    ],
)
def test_nothing_is_built_that_would_not_be_parsed(
    build: Callable[[bytearray | None], object],
) -> None:
    into = bytearray(b"before")
    with pytest.raises(ValueError, match=r".+"):
        build(into)
    assert into == b"before"
    with pytest.raises(ValueError, match=r".+"):
        build(None)


def test_numbers_wider_than_their_field_are_refused() -> None:
    with pytest.raises(OverflowError):
        build_rst_stream(1, 2**32)
    with pytest.raises(OverflowError):
        build_settings([(2**16, 1)])


def test_settings_of_any_iterable_in_its_order() -> None:
    turned = OrderedDict([(3, 100), (1, 4096)])
    turned.move_to_end(3)
    expected = build_settings([(1, 4096), (3, 100)])
    assert build_settings({1: 4096, 3: 100}) == build_settings(turned) == expected
    assert build_settings(iter([(1, 4096), (3, 100)])) == expected
    with pytest.raises(TypeError):
        build_settings({"1": 1})  # type: ignore[arg-type]


def test_errors_can_be_copied() -> None:
    with pytest.raises(FrameError) as caught:
        parse_frames(BUILT["PING"] + b"\0\0\0\0\0\0\0\0\0")
    copied = copy.copy(caught.value)
    assert str(copied) == str(caught.value)
    assert vars(copied) == vars(caught.value) | {"frames": []}


def test_building_into_a_bytearray_appends() -> None:
    into = bytearray()
    assert build_ping(b"8 octets", ack=True, into=into) is None
    assert build_data(1, memoryview(b"data"), end_stream=True, pad_length=3, into=into) is None
    assert into == BUILT["PING"] + BUILT["DATA"]


def test_frames_are_not_made_otherwise() -> None:
    with pytest.raises(TypeError, match="parse_frames"):
        Frame()
    assert bytes(Frame.__new__(Frame).data) == b""


stream_ids = st.integers(1, 2**31 - 1)
payloads = st.binary(max_size=100)
paddings = st.none() | st.integers(0, 255)


@given(stream_ids, payloads, st.booleans(), paddings)
def test_data_is_upstreams(stream_id: int, data: bytes, end: bool, padding: int | None) -> None:
    frame = upstream.DataFrame(stream_id, data, pad_length=padding or 0)
    frame.flags |= {"END_STREAM"} if end else set()
    frame.flags |= {"PADDED"} if padding is not None else set()
    assert build_data(stream_id, data, end_stream=end, pad_length=padding) == frame.serialize()


@given(
    stream_ids,
    payloads,
    paddings,
    st.none() | st.tuples(stream_ids, st.integers(1, 256), st.booleans()),
)
def test_headers_are_upstreams(
    stream_id: int, block: bytes, padding: int | None, priority: tuple[int, int, bool] | None
) -> None:
    frame = upstream.HeadersFrame(stream_id, block, flags=["END_HEADERS"], pad_length=padding or 0)
    if padding is not None:
        frame.flags.add("PADDED")
    if priority is not None:
        frame.flags.add("PRIORITY")
        frame.depends_on, weight, frame.exclusive = priority
        frame.stream_weight = weight - 1
    built = build_headers(stream_id, block, priority=priority, pad_length=padding)
    assert built == frame.serialize()
    parsed = parse_one(built)
    assert (bytes(parsed.data), parsed.priority, parsed.pad_length) == (block, priority, padding)


@given(st.binary(max_size=60))
def test_what_upstream_parses_is_parsed_alike(octets: bytes) -> None:
    """Of any octets; where this module refuses a frame, a rule of RFC 9113 is broken."""
    try:
        frames, _ = parse_frames(octets)
    except FrameError as error:
        frames = error.frames
    at = 0
    for ours in frames:
        theirs, length = upstream.Frame.parse_frame_header(memoryview(octets)[at : at + 9])
        theirs.parse_body(memoryview(octets)[at + 9 : at + 9 + length])
        assert (ours.type, ours.stream_id, ours.length) == (theirs.type, theirs.stream_id, length)
        for part in "data", "opaque_data", "body", "additional_data":
            if hasattr(theirs, part):
                assert bytes(ours.data) == getattr(theirs, part)
        at += 9 + length
