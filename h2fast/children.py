"""Lets processes that multiprocessing spawns have the drop-ins too, for ``python -m h2fast run``.

A spawned process, or one of a fork server, is a new interpreter in which nothing is installed.
multiprocessing has it load the main module of the program first, under the name ``__mp_main__``.
From :func:`follow` to :func:`unfollow` it loads ``h2fast.spawned_main`` in place of that, which
calls :func:`enter`: that installs the drop-ins, and loads the program's main module as
multiprocessing would have done. What the new process has to know for that stands in its
environment, in ``H2FAST_SPAWN``.

Processes that a program starts in any other way are not followed.
"""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Iterable
from multiprocessing import spawn
from pathlib import Path
from typing import Any

from .activation import Mode, install

VARIABLE = "H2FAST_SPAWN"
STAND_IN = "h2fast.spawned_main"
FOLDER = str(Path(__file__).resolve().parent.parent)  # that h2fast is imported from

# How multiprocessing tells a new process which main module there is: one of these, or none.
BY_NAME, BY_PATH = "init_main_from_name", "init_main_from_path"

_prepare = spawn.get_preparation_data


def follow(only: Iterable[str] | None, mode: Mode) -> None:
    """Have processes spawned from now on install the drop-ins, as :func:`h2fast.install` does."""
    names = None if only is None else list(only)

    def prepare(name: str) -> dict[str, Any]:
        data = _prepare(name)
        main = {key: data.pop(key) for key in (BY_NAME, BY_PATH) if key in data}
        if main.get(BY_NAME) == STAND_IN:  # of a process whose own main module was left out
            main = {}
        os.environ[VARIABLE] = json.dumps({"only": names, "mode": mode, "main": main})
        data[BY_NAME] = STAND_IN
        if FOLDER not in data["sys_path"]:
            data["sys_path"] = [*data["sys_path"], FOLDER]
        return data

    spawn.get_preparation_data = prepare


def unfollow() -> None:
    """Take back :func:`follow`."""
    spawn.get_preparation_data = _prepare
    os.environ.pop(VARIABLE, None)


def enter() -> dict[str, Any]:
    """Make a spawned process one with the drop-ins.

    :returns: what the program's main module defines; nothing if multiprocessing leaves it out.
    :raises RuntimeError: this is no process that has been spawned so.
    """
    if VARIABLE not in os.environ:
        raise RuntimeError(f"{VARIABLE} is missing from the environment of a spawned process")
    told = json.loads(os.environ[VARIABLE])
    install(told["only"], mode=told["mode"])
    follow(told["only"], told["mode"])
    main = told["main"]
    if BY_PATH in main:
        return runpy.run_path(main[BY_PATH], run_name="__mp_main__")
    name = main.get(BY_NAME, "__main__")
    if name == "__main__" or name.endswith(".__main__"):
        return {}  # loading such a module would run the program again
    return runpy.run_module(name, run_name="__mp_main__", alter_sys=True)
