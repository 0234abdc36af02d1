"""One process of a run, and the way to it from whoever started it.

The process puts its variant's packages in place before anything else, looks that they are, and
hands over to ``run`` of its role's module. What it says last is what has been measured in it.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TypeVar

from bench.demo.sampler import Sampler

PURE, H2FAST = VARIANTS = ("pure", "h2fast")
PATIENCE = 60.0  # seconds, for whatever a participant is to say next
GRACE = 5.0  # seconds, to end by itself

Message = TypeVar("Message")

# A new interpreter each: what one has imported, no other has.
SPAWN = multiprocessing.get_context("spawn")


class DemoError(Exception):
    """The demo cannot go on. The message says why, for whoever runs it."""


@dataclass(frozen=True)
class Measured:
    """What each process says last: CPU time since its imports were done, and samples of whose it
    was, where it was sampled."""

    cpu_seconds: float
    samples: Counter[str]


@dataclass(frozen=True)
class Setting:
    """How a participant runs: on which packages, and whether it is sampled."""

    variant: str
    sampled: bool = False

    def __str__(self) -> str:
        return f"{self.variant}{', sampled' if self.sampled else ''}"


@dataclass(frozen=True)
class _Failure:
    reason: str


class Participant:
    """A process, as long as the context lasts."""

    def __init__(self, setting: Setting, role: str, *arguments: object) -> None:
        self._name = f"the {role} ({setting})"
        self._pipe, its_end = SPAWN.Pipe()
        self._process = SPAWN.Process(
            target=_take_part, args=(its_end, setting, role, arguments), daemon=True
        )
        self._process.start()
        its_end.close()  # so that the pipe ends when the process does

    def __enter__(self) -> Participant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pipe.close()  # tells the server to stop
        self._process.join(0 if error else GRACE)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()

    def stop(self) -> Measured:
        """Have it end, and say what it has measured."""
        with suppress(ConnectionError):  # if it has ended, receive says so
            self._pipe.send("stop")
        return self.receive(Measured)

    def receive(self, kind: type[Message]) -> Message:
        """What the process says next.

        :raises DemoError: nothing in time, or that it has failed.
        """
        if not self._pipe.poll(PATIENCE):
            raise DemoError(f"{self._name} has said nothing for {PATIENCE:.0f} seconds")
        try:
            message = self._pipe.recv()
        except (EOFError, ConnectionError) as error:
            self._process.join(GRACE)
            status = self._process.exitcode
            raise DemoError(f"{self._name} has ended, with exit status {status}") from error
        if isinstance(message, _Failure):
            raise DemoError(f"{self._name} has failed: {message.reason}")
        assert isinstance(message, kind), message
        return message


def _take_part(
    pipe: Connection, setting: Setting, role: str, arguments: tuple[object, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the process that started this one
    last: Measured | _Failure
    try:
        last = _play(pipe, setting, role, arguments)
    except DemoError as error:
        last = _Failure(str(error))
    except Exception as error:
        last = _Failure(f"{type(error).__name__}: {error}".rstrip(": "))
    with suppress(ConnectionError):  # nobody listens any more
        pipe.send(last)


def _play(pipe: Connection, setting: Setting, role: str, arguments: tuple[object, ...]) -> Measured:
    if setting.variant == H2FAST:
        import_module("h2fast").install()
    sampler = None
    if setting.sampled:
        import_module("bench.demo.boundary").put_in_place()
        sampler = Sampler()
    module = import_module(f"bench.demo.{role}")
    _check_in_place(setting.variant)
    if sampler is not None:
        sampler.start()
    start = time.process_time()
    module.run(pipe, *arguments)
    seconds = time.process_time() - start
    if sampler is None:
        return Measured(seconds, Counter())
    sampler.stop()
    return Measured(seconds, sampler.samples)


def _check_in_place(variant: str) -> None:
    """Look that the packages under the four names are those of the variant."""
    active = import_module("h2fast").installed() if variant == H2FAST else frozenset()
    for name in ("h2", "hpack", "hyperframe", "priority"):
        module = sys.modules.get(name)
        is_ours = module is not None and "h2fast" in str(module.__file__).split("/")
        if module is not None and is_ours != (name in active):
            raise DemoError(f"{name} is not the one of {variant}: {module.__file__}")
