"""Corruptions of valid frames: h2fast.hyperframe gives hyperframe's frame or its exception, and
leaves the frame as hyperframe does.

H2FAST_RANDOM_FRAMES=1000000 in the environment makes the long run.
"""

from __future__ import annotations

import random
from typing import Any

import hyperframe.frame as upstream
import pytest
from hypothesis import given, strategies as st

import h2fast.hyperframe.frame as drop_in
from tests.differential.corrupted import RANDOM_FRAMES, VALID, corruptions, several_faults
from tests.octets import octets


def attributes(frame: Any) -> dict[str, Any]:
    """What upstream's frames of this class have, of a frame of either package."""
    names = vars(getattr(upstream, type(frame).__name__)(**required(frame)))
    state = {name: getattr(frame, name) for name in names if name != "flags"}
    types = {name: type(value) for name, value in state.items()}
    return state | {"types": types, "type": frame.type, "flags": sorted(frame.flags)}


def required(frame: Any) -> dict[str, int]:
    """The arguments that its constructor needs."""
    stream_id = 0 if frame.stream_association == "no-stream" else 1
    extension = type(frame).__name__ == "ExtensionFrame"
    return {"stream_id": stream_id} | ({"type": 0xFB} if extension else {})


def outcome(package: Any, head: bytes, payload: bytes, strict: bool = False) -> Any:
    """The frame, how its payload was taken, what it sends again; or why there is no frame."""
    try:
        frame, length = package.Frame.parse_frame_header(memoryview(head), strict=strict)
    except Exception as error:
        return type(error).__name__, str(error)
    said = ""
    try:
        frame.parse_body(memoryview(payload))
    except Exception as error:
        said = f"{type(error).__name__}: {error}: {type(error.__cause__).__name__}"
    left = attributes(frame)
    try:
        again: object = frame.serialize()
    except Exception as error:
        again = type(error).__name__, str(error)
    return type(frame).__name__, length, said, left, again, attributes(frame)


def check(frame: bytes) -> None:
    ours, theirs = (outcome(p, frame[:9], frame[9:]) for p in (drop_in, upstream))
    assert ours == theirs, frame


@pytest.mark.parametrize("frame", VALID, ids=lambda frame: frame.hex())
def test_corrupted_frames(frame: bytes) -> None:
    check(frame)
    for each in corruptions(frame):
        check(each)


def test_frames_with_several_faults() -> None:
    source = random.Random(9113)
    for _ in range(RANDOM_FRAMES):
        check(several_faults(source))


@given(st.integers(0, 17), st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=40))
def test_any_frame(frame_type: int, flags: int, stream_id: int, payload: bytes) -> None:
    check(octets(frame_type, flags, stream_id, payload))


@given(st.binary(max_size=12), st.booleans(), st.binary(max_size=20))
def test_any_header(head: bytes, strict: bool, payload: bytes) -> None:
    """Of any length, and with a payload that is not as long as the header says."""
    for each in head, (head * 9)[:9]:
        ours, theirs = (outcome(p, each, payload, strict) for p in (drop_in, upstream))
        assert ours == theirs
