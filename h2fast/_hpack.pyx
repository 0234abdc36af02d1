"""HPACK (RFC 7541) over the C core: the classes and functions of ``h2fast.hpack``.

The modules of ``h2fast.hpack`` give these the names that hpack's own modules have. Where a class
is used as it is, its C state does all the work. Where somebody overrode one of its steps, or gave
it a table of their own, the steps run one by one in the methods upstream has for them.
"""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from h2fast._core cimport *

from collections import deque

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030E0000 /* tuples keep their hash; -1 is none yet */
    #define H2FAST_FORGET_TUPLE_HASH(t) (((PyTupleObject *)(t))->ob_hash = -1)
    #else
    #define H2FAST_FORGET_TUPLE_HASH(t) ((void)(t))
    #endif
    """
    void H2FAST_FORGET_TUPLE_HASH(object)


cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *cls, Py_ssize_t items)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


# ------------------------------------------------------------------------------ exceptions

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


class InvalidTableSizeError(HPACKDecodingError):
    """An encoder uses a larger table than it was allowed to (RFC 7541 sections 4.2 and 6.3)."""

    __module__ = "h2fast.hpack.exceptions"


cdef object _raise_no_memory(int error):
    """Turns the only error of functions that fail for nothing but memory into its exception."""
    if error:
        raise MemoryError()


# ------------------------------------------------------------------------------ header tuples

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


cdef inline object _make_header(object cls, object name, object value):
    """``cls(name, value)`` without the call."""
    header = PyType_GenericAlloc(<PyTypeObject *>cls, 2)
    H2FAST_FORGET_TUPLE_HASH(header)
    Py_INCREF(name)
    PyTuple_SET_ITEM(header, 0, name)
    Py_INCREF(value)
    PyTuple_SET_ITEM(header, 1, value)
    return header


cdef inline object _name_of(object header):
    """``header[0]`` without the call that a subclass of tuple costs."""
    return <object>PyTuple_GET_ITEM(header, 0)


# ------------------------------------------------------------------------------ input

cdef class _Buffer:
    """A contiguous view of the caller's octets for the time of a call."""

    cdef Py_buffer view

    def __cinit__(self, data):
        PyObject_GetBuffer(data, &self.view, PyBUF_SIMPLE)

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef const uint8_t *octets(self) noexcept:
        """Their address, which is never NULL: a buffer of no octets may have none."""
        return <const uint8_t *>self.view.buf if self.view.len else _octets(b"")


cdef _Buffer _open_buffer(data):
    """A view of any contiguous bytes-like object. A TypeError or BufferError says why not."""
    try:
        return _Buffer(data)
    except TypeError:
        raise TypeError(
            f"memoryview: a bytes-like object is required, not '{type(data).__name__}'"
        ) from None


cdef bytes _require_bytes(what, value):
    if type(value) is not bytes:
        if not isinstance(value, bytes):
            raise TypeError(f"{what} must be bytes, not {type(value).__name__}")
        value = bytes(value)
    return <bytes>value


cdef inline const uint8_t *_octets(bytes value) noexcept:
    return <const uint8_t *>PyBytes_AS_STRING(value)


# ------------------------------------------------------------------------------ Huffman coding

def huffman_encode(bytes data not None):
    """Encode ``data`` with the Huffman code of RFC 7541 section 5.2, padded to whole octets.

    :param data: the string to encode.
    :returns: its code, as ``bytes``.
    """
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef uint8_t stack[2048]
    cdef uint8_t *code = stack
    cdef size_t bound = h2f_huffman_encode_bound(size)
    if bound > sizeof(stack):
        code = <uint8_t *>PyMem_Malloc(bound)
        if code == NULL:
            raise MemoryError()
    try:
        end = h2f_huffman_encode(code, _octets(data), size)
        return PyBytes_FromStringAndSize(<char *>code, end - code)
    finally:
        if code != stack:
            PyMem_Free(code)


def huffman_decode(data):
    """Decode a Huffman-coded string (RFC 7541 section 5.2).

    :param data: the code: ``bytes`` or any other contiguous bytes-like object.
    :returns: the string, as ``bytes``.
    :raises HPACKDecodingError: the code has EOS in it, or ends in anything but up to seven ones.
    :raises TypeError: ``data`` is no bytes-like object.
    """
    cdef _Buffer buffer = _open_buffer(data)
    cdef size_t size = buffer.view.len
    cdef uint8_t stack[2048]
    cdef uint8_t *text = stack
    cdef size_t bound = h2f_huffman_decode_bound(size)
    if bound > sizeof(stack):
        text = <uint8_t *>PyMem_Malloc(bound)
        if text == NULL:
            raise MemoryError()
    try:
        length = h2f_huffman_decode(text, buffer.octets(), size, size)
        if length == H2F_ERR_HUFFMAN_EOS:
            raise HPACKDecodingError("Invalid Huffman string")
        if length < 0:
            raise HPACKDecodingError("Incomplete Huffman string")
        return PyBytes_FromStringAndSize(<char *>text, length)
    finally:
        if text != stack:
            PyMem_Free(text)


cdef _code_lists():
    """The codes of all symbols, EOS last, and their lengths in bits (RFC 7541 appendix B)."""
    cdef unsigned length
    codes, lengths = [], []
    for octet in range(256):
        codes.append(h2f_huffman_code(octet, &length))
        lengths.append(length)
    return [*codes, 0x3FFFFFFF], [*lengths, 30]

REQUEST_CODES, REQUEST_CODES_LENGTH = _code_lists()


class HuffmanEncoder:
    """Encodes strings with a Huffman code.

    :param huffman_code_list: the code of each octet, an int.
    :param huffman_code_list_lengths: the number of bits of each.
    """

    __module__ = "h2fast.hpack.huffman"

    def __init__(self, huffman_code_list, huffman_code_list_lengths):
        self.huffman_code_list = huffman_code_list
        self.huffman_code_list_lengths = huffman_code_list_lengths

    def encode(self, bytes_to_encode):
        """The code of a bytes-like object (or of None: nothing), padded to whole octets with ones."""
        data = bytes(memoryview(bytes_to_encode or b""))
        if (self.huffman_code_list is REQUEST_CODES
                and self.huffman_code_list_lengths is REQUEST_CODES_LENGTH):
            return huffman_encode(data)
        bits = length = 0
        for octet in data:
            bits = bits << self.huffman_code_list_lengths[octet] | self.huffman_code_list[octet]
            length += self.huffman_code_list_lengths[octet]
        padding = -length % 8
        return (bits << padding | (1 << padding) - 1).to_bytes((length + padding) // 8, "big")


cdef object _RFC_7541_CODER = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


# ------------------------------------------------------------------------------ integers

cdef _require_prefix(prefix_bits):
    if prefix_bits < 1 or prefix_bits > 8:
        raise ValueError(f"Prefix bits must be between 1 and 8, got {prefix_bits}")


def encode_integer(integer, prefix_bits):
    """Encode an integer with a prefix (RFC 7541 section 5.1).

    :param integer: any integer from 0.
    :param prefix_bits: the width of its prefix, 1 to 8 bits.
    :returns: a ``bytearray`` whose first octet has zeroes above the prefix.
    :raises ValueError: either is out of its range.
    """
    if integer < 0:
        raise ValueError(f"Can only encode positive integers, got {integer}")
    _require_prefix(prefix_bits)
    max_prefix = (1 << prefix_bits) - 1
    if integer < max_prefix:
        return bytearray((integer,))
    octets = bytearray((max_prefix,))
    integer -= max_prefix
    while integer >= 0x80:
        octets.append(0x80 | (integer & 0x7F))
        integer >>= 7
    octets.append(integer)
    return octets


def decode_integer(data, prefix_bits):
    """Decode the integer that ``data`` begins with (RFC 7541 section 5.1).

    :param data: ``bytes`` or any other contiguous bytes-like object.
    :param prefix_bits: the width of its prefix, 1 to 8 bits.
    :returns: the integer, and how many octets it takes.
    :raises HPACKDecodingError: ``data`` ends too early, or the integer has more than five octets
        after the first.
    :raises ValueError: ``prefix_bits`` is out of its range.
    """
    _require_prefix(prefix_bits)
    cdef _Buffer buffer = _open_buffer(data)
    cdef uint64_t value = 0
    taken = h2f_hpack_integer_decode(
        buffer.octets(), buffer.view.len, prefix_bits, &value)
    if taken < 0:
        _raise_integer_error(taken, data)
    return value, taken


cdef _raise_integer_error(int error, data):
    shown = repr(bytes(data[:16])) + ("..." if len(data) > 16 else "")
    if error == H2F_ERR_INTEGER_TRUNCATED:
        raise HPACKDecodingError(
            f"Unable to decode HPACK integer representation from {shown}"
        ) from IndexError("index out of range")
    raise HPACKDecodingError(f"Variable integer representation is too long: {shown}")


# ------------------------------------------------------------------------------ overriding

cdef _steps(cls, names):
    return {name: cls.__dict__[name] for name in names}


cdef bint _is_changed(cls, dict steps) except -1:
    """Whether a class, or a base of it, has other steps than those defined here."""
    for name, step in steps.items():
        if getattr(cls, name) is not step:
            return True
    return False


# ------------------------------------------------------------------------------ tables

cdef bytes _entry_name(const h2f_hpack_entry *entry):
    return PyBytes_FromStringAndSize(<const char *>entry.name, entry.name_len)


cdef bytes _entry_value(const h2f_hpack_entry *entry):
    return PyBytes_FromStringAndSize(<const char *>entry.name + entry.name_len, entry.value_len)


cdef class HeaderTable:
    """The static and a dynamic header table in one index space (RFC 7541 section 2.3)."""

    cdef h2f_hpack_table _c
    cdef h2f_hpack_index _index
    cdef bint _resized
    cdef bint _lent  # to a decoder that has views of it
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        h2f_hpack_table_init(&self._c, H2F_HPACK_DEFAULT_TABLE_SIZE)
        h2f_hpack_index_init(&self._index)

    def __dealloc__(self):
        h2f_hpack_table_free(&self._c)
        h2f_hpack_index_free(&self._index)

    cdef int _check_not_lent(self) except -1:
        """Refuses calls that come out of a running decode, by way of the garbage collector."""
        if self._lent:
            raise RuntimeError("the header table is in use by a decoder: re-entrant call")
        return 0

    def __sizeof__(self):
        return (
            object.__sizeof__(self)
            + h2f_hpack_table_heap_size(&self._c)
            + h2f_hpack_index_heap_size(&self._index)
        )

    def get_by_index(self, index):
        """The entry ``(name, value)`` at an index counted from 1, static entries first.

        :raises InvalidTableIndex: there is none (RFC 7541 section 2.3.3).
        """
        cdef const h2f_hpack_entry *entry = NULL
        if 0 < index <= H2F_HPACK_MAX_INTEGER:
            entry = h2f_hpack_table_get(&self._c, index)
        if entry == NULL:
            raise InvalidTableIndex(f"Invalid table index {index}")
        return _entry_name(entry), _entry_value(entry)

    def add(self, name, value):
        """Insert an entry, evicting the oldest until it fits (RFC 7541 section 4.4).

        :raises TypeError: name or value is not ``bytes``.
        """
        cdef bytes n = _require_bytes("name", name), v = _require_bytes("value", value)
        cdef size_t name_len = len(n), value_len = len(v)
        self._check_not_lent()
        _raise_no_memory(h2f_hpack_table_prepare(&self._c, name_len + value_len))
        h2f_hpack_table_insert_copy(&self._c, _octets(n), name_len, _octets(v), value_len)

    def search(self, name, value):
        """Look for an entry, in the static table first and then from the newest.

        :returns: ``(index, name, value)``, or ``(index, name, None)`` where only the name is in a
            table, or ``None``.
        :raises TypeError: name or value is not ``bytes``.
        """
        cdef bytes n = _require_bytes("name", name), v = _require_bytes("value", value)
        cdef int name_only
        _raise_no_memory(h2f_hpack_index_follow(&self._index, &self._c))
        index = h2f_hpack_index_search(
            &self._index, &self._c, _octets(n), len(n), _octets(v), len(v),
            h2f_hpack_hash(_octets(n), len(n), _octets(v), len(v)), &name_only)
        if index == 0:
            return None
        return index, n, None if name_only else v

    @property
    def maxsize(self):
        """The size in octets that the dynamic table is kept within (RFC 7541 section 4.2)."""
        return self._c.max_size

    @maxsize.setter
    def maxsize(self, newmax):
        cdef uint64_t size = max(int(newmax), 0)
        self._check_not_lent()
        # Not taken back by a second assignment: the first one is still to be announced.
        self._resized |= size != self._c.max_size
        h2f_hpack_table_resize(&self._c, size)

    @property
    def resized(self):
        """Whether ``maxsize`` has changed since an encoder announced it."""
        return self._resized

    @resized.setter
    def resized(self, value):
        self._resized = value

    @property
    def _maxsize(self):
        return self._c.max_size

    @property
    def _current_size(self):
        return self._c.size

    @property
    def dynamic_entries(self):
        """A copy of the dynamic table: a deque of ``(name, value)``, the newest first."""
        cdef const h2f_hpack_entry *entry
        cdef uint32_t age = 0
        entries = deque()
        while True:  # the tuple may set off a finalizer that evicts
            entry = h2f_hpack_table_get(&self._c, H2F_HPACK_STATIC_ENTRIES + 1 + age)
            if entry == NULL:
                return entries
            entries.append((_entry_name(entry), _entry_value(entry)))
            age += 1

    def _shrink(self):
        """Evict what is above the maximum size: nothing, since none ever is."""
        h2f_hpack_table_resize(&self._c, self._c.max_size)


cdef dict _TABLE_STEPS = _steps(HeaderTable, ("add", "search", "get_by_index", "maxsize"))


cdef HeaderTable _plain_table(table):
    """A table that the C code may work on behind its methods' back, or None."""
    if type(table) is HeaderTable and not _is_changed(HeaderTable, _TABLE_STEPS):
        return <HeaderTable>table
    return None


HeaderTable.DEFAULT_SIZE = H2F_HPACK_DEFAULT_TABLE_SIZE
HeaderTable.STATIC_TABLE_LENGTH = H2F_HPACK_STATIC_ENTRIES
HeaderTable.STATIC_TABLE = tuple(
    [HeaderTable().get_by_index(index) for index in range(1, H2F_HPACK_STATIC_ENTRIES + 1)])

# The static entries as finished headers.
cdef list _STATIC_RAW = [HeaderTuple(*entry) for entry in HeaderTable.STATIC_TABLE]
cdef list _STATIC_TEXT = [
    HeaderTuple(name.decode(), value.decode()) for name, value in HeaderTable.STATIC_TABLE]


# ------------------------------------------------------------------------------ encoder

cdef struct field_view:
    const uint8_t *name
    const uint8_t *value
    size_t name_len
    size_t value_len
    bint sensitive


# Header lists up to this length are encoded without touching the heap.
cdef enum:
    STACK_FIELDS = 64
    STACK_OUTPUT = 8192

# How many size updates hpack's encoder may begin a block with, and this decoder takes.
cdef enum:
    MOST_SIZE_UPDATES = 3


cdef inline const uint8_t *_view(object item, size_t *size) except NULL:
    """The octets of a bytes or str object, which must outlive them."""
    cdef Py_ssize_t length
    cdef const char *octets
    if type(item) is bytes:
        size[0] = PyBytes_GET_SIZE(item)
        return <const uint8_t *>PyBytes_AS_STRING(item)
    octets = PyUnicode_AsUTF8AndSize(item, &length)
    size[0] = length
    return <const uint8_t *>octets


cdef inline bint _is_string(object item) noexcept:
    return type(item) is bytes or type(item) is str


cdef inline int _plain_field(object header, field_view *field) except -1:
    """Views a header that can be read without running anybody's code. Returns 0 for any other."""
    cdef Py_ssize_t size
    cdef object name, value, sensitive
    if type(header) is tuple or type(header) is _HEADER or type(header) is _NEVER_INDEXED_HEADER:
        size = PyTuple_GET_SIZE(header)
    else:
        return 0
    if size < 2:
        return 0
    name = <object>PyTuple_GET_ITEM(header, 0)
    value = <object>PyTuple_GET_ITEM(header, 1)
    if not (_is_string(name) and _is_string(value)):
        return 0
    field.sensitive = False
    if type(header) is not tuple:
        field.sensitive = type(header) is _NEVER_INDEXED_HEADER
    elif size > 2:
        sensitive = <object>PyTuple_GET_ITEM(header, 2)
        if sensitive is not True and sensitive is not False:
            return 0
        field.sensitive = sensitive is True
    field.name = _view(name, &field.name_len)
    field.value = _view(value, &field.value_len)
    return 1


def _to_bytes(value):
    """The UTF-8 octets of a value's text; bytes as they are."""
    if type(value) is bytes:
        return value
    if type(value) is not str:
        value = str(value)
    return bytes(value.encode("utf-8"))  # the value may be of a subclass that encodes otherwise


def _dict_to_iterable(header_dict):
    """The items of a dict, pseudo-headers first."""
    if not isinstance(header_dict, dict):
        raise TypeError(f"header_dict not a dict, but {type(header_dict)}")
    for name in sorted(header_dict, key=lambda name: not _to_bytes(name).startswith(b":")):
        yield name, header_dict[name]


def _plain_headers(headers):
    """Any headers that ``encode`` takes, as a list of ``(name, value, sensitive)`` of bytes and bool.

    This is where callers' code may run (iterators, ``__str__``, ``__bool__``) and may raise.
    """
    if isinstance(headers, dict):
        headers = _dict_to_iterable(headers)
    plain = []
    for header in headers:
        sensitive = False
        if isinstance(header, HeaderTuple):
            sensitive = not header.indexable
        elif len(header) > 2:
            sensitive = header[2]
        plain.append((_to_bytes(header[0]), _to_bytes(header[1]), bool(sensitive)))
    return plain


cdef bytes _size_updates(list sizes, bint compact):
    """Size updates for a block to begin with (RFC 7541 section 6.3).

    Section 4.2 asks for the smallest size and the final one. Up to three changes are all
    announced, as upstream's tests have it.
    """
    if compact or len(sizes) > MOST_SIZE_UPDATES:
        sizes = sizes[-1:] if min(sizes, default=0) == sizes[-1] else [min(sizes), sizes[-1]]
    block = bytearray()
    for size in sizes:
        update = encode_integer(size, 5)
        update[0] |= 0x20
        block += update
    return bytes(block)


cdef bytes _PREFIX_INCREMENTAL = b"\x40"
cdef bytes _PREFIX_NEVER = b"\x10"


cdef class Encoder:
    """An HPACK encoder: turns header lists into header blocks (RFC 7541).

    ``header_table`` is its :class:`HeaderTable`, ``huffman_coder`` its
    :class:`~h2fast.hpack.huffman.HuffmanEncoder`, and ``table_size_changes`` the list of table
    sizes that the next block will announce. Each can be replaced.
    """

    cdef HeaderTable _table  # None where header_table is of another class
    cdef object _header_table
    cdef object _huffman_coder  # None for the code of RFC 7541
    cdef list _table_size_changes
    cdef uint64_t _limit
    cdef bint _in_steps
    cdef bint _compact
    cdef bint _lost_block
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self._header_table = HeaderTable()
        self._table = _plain_table(self._header_table)
        self._table_size_changes = []
        self._limit = 65536
        self._in_steps = _is_changed(type(self), _ENCODER_STEPS)

    @property
    def header_table(self):
        """The table that the encoder keeps in step with its peer's decoder."""
        return self._header_table

    @header_table.setter
    def header_table(self, table):
        self._header_table = table
        self._table = _plain_table(table)

    @property
    def compact(self):
        """Whether blocks are as small as possible rather than hpack's to the octet: false unless set.

        Strings are Huffman-coded only where that is shorter, fields whose values hardly ever come
        again are not added to the table, and at most two size updates begin a block.
        """
        return self._compact

    @compact.setter
    def compact(self, value):
        self._compact = value

    @property
    def huffman_coder(self):
        """What encodes strings where ``huffman`` is asked for."""
        return _RFC_7541_CODER if self._huffman_coder is None else self._huffman_coder

    @huffman_coder.setter
    def huffman_coder(self, coder):
        self._huffman_coder = None if coder is _RFC_7541_CODER else coder

    @property
    def table_size_changes(self):
        """The table sizes, in octets, that the next block begins with."""
        return self._table_size_changes

    @table_size_changes.setter
    def table_size_changes(self, changes):
        self._table_size_changes = list(changes)

    @property
    def header_table_size_limit(self):
        """The largest dynamic table in octets that is used, whatever ``header_table_size`` is set to.

        65536 unless set, which is the most that browsers offer. Without a limit the memory would be
        for the peer to choose: h2 sets ``header_table_size`` to what the peer sends as
        SETTINGS_HEADER_TABLE_SIZE, which goes up to 4 GiB.
        """
        return self._limit

    @header_table_size_limit.setter
    def header_table_size_limit(self, octets):
        self._limit = octets

    @property
    def header_table_size(self):
        """The size in octets of the dynamic table (RFC 7541 section 4.2)."""
        return self.header_table.maxsize

    @header_table_size.setter
    def header_table_size(self, value):
        value = min(value, self._limit)
        if value != self.header_table.maxsize:
            self.header_table.maxsize = value
            self._table_size_changes.append(value)

    def encode(self, headers, huffman=True):
        """Encode a header list into a header block.

        Either all of it is encoded, or the call raises and the tables are as before.

        :param headers: an iterable of ``(name, value)`` or ``(name, value, sensitive)`` tuples or
            of header tuples, or a dict, whose pseudo-headers then come first. Names and values are
            ``bytes`` or ``str`` (encoded as UTF-8); of anything else, its ``str()``. A sensitive
            field, or a :class:`NeverIndexedHeaderTuple`, is never added to a table.
        :param huffman: whether strings are Huffman-coded.
        :returns: the block, as ``bytes``.
        :raises: whatever reading ``headers`` raises.
        """
        cdef bint coded = huffman  # from here to the encoding, callers' code may run and change all
        if type(headers) is not list and not isinstance(headers, dict):
            headers = list(headers)
        block = self._encode_list(<list>headers, coded) if type(headers) is list else None
        if block is None:
            headers = _plain_headers(headers)
            block = self._encode_list(headers, coded)
        return self._encode_in_steps(headers, coded) if block is None else block

    @cython.final
    cdef bytes _encode_list(self, list headers, bint huffman):
        """The block; or None if reading the headers could run other code than this, or if the
        encoder works in steps."""
        cdef HeaderTable table = self._table
        cdef bytes updates = b""
        cdef Py_ssize_t count, i
        cdef field_view stack[STACK_FIELDS]
        cdef field_view *fields = stack
        cdef size_t octets = 0
        cdef bytes block
        if self._in_steps or table is None or self._huffman_coder is not None:
            return None
        if table._resized:
            updates = _size_updates(self._table_size_changes, self._compact)
        count = PyList_GET_SIZE(headers)
        if count > STACK_FIELDS:
            fields = <field_view *>PyMem_Malloc(count * sizeof(field_view))
            if fields == NULL:
                raise MemoryError()
        try:
            for i in range(count):
                if not _plain_field(<object>PyList_GET_ITEM(headers, i), &fields[i]):
                    return None
                octets += fields[i].name_len + fields[i].value_len
            block = self._encode_fields(table, updates, fields, count, octets, huffman)
        finally:
            if fields != stack:
                PyMem_Free(fields)
        if updates:
            self._table_size_changes = []
            table._resized = False
        return block

    @cython.final
    cdef bytes _encode_fields(
        self, HeaderTable table, bytes updates, field_view *fields, Py_ssize_t count, size_t octets,
        bint huffman
    ):
        """The block. No Python object is made before it is, so nobody can interfere."""
        cdef uint8_t stack[STACK_OUTPUT]
        cdef uint8_t *start = stack
        cdef uint8_t *end
        cdef size_t bound = PyBytes_GET_SIZE(updates) + h2f_hpack_encode_bound(count, octets)
        cdef h2f_hpack_indexing indexing = H2F_HPACK_INCREMENTAL
        cdef h2f_hpack_huffman coding = H2F_HPACK_HUFFMAN if huffman else H2F_HPACK_RAW
        cdef Py_ssize_t i
        if self._compact:
            indexing = H2F_HPACK_ADAPTIVE
            if huffman:
                coding = H2F_HPACK_SHORTER
        if self._lost_block:
            raise MemoryError("an earlier block was lost for lack of memory: the tables differ now")
        table._check_not_lent()
        if bound > STACK_OUTPUT:
            start = <uint8_t *>PyMem_Malloc(bound)
            if start == NULL:
                raise MemoryError()
        try:
            _raise_no_memory(h2f_hpack_index_follow(&table._index, &table._c))
            memcpy(start, PyBytes_AS_STRING(updates), PyBytes_GET_SIZE(updates))
            end = start + PyBytes_GET_SIZE(updates)
            for i in range(count):
                end = h2f_hpack_encode_field(
                    &table._c, &table._index, end, fields[i].name, fields[i].name_len,
                    fields[i].value, fields[i].value_len,
                    H2F_HPACK_NEVER if fields[i].sensitive else indexing, coding)
            self._lost_block = True
            block = PyBytes_FromStringAndSize(<char *>start, end - start)
            self._lost_block = False
            return block
        finally:
            if start != stack:
                PyMem_Free(start)

    # The steps, one method each as upstream has them.

    def _encode_in_steps(self, plain, huffman):
        block = []
        if self.header_table.resized:
            block.append(self._encode_table_size_change())
            self.header_table.resized = False
        for name, value, sensitive in plain:
            block.append(self.add((name, value), sensitive, huffman))
        return b"".join(block)

    def add(self, to_add, sensitive, huffman=False):
        """Encode one field ``(name, value)`` of bytes, and add it to the table unless sensitive."""
        name, value = to_add
        indexbit = _PREFIX_NEVER if sensitive else _PREFIX_INCREMENTAL
        match = self.header_table.search(name, value)
        if match is not None and match[2] is not None:
            return self._encode_indexed(match[0])
        if match is None:
            encoded = self._encode_literal(name, value, indexbit, huffman)
        else:
            encoded = self._encode_indexed_literal(match[0], value, indexbit, huffman)
        if not sensitive:
            self.header_table.add(name, value)
        return encoded

    def _encode_indexed(self, index):
        field = encode_integer(index, 7)
        field[0] |= 0x80
        return bytes(field)

    def _encode_literal(self, name, value, indexbit, huffman=False):
        return indexbit + self._encode_string(name, huffman) + self._encode_string(value, huffman)

    def _encode_indexed_literal(self, index, value, indexbit, huffman=False):
        prefix = encode_integer(index, 6 if indexbit == _PREFIX_INCREMENTAL else 4)
        prefix[0] |= indexbit[0]
        return bytes(prefix) + self._encode_string(value, huffman)

    def _encode_string(self, string, huffman):
        if huffman:
            string = self.huffman_coder.encode(string)
        length = encode_integer(len(string), 7)
        if huffman:
            length[0] |= 0x80
        return bytes(length) + string

    def _encode_table_size_change(self):
        block = _size_updates(self._table_size_changes, self._compact)
        self._table_size_changes = []
        return block


cdef dict _ENCODER_STEPS = _steps(Encoder, (
    "add", "_encode_indexed", "_encode_literal", "_encode_indexed_literal",
    "_encode_table_size_change", "header_table", "huffman_coder", "table_size_changes",
))


# ------------------------------------------------------------------------------ decoder

def _unicode_if_needed(header, raw):
    """A header of bytes as one of text, unless ``raw``."""
    if raw:
        return header
    return type(header)(header[0].decode("utf-8"), header[1].decode("utf-8"))


cdef class Decoder:
    """An HPACK decoder: turns header blocks into header lists (RFC 7541).

    ``header_table`` is its :class:`HeaderTable` and can be replaced. ``max_allowed_table_size`` is
    the largest dynamic table in octets that the encoder may use: the acknowledged value of
    SETTINGS_HEADER_TABLE_SIZE. ``max_header_list_size`` bounds the decoded size of a block, each
    field with 32 octets more than its strings, and ``max_header_fields`` (1000 unless set) the
    number of its fields.

    After an exception the table is as the valid part of the block left it: like upstream's, the
    decoder goes on, but what it decodes from then on is not what the encoder meant.
    """

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

    def __cinit__(self, *args, **kwargs):
        cdef HeaderTable table = HeaderTable()
        h2f_hpack_decoder_init(&self._c, &table._c)
        self._c.max_size_updates = MOST_SIZE_UPDATES
        self._use_table(table)
        self._in_steps = _is_changed(type(self), _DECODER_STEPS)

    @cython.final
    cdef int _use_table(self, table) except -1:
        self._header_table = table
        self._table = _plain_table(table)
        if self._table is not None:
            self._c.table = &self._table._c
            self._cached = [None] * (self._c.table.mask + 1)
            self._cached_mask = self._c.table.mask
            self._cached_from = self._c.table.inserted - self._c.table.count
            self._cached_until = self._cached_from
        return 0

    @property
    def header_table(self):
        """The table that the decoder keeps in step with its peer's encoder."""
        return self._header_table

    @header_table.setter
    def header_table(self, table):
        if self._table is not None:
            self._table._check_not_lent()
        self._use_table(table)

    @property
    def header_table_size(self):
        """The size in octets of the dynamic table (RFC 7541 section 4.2)."""
        return self.header_table.maxsize

    @header_table_size.setter
    def header_table_size(self, value):
        self.header_table.maxsize = value

    @property
    def max_allowed_table_size(self):
        """The largest ``header_table_size``, in octets, that a block may set or leave."""
        return self._c.max_table_size

    @max_allowed_table_size.setter
    def max_allowed_table_size(self, octets):
        self._c.max_table_size = octets

    @property
    def max_header_list_size(self):
        """The most octets that a decoded block may have (RFC 9113 section 6.5.2)."""
        return self._c.max_list_size

    @max_header_list_size.setter
    def max_header_list_size(self, octets):
        self._c.max_list_size = octets

    @property
    def max_header_fields(self):
        """The most fields that a block may have."""
        return self._c.max_fields

    @max_header_fields.setter
    def max_header_fields(self, count):
        self._c.max_fields = count

    @property
    def max_size_updates(self):
        """The most size updates that a block may begin with: 3 unless set (RFC 7541 section 4.2)."""
        return self._c.max_size_updates

    @max_size_updates.setter
    def max_size_updates(self, count):
        self._c.max_size_updates = count

    def __sizeof__(self):
        return object.__sizeof__(self) + self._cached.__sizeof__()

    def decode(self, data, raw=False):
        """Decode a complete header block.

        :param data: the block: ``bytes`` or any other contiguous bytes-like object.
        :param raw: whether names and values are ``bytes``. Otherwise they are ``str``.
        :returns: a list of :class:`HeaderTuple`, and of :class:`NeverIndexedHeaderTuple` for the
            fields that are marked so.
        :raises InvalidTableIndex: an index is in no table (RFC 7541 section 2.3.3).
        :raises InvalidTableSizeError: the encoder uses a larger table than allowed (section 4.2).
        :raises OversizedHeaderListError: a limit of this decoder is exceeded.
        :raises HPACKDecodingError: any other fault in the block, or text that is not UTF-8.
        :raises TypeError: ``data`` is no bytes-like object.
        :raises BufferError: ``data`` is not contiguous.
        """
        cdef _Buffer buffer = None
        cdef bint as_bytes = raw  # from here to the decoding, callers' code may run and change all
        if type(data) is not bytes:
            buffer = _open_buffer(data)
        if self._in_steps or self._table is None:
            return self._decode_in_steps(data, as_bytes)
        if buffer is None:
            return self._decode_block(_octets(<bytes>data), PyBytes_GET_SIZE(data), as_bytes)
        return self._decode_block(buffer.octets(), buffer.view.len, as_bytes)

    @cython.final
    cdef list _decode_block(self, const uint8_t *block, size_t size, bint raw):
        cdef HeaderTable table = self._table
        cdef list headers = []
        cdef object undecodable = None
        cdef uint64_t max_size = self._c.table.max_size
        cdef int result
        table._check_not_lent()
        h2f_hpack_decoder_resume(&self._c)
        self._match_cache(raw)
        table._lent = True
        try:
            h2f_hpack_decoder_begin(&self._c, block, size)
            try:
                result = self._read_fields(headers, raw)
            except UnicodeDecodeError as error:
                undecodable = error
                result = self._skip_fields()
            if result < 0:
                self._raise_decoding_error(result)
        finally:
            h2f_hpack_decoder_end(&self._c)
            table._lent = False
            table._resized |= self._c.table.max_size != max_size
        if undecodable is not None:
            raise HPACKDecodingError("Unable to decode headers as UTF-8") from undecodable
        return headers

    @cython.final
    cdef int _read_fields(self, list headers, bint raw) except? -1:
        """Appends the fields of the block. Returns 0 or the error of the C decoder."""
        cdef h2f_hpack_field field
        cdef int result = h2f_hpack_decoder_next(&self._c, &field)
        while result == 1:
            headers.append(self._header(&field, raw))
            result = h2f_hpack_decoder_next(&self._c, &field)
        return result

    @cython.final
    cdef int _skip_fields(self) noexcept:
        """Decodes the rest of a block for its effect on the table."""
        cdef h2f_hpack_field field
        cdef int result = 1
        while result == 1:
            result = h2f_hpack_decoder_next(&self._c, &field)
        return result

    @cython.boundscheck(False)
    @cython.wraparound(False)
    @cython.final
    cdef inline object _header(self, const h2f_hpack_field *field, bint raw):
        """The header tuple of a field, kept if the field is an entry of the dynamic table."""
        cdef h2f_hpack_table *table = self._c.table
        cdef uint32_t place
        if field.index == 0:
            return self._literal(field, raw)
        if field.index <= H2F_HPACK_STATIC_ENTRIES:
            return (_STATIC_RAW if raw else _STATIC_TEXT)[field.index - 1]
        place = self._place(field.index)
        header = self._cached[place]
        if header is None:
            header = _make_header(
                _HEADER, _string(field.name, field.name_len, raw),
                _string(field.value, field.value_len, raw))
            self._cached[place] = header
        return header

    @cython.final
    cdef inline uint32_t _place(self, uint32_t index) noexcept:
        """Where the header of a dynamic entry is kept."""
        return (self._c.table.inserted + H2F_HPACK_STATIC_ENTRIES - index) & self._cached_mask

    @cython.boundscheck(False)
    @cython.wraparound(False)
    @cython.final
    cdef inline object _literal(self, const h2f_hpack_field *field, bint raw):
        name = self._literal_name(field, raw)
        if field.inserted:
            self._match_cache(raw)
        header = _make_header(
            _NEVER_INDEXED_HEADER if field.never_indexed else _HEADER,
            name, _string(field.value, field.value_len, raw))
        if field.inserted:
            self._cached[self._place(H2F_HPACK_STATIC_ENTRIES + 1)] = header
        return header

    @cython.boundscheck(False)
    @cython.wraparound(False)
    @cython.final
    cdef inline object _literal_name(self, const h2f_hpack_field *field, bint raw):
        """The name object of the entry that a literal refers to, or a new one."""
        cdef uint32_t index = field.name_index
        if index == 0:
            return _string(field.name, field.name_len, raw)
        if index <= H2F_HPACK_STATIC_ENTRIES:
            return _name_of((_STATIC_RAW if raw else _STATIC_TEXT)[index - 1])
        # Its own insertion has moved the entry on, and may have evicted it: but not yet here.
        header = self._cached[self._place(index + field.inserted)]
        if header is None:
            return _string(field.name, field.name_len, raw)
        return _name_of(header)

    @cython.boundscheck(False)
    @cython.wraparound(False)
    @cython.final
    cdef int _match_cache(self, bint raw) except -1:
        """Drops the headers of evicted entries, and gives every place of the ring one here."""
        cdef uint32_t inserted = self._c.table.inserted
        cdef uint32_t oldest = inserted - self._c.table.count
        cdef uint32_t mask = self._c.table.mask
        cdef uint32_t evicted = min(oldest - self._cached_from, self._cached_mask + 1)
        cdef uint32_t i
        cdef list grown
        if self._cached_raw != raw:
            self._cached = [None] * (mask + 1)
            self._cached_mask = mask
            self._cached_raw = raw
        for i in range(evicted):
            self._cached[(self._cached_from + i) & self._cached_mask] = None
        if self._cached_mask != mask:
            grown = [None] * (mask + 1)
            for i in range(oldest, min(self._cached_until, oldest + self._cached_mask + 1)):
                grown[i & mask] = self._cached[i & self._cached_mask]
            self._cached = grown
            self._cached_mask = mask
        self._cached_from = oldest
        self._cached_until = inserted
        return 0

    cdef _raise_decoding_error(self, int error):
        """The exception for an error of the C decoder: hpack's class and, where it has one, text."""
        cdef bytes rest
        if error == H2F_ERR_NOMEM:
            raise MemoryError()
        if error == H2F_ERR_INTEGER_TRUNCATED or error == H2F_ERR_INTEGER_TOO_LONG:
            rest = (<const char *>self._c.error_at)[: min(self._c.end - self._c.error_at, 17)]
            _raise_integer_error(error, rest)
        if error == H2F_ERR_TABLE_INDEX:
            raise InvalidTableIndex(f"Invalid table index {self._c.error_value}")
        if error == H2F_ERR_TABLE_SIZE_EXCEEDED:
            raise InvalidTableSizeError("Encoder exceeded max allowable table size")
        if error == H2F_ERR_TABLE_SIZE_MISSING:
            raise InvalidTableSizeError("Encoder did not shrink table size to within the max")
        if error == H2F_ERR_HEADER_LIST_SIZE:
            raise OversizedHeaderListError(
                f"A header list larger than {self.max_header_list_size} has been received")
        if error == H2F_ERR_HEADER_FIELD_COUNT:
            raise OversizedHeaderListError(
                f"A header list of more than {self.max_header_fields} fields has been received")
        if error == H2F_ERR_TABLE_SIZE_REPEATED:
            raise HPACKDecodingError(
                f"More than {self.max_size_updates} table size updates at the start of the block"
                " (RFC 7541 section 4.2)")
        raise HPACKDecodingError(_DECODING_ERRORS[error])

    # The steps, one method each as upstream has them.

    def _decode_in_steps(self, data, raw):
        rest = memoryview(data)
        headers = []
        size = updates = 0
        while rest:
            first = rest[0]
            header = None
            if first & 0x80:
                header, consumed = self._decode_indexed(rest)
            elif first & 0x40:
                header, consumed = self._decode_literal_index(rest)
            elif first & 0x20:
                if headers:
                    self._raise_decoding_error(H2F_ERR_TABLE_SIZE_MISPLACED)
                updates += 1
                if updates > self.max_size_updates:
                    self._raise_decoding_error(H2F_ERR_TABLE_SIZE_REPEATED)
                consumed = self._update_encoding_context(rest)
            else:
                header, consumed = self._decode_literal_no_index(rest)
            if header is not None:
                headers.append(header)
                size += len(header[0]) + len(header[1]) + H2F_HPACK_ENTRY_OVERHEAD
                if size > self.max_header_list_size:
                    self._raise_decoding_error(H2F_ERR_HEADER_LIST_SIZE)
                if len(headers) > self.max_header_fields:
                    self._raise_decoding_error(H2F_ERR_HEADER_FIELD_COUNT)
            rest = rest[consumed:]
        self._assert_valid_table_size()
        try:
            return [_unicode_if_needed(header, raw) for header in headers]
        except UnicodeDecodeError as error:
            raise HPACKDecodingError("Unable to decode headers as UTF-8") from error

    def _assert_valid_table_size(self):
        if self.header_table_size > self.max_allowed_table_size:
            self._raise_decoding_error(H2F_ERR_TABLE_SIZE_MISSING)

    def _update_encoding_context(self, data):
        new_size, consumed = decode_integer(data, 5)
        if new_size > self.max_allowed_table_size:
            self._raise_decoding_error(H2F_ERR_TABLE_SIZE_EXCEEDED)
        self.header_table_size = new_size
        return consumed

    def _decode_indexed(self, data):
        index, consumed = decode_integer(data, 7)
        return HeaderTuple(*self.header_table.get_by_index(index)), consumed

    def _decode_literal_no_index(self, data):
        return self._decode_literal(data, False)

    def _decode_literal_index(self, data):
        return self._decode_literal(data, True)

    def _decode_literal(self, data, should_index):
        data = memoryview(data)
        index, consumed = decode_integer(data, 6 if should_index else 4)
        if index:
            name = self.header_table.get_by_index(index)[0]
        else:
            name, taken = _decode_string(data[consumed:])
            consumed += taken
        value, taken = _decode_string(data[consumed:])
        consumed += taken
        if should_index:
            self.header_table.add(name, value)
            return HeaderTuple(name, value), consumed
        never = (data[0] & 0xF0) == 0x10
        return (NeverIndexedHeaderTuple if never else HeaderTuple)(name, value), consumed


cdef dict _DECODER_STEPS = _steps(Decoder, (
    "_assert_valid_table_size", "_update_encoding_context", "_decode_indexed",
    "_decode_literal_no_index", "_decode_literal_index", "_decode_literal", "header_table",
    "header_table_size", "max_allowed_table_size", "max_header_list_size",
))

cdef dict _DECODING_ERRORS = {
    H2F_ERR_STRING_TRUNCATED: "Truncated header block",
    H2F_ERR_HUFFMAN_EOS: "Invalid Huffman string",
    H2F_ERR_HUFFMAN_INCOMPLETE: "Incomplete Huffman string",
    H2F_ERR_TABLE_SIZE_MISPLACED: "Table size update not at the start of the block",
    H2F_ERR_INTEGER_TOO_LARGE: (
        f"An integer is larger than {H2F_HPACK_MAX_INTEGER} (RFC 7541 section 5.1)"),
}


cdef inline object _string(const uint8_t *octets, size_t size, bint raw):
    if raw:
        return PyBytes_FromStringAndSize(<const char *>octets, size)
    return PyUnicode_DecodeUTF8(<const char *>octets, size, "strict")


cdef _decode_string(data):
    """The string that ``data`` begins with, and how many octets it takes (RFC 7541 section 5.2)."""
    length, consumed = decode_integer(data, 7)
    string = bytes(data[consumed:consumed + length])
    if len(string) != length:
        raise HPACKDecodingError(_DECODING_ERRORS[H2F_ERR_STRING_TRUNCATED])
    return (huffman_decode(string) if data[0] & 0x80 else string), consumed + length


# The classes are those of hpack's modules. These methods are functions, as upstream's are, for
# whoever looks at their signatures: Cython would make slots of them. __cinit__ has done the work.

def _init_encoder(self) -> None:
    """An encoder with an empty table of 4096 octets."""


def _init_decoder(self, max_header_list_size: int = H2F_HPACK_DEFAULT_MAX_LIST_SIZE) -> None:
    """A decoder with an empty table of 4096 octets.

    :param max_header_list_size: see the attribute; 64 KiB unless given.
    """
    self.max_header_list_size = max_header_list_size


def _init_table(self) -> None:
    """An empty table of 4096 octets."""


def _repr_table(self):
    return f"HeaderTable({self.maxsize}, {self.resized}, {self.dynamic_entries!r})"


def _define(cls, module, **methods):
    cls.__module__ = f"h2fast.hpack.{module}"
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)

_define(Encoder, "hpack", __init__=_init_encoder)
_define(Decoder, "hpack", __init__=_init_decoder)
_define(HeaderTable, "table", __init__=_init_table, __repr__=_repr_table)
del _define, _init_encoder, _init_decoder, _init_table, _repr_table

for _function in (
    encode_integer, decode_integer, _to_bytes, _dict_to_iterable, _unicode_if_needed,
):
    _function.__module__ = "h2fast.hpack.hpack"
del _function
