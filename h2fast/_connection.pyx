"""The connection over the C engine: the classes of ``h2fast``, ``h2fast.events`` and
``h2fast.exceptions``."""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE, PyList_New, PyList_SET_ITEM
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from h2fast._core cimport *
from h2fast._output cimport LEAST_REFERRED, most_answers, release_owners, take_buffers
from h2fast._pairs cimport make_pair
from h2fast._strings cimport is_string, octets_of

import base64
import operator
import string

from h2fast._hpack import HeaderTable, HeaderTuple, NeverIndexedHeaderTuple, _plain_headers
from h2fast._priority import Priority as _Priority

cdef object _HEADER = HeaderTuple
cdef object _NEVER_INDEXED_HEADER = NeverIndexedHeaderTuple
cdef list _STATIC_HEADERS = [tuple(entry) for entry in HeaderTable.STATIC_TABLE]

include "_connection_errors.pxi"
include "_connection_events.pxi"
include "_connection_headers.pxi"
include "_connection_class.pxi"
