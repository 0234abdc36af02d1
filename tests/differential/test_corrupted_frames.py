"""Corruptions of valid frames: h2fast.frames takes what hyperframe takes and reads the same of it,
except where tests/differential/frame_differences.py says otherwise, and there always.

H2FAST_RANDOM_FRAMES=1000000 in the environment makes the long run.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import hyperframe.frame as upstream
import pytest
from hyperframe.exceptions import HyperframeError
from hypothesis import given, strategies as st

from h2fast.frames import Frame, FrameError, parse_frames
from tests.differential.corrupted import RANDOM_FRAMES, VALID, corruptions, several_faults
from tests.differential.frame_differences import FRAMES, FrameDifference, as_markdown
from tests.octets import (
    DATA,
    GOAWAY,
    HEADERS,
    PRIORITY,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    octets,
)


def read_by_hyperframe(frame: bytes) -> Any:
    """What hyperframe reads out of a frame, or None where it refuses it."""
    try:
        parsed, length = upstream.Frame.parse_frame_header(memoryview(frame)[:9])
        parsed.parse_body(memoryview(frame)[9:])
    except HyperframeError:
        return None
    return {"type": frame[3], "stream_id": parsed.stream_id, "length": length} | fields(parsed)


def fields(frame: Any) -> dict[str, Any]:
    """hyperframe's attributes under the names of h2fast.frames."""
    flags = set(frame.flags)
    data = [
        getattr(frame, name)
        for name in ("data", "opaque_data", "additional_data", "field", "body")
        if hasattr(frame, name)
    ]
    priority = None
    if "PRIORITY" in flags or type(frame) is upstream.PriorityFrame:
        priority = frame.depends_on, frame.stream_weight + 1, frame.exclusive
    prioritized = None
    if frame.type == PRIORITY_UPDATE:
        prioritized, data = number(frame.body) & 0x7FFFFFFF, [frame.body[4:]]
    return {
        "data": data[0] if data else None,
        "end_stream": "END_STREAM" in flags,
        "end_headers": "END_HEADERS" in flags,
        "ack": "ACK" in flags,
        "pad_length": frame.pad_length if "PADDED" in flags else None,
        "priority": priority,
        "error_code": getattr(frame, "error_code", None),
        "promised_stream_id": getattr(frame, "promised_stream_id", None),
        "last_stream_id": getattr(frame, "last_stream_id", None),
        "prioritized_stream_id": prioritized,
        "window_increment": getattr(frame, "window_increment", None),
        "settings": getattr(frame, "settings", None),
        "origin": getattr(frame, "origin", None),
    }


def read_by_h2fast(frame: bytes) -> Any:
    """Likewise, in the same terms."""
    try:
        (parsed,), consumed = parse_frames(frame)
    except FrameError:
        return None
    assert consumed == len(frame)
    return {name: value_of(parsed, name) for name in NAMES}


def value_of(frame: Frame, name: str) -> Any:
    value = getattr(frame, name)
    if name == "settings" and value is not None:
        return dict(value)  # of a repeated one, the last
    if name == "data" and frame.type in (PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE):
        return None  # hyperframe has no name for what is left there
    return bytes(value) if isinstance(value, memoryview) else value


NAMES = ["type", "stream_id", "length", *fields(upstream.PingFrame())]


def number(payload: bytes, at: int = 0) -> int:
    return int.from_bytes(payload[at : at + 4], "big")


def headers_key(flags: int, payload: bytes) -> str | None:
    priority = 5 if flags & 0x20 else 0
    if not flags & 0x08 or len(payload) < 1 + priority or payload[0] == 0:
        return None
    most = len(payload) - 1  # above that, both refuse it; of that, hyperframe does
    if payload[0] < most:
        return "padding-over-priority" if payload[0] > most - priority else None
    return "only-padding" if payload[0] == most and not priority else None


def push_promise_key(flags: int, payload: bytes) -> str | None:
    padded = 1 if flags & 0x08 else 0
    promised = number(payload, padded)
    if len(payload) < padded + 4 or promised == 0 or promised % 2 != 0:
        return None
    if padded and payload[0] > len(payload) - 5:
        return "padding-over-promised" if payload[0] < len(payload) else None
    if promised == 2**31:
        return "promised-0"
    return "reserved-promised" if promised > 2**31 else None


def priority_update_key(payload: bytes, on_stream: bool) -> str | None:
    wrong = on_stream or len(payload) < 4 or number(payload) & 0x7FFFFFFF == 0
    return "priority-update" if wrong else None


def explained(frame: bytes) -> str | None:
    """The key of the difference that a frame shows, found in its octets."""
    kind, flags, payload = frame[3], frame[4], frame[9:]
    on_stream = number(frame, 5) & 0x7FFFFFFF != 0
    key = None
    if int.from_bytes(frame[:3], "big") > 16384:
        key = "frame-size"
    elif kind == PRIORITY_UPDATE:
        key = priority_update_key(payload, on_stream)
    elif kind == HEADERS and on_stream:
        key = headers_key(flags, payload)
    elif kind == PUSH_PROMISE and on_stream:
        key = push_promise_key(flags, payload)
    elif kind == GOAWAY and not on_stream and len(payload) >= 8:
        key = "reserved-last-stream" if number(payload) >= 2**31 else None
    elif kind == WINDOW_UPDATE and len(payload) == 4:
        key = "reserved-increment" if number(payload) > 2**31 else None
    return key


REFUSED_BY = {difference.key: difference.refused_by for difference in FRAMES}


def check(frame: bytes) -> str | None:
    """The key of the difference, if there is one; there must be one exactly where one is listed."""
    key = explained(frame)
    ours, theirs = read_by_h2fast(frame), read_by_hyperframe(frame)
    if key is None:
        assert ours == theirs, frame
        return None
    refused_by = REFUSED_BY[key]
    assert (ours is None, theirs is None) == (refused_by == "h2fast", refused_by == "hyperframe"), (
        frame
    )
    assert ours != theirs, frame
    return key


@pytest.mark.parametrize("difference", FRAMES, ids=lambda difference: difference.key)
def test_the_differences_of_single_frames(difference: FrameDifference) -> None:
    frame = difference.example
    if difference.key != "frame-size":
        assert check(frame) == difference.key
        return
    assert explained(frame) == "frame-size"
    with pytest.raises(FrameError):
        parse_frames(frame)
    parsed, length = upstream.Frame.parse_frame_header(memoryview(frame))
    assert (parsed.type, length) == (DATA, 16385)


@pytest.mark.parametrize("frame", VALID, ids=lambda frame: frame.hex())
def test_corrupted_frames_differ_as_listed(frame: bytes) -> None:
    assert check(frame) is None
    for each in corruptions(frame):
        check(each)


def test_frames_with_several_faults_differ_as_listed() -> None:
    source = random.Random(9113)
    seen = {check(several_faults(source)) for _ in range(RANDOM_FRAMES)}
    assert set(REFUSED_BY) - seen <= {"frame-size", "promised-0"}  # too rare to come up


@given(st.integers(0, 17), st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=40))
def test_any_frame_differs_as_listed(
    frame_type: int, flags: int, stream_id: int, payload: bytes
) -> None:
    check(octets(frame_type, flags, stream_id, payload))


def test_the_table_of_the_documentation_is_this_list() -> None:
    assert as_markdown() in (Path(__file__).parents[2] / "docs" / "frames.md").read_text()
