"""What a connection costs that has many streams, does nothing, or has done much."""

from __future__ import annotations

import gc
import mmap
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from time import perf_counter

from bench.c_program import ROOT
from bench.connection_python import H2fastServer
from bench.contest import OURS, Contest, without_collector
from bench.exchange import BODY, LARGE, REQUEST, RESPONSE, TIMED, WARM
from h2fast import Connection
from h2fast.events import RequestReceived

MOST_STREAMS = 20_000
OPEN = {OURS: 1, "h2fast-100-open": 100, "h2fast-10000-open": 10_000}  # in the contest
REQUESTS = 1_000_000
STATM = Path("/proc/self/statm")  # of Linux


def _client() -> Connection:
    return Connection(client=True, initial_window_size=LARGE, connection_window=LARGE)


def _connect(client: Connection, server: Connection) -> None:
    server.receive(client.output())
    client.receive(server.output())
    server.receive(client.output())
    client.receive(server.output())


# --------------------------------------------------------------------------------- time


@cache
def _octets(streams: int) -> tuple[bytes, tuple[bytes, ...]]:
    """What a client sends before, with so many streams that stay open, and then in each turn."""
    client, server = _client(), Connection(max_concurrent_streams=MOST_STREAMS)
    start = client.output()
    client.receive(server.output())
    server.receive(start)
    client.receive(server.output())
    start += client.output()
    for _ in range(streams):
        client.request(REQUEST, end_stream=False)
    start += client.output()
    turns = []
    for _ in range(WARM + TIMED):
        client.request(REQUEST)
        turns.append(client.output())
    return start, tuple(turns)


def _one_pass(streams: int) -> float:
    side = H2fastServer(client=False, max_concurrent_streams=MOST_STREAMS)
    first, turns = _octets(streams)
    side.start()
    side.receive(first)
    side.exchange(turns[:WARM], 1, None)
    timed = turns[WARM:]
    start = perf_counter()
    side.exchange(timed, 1, None)
    elapsed = perf_counter() - start
    assert side.connection.open_inbound_streams == streams
    return elapsed


def contest() -> Contest:
    """h2fast against itself: with one stream that stays open, and with more."""
    contestants = {
        name: partial(without_collector, partial(_one_pass, streams))
        for name, streams in OPEN.items()
    }
    return Contest("Python", "server", "one at a time, 1 open", "request", TIMED, contestants)


# ------------------------------------------------------------------------------- memory


def resident() -> int:
    """Octets of this process that are in memory. 0 where nobody says."""
    if not STATM.exists():
        return 0
    return int(STATM.read_text().split()[1]) * mmap.PAGESIZE


def heap_of(connection: Connection) -> int:
    """What the engine has allocated: no Python object."""
    return sys.getsizeof(connection) - object.__sizeof__(connection)


def _warm(count: int) -> tuple[Connection, Connection]:
    client, server = _client(), Connection(max_concurrent_streams=MOST_STREAMS)
    _connect(client, server)
    exchange_between(client, server, count)
    return client, server


def exchange_between(client: Connection, server: Connection, count: int) -> None:
    for _ in range(count):
        client.request(REQUEST)
        for event in server.receive(client.output()):
            if type(event) is RequestReceived:
                server.respond(event.stream_id, RESPONSE, BODY)
        client.receive(server.output())
        if octets := client.output():
            server.receive(octets)


def idle_connection(exchanges: int, count: int = 2000) -> tuple[float, float]:
    """Octets of a server's connection after so many exchanges: as resident memory grows, and as
    Python and the engine count them."""
    servers = [_warm(exchanges)[1]]
    before = resident()
    servers += [_warm(exchanges)[1] for _ in range(count)]
    grown = resident() - before
    servers.clear()
    gc.collect()
    tracemalloc.start()
    servers += [_warm(exchanges)[1] for _ in range(count)]
    gc.collect()
    counted = tracemalloc.get_traced_memory()[0] + sum(map(heap_of, servers))
    tracemalloc.stop()
    return grown / count, counted / count


def open_stream(count: int = 10_000) -> tuple[float, float]:
    """Octets of a stream that is open on a server, likewise."""
    client, server = _warm(WARM)
    requests = []
    for _ in range(count):
        client.request(REQUEST, end_stream=False)
        requests.append(client.output())
    before, heap = resident(), heap_of(server)
    tracemalloc.start(1)
    traced = tracemalloc.get_traced_memory()[0]
    for octets in requests:
        server.receive(octets)
    counted = tracemalloc.get_traced_memory()[0] - traced + heap_of(server) - heap
    tracemalloc.stop()
    return (resident() - before) / count, counted / count


def after_requests(requests: int = REQUESTS) -> tuple[float, float]:
    """Resident octets after a tenth of so many requests on one connection, and after all."""
    client, server = _warm(requests // 10)
    before = resident()
    exchange_between(client, server, requests - requests // 10)
    return before, resident()


MEASUREMENTS: dict[str, Callable[[], tuple[float, float]]] = {
    "new": partial(idle_connection, 0),
    "idle": partial(idle_connection, WARM),
    "stream": open_stream,
    "requests": after_requests,
}


def in_new_process(measurement: str) -> tuple[float, float]:
    """What was freed before would hide what is resident."""
    command = [sys.executable, "-m", "bench.connection_growth", measurement]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    first, second = result.stdout.split()
    return float(first), float(second)


def memory_notes() -> Iterator[str]:
    for name, exchanges in (("new", 0), ("idle", WARM)):
        grown, counted = in_new_process(name)
        yield (
            f"an idle connection of a server after {exchanges} exchanges: "
            f"{counted / 1024:.1f} KiB counted, {grown / 1024:.1f} KiB resident"
        )
    grown, counted = in_new_process("stream")
    yield f"an idle open stream: {counted:.0f} octets counted, {grown:.0f} resident"
    before, after = in_new_process("requests")
    yield (
        f"resident after {REQUESTS // 10:,} requests on one connection: {before / 1024:.0f} KiB; "
        f"after {REQUESTS:,}: {after / 1024:.0f} KiB"
    )


if __name__ == "__main__":
    print(*MEASUREMENTS[sys.argv[1]]())
