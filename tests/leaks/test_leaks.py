"""Reference counts and resident memory stay flat, errors included; tables stay within their size.

The numbers of rounds are small here. ROUNDS=1000000 in the environment makes the long run.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from h2fast.hpack import Decoder, Encoder, HPACKError
from h2fast.hyperframe.exceptions import HyperframeError
from h2fast.hyperframe.frame import FRAMES, Frame
from h2fast.priority import PriorityError, PriorityTree, Stream
from h2fast.priority_field import PriorityFieldError, parse_priority
from tests.conftest import load_story, story_files
from tests.leaks.measures import assert_memory_is_flat, assert_no_object_is_left

ROUNDS = int(os.environ.get("ROUNDS", "20000"))

HEADERS: list[Any] = [
    (b":method", b"GET"),
    (":path", "/index.html"),
    ("user-agent", "some agent"),
    ("cookie", "secret", True),
    ("x-long", "\x01" * 50),
]
BAD_BLOCKS = [
    b"\x80",
    b"\xff" * 7,
    b"\x40\x05ab",
    b"\x00\x81\xff\x01b",
    b"\x82\x20",
    b"\x3f\xe2\x1f",
]


def encode_and_decode() -> Callable[[int], None]:
    encoder, decoder = Encoder(), Decoder()

    def work(i: int) -> None:
        block = encoder.encode([*HEADERS, ("x-counter", str(i))])
        decoder.decode(block, raw=i % 2 == 0)

    return work


def fail() -> Callable[[int], None]:
    encoder, decoder = Encoder(), Decoder()

    def work(i: int) -> None:
        with pytest.raises(HPACKError):
            decoder.decode(BAD_BLOCKS[i % len(BAD_BLOCKS)])
        with pytest.raises(HPACKError):
            decoder.decode(b"\x40\x01a\x01\xff")
        with pytest.raises(TypeError):
            encoder.encode([("a", "b"), 5])  # type: ignore[list-item]
        with pytest.raises(TypeError):
            decoder.decode("text")  # type: ignore[arg-type]

    return work


def new_contexts() -> Callable[[int], None]:
    def work(i: int) -> None:
        Decoder().decode(Encoder().encode([("x-counter", str(i))]))

    return work


def frame_objects() -> Callable[[int], None]:
    def work(i: int) -> None:
        for cls in FRAMES.values():
            made = cls(0 if cls.stream_association == "no-stream" else 2, flags=[])
            frame, _ = Frame.parse_frame_header(made.serialize()[:9])
            frame.parse_flags(255)
            with contextlib.suppress(HyperframeError):
                frame.parse_body(memoryview(b"\0\0\0" * (i % 5)))
            repr(frame)

    return work


def priorities() -> Callable[[int], None]:
    def work(i: int) -> None:
        tree = PriorityTree()
        for number in range(1, 30):
            tree.insert_stream(number, number // 2, exclusive=number % 5 == i % 5)
        tree.insert_stream(2**80 + i)
        view = tree._streams[7]
        with pytest.raises(PriorityError):
            tree.insert_stream(7)
        tree.remove_stream(7)
        tree.reprioritize(3, 29)
        next(tree)
        view.add_child(Stream(i))
        view.children[0].add_child(Stream(1))
        with contextlib.suppress(PriorityFieldError):
            parse_priority(b"u=%d" % i if i % 2 else b"u=,")

    return work


WORK = [encode_and_decode, fail, new_contexts, frame_objects, priorities]


@pytest.mark.parametrize("make", WORK)
def test_resident_memory_is_flat(make: Callable[[], Callable[[int], None]]) -> None:
    rounds = ROUNDS if make is encode_and_decode else ROUNDS // 10
    assert_memory_is_flat(make(), rounds, warm=rounds // 4)


@pytest.mark.parametrize("make", WORK)
def test_no_python_object_is_left(make: Callable[[], Callable[[int], None]]) -> None:
    assert_no_object_is_left(make(), 2000)


def test_reference_counts_of_what_is_encoded() -> None:
    encoder = Encoder()
    name, value = b"n" * 20, "v" * 20
    header = (name, value)
    headers = [header]
    objects = (name, value, header, headers)
    before = [sys.getrefcount(each) for each in objects]
    for _ in range(100):
        encoder.encode(headers)
        with pytest.raises(TypeError):
            encoder.encode([header, None])  # type: ignore[list-item]
    assert [sys.getrefcount(each) for each in objects] == before


def most_held(lists: list[list[tuple[bytes, bytes]]]) -> int:
    """The most octets that an encoder and a decoder keep alive while they work through lists."""
    work_through(lists[:1])  # what the interpreter keeps of the functions is not theirs
    tracemalloc.start()
    try:
        return work_through(lists)
    finally:
        tracemalloc.stop()


def work_through(lists: list[list[tuple[bytes, bytes]]]) -> int:
    most = 0
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    encoder, decoder = Encoder(), Decoder()
    for headers in lists:
        decoder.decode(encoder.encode(headers), raw=True)
        in_c = 0
        for each in (encoder, decoder):
            table = each.header_table
            in_c += sys.getsizeof(table) - object.__sizeof__(table)
        most = max(most, tracemalloc.get_traced_memory()[0] - before + in_c)
    return most


def test_contexts_hold_at_most_24_kib() -> None:
    """With default tables, and everything counted: tables, arenas, indices, finished headers."""
    made_up = [[(b"x-name-%d" % i, b"value %d" % i) for i in range(j, j + 9)] for j in range(999)]
    assert most_held(made_up) <= 24 * 1024


@pytest.mark.usefixtures("corpus")
def test_contexts_hold_at_most_24_kib_on_real_headers() -> None:
    for file in story_files("raw-data"):
        assert most_held([headers for _, _, headers in load_story(file)]) <= 24 * 1024, file
