"""One process of a run, the server or the client, and the way to it from whoever started it.

The process puts its variant's hpack in place before anything else, checks that h2 has that one,
times it, and hands over to ``run`` of the role's module.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TypeVar

from bench.demo.timing import Timing, time_decode, time_encode

PURE, H2FAST = VARIANTS = ("pure", "h2fast")
PATIENCE = 60.0  # seconds, for whatever a participant is to say next
GRACE = 5.0  # seconds, to end by itself

Message = TypeVar("Message")

# A new interpreter each: what one has imported, no other has.
SPAWN = multiprocessing.get_context("spawn")


class DemoError(Exception):
    """The demo cannot go on. The message says why, for whoever runs it."""


@dataclass(frozen=True)
class Response:
    status: int
    version: str
    headers: list[tuple[bytes, bytes]]  # without date
    body: bytes


@dataclass(frozen=True)
class Fetched:
    """What the client says when it has fetched everything."""

    responses: list[Response]
    seconds: float
    negotiated: str


@dataclass(frozen=True)
class Measured:
    """What each process says last."""

    encode: Timing
    decode: Timing
    cpu_seconds: float  # since its imports were done


@dataclass(frozen=True)
class _Failure:
    reason: str


class Participant:
    """A process, as long as the context lasts."""

    def __init__(self, variant: str, role: str, *arguments: object) -> None:
        self._name = f"the {variant} {role}"
        self._pipe, its_end = SPAWN.Pipe()
        self._process = SPAWN.Process(
            target=_take_part, args=(its_end, variant, role, arguments), daemon=True
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

    def tell(self, message: str) -> None:
        with suppress(ConnectionError):  # if it has ended, receive says so
            self._pipe.send(message)

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
        assert isinstance(message, kind)
        return message


def _take_part(pipe: Connection, variant: str, role: str, arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the process that started this one
    last: Measured | _Failure
    try:
        last = _play(pipe, variant, role, arguments)
    except DemoError as error:
        last = _Failure(str(error))
    except Exception as error:
        last = _Failure(f"{type(error).__name__}: {error}".rstrip(": "))
    with suppress(ConnectionError):  # nobody listens any more
        pipe.send(last)


def _play(pipe: Connection, variant: str, role: str, arguments: tuple[object, ...]) -> Measured:
    if variant == H2FAST:
        import_module("h2fast").install(only=("hpack",))
    hpack = import_module("hpack")
    encode, decode = time_encode(hpack.Encoder), time_decode(hpack.Decoder)
    module = import_module(f"bench.demo.{role}")
    _check_in_place(variant)
    start = time.process_time()
    module.run(pipe, *arguments)
    return Measured(encode, decode, time.process_time() - start)


def _check_in_place(variant: str) -> None:
    ours = import_module("h2fast.hpack")
    for user in ("hpack", "h2.connection"):
        module = import_module(user)
        for name in ("Encoder", "Decoder"):
            if (getattr(module, name) is getattr(ours, name)) != (variant == H2FAST):
                raise DemoError(f"{user}.{name} is not the one of {variant} hpack")
