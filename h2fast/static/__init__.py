"""Files of a folder as responses: what ``python -m h2fast serve`` answers with."""

from __future__ import annotations

from .site import Site

__all__ = ["Site"]
