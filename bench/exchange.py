"""What is exchanged, and the octets of it, as h2 4.4.1 makes them on both sides.

The side that is measured has no peer that runs: it is fed what h2 sent in its place, so all of
them read the same octets and nobody's peer is part of what is measured. What it sends is read by h2
in a check before.

A request has nine header fields, its answer seven and 1 KiB of content. The connection has seen
WARM exchanges before, so all fields are in the tables, and the fields of a message are nine and
seven octets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from bench.contest import MissingError

Fields = list[tuple[bytes, bytes]]

REQUEST: Fields = [
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":authority", b"www.example.com"),
    (b":path", b"/index.html?x=1"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"accept-language", b"en-US,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"cookie", b"session=0123456789abcdef0123456789abcdef"),
]
RESPONSE: Fields = [
    (b":status", b"200"),
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-length", b"1024"),
    (b"date", b"Mon, 21 Oct 2024 20:13:21 GMT"),
    (b"server", b"example"),
    (b"cache-control", b"max-age=3600"),
    (b"etag", b'"abcdef0123456789"'),
]
BODY = bytes(range(256)) * 4

WARM = 100  # exchanges before those that are measured
TIMED = 400
DATA_SETS = {"one at a time": 1, "100 at once": 100}  # requests in a read

LARGE = 2**31 - 1  # a window
PIECE = bytes(range(256)) * 64  # 16 KiB of content: a frame


@dataclass(frozen=True)
class Turn:
    """What is read at once."""

    requests: bytes
    responses: bytes


@dataclass(frozen=True)
class Script:
    """All that both sides send."""

    at_once: int
    client_start: bytes  # preface, settings, windows, and the acknowledgement
    server_start: bytes
    turns: tuple[Turn, ...]

    @property
    def warm(self) -> tuple[Turn, ...]:
        return self.turns[: WARM // self.at_once]

    @property
    def timed(self) -> tuple[Turn, ...]:
        return self.turns[WARM // self.at_once :]


def oracle(*, client: bool, module: str = "h2", make: Callable[[Any], Any] | None = None) -> Any:
    """An h2 connection that lets its peer send as much as there is. It has sent its preface.

    :param make: makes it from a configuration, if it is not to be an H2Connection itself.
    """
    try:
        h2 = import_module(f"{module}.connection")
        config = import_module(f"{module}.config").H2Configuration(
            client_side=client, header_encoding=None
        )
        settings = import_module(f"{module}.settings")
    except ImportError as error:
        raise MissingError(f"no {module}: pip install {module}") from error
    connection = (make or h2.H2Connection)(config)
    connection.local_settings = settings.Settings(
        client=client,
        initial_values={
            settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100,
            settings.SettingCodes.INITIAL_WINDOW_SIZE: LARGE,
        },
    )
    connection.initiate_connection()
    connection.increment_flow_control_window(LARGE - 65535)
    return connection


def send_requests(client: Any, count: int) -> bytes:
    for _ in range(count):
        client.send_headers(client.get_next_available_stream_id(), REQUEST, end_stream=True)
    return bytes(client.data_to_send())


def answer(server: Any, octets: bytes) -> bytes:
    for event in server.receive_data(octets):
        if type(event).__name__ == "RequestReceived":
            server.send_headers(event.stream_id, RESPONSE)
            server.send_data(event.stream_id, BODY, end_stream=True)
    return bytes(server.data_to_send())


@cache
def script(data: str) -> Script:
    client, server = oracle(client=True), oracle(client=False)
    client_start, server_start = client.data_to_send(), server.data_to_send()
    client.receive_data(server_start)
    server.receive_data(client_start)
    client_start += client.data_to_send()
    server_start += server.data_to_send()
    server.receive_data(client_start[-9:])  # the acknowledgements
    client.receive_data(server_start[-9:])
    turns = []
    at_once = DATA_SETS[data]
    for _ in range((WARM + TIMED) // at_once):
        requests = send_requests(client, at_once)
        responses = answer(server, requests)
        client.receive_data(responses)
        turns.append(Turn(requests, responses))
    return Script(at_once, client_start, server_start, tuple(turns))


# What a side has sent, read by h2: both raise AssertionError where it is not what it should be.


def check_server_output(data: str, start: bytes, outputs: Iterable[bytes]) -> None:
    """Each request was answered with RESPONSE and BODY."""
    client = oracle(client=True)
    client.receive_data(start)
    answered = 0
    for turn, octets in zip(script(data).turns, outputs, strict=True):
        send_requests(client, DATA_SETS[data])
        headers: list[Fields] = []
        content: dict[int, bytes] = {}
        for event in client.receive_data(octets):
            if type(event).__name__ == "ResponseReceived":
                headers.append([(bytes(name), bytes(value)) for name, value in event.headers])
            elif type(event).__name__ == "DataReceived":
                content[event.stream_id] = content.get(event.stream_id, b"") + event.data
            elif type(event).__name__ == "StreamEnded":
                answered += 1
        assert headers == [RESPONSE] * DATA_SETS[data], (turn, headers)
        assert list(content.values()) == [BODY] * DATA_SETS[data]
    assert answered == WARM + TIMED


def check_client_output(data: str, start: bytes, outputs: Iterable[bytes]) -> None:
    """As many requests as there should be, and each is REQUEST; pseudo-header fields in any
    order."""
    server = oracle(client=False)
    server.receive_data(start)
    for turn, octets in zip(script(data).turns, outputs, strict=True):
        events = server.receive_data(octets)
        requests = [event for event in events if type(event).__name__ == "RequestReceived"]
        ended = {event.stream_id for event in events if type(event).__name__ == "StreamEnded"}
        assert len(requests) == DATA_SETS[data]
        assert ended == {request.stream_id for request in requests}
        for request in requests:
            assert sorted(request.headers) == sorted(REQUEST), (turn, request.headers)
            server.send_headers(request.stream_id, RESPONSE, end_stream=True)
