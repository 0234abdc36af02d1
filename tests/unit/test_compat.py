"""What `make compat` calls a fault: each of these has to give its exit status."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.compat import __main__ as compat
from tests.compat.outcome import Outcome
from tests.compat.suites import Suite

WHEEL = Path("h2fast.whl")
PASSED = Outcome({"passed": 2}, Counter({("t.one", "passed"): 1, ("t.two", "passed"): 1}), 1.0)
FAILED = Outcome(
    {"failed": 1, "passed": 1}, Counter({("t.one", "failed"): 1, ("t.two", "passed"): 1}), 1.0
)
UNCOLLECTED = Outcome({"error": 1}, Counter({("t", "error"): 1}), 1.0)
SUITE = Suite("suite", "1.0", (), ("tests",), {"passed": 2}, checkout=Path())


def faults(
    monkeypatch: pytest.MonkeyPatch, suite: Suite, *outcomes: Outcome, ci: str = "true"
) -> list[str]:
    """What is wrong with a suite that has come to something on the originals, and on h2fast."""
    given: Any = iter(outcomes)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(compat, "make", lambda *_: Path(sys.executable))
    monkeypatch.setattr(compat, "run", lambda *_: next(given))
    return compat.compare(suite, WHEEL)[1]


def test_what_is_as_expected_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, SUITE, PASSED, PASSED) == []


def test_a_test_that_fails_on_h2fast(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, SUITE, PASSED, FAILED) == ["t.one"]
    named = replace(SUITE, differs={"one": "a reason"})
    assert faults(monkeypatch, named, PASSED, FAILED) == []
    assert faults(monkeypatch, named, PASSED, PASSED) == ["one, the same by now"]


@pytest.mark.parametrize("outcome", [UNCOLLECTED, FAILED, Outcome({}, Counter(), 1.0)])
def test_the_same_on_both_that_is_not_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    wrong = faults(monkeypatch, SUITE, outcome, outcome)
    assert f"not as many as expected: {outcome}" in wrong


@pytest.mark.parametrize("ci", ["", "true"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"python": (9, 0)}, "it asks for CPython 9.0"),
        ({"version_file": "version.py", "checkout": None}, "no checkout; $H2FAST_SUITE says where"),
        ({"version_file": "version.py", "release": "2.0"}, "the checkout is not of 2.0"),
    ],
)
def test_a_suite_that_is_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any], reason: str, ci: str
) -> None:
    (tmp_path / "version.py").write_text("VERSION = '1.0'\n")
    wrong = faults(monkeypatch, replace(SUITE, **{"checkout": tmp_path, **changes}), ci=ci)
    assert [fault.startswith(reason) for fault in wrong] == ([True] if ci else [])


def test_a_checkout_of_the_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "version.py").write_text("VERSION = '1.0'\n")
    suite = replace(SUITE, checkout=tmp_path, version_file="version.py")
    assert faults(monkeypatch, suite, PASSED, PASSED) == []


def test_a_fault_is_the_exit_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compat, "FOLDER", tmp_path)
    monkeypatch.setattr(compat, "SUITES", [SUITE])
    monkeypatch.setattr(compat, "build_wheel", lambda: WHEEL)
    for wrong, status in ([], 0), (["t.one"], 1):
        monkeypatch.setattr(compat, "compare", lambda *_, wrong=wrong: ("row", wrong))
        assert compat.main([]) == status
