"""h2fast.hpack.Decoder: input, errors, limits at their boundary, and the headers it keeps."""

from __future__ import annotations

import gc
import sys
from array import array
from typing import ClassVar

import pytest

from h2fast.hpack import (
    Decoder,
    Encoder,
    HeaderTuple,
    HPACKDecodingError,
    InvalidTableIndex,
    InvalidTableSizeError,
    NeverIndexedHeaderTuple,
    OversizedHeaderListError,
)
from h2fast.hpack.table import HeaderTable

GET = b"\x82"
NEW_ENTRY = b"\x40\x01a\x01b"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array("B", data)])
def test_any_contiguous_bytes_like_object_is_taken(kind: type) -> None:
    assert Decoder().decode(kind(GET)) == [(":method", "GET")]


@pytest.mark.parametrize("data", ["text", None, 5, [0x82]], ids=str)
def test_anything_else_is_a_type_error_that_names_it(data: object) -> None:
    with pytest.raises(TypeError, match=f"not '{type(data).__name__}'"):
        Decoder().decode(data)  # type: ignore[arg-type]


def test_a_view_with_gaps_is_refused() -> None:
    with pytest.raises(BufferError, match="contiguous"):
        Decoder().decode(memoryview(b"\x82\x00\x84")[::2])


def test_text_or_bytes() -> None:
    decoder = Decoder()
    assert decoder.decode(NEW_ENTRY) == [("a", "b")]
    assert decoder.decode(b"\xbe", raw=True) == [(b"a", b"b")]
    assert decoder.decode(b"\xbe") == [("a", "b")]
    assert decoder.decode(GET, raw=True) == [(b":method", b"GET")]


def test_headers_are_header_tuples() -> None:
    indexed, literal, never = Decoder().decode(GET + NEW_ENTRY + b"\x10\x01c\x01d")
    assert type(indexed) is type(literal) is HeaderTuple
    assert type(never) is NeverIndexedHeaderTuple


def test_a_repeated_entry_is_the_same_object() -> None:
    decoder = Decoder()
    (first,) = decoder.decode(NEW_ENTRY)
    again = decoder.decode(b"\xbe\xbe")
    assert again[0] is again[1] is first


def test_a_name_that_repeats_is_the_same_object() -> None:
    decoder = Decoder()
    first, second = decoder.decode(b"\x40\x04name\x01b" + b"\x7e\x01c")
    assert second == ("name", "c")
    assert second[0] is first[0]


def test_an_evicted_header_is_let_go() -> None:
    decoder = Decoder()
    (header,) = decoder.decode(NEW_ENTRY)
    referrers = len(gc.get_referrers(header))
    decoder.decode(b"\x20")
    decoder.decode(GET)
    assert len(gc.get_referrers(header)) == referrers - 1


def test_headers_stay_right_when_others_change_the_table() -> None:
    decoder = Decoder()
    decoder.decode(b"".join(b"\x40\x01a\x01%d" % i for i in range(9)))
    table = decoder.header_table
    for i in range(40):
        table.add(b"name", b"%d" % i)
    entries = [tuple(map(bytes.decode, entry)) for entry in table.dynamic_entries]
    assert decoder.decode(bytes(0xBE + i for i in range(49))) == entries
    table.maxsize = 34 * 9
    table.maxsize = 4096
    table.add(b"x", b"y")
    assert decoder.decode(b"\xbe\xbf\xc0") == [("x", "y"), ("name", "39"), ("name", "38")]


def test_headers_stay_right_when_others_replace_as_many_as_the_ring_holds() -> None:
    decoder = Decoder()
    decoder.decode(b"".join(b"\x40\x01a\x02%02d" % i for i in range(16)))
    table = decoder.header_table
    table.maxsize = 0
    table.maxsize = 4096
    for i in range(16):
        table.add(b"name", b"%d" % i)
    entries = [tuple(map(bytes.decode, entry)) for entry in table.dynamic_entries]
    assert decoder.decode(bytes(0xBE + i for i in range(16))) == entries


def test_a_name_reference_survives_the_eviction_it_causes() -> None:
    decoder = Decoder()
    decoder.header_table_size = 40
    assert decoder.decode(NEW_ENTRY + b"\x7e\x02cd") == [("a", "b"), ("a", "cd")]
    assert list(decoder.header_table.dynamic_entries) == [(b"a", b"cd")]


ERRORS = {
    "index 0": (b"\x80", InvalidTableIndex, "Invalid table index 0"),
    "index beyond": (b"\xbe", InvalidTableIndex, "Invalid table index 62"),
    "name index beyond": (b"\x7e\x01a", InvalidTableIndex, "Invalid table index 62"),
    "integer cut": (b"\x0f", HPACKDecodingError, r"Unable to decode HPACK integer .* b'\\x0f'"),
    "no value": (b"\x41", HPACKDecodingError, "Unable to decode HPACK integer .* b''"),
    "integer too long": (b"\xff" * 7, HPACKDecodingError, "too long"),
    "integer too large": (b"\xff\x81\xff\xff\xff\x07", HPACKDecodingError, "2147483647"),
    "string cut": (b"\x40\x05ab", HPACKDecodingError, "Truncated header block"),
    "EOS": (b"\x00\x84\xff\xff\xff\xff\x01b", HPACKDecodingError, "Invalid Huffman string"),
    "padding": (b"\x00\x81\xff\x01b", HPACKDecodingError, "Incomplete Huffman string"),
    "name before value": (b"\x00\x81\xff\x09b", HPACKDecodingError, "Incomplete Huffman string"),
    "not UTF-8": (b"\x00\x01a\x01\xff", HPACKDecodingError, "Unable to decode headers as UTF-8"),
    "late size update": (b"\x82\x20", HPACKDecodingError, "not at the start of the block"),
    "four size updates": (b"\x20" * 4, HPACKDecodingError, "More than 3 table size updates"),
    "size update too large": (b"\x3f\xe2\x1f", InvalidTableSizeError, "exceeded max allowable"),
}


@pytest.mark.parametrize(("block", "error", "text"), ERRORS.values(), ids=ERRORS)
def test_malformed_blocks(block: bytes, error: type[Exception], text: str) -> None:
    decoder = Decoder()
    with pytest.raises(error, match=text) as caught:
        decoder.decode(block)
    assert caught.type is error
    assert decoder.decode(GET) == [(":method", "GET")]


def test_the_largest_index_is_refused_for_what_it_is() -> None:
    with pytest.raises(InvalidTableIndex, match="2147483647"):
        Decoder().decode(b"\xff\x80\xff\xff\xff\x07")


def test_causes_are_upstreams() -> None:
    with pytest.raises(HPACKDecodingError) as caught:
        Decoder().decode(b"\x0f")
    assert isinstance(caught.value.__cause__, IndexError)
    with pytest.raises(HPACKDecodingError) as caught:
        Decoder().decode(b"\x00\x01a\x01\xff")
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)


def test_undecodable_text_does_not_stop_the_table() -> None:
    decoder = Decoder()
    with pytest.raises(HPACKDecodingError):
        decoder.decode(b"\x40\x01a\x01\xff" + NEW_ENTRY)
    assert list(decoder.header_table.dynamic_entries) == [(b"a", b"b"), (b"a", b"\xff")]


def test_two_size_updates_in_a_block() -> None:
    decoder = Decoder()
    decoder.decode(NEW_ENTRY)
    assert decoder.decode(b"\x20\x3f\xe1\x1f\x82") == [(":method", "GET")]
    assert decoder.header_table_size == 4096
    assert not decoder.header_table.dynamic_entries


def test_the_number_of_size_updates_is_limited() -> None:
    decoder = Decoder()
    assert decoder.decode(b"\x20" * 3 + GET) == [(":method", "GET")]
    decoder.max_size_updates = 2
    assert decoder.decode(b"\x20" * 2 + GET) == [(":method", "GET")]
    with pytest.raises(HPACKDecodingError, match="More than 2"):
        decoder.decode(b"\x20" * 3 + GET)


def test_messages_do_not_carry_the_block() -> None:
    with pytest.raises(HPACKDecodingError) as caught:
        Decoder().decode(b"\x7f" + b"\xff" * (1 << 20))
    assert len(str(caught.value)) < 200


def test_a_lowered_maximum_has_to_be_followed() -> None:
    decoder = Decoder()
    decoder.max_allowed_table_size = 128
    with pytest.raises(InvalidTableSizeError, match="did not shrink"):
        decoder.decode(GET)
    assert decoder.decode(b"\x3f\x61\x82") == [(":method", "GET")]


def test_the_header_list_size_counts_32_octets_a_field() -> None:
    decoder = Decoder(max_header_list_size=2 * (32 + 2))
    assert len(decoder.decode(NEW_ENTRY * 2)) == 2
    with pytest.raises(OversizedHeaderListError, match="larger than 68 has been received"):
        decoder.decode(NEW_ENTRY * 2 + b"\x40\x01a\x00")
    decoder.max_header_list_size = 32 + 1
    with pytest.raises(OversizedHeaderListError):
        decoder.decode(NEW_ENTRY)


def test_the_number_of_fields_is_limited() -> None:
    decoder = Decoder()
    assert decoder.max_header_fields == 1000
    assert len(decoder.decode(GET * 1000)) == 1000
    with pytest.raises(OversizedHeaderListError, match="more than 1000 fields"):
        decoder.decode(GET * 1001)
    decoder.max_header_fields = 1001
    assert len(decoder.decode(GET * 1001)) == 1001


def test_a_table_of_another_class_is_used_through_its_methods() -> None:
    class Recorder(HeaderTable):
        added: ClassVar[list[tuple[bytes, bytes]]] = []

        def add(self, name: bytes, value: bytes) -> None:
            self.added.append((name, value))
            super().add(name, value)

    decoder = Decoder()
    decoder.header_table = Recorder()
    block = b"\x20\x3f\xe1\x1f" + GET + NEW_ENTRY + b"\x10\x01c\x01d\x00\x81\x1f\x00\x7e\x01e"
    assert decoder.decode(block) == Decoder().decode(block)
    assert Recorder.added == [(b"a", b"b"), (b"a", b"e")]


@pytest.mark.parametrize("block", [case[0] for case in ERRORS.values()], ids=ERRORS)
def test_the_steps_fail_as_the_whole_does(block: bytes) -> None:
    class InSteps(Decoder):
        def _decode_indexed(self, data: bytes) -> tuple[HeaderTuple, int]:  # type: ignore[override]
            return super()._decode_indexed(data)

    with pytest.raises(HPACKDecodingError) as whole:
        Decoder().decode(block)
    with pytest.raises(HPACKDecodingError) as steps:
        InSteps().decode(block)
    if block == ERRORS["integer too large"][0]:  # an index like any other, as upstream has it
        assert steps.type is InvalidTableIndex
    else:
        assert steps.type is whole.type


def test_limits_hold_in_steps() -> None:
    class InSteps(Decoder):
        def _decode_indexed(self, data: bytes) -> tuple[HeaderTuple, int]:  # type: ignore[override]
            return super()._decode_indexed(data)

    decoder = InSteps()
    update = b"\x3f\xe1\x1f"  # to 4096
    assert len(decoder.decode(update * 3 + GET)) == 1
    with pytest.raises(HPACKDecodingError, match="More than 3 table size updates"):
        decoder.decode(update * 4 + GET)
    decoder.max_header_list_size = 2 * (32 + len(":methodGET"))
    assert len(decoder.decode(GET * 2)) == 2
    with pytest.raises(OversizedHeaderListError):
        decoder.decode(GET * 3)
    decoder.max_header_list_size = 65536
    decoder.max_header_fields = 2
    with pytest.raises(OversizedHeaderListError):
        decoder.decode(GET * 3)
    decoder.max_allowed_table_size = 0
    with pytest.raises(InvalidTableSizeError):
        decoder.decode(GET)


def test_a_table_that_is_taken_away_while_the_arguments_are_read() -> None:
    decoder = Decoder()

    class Raw:
        def __bool__(self) -> bool:
            decoder.header_table = None  # type: ignore[assignment]
            return True

    with pytest.raises(AttributeError):
        decoder.decode(GET, raw=Raw())  # type: ignore[arg-type]
    decoder.header_table = HeaderTable()
    assert decoder.decode(GET) == [(":method", "GET")]


def test_properties_of_a_subclass_are_honoured() -> None:
    class Small(Decoder):
        max_header_list_size = property(lambda self: 10, lambda self, value: None)

    with pytest.raises(OversizedHeaderListError, match="larger than 10"):
        Small().decode(GET)

    class Elsewhere(Decoder):
        kept = HeaderTable()
        header_table = property(lambda self: self.kept, lambda self, table: None)

    decoder = Elsewhere()
    decoder.decode(NEW_ENTRY)
    assert list(Elsewhere.kept.dynamic_entries) == [(b"a", b"b")]
    assert decoder.max_allowed_table_size == 4096


def test_a_patched_table_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[bytes] = []
    monkeypatch.setattr(HeaderTable, "add", lambda self, name, value: added.append(name))
    Decoder().decode(NEW_ENTRY)
    Encoder().encode([("b", "c")])
    assert added == [b"a", b"b"]


@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="from CPython 3.12 on, the garbage collector does not run inside decode",
)
def test_a_decoder_entered_again_from_its_own_decode_refuses() -> None:
    decoder = Decoder()
    refused: list[str] = []

    class Finalizer:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            for call in (
                lambda: decoder.decode(GET),
                lambda: decoder.header_table.add(b"a", b"b"),
                lambda: setattr(decoder.header_table, "maxsize", 0),
                lambda: setattr(decoder, "header_table", HeaderTable()),
            ):
                try:
                    call()
                except RuntimeError as error:
                    refused.append(str(error))

    block = Encoder().encode([("name", f"v{i}") for i in range(900)])
    threshold = gc.get_threshold()
    gc.collect()
    gc.set_threshold(50)
    try:
        for _ in range(20):
            gc.disable()
            Finalizer()
            gc.enable()
            decoder.decode(block)
    finally:
        gc.set_threshold(*threshold)
    assert set(refused) == {"the header table is in use by a decoder: re-entrant call"}
    assert decoder.decode(b"\xbe") == [("name", "v899")]
