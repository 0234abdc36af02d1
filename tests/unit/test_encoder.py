"""h2fast.hpack.Encoder: what it takes, what it refuses, and what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from h2fast.hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple
from h2fast.hpack.huffman import HuffmanEncoder
from h2fast.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from h2fast.hpack.table import HeaderTable


class Text:
    """Anything that has a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def decode(block: bytes) -> list[tuple[bytes, bytes]]:
    return [(header[0], header[1]) for header in Decoder().decode(block, raw=True)]


@pytest.mark.parametrize(
    "headers",
    [
        [("name", "value")],
        [(b"name", b"value")],
        [["name", b"value"]],
        [HeaderTuple("name", "value")],
        [("name", "value", False)],
        [("name", "value", None)],
        [(Text("name"), Text("value"))],
        (("name", "value"),),
        iter([("name", "value")]),
        {"name": "value"},
        {b"name": "value"}.items(),
    ],
    ids=str,
)
def test_every_kind_of_header_list_is_taken(headers: object) -> None:
    encoder = Encoder()
    block = encoder.encode(headers)  # type: ignore[arg-type]
    assert decode(block) == [(b"name", b"value")]
    assert list(encoder.header_table.dynamic_entries) == [(b"name", b"value")]


def test_pseudo_headers_of_a_dict_come_first() -> None:
    block = Encoder().encode({"a": "1", ":path": "/", "b": "2", b":method": "GET"})
    assert decode(block) == [(b":path", b"/"), (b":method", b"GET"), (b"a", b"1"), (b"b", b"2")]


@pytest.mark.parametrize(
    "header",
    [
        ("name", "value", True),
        ["name", "value", 1],
        NeverIndexedHeaderTuple("name", "value"),
    ],
    ids=str,
)
def test_sensitive_fields_are_never_indexed(header: tuple[str, str]) -> None:
    encoder = Encoder()
    (decoded,) = Decoder().decode(encoder.encode([header]))
    assert type(decoded) is NeverIndexedHeaderTuple
    assert not encoder.header_table.dynamic_entries


def test_a_third_item_of_a_header_tuple_is_not_sensitivity() -> None:
    encoder = Encoder()
    encoder.encode([HeaderTuple("name", "value", True)])
    assert list(encoder.header_table.dynamic_entries) == [(b"name", b"value")]


def test_subclasses_of_header_tuples_say_themselves_whether_they_are_indexable() -> None:
    class Secret(HeaderTuple):
        indexable = False

    (decoded,) = Decoder().decode(Encoder().encode([Secret("name", "value")]))
    assert not decoded.indexable


def test_text_is_encoded_as_utf_8() -> None:
    assert decode(Encoder().encode([("naïve", "日本")])) == [("naïve".encode(), "日本".encode())]


def failing_iterator() -> Iterator[tuple[str, str]]:
    yield "name", "value"
    raise OSError("gone")


class Unspeakable:
    def __str__(self) -> str:
        raise LookupError("no text")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([("new", "1"), ("name",)], IndexError),
        ([("new", "1"), 5], TypeError),
        ([("new", "1"), None], TypeError),
        ([("new", "1"), ("name", Unspeakable())], LookupError),
        ([("new", "1"), ("name", "\ud800")], UnicodeEncodeError),
        ([HeaderTuple("name")], IndexError),
        (failing_iterator(), OSError),
        (None, TypeError),
        ("ab", IndexError),
    ],
    ids=str,
)
def test_a_refused_header_list_leaves_no_trace(headers: object, error: type[Exception]) -> None:
    encoder, untouched = Encoder(), Encoder()
    for each in encoder, untouched:
        each.encode([("before", "1")])
        each.header_table_size = 100
    with pytest.raises(error):
        encoder.encode(headers)  # type: ignore[arg-type]
    assert encoder.header_table.dynamic_entries == untouched.header_table.dynamic_entries
    after = [("before", "1"), ("after", "2")]
    assert encoder.encode(after) == untouched.encode(after)


def test_headers_that_change_the_list_while_they_are_read() -> None:
    headers: list[tuple[object, object]] = []

    class Meddler:
        def __str__(self) -> str:
            headers.clear()
            return "value"

    headers += [("a" * 100, "1"), ("name", Meddler()), ("b" * 100, "2")]
    assert decode(Encoder().encode(headers)) == [  # type: ignore[arg-type]
        (b"a" * 100, b"1"),
        (b"name", b"value"),
    ]


def test_headers_that_change_the_table_size_while_they_are_read() -> None:
    encoder = Encoder()

    def headers() -> Iterator[tuple[str, str]]:
        encoder.header_table_size = 100
        yield ":method", "GET"
        encoder.header_table_size = 40

    assert encoder.encode(headers()) == b"\x3f\x45\x3f\x09\x82"
    assert encoder.table_size_changes == []


class Remover:
    """Takes the table away from the encoder that reads it."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def remove(self) -> None:
        self.encoder.header_table = None  # type: ignore[assignment]

    def __str__(self) -> str:
        self.remove()
        return "value"

    def __bool__(self) -> bool:
        self.remove()
        return True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        self.remove()
        yield "name", "value"


@pytest.mark.parametrize("how", ["iterator", "value", "flag"])
def test_a_table_that_is_taken_away_while_the_headers_are_read(how: str) -> None:
    encoder = Encoder()
    remover = Remover(encoder)
    headers: object = {"iterator": remover, "value": [("name", remover)]}.get(how, [("name", "v")])
    with pytest.raises(AttributeError):
        encoder.encode(headers, huffman=remover if how == "flag" else True)  # type: ignore
    encoder.header_table = HeaderTable()
    assert decode(encoder.encode([("name", "value")])) == [(b"name", b"value")]


def test_text_that_encodes_itself_otherwise() -> None:
    class Octets(bytes):
        pass

    class Odd(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self

        def encode(self, *arguments: object) -> bytes:
            return Octets(b"x")

    assert decode(Encoder().encode([(Odd("a"), "b")])) == [(b"x", b"b")]


def test_long_header_lists_do_not_fit_on_the_stack() -> None:
    headers = [(b"name-%d" % i, b"\x01" * 100) for i in range(500)]
    decoder = Decoder(max_header_list_size=2**20)
    assert decoder.decode(Encoder().encode(headers), raw=True) == headers


def test_every_size_change_is_announced_as_upstream_does() -> None:
    encoder = Encoder()
    encoder.header_table_size = 40
    encoder.header_table_size = 100
    encoder.header_table_size = 40
    assert encoder.table_size_changes == [40, 100, 40]
    assert encoder.encode([(":method", "GET")]) == b"\x3f\x09\x3f\x45\x3f\x09\x82"
    assert not encoder.header_table.resized
    assert encoder.encode([(":method", "GET")]) == b"\x82"


@pytest.mark.parametrize(
    "sizes", [[100], [100, 200], [100, 200, 300], [9, 8, 7, 6], [40, 9, 50, 60]]
)
@pytest.mark.parametrize("compact", [False, True])
def test_size_changes_are_what_decoders_take(sizes: list[int], compact: bool) -> None:
    encoder, decoder = Encoder(), Decoder()
    encoder.compact = compact
    for size in sizes:
        encoder.header_table_size = size
    if compact:
        decoder.max_size_updates = 2
    assert decoder.decode(encoder.encode([(":method", "GET")])) == [(":method", "GET")]
    assert decoder.header_table_size == sizes[-1]


def test_more_than_three_size_changes_become_the_smallest_and_the_last() -> None:
    encoder = Encoder()
    for size in (100, 9, 50, 60):
        encoder.header_table_size = size
    assert encoder.encode([(":method", "GET")]) == b"\x29\x3f\x1d\x82"


def test_setting_the_same_size_again_does_not_lose_the_announcement() -> None:
    encoder = Encoder()
    encoder.header_table_size = 40
    encoder.header_table_size = 40
    assert encoder.encode([(":method", "GET")]) == b"\x3f\x09\x82"


def test_the_table_grows_to_its_limit_and_no_further() -> None:
    encoder = Encoder()
    encoder.header_table_size = 65536
    assert encoder.header_table_size == 65536
    encoder.header_table_size = 65537
    assert encoder.header_table_size == 65536
    assert encoder.table_size_changes == [65536]
    encoder.header_table_size_limit = 2**32 - 1
    encoder.header_table_size = 65537
    assert encoder.header_table_size == 65537


@pytest.mark.parametrize("size", [-1, 2**64])
def test_sizes_out_of_range_are_refused(size: int) -> None:
    with pytest.raises(OverflowError):
        Encoder().header_table_size_limit = size


def test_compact_keeps_values_that_do_not_come_again_out_of_the_table() -> None:
    encoder = Encoder()
    encoder.compact = True
    encoder.encode([(":path", "/a/b/c"), ("content-length", "12345"), ("x-kept", "1")])
    assert list(encoder.header_table.dynamic_entries) == [(b"x-kept", b"1")]


def test_compact_codes_strings_only_where_that_is_shorter() -> None:
    encoder = Encoder()
    encoder.compact = True
    assert encoder.encode([("\x01", "aaaaaaaa")]) == b"\x40\x01\x01\x85" + b"\x18\xc6\x31\x8c\x63"


def test_a_table_of_another_class_is_used_through_its_methods() -> None:
    class Recorder(HeaderTable):
        searched: ClassVar[list[bytes]] = []

        def search(self, name: bytes, value: bytes) -> tuple[int, bytes, bytes | None] | None:
            self.searched.append(name)
            return super().search(name, value)

    encoder, plain = Encoder(), Encoder()
    encoder.header_table = Recorder()
    headers = [(":method", "GET"), ("name", "value"), ("name", "other"), ("name", "value")]
    for _ in range(2):
        assert encoder.encode(headers) == plain.encode(headers)
    assert Recorder.searched == [b":method", b"name", b"name", b"name"] * 2


def test_a_table_can_be_shared_and_replaced() -> None:
    encoder, table = Encoder(), HeaderTable()
    table.add(b"name", b"value")
    encoder.header_table = table
    assert encoder.encode([("name", "value")]) == b"\xbe"


def test_overridden_steps_are_called() -> None:
    class NothingIndexed(Encoder):
        def add(self, to_add: tuple[bytes, bytes], sensitive: bool, huffman: bool = False) -> bytes:
            return super().add(to_add, True, huffman)

    encoder = NothingIndexed()
    encoder.encode([("name", "value")])
    assert not encoder.header_table.dynamic_entries


def test_a_patched_class_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Encoder, "_encode_indexed", lambda self, index: b"patched")
    assert Encoder().encode([(":method", "GET")]) == b"patched"


def test_another_huffman_coder_is_used() -> None:
    swapped = [*REQUEST_CODES]
    swapped[ord("a")], swapped[ord("c")] = swapped[ord("c")], swapped[ord("a")]
    encoder, plain = Encoder(), Encoder()
    encoder.huffman_coder = HuffmanEncoder(swapped, REQUEST_CODES_LENGTH)
    assert encoder.encode([("acid", "1")]) == plain.encode([("caid", "1")])
    encoder.huffman_coder = Encoder().huffman_coder
    assert encoder.encode([("x", "1")]) == plain.encode([("x", "1")])


def test_the_steps_encode_as_the_whole_does() -> None:
    encoder, whole = Encoder(), Encoder()
    fields = [(b":method", b"GET"), (b":path", b"/x"), (b"name", b"v" * 200), (b"name", b"w")]
    for huffman in False, True:
        for name, value in fields:
            step = encoder.add((name, value), False, huffman)
            assert step == whole.encode([(name, value)], huffman)
    assert encoder.header_table.dynamic_entries == whole.header_table.dynamic_entries
