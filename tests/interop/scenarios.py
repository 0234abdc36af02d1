"""What is tried with every peer, and how much of it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

from tests.interop.processes import BUILD, program
from tests.interop.server import BLOCK

MEBIBYTE = 1 << 20

# Octets of a large body. Memory is to be constant: it may grow by so much, whatever is transferred.
LARGE = int(os.environ.get("H2FAST_INTEROP_MIB", "64")) * MEBIBYTE
GROWTH = 40 * MEBIBYTE

FOLDER = Path(__file__).parent


@cache
def described(octets: int) -> str:
    """So many octets of the pattern, as ``/count`` says it."""
    digest = hashlib.sha256()
    for _ in range(octets // len(BLOCK)):
        digest.update(BLOCK)
    digest.update(BLOCK[: octets % len(BLOCK)])
    return f"{octets} {digest.hexdigest()}"


@cache
def pattern_file(octets: int) -> Path:
    """A file with so many octets of the pattern."""
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / f"pattern-{octets}"
    with path.open("wb") as file:
        for _ in range(octets // len(BLOCK)):
            file.write(BLOCK)
        file.write(BLOCK[: octets % len(BLOCK)])
    return path


@cache
def go_peer() -> Path:
    """peer.go, compiled, or a skip where there is no Go."""
    path = BUILD / "go-peer"
    subprocess.run([program("go"), "build", "-o", path, FOLDER / "peer.go"], check=True)
    return path
