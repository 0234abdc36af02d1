"""Header tuples behave like the tuples they are."""

from __future__ import annotations

import copy
import pickle

import pytest

from h2fast.hpack import Decoder, HeaderTuple, NeverIndexedHeaderTuple


@pytest.mark.parametrize("kind", [HeaderTuple, NeverIndexedHeaderTuple])
def test_a_header_tuple_is_a_tuple(kind: type[HeaderTuple]) -> None:
    header = kind("name", "value")
    assert header == ("name", "value")
    assert hash(header) == hash(("name", "value"))
    name, value = header
    assert (name, value, len(header), header[1]) == ("name", "value", 2, "value")
    assert not hasattr(header, "__dict__")
    for copied in copy.copy(header), copy.deepcopy(header), pickle.loads(pickle.dumps(header)):
        assert copied == header
        assert type(copied) is kind


def test_only_one_kind_may_be_indexed() -> None:
    assert HeaderTuple("a", "b").indexable
    assert not NeverIndexedHeaderTuple("a", "b").indexable


def test_decoded_headers_are_no_different() -> None:
    (header,) = Decoder().decode(b"\x10\x01a\x01b")
    made = NeverIndexedHeaderTuple("a", "b")
    assert (type(header), header, repr(header)) == (type(made), made, repr(made))
    assert hash(header) == hash(made) == hash(("a", "b"))
    assert pickle.loads(pickle.dumps(header)) == made
