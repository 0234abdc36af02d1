"""Every allocation of a script fails once, also the interpreter's own: run with
tests/memory/failing.c preloaded, and PYTHONMALLOC=malloc.

    python tests/memory/script.py SCRIPT STEP

A call that raises MemoryError has changed nothing, and is made again; only a connection that could
not receive has ended. No other exception comes out, and nothing is left behind. STEP is 1 for every
allocation, and 7 for each seventh. Prints how many failed.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from h2fast import Connection, events as happened
from h2fast.exceptions import RemoteProtocolError
from h2fast.frames import build_data, build_headers, build_settings, parse_frames
from h2fast.hpack import Decoder, Encoder
from h2fast.hyperframe.frame import DataFrame, Frame, SettingsFrame
from h2fast.priority import PriorityTree

LIBRARY = ctypes.CDLL(None)
LIBRARY.failing_held.restype = ctypes.c_long
LIBRARY.failing_arm.argtypes = [ctypes.c_long]
ACTIVE = ctypes.c_int.in_dll(LIBRARY, "failing_active")

GET = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/")]
OK = [(":status", "200"), ("server", "x")]
CONTENT = b"content" * 1000

T = TypeVar("T")


class Ended(Exception):  # noqa: N818
    """A connection could not receive."""


def fallible(function: Callable[..., T], *arguments: Any) -> T:
    """Memory is short only while h2fast is called: the interpreter is not what is tested."""
    ACTIVE.value = 1
    try:
        return function(*arguments)
    finally:
        ACTIVE.value = 0


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Twice, where there is no memory the first time."""
    try:
        return fallible(function, *arguments)
    except MemoryError:
        pass
    try:
        return function(*arguments)
    except MemoryError:
        raise AssertionError(f"{function} fails again, though there is memory") from None


def receive(connection: Connection, octets: bytes) -> list[Any]:
    try:
        return fallible(connection.receive, octets)
    except MemoryError:
        if not connection.closed:  # it was not even called
            return connection.receive(octets)
    try:
        connection.receive(octets)
    except MemoryError:
        raise Ended from None
    raise AssertionError("a connection goes on amidst of nowhere")


def move(sides: tuple[Connection, Connection]) -> int:
    count = 0
    for _ in range(3):
        for side, other in (sides, sides[::-1]):
            taken = call(side.output)
            for event in receive(other, taken):
                count += 1
                if isinstance(event, happened.DataReceived) and other is sides[1]:
                    call(other.acknowledge, event.stream_id, event.flow_controlled_length)
    return count


def exchange(i: int, sides: tuple[Connection, Connection]) -> int:
    client, server = sides
    fields = [*GET, ("x-number", str(i)), ("x-more", "y" * (i * 7 % 50))]
    stream_id = call(client.request, fields, CONTENT[: i * 300], i % 3 != 0)
    count = move(sides)
    if i % 3 == 0:
        call(client.send_data, stream_id, bytearray(CONTENT))
        call(client.send_headers, stream_id, iter([("checksum", str(i))]), True)
    if i % 4 == 0:
        promised = call(server.push, stream_id, GET)
        call(server.respond, promised, OK, CONTENT)
    call(server.send_headers, stream_id, {":status": "103", "link": str(i)})
    call(server.respond, stream_id, [*OK, ("x-number", str(i))], CONTENT * (i % 5), False)
    call(server.send_data, stream_id, CONTENT * 3)
    call(server.send_headers, stream_id, [("checksum", str(i))], True)
    call(client.ping, b"12345678")
    if i % 5 == 0:
        call(lambda: server.update_settings(initial_window_size=70000 + i))
        call(server.open_window, 0, 1000)
        call(server.send_altsvc, 0, b"https://a", b"h3")
        call(server.send_origin, [b"https://a", "https://b"])
        call(client.update_priority, stream_id, b"u=1")
        call(server.output_buffers) if i == 100 else None
    if i % 6 == 0:
        call(client.reset, stream_id)
    return count + move(sides)


def make(client: bool) -> Connection:
    return call(
        lambda: Connection(
            client, enable_push=int(client), auto_windows=client, max_window=1 << 18,
            clock=lambda: 5.0,
        )
    )  # fmt: skip


def connections(most: int = 500) -> int:
    """A client and a server, until so many events have happened."""
    count, i = 0, 0
    try:
        sides = make(True), make(False)
        while count < most:
            count += exchange(i, sides)
            i += 1
        call(repr, sides[0])
        call(lambda: sides[0].counters)
        call(sides[1].go_away, 0)
        count += move(sides)
        receive(sides[1], b"\0\0\1\6\0\0\0\0\0x")  # which is wrong
    except Ended:
        return count
    except RemoteProtocolError:
        call(sides[1].output)
    return count


def packages() -> int:
    """The drop-in packages, and frames."""
    encoder, decoder = call(Encoder), call(Decoder)
    for i in range(12):
        fields: list[Any] = [*GET, (f"x-{i}", "y" * (30 * i)), ("secret", "x", True)]
        try:
            decoded = fallible(decoder.decode, fallible(encoder.encode, fields))
            assert [tuple(field) for field in decoded] == [field[:2] for field in fields]
        except MemoryError:  # a block may be lost, and then the tables differ for good
            encoder, decoder = call(Encoder), call(Decoder)
        if i == 5:
            encoder.header_table_size = 100
    octets = call(build_settings, [(1, 5)]) + call(build_headers, 1, b"block")
    frames, _ = call(parse_frames, octets + call(build_data, 1, CONTENT))
    call(repr, frames)
    for cls in (DataFrame, SettingsFrame):
        frame = call(cls, 0 if cls is SettingsFrame else 1)
        wire = call(frame.serialize)
        parsed, _ = call(Frame.parse_frame_header, memoryview(wire[:9]))
        call(parsed.parse_body, memoryview(wire[9:]))
        call(repr, parsed)
    tree = call(PriorityTree)
    for i in range(1, 40):
        call(tree.insert_stream, i, i // 2)
    call(tree.reprioritize, 3, 30)
    for _ in range(10):
        call(next, tree)
    return 0


def run(script: Callable[[], int], n: int) -> tuple[bool, int]:
    """Whether an allocation has failed, and how many more are held than before."""
    gc.collect()
    before = LIBRARY.failing_held()
    LIBRARY.failing_arm(n)
    script()
    failed = bool(LIBRARY.failing_failed())
    LIBRARY.failing_arm(0)
    gc.collect()
    return failed, LIBRARY.failing_held() - before - 1  # that number itself


def leaks(script: Callable[[], int], n: int) -> bool:
    """Something each time; what is left of one run may be the interpreter's."""
    run(script, n)
    before = LIBRARY.failing_held()
    for _ in range(8):
        run(script, n)
    return bool(LIBRARY.failing_held() - before >= 8)


unraisable: list[str] = []


def main() -> int:
    script: Callable[[], int] = {"connections": connections, "packages": packages}[sys.argv[1]]
    step = int(sys.argv[2])
    sys.unraisablehook = lambda raised: unraisable.append(repr(raised.exc_value))
    for _ in range(5):
        count = script()
    n, failures = 1, 0
    while True:
        failed, more = run(script, n)
        if not failed:
            break
        failures += 1
        if more > 0 and leaks(script, n):
            print(f"allocation {n}: something is left")
            return 1
        n += step
    wrong = [text for text in unraisable if not text.startswith("MemoryError")]
    print(f"{failures} of {n} allocations failed; {count} events; {wrong}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
