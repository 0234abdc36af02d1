# Header lists, from Python to the engine and back. Part of _connection.pyx.

cdef enum:
    STACK_FIELDS = 64  # header lists up to this length are sent without touching the heap


cdef inline bint _view_field(object header, h2f_field *field) except -1:
    """Views a header that can be read without running anybody's code. Returns 0 for any other."""
    cdef Py_ssize_t size
    if not (type(header) is tuple or type(header) is _HEADER or type(header) is _NEVER_INDEXED_HEADER):
        return 0
    size = PyTuple_GET_SIZE(header)
    if size < 2:
        return 0
    name = <object>PyTuple_GET_ITEM(header, 0)
    value = <object>PyTuple_GET_ITEM(header, 1)
    if not (is_string(name) and is_string(value)):
        return 0
    field.never_indexed = type(header) is _NEVER_INDEXED_HEADER
    if size > 2:
        sensitive = <object>PyTuple_GET_ITEM(header, 2)
        if sensitive is not True and sensitive is not False:
            return 0
        field.never_indexed = sensitive is True
    field.name = octets_of(name, &field.name_len)
    field.value = octets_of(value, &field.value_len)
    return 1


# A header list as the engine takes it: views of a list that somebody else keeps.
cdef struct _Fields:
    h2f_field *fields  # those below, or on the heap
    size_t count
    h2f_field few[STACK_FIELDS]


cdef extern from *:
    """
    /* Whether another thread may change a list while C works on it. */
    #ifdef Py_GIL_DISABLED
    #define H2FAST_LISTS_CHANGE 1
    #else
    #define H2FAST_LISTS_CHANGE 0
    #endif
    """
    bint H2FAST_LISTS_CHANGE


cdef inline void _free_fields(_Fields *fields) noexcept:
    if fields.fields != fields.few:
        PyMem_Free(fields.fields)


@cython.boundscheck(False)
@cython.wraparound(False)
cdef bint _view_list(list headers, _Fields *fields) except -1:
    """Views headers that can be read without running anybody's code. Returns 0 for any others; then,
    and where it raises, there is nothing to free."""
    cdef Py_ssize_t i, count = PyList_GET_SIZE(headers)
    fields.count = count
    fields.fields = fields.few
    if count > STACK_FIELDS:
        fields.fields = <h2f_field *>PyMem_Malloc(count * sizeof(h2f_field))
        if fields.fields == NULL:
            raise MemoryError()
    try:
        for i in range(count):
            if not _view_field(<object>PyList_GET_ITEM(headers, i), &fields.fields[i]):
                _free_fields(fields)
                return 0
    except:
        _free_fields(fields)
        raise
    return 1


cdef list _view_headers(headers, _Fields *fields):
    """Any header list, of which what is returned keeps the strings; the caller frees the fields.
    Callers' code may run here, and may raise; nothing is touched before."""
    # What is viewed is a list that nobody can change meanwhile.
    cdef list viewed
    if type(headers) is list and not H2FAST_LISTS_CHANGE:
        viewed = headers
    else:
        viewed = _plain_headers(headers) if isinstance(headers, dict) else list(headers)
    if not _view_list(viewed, fields):
        viewed = _plain_headers(viewed)  # of bytes, exactly
        _view_list(viewed, fields)
    return viewed


@cython.final
cdef class _HeaderCache:
    """The finished headers of a decoder's table, at the places that the entries have in its ring: an
    entry that repeats costs a reference, and so does its name alone."""

    cdef list headers
    cdef list names         # of entries whose headers nobody has seen
    cdef uint32_t *entries  # the sequence number of the entry that each place is of
    cdef uint32_t mask
    cdef uint32_t oldest  # the first entry whose header may be kept

    def __cinit__(self):
        self.headers = []
        self.names = []

    def __dealloc__(self):
        PyMem_Free(self.entries)

    cdef int fit(self, uint32_t mask) except -1:
        cdef uint32_t *entries
        if self.entries != NULL and mask == self.mask:
            return 0
        entries = <uint32_t *>PyMem_Realloc(self.entries, (mask + 1) * sizeof(uint32_t))
        if entries == NULL:
            raise MemoryError()
        self.entries = entries
        self.mask = mask
        memset(entries, 0, (mask + 1) * sizeof(uint32_t))
        self.headers = [None] * (mask + 1)
        self.names = [None] * (mask + 1)
        return 0

    @cython.boundscheck(False)
    @cython.wraparound(False)
    cdef uint32_t claim(self, uint32_t entry) noexcept:
        """The place of an entry, where nothing of another one is any more."""
        cdef uint32_t place = entry & self.mask
        if self.entries[place] != entry:
            self.entries[place] = entry
            self.headers[place] = self.names[place] = None
        return place

    @cython.boundscheck(False)
    @cython.wraparound(False)
    cdef int forget(self, uint32_t oldest) except -1:
        """Lets go of the headers of evicted entries."""
        cdef uint32_t place
        while self.oldest != oldest:
            place = self.oldest & self.mask
            if self.entries[place] == self.oldest:
                self.headers[place] = self.names[place] = None
            self.oldest += 1
        return 0

    @cython.boundscheck(False)
    @cython.wraparound(False)
    cdef list read(self, const h2f_event *event, const h2f_hpack_table *table):
        """The fields of an event as a list of tuples."""
        cdef Py_ssize_t i, count = event.field_count
        cdef const h2f_field *field = event.fields
        cdef const h2f_field_origin *origin = event.origins
        cdef uint32_t place
        cdef list headers = PyList_New(count)
        self.fit(table.mask)
        for i in range(count):
            if origin.static_index:
                header = _STATIC_HEADERS[origin.static_index - 1]
            elif origin.in_table:
                place = origin.entry & self.mask
                header = self.headers[place]
                if header is None or self.entries[place] != origin.entry:
                    # The name first: the entry may be where that was which has it.
                    header = self.new_header(field, origin)
                    self.headers[self.claim(origin.entry)] = header
            else:
                header = self.new_header(field, origin)
            Py_INCREF(header)
            PyList_SET_ITEM(headers, i, header)
            field += 1
            origin += 1
        self.forget(table.inserted - table.count)
        return headers

    cdef inline object new_header(self, const h2f_field *field, const h2f_field_origin *origin):
        if origin.static_name:
            name = <object>PyTuple_GET_ITEM(_STATIC_HEADERS[origin.static_name - 1], 0)
        elif origin.name_in_table:
            name = self.name_of(field, origin.name_entry)
        else:
            name = PyBytes_FromStringAndSize(<const char *>field.name, field.name_len)
        value = PyBytes_FromStringAndSize(<const char *>field.value, field.value_len)
        # Others are plain tuples: those unpack three times as fast as those of a class.
        return make_pair(_NEVER_INDEXED_HEADER, name, value) if field.never_indexed else (name, value)

    @cython.boundscheck(False)
    @cython.wraparound(False)
    cdef object name_of(self, const h2f_field *field, uint32_t entry):
        """The name of a field that has it from an entry: it may be long, and is made once."""
        cdef uint32_t place = self.claim(entry)
        header = self.headers[place]
        if header is not None:
            return <object>PyTuple_GET_ITEM(header, 0)
        name = self.names[place]
        if name is None:
            name = PyBytes_FromStringAndSize(<const char *>field.name, field.name_len)
            self.names[place] = name
        return name
