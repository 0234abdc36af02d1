"""Fetches what other projects have published, by name and release, into the build folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

from tests.conftest import ROOT

FOLDER = ROOT / "build" / "upstream"


class UnavailableError(Exception):
    """The package index does not give it. The message says why."""


def fetch_sdist(name: str, release: str) -> Path:
    """The unpacked source distribution of a release, fetched once.

    :raises UnavailableError: it cannot be fetched.
    """
    unpacked = FOLDER / f"{name}-{release}"
    if not unpacked.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
        done = subprocess.run(
            [*pip, "--dest", str(FOLDER), f"{name}=={release}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UnavailableError(
                f"the sdist of {name} {release} cannot be fetched: {done.stderr[-300:]}"
            )
        with tarfile.open(next(FOLDER.glob(f"{name}-{release}.tar.gz"))) as archive:
            # Python before 3.10.12 and 3.11.4 has no filters.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(FOLDER)
    return unpacked
