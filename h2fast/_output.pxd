"""Taking what is to be sent: content of Python objects in it, and the objects."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF
from libc.stdint cimport uint8_t, uint32_t

from h2fast._core cimport *

cdef enum:
    LEAST_REFERRED = 4096  # content of this size and more is not copied


cdef inline uint32_t most_answers(size_t octets) noexcept:
    """How many answers can be in so many octets that were not taken: an acknowledgement of SETTINGS
    has least."""
    return <uint32_t>min(octets // H2F_FRAME_HEADER_LEN, <size_t>0xFFFFFFFF)


cdef inline int release_owners(h2f_output *output) except -1:
    """Lets go of content that has gone out."""
    cdef void *owner
    while output.released != NULL:
        owner = h2f_output_next_released(output)
        if owner != NULL:
            Py_DECREF(<object>owner)
    return 0


cdef inline bytes own_octets(const h2f_output *output, size_t start, size_t end):
    return PyBytes_FromStringAndSize(<const char *>output.own + start, end - start)


cdef inline list take_buffers(h2f_output *output):
    """Takes all of it, as bytes and memoryviews. Making them may set off a finalizer that calls the
    connection: it finds another output."""
    cdef h2f_output taken = output[0]
    h2f_output_init(output)
    output.released = taken.released
    taken.released = NULL
    try:
        return _buffers(&taken)
    finally:
        h2f_output_free(&taken)
        release_owners(&taken)


cdef inline list _buffers(const h2f_output *output):
    cdef list buffers = []
    cdef const h2f_segment *segment
    cdef size_t i, taken = output.own_read
    cdef Py_ssize_t at
    for i in range(output.segments_read, output.segment_count):
        segment = &output.segments[i]
        if segment.behind != taken:
            buffers.append(own_octets(output, taken, segment.behind))
        owner = <bytes>segment.payload.owner
        at = segment.octets - <const uint8_t *>PyBytes_AS_STRING(owner)
        if segment.len == <size_t>PyBytes_GET_SIZE(owner):
            buffers.append(owner)
        else:
            buffers.append(memoryview(owner)[at:at + <Py_ssize_t>segment.len])
        taken = segment.behind
    if output.own_len != taken:
        buffers.append(own_octets(output, taken, output.own_len))
    return buffers
