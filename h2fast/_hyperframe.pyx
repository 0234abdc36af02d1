# cython: annotation_typing=False
"""Frames as objects: the classes of ``h2fast.hyperframe``.

An object keeps what any frame has in C fields; each class gives those that it uses upstream's names.
Its flags stay the octet of the header until somebody asks for the set. What upstream accepts is
accepted here, also where RFC 9113 is stricter: ``csrc/frame.c`` and the engine hold to the RFC.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_GetItemWithError
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.object cimport PyObject, PyTypeObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy, memset

from h2fast._core cimport *

import binascii
import struct
import sys
import warnings
from collections.abc import MutableSet
from typing import NamedTuple

cdef extern from *:
    """
    /* An object of a class whose __init__ is not called. */
    static PyObject *h2fast_new(PyTypeObject *cls, PyObject *no_arguments) {
        return cls->tp_new(cls, no_arguments, NULL);
    }

    /* What type.__call__ does. */
    static PyObject *h2fast_call(PyObject *cls, PyObject *arguments, PyObject *options) {
        return PyType_Type.tp_call(cls, arguments, options);
    }

    /* What changes with every change of a class or of one of its bases; 0 is no version. */
    static unsigned h2fast_class_version(PyTypeObject *cls) {
        return cls->tp_version_tag;
    }

    static void h2fast_set_vectorcall(PyTypeObject *cls, vectorcallfunc function) {
        cls->tp_vectorcall = function;
    }
    """
    ctypedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *)
    object h2fast_new(PyTypeObject *cls, object no_arguments)
    object h2fast_call(PyObject *cls, object arguments, object options)
    unsigned h2fast_class_version(PyTypeObject *cls)
    void h2fast_set_vectorcall(PyTypeObject *cls, vectorcallfunc function)

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t nargsf)

include "_hyperframe_types.pxi"
include "_hyperframe_frame.pxi"
include "_hyperframe_payload.pxi"
include "_hyperframe_classes.pxi"
include "_hyperframe_calls.pxi"
