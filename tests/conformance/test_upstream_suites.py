"""The upstream packages' own test suites, unmodified, from their sdists, run on the drop-ins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Distribution, release, folder of its tests, options of Python, tests that pass on the original.
SUITES = [
    pytest.param("hpack", "4.2.0", "tests", [], 88, id="hpack"),
    pytest.param("h2", "4.4.1", "tests", ["-bb"], 1662, id="h2-on-hpack"),
]


def fetch(name: str, release: str) -> Path:
    """The unpacked sdist, fetched once from the package index into the ignored build folder."""
    folder = ROOT / "build" / "upstream"
    unpacked = folder / f"{name}-{release}"
    if not unpacked.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
        done = subprocess.run(
            [*pip, "--dest", str(folder), f"{name}=={release}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            # Where the gate runs, the package index is there.
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing(f"the sdist of {name} {release} cannot be fetched: {done.stderr[-300:]}")
        with tarfile.open(next(folder.glob(f"{name}-{release}.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
    return unpacked


@pytest.mark.parametrize(("name", "release", "tests", "options", "passing"), SUITES)
def test_suite(name: str, release: str, tests: str, options: list[str], passing: int) -> None:
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
    found = re.search(r"(\d+) passed", summary)
    assert found is not None, summary
    assert int(found[1]) == passing
    assert not re.search("failed|error|skipped|xfailed", summary), summary
