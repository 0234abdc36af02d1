"""python -m h2fast get and serve: with each other, with curl, and with peers that do wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from h2fast import Connection
from h2fast.commands import CommandError, certificate
from h2fast.commands.trace import FrameTrace
from h2fast.commands.urls import parse
from h2fast.events import DataReceived, StreamReset
from h2fast.frames import build_goaway, build_headers, build_settings
from h2fast.hpack import Encoder
from tests.aio_peers import GET, HOST
from tests.commands import ENVIRONMENT, Serving, h2fast, serving

LARGE = bytes(range(256)) * 16384  # 4 MiB
posix_only = pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<p>home")
    (folder / "style.css").write_text("p{}")
    (folder / "large.bin").write_bytes(LARGE)
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"file {number}\n")
    return folder


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    try:
        return certificate.make(tmp_path_factory.mktemp("certificates"))
    except certificate.NoMakerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def server(folder: Path, certificates: tuple[Path, Path]) -> Iterator[Serving]:
    own, key = certificates
    with serving(folder, "--quiet", "--certificate", own, "--key", key) as running:
        yield running


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[Serving]:
    with serving(folder, "--quiet", "--clear-text", "--push=/=/style.css") as running:
        yield running


# ------------------------------------------------------------------------------------------- get


def test_several_urls_over_one_connection_in_their_order(
    server: Serving, certificates: tuple[Path, Path]
) -> None:
    urls = [f"{server.url}/{number}.txt" for number in range(20)]
    done = h2fast("get", "-v", "--cacert", certificates[0], *urls)
    assert (done.returncode, done.stdout) == (0, "".join(f"file {n}\n" for n in range(20)))
    assert done.stderr.count("* connected to 127.0.0.1 port") == 1
    assert "TLSv1.3 with" in done.stderr
    assert "ALPN h2" in done.stderr


def test_the_frames_both_ways(plain: Serving) -> None:
    done = h2fast("get", "--verbose", "--http2-prior-knowledge", f"{plain.url}/1.txt?a=b")
    lines = done.stderr.splitlines()
    assert lines[0].split() == [">", "0", "connection", "preface"]
    assert [line for line in lines if line.startswith("<") and " SETTINGS stream=0" in line]
    assert ">          :path: /1.txt?a=b" in lines
    assert "<          :status: 200" in lines
    assert [line for line in lines if "DATA stream=1 flags=END_STREAM" in line]


def test_head_prints_the_header_fields(plain: Serving) -> None:
    done = h2fast("get", "-I", "--http2-prior-knowledge", f"{plain.url}/1.txt")
    lines = done.stdout.splitlines()
    assert lines[0] == "HTTP/2 200"
    assert "content-length: 7" in lines
    assert lines[-1] == ""
    assert "file" not in done.stdout


def test_large_responses_arrive_whole(plain: Serving, tmp_path: Path) -> None:
    urls = [f"{plain.url}/large.bin"] * 12
    command = [sys.executable, "-m", "h2fast", "get", "--http2-prior-knowledge", *urls]
    assert subprocess.check_output(command, timeout=60) == LARGE * 12


def test_several_servers(server: Serving, plain: Serving) -> None:
    urls = [f"{server.url}/1.txt", f"{plain.url}/2.txt", f"{server.url}/3.txt"]
    done = h2fast("get", "-k", "--http2-prior-knowledge", *urls)
    assert (done.returncode, done.stdout) == (0, "file 1\nfile 2\nfile 3\n")


def test_a_bad_status_is_an_exit_status(plain: Serving) -> None:
    urls = [f"{plain.url}/nothing", f"{plain.url}/1.txt"]
    done = h2fast("get", "--http2-prior-knowledge", *urls)
    assert (done.returncode, done.stdout) == (1, "404 Not Found\nfile 1\n")


@posix_only
def test_who_stops_reading_is_not_an_error(plain: Serving) -> None:
    shell = (
        f"{sys.executable} -m h2fast get --http2-prior-knowledge {plain.url}/large.bin | head -c9"
    )
    done = subprocess.run(shell, shell=True, capture_output=True, timeout=60, check=True)
    assert done.stdout == LARGE[:9]
    assert done.stderr == b""


# --------------------------------------------------------------------- get, and what goes wrong


def line_about(*arguments: object, status: int) -> str:
    """The one line that a failing command writes to standard error."""
    done = h2fast("get", *arguments)
    assert done.returncode == status, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("h2fast: get: ")
    return lines[0]


def test_a_certificate_that_nobody_vouches_for(server: Serving) -> None:
    line = line_about(f"{server.url}/1.txt", status=3)
    assert "the certificate of 127.0.0.1 is not valid: self" in line
    assert "--cacert FILE trusts another authority, -k trusts anybody" in line


def test_a_certificate_for_another_name(folder: Path, tmp_path: Path) -> None:
    own, key = certificate.make(tmp_path, ("elsewhere.example",))
    with serving(folder, "--certificate", own, "--key", key) as running:
        line = line_about("--cacert", own, f"{running.url}/", status=3)
    assert "is not valid" in line
    assert "127.0.0.1" in line


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        line = line_about(f"https://{HOST}:{port}/", status=3)
    assert line.endswith(f"cannot connect to {HOST} port {port}: Connection refused")


def test_a_host_that_there_is_not() -> None:
    assert "there is no address for nothing.invalid" in line_about(
        "https://nothing.invalid/", status=3
    )


def answer_with(octets: bytes, tls: ssl.SSLContext | None = None) -> int:
    """A server that answers one connection with some octets, whatever it is asked. Its port."""
    listener = socket.create_server((HOST, 0))

    def answer() -> None:
        with listener:
            connection, _ = listener.accept()
            with connection:
                asked = b""
                while len(asked) < 100 and octets[:1] == b"\0":  # preface, settings and a request
                    asked += connection.recv(65536)
                connection.sendall(octets)
                while connection.recv(65536):
                    pass

    threading.Thread(target=answer, daemon=True).start()
    port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "failed: "),
        (b"\0\0\0\4\0\0\0\0\0" + b"\0\0\1\6\0\0\0\0\0\0", "the connection failed"),
        (b"\0\0\0\4\0\0\0\0\0" + b"\0\0\4\3\0\0\0\0\1\0\0\0\2", "stream 1 was reset by the peer"),
        (b"\0\0\0\4\0\0\0\0\0" + b"\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\x0b", "stream 1 was reset"),
    ],
    ids=["http-1", "protocol-error", "reset", "goaway"],
)
def test_a_server_that_does_wrong(octets: bytes, words: str) -> None:
    port = answer_with(octets)
    line = line_about("--http2-prior-knowledge", f"http://{HOST}:{port}/", status=3)
    assert words in line


def test_a_server_that_says_nothing() -> None:
    with socket.create_server((HOST, 0)) as silent:
        url = f"http://{HOST}:{silent.getsockname()[1]}/"
        line = line_about("--http2-prior-knowledge", "--timeout=0.2", url, status=3)
    assert line.endswith("takes too long")


def test_a_server_that_says_nothing_is_waited_for_once() -> None:
    """And not for each response, which would take more than there is time for here."""
    with socket.create_server((HOST, 0)) as silent:
        urls = [f"http://{HOST}:{silent.getsockname()[1]}/{number}" for number in range(100)]
        done = h2fast("get", "--http2-prior-knowledge", "--timeout=1", *urls)
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert [line.endswith("takes too long") for line in lines] == [True] * 100


def test_the_reason_of_a_goaway_is_printed_on_one_line() -> None:
    reason = b"\x1b[31mred\r\nh2fast: get: all is well\n"
    goaway = build_goaway(0, 11, reason)
    port = answer_with(build_settings() + goaway)
    line = line_about("--http2-prior-knowledge", f"http://{HOST}:{port}/", status=3)
    assert line.endswith(r"error 11 \x1b[31mred\r\nh2fast: get: all is well\n")


def test_a_header_list_that_is_larger_than_the_connection_takes_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    field = Encoder().encode([("a", "x" * 4000)], huffman=False)
    bomb = field + b"\xbe" * 10_000  # as many times as that, the first entry of the dynamic table
    FrameTrace()("<", build_headers(1, bomb))
    printed = capsys.readouterr().err
    assert "MALFORMED: header block of stream 1" in printed
    assert len(printed) < 1000


def test_a_server_that_speaks_another_protocol(certificates: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates)
    ports: list[int] = []
    ready, done = threading.Event(), threading.Event()

    async def serve_nothing() -> None:
        server = await asyncio.start_server(lambda r, w: None, HOST, 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        while not done.is_set():
            await asyncio.sleep(0.01)
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve_nothing(),))
    thread.start()
    ready.wait(10)
    try:
        line = line_about("-k", f"https://{HOST}:{ports[0]}/", status=3)
    finally:
        done.set()
        thread.join()
    assert line.endswith(f"{HOST} does not speak HTTP/2: it chose nothing")


def test_a_server_that_speaks_no_tls() -> None:
    port = answer_with(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    line = line_about("-k", f"https://{HOST}:{port}/", status=3)
    assert f"TLS with {HOST} port {port} failed: " in line


# An interpreter that was started in the background may have been told to ignore SIGINT.
INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from h2fast.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@posix_only
def test_interrupted_it_ends_as_a_shell_expects() -> None:
    with socket.create_server((HOST, 0)) as silent:
        url = f"http://{HOST}:{silent.getsockname()[1]}/"
        getting = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, "get", "--http2-prior-knowledge", url],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            getting.send_signal(signal.SIGINT)
            assert getting.communicate(timeout=60) == (b"", b"")
    assert getting.returncode == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a/", "starts with https:// or http://"),
        ("a.example", "starts with https:// or http://"),
        ("https:///path", "there is no host in it"),
        ("https://a:port/", "Port could not be cast"),
        ("https://a:99999/", "Port out of range"),
        ("https://a:0/", "nobody can be reached at port 0"),
        ("https://[::1/", "Invalid IPv6 URL"),
        ("https://me:secret@a/", "names and passwords"),
        ("https://a/b c", "no spaces and no control characters"),
        ("https://a/\r\nx: y", "no spaces and no control characters"),
        ("http://a/", "say --http2-prior-knowledge"),
    ],
)
def test_what_is_no_url_to_fetch(url: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        parse(url, False)


def test_urls() -> None:
    target = parse("https://b\u00fccher.example/\u00fc%2F?q=\u00fc&x=%20#part", False)
    assert target.origin == ("https", "xn--bcher-kva.example", 443)
    assert target.path == "/%C3%BC%2F?q=%C3%BC&x=%20"
    assert parse("http://[::1]:81", True)[1:] == (("http", "::1", 81), "/")
    assert parse("http://a", True).origin.port == 80
    assert parse("https://a/\udcff?\udcff", False).path == "/%FF?%FF"  # an argument of any octets


def test_wrong_arguments_of_get(tmp_path: Path) -> None:
    assert "there is no host" in line_about("https:///", status=2)
    missing = line_about("--cacert", tmp_path / "no", "https://a/", status=2)
    assert missing.endswith("no: No such file or directory")
    (tmp_path / "empty").write_text("")
    assert "no certificates in it" in line_about(
        "--cacert", tmp_path / "empty", "https://a/", status=2
    )
    assert h2fast("get").returncode == 2


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "long"])
def test_a_time_that_is_none(seconds: str) -> None:
    done = h2fast("get", f"--timeout={seconds}", "https://a/")
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.endswith(f"error: argument --timeout: '{seconds}' is not a number above 0")


# ----------------------------------------------------------------------------------------- serve


def curl(*arguments: object) -> str:
    program = shutil.which("curl")
    # The sanitizers that may be preloaded are for this interpreter: curl hangs with them.
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    run = partial(subprocess.run, capture_output=True, text=True, check=True, env=environment)
    if program is None or "HTTP2" not in run([program, "-V"]).stdout:
        pytest.skip("no curl with HTTP/2 in PATH")
    command = [program, "--silent", "--show-error", "--max-time", "30", *map(str, arguments)]
    return str(run(command).stdout)


def test_curl_over_tls(server: Serving, certificates: tuple[Path, Path], tmp_path: Path) -> None:
    trusting = ["--cacert", certificates[0], "--http2"]
    assert curl(*trusting, f"{server.url}/") == "<p>home"
    version_and_status = ["-w", "%{http_version} %{http_code}", "-o", tmp_path / "got"]
    assert curl(*trusting, *version_and_status, f"{server.url}/large.bin") == "2 200"
    assert (tmp_path / "got").read_bytes() == LARGE
    assert curl(*trusting, "--head", f"{server.url}/style.css").startswith("HTTP/2 200")
    assert curl(*trusting, "-r", "2-3", f"{server.url}/1.txt") == "le"


def test_curl_in_clear_text_cannot_leave_the_folder(plain: Serving) -> None:
    asking = ["--http2-prior-knowledge", "--path-as-is", "-o", os.devnull, "-w", "%{http_code}"]
    for path in (
        "/../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.git/config",
        "//etc/passwd",
    ):
        assert curl(*asking, f"{plain.url}{path}") == "404"
    assert curl(*asking, f"{plain.url}/%zz") == "400"


def test_curl_asks_again_only_for_what_has_changed(plain: Serving, tmp_path: Path) -> None:
    asking = ["--http2-prior-knowledge", "-o", os.devnull, "-w", "%{http_code}"]
    tag = tmp_path / "tag"
    assert curl(*asking, "--etag-save", tag, f"{plain.url}/1.txt") == "200"
    assert curl(*asking, "--etag-compare", tag, f"{plain.url}/1.txt") == "304"


def test_a_certificate_is_made_where_none_is_given(folder: Path) -> None:
    with serving(folder) as running:
        assert running.announced.startswith("certificate made for this run, SHA-256 ")
        assert h2fast("get", "-k", f"{running.url}/1.txt").stdout == "file 1\n"


@pytest.fixture(params=["cryptography", "openssl"])
def maker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are made by one of the two, each in its turn."""
    if request.param == "cryptography":
        pytest.importorskip("cryptography", reason="no cryptography: pip install cryptography")
    elif shutil.which("openssl") is None:
        pytest.skip("no openssl in PATH")
    else:
        monkeypatch.setitem(sys.modules, "cryptography.x509", None)


@pytest.mark.usefixtures("maker")
def test_both_ways_to_make_a_certificate(folder: Path, tmp_path: Path) -> None:
    own, key = certificate.make(tmp_path, ("a.example", "127.0.0.1", "::1"))
    with serving(folder, "--certificate", own, "--key", key) as running:
        done = h2fast("get", "--cacert", own, f"{running.url}/1.txt")
    assert (done.stdout, done.stderr) == ("file 1\n", "")


@pytest.mark.usefixtures("maker")
def test_a_certificate_has_names_in_ascii_and_addresses_without_a_scope(tmp_path: Path) -> None:
    own, _ = certificate.make(tmp_path, ("b\u00fccher.example", "fe80::1%1"))
    octets = ssl.PEM_cert_to_DER_cert(own.read_text())
    # RFC 5280 section 4.2.1.6: a dNSName and an iPAddress.
    assert b"\x82\x15xn--bcher-kva.example" in octets
    assert b"\x87\x10" + ip_address("fe80::1").packed in octets


@pytest.mark.parametrize("host", ["a,b", "a..b", "a/O=b", "a" * 65, "a" * 300, "a." * 40])
def test_a_host_that_no_certificate_can_be_made_for(host: str, folder: Path) -> None:
    done = h2fast("serve", folder, "--port=0", "--host", host)
    assert done.returncode == 2
    message = f"h2fast: serve: --host {host}: no certificate can be made for this name\n"
    assert done.stderr == message


def line_without_a_maker(folder: Path, programs: Path) -> str:
    """What serve says without the package, and with only some programs in PATH."""
    (programs / "cryptography.py").write_text("raise ImportError")
    path = os.pathsep.join([str(programs), ENVIRONMENT["PYTHONPATH"]])
    done = h2fast("serve", folder, "--port=0", PATH=str(programs), PYTHONPATH=path)
    assert done.returncode == 2
    assert done.stderr.endswith("; or give --certificate and --key, or --clear-text\n")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_nothing_there_that_makes_certificates(folder: Path, tmp_path: Path) -> None:
    """Neither the package nor the program."""
    line = line_without_a_maker(folder, tmp_path)
    assert "the package cryptography (pip install cryptography) or the program openssl" in line


@posix_only
def test_an_openssl_that_makes_no_certificate(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "openssl").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "openssl").chmod(0o700)
    line = line_without_a_maker(folder, tmp_path)
    assert f"{tmp_path / 'openssl'} has made no certificate, with exit status 7: pip" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no/such/folder"], "no/such/folder: there is no such folder"),
        ([".", "--certificate=no/such"], "no/such: No such file or directory"),
        ([".", "--certificate=README.md"], "README.md: no certificate with its key"),
        ([".", "--key=README.md"], "--key: it goes with --certificate"),
        ([".", "--clear-text", "--key=README.md"], "no use for --certificate and --key"),
        ([".", "--clear-text", "--certificate=README.md"], "no use for --certificate and --key"),
        ([".", "--push=/style.css"], "--push /style.css: it is PAGE=RESOURCE"),
        ([".", "--hint=/README.md=/no"], "--hint: '/no' is not the path of a file"),
        ([".", "--push=/../x=/README.md"], "--push: '/../x' is not the path of a file"),
        ([".", "--clear-text", "--host=192.0.2.1"], "cannot listen at 192.0.2.1 port 8443"),
        ([".", "--clear-text", "--host=nothing.invalid"], "cannot listen at nothing.invalid port"),
        ([".", "--clear-text", "--host=a..b"], "--host a..b: this is no name of a host"),
        ([".", "--clear-text", "--port=70000"], "--port 70000: a port is 0 to 65535"),
    ],
)
def test_wrong_arguments_of_serve(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "h2fast", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert done.returncode == (3 if "cannot listen" in done.stderr else 2)
    assert words in done.stderr
    assert "[Errno" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_is_open(folder: Path, number: signal.Signals) -> None:
    with serving(folder, "--clear-text") as running:
        url = f"{running.url}/large.bin"
        getting = subprocess.Popen(
            [sys.executable, "-m", "h2fast", "get", "--http2-prior-knowledge", *[url] * 8],
            stdout=subprocess.PIPE,
        )
        assert getting.stdout is not None
        received = getting.stdout.read(1)
        running.process.send_signal(number)
        received += getting.stdout.read()
        assert received == LARGE * 8
        assert getting.wait(60) == 0
        getting.stdout.close()
        assert running.process.wait(60) == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == "GET /large.bin 200\n" * 8


@posix_only
def test_told_a_second_time_it_stops_at_once(folder: Path) -> None:
    with (
        serving(folder, "--clear-text") as running,
        socket.create_connection((HOST, running.port)) as client,
    ):
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        received = client.recv(1)
        running.process.send_signal(signal.SIGTERM)
        while b"\0\0\x08\7\0" not in received:  # GOAWAY
            more = client.recv(65536)
            assert more
            received += more
        assert running.process.poll() is None
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(5) == 0


@posix_only
def test_what_goes_wrong_with_a_file_is_one_line(tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(LARGE)
    client, events = Connection(True), list[object]()
    with (
        serving(tmp_path, "--clear-text") as running,
        socket.create_connection((HOST, running.port)) as connection,
    ):
        client.request([*GET[:3], (":path", "/large.bin")])

        def receive_until(kind: type) -> None:
            while not any(isinstance(event, kind) for event in events):
                while output := client.output():
                    connection.sendall(output)
                events.extend(client.receive(connection.recv(1024)))

        receive_until(DataReceived)
        os.truncate(large, 100)
        receive_until(StreamReset)
        connection.close()  # which is waited for
        running.process.terminate()
        assert running.process.stderr is not None
        lines = running.process.stderr.read().splitlines()
    failed = f"h2fast: serve: 'GET' '/large.bin' failed: {large} has become shorter"
    assert lines == ["GET /large.bin 200", failed]
