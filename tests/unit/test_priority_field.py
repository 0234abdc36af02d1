"""The priority field (RFC 9218)."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from h2fast.priority_field import (
    Priority,
    PriorityFieldError,
    parse_priority,
    serialize_priority,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", (3, False)),
        (b"u=0", (0, False)),  # RFC 9218 section 4.1
        (b"u=5, i", (5, True)),  # section 4.2
        (b"u=1, i", (1, True)),  # section 8
        (b"u=1,u=2", (2, False)),
        (b"u=9", (3, False)),
        (b"u=1,u=9", (3, False)),
        (b"i=1,u=?1", (3, False)),
        (b"i=?0", (3, False)),
        (b'x=("a" b;c=1 :YQ:);d, u=6;a=b', (6, False)),
        ("u=2, i", (2, True)),
        (memoryview(b"u=2"), (2, False)),
    ],
)
def test_values(value: bytes | str, expected: tuple[int, bool]) -> None:
    priority = parse_priority(value)
    assert priority == expected
    assert isinstance(priority.incremental, bool)


@pytest.mark.parametrize(
    "value", [b"u=", b"u=1,", b"U=1", b"\xff", "\xfc=1", "\ud800", b"a=(1", b"u=1;"]
)
def test_what_is_no_dictionary(value: bytes | str) -> None:
    with pytest.raises(PriorityFieldError, match="RFC 8941"):
        parse_priority(value)


def test_a_server_merges_the_wish_of_the_client_with_its_own() -> None:
    """RFC 9218 section 8: what the server does not say is as the client wants it."""
    client = parse_priority(b"u=5, i")
    assert parse_priority(b"u=1", client) == Priority(1, True)
    assert parse_priority(b"i=?0", client) == Priority(5, False)
    assert parse_priority(b"u=8", client) == client


@given(st.none() | st.integers(0, 7), st.none() | st.booleans())
def test_round_trip(urgency: int | None, incremental: bool | None) -> None:
    value = serialize_priority(urgency, incremental)
    assert parse_priority(value, (None, None)) == (urgency, incremental)


@given(st.binary(max_size=40) | st.text('ui=?01,; ()":.ab-\t', max_size=40))
def test_any_value(value: bytes | str) -> None:
    try:
        priority = parse_priority(value)
    except PriorityFieldError:
        return
    assert 0 <= priority.urgency <= 7
    assert parse_priority(serialize_priority(*priority)) == priority


@pytest.mark.parametrize("urgency", [-1, 8, 2**70])
def test_an_urgency_that_is_none(urgency: int) -> None:
    with pytest.raises(ValueError, match="urgency is 0 to 7"):
        serialize_priority(urgency)


def test_wrong_types() -> None:
    with pytest.raises(TypeError):
        parse_priority(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        serialize_priority("1")  # type: ignore[arg-type]
