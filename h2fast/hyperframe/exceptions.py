"""The exceptions of the package."""

from __future__ import annotations

from h2fast._hyperframe import (
    HyperframeError as HyperframeError,
    InvalidDataError as InvalidDataError,
    InvalidFrameError as InvalidFrameError,
    InvalidPaddingError as InvalidPaddingError,
    UnknownFrameError as UnknownFrameError,
)
