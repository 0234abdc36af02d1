"""The runs: who takes part in each, and what comes of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

from bench.demo.messages import Fetched, Response
from bench.demo.participant import PURE, VARIANTS, DemoError, Measured, Participant, Setting

ADDRESS = "127.0.0.1"
ROUNDS = 3
ENOUGH = 100.0  # seconds, after which no round is begun that would take longer

SERVER, CLIENT = SIDES = ("hypercorn", "httpx")


@dataclass(frozen=True)
class Run:
    """Hypercorn and httpx with each other."""

    fetched: Fetched
    server: Measured
    client: Measured


@dataclass(frozen=True)
class Alone:
    """One of them with a peer that is faster than itself."""

    requests: int
    rate: float  # requests a second
    measured: Measured


@dataclass
class Runs:
    """Of one variant."""

    together: list[Run] = field(default_factory=list)
    alone: dict[str, list[Alone]] = field(default_factory=lambda: {side: [] for side in SIDES})
    sampled: dict[str, list[Alone]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def samples(self, side: str) -> Counter[str]:
        return sum((run.measured.samples for run in self.sampled[side]), Counter())


@dataclass(frozen=True)
class Identity:
    """The files of the server's certificate and key."""

    certificate: Path
    key: Path


def run_together(setting: Setting, identity: Identity) -> Run:
    with Participant(setting, "server", ADDRESS, identity.certificate, identity.key) as server:
        url = f"https://{ADDRESS}:{server.receive(int)}"
        with Participant(setting, "client", url, identity.certificate) as client:
            fetched, client_measured = client.receive(Fetched), client.receive(Measured)
        return Run(fetched, server.stop(), client_measured)


def run_server_alone(setting: Setting, identity: Identity) -> Alone:
    """Hypercorn, asked by h2fast.aio."""
    with Participant(setting, "server", ADDRESS, identity.certificate, identity.key) as server:
        port = server.receive(int)
        with Participant(Setting(PURE), "driver", ADDRESS, port, identity.certificate) as driver:
            requests, rate = driver.receive(int), driver.receive(float)
            driver.receive(Measured)
        return Alone(requests, rate, server.stop())


def run_client_alone(setting: Setting, identity: Identity) -> Alone:
    """httpx, answered by h2fast.aio."""
    files = identity.certificate, identity.key
    with Participant(Setting(PURE), "responder", ADDRESS, *files) as responder:
        url = f"https://{ADDRESS}:{responder.receive(int)}"
        with Participant(setting, "asker", url, identity.certificate) as asker:
            alone = Alone(asker.receive(int), asker.receive(float), asker.receive(Measured))
        responder.stop()
    return alone


RUN_ALONE = {SERVER: run_server_alone, CLIENT: run_client_alone}


def run_all(identity: Identity) -> dict[str, Runs]:
    """All runs, in turns, with a line for each."""
    runs = {variant: Runs() for variant in VARIANTS}
    order = list(VARIANTS)
    start = time.monotonic()
    for number in range(ROUNDS):
        passed = time.monotonic() - start
        if number and passed / number * (number + 1) > ENOUGH:
            print(f"{passed:.0f} seconds have passed: there is no time for another round")
            break
        for variant in order:
            for line in _run_round(runs[variant], variant, identity):
                print(f"round {number + 1}, {variant:6}: {line}", flush=True)
        order.reverse()  # nobody is always first
    return runs


def _run_round(runs: Runs, variant: str, identity: Identity) -> Iterator[str]:
    runs.together.append(run_together(Setting(variant), identity))
    yield f"{len(runs.together[-1].fetched.responses)} responses"
    for side in SIDES:
        runs.alone[side].append(RUN_ALONE[side](Setting(variant), identity))
        yield f"{side} alone, {runs.alone[side][-1].rate:.0f} requests a second"
        runs.sampled[side].append(RUN_ALONE[side](Setting(variant, sampled=True), identity))
        yield f"{side} alone, {runs.sampled[side][-1].measured.samples.total()} samples"


def check_equal(runs: dict[str, Runs]) -> None:
    """Every run has had the responses of the first one.

    :raises DemoError: one has not; the message says which, and where.
    """
    first = runs[PURE].together[0].fetched
    for variant in VARIANTS:
        for run in runs[variant].together:
            _check_responses(variant, run.fetched.responses, first.responses)
            if run.fetched.negotiated != first.negotiated:
                raise DemoError(f"{variant} negotiated otherwise: {run.fetched.negotiated}")


def _check_responses(variant: str, ours: list[Response], expected: list[Response]) -> None:
    if len(ours) != len(expected):
        raise DemoError(f"{variant} had {len(ours)} responses, not {len(expected)}")
    for number, pair in enumerate(zip(ours, expected, strict=True)):
        for part in fields(Response):
            got, wanted = (getattr(response, part.name) for response in pair)
            if got != wanted:
                place = f"{part.name} of response {number} of {variant}"
                raise DemoError(f"{place}: {got!r}, not {wanted!r}")
