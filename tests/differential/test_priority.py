"""Random calls: h2fast.priority gives the results, the exceptions, and the order of streams that
priority gives, and its streams have the levels and deficits of priority's.

The number of steps is small here. H2FAST_PRIORITY_STEPS=100000 in the environment makes the long
run.
"""

from __future__ import annotations

import copy
import os
import pickle
import random
import sys
from typing import Any

import priority.priority as upstream
import pytest
from hypothesis import given, strategies as st

import h2fast.priority as drop_in

STEPS = int(os.environ.get("H2FAST_PRIORITY_STEPS", "4000"))
WEIGHTS: list[Any] = [1, 2, 3, 16, 16, 16, 32, 100, 255, 256, True]
BAD_WEIGHTS: list[Any] = [0, -1, 257, 2**70, None, 1.5, "16"]


class RepairedTree(upstream.PriorityTree):
    """priority, but for the difference moved-with-children."""

    def reprioritize(self, *args: Any, **options: Any) -> None:
        original = upstream.Stream.remove_child

        def remove_child(self: Any, child: Any, strip_children: bool = False) -> None:
            original(self, child, strip_children=False)

        upstream.Stream.remove_child = remove_child  # type: ignore[method-assign]
        try:
            super().reprioritize(*args, **options)
        finally:
            upstream.Stream.remove_child = original  # type: ignore[method-assign]


class Pair:
    """Both trees, and the same calls to both of them."""

    def __init__(self, *args: Any) -> None:
        self.ours: Any = drop_in.PriorityTree(*args)
        self.theirs: Any = RepairedTree(*args)

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        ours, theirs = (
            outcome(getattr(tree, name), *args, **options) for tree in (self.ours, self.theirs)
        )
        assert ours == theirs, (name, args, options)
        return ours

    def check(self) -> None:
        assert state(self.ours) == state(self.theirs)


def outcome(function: Any, *args: Any, **options: Any) -> Any:
    try:
        return function(*args, **options)
    except Exception as error:
        return type(error).__name__, str(error), error.args


def state(tree: Any) -> dict[int, Any]:
    return {
        number: (
            stream.weight,
            stream.active,
            stream.last_weight,
            stream._deficit,
            stream.parent and stream.parent.stream_id,
            [child.stream_id for child in stream.children],
            sorted((level, child.stream_id) for level, child in stream.child_queue),
        )
        for number, stream in tree._streams.items()
    }


def step(pair: Pair, source: random.Random, streams: int) -> None:
    def number() -> int:
        return source.randrange(streams)

    kind = source.choices(
        ["insert_stream", "reprioritize", "remove_stream", "block", "unblock", "next"],
        [6, 6, 4, 14, 12, 40],
    )[0]
    if kind in {"insert_stream", "reprioritize"}:
        bad = source.random() < 0.02
        pair.call(
            kind,
            number(),
            depends_on=None if source.random() < 0.2 else number(),
            weight=source.choice(BAD_WEIGHTS if bad else WEIGHTS),
            exclusive=source.random() < 0.25,
        )
    elif kind == "next":
        for _ in range(source.choice([1, 1, 1, 5, 40])):
            pair.call("next")
    else:
        pair.call(kind, number())


@pytest.mark.parametrize("streams", [4, 8, 25, 120])
@pytest.mark.parametrize("blocked", [0, 0.9])
def test_random_calls(streams: int, blocked: float) -> None:
    source = random.Random(streams * 10 + blocked)
    pair = Pair(streams - streams // 8)
    for i in range(STEPS // 8):
        step(pair, source, streams)
        if i % 100 == 50:
            for number in range(1, streams):
                pair.call("block" if source.random() < blocked else "unblock", number)
        if i % 20 == 0 or STEPS < 5000:
            pair.check()
    pair.check()


@pytest.mark.parametrize("weights", [[16], [1, 256], [3, 5, 7, 11, 200], list(range(1, 257))])
@pytest.mark.parametrize("blocked", [0, 0.5, 0.95, 1])
def test_long_runs(weights: list[int], blocked: float) -> None:
    source = random.Random(len(weights))
    pair = Pair()
    for number in range(1, 60):
        pair.call(
            "insert_stream", number, source.randrange(max(1, number // 2)), source.choice(weights)
        )
    for _ in range(4):
        for number in range(1, 60):
            pair.call("block" if source.random() < blocked else "unblock", number)
        for _ in range(STEPS // 8):
            pair.call("next")
        pair.check()


FAR = st.one_of(st.integers(-3, 5), st.integers(), st.sampled_from([2**62 - 1, 2**62, -(2**62)]))


@given(st.lists(st.tuples(st.integers(0, 4), FAR, FAR, st.booleans()), max_size=40))
def test_any_numbers(calls: list[tuple[int, int, int, bool]]) -> None:
    """Also such as HTTP/2 has none of."""
    pair = Pair()
    seen = [0]
    for kind, number, other, exclusive in calls:
        seen.append(number)
        seen.append(other)
        known = seen[number % len(seen)]
        if kind == 0:
            pair.call("insert_stream", number, other, exclusive=exclusive)
        elif kind == 1:
            pair.call("reprioritize", known, other, exclusive=exclusive)
        else:
            pair.call(["remove_stream", "block", "unblock"][kind - 2], known)
        pair.call("next")
    pair.check()
    for _ in range(10):
        pair.call("next")


def test_what_is_above_a_stream_is_looked_through_to_the_same_depth() -> None:
    pair = Pair()
    for number in range(1, 110):
        pair.call("insert_stream", number, number - 1)
    pair.call("insert_stream", 200)
    for number in range(95, 110):
        pair.call("reprioritize", 200, number)
        pair.call("reprioritize", 1, number)
        pair.check()


def test_chains_are_as_deep_as_the_tree_is_large() -> None:
    limit = sys.getrecursionlimit()
    pair = Pair()
    for number in range(1, 1000):
        pair.call("insert_stream", number, number - 1)
        pair.call("block", number)
    sys.setrecursionlimit(5000)
    try:
        for _ in range(3):
            pair.call("next")
        pair.call("unblock", 999)
        for _ in range(3):
            assert pair.call("next") == 999
        pair.check()
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("maximum", [1, 2, True, False, 0, -1, None, 1.5, "1", 2**80], ids=str)
def test_maximum(maximum: Any) -> None:
    for tree in drop_in.PriorityTree, RepairedTree:
        if isinstance(outcome(tree, maximum), tuple):
            assert outcome(drop_in.PriorityTree, maximum) == outcome(RepairedTree, maximum)
            return
    pair = Pair(maximum)
    for number in range(4):
        pair.call("insert_stream", number, 10)
        pair.call("reprioritize", 1, 20 + number)
    pair.check()


def by_hand(package: Any) -> list[Any]:
    """A tree of streams that are in no PriorityTree."""
    top, a, b, c = (package.Stream(number, 10 * number + 1) for number in range(4))
    said: list[Any] = []
    top.add_child(a)
    top.add_child(b)
    top.active = False
    said += [top.schedule() for _ in range(7)]
    top.add_child_exclusive(c)
    c.active = False
    said += [top.schedule() for _ in range(7)]
    said += [[s.stream_id for s in stream.children] for stream in (top, a, b, c)]
    said += [(stream.last_weight, stream._deficit) for stream in (top, a, b, c)]
    top.remove_child(c)
    said += [top.schedule() for _ in range(7)]
    said.append(outcome(top.remove_child, c))
    a.active = b.active = False
    said += [outcome(top.schedule), outcome(top.schedule), a < b, a == b, a != b, a <= b, repr(a)]
    said += [outcome(package.Stream, 1, 0), outcome(package.Stream, 1, "2"), a == 1, a != 1]
    said += [outcome(setattr, a, "weight", 300), a.weight, b.parent is top, top.parent]
    said.append([(level, stream.stream_id) for level, stream in sorted(top.child_queue)])
    b.active = True
    top.remove_child(b, strip_children=False)
    said += [outcome(top.schedule), [s.stream_id for s in top.children]]
    return said


def test_streams_by_hand() -> None:
    assert by_hand(drop_in) == by_hand(upstream)


def moved_below(tree: Any) -> Any:
    """Stream 1 depends on 3, which depended on it, and on which 5 depends; 5 is removed."""
    for number, parent in (1, 0), (3, 1), (5, 3):
        tree.insert_stream(number, parent)
    tree.reprioritize(1, 3)
    tree.block(1)
    tree.block(3)
    tree.remove_stream(5)
    return tree


def test_moved_with_children() -> None:
    assert next(moved_below(upstream.PriorityTree())) == 5
    with pytest.raises(drop_in.DeadlockError):
        next(moved_below(drop_in.PriorityTree()))


def test_integer_numbers() -> None:
    tree: Any = drop_in.PriorityTree()
    wrong: list[Any] = ["a", 1.0, [], None]
    for number in wrong:
        for method in tree.insert_stream, tree.reprioritize, tree.block, tree.remove_stream:
            with pytest.raises(TypeError):
                method(number)


def test_views() -> None:
    tree = drop_in.PriorityTree()
    tree.insert_stream(1)
    tree.insert_stream(3, 1)
    one = tree._streams[1]
    assert one is tree._streams[1]
    with pytest.raises(TypeError):
        one.add_child(drop_in.Stream(5))
    with pytest.raises(AttributeError):
        one.children = []  # type: ignore[misc]
    with pytest.raises(drop_in.PseudoStreamError):
        tree._root_stream.active = True
    one.active = False
    one.weight = 200
    assert next(tree) == 3
    tree.remove_stream(1)
    assert (one.parent, one.children, one.stream_id, one.weight) == (None, [], 1, 200)
    other = tree._streams[3]
    del tree
    assert other.parent is not None
    assert other.parent.stream_id == 0


def test_one_parent() -> None:
    a, b, far = drop_in.Stream(1), drop_in.Stream(2), drop_in.Stream(2**80)
    a.add_child(b)
    with pytest.raises(ValueError, match="already"):
        drop_in.Stream(3).add_child(b)
    with pytest.raises(drop_in.PriorityLoop):
        b.add_child(a)
    with pytest.raises(drop_in.PriorityLoop):
        a.add_child(a)
    with pytest.raises(OverflowError):
        a.add_child(far)


@pytest.mark.parametrize("step", ["add_child", "add_child_exclusive", "remove_child"])
def test_no_stream_is_no_child(step: str) -> None:
    with pytest.raises(TypeError):
        getattr(drop_in.Stream(1), step)(None)


@pytest.mark.parametrize(
    ("cls", "method"),
    [
        (drop_in.Stream, "__init__"),
        (drop_in.PriorityTree, "__init__"),
        (drop_in.PriorityTree, "__next__"),
    ],
)
@pytest.mark.parametrize("other", [None, 5])
def test_objects_of_another_class_are_refused(cls: type, method: str, other: object) -> None:
    with pytest.raises(TypeError):
        getattr(cls, method)(*[other, 1] if cls is drop_in.Stream else [other])


@pytest.mark.parametrize("make", [drop_in.PriorityTree, lambda: drop_in.Stream(1)])
def test_no_copies_of_trees(make: Any) -> None:
    for copying in copy.copy, copy.deepcopy, pickle.dumps:
        with pytest.raises(TypeError):
            copying(make())
    with pytest.raises(AttributeError):
        make().anything = 1
