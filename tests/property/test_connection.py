"""Two connections back to back, driven at random: nothing is an error, content arrives whole and in
order, windows conserve their credit, both count the same streams. And however octets are split, the
same things happen and the same octets go out, also of those that are hostile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings as profile, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from h2fast import Connection
from h2fast.events import (
    DataReceived,
    Event,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2fast.exceptions import RemoteProtocolError
from tests.octets import ALTSVC, ORIGIN, PING, PRIORITY_UPDATE, octets
from tests.peers import (
    EARLY_HINTS,
    GET,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    OK,
    POST,
    PREFACE,
    SETTINGS_ACK,
    TRAILERS,
    Peer,
    continuation,
    data,
    goaway,
    padded_data,
    priority,
    rst_stream,
    settings,
    window_update,
)

# --------------------------------------------------------------------- two back to back

# What is put into each side's stream: octets that say where they stand.
PATTERN = bytes(i * 7 % 256 for i in range(2**17))
SIZES = st.one_of(st.integers(0, 40), st.sampled_from([1000, 4096, 5000, 16385]))


@dataclass
class Content:
    """Of one direction of one stream."""

    sent: bytearray = field(default_factory=bytearray)
    ended: bool = False
    received: bytearray = field(default_factory=bytearray)
    end_received: bool = False
    gone: bool = False  # reset by either side


@dataclass
class Side:
    connection: Connection
    wire: bytearray = field(default_factory=bytearray)  # on its way to this side
    answerable: set[int] = field(default_factory=set)
    sending: set[int] = field(default_factory=set)
    held: list[tuple[int, int]] = field(default_factory=list)  # not acknowledged yet
    settings_sent: int = 1
    settings_acknowledged: int = 0


class BackToBack(RuleBasedStateMachine):
    @initialize(
        auto=st.booleans(),
        window=st.sampled_from([0, 300, 5000, 65535, 10**6]),
        frame=st.sampled_from([16384, 20000]),
        streams=st.sampled_from([2, 100]),
    )
    def start(self, auto: bool, window: int, frame: int, streams: int) -> None:
        self.auto = auto
        options: dict[str, Any] = {
            "auto_windows": auto,
            "initial_window_size": window,
            "max_frame_size": frame,
            "max_concurrent_streams": streams,
        }
        self.client = Side(Connection(client=True, enable_push=1, **options))
        self.server = Side(Connection(**options))
        self.content: dict[tuple[int, bool], Content] = {}
        self.promised: dict[int, list[int]] = {}  # by the stream of the promise
        self.transfer()

    # ---------------------------------------------------------------------- transport

    def move_output(self, side: Side, other: Side, as_buffers: bool) -> None:
        if as_buffers:
            other.wire += b"".join(side.connection.output_buffers())
        else:
            other.wire += side.connection.output()

    def deliver(self, side: Side, size: int) -> None:
        part = bytes(side.wire[:size])
        del side.wire[:size]
        for event in side.connection.receive(part):
            self.note(side, event)

    def transfer(self) -> None:
        """All that is on its way arrives."""
        for _ in range(10000):
            self.move_output(self.client, self.server, False)
            self.move_output(self.server, self.client, False)
            if not self.client.wire and not self.server.wire:
                return
            self.deliver(self.server, len(self.server.wire))
            self.deliver(self.client, len(self.client.wire))
        raise AssertionError("the two of them never come to rest")

    def note(self, side: Side, event: Event) -> None:
        match event:
            case RequestReceived(stream_id, _, ended):
                side.answerable.add(stream_id)
                self.received(side, stream_id, b"", ended)
            case ResponseReceived(stream_id, _, ended):
                self.received(side, stream_id, b"", ended)
            case DataReceived(stream_id, content, ended):
                side.held.append((stream_id, event.flow_controlled_length))
                self.received(side, stream_id, content, ended)
            case TrailersReceived(stream_id, _):
                self.received(side, stream_id, b"", True)
            case PushReceived(_, promised, _):
                assert promised % 2 == 0
            case StreamReset(stream_id, _, remote):
                assert remote  # nobody makes faults
                self.lost(stream_id)
            case SettingsAcknowledged():
                side.settings_acknowledged += 1

    def received(self, side: Side, stream_id: int, content: bytes, ended: bool) -> None:
        record = self.content[stream_id, side is self.server]
        assert not record.end_received
        record.received += content
        record.end_received = ended
        assert record.sent.startswith(record.received)
        if ended:
            assert record.ended
            assert record.received == record.sent

    def lost(self, stream_id: int) -> None:
        for side in (self.client, self.server):
            side.answerable.discard(stream_id)
            side.sending.discard(stream_id)
        for to_server in (True, False):
            if (stream_id, to_server) in self.content:
                self.content[stream_id, to_server].gone = True

    # --------------------------------------------------------------------------- calls

    def opened(self, side: Side, stream_id: int, content: bytes, ended: bool) -> None:
        self.content[stream_id, side is self.client] = Content(bytearray(content), ended)
        if not ended:
            side.sending.add(stream_id)

    @rule(size=SIZES, ended=st.booleans())
    def request(self, size: int, ended: bool) -> None:
        connection = self.client.connection
        limit = connection.peer_setting("max_concurrent_streams")
        if connection.open_outbound_streams < limit:
            stream_id = connection.request(POST, PATTERN[:size], end_stream=ended)
            self.opened(self.client, stream_id, PATTERN[:size], ended)

    @precondition(lambda self: self.server.answerable)
    @rule(pick=st.integers(0, 99), size=SIZES, ended=st.booleans(), interim=st.booleans())
    def respond(self, pick: int, size: int, ended: bool, interim: bool) -> None:
        stream_id = sorted(self.server.answerable)[pick % len(self.server.answerable)]
        self.server.answerable.remove(stream_id)
        if interim:
            self.server.connection.send_headers(stream_id, EARLY_HINTS)
        self.server.connection.respond(stream_id, OK, PATTERN[:size], end_stream=ended)
        self.opened(self.server, stream_id, PATTERN[:size], ended)

    @precondition(lambda self: self.server.answerable)
    @rule(pick=st.integers(0, 99), size=SIZES)
    def push(self, pick: int, size: int) -> None:
        connection = self.server.connection
        limit = connection.peer_setting("max_concurrent_streams")
        if connection.open_outbound_streams < limit:
            parent = sorted(self.server.answerable)[pick % len(self.server.answerable)]
            promised = connection.push(parent, GET)
            connection.respond(promised, OK, PATTERN[:size])
            self.promised.setdefault(parent, []).append(promised)
            self.opened(self.server, promised, PATTERN[:size], True)

    @precondition(lambda self: self.client.sending or self.server.sending)
    @rule(
        pick=st.integers(0, 99),
        size=SIZES,
        ended=st.booleans(),
        kind=st.sampled_from([bytes, bytearray, memoryview]),
    )
    def send_data(self, pick: int, size: int, ended: bool, kind: Any) -> None:
        side = self.client if self.client.sending else self.server
        if self.server.sending and pick % 2:
            side = self.server
        stream_id = sorted(side.sending)[pick % len(side.sending)]
        record = self.content[stream_id, side is self.client]
        content = PATTERN[-size:] if size else b""
        waiting = side.connection.send_data(stream_id, kind(content), end_stream=ended)
        assert waiting == side.connection.queued(stream_id)
        record.sent += content
        self.end(side, stream_id, ended)

    @precondition(lambda self: self.client.sending or self.server.sending)
    @rule(pick=st.integers(0, 99))
    def send_trailers(self, pick: int) -> None:
        side = self.client if self.client.sending else self.server
        stream_id = sorted(side.sending)[pick % len(side.sending)]
        side.connection.send_headers(stream_id, TRAILERS, end_stream=True)
        self.end(side, stream_id, True)

    def end(self, side: Side, stream_id: int, ended: bool) -> None:
        if ended:
            side.sending.remove(stream_id)
            self.content[stream_id, side is self.client].ended = True

    @precondition(lambda self: self.client.sending or self.server.sending)
    @rule(pick=st.integers(0, 99), code=st.integers(0, 2**32 - 1))
    def reset(self, pick: int, code: int) -> None:
        side = self.client if self.client.sending else self.server
        stream_id = sorted(side.sending)[pick % len(side.sending)]
        side.connection.reset(stream_id, code)
        self.lost(stream_id)
        for promised in self.promised.get(stream_id, []):
            self.lost(promised)  # the client refuses what it has not heard of yet

    @rule(from_client=st.booleans(), octet=st.integers(0, 255))
    def ping(self, from_client: bool, octet: int) -> None:
        side = self.client if from_client else self.server
        side.connection.ping(bytes([octet]) * 8)

    @rule(
        from_client=st.booleans(),
        window=st.sampled_from([0, 300, 5000, 65535, 2**20]),
        table=st.sampled_from([0, 100, 4096, 65536]),
        frame=st.sampled_from([16384, 30000]),
    )
    def update_settings(self, from_client: bool, window: int, table: int, frame: int) -> None:
        side = self.client if from_client else self.server
        if side.settings_sent - side.settings_acknowledged < 8:
            side.connection.update_settings(
                initial_window_size=window, header_table_size=table, max_frame_size=frame
            )
            side.settings_sent += 1

    @rule(from_client=st.booleans(), increment=st.integers(1, 100000))
    def open_window(self, from_client: bool, increment: int) -> None:
        side = self.client if from_client else self.server
        side.connection.open_window(0, increment)

    @precondition(lambda self: not self.auto)
    @rule(from_client=st.booleans())
    def acknowledge(self, from_client: bool) -> None:
        side = self.client if from_client else self.server
        for stream_id, size in side.held:
            side.connection.acknowledge(stream_id, size)
        side.held.clear()

    @rule(from_client=st.booleans(), size=st.integers(0, 30000), as_buffers=st.booleans())
    def transport(self, from_client: bool, size: int, as_buffers: bool) -> None:
        side, other = self.client, self.server
        if not from_client:
            side, other = other, side
        self.move_output(side, other, as_buffers)
        self.deliver(other, size)

    # ----------------------------------------------------------------------- invariants

    @invariant()
    def nobody_is_closed(self) -> None:
        for side in (self.client, self.server):
            assert not side.connection.closed
            assert not side.connection.draining
            assert side.connection.send_window(0) <= 2**31 - 1

    @rule()
    def settle(self) -> None:
        """When all has arrived and was acknowledged, both sides agree."""
        self.transfer()
        client, server = self.client.connection, self.server.connection
        assert client.open_outbound_streams == server.open_inbound_streams
        assert server.open_outbound_streams == client.open_inbound_streams
        for side in (self.client, self.server):
            assert side.settings_acknowledged == side.settings_sent
        for (stream_id, to_server), record in self.content.items():
            sender = client if to_server else server
            if not record.gone:
                waiting = sender.queued(stream_id)
                assert len(record.received) + waiting == len(record.sent)
                assert record.end_received == (record.ended and not self.waits(sender, stream_id))

    def waits(self, sender: Connection, stream_id: int) -> bool:
        """Trailers wait too, but are no content."""
        return sender.queued(stream_id) > 0

    def teardown(self) -> None:
        """With windows wide open, all content arrives."""
        if not hasattr(self, "client"):
            return
        self.transfer()
        for side in (self.client, self.server):
            side.connection.update_settings(initial_window_size=2**27)
            side.connection.open_window(0, 2**27)
            side.settings_sent += 1
        self.settle()
        for record in self.content.values():
            assert record.gone or record.received == record.sent
        for side in (self.client, self.server):
            assert side.connection.total_queued == 0


TestBackToBack = BackToBack.TestCase
TestBackToBack.settings = profile(max_examples=40, stateful_step_count=30, deadline=None)


def test_windows_conserve_credit() -> None:
    """What was sent and given back comes to what there was: with padding, resets, odd sizes."""
    server = Connection()
    peer = Peer(server, client=True)
    sent, given = 0, 0
    for i in range(300):
        stream_id = 2 * i + 1
        server.receive(peer.headers(stream_id, POST))
        for size in (i * 37 % 3000, i):
            frame = (
                padded_data(stream_id, bytes(size), i % 256)
                if i % 3
                else data(stream_id, bytes(size))
            )
            server.receive(frame)
            sent += len(frame) - 9
        if i % 2:
            server.reset(stream_id)
            server.receive(data(stream_id, bytes(500)))  # was on its way
            sent += 500
        else:
            server.receive(rst_stream(stream_id))
        given += sum(f.number for f in peer.sent() if f.stream_id == 0 and f.type == 8)
        assert 0 <= sent - given < 65535 // 2 + 1


# ----------------------------------------------------------------------------- splits


def feed(options: dict[str, Any], parts: list[bytes]) -> tuple[list[str], bytes, str]:
    """What happens, what goes out, and the error at the end."""
    connection = Connection(**options)
    happened: list[str] = []
    error = ""
    for part in parts:
        try:
            happened += map(repr, connection.receive(part))
        except RemoteProtocolError as caught:
            happened += map(repr, caught.events)
            error = f"{type(caught).__name__} {caught.error_code} {caught.stream_id} {caught}"
    output = b""
    while part := connection.output():
        output += part
    return happened, output, error


def split(wire: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(wire) + 1) for place in places})
    return [wire[i:j] for i, j in zip([0, *at], [*at, len(wire)], strict=True)]


def check_splits(options: dict[str, Any], wire: bytes, places: list[int]) -> None:
    whole = feed(options, [wire])
    assert feed(options, [wire[i : i + 1] for i in range(len(wire))]) == whole
    assert feed(options, split(wire, places)) == whole


PLACES = st.lists(st.integers(0, 2**20), max_size=20)


Build = Callable[[Peer, int, bool, int], bytes]


def message(peer: Peer, stream_id: int, ended: bool, size: int) -> bytes:
    fields = (GET if size % 2 else POST) if peer.client else OK
    return peer.headers(stream_id, fields, ended)


def message_in_parts(peer: Peer, stream_id: int, ended: bool, size: int) -> bytes:
    block = peer.block(GET if peer.client else OK)
    first = octets(1, int(ended), stream_id, block[:2])
    rest = continuation(stream_id, block[2:5], False), continuation(stream_id, block[5:])
    return first + b"".join(rest)


BUILDS: list[Build] = [
    message,
    message,
    message,
    message_in_parts,
    lambda peer, stream, ended, size: data(stream, bytes(size), ended),
    lambda peer, stream, ended, size: padded_data(stream, bytes(size), size % 256),
    lambda peer, stream, ended, size: peer.headers(stream, TRAILERS, True),
    lambda peer, stream, ended, size: rst_stream(stream, size),
    lambda peer, stream, ended, size: window_update(stream if ended else 0, size),
    lambda peer, stream, ended, size: settings(
        (INITIAL_WINDOW_SIZE, size), (MAX_FRAME_SIZE, 16384)
    ),
    lambda peer, stream, ended, size: octets(PING, size % 2, 0, b"12345678"),
    lambda peer, stream, ended, size: priority(stream, size, size % 256),
    lambda peer, stream, ended, size: goaway(size, size, bytes(size)),
    lambda peer, stream, ended, size: peer.promise(stream, 2 + size % 3 * 2),
    lambda peer, stream, ended, size: octets(ALTSVC, 0, 0, bytes(size)),
    lambda peer, stream, ended, size: octets(ORIGIN, 0, 0, bytes(size)),
    lambda peer, stream, ended, size: octets(PRIORITY_UPDATE, 0, 0, bytes(3) + bytes([size % 9])),
    lambda peer, stream, ended, size: octets(99, 0, 0, bytes(size)),
    lambda peer, stream, ended, size: SETTINGS_ACK,
    lambda peer, stream, ended, size: bytes([size % 256]) * (size % 20),
]


@st.composite
def frames_of_a_peer(draw: st.DrawFn, client: bool) -> bytes:
    """Frames of a peer that mostly knows what it does; its header blocks can be decoded."""
    peer = Peer(Connection(not client), client=client, handshake=False)
    streams = st.sampled_from([1, 3, 5, 7] if client else [1, 3, 2, 4])
    wire = b"" if draw(st.booleans()) else settings((MAX_CONCURRENT_STREAMS, 50))
    for _ in range(draw(st.integers(1, 25))):
        build = draw(st.sampled_from(BUILDS))
        wire += build(peer, draw(streams), draw(st.booleans()), draw(st.integers(0, 300)))
    return wire


@given(frames_of_a_peer(client=True), PLACES)
@profile(max_examples=80)
def test_a_server_does_the_same_however_octets_are_split(wire: bytes, places: list[int]) -> None:
    check_splits({}, PREFACE + settings() + wire, places)
    check_splits({"auto_windows": False, "max_glitches": (3, 0)}, PREFACE + wire, places)


@given(frames_of_a_peer(client=False), PLACES)
@profile(max_examples=80)
def test_a_client_does_the_same_however_octets_are_split(wire: bytes, places: list[int]) -> None:
    check_splits({"client": True, "enable_push": 1}, settings() + wire, places)


@given(st.binary(max_size=300), PLACES)
def test_any_octets_at_all(wire: bytes, places: list[int]) -> None:
    check_splits({}, PREFACE + settings() + wire, places)
    check_splits({}, wire, places)
    check_splits({"client": True}, settings() + wire, places)


@given(st.binary(max_size=60), st.integers(0, 12), st.integers(0, 255), PLACES)
def test_any_payload_of_any_type(payload: bytes, kind: int, flags: int, places: list[int]) -> None:
    for stream_id in (0, 1, 2):
        frame = octets(kind, flags, stream_id, payload)
        check_splits({}, PREFACE + settings() + frame * 2, places)
        check_splits({"client": True, "enable_push": 1}, settings() + frame * 2, places)


def recorded_exchange() -> tuple[bytes, bytes]:
    """What a client and a server have said to each other."""
    client, server = Connection(client=True, enable_push=1), Connection()
    said: tuple[bytearray, bytearray] = bytearray(), bytearray()

    def exchange() -> None:
        for _ in range(4):
            part = client.output()
            said[0].extend(part)
            server.receive(part)
            part = server.output()
            said[1].extend(part)
            client.receive(part)

    exchange()
    for i in range(20):
        stream_id = client.request([*POST, ("x-number", str(i))], PATTERN[: i * 1000])
        exchange()
        with contextlib.suppress(ValueError):
            promised = server.push(stream_id, GET)
            server.respond(promised, OK, PATTERN[:i])
        server.send_headers(stream_id, EARLY_HINTS)
        server.respond(
            stream_id, [*OK, ("x-number", str(i))], PATTERN[: i * 2000], end_stream=False
        )
        server.send_headers(stream_id, TRAILERS, end_stream=True)
        client.ping(b"12345678")
        exchange()
    server.go_away()
    exchange()
    return bytes(said[0]), bytes(said[1])


def test_a_recorded_exchange_is_the_same_however_it_is_split() -> None:
    to_server, _ = recorded_exchange()
    whole = feed({}, [to_server])
    assert whole[2] == ""
    assert len(whole[0]) > 70
    for size in (1, 2, 7, 9, 10, 1000, 16384, 16393):
        parts = [to_server[i : i + size] for i in range(0, len(to_server), size)]
        assert feed({}, parts) == whole


@profile(max_examples=30)
@given(PLACES, st.integers(0, 2**20), st.integers(1, 255))
def test_a_corrupted_exchange_is_the_same_however_it_is_split(
    places: list[int], at: int, change: int
) -> None:
    wire = bytearray(recorded_exchange()[0])
    wire[24 + at % (len(wire) - 24)] ^= change
    parts = split(bytes(wire), places)
    assert feed({}, parts) == feed({}, [bytes(wire)])


def test_a_window_update_event_says_how_much() -> None:
    server = Connection()
    peer = Peer(server, client=True)
    [event] = peer.accepts(window_update(0, 77))
    assert isinstance(event, WindowUpdated)
    assert event.increment == 77
