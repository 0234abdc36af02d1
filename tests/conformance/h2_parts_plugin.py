"""A plugin of pytest, with which h2's own tests run on the modules of h2fast.h2.

H2FAST_H2_PARTS in the environment says how:

    alone     nothing else is there under h2's names, so there are no connections and no streams
    beneath   h2's own connections and streams are there, and stand on them
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

from h2fast import activation

WHOLE = (
    "_typing", "config", "errors", "events", "exceptions", "frame_buffer", "settings", "utilities",
    "windows",
)  # fmt: skip

# Of the others, what there is.
PARTS = {
    "stream": (
        "STREAM_OPEN", "H2StreamStateMachine", "StreamClosedBy", "StreamInputs", "StreamState",
        "_transitions",
    ),
    "connection": (
        "AllowedStreamIDs", "ConnectionInputs", "ConnectionState", "H2ConnectionStateMachine",
    ),
}  # fmt: skip


def ours(name: str) -> ModuleType:
    """A module of h2fast.h2 that says it is h2's."""
    module = importlib.import_module(f"h2fast.h2.{name}")
    activation._rename(module, f"h2.{name}")
    return module


def install_alone() -> None:
    activation._PACKAGES["h2"] = (*WHOLE, *PARTS)
    activation.install()
    for name in (*WHOLE, *PARTS):
        assert sys.modules[f"h2.{name}"] is sys.modules[f"h2fast.h2.{name}"]


def install_beneath() -> None:
    activation.install()
    package = importlib.import_module("h2")
    for name in WHOLE:
        sys.modules[f"h2.{name}"] = ours(name)
        setattr(package, name, ours(name))
    for name, parts in PARTS.items():
        original = importlib.import_module(f"h2.{name}")
        for part in parts:
            assert hasattr(original, part)
            setattr(original, part, getattr(ours(name), part))


{"alone": install_alone, "beneath": install_beneath}[os.environ["H2FAST_H2_PARTS"]]()
