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
