"""Stands for a program's main module in a spawned process: see :mod:`h2fast.children`."""

from __future__ import annotations

from h2fast.children import enter

if __name__ == "__mp_main__":
    globals().update(enter())
