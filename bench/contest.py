"""What is measured, and how implementations are measured against each other.

A contest is one operation on one data set. Each of its contestants is a function that makes a
number of passes over the data, and returns the seconds that the operation took, all in all.

A pass over header stories begins with new connections, whose making is not timed, and keeps each of
them for all header lists of its story. A pass over frames goes through one buffer of them. One over
exchanges begins with a new connection that has seen some of them, neither of which is timed.

Ratios come from `measure`, which lets contestants take turns: what disturbs one (another process,
the clock of the core) disturbs the others too. pytest-benchmark, which runs all rounds of one
before it goes on to the next, shows each contestant by itself.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Contestant = Callable[[int], float]

OURS = "h2fast"
ROUND = 0.005  # seconds, at least, of each contestant in a round


class MissingError(Exception):
    """Something to compare with is not here. The message says what, and what installs it."""


@dataclass(frozen=True)
class Contest:
    layer: str  # what of h2fast is called: "C", "Python", or a module
    operation: str
    data: str
    unit: str  # "field", "octet", "frame" or "request"
    units: int  # in a pass
    contestants: Mapping[str, Contestant]  # they agree: whoever makes a contest has checked it
    missing: Mapping[str, str] = field(default_factory=dict)  # who else would be one, and why not
    octets: int = 0  # of content in a unit, where it is the speed of that which counts


@dataclass(frozen=True)
class Ratio:
    """How many times as long as h2fast a peer takes: the quartiles of the rounds."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Result:
    contest: Contest
    nanoseconds: dict[str, float]  # of each contestant, per unit: the median of the rounds
    ratios: dict[str, Ratio]  # of the peers


def without_collector(one_pass: Callable[[], float], passes: int) -> float:
    """What a contestant in Python does. As with timeit, the garbage collector does not run."""
    gc.disable()
    try:
        return sum(one_pass() for _ in range(passes))
    finally:
        gc.enable()


def passes_of_a_round(contestant: Contestant) -> int:
    contestant(1)  # the first one fills caches
    return 1 + int(ROUND / contestant(1))


def measure(contest: Contest, rounds: int) -> Result:
    contestants = contest.contestants
    passes = {name: passes_of_a_round(contestants[name]) for name in contestants}
    names, seconds = list(contestants), {name: list[float]() for name in contestants}
    for _ in range(rounds):
        for name in names:
            contestants[name](1)  # takes back the caches from the one before
            seconds[name].append(contestants[name](passes[name]) / passes[name])
        names.append(names.pop(0))
    return Result(
        contest,
        {name: statistics.median(times) / contest.units * 1e9 for name, times in seconds.items()},
        {name: _ratio(seconds[name], seconds[OURS]) for name in contestants if name != OURS},
    )


def _ratio(peer: list[float], ours: list[float]) -> Ratio:
    return Ratio(*statistics.quantiles(a / b for a, b in zip(peer, ours, strict=True)))
