"""Commands of ``python -m h2fast`` that tests run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

PATIENCE = 60.0  # seconds
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def h2fast(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "h2fast", *map(str, arguments)],
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass
class Serving:
    """``python -m h2fast serve``, as it runs."""

    process: subprocess.Popen[str]
    url: str
    port: int
    announced: str


@contextmanager
def serving(folder: Path, *arguments: object) -> Iterator[Serving]:
    """Serve a folder on a free port of the loopback address until the context ends."""
    command = [sys.executable, "-m", "h2fast", "serve", folder, "--host=127.0.0.1", "--port=0"]
    with subprocess.Popen(
        [str(part) for part in (*command, *arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            announced = ""
            while "serving" not in announced:
                line = process.stdout.readline()
                assert line, f"serve has ended: {process.stderr and process.stderr.read()}"
                announced += line
            found = re.search(r"(https?://\S+:(\d+))/", announced)
            assert found is not None
            yield Serving(process, found[1], int(found[2]), announced)
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=PATIENCE)
