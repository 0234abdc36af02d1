"""The other side of a connection, by hand: what it sends is built with hpack and tests.octets, and
what the connection sends is read without h2fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import hpack
import pytest

from h2fast import Connection
from h2fast.events import Event
from h2fast.exceptions import RemoteProtocolError
from tests.octets import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    octets,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 0x01, 0x01, 0x04, 0x08, 0x20

# Section 7.
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT = range(5)
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = range(5, 10)
CONNECT_ERROR, ENHANCE_YOUR_CALM = 10, 11

# Section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1.
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = range(1, 5)
MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE, ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES = 5, 6, 8, 9

Fields = Sequence[tuple[str, str]]

GET = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]
POST = [(":method", "POST"), *GET[1:]]
HEAD = [(":method", "HEAD"), *GET[1:]]
CONNECT = [(":method", "CONNECT"), (":authority", "a.example:443")]
OK = [(":status", "200")]
EARLY_HINTS = [(":status", "103"), ("link", "</style.css>; rel=preload")]
TRAILERS = [("checksum", "abc")]


class Wire(NamedTuple):
    """A frame as it goes over the wire."""

    type: int
    flags: int
    stream_id: int
    payload: bytes

    @property
    def number(self) -> int:
        """The first four octets of the payload: an error code, an increment, a last stream."""
        return int.from_bytes(self.payload[:4], "big")


def read_frames(data: bytes) -> list[Wire]:
    """Section 4.1. All of it has to be whole frames."""
    frames, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 3], "big")
        stream_id = int.from_bytes(data[at + 5 : at + 9], "big")
        payload = data[at + 9 : at + 9 + length]
        assert len(payload) == length
        frames.append(Wire(data[at + 3], data[at + 4], stream_id, payload))
        at += 9 + length
    return frames


def settings(*entries: tuple[int, int]) -> bytes:
    payload = b"".join(i.to_bytes(2, "big") + v.to_bytes(4, "big") for i, v in entries)
    return octets(SETTINGS, 0, 0, payload)


SETTINGS_ACK = octets(SETTINGS, ACK, 0)


def data(stream_id: int, content: bytes = b"", end_stream: bool = False) -> bytes:
    return octets(DATA, END_STREAM if end_stream else 0, stream_id, content)


def padded_data(stream_id: int, content: bytes, padding: int) -> bytes:
    return octets(DATA, PADDED, stream_id, bytes([padding]) + content + bytes(padding))


def rst_stream(stream_id: int, error_code: int = CANCEL) -> bytes:
    return octets(RST_STREAM, 0, stream_id, error_code.to_bytes(4, "big"))


def window_update(stream_id: int, increment: int = 1) -> bytes:
    return octets(WINDOW_UPDATE, 0, stream_id, increment.to_bytes(4, "big"))


def priority(stream_id: int, depends_on: int = 0, weight: int = 15) -> bytes:
    return octets(PRIORITY, 0, stream_id, depends_on.to_bytes(4, "big") + bytes([weight]))


def goaway(last_stream_id: int, error_code: int = NO_ERROR, debug: bytes = b"") -> bytes:
    payload = last_stream_id.to_bytes(4, "big") + error_code.to_bytes(4, "big") + debug
    return octets(GOAWAY, 0, 0, payload)


def continuation(stream_id: int, fragment: bytes, end_headers: bool = True) -> bytes:
    return octets(CONTINUATION, END_HEADERS if end_headers else 0, stream_id, fragment)


class Peer:
    """A peer of ``connection``, which has the other role; both prefaces and their acknowledgements
    are exchanged unless told otherwise."""

    def __init__(
        self,
        connection: Connection,
        *,
        client: bool,
        handshake: bool = True,
        own_settings: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.connection = connection
        self.client = client
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.unread = b""
        if handshake:
            preface = PREFACE if client else b""
            connection.receive(preface + settings(*own_settings) + SETTINGS_ACK)
            self.sent()

    # ------------------------------------------------------------------- what it sends

    def block(self, fields: Fields) -> bytes:
        return self.encoder.encode(fields, huffman=False)

    def headers(
        self, stream_id: int, fields: Fields, end_stream: bool = False, flags: int = END_HEADERS
    ) -> bytes:
        ends = END_STREAM if end_stream else 0
        return octets(HEADERS, flags | ends, stream_id, self.block(fields))

    def promise(self, stream_id: int, promised: int, fields: Fields = GET) -> bytes:
        payload = promised.to_bytes(4, "big") + self.block(fields)
        return octets(PUSH_PROMISE, END_HEADERS, stream_id, payload)

    # ---------------------------------------------------------------- what it receives

    def sent(self) -> list[Wire]:
        """The frames that the connection has sent since the last call."""
        taken = bytearray()
        while part := self.connection.output():
            taken += part
        return read_frames(bytes(taken).removeprefix(b"" if self.client else PREFACE))

    def decode(self, frame: Wire) -> list[tuple[str, str]]:
        """The fields of a block that is in one frame, without padding and priority."""
        block = frame.payload[4:] if frame.type == PUSH_PROMISE else frame.payload
        return [(str(name), str(value)) for name, value in self.decoder.decode(block)]

    # ------------------------------------------------------------------- what happens

    def accepts(self, *parts: bytes) -> list[Event]:
        """The events of octets that are right: nothing is reset, and the connection goes on."""
        events = self.connection.receive(b"".join(parts))
        faults = [frame for frame in self.sent() if frame.type in (RST_STREAM, GOAWAY)]
        assert faults == []
        assert not self.connection.closed
        return events

    def resets(self, stream_id: int, error_code: int, *parts: bytes) -> list[Event]:
        """The events of octets that are a fault of one stream (section 5.4.2)."""
        events = self.connection.receive(b"".join(parts))
        faults = [frame for frame in self.sent() if frame.type in (RST_STREAM, GOAWAY)]
        assert faults == [(RST_STREAM, 0, stream_id, error_code.to_bytes(4, "big"))]
        assert not self.connection.closed
        return events

    def fails(self, error_code: int, *parts: bytes) -> RemoteProtocolError:
        """The error of octets that are a fault of the connection (section 5.4.1): there is one
        GOAWAY, it is the last frame, and the error stays."""
        with pytest.raises(RemoteProtocolError) as caught:
            self.connection.receive(b"".join(parts))
        frames = self.sent()
        assert [frame for frame in frames if frame.type == GOAWAY] == frames[-1:]
        assert frames[-1].payload[4:8] == error_code.to_bytes(4, "big")
        assert caught.value.error_code == error_code
        assert self.connection.closed
        with pytest.raises(RemoteProtocolError) as again:
            self.connection.receive(settings())
        assert str(again.value) == str(caught.value)
        assert self.sent() == []
        return caught.value


def client_of(
    *,
    handshake: bool = True,
    own_settings: Iterable[tuple[int, int]] = (),
    make: Any = Connection,
    **options: Any,
) -> Peer:
    """The client of a server that is tested, and made like a Connection."""
    server = make(**options)
    return Peer(server, client=True, handshake=handshake, own_settings=own_settings)


def server_of(
    *, handshake: bool = True, own_settings: Iterable[tuple[int, int]] = (), **options: Any
) -> Peer:
    """The server of a client that is tested."""
    client = Connection(client=True, **options)
    return Peer(client, client=False, handshake=handshake, own_settings=own_settings)
