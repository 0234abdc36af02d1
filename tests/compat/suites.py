"""Which suites there are, what they need, and what they come to on the originals."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT


@dataclass(frozen=True)
class Suite:
    """A project's tests.

    :param install: what pip installs, the project among it.
    :param tests: the folders and files of the tests in the unpacked sdist.
    :param expected: what the suite comes to on the originals, in pytest's words; with CPython 3.11,
        or with what it asks for.
    :param options: of Python.
    :param arguments: of pytest.
    :param differs: by the name that a test ends with, why it does something else on h2fast.
    :param python: the release of CPython that the project asks for.
    :param checkout: the folder of a checkout, for what has no tests in its sdist,
    :param version_file: and the file in it that says of which release it is.
    """

    name: str
    release: str
    install: tuple[str, ...]
    tests: tuple[str, ...]
    expected: Mapping[str, int]
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    differs: Mapping[str, str] = field(default_factory=dict)
    python: tuple[int, int] = (3, 10)
    checkout: Path | None = None
    version_file: str = ""


PURE = ("hpack==4.2.0", "hyperframe==6.1.0", "h2==4.4.1", "priority==2.0.0")
PYTEST = ("pytest>=8", "hypothesis>=6")
ON_TRIO = ("trio<1", "pytest-trio", "anyio")

TWICE_THE_BUCKET = "only Twisted's clock is advanced: for max_resets, too many resets at once"


def _checkout(name: str) -> Path | None:
    """Where $H2FAST_GRPCLIB and its like say that a repository is, or beside the project."""
    told = os.environ.get(f"H2FAST_{name.upper()}")
    folder = Path(told) if told else ROOT.parent / name
    return folder if folder.is_dir() else None


SUITES = [
    Suite("hpack", "4.2.0", (*PURE, *PYTEST), ("tests",), {"passed": 88}),
    Suite("hyperframe", "6.1.0", (*PURE, *PYTEST), ("tests",), {"passed": 108, "skipped": 1}),
    Suite("h2", "4.4.1", (*PURE, *PYTEST), ("tests",), {"passed": 1662}, options=("-bb",)),
    Suite("priority", "2.0.0", (*PURE, *PYTEST), ("test",), {"passed": 170}),
    Suite(
        "httpcore",
        "1.0.9",
        (*PURE, "httpcore[asyncio,http2,socks,trio]==1.0.9", "pytest<9", "pytest-httpbin",
         *ON_TRIO),
        ("tests",),
        {"passed": 214, "xpassed": 6},
    ),
    Suite(
        "hypercorn",
        "0.18.0",
        (*PURE, "hypercorn[trio]==0.18.0", "httpx", "mock", *PYTEST, "pytest-asyncio", "pytest-cov",
         *ON_TRIO),
        ("tests",),
        {"passed": 194, "failed": 2},
    ),
    Suite(
        "grpclib",
        "0.4.9",
        (*PURE, "multidict", "protobuf", "googleapis-common-protos", "certifi", "pytest",
         "pytest-asyncio", "async_timeout", "faker"),
        ("tests",),
        {"passed": 216},
        arguments=("-o", "addopts=", "-o", "asyncio_default_fixture_loop_scope=function"),
        checkout=_checkout("grpclib"),
        version_file="grpclib/__init__.py",
    ),
    Suite(
        "urllib3",
        "2.8.0",
        (*PURE, "urllib3[h2]==2.8.0", "hypercorn", "quart", "quart-trio", "anyio[trio]", "httpx",
         "pysocks", "trustme", "idna", "pyopenssl", "cryptography", "pytest-socket",
         "pytest-timeout", *PYTEST),
        ("test/test_http2_connection.py", "test/with_dummyserver/test_https.py"),
        # Failed are those that want a fork of hypercorn's.
        {"failed": 12, "passed": 139, "skipped": 142, "xfailed": 2},
    ),
    Suite(
        "gunicorn",
        "27.0.1",
        (*PURE, "gunicorn[http2]==27.0.1", "gevent", "httpx", "pytest-asyncio", *PYTEST),
        ("tests/test_asgi_http2_response.py", "tests/test_http2_alpn.py",
         "tests/test_http2_async_connection.py", "tests/test_http2_config.py",
         "tests/test_http2_connection.py", "tests/test_http2_errors.py", "tests/test_http2_h2c.py",
         "tests/test_http2_integration.py", "tests/test_http2_live.py",
         "tests/test_http2_request.py", "tests/test_http2_response.py",
         "tests/test_http2_stream.py"),
        {"passed": 628, "skipped": 17},
        # The one left out races with its own application, and fails at times on the originals, too.
        arguments=("-o", "addopts=", "-k", "not test_a_paused_transport_stops_reading_too"),
        differs={"test_reader_resumes_after_a_pause":
                 "20,165 WINDOW_UPDATEs of an octet at once are more than max_glitches allows"},
    ),
    Suite(
        "twisted",
        "26.10.0",
        (*PURE[:3], "Twisted[http2,tls]==26.10.0", "httpx", "pyhamcrest", *PYTEST),
        ("src/twisted/web/test/test_http2.py",),
        {"passed": 67},
        arguments=("-o", "filterwarnings="),  # else pytest takes those of the project around it
        differs={"test_sustainedResetsWithinRateAreAllowed": TWICE_THE_BUCKET,
                 "test_resetTokensRefillOverTime": TWICE_THE_BUCKET},
    ),
    Suite(
        "scrapy",
        "2.19.0",
        (*PURE[:3], "scrapy==2.19.0", "Twisted[http2,tls]", "testfixtures", "pexpect", "sybil",
         "pyftpdlib", "pytest-twisted", "pytest-rerunfailures", "pytest-timeout", *PYTEST),
        ("tests/test_http2_client_protocol.py", "tests/test_downloader_handler_twisted_http2.py"),
        {"passed": 162, "skipped": 38, "xfailed": 1},
        arguments=("-k", "not TestRealWebsite"),
    ),
    Suite(
        "mitmproxy",
        "13.0.0.dev",
        (*PURE, "mitmproxy==12.3.1", "pytest<9", "pytest-asyncio", "pytest-timeout",
         "hypothesis>=6"),
        ("test/mitmproxy/proxy/layers/http",),
        {"passed": 224},
        python=(3, 12),
        checkout=_checkout("mitmproxy"),
        version_file="mitmproxy/version.py",
    ),
]  # fmt: skip
