"""A drop-in for priority 2.0.0: the order of HTTP/2 streams by RFC 7540 section 5.3, in C."""

from __future__ import annotations

from h2fast.priority.priority import (
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
)

# The release of priority that this package answers for: code that asks for it means the API.
__version__ = "2.0.0"
