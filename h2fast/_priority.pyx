"""The priorities of streams: ``h2fast.priority`` over the tree of the C core (RFC 7540 section 5.3),
and the priority field (RFC 9218).
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check
from cpython.object cimport PyTypeObject
from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uint32_t

from h2fast._core cimport *

import operator
from bisect import bisect_left
from typing import NamedTuple

include "_priority_tree.pxi"
include "_priority_field.pxi"
