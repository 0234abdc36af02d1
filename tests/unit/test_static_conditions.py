"""Conditional requests and byte ranges, by the rules of RFC 9110 sections 13 and 14."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from h2fast.static.conditions import date_of, etag_of, failing_status, range_of

MODIFIED = 1_700_000_000
BEFORE, THEN, AFTER = (
    "Tue, 14 Nov 2023 22:13:19 GMT",
    "Tue, 14 Nov 2023 22:13:20 GMT",
    "Tue, 14 Nov 2023 22:13:21 GMT",
)
ETAG = '"17979cfe362a0000-a"'


@pytest.fixture
def status(tmp_path: Path) -> os.stat_result:
    file = tmp_path / "ten octets"
    file.write_bytes(b"0123456789")
    os.utime(file, (MODIFIED, MODIFIED))
    return file.stat()


def test_validators(status: os.stat_result) -> None:
    assert etag_of(status) == ETAG
    assert date_of(status) == THEN


@pytest.mark.parametrize(
    ("time", "date"),
    [
        (10**12, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-(10**12), "Thu, 01 Jan 1970 00:00:00 GMT"),
    ],
)
def test_a_time_that_there_is_no_date_for(time: int, date: str) -> None:
    assert date_of(os.stat_result((0, 0, 0, 0, 0, 0, 0, time, time, time))) == date


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({}, None),
        ({"if-none-match": ETAG}, 304),
        ({"if-none-match": f'"x", W/{ETAG}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"'}, None),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, None),
        ({"if-modified-since": THEN}, 304),
        ({"if-modified-since": AFTER}, 304),
        ({"if-modified-since": BEFORE}, None),
        ({"if-modified-since": "yesterday"}, None),
        ({"if-modified-since": "Tue, 14 Nov 99999 22:13:21 GMT"}, None),
        ({"if-match": ETAG}, None),
        ({"if-match": "*"}, None),
        ({"if-match": f"W/{ETAG}"}, 412),
        ({"if-match": '"x"'}, 412),
        ({"if-match": '"x"', "if-none-match": ETAG}, 412),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": THEN}, None),
        ({"if-unmodified-since": THEN, "if-none-match": ETAG}, 304),
        ({"if-match": ETAG, "if-unmodified-since": BEFORE}, None),
    ],
)
def test_conditions(fields: dict[str, str], failing: int | None, status: os.stat_result) -> None:
    assert failing_status(lambda name: fields.get(name.decode()), status) == failing


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no tzset on this system")
def test_a_date_without_a_zone_is_in_utc(
    monkeypatch: pytest.MonkeyPatch, status: os.stat_result
) -> None:
    """And not where the server is."""
    fields = {b"if-modified-since": BEFORE.replace("GMT", "-0000")}
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    try:
        assert failing_status(fields.get, status) is None
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("asked", "octets"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-5", (2, 6)),
        ("bytes=5-", (5, 10)),
        ("bytes=5-99999999999999999999", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        (f"bytes=2-{'9' * 5000}", (2, 10)),
        (f"bytes={'0' * 5000}2-5", (2, 6)),
        ("bytes= 1-2 ", (1, 3)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=\u0661-\u0662", None),
        ("lines=0-1", None),
        ("", None),
    ],
)
def test_ranges(asked: str, octets: tuple[int, int] | None, status: os.stat_result) -> None:
    assert range_of({b"range": asked}.get, status) == octets


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_ranges_without_octets(asked: str, status: os.stat_result) -> None:
    with pytest.raises(ValueError, match="no octets"):
        range_of({b"range": asked}.get, status)


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        (ETAG, True),
        (THEN, True),
        (f"W/{ETAG}", False),
        ('"x"', False),
        (BEFORE, False),
        (AFTER, False),
    ],
)
def test_ranges_of_what_there_was(condition: str, is_met: bool, status: os.stat_result) -> None:
    fields = {b"range": "bytes=0-0", b"if-range": condition}
    assert range_of(fields.get, status) == ((0, 1) if is_met else None)
