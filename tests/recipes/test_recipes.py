"""Runs the recipes of docs/recipes.md as they stand there, but for ports."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from h2fast.commands import certificate
from tests.aio_peers import free_port
from tests.commands import h2fast, serving
from tests.conftest import ROOT, do_without

PATIENCE = 60.0  # seconds

RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
MITMPROXY = ROOT / "build" / "recipes" / "mitmproxy" / "bin"

# Says which h2 it is on, in place of the applications that people have.
APPLICATION = """
import sys

def text(version):
    return f"{version} on {sys.modules['h2'].__file__}".encode()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text(scope["http_version"])})

def wsgi(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [text(environ["SERVER_PROTOCOL"])]
"""
# Behind a program.
CHECK = """
import sys
assert "h2fast" in sys.modules["h2"].__file__, sys.modules["h2"].__file__
"""
OURS = f" on {ROOT / 'h2fast' / 'h2' / '__init__.py'}"


def blocks(title: str, language: str) -> list[str]:
    section = RECIPES.partition(f"\n## {title}")[2].partition("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, f"no {language} below {title}"
    return found


def is_missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except ModuleNotFoundError:  # the package that it is in
        return True


def needs(*modules: str) -> None:
    missing = [name for name in modules if is_missing(name)]
    if missing:
        do_without(f"{', '.join(missing)} missing: make recipes", "H2FAST_RECIPES_ALL")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    certificate.make(tmp_path)
    both = (tmp_path / "certificate.pem").read_text() + (tmp_path / "key.pem").read_text()
    (tmp_path / "client.pem").write_text(both)
    (tmp_path / "app.py").write_text(APPLICATION)
    return tmp_path


def environment(folder: Path, programs: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "SSL_CERT_FILE": str(folder / "certificate.pem"),
    }


def run_program(code: str, folder: Path) -> str:
    """What a recipe's program prints, which has run on the drop-ins."""
    done = subprocess.run(
        [sys.executable, "-c", code + CHECK],
        cwd=folder,
        env=environment(folder, Path(sys.executable).parent),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(command: str, port: int, folder: Path, programs: Path | None = None) -> Iterator[None]:
    """A recipe's server, from when it listens."""
    told = f"exec {command.replace('8443', str(port))}"
    where = environment(folder, programs or Path(sys.executable).parent)
    log = folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            ["sh", "-c", told], cwd=folder, env=where, stdout=output, stderr=output,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            wait_for(port, process, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("localhost", port), 5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens: {log.read_text()}")


def get(port: int, folder: Path) -> str:
    done = h2fast("get", "--cacert", folder / "certificate.pem", f"https://localhost:{port}/")
    assert done.returncode == 0, done.stderr + (folder / "log").read_text()
    return done.stdout


@pytest.mark.parametrize(("title", "module"), [("httpx", "httpx"), ("urllib3", "urllib3.http2")])
def test_clients(title: str, module: str, folder: Path) -> None:
    needs("h2", module)
    files = "--certificate", folder / "certificate.pem", "--key", folder / "key.pem"
    with serving(ROOT / "docs", "--quiet", *files) as server:
        (code,) = blocks(title, "python")
        code = code.replace("https://localhost:8443/", f"https://127.0.0.1:{server.port}/aio.md")
        printed = run_program(code, folder)
    assert printed.startswith(("HTTP/2 # Servers", "20 # Servers"))  # urllib3 counts that way


@pytest.mark.parametrize("number", range(3), ids=["asyncio", "uvloop", "trio"])
def test_hypercorn(number: int, folder: Path) -> None:
    needs("hypercorn", *(["uvloop"], ["trio"])[number - 1] if number else [])
    port = free_port()
    with running(blocks("Hypercorn", "sh")[number], port, folder):
        assert get(port, folder) == f"2{OURS}"


def test_gunicorn(folder: Path) -> None:
    needs("gunicorn", "gunicorn.http2")
    port = free_port()
    with running(blocks("Gunicorn", "sh")[0], port, folder):
        assert get(port, folder) == f"HTTP/2.0{OURS}"


def test_twisted(folder: Path) -> None:
    needs("twisted", "OpenSSL", "service_identity", "h2", "priority")
    port = free_port()
    with running(blocks("Twisted", "sh")[0], port, folder):
        assert "Directory listing for /" in get(port, folder)
        assert loaded_somewhere(folder, "h2fast/_h2.")


def test_mitmproxy(folder: Path) -> None:
    if not (MITMPROXY / "mitmdump").exists():
        do_without("no environment with mitmproxy: make recipes", "H2FAST_RECIPES_ALL")
    port = free_port()
    with serving(ROOT / "docs", "--quiet") as server:
        command = blocks("mitmproxy", "sh")[0].replace("localhost:8444", f"127.0.0.1:{server.port}")
        with running(command, port, folder, MITMPROXY):
            done = h2fast("get", "-k", f"https://127.0.0.1:{port}/aio.md")
            assert done.stdout.startswith("# Servers and clients"), done.stderr
            assert loaded_somewhere(folder, "h2fast/_h2.")


def loaded_somewhere(folder: Path, module: str) -> bool:
    """Whether a process in the folder has loaded a file; true where there is no telling."""
    if not Path("/proc/self/maps").exists():
        return True
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == str(folder):
                found = module in (process / "maps").read_text()
                if found:
                    return True
        except OSError:
            continue  # it has ended, or is somebody else's
    return False


def test_grpclib(folder: Path) -> None:
    needs("grpclib")
    (code,) = blocks("grpclib", "python")
    assert run_program(code.replace("8443", str(free_port())), folder) == "b'said by grpclib'\n"


# aioapns does not ask for HTTP/2 by ALPN, as h2fast.aio's servers want it.
APPLE = """
import asyncio, ssl, sys
from h2fast import Connection
from h2fast.events import DataReceived, RequestReceived

async def answer(reader, writer):
    connection, identifiers = Connection(), {}
    while data := await reader.read(65536):
        for event in connection.receive(data):
            if isinstance(event, RequestReceived):
                identifiers[event.stream_id] = dict(event.headers)[b"apns-id"]
            elif isinstance(event, DataReceived) and event.stream_ended:
                assert b"Hello" in event.data
                fields = [(b":status", b"200"), (b"apns-id", identifiers[event.stream_id])]
                connection.respond(event.stream_id, fields)
        writer.write(connection.output())

async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("certificate.pem", "key.pem")
    server = await asyncio.start_server(answer, "localhost", int(sys.argv[1]), ssl=tls)
    await server.serve_forever()

asyncio.run(main())
"""


def test_aioapns(folder: Path) -> None:
    """With a server that stands for Apple's."""
    needs("aioapns")
    (folder / "apple.py").write_text(APPLE)
    port = free_port()
    (code,) = blocks("aioapns", "python")
    before, imports, after = code.partition("from aioapns import APNs, NotificationRequest\n")
    place = f"'localhost', {port}"
    diverted = (
        "from aioapns.connection import APNsProductionClientProtocol as p\n"
        f"p.APNS_SERVER, p.APNS_PORT = {place}\n"
    )
    with running("python apple.py 8443", port, folder):
        assert run_program(before + imports + diverted + after, folder) == "status 200\n"


def test_code_of_your_own(folder: Path) -> None:
    (code,) = blocks("Code of your own", "python")
    code += (
        "import sys\nassert 'h2' not in sys.modules\nsys.modules['h2'] = sys.modules['h2fast.h2']\n"
    )
    assert run_program(code, folder) == "(':method', 'GET')\n"
