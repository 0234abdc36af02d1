"""Any octets, through every class that reads some: only documented exceptions come out.

    python tests/fuzz/fuzz_python.py [SECONDS] [libFuzzer's options]

With atheris where it is installed, which looks for what is new (tests/fuzz/run_python has it look
into the extensions); otherwise by changing seeds at random. The first octet says what reads the
others. What fails is in build/fuzz/fuzz_python/crash-*, and is read again by giving its name
instead of seconds; what is new is in corpus/ beside it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from h2fast import Connection
from h2fast.exceptions import LocalProtocolError, ProtocolError, RemoteProtocolError
from h2fast.frames import FrameError, parse_frames
from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import H2Connection
from h2fast.h2.exceptions import ProtocolError as H2ProtocolError
from h2fast.hpack import Decoder, HPACKError
from h2fast.hyperframe.exceptions import HyperframeError
from h2fast.hyperframe.frame import Frame
from h2fast.priority_field import PriorityFieldError, parse_priority

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EMPTY_SETTINGS = b"\0\0\0\4\0\0\0\0\0"
GET = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")]
SEEDS = Path(__file__).parent / "seeds"
FOUND = Path(__file__).parents[2] / "build" / "fuzz" / "fuzz_python"


def use(connection: Connection, events: list[Any]) -> None:
    """As an application does that looks at everything."""
    for event in events:
        repr(event)
        stream_id = getattr(event, "stream_id", 0)
        try:
            if type(event).__name__ == "RequestReceived":
                connection.respond(stream_id, [(":status", "200")], b"x" * 100, stream_id % 3 != 0)
            elif type(event).__name__ == "DataReceived":
                assert event.view == event.data
                connection.acknowledge(stream_id, event.flow_controlled_length)
            elif type(event).__name__ == "PushReceived":
                connection.reset(event.promised_stream_id)
        except LocalProtocolError:
            pass


def connection(data: bytes, client: bool) -> None:
    kinds = data[0] if data else 0
    made = Connection(
        client, auto_windows=bool(kinds & 1), strict=bool(kinds & 2), views=bool(kinds & 4),
        validate=not kinds & 8, max_window=kinds % 3 * 70000, enable_push=int(client),
    )  # fmt: skip
    size = kinds % 50 + 1 if kinds & 16 else len(data) + 1
    if client:
        made.request(GET, end_stream=False)
    wire = (b"" if client else PREFACE) + EMPTY_SETTINGS + data[1:]
    for at in range(0, len(wire), size):
        try:
            use(made, made.receive(wire[at : at + size]))
        except RemoteProtocolError as error:
            use(made, error.events)
            assert made.closed
            break
        except ProtocolError as error:
            raise AssertionError(f"{error!r} is not the peer's") from error
    while made.output():
        pass
    assert made.counters["max_unsent_answers"] == 0


def server(data: bytes) -> None:
    connection(data, client=False)


def client(data: bytes) -> None:
    connection(data, client=True)


class H2:
    """A connection of h2's API, and what it has said."""

    def __init__(self, client: bool, kinds: int, in_steps: bool) -> None:
        config = H2Configuration(
            client_side=client,
            header_encoding="utf-8" if kinds & 1 else None,
            validate_inbound_headers=not kinds & 2,
            normalize_inbound_headers=not kinds & 4,
        )
        if kinds & 8:  # limits that a short input can reach
            config.limits = {
                "max_own_resets": (3, 0), "max_glitches": (3, 0), "max_unsent_answers": 4,
                "max_pushed": 2, "max_interim": 2, "max_empty_data": 3,
            }  # fmt: skip
        self.connection = H2Connection(config)
        self.connection._core.in_steps = in_steps
        self.connection.initiate_connection()
        if client:
            for stream_id in (1, 3, 5):
                self.connection.send_headers(stream_id, GET, end_stream=stream_id > 1)
            self.connection.reset_stream(5)
        self.said: list[str] = []

    def receive(self, octets: bytes) -> bool:
        try:
            for event in self.connection.receive_data(octets):
                self.said.append(repr(event))
                self.use(event)
        except H2ProtocolError as error:
            self.said.append(repr(error))
            return False
        finally:
            self.said.append(self.connection.data_to_send().hex())
        return True

    def use(self, event: Any) -> None:
        stream_id = getattr(event, "stream_id", 0)
        with contextlib.suppress(H2ProtocolError):
            if type(event).__name__ == "RequestReceived" and stream_id % 4 == 1:
                self.connection.send_headers(stream_id, [(":status", "200")], stream_id % 3 == 0)
            elif type(event).__name__ == "DataReceived":
                self.connection.acknowledge_received_data(event.flow_controlled_length, stream_id)


def h2(data: bytes, client: bool) -> None:
    """What is taken in one go is what the steps make of it."""
    kinds = data[0] if data else 0
    size = kinds % 50 + 1 if kinds & 16 else len(data) + 1
    wire = (b"" if client else PREFACE) + EMPTY_SETTINGS + data[1:]
    plain, in_steps = (H2(client, kinds, steps) for steps in (False, True))
    for at in range(0, len(wire), size):
        octets = wire[at : at + size]
        goes_on = plain.receive(octets)
        in_steps.receive(octets)
        assert plain.said == in_steps.said
        if not goes_on:
            break


def h2_server(data: bytes) -> None:
    h2(data, client=False)


def h2_client(data: bytes) -> None:
    h2(data, client=True)


def hpack(data: bytes) -> None:
    decoder = Decoder()
    for block in data.split(b"\xff\x00"):
        try:
            decoder.decode(block, raw=bool(data[0] & 1))
        except (HPACKError, UnicodeDecodeError):
            continue


def hyperframe(data: bytes) -> None:
    try:
        frame, length = Frame.parse_frame_header(memoryview(data[:9]), strict=bool(len(data) & 1))
        frame.parse_body(memoryview(data[9 : 9 + length]))
        repr(frame)
        frame.serialize()
    except HyperframeError:
        pass


def frames(data: bytes) -> None:
    try:
        for frame in parse_frames(data)[0]:
            repr(frame)
    except FrameError:
        pass


def priority(data: bytes) -> None:
    with contextlib.suppress(PriorityFieldError):
        parse_priority(data)


READERS: list[Callable[[bytes], None]] = [
    server, client, hpack, hyperframe, frames, priority, h2_server, h2_client,
]  # fmt: skip


def read(data: bytes) -> None:
    if len(data) > 1:
        READERS[data[0] % len(READERS)](data[1:])


def changed(data: bytearray, source: random.Random, seeds: list[bytes]) -> bytearray:
    for _ in range(source.randint(1, 8)):
        at = source.randrange(len(data) + 1)
        match source.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << source.randrange(8)
            case 1 if at < len(data):
                data[at] = source.choice((0, 1, 4, 5, 0x7F, 0x80, 0xFF))
            case 2:
                del data[at : at + source.randint(1, 20)]
            case 3:
                data[at:at] = source.randbytes(source.randint(1, 9))
            case _:
                other = source.choice(seeds)
                start = source.randrange(len(other) + 1)
                data[at:at] = other[start : start + source.randint(1, 60)]
    return data


def search(seconds: float) -> int:
    """Without anybody who says what is new."""
    source = random.Random()
    seeds = [seed.read_bytes() for seed in sorted(SEEDS.glob("*/*"))]
    end, runs = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = bytearray([source.randrange(256)]) + source.choice(seeds)
        data = changed(data, source, seeds)
        try:
            read(bytes(data))
        except BaseException:
            (FOUND / f"crash-{runs}").write_bytes(data)
            raise
        runs += 1
    print(f"{runs:,} runs, and no other exception")
    return 0


def main() -> int:
    first = sys.argv[1] if len(sys.argv) > 1 else "60"
    if not first.isdigit():
        read(Path(first).read_bytes())
        return 0
    corpus = FOUND / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("atheris") is None:
        return search(float(first))
    # Where a libFuzzer is loaded already, which extensions tell what is new, there can be no other.
    loaded = "with_fuzzer" in os.environ.get("LD_PRELOAD", "")
    atheris: Any = importlib.import_module("atheris_no_libfuzzer" if loaded else "atheris")
    # What is new goes to the first folder.
    folders = [str(folder) for folder in (corpus, *sorted(SEEDS.iterdir()))]
    limits = [f"-max_total_time={first}", f"-artifact_prefix={FOUND}/"]
    options = [sys.argv[0], *limits, *sys.argv[2:], *folders]
    for reader in (read, connection, h2, *READERS):
        globals()[reader.__name__] = atheris.instrument_func(reader)
    READERS[:] = [globals()[reader.__name__] for reader in READERS]
    atheris.Setup(options, read)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
