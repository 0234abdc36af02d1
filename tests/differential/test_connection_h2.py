"""h2fast.Connection and h2 4.4.1 talk to each other, each in both roles: random exchanges of
requests, content, trailers, pushes, resets, settings, padding and priorities. Neither reports an
error, and what one has sent is what the other has received."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import pytest

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    InformationalResponseReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from tests.peers import EARLY_HINTS, GET, OK, POST, TRAILERS

EXCHANGES = int(os.environ.get("H2FAST_RANDOM_EXCHANGES", "40"))
STEPS = 60

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass
class Message:
    """What was sent or received on a stream in one direction."""

    parts: list[tuple[str, Headers]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None


class Log(dict[int, Message]):
    def __missing__(self, stream_id: int) -> Message:
        return self.setdefault(stream_id, Message())


def plain(headers: Any) -> Headers:
    def octets(item: bytes | str) -> bytes:
        return item.encode() if isinstance(item, str) else bytes(item)

    return tuple((octets(header[0]), octets(header[1])) for header in headers)


class Ours:
    """h2fast behind the calls that the exchange makes."""

    def __init__(self, client: bool) -> None:
        self.connection = Connection(client, enable_push=int(client))
        self.sent, self.received = Log(), Log()
        self.requests: list[int] = []

    def output(self) -> bytes:
        return self.connection.output()

    def receive(self, octets: bytes) -> None:
        for event in self.connection.receive(octets):
            self.note(event)

    def note(self, event: object) -> None:
        match event:
            case RequestReceived(stream_id, headers, ended):
                self.requests.append(stream_id)
                self.add(stream_id, "request", headers, ended)
            case ResponseReceived(stream_id, headers, ended):
                self.add(stream_id, "response", headers, ended)
            case InformationalResponseReceived(stream_id, headers):
                self.add(stream_id, "interim", headers, False)
            case TrailersReceived(stream_id, headers):
                self.add(stream_id, "trailers", headers, True)
            case PushReceived(_, promised, headers):
                self.add(promised, "promise", headers, False)
            case DataReceived(stream_id, content, ended):
                self.received[stream_id].content += content
                self.received[stream_id].ended |= ended
            case StreamReset(stream_id, code, remote):
                assert remote
                self.received[stream_id].reset = code

    def add(self, stream_id: int, kind: str, headers: Any, ended: bool) -> None:
        self.received[stream_id].parts.append((kind, plain(headers)))
        self.received[stream_id].ended |= ended

    def can_open(self) -> bool:
        limit = self.connection.peer_setting("max_concurrent_streams")
        return self.connection.open_outbound_streams < limit

    def next_id(self) -> int:
        return 0  # it chooses

    def headers(self, stream_id: int, headers: Any, end: bool) -> int:
        if stream_id == 0:
            return self.connection.request(headers, end_stream=end)
        self.connection.send_headers(stream_id, headers, end)
        return stream_id

    def data(self, stream_id: int, content: bytes, end: bool, padding: int | None) -> bool:
        self.connection.send_data(stream_id, content, end)
        return True

    def push(self, stream_id: int, headers: Any) -> int:
        return self.connection.push(stream_id, headers)

    def reset(self, stream_id: int, code: int) -> None:
        self.connection.reset(stream_id, code)

    def settings(self, window: int, table: int | None, frame: int) -> None:
        self.connection.update_settings(initial_window_size=window, max_frame_size=frame)
        if table is not None:
            self.connection.update_settings(header_table_size=table)

    def prioritize(self, stream_id: int) -> None:
        self.connection.ping(b"12345678")  # it sends no PRIORITY

    def idle(self) -> bool:
        return self.connection.total_queued == 0


class Theirs:
    """h2 behind the same calls; it does not queue, so what does not fit is sent later."""

    def __init__(self, client: bool) -> None:
        config = h2.config.H2Configuration(client_side=client, header_encoding=None)
        self.connection = h2.connection.H2Connection(config)
        self.connection.initiate_connection()
        self.sent, self.received = Log(), Log()
        self.requests: list[int] = []
        self.gone: set[int] = set()

    def output(self) -> bytes:
        return self.connection.data_to_send()

    def receive(self, octets: bytes) -> None:
        for event in self.connection.receive_data(octets):
            self.note(event)

    def note(self, event: h2.events.Event) -> None:
        kinds = {
            h2.events.RequestReceived: "request",
            h2.events.ResponseReceived: "response",
            h2.events.InformationalResponseReceived: "interim",
            h2.events.TrailersReceived: "trailers",
        }
        stream_id: Any = getattr(event, "stream_id", None)
        if type(event) in kinds:
            headers = plain(event.headers)  # type: ignore[attr-defined]
            self.received[stream_id].parts.append((kinds[type(event)], headers))
            if isinstance(event, h2.events.RequestReceived):
                self.requests.append(stream_id)
        elif isinstance(event, h2.events.PushedStreamReceived):
            promised: Any = event.pushed_stream_id
            self.received[promised].parts.append(("promise", plain(event.headers)))
        elif isinstance(event, h2.events.DataReceived):
            self.received[stream_id].content += event.data or b""
            if event.flow_controlled_length:
                length = event.flow_controlled_length
                self.connection.acknowledge_received_data(length, stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.received[stream_id].ended = True
        elif isinstance(event, h2.events.StreamReset):
            assert event.remote_reset
            self.received[stream_id].reset = int(event.error_code or 0)
            self.gone.add(stream_id)

    def can_open(self) -> bool:
        limit = self.connection.remote_settings.max_concurrent_streams
        return self.connection.open_outbound_streams < limit

    def next_id(self) -> int:
        return self.connection.get_next_available_stream_id()

    def headers(self, stream_id: int, headers: Any, end: bool) -> int:
        self.connection.send_headers(stream_id, headers, end_stream=end)
        return stream_id

    def data(self, stream_id: int, content: bytes, end: bool, padding: int | None) -> bool:
        window = self.connection.local_flow_control_window(stream_id)
        frame = self.connection.max_outbound_frame_size
        if len(content) + (0 if padding is None else padding + 1) > min(window, frame):
            return False
        self.connection.send_data(stream_id, content, end, pad_length=padding)
        return True

    def push(self, stream_id: int, headers: Any) -> int:
        promised = self.connection.get_next_available_stream_id()
        self.connection.push_stream(stream_id, promised, headers)
        return promised

    def reset(self, stream_id: int, code: int) -> None:
        self.connection.reset_stream(stream_id, code)

    def settings(self, window: int, table: int | None, frame: int) -> None:
        codes = h2.settings.SettingCodes
        self.connection.update_settings(
            {codes.INITIAL_WINDOW_SIZE: window, codes.MAX_FRAME_SIZE: frame}
        )
        if table is not None:
            self.connection.update_settings({codes.HEADER_TABLE_SIZE: table})

    def prioritize(self, stream_id: int) -> None:
        if self.connection.config.client_side:
            self.connection.prioritize(stream_id, weight=200, depends_on=0, exclusive=True)

    def idle(self) -> bool:
        return True


End = Ours | Theirs


class Exchange:
    """A random conversation."""

    def __init__(self, ours_is_client: bool, seed: int) -> None:
        self.random = random.Random(seed)
        self.client: End = Ours(True) if ours_is_client else Theirs(True)
        self.server: End = Theirs(False) if ours_is_client else Ours(False)
        self.ours = self.client if ours_is_client else self.server
        self.open: dict[int, set[End]] = {}  # who may still send on a stream
        self.promised: dict[int, int] = {}
        self.window = 65535
        self.resized: list[End] = []
        self.transfer()

    def transfer(self) -> None:
        for _ in range(200):
            there, back = self.client.output(), self.server.output()
            if not there and not back:
                break
            for side, octets in ((self.server, there), (self.client, back)):
                at = 0
                while at < len(octets):
                    size = self.random.choice([1, 5, 9, 100, 20000])
                    side.receive(octets[at : at + size])
                    at += size
        self.forget_reset()

    def forget_reset(self) -> None:
        for side in (self.client, self.server):
            for stream_id, message in side.received.items():
                if message.reset is not None:
                    self.open.pop(stream_id, None)

    def other(self, side: End) -> End:
        return self.server if side is self.client else self.client

    def record(self, side: End, stream_id: int, kind: str, headers: Any, end: bool) -> None:
        side.sent[stream_id].parts.append((kind, plain(headers)))
        self.end(side, stream_id, end)

    def end(self, side: End, stream_id: int, end: bool) -> None:
        if end:
            side.sent[stream_id].ended = True
            self.open.get(stream_id, set()).discard(side)

    def fields(self, base: list[tuple[str, str]]) -> list[tuple[str, str]]:
        names = ("accept", "x-one", "x-two", "user-agent", "a" * 30)  # h2 would join cookies
        extra = [
            (self.random.choice(names), "v" * self.random.choice([0, 1, 10, 200]))
            for _ in range(self.random.randrange(6))
        ]
        return [*base, *extra]

    def content(self) -> bytes:
        return self.random.randbytes(self.random.choice([0, 1, 100, 4096, 9000, 16384]))

    # --------------------------------------------------------------------------- steps

    def request(self) -> None:
        if self.client.can_open():
            fields, end = self.fields(self.random.choice([GET, POST])), self.random.random() < 0.4
            stream_id = self.client.headers(self.client.next_id(), fields, end)
            self.open[stream_id] = {self.client, self.server}
            self.record(self.client, stream_id, "request", fields, end)

    def respond(self) -> None:
        while self.server.requests:
            stream_id = self.server.requests.pop(0)
            if self.server not in self.open.get(stream_id, ()):
                continue
            if self.random.random() < 0.3:
                self.server.headers(stream_id, EARLY_HINTS, False)
                self.record(self.server, stream_id, "interim", EARLY_HINTS, False)
            if self.random.random() < 0.3 and self.server.can_open():
                self.push(stream_id)
            fields, end = self.fields(OK), self.random.random() < 0.2
            self.server.headers(stream_id, fields, end)
            self.record(self.server, stream_id, "response", fields, end)
            return

    def push(self, stream_id: int) -> None:
        fields = self.fields(GET)
        promised = self.server.push(stream_id, fields)
        self.promised[promised] = stream_id
        self.record(self.server, promised, "promise", fields, False)
        self.open[promised] = {self.server}
        self.server.headers(promised, OK, False)
        self.record(self.server, promised, "response", OK, False)

    def sendable(self) -> tuple[End, int] | None:
        choices = [
            (side, stream_id)
            for stream_id, sides in self.open.items()
            for side in (self.client, self.server)
            if side in sides
            and side.sent[stream_id].parts[-1:]
            and self.has_headers(side, stream_id)
        ]
        return self.random.choice(choices) if choices else None

    def has_headers(self, side: End, stream_id: int) -> bool:
        return any(kind in ("request", "response") for kind, _ in side.sent[stream_id].parts)

    def send_data(self) -> None:
        if found := self.sendable():
            side, stream_id = found
            content, end = self.content(), self.random.random() < 0.3
            padding = self.random.choice([None, 0, 5, 255])
            if side.data(stream_id, content, end, padding):
                side.sent[stream_id].content += content
                self.end(side, stream_id, end)

    def send_trailers(self) -> None:
        if found := self.sendable():
            side, stream_id = found
            side.headers(stream_id, TRAILERS, True)
            self.record(side, stream_id, "trailers", TRAILERS, True)

    def reset(self) -> None:
        if found := self.sendable():
            side, stream_id = found
            code = self.random.choice([0, 2, 8])
            side.reset(stream_id, code)
            side.sent[stream_id].reset = code
            self.open.pop(stream_id)
            for promised, parent in self.promised.items():
                if parent == stream_id and side is self.client:
                    self.open.pop(promised, None)

    def settings(self) -> None:
        # Windows do not shrink: h2 refuses even the empty frame that ends a stream while one is
        # negative, which section 6.9.1 allows.
        self.window += self.random.choice([0, 1, 20000])
        side = self.random.choice([self.client, self.server])
        # The table changes once: hpack forgets a change when another SETTINGS repeats its value,
        # and signals all of many changes, against RFC 7541 section 4.2.
        table = None if side in self.resized else self.random.choice([0, 100, 65536])
        self.resized.append(side)
        side.settings(self.window, table, self.random.choice([16384, 20000]))

    def prioritize(self) -> None:
        if found := self.sendable():
            found[0].prioritize(found[1])

    def run(self) -> None:
        steps = [self.request, self.respond, self.send_data, self.send_data, self.send_data]
        steps += [self.send_trailers, self.reset, self.settings, self.prioritize]
        weights = [4, 6, 6, 6, 6, 2, 1, 1, 1]
        for _ in range(STEPS):
            [step] = self.random.choices(steps, weights)
            step()
            # Resets and what they cross on their way are for test_connection.py of tests/property.
            self.transfer()
        for stream_id in list(self.open):
            for side in list(self.open[stream_id]):
                if self.has_headers(side, stream_id) and side.data(stream_id, b"", True, None):
                    self.end(side, stream_id, True)
        self.transfer()

    def check(self) -> None:
        for side in (self.client, self.server):
            received = self.other(side).received
            for stream_id, sent in side.sent.items():
                got = received[stream_id]
                if sent.reset is not None:
                    assert got.reset == sent.reset
                assert got.parts == sent.parts
                assert sent.content.startswith(got.content)
                if sent.reset is None and side.received[stream_id].reset is None:
                    assert got.content == sent.content
                    assert got.ended == sent.ended
            assert set(received) >= set(side.sent)


@pytest.mark.parametrize("ours_is_client", [True, False])
def test_random_exchanges(ours_is_client: bool) -> None:
    for seed in range(EXCHANGES):
        exchange = Exchange(ours_is_client, seed)
        exchange.run()
        exchange.check()
        assert exchange.ours.idle()


@pytest.mark.parametrize("ours_is_client", [True, False])
def test_much_content_both_ways_with_small_windows(ours_is_client: bool) -> None:
    exchange = Exchange(ours_is_client, 1)
    content = random.Random(2).randbytes(16384)
    for side in (exchange.client, exchange.server):
        side.settings(1000, 4096, 16384)
    exchange.transfer()
    stream_id = exchange.client.headers(exchange.client.next_id(), POST, False)
    exchange.transfer()
    exchange.server.headers(stream_id, OK, False)
    total = 0
    for i in range(200):
        part = content[: i * 5]
        for side in (exchange.client, exchange.server):
            assert side.data(stream_id, part, False, None)
        total += len(part)
        exchange.transfer()
    for side in (exchange.client, exchange.server):
        assert len(side.received[stream_id].content) == total


def test_the_counts_of_open_streams_agree() -> None:
    for seed in range(EXCHANGES // 2):
        exchange = Exchange(True, 1000 + seed)
        exchange.run()
        ours, theirs = exchange.client, exchange.server
        assert isinstance(ours, Ours)
        assert isinstance(theirs, Theirs)
        assert ours.connection.open_outbound_streams == theirs.connection.open_inbound_streams
        assert ours.connection.open_inbound_streams == theirs.connection.open_outbound_streams
