"""Whose time the demo says it is, also where that is spent in C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from bench.demo.boundary import Proxy
from bench.demo.sampler import FOUR, Sampler, package_of


def function_of(module: str, inner: Callable[[], Any]) -> Any:
    """A function of another module, which calls something."""
    namespace: dict[str, Any] = {"__name__": module, "inner": inner}
    exec("def function():\n    return inner()", namespace)
    return namespace["function"]


@pytest.mark.parametrize(
    ("modules", "package"),
    [
        (["hypercorn.protocol.h2"], "hypercorn"),
        (["hypercorn.protocol.h2", "asyncio.tasks"], "asyncio"),
        (["hypercorn.protocol.h2", "enum"], "hypercorn"),
        (["hypercorn.protocol.h2", "h2.connection", "enum"], "h2"),
        (["h2.connection", "hpack.hpack"], "hpack"),
        (["httpcore", "h2fast.h2.connection"], "h2"),
        (["httpcore", "h2fast.hpack.table"], "hpack"),
        (["bench.demo.server"], "application"),
    ],
)
def test_the_package_of_a_stack(modules: list[str], package: str) -> None:
    call: Callable[[], Any] = partial(sys._getframe, 0)
    for module in reversed(modules):
        call = function_of(module, call)
    frame = call()
    assert frame.f_globals["__name__"] == modules[-1]
    assert package_of(frame) == package


def test_what_is_called_behind_a_proxy_is_the_packages() -> None:
    frames: list[FrameType] = []
    target = SimpleNamespace(method=lambda: frames.append(sys._getframe(1)), value=5)
    proxy = Proxy(target, "priority")
    function_of("hypercorn", proxy.method)()
    assert package_of(frames[0]) == "priority"
    proxy.value += 1
    assert target.value == proxy.value == 6


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no timers on this system")
def test_time_in_c_is_that_of_the_package_that_is_called() -> None:
    """Sorting has no frame in Python, and no signal is handled before it ends."""
    sampler, numbers = Sampler(), SimpleNamespace(sort=list(range(200_000)).sort)
    call = function_of("hypercorn", Proxy(numbers, "h2").sort)
    sampler.start()
    try:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            call()
    finally:
        sampler.stop()
    inside = sum(sampler.samples[package] for package in FOUR)
    assert inside > 0.8 * sampler.samples.total() > 0
