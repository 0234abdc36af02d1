"""The differences on purpose that no test of behaviour elsewhere pins (see differences.py)."""

from __future__ import annotations

import copy
import importlib.util
import logging
import pickle
import subprocess
import sys

import pytest

from h2fast.hpack import Decoder, Encoder
from h2fast.hpack.table import HeaderTable

CONTEXTS = [Encoder, Decoder, HeaderTable]


@pytest.mark.parametrize("kind", CONTEXTS)
def test_no_copies_of_contexts(kind: type) -> None:
    for copying in copy.copy, copy.deepcopy, pickle.dumps:
        with pytest.raises(TypeError):
            copying(kind())


@pytest.mark.parametrize("kind", CONTEXTS)
def test_no_attributes_but_those_of_a_subclass(kind: type) -> None:
    with pytest.raises(AttributeError):
        kind().anything = 1
    free = type("Free", (kind,), {})()
    free.anything = 1
    assert free.anything == 1


def test_copied_entries() -> None:
    table = HeaderTable()
    table.add(b"name", b"value")
    table.dynamic_entries.clear()
    assert list(table.dynamic_entries) == [(b"name", b"value")]


def test_no_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Decoder().decode(Encoder().encode([("name", "value")]))
    assert not caplog.records


def test_late_patches_are_found_by_what_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    early = Encoder()
    monkeypatch.setattr(Encoder, "_encode_indexed", lambda self, index: b"patched")
    assert early.encode([(":method", "GET")]) == b"\x82"
    assert Encoder().encode([(":method", "GET")]) == b"patched"


LOST_BLOCK = """
import _testcapi
from h2fast.hpack import Encoder

headers = [(b"name-%d" % i, b"v" * 900) for i in range(20)]
lost = 0
for allowed in range(20):
    encoder = Encoder()
    encoder.encode([(b"before", b"1")])
    before = encoder.header_table.dynamic_entries
    _testcapi.set_nomemory(allowed, 0)
    try:
        encoder.encode(headers)
    except MemoryError:
        failed = True
    else:
        failed = False
    finally:
        _testcapi.remove_mem_hooks()
    if failed and encoder.header_table.dynamic_entries != before:
        lost += 1
        try:
            encoder.encode([(b"after", b"1")])
        except MemoryError as error:
            assert "an earlier block was lost" in str(error), error
        else:
            raise AssertionError("went on after losing a block")
assert lost
"""


@pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None,
    reason="this interpreter comes without _testcapi, which makes allocations fail",
)
def test_lost_block() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST_BLOCK], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
