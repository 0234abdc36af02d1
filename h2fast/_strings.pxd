"""The octets of names and values where they are, in bytes or text."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


cdef inline bint is_string(object item) noexcept:
    return type(item) is bytes or type(item) is str


cdef inline const uint8_t *octets_of(object string, size_t *size) except NULL:
    """The octets of a bytes or str object, which must outlive them."""
    cdef Py_ssize_t length
    cdef const char *octets
    if type(string) is bytes:
        size[0] = PyBytes_GET_SIZE(string)
        return <const uint8_t *>PyBytes_AS_STRING(string)
    octets = PyUnicode_AsUTF8AndSize(string, &length)
    size[0] = length
    return <const uint8_t *>octets
