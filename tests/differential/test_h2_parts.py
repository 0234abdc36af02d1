"""The modules of h2fast.h2 that need no connection against those of h2 4.4.1: the same results,
exceptions, texts and states. More than the usual number of examples of each test:

    H2FAST_RANDOM_PARTS=100000 pytest tests/differential/test_h2_parts.py
"""

from __future__ import annotations

import enum
import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings, strategies as st

EXAMPLES = int(os.environ.get("H2FAST_RANDOM_PARTS", "50"))
PACKAGES = ("h2", "h2fast.h2")

many = settings(max_examples=EXAMPLES)


def module(package: str, name: str) -> Any:
    """A module of h2 or h2fast.h2, or of the hpack and hyperframe that belong to it."""
    if name.startswith(("hpack.", "hyperframe.")):
        return importlib.import_module(package.removesuffix("h2") + name)
    return importlib.import_module(f"{package}.{name}")


def shown(value: Any) -> Any:
    """A value, without what tells the packages apart."""
    if isinstance(value, dict):
        return [(shown(key), shown(item)) for key, item in value.items()]
    if type(value) is object:  # what stands in an attribute until a stream fills it in
        return "not filled in"
    name, inside = type(value).__name__, cast("Any", None)
    if isinstance(value, enum.Enum):
        inside = value.name, value.value
    elif isinstance(value, BaseException):
        inside = str(value), shown(value.args), shown(vars(value))
    elif isinstance(value, (list, tuple)):
        inside = [shown(item) for item in value]
    elif type(value).__module__.startswith(PACKAGES):
        inside = shown(vars(value))
    return value if inside is None else (name, inside)


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return "returned", shown(call(*arguments))
    except Exception as error:  # of whatever kind: that is what is compared
        return "raised", shown(error), shown(error.__cause__)


def assert_same(run: Callable[[str], Iterable[Any]]) -> None:
    """Every step of a run gives the same with both packages."""
    theirs, ours = (list(run(package)) for package in PACKAGES)
    assert ours == theirs


# -------------------------------------------------------------------- settings and windows

setting_codes = st.integers(-1, 9) | st.sampled_from([0x10, 2**16 - 1])
setting_values = st.sampled_from(
    [-1, 0, 1, 2, 16383, 16384, 65535, 2**24 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1]
) | st.integers(0, 2**32 - 1)
PROPERTIES = [
    "header_table_size", "enable_push", "initial_window_size", "max_frame_size",
    "max_concurrent_streams", "max_header_list_size", "enable_connect_protocol",
]  # fmt: skip
setting_steps = st.lists(
    st.tuples(st.just("set"), setting_codes, setting_values)
    | st.tuples(st.just("assign"), st.sampled_from(PROPERTIES), setting_values)
    | st.tuples(st.just("validate"), setting_codes, setting_values)
    | st.tuples(st.sampled_from(["get", "delete", "pop"]), setting_codes, st.none())
    | st.tuples(st.just("update"), st.dictionaries(setting_codes, setting_values), st.none())
    | st.tuples(st.just("acknowledge"), st.none(), st.none()),
    max_size=12,
)


def settings_step(settings: Any, kind: str, what: Any, value: Any) -> Any:
    if kind == "assign":
        return setattr(settings, what, value)
    call = {
        "set": lambda: settings.__setitem__(what, value),
        "validate": lambda: settings.validate_received_setting(what, value),
        "get": lambda: settings[what],
        "delete": lambda: settings.__delitem__(what),
        "pop": lambda: settings.pop(what),
        "update": lambda: settings.update(what),
        "acknowledge": settings.acknowledge,
    }
    return call[kind]()


def settings_state(settings: Any) -> Iterator[Any]:
    yield [(shown(key), list(values)) for key, values in settings._settings.items()]
    yield len(settings), shown(list(settings))
    for name in PROPERTIES:
        yield outcome(getattr, settings, name)


@many
@given(st.booleans(), st.none() | st.dictionaries(setting_codes, setting_values), setting_steps)
def test_settings(client: bool, initial: Any, steps: list[Any]) -> None:
    def run(package: str) -> Iterator[Any]:
        made = module(package, "settings").Settings
        yield outcome(lambda: vars(made(client, initial))["_client"])
        settings = made(client)
        for kind, what, value in steps:
            yield outcome(settings_step, settings, kind, what, value)
            yield list(settings_state(settings))
            yield settings == made(client), settings != made(client), settings == {}

    assert_same(run)


@many
@given(setting_codes, setting_values, st.sampled_from([None, True, False]))
def test_validate_setting(code: int, value: int, client: bool | None) -> None:
    def run(package: str) -> Iterator[Any]:
        settings = module(package, "settings")
        yield shown(settings._validate_setting(code, value, client=client))
        yield shown(settings._setting_code_from_int(code))
        yield shown(module(package, "errors")._error_code_from_int(value))

    assert_same(run)


sizes = st.sampled_from([0, 1, 100, 1023, 1024, 1025, 16384, 32767, 65535, 2**31 - 1])
window_steps = st.lists(
    st.tuples(
        st.sampled_from(["window_consumed", "window_opened", "process_bytes"]),
        sizes | st.integers(-70000, 70000),
    ),
    max_size=30,
)


@many
@given(sizes | st.integers(-1, 2**31), window_steps, st.none() | sizes)
def test_window_manager(size: int, steps: list[tuple[str, int]], then: int | None) -> None:
    def run(package: str) -> Iterator[Any]:
        made = module(package, "windows").WindowManager
        yield outcome(lambda: made(size).max_window_size)
        if size > 2**31 - 1:
            return
        manager = made(size)
        for at, (name, step) in enumerate(steps):
            if at == 10 and then is not None:  # as a changed setting does
                manager.max_window_size = then
            yield outcome(getattr(manager, name), step)
            yield dict(vars(manager))

    assert_same(run)


# ----------------------------------------------------------------------------- utilities

NAMES = [
    b":method", b":scheme", b":authority", b":path", b":status", b":protocol", b":custom", b":",
    b"host", b"te", b"connection", b"proxy-connection", b"keep-alive", b"upgrade",
    b"transfer-encoding", b"cookie", b"cookie", b"authorization", b"proxy-authorization",
    b"x", b"X-Upper", b" blank ", b"", b"a:b", b"::", b"\x7f", b"\xff", b"Connection", b"TE",
]  # fmt: skip
VALUES = [
    b"GET", b"CONNECT", b"https", b"/", b"a", b"200", b"100", b"", b"trailers", b"TrAilers",
    b"websocket", b" a", b"a\t", b"a\0b", b"a\nb", b"a\r", b"a=1; b=2; c=3", b"; ", b"x" * 19,
    b"x" * 20, b"\xff", b"\x01",
]  # fmt: skip
REQUEST = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]
CONNECT = [(b":method", b"CONNECT"), (b":authority", b"a")]
RESPONSE = [(b":status", b"200")]

kinds = st.sampled_from(["tuple", "HeaderTuple", "NeverIndexedHeaderTuple"])
headers = st.tuples(
    st.sampled_from(NAMES) | st.binary(max_size=3),
    st.sampled_from(VALUES) | st.binary(max_size=3),
)
lists = st.tuples(
    st.sampled_from([[], REQUEST, REQUEST, CONNECT, RESPONSE]), st.lists(headers, max_size=5)
).map(lambda parts: parts[0] + parts[1]) | st.lists(headers, max_size=8)
typed_lists = lists.flatmap(
    lambda items: st.lists(kinds, min_size=len(items), max_size=len(items)).map(
        lambda names: list(zip(names, items, strict=True))
    )
)
flag_sets = st.tuples(*[st.booleans()] * 4)

PIPELINES = [
    "_check_host_authority_header", "_check_path_header", "_check_sent_host_authority_header",
    "_combine_cookie_fields", "_lowercase_header_names", "_reject_connection_header",
    "_reject_empty_header_names", "_reject_illegal_characters", "_reject_pseudo_header_fields",
    "_reject_te", "_secure_headers", "_split_outbound_cookie_fields", "_strip_connection_headers",
    "_strip_surrounding_whitespace", "normalize_inbound_headers", "normalize_outbound_headers",
    "validate_headers", "validate_outbound_headers",
]  # fmt: skip
FINDERS = [
    "authority_from_headers", "extract_method_header", "is_informational_response",
    "utf8_encode_headers",
]  # fmt: skip


def built(package: str, typed: list[tuple[str, tuple[Any, Any]]]) -> list[Any]:
    """The headers, of that package's classes."""
    struct = module(package, "hpack.struct")
    return [pair if kind == "tuple" else getattr(struct, kind)(*pair) for kind, pair in typed]


def taken(headers: Iterable[Any]) -> Iterator[Any]:
    """What comes out, up to the exception, and that; and how many headers went in for it."""
    iterator = iter(headers)
    while (step := outcome(next, iterator))[0] == "returned":
        yield step
    yield step


@pytest.mark.parametrize("name", PIPELINES)
@many
@given(typed_lists, flag_sets)
def test_pipelines(name: str, typed: list[Any], flags: tuple[bool, ...]) -> None:
    def run(package: str) -> Iterator[Any]:
        utilities = module(package, "utilities")
        source = iter(built(package, typed))
        kind = utilities.HeaderValidationFlags(*flags)
        yield from taken(getattr(utilities, name)(source, kind))
        yield len(list(source))

    assert_same(run)


@many
@given(typed_lists)
def test_split_and_normalized(typed: list[Any]) -> None:
    def run(package: str) -> Iterator[Any]:
        utilities = module(package, "utilities")
        yield from taken(
            utilities.normalize_outbound_headers(
                built(package, typed), None, should_split_outbound_cookies=True
            )
        )

    assert_same(run)


@pytest.mark.parametrize("name", FINDERS)
@many
@given(typed_lists)
def test_finders(name: str, typed: list[Any]) -> None:
    def run(package: str) -> Iterator[Any]:
        yield outcome(getattr(module(package, "utilities"), name), built(package, typed))

    assert_same(run)


strings = st.sampled_from([":method", b":method", "x", b"x"]) | st.text(max_size=3)


@many
@given(st.lists(st.tuples(kinds, st.tuples(strings, strings | st.none())), max_size=4))
def test_strings(typed: list[Any]) -> None:
    def run(package: str) -> Iterator[Any]:
        utilities = module(package, "utilities")
        for call in utilities.utf8_encode_headers, utilities.extract_method_header:
            yield outcome(call, built(package, typed))

    assert_same(run)


@many
@given(st.sets(st.sampled_from(NAMES[:6])), st.sampled_from([None, b"GET", b"CONNECT"]), flag_sets)
def test_acceptability(pseudo: set[bytes], method: bytes | None, flags: tuple[bool, ...]) -> None:
    def run(package: str) -> Iterator[Any]:
        utilities = module(package, "utilities")
        kind = utilities.HeaderValidationFlags(*flags)
        check = utilities._check_pseudo_header_field_acceptability
        yield outcome(check, pseudo, method, kind)

    assert_same(run)


@many
@given(sizes | st.integers(-(2**31), 2**31), sizes | st.integers(-(2**31), 2**31))
def test_guard_increment_window(current: int, increment: int) -> None:
    def run(package: str) -> Iterator[Any]:
        guard = module(package, "utilities").guard_increment_window
        yield outcome(guard, current, increment)

    assert_same(run)


@many
@given(st.none() | st.integers(0, 4), st.lists(st.tuples(st.integers(0, 6), st.integers())))
def test_size_limit_dict(limit: int | None, items: list[tuple[int, int]]) -> None:
    def run(package: str) -> Iterator[Any]:
        made = module(package, "utilities").SizeLimitDict
        yield list(made(dict(items), size_limit=limit).items())
        kept = made(size_limit=limit)
        for key, value in items:
            kept[key] = value
            yield list(kept.items())

    assert_same(run)


# ------------------------------------------------------------------------ state machines

INPUTS = [input_.name for input_ in module("h2", "stream").StreamInputs]
STATES = [state.name for state in module("h2", "stream").StreamState]
CONNECTION_INPUTS = [input_.name for input_ in module("h2", "connection").ConnectionInputs]
CONNECTION_STATES = [state.name for state in module("h2", "connection").ConnectionState]

perhaps = st.sampled_from([None, True, False])
machines = st.fixed_dictionaries(
    {
        "client": perhaps, "headers_sent": perhaps, "trailers_sent": perhaps,
        "headers_received": perhaps, "trailers_received": perhaps,
    }
)  # fmt: skip


def process(package: str, machine: Any, inputs: Any, names: list[str]) -> Iterator[Any]:
    for name in names:
        result = outcome(machine.process_input, inputs[name])
        yield result, shown(vars(machine))


@many
@given(st.lists(st.sampled_from(INPUTS), min_size=1, max_size=10))
def test_streams_from_the_beginning(names: list[str]) -> None:
    def run(package: str) -> Iterator[Any]:
        stream = module(package, "stream")
        yield from process(package, stream.H2StreamStateMachine(3), stream.StreamInputs, names)

    assert_same(run)


@pytest.mark.parametrize("state", STATES)
@many
@given(machines, st.none() | st.sampled_from(range(4)), st.lists(st.sampled_from(INPUTS)))
def test_streams_from_any_state(
    state: str, flags: dict[str, bool | None], closed_by: int | None, names: list[str]
) -> None:
    def run(package: str) -> Iterator[Any]:
        stream = module(package, "stream")
        machine = stream.H2StreamStateMachine(stream_id=4)
        machine.state = stream.StreamState[state]
        vars(machine).update(flags)
        if closed_by is not None:
            machine.stream_closed_by = stream.StreamClosedBy(closed_by)
        yield from process(package, machine, stream.StreamInputs, names)

    assert_same(run)


@pytest.mark.parametrize("state", CONNECTION_STATES)
@many
@given(st.lists(st.sampled_from(CONNECTION_INPUTS), max_size=10))
def test_connections(state: str, names: list[str]) -> None:
    def run(package: str) -> Iterator[Any]:
        connection = module(package, "connection")
        machine = connection.H2ConnectionStateMachine()
        yield shown(machine.state)
        machine.state = connection.ConnectionState[state]
        yield from process(package, machine, connection.ConnectionInputs, names)

    assert_same(run)


@pytest.mark.parametrize("name", ["stream", "connection"])
@pytest.mark.parametrize("wrong", [1, "SEND_HEADERS", None])
def test_inputs_have_to_be_inputs(name: str, wrong: object) -> None:
    def run(package: str) -> Iterator[Any]:
        states = module(package, name)
        machine = (
            states.H2StreamStateMachine(1)
            if name == "stream"
            else states.H2ConnectionStateMachine()
        )
        yield outcome(machine.process_input, wrong)

    assert_same(run)


def test_the_tables_are_the_same() -> None:
    def run(package: str) -> Iterator[Any]:
        yield shown(module(package, "stream").STREAM_OPEN)
        rows = [
            (shown(key), action and action.__name__, shown(after))
            for key, (action, after) in module(package, "stream")._transitions.items()
        ]
        yield sorted(rows, key=repr)
        transitions = module(package, "connection").H2ConnectionStateMachine._transitions
        yield sorted((shown(item) for item in transitions.items()), key=repr)

    assert_same(run)


# -------------------------------------------------------------------------- frame buffer

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind: int, flags: int, stream_id: int, payload: bytes) -> bytes:
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream_id.to_bytes(4, "big") + payload


frames = st.builds(
    frame,
    st.integers(0, 11) | st.sampled_from([1, 5, 9, 9]),
    st.sampled_from([0, 1, 4, 5, 8, 0x20, 0x2D, 255]),
    st.sampled_from([0, 1, 1, 1, 2, 2**31 - 1]),
    st.binary(max_size=12) | st.sampled_from([b"", b"\0" * 4, b"\0\0\0\1" * 2, b"\0" * 40]),
)
blocks = st.lists(st.binary(max_size=5), min_size=1, max_size=70).map(
    lambda parts: b"".join(
        frame(9 if at else 1, 4 if at == len(parts) - 1 else 0, 1, part)
        for at, part in enumerate(parts)
    )
)
octets = st.lists(frames | blocks, max_size=6).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def frame_shown(frame: Any) -> Any:
    octets = outcome(frame.serialize)
    return type(frame).__name__, frame.stream_id, sorted(frame.flags), octets


def buffer_steps(buffer: Any, parts: list[Any]) -> Iterator[Any]:
    for part in parts:
        yield outcome(buffer.add_data, part)
        for _ in range(80):  # also after an exception
            step = outcome(lambda: frame_shown(next(buffer)))
            yield step, bytes(buffer._data), len(buffer._headers_buffer)
            if step[0] == "raised" and step[1][0] == "StopIteration":
                break
        yield bytes(buffer._preamble), buffer._preamble_len


@many
@given(
    st.booleans(),
    octets,
    st.lists(st.integers(0, 2**16), max_size=4),
    st.sampled_from([16384, 16384, 20, 4, 0]),
    st.sampled_from([bytes, bytearray, memoryview]),
    st.none() | st.integers(0, 23),
)
def test_frame_buffer(
    server: bool, data: bytes, places: list[int], most: int, kind: Any, spoilt: int | None
) -> None:
    preface = bytearray(PREFACE)
    if spoilt is not None and spoilt >= 20:
        preface[spoilt] ^= 1
    parts = cut((bytes(preface) if server else b"") + data, places)

    def run(package: str) -> Iterator[Any]:
        buffer = module(package, "frame_buffer").FrameBuffer(server=server)
        yield buffer.max_frame_size, iter(buffer) is buffer
        buffer.max_frame_size = most
        yield from buffer_steps(buffer, [kind(part) for part in parts])

    assert_same(run)


@pytest.mark.parametrize("data", ["", 1, None])
def test_frame_buffers_take_octets(data: object) -> None:
    def run(package: str) -> Iterator[Any]:
        yield outcome(module(package, "frame_buffer").FrameBuffer().add_data, data)

    assert_same(run)
