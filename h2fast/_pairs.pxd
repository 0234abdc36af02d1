"""Header tuples without the call of their class."""

from cpython.object cimport PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_SET_ITEM

cdef extern from *:
    """
    /* An instance of a subclass of tuple, of two items that are still to be set. The garbage collector
     * does not track it: its items are bytes or text, so it can be in no cycle. */
    static PyObject *h2fast_new_pair(PyTypeObject *cls) {
        PyTupleObject *pair = PyObject_GC_NewVar(PyTupleObject, cls, 2);
    #if PY_VERSION_HEX >= 0x030E0000 /* tuples keep their hash; -1 is none yet */
        if (pair != NULL)
            pair->ob_hash = -1;
    #endif
        return (PyObject *)pair;
    }
    """
    object h2fast_new_pair(PyTypeObject *cls)


cdef inline object make_pair(object cls, object name, object value):
    """``cls(name, value)`` without the call."""
    pair = h2fast_new_pair(<PyTypeObject *>cls)
    Py_INCREF(name)
    PyTuple_SET_ITEM(pair, 0, name)
    Py_INCREF(value)
    PyTuple_SET_ITEM(pair, 1, value)
    return pair
