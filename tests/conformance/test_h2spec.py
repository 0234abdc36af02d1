"""h2spec and h2specd, the conformance tests of https://github.com/summerwind/h2spec, with a server
and a client of h2fast.aio."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.interop.processes import our_server, program

FOLDER = ROOT / "build" / "go" / "bin"
RELEASE = "v2.2.1+incompatible"
RUNS = 3
SERVER_CASES = 146
CLIENT_CASES = 57


def installed(name: str) -> Path:
    """The path of one of the programs, which the Go client installs once into the build folder."""
    path = FOLDER / name
    if not path.exists():
        done = subprocess.run(
            [program("go"), "install", f"github.com/summerwind/h2spec/cmd/{name}@{RELEASE}"],
            env={**os.environ, "GOBIN": str(FOLDER)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            # Where the gate runs, the network is there.
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing(f"{name} cannot be installed with go install: {done.stderr[-300:]}")
    return path


def run(*command: str | Path) -> str:
    """What a program says in the end, if none of its cases failed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    summary: list[str] = re.findall(r"\d+ tests,.*", done.stdout)
    return summary[-1]


@pytest.mark.parametrize("tls", [False, True], ids=["clear-text", "tls"])
def test_server(tls: bool) -> None:
    h2spec = installed("h2spec")
    with our_server(tls) as server:  # which has nothing to complain about
        for _ in range(RUNS):
            result = run(
                h2spec, "--strict", "--port", str(server.port), *(["--tls", "-k"] if tls else [])
            )
            assert result == f"{SERVER_CASES} tests, {SERVER_CASES} passed, 0 skipped, 0 failed"


def test_client() -> None:
    """In clear text: over TLS, h2specd lets every connection wait for a second at its end."""
    client = f"{sys.executable} -m tests.interop.fetch"
    result = run(installed("h2specd"), "--strict", "--exec", client, "--from-port", first_port())
    assert result == f"{CLIENT_CASES} tests, {CLIENT_CASES} passed, 0 skipped, 0 failed"


def first_port() -> str:
    """Where h2specd, which listens on a port for each case, finds all free, in all likelihood."""
    return str(20000 + os.getpid() % 100 * 100)
