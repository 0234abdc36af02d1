"""A server and a client as they are, with the pure hpack and with h2fast's, side by side.

    python bench/demo/demo.py

Hypercorn serves and httpx fetches a few hundred responses over HTTP/2 and TLS on the loopback
address, in two processes; h2 is the same in all runs. Needs h2fast and the packages of the
dependency group "demo". The exit status is 0 when all runs gave equal responses.
"""

from __future__ import annotations

import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

# Last, for whoever has installed h2fast: that one is imported, not the sources beside this.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from bench.demo.participant import (
    H2FAST,
    PURE,
    VARIANTS,
    DemoError,
    Fetched,
    Measured,
    Participant,
    Response,
)
from bench.demo.timing import Timing

ADDRESS = "127.0.0.1"
ROUNDS = 5
DEMO_GROUP = "pip install --group demo (pip 25.1 or later)"
NEEDED = {
    "h2fast": "pip install .",
    "hpack": DEMO_GROUP,
    "h2": DEMO_GROUP,
    "hypercorn": DEMO_GROUP,
    "httpx": DEMO_GROUP,
    "cryptography": DEMO_GROUP,
}

NOTE = f"""
A call of encode or decode counts with the median of its times in {ROUNDS} runs; they are measured
in these processes, and have the cost of reading the clock in them (some 100 ns a call). The other
numbers are medians of the runs. CPU milliseconds are of the whole process, after its imports."""


@dataclass(frozen=True)
class Run:
    fetched: Fetched
    client: Measured
    server: Measured


Runs = dict[str, list[Run]]

OF_A_RUN: dict[str, Callable[[Run], float]] = {
    "requests per second": lambda run: len(run.fetched.responses) / run.fetched.seconds,
    "client, CPU milliseconds": lambda run: run.client.cpu_seconds * 1000,
    "server, CPU milliseconds": lambda run: run.server.cpu_seconds * 1000,
}


def find_versions() -> Iterator[str]:
    for name, remedy in NEEDED.items():
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError as error:
            raise DemoError(f"{name} is not installed: {remedy}, or make demo") from error


def run_once(variant: str, certificate: Path, key: Path) -> Run:
    with Participant(variant, "server", ADDRESS, certificate, key) as server:
        url = f"https://{ADDRESS}:{server.receive(int)}"
        with Participant(variant, "client", url, certificate) as client:
            fetched, client_measured = client.receive(Fetched), client.receive(Measured)
        server.tell("stop")
        return Run(fetched, client_measured, server.receive(Measured))


def run_all(folder: Path) -> Runs:
    # Not above: each process that is started reads this file, and would import cryptography too.
    from bench.demo import certificate as maker  # noqa: PLC0415

    certificate, key = folder / "certificate.pem", folder / "key.pem"
    maker.write(certificate, key, ADDRESS)
    runs: Runs = {variant: [] for variant in VARIANTS}
    order = list(VARIANTS)
    for number in range(1, ROUNDS + 1):
        for variant in order:
            run = run_once(variant, certificate, key)
            runs[variant].append(run)
            done = f"{len(run.fetched.responses)} requests in {run.fetched.seconds:.2f} s"
            print(f"round {number} of {ROUNDS}, {variant}: {done}", flush=True)
        order.reverse()  # nobody is always first
    return runs


def check_equal(runs: Runs) -> None:
    """Every run has had the responses of the first one, and has coded as many header fields."""
    first = runs[PURE][0]
    for variant in VARIANTS:
        for run in runs[variant]:
            _check_responses(variant, run.fetched.responses, first.fetched.responses)
            if run.fetched.negotiated != first.fetched.negotiated:
                raise DemoError(f"{variant} negotiated otherwise: {run.fetched.negotiated}")
            if _work(run) != _work(first):
                raise DemoError(f"{variant} coded {_work(run)}, not {_work(first)} (calls, fields)")


def _check_responses(variant: str, ours: list[Response], expected: list[Response]) -> None:
    if len(ours) != len(expected):
        raise DemoError(f"{variant} had {len(ours)} responses, not {len(expected)}")
    for number, pair in enumerate(zip(ours, expected, strict=True)):
        for field in fields(Response):
            got, wanted = (getattr(response, field.name) for response in pair)
            if got != wanted:
                place = f"{field.name} of response {number} of {variant}"
                raise DemoError(f"{place}: {got!r}, not {wanted!r}")


def _work(run: Run) -> list[tuple[int, int]]:
    return [(len(timing.nanoseconds), timing.fields) for timing in _timings(run).values()]


def _timings(run: Run) -> dict[str, Timing]:
    return {
        "client encode": run.client.encode,
        "server decode": run.server.decode,
        "server encode": run.server.encode,
        "client decode": run.client.decode,
    }


def table(runs: Runs) -> Iterator[str]:
    yield _line("", "calls", "fields", PURE, H2FAST, f"{PURE}/{H2FAST}")
    for name, timing in _timings(runs[PURE][0]).items():
        times = {variant: _nanoseconds(name, runs[variant]) for variant in VARIANTS}
        counts = str(len(timing.nanoseconds)), str(timing.fields)
        yield _row(f"{name}, microseconds", _scaled(times, 1000), counts)
        yield _row("   nanoseconds per field", _scaled(times, timing.fields))
    for name, quantity in OF_A_RUN.items():
        yield _row(name, {variant: median(map(quantity, runs[variant])) for variant in VARIANTS})


def _nanoseconds(name: str, runs: list[Run]) -> float:
    """Of all calls, each with the median of its times: what interrupts a call in one run, for as
    long as a thousand others take, does not meet it in the next."""
    calls = zip(*(_timings(run)[name].nanoseconds for run in runs), strict=True)
    return float(sum(median(times) for times in calls))


def _scaled(values: dict[str, float], divisor: float) -> dict[str, float]:
    return {variant: value / divisor for variant, value in values.items()}


def _row(name: str, values: dict[str, float], counts: tuple[str, str] = ("", "")) -> str:
    cells = [f"{values[variant]:.0f}" for variant in VARIANTS]
    return _line(name, *counts, *cells, f"{values[PURE] / values[H2FAST]:.2f}")


def _line(name: str, *cells: str) -> str:
    return f"{name:29}" + "".join(f"{cell:>9}" for cell in cells[:-1]) + f"{cells[-1]:>13}"


def show(runs: Runs) -> None:
    responses = len(runs[PURE][0].fetched.responses)
    print(f"\nnegotiated in all runs: {runs[PURE][0].fetched.negotiated}, one connection")
    print(f"all {responses} responses (status, headers but date, body) are equal in all runs\n")
    print(*table(runs), sep="\n")
    print(NOTE)


def main() -> int:
    # As an exception, so that what is running is stopped and what was written is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("demo: terminated"))
    try:
        print(f"Python {platform.python_version()}", *find_versions(), sep=", ", flush=True)
        with tempfile.TemporaryDirectory(prefix="h2fast-demo-") as folder:
            runs = run_all(Path(folder))
        check_equal(runs)
        show(runs)
    except (DemoError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
