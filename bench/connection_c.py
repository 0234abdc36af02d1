"""The connection engine in C against nghttp2's session, in a C program: no Python is in what is
measured. Both are driven alike.

The program, ``bench/c/connection``, is given the script of `exchange` in a file of 32-bit
little-endian numbers and octets. A string is its length and its octets, a list its length and its
items:

    request, response: lists of names and values; content of the response; what the client and
    what the server send first; requests at once; turns that warm; turns: requests, responses
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from bench import exchange
from bench.c_program import Program, find_nghttp2, running
from bench.contest import OURS, Contest

CORE = (
    "huffman", "hpack_table", "hpack_index", "hpack_encoder", "hpack_decoder", "frame", "fields",
    "settings", "stream_state", "streams", "output", "connection", "receive", "header_block",
    "send", "outbound",
)  # fmt: skip
OPERATIONS = ("server", "client")
SESSIONS = (OURS, "nghttp2")


def _number(number: int) -> bytes:
    return struct.pack("<I", number)


def _string(octets: bytes) -> bytes:
    return _number(len(octets)) + octets


def _fields(fields: exchange.Fields) -> Iterator[bytes]:
    yield _number(len(fields))
    for name, value in fields:
        yield _string(name) + _string(value)


def _serialized(script: exchange.Script) -> Iterable[bytes]:
    yield from _fields(exchange.REQUEST)
    yield from _fields(exchange.RESPONSE)
    yield _string(exchange.BODY)
    yield _string(script.client_start) + _string(script.server_start)
    yield _number(script.at_once) + _number(len(script.warm)) + _number(len(script.turns))
    for turn in script.turns:
        yield _string(turn.requests) + _string(turn.responses)


_checked: set[str] = set()


def _check(program: Program, data: str) -> None:
    """What both send is what it should be; that they read that too, the program checks itself."""
    checks = {"server": exchange.check_server_output, "client": exchange.check_client_output}
    for operation, check in checks.items():
        for session in SESSIONS:
            start, *outputs = program.ask(operation, session, "show").split()
            check(data, bytes.fromhex(start), [bytes.fromhex(output) for output in outputs])


@contextmanager
def start(data: str) -> Iterator[Program]:
    library = find_nghttp2()
    octets = b"".join(_serialized(exchange.script(data)))
    name = f"{data.replace(' ', '-')}.exchange"
    with running("connection", CORE, name, octets, library) as program:
        if data not in _checked:
            _check(program, data)
            _checked.add(data)
        yield program


def contest(program: Program, operation: str, data: str) -> Contest:
    contestants = {session: partial(program.time, operation, session) for session in SESSIONS}
    return Contest("C", operation, data, "request", exchange.TIMED, contestants)
