"""h2's own tests, unmodified, from its sdist, on the modules of h2fast.h2 that there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.test_upstream_suites import fetch
from tests.conftest import ROOT

# What needs neither H2Connection nor H2Stream, and how many tests that is.
STAND_ALONE = [
    "tests/test_config.py", "tests/test_events.py", "tests/test_exceptions.py",
    "tests/test_settings.py", "tests/test_state_machines.py", "tests/test_utility_functions.py",
]  # fmt: skip
NEEDS_A_CONNECTION = "TestGetNextAvailableStreamID"


@pytest.mark.parametrize(
    ("parts", "arguments", "passing", "deselected"),
    [
        pytest.param(
            "alone", [*STAND_ALONE, "-k", f"not {NEEDS_A_CONNECTION}"], 166, 3, id="alone"
        ),
        pytest.param("beneath", ["tests"], 1662, 0, id="beneath-h2"),
    ],
)
def test_suite_of_h2(parts: str, arguments: list[str], passing: int, deselected: int) -> None:
    path = [str(ROOT), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-bb", "-m", "pytest", "-q", "-p", "h2_parts_plugin",
         "-p", "no:cacheprovider", *arguments],
        cwd=fetch("h2", "4.4.1"),
        env={
            **os.environ,
            "CI": "true",  # without which Hypothesis fails examples that take long
            "H2FAST_H2_PARTS": parts,
            "PYTHONPATH": os.pathsep.join(path),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    summary = done.stdout.strip().splitlines()[-1]
    counts = {what: int(number) for number, what in re.findall(r"(\d+) (\w+)", summary)}
    counts.pop("warnings", None)
    assert counts == {"passed": passing} | ({"deselected": deselected} if deselected else {})
