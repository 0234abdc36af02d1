"""Connections as they are called from Python: the exchange of `exchange`, and content in bulk.

A pass makes a connection that has seen some exchanges, which is not timed, and then goes through
the others, which is: what is timed is all calls of one side, the making of requests or answers, the
reading of each header's name and value and of the content, and the taking of its output. Time is
that of the processor, which other processes do not add to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from itertools import repeat
from time import thread_time
from typing import Any, Protocol

from bench import connection_c, exchange
from bench.contest import OURS, Contest, Contestant, MissingError, without_collector
from bench.exchange import BODY, LARGE, PIECE, REQUEST, RESPONSE, Fields, Script

EXCHANGE_OPERATIONS = ("server", "client")
IMPLEMENTATIONS = (OURS, "nghttp2", "zttp", "jh2", "h2")

# Frames of content: so many are read at once, and so many are sent before the output is taken.
AT_ONCE = 4
READS = 64  # in a pass
BULK_OPERATIONS = {
    "receive": ("whole frames", "frames cut in two"),
    "send": ("as bytes", "as buffers"),
}
BULK_IMPLEMENTATIONS = (OURS, "zttp", "jh2", "h2")


@dataclass
class Record:
    """What one side has read and sent, while it is checked."""

    headers: list[Fields] = field(default_factory=list)
    content: list[bytes] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)


class Side(Protocol):
    """Calls an implementation as one side does. Where there is a record, it is written."""

    def start(self) -> bytes:
        """The first octets."""
        ...

    def receive(self, octets: bytes) -> bytes:
        """Reads settings and the like."""
        ...

    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        """A client sends so many requests before each read; a server answers what it reads."""
        ...


class BulkSide(Side, Protocol):
    def receive_content(self, reads: Sequence[bytes], record: Record | None) -> None: ...

    def send_content(self, reads: int, record: Record | None) -> None:
        """Sends so many times AT_ONCE frames on stream 1, to which the answer was begun."""
        ...

    def begin_answer(self) -> bytes: ...


def _pairs(headers: Any) -> Fields:
    return [(bytes(name), bytes(value)) for name, value in headers]


# ------------------------------------------------------------------------------- h2fast


class H2fast:
    def __init__(self, *, client: bool, buffers: bool = False, **options: int) -> None:
        h2fast = import_module("h2fast")
        self.events = import_module("h2fast.events")
        self.connection = h2fast.Connection(client=client, connection_window=LARGE, **options)
        self.take = self.connection.output_buffers if buffers else self.connection.output

    def start(self) -> bytes:
        return self.receive(b"")

    def receive(self, octets: bytes) -> bytes:
        self.connection.receive(octets)
        return bytes(self.connection.output())

    def begin_answer(self) -> bytes:
        self.connection.send_headers(1, RESPONSE[:1])
        return bytes(self.connection.output())

    def receive_content(self, reads: Sequence[bytes], record: Record | None) -> None:
        connection, received = self.connection, self.events.DataReceived
        for octets in reads:
            for event in connection.receive(octets):
                if type(event) is received:
                    content = event.data
                    if record is not None:
                        record.content.append(content)
            connection.output()

    def send_content(self, reads: int, record: Record | None) -> None:
        connection, take = self.connection, self.take
        for _ in range(reads):
            for _ in range(AT_ONCE):
                connection.send_data(1, PIECE)
            output = take()
            if record is not None:
                record.outputs.append(b"".join(output) if isinstance(output, list) else output)


class H2fastServer(H2fast):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection, request = self.connection, self.events.RequestReceived
        for octets in reads:
            for event in connection.receive(octets):
                if type(event) is request:
                    for _name, _value in event.headers:
                        pass
                    connection.respond(event.stream_id, RESPONSE, BODY)
                    if record is not None:
                        record.headers.append(_pairs(event.headers))
            output = connection.output()
            if record is not None:
                record.outputs.append(output)


class H2fastClient(H2fast):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection = self.connection
        response, data = self.events.ResponseReceived, self.events.DataReceived
        for octets in reads:
            for _ in range(at_once):
                connection.request(REQUEST)
            output = connection.output()
            if record is not None:
                record.outputs.append(output)
            for event in connection.receive(octets):
                if type(event) is response:
                    for _name, _value in event.headers:
                        pass
                    if record is not None:
                        record.headers.append(_pairs(event.headers))
                elif type(event) is data:
                    content = event.data
                    if record is not None:
                        record.content.append(content)


# ---------------------------------------------------------------------------- h2 and jh2


class H2:
    def __init__(self, *, client: bool, module: str, **_: int) -> None:
        self.connection = exchange.oracle(client=client, module=module)
        self.events = import_module(f"{module}.events")

    def start(self) -> bytes:
        return bytes(self.connection.data_to_send())

    def receive(self, octets: bytes) -> bytes:
        self.connection.receive_data(octets)
        return bytes(self.connection.data_to_send())

    def begin_answer(self) -> bytes:
        self.connection.send_headers(1, RESPONSE[:1])
        return bytes(self.connection.data_to_send())

    def receive_content(self, reads: Sequence[bytes], record: Record | None) -> None:
        """The windows are large enough to acknowledge nothing."""
        connection, received = self.connection, self.events.DataReceived
        for octets in reads:
            for event in connection.receive_data(octets):
                if type(event) is received:
                    content = event.data
                    if record is not None:
                        record.content.append(content)
            connection.data_to_send()

    def send_content(self, reads: int, record: Record | None) -> None:
        connection = self.connection
        for _ in range(reads):
            for _ in range(AT_ONCE):
                connection.send_data(1, PIECE)
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)


class H2Server(H2):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection, request = self.connection, self.events.RequestReceived
        for octets in reads:
            for event in connection.receive_data(octets):
                if type(event) is request:
                    for _name, _value in event.headers:
                        pass
                    connection.send_headers(event.stream_id, RESPONSE)
                    connection.send_data(event.stream_id, BODY, end_stream=True)
                    if record is not None:
                        record.headers.append(_pairs(event.headers))
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)


class H2Client(H2):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection = self.connection
        response, data = self.events.ResponseReceived, self.events.DataReceived
        for octets in reads:
            for _ in range(at_once):
                stream_id = connection.get_next_available_stream_id()
                connection.send_headers(stream_id, REQUEST, end_stream=True)
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)
            for event in connection.receive_data(octets):
                if type(event) is response:
                    for _name, _value in event.headers:
                        pass
                    if record is not None:
                        record.headers.append(_pairs(event.headers))
                elif type(event) is data:
                    content = event.data
                    connection.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id
                    )
                    if record is not None:
                        record.content.append(content)


# --------------------------------------------------------------------------------- zttp


class Zttp:
    """It has the pseudo-header fields as attributes, and :authority as host. Its own windows cannot
    be set, and need not be."""

    def __init__(self, *, client: bool, **_: int) -> None:
        try:
            self.zttp = import_module("zttp")
        except ImportError as error:
            raise MissingError("no zttp: pip install zttp (CPython 3.11 and newer)") from error
        role = self.zttp.CLIENT if client else self.zttp.SERVER
        self.connection = self.zttp.Connection(role, self.zttp.HTTP2)

    def start(self) -> bytes:
        self.connection.initiate_connection()
        return bytes(self.connection.data_to_send())

    def receive(self, octets: bytes) -> bytes:
        self.connection.receive_data(octets)
        while self.connection.next_event() is not self.zttp.NEED_DATA:
            pass
        return bytes(self.connection.data_to_send())

    def begin_answer(self) -> bytes:
        self.connection.stream(1).send_response(200, [], False)
        return bytes(self.connection.data_to_send())

    def receive_content(self, reads: Sequence[bytes], record: Record | None) -> None:
        connection, need_data, received = self.connection, self.zttp.NEED_DATA, self.zttp.Data
        for octets in reads:
            connection.receive_data(octets)
            while (event := connection.next_event()) is not need_data:
                if type(event) is received:
                    content = event.data
                    if record is not None:
                        record.content.append(content)
            connection.data_to_send()

    def send_content(self, reads: int, record: Record | None) -> None:
        connection, stream = self.connection, self.connection.stream(1)
        for _ in range(reads):
            for _ in range(AT_ONCE):
                stream.send_data(PIECE)
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)


class ZttpServer(Zttp):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection, need_data, request = self.connection, self.zttp.NEED_DATA, self.zttp.Request
        headers = RESPONSE[1:]
        for octets in reads:
            connection.receive_data(octets)
            while (event := connection.next_event()) is not need_data:
                if type(event) is request:
                    method, target = event.method, event.target
                    for _name, _value in event.headers:
                        pass
                    stream = connection.stream(event.stream_id)
                    stream.send_response(200, headers)
                    stream.send_data(BODY)
                    stream.end_message()
                    if record is not None:
                        record.headers.append(self.as_sent(method, target, event.headers))
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)

    @staticmethod
    def as_sent(method: bytes, target: bytes, headers: Any) -> Fields:
        """The scheme cannot be read."""
        *fields, (host, authority) = _pairs(headers)
        assert host == b"host"
        pseudo = [(b":method", method), REQUEST[1], (b":authority", authority), (b":path", target)]
        return pseudo + fields


class ZttpClient(Zttp):
    def exchange(self, reads: Sequence[bytes], at_once: int, record: Record | None) -> None:
        connection, need_data = self.connection, self.zttp.NEED_DATA
        response, data = self.zttp.Response, self.zttp.Data
        (_, method), _, (_, authority), (_, target), *fields = REQUEST
        headers = [(b"host", authority), *fields]
        for octets in reads:
            for _ in range(at_once):
                connection.send_request(method, target, b"2", headers).end_message()
            output = connection.data_to_send()
            if record is not None:
                record.outputs.append(output)
            connection.receive_data(octets)
            while (event := connection.next_event()) is not need_data:
                if type(event) is response:
                    status = event.status_code
                    for _name, _value in event.headers:
                        pass
                    if record is not None:
                        first = (b":status", str(status).encode())
                        record.headers.append([first, *_pairs(event.headers)])
                elif type(event) is data:
                    content = event.data
                    if record is not None:
                        record.content.append(content)


# ----------------------------------------------------------------------------- contests

SERVERS: Mapping[str, Callable[..., BulkSide]] = {
    OURS: H2fastServer,
    "zttp": ZttpServer,
    "jh2": partial(H2Server, module="jh2"),
    "h2": partial(H2Server, module="h2"),
}
CLIENTS: Mapping[str, Callable[..., Side]] = {
    OURS: H2fastClient,
    "zttp": ZttpClient,
    "jh2": partial(H2Client, module="jh2"),
    "h2": partial(H2Client, module="h2"),
}


@dataclass(frozen=True)
class Role:
    """One side of a script."""

    sides: Mapping[str, Callable[..., Side]]
    client: bool
    check_output: Callable[[str, bytes, Sequence[bytes]], None]
    read: Fields  # in each message
    content: list[bytes]

    def peers_start(self, script: Script) -> bytes:
        return script.server_start if self.client else script.client_start

    def reads(self, script: Script) -> list[bytes]:
        return [turn.responses if self.client else turn.requests for turn in script.turns]


ROLES = {
    "server": Role(SERVERS, False, exchange.check_server_output, REQUEST, []),
    "client": Role(CLIENTS, True, exchange.check_client_output, RESPONSE, [BODY]),
}


def _check_exchange(role: Role, name: str, data: str) -> None:
    script, record = exchange.script(data), Record()
    side = role.sides[name](client=role.client)
    start = side.start()
    start += side.receive(role.peers_start(script))
    side.exchange(role.reads(script), script.at_once, record)
    messages = exchange.WARM + exchange.TIMED
    assert record.headers == [role.read] * messages, f"{name} reads other headers"
    assert b"".join(record.content) == b"".join(role.content * messages), f"{name}: content"
    role.check_output(data, start, record.outputs)


def _exchange_pass(make: Callable[..., Side], role: Role, script: Script) -> float:
    side, reads = make(client=role.client), role.reads(script)
    warm = len(script.warm)
    timed = reads[warm:]
    side.start()
    side.receive(role.peers_start(script))
    side.exchange(reads[:warm], script.at_once, None)
    start = thread_time()
    side.exchange(timed, script.at_once, None)
    return thread_time() - start


@cache
def _checked_exchange(operation: str, data: str) -> tuple[dict[str, Contestant], dict[str, str]]:
    return checked_exchange(ROLES[operation], data)


def checked_exchange(role: Role, data: str) -> tuple[dict[str, Contestant], dict[str, str]]:
    """The contestants that have done what the script says, and why others are missing."""
    script = exchange.script(data)
    contestants: dict[str, Contestant] = {}
    missing = {}
    for name, make in role.sides.items():
        try:
            _check_exchange(role, name, data)
        except MissingError as error:
            missing[name] = str(error)
        else:
            one_pass = partial(_exchange_pass, make, role, script)
            contestants[name] = partial(without_collector, one_pass)
    return contestants, missing


@contextmanager
def exchange_contest(operation: str, data: str) -> Iterator[Contest]:
    """nghttp2's session is in a C program of its own."""
    contestants, missing = _checked_exchange(operation, data)
    try:
        with connection_c.start(data) as program:
            in_c: Contestant = partial(program.time, operation, "nghttp2")
            everybody = {**contestants, "nghttp2": in_c}
            yield _exchange(operation, data, everybody, missing)
    except MissingError as error:
        yield _exchange(operation, data, contestants, {**missing, "nghttp2": str(error)})


def _exchange(
    operation: str, data: str, contestants: dict[str, Contestant], missing: dict[str, str]
) -> Contest:
    return Contest("Python", operation, data, "request", exchange.TIMED, contestants, missing)


# --------------------------------------------------------------------------------- bulk


def _bulk_start() -> tuple[bytes, bytes]:
    """What a client sends first, and a request for whose content there is no length."""
    client, server = exchange.oracle(client=True), exchange.oracle(client=False)
    server_start = server.data_to_send()
    start = client.data_to_send()
    client.receive_data(server_start)
    start += client.data_to_send()
    client.send_headers(1, [(b":method", b"POST"), *REQUEST[1:]])
    return bytes(start), bytes(client.data_to_send())


def _begin_bulk(make: Callable[..., BulkSide], data: str) -> tuple[BulkSide, bytes]:
    start, request = _bulk_start()
    side = make(client=False, initial_window_size=LARGE, buffers=data == "as buffers")
    octets = side.start()
    octets += side.receive(start)
    octets += side.receive(request)
    return side, octets


def _content_reads(data: str) -> tuple[bytes, bytes]:
    """What is read first, and then again and again."""
    frame = len(PIECE).to_bytes(3, "big") + b"\0\0\0\0\0\1" + PIECE
    frames = frame * AT_ONCE
    cut = 0 if data == "whole frames" else 6000
    return frames[:cut], frames[cut:] + frames[:cut]


def _check_receive(name: str, make: Callable[..., BulkSide], data: str) -> None:
    side, _ = _begin_bulk(make, data)
    first, again = _content_reads(data)
    record = Record()
    side.receive_content([first, again, again], record)
    expected = (PIECE * (2 * AT_ONCE + 1))[: 2 * AT_ONCE * len(PIECE)]
    assert b"".join(record.content) == expected, f"{name} reads other content"


def _receive_pass(make: Callable[..., BulkSide], data: str) -> float:
    side, _ = _begin_bulk(make, data)
    first, again = _content_reads(data)
    side.receive_content([first, again, again], None)
    start = thread_time()
    side.receive_content(list(repeat(again, READS)), None)
    return thread_time() - start


def _check_send(name: str, make: Callable[..., BulkSide], data: str) -> None:
    side, octets = _begin_bulk(make, data)
    record = Record()
    begin = side.begin_answer()
    side.send_content(3, record)
    client = exchange.oracle(client=True)
    client.receive_data(octets)
    client.send_headers(1, [(b":method", b"POST"), *REQUEST[1:]])
    client.receive_data(begin)
    content = []
    for output in record.outputs:
        for event in client.receive_data(output):
            content.append(event.data)
    assert content == [PIECE] * 3 * AT_ONCE, f"{name} sends other content"


def _send_pass(make: Callable[..., BulkSide], data: str) -> float:
    side, _ = _begin_bulk(make, data)
    side.begin_answer()
    side.send_content(3, None)
    start = thread_time()
    side.send_content(READS, None)
    return thread_time() - start


@cache
def bulk_contest(operation: str, data: str) -> Contest:
    """zttp, jh2 and h2 have no buffers: they are measured as bytes."""
    return checked_bulk(
        "Python", {name: SERVERS[name] for name in BULK_IMPLEMENTATIONS}, operation, data
    )


def checked_bulk(
    layer: str, sides: Mapping[str, Callable[..., BulkSide]], operation: str, data: str
) -> Contest:
    """Of those that receive or send what they should."""
    check = _check_receive if operation == "receive" else _check_send
    one_pass = _receive_pass if operation == "receive" else _send_pass
    contestants: dict[str, Contestant] = {}
    missing = {}
    for name, make in sides.items():
        try:
            check(name, make, data)
        except MissingError as error:
            missing[name] = str(error)
        else:
            contestants[name] = partial(without_collector, partial(one_pass, make, data))
    frames = AT_ONCE * READS
    name = f"{operation} 16 KiB frames"
    return Contest(layer, name, data, "frame", frames, contestants, missing, len(PIECE))
