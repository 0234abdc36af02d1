"""Times what hpack's Encoder.encode and Decoder.decode take, whichever hpack is in place.

The methods of the classes are replaced by ones that read the clock before and after. A time has
the cost of one such pair of readings in it (some 100 ns), the same for every hpack; nothing is
subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any


@dataclass
class Timing:
    nanoseconds: list[int] = field(default_factory=list)  # of each call, in their order
    fields: int = 0  # in all calls


def time_encode(encoder: Any) -> Timing:
    """Time ``encode`` of this class from now on, into what is returned."""
    timing = Timing()
    encode = encoder.encode

    def timed(self: object, headers: Iterable[object], *options: bool) -> object:
        # h2 gives a generator that validates as it goes: that is h2's work, done before the clock.
        fields = list(headers)
        start = perf_counter_ns()
        block = encode(self, fields, *options)
        timing.nanoseconds.append(perf_counter_ns() - start)
        timing.fields += len(fields)
        return block

    encoder.encode = timed
    return timing


def time_decode(decoder: Any) -> Timing:
    """Time ``decode`` of this class from now on, into what is returned."""
    timing = Timing()
    decode = decoder.decode

    def timed(self: object, data: object, raw: bool = False) -> object:
        start = perf_counter_ns()
        fields = decode(self, data, raw)
        timing.nanoseconds.append(perf_counter_ns() - start)
        timing.fields += len(fields)
        return fields

    decoder.decode = timed
    return timing
