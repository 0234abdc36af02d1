"""What hostile peers do, a row for each attack: frames that
tests/conformance/test_hostile_peers.py counts and bench/hostile.py measures. docs/security.md has
the limits that stop them.

A row is a unit that is sent again and again. With the defaults, and a clock that stands still,
``passes`` of them are taken and one more is refused.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from h2fast import Connection
from h2fast.exceptions import LimitExceededError, RemoteProtocolError
from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import H2Connection
from h2fast.h2.exceptions import LimitExceededError as LimitError, ProtocolError
from tests.octets import (
    ALTSVC,
    CONTINUATION,
    HEADERS,
    ORIGIN,
    PING,
    PRIORITY,
    PRIORITY_UPDATE,
    octets,
)
from tests.peers import (
    ACK,
    CANCEL,
    EARLY_HINTS,
    END_HEADERS,
    ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GET,
    INITIAL_WINDOW_SIZE,
    POST,
    PROTOCOL_ERROR,
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

LARGEST = 2**31 - 1


class Clock:
    """A clock that stands still but for who moves it, and knows how often it was read."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.read = 0

    def __call__(self) -> float:
        self.read += 1
        return self.seconds


class OverH2:
    """A connection with h2's API, as far as a Peer and the rows use a Connection.

    Events that come before an error in the same octets are lost, as with h2. Whatever comes after
    the error is refused again, each frame for a reason of its own: the first one is told.
    """

    def __init__(self, connection: Any, *, acknowledges: bool = False) -> None:
        self.h2 = connection
        self.acknowledges = acknowledges  # whether content is read at once
        self.error: RemoteProtocolError | None = None
        connection.initiate_connection()

    def __sizeof__(self) -> int:
        tables = self.h2.encoder.header_table, self.h2.decoder.header_table
        return sum(map(sys.getsizeof, (self.h2._core, *tables)))

    @property
    def closed(self) -> bool:
        return self.error is not None

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.h2.counters)

    @property
    def total_queued(self) -> int:
        return int(self.h2.queued())

    @property
    def open_inbound_streams(self) -> int:
        return int(self.h2.open_inbound_streams)

    @property
    def open_outbound_streams(self) -> int:
        return int(self.h2.open_outbound_streams)

    def receive(self, octets: bytes) -> list[Any]:
        try:
            events = list(self.h2.receive_data(octets))
        except ProtocolError as error:
            if self.error is None:
                self.error = _told(error)
            raise self.error from error
        for event in events if self.acknowledges else ():
            if type(event).__name__ == "DataReceived":
                size = event.flow_controlled_length
                self.h2.acknowledge_received_data(size, event.stream_id)
        return events

    def output(self) -> bytes:
        return bytes(self.h2.data_to_send())

    def request(self, headers: Any, end_stream: bool = True) -> int:
        stream_id = int(self.h2.get_next_available_stream_id())
        self.h2.send_headers(stream_id, headers, end_stream=end_stream)
        return stream_id

    def respond(
        self, stream_id: int, headers: Any, content: bytes = b"", end_stream: bool = True
    ) -> None:
        self.h2.send_headers(stream_id, headers, end_stream=end_stream and not content)
        if content:
            self.h2.queue_data(stream_id, content, end_stream=end_stream)

    def send_headers(self, stream_id: int, headers: Any, end_stream: bool) -> None:
        self.h2.send_headers(stream_id, headers, end_stream=end_stream)

    def send_data(self, stream_id: int, content: bytes, end_stream: bool = False) -> None:
        self.h2.queue_data(stream_id, content, end_stream=end_stream)

    def ping(self, octets: bytes) -> None:
        self.h2.ping(octets)

    def reset(self, stream_id: int) -> None:
        self.h2.reset_stream(stream_id, CANCEL)


def _told(error: ProtocolError) -> RemoteProtocolError:
    """The exception of Connection for one of h2's."""
    code = int(error.error_code)
    if isinstance(error, LimitError):
        return LimitExceededError(str(error), code, 0, error.limit)
    return RemoteProtocolError(str(error), code)


def over_h2(
    client: bool = False, *, clock: Any = None, acknowledges: bool = False, **options: Any
) -> Any:
    """A connection with h2's API, made like a Connection."""
    config = H2Configuration(client_side=client)
    config.limits = {name: options[name] for name in options if name != "enable_push"}
    if clock is not None:
        config.limits = {**config.limits, "clock": clock}
    return OverH2(H2Connection(config), acknowledges=acknowledges)


#: The two APIs, by what makes a connection.
APIS = {"Connection": Connection, "H2Connection": over_h2}

# Where h2 has an error of the connection for what is an error of a stream here, or a limit of its
# own, its tests want that: by row, how many units pass, and the code.
PINNED_BY_H2 = {
    "made_you_reset_empty_increment": (0, PROTOCOL_ERROR),
    "made_you_reset_short_priority": (0, FRAME_SIZE_ERROR),
    "made_you_reset_too_much_content": (0, PROTOCOL_ERROR),
    "made_you_reset_malformed": (0, PROTOCOL_ERROR),
    "made_you_reset_one_stream_too_many": (0, PROTOCOL_ERROR),
    "zero_length_names": (0, PROTOCOL_ERROR),
    "continuation": (63, PROTOCOL_ERROR),
    # Its windows are for the application to open.
    "data_without_updates": (1, FLOW_CONTROL_ERROR),
}

# Of what only Connection does: h2 measures no round trips.
NOT_OF_H2 = {"probed_data"}


def runs_into(row: Row, api: str) -> tuple[int, int, str]:
    """How many units of a row pass with the defaults, with what code the next is refused, and the
    limit, if it is one."""
    if api == "H2Connection" and row.name in PINNED_BY_H2:
        return *PINNED_BY_H2[row.name], ""
    return row.passes, ENHANCE_YOUR_CALM, row.limit


def nothing(peer: Peer) -> None:
    """Nothing comes before the attack."""


@dataclass
class Row:
    """An attack."""

    name: str
    precedent: str
    unit: Callable[[Peer, int], bytes]
    passes: int
    limit: str = ""  # the option that it runs into; else it is an error of the protocol's
    smaller: Any = None  # another value for that option,
    fewer: int = 0  # and what passes then
    client: bool = False  # whether it is a client that is attacked
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Peer], None] = nothing
    drained: bool = True  # whether somebody takes the output meanwhile
    answer: Callable[[Connection, int], None] | None = None  # what the application does
    read: int = 16384  # octets that are received at once
    counter: int | None = None  # what the counter says at the limit, where that is not ``passes``

    def start(
        self, clock: Callable[[], float] | None = None, make: Any = Connection, **options: Any
    ) -> Peer:
        """The connection that is attacked, made like a Connection, and its peer."""
        every = {**self.options, **options}
        peer = Peer(make(self.client, clock=clock, **every), client=not self.client)
        self.before(peer)
        return peer


# ------------------------------------------------------------------------------ what comes before


def open_stream(peer: Peer) -> None:
    peer.accepts(peer.headers(1, POST))


def half_close_stream(peer: Peer) -> None:
    peer.accepts(peer.headers(1, GET, end_stream=True))


def ask(peer: Peer) -> None:
    peer.connection.request(GET)
    peer.sent()


def reset_ours(peer: Peer) -> None:
    """A stream that the connection has reset."""
    open_stream(peer)
    peer.connection.reset(1)
    peer.sent()


def reset_theirs(peer: Peer) -> None:
    open_stream(peer)
    peer.accepts(rst_stream(1))


def fill_streams(peer: Peer) -> None:
    for i in range(100):
        peer.accepts(peer.headers(2 * i + 1, POST))


def begin_block(peer: Peer) -> None:
    peer.accepts(octets(HEADERS, 0, 1, bytes([0x82])))


def begin_large_block(peer: Peer) -> None:
    peer.accepts(octets(HEADERS, 0, 1, bytes(16384)))


def go_away(peer: Peer) -> None:
    peer.accepts(goaway(LARGEST))


# --------------------------------------------------------------------------------------- units


def stream_of(i: int) -> int:
    return 2 * i + 1


# Without a dynamic table: they can be made again, and cost no time to make.
GET_BLOCK = bytes.fromhex("828784") + b"\x01\x01a"
POST_BLOCK = bytes.fromhex("838784") + b"\x01\x01a"


def opening(i: int, block: bytes = GET_BLOCK, end_stream: bool = False) -> bytes:
    return octets(HEADERS, END_HEADERS | end_stream, stream_of(i), block)


def rapid_reset(peer: Peer, i: int) -> bytes:
    return opening(i, end_stream=True) + rst_stream(stream_of(i), CANCEL)


def empty_increment(peer: Peer, i: int) -> bytes:
    return opening(i, end_stream=True) + window_update(stream_of(i), 0)


def overflow(peer: Peer, i: int) -> bytes:
    return opening(i) + window_update(stream_of(i), LARGEST)


def short_priority(peer: Peer, i: int) -> bytes:
    return opening(i) + octets(PRIORITY, 0, stream_of(i), bytes(4))


def data_behind_the_end(peer: Peer, i: int) -> bytes:
    return opening(i, end_stream=True) + data(stream_of(i), b"x")


def headers_behind_the_end(peer: Peer, i: int) -> bytes:
    return opening(i, end_stream=True) * 2


def too_much_content(peer: Peer, i: int) -> bytes:
    return opening(i, POST_BLOCK + b"\x0f\x0d\x010") + data(stream_of(i), b"x")


def malformed(peer: Peer, i: int) -> bytes:
    return opening(i, GET_BLOCK + b"\x00\x01A\x01x", end_stream=True)


def empty_name(peer: Peer, i: int) -> bytes:
    return opening(i, GET_BLOCK + b"\x00\x00\x01x", end_stream=True)


def data_behind_a_reset(peer: Peer, i: int) -> bytes:
    return data(1, b"x")


def one_stream_too_many(peer: Peer, i: int) -> bytes:
    return opening(100 + i)


def ping(peer: Peer, i: int) -> bytes:
    return octets(PING, 0, 0, i.to_bytes(8, "big"))


def empty_settings(peer: Peer, i: int) -> bytes:
    return settings()


def toggled_window(peer: Peer, i: int) -> bytes:
    return settings((INITIAL_WINDOW_SIZE, LARGEST if i % 2 else 0))


def settings_of_33(peer: Peer, i: int) -> bytes:
    return settings(*[(0xAA00 + j, 7) for j in range(33)])


def content_without_updates(peer: Peer, i: int) -> bytes:
    """Whoever sends that has read two updates, if somebody had sent them."""
    return data(1, bytes(16384)) * 2


def probed_content(peer: Peer, i: int) -> bytes:
    return data(1, b"x") + octets(PING, ACK, 0, b"h2f bdp?")


def literal(i: int) -> bytes:
    return continuation(1, b"\x00\x01a\x01b", end_headers=False)


ROWS = [
    Row(
        "rapid_reset", "CVE-2023-44487", rapid_reset, 1000, "max_resets", (7, 33), 7
    ),
    *[
        Row(
            f"made_you_reset_{unit.__name__}",
            "CVE-2025-8671",
            unit,
            1000,
            "max_own_resets",
            (7, 33),
            7,
            before=before,
        )
        for unit, before in (
            (empty_increment, nothing),
            (overflow, nothing),
            (short_priority, nothing),
            (data_behind_the_end, nothing),
            (headers_behind_the_end, nothing),
            (too_much_content, nothing),
            (malformed, nothing),
            (data_behind_a_reset, reset_theirs),
            (one_stream_too_many, fill_streams),
        )
    ],
    Row(
        "zero_length_names", "CVE-2019-9516", empty_name, 1000, "max_own_resets", (7, 33), 7
    ),
    Row(
        "continuation",
        "CVE-2024-27316",
        lambda peer, i: literal(i),
        63,
        "max_continuations",
        5,
        5,
        before=begin_block,
    ),
    Row(
        "empty_continuation",
        "CVE-2024-27316",
        lambda peer, i: octets(CONTINUATION, 0, 1),
        8,
        "max_empty_continuations",
        5,
        5,
        before=begin_block,
    ),
    Row(
        "octets_of_a_block",
        "CVE-2024-27316",
        lambda peer, i: octets(CONTINUATION, 0, 1, bytes(16384)),
        7,
        "max_header_list_size",
        32768,
        3,
        before=begin_large_block,
        counter=0,  # it is of lists that were decoded
    ),
    Row("ping", "CVE-2019-9512", ping, 1000, "max_unsent_answers", 7, 7, drained=False),
    Row(
        "settings", "CVE-2019-9515", empty_settings, 1000, "max_unsent_answers", 7, 7,
        drained=False,
    ),
    Row(
        "window_toggling", "CVE-2019-9511", toggled_window, 1000, "max_unsent_answers", 7, 7,
        drained=False,
    ),
    Row(
        "data_without_updates",
        "CVE-2019-9517",
        content_without_updates,
        500,
        "max_unsent_answers",
        8,
        4,
        before=open_stream,
        drained=False,
        counter=1000,
    ),
    Row(
        "probed_data",
        "CVE-2019-9512",
        probed_content,
        1000,
        "max_unsent_answers",
        7,
        7,
        options={"max_window": 1 << 20, "max_small_data": (0, 0)},
        before=open_stream,
        drained=False,
    ),
    Row(
        "large_settings", "CVE-2020-11080", settings_of_33, 0, "max_settings_entries", 33, 1000,
    ),
    Row(
        "empty_data", "CVE-2019-9518", lambda peer, i: data(1), 100, "max_empty_data", 7, 7,
        before=open_stream,
    ),
    Row(
        "padding_only", "CVE-2019-9518", lambda peer, i: padded_data(1, b"", 200), 100,
        "max_empty_data", 7, 7, before=open_stream,
    ),
    *[
        Row(
            f"glitches_{name}", precedent, unit, passes, "max_glitches", (7, 330), passes - 9993,
            before=before, counter=10000,
        )
        for name, precedent, unit, passes, before in (
            ("priority", "CVE-2019-9513", lambda peer, i: priority(3, 0, i % 256), 10000, nothing),
            ("priority_update", "CVE-2019-9513",
             lambda peer, i: octets(PRIORITY_UPDATE, 0, 0, b"\0\0\0\3u=1"), 10000, nothing),
            ("unknown", "CVE-2019-9513", lambda peer, i: octets(0xBB, 0, 0), 10000, nothing),
            ("altsvc_from_client", "CVE-2019-9513", lambda peer, i: octets(ALTSVC, 0, 1, b"\0\0"),
             10000, nothing),
            ("origin_from_client", "CVE-2019-9513", lambda peer, i: octets(ORIGIN, 0, 0), 10000,
             nothing),
            ("goaway", "CVE-2019-9513", lambda peer, i: goaway(LARGEST), 10000, go_away),
            ("ping_ack", "CVE-2019-9512", lambda peer, i: octets(PING, ACK, 0, bytes(8)), 10000,
             nothing),
            # Content may have been under way; without any, it changes nothing.
            ("late_data", "CVE-2025-8671", lambda peer, i: data(1) + data(1, b"x"), 10000,
             reset_ours),
            ("late_reset", "CVE-2025-8671", lambda peer, i: rst_stream(1), 10000, reset_theirs),
            # Five are fair on a connection on which nothing was sent.
            ("window_dribble", "CVE-2019-9511", lambda peer, i: window_update(0), 10005, nothing),
            ("window_dribble_of_a_stream", "CVE-2019-9511", lambda peer, i: window_update(1), 10007,
             open_stream),
        )
    ],
    Row(
        "small_data", "CVE-2019-9518", lambda peer, i: data(1, bytes(63)), 7, "max_small_data",
        (5, 1), 5, options={"max_small_data": (7, 1)}, before=open_stream,
    ),
    Row(
        "push_promise", "reserved streams", lambda peer, i: peer.promise(1, 2 * i + 2), 200,
        "max_pushed", 7, 7, client=True, options={"enable_push": 1}, before=ask,
    ),
    Row(
        "interim_responses", "endless 103", lambda peer, i: peer.headers(1, EARLY_HINTS), 64,
        "max_interim", 7, 7, client=True, before=ask,
    ),
]  # fmt: skip


# ------------------------------------------------------------- what no limit on its number is for


def bomb(peer: Peer, i: int) -> bytes:
    """64 KiB of fields in 20 octets, as an entry of the table and references to it."""
    entry = b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000 if i == 0 else b""
    return opening(i, GET_BLOCK + entry + b"\xbe" * 15, end_stream=True)


LONG_NAME = b"\x7f\xa1\x1e" + b"n" * 4000


def long_names(peer: Peer, i: int) -> bytes:
    """The same with a name, to which literals refer."""
    entry = b"\x40" + LONG_NAME + b"\x00" if i == 0 else b""
    return opening(i, GET_BLOCK + entry + b"\x0f\x2f\x01x" * 15, end_stream=True)


def long_names_again(peer: Peer, i: int) -> bytes:
    """Entries that have their names from those that they evict."""
    entry = b"\x40" + LONG_NAME + b"\x00" if i == 0 else b""
    return opening(i, GET_BLOCK + entry + b"\x7e\x01x" * 15, end_stream=True)


def tiny_fields(peer: Peer, i: int) -> bytes:
    """As many as there may be, at three octets each, and each of them an object."""
    return opening(i, GET_BLOCK + b"\x0f\x11\x00" * 996, end_stream=True)


def crumbs(peer: Peer, i: int) -> bytes:
    """CVE-2026-49975."""
    return opening(i, GET_BLOCK + b"\x0f\x11\x02a=" * 996, end_stream=True)


def churn(peer: Peer, i: int) -> bytes:
    """Entries that are made to be evicted."""
    entries = b"".join(b"\x40\x02%c%c\x01x" % (97 + j % 26, 97 + j // 26) for j in range(400))
    return opening(i, GET_BLOCK + entries, end_stream=True)


def huffman(peer: Peer, i: int) -> bytes:
    """The shortest codes: eight characters in five octets."""
    string = b"\x00\x01x\xff\xf1\x2d" + b"\x18\xc6\x31\x8c\x63" * 1200
    return opening(i, GET_BLOCK + string, end_stream=True)


def tails(peer: Peer, i: int) -> bytes:
    """Tiny literals before a long string (HPACK cost)."""
    return opening(i, GET_BLOCK + b"\x00\x01a\x00" * 990 + b"\x00\x01b\x7f\xa1\x1e" + b"v" * 4000)


def whole_request(peer: Peer, i: int) -> bytes:
    return opening(i, end_stream=True)


def far_request(peer: Peer, i: int) -> bytes:
    """Of a stream as far from the one before as is remembered how streams were closed."""
    return opening(65535 * i, end_stream=True)


def crumb_of_data(peer: Peer, i: int) -> bytes:
    return data(1, b"x")


def full_settings(peer: Peer, i: int) -> bytes:
    return settings(*[(0xAA00 + j, i) for j in range(31)], (INITIAL_WINDOW_SIZE, i % 2 * LARGEST))


def unknown_16_kib(peer: Peer, i: int) -> bytes:
    return octets(0xBB, 0xFF, 1, bytes(16384))


def beginning_of_a_block(peer: Peer, i: int) -> bytes:
    return octets(HEADERS if i == 0 else CONTINUATION, 0, 1, bytes(16000))


def oversize(peer: Peer, i: int) -> bytes:
    return octets(0xBB, 0, 0, bytes(16385))


def integers(peer: Peer, i: int) -> bytes:
    return opening(i, b"\xff" * 100)


def size_updates(peer: Peer, i: int) -> bytes:
    return opening(i, b"\x20" * 1000)


def answer_nothing(connection: Connection, stream_id: int) -> None:
    connection.respond(stream_id, [(":status", "204")])


CONTENT = bytes(16384)


def answer_content(connection: Connection, stream_id: int) -> None:
    connection.respond(stream_id, [(":status", "200")], CONTENT)


def close_windows(peer: Peer) -> None:
    peer.accepts(settings((INITIAL_WINDOW_SIZE, 0)))


OTHERS = [
    Row("header_bomb", "CVE-2016-6581", bomb, 50000, answer=answer_nothing, read=2000),
    Row("long_names", "CVE-2016-6581", long_names, 15000, answer=answer_nothing, read=2000),
    Row(
        "long_names_again",
        "CVE-2016-6581",
        long_names_again,
        15000,
        answer=answer_nothing,
        read=2000,
    ),
    Row("many_tiny_fields", "CVE-2016-6581", tiny_fields, 1000, answer=answer_nothing),
    Row("cookie_crumbs", "CVE-2026-49975", crumbs, 500, answer=answer_nothing),
    Row("table_churn", "HPACK cost", churn, 1000, answer=answer_nothing),
    Row("huffman", "HPACK cost", huffman, 400, answer=answer_nothing),
    Row("literals_before_a_tail", "HPACK cost", tails, 300),
    Row("hpack_integers", "ff ff ff ...", integers, 1),
    Row("hpack_size_updates", "20 20 20 ...", size_updates, 1),
    Row("block_without_end", "CVE-2024-27316", beginning_of_a_block, 60),
    Row("oversize_frame", "section 4.2", oversize, 1),
    Row("one_octet_of_data", "CVE-2019-9518", crumb_of_data, 200000, before=open_stream),
    Row("unknown_16_kib", "CVE-2019-9513", unknown_16_kib, 250),
    Row("full_settings", "CVE-2020-11080", full_settings, 20000),
    Row(
        "streams_for_ever",
        "closed streams",
        whole_request,
        300000,
        answer=answer_nothing,
        read=1500,
    ),
    Row("far_identifiers", "closed streams", far_request, 16000, answer=answer_nothing, read=1500),
    Row("octet_by_octet", "small segments", ping, 3000, read=1),
    Row(
        "slow_read",
        "CVE-2016-1546",
        whole_request,
        90,
        before=close_windows,
        answer=answer_content,
    ),
]


def wire_of(row: Row) -> bytes:
    """What is sent behind that which comes before."""
    peer = row.start(Clock())
    # A few more than pass, so that a limit is reached.
    return b"".join(row.unit(peer, i) for i in range(row.passes + 10 * (row.limit != "")))


@dataclass
class Outcome:
    """How an attack has ended."""

    taken: int = 0  # octets, until it was refused or was at its end
    error: str = ""
    happened: list[str] = field(default_factory=list)
    output: bytes = b""
    most_unsent: int = 0
    most_held: int = 0


def answered(row: Row, connection: Connection, events: list[Any]) -> None:
    for event in events:
        if row.answer is not None and type(event).__name__ == "RequestReceived":
            row.answer(connection, event.stream_id)


def play(
    row: Row,
    parts: Sequence[bytes],
    *,
    make: Any = Connection,
    drained: bool = True,
    log: bool = False,
) -> Outcome:
    """Feeds an attack in parts. Any exception that is not documented comes out."""
    connection = row.start(Clock(), make).connection
    outcome = Outcome()
    for part in parts:
        outcome.taken += len(part)
        events: list[Any]
        try:
            events = connection.receive(part)
        except RemoteProtocolError as error:
            events = error.events
            outcome.error = f"{type(error).__name__} {error.error_code}: {error}"
        if log:
            outcome.happened += map(repr, events)
        if outcome.error:
            break
        answered(row, connection, events)
        if drained:
            outcome.output += take(connection, outcome)
    outcome.output += take(connection, outcome)
    return outcome


def take(connection: Connection, outcome: Outcome) -> bytes:
    taken = b""
    while part := connection.output():
        outcome.most_unsent = max(outcome.most_unsent, len(part))
        taken += part
    return taken


def held(row: Row, wire: bytes, make: Any = Connection) -> int:
    """The most octets that a connection holds, its peer's last events included; content that the
    application has given it is the application's."""
    parts = in_parts(wire, row.read)
    connection = row.start(Clock(), make).connection
    most = 0
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for part in parts:
            try:
                events = connection.receive(part)
            except RemoteProtocolError as error:
                events = error.events
            in_c = sys.getsizeof(connection)
            most = max(most, in_c + tracemalloc.get_traced_memory()[0] - before)
            if connection.closed:
                break
            answered(row, connection, events)
            connection.output()
    finally:
        tracemalloc.stop()
    return most


def in_parts(wire: bytes, size: int) -> list[bytes]:
    return [wire[i : i + size] for i in range(0, len(wire), size)]


def at_random(wire: bytes, seed: int) -> list[bytes]:
    random = Random(seed)
    parts, at = [], 0
    while at < len(wire):
        size = random.choice((1, 2, 9, 10, 100, 5000, 20000))
        parts.append(wire[at : at + size])
        at += size
    return parts


COMPARED = 50000  # octets of an attack without a limit that are fed one by one, too


def brief(row: Row) -> tuple[Row, bytes]:
    """An attack that is over soon enough to be fed octet by octet, and what is sent: the smaller
    limit, so that it is reached, and a few units more."""
    if not row.limit:
        return row, wire_of(row)[:COMPARED]
    if row.fewer < row.passes:
        smaller = {**row.options, row.limit: row.smaller}
        row = replace(row, passes=row.fewer, options=smaller)
    return row, wire_of(row)


def is_the_same(row: Row, wire: bytes, make: Any = Connection) -> bool:
    """Without answers of the application, which would come between other octets."""
    row = replace(row, answer=None)
    whole = play(row, [wire], make=make, log=True)
    loses_events = make is over_h2 and whole.error != ""
    for parts in (in_parts(wire, 1), at_random(wire, 1), at_random(wire, 2)):
        other = play(row, parts, make=make, log=True, drained=False)
        if (other.error, other.output) != (whole.error, whole.output):
            return False
        if other.happened != whole.happened and not loses_events:
            return False
    return True
