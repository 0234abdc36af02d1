"""``python -m h2fast get``: resources over HTTP/2, at once, printed in the order of their URLs."""

from __future__ import annotations

import argparse
import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Sequence

import h2fast
from h2fast.aio import Client, Response, client_context, connect, run as run_loop
from h2fast.frame_printer import text_of

from . import CommandError
from .arguments import parser_of
from .faults import FetchError, explained
from .streams import complain, hold_descriptors, output
from .trace import FrameTrace
from .urls import Origin, Target, parse

# What a server may send of each response before it is this response's turn to be printed.
WINDOW = 1 << 20
LARGEST_WINDOW = 2**31 - 1

# Seconds that a server has to take the goodbye.
CLOSE_TIME = 1

OK, BAD_STATUS, FAILED = 0, 1, 3  # 2 is argparse's


def run(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    targets = [parse(url, options.prior_knowledge) for url in options.urls]
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it is said here what went wrong
    hold_descriptors()
    return run_loop(_get(targets, options))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of(
        "get",
        "Fetches resources over HTTP/2 and writes them to standard output, in the order of their "
        "URLs. Those of one server come over one connection, at once. The exit status is 0, or 1 "
        "if a status was 400 or higher, 2 if an argument is wrong, 3 if something did not arrive.",
    )
    parser.add_argument("urls", metavar="URL", nargs="+", help="https://..., or http://...")
    parser.add_argument("-I", "--head", action="store_true", help="ask for header fields only")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the frames on standard error"
    )
    parser.add_argument("-k", "--insecure", action="store_true", help="accept any certificate")
    parser.add_argument("--cacert", metavar="FILE", help="authorities to trust, in PEM")
    parser.add_argument(
        "--http2-prior-knowledge",
        dest="prior_knowledge",
        action="store_true",
        help="allow http://, where the server is known to speak HTTP/2",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for a connection, and for anything more of a response (30)",
    )
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:  # as a NaN is not, either
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return seconds


def _context(options: argparse.Namespace) -> ssl.SSLContext:
    try:
        return client_context(verify=not options.insecure, authorities=options.cacert)
    except OSError as error:
        is_content = isinstance(error, ssl.SSLError)
        reason = "there are no certificates in it" if is_content else error.strerror
        raise CommandError(f"{options.cacert}: {reason}") from error


async def _get(targets: list[Target], options: argparse.Namespace) -> int:
    fetching = Fetching(options, len(targets))
    responses = [asyncio.ensure_future(fetching.request(target)) for target in targets]
    try:
        return max([await fetching.print(*both) for both in zip(targets, responses, strict=True)])
    finally:
        for response in responses:
            response.cancel()
        await asyncio.gather(*responses, return_exceptions=True)
        await fetching.close()


class Fetching:
    """The connections, one for each server, and what is done on them."""

    def __init__(self, options: argparse.Namespace, count: int) -> None:
        self._method = "HEAD" if options.head else "GET"
        self._verbose = options.verbose
        self._timeout = options.timeout
        self._tls = _context(options)
        # Responses that wait for their turn must not keep the one from coming whose turn it is.
        self._window = min((count + 1) * WINDOW, LARGEST_WINDOW)
        self._clients: dict[Origin, asyncio.Task[Client]] = {}
        # When there was last something of a response, or could have been: servers that say nothing
        # are waited for once, and not for each response.
        self._heard: dict[Origin, float] = {}

    async def request(self, target: Target) -> Response:
        """The response, when its header section is here."""
        if target.origin not in self._clients:
            self._clients[target.origin] = asyncio.ensure_future(self._connect(target.origin))
        client = await asyncio.shield(self._clients[target.origin])
        agent = ("user-agent", f"h2fast/{h2fast.__version__}")
        response = await client.request(self._method, target.path, [agent, ("accept", "*/*")])
        self._hear(target.origin)
        return response

    def _hear(self, origin: Origin) -> None:
        self._heard[origin] = asyncio.get_running_loop().time()

    async def print(self, target: Target, coming: asyncio.Task[Response]) -> int:
        """Print what is to be printed of a response. Returns the exit status it makes."""
        try:
            with explained(target.origin):
                response = await self._begun(coming, target.origin)
            async with response:
                if self._method == "HEAD":
                    _print_headers(response)
                async for piece in self._pieces(response, target.origin):
                    with output() as out:
                        out.buffer.write(piece)
                    self._hear(target.origin)
                return BAD_STATUS if response.status >= 400 else OK
        except FetchError as error:
            complain(f"h2fast: get: {target.url}: {error}")
            return FAILED

    async def close(self) -> None:
        for client in self._clients.values():
            client.cancel()
        for outcome in await asyncio.gather(*self._clients.values(), return_exceptions=True):
            if isinstance(outcome, Client):
                await outcome.close(CLOSE_TIME)

    async def _connect(self, origin: Origin) -> Client:
        client = await asyncio.wait_for(
            connect(
                origin.host,
                origin.port,
                tls=self._tls if origin.scheme == "https" else None,
                trace=FrameTrace() if self._verbose else None,
                connection_window=self._window,
                initial_window_size=WINDOW,
            ),
            self._timeout,
        )
        self._hear(origin)
        if self._verbose:
            complain(f"* {_describe(client)}")
        return client

    async def _begun(self, coming: asyncio.Task[Response], origin: Origin) -> Response:
        """A response whose header section is here.

        :raises asyncio.TimeoutError: it does not come.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not coming.done():
            left = self._heard.get(origin, began) + self._timeout - loop.time()
            if left <= 0:
                coming.cancel()
                raise asyncio.TimeoutError
            await asyncio.wait([coming], timeout=left)
        return coming.result()

    async def _pieces(self, response: Response, origin: Origin) -> AsyncIterator[bytes]:
        while True:
            try:
                with explained(origin):
                    piece = await asyncio.wait_for(response.__anext__(), self._timeout)
            except StopAsyncIteration:
                return
            yield piece


def _describe(client: Client) -> str:
    host, port, *_ = client.get_extra_info("peername")
    tls = client.get_extra_info("ssl_object")
    over = f"{tls.version()} with {tls.cipher()[0]}, ALPN h2" if tls else "clear text"
    return f"connected to {host} port {port}, {over}"


def _print_headers(response: Response) -> None:
    with output() as out:
        print(f"HTTP/2 {response.status}", file=out)
        for name, value in response.headers:
            if not name.startswith(b":"):
                print(f"{text_of(name)}: {text_of(value)}", file=out)
        print(file=out)
