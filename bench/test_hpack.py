"""HPACK and Huffman, one group per operation and data set, one parameter per implementation.

What each contest has checked, and what a pass is, is said in `contest`, `hpack_python` and
`hpack_c`. Rounds of one implementation follow each other here; for ratios, see `report`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import hpack_c, hpack_python, stories
from bench.contest import MissingError
from bench.stopwatch import run, timed


@pytest.fixture(scope="module", params=stories.DATA_SETS)
def data(request: pytest.FixtureRequest) -> str:
    try:
        stories.load(request.param)
    except MissingError as missing:
        pytest.skip(str(missing))
    return str(request.param)


@pytest.fixture(scope="module")
def harness(data: str) -> Iterator[hpack_c.Harness]:
    try:
        with hpack_c.start(data) as harness:
            yield harness
    except MissingError as missing:
        pytest.skip(str(missing))


@timed
@pytest.mark.parametrize("operation", hpack_c.OPERATIONS)
@pytest.mark.parametrize("implementation", hpack_c.CODECS)
def test_c(
    benchmark: BenchmarkFixture,
    harness: hpack_c.Harness,
    data: str,
    operation: str,
    implementation: str,
) -> None:
    run(benchmark, harness.contest(operation, data), implementation)


@timed
@pytest.mark.parametrize("operation", hpack_python.OPERATIONS)
@pytest.mark.parametrize("implementation", hpack_python.MODULES)
def test_python(
    benchmark: BenchmarkFixture, data: str, operation: str, implementation: str
) -> None:
    run(benchmark, hpack_python.contest(operation, data), implementation)
