"""Programs that tests start and stop: peers, and the server that peers are tried with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import ROOT, do_without

PATIENCE = 60.0  # seconds, for a program to start or to stop
BUILD = ROOT / "build" / "interop"

# What installs a program on Debian and its relatives.
INSTALLS = {
    "chromium": "apt-get install chromium",
    "curl": "apt-get install curl",
    "go": "the Go toolchain, https://go.dev/dl (1.24 or newer)",
    "h2load": "apt-get install nghttp2-client",
    "nghttp": "apt-get install nghttp2-client",
    "nghttpd": "apt-get install nghttp2-server",
    "node": "apt-get install nodejs",
    "openssl": "apt-get install openssl",
}
NAMES = {"chromium": ("chromium", "chromium-headless-shell", "google-chrome", "chromium-browser")}


def program(name: str) -> str:
    """The path of a program, or a skip that says what installs it."""
    found = next(filter(None, map(shutil.which, NAMES.get(name, (name,)))), None)
    if found is None:
        do_without(f"{name} is missing: {INSTALLS[name]}", "H2FAST_INTEROP_ALL")
    return found


@dataclass(frozen=True)
class Certificate:
    """Of 127.0.0.1 and localhost, signed by itself."""

    certificate: Path
    key: Path


@cache
def certificate() -> Certificate:
    """A new one, for this process."""
    folder = Path(tempfile.mkdtemp(prefix="h2fast-"))
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=h2fast tests",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(made.key), "-out", str(made.certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made


class Running:
    """A program that listens on a port."""

    def __init__(self, process: subprocess.Popen[str], port: int, errors: Path, tls: bool) -> None:
        self.process = process
        self.port = port
        self.tls = tls
        self._errors = errors

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def errors(self) -> str:
        """What it has written to its standard error."""
        return self._errors.read_text("utf-8", "replace")

    def peak_memory(self) -> int:
        """The most octets that it has had in memory since :meth:`forget_peak`, or 0 if there is no
        telling."""
        return peak_memory(self.process.pid)

    def forget_peak(self) -> int:
        return forget_peak(self.process.pid)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


def peak_memory(pid: int) -> int:
    return _memory(pid, "VmHWM:")


def _memory(pid: int, field: str) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    for line in status.read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> int:
    """Measure peaks from now on.

    :returns: octets in memory now.
    """
    clear = Path(f"/proc/{pid}/clear_refs")
    if clear.exists():
        clear.write_text("5")
    return _memory(pid, "VmRSS:")


@contextmanager
def start(*command: object, port: int | None = None, tls: bool = False) -> Iterator[Running]:
    """Run a program which says its port first, unless it is given, until the context ends."""
    with tempfile.TemporaryDirectory(prefix="h2fast-") as folder:
        errors = Path(folder) / "errors"
        with (
            errors.open("w") as errors_file,
            subprocess.Popen(
                [str(argument) for argument in command],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE if port is None else errors_file,
                stderr=errors_file,
                text=True,
            ) as process,
        ):
            try:
                if port is None:
                    assert process.stdout is not None
                    line = process.stdout.readline()
                    assert line.strip().isdigit(), f"{command[0]}: {line}{errors.read_text()}"
                    port = int(line)
                yield Running(process, port, errors, tls)
            finally:
                if process.poll() is None:
                    process.kill()


@contextmanager
def our_server(tls: bool) -> Iterator[Running]:
    """The server of this folder. Nothing that a peer does makes it fail, or log an exception."""
    files = (certificate().certificate, certificate().key) if tls else ()
    with start(sys.executable, "-m", "tests.interop.server", *files, tls=tls) as server:
        yield server
        if server.process.poll() is None:
            server.terminate()
        assert server.wait() == 0, server.errors
        assert server.errors == ""
