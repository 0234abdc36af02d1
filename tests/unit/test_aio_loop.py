"""The event loop that h2fast.aio runs on."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
{}
from h2fast.aio import run

async def main():
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]

print(run(main()))
"""


def loop_of(preparation: str) -> str:
    command = [sys.executable, "-c", PROGRAM.format(preparation)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_without_uvloop_it_is_that_of_asyncio() -> None:
    assert loop_of("sys.modules['uvloop'] = None") == "asyncio"


def test_where_uvloop_is_installed_it_is_that() -> None:
    pytest.importorskip("uvloop", reason="no uvloop: pip install uvloop")
    assert loop_of("") == "uvloop"
