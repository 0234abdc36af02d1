"""A virtual environment for each suite, with h2fast in it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.conftest import ROOT

FOLDER = ROOT / "build" / "compat"


class SetupError(Exception):
    """What a suite needs cannot be installed. The message says why."""


def build_wheel() -> Path:
    """The wheel of this h2fast, with the setuptools and the Cython that are installed here.

    :raises SetupError: it cannot be built.
    """
    folder = FOLDER / "wheel"
    for old in folder.glob("h2fast-*.whl"):
        old.unlink()
    options = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    _pip(Path(sys.executable), *options)
    return next(folder.glob("h2fast-*.whl"))


def make(name: str, packages: tuple[str, ...], wheel: Path) -> Path:
    """The interpreter of an environment with these packages; made once, h2fast put in each time.

    :raises SetupError: something cannot be installed.
    """
    folder = FOLDER / "environments" / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    # What is installed already is left alone.
    _pip(python, "install", *packages)
    _pip(python, "install", "--force-reinstall", "--no-deps", str(wheel))
    return python


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"pip {arguments[0]} has failed: {done.stderr[-1000:]}")
