"""The tree of streams, and what goes wrong with one."""

from __future__ import annotations

from typing import List as List, Optional as Optional, Tuple as Tuple  # noqa: UP035

from h2fast._priority import (
    BadWeightError as BadWeightError,
    DeadlockError as DeadlockError,
    DuplicateStreamError as DuplicateStreamError,
    MissingStreamError as MissingStreamError,
    PriorityError as PriorityError,
    PriorityLoop as PriorityLoop,
    PriorityTree as PriorityTree,
    PseudoStreamError as PseudoStreamError,
    Stream as Stream,
    TooManyStreamsError as TooManyStreamsError,
    _stream_cycle as _stream_cycle,
)
