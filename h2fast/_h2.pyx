"""The state of h2's connections and streams in C, and the plain cases of what happens on them.

``h2fast.h2.connection`` and ``H2Stream`` say step by step what h2 does. What is here beside does the
same in one go where nothing is unusual: no frame, header list or call that any rule refuses, no
logger, no step that somebody replaced. Whatever is unusual is left to the steps, untouched.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from h2fast._core cimport *

from collections.abc import MutableMapping

from h2fast.h2.errors import ErrorCodes, _error_code_from_int
from h2fast.h2.events import (
    InformationalResponseReceived, PushedStreamReceived, ResponseReceived, StreamReset,
    TrailersReceived, _PushedRequestSent, _ResponseSent, _TrailersSent,
)
from h2fast.h2.exceptions import FlowControlError, InvalidBodyLengthError, ProtocolError
from h2fast.h2._stream_states import H2StreamStateMachine, StreamClosedBy, StreamInputs, StreamState
from h2fast.h2.utilities import (
    HeaderValidationFlags, authority_from_headers, extract_method_header, guard_increment_window,
    is_informational_response, normalize_inbound_headers, normalize_outbound_headers,
    utf8_encode_headers, validate_headers, validate_outbound_headers,
)
from h2fast.h2.windows import WindowManager
from h2fast.hpack.struct import HeaderTuple
from h2fast.hyperframe.frame import (
    AltSvcFrame, ContinuationFrame, DataFrame, HeadersFrame, PushPromiseFrame, RstStreamFrame,
    WindowUpdateFrame,
)

include "_h2_stream.pxi"
include "_h2_streams.pxi"
include "_h2_core.pxi"


def _define(cls, **methods):
    cls.__module__ = "h2fast.h2.stream"
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)

_define(H2Stream, __init__=_init_stream, __repr__=_repr_stream)
_decode_headers.__module__ = "h2fast.h2.stream"
del _define, _init_stream, _repr_stream
