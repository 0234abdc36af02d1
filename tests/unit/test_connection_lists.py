"""Header lists as a connection takes and gives them, and what it keeps of its output."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from h2fast import Connection
from h2fast.events import RequestReceived

REQUEST = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]


def _received(headers: object) -> list[tuple[bytes, bytes]]:
    client, server = Connection(client=True), Connection()
    client.request(headers)  # type: ignore[arg-type]
    [event, *_] = [e for e in server.receive(client.output()) if isinstance(e, RequestReceived)]
    return event.headers


def test_an_iterator_of_unusual_headers_is_read_once() -> None:
    def headers() -> Iterator[list[bytes]]:
        yield from ([name, value] for name, value in REQUEST)

    assert _received(headers()) == REQUEST


@pytest.mark.parametrize("count", [1, 63, 64, 65, 500])
def test_lists_of_any_length(count: int) -> None:
    more = [(b"name-%d" % n, b"value") for n in range(count)]
    assert _received(REQUEST + more) == REQUEST + more
    assert _received(iter([[name, value] for name, value in REQUEST + more])) == REQUEST + more


def test_headers_are_tuples_that_unpack_fast() -> None:
    assert {type(header) for header in _received(REQUEST)} == {tuple}


def test_a_large_output_buffer_is_given_back() -> None:
    client = Connection(client=True)
    small = sys.getsizeof(client)
    for _ in range(50):
        client.request([*REQUEST, (b"long", b"x" * 10_000)])
    assert len(client.output()) > 300_000
    assert client.output() == b""
    assert sys.getsizeof(client) < small + 64 * 1024


def literals_of(name: int, first: int, value: bytes) -> bytes:
    """A literal with the name of an entry of the dynamic table (RFC 7541 section 6.2)."""
    prefix = 63 if first & 0x40 else 15
    index = bytes([first | prefix, name - prefix]) if name >= prefix else bytes([first | name])
    return index + bytes([len(value)]) + value


STATIC = bytes.fromhex("828784") + b"\x01\x01a"  # a GET
NAME = b"n" * 100
ENTRY = b"\x40\x64" + NAME + b"\x01v"


def request(stream_id: int, block: bytes) -> bytes:
    return len(block).to_bytes(3, "big") + b"\x01\x05" + stream_id.to_bytes(4, "big") + block


def received(*blocks: bytes) -> list[list[tuple[bytes, bytes]]]:
    """The fields behind the pseudo-header fields of requests with these blocks."""
    server = Connection()
    octets = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    octets += b"".join(request(2 * i + 1, block) for i, block in enumerate(blocks))
    events = server.receive(octets)
    return [event.headers[4:] for event in events if isinstance(event, RequestReceived)]


@pytest.mark.parametrize("first", [0x00, 0x10, 0x40])
def test_fields_with_a_name_from_the_table_share_it(first: int) -> None:
    """It may be long, and a reference to it takes two octets."""
    literals = b"".join(literals_of(62, first, b"%d" % i) for i in range(5))
    lists = received(STATIC + ENTRY + literals, STATIC + literals)
    assert [value for _, value in lists[1]] == [b"%d" % i for i in range(5)]
    names = [name for headers in lists for name, _ in headers]
    assert set(names) == {NAME}
    assert len(set(map(id, names))) == 1


def test_a_name_of_an_entry_that_nobody_has_seen_is_shared_too() -> None:
    """The request with the entry is malformed."""
    literals = b"".join(literals_of(62, 0x10, b"%d" % i) for i in range(5))
    refused = STATIC + ENTRY + b"\x00\x01A\x00"
    lists = received(refused, STATIC + literals, STATIC + literals)
    names = [name for headers in lists for name, _ in headers]
    assert names == [NAME] * 10
    assert len(set(map(id, names))) == 1


def test_names_of_entries_that_are_evicted_by_those_that_have_them() -> None:
    """A table of 4096 octets holds one entry of these."""
    names = [b"a" * 4000, b"b" * 4000]
    entries = [b"\x40\x7f\xa1\x1e" + name + b"\x00" for name in names]
    again = literals_of(62, 0x40, b"x") * 2
    lists = received(*[STATIC + entry + again for entry in entries * 2])
    assert lists == [[(name, b""), (name, b"x"), (name, b"x")] for name in names * 2]
    for headers in lists:
        assert len({id(name) for name, _ in headers}) == 1


def test_a_field_that_must_not_be_indexed_is_no_index() -> None:
    """RFC 7541 section 7.1.3: its length would tell whether somebody else has sent the same."""
    client = Connection(client=True)
    client.output()
    sizes = []
    for value in ("hunter2", "hunter3"):
        client.request([*REQUEST, ("x-secret", "hunter2")])
        client.output()
        client.request([*REQUEST, ("x-secret", value, True)])
        sizes.append(len(client.output()))
    assert sizes[0] == sizes[1]
