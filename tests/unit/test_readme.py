"""The README's server and client do what it says, as they stand there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.aio_peers import free_port, make_certificate

README = Path(__file__).parent.parent.parent / "README.md"


def programs(port: int) -> list[str]:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [block.replace("8443", str(port)) for block in blocks if "h2fast.aio" in block]


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("localhost", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"the server has ended: {server.returncode}")


@pytest.mark.parametrize("program", [0, 1])
def test_examples_have_twenty_lines(program: int) -> None:
    lines = [line for line in programs(8443)[program].splitlines() if line.strip()]
    assert len(lines) <= 20


def test_examples_run(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    port = free_port()
    server_code, client_code = programs(port)
    command = [sys.executable, "-X", "dev", "-W", "error", "-c"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([*command, server_code], cwd=tmp_path, env=environment) as server:
        try:
            wait_for(port, server)
            printed = subprocess.check_output(
                [*command, client_code], cwd=tmp_path, env=environment, text=True, timeout=60
            )
        finally:
            server.terminate()
    assert printed == "You asked for /99\n\n"
