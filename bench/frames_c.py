"""The frames of the C core in a C program, by themselves: nghttp2 exports no parser of frames.

Branches cost more than anything else that a frame needs. So there are buffers of frames of one
type, of all types in turn, and of types at random, which no branch predictor foresees.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.c_program import Program, running
from bench.contest import OURS, Contest
from bench.frame_samples import SAMPLES
from bench.frames_python import octets

FRAMES = 2**16
OPERATIONS = ("parse", "write")
DATA_SETS = (*SAMPLES, "in turn", "at random")


def _frames(data: str) -> Iterator[bytes]:
    names = [data] if data in SAMPLES else list(SAMPLES)
    chance = random.Random(1)
    for number in range(FRAMES):
        name = chance.choice(names) if data == "at random" else names[number % len(names)]
        yield octets(name)


@contextmanager
def start(data: str) -> Iterator[Program]:
    """The program; it has checked that what it parses is what it writes."""
    with running("frames", ("frame",), f"{data}.frames", b"".join(_frames(data))) as program:
        yield program


def contest(program: Program, operation: str, data: str) -> Contest:
    contestants = {OURS: partial(program.time, operation)}
    return Contest("C", operation, data, "frame", FRAMES, contestants)
