"""Memory that runs out, once, at each allocation of a script in turn: see script.py.

Here it is some of them; H2FAST_EVERY_ALLOCATION=1 has all fail.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
STEPS = {"connections": 23, "packages": 5}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        pytest.skip("allocations are replaced by what glibc preloads, which is not here")
    if os.environ.get("LD_PRELOAD"):
        pytest.skip("something else is preloaded already")
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no C compiler: {compiler[0]} is not on PATH (CC names another one)")
    library = tmp_path_factory.mktemp("failing") / "failing.so"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*compiler, *flags, HERE / "failing.c", "-o", library, "-ldl"], check=True)
    return library


@pytest.mark.parametrize("script", STEPS)
def test_failure_of_allocations(shim: Path, script: str) -> None:
    every = os.environ.get("H2FAST_EVERY_ALLOCATION") == "1"
    done = subprocess.run(
        [sys.executable, HERE / "script.py", script, str(1 if every else STEPS[script])],
        env={
            **os.environ,
            "LD_PRELOAD": str(shim),
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    failures, events = map(
        int, re.findall(r"^(\d+) of \d+ allocations failed; (\d+) ", done.stdout)[0]
    )
    assert failures > 20
    assert events >= 500 or script == "packages"
