"""The C core against libnghttp2, in a C program of its own: no Python is in what is measured.

The program, ``bench/c/hpack``, is linked with libnghttp2's static library, as its distributor built
it: the shared one does not export the Huffman functions. It is given all stories in a file of
32-bit little-endian numbers and octets:

    stories, then for each: header lists, then for each: fields, then for each:
    length of name, length of value, name, value
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import stories
from bench.c_program import Program, find_nghttp2, running
from bench.contest import OURS, Contest

CORE = ("huffman", "hpack_table", "hpack_index", "hpack_encoder", "hpack_decoder")
CODECS = (OURS, "nghttp2")
OPERATIONS = ("decode", "encode", "huffman-decode", "huffman-encode")


def _serialized(story_list: list[stories.Story]) -> Iterator[bytes]:
    yield struct.pack("<I", len(story_list))
    for story in story_list:
        yield struct.pack("<I", len(story))
        for headers in story:
            yield struct.pack("<I", len(headers))
            for name, value in headers:
                yield struct.pack("<II", len(name), len(value)) + name + value


class Harness:
    """The running program; it has checked that both codecs agree before it says anything."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.description = json.loads(program.read_line())

    def time(self, operation: str, codec: str, passes: int) -> float:
        """Seconds that so many passes take."""
        return self._program.time(operation, codec, passes)

    @property
    def summary(self) -> str:
        size = self.description["encoded_octets"]
        return (
            f"{self.description['fields']} fields, encoded in {size['h2fast']} octets by h2fast "
            f"and in {size['nghttp2']} by nghttp2 {self.description['nghttp2']}"
        )

    def contest(self, operation: str, data: str) -> Contest:
        unit = "octet" if operation.startswith("huffman") else "field"
        contestants = {codec: partial(self.time, operation, codec) for codec in CODECS}
        units = self.description[f"{unit}s"]
        return Contest("C", operation, data, unit, units, contestants)


@contextmanager
def start(data: str) -> Iterator[Harness]:
    octets = b"".join(_serialized(stories.load(data)))
    with running("hpack", CORE, f"{data}.stories", octets, find_nghttp2()) as program:
        yield Harness(program)
