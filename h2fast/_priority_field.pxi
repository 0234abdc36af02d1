# The priority field. Part of _priority.pyx.

class PriorityFieldError(ValueError):
    """A value is no dictionary of structured fields: the field is to be ignored (RFC 8941 section
    4.2)."""

    __module__ = "h2fast.priority_field"


class Priority(NamedTuple):
    """How a response is wanted, or is to be sent (RFC 9218 section 4)."""

    #: 0, the most urgent, to 7.
    urgency: int = H2F_PRIORITY_DEFAULT_URGENCY

    #: Whether parts of it are of use before the rest is there.
    incremental: bool = False

Priority.__module__ = "h2fast.priority_field"

cdef object _DEFAULT = Priority()


def parse_priority(value, default=_DEFAULT):
    """Read the value of a priority field, or of a PRIORITY_UPDATE frame (RFC 9218 sections 5, 7).

    Members other than ``u`` and ``i``, parameters, and an urgency or an incremental of another type
    or out of range are passed over, as the RFC has it.

    :param value: the value, a contiguous bytes-like object or ``str``; those of several field lines
        joined by commas.
    :param default: what stands for members that are not there, a pair or a :class:`Priority`. A server
        that merges the wish of the client with its own passes the client's here (RFC 9218 section 8).
    :returns: a :class:`Priority`.
    :raises PriorityFieldError: it is no dictionary (RFC 8941 section 4.2).
    :raises TypeError: it is neither bytes-like nor text, or ``default`` is no pair.
    :raises ValueError: ``default`` has not two items.
    :raises BufferError: it is not contiguous.
    """
    cdef h2f_priority_field field
    cdef Py_buffer view
    cdef int error
    if isinstance(value, str):
        # What is not ASCII stays what no dictionary has.
        value = value.encode("utf-8", "replace")
    PyObject_GetBuffer(value, &view, PyBUF_SIMPLE)
    error = h2f_priority_field_parse(&field, <const uint8_t *>view.buf, view.len)
    PyBuffer_Release(&view)
    if error:
        raise PriorityFieldError("the priority field is no dictionary (RFC 8941 section 4.2)")
    urgency, incremental = default
    return Priority(
        field.urgency if field.urgency >= 0 else urgency,
        field.incremental == 1 if field.incremental >= 0 else incremental)


def serialize_priority(urgency=None, incremental=None):
    """The value of a priority field with the members that are given (RFC 9218 section 4).

    :param urgency: 0, the most urgent, to 7; None leaves it out.
    :param incremental: whether parts of the response are of use before the rest is there; None leaves
        it out.
    :returns: the value as ``bytes``, such as ``b"u=1, i"``; empty without members.
    :raises ValueError: the urgency is none of these.
    :raises TypeError: the urgency is no integer.
    """
    cdef h2f_priority_field field
    cdef uint8_t octets[H2F_PRIORITY_FIELD_LONGEST]
    field.urgency = field.incremental = -1
    if urgency is not None:
        if not 0 <= operator.index(urgency) <= 7:
            raise ValueError(f"urgency is 0 to 7, not {urgency}")
        field.urgency = urgency
    if incremental is not None:
        field.incremental = 1 if incremental else 0
    return PyBytes_FromStringAndSize(
        <char *>octets, h2f_priority_field_write(&field, octets) - octets)


for _function in parse_priority, serialize_priority:
    _function.__module__ = "h2fast.priority_field"
del _function
