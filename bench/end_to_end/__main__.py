"""Servers under h2load, each on one core: ``python -m bench.end_to_end``.

All run at once, on the same core, but only one has requests at any time; they take turns. h2load is
on another core. Before that, each has to give the same answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from bench.c_program import ROOT
from bench.end_to_end.applications import BODY
from h2fast.aio import connect, run

OURS = "h2fast.aio, plain function"
PATIENCE = 20.0  # seconds, for a server to start
CONNECTIONS, STREAMS = 4, 50


@dataclass(frozen=True)
class Contestant:
    name: str
    module: str | None  # what has to be installed, or a program:
    program: str | None
    installs: str
    command: Callable[[int, Path], list[str]]  # for a port, and a folder with the answer

    def is_missing(self) -> bool:
        if self.program is not None:
            return shutil.which(self.program) is None
        return self.module is not None and find_spec(self.module) is None


def ours(kind: str) -> Callable[[int, Path], list[str]]:
    module = "bench.end_to_end.applications"
    return lambda port, _: [sys.executable, "-m", module, str(port), kind]


def hypercorn(port: int, folder: Path) -> list[str]:
    settings = folder / "hypercorn.toml"  # a connection is to last
    settings.write_text("keep_alive_max_requests = 1000000000\n")
    return [sys.executable, "-m", "hypercorn", "--config", str(settings), "--worker-class",
            "uvloop", "--bind", f"127.0.0.1:{port}", "--log-level", "error",
            "bench.end_to_end.applications:asgi"]  # fmt: skip


def granian(interface: str) -> Callable[[int, Path], list[str]]:
    return lambda port, _: [
        sys.executable, "-m", "granian", "--host", "127.0.0.1", "--port", str(port), "--http", "2",
        "--interface", interface, "--loop", "uvloop", "--workers", "1", "--no-log",
        f"bench.end_to_end.applications:{interface}"]  # fmt: skip


def nghttpd(port: int, folder: Path) -> list[str]:
    return ["nghttpd", "--no-tls", "--address", "127.0.0.1", "--htdocs", str(folder), str(port)]


CONTESTANTS = [
    Contestant(OURS, "uvloop", None, "pip install uvloop", ours("plain")),
    Contestant("h2fast.aio, coroutine", "uvloop", None, "pip install uvloop", ours("async")),
    Contestant("hypercorn", "hypercorn", None, "pip install hypercorn", hypercorn),
    Contestant("granian, ASGI", "granian", None, "pip install granian", granian("asgi")),
    Contestant("granian, RSGI", "granian", None, "pip install granian", granian("rsgi")),
    Contestant("nghttpd", None, "nghttpd", "apt-get install nghttp2-server", nghttpd),
]


def cores() -> tuple[set[int], set[int]]:
    """For the servers, and for h2load."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    *others, last = sorted(os.sched_getaffinity(0))
    return {last}, {others[-1]} if others else {last}


def pin(to: set[int]) -> Callable[[], None] | None:
    return (lambda: os.sched_setaffinity(0, to)) if to else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(contestant: Contestant, core: set[int], folder: Path) -> Iterator[int]:
    port = free_port()
    errors = folder / f"errors-{port}"
    with (
        errors.open("w") as errors_file,
        subprocess.Popen(
            contestant.command(port, folder),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=errors_file,
            preexec_fn=pin(core),  # noqa: PLW1509 # there are no threads here
        ) as process,
    ):
        try:
            wait_for(port, process, errors)
            check_answer(contestant.name, port)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_for(port: int, process: subprocess.Popen[bytes], errors: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen: {errors.read_text()}")


def check_answer(name: str, port: int) -> None:
    async def fetch() -> tuple[int, str | None, bytes]:
        async with await connect("127.0.0.1", port) as client:
            response = await client.request("GET", "/index.html")
            return response.status, response.header(b"content-length"), await response.read()

    answer = run(fetch())
    if answer != (200, "13", BODY):
        raise RuntimeError(f"{name} answers {answer}")


def requests_a_second(port: int, core: set[int], seconds: int) -> float:
    done = subprocess.run(
        ["h2load", "-c", str(CONNECTIONS), "-m", str(STREAMS), "--warm-up-time", "1",
         "--duration", str(seconds), f"http://127.0.0.1:{port}/index.html"],
        capture_output=True,
        text=True,
        preexec_fn=pin(core),
        check=True,
    )  # fmt: skip
    if ", 0 failed, 0 errored, 0 timeout" not in done.stdout:
        raise RuntimeError(done.stdout)
    found = re.search(r"([0-9.]+) req/s", done.stdout)
    assert found is not None
    return float(found[1])


def rotated(items: list[tuple[str, int]], turn: int) -> list[tuple[str, int]]:
    """So that nobody is always behind the same other one, or the first."""
    first = turn % len(items)
    return items[first:] + items[:first]


def versions() -> str:
    found = [f"CPython {platform.python_version()}", platform.platform()]
    for package in ("h2fast", "uvloop", "hypercorn", "granian"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    for tool in ("h2load", "nghttpd"):
        if shutil.which(tool):
            said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
            found.append(said.stdout.strip())
    return ", ".join(found)


def table(rates: dict[str, list[float]]) -> Iterator[str]:
    yield "| server | requests a second | least and most | relative to h2fast |\n"
    yield "|---|--:|--:|--:|\n"
    ours = statistics.median(rates[OURS]) if OURS in rates else None
    for name, measured in rates.items():
        median = statistics.median(measured)
        relative = f"{median / ours:.3f}" if ours else ""
        between = f"{min(measured):,.0f} to {max(measured):,.0f}"
        yield f"| {name} | **{median:,.0f}** | {between} | {relative} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each server in a round")
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "results")
    options = parser.parse_args()
    if shutil.which("h2load") is None:
        print("end_to_end: skipped, h2load is missing: apt-get install nghttp2-client")
        return
    servers_core, load_core = cores()
    notes = [f"skipped: {c.name}: {c.installs}" for c in CONTESTANTS if c.is_missing()]
    if servers_core == load_core:
        notes.append("h2load shared the core with the servers")
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="h2fast-bench-")))
        (folder / "index.html").write_bytes(BODY)
        ports = {
            contestant.name: stack.enter_context(serving(contestant, servers_core, folder))
            for contestant in CONTESTANTS
            if not contestant.is_missing()
        }
        for turn in range(options.rounds):
            for name, port in rotated(list(ports.items()), turn):
                rate = requests_a_second(port, load_core, options.seconds)
                rates.setdefault(name, []).append(rate)
                print(f"{name}: {rate:,.0f}", flush=True)
    text = [
        f"# End to end\n\n{versions()}.\n\nGET with an answer of {len(BODY)} octets in clear text, "
        f"`h2load -c {CONNECTIONS} -m {STREAMS}`, each server on one core, h2load on another; "
        f"medians of {options.rounds} rounds of {options.seconds} seconds. nghttpd serves a file, "
        "the others answer from memory.\n\n",
        *table(rates),
        "\n",
        *(f"- {note}\n" for note in notes),
    ]
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "end_to_end.md").write_text("".join(text), "utf-8")
    print("", *text, f"\nwritten to {options.output}", sep="")


if __name__ == "__main__":
    main()
