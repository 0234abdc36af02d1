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
    :param tests: the folder of the tests in the unpacked sdist.
    :param expected: what the suite comes to on the originals with CPython 3.11, in pytest's words.
    :param options: of Python.
    :param arguments: of pytest.
    :param checkout: the folder of a checkout, for what has no tests in its sdist.
    """

    name: str
    release: str
    install: tuple[str, ...]
    tests: str
    expected: Mapping[str, int]
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    checkout: Path | None = None
    needs_checkout: bool = field(default=False)


PURE = ("hpack==4.2.0", "hyperframe==6.1.0", "h2==4.4.1", "priority==2.0.0")
PYTEST = ("pytest>=8", "hypothesis>=6")
ON_TRIO = ("trio<1", "pytest-trio", "anyio")


def _checkout(name: str) -> Path | None:
    """Where $H2FAST_GRPCLIB and its like say that a repository is, or beside the project."""
    told = os.environ.get(f"H2FAST_{name.upper()}")
    folder = Path(told) if told else ROOT.parent / name
    return folder if folder.is_dir() else None


SUITES = [
    Suite("hpack", "4.2.0", (*PURE, *PYTEST), "tests", {"passed": 88}),
    Suite("hyperframe", "6.1.0", (*PURE, *PYTEST), "tests", {"passed": 108, "skipped": 1}),
    Suite("h2", "4.4.1", (*PURE, *PYTEST), "tests", {"passed": 1662}, options=("-bb",)),
    Suite("priority", "2.0.0", (*PURE, *PYTEST), "test", {"passed": 170}),
    Suite(
        "httpcore",
        "1.0.9",
        (*PURE, "httpcore[asyncio,http2,socks,trio]==1.0.9", "pytest<9", "pytest-httpbin",
         *ON_TRIO),
        "tests",
        {"passed": 214, "xpassed": 6},
    ),
    Suite(
        "hypercorn",
        "0.18.0",
        (*PURE, "hypercorn[trio]==0.18.0", "httpx", "mock", *PYTEST, "pytest-asyncio", "pytest-cov",
         *ON_TRIO),
        "tests",
        {"passed": 194, "failed": 2},
    ),
    Suite(
        "grpclib",
        "0.4.9",
        (*PURE, "multidict", "protobuf", "googleapis-common-protos", "certifi", "pytest",
         "pytest-asyncio", "async_timeout", "faker"),
        "tests",
        {"passed": 216},
        arguments=("-o", "addopts=", "-o", "asyncio_default_fixture_loop_scope=function"),
        checkout=_checkout("grpclib"),
        needs_checkout=True,
    ),
]  # fmt: skip
