"""Codecs as they are called from Python: h2fast, jh2 and hpack.

What jh2 uses is its Rust extension, ``jh2._hazmat``, which has no functions for Huffman alone;
``jh2.hpack`` is its twin in Python.

The time to decode includes that of reading the fields: a loop takes each name and value out of its
tuple, as every caller does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from itertools import chain
from time import perf_counter
from typing import Any

from bench import stories
from bench.contest import OURS, Contest, MissingError, without_collector
from bench.stories import Header, Story

# Where each is, and what installs it. The last one encodes what all of them decode.
MODULES = {
    OURS: ("h2fast.hpack", "pip install -e ."),
    "jh2": ("jh2._hazmat", "pip install jh2"),
    "jh2.hpack": ("jh2.hpack", "pip install jh2"),
    "hpack": ("hpack", "pip install hpack"),
}

StringFunction = Callable[[bytes], bytes]
OnePass = Callable[[], float]


@dataclass(frozen=True)
class Codec:
    name: str
    new_encoder: Callable[[], Any]
    new_decoder: Callable[[], Any]
    huffman: tuple[StringFunction, StringFunction] | None  # encodes, decodes

    def native(self, story: Story) -> list[list[Any]]:
        """The header lists in the form that the encoder takes."""
        if self.name == "jh2":
            return [[(name, value, False) for name, value in headers] for headers in story]
        return [list(headers) for headers in story]

    def encode(self, story: Story) -> list[bytes]:
        encoder = self.new_encoder()
        return [encoder.encode(headers) for headers in self.native(story)]

    def decode(self, blocks: list[bytes]) -> Story:
        decoder = self.new_decoder()
        return [[_pair(field) for field in decoder.decode(block, True)] for block in blocks]


def _pair(field: tuple[bytes, ...]) -> Header:
    return field[0], field[1]


def _load(name: str) -> Codec:
    path, install = MODULES[name]
    try:
        module = import_module(path)
    except ImportError as error:
        raise MissingError(f"no {name}: {install}") from error
    return Codec(name, module.Encoder, module.Decoder, None if name == "jh2" else _huffman(path))


def _huffman(package: str) -> tuple[StringFunction, StringFunction]:
    constants = import_module(f"{package}.huffman_constants")
    encoder = import_module(f"{package}.huffman").HuffmanEncoder(
        constants.REQUEST_CODES, constants.REQUEST_CODES_LENGTH
    )
    return encoder.encode, import_module(f"{package}.huffman_table").decode_huffman


@cache
def _load_all() -> tuple[list[Codec], dict[str, str]]:
    """The codecs that are installed, and why the others are not."""
    codecs, missing = [], {}
    for name in MODULES:
        try:
            codecs.append(_load(name))
        except MissingError as error:
            missing[name] = str(error)
    return codecs, missing


@cache
def _agreeing_codecs(data: str) -> list[Codec]:
    """The codecs, when every decoder has understood every encoder."""
    codecs, _ = _load_all()
    for story in stories.load(data):
        for encoding in codecs:
            blocks = encoding.encode(story)
            for decoding in codecs:
                if decoding.decode(blocks) != story:
                    raise AssertionError(f"{decoding.name} decodes {encoding.name} otherwise")
    return codecs


@cache
def _coded_strings(data: str) -> tuple[list[bytes], list[bytes]]:
    """The different strings of each story whose code is shorter than they are, and the codes, when
    all codecs have agreed on them."""
    coders = _huffman_coders()
    encode, _ = coders[OURS]
    strings = [
        string
        for story in stories.load(data)
        for string in dict.fromkeys(chain.from_iterable(chain.from_iterable(story)))
        if len(encode(string)) < len(string)
    ]
    codes = [encode(string) for string in strings]
    for name, (encode, decode) in coders.items():
        if [encode(string) for string in strings] != codes:
            raise AssertionError(f"{name} encodes strings otherwise")
        if [decode(code) for code in codes] != strings:
            raise AssertionError(f"{name} decodes strings otherwise")
    return strings, codes


def _huffman_coders() -> dict[str, tuple[StringFunction, StringFunction]]:
    return {codec.name: codec.huffman for codec in _load_all()[0] if codec.huffman}


def _decode_pass(codec: Codec, blocks: list[list[bytes]]) -> float:
    decoders = [codec.new_decoder() for _ in blocks]
    start = perf_counter()
    for decoder, story_blocks in zip(decoders, blocks, strict=True):
        for block in story_blocks:
            for field in decoder.decode(block, True):
                field[0]
                field[1]
    return perf_counter() - start


def _encode_pass(codec: Codec, story_list: list[list[list[Any]]]) -> float:
    encoders = [codec.new_encoder() for _ in story_list]
    start = perf_counter()
    for encoder, story in zip(encoders, story_list, strict=True):
        for headers in story:
            encoder.encode(headers)
    return perf_counter() - start


def _string_pass(function: StringFunction, strings: list[bytes]) -> float:
    start = perf_counter()
    for string in strings:
        function(string)
    return perf_counter() - start


def _decode(data: str) -> dict[str, OnePass]:
    codecs = _agreeing_codecs(data)
    blocks = [codecs[-1].encode(story) for story in stories.load(data)]
    return {codec.name: partial(_decode_pass, codec, blocks) for codec in codecs}


def _encode(data: str) -> dict[str, OnePass]:
    return {
        codec.name: partial(_encode_pass, codec, [codec.native(s) for s in stories.load(data)])
        for codec in _agreeing_codecs(data)
    }


def _huffman_decode(data: str) -> dict[str, OnePass]:
    _, codes = _coded_strings(data)
    return {
        name: partial(_string_pass, decode, codes)
        for name, (_, decode) in _huffman_coders().items()
    }


def _huffman_encode(data: str) -> dict[str, OnePass]:
    strings, _ = _coded_strings(data)
    return {
        name: partial(_string_pass, encode, strings)
        for name, (encode, _) in _huffman_coders().items()
    }


OPERATIONS: dict[str, Callable[[str], dict[str, OnePass]]] = {
    "decode": _decode,
    "encode": _encode,
    "huffman-decode": _huffman_decode,
    "huffman-encode": _huffman_encode,
}


@cache
def contest(operation: str, data: str) -> Contest:
    missing = dict(_load_all()[1])
    if operation.startswith("huffman"):
        missing.setdefault("jh2", "jh2's extension has no function for Huffman alone")
        unit, units = "octet", sum(map(len, _coded_strings(data)[0]))
    else:
        unit, units = "field", stories.field_count(stories.load(data))
    contestants = {
        name: partial(without_collector, one_pass)
        for name, one_pass in OPERATIONS[operation](data).items()
    }
    return Contest("Python", operation, data, unit, units, contestants, missing)
