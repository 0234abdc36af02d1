"""Random walks of connections beside h2's own: see h2_walk.

    H2FAST_RANDOM_WALKS=40000 pytest tests/differential/test_h2_walk.py

makes the long run, of more than a million steps.
"""

from __future__ import annotations

import os

import pytest

pytest.importorskip("h2", reason="h2 is not installed: pip install h2")

from tests.differential.h2_walk import Walk

WALKS = int(os.environ.get("H2FAST_RANDOM_WALKS", "150"))
SEED = int(os.environ.get("H2FAST_RANDOM_SEED", "0"))

# How many of a thousand walks may end by a difference: some twice as many as do. Most end by
# one-goaway, since nearly all come to a fault.
MOST = {"one-goaway": 1000, "refused-headers": 130}
MOST_OF_OTHERS = 10


def test_walks() -> None:
    steps = 0
    ended: dict[str, int] = {}
    for seed in range(SEED, SEED + WALKS):
        walk = Walk(seed)
        walk.run(60)
        steps += walk.steps
        if walk.ended is not None:
            ended[walk.ended] = ended.get(walk.ended, 0) + 1
    print(f"{WALKS} walks, {steps} steps, ended by {ended}")
    assert steps > 25 * WALKS
    for key, number in ended.items():
        assert number <= 3 + WALKS * MOST.get(key, MOST_OF_OTHERS) / 1000, key
