"""The upstream packages' own test suites, unmodified, from their sdists, run on the drop-ins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upstream import UnavailableError, fetch_sdist

# Distribution, release, folder of its tests, options of Python, and how many tests the original
# passes and skips: hyperframe's sdist has not the cases of one test.
SUITES = [
    pytest.param("hpack", "4.2.0", "tests", [], 88, 0, id="hpack"),
    pytest.param("hyperframe", "6.1.0", "tests", [], 108, 1, id="hyperframe"),
    pytest.param("priority", "2.0.0", "test", [], 170, 0, id="priority"),
    pytest.param("h2", "4.4.1", "tests", ["-bb"], 1662, 0, id="h2"),
]


def fetch(name: str, release: str) -> Path:
    """The unpacked sdist, or a skip that says why there is none."""
    try:
        return fetch_sdist(name, release)
    except UnavailableError as error:
        # Where the gate runs, the package index is there.
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(str(error))


@pytest.mark.parametrize(("name", "release", "tests", "options", "passing", "skipping"), SUITES)
def test_suite(
    name: str, release: str, tests: str, options: list[str], passing: int, skipping: int
) -> None:
    suite = fetch(name, release)
    done = subprocess.run(
        [sys.executable, *options, "-m", "pytest", "-q", "-p", "h2fast.pytest_plugin",
         "-p", "no:cacheprovider", tests],
        cwd=suite,
        env={**os.environ, "CI": "true"},  # without which Hypothesis fails examples that take long
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    counts = {what: int(number) for number, what in re.findall(r"(\d+) (\w+)", summary)}
    counts.pop("warnings", None)
    assert counts == {"passed": passing} | ({"skipped": skipping} if skipping else {}), summary
