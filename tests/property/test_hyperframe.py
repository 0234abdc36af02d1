"""Arbitrary frames of every class, with hyperframe as the oracle in both directions: built with the
same arguments, parsed from each other's octets, and changed by attributes before they are sent.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import hyperframe.frame as upstream
import pytest
from hypothesis import given, strategies as st
from hypothesis.strategies import SearchStrategy

import h2fast.hyperframe.frame as ours

KINDS = [*(kind.__name__ for kind in upstream.FRAMES.values()), "ExtensionFrame"]


def make(package: Any, name: str, arguments: dict[str, Any]) -> Any:
    """A frame with arguments of its own: frames keep the dict of settings that they are given."""
    if name == "ExtensionFrame":
        arguments = {"type": 0xFB} | arguments
    return getattr(package, name)(**{key: copied(value) for key, value in arguments.items()})


def copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, dict) else value


def flags_of(name: str) -> list[str]:
    return [flag.name for flag in getattr(upstream, name).defined_flags]


def a_stream(name: str) -> int:
    return 0 if getattr(upstream, name).stream_association == "no-stream" else 1


# The attributes that upstream's constructors give to a frame, in their order.
ATTRIBUTES = {
    name: list(vars(make(upstream, name, {"stream_id": a_stream(name)}))) for name in KINDS
}

streams = st.sampled_from([1, 2, 2**31 - 1]) | st.integers(1, 2**31 - 1)
STREAMS = {"has-stream": streams, "no-stream": st.just(0), "either": st.just(0) | streams}
octet = st.integers(0, 255)
word = st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
data = st.binary(max_size=30)
identifier = st.integers(0, 2**16 - 1)

# What they may be; most are arguments of the constructors too.
VALUES: dict[str, SearchStrategy[Any]] = {
    "stream_id": word,
    "data": data,
    "pad_length": octet,
    "depends_on": st.integers(0, 2**31 - 1),
    "stream_weight": octet,
    "exclusive": st.booleans(),
    "error_code": word,
    "settings": st.dictionaries(identifier, word, max_size=5),
    "promised_stream_id": word,
    "opaque_data": st.binary(max_size=8),
    "last_stream_id": word,
    "additional_data": data,
    "window_increment": word,
    "origin": data,
    "field": data,
    "type": octet,
    "flag_byte": octet,
    "body": data,
}
# And what they had better not be: too wide, too long, of a wrong type.
UNUSUAL: dict[str, SearchStrategy[Any]] = {
    "stream_id": st.sampled_from([-1, 2**32, 2**64]),
    "pad_length": st.sampled_from([-1, 256]),
    "depends_on": st.sampled_from([-1, 2**31, 2**32]),
    "stream_weight": st.sampled_from([-1, 256]),
    "exclusive": st.sampled_from([0, 1, 2]),
    "error_code": st.sampled_from([-1, 2**32]),
    "settings": st.sampled_from([{1: -1}, {1: 2**32}, {2**16: 1}, None]),
    "promised_stream_id": st.sampled_from([-1, 2**32]),
    "opaque_data": st.binary(min_size=9, max_size=12),
    "last_stream_id": st.sampled_from([-1, 2**32, 2**64]),
    "window_increment": st.sampled_from([-1, 2**32, 2**64]),
    "type": st.sampled_from([-1, 256]),
    "flag_byte": st.sampled_from([-1, 256]),
}
VIEWS = {"data", "body", "additional_data", "opaque_data", "origin", "field"}


def view(data: bytes) -> memoryview:
    return memoryview(data)


def values(attribute: str, unusual: bool) -> SearchStrategy[Any]:
    usual = VALUES[attribute]
    if not unusual:
        return usual
    if attribute in VIEWS:
        usual |= data.map(view) | st.builds(bytearray, data)
    return usual | UNUSUAL.get(attribute, st.nothing())


@st.composite
def arguments_of(draw: st.DrawFn, name: str, unusual: bool = False) -> dict[str, Any]:
    """Some of the arguments that a class takes."""
    drawn: dict[str, Any] = {"stream_id": draw(STREAMS[getattr(upstream, name).stream_association])}
    for argument in ATTRIBUTES[name]:
        if argument in VALUES and argument != "stream_id" and draw(st.booleans()):
            drawn[argument] = draw(values(argument, unusual))
    if drawn.get("type") in upstream.FRAMES and not unusual:
        del drawn["type"]
    if flags_of(name):
        drawn["flags"] = draw(st.lists(st.sampled_from(flags_of(name)), unique=True))
        if "ACK" in drawn["flags"] and not unusual:
            drawn.pop("settings", None)
    return drawn


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns, or what it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)


def seen(frame: Any) -> dict[str, Any]:
    """All that can be seen of a frame but the identity of its class."""
    name = type(frame).__name__
    state: dict[str, Any] = {
        each: (type(getattr(frame, each)), getattr(frame, each)) for each in ATTRIBUTES[name]
    }
    state |= {
        "class": name,
        "type": frame.type,
        "flags": sorted(frame.flags),
        "repr": outcome(repr, frame),
    }
    if name == "DataFrame":
        state["flow_controlled_length"] = frame.flow_controlled_length
    return state


def check_same(frame: Any, reference: Any) -> None:
    assert seen(frame) == seen(reference)
    assert outcome(frame.serialize) == outcome(reference.serialize)
    assert seen(frame) == seen(reference)  # serialising sets body_len


def parse(package: Any, wire: bytes) -> Any:
    view = memoryview(wire)
    frame, length = package.Frame.parse_frame_header(view[:9])
    frame.parse_body(view[9 : 9 + length])
    return frame


def seen_again(package: Any, wire: bytes) -> dict[str, Any]:
    return seen(parse(package, wire))


@pytest.mark.parametrize("name", KINDS)
@given(drawn=st.data())
def test_built_with_the_same_arguments(name: str, drawn: st.DataObject) -> None:
    arguments = drawn.draw(arguments_of(name))
    check_same(make(ours, name, arguments), make(upstream, name, arguments))


@pytest.mark.parametrize("name", KINDS)
@given(drawn=st.data())
def test_built_with_the_same_unusual_arguments(name: str, drawn: st.DataObject) -> None:
    arguments = drawn.draw(arguments_of(name, unusual=True))
    made = [outcome(make, package, name, arguments) for package in (ours, upstream)]
    if isinstance(made[1], tuple):
        assert made[0] == made[1]
    else:
        check_same(*made)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("stream_id", [0, 1])
def test_built_without_any_other_argument(name: str, stream_id: int) -> None:
    first = [0xFB] if name == "ExtensionFrame" else []
    made = [outcome(getattr(package, name), *first, stream_id) for package in (ours, upstream)]
    if isinstance(made[1], tuple):  # not on this stream
        assert made[0] == made[1]
    else:
        check_same(*made)


@pytest.mark.parametrize("name", KINDS)
@given(drawn=st.data())
def test_parsed_from_each_others_octets(name: str, drawn: st.DataObject) -> None:
    """Some octets that can be sent are refused by a receiver: an odd promised stream, padding."""
    arguments = drawn.draw(arguments_of(name))
    made = make(ours, name, arguments), make(upstream, name, arguments)
    outcomes = [
        outcome(seen_again, package, frame.serialize())
        for package, frame in zip((upstream, ours), made, strict=True)
    ]
    assert outcomes[0] == outcomes[1]


def change(frames: tuple[Any, Any], name: str, drawn: st.DataObject) -> None:
    """In one of the ways in which connections and tests change a frame."""
    ways = ["attribute", "flags"] if flags_of(name) else ["attribute"]
    ways += ["setting"] if name == "SettingsFrame" else []
    way = drawn.draw(st.sampled_from(ways))
    if way == "attribute":
        changeable = [each for each in [*ATTRIBUTES[name], "type"] if each in VALUES]
        attribute = drawn.draw(st.sampled_from(changeable))
        value = drawn.draw(values(attribute, unusual=True))
        for frame in frames:
            setattr(frame, attribute, copied(value))
    elif way == "flags":
        flag = drawn.draw(st.sampled_from(flags_of(name)))
        method = drawn.draw(st.sampled_from(["add", "discard"]))
        for frame in frames:
            getattr(frame.flags, method)(flag)
    else:
        key, value = drawn.draw(st.tuples(identifier, word))
        for frame in frames:
            if isinstance(frame.settings, dict):
                frame.settings[key] = value


@pytest.mark.parametrize("name", KINDS)
@given(drawn=st.data())
def test_changed_before_it_is_sent(name: str, drawn: st.DataObject) -> None:
    arguments = drawn.draw(arguments_of(name))
    frame, reference = make(ours, name, arguments), make(upstream, name, arguments)
    for _ in range(drawn.draw(st.integers(1, 5))):
        change((frame, reference), name, drawn)
        check_same(frame, reference)


@pytest.mark.parametrize("name", KINDS)
@given(drawn=st.data())
def test_changed_after_it_was_parsed(name: str, drawn: st.DataObject) -> None:
    wire = make(upstream, name, drawn.draw(arguments_of(name))).serialize()
    try:
        reference = parse(upstream, wire)
    except Exception:
        return  # tested above
    frame = parse(ours, wire)
    for _ in range(drawn.draw(st.integers(1, 5))):
        change((frame, reference), name, drawn)
        check_same(frame, reference)


@pytest.mark.parametrize("name", KINDS)
def test_a_type_of_an_instance_is_not_that_of_its_class(name: str) -> None:
    frame = make(ours, name, {"stream_id": a_stream(name)})
    frame.type = 0x77
    assert frame.serialize()[3] == 0x77
    assert getattr(ours, name).type == getattr(upstream, name).type
    again = make(ours, name, {"stream_id": a_stream(name)})
    assert again.type == make(upstream, name, {"stream_id": a_stream(name)}).type


def test_settings_are_the_dict_that_was_given() -> None:
    settings = {1: 2}
    for package in ours, upstream:
        assert package.SettingsFrame(settings=settings).settings is settings
