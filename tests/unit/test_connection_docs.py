"""The examples in the pages print what they say, and the table of limits is complete."""

from __future__ import annotations

import re

import pytest

from h2fast import Connection
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "connection.md").read_text(encoding="utf-8")


PAGES = ["docs/connection.md", "docs/priority.md", "docs/security.md", "README.md"]


@pytest.mark.parametrize("name", PAGES)
def test_the_example_prints_what_it_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(from h2fast import Connection\n.*?)```", page, re.DOTALL)
    exec(compile(example, name, "exec"), {})
    expected = "".join(f"{line[2:]}\n" for line in example.splitlines() if line.startswith("# "))
    assert expected
    assert capsys.readouterr().out == expected


def test_all_limits_stand_in_the_table() -> None:
    documented = set(re.findall(r"^\| `(max_\w+)` \|", PAGE, re.MULTILINE))
    named = set(re.findall(r"``(max_\w+)``", Connection.__doc__ or ""))
    assert named <= documented | {"max_concurrent_streams"}
    options = dict.fromkeys(documented, 5)
    buckets = dict.fromkeys(
        ("max_resets", "max_own_resets", "max_glitches", "max_small_data"), (5, 5)
    )
    Connection(**(options | buckets))  # type: ignore[arg-type]
