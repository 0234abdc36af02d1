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
    if uvloop is None:
        return asyncio.run(main)
    return uvloop.run(main)  # type: ignore[no-any-return]
