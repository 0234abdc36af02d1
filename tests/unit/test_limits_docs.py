"""The numbers in the tables of limits of docs/aio.md, connection.md and hpack.md are those that are
in force. docs/security.md has a test of its own, which compares it with the core."""

from __future__ import annotations

import asyncio
import inspect
import pkgutil
import re
from collections.abc import Coroutine
from importlib import import_module
from typing import Any

import pytest

import h2fast.aio
from h2fast import Connection
from h2fast.aio import Reply, Request, connect, serve
from h2fast.aio.server import BEGUN_MEANWHILE
from h2fast.hpack import Decoder, Encoder
from tests.aio_peers import HOST, Peer, Run, port_of, raw_client, raw_server, serving, until
from tests.conftest import ROOT
from tests.unit.test_security_docs import CONSTANTS, OPTIONS

UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20}


def rows(page: str, pattern: str) -> list[Any]:
    found = re.findall(pattern, (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert found, page
    return found


def numbers(cell: str) -> list[int]:
    """Those that are in a cell of a table, in octets."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", cell)
    return [
        int(number) * UNITS[unit]
        for number, unit in re.findall(
            r"\b(\d+)\b(?: (KiB|MiB))?", text.replace("2^31 - 1", f"{2**31 - 1}")
        )
    ]


# ----------------------------------------------------------------------------------- connection.md

OF_CONNECTIONS = rows("connection.md", r"^\| `(max_\w+)` \| ([^|]+) \|")


@pytest.mark.parametrize(("option", "cell"), OF_CONNECTIONS)
def test_defaults_of_connections(option: str, cell: str) -> None:
    default = OPTIONS[option][0]
    assert numbers(cell) == (list(default) if isinstance(default, tuple) else [default])


def test_settings_of_connections() -> None:
    [cell] = rows(
        "connection.md", r"^\| `header_table_size`, `initial_w\w+`, `max_\w+` \| ([^|]+) \|"
    )
    names = ("header_table_size", "initial_window_size", "max_frame_size")
    client = Connection(client=True)
    client.receive(Connection().output())
    assert numbers(cell) == [client.peer_setting(name) for name in names]


# ---------------------------------------------------------------------------------------- hpack.md

# By what the table names, what is in force in h2fast.hpack; and in C, if that is something else.
OF_HPACK = {
    "H2F_HPACK_MAX_CONTINUATION": [CONSTANTS["H2F_HPACK_MAX_CONTINUATION"]],
    "H2F_HPACK_MAX_INTEGER": [CONSTANTS["H2F_HPACK_MAX_INTEGER"]],
    "Decoder.max_size_updates": [
        Decoder().max_size_updates, CONSTANTS["H2F_HPACK_DEFAULT_MAX_SIZE_UPDATES"],
    ],
    "Decoder.max_allowed_table_size": [Decoder().max_allowed_table_size],
    "Decoder.max_header_list_size": [Decoder().max_header_list_size],
    "Decoder.max_header_fields": [Decoder().max_header_fields],
    "Encoder.header_table_size_limit": [
        Encoder().header_table_size_limit, CONSTANTS["H2F_HPACK_DEFAULT_TABLE_SIZE"],
    ],
}  # fmt: skip


def test_limits_of_hpack() -> None:
    stated = rows("hpack.md", r"^\| [^|]+ \| ([^|]+) \| `([\w.]+)` \| [^|]+ \|$")
    assert {name: numbers(cell) for cell, name in stated} == OF_HPACK


# ------------------------------------------------------------------------------------------ aio.md

OF_AIO = {(what, where): cell for what, cell, where in
          rows("aio.md", r"^\| ([^|`]+) \| ([^|`]*\d[^|`]*) \| ([^|]*) ?\|$")}  # fmt: skip
MODULES = [
    import_module(f"h2fast.aio.{module.name}")
    for module in pkgutil.iter_modules(h2fast.aio.__path__)
]


def first_number(where: str) -> set[int]:
    """Of each row that names a place."""
    return {numbers(cell)[0] for (_, places), cell in OF_AIO.items() if f"`{where}" in places}


@pytest.mark.parametrize("name", re.findall(r"`([A-Z_]+)`", "".join(where for _, where in OF_AIO)))
def test_constants_of_aio(name: str) -> None:
    assert first_number(name) == {vars(module)[name] for module in MODULES if name in vars(module)}


def test_time_limits_of_aio() -> None:
    for function, name in (
        (serve, "idle_timeout"),
        (serve, "stall_timeout"),
        (connect, "stall_timeout"),
    ):
        assert first_number(name) == {inspect.signature(function).parameters[name].default}
    handshake = import_module("h2fast.aio.server").HANDSHAKE_TIME
    assert first_number('listen={"ssl_handshake_timeout"') == {handshake}


def windows_and_streams(connection: Connection) -> list[int]:
    """What the peer of a connection lets it send, and how many streams it may open."""
    setting = connection.peer_setting
    return [
        setting("initial_window_size"),
        connection.send_window(0),
        setting("max_concurrent_streams"),
    ]


def test_windows_and_streams_of_aio(run: Run) -> None:
    of_server, of_client = [], []

    async def listen(peer: Peer) -> None:
        await peer.settle()
        of_client.extend(windows_and_streams(peer.connection))

    async def main() -> None:
        async with serving(lambda _: Reply()) as port, raw_client(port) as peer:
            await peer.settle()
            of_server.extend(windows_and_streams(peer.connection))
        async with raw_server(listen) as port, await connect(HOST, port):
            await until(lambda: of_client)

    run(main())
    [streams] = first_number("max_concurrent_streams")
    [windows] = [
        numbers(cell) for (_, where), cell in OF_AIO.items() if "connection_window" in where
    ]
    assert of_server == [*windows[:2], streams]
    assert of_client[:2] == windows[2:]


def test_as_many_requests_are_begun_while_the_client_takes_nothing_as_the_page_says(
    run: Run,
) -> None:
    begun = 0
    end = asyncio.Event()

    def handler(request: Request) -> Coroutine[Any, Any, Reply]:
        nonlocal begun
        begun += 1
        return answer()

    async def answer() -> Reply:
        await end.wait()
        return Reply()

    async def main() -> None:
        server = await serve(handler, HOST, 0)
        async with server, raw_client(port_of(server)) as peer:
            await peer.settle()
            [endpoint] = server.endpoints
            endpoint.pause_writing()
            for _ in range(BEGUN_MEANWHILE + 8):
                peer.request()
            await until(lambda: endpoint.connection.open_inbound_streams == BEGUN_MEANWHILE + 8)
            assert {begun} == first_number("BEGUN_MEANWHILE") == {BEGUN_MEANWHILE}
            endpoint.resume_writing()
            assert begun == BEGUN_MEANWHILE + 8
            end.set()
            await peer.settle()

    run(main())
