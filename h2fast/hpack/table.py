"""The header table: static and dynamic entries in one index space (RFC 7541 section 2.3)."""

from __future__ import annotations

import logging
from collections import deque as deque
from typing import Optional as Optional

from h2fast._hpack import HeaderTable as HeaderTable
from h2fast.hpack.exceptions import InvalidTableIndex as InvalidTableIndex

log = logging.getLogger(__name__)


def table_entry_size(name: bytes, value: bytes) -> int:
    """The size in octets that an entry counts: its strings and 32 more (RFC 7541 section 4.1)."""
    return 32 + len(name) + len(value)


def _build_static_table_mapping() -> dict[bytes, tuple[int, dict[bytes, int]]]:
    """For each name of the static table, its first index, and the index of each of its values."""
    mapping: dict[bytes, tuple[int, dict[bytes, int]]] = {}
    for index, (name, value) in enumerate(HeaderTable.STATIC_TABLE, 1):
        mapping.setdefault(name, (index, {}))[1][value] = index
    return mapping


HeaderTable.STATIC_TABLE_MAPPING = _build_static_table_mapping()
