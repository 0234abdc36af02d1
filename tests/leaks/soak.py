"""Requests, many of them, over many connections, with cancels, resets on both sides, trailers,
pushes and settings that change: resident memory after a tenth of them, and at the end.

    python tests/leaks/soak.py [REQUESTS]

The exit status is 1 where it has grown by more than 1 MiB. `make soak` makes 10^7 of them.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from h2fast import Connection
from h2fast.events import RequestReceived
from h2fast.exceptions import StreamClosedError

MOST_GROWTH = 1024  # KiB
OF_A_CONNECTION = 20000
AT_ONCE = 20
GET = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]
OK = [(":status", "200"), ("server", "h2fast")]
CONTENT = bytes(9000)


def resident_kib() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def move(client: Connection, server: Connection) -> list[RequestReceived]:
    requests: list[RequestReceived] = []
    for _ in range(3):
        events = server.receive(client.output())
        requests += [event for event in events if isinstance(event, RequestReceived)]
        client.receive(b"".join(server.output_buffers()))
    return requests


def answer(server: Connection, stream_id: int, i: int) -> None:
    kind = i % 10
    if kind == 3:
        server.reset(stream_id)
        return
    try:
        if kind == 5:
            server.push(stream_id, GET)
        server.respond(stream_id, [*OK, ("x-number", str(i % 500))], CONTENT[: i % 50 * 100], False)
        server.send_headers(stream_id, [("checksum", str(i % 70))], end_stream=True)
    except StreamClosedError:
        pass  # it was cancelled


def serve(requests: int, first: int) -> None:
    """A connection."""
    # What the test does with its own streams is no attack, whatever the time that it takes.
    most = (2**32 - 1, 0)
    client = Connection(client=True, enable_push=1, max_glitches=most, max_pushed=2**31)
    server = Connection(max_glitches=most)
    move(client, server)
    for i in range(first, first + requests, AT_ONCE):
        if i % 1000 == 0:
            client.update_settings(initial_window_size=60000 + i % 7000)
            server.update_settings(header_table_size=i % 5000)
        ids = [client.request([*GET, ("x-number", str(n % 300))]) for n in range(i, i + AT_ONCE)]
        if i % 100 == 0:
            client.ping(b"12345678")
        asked = move(client, server)
        client.reset(ids[i % AT_ONCE])
        for n, request in enumerate(asked, i):
            answer(server, request.stream_id, n)
        move(client, server)
    server.go_away()
    move(client, server)
    assert not client.closed
    assert not server.closed


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10**6
    of_a_connection = min(OF_A_CONNECTION, max(wanted // 10, 1))
    begun, done, warm = time.monotonic(), 0, 0
    while done < wanted:
        serve(min(of_a_connection, wanted - done), done)
        done += of_a_connection
        if not warm and done >= wanted // 10:
            gc.collect()
            warm = resident_kib()
    gc.collect()
    grown = resident_kib() - warm
    seconds = time.monotonic() - begun
    print(f"{wanted:,} requests in {seconds:.0f} s: {warm:,} KiB, and {grown:+,} KiB at the end")
    return 1 if grown > MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
