"""The flags of a frame as a set of names."""

from __future__ import annotations

from collections.abc import Iterable as Iterable, Iterator as Iterator, MutableSet as MutableSet
from typing import NamedTuple as NamedTuple

from h2fast._hyperframe import Flag as Flag, Flags as Flags
