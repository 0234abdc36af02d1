# Callers' octets, Huffman codes and integers (RFC 7541 section 5). Part of _hpack.pyx.

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
