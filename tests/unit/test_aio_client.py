"""h2fast.aio clients: requests, responses, and what is between them."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from h2fast.aio import Client, Reply, Request, Response, StreamError, connect, serve
from h2fast.aio.client import ClientEndpoint
from h2fast.events import (
    DataReceived,
    PingReceived,
    RequestReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError
from h2fast.frames import build_headers
from tests.aio_peers import HOST, OK, Peer, Run, both, port_of, raw_server, serving, until

NO_ERROR, REFUSED_STREAM, CANCEL = 0, 7, 8


async def gathered(client: Client, count: int) -> list[Any]:
    return await asyncio.gather(
        *[client.request("GET", f"/{i}") for i in range(count)], return_exceptions=True
    )


async def echo_path(request: Request) -> Reply:
    await asyncio.sleep(0)
    return Reply(body=request.path.encode())


# ------------------------------------------------------------------------------- requests


def test_requests_share_a_connection(run: Run) -> None:
    async def main() -> None:
        async with both(echo_path) as client:
            for response in await gathered(client, 50):
                assert response.status == 200
            response = await client.request("GET", "/again")
            assert await response.read() == b"/again"
            assert await response.read() == b""  # it is read once

    run(main())


def test_an_upload_goes_on_while_the_response_comes_in(run: Run) -> None:
    asked: asyncio.Queue[bytes] = asyncio.Queue()

    async def questions() -> AsyncIterator[bytes]:
        while question := await asked.get():
            yield question

    async def main() -> None:
        async with both(lambda request: Reply(body=request)) as client:
            response = await client.request("POST", "/", body=questions())
            for question in (b"one", b"two", b"three"):
                asked.put_nowait(question)
                assert await response.__anext__() == question
            asked.put_nowait(b"")
            assert await response.read() == b""

    run(main())


def test_fields_that_cannot_be_sent(run: Run) -> None:
    async def main() -> None:
        async with both(echo_path) as client:
            with pytest.raises(LocalProtocolError):
                await client.request("GET", "/", [("Large", "letters")])
            with pytest.raises(LocalProtocolError):
                await client.request("POST", "/", body=b"x", trailers=[("Large", "letters")])
            assert (await client.request("GET", "/")).status == 200

    run(main())


async def broken() -> None:
    raise ValueError("broken")


async def waiting_for_what_is_cancelled() -> None:
    elsewhere: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    elsewhere.cancel()
    await elsewhere


@pytest.mark.parametrize(
    ("fault", "raised", "message"),
    [
        (broken, ValueError, "broken"),
        (waiting_for_what_is_cancelled, StreamError, "the upload was cancelled"),
    ],
)
def test_a_body_that_fails_cancels_the_request(
    run: Run, fault: Callable[[], Awaitable[None]], raised: type[Exception], message: str
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"a part"
        await fault()

    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        assert (await peer.expect(StreamReset)).stream_id == request.stream_id
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            with pytest.raises(raised, match=message):
                await client.request("POST", "/", body=body())

    run(main())


class SlowToClose:
    """A body that says when it is closed, which takes a while."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.seen: list[str] = []

    def __aiter__(self) -> SlowToClose:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0.005)
        if self.failure is not None:
            raise self.failure
        return b"x"

    async def aclose(self) -> None:
        self.seen.append("begun")
        await asyncio.sleep(0.05)
        self.seen.append("done")


def test_a_body_that_has_failed_is_closed_in_peace(run: Run) -> None:
    body = SlowToClose(KeyError("failed"))

    async def read(request: Request) -> Reply:
        await request.read()
        return Reply()

    async def main() -> None:
        async with both(read) as client:
            with pytest.raises(KeyError):
                await client.request("POST", "/", body=body)
            await until(lambda: len(body.seen) == 2)

    run(main())


def test_a_body_is_closed_in_peace_when_the_response_is_closed_again(run: Run) -> None:
    body = SlowToClose()

    async def main() -> None:
        async with both(lambda request: Reply(body=request)) as client:
            async with await client.request("POST", "/", body=body) as response:
                await response.__anext__()
                response.close()
                await until(lambda: body.seen)
            await until(lambda: len(body.seen) == 2)

    run(main())


def test_a_body_whose_end_fails_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    class Body(SlowToClose):
        async def aclose(self) -> None:
            raise ValueError("broken")

    async def main() -> None:
        async with both(lambda request: Reply(body=request)) as client:
            async with await client.request("POST", "/", body=Body()) as response:
                await response.__anext__()
            await until(lambda: caplog.records)

    run(main())
    (record,) = caplog.records
    assert record.name == "h2fast.aio.sender"


def test_the_body_of_a_request_that_cannot_be_made_is_closed(run: Run) -> None:
    closed: list[bool] = []

    class Body:
        def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError

        async def aclose(self) -> None:
            closed.append(True)

    async def main() -> None:
        async with both(echo_path) as client:
            with pytest.raises(LocalProtocolError):
                await client.request("POST", "/", [("Large", "letters")], Body())
        assert closed == [True]

    run(main())


def test_connect_has_no_path(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        assert request.headers == [(b":method", b"CONNECT"), (b":authority", b"a:443")]
        peer.connection.respond(request.stream_id, OK)
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            assert (await client.request("CONNECT", "", [(":authority", "a:443")])).status == 200

    run(main())


def test_trailers_of_both(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        trailers = await peer.expect(TrailersReceived)
        peer.connection.send_headers(request.stream_id, [(":status", "103")])
        peer.connection.send_headers(request.stream_id, OK)
        peer.connection.send_data(request.stream_id, b"x")
        peer.connection.send_headers(request.stream_id, trailers.headers, end_stream=True)
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            response = await client.request("POST", "/", body=b"x", trailers=[("a", "b")])
            assert (response.status, await response.read()) == (200, b"x")
            assert response.trailers == [(b"a", b"b")]

    run(main())


def test_the_rest_of_an_upload_is_not_sent_when_the_server_has_enough(run: Run) -> None:
    ended: list[bool] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(1000)
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    async def main() -> None:
        async with both(lambda _: Reply(body=b"enough")) as client:
            response = await client.request("POST", "/", body=endless())
            assert await response.read() == b"enough"
            await until(lambda: ended)
            assert await response.read() == b""

    run(main())


# ---------------------------------------------------------------------------------- turns


def test_requests_wait_for_their_turns_in_order(run: Run) -> None:
    order: list[str] = []
    most = running = 0

    async def handler(request: Request) -> Reply:
        nonlocal most, running
        running += 1
        most = max(most, running)
        order.append(request.path)
        await asyncio.sleep(0)
        running -= 1
        return Reply(body=b"x" * 5000)

    async def read(client: Client, path: str) -> bytes:
        return await (await client.request("GET", path)).read()

    async def main() -> None:
        async with both(handler, max_concurrent_streams=2) as client:
            await client.ping()
            paths = [f"/{i}" for i in range(30)]
            tasks = [asyncio.ensure_future(read(client, path)) for path in paths]
            while not all(task.done() for task in tasks[:10]):
                await asyncio.sleep(0)
            # Who comes later, waits longer, even if there is room at that moment.
            late = asyncio.ensure_future(read(client, "/late"))
            await asyncio.gather(*tasks, late)
            assert order == [*paths, "/late"]
            assert most <= 2

    run(main())


def test_no_more_streams_than_a_server_may_allow_before_it_has_said_how_many(run: Run) -> None:
    async def main() -> None:
        async with both(echo_path, max_concurrent_streams=100) as client:
            responses = await gathered(client, 300)
            assert {response.status for response in responses} == {200}

    run(main())


def test_who_waits_for_a_turn_may_leave(run: Run) -> None:
    go_on = asyncio.Event()
    seen: list[str] = []

    async def handler(request: Request) -> Reply:
        seen.append(request.path)
        await go_on.wait()
        return Reply()

    async def main() -> None:
        async with both(handler, max_concurrent_streams=1) as client:
            await client.ping()
            tasks = [asyncio.ensure_future(client.request("GET", f"/{i}")) for i in range(4)]
            await client.ping()
            tasks[1].cancel()
            go_on.set()
            await until(tasks[2].done)
            await tasks[3]
            assert tasks[1].cancelled()
            assert seen == ["/0", "/2", "/3"]

    run(main())


def test_who_leaves_a_turn_leaves_nothing_behind(run: Run) -> None:
    class Field(str):
        pass

    async def handler(request: Request) -> Reply:
        await asyncio.Event().wait()
        return Reply()

    async def main() -> None:
        async with both(handler, max_concurrent_streams=1) as client:
            await client.ping()
            first = asyncio.ensure_future(client.request("GET", "/"))
            await client.ping()
            field = Field("x" * 1000)
            kept = weakref.ref(field)
            second = asyncio.ensure_future(client.request("GET", "/", [("x", field)]))
            await client.ping()
            second.cancel()
            await asyncio.wait([second])
            del second, field
            gc.collect()
            assert kept() is None
            first.cancel()
            await asyncio.wait([first])

    run(main())


@pytest.mark.parametrize("later", [False, True])
def test_a_turn_that_comes_with_the_cancellation_is_given_back(run: Run, later: bool) -> None:
    async def play(peer: Peer) -> None:
        first = await peer.expect(RequestReceived)
        peer.connection.respond(first.stream_id, OK)
        second = await peer.expect(RequestReceived)
        assert (await peer.expect(StreamReset)).stream_id == second.stream_id
        third = await peer.expect(RequestReceived)
        peer.connection.respond(third.stream_id, OK)
        await peer.expect_end()

    async def main() -> None:
        async with (
            raw_server(play, max_concurrent_streams=1) as port,
            await connect(HOST, port) as client,
        ):
            await client.ping()

            async def request_and_cancel() -> None:
                await client.request("GET", "/1")
                if not later:
                    second.cancel()

            first = asyncio.ensure_future(request_and_cancel())
            second = asyncio.ensure_future(client.request("GET", "/2"))
            third = asyncio.ensure_future(client.request("GET", "/3"))
            first.add_done_callback(lambda _: second.cancel())
            assert (await third).status == 200
            assert second.cancelled()

    run(main())


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (("Large", ""), LocalProtocolError),
        (("x", "\udcff"), UnicodeEncodeError),
    ],
)
def test_fields_that_cannot_be_sent_when_their_turn_comes(
    run: Run, wrong: Any, kind: type[Exception]
) -> None:
    async def main() -> None:
        async with both(echo_path, max_concurrent_streams=1) as client:
            await client.ping()
            requests = [client.request("GET", "/", fields) for fields in ([], [wrong], [])]
            first, second, third = await asyncio.gather(*requests, return_exceptions=True)
            assert isinstance(second, kind)
            assert isinstance(first, Response)
            assert isinstance(third, Response)

    run(main())


# --------------------------------------------------------------------- cancellation, close


def test_cancelling_resets_the_stream(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        reset = await peer.expect(StreamReset)
        assert (reset.stream_id, reset.error_code) == (request.stream_id, CANCEL)
        again = await peer.expect(RequestReceived)
        peer.connection.respond(again.stream_id, OK)
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.request("POST", "/", body=bytes(100_000)), 0.05)
            assert (await client.request("GET", "/")).status == 200

    run(main())


def test_closing_a_response_cancels_the_rest(run: Run) -> None:
    async def body(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.connection.respond(request.stream_id, OK, bytes(1000), end_stream=False)
        assert (await peer.expect(StreamReset)).error_code == CANCEL
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(body) as port, await connect(HOST, port) as client:
            async with await client.request("GET", "/") as response:
                assert len(await response.__anext__()) == 1000
            with pytest.raises(StreamError, match="was reset"):
                await response.read()

    run(main())


def test_closing_a_response_ends_the_upload(run: Run) -> None:
    ended: list[bool] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            ended.append(True)

    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.connection.respond(request.stream_id, OK, b"all")
        assert (await peer.expect(StreamReset)).error_code == CANCEL
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            async with await client.request("POST", "/", body=endless()) as response:
                assert await response.read() == b"all"
            await until(lambda: ended)

    run(main())


@pytest.mark.parametrize("waiting", [False, True])
def test_closing_the_client_ends_what_runs(run: Run, waiting: bool) -> None:
    async def handler(request: Request) -> Reply:
        await asyncio.Event().wait()
        return Reply()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)
            await asyncio.sleep(0)

    async def main() -> None:
        async with serving(handler, max_concurrent_streams=1 if waiting else 100) as port:
            client = await connect(HOST, port)
            await client.ping()
            tasks = [
                asyncio.ensure_future(client.request("POST", "/", body=body))
                for body in (b"", b"x", bytes(1_000_000), endless())
            ]
            await client.ping()
            await client.close()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, StreamError)
            assert not client.is_open
            with pytest.raises(StreamError):
                await client.request("GET", "/")
            await client.close()  # again

    run(main())


def test_closing_does_not_wait_for_a_server_that_reads_nothing(run: Run) -> None:
    async def main() -> None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            listener.bind((HOST, 0))
            listener.listen()
            client = await connect(HOST, listener.getsockname()[1])
            tasks = [
                asyncio.ensure_future(client.request("POST", "/", body=bytes(60_000)))
                for _ in range(100)
            ]
            await asyncio.sleep(0)
            await client.close(timeout=0.05)
            await asyncio.gather(*tasks, return_exceptions=True)

    run(main())


# ---------------------------------------------------------------------------- GOAWAY, reset


def test_requests_that_a_goaway_leaves_out_can_be_made_again(run: Run) -> None:
    async def play(peer: Peer) -> None:
        for _ in range(3):
            await peer.expect(RequestReceived)
        peer.connection.go_away(last_stream_id=1)
        peer.connection.respond(1, OK, b"done")
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            done, *left_out = await gathered(client, 3)
            assert await done.read() == b"done"
            for error in left_out:
                assert isinstance(error, StreamError)
                assert error.error_code == REFUSED_STREAM
                assert error.retryable

    run(main())


def test_requests_that_wait_when_a_goaway_comes_fail(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.connection.go_away()
        peer.connection.respond(request.stream_id, OK)
        await peer.expect_end()

    async def main() -> None:
        async with (
            raw_server(play, max_concurrent_streams=1) as port,
            await connect(HOST, port) as client,
        ):
            await client.ping()
            done, *waiting = await gathered(client, 3)
            assert done.status == 200
            assert all(isinstance(e, StreamError) and e.retryable for e in waiting)

    run(main())


def test_who_has_left_when_a_goaway_comes_is_not_told(run: Run) -> None:
    async def play(peer: Peer) -> None:
        await peer.expect(RequestReceived)
        await peer.expect(PingReceived)
        await peer.expect(PingReceived)
        peer.connection.go_away()
        await peer.expect_end()

    async def main() -> None:
        async with (
            raw_server(play, max_concurrent_streams=1) as port,
            await connect(HOST, port) as client,
        ):
            await client.ping()
            tasks = [asyncio.ensure_future(client.request("GET", "/")) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[1].cancel()
            await client.ping()
            with pytest.raises(StreamError) as raised:
                await tasks[2]
            assert raised.value.retryable
            assert tasks[1].cancelled()

        with pytest.raises(StreamError):
            await tasks[0]

    run(main())


def test_a_reset_of_the_server(run: Run) -> None:
    async def play(peer: Peer) -> None:
        for code in (REFUSED_STREAM, CANCEL):
            request = await peer.expect(RequestReceived)
            peer.connection.reset(request.stream_id, code)
            peer.flush()
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            for retryable in (True, False):
                with pytest.raises(StreamError) as raised:
                    await client.request("GET", "/")
                assert raised.value.retryable == retryable

    run(main())


def test_a_response_is_complete_though_the_server_stops_the_upload(run: Run) -> None:
    async def endless() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.connection.respond(request.stream_id, OK, b"complete")
        peer.connection.reset(request.stream_id, NO_ERROR)
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            response = await client.request("POST", "/", body=endless())
            assert await response.read() == b"complete"
            await until(lambda: response.sender is None or response.sender.task.done())

    run(main())


def test_pushes_are_refused(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        promises = [peer.connection.push(request.stream_id, request.headers) for _ in range(2)]
        peer.connection.reset(promises[1])  # before the client can
        peer.connection.respond(request.stream_id, OK)
        assert (await peer.expect(StreamReset)).stream_id == promises[0]
        await peer.expect_end()

    async def main() -> None:
        async with (
            raw_server(play) as port,
            await connect(HOST, port, enable_push=1) as client,
        ):
            assert (await client.request("GET", "/")).status == 200

    run(main())


@pytest.mark.parametrize("promises", [200, 201])
def test_promises_to_a_client_whose_refusals_nobody_reads(run: Run, promises: int) -> None:
    paused: list[ClientEndpoint] = []

    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        await until(lambda: paused)
        for _ in range(150):  # few enough at once for max_pushed
            peer.connection.push(request.stream_id, request.headers)
        peer.flush()
        await until(lambda: paused[0]._refused == 150)
        for _ in range(promises - 150):
            peer.connection.push(request.stream_id, request.headers)
        peer.connection.respond(request.stream_id, OK, b"asked for")
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port, enable_push=1) as client:
            endpoint = client._endpoint
            asking = asyncio.ensure_future(client.request("GET", "/"))
            await until(lambda: endpoint.streams)
            endpoint.flush()
            endpoint.pause_writing()
            paused.append(endpoint)
            if promises == 200:
                assert await (await asking).read() == b"asked for"
                endpoint.resume_writing()
            else:
                with pytest.raises(StreamError, match="201 promises while the server") as raised:
                    await asking
                assert raised.value.error_code == 11
                assert not client.is_open

    run(main())


def test_a_pushed_response_that_comes_with_its_promise_is_nobody_s(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        promise = peer.connection.push(request.stream_id, request.headers)
        peer.connection.send_headers(promise, OK)
        peer.connection.send_data(promise, b"pushed")
        peer.connection.send_headers(promise, [("sum", "0")], True)
        peer.connection.respond(request.stream_id, OK, b"asked for")
        await peer.expect_end()

    async def main() -> None:
        async with (
            raw_server(play) as port,
            await connect(HOST, port, enable_push=1) as client,
        ):
            assert await (await client.request("GET", "/")).read() == b"asked for"
            await client.ping()

    run(main())


# ------------------------------------------------------------------------------- connecting


def test_pings_say_how_long_they_take(run: Run) -> None:
    async def main() -> None:
        async with both(echo_path) as client:
            times = await asyncio.gather(*[client.ping() for _ in range(5)])
            assert all(0 <= time < 10 for time in times)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.ping(), 0)

    run(main())


def test_pings_that_are_given_up_are_not_kept(run: Run) -> None:
    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(read_all, HOST, 0)
        async with await connect(HOST, server.sockets[0].getsockname()[1]) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.ping(), 0.01)
            await asyncio.sleep(0)
            assert not client._endpoint._pings
        server.close()

    run(main())


def test_a_ping_that_nobody_waits_for_any_more_when_the_connection_ends(run: Run) -> None:
    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(read_all, HOST, 0)
        async with await connect(HOST, server.sockets[0].getsockname()[1]) as client:
            given_up = asyncio.ensure_future(client.ping())
            waiting = asyncio.ensure_future(client.ping())
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.sleep(0)
        with pytest.raises(StreamError):
            await waiting
        server.close()

    run(main())


def test_nobody_listens(run: Run) -> None:
    async def main() -> None:
        server = await serve(echo_path, HOST, 0)
        port = port_of(server)
        await server.close()
        with pytest.raises(OSError, match=r".*"):
            await connect(HOST, port)

    run(main())


@pytest.mark.parametrize(
    ("options", "kind"), [({"no_such": 1}, TypeError), ({"max_frame_size": 1}, ValueError)]
)
def test_options_that_there_are_not(run: Run, options: Any, kind: type[Exception]) -> None:
    """They are refused before anybody listens or connects."""

    async def main() -> None:
        with pytest.raises(kind):
            await serve(echo_path, HOST, 0, **options)
        with socket.create_server((HOST, 0)) as listener:
            with pytest.raises(kind):
                await connect(HOST, listener.getsockname()[1], **options)
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()

    run(main())


def test_ipv6(run: Run) -> None:
    seen: list[str] = []

    def handler(request: Request) -> Reply:
        seen.append(request.authority)
        return Reply()

    async def main() -> None:
        try:
            server = await serve(handler, "::1", 0)
        except OSError as error:
            pytest.skip(f"no IPv6: {error}")
        async with server, await connect("::1", port_of(server)) as client:
            assert (await client.request("GET", "/")).status == 200
            assert seen == [f"[::1]:{port_of(server)}"]

    run(main())


def test_a_header_section_without_fields_is_one(run: Run) -> None:
    """There are such only where they are not validated."""

    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.writer.write(build_headers(request.stream_id, b"", end_stream=True))
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port, validate=False) as client:
            response = await client.request("GET", "/")
            assert (response.status, await response.read()) == (0, b"")

    run(main())


@pytest.mark.parametrize("direction", [">", "<"])
def test_a_trace_that_fails_is_reported_and_changes_nothing(run: Run, direction: str) -> None:
    reported: list[str] = []

    def trace(at: str, octets: bytes) -> None:
        if at == direction:
            raise OSError("full")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        complain = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
        async with serving(echo_path) as port, await connect(HOST, port, trace=trace) as client:
            for path in ("/1", "/2"):
                assert await (await client.request("GET", path)).read() == path.encode()
        loop.set_exception_handler(complain)
        assert set(reported) == {"the trace of a connection has failed"}

    run(main())


def test_content_that_nobody_asked_for_is_given_back(run: Run) -> None:
    async def play(peer: Peer) -> None:
        request = await peer.expect(RequestReceived)
        peer.connection.respond(request.stream_id, OK, bytes(60_000), end_stream=False)
        peer.connection.send_data(request.stream_id, bytes(60_000))
        await peer.expect(StreamReset)
        again = await peer.expect(RequestReceived)
        peer.connection.respond(again.stream_id, OK, bytes(100_000))
        await peer.expect_end()

    async def main() -> None:
        options: Any = {"connection_window": 130_000, "initial_window_size": 130_000}
        async with raw_server(play) as port, await connect(HOST, port, **options) as client:
            (await client.request("GET", "/")).close()
            assert len(await (await client.request("GET", "/")).read()) == 100_000

    run(main())


@pytest.mark.parametrize("close", [False, True])
def test_content_of_a_response_that_was_reset_is_given_back(run: Run, close: bool) -> None:
    async def play(peer: Peer) -> None:
        for _ in range(5):
            request = await peer.expect(RequestReceived)
            peer.connection.respond(request.stream_id, OK, bytes(60_000), end_stream=False)
            peer.flush()
            await peer.settle()
            assert peer.connection.total_queued == 0
            peer.connection.reset(request.stream_id)
            peer.flush()
            await peer.settle()
        await peer.expect_end()

    async def main() -> None:
        options: Any = {"connection_window": 100_000, "initial_window_size": 100_000}
        async with raw_server(play) as port, await connect(HOST, port, **options) as client:
            for _ in range(5):
                response = await client.request("GET", "/")
                while not response.failed:
                    await asyncio.sleep(0.001)
                if close:
                    response.close()

    run(main())


def test_data_goes_to_who_reads_it(run: Run) -> None:
    async def play(peer: Peer) -> None:
        streams = [(await peer.expect(RequestReceived)).stream_id for _ in range(3)]
        for stream in streams:
            peer.connection.send_headers(stream, OK)
        for i in range(10):
            for stream in streams:
                peer.connection.send_data(stream, b"%d " % (stream * i), end_stream=i == 9)
        assert not [e for e in peer.events if isinstance(e, DataReceived)]
        await peer.expect_end()

    async def main() -> None:
        async with raw_server(play) as port, await connect(HOST, port) as client:
            for response in await gathered(client, 3):
                stream = response.stream_id
                assert await response.read() == b"".join(b"%d " % (stream * i) for i in range(10))

    run(main())
