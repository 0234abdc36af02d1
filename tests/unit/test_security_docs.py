"""docs/security.md is complete, and its numbers are those of the sources."""

from __future__ import annotations

import ast
import re
import sys
from typing import Any

import pytest

from bench.hostile import MORE_SECONDS
from h2fast import Connection
from h2fast.events import RequestReceived
from tests.conftest import ROOT
from tests.hostile import OTHERS, PINNED_BY_H2, ROWS, over_h2
from tests.peers import GET, client_of

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LIMITS = (ROOT / "csrc" / "h2f_limits.h").read_text(encoding="utf-8")
CONSTANTS = {
    name: ast.literal_eval(value.rstrip("u"))
    for name, value in re.findall(r"^#define (H2F_\w+) (\w+)$", LIMITS, re.MULTILINE)
} | {
    name: int(number) << int(shift)
    for name, number, shift in re.findall(
        r"^#define (H2F_\w+) \((\d+)u << (\d+)\)$", LIMITS, re.MULTILINE
    )
}
OPTIONS = {
    name: (ast.literal_eval(value), re.findall(r"H2F_\w+", constants))
    for name, value, constants in re.findall(
        r"^\| `(max_\w+)` \| ([^|]+) \|([^|]*)\|", PAGE, re.MULTILINE
    )
}
FIXED = {
    name: int(value)
    for name, value in re.findall(r"^\| `(H2F_\w+)` \| (\d+) \|", PAGE, re.MULTILINE)
}


def test_every_constant_stands_there() -> None:
    defined = set(re.findall(r"^#define (H2F_\w+) ", LIMITS, re.MULTILINE))
    assert defined == set(CONSTANTS)
    named = {name for _, constants in OPTIONS.values() for name in constants}
    assert defined == named | set(FIXED)


@pytest.mark.parametrize("option", OPTIONS)
def test_defaults_are_those_of_the_core(option: str) -> None:
    value, constants = OPTIONS[option]
    numbers = value if isinstance(value, tuple) else (value,)
    if constants:
        assert numbers == tuple(CONSTANTS[name] for name in constants)
    else:
        assert option == "max_small_data"
        assert Connection().counters[option] == 0


@pytest.mark.parametrize("name", FIXED)
def test_what_cannot_be_changed_is_as_it_is(name: str) -> None:
    assert FIXED[name] == CONSTANTS[name]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_limit_is_an_option_with_a_counter(option: str) -> None:
    value: Any = OPTIONS[option][0]
    Connection(**{option: value})
    with pytest.raises(TypeError):
        Connection(**{f"{option}_": value})
    # The size of a frame is the peer's to say.
    assert option in Connection().counters or option == "max_frame_size"
    assert option in (Connection.__doc__ or "") or option in (
        "max_frame_size",
        "max_header_list_size",
    )


@pytest.mark.parametrize("option", OPTIONS)
def test_every_limit_is_one_of_h2s_api_too(option: str) -> None:
    value: Any = OPTIONS[option][0]
    assert option in over_h2(**{option: value}).counters or option == "max_frame_size"
    with pytest.raises(ValueError, match=f"there is no limit '{option}_'"):
        over_h2(**{f"{option}_": value})


def test_every_counter_is_explained() -> None:
    for name in {*Connection().counters, *over_h2().counters}:
        assert f"`{name}`" in PAGE, name
    assert Connection().counters.keys() == over_h2().counters.keys()


def test_the_example_of_h2s_api_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(from h2fast\.h2.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "security.md", "exec"), {})
    assert capsys.readouterr().out == "0\n"


def test_what_is_said_of_h2s_api() -> None:
    most = CONSTANTS["H2F_DEFAULT_MAX_CONTINUATIONS"]
    assert PINNED_BY_H2["continuation"][0] == most
    assert f"which can be at most {most}." in PAGE
    with pytest.raises(ValueError, match="max_continuations is from 0 to 63, not 64"):
        over_h2(max_continuations=most + 1)
    connection = over_h2().h2
    assert f"`max_encoder_table_size` is {connection.encoder.header_table_size_limit} " in PAGE
    assert connection.queue_limit == CONSTANTS["H2F_DEFAULT_MAX_QUEUED"]


def test_what_may_take_longer_through_h2s_api_stands_there() -> None:
    said = PAGE.partition("- Processor time is")[2].partition("\n- ")[0]
    for name, seconds in MORE_SECONDS.items():
        assert (f"{seconds:g} s a MB" if seconds < float("inf") else f"`{name}`") in said


def test_every_limit_that_is_attacked_stands_there() -> None:
    assert {row.limit for row in [*ROWS, *OTHERS]} - {""} <= set(OPTIONS)
    for row in ROWS:
        if row.limit in OPTIONS and not row.options:
            value = OPTIONS[row.limit][0]
            most = value[0] if isinstance(value, tuple) else value
            assert row.passes - most in (0, 5, 7) or row.counter is not None or row.passes == 0


def test_what_a_field_holds() -> None:
    """About 200 octets and its name and value; 8 where it repeats."""
    peer = client_of()
    fields = [(f"x-name-{i}", f"value-{i:050}") for i in range(500)]
    size = sum(len(name) + len(value) for name, value in fields)
    block = b"".join(b"\0%c%b%c%b" % (len(n), n.encode(), len(v), v.encode()) for n, v in fields)
    first = peer.headers(1, [*GET, ("x", "y")], end_stream=True)
    parts = [block[i : i + 16000] for i in range(0, len(block), 16000)]
    peer.accepts(first)
    wire = b"\0\0\5\1\1\0\0\0\3" + bytes.fromhex("8287840100")
    wires = [wire, *(len(p).to_bytes(3, "big") + b"\t\0\0\0\0\3" + p for p in parts)]
    [event] = peer.accepts(*wires, b"\0\0\0\t\4\0\0\0\3")
    assert isinstance(event, RequestReceived)
    held = 0
    for header in event.headers[4:]:
        held += 8 + sys.getsizeof(header) + sum(map(sys.getsizeof, header))
    assert 100 * 500 + size < held < 200 * 500 + size
    [again] = peer.accepts(peer.headers(5, [*GET, ("x", "y")], end_stream=True))
    [once_more] = peer.accepts(peer.headers(7, [*GET, ("x", "y")], end_stream=True))
    assert isinstance(again, RequestReceived)
    assert isinstance(once_more, RequestReceived)
    assert all(a is b for a, b in zip(again.headers, once_more.headers, strict=True))
