"""``python -m h2fast status``: what is active, which build, which versions, what is missing."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import h2fast
from h2fast.activation import DROP_INS, importers

from .arguments import parser_of
from .streams import output

EXTENSIONS = ("_hpack", "_frames", "_hyperframe", "_connection", "_priority", "_h2")


def run(arguments: Sequence[str]) -> int:
    parser_of(
        "status",
        "Tells about this interpreter: the extension modules, the drop-ins, the original packages. "
        "To see what a program under `run` gets: python -m h2fast run -m h2fast status. The exit "
        "status is 1 if an extension module cannot be loaded.",
    ).parse_args(arguments)
    faults = {name: fault for name in EXTENSIONS if (fault := _fault(name))}
    text = "\n".join(_lines(faults))
    with output() as out:
        print(text, file=out)
    return 1 if faults else 0


def _fault(extension: str) -> str:
    """Why an extension module cannot be loaded; nothing if it can."""
    try:
        importlib.import_module(f"h2fast.{extension}")
    except ImportError as error:
        return str(error)
    return ""


def _lines(faults: dict[str, str]) -> Iterator[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield f"h2fast {h2fast.__version__} at {Path(h2fast.__file__).parent}"
    yield f"{python} on {platform.system()} {platform.machine()}, {sys.executable}"
    yield ""
    yield "extension modules"
    for name in EXTENSIONS:
        yield f"  {name:<12} {_build(name, faults.get(name, ''))}"
    yield ""
    yield f"{'drop-in':<14} {'API of':<8} {'original':<14} state"
    for name in DROP_INS:
        yield f"{name:<14} {_answers_for(name):<8} {_original(name):<14} {_state(name)}"
    yield ""
    yield f"missing: {'; '.join(_missing(faults)) or 'nothing'}"


def _build(name: str, fault: str) -> str:
    if fault:
        return f"not loaded: {fault}"
    file = sys.modules[f"h2fast.{name}"].__file__ or ""
    return f"{os.path.basename(file)}, {os.path.getsize(file):,} octets"


def _answers_for(name: str) -> str:
    """The release whose API the drop-in has."""
    try:
        module = importlib.import_module(f"h2fast.{name}")
    except ImportError:
        return "-"
    release: str = module.__version__
    return release


def _original(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _state(name: str) -> str:
    if name in h2fast.installed():
        return "active"
    if name in sys.modules:
        by = ", ".join(importers(name)) or "somebody"
        return f"not active: the original is imported, by {by}"
    return "not active"


def _missing(faults: dict[str, str]) -> Iterator[str]:
    if faults:
        yield f"{', '.join(faults)}: install h2fast for this Python"
    if find_spec("uvloop") is None and sys.platform != "win32":
        yield "uvloop, which makes get, serve and h2fast.aio faster"
    if find_spec("cryptography") is None and shutil.which("openssl") is None:
        yield "cryptography or openssl, with which serve makes certificates"
