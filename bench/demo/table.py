"""The table: what the runs come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from bench.demo.participant import H2FAST, PURE, VARIANTS, Measured
from bench.demo.runs import CLIENT, SERVER, SIDES, Run, Runs
from bench.demo.sampler import FOUR

PEERS = {SERVER: "asked by h2fast.aio, 100 at once", CLIENT: "answered by h2fast.aio, 100 at once"}

# Of what is left, what has at least this share is named.
LEAST = 0.04

NOTE = """
Rounds: {}. Rates and CPU seconds are medians over them; shares are those of the samples of as many
more."""


def cpu(runs: Runs, side: str) -> float:
    """CPU seconds of a side alone, for 1000 requests."""
    return median(1000 * run.measured.cpu_seconds / run.requests for run in runs.alone[side])


def share(runs: Runs, side: str, packages: tuple[str, ...] = FOUR) -> float:
    """Which part of the time of a side alone some packages have."""
    samples = runs.samples(side)
    return sum(samples[package] for package in packages) / max(samples.total(), 1)


def lines(runs: dict[str, Runs]) -> Iterator[str]:
    yield f"{'':48}{PURE:>10}{H2FAST:>10}"
    yield "hypercorn and httpx together, a second"
    for name in runs[PURE].together[0].fetched.rates:
        rates = [median(run.fetched.rates[name] for run in runs[v].together) for v in VARIANTS]
        yield _row(f"   {name}", rates, rises=True)
    yield "hypercorn and httpx together, CPU seconds of everything"
    yield _row("   hypercorn", _seconds(runs, lambda run: run.server), digits=2)
    yield _row("   httpx", _seconds(runs, lambda run: run.client), digits=2)
    for side in SIDES:
        yield from _alone(runs, side)


def _seconds(runs: dict[str, Runs], measured: Callable[[Run], Measured]) -> list[float]:
    return [median(measured(run).cpu_seconds for run in runs[v].together) for v in VARIANTS]


def _alone(runs: dict[str, Runs], side: str) -> Iterator[str]:
    seconds = [cpu(runs[variant], side) for variant in VARIANTS]
    shares = [share(runs[variant], side) for variant in VARIANTS]
    within = [total * part for total, part in zip(seconds, shares, strict=True)]
    rates = [median(run.rate for run in runs[variant].alone[side]) for variant in VARIANTS]
    yield f"{side}, {PEERS[side]}"
    yield _row("   requests a second", rates, rises=True)
    yield _row("   CPU seconds for 1000 requests", seconds, digits=3)
    yield _row("   of which in h2, hpack, hyperframe, priority", within, digits=4)
    yield _row("   which is, per cent", [100 * part for part in shares], digits=1)
    counts = [runs[variant].samples(side).total() for variant in VARIANTS]
    yield f"{'   samples':48}{counts[0]:>10}{counts[1]:>10}"


def _row(name: str, values: list[float], rises: bool = False, digits: int = 0) -> str:
    pure, h2fast = values
    better, worse = (h2fast, pure) if rises else (pure, h2fast)
    ratio = f"{better / worse:.2f} x" if worse else "-"
    return f"{name:48}{pure:>10.{digits}f}{h2fast:>10.{digits}f}{ratio:>12}"


def what_is_left(runs: Runs, side: str) -> str:
    """Whose the CPU time of a side is on h2fast, from the most on."""
    samples = runs.samples(side)
    named = [
        f"{name} {number / samples.total():.0%}"
        for name, number in samples.most_common()
        if name not in FOUR and number >= LEAST * samples.total()
    ]
    four = f"the four packages {share(runs, side):.1%}"
    return f"{side} on h2fast: {', '.join([*named, four])}"
