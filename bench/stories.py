"""The header sequences that everything here is measured with.

Two data sets, each a list of stories, and a story the header lists of one direction of one
connection, in their order:

corpus  the raw stories of hpack-test-case, recorded around 2013. They are looked for in
        ``../shared/corpora/hpack-test-case`` beside the project, or where H2FAST_CORPUS says.
modern  ``bench/data``: what browsers, JSON APIs and gRPC sent in 2025, composed for this project.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from bench.c_program import ROOT
from bench.contest import MissingError

Header = tuple[bytes, bytes]
Story = list[list[Header]]

DATA_SETS = ("corpus", "modern")

CORPUS = Path(
    os.environ.get("H2FAST_CORPUS") or ROOT.parent / "shared" / "corpora" / "hpack-test-case"
)


def _read(path: Path) -> Story:
    return [
        [
            (name.encode(), value.encode())
            for field in case["headers"]
            for name, value in field.items()
        ]
        for case in json.loads(path.read_text("utf-8"))["cases"]
    ]


@cache
def load(data: str) -> list[Story]:
    folder = ROOT / "bench" / "data" if data == "modern" else CORPUS / "raw-data"
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise MissingError(
            "no hpack-test-case corpus: git clone https://github.com/http2jp/hpack-test-case, "
            "and set H2FAST_CORPUS to it"
        )
    return [_read(path) for path in paths]


def field_count(stories: list[Story]) -> int:
    return sum(len(headers) for story in stories for headers in story)
