"""HPACK and HTTP/2 in C, behind the APIs that Python's HTTP/2 stacks already call."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .activation import install, installed, uninstall

if TYPE_CHECKING:
    from ._connection import Connection

__all__ = ["Connection", "install", "installed", "uninstall"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """``Connection`` is loaded when it is asked for: a program that only installs drop-ins does not
    need it, and activation has to say itself what cannot be loaded."""
    if name == "Connection":
        return importlib.import_module("._connection", __name__).Connection
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
