"""Conditional requests and byte ranges (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timezone
from email.utils import formatdate, parsedate_to_datetime

# The value of the first field with a name, or None.
Lookup = Callable[[bytes], "str | None"]

# The latest time that a date has digits for (RFC 9110 section 5.6.7), in seconds since 1970. What
# was before 1970, not every system can say.
LATEST = 253402300799

TAG = re.compile(r'(?:W/)?"[^"]*"')


def etag_of(status: os.stat_result) -> str:
    """A strong validator: of a file that was written again, time or length differ."""
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


def modified(status: os.stat_result) -> int:
    """When a file was, in seconds since 1970, or the nearest time that there is a date for."""
    return min(max(int(status.st_mtime), 0), LATEST)


def date_of(status: os.stat_result) -> str:
    return formatdate(modified(status), usegmt=True)


def failing_status(lookup: Lookup, status: os.stat_result) -> int | None:
    """412 or 304 where the conditions of a request ask for it, in the order of section 13.2.2."""
    etag = etag_of(status)
    if (wanted := lookup(b"if-match")) is not None:
        if not _matches(wanted, etag, strong=True):
            return 412
    elif (date := _seconds(lookup(b"if-unmodified-since"))) is not None and modified(status) > date:
        return 412
    if (known := lookup(b"if-none-match")) is not None:
        return 304 if _matches(known, etag, strong=False) else None
    if (date := _seconds(lookup(b"if-modified-since"))) is not None and modified(status) <= date:
        return 304
    return None


def range_of(lookup: Lookup, status: os.stat_result) -> tuple[int, int] | None:
    """Which octets are asked for: the first, and the one behind the last.

    None is for all of them: where no range is asked for, or several are, or one of what there was
    before (sections 14.2 and 13.1.5).

    :raises ValueError: there are no such octets (section 15.5.17).
    """
    asked = re.fullmatch(r"bytes=\s*(\d*)-(\d*)\s*", lookup(b"range") or "", re.ASCII)
    if asked is None or not _is_still_so(lookup(b"if-range"), status):
        return None
    size, (first, last) = status.st_size, asked.groups()
    if not first:
        if not last:
            return None
        start, end = max(size - _position(last), 0), size
    else:
        start, end = _position(first), min(_position(last) + 1, size) if last else size
        if last and _position(last) < start:
            return None  # section 14.1.1: invalid, so it is not there
    if start >= end:
        raise ValueError(f"no octets in {asked[0]} of {size}")
    return start, end


def _position(digits: str) -> int:
    """The number, or one that is beyond all files; int() refuses thousands of digits."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) < 20 else 10**20


def _is_still_so(condition: str | None, status: os.stat_result) -> bool:
    return condition is None or condition.strip() in (etag_of(status), date_of(status))


def _matches(tags: str, etag: str, strong: bool) -> bool:
    if tags.strip() == "*":
        return True
    found = TAG.findall(tags)
    return etag in (found if strong else [tag.removeprefix("W/") for tag in found])


def _seconds(date: str | None) -> float | None:
    """When a date is, since 1970; None for what is none."""
    if date is None:
        return None
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
