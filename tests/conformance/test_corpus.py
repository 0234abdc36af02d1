"""Real header sequences, encoded by several implementations, and by this one."""

from __future__ import annotations

from pathlib import Path

import hpack
import pytest

from h2fast.hpack import Decoder, Encoder
from tests.conftest import load_story, story_files

pytestmark = pytest.mark.usefixtures("corpus")

RAW = story_files("raw-data")


@pytest.mark.parametrize("file", story_files() or [Path()])
def test_every_block_decodes_to_its_headers(file: Path) -> None:
    decoder = Decoder()
    for table_size, block, headers in load_story(file):
        if table_size is not None:
            decoder.max_allowed_table_size = table_size
        assert decoder.decode(block, raw=True) == headers


@pytest.mark.parametrize("compact", [False, True], ids=["as-upstream", "compact"])
@pytest.mark.parametrize("file", RAW or [Path()])
def test_hpack_decodes_what_is_encoded(file: Path, compact: bool) -> None:
    encoder, decoder, ours = Encoder(), hpack.Decoder(), Decoder()
    encoder.compact = compact
    for _, _, headers in load_story(file):
        block = encoder.encode(headers)
        assert list(decoder.decode(block, raw=True)) == headers
        assert ours.decode(block, raw=True) == headers


@pytest.mark.parametrize("file", RAW or [Path()])
def test_blocks_are_those_of_hpack(file: Path) -> None:
    encoder, upstream = Encoder(), hpack.Encoder()
    for _, _, headers in load_story(file):
        assert encoder.encode(headers) == upstream.encode(headers)


def test_compact_blocks_are_no_larger_than_nghttp2s() -> None:
    ours = theirs = 0
    for file in RAW:
        encoder = Encoder()
        encoder.compact = True
        ours += sum(len(encoder.encode(headers)) for _, _, headers in load_story(file))
        peer = file.parent.parent / "nghttp2" / file.name
        theirs += sum(len(block) for _, block, _ in load_story(peer))
    assert 0 < ours <= theirs
