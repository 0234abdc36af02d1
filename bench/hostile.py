"""What attacks cost, and whether that stays below what docs/security.md promises.

    python -m bench.hostile [ATTACK ...]

Each attack of tests/hostile.py goes against a Connection, and one with h2's API, with the default
limits, in reads of 16 KiB, until it is refused or is at its end. A table says for each what it
cost; the exit status is 1 where something is beyond its bound:

    memory held       2 MiB, with the events of the last read
    processor time    0.2 s a MB received
    unsent output     64 KiB, when nobody takes it
    exceptions        those that are documented
    results           the same, fed whole, octet by octet, and split at random

and where twice as much of an attack on HPACK costs more than 2.2 times as much.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from typing import Any

from h2fast.exceptions import RemoteProtocolError
from tests.hostile import (
    APIS,
    LARGEST,
    NOT_OF_H2,
    OTHERS,
    ROWS,
    Clock,
    Row,
    answered,
    brief,
    held,
    in_parts,
    is_the_same,
    opening,
    play,
    runs_into,
    wire_of,
)
from tests.octets import HEADERS, octets
from tests.peers import END_HEADERS, INITIAL_WINDOW_SIZE, client_of, settings

MOST_HELD = 2 << 20
MOST_SECONDS = 0.2
MOST_UNSENT = 64 << 10

# Through h2's API, a call for each octet costs what calls cost in Python, and what is over with the
# first octets costs what beginning and ending a connection does. What a slow reader costs is what
# the application sends it.
MORE_SECONDS = {
    "octet_by_octet": 2.0,
    "empty_continuation": 0.5,
    "hpack_integers": 0.5,
    "slow_read": float("inf"),
}
MOST_GROWTH = 2.2
TIMED = 1_000_000  # octets at least: an attack that is over soon is made again


def seconds_of(row: Row, parts: list[bytes], make: Any) -> tuple[float, int]:
    """Processor time of an attack, and how many octets came before it was refused."""
    connection = row.start(Clock(), make).connection
    taken = 0
    start = time.process_time()
    for part in parts:
        taken += len(part)
        try:
            events = connection.receive(part)
        except RemoteProtocolError:
            break
        answered(row, connection, events)
        while connection.output():
            pass
    return time.process_time() - start, taken


def seconds_a_megabyte(row: Row, wire: bytes, make: Any) -> float:
    parts = in_parts(wire, row.read)
    spent, taken = 0.0, 0
    while taken < TIMED:
        seconds, size = seconds_of(row, parts, make)
        spent, taken = spent + seconds, taken + size
    return spent / taken * 1e6


def most_seconds(row: Row, api: str) -> float:
    """A MB."""
    return MOST_SECONDS if api == "Connection" else MORE_SECONDS.get(row.name, MOST_SECONDS)


def measure(row: Row, api: str) -> tuple[list[str], list[str]]:
    """The line of an attack, and what is wrong with it."""
    make = APIS[api]
    limit = runs_into(row, api)[2]
    wire = wire_of(row)
    parts = in_parts(wire, row.read)
    served = play(row, parts, make=make, drained=row.drained)
    unread = play(row, parts, make=make, drained=False)
    seconds, memory = seconds_a_megabyte(row, wire, make), held(row, wire, make)
    # What the application answers is its own.
    unsent = served.most_unsent if row.answer else unread.most_unsent
    faults = [
        f"{api}, {row.name}: {fault}"
        for wrong, fault in (
            (seconds > most_seconds(row, api), f"{seconds:.3f} s a MB"),
            (memory > MOST_HELD, f"{memory} octets held"),
            (unsent > MOST_UNSENT and row.answer is None, f"{unsent} octets unsent"),
            (not is_the_same(*brief(row), make), "not the same in other parts"),
            (limit not in served.error, f"ended as {served.error}"),
        )
        if wrong
    ]
    line = [
        row.name, row.precedent, f"{served.taken:,}", f"{seconds:.3f}", f"{memory / 1024:,.0f}",
        f"{unsent:,}", served.error[:100] or "served to the end",
    ]  # fmt: skip
    return line, faults


# ------------------------------------------------------------------------------------- growth


def block_of(fields: int) -> bytes:
    """Tiny literals, and a long tail."""
    block = b"\x82\x87\x84\x01\x01a" + b"\x00\x01a\x01b" * fields
    return block + b"\x00\x01b\x7f\xa1\x1e" + b"v" * 4000


def seconds_of_a_block(fields: int) -> float:
    peer = client_of(
        max_header_fields=LARGEST, max_header_list_size=LARGEST, max_frame_size=2**24 - 1
    )
    first, second = (octets(HEADERS, END_HEADERS, n, block_of(fields)) for n in (1, 3))
    peer.connection.receive(first)  # which makes room for so many fields
    gc.collect()
    gc.disable()
    start = time.process_time()
    peer.connection.receive(second)
    seconds = time.process_time() - start
    gc.enable()
    return seconds


def seconds_of_toggles(streams: int) -> float:
    """A thousand changes of the initial window, with so many streams open."""
    peer = client_of(max_concurrent_streams=streams)
    for i in range(streams):
        peer.connection.receive(opening(i))
    toggles = (settings((INITIAL_WINDOW_SIZE, 0)) + settings((INITIAL_WINDOW_SIZE, 99))) * 500
    start = time.process_time()
    peer.connection.receive(toggles)
    return time.process_time() - start


def growth() -> list[str]:
    """What grows faster than what was sent."""
    faults = []
    small, large = (
        statistics.median(seconds_of_a_block(n) for _ in range(25)) for n in (20000, 40000)
    )
    print(f"\n{20000:,} literals before a tail: {small:.4f} s; twice as many: {large / small:.2f}")
    if large > MOST_GROWTH * small:
        faults.append(f"HPACK: twice the literals take {large / small:.2f} times as long")
    few, many = (statistics.median(seconds_of_toggles(n) for _ in range(9)) for n in (1, 10000))
    print(f"1,000 changes of all windows, of 1 stream: {few:.5f} s; of 10,000: {many / few:.2f}")
    if many > 2 * few + 0.001:
        faults.append(f"windows: with 10,000 streams {many / few:.2f} times as long")
    return faults


def print_table(lines: list[list[str]]) -> None:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)]
    for line in lines:
        cells = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=False))
        ]
        print("  ".join([*cells, line[-1]]))


def main() -> int:
    parser = argparse.ArgumentParser(description="what attacks cost")
    parser.add_argument("attacks", nargs="*", help="names, or parts of them; else all")
    wanted = parser.parse_args().attacks
    faults = []
    for api in APIS:
        lines = [[api, "precedent", "octets", "CPU s/MB", "KiB held", "unsent", "how it ended"]]
        for row in [*ROWS, *OTHERS]:
            if api == "H2Connection" and row.name in NOT_OF_H2:
                continue
            if not wanted or any(part in row.name for part in wanted):
                line, wrong = measure(row, api)
                lines.append(line)
                faults += wrong
        print_table(lines)
        print()
    if not wanted:
        faults += growth()
    print(*(["", *faults] if faults else ["\nall within their bounds"]), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
