# The encoder: header lists to blocks. Part of _hpack.pyx.

# Header lists up to this length are encoded without touching the heap.
cdef enum:
    STACK_FIELDS = 64
    STACK_OUTPUT = 8192

# How many size updates hpack's encoder may begin a block with, and this decoder takes.
cdef enum:
    MOST_SIZE_UPDATES = 3


cdef inline int _plain_field(object header, h2f_field *field) except -1:
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
    if not (is_string(name) and is_string(value)):
        return 0
    field.never_indexed = False
    if type(header) is not tuple:
        field.never_indexed = type(header) is _NEVER_INDEXED_HEADER
    elif size > 2:
        sensitive = <object>PyTuple_GET_ITEM(header, 2)
        if sensitive is not True and sensitive is not False:
            return 0
        field.never_indexed = sensitive is True
    field.name = octets_of(name, &field.name_len)
    field.value = octets_of(value, &field.value_len)
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
        if hasattr(header, "indexable"):  # also of upstream's classes
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

        Either all of it is encoded, or the call raises and the tables are as before. Where only the
        memory for the finished block is missing, the call and all that follow are a MemoryError: a
        block was lost, so the tables of the two sides differ.

        :param headers: an iterable of ``(name, value)`` or ``(name, value, sensitive)`` tuples or
            of header tuples, or a dict, whose pseudo-headers then come first. Names and values are
            ``bytes`` or ``str`` (encoded as UTF-8); of anything else, its ``str()``. A sensitive
            field, or a :class:`NeverIndexedHeaderTuple`, is never added to a table.
        :param huffman: whether strings are Huffman-coded.
        :returns: the block, as ``bytes``.
        :raises MemoryError: see above.
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

    cdef bytes _encode_list(self, list headers, bint huffman):
        """The block; or None if reading the headers could run other code than this, or if the
        encoder works in steps."""
        cdef bytes updates
        cdef Py_ssize_t count, i
        cdef h2f_field stack[STACK_FIELDS]
        cdef h2f_field *fields = stack
        updates = self._updates()
        if updates is None:
            return None
        count = PyList_GET_SIZE(headers)
        if count > STACK_FIELDS:
            fields = <h2f_field *>PyMem_Malloc(count * sizeof(h2f_field))
            if fields == NULL:
                raise MemoryError()
        try:
            for i in range(count):
                if not _plain_field(<object>PyList_GET_ITEM(headers, i), &fields[i]):
                    return None
            return self._encode_views(updates, fields, count, huffman)
        finally:
            if fields != stack:
                PyMem_Free(fields)

    cdef bint _works_in_steps(self) noexcept:
        """Whether somebody replaced a step of it, its table or its Huffman code."""
        return self._in_steps or self._table is None or self._huffman_coder is not None

    cdef bytes _updates(self):
        """The size updates that the next block begins with; None of an encoder that works in steps."""
        cdef bytes updates = b""
        if self._works_in_steps():
            return None
        if self._table._resized:
            updates = _size_updates(self._table_size_changes, self._compact)
        # The sizes may be anybody's numbers, which change the encoder as they are compared.
        return None if self._works_in_steps() else updates

    cdef bytes _encode_views(
        self, bytes updates, const h2f_field *fields, Py_ssize_t count, bint huffman
    ):
        """The block of fields that nobody changes meanwhile, behind what _updates has returned; of an
        encoder that does not work in steps."""
        cdef bytes block
        cdef size_t octets = 0
        cdef Py_ssize_t i
        for i in range(count):
            octets += fields[i].name_len + fields[i].value_len
        block = self._encode_fields(self._table, updates, fields, count, octets, huffman)
        if updates:
            self._table._resized = False
            self._table_size_changes = []
        return block

    cdef bytes _encode_fields(
        self, HeaderTable table, bytes updates, const h2f_field *fields, Py_ssize_t count, size_t octets,
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
                    H2F_HPACK_NEVER_ADDED if fields[i].never_indexed else indexing, coding)
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
    "encode", "add", "_encode_indexed", "_encode_literal", "_encode_indexed_literal",
    "_encode_table_size_change", "header_table", "huffman_coder", "table_size_changes",
))
