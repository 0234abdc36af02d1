"""Measures all ratios in one run on one core, and writes a table and pictures of them.

    python -m bench.report [--rounds N] [--output FOLDER]

The contestants of each contest take turns (see `contest`). A ratio says how many times as long as
h2fast a peer takes: the median of the rounds. The table has the quartiles too.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import chart, hpack_c, hpack_python, stories
from bench.contest import OURS, Contest, MissingError, Result, measure

HEADER = """\
| called from | operation | data | h2fast | peer | peer's time | ratio | quartiles |
|---|---|---|--:|---|--:|--:|---|
"""


def stay_on_one_core() -> None:
    """The C program, a child of this process, stays there too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def all_contests(notes: list[str]) -> Iterator[Contest]:
    """Each contest that can be held; why others cannot is added to the notes."""
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


def rows(result: Result) -> Iterator[str]:
    contest, nanoseconds = result.contest, result.nanoseconds
    for peer, ratio in result.ratios.items():
        yield (
            f"| {contest.layer} | {contest.operation} | {contest.data} "
            f"| {nanoseconds[OURS]:.2f} ns/{contest.unit} "
            f"| {peer} | {nanoseconds[peer]:.2f} ns/{contest.unit} "
            f"| **{ratio.median:.2f}** | {ratio.low:.2f} to {ratio.high:.2f} |\n"
        )


def versions() -> str:
    found = [f"CPython {platform.python_version()}", platform.platform()]
    for package in ("h2fast", "jh2", "hpack"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def pictures(results: list[Result]) -> Iterator[tuple[str, str]]:
    """For each peer its name, and the picture of its ratios."""
    for peer in dict.fromkeys(peer for result in results for peer in result.ratios):
        held = [result for result in results if peer in result.ratios]
        title = f"{peer}: time relative to h2fast"
        subtitle = f"called from {held[0].contest.layer}; medians of the rounds"
        ratios = {
            f"{result.contest.operation}, {result.contest.data}": result.ratios[peer].median
            for result in held
        }
        yield peer, chart.bars(title, subtitle, ratios)


def write(output: Path, results: list[Result], notes: list[str], rounds: int) -> None:
    output.mkdir(parents=True, exist_ok=True)
    text = [f"# HPACK\n\n{versions()}; medians of {rounds} rounds.\n\n", HEADER]
    text += [row for result in results for row in rows(result)]
    text += ["\n", *(f"- {note}\n" for note in dict.fromkeys(notes))]
    for peer, picture in pictures(results):
        (output / f"{peer}.svg").write_text(picture, "utf-8")
        text.append(f"\n![{peer}]({peer}.svg)\n")
    (output / "hpack.md").write_text("".join(text), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--output", type=Path, default=stories.ROOT / "bench" / "results")
    options = parser.parse_args()
    stay_on_one_core()
    results: list[Result] = []
    notes: list[str] = []
    print(HEADER, end="")
    for contest in all_contests(notes):
        results.append(measure(contest, options.rounds))
        print(*rows(results[-1]), sep="", end="", flush=True)
    results.sort(key=lambda result: (result.contest.layer, result.contest.operation))
    write(options.output, results, notes, options.rounds)
    print(f"\nwritten to {options.output}")


if __name__ == "__main__":
    main()
