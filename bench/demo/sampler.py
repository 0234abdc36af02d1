"""Looks at the stack at short intervals, and counts whose time it is.

A sample counts for the innermost of the four packages that is on the stack; where none is, for the
package of the innermost frame, standard library left out but for the parts that are a cost of their
own. What is written in C counts for who called it: where that is a method of a connection or of a
priority tree, bench.demo.boundary has a frame there that says so.

A timer of CPU time would tick too seldom, every 4 ms on most systems. This one is of real time, so
samples of a process that waits for its sockets are left out.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from types import FrameType

from bench.demo import boundary

INTERVAL = 0.0005  # seconds

# Which part of an interval a process has had the processor for, if it was not waiting.
BUSY = 0.7

FOUR = ("h2", "hpack", "hyperframe", "priority")

# Parts of the standard library that are told apart, and names that say more than a package's.
NAMES = {
    "asyncio": "asyncio",
    "selectors": "asyncio",
    "ssl": "ssl",
    "bench": "application",
}


class Sampler:
    """Samples the main thread of this process. ``samples`` are how many there were by package,
    those in the means of measuring left out."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()
        self._last = 0.0  # seconds of CPU time

    def start(self) -> None:
        signal.signal(signal.SIGALRM, self._take)
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _take(self, _: int, frame: FrameType | None) -> None:
        was_busy = time.thread_time() - self._last > BUSY * INTERVAL
        package = package_of(frame)
        if package and (was_busy or not _is_waiting(frame)):
            self.samples[package] += 1
        self._last = time.thread_time()


def _is_waiting(frame: FrameType | None) -> bool:
    """Whether a stack is in a call of the system's that waits for sockets, or only looks."""
    return frame is not None and frame.f_globals.get("__name__") == "selectors"


def package_of(frame: FrameType | None) -> str:
    """The package that a stack is in; nothing if it is in the means of measuring."""
    owner = ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == boundary.__name__:
            return boundary.package_called(frame)
        parts = module.split(".")
        package = parts[1] if parts[0] == "h2fast" and len(parts) > 1 else parts[0]
        if package in FOUR:
            return package
        if not owner and (package in NAMES or package not in sys.stdlib_module_names):
            owner = NAMES.get(package, package)
        frame = frame.f_back
    return owner or "Python"
