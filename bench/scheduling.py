"""What the order of what goes out costs: content of 100 streams, all of which may send, by each
scheduler. Round robin, which decides nothing, stands where h2fast does in other contests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from time import thread_time
from typing import Any

from bench.contest import OURS, Contest, without_collector
from bench.exchange import LARGE
from h2fast import Connection

STREAMS = 100
FRAMES = 16  # of each stream, in a pass
PIECE = bytes(16384)  # the same for all: what is measured is not the cache
DATA_SETS = ("as bytes", "as buffers")
REQUEST = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]


def _first(ready: Sequence[int]) -> int:
    return ready[0]


# By name: the scheduler, and the priority field of the requests.
CONTESTANTS: dict[str, tuple[Any, str]] = {
    OURS: ("round-robin", "u=3"),
    "rfc9218": ("rfc9218", "u=3"),
    "rfc9218, incremental": ("rfc9218", "u=3, i"),
    "rfc7540": ("rfc7540", "u=3"),
    "callable": (_first, "u=3"),
}


@cache
def _requests(priority: str) -> bytes:
    client = Connection(client=True, initial_window_size=LARGE, connection_window=LARGE)
    client.receive(Connection().output())
    for _ in range(STREAMS):
        client.request([*REQUEST, ("priority", priority)])
    return client.output()


def _server(name: str) -> Connection:
    scheduler, priority = CONTESTANTS[name]
    server = Connection(scheduler=scheduler)
    server.receive(_requests(priority))
    for stream_id in range(1, 2 * STREAMS, 2):
        server.send_headers(stream_id, [(":status", "200")])
        for _ in range(FRAMES):
            server.send_data(stream_id, PIECE)
    server.output(0)
    return server


def _one_pass(name: str, data: str) -> float:
    server = _server(name)
    take: Callable[[], object] = server.output if data == "as bytes" else server.output_buffers
    started = thread_time()
    while take():
        pass
    return thread_time() - started


def contest(data: str) -> Contest:
    for name in CONTESTANTS:
        server = _server(name)
        while server.output():
            pass
        if server.total_queued:
            raise AssertionError(f"{name} has not sent everything")
    contestants = {
        name: partial(without_collector, partial(_one_pass, name, data)) for name in CONTESTANTS
    }
    return Contest(
        "Python", "send, 100 streams ready", data, "frame", STREAMS * FRAMES, contestants
    )
