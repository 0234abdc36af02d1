# What all frames have: stream, flags, header. Part of _hyperframe.pyx.

# What an object of exactly one of the classes is: 1 more than its frame type, or EXTENSION. Other
# objects take the general way, on which their class may have changed something.
cdef enum:
    OTHER = 0
    DATA = H2F_FRAME_DATA + 1
    HEADERS = H2F_FRAME_HEADERS + 1
    PRIORITY = H2F_FRAME_PRIORITY + 1
    RST_STREAM = H2F_FRAME_RST_STREAM + 1
    SETTINGS = H2F_FRAME_SETTINGS + 1
    PUSH_PROMISE = H2F_FRAME_PUSH_PROMISE + 1
    PING = H2F_FRAME_PING + 1
    GOAWAY = H2F_FRAME_GOAWAY + 1
    WINDOW_UPDATE = H2F_FRAME_WINDOW_UPDATE + 1
    CONTINUATION = H2F_FRAME_CONTINUATION + 1
    ALTSVC = H2F_FRAME_ALTSVC + 1
    EXTENSION = ALTSVC + 1
    KINDS = EXTENSION + 1

cdef PyTypeObject *_CLASSES[KINDS]     # the class of each kind
cdef list _FLAG_BITS = [None] * KINDS  # its flags: {name: bit}
cdef uint8_t _FLAG_MASKS[KINDS]        # all bits of them
cdef bint _NEEDS_STREAM[KINDS]
cdef bint _NEEDS_CONNECTION[KINDS]

cdef object _STRUCT_HBBBL = struct.Struct(">HBBBL")
cdef object _STRUCT_LL = struct.Struct(">LL")
cdef object _STRUCT_HL = struct.Struct(">HL")
cdef object _STRUCT_LB = struct.Struct(">LB")
cdef object _STRUCT_L = struct.Struct(">L")
cdef object _STRUCT_H = struct.Struct(">H")
cdef object _STRUCT_B = struct.Struct(">B")

#: The class of each type of frame. One that is added is used by Frame.parse_frame_header.
FRAMES = {}
cdef dict _FRAMES = FRAMES

cdef str _HAS_STREAM = "has-stream"
cdef str _NO_STREAM = "no-stream"


cdef int _pack_number(value, packer, long long largest, uint32_t *number) except -1:
    """Any number that fits; what does not is struct's error, as it is upstream."""
    cdef int overflow = 0
    cdef long long small = -1
    if type(value) is int:
        small = PyLong_AsLongLongAndOverflow(value, &overflow)
    if 0 <= small <= largest:
        number[0] = <uint32_t>small
    else:
        number[0] = int.from_bytes(packer.pack(value), "big")
    return 0


cdef int _pack_u8(value, uint8_t *number) except -1:
    cdef uint32_t wide = 0
    _pack_number(value, _STRUCT_B, 0xFF, &wide)
    number[0] = <uint8_t>wide
    return 0


cdef inline uint8_t *_put_be32(uint8_t *p, uint32_t number):
    h2f_store_be32(p, number)
    return p + 4


cdef uint8_t *_put_u32(uint8_t *p, value) except NULL:
    cdef uint32_t number = 0
    _pack_number(value, _STRUCT_L, 0xFFFFFFFF, &number)
    return _put_be32(p, number)


cdef uint8_t *_put_u31(uint8_t *p, value) except NULL:
    """The lower 31 bits, as upstream sends of stream identifiers."""
    cdef int overflow = 0
    cdef long long small = -1
    if type(value) is int:
        small = PyLong_AsLongLongAndOverflow(value, &overflow)
    if small < 0:
        small = value & 0x7FFFFFFF
    return _put_be32(p, small & 0x7FFFFFFF)


cdef object _raise_malformed(message, packer, octets):
    """An InvalidFrameError whose cause is struct's own, of octets that are too few."""
    try:
        packer.unpack(octets)
    except struct.error as error:
        raise InvalidFrameError(message) from error


cdef class Frame:
    """The base of all classes of frames."""

    #: The flags that this type of frame defines, as a list of Flag.
    defined_flags = []

    #: The type of the frame, 0 to 255.
    type = None

    # "has-stream", "no-stream" or "either": whether stream_id has to be 0.
    stream_association = None

    #: The stream identifier, 0 for the connection.
    cdef public object stream_id

    #: Octets of the payload, once it was parsed or serialised.
    cdef public object body_len

    cdef int _kind
    cdef object _flags  # None while they are in the octet
    cdef uint8_t _flag_byte

    # The classes name these after what they hold in their frames.
    cdef public object _octets, _pad_length, _first, _second, _third

    @property
    def flags(self):
        """The flags of the frame as a set of their names, a Flags."""
        if self._flags is None:
            self._flags = _make_flags(self)
        return self._flags

    @flags.setter
    def flags(self, value):
        self._flags = value

    def _body_repr(self) -> str:
        return _raw_data_repr(self.serialize_body())

    @staticmethod
    def explain(data: memoryview):
        """Parse one frame, print it, and return it with the length of its payload.

        :param data: a memoryview of at least one complete frame.
        """
        frame, length = Frame.parse_frame_header(data[:9])
        frame.parse_body(data[9:9 + length])
        print(frame)
        return frame, length

    @staticmethod
    def parse_frame_header(header: memoryview, strict: bool = False):
        """Make the frame that a header announces (RFC 9113 section 4.1).

        :param header: the nine octets of the header, as any bytes-like object.
        :param strict: whether a type that FRAMES has no class for is an error. It is an
            ExtensionFrame otherwise.
        :returns: the frame, without what its payload says, and the length of the payload in octets.
        :raises InvalidFrameError: the header has not nine octets.
        :raises InvalidDataError: the frame's type does not belong on its stream.
        :raises UnknownFrameError: the type is unknown, and ``strict`` is set.
        """
        cdef h2f_frame parsed
        cdef Frame frame
        cdef PyObject *found
        cdef int kind
        _parse_header(header, &parsed)
        kind = parsed.type + 1 if parsed.type < EXTENSION - 1 else EXTENSION
        found = PyDict_GetItemWithError(_FRAMES, parsed.type)
        if found == NULL:
            if strict:
                _raise_unknown(&parsed)
            kind = EXTENSION
        elif kind == EXTENSION or not _is_ours(kind, <PyTypeObject *>found):
            other = (<object>found)(parsed.stream_id)
            other.parse_flags(parsed.flags)
            return other, parsed.length
        frame = _new_frame(kind)
        frame.stream_id = parsed.stream_id
        if kind == EXTENSION:
            frame.type = parsed.type
            frame._first = parsed.flags
        else:
            frame._flag_byte = parsed.flags & _FLAG_MASKS[kind]
        _check_stream(frame, _NEEDS_STREAM[kind], _NEEDS_CONNECTION[kind])
        return frame, parsed.length

    def parse_flags(self, flag_byte: int):
        """Add the flags of a header's octet, as far as the type defines them, and return all."""
        flags = self.flags
        for flag, flag_bit in self.defined_flags:
            if flag_byte & flag_bit:
                flags.add(flag)
        return flags

    def serialize(self) -> bytes:
        """The frame as octets, header included; ``body_len`` is set.

        :raises struct.error: a number does not fit into its field.
        """
        if self._kind == OTHER:
            return _serialize(self, self.serialize_body())
        return _write(self, True, _WRITERS[self._kind])

    def serialize_body(self) -> bytes:
        """The payload as octets; subclasses know how."""
        raise NotImplementedError

    def parse_body(self, data: memoryview) -> None:
        """Read the payload; subclasses know how.

        :param data: a memoryview of the payload, of the length that parse_frame_header returned.
        """
        raise NotImplementedError

    def __getstate__(self):
        fields = (self.stream_id, self.body_len, self._kind, self._flags, self._flag_byte,
                  self._octets, self._pad_length, self._first, self._second, self._third)
        return fields, getattr(self, "__dict__", None)

    def __setstate__(self, state):
        fields, attributes = state
        (self.stream_id, self.body_len, self._kind, self._flags, self._flag_byte,
         self._octets, self._pad_length, self._first, self._second, self._third) = fields
        if attributes:
            self.__dict__.update(attributes)


class _FrameMethods:
    """Methods of Frame that are functions, as upstream's are: Cython would make slots of them."""

    def __init__(Frame self, stream_id: int, flags=()) -> None:
        self.stream_id = stream_id
        self.body_len = 0
        self._flags = Flags(self.defined_flags)
        for flag in flags:
            self._flags.add(flag)
        association = self.stream_association
        _check_stream(self, association == _HAS_STREAM, association == _NO_STREAM)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(stream_id={self.stream_id}, flags={self.flags!r}): "
            f"{self._body_repr()}")


cdef object _check_stream(Frame frame, bint needs_stream, bint needs_connection):
    if needs_stream and not frame.stream_id:
        raise InvalidDataError(f"Stream ID must be non-zero for {type(frame).__name__}")
    if needs_connection and frame.stream_id:
        raise InvalidDataError(
            f"Stream ID must be zero for {type(frame).__name__} with stream_id={frame.stream_id}")


cdef object _check_settings(settings, bint ack):
    if settings and ack:
        raise InvalidDataError("Settings must be empty if ACK flag is set.")


cdef object _check_altsvc(origin, field):
    if not isinstance(origin, bytes):
        raise InvalidDataError("AltSvc origin must be a bytestring.")
    if not isinstance(field, bytes):
        raise InvalidDataError("AltSvc field must be a bytestring.")


cdef object _parse_header(header, h2f_frame *frame):
    cdef Py_buffer view
    PyObject_GetBuffer(header, &view, PyBUF_SIMPLE)
    try:
        if view.len != H2F_FRAME_HEADER_LEN:
            _raise_malformed("Invalid frame header", _STRUCT_HBBBL, header)
        h2f_frame_parse_header(frame, <const uint8_t *>view.buf)
    finally:
        PyBuffer_Release(&view)


cdef object _raise_unknown(const h2f_frame *frame):
    try:
        FRAMES[frame.type]
    except KeyError as error:
        raise UnknownFrameError(frame.type, frame.length) from error


cdef object _make_flags(Frame frame):
    """The set of the names of the flags, of one whose flags were an octet."""
    if frame._kind == OTHER:
        return Flags(frame.defined_flags)
    bits = <dict>_FLAG_BITS[frame._kind]
    flags = Flags.__new__(Flags)
    flags._valid_flags = set(bits)
    flags._flags = {name for name, bit in bits.items() if frame._flag_byte & <uint8_t>bit}
    return flags


cdef bint _has_flag(Frame frame, uint8_t bit, str name) except -1:
    if frame._flags is None:
        return frame._flag_byte & bit != 0
    return name in frame._flags


cdef int _put_flags(uint8_t *p, Frame frame) except -1:
    """The octet of the flags that the type defines."""
    if frame._flags is None:
        p[0] = frame._flag_byte
        return 0
    byte = 0
    for flag, bit in frame.defined_flags:
        if flag in frame._flags:
            byte |= bit
    return _pack_u8(byte, p)


cdef uint8_t *_put_header(uint8_t *p, Frame frame, size_t length) except NULL:
    """The header without its flags; a length of more than 24 bits loses the upper ones, as it does
    upstream."""
    p[0], p[1], p[2] = <uint8_t>(length >> 16), <uint8_t>(length >> 8), <uint8_t>length
    _pack_u8(frame.type, p + 3)
    return _put_u31(p + 5, frame.stream_id)


cdef bytes _serialize(Frame frame, body):
    """The frame with a payload that a method has made."""
    cdef uint8_t header[H2F_FRAME_HEADER_LEN]
    frame.body_len = len(body)
    _put_flags(header + 4, frame)
    _put_header(header, frame, len(body))
    return PyBytes_FromStringAndSize(<const char *>header, H2F_FRAME_HEADER_LEN) + body


def _raw_data_repr(data) -> str:
    if not data:
        return "None"
    r = binascii.hexlify(data).decode("ascii")
    if len(r) > 20:
        r = r[:20] + "..."
    return "<hex:" + r + ">"
