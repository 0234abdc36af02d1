"""What the other Cython modules use of HPACK: the state of its classes, and the ways that skip the
caller's objects."""

cimport cython
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from h2fast._core cimport *


cdef class HeaderTable:
    cdef h2f_hpack_table _c
    cdef h2f_hpack_index _index
    cdef bint _resized
    cdef bint _lent  # to a decoder that has views of it
    cdef object __weakref__

    cdef int _check_not_lent(self) except -1


cdef class Encoder:
    cdef HeaderTable _table  # None where header_table is of another class
    cdef object _header_table
    cdef object _huffman_coder  # None for the code of RFC 7541
    cdef list _table_size_changes
    cdef uint64_t _limit
    cdef bint _in_steps
    cdef bint _compact
    cdef bint _lost_block
    cdef object __weakref__

    cdef bytes _encode_list(self, list headers, bint huffman)
    cdef bint _works_in_steps(self) noexcept
    cdef bytes _updates(self)
    cdef bytes _encode_views(
        self, bytes updates, const h2f_field *fields, Py_ssize_t count, bint huffman)
    cdef bytes _encode_fields(
        self, HeaderTable table, bytes updates, const h2f_field *fields, Py_ssize_t count,
        size_t octets, bint huffman)


cdef class Decoder:
    cdef h2f_hpack_decoder _c
    cdef HeaderTable _table  # None where header_table is of another class
    cdef object _header_table
    # Finished headers of the dynamic table's entries, at the places that the entries have in the
    # table's ring, and None elsewhere: an entry that repeats costs a reference.
    cdef list _cached
    cdef uint32_t _cached_mask
    cdef uint32_t _cached_from, _cached_until  # the sequence numbers that may have one
    cdef bint _cached_raw
    cdef bint _in_steps
    cdef object __weakref__

    cdef int _use_table(self, table) except -1
    @cython.final
    cdef list _decode_block(self, const uint8_t *block, size_t size, bint raw)
    @cython.final
    cdef int _read_fields(self, list headers, bint raw) except? -1
    @cython.final
    cdef int _skip_fields(self) noexcept
    @cython.final
    cdef inline object _header(self, const h2f_hpack_field *field, bint raw)
    @cython.final
    cdef inline uint32_t _place(self, uint32_t index) noexcept
    @cython.final
    cdef inline object _literal(self, const h2f_hpack_field *field, bint raw)
    @cython.final
    cdef inline object _literal_name(self, const h2f_hpack_field *field, bint raw)
    @cython.final
    cdef int _match_cache(self, bint raw) except -1
    cdef _raise_decoding_error(self, int error)
