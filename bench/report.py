"""Measures all ratios in one run on one core, and writes tables and pictures of them.

    python -m bench.report [--rounds N] [--output FOLDER] [TABLE ...]

Tables are hpack, frames, connection, h2, priority, limits and scheduling.

The contestants of each contest take turns (see `contest`). A ratio says how many times as long as
h2fast a peer takes: the median of the rounds. The tables have the quartiles too.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import (
    chart,
    connection_c,
    connection_growth,
    connection_python,
    exchange,
    frames_c,
    frames_python,
    h2_python,
    hpack_c,
    hpack_python,
    limits,
    priority_python,
    scheduling,
    stories,
)
from bench.c_program import ROOT
from bench.contest import OURS, Contest, MissingError, Result, measure
from bench.frame_samples import SAMPLES

HEADER = """\
| called from | operation | data | h2fast | peer | peer's time | ratio | quartiles |
|---|---|---|--:|---|--:|--:|---|
"""


def stay_on_one_core() -> None:
    """The C program, a child of this process, stays there too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


# Each of these yields the contests that can be held, and adds to the notes why others cannot.


def hpack_contests(notes: list[str]) -> Iterator[Contest]:
    for data in stories.DATA_SETS:
        try:
            with hpack_c.start(data) as harness:
                notes.append(f"{data}: {harness.summary}")
                for operation in hpack_c.OPERATIONS:
                    yield harness.contest(operation, data)
        except MissingError as missing:
            notes.append(f"skipped: {missing}")
        try:
            for operation in hpack_python.OPERATIONS:
                contest = hpack_python.contest(operation, data)
                notes += [f"skipped: {reason}" for reason in contest.missing.values()]
                yield contest
        except MissingError as missing:
            notes.append(f"skipped: {missing}")


def frame_contests(notes: list[str]) -> Iterator[Contest]:
    try:
        for data in frames_c.DATA_SETS:
            with frames_c.start(data) as program:
                for operation in frames_c.OPERATIONS:
                    yield frames_c.contest(program, operation, data)
    except MissingError as missing:
        notes.append(f"skipped: {missing}")
    for layer in frames_python.OURS_BY_LAYER:
        try:
            for operation in frames_python.OPERATIONS:
                for name in SAMPLES:
                    contest = frames_python.contest(layer, operation, name)
                    notes += [f"skipped: {reason}" for reason in contest.missing.values()]
                    yield contest
        except MissingError as missing:
            notes.append(f"skipped: {missing}")


def connection_contests(notes: list[str]) -> Iterator[Contest]:
    try:
        for data in exchange.DATA_SETS:
            with connection_c.start(data) as program:
                for operation in connection_c.OPERATIONS:
                    yield connection_c.contest(program, operation, data)
        for data in exchange.DATA_SETS:
            for operation in connection_python.EXCHANGE_OPERATIONS:
                with connection_python.exchange_contest(operation, data) as contest:
                    notes += [f"skipped: {reason}" for reason in contest.missing.values()]
                    yield contest
        for operation, data_sets in connection_python.BULK_OPERATIONS.items():
            for data in data_sets:
                yield connection_python.bulk_contest(operation, data)
    except MissingError as missing:
        notes.append(f"skipped: {missing}")
    yield connection_growth.contest()
    notes += connection_growth.memory_notes()


def h2_contests(notes: list[str]) -> Iterator[Contest]:
    try:
        for operation in h2_python.EXCHANGES:
            for data in exchange.DATA_SETS:
                contest = h2_python.exchange_contest(operation, data)
                notes += [f"skipped: {reason}" for reason in contest.missing.values()]
                yield contest
        for operation, data in h2_python.BULK:
            yield h2_python.bulk_contest(operation, data)
        yield h2_python.crowded_contest()
    except MissingError as missing:
        notes.append(f"skipped: {missing}")


def priority_contests(notes: list[str]) -> Iterator[Contest]:
    try:
        for operation in priority_python.OPERATIONS:
            for streams in priority_python.STREAMS:
                yield priority_python.contest(operation, streams)
    except MissingError as missing:
        notes.append(f"skipped: {missing}")


def scheduling_contests(_: list[str]) -> Iterator[Contest]:
    yield from map(scheduling.contest, scheduling.DATA_SETS)


def limits_contests(notes: list[str]) -> Iterator[Contest]:
    try:
        for operation in limits.OPERATIONS:
            for data in exchange.DATA_SETS:
                yield limits.contest(operation, data)
    except MissingError as missing:
        notes.append(f"skipped: {missing}")


TABLES: dict[str, tuple[str, Callable[[list[str]], Iterator[Contest]]]] = {
    "hpack": ("HPACK", hpack_contests),
    "frames": ("Frames", frame_contests),
    "connection": ("Connection", connection_contests),
    "h2": ("h2's API", h2_contests),
    "priority": ("Priorities", priority_contests),
    "limits": ("Limits: all of them on, beside none", limits_contests),
    "scheduling": ("Schedulers; h2fast is its round robin here", scheduling_contests),
}


def speed(result: Result, name: str) -> str:
    contest, nanoseconds = result.contest, result.nanoseconds[name]
    if contest.octets:
        return f"{contest.octets / nanoseconds:.2f} GB/s"
    return f"{nanoseconds:.2f} ns/{contest.unit}"


def rows(result: Result) -> Iterator[str]:
    contest = result.contest
    ours = f"| {contest.layer} | {contest.operation} | {contest.data} | {speed(result, OURS)} "
    if not result.ratios:
        yield f"{ours}| | | | |\n"
    for peer, ratio in result.ratios.items():
        yield (
            f"{ours}| {peer} | {speed(result, peer)} "
            f"| **{ratio.median:.2f}** | {ratio.low:.2f} to {ratio.high:.2f} |\n"
        )


def versions() -> str:
    found = [f"CPython {platform.python_version()}", platform.platform()]
    for package in ("h2fast", "h2", "jh2", "zttp", "hpack", "hyperframe", "priority"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def pictures(results: list[Result]) -> Iterator[tuple[str, str]]:
    """For each layer and peer a name, and the picture of the ratios."""
    held = [(result.contest.layer, peer, result) for result in results for peer in result.ratios]
    for layer, peer in dict.fromkeys((layer, peer) for layer, peer, _ in held):
        ratios = {
            f"{result.contest.operation}, {result.contest.data}": result.ratios[peer].median
            for result in results
            if result.contest.layer == layer and peer in result.ratios
        }
        subtitle = f"called from {layer}; medians of the rounds"
        yield f"{layer}-{peer}", chart.bars(f"{peer}: time relative to h2fast", subtitle, ratios)


def write(output: Path, table: str, results: list[Result], notes: list[str], rounds: int) -> None:
    output.mkdir(parents=True, exist_ok=True)
    text = [f"# {TABLES[table][0]}\n\n{versions()}; medians of {rounds} rounds.\n\n", HEADER]
    text += [row for result in results for row in rows(result)]
    text += ["\n", *(f"- {note}\n" for note in dict.fromkeys(notes))]
    for name, picture in pictures(results):
        (output / f"{table}-{name}.svg").write_text(picture, "utf-8")
        text.append(f"\n![{name}]({table}-{name}.svg)\n")
    (output / f"{table}.md").write_text("".join(text), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=" or ".join(TABLES))
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "results")
    options = parser.parse_args()
    stay_on_one_core()
    for table in options.tables or TABLES:
        results: list[Result] = []
        notes: list[str] = []
        print(f"\n{HEADER}", end="")
        for contest in TABLES[table][1](notes):
            results.append(measure(contest, options.rounds))
            print(*rows(results[-1]), sep="", end="", flush=True)
        results.sort(key=lambda result: (result.contest.layer, result.contest.operation))
        write(options.output, table, results, notes, options.rounds)
    print(f"\nwritten to {options.output}")


if __name__ == "__main__":
    main()
