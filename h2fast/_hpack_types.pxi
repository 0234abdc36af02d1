# The exceptions, and header fields as tuples. Part of _hpack.pyx.

class HPACKError(Exception):
    """The base of all errors of this package."""

    __module__ = "h2fast.hpack.exceptions"


class HPACKDecodingError(HPACKError):
    """A header block cannot be decoded (RFC 7541; a COMPRESSION_ERROR in HTTP/2)."""

    __module__ = "h2fast.hpack.exceptions"


class InvalidTableIndexError(HPACKDecodingError):
    """A header block refers to an entry that is in no table (RFC 7541 section 2.3.3)."""

    __module__ = "h2fast.hpack.exceptions"


class InvalidTableIndex(InvalidTableIndexError):  # noqa: N818
    """The older name of :class:`InvalidTableIndexError`, and the class that is raised."""

    __module__ = "h2fast.hpack.exceptions"


class OversizedHeaderListError(HPACKDecodingError):
    """A header block has more fields, or larger ones, than the decoder allows."""

    __module__ = "h2fast.hpack.exceptions"

    _limit = "max_header_list_size"  # the decoder's attribute


class InvalidTableSizeError(HPACKDecodingError):
    """An encoder uses a larger table than it was allowed to (RFC 7541 sections 4.2 and 6.3)."""

    __module__ = "h2fast.hpack.exceptions"


cdef object _raise_no_memory(int error):
    """Turns the only error of functions that fail for nothing but memory into its exception."""
    if error:
        raise MemoryError()


class HeaderTuple(tuple):
    """A header field ``(name, value)`` that may be added to the compression tables.

    It equals the plain tuple of the same two items.
    """

    __module__ = "h2fast.hpack.struct"
    __slots__ = ()

    indexable = True

    def __new__(cls, *args):
        return tuple.__new__(cls, args)

    def __getnewargs__(self):
        """What ``__new__`` takes, for copies and pickles."""
        return tuple(self)


class NeverIndexedHeaderTuple(HeaderTuple):
    """A header field that no table on its way may hold (RFC 7541 section 6.2.3)."""

    __module__ = "h2fast.hpack.struct"
    __slots__ = ()

    indexable = False

    def __new__(cls, *args):
        return tuple.__new__(cls, args)


cdef object _HEADER = HeaderTuple
cdef object _NEVER_INDEXED_HEADER = NeverIndexedHeaderTuple


cdef inline object _name_of(object header):
    """``header[0]`` without the call that a subclass of tuple costs."""
    return <object>PyTuple_GET_ITEM(header, 0)
