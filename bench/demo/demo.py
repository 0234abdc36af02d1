"""A server and a client as they are, on the pure-Python packages and on h2fast, side by side.

    python bench/demo/demo.py

Hypercorn serves and httpx fetches over HTTP/2 and TLS on the loopback address, in two processes:
some hundreds of requests, a large download, an upload, trailers, a push that is refused. Needs
h2fast and the packages of the dependency group "demo". The exit status is 0 when all runs gave
equal responses. A table and a picture are written to bench/results.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Last, for whoever has installed h2fast: that one is imported, not the sources beside this.
sys.path.append(str(ROOT))

from bench.demo import picture, table  # noqa: E402
from bench.demo.participant import H2FAST, PURE, DemoError  # noqa: E402
from bench.demo.runs import ADDRESS, SIDES, Identity, Runs, check_equal, run_all  # noqa: E402

RESULTS = ROOT / "bench" / "results"
DEMO_GROUP = "pip install --group demo (pip 25.1 or later)"
NEEDED = {
    "h2fast": "pip install .",
    "h2": DEMO_GROUP,
    "hpack": DEMO_GROUP,
    "hyperframe": DEMO_GROUP,
    "priority": DEMO_GROUP,
    "hypercorn": DEMO_GROUP,
    "httpx": DEMO_GROUP,
}


def find_versions() -> Iterator[str]:
    for name, remedy in NEEDED.items():
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError as error:
            raise DemoError(f"{name} is not installed: {remedy}, or make demo") from error


def find_active() -> str:
    """Which packages h2fast puts in place, as an interpreter of its own says it."""
    program = "import h2fast; h2fast.install(); print(*sorted(h2fast.installed()), sep=', ')"
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def make_identity(folder: Path) -> Identity:
    # Not above: each process that is started reads this file.
    from h2fast.commands.certificate import NoMakerError, make  # noqa: PLC0415

    try:
        return Identity(*make(folder, (ADDRESS,)))
    except NoMakerError as error:
        raise DemoError(str(error)) from error


def report(runs: dict[str, Runs], header: list[str]) -> None:
    fetched = runs[PURE].together[0].fetched
    what = f"all {len(fetched.responses)} responses (status, headers but date, body)"
    shown = [
        *header,
        f"negotiated in all runs: {fetched.negotiated}, one connection",
        f"{what} are equal in all runs",
        "",
        *table.lines(runs),
        table.NOTE.format(len(runs[PURE].together)),
        "",
        *(table.what_is_left(runs[H2FAST], side) for side in SIDES),
    ]
    print("", *shown, sep="\n")
    RESULTS.mkdir(parents=True, exist_ok=True)
    text, image = RESULTS / "demo.txt", RESULTS / "demo.svg"
    text.write_text("\n".join(shown) + "\n", encoding="utf-8")
    image.write_text(picture.draw(runs), encoding="utf-8")
    print(f"\nthe table: {text}\nthe picture: {image}")


def main() -> int:
    argparse.ArgumentParser(
        description="Runs hypercorn and httpx over HTTP/2, on the pure-Python packages and on "
        "h2fast, checks that they give equal responses, and prints and draws what they cost."
    ).parse_args()
    # As an exception, so that what is running is stopped and what was written is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("demo: terminated"))
    try:
        header = [
            ", ".join([f"Python {platform.python_version()}", *find_versions()]),
            f"h2fast puts in place: {find_active()}",
        ]
        print(*header, sep="\n", flush=True)
        with tempfile.TemporaryDirectory(prefix="h2fast-demo-") as folder:
            runs = run_all(make_identity(Path(folder)))
        check_equal(runs)
        report(runs, header)
    except (DemoError, OSError, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
