"""h2fast.aio: back pressure, time limits and the end of connections."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from collections.abc import AsyncIterator, Callable
from itertools import islice
from typing import Any

import pytest

from h2fast.aio import Reply, Request, StreamError, connect, serve
from h2fast.aio.client import ClientEndpoint
from h2fast.events import (
    DataReceived,
    GoAwayReceived,
    PingAcknowledged,
    RequestReceived,
    ResponseReceived,
    SettingsReceived,
    StreamReset,
)
from h2fast.frames import build_data, build_headers
from tests.aio_peers import (
    GET,
    HOST,
    POST,
    Peer,
    Run,
    both,
    port_of,
    raw_client,
    raw_server,
    serving,
    until,
)

MIB = 1 << 20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, CANCEL = 1, 3, 8


def hello(request: Request) -> Reply:
    return Reply(body=b"hello")


async def until_steady(number: Callable[[], int]) -> None:
    """Wait until the system holds what it holds for a peer that reads nothing."""
    before = -1
    while number() != before:
        before = number()
        await asyncio.sleep(0.3)


async def wait_for_ever(request: Request) -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


# ------------------------------------------------------------------------------ back pressure


def test_a_slow_reader_of_a_large_body(run: Run) -> None:
    produced = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        for _ in range(800):
            produced += 65536
            yield bytes(65536)

    async def main() -> int:
        async with both(lambda _: Reply(body=body())) as client:
            response = await client.request("GET", "/")
            received = most = 0
            async for piece in response:
                received += len(piece)
                most = max(most, produced - received)
                for _ in range(3):
                    await asyncio.sleep(0)
            assert received == produced == 50 * MIB
            return most

    assert run(main()) < 8 * MIB


def test_a_reader_that_stops_stops_the_handler(run: Run) -> None:
    produced = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        while True:
            produced += 16384
            yield bytes(16384)

    async def main() -> None:
        async with (
            serving(lambda _: Reply(body=body())) as port,
            raw_client(port, auto_windows=False) as peer,
        ):
            stream = peer.request()
            await peer.expect(DataReceived, stream)
            await peer.settle()
            before = produced
            await peer.settle()
            assert produced == before <= 65535 + 65536 + 2 * 16384
            # What it takes, the handler gives again.
            peer.connection.open_window(0, 1 * MIB)
            peer.connection.open_window(stream, 1 * MIB)
            peer.flush()
            await until(lambda: produced > before + MIB // 4)

    run(main())


def test_requests_wait_while_the_client_takes_nothing(run: Run) -> None:
    begun = 0

    def handler(request: Request) -> Reply:
        nonlocal begun
        begun += 1
        return Reply(headers=[("x-large", "x" * 4000)], body=bytes(60_000))

    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        async with (
            serving(handler, max_concurrent_streams=300) as port,
            raw_client(port, **windows) as peer,
        ):
            for _ in range(12):
                streams = [peer.request() for _ in range(20)]
                await asyncio.sleep(0.02)
            assert begun < 200
            peer.connection.reset(streams[-1])  # one that waits
            peer.flush()
            await asyncio.sleep(0.02)
            for stream in streams[:-1]:
                await peer.expect(ResponseReceived, stream)
            await peer.settle()
            assert begun == 239

    run(main())


def test_a_connection_whose_client_takes_nothing_ends(run: Run) -> None:
    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        server = await serve(
            lambda _: Reply(body=bytes(60_000)), HOST, 0, idle_timeout=None, stall_timeout=0.1
        )
        async with server, raw_client(port_of(server), **windows) as peer:
            await until(lambda: server.endpoints)
            for _ in range(90):
                peer.request()
            await until(lambda: not server.endpoints)

    run(main())


@pytest.mark.parametrize("padded", [False, True])
def test_one_answer_too_many_by_reading_a_body_ends_the_connection(
    run: Run, padded: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h2fast.aio.endpoint.CLOSE_TIME", 0.1)
    errors: list[BaseException] = []
    produced = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        while True:
            produced += 65536
            yield bytes(65536)

    async def handler(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(body=body())
        try:
            await request.read()
        except BaseException as error:
            errors.append(error)
            raise
        return Reply()

    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        server = await serve(handler, HOST, 0, max_unsent_answers=20, initial_window_size=65535)
        async with server, raw_client(port_of(server), **windows) as peer:
            peer.request()
            stream = peer.request(POST, end=False)
            peer.flush()
            await until_steady(lambda: produced)
            for _ in range(20):
                peer.connection.ping(b"answer!!")
            peer.flush()
            await asyncio.sleep(0.1)
            for _ in range(250 if padded else 60):
                content, padding = (b"x", 255) if padded else (bytes(1000), None)
                peer.writer.write(build_data(stream, content, pad_length=padding))
            await until(lambda: not server.endpoints)
            assert len(errors) == 1
            assert isinstance(errors[0], (StreamError, asyncio.CancelledError))

    run(main())
    assert not caplog.records


def test_a_connection_whose_client_is_slow_goes_on(run: Run) -> None:
    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        async with (
            serving(lambda _: Reply(body=bytes(60_000)), stall_timeout=0.2) as port,
            raw_client(port, **windows) as peer,
        ):
            for _ in range(90):
                peer.request()
            peer.connection.ping(b"the end.")
            while not any(isinstance(event, PingAcknowledged) for event in peer.events):
                assert await peer.receive()
                await asyncio.sleep(0.02)

    run(main())


def test_small_pieces_stop_as_large_ones_do(run: Run) -> None:
    """A body that never waits itself waits for the client, and lets others run."""
    produced = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        for _ in range(100_000):
            produced += 1000
            yield bytes(1000)

    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        async with (
            serving(lambda _: Reply(body=body())) as port,
            raw_client(port, **windows) as peer,
        ):
            peer.request()
            await until(lambda: produced)
            assert produced < 10 * MIB  # others run before all of it is there
            await until_steady(lambda: produced)
            assert produced < 50 * MIB
            peer.writer.transport.abort()

    run(main())


def test_a_large_reply_to_a_reader_that_stops_is_not_copied_at_once(run: Run) -> None:
    body = bytes(100 * MIB)  # more than a connection keeps

    async def main() -> None:
        async with serving(lambda _: Reply(body=body)) as port, raw_client(port) as peer:
            tracemalloc.start()
            streams = [peer.request() for _ in range(10)]
            for stream in streams:
                await peer.expect(ResponseReceived, stream)
            await peer.settle()
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 10 * MIB

    run(main())


def test_a_handler_that_does_not_read_stops_the_client(run: Run) -> None:
    produced = 0
    go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        for _ in range(320):
            produced += 32768
            yield bytes(32768)

    async def handler(request: Request) -> Reply:
        await go_on.wait()
        return Reply(body=b"%d" % len(await request.read()))

    async def main() -> None:
        options = {"initial_window_size": 65535, "connection_window": 65535}
        async with both(handler, **options) as client:
            task = asyncio.ensure_future(client.request("POST", "/", body=body()))
            await until(lambda: produced > 65535)
            for _ in range(3):
                await client.ping()
            before = produced
            await client.ping()
            assert produced == before <= 65535 + 65536 + 2 * 32768
            go_on.set()
            assert await (await task).read() == b"%d" % (10 * MIB)

    run(main())


@pytest.mark.parametrize("status", [403, None])
def test_a_body_that_has_come_and_nobody_reads_is_given_back(run: Run, status: int | None) -> None:
    """Whether the request is answered or reset by the client."""

    async def handler(request: Request) -> Reply:
        if request.path == "/read":
            return Reply(body=b"%d" % len(await request.read()))
        await until(lambda: request.ended)
        if status is None:
            await asyncio.Event().wait()
        return Reply(status or 500)

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            await peer.expect(SettingsReceived)
            for _ in range(30):  # more than the connection's window together
                stream = peer.request(POST, bytes(60_000))
                if status is None:
                    peer.connection.reset(stream)
                    await peer.settle()
                else:
                    assert (await peer.expect(ResponseReceived, stream)).stream_ended
                assert peer.connection.total_queued == 0
            stream = peer.request([*POST[:3], (":path", "/read")], bytes(200_000))
            assert (await peer.expect(DataReceived, stream)).data == b"200000"

    run(main())


def test_content_in_tiny_frames_holds_little_more_than_itself(run: Run) -> None:
    bodies: list[bytes] = []

    async def handler(request: Request) -> Reply:
        await until(lambda: request.ended)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < MIB
        bodies.append(await request.read())
        return Reply()

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            await peer.expect(SettingsReceived)
            stream = peer.request(POST, end=False)
            await peer.settle()
            frames = [build_data(stream, b"%02d" % (i % 100)) for i in range(100_000)]
            octets = b"".join(frames)
            tracemalloc.start()
            for start in range(0, len(octets), 65536):
                peer.writer.write(octets[start : start + 65536])
                await peer.writer.drain()
            peer.writer.write(build_data(stream, end_stream=True))
            assert (await peer.expect(ResponseReceived, stream)).headers == [(b":status", b"200")]
        assert bodies == [b"".join(b"%02d" % (i % 100) for i in range(100_000))]

    run(main())


def test_a_body_that_was_thrown_away_does_not_look_whole(run: Run) -> None:
    kept: list[Request] = []

    async def handler(request: Request) -> Reply:
        kept.append(request)
        await until(lambda: request.ended)
        return Reply()

    async def main() -> None:
        async with both(handler) as client:
            await client.request("POST", "/", body=b"x")
            with pytest.raises(StreamError, match="thrown away"):
                await kept[0].read()

    run(main())


def test_a_body_that_comes_when_nobody_reads_it_any_more_does_not_look_whole(run: Run) -> None:
    outcomes: list[bytes | str] = []
    tasks: list[asyncio.Future[None]] = []

    async def read(request: Request) -> None:
        try:
            outcomes.append(await request.read())
        except StreamError as error:
            outcomes.append(str(error))

    def handler(request: Request) -> Reply:
        tasks.append(asyncio.ensure_future(read(request)))
        return Reply(202)

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            await peer.settle()
            peer.request(POST, b"hello")  # which is read with its content
            await until(lambda: outcomes)
        assert outcomes == ["the rest of the body was thrown away"]

    run(main())


def test_responses_that_nobody_reads_do_not_hold_back_others(run: Run) -> None:
    async def main() -> None:
        async with both(lambda _: Reply(body=bytes(MIB - 1))) as client:
            kept = [await client.request("GET", "/") for _ in range(40)]
            assert len(await kept[0].read()) == len(await kept[-1].read()) == MIB - 1

    run(main())


# -------------------------------------------------------------------------------- time limits


def test_an_idle_connection_ends(run: Run) -> None:
    async def main() -> None:
        async with serving(hello, idle_timeout=0.05) as port, raw_client(port) as peer:
            peer.request()
            await peer.expect(ResponseReceived)
            assert (await peer.expect(GoAwayReceived)).error_code == 0
            assert (await peer.expect(GoAwayReceived)).last_stream_id == 1
            await peer.expect_end()

    run(main())


def test_a_connection_that_was_used_lately_gets_all_of_the_time_again(run: Run) -> None:
    """Not only what was missing when the timer found it used."""

    async def main() -> None:
        async with serving(hello, idle_timeout=0.2) as port, raw_client(port) as peer:
            for _ in range(3):
                await asyncio.sleep(0.15)
                peer.request()
                await peer.expect(ResponseReceived)
            before = asyncio.get_running_loop().time()
            await peer.expect(GoAwayReceived)
            assert asyncio.get_running_loop().time() - before > 0.17
            await peer.expect(GoAwayReceived)  # the answer to its PING had time, too
            await peer.expect_end()

    run(main())


def test_a_connection_on_which_nothing_is_said_ends(run: Run) -> None:
    async def main() -> None:
        async with serving(hello, idle_timeout=0.05) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            with contextlib.suppress(ConnectionResetError):
                await reader.read()  # up to the end
            writer.close()

    run(main())


@pytest.mark.parametrize("octets", [b"", b"PRI * HTTP/2.0", PREFACE + b"\0\0\0\x04\0\0\0\0\0"])
def test_a_connection_on_which_nothing_is_asked_for_ends(run: Run, octets: bytes) -> None:
    """Whatever else is said on it, and however slowly."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        beginning = iter(octets)
        while True:
            is_whole = octets.startswith(PREFACE)
            piece = b"\0\0\x08\x06\0\0\0\0\0still on" if is_whole else bytes(islice(beginning, 1))
            writer.write(piece)
            await asyncio.sleep(0.02)

    async def main() -> None:
        async with serving(hello, idle_timeout=0.1) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            if octets.startswith(PREFACE):
                writer.write(octets)
            dripping = asyncio.ensure_future(drip(writer))
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            dripping.cancel()
            await asyncio.wait([dripping])
            writer.close()

    run(main())


def test_a_connection_with_a_slow_handler_is_not_idle(run: Run) -> None:
    async def handler(request: Request) -> Reply:
        await asyncio.sleep(0.2)
        return Reply(body=b"late")

    async def main() -> None:
        async with both(handler, idle_timeout=0.05) as client:
            assert await (await client.request("GET", "/")).read() == b"late"

    run(main())


@pytest.mark.parametrize("size", [60_000, 200_000])
def test_a_connection_with_a_response_that_waits_for_the_client_is_not_idle(
    run: Run, size: int
) -> None:
    async def main() -> None:
        limits = {"idle_timeout": 0.05, "stall_timeout": None}
        async with (
            serving(lambda _: Reply(body=bytes(size)), **limits) as port,
            raw_client(port, initial_window_size=0) as peer,
        ):
            await peer.expect(SettingsReceived)
            stream = peer.request()
            await peer.expect(ResponseReceived, stream)
            await asyncio.sleep(0.3)
            peer.connection.open_window(0, MIB)
            peer.connection.open_window(stream, MIB)
            received = 0
            while received < size:
                received += len((await peer.expect(DataReceived, stream)).data)

    run(main())


@pytest.mark.parametrize("size", [60_000, 200_000])
def test_a_response_that_is_not_taken_is_reset(run: Run, size: int) -> None:
    async def main() -> None:
        async with (
            serving(lambda _: Reply(body=bytes(size)), stall_timeout=0.05) as port,
            raw_client(port, initial_window_size=0) as peer,
        ):
            await peer.expect(SettingsReceived)
            stream = peer.request()
            await peer.expect(ResponseReceived, stream)
            assert (await peer.expect(StreamReset, stream)).error_code == CANCEL

    run(main())


@pytest.mark.parametrize("generated", [False, True])
def test_a_response_that_waits_for_others_is_not_reset(run: Run, generated: bool) -> None:
    """However long those take, to a client that takes what there is."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield bytes(65536)

    def handler(_: Request) -> Reply:
        return Reply(body=body() if generated else bytes(MIB))

    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        async with (
            serving(handler, stall_timeout=0.3) as port,
            raw_client(port, **windows) as peer,
        ):
            streams = [peer.request([*GET, ("priority", "u=3")]) for _ in range(6)]
            ended: list[int] = []
            while len(ended) < 6:
                assert await peer.receive()
                assert not [event for event in peer.events if isinstance(event, StreamReset)]
                ended += [
                    event.stream_id
                    for event in peer.events
                    if isinstance(event, DataReceived) and event.stream_ended
                ]
                peer.events.clear()
                await asyncio.sleep(0.02)
            assert ended == streams

    run(main())


def test_a_response_that_is_not_taken_is_reset_though_others_are(run: Run) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)
            await asyncio.sleep(0.01)

    def handler(request: Request) -> Reply:
        return Reply(body=endless() if request.path == "/endless" else bytes(100_000))

    async def main() -> None:
        async with (
            serving(handler, stall_timeout=0.2) as port,
            raw_client(port, initial_window_size=0) as peer,
        ):
            await peer.expect(SettingsReceived)
            taken = peer.request([*GET[:3], (":path", "/endless")])
            peer.connection.open_window(taken, MIB)
            stream = peer.request()
            assert (await peer.expect(StreamReset)).stream_id == stream
            assert (await peer.expect(DataReceived, taken)).data

    run(main())


def test_a_request_body_that_does_not_come_is_reset(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[str] = []

    async def handler(request: Request) -> Reply:
        try:
            await request.read()
        except StreamError as error:
            errors.append(str(error))
            raise
        return Reply()

    async def main() -> None:
        async with serving(handler, stall_timeout=0.05) as port, raw_client(port) as peer:
            stream = peer.request(POST, b"a part", end=False)
            assert (await peer.expect(StreamReset, stream)).error_code == CANCEL
        assert errors == ["stream 1 stood still for 0.05 seconds"]

    run(main())
    assert not caplog.records


def test_a_request_body_that_others_hold_back_is_waited_for(run: Run) -> None:
    """Content that nobody reads fills the connection's window, and that is for this side to say."""
    reading = asyncio.Event()

    async def handler(request: Request) -> Reply:
        if request.path == "/later":
            await reading.wait()
        return Reply(body=b"%d" % len(await request.read()))

    async def main() -> None:
        async with (
            serving(handler, stall_timeout=0.1, connection_window=65535) as port,
            raw_client(port) as peer,
        ):
            await peer.expect(SettingsReceived)
            peer.request([*POST[:3], (":path", "/later")], bytes(65535))
            stream = peer.request(POST, b"held back")
            await asyncio.sleep(0.35)
            reading.set()
            assert (await peer.expect(DataReceived, stream)).data == b"9"

    run(main())


def test_without_limits_on_time(run: Run) -> None:
    async def main() -> None:
        async with both(hello, idle_timeout=None, stall_timeout=None) as client:
            assert await (await client.request("GET", "/")).read() == b"hello"

    run(main())


# ------------------------------------------------------------------------------- graceful end


def test_closing_twice_says_goodbye_once(run: Run) -> None:
    go_on = asyncio.Event()

    async def handler(request: Request) -> Reply:
        await go_on.wait()
        return Reply()

    async def main() -> None:
        server = await serve(handler, HOST, 0)
        async with raw_client(port_of(server)) as peer:
            stream = peer.request()
            await peer.settle()
            closing = asyncio.gather(server.close(), server.close())
            first = await peer.expect(GoAwayReceived)
            second = await peer.expect(GoAwayReceived)
            assert (first.last_stream_id, second.last_stream_id) == (2**31 - 1, stream)
            go_on.set()
            await peer.expect_end()
        await closing
        assert not [event for event in peer.events if isinstance(event, GoAwayReceived)]

    run(main())


def test_closing_lets_open_streams_end_and_refuses_new_ones(run: Run) -> None:
    go_on = asyncio.Event()

    async def handler(request: Request) -> Reply:
        await go_on.wait()
        return Reply(body=bytes(100_000))

    async def main() -> None:
        server = await serve(handler, HOST, 0)
        async with await connect(HOST, port_of(server)) as client:
            port = port_of(server)
            task = asyncio.ensure_future(client.request("GET", "/"))
            await client.ping()
            closing = asyncio.ensure_future(server.close(timeout=None))
            await until(lambda: not client.is_open)
            with pytest.raises(StreamError) as raised:
                await client.request("GET", "/")
            assert raised.value.retryable
            with pytest.raises(OSError, match=r".*"):
                await connect(HOST, port)
            assert not closing.done()
            go_on.set()
            assert len(await (await task).read()) == 100_000
            await closing

    run(main())


def test_a_request_that_crosses_the_goodbye_is_answered(run: Run) -> None:
    async def main() -> None:
        server = await serve(hello, HOST, 0)
        async with raw_client(port_of(server)) as peer:
            await peer.settle()
            closing = asyncio.ensure_future(server.close(timeout=None))
            first = peer.request()
            goodbye = await peer.expect(GoAwayReceived)
            assert goodbye.last_stream_id == 2**31 - 1
            assert (await peer.expect(DataReceived, first)).data == b"hello"
            assert (await peer.expect(GoAwayReceived)).last_stream_id == first
            await peer.expect_end()
            await closing

    run(main())


def test_closing_cuts_off_what_does_not_end(run: Run) -> None:
    cancelled: list[str] = []

    async def handler(request: Request) -> Reply:
        try:
            return await wait_for_ever(request)
        except asyncio.CancelledError:
            cancelled.append(request.path)
            raise

    async def main() -> None:
        server = await serve(handler, HOST, 0)
        waiting = asyncio.ensure_future(server.serve_forever())
        async with await connect(HOST, port_of(server)) as client:
            task = asyncio.ensure_future(client.request("GET", "/x"))
            await client.ping()
            await server.close(timeout=0.01)
            assert cancelled == ["/x"]
            with pytest.raises(StreamError):
                await task
        await waiting

    run(main())


def test_a_server_that_is_cancelled_ends_in_order(run: Run) -> None:
    async def main() -> None:
        server = await serve(hello, HOST, 0)

        async def run_server() -> None:
            async with server:
                await server.serve_forever()

        task = asyncio.ensure_future(run_server())
        async with await connect(HOST, port_of(server)) as client:
            await (await client.request("GET", "/")).read()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not client.is_open

    run(main())


def test_a_client_that_says_goodbye_gets_its_answers(run: Run) -> None:
    async def handler(request: Request) -> Reply:
        await asyncio.sleep(0.01)
        return Reply(body=bytes(10_000))

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            stream = peer.request()
            peer.connection.go_away()
            assert (await peer.expect(ResponseReceived, stream)).headers
            await peer.expect_end()

    run(main())


class SlowTransport(asyncio.Transport):
    """Each time that it is asked what it holds, that is a little less, while ``is_taken``."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 1000
        self.is_aborted = False
        self.is_taken = True

    def get_write_buffer_size(self) -> int:
        self.held -= self.is_taken
        return self.held

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: object) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def abort(self) -> None:
        self.is_aborted = True


def test_a_connection_that_is_closed_lasts_while_its_peer_takes_some(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h2fast.aio.endpoint.CLOSE_TIME", 0.02)

    async def main() -> None:
        transport = SlowTransport()
        endpoint = ClientEndpoint({}, asyncio.get_running_loop(), None)
        endpoint.connection_made(transport)
        endpoint.end(StreamError("closed"))
        await until(lambda: transport.held < 990 or transport.is_aborted)
        assert not transport.is_aborted
        transport.is_taken = False
        await until(lambda: transport.is_aborted)
        endpoint.connection_lost(None)

    run(main())


def test_a_connection_that_the_peer_has_cut_off_is_closed(run: Run) -> None:
    class CutOff(SlowTransport):
        def write_eof(self) -> None:
            raise OSError("it is not connected")

    async def main() -> None:
        transport = CutOff()
        endpoint = ClientEndpoint({}, asyncio.get_running_loop(), None)
        endpoint.connection_made(transport)
        endpoint.end(StreamError("closed"))
        assert transport.is_aborted
        endpoint.connection_lost(None)

    run(main())


# ------------------------------------------------------------------------------- wrong peers


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(200),
        bytes(1000),
        PREFACE + b"no frames at all, but text",
        PREFACE + build_data(1, b"x"),
    ],
)
def test_octets_that_are_no_http2(run: Run, octets: bytes) -> None:
    async def main() -> None:
        async with serving(hello) as port, raw_client(port) as peer:
            peer.connection.output()
            peer.writer.transport.abort()
            reader, peer.writer = await asyncio.open_connection(HOST, port)
            peer.reader = reader
            peer.writer.write(octets)
            assert (await peer.expect(GoAwayReceived)).error_code != 0
            await peer.expect_end()

    run(main())


def test_a_fault_is_a_goaway_behind_what_came_before_it(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        for handler in (hello, wait_for_ever):
            async with serving(handler) as port, raw_client(port) as peer:
                # In one read: a body for a stream that is gone, a request, and a fault.
                gone = peer.connection.request(POST, b"x", False)
                peer.connection.reset(gone)
                peer.request()
                peer.writer.write(build_data(0x7FFFFFFF, b"of no stream"))
                assert (await peer.expect(GoAwayReceived)).error_code == PROTOCOL_ERROR
                await peer.expect_end()

    run(main())
    assert not caplog.records


def test_more_than_the_window(run: Run) -> None:
    async def main() -> None:
        async with serving(wait_for_ever) as port, raw_client(port) as peer:
            await peer.expect(SettingsReceived)
            stream = peer.request(POST, end=False)
            for _ in range(70):
                peer.writer.write(build_data(stream, bytes(16384)))
            assert (await peer.expect(GoAwayReceived)).error_code == FLOW_CONTROL_ERROR

    run(main())


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        PREFACE[:10],
        PREFACE,
        PREFACE + b"\0\0\0\x04\0\0\0\0\0",
        PREFACE + b"\0\0\0\x04\0\0\0\0\0" + build_headers(1, b"\x82", end_headers=False),
    ],
)
@pytest.mark.parametrize("abort", [False, True])
def test_a_client_that_leaves_early(
    run: Run, beginning: bytes, abort: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(hello) as port:
            _, writer = await asyncio.open_connection(HOST, port)
            writer.write(beginning)
            await asyncio.sleep(0.01)
            if abort:
                writer.transport.abort()
            else:
                writer.close()

    run(main())
    assert not caplog.records


def test_pings_and_settings_are_answered_though_nothing_else_goes_on(run: Run) -> None:
    async def main() -> None:
        async with serving(hello) as port, raw_client(port) as peer:
            peer.connection.ping(b"12345678")
            assert (await peer.expect(PingAcknowledged)).data == b"12345678"

    run(main())


def test_a_client_that_hangs_up_and_reads_nothing_cancels_the_handlers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h2fast.aio.endpoint.CLOSE_TIME", 0.1)
    seen: list[str] = []

    async def wait() -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")
        raise AssertionError

    def handler(request: Request) -> Any:
        return wait() if request.path == "/wait" else Reply(body=bytes(20_000))

    async def main() -> None:
        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        options: Any = {"stall_timeout": None, "max_concurrent_streams": 2000}
        server = await serve(handler, HOST, 0, **options)
        async with server, raw_client(port_of(server), **windows) as peer:
            await peer.settle()
            peer.request([*GET[:3], (":path", "/wait")])
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            (endpoint,) = server.endpoints
            transport: Any = endpoint.transport
            while not transport.get_write_buffer_size():
                peer.request()
                await asyncio.sleep(0.001)
            assert not seen
            peer.writer.write_eof()
            await until(lambda: seen)
            await until(lambda: not server.endpoints)

    run(main())


# ------------------------------------------------------------------- wrong peers of a client


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_server_that_reads_nothing(
    run: Run, hangs_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it says that there will be no response, or not."""
    monkeypatch.setattr("h2fast.aio.endpoint.CLOSE_TIME", 0.1)
    produced = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal produced
        while True:
            produced += 60_000
            yield bytes(60_000)

    async def main() -> None:
        leaves, ends = asyncio.Event(), asyncio.Event()

        async def play(peer: Peer) -> None:
            await peer.expect(RequestReceived)
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await leaves.wait()
            peer.writer.write_eof()
            await ends.wait()

        windows = {"initial_window_size": 1 << 30, "connection_window": 1 << 30}
        stall_timeout = None if hangs_up else 0.5
        async with (
            raw_server(play, **windows) as port,
            await connect(HOST, port, stall_timeout=stall_timeout) as client,
        ):
            asking = asyncio.ensure_future(client.request("POST", "/", body=body()))
            await until(lambda: produced > 100_000)
            pinging = asyncio.ensure_future(client.ping())
            if hangs_up:
                await until_steady(lambda: produced)
                leaves.set()
            for waiting in (asking, pinging):
                with pytest.raises(StreamError, match="connection was lost") as raised:
                    await waiting
                assert hangs_up or "took nothing for 0.5 seconds" in str(raised.value)
            assert not client.is_open
            with pytest.raises(StreamError):
                await client.ping()
            leaves.set()
            ends.set()

    run(main())


def test_each_request_of_a_connection_that_is_lost_has_an_exception_of_its_own(run: Run) -> None:
    async def play(peer: Peer) -> None:
        for _ in range(5):
            await peer.expect(RequestReceived)

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            asking = [client.request("GET", "/") for _ in range(5)]
            errors = await asyncio.gather(*asking, return_exceptions=True)
            assert len({id(error) for error in errors}) == 5
            assert {str(error) for error in errors} == {"the connection was lost"}

    run(main())


def test_a_server_that_is_no_http2(run: Run) -> None:
    async def play(peer: Any) -> None:
        peer.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.reader.read()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            with pytest.raises(StreamError, match=r"failed|no more requests"):
                await client.request("GET", "/")

    run(main())


def test_a_server_that_hangs_up(run: Run) -> None:
    async def play(peer: Any) -> None:
        await peer.receive()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            with pytest.raises(StreamError) as raised:
                await client.request("GET", "/", body=bytes(100_000))
            assert not raised.value.retryable or "no more requests" in str(raised.value)
            with pytest.raises(StreamError):
                await client.ping()
            assert not client.is_open

    run(main())


def test_half_a_response(run: Run) -> None:
    async def play(peer: Any) -> None:
        await peer.expect(RequestReceived)
        peer.connection.send_headers(1, [(":status", "200")])
        peer.connection.send_data(1, b"a part")
        peer.flush()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            response = await client.request("GET", "/")
            assert await response.__anext__() == b"a part"
            with pytest.raises(StreamError, match="connection was lost"):
                await response.read()

    run(main())


@pytest.mark.parametrize("last_stream", [0, 1])
def test_the_reason_of_a_goaway_is_told_on_one_line(run: Run, last_stream: int) -> None:
    """Also to who has asked for what it leaves out."""

    async def play(peer: Peer) -> None:
        await peer.expect(RequestReceived)
        peer.connection.go_away(11, last_stream, b"too much\x1b[31m\r\n")
        peer.flush()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            with pytest.raises(StreamError) as raised:
                await client.request("GET", "/")
            assert str(raised.value).endswith(r"error 11 too much\x1b[31m\r\n")
            assert raised.value.retryable == (last_stream == 0)

    run(main())
