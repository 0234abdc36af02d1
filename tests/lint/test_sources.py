"""Rules about the sources that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.differential.differences import as_markdown

ROOT = Path(__file__).parent.parent.parent
CSRC = sorted((ROOT / "csrc").glob("*.[ch]"))
GENERATED = {
    "huffman_tables.h": "huffman_tables.py",
    "hpack_static_table.h": "hpack_static_table.py",
    "fields_table.h": "fields_table.py",
}


@pytest.mark.parametrize("header", GENERATED)
def test_generated_tables_are_what_their_generator_writes(header: str) -> None:
    generator = ROOT / "csrc" / "gen" / GENERATED[header]
    written = subprocess.run(
        [sys.executable, str(generator)], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "csrc" / header).read_text() == written


def test_the_page_of_differences_is_generated() -> None:
    assert (ROOT / "docs" / "differences.md").read_text() == as_markdown()


@pytest.mark.parametrize("source", CSRC, ids=lambda path: path.name)
def test_the_core_knows_only_libc(source: Path) -> None:
    text = source.read_text()
    assert not re.search(r"Python\.h|\bPy[A-Z]\w*_\w+", text)
    local = set(re.findall(r'#include "([^"]+)"', text))
    assert local <= {path.name for path in CSRC}
    assert set(re.findall(r"#include <([^>]+)>", text)) <= {
        "stddef.h", "stdint.h", "stdlib.h", "string.h", "time.h",
    }  # fmt: skip


@pytest.mark.parametrize("source", CSRC, ids=lambda path: path.name)
def test_bounds_are_not_checked_by_assert(source: Path) -> None:
    """NDEBUG is passed to the compiler by default, and takes assertions away."""
    assert not re.search(r"\bassert\s*\(", source.read_text())


def test_functions_of_the_core_have_its_prefix() -> None:
    for source in CSRC:
        if source.suffix == ".h" and source.name not in GENERATED:
            functions = re.findall(r"^\w[\w *]*?\b(\w+)\(", source.read_text(), re.M)
            assert [name for name in functions if not name.startswith("h2f_")] == [], source


def test_every_translation_unit_belongs_to_an_extension() -> None:
    """What several need is named once in setup.py, in a list that they share."""
    setup = (ROOT / "setup.py").read_text()
    for source in CSRC:
        if source.suffix == ".c":
            assert len(re.findall(rf'"{source.stem}"', setup)) == 1, source


def test_cython_functions_fill_lists_by_append() -> None:
    """That holds when memory runs out, too (tests/memory). At the level of a module it may not."""
    for source in (ROOT / "h2fast").glob("*.p[yx][xi]"):
        for block in re.split(r"^(?=\S)", source.read_text(), flags=re.MULTILINE):
            if re.match(r"(cdef |cpdef |async )*(def|class|\w+ \w+\(|inline)|@", block):
                wrong = r"^ .*\[[^\]<]* for [\w, ]+ in .*\]|^ +for [\w, ]+ in .*\]$"
                assert re.findall(wrong, block, re.MULTILINE) == [], source


def test_cython_functions_that_return_no_object_state_how_they_fail() -> None:
    """Unstated, a caller has to look for an exception after each call."""
    values = r"(?:bint|double|int|long long|size_t|Py_ssize_t|u?int\d+_t|void|const uint8_t \*)"
    beginning = rf"^ *(?:cdef|cpdef) (?:inline )?{values} ?\w+\("
    for source in (ROOT / "h2fast").glob("*.p[yx][xi]"):
        # To the colon at the end of a line, as signatures may have several.
        for signature in re.findall(
            rf"{beginning}.*?:$", source.read_text(), re.MULTILINE | re.DOTALL
        ):
            end = r"\) (except\?? (-?\d+|NULL|0x\w+)|noexcept)( nogil)?:$"
            assert re.search(end, signature), signature
