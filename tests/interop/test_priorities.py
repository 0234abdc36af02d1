"""What real clients say about priorities arrives, is obeyed, and is seen in the trace."""

from __future__ import annotations

import re
import subprocess
from collections import Counter

import pytest

from h2fast.priority_field import parse_priority
from tests.interop.holding import FRAMES, Seen, holding
from tests.interop.processes import certificate, program

DEADLINE = 120.0  # seconds, for a client


def run(*command: object) -> str:
    done = subprocess.run(
        [str(argument) for argument in command],
        capture_output=True,
        timeout=DEADLINE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


# --------------------------------------------------------------------------------------- curl


def with_curl(scheduler: str, wishes: dict[str, str | None]) -> Seen:
    """Gets several paths at once on one connection, with or without a priority field each."""
    with holding(scheduler, tls=True) as server:
        common = ["-s", "--http2", "--cacert", certificate().certificate, "-o", "/dev/null"]
        command: list[object] = [program("curl"), "-Z"]
        for path, wish in wishes.items():
            command += [*common, f"{server.url}{path}"]
            command += ["-H", f"priority: {wish}"] if wish is not None else []
            command.append("--next")
        run(*command[:-1])
        return server.seen


def test_curl_says_what_it_is_told_to() -> None:
    seen = with_curl("auto", {"/late": "u=6", "/page": None, "/parts": "u=5, i", "/style": "u=0"})
    assert seen.fields == {"/late": "u=6", "/page": None, "/parts": "u=5, i", "/style": "u=0"}
    assert "         priority: u=5, i" in seen.trace
    order = [path for path in ("/style", "/page", "/parts", "/late") for _ in range(FRAMES)]
    assert seen.turns == order


def test_curl_says_nothing_by_itself() -> None:
    """And so its responses share."""
    seen = with_curl("auto", {"/a": None, "/b": None})
    assert set(seen.fields.values()) == {None}
    assert not [line for line in seen.trace if "PRIORITY" in line or "priority" in line]
    assert seen.turns == ["/a", "/b"] * FRAMES


# ------------------------------------------------------------------------------------- nghttp


def with_nghttp(scheduler: str, *options: object) -> Seen:
    with holding(scheduler) as server:
        windows = ["-w", 24, "-W", 24]  # so large that they play no part
        run(program("nghttp"), "-n", *windows, *options, f"{server.url}/a", f"{server.url}/b")
        return server.seen


def test_nghttp_makes_a_tree_of_idle_streams() -> None:
    seen = with_nghttp("rfc7540")
    trace = "\n".join(seen.trace)
    for group in "3 .* weight=201", "5 .* weight=101", "7 .* weight=1", "9 .* depends_on=7":
        assert re.search(f"PRIORITY stream={group}", trace), trace
    assert re.search(r"HEADERS stream=13 .*PRIORITY.* depends_on=11 weight=16", trace)
    assert seen.turns == ["/a", "/b"] * FRAMES


@pytest.mark.parametrize(("weights", "share"), [((200, 20), 10), ((16, 256), 1 / 16)])
def test_nghttp_weighs(weights: tuple[int, int], share: float) -> None:
    seen = with_nghttp("rfc7540", "-p", weights[0], "-p", weights[1])
    trace = "\n".join(seen.trace)
    assert re.search(f"depends_on=11 weight={weights[0]}", trace), trace
    # As long as both have something to send, and to a frame.
    turns = Counter(seen.turns[:FRAMES])
    first = FRAMES * share / (1 + share)
    assert abs(turns["/a"] - first) < 1.5, turns


def test_nghttp_is_not_heard_by_another_scheduler() -> None:
    assert with_nghttp("round-robin", "-p", 200, "-p", 20).turns == ["/a", "/b"] * FRAMES
    assert with_nghttp("rfc9218", "-p", 20, "-p", 200).turns == ["/a"] * FRAMES + ["/b"] * FRAMES


# ----------------------------------------------------------------------------------- Chromium

PAGE = b"""<!doctype html><title>h2fast</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/blocking.css"><script src="/blocking.js"></script>
<script async src="/async.js"></script><link rel="prefetch" href="/later.js">
<p>A page.<img src="/first.svg"><img src="/low.svg" fetchpriority="low">
<script>fetch("/data")</script>"""
AT_ONCE = ("/blocking.css", "/blocking.js", "/async.js", "/first.svg", "/low.svg")


def with_chromium(scheduler: str) -> Seen:
    with holding(scheduler, pages={"/": ("text/html", PAGE)}, tls=True) as server:
        run(
            program("chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--ignore-certificate-errors",
            "--timeout=8000",  # milliseconds
            "--dump-dom",
            server.url,
        )
        return server.seen


def test_chromium_says_how_urgent_each_resource_is() -> None:
    seen = with_chromium("auto")
    wishes = {path: parse_priority(value or b"") for path, value in seen.fields.items()}
    assert seen.fields["/"] == "u=0, i"
    assert wishes["/blocking.css"].urgency < wishes["/blocking.js"].urgency
    assert wishes["/blocking.js"].urgency < wishes["/async.js"].urgency
    assert seen.fields["/async.js"] is None  # the default, of a client that knows priorities
    assert "         priority: u=0, i" in seen.trace
    # What was asked for at once went out by urgency.
    urgencies = [wishes[path].urgency for path in seen.turns if path in AT_ONCE]
    assert urgencies == sorted(urgencies)
    assert len(set(urgencies)) > 2


def test_chromium_makes_a_tree_of_exclusive_dependencies() -> None:
    seen = with_chromium("rfc7540")
    trace = "\n".join(seen.trace)
    assert len(re.findall(r"HEADERS .*PRIORITY.* weight=\d+ exclusive", trace)) >= len(AT_ONCE)
    turns = [path for path in seen.turns if path in AT_ONCE]
    assert turns[:FRAMES] == ["/blocking.css"] * FRAMES
    assert turns[FRAMES : 2 * FRAMES] == ["/blocking.js"] * FRAMES
