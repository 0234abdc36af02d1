"""Connections, one group per operation and data set, one parameter per implementation.

What is checked, and what a pass is, is said in `exchange`, `connection_python`, `connection_c` and
`connection_growth`. Rounds of one implementation follow each other here; for ratios, see `report`.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench import connection_c, connection_growth, connection_python, exchange
from bench.contest import MissingError
from bench.stopwatch import run, timed


@timed
@pytest.mark.parametrize("data", exchange.DATA_SETS)
@pytest.mark.parametrize("operation", connection_c.OPERATIONS)
@pytest.mark.parametrize("implementation", connection_c.SESSIONS)
def test_c(benchmark: BenchmarkFixture, operation: str, data: str, implementation: str) -> None:
    try:
        with connection_c.start(data) as program:
            run(benchmark, connection_c.contest(program, operation, data), implementation)
    except MissingError as missing:
        pytest.skip(str(missing))


@timed
@pytest.mark.parametrize("data", exchange.DATA_SETS)
@pytest.mark.parametrize("operation", connection_python.EXCHANGE_OPERATIONS)
@pytest.mark.parametrize("implementation", connection_python.IMPLEMENTATIONS)
def test_exchange(
    benchmark: BenchmarkFixture, operation: str, data: str, implementation: str
) -> None:
    try:
        with connection_python.exchange_contest(operation, data) as contest:
            run(benchmark, contest, implementation)
    except MissingError as missing:
        pytest.skip(str(missing))


BULK = [
    pytest.param(operation, data, id=f"{operation}-{data}")
    for operation, data_sets in connection_python.BULK_OPERATIONS.items()
    for data in data_sets
]


@timed
@pytest.mark.parametrize(("operation", "data"), BULK)
@pytest.mark.parametrize("implementation", connection_python.BULK_IMPLEMENTATIONS)
def test_bulk(benchmark: BenchmarkFixture, operation: str, data: str, implementation: str) -> None:
    try:
        contest = connection_python.bulk_contest(operation, data)
    except MissingError as missing:
        pytest.skip(str(missing))
    run(benchmark, contest, implementation)


@timed
@pytest.mark.parametrize("implementation", connection_growth.OPEN)
def test_open_streams(benchmark: BenchmarkFixture, implementation: str) -> None:
    run(benchmark, connection_growth.contest(), implementation)


# What memory may cost. The second number of each is what Python and the engine count.

needs_linux = pytest.mark.skipif(not connection_growth.STATM.exists(), reason="no /proc")


@needs_linux
@pytest.mark.parametrize("measurement", ["new", "idle"])
def test_idle_connection_takes_at_most_24_kib(measurement: str) -> None:
    assert max(connection_growth.in_new_process(measurement)) <= 24 * 1024


@needs_linux
def test_open_stream_takes_at_most_400_octets() -> None:
    assert max(connection_growth.in_new_process("stream")) <= 400


@needs_linux
def test_memory_does_not_grow_with_requests() -> None:
    before, after = connection_growth.in_new_process("requests")
    assert after - before <= 256 * 1024
