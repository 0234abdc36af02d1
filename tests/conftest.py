"""What the tests share: what they do where something is missing, and where the corpus of header
stories is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

Headers = list[tuple[bytes, bytes]]
Story = list[tuple[int | None, bytes, Headers]]

# How fast examples are made is a matter of the machine, as is how fast they run.
settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


def do_without(what: str, variable: str) -> NoReturn:
    """Skip a test for which something is missing; fail it where a variable of the environment says
    that it is there."""
    if os.environ.get(variable):
        pytest.fail(f"{what} (${variable} is set)")
    pytest.skip(what)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names a parameter that is a file after the folder and the file."""
    return f"{val.parent.name}/{val.stem}" if isinstance(val, Path) else None


def corpus_folder() -> Path:
    """The corpus of HPACK stories: $H2FAST_CORPUS, or beside the project."""
    default = ROOT.parent / "shared" / "corpora" / "hpack-test-case"
    return Path(os.environ.get("H2FAST_CORPUS") or default)


def story_files(*folders: str) -> list[Path]:
    """The stories of some folders of the corpus, or of all that have encoded blocks."""
    corpus = corpus_folder()
    files = sorted(corpus.glob("*/*.json"))
    if folders:
        return [file for file in files if file.parent.name in folders]
    return [file for file in files if file.parent.name != "raw-data"]


def load_story(file: Path) -> Story:
    """For each block of a story: the table size that came before it, its octets, its headers."""
    cases = json.loads(file.read_text(encoding="utf-8"))["cases"]
    return [
        (
            case.get("header_table_size"),
            bytes.fromhex(case.get("wire", "")),
            [
                (name.encode(), value.encode())
                for header in case["headers"]
                for name, value in header.items()
            ],
        )
        for case in cases
    ]


@pytest.fixture
def corpus() -> Path:
    """The corpus, or a skip that says what is missing."""
    if not story_files():
        missing = "no corpus of HPACK stories: set H2FAST_CORPUS to a copy of hpack-test-case"
        do_without(missing, "H2FAST_CORPUS")
    return corpus_folder()
