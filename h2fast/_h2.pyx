"""The state of h2's connections and streams in C, and the plain cases of what happens on them.

``h2fast.h2.connection`` and ``H2Stream`` say step by step what h2 does. What is here beside does the
same in one go where nothing is unusual: no frame, header list or call that any rule refuses, no
logger, no step that somebody replaced. Whatever is unusual is left to the steps, untouched.
"""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_DelItem, PyDict_GetItemWithError, PyDict_SetItem, PyDict_Size
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from h2fast._core cimport *
from h2fast._hpack cimport Decoder, Encoder
from h2fast._output cimport LEAST_REFERRED, most_answers, release_owners, take_buffers
from h2fast._pairs cimport make_pair
from h2fast._strings cimport is_string, octets_of

from collections import deque
from collections.abc import MutableMapping

from h2fast.h2 import frame_buffer
from h2fast.h2._connection_states import ConnectionState, H2ConnectionStateMachine
from h2fast.h2._stream_states import (
    H2StreamStateMachine, StreamClosedBy, StreamInputs, StreamState,
)
from h2fast.h2.config import DummyLogger, H2Configuration
from h2fast.h2.errors import ErrorCodes, _error_code_from_int
from h2fast.h2.events import (
    ConnectionTerminated, DataReceived, InformationalResponseReceived, PingAckReceived,
    PingReceived, PriorityUpdated, PushedStreamReceived, RemoteSettingsChanged, RequestReceived,
    ResponseReceived, SettingsAcknowledged, StreamEnded, StreamReset, TrailersReceived, UnknownFrameReceived,
    WindowUpdated, _PushedRequestSent, _ResponseSent, _TrailersSent,
)
from h2fast.h2.exceptions import (
    DenialOfServiceError, FlowControlError, InvalidBodyLengthError, LimitExceededError,
    ProtocolError,
)
from h2fast.h2.frame_buffer import FrameBuffer
from h2fast.h2.settings import ChangedSetting, Settings, _setting_code_from_int
from h2fast.h2.utilities import (
    HeaderValidationFlags, _SHORT_COOKIE, authority_from_headers, extract_method_header,
    guard_increment_window, is_informational_response, normalize_inbound_headers,
    normalize_outbound_headers, utf8_encode_headers, validate_headers, validate_outbound_headers,
)
from h2fast.h2.windows import WindowManager
from h2fast.hpack.exceptions import HPACKError, OversizedHeaderListError
from h2fast.hpack.struct import HeaderTuple, NeverIndexedHeaderTuple
from h2fast.hyperframe.exceptions import InvalidPaddingError
from h2fast.hyperframe.frame import (
    AltSvcFrame, ContinuationFrame, DataFrame, ExtensionFrame, HeadersFrame, PushPromiseFrame,
    RstStreamFrame, WindowUpdateFrame,
)

cdef extern from *:
    """
    /* An object of a class whose __init__ is left out. */
    static PyObject *h2fast_new_event(PyTypeObject *cls, PyObject *no_arguments) {
        return cls->tp_new(cls, no_arguments, NULL);
    }
    """
    object h2fast_new_event(PyTypeObject *cls, object no_arguments)

cdef list _CONNECTION_STATES = list(ConnectionState)
cdef object _HEADER = HeaderTuple
cdef object _NEVER_INDEXED = NeverIndexedHeaderTuple
cdef size_t SHORT_COOKIE = _SHORT_COOKIE

include "_h2_stream.pxi"
include "_h2_streams.pxi"
include "_h2_limits.pxi"
include "_h2_core.pxi"
include "_h2_headers.pxi"
include "_h2_late.pxi"
include "_h2_receive.pxi"
include "_h2_send.pxi"


def _define(cls, **methods):
    cls.__module__ = "h2fast.h2.stream"
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)

_define(H2Stream, __init__=_init_stream, __repr__=_repr_stream)
_decode_headers.__module__ = "h2fast.h2.stream"
del _define, _init_stream, _repr_stream
