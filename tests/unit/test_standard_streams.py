"""python -m h2fast with standard streams that are closed or full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.commands import ENVIRONMENT, PATIENCE, Serving, serving

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")

FULL = "standard output: No space left on device"
CLOSED = "standard output is closed"


def h2fast(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with what a shell makes of its standard streams."""
    return subprocess.run(
        f"exec {sys.executable} -m h2fast {command}",
        shell=True,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "small").write_text("small\n")
    (folder / "large").write_bytes(bytes(1 << 20))
    with serving(folder, "--quiet", "--clear-text") as running:
        yield running


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--version > /dev/full", FULL),
        ("run -h > /dev/full", f"run: {FULL}"),
        ("status > /dev/full", f"status: {FULL}"),
        ("status >&-", f"status: {CLOSED}"),
        (f"frames {__file__} > /dev/full", f"frames: {FULL}"),
        ("frames <&-", "frames: standard input is closed"),
        ("frames 0> /dev/null", "frames: standard input: Bad file descriptor"),
        ("serve . --host=127.0.0.1 --port=0 > /dev/full", f"serve: {FULL}"),
        ("serve . --host=127.0.0.1 --port=0 --clear-text > /dev/full", f"serve: {FULL}"),
        ("serve . --host=127.0.0.1 --port=0 --clear-text >&-", f"serve: {CLOSED}"),
    ],
)
def test_a_stream_that_is_needed(command: str, message: str, unbuffered: str) -> None:
    done = h2fast(command, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (1, f"h2fast: {message}\n")


@pytest.mark.parametrize("what", ["small", "large", "small -I"])
@pytest.mark.parametrize(("stream", "message"), [("> /dev/full", FULL), (">&-", CLOSED)])
def test_a_response_that_has_nowhere_to_go(
    what: str, stream: str, message: str, server: Serving
) -> None:
    done = h2fast(f"get --http2-prior-knowledge {server.url}/{what} {stream}")
    assert (done.returncode, done.stderr) == (1, f"h2fast: get: {message}\n")


@pytest.mark.parametrize("stream", ["<&-", "2>&-", "2> /dev/full"])
def test_a_response_goes_out_where_other_streams_do_not_work(stream: str, server: Serving) -> None:
    done = h2fast(f"get -v --http2-prior-knowledge {server.url}/small {stream}")
    assert (done.returncode, done.stdout) == (0, "small\n")


@pytest.mark.parametrize("arguments", ["no/such/file", "--no-such-option"])
@pytest.mark.parametrize("stream", ["2>&-", "2> /dev/full"])
def test_the_exit_status_is_the_same_where_nobody_can_be_told(arguments: str, stream: str) -> None:
    done = h2fast(f"frames {arguments} {stream}")
    assert (done.returncode, done.stdout) == (2, "")
