"""Sixteen threads, each with connections of its own, or all of them with one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from h2fast import Connection
from h2fast.events import DataReceived, RequestReceived, ResponseReceived
from h2fast.hpack import Decoder, Encoder
from tests.h2_pairs import pair as h2_pair
from tests.peers import GET, OK, POST

THREADS = 16


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], None]) -> None:
    """Runs it in all threads at once. Whatever one of them raises comes out."""
    start = threading.Barrier(THREADS)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


def test_connections_of_their_own() -> None:
    def work(number: int) -> None:
        client, server = Connection(client=True), Connection()
        for i in range(50):
            fields = [*GET, ("x-number", f"{number} {i}")]
            stream_id = client.request(fields)
            requests = server.receive(client.output())
            [request] = [event for event in requests if isinstance(event, RequestReceived)]
            assert request.headers[-1] == (b"x-number", f"{number} {i}".encode())
            server.respond(stream_id, OK, bytes([number]) * i)
            events = client.receive(server.output())
            content = [event.data for event in events if isinstance(event, DataReceived)]
            assert b"".join(content) == bytes([number]) * i
            assert sum(isinstance(event, ResponseReceived) for event in events) == 1

    together(work)


def test_h2_connections_of_their_own() -> None:
    def work(number: int) -> None:
        client, server = h2_pair()
        for i in range(20):
            stream_id = client.get_next_available_stream_id()
            client.send_headers(stream_id, [*GET, ("x-number", f"{number} {i}")], end_stream=True)
            request: Any = server.receive_data(client.data_to_send())[0]
            assert request.headers[-1] == (b"x-number", f"{number} {i}".encode())
            server.send_headers(stream_id, OK)
            server.send_data(stream_id, bytes([number]) * i, end_stream=True)
            content: Any = client.receive_data(server.data_to_send())[1]
            assert content.data == bytes([number]) * i

    together(work)


def test_one_connection_of_all() -> None:
    """One call at a time is what the lock of the interpreter, or the connection's, makes of it."""
    client, server = Connection(client=True), Connection(max_concurrent_streams=10000)
    client.receive(server.output())
    taken: list[bytes] = []
    ids: list[int] = []
    taking = threading.Lock()

    def headers(number: int, i: int) -> Iterator[tuple[str, str]]:
        yield from POST
        yield "x-number", f"{number} {i}"

    def work(number: int) -> None:
        for i in range(40):
            stream_id = client.request(headers(number, i), end_stream=False)
            ids.append(stream_id)
            client.send_data(stream_id, bytearray([number]) * 10, end_stream=True)
            client.ping(b"12345678")
            assert client.send_window(0) <= 65535
            assert client.counters["max_queued"] == client.total_queued == 0
            with taking:  # who writes it has to know in which order
                taken.append(client.output())

    together(work)
    taken.append(client.output())
    events = server.receive(b"".join(taken))
    assert sorted(ids) == list(range(1, 2 * 40 * THREADS, 2))
    requests = [event for event in events if isinstance(event, RequestReceived)]
    numbers = {event.headers[-1][1] for event in requests}
    assert numbers == {f"{n} {i}".encode() for n in range(THREADS) for i in range(40)}
    of_stream = {event.stream_id: event.headers[-1][1].split()[0] for event in requests}
    for event in events:
        if isinstance(event, DataReceived):
            assert event.data == bytes([int(of_stream[event.stream_id])]) * 10
            assert event.stream_ended


def test_receiving_in_all_threads() -> None:
    """Whole frames, of which no order is asked."""
    server = Connection()
    client = Connection(client=True)
    server.receive(client.output())
    client.receive(server.output())
    client.output()
    frame = b"\0\0\x08\x06\0\0\0\0\0pingping"
    seen: list[int] = []

    def work(number: int) -> None:
        for _ in range(60):
            seen.append(len(server.receive(frame)))

    together(work)
    assert seen == [1] * 60 * THREADS
    output = server.output()
    assert len(output) == 60 * THREADS * 17


def test_one_encoder_and_decoder_of_all() -> None:
    """Blocks belong together in the order in which they were made."""
    encoder, decoder = Encoder(), Decoder()
    making = threading.Lock()

    def work(number: int) -> None:
        for i in range(60):
            fields = [("x-number", str(number)), (f"x-{i}", "value")]
            with making:
                assert decoder.decode(encoder.encode(fields)) == fields
            assert encoder.header_table_size == 4096

    together(work)
