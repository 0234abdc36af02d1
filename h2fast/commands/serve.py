"""``python -m h2fast serve``: the files of a folder over HTTP/2."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import logging
import os
import signal
import socket
import ssl
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from h2fast.aio import Request, Server, run as run_loop, serve, server_context
from h2fast.frame_printer import text_of
from h2fast.static import Site
from h2fast.static.paths import Refusal

from . import CommandError
from .arguments import parser_of
from .certificate import LOCAL, BadNameError, NoMakerError, make
from .streams import complain, hold_descriptors, output

PATIENCE = 10.0  # seconds that open requests have when the server is told to stop


def run(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    site = _site(options)
    tls = _context(options)
    logging.basicConfig(handlers=[Lines()])
    hold_descriptors()
    run_loop(_serve(site, tls, options))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of(
        "serve",
        "Serves the files of a folder over HTTP/2, until it gets SIGINT (Ctrl-C) or SIGTERM; then "
        "open requests are finished, for up to 10 seconds. Dot files, and links that lead out of "
        "the folder, are not served.",
    )
    parser.add_argument("folder", metavar="DIRECTORY", help="the folder to serve")
    parser.add_argument("--host", default="localhost", help="where to listen (localhost)")
    parser.add_argument(
        "--port", type=int, default=8443, help="port to listen on (8443); 0 picks a free one"
    )
    parser.add_argument(
        "--certificate", metavar="FILE", help="in PEM; without one, it is made for this run"
    )
    parser.add_argument("--key", metavar="FILE", help="in PEM, if not in the certificate's file")
    parser.add_argument(
        "--clear-text", action="store_true", help="no TLS: clients have to know that beforehand"
    )
    for name, does in (
        ("push", "push RESOURCE with PAGE"),
        ("hint", "name RESOURCE in a 103 response before PAGE"),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="PAGE=RESOURCE",
            action="append",
            default=[],
            help=f"{does}; paths such as /=/style.css; may be repeated",
        )
    parser.add_argument("-q", "--quiet", action="store_true", help="no line for each request")
    return parser.parse_args(arguments)


# -------------------------------------------------------------------------------------- the site


def _site(options: argparse.Namespace) -> Site:
    if not 0 <= options.port <= 65535:
        raise CommandError(f"--port {options.port}: a port is 0 to 65535")
    folder = Path(options.folder)
    if not os.path.isdir(folder):  # nor where it may not be looked for
        raise CommandError(f"{folder}: there is no such folder")
    log = (lambda request, status: None) if options.quiet else _log
    pushed, hinted = _resources("--push", options.push), _resources("--hint", options.hint)
    site = Site(folder, pushed, hinted, log)
    for option, pages in (("--push", pushed), ("--hint", hinted)):
        for path in [*pages, *(path for paths in pages.values() for path in paths)]:
            _check_resource(site, option, path)
    return site


def _resources(option: str, given: Iterable[str]) -> dict[str, list[str]]:
    resources: dict[str, list[str]] = {}
    for pair in given:
        page, equals, resource = pair.partition("=")
        if not equals:
            raise CommandError(f"{option} {pair}: it is PAGE=RESOURCE, such as /=/style.css")
        resources.setdefault(page, []).append(resource)
    return resources


def _check_resource(site: Site, option: str, path: str) -> None:
    try:
        found = site.file(path).is_file()
    except Refusal:
        found = False
    if not found or quote(path, "/%:@!$&'()*+,;=~-._") != path:
        raise CommandError(f"{option}: {path!r} is not the path of a file that is served")


def _log(request: Request, status: int) -> None:
    line = f"{request.method} {request.path}".encode("utf-8", "surrogateescape")
    complain(f"{text_of(line)} {status}")


# ------------------------------------------------------------------------------------------- TLS


def _context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """A context, or None for clear text."""
    if options.clear_text and (options.certificate or options.key):
        raise CommandError("--clear-text: there is no use for --certificate and --key")
    if options.key and not options.certificate:
        raise CommandError("--key: it goes with --certificate")
    if options.clear_text:
        return None
    if options.certificate is None:
        return _own_context(options.host)
    try:
        return server_context(options.certificate, options.key)
    except ssl.SSLError as error:
        files = " and ".join(file for file in (options.certificate, options.key) if file)
        reason = error.reason or error
        raise CommandError(f"{files}: no certificate with its key: {reason}") from error
    except OSError as error:
        files = " or ".join(file for file in (options.certificate, options.key) if file)
        raise CommandError(f"{files}: {error.strerror}") from error


def _own_context(host: str) -> ssl.SSLContext:
    """A context with a certificate that is made for this run, and kept nowhere."""
    names = LOCAL if host in (*LOCAL, "", "0.0.0.0", "::") else (host, *LOCAL)
    with tempfile.TemporaryDirectory(prefix="h2fast-") as folder:
        try:
            certificate, key = make(Path(folder), names)
        except NoMakerError as error:
            raise CommandError(
                f"{error}; or give --certificate and --key, or --clear-text"
            ) from error
        except BadNameError as error:
            fault = "no certificate can be made for this name"
            raise CommandError(f"--host {host}: {fault}") from error
        octets = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        digest = hashlib.sha256(octets).hexdigest().upper()
        with output() as out:
            print("certificate made for this run, SHA-256", digest, file=out)
        return server_context(certificate, key)


# ------------------------------------------------------------------------------------ the server


async def _serve(site: Site, tls: ssl.SSLContext | None, options: argparse.Namespace) -> None:
    try:
        server = await serve(site, options.host or None, options.port, tls=tls, scheduler="rfc9218")
    except UnicodeError as error:
        raise CommandError(f"--host {options.host}: this is no name of a host") from error
    except OSError as error:
        place = f"{options.host} port {options.port}"
        raise CommandError(f"cannot listen at {place}: {_reason(error)}", 3) from error
    told = Signals()
    with output() as out:
        for host, port, *_ in server.addresses:
            name = f"[{host}]" if ":" in host else host
            scheme = "https" if tls else "http"
            print(f"serving {options.folder} at {scheme}://{name}:{port}/", file=out)
    await told.wait()
    await _close(server, told)


def _reason(error: OSError) -> str:
    """In the system's words, without those that Python and asyncio put around them."""
    if error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return error.strerror or str(error)


async def _close(server: Server, told: Signals) -> None:
    """Let open requests end; told to stop a second time, do not wait for them."""
    closing = asyncio.ensure_future(server.close(PATIENCE))
    again = asyncio.ensure_future(told.wait())
    await asyncio.wait([closing, again], return_when=asyncio.FIRST_COMPLETED)
    for task in (closing, again):
        task.cancel()
    await asyncio.gather(closing, again, return_exceptions=True)


class Lines(logging.Handler):
    """What is logged while files are served, each in one line."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        line = f"{record.getMessage()}: {error}" if error else record.getMessage()
        complain(f"h2fast: serve: {text_of(line.encode('utf-8', 'surrogateescape'))}")


class Signals:
    """SIGINT and SIGTERM, where the loop can tell of them; else SIGINT ends the program."""

    def __init__(self) -> None:
        self._come: asyncio.Queue[None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._come.put_nowait, None)
            except NotImplementedError:  # on Windows
                return

    async def wait(self) -> None:
        """Wait for the next one."""
        await self._come.get()
