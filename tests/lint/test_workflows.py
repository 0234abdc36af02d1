"""What the workflows say of the tests, beside the tests."""

from __future__ import annotations

import re

import pytest

from tests.compat.suites import SUITES
from tests.conftest import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"

pytestmark = pytest.mark.skipif(not WORKFLOW.exists(), reason="sdists have no workflows")


@pytest.fixture
def ci() -> str:
    return WORKFLOW.read_text(encoding="utf-8")


def test_every_suite_is_run(ci: str) -> None:
    named = re.findall(r"suites: (?:>-\n +)?([a-z0-9 ]+)", ci)
    assert sorted(" ".join(named).split()) == sorted(suite.name for suite in SUITES)


def test_the_checkout_is_of_the_release_that_is_expected(ci: str) -> None:
    [release] = [suite.release for suite in SUITES if suite.name == "grpclib"]
    assert f"ref: v{release}, path: build/grpclib" in ci


def test_what_is_missing_is_a_failure(ci: str) -> None:
    for variable in ("H2FAST_CORPUS", "H2FAST_INTEROP_ALL", "H2FAST_RECIPES_ALL"):
        assert f"env: {{ {variable}: " in ci
