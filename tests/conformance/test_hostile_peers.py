"""Every limit, with its default and with another value: so much is taken, one more is refused with
the limit's name, ENHANCE_YOUR_CALM and one GOAWAY, and its counter says how far it had come. Then
what hostile peers do that no counter is for.

The attacks are in tests/hostile.py.
"""

from __future__ import annotations

import contextlib
import sys
import tracemalloc
from typing import Any

import pytest

from h2fast.events import (
    RequestReceived,
    ResponseReceived,
    SettingsReceived,
    StreamReset,
    UnknownFrameReceived,
)
from h2fast.exceptions import (
    LimitExceededError,
    LocalProtocolError,
    QueueFullError,
    RemoteProtocolError,
)
from tests.hostile import (
    APIS,
    GET_BLOCK,
    LARGEST,
    NOT_OF_H2,
    OTHERS,
    ROWS,
    Clock,
    Row,
    brief,
    fill_streams,
    held,
    is_the_same,
    opening,
    play,
    rapid_reset,
    runs_into,
    wire_of,
)
from tests.octets import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    PRIORITY_UPDATE,
    header,
    octets,
)
from tests.peers import (
    COMPRESSION_ERROR,
    END_HEADERS,
    END_STREAM,
    ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GET,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    OK,
    POST,
    PREFACE,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    Peer,
    client_of,
    continuation,
    data,
    rst_stream,
    server_of,
    settings,
    window_update,
)


def cases(rows: list[Row]) -> list[Any]:
    """Each row with each API."""
    return [
        pytest.param(row, api, id=f"{row.name}-{api}")
        for row in rows
        for api in APIS
        if api == "Connection" or row.name not in NOT_OF_H2
    ]


def over_limits(rows: list[Row]) -> list[Any]:
    """The same where it is the row's limit that refuses, whatever its value is."""
    return [
        case
        for case in cases(rows)
        if runs_into(*case.values)[2] or case.values[0].name == "continuation"
    ]


def send(row: Row, peer: Peer, units: int) -> None:
    """So many units, which are all taken."""
    for i in range(units):
        peer.connection.receive(row.unit(peer, i))
        if row.drained:
            assert GOAWAY not in [frame.type for frame in peer.sent()]
    assert not peer.connection.closed


def is_refused(row: Row, peer: Peer, i: int) -> None:
    error = peer.fails(ENHANCE_YOUR_CALM, row.unit(peer, i))
    assert isinstance(error, LimitExceededError)
    assert error.limit == row.limit
    assert row.limit in str(error)


@pytest.mark.parametrize(("row", "api"), cases(ROWS))
def test_the_default_limit(row: Row, api: str) -> None:
    peer = row.start(Clock(), APIS[api])
    passes, code, limit = runs_into(row, api)
    send(row, peer, passes)
    if not limit:
        assert not isinstance(peer.fails(code, row.unit(peer, passes)), LimitExceededError)
        return
    if passes:
        expected = passes if row.counter is None else row.counter
        assert peer.connection.counters[limit] == expected
    is_refused(row, peer, passes)


@pytest.mark.parametrize(("row", "api"), over_limits(ROWS))
def test_another_limit(row: Row, api: str) -> None:
    peer = row.start(Clock(), APIS[api], **{row.limit: row.smaller})
    if row.name == "large_settings":  # more is asked for than by default
        send(row, peer, 100)
        assert peer.connection.counters[row.limit] == 33
        return
    send(row, peer, row.fewer)
    is_refused(row, peer, row.fewer)


REFILLED = [row for row in ROWS if isinstance(row.smaller, tuple)]


@pytest.mark.parametrize(("row", "api"), over_limits(REFILLED))
def test_time_gives_back(row: Row, api: str) -> None:
    """At a rate of 10 a second, 0.5 s are five of them."""
    clock = Clock()
    peer = row.start(clock, APIS[api], **{row.limit: (row.smaller[0], 10)})
    send(row, peer, row.fewer)
    clock.seconds += 0.5
    for i in range(row.fewer, row.fewer + 5):
        peer.connection.receive(row.unit(peer, i))
        peer.sent()
    is_refused(row, peer, row.fewer + 5)


@pytest.mark.parametrize(("row", "api"), over_limits([row for row in ROWS if not row.drained]))
def test_taking_the_output_makes_room(row: Row, api: str) -> None:
    peer = row.start(Clock(), APIS[api])
    for i in range(3 * row.passes):
        peer.connection.receive(row.unit(peer, i))
        if i % row.passes == row.passes - 1:
            peer.sent()
    assert not peer.connection.closed


@pytest.mark.parametrize(("row", "api"), cases(ROWS))
def test_little_is_written_whatever_comes(row: Row, api: str) -> None:
    """Nobody takes the output, and it stays below 64 KiB; so does what the connection holds below
    2 MiB."""
    peer = row.start(Clock(), APIS[api])
    for i in range(row.passes):
        if peer.connection.closed:
            break  # nobody took the output
        with contextlib.suppress(RemoteProtocolError):
            peer.connection.receive(row.unit(peer, i))
        assert sys.getsizeof(peer.connection) < 1 << 19
    assert len(peer.connection.output()) <= 1 << 16


@pytest.mark.parametrize(("row", "api"), cases([*ROWS, *OTHERS]))
def test_the_same_happens_however_an_attack_is_split(row: Row, api: str) -> None:
    row, wire = brief(row)
    error = play(row, [wire], make=APIS[api]).error
    assert runs_into(row, api)[2] in error
    assert error or not row.limit
    assert is_the_same(row, wire, APIS[api])


@pytest.mark.parametrize(("row", "api"), cases([*ROWS, *OTHERS]))
def test_memory_that_is_held_is_bounded(row: Row, api: str) -> None:
    assert held(row, wire_of(row)[:300000], APIS[api]) <= 2 << 20


# ---------------------------------------------------------------------------------- header blocks


def sized(octets_more: int) -> list[tuple[str, str]]:
    """A request whose list is 65,536 octets long, and so many more."""
    of_get = sum(32 + len(name) + len(value) for name, value in GET)
    return [*GET, ("x", "v" * (65536 - of_get - 33 + octets_more))]


def in_frames(peer: Peer, block: bytes) -> bytes:
    parts = [block[i : i + 16384] for i in range(0, len(block), 16384)]
    more = [octets(CONTINUATION, 0, 1, part) for part in parts[1:]]
    return octets(HEADERS, END_STREAM, 1, parts[0]) + b"".join(more) + continuation(1, b"")


def test_a_block_of_63_continuations_is_a_request() -> None:
    peer = client_of()
    block = peer.block(GET)
    parts = [block[i : i + 1] for i in range(len(block))]
    frames = [continuation(1, part, end_headers=False) for part in parts[1:-1]]
    frames += [continuation(1, b"\x00\x01a\x01b", end_headers=False)] * (62 - len(frames))
    [event] = peer.accepts(
        octets(HEADERS, END_STREAM, 1, parts[0]),
        *frames[: len(parts) - 2],
        continuation(1, parts[-1], end_headers=False),
        *frames[len(parts) - 1 :],
        continuation(1, b""),
    )
    assert isinstance(event, RequestReceived)
    assert peer.connection.counters["max_continuations"] == 63
    assert peer.connection.counters["max_empty_continuations"] == 0


def test_a_header_list_of_65536_octets() -> None:
    peer = client_of()
    [event] = peer.accepts(in_frames(peer, peer.block(sized(0))))
    assert isinstance(event, RequestReceived)
    assert peer.connection.counters["max_header_list_size"] == 65536
    peer = client_of()
    error = peer.fails(ENHANCE_YOUR_CALM, in_frames(peer, peer.block(sized(1))))
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_header_list_size"


def test_a_header_list_of_another_size() -> None:
    size = sum(32 + len(name) + len(value) for name, value in GET)
    peer = client_of(max_header_list_size=size)
    peer.accepts(peer.headers(1, GET, end_stream=True))
    error = peer.fails(ENHANCE_YOUR_CALM, peer.headers(3, [*GET, ("a", "")], end_stream=True))
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_header_list_size"


def test_references_count_as_what_they_refer_to() -> None:
    """CVE-2016-6581: 17 octets that stand for 64 KiB."""
    peer = client_of()
    big = peer.block([("x", "v" * 4000)])
    error = peer.fails(
        ENHANCE_YOUR_CALM,
        octets(HEADERS, END_STREAM | END_HEADERS, 1, GET_BLOCK + big + b"\xbe" * 17),
    )
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_header_list_size"


@pytest.mark.parametrize("crumb", [("x", ""), ("cookie", "")])
@pytest.mark.parametrize("most", [1000, 20])
def test_fields_of_a_list(most: int, crumb: tuple[str, str]) -> None:
    """Cookies count like others (CVE-2026-49975)."""
    options: dict[str, Any] = {} if most == 1000 else {"max_header_fields": most}
    fields = [*GET, *[crumb] * (most - 4)]
    peer = client_of(**options)
    peer.accepts(peer.headers(1, fields, end_stream=True))
    assert peer.connection.counters["max_header_fields"] == most
    error = peer.fails(ENHANCE_YOUR_CALM, peer.headers(3, [*fields, crumb], end_stream=True))
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_header_fields"


def test_interim_responses_together_have_one_list_size() -> None:
    peer = server_of()
    peer.connection.request(GET)
    long = peer.headers(1, [(":status", "103"), ("link", "v" * 16000)])
    peer.accepts(long * 4)
    error = peer.fails(ENHANCE_YOUR_CALM, long)
    assert isinstance(error, LimitExceededError)
    assert error.limit == "max_interim"


# RFC 7541 section 5.1: at most five octets behind the prefix, and 2^31 - 1.
INTEGERS = {
    "five octets": (b"\x0f\x80\x80\x80\x80\x00\x01x", None),
    "six octets": (b"\x0f\x80\x80\x80\x80\x80\x00\x01x", "too long"),
    "2^31 - 1": (b"\x00\x7f\x80\xff\xff\xff\x07", "ends inside a string"),
    "2^31": (b"\x00\x7f\x81\xff\xff\xff\x07", "too large"),
    "ff and more": (b"\xff" * 40, "too l"),
    "2^64 and more": (b"\xff" + b"\xff" * 9 + b"\x01", "too l"),
    # Section 4.2.
    "two size updates": (b"\x20\x3f\xe1\x1f" + GET_BLOCK, None),
    "three size updates": (b"\x20" * 3 + GET_BLOCK, "too many table size updates"),
    "a thousand size updates": (b"\x20" * 1000, "too many table size updates"),
    "a size update too large": (b"\x3f\xe2\x1f", "larger than the setting allows"),
    # Section 5.2.
    "padding of ones": (GET_BLOCK + b"\x00\x01x\x81\x1f", None),
    "padding of zeros": (GET_BLOCK + b"\x00\x01x\x81\x18", "inside a Huffman code"),
    "eight ones": (GET_BLOCK + b"\x00\x01x\x82\x1f\xff", "inside a Huffman code"),
    "EOS": (GET_BLOCK + b"\x00\x01x\x84\xff\xff\xff\xff", "EOS"),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_hpack_integers_updates_and_codes(name: str) -> None:
    block, said = INTEGERS[name]
    peer = client_of()
    if said is None:
        if not block.endswith(GET_BLOCK) and not block.startswith(GET_BLOCK):
            block = GET_BLOCK + block
        [event] = peer.accepts(octets(HEADERS, END_STREAM | END_HEADERS, 1, block))
        assert isinstance(event, RequestReceived)
    else:
        error = peer.fails(COMPRESSION_ERROR, octets(HEADERS, END_STREAM | END_HEADERS, 1, block))
        assert said in str(error)


@pytest.mark.parametrize("most", [4096, 0, 100, 65536])
def test_the_encoders_table_is_ours_to_choose(most: int) -> None:
    """The peer offers 2^32 - 1 octets of its memory; we would need as much."""
    options: dict[str, Any] = {} if most == 4096 else {"max_encoder_table_size": most}
    peer = client_of(own_settings=[(HEADER_TABLE_SIZE, 2**32 - 1)], **options)
    before = sys.getsizeof(peer.connection)
    for i in range(3000):
        peer.connection.receive(opening(i, end_stream=True))
        peer.connection.respond(2 * i + 1, [*OK, (f"x-name-{i}", f"value {i}")])
        for frame in peer.sent():
            if frame.type == HEADERS:  # the decoder of the peer has any size
                peer.decoder.max_allowed_table_size = 2**32 - 1
                assert peer.decode(frame)[1] == (f"x-name-{i}", f"value {i}")
    size = peer.connection.counters["max_encoder_table_size"]
    assert most - 100 < size <= most
    assert sys.getsizeof(peer.connection) - before < 8 * most + 32768


# -------------------------------------------------------------------------- windows and settings


def test_unknown_settings_are_told_of_and_not_kept() -> None:
    peer = client_of()
    entries = [(0xAA00 + i, i) for i in range(32)]
    before = sys.getsizeof(peer.connection)
    for _ in range(10):
        [event] = peer.accepts(settings(*entries))
        assert isinstance(event, SettingsReceived)
        assert event.settings == entries
    assert sys.getsizeof(peer.connection) == before


def test_fair_window_updates_grow_with_what_is_sent() -> None:
    peer = client_of(max_glitches=(1, 0))
    for i in range(3):
        peer.accepts(peer.headers(2 * i + 1, POST))
    peer.connection.respond(1, OK, b"a", end_stream=False)
    peer.connection.send_data(1, b"b")
    fair = 5 + 2 * (3 + 10 * 2)
    assert [frame.type for frame in peer.sent()] == [HEADERS, DATA, DATA]
    assert peer.connection.counters["fair_window_updates"] == fair
    peer.accepts(window_update(1) * fair)
    assert peer.connection.counters["window_updates"] == fair
    assert peer.connection.counters["max_glitches"] == 0
    peer.accepts(window_update(0))
    assert peer.connection.counters["max_glitches"] == 1
    assert isinstance(peer.fails(ENHANCE_YOUR_CALM, window_update(0)), LimitExceededError)


def test_toggled_windows_are_right_in_the_end() -> None:
    """Section 6.9.2: also negative ones, on all streams."""
    peer = client_of(max_concurrent_streams=300)
    for i in range(200):
        peer.accepts(opening(i))
        peer.connection.respond(2 * i + 1, OK, b"x" * i, end_stream=False)
    peer.sent()
    for size in (0, LARGEST, 0, 10, 100):
        peer.accepts(settings((INITIAL_WINDOW_SIZE, size)))
        for i in (0, 50, 199):
            assert peer.connection.send_window(2 * i + 1) == min(
                size - i, peer.connection.send_window(0)
            )


WINDOWS = {
    "connection": (window_update(0, LARGEST - 65535), window_update(0), False),
    "stream": (window_update(1, LARGEST - 65535), window_update(1), True),
    "setting": (
        window_update(1, 100) + settings((INITIAL_WINDOW_SIZE, LARGEST - 100)),
        settings((INITIAL_WINDOW_SIZE, LARGEST - 99)),
        False,
    ),
    "setting above 2^31 - 1": (
        settings((INITIAL_WINDOW_SIZE, LARGEST)),
        settings((INITIAL_WINDOW_SIZE, LARGEST + 1)),
        False,
    ),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_do_not_overflow(name: str) -> None:
    passes, fails, on_stream = WINDOWS[name]
    peer = client_of()
    peer.accepts(peer.headers(1, POST), passes)
    if on_stream:
        assert peer.resets(1, FLOW_CONTROL_ERROR, fails)
    else:
        peer.fails(FLOW_CONTROL_ERROR, fails)


def test_what_waits_for_a_closed_window_is_visible_and_bounded() -> None:
    """CVE-2016-1546, CVE-2019-9517."""
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)], max_queued=100000)
    for i in range(2):
        peer.accepts(opening(i))
        peer.connection.respond(2 * i + 1, OK, bytes(50000), end_stream=False)
    assert peer.connection.total_queued == 100000
    assert peer.connection.counters["max_queued"] == 100000
    assert peer.connection.queued(1) == 50000
    with pytest.raises(QueueFullError, match="max_queued"):
        peer.connection.send_data(1, b"x")
    assert peer.connection.total_queued == 100000
    assert [frame.type for frame in peer.sent()] == [HEADERS]


def test_the_default_of_what_may_wait_is_64_mib() -> None:
    peer = client_of(own_settings=[(INITIAL_WINDOW_SIZE, 0)])
    peer.accepts(opening(0))
    peer.connection.respond(1, OK, bytes(64 << 20), end_stream=False)
    with pytest.raises(QueueFullError):
        peer.connection.send_data(1, b"x")


# ---------------------------------------------------------------------------------------- streams


def test_streams_beyond_the_100_that_may_be_open_are_refused() -> None:
    peer = client_of()
    fill_streams(peer)
    assert peer.connection.counters["max_concurrent_streams"] == 100
    peer.resets(201, REFUSED_STREAM, peer.headers(201, POST))
    peer.accepts(rst_stream(1), opening(101))


@pytest.mark.parametrize("stream_id", [1, 2, 2**31 - 1])
def test_a_reset_of_an_idle_stream_ends_the_connection(stream_id: int) -> None:
    client_of().fails(PROTOCOL_ERROR, rst_stream(stream_id))
    server_of().fails(PROTOCOL_ERROR, rst_stream(stream_id))


def test_an_empty_name_is_a_stream_error() -> None:
    peer = client_of()
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [*GET, ("", "x")], end_stream=True))


def test_idle_streams_with_a_priority_count_as_streams() -> None:
    """RFC 9218 section 7.1."""

    def prioritized(i: int) -> bytes:
        return octets(PRIORITY_UPDATE, 0, 0, (2 * i + 1).to_bytes(4, "big") + b"u=1")

    peer = client_of(max_concurrent_streams=30)
    peer.accepts(*map(prioritized, range(30)))
    peer.fails(PROTOCOL_ERROR, prioritized(30))


def test_priorities_of_idle_streams_have_a_ceiling() -> None:
    peer = client_of(max_concurrent_streams=2**31, max_glitches=(2**31, 0))
    frames = [
        octets(PRIORITY_UPDATE, 0, 0, (2 * i + 1).to_bytes(4, "big") + b"u=1") for i in range(10001)
    ]
    before = sys.getsizeof(peer.connection)
    peer.accepts(*frames[:-1])
    peer.fails(PROTOCOL_ERROR, frames[-1])
    # Twelve octets each, in a table that doubles.
    assert sys.getsizeof(peer.connection) - before <= 1 << 18


def test_closed_streams_take_two_bits_and_32_kib_at_most() -> None:
    peer = client_of(max_resets=(2**32 - 1, 0))
    frames = [rapid_reset(peer, i) for i in range(200000)]
    peer.connection.receive(b"".join(frames[:10]))
    few = sys.getsizeof(peer.connection)
    for i in range(10, len(frames), 1000):
        peer.connection.receive(b"".join(frames[i : i + 1000]))
        if i == 15010:
            assert sys.getsizeof(peer.connection) - few <= 16384 // 4
    # A half of the 32 KiB is for streams that we open.
    assert sys.getsizeof(peer.connection) - few <= 16384
    peer.accepts(rst_stream(2 * 200000 - 1))


# ----------------------------------------------------------------------------- frames, and the end


@pytest.mark.parametrize("size", [16385, 2**24 - 1])
def test_an_oversize_frame_is_refused_by_its_header(size: int) -> None:
    peer = client_of()
    peer.accepts(header(16384, 0xBB, 0, 0) + bytes(16384))
    before = sys.getsizeof(peer.connection)
    head = header(size, DATA, 0, 0)
    assert peer.accepts(head[:8]) == []
    peer.fails(FRAME_SIZE_ERROR, head[8:])
    assert sys.getsizeof(peer.connection) - before < 2048


def test_the_size_of_frames_is_an_option() -> None:
    peer = client_of(max_frame_size=20000)
    assert isinstance(peer.accepts(octets(0xBB, 0, 0, bytes(20000)))[0], UnknownFrameReceived)
    peer.fails(FRAME_SIZE_ERROR, header(20001, 0xBB))


def test_a_block_that_never_ends_is_let_go_when_it_has_ended() -> None:
    peer = client_of()
    before = sys.getsizeof(peer.connection)
    block = GET_BLOCK + b"\x00\x01x\x7f\xe1\xee\x03" + b"v" * 63456
    assert isinstance(peer.accepts(in_frames(peer, block))[0], RequestReceived)
    peer.accepts(octets(PING, 0, 0, bytes(8)))
    assert sys.getsizeof(peer.connection) - before < 16384


@pytest.mark.parametrize("client", [False, True])
def test_use_after_a_fatal_error(client: bool) -> None:
    peer = server_of() if client else client_of()
    if client:
        peer.connection.request(POST, end_stream=False)
        peer.sent()
    else:
        peer.accepts(peer.headers(1, POST))
    error = peer.fails(PROTOCOL_ERROR, octets(PING, 0, 1, bytes(8)))
    for wire in (b"", b"\0", PREFACE, settings(), bytes(1000), octets(HEADERS, 5, 3, GET_BLOCK)):
        with pytest.raises(RemoteProtocolError) as again:
            peer.connection.receive(wire)
        assert (str(again.value), again.value.events) == (str(error), [])
    for call in (
        lambda: peer.connection.request(GET),
        lambda: peer.connection.respond(1, OK),
        lambda: peer.connection.send_data(1, b"x"),
        lambda: peer.connection.reset(1),
        lambda: peer.connection.ping(bytes(8)),
        lambda: peer.connection.update_settings(max_frame_size=20000),
        peer.connection.go_away,
        lambda: peer.connection.open_window(0, 1),
        lambda: peer.connection.acknowledge(1, 0),
        lambda: peer.connection.push(1, GET),
        lambda: peer.connection.send_origin([b"https://a"]),
    ):
        with pytest.raises(LocalProtocolError):
            call()
    assert peer.sent() == []


@pytest.mark.parametrize("fault", [octets(0xBB, 0, 0, bytes(16385)), octets(PING, 0, 1, bytes(8))])
@pytest.mark.parametrize("api", APIS)
def test_who_goes_on_after_a_fatal_error_is_not_remembered(api: str, fault: bytes) -> None:
    peer = client_of(make=APIS[api])
    wire = fault * (16384 // len(fault) + 1)
    tracemalloc.start()
    try:
        for _ in range(300):
            with pytest.raises(RemoteProtocolError):
                peer.connection.receive(wire)
        assert tracemalloc.get_traced_memory()[0] < 1 << 19
    finally:
        tracemalloc.stop()
    assert [frame.type for frame in peer.sent()] == [GOAWAY]


def test_the_default_limits_of_a_client_are_those_of_a_server() -> None:
    """But for what only one of them can meet."""
    for row in ROWS:
        if row.limit in ("max_glitches", "max_empty_data", "max_unsent_answers") and (
            row.before.__name__ == "nothing"
            and "altsvc" not in row.name
            and "priority_update" not in row.name
            and "origin" not in row.name
        ):
            peer = server_of(clock=Clock())
            send(row, peer, row.passes)
            is_refused(row, peer, row.passes)


def test_an_honest_exchange_leaves_the_counters_at_nothing() -> None:
    peer = client_of()
    peer.accepts(peer.headers(1, POST), data(1, b"content", end_stream=True))
    peer.connection.respond(1, OK, b"content")
    frames = peer.sent()
    assert [frame.type for frame in frames] == [HEADERS, DATA]
    counters = peer.connection.counters
    assert counters.pop("max_header_list_size") == sum(32 + len(n) + len(v) for n, v in POST)
    assert counters.pop("max_header_fields") == 4
    assert counters.pop("fair_window_updates") == 27
    assert counters.pop("max_encoder_table_size") == 0
    assert set(counters.values()) == {0}


def test_events_before_a_limit_are_not_lost() -> None:
    peer = client_of(max_resets=(1, 0))
    frames = rapid_reset(peer, 0) + opening(1, end_stream=True) + rst_stream(3)
    with pytest.raises(LimitExceededError) as caught:
        peer.connection.receive(frames)
    kinds = [type(event) for event in caught.value.events]
    assert kinds == [RequestReceived, StreamReset, RequestReceived]


def test_a_response_with_a_limit_of_its_own_is_taken() -> None:
    """A client has the same limits on lists."""
    peer = server_of(max_header_fields=3)
    peer.connection.request(GET)
    peer.sent()
    [event] = peer.accepts(peer.headers(1, [*OK, ("a", "b"), ("c", "d")]))
    assert isinstance(event, ResponseReceived)
    trailers = peer.headers(1, [("a", "b")] * 4, end_stream=True)
    assert isinstance(peer.fails(ENHANCE_YOUR_CALM, trailers), LimitExceededError)
