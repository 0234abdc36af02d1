"""Random walks: the same calls and the same octets for a connection of h2 and one of h2fast.h2.

After each step they are compared in all that can be read: what a call returned or raised, what is
to be sent, the states, windows, tables and settings. A walk ends where one of the differences of
the allow-list has shown, since the connections differ from then on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from hpack import Encoder, HeaderTuple, NeverIndexedHeaderTuple
from hyperframe import frame as frames

import h2fast.hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

GET = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "example.com")]
POST = [(":method", "POST"), *GET[1:]]
REQUESTS: list[Any] = [
    GET,
    POST,
    [*GET, ("cookie", "a=1"), ("x-one", "1"), ("cookie", "b=2")],
    [*POST, ("content-length", "5")],
    [(":method", "HEAD"), *GET[1:]],
    [(":method", "CONNECT"), (":authority", "a:1")],
    [*GET, ("te", "trailers"), NeverIndexedHeaderTuple("secret", "s")],
    [(b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/x"), (b"host", b"h")],
    [*GET, ("authorization", "token"), HeaderTuple("a", "b")],
    [*GET, *((f"x-{i}", "v" * 40) for i in range(30))],
]
RESPONSES: list[Any] = [
    [(":status", "200")],
    [(":status", "200"), ("content-length", "5"), ("set-cookie", "a=b")],
    [(":status", "204")],
    [(":status", "304"), ("content-length", "9")],
    [(b":status", b"404"), (b"server", b"s")],
]
INTERIMS: list[Any] = [[(":status", "103"), ("link", "x")], [(":status", "100")]]
TRAILERS: list[Any] = [[("grpc-status", "0")], [("a", "b"), ("c", "d")]]
# Refused by one rule or another, of what is sent or of what is received.
ODD: list[Any] = [
    GET[1:],
    [*GET, ("X-Upper", "1")],
    [*GET, ("connection", "close")],
    [*GET, ("te", "gzip")],
    [*GET, (":path", "/")],
    [*GET[:2], ("a", "b"), *GET[2:]],
    [*GET, ("host", "other")],
    [*GET, ("a", " b")],
    [*GET, ("a\n", "b")],
    [*GET, ("a", "b\0")],
    [*GET, (":status", "200")],
    [*GET, ("content-length", "1x")],
    [*GET, ("content-length", "1"), ("content-length", "2")],
    [(":status", "200"), (":path", "/")],
    [("a", "b")],
    [(":status", "100"), ("x", "y")],
    [(":foo", "bar"), *GET],
    [*GET, ("", "x")],
    [],
]
LISTS = (REQUESTS, RESPONSES, INTERIMS, TRAILERS, ODD)


def modules(root: str) -> Any:
    """The modules of h2 under one name."""

    class Modules:
        pass

    for name in ("config", "connection", "errors", "events", "exceptions", "settings", "stream"):
        setattr(Modules, name, import_module(f"{root}.{name}"))
    return Modules


THEIRS, OURS = modules("h2"), modules("h2fast.h2")

# What callers give the connection of h2fast where that of h2 gets objects of hpack's classes.
_CLASSES = {
    HeaderTuple: h2fast.hpack.HeaderTuple,
    NeverIndexedHeaderTuple: h2fast.hpack.NeverIndexedHeaderTuple,
}


def for_ours(value: Any) -> Any:
    if type(value) in _CLASSES:
        return _CLASSES[type(value)](*value)
    return type(value)(map(for_ours, value)) if type(value) in (list, tuple) else value


# ------------------------------------------------------------------------------- looking


def shown(value: Any) -> Any:
    """A value as something that is equal where the packages' classes are different ones."""
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return kind, tuple(shown(item) for item in value)
    if isinstance(value, dict):
        return kind, tuple((shown(key), shown(item)) for key, item in value.items())
    if kind.endswith(("Received", "Ended", "Reset", "Updated", "Changed", "Acknowledged",
                      "Terminated", "Available", "ChangedSetting")):  # fmt: skip
        return kind, tuple((name, shown(item)) for name, item in sorted(vars(value).items()))
    if kind.endswith("Frame"):
        return repr(value)
    return kind, repr(value)


def shown_error(error: BaseException) -> Any:
    """An exception: its class, text, attributes and cause."""
    text = re.sub(r"<memory at 0x[0-9a-f]+>|b'.*?'\.\.\.", "...", str(error))
    attributes = {
        name: shown(value) for name, value in vars(error).items() if not name.startswith("_")
    }
    return type(error).__name__, text, attributes, type(error.__cause__).__name__


WINDOWS = (9, 10, 16)  # where shown_stream has them


def shown_stream(stream: Any) -> Any:
    machine = stream.state_machine
    return (
        machine.state.name, machine.client, machine.headers_sent, machine.trailers_sent,
        machine.headers_received, machine.trailers_received,
        stream.closed_by and stream.closed_by.name, stream.open, stream.closed,
        stream.outbound_flow_control_window, stream.inbound_flow_control_window,
        stream.max_outbound_frame_size, stream.request_method, stream._authority,
        stream._expected_content_length, stream._actual_content_length,
        stream._inbound_window_manager.max_window_size,
        stream._inbound_window_manager._bytes_processed, repr(stream),
    )  # fmt: skip


def shown_state(connection: Any) -> dict[str, Any]:
    """All that can be read of a connection, but what it has to send."""
    manager = connection._inbound_flow_control_window_manager
    return {
        "state": connection.state_machine.state.name,
        "highest": (
            connection.highest_inbound_stream_id,
            connection.highest_outbound_stream_id,
        ),
        "windows": (
            connection.outbound_flow_control_window, connection.inbound_flow_control_window,
            manager.max_window_size, manager._bytes_processed,
        ),
        "frame sizes": (connection.max_outbound_frame_size, connection.max_inbound_frame_size),
        "streams": {
            stream_id: shown_stream(stream) for stream_id, stream in connection.streams.items()
        },
        "order": list(connection.streams),
        "closed": {
            stream_id: how and how.name
            for stream_id, how in sorted(connection._closed_streams.items())
        },
        "settings": (
            [
                (int(key), list(values))
                for settings in (connection.local_settings, connection.remote_settings)
                for key, values in settings._settings.items()
            ],
        ),
        "encoder": (
            [tuple(entry) for entry in connection.encoder.header_table.dynamic_entries],
            connection.encoder.header_table_size,
        ),
        "decoder": (
            [tuple(entry) for entry in connection.decoder.header_table.dynamic_entries],
            connection.decoder.header_table_size,
            connection.decoder.max_allowed_table_size,
            connection.decoder.max_header_list_size,
        ),
    }  # fmt: skip


# ------------------------------------------------------------------------ the allow-list


def allowed(theirs: Any, ours: Any, walk: Walk) -> str | None:
    """The key of the difference that an outcome is, in the allow-list."""
    different = {key for key in theirs if theirs[key] != ours[key]}
    if ours["error"] is not None:
        return allowed_error(theirs, ours, different, walk)
    if different == {"sent"} and is_size_update(ours["sent"]) > is_size_update(theirs["sent"]):
        return "repeated-size"
    return None


def allowed_error(theirs: Any, ours: Any, different: set[str], walk: Walk) -> str | None:
    """The same, where ours has raised something."""
    their_error = theirs["error"]
    name, text, attributes = ours["error"][:3]
    same = their_error == ours["error"]
    found = {
        "limits": name == "LimitExceededError" and is_beyond(attributes["limit"], walk.ours),
        "frame-on-header": (
            name == "FrameTooLargeError" and their_error is None and waits_for_too_much(walk.theirs)
        ),
        "reset-of-idle": their_error is None and is_reset_of_idle(text, walk.theirs),
        "undecodable-text": "is not text in" in text and their_error[0] == "UnicodeDecodeError",
        "windows-at-once": name == "FlowControlError" and same and differ_in_windows(theirs, ours),
        "refused-headers": same and different == {"encoder"},
        "one-goaway": same and different == {"sent"} and ours["sent"] == b"",
    }
    return next((key for key, is_it in found.items() if is_it), None)


def is_beyond(limit: Any, connection: Any) -> bool:
    """Whether more was counted than a limit is, of those that walks come to."""
    most = {
        "max_empty_continuations": 8,
        "max_header_list_size": connection.decoder.max_header_list_size,
    }
    return any(limit == shown(name) and connection.counters[name] > most[name] for name in most)


def waits_for_too_much(theirs: Any) -> bool:
    """Whether h2 has the beginning of a frame that it will refuse for its length."""
    length = int.from_bytes(theirs.incoming_buffer._data[:3], "big")
    return bool(length > theirs.max_inbound_frame_size)


def is_reset_of_idle(text: str, theirs: Any) -> bool:
    """Whether a text tells of a stream that h2 knows nothing of."""
    told = re.fullmatch(r"RST_STREAM on stream (\d+), which is idle", text)
    if told is None:
        return False
    outbound = theirs._stream_id_is_outbound(int(told[1]))
    highest = theirs.highest_outbound_stream_id if outbound else theirs.highest_inbound_stream_id
    return bool(int(told[1]) > highest)


def differ_in_windows(theirs: Any, ours: Any) -> bool:
    """Whether the windows of streams differ, and nothing else."""
    return without_windows(theirs) == without_windows(ours)


def without_windows(outcome: dict[str, Any]) -> dict[str, Any]:
    streams = {
        stream_id: [item for i, item in enumerate(stream) if i not in WINDOWS]
        for stream_id, stream in outcome["streams"].items()
    }
    return outcome | {"streams": streams}


def is_size_update(sent: bytes) -> bool:
    """Whether what was sent is a header block that begins with a size update."""
    block = sent[9:] if sent[3:4] == b"\1" else sent[13:] if sent[3:4] == b"\5" else b""
    return block != b"" and block[0] & 0xE0 == 0x20


class DifferentError(AssertionError):
    """The connections differ, and no difference of the allow-list says why."""


class Walk:
    """Two connections that the same happens to.

    :param seed: decides everything.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.trace: list[str] = [f"seed {seed}"]
        self.client = self.random.random() < 0.5
        options = self._options()
        self.theirs, self.ours = (
            package.connection.H2Connection(package.config.H2Configuration(**options))
            for package in (THEIRS, OURS)
        )
        self.encoder = Encoder()
        self.steps = 0
        self.ended: str | None = None
        self.note(f"options {options}")

    def _options(self) -> dict[str, Any]:
        chance = self.random.random
        options: dict[str, Any] = {"client_side": self.client}
        for name in ("validate_outbound_headers", "normalize_outbound_headers",
                     "validate_inbound_headers", "normalize_inbound_headers"):  # fmt: skip
            if chance() < 0.1:
                options[name] = False
        if chance() < 0.1:
            options["split_outbound_cookies"] = True
        if chance() < 0.3:
            options["header_encoding"] = self.random.choice(["utf-8", "ascii", "latin-1", False])
        return options

    def note(self, what: str) -> None:
        self.trace.append(what[:3000])

    # ---------------------------------------------------------------------------- steps

    def run(self, steps: int) -> None:
        """Go so many steps, or until a difference of the allow-list ends the walk."""
        self.both("initiate_connection", lambda c, package: c.initiate_connection())
        if not self.client:
            self.receive(PREFACE)
        if self.random.random() < 0.9:
            self.exchange()
        for _ in range(steps):
            if self.ended is not None:
                return
            self.random.choices(self.CHOICES, self.WEIGHTS)[0](self)

    def both(self, name: str, act: Callable[[Any, Any], Any]) -> None:
        """Do something to both, and compare."""
        self.note(name)
        self.steps += 1
        outcomes = []
        for connection, package in ((self.theirs, THEIRS), (self.ours, OURS)):
            outcome: dict[str, Any] = {"error": None, "result": None}
            try:
                outcome["result"] = shown(act(connection, package))
            except Exception as error:  # each of them is compared
                outcome["error"] = shown_error(error)
            outcome["sent"] = connection.data_to_send()
            outcome |= shown_state(connection)
            outcomes.append(outcome)
        theirs, ours = outcomes
        if theirs == ours:
            return
        self.ended = allowed(theirs, ours, self)
        if self.ended is None:
            differences = [
                f"{key}:\n    {theirs[key]}\n    {ours[key]}"
                for key in theirs
                if theirs[key] != ours[key]
            ]
            raise DifferentError("\n".join([*self.trace[-40:], *differences]))

    def receive(self, octets: bytes) -> None:
        """Feed octets: whole, octet by octet, or in parts."""
        way = self.random.random()
        if way < 0.8 or len(octets) > 3000:
            parts = [octets]
        elif way < 0.9:
            parts = [octets[i : i + 1] for i in range(len(octets))]
        else:
            cut = self.random.randint(0, len(octets))
            parts = [octets[:cut], octets[cut:]]
        kind = self.random.choice([bytes, bytes, bytes, bytearray, memoryview])
        for part in parts:
            if self.ended is not None:
                return
            self.both(
                f"receive {part.hex()} as {kind.__name__}",
                lambda c, package, part=part: c.receive_data(kind(part)),  # type: ignore[misc]
            )

    # ------------------------------------------------------------------------- choosing

    def stream_id(self) -> int:
        """An identifier: mostly of a stream that there is, sometimes a new or a strange one."""
        choice = self.random.random()
        if choice < 0.7 and self.theirs.streams:
            return int(self.random.choice(list(self.theirs.streams)))
        highest = int(
            max(self.theirs.highest_inbound_stream_id, self.theirs.highest_outbound_stream_id)
        )
        return self.random.choice([highest + 1, highest + 2, highest or 1, 1, 2, 3, highest + 7])

    def living(self, *states: str) -> int:
        """An identifier, mostly of a stream in one of these states."""
        streams = [
            stream_id
            for stream_id, stream in self.theirs.streams.items()
            if stream.state_machine.state.name in states
        ]
        if streams and self.random.random() < 0.97:
            return int(self.random.choice(streams))
        return self.stream_id()

    def late_id(self) -> int:
        """An identifier of a stream that is gone, or on which no more may come."""
        gone = list(self.theirs._closed_streams)
        if gone and self.random.random() < 0.5:
            return int(self.random.choice(gone))
        return self.living("HALF_CLOSED_REMOTE", "CLOSED")

    def new_id(self, *, ours: bool) -> int:
        if ours:
            highest = int(self.theirs.highest_outbound_stream_id)
            return highest + 2 if highest else 1 if self.client else 2
        highest = int(self.theirs.highest_inbound_stream_id)
        return highest + 2 if highest else 2 if self.client else 1

    def any_list(self) -> Any:
        return self.random.choice(self.random.choice(LISTS))

    def size(self) -> int:
        return self.random.choice([0, 1, 5, 5, 5, 100, 1000, 16384, 16385, 40000])

    def error_code(self) -> int:
        return self.random.choice([0, 1, 2, 5, 8, 11, 0x77])

    # ---------------------------------------------------------------------------- calls

    def call(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.both(
            f"{name}{args!r}{kwargs!r}",
            lambda c, package: getattr(c, name)(
                *(map(for_ours, args) if package is OURS else args), **kwargs
            ),
        )

    def send_headers(self) -> None:
        ends = self.random.random() < 0.4
        kwargs: dict[str, Any] = {"end_stream": ends} if ends or self.random.random() < 0.5 else {}
        if self.random.random() < 0.05:
            kwargs["priority_weight"] = self.random.choice([1, 256, 257])
        if self.client and self.random.random() < 0.6:
            self.call(
                "send_headers", self.new_id(ours=True), self.random.choice(REQUESTS), **kwargs
            )
        elif not self.client and self.random.random() < 0.7:
            self.call("send_headers", self.stream_id(), self.random.choice(RESPONSES), **kwargs)
        else:
            headers = self.any_list()
            form = self.random.choice([list, list, tuple])
            self.call("send_headers", self.stream_id(), form(headers), **kwargs)

    def send_data(self) -> None:
        data: Any = bytes(self.size())
        if self.random.random() < 0.2:
            data = self.random.choice([bytearray, memoryview])(data)
        kwargs: dict[str, Any] = {"end_stream": self.random.random() < 0.3}
        if self.random.random() < 0.1:
            kwargs["pad_length"] = self.random.choice([0, 1, 255, 256])
        stream_id = self.living("OPEN", "HALF_CLOSED_REMOTE")
        self.both(
            f"send_data({stream_id}, {type(data).__name__} of {len(data)}, {kwargs})",
            lambda c, package: c.send_data(stream_id, data, **kwargs),
        )

    def end_stream(self) -> None:
        self.call("end_stream", self.stream_id())

    def reset_stream(self) -> None:
        self.call("reset_stream", self.stream_id(), self.error_code())

    def push_stream(self) -> None:
        promised = self.new_id(ours=True) if self.random.random() < 0.9 else self.stream_id()
        headers = self.random.choice(REQUESTS) if self.random.random() < 0.9 else self.any_list()
        self.call("push_stream", self.stream_id(), promised, headers)

    def acknowledge(self) -> None:
        size = self.random.choice([0, 1, 5, 1000, 16384, 32768, 70000])
        self.call("acknowledge_received_data", size, self.stream_id())

    def increment(self) -> None:
        increment = self.random.choice([1, 1000, 65535, 2**31 - 1, 0])
        stream_id = self.random.choice([None, self.stream_id()])
        self.call("increment_flow_control_window", increment, stream_id)

    def update_settings(self) -> None:
        def act(connection: Any, package: Any) -> Any:
            codes = package.settings.SettingCodes
            return connection.update_settings({codes(code): value for code, value in chosen})

        chosen = [
            self.random.choice([
                (4, 0), (4, 100), (4, 65535), (4, 100000), (3, 1), (3, 100), (5, 16384), (5, 20000),
                (1, 0), (1, 4096), (1, 100), (6, 200), (6, 65536), (2, 0), (2, 1), (8, 1), (5, 1),
            ])
            for _ in range(self.random.randint(0, 3))
        ]  # fmt: skip
        self.both(f"update_settings {chosen}", act)

    def ping(self) -> None:
        self.call("ping", self.random.choice([b"12345678", b"short", bytes(8)]))

    def prioritize(self) -> None:
        stream_id = self.stream_id()
        depends_on = self.random.choice([0, 1, stream_id])
        self.call("prioritize", stream_id, self.random.choice([1, 16, 257]), depends_on, True)

    def alternative(self) -> None:
        if self.random.random() < 0.5:
            self.call("advertise_alternative_service", b"h2", origin=b"example.com")
        else:
            self.call("advertise_alternative_service", b"h2", stream_id=self.stream_id())

    def close(self) -> None:
        if self.random.random() < 0.05:
            self.call("close_connection", self.error_code(), self.random.choice([None, b"bye"]))

    def look(self) -> None:
        """Reading counts: it takes closed streams out."""
        stream_id = self.stream_id()
        name = self.random.choice([
            "open_inbound_streams", "open_outbound_streams", "local_flow_control_window",
            "remote_flow_control_window", "get_next_available_stream_id",
        ])  # fmt: skip

        def act(connection: Any, package: Any) -> Any:
            value = getattr(connection, name)
            if not callable(value):
                return value
            return value(stream_id) if name.endswith("window") else value()

        self.both(f"{name} of {stream_id}", act)

    def change(self) -> None:
        """What applications assign to."""
        choice = self.random.randrange(7)
        stream_id = self.stream_id()
        validate = self.random.random() < 0.8

        def act(connection: Any, package: Any) -> Any:
            codes = package.settings.SettingCodes
            if choice == 0:
                connection.config.validate_inbound_headers = validate
            elif choice == 1:
                connection.local_settings = package.settings.Settings(
                    client=self.client, initial_values={codes.MAX_CONCURRENT_STREAMS: 3}
                )
            elif choice == 2:
                connection.streams.pop(stream_id, None)
            elif choice == 3:
                connection.max_outbound_frame_size = 20000
            elif choice == 4:
                connection.outbound_flow_control_window = 70000
            elif choice == 5 and stream_id in connection.streams:
                connection.streams[stream_id].outbound_flow_control_window = 50
            elif choice == 6:
                connection.local_settings.initial_window_size = 5000
                connection.local_settings.acknowledge()

        self.both(f"change {choice} of {stream_id}", act)

    # --------------------------------------------------------------------------- frames

    def block(self, headers: Any) -> bytes:
        return self.encoder.encode(headers)

    def receive_headers(self) -> None:
        """A header section of the peer's: the next request, an answer, or any other."""
        stream_id = self.living("OPEN", "HALF_CLOSED_LOCAL", "RESERVED_REMOTE")
        stream = self.theirs.streams.get(stream_id)
        received = stream is not None and stream.state_machine.headers_received
        odd = self.random.random()
        if odd < 0.06:
            stream_id = self.stream_id() if odd < 0.03 else self.late_id()
            headers = self.any_list()
        elif not self.client and (not received or self.random.random() < 0.7):
            stream_id, headers = self.new_id(ours=False), self.random.choice(REQUESTS)
        elif received:
            headers = self.random.choice(TRAILERS)
        else:
            headers = self.random.choice(self.random.choice([RESPONSES, RESPONSES, INTERIMS]))
        if self.random.random() < 0.01:
            headers = [*headers, (b"x", b"\xff")]
        if self.random.random() < 0.02:
            self.encoder.header_table_size = self.random.choice([0, 100, 4096])
        frame = frames.HeadersFrame(stream_id, self.block(headers))
        if headers in TRAILERS or self.random.random() < 0.4:
            frame.flags.add("END_STREAM")
        if headers in INTERIMS and self.random.random() < 0.95:
            frame.flags.discard("END_STREAM")
        if self.random.random() < 0.1:
            frame.flags.add("PRIORITY")
            frame.depends_on = self.random.choice([0, 0, 101, 101, stream_id])
            frame.stream_weight = self.random.randint(0, 255)
            frame.exclusive = self.random.random() < 0.5
        if self.random.random() < 0.05:
            frame.flags.add("PADDED")
            frame.pad_length = self.random.randint(0, 10)
        self.receive(b"".join(self.cut(frame)))

    def cut(self, frame: Any) -> Iterator[bytes]:
        """A frame with a header block, sometimes as several."""
        parts = []
        if self.random.random() < 0.1:
            while self.random.random() < 0.7:
                cut = self.random.randint(0, min(5, len(frame.data)))
                parts.append(frame.data[len(frame.data) - cut :])
                frame.data = frame.data[: len(frame.data) - cut]
        if not parts:
            frame.flags.add("END_HEADERS")
        yield frame.serialize()
        while parts:
            continuation = frames.ContinuationFrame(frame.stream_id, parts.pop())
            if not parts:
                continuation.flags.add("END_HEADERS")
            yield continuation.serialize()

    def receive_promise(self) -> None:
        frame = frames.PushPromiseFrame(
            self.living("OPEN", "HALF_CLOSED_LOCAL")
            if self.random.random() < 0.8
            else self.stream_id()
        )
        frame.promised_stream_id = (
            self.new_id(ours=False)
            if self.random.random() < 0.9
            else self.random.choice([2, 4, 1000])
        )
        frame.data = self.block(self.random.choice(REQUESTS))
        self.receive(b"".join(self.cut(frame)))

    def receive_data(self) -> None:
        stream_id = self.living("OPEN", "HALF_CLOSED_LOCAL")
        if self.random.random() < 0.1:
            stream_id = self.late_id()
        frame = frames.DataFrame(stream_id, bytes(min(self.size(), 16384)))
        if self.random.random() < 0.3:
            frame.flags.add("END_STREAM")
        if self.random.random() < 0.1:
            frame.flags.add("PADDED")
            frame.pad_length = self.random.randint(0, 30)
        self.receive(frame.serialize())

    def receive_window_update(self) -> None:
        frame = frames.WindowUpdateFrame(
            self.random.choice([0, self.living("OPEN", "HALF_CLOSED_REMOTE")])
        )
        sizes = [1, 1000, 65535, 100000, 2**31 - 1]
        frame.window_increment = self.random.choices(sizes, [10, 10, 10, 10, 1])[0]
        self.receive(frame.serialize())

    def receive_reset(self) -> None:
        frame = frames.RstStreamFrame(
            self.living("OPEN", "HALF_CLOSED_REMOTE", "HALF_CLOSED_LOCAL", "CLOSED")
        )
        frame.error_code = self.error_code()
        self.receive(frame.serialize())

    def receive_settings(self) -> None:
        frame = frames.SettingsFrame(0)
        if self.random.random() < 0.4:
            frame.flags.add("ACK")
        else:
            for _ in range(self.random.randint(0, 3)):
                code, value = self.random.choice([
                    (4, 0), (4, 100), (4, 65535), (4, 200000), (4, 2**31 - 1), (3, 1), (3, 100),
                    (5, 16384), (5, 20000), (1, 0), (1, 4096), (2, 0), (2, 1), (8, 1), (8, 0),
                    (0x99, 7), (6, 100),
                ])  # fmt: skip
                if self.random.random() < 0.1:
                    code, value = self.random.choice([0, 7, 0x99, 0xFFFF]), 2**32 - 1
                if self.random.random() < 0.02:
                    code, value = self.random.choice([(5, 1), (4, 2**31), (2, 2)])
                frame.settings[code] = value
        self.receive(frame.serialize())

    def receive_other(self) -> None:
        stream_id = self.stream_id()
        self.receive(self.random.choice([
            frames.PingFrame(0, opaque_data=b"87654321").serialize(),
            frames.PingFrame(0, opaque_data=b"87654321", flags=["ACK"]).serialize(),
            frames.PriorityFrame(stream_id, depends_on=self.random.choice([0, 101, 101, stream_id]),
                                 stream_weight=3).serialize(),
            frames.AltSvcFrame(0, origin=b"o", field=b"f").serialize(),
            frames.AltSvcFrame(stream_id, origin=b"", field=b"f").serialize(),
            b"\0\0\3\xfb\x05" + stream_id.to_bytes(4, "big") + b"abc",
        ]))  # fmt: skip

    def receive_goaway(self) -> None:
        if self.random.random() < 0.1:
            frame = frames.GoAwayFrame(0, last_stream_id=self.stream_id(), error_code=3,
                                       additional_data=b"x")  # fmt: skip
            self.receive(frame.serialize())

    def receive_odd(self) -> None:
        """Frames that break rules by themselves; few, since each ends the walk sooner or later."""
        choice = self.random.random()
        if choice < 0.03:
            self.receive(frames.ContinuationFrame(self.stream_id(), b"\x82").serialize())
        elif choice < 0.2:
            kind = self.random.randrange(12)
            payload = self.random.randbytes(self.random.choice([0, 1, 3, 4, 5, 8, 9]))
            octets = len(payload).to_bytes(3, "big") + bytes([kind, self.random.randrange(256)])
            self.receive(
                octets + self.random.choice([0, self.stream_id()]).to_bytes(4, "big") + payload
            )

    def exchange(self) -> None:
        """A message with nothing odd about it."""
        if self.client:
            stream_id = self.new_id(ours=True)
            self.call("send_headers", stream_id, GET, end_stream=True)
            frame = frames.HeadersFrame(stream_id, self.block(RESPONSES[0]), flags=["END_HEADERS"])
        else:
            stream_id = self.new_id(ours=False)
            frame = frames.HeadersFrame(
                stream_id, self.block(GET), flags=["END_HEADERS", "END_STREAM"]
            )
        if self.ended is None:
            self.receive(frame.serialize())
        if self.ended is None and self.client:
            data = frames.DataFrame(stream_id, b"abcde", flags=["END_STREAM"])
            self.receive(data.serialize())
        elif self.ended is None:
            self.call("send_headers", stream_id, RESPONSES[0])
            if self.ended is None:
                self.call("send_data", stream_id, b"hello", end_stream=True)

    CHOICES = (
        send_headers, send_data, end_stream, reset_stream, push_stream, acknowledge, increment,
        update_settings, ping, prioritize, alternative, close, look, change, receive_headers,
        receive_promise, receive_data, receive_window_update, receive_reset, receive_settings,
        receive_other, receive_goaway, receive_odd, exchange,
    )  # fmt: skip
    WEIGHTS = (8, 8, 2, 2, 2, 4, 2, 2, 1, 1, 1, 1, 4, 1, 10, 2, 8, 4, 2, 4, 3, 1, 1, 10)
