"""One run of a suite: what pytest says of it, and of each test."""

from __future__ import annotations

import os
import re
import subprocess
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .environment import FOLDER
from .suites import Suite

TIME = 1200.0  # seconds

# Counters of pytest's last line that are no outcomes.
NO_OUTCOMES = {"warning", "warnings", "deselected"}


@dataclass(frozen=True)
class Outcome:
    """``counts`` by pytest's words, ``tests`` with how often each test passed, failed and so on.

    Tests are without their parameters, some of which are random: of as many tests, as many have to
    do the same."""

    counts: dict[str, int]
    tests: Counter[tuple[str, str]]
    seconds: float

    def __str__(self) -> str:
        return ", ".join(f"{number} {word}" for word, number in self.counts.items()) or "nothing"


def run(suite: Suite, source: Path, python: Path, plugin: tuple[str, ...], variant: str) -> Outcome:
    """Run a suite once.

    :param source: the folder that has the tests.
    :param plugin: more arguments of pytest.
    """
    report = FOLDER / f"{suite.name}-{variant}.xml"
    report.unlink(missing_ok=True)
    command = [python, *suite.options, "-m", "pytest", *plugin, "-p", "no:cacheprovider"]
    start = time.monotonic()
    done = subprocess.run(
        [*map(str, command), "-q", *suite.arguments, f"--junitxml={report}", *suite.tests],
        cwd=source,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=TIME,
        check=False,
    )
    report.with_suffix(".log").write_text(done.stdout + done.stderr, encoding="utf-8")
    seconds = time.monotonic() - start
    return Outcome(_counts(done.stdout), _tests(report), seconds)


def _environment() -> dict[str, str]:
    """Without what is meant for this project's tests; Hypothesis is told not to mind how long
    examples take."""
    ours = ("PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    return {name: value for name, value in os.environ.items() if name not in ours} | {"CI": "true"}


def _counts(printed: str) -> dict[str, int]:
    for line in reversed(printed.splitlines()):
        found = re.findall(r"(\d+) ([a-z]+)", line)
        if re.search(r" in [\d.]+s", line) and found:
            return {word: int(number) for number, word in found if word not in NO_OUTCOMES}
    return {}


def _tests(report: Path) -> Counter[tuple[str, str]]:
    tests: Counter[tuple[str, str]] = Counter()
    if report.exists():
        for case in ET.parse(report).iter("testcase"):
            kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
            name = f"{case.get('classname')}.{str(case.get('name')).partition('[')[0]}"
            tests[name, kinds[0] if kinds else "passed"] += 1
    return tests
