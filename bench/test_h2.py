"""h2's API, one group per operation and data set, one parameter per implementation.

What is checked, and what a pass is, is said in `h2_python`. Rounds of one implementation follow
each other here; for ratios, see `report`.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import exchange, h2_python
from bench.contest import MissingError
from bench.stopwatch import run, timed


@timed
@pytest.mark.parametrize("data", exchange.DATA_SETS)
@pytest.mark.parametrize("operation", h2_python.EXCHANGES)
@pytest.mark.parametrize("implementation", h2_python.MODULES)
def test_exchange(
    benchmark: BenchmarkFixture, operation: str, data: str, implementation: str
) -> None:
    contest = h2_python.exchange_contest(operation, data)
    if implementation not in h2_python.SIDES[operation]:
        pytest.skip(f"{implementation} does not take part in this")
    run(benchmark, contest, implementation)


@timed
@pytest.mark.parametrize(("operation", "data"), h2_python.BULK)
@pytest.mark.parametrize("implementation", h2_python.MODULES)
def test_bulk(benchmark: BenchmarkFixture, operation: str, data: str, implementation: str) -> None:
    run(benchmark, h2_python.bulk_contest(operation, data), implementation)


@timed
@pytest.mark.parametrize("implementation", ["h2fast", "h2"])
def test_open_streams(benchmark: BenchmarkFixture, implementation: str) -> None:
    try:
        contest = h2_python.crowded_contest()
    except MissingError as missing:
        pytest.skip(str(missing))
    run(benchmark, contest, implementation)
