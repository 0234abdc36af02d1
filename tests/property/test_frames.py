"""Arbitrary frames of every type: built, parsed, cut and split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, strategies as st
from hypothesis.strategies import SearchStrategy

from h2fast.frames import (
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
from tests.octets import FLAGS, header, parts

ABSENT = {"end_stream": False, "end_headers": False, "ack": False, "data": b""} | dict.fromkeys(
    [
        "pad_length",
        "priority",
        "error_code",
        "promised_stream_id",
        "last_stream_id",
        "prioritized_stream_id",
        "window_increment",
        "settings",
        "origin",
    ]
)


@dataclass(frozen=True)
class Built:
    """How a frame is built, and what it then says."""

    build: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    says: dict[str, Any]

    def octets(self) -> bytes:
        built = self.build(*self.arguments, **self.options)
        assert isinstance(built, bytes)
        return built


streams = st.sampled_from([1, 2**30, 2**31 - 1]) | st.integers(1, 2**31 - 1)
any_streams = st.just(0) | streams
words = st.sampled_from([0, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
booleans = st.booleans()
data = st.binary(max_size=80)
paddings = st.none() | st.integers(0, 255)
priorities = st.tuples(any_streams, st.integers(1, 256), booleans)


def flag_byte(frame_type: int, **flags: bool) -> int:
    return sum(FLAGS[frame_type][name] for name, is_set in flags.items() if is_set)


def data_frame(stream: int, content: bytes, end: bool, padding: int | None) -> Built:
    flags = flag_byte(0, END_STREAM=end, PADDED=padding is not None)
    says = {"type": 0, "flags": flags, "stream_id": stream, "data": content}
    options = {"end_stream": end, "pad_length": padding}
    return Built(build_data, (stream, content), options, says | options)


def headers_frame(
    stream: int,
    block: bytes,
    ends: tuple[bool, bool],
    padding: int | None,
    priority: tuple[int, int, bool] | None,
) -> Built:
    flags = flag_byte(
        1,
        END_STREAM=ends[0],
        END_HEADERS=ends[1],
        PADDED=padding is not None,
        PRIORITY=priority is not None,
    )
    says = {"type": 1, "flags": flags, "stream_id": stream, "data": block}
    options = {
        "end_stream": ends[0],
        "end_headers": ends[1],
        "pad_length": padding,
        "priority": priority,
    }
    return Built(build_headers, (stream, block), options, says | options)


def priority_frame(stream: int, priority: tuple[int, int, bool]) -> Built:
    says = {"type": 2, "flags": 0, "stream_id": stream, "priority": priority}
    return Built(build_priority, (stream, *priority), {}, says)


def rst_stream_frame(stream: int, code: int) -> Built:
    says = {"type": 3, "flags": 0, "stream_id": stream, "error_code": code}
    return Built(build_rst_stream, (stream, code), {}, says)


def settings_frame(settings: list[tuple[int, int]], ack: bool) -> Built:
    settings = [] if ack else settings
    payload = b"".join(
        name.to_bytes(2, "big") + value.to_bytes(4, "big") for name, value in settings
    )
    says = {"type": 4, "flags": int(ack), "stream_id": 0, "settings": settings, "data": payload}
    return Built(build_settings, (settings,), {"ack": ack}, says | {"ack": ack})


def push_promise_frame(
    stream: int, promised: int, block: bytes, end: bool, padding: int | None
) -> Built:
    flags = flag_byte(5, END_HEADERS=end, PADDED=padding is not None)
    says = {"type": 5, "flags": flags, "stream_id": stream, "data": block}
    options = {"end_headers": end, "pad_length": padding}
    arguments = stream, promised, block
    return Built(
        build_push_promise, arguments, options, says | options | {"promised_stream_id": promised}
    )


def ping_frame(opaque: bytes, ack: bool) -> Built:
    says = {"type": 6, "flags": int(ack), "stream_id": 0, "data": opaque, "ack": ack}
    return Built(build_ping, (opaque,), {"ack": ack}, says)


def goaway_frame(last: int, code: int, debug: bytes) -> Built:
    says = {"type": 7, "flags": 0, "stream_id": 0, "data": debug}
    return Built(
        build_goaway, (last, code, debug), {}, says | {"last_stream_id": last, "error_code": code}
    )


def window_update_frame(stream: int, increment: int) -> Built:
    says = {"type": 8, "flags": 0, "stream_id": stream, "window_increment": increment}
    return Built(build_window_update, (stream, increment), {}, says)


def continuation_frame(stream: int, block: bytes, end: bool) -> Built:
    flags = flag_byte(9, END_HEADERS=end)
    says = {"type": 9, "flags": flags, "stream_id": stream, "data": block, "end_headers": end}
    return Built(build_continuation, (stream, block), {"end_headers": end}, says)


def altsvc_frame(stream: int, origin: bytes, value: bytes) -> Built:
    says = {"type": 10, "flags": 0, "stream_id": stream, "origin": origin, "data": value}
    return Built(build_altsvc, (stream, origin, value), {}, says)


def origin_frame(origins: list[bytes]) -> Built:
    payload = b"".join(len(origin).to_bytes(2, "big") + origin for origin in origins)
    says = {"type": 12, "flags": 0, "stream_id": 0, "data": payload}
    return Built(build_origin, (origins,), {}, says)


def priority_update_frame(prioritized: int, value: bytes) -> Built:
    says = {"type": 16, "flags": 0, "stream_id": 0, "data": value}
    return Built(
        build_priority_update,
        (prioritized, value),
        {},
        says | {"prioritized_stream_id": prioritized},
    )


def unknown_frame(frame_type: int, flags: int, stream: int, payload: bytes) -> Built:
    says = {"type": frame_type, "flags": flags, "stream_id": stream, "data": payload}
    return Built(build_frame, (frame_type, flags, stream, payload), {}, says)


unknown_types = st.integers(0, 255).filter(lambda frame_type: frame_type not in FLAGS)

FRAMES: dict[str, SearchStrategy[Built]] = {
    "DATA": st.builds(data_frame, streams, data, booleans, paddings),
    "HEADERS": st.builds(
        headers_frame,
        streams,
        data,
        st.tuples(booleans, booleans),
        paddings,
        st.none() | priorities,
    ),
    "PRIORITY": st.builds(priority_frame, streams, priorities),
    "RST_STREAM": st.builds(rst_stream_frame, streams, words),
    "SETTINGS": st.builds(
        settings_frame, st.lists(st.tuples(st.integers(0, 2**16 - 1), words), max_size=8), booleans
    ),
    "PUSH_PROMISE": st.builds(
        push_promise_frame,
        streams,
        st.integers(1, 2**30 - 1).map(lambda half: 2 * half),
        data,
        booleans,
        paddings,
    ),
    "PING": st.builds(ping_frame, st.binary(min_size=8, max_size=8), booleans),
    "GOAWAY": st.builds(goaway_frame, any_streams, words, data),
    "WINDOW_UPDATE": st.builds(window_update_frame, any_streams, streams),
    "CONTINUATION": st.builds(continuation_frame, streams, data, booleans),
    "ALTSVC": st.builds(altsvc_frame, any_streams, data, data),
    "ORIGIN": st.builds(origin_frame, st.lists(data, max_size=4)),
    "PRIORITY_UPDATE": st.builds(priority_update_frame, streams, data),
    "unknown": st.builds(unknown_frame, unknown_types, st.integers(0, 255), any_streams, data),
}
any_frame = st.one_of(*FRAMES.values())


@pytest.mark.parametrize("name", FRAMES)
@given(frames=st.data())
def test_what_is_built_is_parsed(name: str, frames: st.DataObject) -> None:
    built = frames.draw(FRAMES[name])
    octets = built.octets()
    (frame,), consumed = parse_frames(octets, max_frame_size=len(octets) - 9)
    assert consumed == len(octets)
    assert parts(frame) == ABSENT | {"length": len(octets) - 9} | built.says
    into = bytearray(b"before")
    assert built.build(*built.arguments, **built.options, into=into) is None
    assert into == b"before" + octets


@pytest.mark.parametrize("name", FRAMES)
@given(frames=st.data(), before=any_frame)
def test_a_truncated_frame_is_not_there_yet(
    name: str, frames: st.DataObject, before: Built
) -> None:
    octets, first = frames.draw(FRAMES[name]).octets(), before.octets()
    for end in range(len(octets)):
        assert parse_frames(octets[:end]) == ([], 0)
        (frame,), consumed = parse_frames(first + octets[:end])
        assert (frame.length, consumed) == (len(first) - 9, len(first))


@given(st.lists(any_frame, max_size=6), st.data())
def test_frames_are_the_same_however_they_come(frames: list[Built], random: st.DataObject) -> None:
    octets = b"".join(frame.octets() for frame in frames)
    whole, consumed = parse_frames(octets)
    assert (len(whole), consumed) == (len(frames), len(octets))
    cuts = sorted(random.draw(st.lists(st.integers(0, len(octets)), max_size=20)))
    held, seen = b"", []
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        held += octets[start:end]
        ready, taken = parse_frames(held)
        seen += ready
        held = held[taken:]
    assert held == b""
    assert [parts(frame) for frame in seen] == [parts(frame) for frame in whole]


@given(st.lists(any_frame, max_size=3))
def test_frames_come_octet_by_octet(frames: list[Built]) -> None:
    held, seen = b"", []
    for octet in b"".join(frame.octets() for frame in frames):
        held += bytes([octet])
        ready, taken = parse_frames(held)
        assert taken in (0, len(held))
        seen += [parts(frame) for frame in ready]
        held = held[taken:]
    expected = [ABSENT | {"length": len(frame.octets()) - 9} | frame.says for frame in frames]
    assert (held, seen) == (b"", expected)


@given(
    st.lists(any_frame, max_size=3),
    st.integers(0, 2**24 - 2),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 2**32 - 1),
    st.integers(1, 2**24),
)
def test_a_frame_that_is_too_large_is_refused_on_nine_octets(
    frames: list[Built], most: int, frame_type: int, flags: int, stream: int, above: int
) -> None:
    before = b"".join(frame.octets() for frame in frames)
    most = max(most, len(before))
    length = min(most + above, 2**24 - 1)
    too_large = header(length, frame_type, flags, stream)
    ready, consumed = parse_frames(before + too_large[:8], most)
    assert (len(ready), consumed) == (len(frames), len(before))
    with pytest.raises(FrameError, match=f"larger than {most} octets") as caught:
        parse_frames(before + too_large, most)
    error = caught.value
    assert (error.error_code, error.length, error.type) == (6, length, frame_type)
    assert (error.stream_id, error.offset) == (stream & 0x7FFFFFFF, len(before))
    assert [parts(frame) for frame in error.frames] == [parts(frame) for frame in ready]


@given(any_frame, st.integers(0, 255))
def test_any_flags_that_a_type_does_not_define_change_nothing_else(
    built: Built, flags: int
) -> None:
    octets = built.octets()
    flags &= ~sum(FLAGS.get(octets[3], {"all": 255}).values())
    flagged = octets[:4] + bytes([octets[4] | flags]) + octets[5:]
    (frame,), _ = parse_frames(flagged)
    assert parts(frame) == ABSENT | {"length": len(octets) - 9} | built.says | {"flags": flagged[4]}
