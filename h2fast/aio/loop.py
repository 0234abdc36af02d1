"""The event loop: uvloop's where it is installed."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Coroutine
from typing import Any, TypeVar

try:
    uvloop: Any = importlib.import_module("uvloop")
except ImportError:
    uvloop = None

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as :func:`asyncio.run` does, on uvloop's loop if it is installed."""
    factory = uvloop.new_event_loop if uvloop is not None else None
    if factory is None:
        return asyncio.run(main)
    loop = factory()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)  # type: ignore[no-any-return]
    finally:
        try:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs, and wait for it."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
