"""Event loops for the tests of h2fast.aio."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from tests.aio_peers import Run

T = TypeVar("T")

TIME = 30


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine with the loop's debug mode on; afterwards there must be no task left, and
    nothing that the loop had to complain about."""
    factory: Any = asyncio.new_event_loop
    if request.param == "uvloop":
        reason = "no uvloop: pip install uvloop"
        factory = pytest.importorskip("uvloop", reason=reason).new_event_loop

    def run_on_loop(main: Coroutine[Any, Any, T]) -> T:
        loop = factory()
        loop.set_debug(True)
        loop.slow_callback_duration = TIME
        try:
            return loop.run_until_complete(_watched(main))  # type: ignore[no-any-return]
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            gc.collect()

    return run_on_loop


async def _watched(main: Coroutine[Any, Any, T]) -> T:
    complaints: list[dict[str, Any]] = []

    def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # In debug mode, asyncio tells of every TLS handshake that fails.
        if not context["message"].startswith("Error on transport creation"):
            complaints.append(context)

    asyncio.get_running_loop().set_exception_handler(complain)
    result = await asyncio.wait_for(main, TIME)
    for _ in range(3):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    del main
    gc.collect()
    await asyncio.sleep(0)
    assert not complaints
    assert not left
    return result
