"""The classes of frames."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any

from h2fast._hyperframe import (
    FRAMES as FRAMES,
    AltSvcFrame as AltSvcFrame,
    ContinuationFrame as ContinuationFrame,
    DataFrame as DataFrame,
    ExtensionFrame as ExtensionFrame,
    Frame as Frame,
    GoAwayFrame as GoAwayFrame,
    HeadersFrame as HeadersFrame,
    Padding as Padding,
    PingFrame as PingFrame,
    Priority as Priority,
    PriorityFrame as PriorityFrame,
    PushPromiseFrame as PushPromiseFrame,
    RstStreamFrame as RstStreamFrame,
    SettingsFrame as SettingsFrame,
    WindowUpdateFrame as WindowUpdateFrame,
    _raw_data_repr as _raw_data_repr,
)
from h2fast.hyperframe.exceptions import (
    InvalidDataError as InvalidDataError,
    InvalidFrameError as InvalidFrameError,
    InvalidPaddingError as InvalidPaddingError,
    UnknownFrameError as UnknownFrameError,
)
from h2fast.hyperframe.flags import Flag as Flag, Flags as Flags

#: The length in octets up to which every receiver takes a frame's payload.
FRAME_MAX_LEN = 2**14

#: The length that no payload can exceed.
FRAME_MAX_ALLOWED_LEN = 2**24 - 1

_STREAM_ASSOC_HAS_STREAM = "has-stream"
_STREAM_ASSOC_NO_STREAM = "no-stream"
_STREAM_ASSOC_EITHER = "either"

_STRUCT_HBBBL = struct.Struct(">HBBBL")
_STRUCT_LL = struct.Struct(">LL")
_STRUCT_HL = struct.Struct(">HL")
_STRUCT_LB = struct.Struct(">LB")
_STRUCT_L = struct.Struct(">L")
_STRUCT_H = struct.Struct(">H")
_STRUCT_B = struct.Struct(">B")

_FRAME_CLASSES: list[type[Frame]] = list(FRAMES.values())
