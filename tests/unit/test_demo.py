"""The demo's own words, without its runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.demo.table import NOTE
from tests.conftest import ROOT

DEMO = ROOT / "bench" / "demo" / "demo.py"


@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--no-such-option", 2)])
def test_arguments_do_not_start_it(argument: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO), argument],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "usage: demo.py [-h]" in done.stdout + done.stderr


def test_the_note_is_right_for_one_round() -> None:
    assert "Rounds: 1. " in NOTE.format(1)
