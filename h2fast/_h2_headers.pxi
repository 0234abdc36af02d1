# Header sections: views of lists of headers, and what is done with them. Part of _h2.pyx.

cdef enum:
    STACK_FIELDS = 64  # lists up to this length are looked at without touching the heap
    STACK_OCTETS = 1024


cdef struct fields:
    h2f_field *list  # those below, or on the heap
    size_t count
    h2f_field few[STACK_FIELDS]


cdef inline int _make_room(fields *f, Py_ssize_t count) except -1:
    f.list = f.few
    f.count = 0
    if count > STACK_FIELDS:
        f.list = <h2f_field *>PyMem_Malloc(count * sizeof(h2f_field))
        if f.list == NULL:
            raise MemoryError()
    return 0


cdef inline void _free(fields *f) noexcept:
    if f.list != f.few:
        PyMem_Free(f.list)


cdef inline bint _is_header(object header) noexcept:
    return type(header) is _HEADER or type(header) is _NEVER_INDEXED or type(header) is tuple


@cython.boundscheck(False)
@cython.wraparound(False)
cdef int _view_octets(list headers, fields *f) except -1:
    """Views what a decoder gives: header tuples of bytes. Returns 0 for anything else."""
    cdef Py_ssize_t i, count = PyList_GET_SIZE(headers)
    cdef h2f_field *field
    cdef PyObject *header
    cdef PyObject *name
    cdef PyObject *value
    _make_room(f, count)
    for i in range(count):
        header = <PyObject *>PyList_GET_ITEM(headers, i)
        if not _is_header(<object>header) or PyTuple_GET_SIZE(<object>header) != 2:
            return 0
        name = <PyObject *>PyTuple_GET_ITEM(<object>header, 0)
        value = <PyObject *>PyTuple_GET_ITEM(<object>header, 1)
        if type(<object>name) is not bytes or type(<object>value) is not bytes:
            return 0
        field = &f.list[i]
        field.name = <const uint8_t *>PyBytes_AS_STRING(<object>name)
        field.name_len = PyBytes_GET_SIZE(<object>name)
        field.value = <const uint8_t *>PyBytes_AS_STRING(<object>value)
        field.value_len = PyBytes_GET_SIZE(<object>value)
        field.never_indexed = type(<object>header) is _NEVER_INDEXED
    f.count = count
    return 1


@cython.boundscheck(False)
@cython.wraparound(False)
cdef int _view_strings(object headers, fields *f) except -1:
    """Views a list or tuple of pairs of bytes or text. Returns 0 for anything else."""
    cdef Py_ssize_t i, count
    cdef h2f_field *field
    cdef bint in_list = type(headers) is list
    count = PyList_GET_SIZE(headers) if in_list else PyTuple_GET_SIZE(headers)
    _make_room(f, count)
    for i in range(count):
        header = <object>(PyList_GET_ITEM(headers, i) if in_list else PyTuple_GET_ITEM(headers, i))
        if not _is_header(header) or PyTuple_GET_SIZE(header) != 2:
            return 0
        name = <object>PyTuple_GET_ITEM(header, 0)
        value = <object>PyTuple_GET_ITEM(header, 1)
        if not (is_string(name) and is_string(value)):
            return 0
        field = &f.list[i]
        field.name = octets_of(name, &field.name_len)
        field.value = octets_of(value, &field.value_len)
        field.never_indexed = type(header) is _NEVER_INDEXED
    f.count = count
    return 1


cdef inline bint _is_named(const h2f_field *field, const char *name, size_t size) noexcept:
    return field.name_len == size and memcmp(field.name, name, size) == 0


cdef object _find(const fields *f, const char *name, size_t size):
    """The value of the first field with a name, or None."""
    cdef size_t i
    for i in range(f.count):
        if _is_named(&f.list[i], name, size):
            return PyBytes_FromStringAndSize(<const char *>f.list[i].value, f.list[i].value_len)
    return None


# ------------------------------------------------------------------- what is to be sent

cdef inline bint _is_blank(uint8_t octet) noexcept:
    """What bytes.strip() takes away."""
    return octet == 32 or 9 <= octet <= 13


cdef inline void _strip(const uint8_t **octets, size_t *size) noexcept:
    while size[0] and _is_blank(octets[0][0]):
        octets[0] += 1
        size[0] -= 1
    while size[0] and _is_blank(octets[0][size[0] - 1]):
        size[0] -= 1


cdef inline bint _has_capital(const h2f_field *field) noexcept:
    cdef size_t i
    for i in range(field.name_len):
        if 65 <= field.name[i] <= 90:
            return True
    return False


cdef bint _is_of_connection(const h2f_field *field) noexcept:
    """RFC 9113 section 8.2.2."""
    return (
        _is_named(field, "connection", 10) or _is_named(field, "proxy-connection", 16)
        or _is_named(field, "keep-alive", 10) or _is_named(field, "transfer-encoding", 17)
        or _is_named(field, "upgrade", 7))


cdef bint _is_secret(const h2f_field *field) noexcept:
    """RFC 7541 section 7.1.3. Longer cookies cannot be guessed."""
    return (
        _is_named(field, "authorization", 13) or _is_named(field, "proxy-authorization", 19)
        or (field.value_len < SHORT_COOKIE and _is_named(field, "cookie", 6)))


cdef int _normalize(fields *f, uint8_t *room, size_t size) noexcept:
    """Makes of fields what utilities.normalize_outbound_headers does. Names in lower case go to the
    room. Returns 0 where it is too small, having changed some."""
    cdef size_t i, j, kept = 0
    cdef h2f_field *field
    for i in range(f.count):
        field = &f.list[kept]
        field[0] = f.list[i]
        if _has_capital(field):
            if field.name_len > size:
                return 0
            for j in range(field.name_len):
                room[j] = field.name[j] + 32 if 65 <= field.name[j] <= 90 else field.name[j]
            field.name = room
            room += field.name_len
            size -= field.name_len
        _strip(&field.name, &field.name_len)
        _strip(&field.value, &field.value_len)
        if _is_of_connection(field):
            continue
        if _is_secret(field):
            field.never_indexed = True
        kept += 1
    f.count = kept
    return 1


# ------------------------------------------------------------------- what was received

@cython.boundscheck(False)
@cython.wraparound(False)
cdef list _combine_cookies(list headers, fields *f):
    """The same headers, where there are cookies with all of them in one, which comes last; and views
    of them."""
    cdef size_t i, first = f.count
    cdef list combined, cookies
    for i in range(f.count):
        if _is_named(&f.list[i], "cookie", 6):
            first = i
            break
    if first == f.count:
        return headers
    combined = []
    cookies = []
    for i in range(f.count):
        header = headers[i]
        if _is_named(&f.list[i], "cookie", 6):
            cookies.append(<object>PyTuple_GET_ITEM(header, 1))
        else:
            combined.append(header)
    combined.append(make_pair(_NEVER_INDEXED, b"cookie", b"; ".join(cookies)))
    _free(f)
    _view_octets(combined, f)
    return combined


cdef list _decode(list headers, encoding):
    """The headers as text; None where one is not, or where there is no such encoding."""
    cdef list decoded = []
    try:
        for header in headers:
            decoded.append(make_pair(
                type(header),
                (<bytes>PyTuple_GET_ITEM(header, 0)).decode(encoding),
                (<bytes>PyTuple_GET_ITEM(header, 1)).decode(encoding)))
    except (LookupError, ValueError):
        return None
    return decoded


def refused_block(error):
    """The exception for a header block that a decoder has refused."""
    if isinstance(error, OversizedHeaderListError):
        return LimitExceededError(f"Oversized header block: {error}", error._limit)
    return ProtocolError(f"Error decoding header block: {error}")
