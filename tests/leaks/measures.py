"""What the tests of leaks measure, over work that is done again and again."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

import pytest

Work = Callable[[int], None]


def resident_kib() -> int:
    """This process's resident memory."""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("resident memory is read from /proc, which this system does not have")
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def assert_memory_is_flat(work: Work, rounds: int, warm: int) -> None:
    """Resident memory grows by no more than 16 octets a round, and 512 KiB. What leaks does so each
    time; an allocator that has taken more once does not."""
    for i in range(warm):
        work(i)
    most = min(512, 16 * rounds // 1024)
    assert any(_growth(work, rounds) <= most for _ in range(3))


def _growth(work: Work, rounds: int) -> int:
    gc.collect()
    before = resident_kib()
    for i in range(rounds):
        work(i)
    gc.collect()
    return resident_kib() - before


def assert_no_object_is_left(work: Work, rounds: int) -> None:
    """Less than 100 blocks more are allocated after so many rounds than after as many before."""
    for i in range(rounds):
        work(i)
    gc.collect()
    before = sys.getallocatedblocks()
    for i in range(rounds):
        work(i)
    gc.collect()
    assert sys.getallocatedblocks() - before < 100
