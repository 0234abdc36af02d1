"""Types that the modules of the package share."""

from __future__ import annotations

from typing import Protocol as Protocol


class Buffer(Protocol):
    """What memoryview takes (PEP 688)."""

    def __buffer__(self, flags: int, /) -> memoryview:
        """A view of the octets."""
