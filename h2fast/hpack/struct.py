"""Header fields with what compression has to know about them."""

from __future__ import annotations

from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any, TypeAlias

from h2fast._hpack import HeaderTuple, NeverIndexedHeaderTuple

__all__ = ["Header", "HeaderTuple", "HeaderWeaklyTyped", "NeverIndexedHeaderTuple"]

Header: TypeAlias = "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes, bytes]"
HeaderWeaklyTyped: TypeAlias = (
    "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes | str, bytes | str]"
)
