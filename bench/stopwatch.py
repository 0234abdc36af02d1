"""Contestants under pytest-benchmark."""

from __future__ import annotations

from functools import partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.contest import Contest, Contestant, passes_of_a_round

ROUNDS = 10


class Stopwatch:
    """The clock of pytest-benchmark: it moves by what a contestant says that it took, which leaves
    out the making of connections and the way to the C program."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def read(self) -> float:
        return self.seconds

    def run(self, contestant: Contestant, passes: int) -> None:
        self.seconds += contestant(passes) / passes


STOPWATCH = Stopwatch()
timed = pytest.mark.benchmark(timer=STOPWATCH.read)


def run(benchmark: BenchmarkFixture, contest: Contest, implementation: str) -> None:
    """One contestant, in a test that is marked as timed."""
    if implementation in contest.missing:
        pytest.skip(contest.missing[implementation])
    contestant = contest.contestants[implementation]
    benchmark.group = f"{contest.layer}: {contest.operation}, {contest.data}"
    benchmark.extra_info[f"{contest.unit}s"] = contest.units
    one_round = partial(STOPWATCH.run, contestant, passes_of_a_round(contestant))
    benchmark.pedantic(one_round, rounds=ROUNDS)  # type: ignore[no-untyped-call]
