# What the types of frames have in their payloads (RFC 9113 section 6). Part of _hyperframe.pyx.
#
# Each type has a function that reads the fields of a frame and one that makes the octets around its
# variable part. Both are lenient where upstream is.

# Slices as Python has them: a padding that is longer than the payload makes `stop` negative.
cdef bytes _slice(const uint8_t *p, Py_ssize_t size, Py_ssize_t start, Py_ssize_t stop):
    if stop < 0:
        stop += size
    stop = min(stop, size)
    if start >= stop:
        return b""
    return PyBytes_FromStringAndSize(<const char *>p + start, stop - start)


cdef Py_ssize_t _read_padding(Frame frame, const uint8_t *p, Py_ssize_t size) except -1:
    """The octets that the field Pad Length takes; its value is the frame's ``pad_length`` then."""
    if not _has_flag(frame, H2F_FLAG_PADDED, "PADDED"):
        return 0
    if size == 0:
        _raise_malformed("Invalid Padding data", _STRUCT_B, b"")
    frame._pad_length = p[0]
    return 1


cdef Py_ssize_t _read_priority(Frame frame, const uint8_t *p, Py_ssize_t size) except -1:
    cdef uint32_t depends_on
    if size < 5:
        _raise_malformed("Invalid Priority data", _STRUCT_LB, p[:size])
    depends_on = h2f_load_be32(p)
    frame._first = depends_on & 0x7FFFFFFF
    frame._second = p[4]
    frame._third = depends_on >> 31 != 0
    return 5


cdef int _read_unpadded(Frame frame, const uint8_t *p, Py_ssize_t size, Py_ssize_t start) except -1:
    """What is between the fields and the padding. ``pad_length`` counts also where the flag does
    not stand, as it does upstream."""
    frame._octets = _slice(p, size, start, size - <Py_ssize_t>frame._pad_length)
    frame.body_len = size
    return 0


cdef int _check_padding(Frame frame, Py_ssize_t size) except -1:
    cdef Py_ssize_t pad_length = frame._pad_length
    if pad_length and pad_length >= size:
        raise InvalidPaddingError("Padding is too long.")
    return 0


ctypedef object (*_Reader)(Frame frame, const uint8_t *p, Py_ssize_t size)


cdef object _parse_body(Frame frame, data, _Reader read):
    cdef Py_buffer view
    try:
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    except BufferError:
        PyObject_GetBuffer(data.tobytes(), &view, PyBUF_SIMPLE)  # a view with steps
    try:
        read(frame, <const uint8_t *>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef object _read_data(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef Py_ssize_t start = _read_padding(frame, p, size)
    _read_unpadded(frame, p, size, start)
    _check_padding(frame, size)


cdef object _read_headers(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef Py_ssize_t start = _read_padding(frame, p, size)
    p += start
    size -= start
    start = _read_priority(frame, p, size) if _has_flag(frame, H2F_FLAG_PRIORITY, "PRIORITY") else 0
    _read_unpadded(frame, p, size, start)
    _check_padding(frame, size)


cdef object _read_priority_frame(Frame frame, const uint8_t *p, Py_ssize_t size):
    if size > 5:
        raise InvalidFrameError(f"PRIORITY must have 5 byte body: actual length {size}.")
    _read_priority(frame, p, size)
    frame.body_len = 5


cdef object _read_rst_stream(Frame frame, const uint8_t *p, Py_ssize_t size):
    if size != 4:
        raise InvalidFrameError(f"RST_STREAM must have 4 byte body: actual length {size}.")
    frame._first = h2f_load_be32(p)
    frame.body_len = 4


cdef object _read_settings(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef Py_ssize_t at = 0
    if size > 0 and _has_flag(frame, H2F_FLAG_ACK, "ACK"):
        raise InvalidDataError(f"SETTINGS ack frame must not have payload: got {size} bytes")
    while at + 6 <= size:
        frame._octets[<int>h2f_load_be16(p + at)] = h2f_load_be32(p + at + 2)
        at += 6
    if at < size:
        _raise_malformed("Invalid SETTINGS body", _STRUCT_HL, p[at:size])
    frame.body_len = size


cdef object _read_push_promise(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef Py_ssize_t start = _read_padding(frame, p, size)
    cdef uint32_t promised
    if size - start < 4:
        _raise_malformed("Invalid PUSH_PROMISE body", _STRUCT_L, p[start:size])
    promised = h2f_load_be32(p + start)
    frame._first = promised
    _read_unpadded(frame, p, size, start + 4)
    if promised == 0 or promised % 2:
        raise InvalidDataError(f"Invalid PUSH_PROMISE promised stream id: {promised}")
    _check_padding(frame, size)


cdef object _read_ping(Frame frame, const uint8_t *p, Py_ssize_t size):
    if size != 8:
        raise InvalidFrameError(f"PING frame must have 8 byte length: got {size}")
    frame._octets = p[:8]
    frame.body_len = 8


cdef object _read_goaway(Frame frame, const uint8_t *p, Py_ssize_t size):
    if size < 8:
        _raise_malformed("Invalid GOAWAY body.", _STRUCT_LL, p[:size])
    frame._first = h2f_load_be32(p)
    frame._second = h2f_load_be32(p + 4)
    frame.body_len = size
    if size > 8:
        frame._octets = p[8:size]


cdef object _read_window_update(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef uint32_t increment
    if size > 4:
        raise InvalidFrameError(f"WINDOW_UPDATE frame must have 4 byte length: got {size}")
    if size < 4:
        _raise_malformed("Invalid WINDOW_UPDATE body", _STRUCT_L, p[:size])
    increment = h2f_load_be32(p)
    frame._first = increment
    if not 1 <= increment <= 0x7FFFFFFF:
        raise InvalidDataError("WINDOW_UPDATE increment must be between 1 to 2^31-1")
    frame.body_len = 4


cdef object _read_all(Frame frame, const uint8_t *p, Py_ssize_t size):
    frame._octets = p[:size]
    frame.body_len = size


cdef object _read_altsvc(Frame frame, const uint8_t *p, Py_ssize_t size):
    cdef Py_ssize_t length
    if size < 2:
        _raise_malformed("Invalid ALTSVC frame body.", _STRUCT_H, p[:size])
    length = h2f_load_be16(p)
    frame._first = _slice(p, size, 2, 2 + length)
    if size < 2 + length:
        raise InvalidFrameError("Invalid ALTSVC frame body.")
    frame._octets = _slice(p, size, 2 + length, size)
    frame.body_len = size


# ------------------------------------------------------------------------------ making them
# What stands before the variable part of a payload, and how many zeroes stand behind it.
ctypedef struct _Fields:
    uint8_t prefix[16]
    Py_ssize_t prefix_len
    Py_ssize_t padding
    int joined  # the variable part's position in what upstream joins, or 0 where it concatenates

ctypedef object (*_Writer)(Frame frame, _Fields *fields)  # returns the variable part

cdef _Writer _WRITERS[KINDS]


cdef object _write(Frame frame, bint with_header, _Writer write):
    """The payload of a frame, or all of it."""
    cdef _Fields fields
    cdef Py_buffer view
    cdef uint8_t *p
    cdef size_t length
    memset(&fields, 0, sizeof(fields))
    octets = write(frame, &fields)
    if not isinstance(octets, bytes):
        octets = b"".join([b""] * fields.joined + [octets]) if fields.joined else b"" + octets
    PyObject_GetBuffer(octets, &view, PyBUF_SIMPLE)
    try:
        length = fields.prefix_len + view.len + fields.padding
        result = PyBytes_FromStringAndSize(NULL, length + (H2F_FRAME_HEADER_LEN if with_header else 0))
        p = <uint8_t *>PyBytes_AS_STRING(result)
        if with_header:
            frame.body_len = length
            _put_flags(p + 4, frame)
            p = _put_header(p, frame, length)
        memcpy(p, fields.prefix, fields.prefix_len)
        p += fields.prefix_len
        memcpy(p, view.buf, view.len)
        memset(p + view.len, 0, fields.padding)
    finally:
        PyBuffer_Release(&view)
    return result


cdef uint8_t *_write_padding(Frame frame, _Fields *fields) except NULL:
    """Upstream pads as ``pad_length`` says, whether or not there is the flag."""
    cdef uint8_t *p = fields.prefix
    if _has_flag(frame, H2F_FLAG_PADDED, "PADDED"):
        _pack_u8(frame._pad_length, p)
        p += 1
    fields.padding = len(b"\0" * frame._pad_length) if frame._pad_length else 0
    return p


cdef uint8_t *_write_priority(Frame frame, uint8_t *p) except NULL:
    p = _put_u32(p, frame._first + 0x80000000 if frame._third else frame._first)
    _pack_u8(frame._second, p)
    return p + 1


cdef object _write_data(Frame frame, _Fields *fields):
    fields.prefix_len = _write_padding(frame, fields) - fields.prefix
    fields.joined = 1
    if isinstance(frame._octets, memoryview):
        frame._octets = frame._octets.tobytes()
    return frame._octets


cdef object _write_headers(Frame frame, _Fields *fields):
    cdef uint8_t *p = _write_padding(frame, fields)
    fields.joined = 2
    if _has_flag(frame, H2F_FLAG_PRIORITY, "PRIORITY"):
        p = _write_priority(frame, p)
    fields.prefix_len = p - fields.prefix
    return frame._octets


cdef object _write_priority_frame(Frame frame, _Fields *fields):
    fields.prefix_len = _write_priority(frame, fields.prefix) - fields.prefix
    return b""


cdef object _write_number(Frame frame, _Fields *fields):
    fields.prefix_len = _put_u32(fields.prefix, frame._first) - fields.prefix
    return b""


cdef object _write_window_update(Frame frame, _Fields *fields):
    fields.prefix_len = _put_u31(fields.prefix, frame._first) - fields.prefix
    return b""


cdef object _write_settings(Frame frame, _Fields *fields):
    cdef bytes result
    cdef uint8_t *p
    settings = frame._octets if type(frame._octets) is dict else dict(frame._octets.items())
    result = PyBytes_FromStringAndSize(NULL, 6 * len(settings))
    p = <uint8_t *>PyBytes_AS_STRING(result)
    for setting, value in (<dict>settings).items():
        p[0], p[1] = 0, setting & 0xFF
        p = _put_u32(p + 2, value)
    return result


cdef object _write_push_promise(Frame frame, _Fields *fields):
    fields.joined = 2
    fields.prefix_len = _put_u32(_write_padding(frame, fields), frame._first) - fields.prefix
    return frame._octets


cdef object _write_ping(Frame frame, _Fields *fields):
    length = len(frame._octets)
    if length > 8:
        raise InvalidFrameError(f"PING frame may not have more than 8 bytes of data, got {length}")
    octets = frame._octets
    if type(octets) is bytes:
        fields.padding = 8 - length
    else:
        octets += b"\x00" * (8 - length)
    return octets


cdef object _write_goaway(Frame frame, _Fields *fields):
    cdef uint8_t *p = _put_u31(fields.prefix, frame._first)
    fields.prefix_len = _put_u32(p, frame._second) - fields.prefix
    return frame._octets


cdef object _write_all(Frame frame, _Fields *fields):
    return frame._octets


cdef object _write_altsvc(Frame frame, _Fields *fields):
    cdef uint32_t length = 0
    _pack_number(len(frame._first), _STRUCT_H, 0xFFFF, &length)
    fields.prefix[0], fields.prefix[1] = length >> 8, length & 0xFF
    fields.prefix_len = 2
    return b"".join((frame._first, frame._octets))
