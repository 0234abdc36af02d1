# The decoder: blocks to header lists. Part of _hpack.pyx.

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

    def __cinit__(self, *args, **kwargs):
        cdef HeaderTable table = HeaderTable()
        h2f_hpack_decoder_init(&self._c, &table._c)
        self._c.max_size_updates = MOST_SIZE_UPDATES
        self._use_table(table)
        self._in_steps = _is_changed(type(self), _DECODER_STEPS)

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
            header = make_pair(
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
        header = make_pair(
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
            oversized = OversizedHeaderListError(
                f"A header list of more than {self.max_header_fields} fields has been received")
            oversized._limit = "max_header_fields"
            raise oversized
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
            decoded = []
            for header in headers:
                decoded.append(_unicode_if_needed(header, raw))
            return decoded
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
    "decode",
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
