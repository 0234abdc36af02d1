"""h2fast.aio servers: handlers and what they answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from h2fast.aio import Reply, Request, StreamError
from h2fast.events import (
    DataReceived,
    InformationalResponseReceived,
    PushReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2fast.exceptions import LocalProtocolError
from tests.aio_peers import GET, POST, Run, both, raw_client, serving, until

INTERNAL_ERROR, CANCEL = 2, 8


def hello(request: Request) -> Reply:
    return Reply(200, [("x-path", request.path)], b"hello")


async def hello_later(request: Request) -> Reply:
    await asyncio.sleep(0)
    return hello(request)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(0)


@pytest.mark.parametrize("handler", [hello, hello_later])
def test_functions_and_coroutines_answer(run: Run, handler: Any) -> None:
    async def main() -> None:
        async with both(handler) as client:
            response = await client.request("GET", "/a?b")
            assert (response.status, await response.read()) == (200, b"hello")
            assert response.header(b"x-path") == "/a?b"
            assert response.header(b"x-other") is None

    run(main())


def test_a_request_says_what_is_asked_for(run: Run) -> None:
    seen: list[tuple[str, str, str, str | None]] = []

    async def handler(request: Request) -> Reply:
        seen.append((request.method, request.path, request.authority, request.header(b"x-a")))
        return Reply(204)

    async def main() -> None:
        async with both(handler) as client:
            response = await client.request(
                "OPTIONS", "*", [(":authority", "example.com"), ("x-a", "b")]
            )
            assert (response.status, await response.read()) == (204, b"")
        assert seen == [("OPTIONS", "*", "example.com", "b")]

    run(main())


@pytest.mark.parametrize("trailers", [None, [], [("x-sum", "1")]])
@pytest.mark.parametrize("size", [0, 3, 5000, 300_000])
@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_and_trailers(run: Run, size: int, streamed: bool, trailers: Any) -> None:
    body = bytes(size)

    def handler(request: Request) -> Reply:
        content = pieces(b"", body[: size // 2], body[size // 2 :]) if streamed else body
        return Reply(body=content, trailers=trailers)

    async def main() -> None:
        async with both(handler) as client:
            response = await client.request("GET", "/")
            assert await response.read() == body
            assert response.trailers == [(name.encode(), b"1") for name, _ in trailers or ()]

    run(main())


def test_an_echo_streams_both_ways(run: Run) -> None:
    async def upload() -> AsyncIterator[bytes]:
        for i in range(100):
            yield b"%d " % i * 500

    async def main() -> None:
        async with both(lambda request: Reply(body=request)) as client:
            response = await client.request("POST", "/", body=upload())
            assert await response.read() == b"".join([part async for part in upload()])

    run(main())


@pytest.mark.parametrize("body", [b"body", pieces(b"body")])
@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_no_content_where_there_is_none(run: Run, method: str, status: int, body: Any) -> None:
    async def main() -> None:
        headers = [("content-length", "4")] if status != 204 else []
        async with both(lambda _: Reply(status, headers, body, [("x-trailer", "1")])) as client:
            response = await client.request(method, "/")
            assert (response.status, await response.read()) == (status, b"")

    run(main())


class ClosedBody:
    """It says whether it was closed."""

    def __init__(self) -> None:
        self.pieces = [b"x"] * 3
        self.is_closed = False

    def __aiter__(self) -> ClosedBody:
        return self

    async def __anext__(self) -> bytes:
        if not self.pieces:
            raise StopAsyncIteration
        return self.pieces.pop()

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [
        ("GET", 200, []),
        ("HEAD", 200, []),
        ("GET", 204, []),
        ("GET", 304, []),
        ("GET", 500, [("Large", "letters")]),
    ],
)
def test_a_body_is_closed_whatever_becomes_of_it(
    run: Run, method: str, status: int, headers: Any, later: bool
) -> None:
    body = ClosedBody()

    def handler(request: Request) -> Any:
        reply = Reply(200 if status == 500 else status, headers, body)
        return answer_later(reply) if later else reply

    async def answer_later(reply: Reply) -> Reply:
        return reply

    async def main() -> None:
        async with both(handler) as client:
            response = await client.request(method, "/")
            assert response.status == status
            await response.read()
            await until(lambda: body.is_closed)

    run(main())


@pytest.mark.parametrize("kind", ["reply", "task"])
def test_a_stream_that_was_reset_at_once_leaves_nothing_open(run: Run, kind: str) -> None:
    """The task of its answer is cancelled before it has begun."""
    body = ClosedBody()
    tasks: list[asyncio.Future[Any]] = []

    def handler(_: Request) -> Any:
        if kind == "reply":
            return Reply(body=body)
        tasks.append(asyncio.ensure_future(asyncio.sleep(60)))
        return tasks[0]

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            await peer.settle()
            peer.connection.reset(peer.connection.request(GET))  # in one read
            peer.flush()
            await until(lambda: body.is_closed or (tasks and tasks[0].cancelled()))
        assert len(body.pieces) == 3

    run(main())


def test_a_body_that_cannot_be_closed_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ClosedBody):
        async def aclose(self) -> None:
            raise ValueError("broken")

    async def main() -> None:
        async with both(lambda _: Reply(body=Broken())) as client:
            assert await (await client.request("GET", "/")).read() == b"xxx"

    run(main())
    assert [record.name for record in caplog.records] == ["h2fast.aio.sender"]


def test_request_trailers(run: Run) -> None:
    async def handler(request: Request) -> Reply:
        body = await request.read()
        return Reply(body=body + repr(request.trailers).encode())

    async def main() -> None:
        async with both(handler) as client:
            for body in (b"", b"x", pieces(b"x")):
                response = await client.request("POST", "/", body=body, trailers=[("x-t", "1")])
                assert (await response.read()).endswith(b"[(b'x-t', b'1')]")

    run(main())


def test_interim_responses_come_first(run: Run) -> None:
    async def handler(request: Request) -> Reply:
        request.inform(103, [("link", "</style.css>")])
        with pytest.raises(LocalProtocolError):
            request.inform(200)
        return Reply(200)

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            stream = peer.request()
            interim = await peer.expect(InformationalResponseReceived, stream)
            assert interim.headers == [(b":status", b"103"), (b"link", b"</style.css>")]
            assert (await peer.expect(ResponseReceived, stream)).stream_ended

    run(main())


def test_a_client_that_is_gone_is_not_informed(run: Run) -> None:
    seen: list[bool] = []

    async def handler(request: Request) -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            with pytest.raises(StreamError):
                request.inform(103)
            seen.append(request.push("/pushed"))
        return Reply()

    async def main() -> None:
        async with serving(handler) as port, raw_client(port, enable_push=1) as peer:
            stream = peer.request()
            await peer.settle()
            peer.connection.reset(stream)
            peer.flush()
            await until(lambda: seen)
            assert seen == [False]

    run(main())


def test_pushes(run: Run) -> None:
    def handler(request: Request) -> Reply:
        if request.path != "/":
            return Reply(body=request.path.encode())
        return Reply(body=b"%d" % request.push("/style.css", [("accept", "text/css")]))

    async def main() -> None:
        async with serving(handler) as port:
            async with raw_client(port) as peer:
                stream = peer.request()
                assert (await peer.expect(DataReceived, stream)).data == b"0"
            async with raw_client(port, enable_push=1) as peer:
                stream = peer.request()
                push = await peer.expect(PushReceived, stream)
                assert dict(push.headers)[b":path"] == b"/style.css"
                assert dict(push.headers)[b"accept"] == b"text/css"
                assert (await peer.expect(DataReceived, stream)).data == b"1"
                promised = await peer.expect(DataReceived, push.promised_stream_id)
                assert promised.data == b"/style.css"

    run(main())


def test_no_promises_on_a_stream_that_was_reset_at_once(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[bool] = []

    def handler(request: Request) -> Reply:
        seen.append(request.push("/pushed"))
        return Reply()

    async def main() -> None:
        async with serving(handler) as port, raw_client(port, enable_push=1) as peer:
            await peer.settle()
            peer.connection.reset(peer.connection.request(GET))
            await peer.settle()
        assert seen == [False]

    run(main())
    assert not caplog.records


def test_a_promise_for_an_authority_that_is_no_text(run: Run) -> None:
    def handler(request: Request) -> Reply:
        return Reply(body=b"%d" % (request.stream_id % 2 and request.push("/\udcfe")))

    async def main() -> None:
        async with serving(handler) as port, raw_client(port, enable_push=1) as peer:
            stream = peer.request([*GET[:2], (":authority", b"\xff"), *GET[3:]])
            promised = dict((await peer.expect(PushReceived, stream)).headers)
            assert (promised[b":authority"], promised[b":path"]) == (b"\xff", b"/\xfe")
            assert (await peer.expect(DataReceived, stream)).data == b"1"

    run(main())


@pytest.mark.parametrize("later", [False, True])
def test_a_promise_too_many_is_taken_back(run: Run, later: bool) -> None:
    def handler(request: Request) -> Any:
        if request.path == "/":
            request.push("/pushed")
        return answer_later() if later else Reply()

    async def answer_later() -> Reply:
        return Reply()

    async def main() -> None:
        options = {"enable_push": 1, "max_concurrent_streams": 0}
        async with serving(handler) as port, raw_client(port, **options) as peer:
            stream = peer.request()
            push = await peer.expect(PushReceived, stream)
            assert (await peer.expect(ResponseReceived, stream)).stream_ended
            assert (await peer.expect(StreamReset, push.promised_stream_id)).error_code == CANCEL

    run(main())


async def broken_body() -> AsyncIterator[bytes]:
    yield b"a part"
    raise ValueError("broken")


def broken(request: Request) -> Any:
    raise ValueError("broken")


async def broken_later(request: Request) -> Reply:
    raise ValueError("broken")


async def broken_upstream(request: Request) -> Reply:
    raise StreamError("a stream of another connection, such as a proxy has", CANCEL)


async def cancelled_elsewhere(request: Request) -> Reply:
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task
    return Reply()


def cancelled_at_once(request: Request) -> Reply:
    raise asyncio.CancelledError


async def no_reply(request: Request) -> Any:
    return None


async def bad_headers_later(request: Request) -> Reply:
    return Reply(headers=[("Large", "letters")])


@pytest.mark.parametrize(
    "handler",
    [
        broken,
        broken_later,
        broken_upstream,
        cancelled_elsewhere,
        cancelled_at_once,
        no_reply,
        bad_headers_later,
        lambda _: None,
        lambda _: Reply(headers=[("Large", "letters")]),
        lambda _: Reply(headers=[("connection", "close")], body=pieces(b"x")),
        lambda _: Reply(status=100),
    ],
)
def test_a_handler_that_fails_is_a_500(
    run: Run, handler: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with both(handler) as client:
            for _ in range(2):
                response = await client.request("GET", "/")
                assert (response.status, await response.read()) == (500, b"")

    caplog.set_level(logging.ERROR)
    run(main())
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "reply",
    [
        lambda: Reply(body=broken_body()),
        lambda: Reply(body="text"),  # type: ignore[arg-type]
        lambda: Reply(body=b"x", trailers=[(":status", "200")]),
        lambda: Reply(body=pieces(b"x"), trailers=[("Large", "letters")]),
    ],
)
def test_a_reply_that_fails_half_way_is_a_reset(
    run: Run, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(lambda _: reply()) as port, raw_client(port) as peer:
            stream = peer.request()
            await peer.expect(ResponseReceived, stream)
            assert (await peer.expect(StreamReset, stream)).error_code == INTERNAL_ERROR

    run(main())
    assert len(caplog.records) == 1


def test_a_reply_that_fails_half_way_is_a_reset_without_validation(run: Run) -> None:
    async def main() -> None:
        async with (
            serving(lambda _: Reply(body=broken_body()), validate=False) as port,
            raw_client(port) as peer,
        ):
            stream = peer.request()
            assert (await peer.expect(StreamReset, stream)).error_code == INTERNAL_ERROR
            assert not [event for event in peer.events if isinstance(event, TrailersReceived)]

    run(main())


def test_a_reset_cancels_the_handler(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(1000)
        finally:
            seen.append("body ended")

    async def handler(request: Request) -> Reply:
        if request.path == "/stream":
            return Reply(body=endless())
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        return Reply()

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            for path in ("/", "/stream"):
                stream = peer.request([*GET[:3], (":path", path)])
                await peer.settle()
                peer.connection.reset(stream)
                peer.flush()
            await until(lambda: len(seen) == 2)
            # Requests that are cancelled at once, before their handlers can begin.
            for _ in range(20):
                peer.connection.reset(peer.connection.request(GET))
            peer.flush()
            await peer.settle()
        assert seen == ["cancelled", "body ended"]

    run(main())
    assert not caplog.records


def test_a_handler_that_was_cancelled_ends_in_peace(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """It is cancelled once, though first its stream ends and then the connection."""
    seen: list[str] = []

    async def handler(request: Request) -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")
            await asyncio.sleep(0.1)
            seen.append("ended")
        return Reply()

    async def main() -> None:
        async with serving(handler) as port:
            async with raw_client(port) as peer:
                stream = peer.request()
                await peer.settle()
                peer.connection.reset(stream)
                peer.flush()
                await until(lambda: seen)
            await until(lambda: len(seen) == 2)
        assert seen == ["cancelled", "ended"]

    run(main())
    assert not caplog.records


def test_a_request_that_was_reset_at_once_is_no_fault_of_the_handler(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(hello) as port, raw_client(port) as peer:
            peer.connection.reset(peer.connection.request(GET))
            await peer.settle()

    run(main())
    assert not caplog.records


def test_a_client_that_is_gone_cancels_the_handlers(run: Run) -> None:
    seen: list[str] = []

    async def handler(request: Request) -> Reply:
        try:
            await request.read()
        except StreamError:
            seen.append("failed")
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        return Reply()

    async def main() -> None:
        async with serving(handler) as port:
            async with raw_client(port) as peer:
                peer.request(POST, b"a part", end=False)
                peer.request(POST, b"a part", end=False)
                await peer.settle()
            await until(lambda: len(seen) == 2)
        assert set(seen) <= {"failed", "cancelled"}

    run(main())


def test_a_body_that_nobody_reads_is_not_wanted(run: Run) -> None:
    async def main() -> None:
        # The response has gone out when the stream ends, however large it is.
        for size in (10, 10_000, 200_000):
            async with (
                serving(lambda _, size=size: Reply(body=bytes(size))) as port,
                raw_client(port) as peer,
            ):
                stream = peer.request(POST, b"a part", end=False)
                received = 0
                while not (data := await peer.expect(DataReceived, stream)).stream_ended:
                    received += len(data.data)
                assert received + len(data.data) == size
                assert (await peer.expect(StreamReset, stream)).error_code == 0
                again = peer.request()
                assert (await peer.expect(ResponseReceived, again)).headers

    run(main())


def test_bodies_that_nobody_reads_do_not_hold_back_others(run: Run) -> None:
    async def main() -> None:
        async with both(hello_later) as client:
            for _ in range(20):  # more than the connection's window together
                response = await client.request("POST", "/", body=bytes(200_000))
                assert await response.read() == b"hello"

    run(main())


def test_many_streams_at_once(run: Run) -> None:
    async def main() -> None:
        async with both(hello_later) as client:
            responses = await asyncio.gather(*[client.request("GET", f"/{i}") for i in range(1000)])
            for i, response in enumerate(responses):
                assert response.header(b"x-path") == f"/{i}"
                assert await response.read() == b"hello"

    run(main())


def test_one_read_many_answers_one_write(run: Run) -> None:
    async def main() -> None:
        async with serving(hello) as port, raw_client(port) as peer:
            await peer.settle()
            streams = [peer.connection.request(GET) for _ in range(50)]
            peer.flush()
            await peer.receive()
            ended = {e.stream_id for e in peer.events if isinstance(e, DataReceived)}
            assert ended == set(streams)

    run(main())


def test_one_task_at_a_time_reads_a_body(run: Run) -> None:
    async def handler(request: Request) -> Reply:
        first = asyncio.ensure_future(request.read())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one task"):
            await request.read()
        return Reply(body=await first)

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            stream = peer.request(POST, end=False)
            await peer.settle()
            peer.connection.send_data(stream, b"body", True)
            assert (await peer.expect(DataReceived, stream)).data == b"body"

    run(main())


def test_empty_and_padded_data(run: Run) -> None:
    seen: list[bytes] = []

    async def handler(request: Request) -> Reply:
        seen.extend([piece async for piece in request])
        return Reply(body=pieces(b"", b"x", b""), trailers=[("x", "y")])

    async def main() -> None:
        async with serving(handler) as port, raw_client(port) as peer:
            stream = peer.request(POST, b"x", end=False)
            padded = b"\0\0\x05\0\x08" + stream.to_bytes(4, "big") + b"\x04\0\0\0\0"
            peer.writer.write(padded)
            peer.connection.send_data(stream, b"", True)
            assert (await peer.expect(TrailersReceived, stream)).headers == [(b"x", b"y")]
        assert seen == [b"x"]

    run(main())
