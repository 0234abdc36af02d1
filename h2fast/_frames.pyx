"""Frames over the C core: the classes and functions of ``h2fast.frames``."""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.memoryview cimport PyMemoryView_FromObject
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from h2fast._core cimport *


class FrameError(ValueError):
    """A frame that RFC 9113 does not allow.

    ``error_code`` is the HTTP/2 error code to answer with (RFC 9113 section 7), ``stream_id``,
    ``type`` and ``length`` are those of the frame's header, ``offset`` is where it stands in the
    buffer in octets, and ``frames`` is the list of the frames before it.
    """

    __module__ = "h2fast.frames"

    def __init__(self, message, error_code, stream_id, frame_type, length):
        super().__init__(message)
        self.error_code = error_code
        self.stream_id = stream_id
        self.type = frame_type
        self.length = length
        self.offset = 0
        self.frames = []

    def __reduce__(self):
        arguments = (*self.args, self.error_code, self.stream_id, self.type, self.length)
        return type(self), arguments, {"offset": self.offset}


cdef enum:
    PROTOCOL_ERROR = 1
    FRAME_SIZE_ERROR = 6

# What was wrong, and the error code that answers it (RFC 9113 section 7).
cdef dict _ERRORS = {
    H2F_ERR_FRAME_LENGTH: ("the type does not allow this length (section 6)", FRAME_SIZE_ERROR),
    H2F_ERR_FRAME_PADDING: ("the padding is longer than the payload (section 6.1)", PROTOCOL_ERROR),
    H2F_ERR_FRAME_ACK: ("an acknowledgement has a payload (section 6.5)", FRAME_SIZE_ERROR),
    H2F_ERR_FRAME_INCREMENT: ("the increment is 0 (section 6.9)", PROTOCOL_ERROR),
    H2F_ERR_FRAME_PRIORITIZED: ("the prioritized stream is 0 (RFC 9218 section 7.1)", PROTOCOL_ERROR),
}


cdef _type_name(uint8_t type):
    name = h2f_frame_type_name(type)
    return f"type {type:#04x}" if name == NULL else (<bytes>name).decode()


cdef _frame_error(int error, const h2f_frame *frame, uint32_t max_size):
    code = PROTOCOL_ERROR
    if error == H2F_ERR_FRAME_TOO_LARGE:
        fault = f"it is larger than {max_size} octets (section 4.2)"
        code = FRAME_SIZE_ERROR
    elif error == H2F_ERR_FRAME_STREAM:
        fault = "it has to be on " + ("stream 0" if frame.stream_id else "a stream") + " (section 6)"
    elif error == H2F_ERR_FRAME_PROMISED:
        fault = f"it promises stream {frame.other_stream_id}, not a server's (section 6.6)"
    else:
        fault, code = _ERRORS[error]
    return FrameError(
        f"{_type_name(frame.type)} frame of {frame.length} octets on stream {frame.stream_id}: {fault}",
        code, frame.stream_id, frame.type, frame.length)


@cython.final
cdef class _Exporter:
    """Keeps the caller's buffer in place for the frames that are views of it."""

    cdef Py_buffer view

    def __cinit__(self, buffer):
        PyObject_GetBuffer(buffer, &self.view, PyBUF_SIMPLE)

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.view.buf, self.view.len, True, flags)


# Methods in C would cost each frame a pointer to their table.

cdef bint _has_flag(Frame frame, uint8_t flag) noexcept:
    return h2f_frame_type_flags(frame._type) & frame._flags & flag != 0


cdef _stream_before_data(Frame frame, uint8_t type, int distance):
    """The stream identifier that stands so many octets before the data of one type."""
    if frame._type == type:
        return h2f_load_be32(frame._data - distance) & 0x7FFFFFFF
    return None


@cython.final
@cython.freelist(512)
@cython.no_gc  # the buffer may be anything, but refers to no frame of its own accord
cdef class Frame:
    """A frame in a buffer. Its parts are read when they are asked for, and are never copied. To
    whoever asks for octets, as ``bytes()`` does, it is its data.

    While there is a frame of a ``bytearray``, that cannot change its size.
    """

    # 48 octets in all. Of the payload it is only known where its data is, as parsing found it: the
    # fields stand before that. So whatever has been written to the buffer meanwhile, nothing but
    # the payload is read.
    cdef _Exporter _exporter
    cdef const uint8_t *_data
    cdef uint32_t _data_len
    cdef uint32_t _fields_len  # octets of the payload before the data
    cdef uint32_t _stream_id
    cdef uint8_t _type, _flags, _pad_length

    def __init__(self):
        raise TypeError("frames come from h2fast.frames.parse_frames")

    def __repr__(self):
        return (
            f"<Frame {self.type_name} stream_id={self.stream_id} flags={self.flags:#04x}"
            f" length={self.length}>")

    # What makes .data one object and not three: a memoryview is had from it at once.
    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, <void *>self._data, self._data_len, True, flags)

    @property
    def type(self):
        """The type, 0 to 255 (RFC 9113 section 11.2)."""
        return self._type

    @property
    def type_name(self):
        """The name of the type, such as ``"DATA"``; of an unknown one, its number."""
        return _type_name(self._type)

    @property
    def flags(self):
        """All flags of the header, 0 to 255, also those that the type does not define."""
        return self._flags

    @property
    def stream_id(self):
        """The stream identifier, 0 to 2^31 - 1; 0 is the connection."""
        return self._stream_id

    @property
    def length(self):
        """Octets of the payload, padding included."""
        return self._fields_len + self._data_len + self._pad_length

    @property
    def data(self):
        """A read-only memoryview of what the payload has beyond the fields below: data, fragment of
        a header block, settings, opaque data, debug data, field value, or all of it."""
        return PyMemoryView_FromObject(self)

    @property
    def end_stream(self):
        """Whether DATA or HEADERS ends its stream."""
        return self._type <= H2F_FRAME_HEADERS and self._flags & H2F_FLAG_END_STREAM != 0

    @property
    def end_headers(self):
        """Whether HEADERS, PUSH_PROMISE or CONTINUATION ends its header block."""
        return _has_flag(self, H2F_FLAG_END_HEADERS)

    @property
    def ack(self):
        """Whether SETTINGS or PING is an acknowledgement."""
        return (
            (self._type == H2F_FRAME_SETTINGS or self._type == H2F_FRAME_PING)
            and self._flags & H2F_FLAG_ACK != 0)

    @property
    def pad_length(self):
        """Octets of padding, 0 to 255, or None where the frame is not padded."""
        return self._pad_length if _has_flag(self, H2F_FLAG_PADDED) else None

    @property
    def priority(self):
        """``(depends_on, weight, exclusive)`` of PRIORITY or HEADERS (RFC 7540 section 5.3), the
        weight from 1 to 256, or None."""
        cdef uint32_t word
        if self._type == H2F_FRAME_PRIORITY or (
                self._type == H2F_FRAME_HEADERS and self._flags & H2F_FLAG_PRIORITY):
            word = h2f_load_be32(self._data - 5)
            return word & 0x7FFFFFFF, self._data[-1] + 1, word >> 31 != 0
        return None

    @property
    def error_code(self):
        """The error code of RST_STREAM or GOAWAY, or None."""
        if self._type == H2F_FRAME_RST_STREAM or self._type == H2F_FRAME_GOAWAY:
            return h2f_load_be32(self._data - 4)
        return None

    @property
    def promised_stream_id(self):
        """The stream that PUSH_PROMISE promises, or None."""
        return _stream_before_data(self, H2F_FRAME_PUSH_PROMISE, 4)

    @property
    def last_stream_id(self):
        """The last stream that GOAWAY's sender has processed, or None."""
        return _stream_before_data(self, H2F_FRAME_GOAWAY, 8)

    @property
    def prioritized_stream_id(self):
        """The stream that PRIORITY_UPDATE is about, or None."""
        return _stream_before_data(self, H2F_FRAME_PRIORITY_UPDATE, 4)

    @property
    def window_increment(self):
        """The increment of WINDOW_UPDATE in octets, or None."""
        if self._type == H2F_FRAME_WINDOW_UPDATE:
            return h2f_load_be32(self._data - 4) & 0x7FFFFFFF
        return None

    @property
    def settings(self):
        """The settings of SETTINGS as a list of ``(identifier, value)`` in their order, or None."""
        cdef const uint8_t *p = self._data
        cdef size_t at
        if self._type != H2F_FRAME_SETTINGS:
            return None
        settings = []
        for at in range(0, self._data_len, 6):
            settings.append((h2f_load_be16(p + at), h2f_load_be32(p + at + 2)))
        return settings

    @property
    def origin(self):
        """The origin of ALTSVC as a read-only memoryview, or None."""
        cdef Py_ssize_t start, end
        if self._type != H2F_FRAME_ALTSVC:
            return None
        end = self._data - <const uint8_t *>self._exporter.view.buf
        start = end - (self._fields_len - 2)
        return PyMemoryView_FromObject(self._exporter)[start:end]


cdef inline Frame _make_frame(const h2f_frame *parsed, _Exporter exporter):
    cdef Frame frame = Frame.__new__(Frame)
    frame._exporter = exporter
    frame._data = parsed.data
    frame._data_len = parsed.data_len
    frame._fields_len = parsed.length - parsed.data_len - parsed.pad_length
    frame._stream_id = parsed.stream_id
    frame._type = parsed.type
    frame._flags = parsed.flags
    frame._pad_length = parsed.pad_length
    return frame


cdef inline uint32_t _number(value, uint32_t least, uint32_t most, what) except? 0xFFFFFFFF:
    """A number of the caller's, which must not lose bits on the way."""
    cdef int overflow
    cdef long long number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or not least <= number <= most:
        raise ValueError(f"{what} is from {least} to {most}, not {value}")
    return number


def parse_frames(buffer, max_frame_size=H2F_FRAME_DEFAULT_MAX_SIZE):
    """Parse the complete frames at the beginning of a buffer.

    :param buffer: ``bytes`` or any other contiguous bytes-like object.
    :param max_frame_size: the most octets that a payload may have, up to 2^24 - 1 (section 4.2).
    :returns: the list of the frames, each a :class:`Frame` over the buffer, and how many octets
        they take. What is behind them is the beginning of a frame that is not complete yet.
    :raises FrameError: a frame breaks a rule of RFC 9113 sections 4 and 6. One that is too large
        is refused as soon as its header is there. The exception has the frames before it.
    :raises ValueError: ``max_frame_size`` is out of its range.
    :raises TypeError: ``buffer`` is no bytes-like object.
    :raises BufferError: ``buffer`` is not contiguous.
    """
    cdef uint32_t most = _number(max_frame_size, 0, H2F_FRAME_MAX_SIZE, "max_frame_size")
    cdef _Exporter exporter = _Exporter(buffer)
    cdef const uint8_t *start = <const uint8_t *>exporter.view.buf
    cdef Py_ssize_t size = exporter.view.len, at = 0, taken
    cdef h2f_frame parsed
    cdef list frames = []
    while True:
        taken = h2f_frame_parse(&parsed, start + at, size - at, most)
        if taken <= 0:
            break
        frames.append(_make_frame(&parsed, exporter))
        at += taken
    if taken < 0:
        error = _frame_error(taken, &parsed, most)
        error.offset = at
        error.frames = frames
        raise error
    return frames, at


# ------------------------------------------------------------------------------ building

# RFC 9113 section 5.1.1.
cdef inline uint32_t _stream(value, what) except? 0xFFFFFFFF:
    return _number(value, 0, 0x7FFFFFFF, what)


cdef inline int _begin(h2f_frame *frame, uint8_t type, stream_id, uint8_t flags) except -1:
    memset(frame, 0, sizeof(h2f_frame))
    frame.type = type
    frame.flags = flags
    frame.stream_id = _stream(stream_id, "stream_id")
    return 0


cdef inline int _set_padding(h2f_frame *frame, pad_length) except -1:
    if pad_length is not None:
        frame.pad_length = _number(pad_length, 0, 255, "pad_length (section 6.1)")
        frame.flags |= H2F_FLAG_PADDED
    return 0


cdef int _set_priority(h2f_frame *frame, depends_on, weight, bint exclusive) except -1:
    frame.depends_on = _stream(depends_on, "depends_on")
    frame.weight = _number(weight, 1, 256, "a weight (RFC 7540 section 5.3.2)") - 1
    frame.exclusive = exclusive
    return 0


cdef int _write(h2f_frame *frame, uint8_t *dst, size_t size) except -1:
    """Writes a frame and reads it again, so that what is refused there is not written here."""
    cdef h2f_frame written
    if h2f_frame_write(dst, size, frame) == NULL:
        frame.length = size - H2F_FRAME_HEADER_LEN
        raise _frame_error(H2F_ERR_FRAME_LENGTH, frame, H2F_FRAME_MAX_SIZE)
    error = h2f_frame_parse(&written, dst, size, H2F_FRAME_MAX_SIZE)
    if error < 0:
        raise _frame_error(error, &written, H2F_FRAME_MAX_SIZE)
    return 0


cdef _finish(h2f_frame *frame, bytearray into):
    """The frame as bytes; or None, having appended it to a bytearray."""
    cdef size_t size = h2f_frame_size(frame)
    cdef Py_ssize_t before
    if into is None:
        result = PyBytes_FromStringAndSize(NULL, size)
        _write(frame, <uint8_t *>PyBytes_AS_STRING(result), size)
        return result
    before = PyByteArray_GET_SIZE(into)
    PyByteArray_Resize(into, before + size)
    try:
        _write(frame, <uint8_t *>PyByteArray_AS_STRING(into) + before, size)
    except BaseException:
        PyByteArray_Resize(into, before)
        raise
    return None


cdef _borrow(data, const uint8_t **start, size_t *size):
    """Finds octets of the caller's, and returns what keeps them there while it lives."""
    cdef _Exporter exporter
    if PyBytes_CheckExact(data):
        start[0] = <const uint8_t *>PyBytes_AS_STRING(data)
        size[0] = PyBytes_GET_SIZE(data)
        return data
    exporter = _Exporter(data)
    start[0] = <const uint8_t *>exporter.view.buf
    size[0] = exporter.view.len
    return exporter


cdef _build(h2f_frame *frame, data, bytearray into):
    """The frame with this data, as _finish returns it."""
    keeper = _borrow(data, &frame.data, &frame.data_len)
    return _finish(frame, into)


def build_data(stream_id, data=b"", *, bint end_stream=False, pad_length=None, into=None):
    """Build a DATA frame (RFC 9113 section 6.1).

    The returns, the errors and ``into`` are those of all functions here that build frames.

    :param stream_id: the stream, up to 2^31 - 1.
    :param data: the content, any contiguous bytes-like object.
    :param end_stream: whether it is the last of its stream.
    :param pad_length: octets of padding, 0 to 255, or None for no padding.
    :param into: a ``bytearray`` to append the frame to. After an error it is as it was.
    :returns: the frame as ``bytes``, or with ``into`` None.
    :raises FrameError: :func:`parse_frames` would not take the frame: it is on a stream on which its
        type does not belong, or has another length than its type allows, 2^24 - 1 octets at most.
    :raises ValueError: a stream identifier, padding, weight, increment, type or flags are out of their
        range.
    :raises OverflowError: an error code is not from 0 to 2^32 - 1, the identifier or value of a setting
        does not fit, or an origin has more than 65,535 octets.
    :raises TypeError: what has to be a bytes-like object or a number is none.
    :raises BufferError: a bytes-like object is not contiguous.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_DATA, stream_id, H2F_FLAG_END_STREAM if end_stream else 0)
    _set_padding(&frame, pad_length)
    return _build(&frame, data, into)


def build_headers(stream_id, block, *, bint end_stream=False, bint end_headers=True, priority=None,
                  pad_length=None, into=None):
    """Build a HEADERS frame with (the beginning of) a header block (RFC 9113 section 6.2). Returns,
    errors and ``into`` are those of :func:`build_data`.

    :param block: the (first part of the) block, any contiguous bytes-like object.
    :param end_stream: whether no content follows.
    :param end_headers: whether it is all of the block; otherwise CONTINUATION frames follow.
    :param priority: ``(depends_on, weight, exclusive)`` with a weight from 1 to 256 (RFC 7540 section
        5.3), or None.
    :param pad_length: octets of padding, 0 to 255, or None for no padding.
    """
    cdef h2f_frame frame
    _begin(
        &frame, H2F_FRAME_HEADERS, stream_id,
        (H2F_FLAG_END_STREAM if end_stream else 0) | (H2F_FLAG_END_HEADERS if end_headers else 0))
    if priority is not None:
        depends_on, weight, exclusive = priority
        _set_priority(&frame, depends_on, weight, exclusive)
        frame.flags |= H2F_FLAG_PRIORITY
    _set_padding(&frame, pad_length)
    return _build(&frame, block, into)


def build_priority(stream_id, depends_on, weight, bint exclusive=False, *, into=None):
    """Build a PRIORITY frame (RFC 9113 section 6.3, RFC 7540 section 6.3). Returns, errors and
    ``into`` are those of :func:`build_data`.

    :param depends_on: a stream, or 0.
    :param weight: 1 to 256.
    :param exclusive: whether those that depend on that stream depend on this one then.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_PRIORITY, stream_id, 0)
    _set_priority(&frame, depends_on, weight, exclusive)
    return _finish(&frame, into)


def build_rst_stream(stream_id, error_code, *, into=None):
    """Build a RST_STREAM frame (RFC 9113 section 6.4), the error code of 32 bits. Returns, errors and
    ``into`` are those of :func:`build_data`."""
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_RST_STREAM, stream_id, 0)
    frame.error_code = error_code
    return _finish(&frame, into)


cdef int _append_setting(bytearray payload, uint16_t identifier, uint32_t value) except -1:
    cdef Py_ssize_t before = PyByteArray_GET_SIZE(payload)
    cdef uint8_t *setting
    PyByteArray_Resize(payload, before + 6)
    setting = <uint8_t *>PyByteArray_AS_STRING(payload) + before
    h2f_store_be16(setting, identifier)
    h2f_store_be32(setting + 2, value)
    return 0


def build_settings(settings=(), *, bint ack=False, into=None):
    """Build a SETTINGS frame (RFC 9113 section 6.5). Returns, errors and ``into`` are those of
    :func:`build_data`. Values are not looked at.

    :param settings: an iterable of ``(identifier, value)``, 16 and 32 bits wide, or a dict.
    :param ack: whether it is an acknowledgement, which has no settings.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_SETTINGS, 0, H2F_FLAG_ACK if ack else 0)
    cdef bytearray payload
    if not settings:
        return _finish(&frame, into)
    payload = bytearray()
    if type(settings) is dict:  # most are, and this way needs no tuples
        for identifier, value in (<dict>settings).items():
            _append_setting(payload, identifier, value)
    else:
        for identifier, value in settings.items() if isinstance(settings, dict) else settings:
            _append_setting(payload, identifier, value)
    frame.data = <const uint8_t *>PyByteArray_AS_STRING(payload)
    frame.data_len = PyByteArray_GET_SIZE(payload)
    return _finish(&frame, into)


def build_push_promise(stream_id, promised_stream_id, block, *, bint end_headers=True, pad_length=None,
                       into=None):
    """Build a PUSH_PROMISE frame with (the beginning of) a header block (RFC 9113 section 6.6).
    Returns, errors and ``into`` are those of :func:`build_data`.

    :param promised_stream_id: the stream of the response, an even number from 2.
    :param block: the (first part of the) block, any contiguous bytes-like object.
    :param end_headers: whether it is all of the block; otherwise CONTINUATION frames follow.
    :param pad_length: octets of padding, 0 to 255, or None for no padding.
    """
    cdef h2f_frame frame
    _begin(
        &frame, H2F_FRAME_PUSH_PROMISE, stream_id, H2F_FLAG_END_HEADERS if end_headers else 0)
    frame.other_stream_id = _stream(promised_stream_id, "promised_stream_id")
    _set_padding(&frame, pad_length)
    return _build(&frame, block, into)


def build_ping(opaque_data, *, bint ack=False, into=None):
    """Build a PING frame with eight octets (RFC 9113 section 6.7). Returns, errors and ``into`` are
    those of :func:`build_data`.

    :param opaque_data: a bytes-like object of eight octets.
    :param ack: whether it is the answer to one.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_PING, 0, H2F_FLAG_ACK if ack else 0)
    return _build(&frame, opaque_data, into)


def build_goaway(last_stream_id, error_code, debug_data=b"", *, into=None):
    """Build a GOAWAY frame (RFC 9113 section 6.8), the error code of 32 bits. Returns, errors and
    ``into`` are those of :func:`build_data`.

    :param last_stream_id: the highest stream that was or may be looked at, 0 to 2^31 - 1.
    :param debug_data: any contiguous bytes-like object.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_GOAWAY, 0, 0)
    frame.other_stream_id = _stream(last_stream_id, "last_stream_id")
    frame.error_code = error_code
    return _build(&frame, debug_data, into)


def build_window_update(stream_id, increment, *, into=None):
    """Build a WINDOW_UPDATE frame (RFC 9113 section 6.9). Returns, errors and ``into`` are those of
    :func:`build_data`.

    :param stream_id: a stream, or 0 for the connection.
    :param increment: 1 to 2^31 - 1 octets.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_WINDOW_UPDATE, stream_id, 0)
    frame.window_increment = _number(increment, 1, 0x7FFFFFFF, "an increment (section 6.9)")
    return _finish(&frame, into)


def build_continuation(stream_id, block, *, bint end_headers=True, into=None):
    """Build a CONTINUATION frame with a part of a header block (RFC 9113 section 6.10). Returns,
    errors and ``into`` are those of :func:`build_data`.

    :param block: the part, any contiguous bytes-like object.
    :param end_headers: whether it is the last one.
    """
    cdef h2f_frame frame
    _begin(
        &frame, H2F_FRAME_CONTINUATION, stream_id, H2F_FLAG_END_HEADERS if end_headers else 0)
    return _build(&frame, block, into)


def build_altsvc(stream_id, origin, field_value, *, into=None):
    """Build an ALTSVC frame (RFC 7838 section 4). Returns, errors and ``into`` are those of
    :func:`build_data`.

    :param stream_id: a stream, or 0.
    :param origin: a bytes-like object of up to 65,535 octets: the origin on stream 0, and empty on
        others, which is not checked.
    :param field_value: the value of an Alt-Svc field, any contiguous bytes-like object.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_ALTSVC, stream_id, 0)
    keeper = _borrow(origin, &frame.origin, &frame.origin_len)
    return _build(&frame, field_value, into)


def build_origin(origins, *, into=None):
    """Build an ORIGIN frame (RFC 8336 section 2). Returns, errors and ``into`` are those of
    :func:`build_data`.

    :param origins: an iterable of origins as ``bytes``, each of up to 65,535 octets.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_ORIGIN, 0, 0)
    payload = bytearray()
    for origin in origins:
        payload += len(origin).to_bytes(2, "big") + origin
    return _build(&frame, payload, into)


def build_priority_update(prioritized_stream_id, field_value, *, into=None):
    """Build a PRIORITY_UPDATE frame (RFC 9218 section 7.1). Returns, errors and ``into`` are those of
    :func:`build_data`.

    :param prioritized_stream_id: the stream that it is about, 1 to 2^31 - 1.
    :param field_value: the value of a Priority field, any contiguous bytes-like object.
    """
    cdef h2f_frame frame
    _begin(&frame, H2F_FRAME_PRIORITY_UPDATE, 0, 0)
    frame.other_stream_id = _stream(prioritized_stream_id, "prioritized_stream_id")
    return _build(&frame, field_value, into)


def build_frame(type, flags, stream_id, payload=b"", *, into=None):
    """Build a frame of any type that this module knows no fields of, byte for byte (RFC 9113 section
    5.5). Returns, errors and ``into`` are those of :func:`build_data`.

    :param type: 0 to 255.
    :param flags: 0 to 255.
    :param payload: any contiguous bytes-like object.
    :raises ValueError: the type is one that has a function of its own here.
    """
    if not 0 <= type <= 255 or not 0 <= flags <= 255:
        raise ValueError(f"type and flags are from 0 to 255, not {type} and {flags}")
    if h2f_frame_type_name(type) != NULL:
        raise ValueError(f"{_type_name(type)} frames have a function of their own")
    cdef h2f_frame frame
    _begin(&frame, type, stream_id, flags)
    return _build(&frame, payload, into)
