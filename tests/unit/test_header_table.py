"""h2fast.hpack.table.HeaderTable on its own."""

from __future__ import annotations

import gc
import sys
import weakref

import hpack.table
import pytest

from h2fast.hpack import InvalidTableIndex
from h2fast.hpack.table import HeaderTable, table_entry_size


def test_the_static_table_is_upstreams() -> None:
    assert hpack.table.HeaderTable.STATIC_TABLE == HeaderTable.STATIC_TABLE
    assert hpack.table.HeaderTable.STATIC_TABLE_LENGTH == HeaderTable.STATIC_TABLE_LENGTH
    assert hpack.table.HeaderTable.STATIC_TABLE_MAPPING == HeaderTable.STATIC_TABLE_MAPPING
    assert hpack.table.HeaderTable.DEFAULT_SIZE == HeaderTable.DEFAULT_SIZE


@pytest.mark.parametrize("index", [-1, 0, 62, 2**31, 2**64, 2**70])
def test_there_is_no_entry_at(index: int) -> None:
    with pytest.raises(InvalidTableIndex, match=f"Invalid table index {index}"):
        HeaderTable().get_by_index(index)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("name", b"value", "name must be bytes, not str"), (b"name", None, "value must be bytes")],
)
def test_entries_are_bytes(name: bytes, value: bytes, kind: str) -> None:
    table = HeaderTable()
    with pytest.raises(TypeError, match=kind):
        table.add(name, value)
    with pytest.raises(TypeError, match=kind):
        table.search(name, value)
    assert not table.dynamic_entries


def test_subclasses_of_bytes_are_bytes() -> None:
    class Octets(bytes):
        pass

    table = HeaderTable()
    table.add(Octets(b"name"), Octets(b"value"))
    assert table.search(b"name", b"value") == (62, b"name", b"value")


def test_a_search_prefers_the_static_table_and_then_the_newest_entry() -> None:
    table = HeaderTable()
    for name, value in [(b":method", b"PUT"), (b"x", b"1"), (b"x", b"2"), (b"x", b"1")]:
        table.add(name, value)
    assert table.search(b":method", b"PUT") == (65, b":method", b"PUT")
    assert table.search(b":method", b"GET") == (2, b":method", b"GET")
    assert table.search(b":method", b"HEAD") == (2, b":method", None)
    assert table.search(b"x", b"1") == (62, b"x", b"1")
    assert table.search(b"x", b"2") == (63, b"x", b"2")
    assert table.search(b"x", b"3") == (62, b"x", None)
    assert table.search(b"y", b"1") is None


def test_an_entry_larger_than_the_table_empties_it() -> None:
    table = HeaderTable()
    table.add(b"a", b"b")
    table.add(b"name", b"v" * 4061)
    assert not table.dynamic_entries
    table.add(b"name", b"v" * 4060)
    assert table._current_size == table.maxsize == 4096


def test_sizes_below_nothing_are_nothing() -> None:
    table = HeaderTable()
    table.add(b"a", b"b")
    table.maxsize = -5
    assert table.maxsize == 0
    assert not table.dynamic_entries


def test_resized_stays_until_it_is_taken_back() -> None:
    table = HeaderTable()
    assert not table.resized
    table.maxsize = 100
    table.maxsize = 100
    assert table.resized
    table.resized = False
    table.maxsize = 100
    assert not table.resized


def test_a_size_says_what_the_table_holds() -> None:
    table = HeaderTable()
    empty = sys.getsizeof(table)
    table.add(b"n" * 1000, b"v" * 1000)
    assert sys.getsizeof(table) > empty + 2000


def test_sizes_that_are_none_change_nothing() -> None:
    table = HeaderTable()
    with pytest.raises(OverflowError):
        table.maxsize = 1 << 70
    assert not table.resized
    table.maxsize = 1 << 40
    assert table.maxsize == 2**32 - 1


def test_entries_that_are_evicted_while_they_are_copied() -> None:
    table = HeaderTable()
    for i in range(100):
        table.add(b"%d" % i, b"")

    class Evicter:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            table.maxsize = 0

    threshold = gc.get_threshold()
    gc.disable()
    Evicter()
    gc.set_threshold(20)
    gc.enable()
    try:
        assert len(table.dynamic_entries) <= 100
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert not table.dynamic_entries


def test_weak_references() -> None:
    table = HeaderTable()
    reference = weakref.ref(table)
    del table
    assert reference() is None


def test_entry_size() -> None:
    assert table_entry_size(b"name", b"value") == 41
