"""The exceptions of the package."""

from __future__ import annotations

from h2fast._hpack import (
    HPACKDecodingError as HPACKDecodingError,
    HPACKError as HPACKError,
    InvalidTableIndex as InvalidTableIndex,
    InvalidTableIndexError as InvalidTableIndexError,
    InvalidTableSizeError as InvalidTableSizeError,
    OversizedHeaderListError as OversizedHeaderListError,
)
