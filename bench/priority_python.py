"""Trees of priorities: h2fast.priority against priority, operation by operation."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from bench.contest import OURS, Contest, MissingError, without_collector

OPERATIONS = ["insert", "reprioritize", "block", "unblock", "remove", "next", "next, 1 in 10 ready"]
STREAMS = [10, 100, 1000]
CALLS = 100  # in a pass
PEER = "priority"
METHODS = {"insert": "insert_stream", "remove": "remove_stream"}


def _tree(package: Any, streams: int) -> Any:
    """A tree of so many streams with a few weights. Each depends on one with a smaller number."""
    source = random.Random(streams)
    tree = package.PriorityTree(10_000)
    for number in range(1, 2 * streams, 2):
        parent = 0 if source.random() < 0.7 else source.randrange(number) // 2 * 2 - 1
        tree.insert_stream(number, max(parent, 0), source.choice([16, 16, 32, 110, 201, 256]))
    return tree


def _method(tree: Any, operation: str) -> Callable[..., Any]:
    if operation.startswith("next"):
        return partial(next, tree)
    return getattr(tree, METHODS.get(operation, operation))  # type: ignore[no-any-return]


def _arguments(operation: str, numbers: list[int]) -> list[tuple[Any, ...]]:
    source = random.Random(operation)
    if operation == "insert":  # on top of what is there
        return [(max(numbers) + 2 * i + 2,) for i in range(min(CALLS, len(numbers)))]
    if operation == "remove":
        return [(number,) for number in source.sample(numbers, min(CALLS, len(numbers)))]
    chosen = source.choices(numbers[1:], k=CALLS)
    if operation == "reprioritize":  # never to one below
        return [(number, source.randrange(1, number, 2), 32) for number in chosen]
    return [() if operation.startswith("next") else (number,) for number in chosen]


def _one_pass(package: Any, operation: str, streams: int) -> float:
    """The seconds of the calls, on a tree made before."""
    numbers = list(range(1, 2 * streams, 2))
    tree = _tree(package, streams)
    if operation.endswith("ready"):
        for number in numbers:
            if number % 20 != 1:
                tree.block(number)
    method, calls = _method(tree, operation), _arguments(operation, numbers)
    started = time.perf_counter()
    for arguments in calls:
        method(*arguments)
    return time.perf_counter() - started


def _turns(package: Any, streams: int) -> list[int]:
    tree = _tree(package, streams)
    for number in range(1, 2 * streams, 6):
        tree.block(number)
    return [next(tree) for _ in range(3 * streams)]


def contest(operation: str, streams: int) -> Contest:
    packages = {OURS: import_module("h2fast.priority")}
    try:
        packages[PEER] = import_module(PEER)
    except ImportError:
        raise MissingError("priority is not installed (pip install priority==2.0.0)") from None
    ours, theirs = (_turns(package, streams) for package in packages.values())
    if ours != theirs:
        raise AssertionError("the orders of the streams differ")
    contestants = {
        name: partial(without_collector, partial(_one_pass, package, operation, streams))
        for name, package in packages.items()
    }
    calls = len(_arguments(operation, list(range(1, 2 * streams, 2))))
    return Contest("Python", operation, f"{streams} streams", "call", calls, contestants)
