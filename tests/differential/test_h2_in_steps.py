"""The plain cases beside the steps: the same random walks for two connections of h2fast.h2, one of
which takes every call and frame step by step.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("h2", reason="h2 is not installed: pip install h2")

from tests.differential import h2_walk
from tests.differential.h2_walk import OURS, DifferentError, Walk

WALKS = int(os.environ.get("H2FAST_RANDOM_WALKS", "150"))
SEED = int(os.environ.get("H2FAST_RANDOM_SEED", "0"))


class InSteps(Walk):
    """Theirs is ours in steps."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.theirs = OURS.connection.H2Connection(OURS.config.H2Configuration(**self.options))
        self.theirs._core.in_steps = True

    def _options(self) -> dict[str, Any]:
        self.options = super()._options()
        return self.options

    def both(self, name: str, act: Callable[[Any, Any], Any]) -> None:
        super().both(name, lambda connection, _: act(connection, OURS))


def too_often(theirs: Any, ours: Any, walk: Walk) -> str | None:
    """Some limits look at the clock, so one of two can be the first to exceed them."""
    errors = [outcome["error"][0] for outcome in (theirs, ours) if outcome["error"]]
    return "limits" if "LimitExceededError" in errors else None


@pytest.fixture(autouse=True)
def _nothing_else_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h2_walk, "allowed", too_often)


def test_plain_cases_are_as_the_steps() -> None:
    steps = plain = 0
    for seed in range(SEED, SEED + WALKS):
        walk = InSteps(seed)
        walk.run(60)
        steps += walk.steps
        plain += not walk.ours._core.in_steps
        assert walk.theirs._core.in_steps
    assert plain == WALKS
    assert steps > 10 * WALKS


def test_a_difference_would_be_found() -> None:
    walk = InSteps(1)
    walk.ours.remote_settings.initial_window_size = 5
    walk.ours.remote_settings.acknowledge()
    walk.random.seed(1)
    with pytest.raises(DifferentError):
        walk.run(60)
