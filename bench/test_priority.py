"""Trees of priorities, one group per operation and number of streams."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import priority_python, stopwatch
from bench.contest import OURS


@stopwatch.timed
@pytest.mark.parametrize("implementation", [OURS, priority_python.PEER])
@pytest.mark.parametrize("streams", priority_python.STREAMS)
@pytest.mark.parametrize("operation", priority_python.OPERATIONS)
def test_tree(
    benchmark: BenchmarkFixture, operation: str, streams: int, implementation: str
) -> None:
    stopwatch.run(benchmark, priority_python.contest(operation, streams), implementation)
