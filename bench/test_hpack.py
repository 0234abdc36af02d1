"""HPACK and Huffman, one group per operation and data set, one parameter per implementation.

What each contest has checked, and what a pass is, is said in `contest`, `python_contests` and
`c_contests`. Rounds of one implementation follow each other here; for ratios, see `report`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import c_contests, python_contests, stories
from bench.contest import Contest, Contestant, MissingError, passes_of_a_round

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


@pytest.fixture(scope="module", params=stories.DATA_SETS)
def data(request: pytest.FixtureRequest) -> str:
    try:
        stories.load(request.param)
    except MissingError as missing:
        pytest.skip(str(missing))
    return str(request.param)


@pytest.fixture(scope="module")
def harness(data: str) -> Iterator[c_contests.Harness]:
    try:
        with c_contests.start(data) as harness:
            yield harness
    except MissingError as missing:
        pytest.skip(str(missing))


def run(benchmark: BenchmarkFixture, contest: Contest, implementation: str) -> None:
    if implementation in contest.missing:
        pytest.skip(contest.missing[implementation])
    contestant = contest.contestants[implementation]
    benchmark.group = f"{contest.layer}: {contest.operation}, {contest.data}"
    benchmark.extra_info[f"{contest.unit}s"] = contest.units
    one_round = partial(STOPWATCH.run, contestant, passes_of_a_round(contestant))
    benchmark.pedantic(one_round, rounds=ROUNDS)  # type: ignore[no-untyped-call]


@pytest.mark.benchmark(timer=STOPWATCH.read)
@pytest.mark.parametrize("operation", c_contests.OPERATIONS)
@pytest.mark.parametrize("implementation", c_contests.CODECS)
def test_c(
    benchmark: BenchmarkFixture,
    harness: c_contests.Harness,
    data: str,
    operation: str,
    implementation: str,
) -> None:
    run(benchmark, harness.contest(operation, data), implementation)


@pytest.mark.benchmark(timer=STOPWATCH.read)
@pytest.mark.parametrize("operation", python_contests.OPERATIONS)
@pytest.mark.parametrize("implementation", python_contests.MODULES)
def test_python(
    benchmark: BenchmarkFixture, data: str, operation: str, implementation: str
) -> None:
    run(benchmark, python_contests.contest(operation, data), implementation)
