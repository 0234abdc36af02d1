"""Frames, one group per operation and type, one parameter per implementation.

What is checked, and what a pass is, is said in `contest`, `frames_python` and `frames_c`. Rounds of
one implementation follow each other here; for ratios, see `report`.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import frames_c, frames_python
from bench.contest import OURS, MissingError
from bench.frame_samples import SAMPLES
from bench.stopwatch import run, timed


@timed
@pytest.mark.parametrize("data", frames_c.DATA_SETS)
@pytest.mark.parametrize("operation", frames_c.OPERATIONS)
def test_c(benchmark: BenchmarkFixture, data: str, operation: str) -> None:
    with frames_c.start(data) as program:
        run(benchmark, frames_c.contest(program, operation, data), OURS)


@timed
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("operation", frames_python.OPERATIONS)
@pytest.mark.parametrize("layer", frames_python.OURS_BY_LAYER)
@pytest.mark.parametrize("implementation", frames_python.IMPLEMENTATIONS)
def test_python(
    benchmark: BenchmarkFixture, name: str, operation: str, layer: str, implementation: str
) -> None:
    try:
        contest = frames_python.contest(layer, operation, name)
    except MissingError as missing:
        pytest.skip(str(missing))
    run(benchmark, contest, implementation)
