"""One stream of a connection."""

from __future__ import annotations

from enum import Enum as Enum, IntEnum as IntEnum
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any, cast as cast

from h2fast._h2 import H2Stream as H2Stream, _decode_headers as _decode_headers
from h2fast.h2._stream_states import (
    STREAM_OPEN as STREAM_OPEN,
    H2StreamStateMachine as H2StreamStateMachine,
    StreamClosedBy as StreamClosedBy,
    StreamInputs as StreamInputs,
    StreamState as StreamState,
    _transitions as _transitions,
)
from h2fast.h2.errors import (
    ErrorCodes as ErrorCodes,
    _error_code_from_int as _error_code_from_int,
)
from h2fast.h2.events import (
    AlternativeServiceAvailable as AlternativeServiceAvailable,
    DataReceived as DataReceived,
    Event as Event,
    InformationalResponseReceived as InformationalResponseReceived,
    PushedStreamReceived as PushedStreamReceived,
    RequestReceived as RequestReceived,
    ResponseReceived as ResponseReceived,
    StreamEnded as StreamEnded,
    StreamReset as StreamReset,
    TrailersReceived as TrailersReceived,
    WindowUpdated as WindowUpdated,
    _PushedRequestSent as _PushedRequestSent,
    _RequestSent as _RequestSent,
    _ResponseSent as _ResponseSent,
    _TrailersSent as _TrailersSent,
)
from h2fast.h2.exceptions import (
    FlowControlError as FlowControlError,
    InvalidBodyLengthError as InvalidBodyLengthError,
    ProtocolError as ProtocolError,
    StreamClosedError as StreamClosedError,
)
from h2fast.h2.utilities import (
    HeaderValidationFlags as HeaderValidationFlags,
    authority_from_headers as authority_from_headers,
    extract_method_header as extract_method_header,
    guard_increment_window as guard_increment_window,
    is_informational_response as is_informational_response,
    normalize_inbound_headers as normalize_inbound_headers,
    normalize_outbound_headers as normalize_outbound_headers,
    utf8_encode_headers as utf8_encode_headers,
    validate_headers as validate_headers,
    validate_outbound_headers as validate_outbound_headers,
)
from h2fast.h2.windows import WindowManager as WindowManager
from h2fast.hpack.struct import HeaderTuple as HeaderTuple
from h2fast.hyperframe.frame import (
    AltSvcFrame as AltSvcFrame,
    ContinuationFrame as ContinuationFrame,
    DataFrame as DataFrame,
    Frame as Frame,
    HeadersFrame as HeadersFrame,
    PushPromiseFrame as PushPromiseFrame,
    RstStreamFrame as RstStreamFrame,
    WindowUpdateFrame as WindowUpdateFrame,
)
