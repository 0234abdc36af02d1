# The classes of frames. Part of _hyperframe.pyx.
#
# They are Python classes, as their order of bases is upstream's: extension types cannot have two.
# Each method does its work on the C fields of the object, also in a subclass.

class Padding:
    """What the classes of frames with padding have beside the others (RFC 9113 section 6.1)."""

    __slots__ = ()

    def __init__(self, stream_id: int, pad_length: int = 0, **kwargs) -> None:
        super().__init__(stream_id, **kwargs)

        #: Octets of padding, 0 to 255. They are sent with their length if the PADDED flag is set.
        self.pad_length = pad_length

    def serialize_padding_data(self) -> bytes:
        """The field Pad Length: one octet, or none without the PADDED flag."""
        if "PADDED" in self.flags:
            return _STRUCT_B.pack(self.pad_length)
        return b""

    def parse_padding_data(self, data: memoryview) -> int:
        """Read the field Pad Length at the beginning of a payload, and return its octets.

        :raises InvalidFrameError: the payload is empty.
        """
        if "PADDED" not in self.flags:
            return 0
        if not len(data):
            _raise_malformed("Invalid Padding data", _STRUCT_B, data)
        self.pad_length = data[0]
        return 1

    @property
    def total_padding(self) -> int:
        """``pad_length``, under a name that upstream has deprecated."""
        warnings.warn(
            "total_padding contains the same information as pad_length.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.pad_length


class Priority:
    """What the classes of frames with priority fields have beside the others (RFC 7540 section 6.3,
    deprecated by RFC 9113 section 5.3.2)."""

    __slots__ = ()

    def __init__(
        self,
        stream_id: int,
        depends_on: int = 0x0,
        stream_weight: int = 0x0,
        exclusive: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(stream_id, **kwargs)

        #: The stream that this one depends on.
        self.depends_on = depends_on

        #: The weight as it is sent, 0 to 255 for weights from 1 to 256.
        self.stream_weight = stream_weight

        #: Whether this stream is to be the only one that depends on the other.
        self.exclusive = exclusive

    def serialize_priority_data(self) -> bytes:
        """The five octets of the priority fields."""
        return _STRUCT_LB.pack(
            self.depends_on + (0x80000000 if self.exclusive else 0), self.stream_weight)

    def parse_priority_data(self, data: memoryview) -> int:
        """Read the priority fields at the beginning of a payload, and return their five octets.

        :raises InvalidFrameError: there are fewer octets than that.
        """
        if len(data) < 5:
            _raise_malformed("Invalid Priority data", _STRUCT_LB, data)
        depends_on, self.stream_weight = _STRUCT_LB.unpack(data[:5])
        self.exclusive = bool(depends_on >> 31)
        self.depends_on = depends_on & 0x7FFFFFFF
        return 5


# The C fields of a frame, for the classes to name. What Frame itself has, all of them would.
_octets = Frame.__dict__["_octets"]
_pad_length = Frame.__dict__["_pad_length"]
_first = Frame.__dict__["_first"]
_second = Frame.__dict__["_second"]
_third = Frame.__dict__["_third"]


class DataFrame(Padding, Frame):
    """DATA: octets of a message's content (RFC 9113 section 6.1).

    :param data: the content, any bytes-like object.
    """

    defined_flags = [Flag("END_STREAM", 0x01), Flag("PADDED", 0x08)]
    type = 0x0
    stream_association = "has-stream"

    data = _octets
    pad_length = _pad_length

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.data = data

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_data)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_data)

    @property
    def flow_controlled_length(self) -> int:
        """The octets that flow control counts: data, padding, and the padding's length
        (section 6.9.1)."""
        padding_len = 0
        if _has_flag(self, H2F_FLAG_PADDED, "PADDED"):
            padding_len = self.pad_length + 1
        return len(self.data) + padding_len


class PriorityFrame(Priority, Frame):
    """PRIORITY: the sender's wish for a stream's priority (RFC 9113 section 6.3, deprecated)."""

    defined_flags = []
    type = 0x02
    stream_association = "has-stream"

    depends_on = _first
    stream_weight = _second
    exclusive = _third

    def _body_repr(self) -> str:
        return (
            f"exclusive={self.exclusive}, depends_on={self.depends_on}, "
            f"stream_weight={self.stream_weight}")

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_priority_frame)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_priority_frame)


class RstStreamFrame(Frame):
    """RST_STREAM: the end of a stream, at once (RFC 9113 section 6.4).

    :param error_code: why, one of the codes of section 7.
    """

    defined_flags = []
    type = 0x03
    stream_association = "has-stream"

    error_code = _first

    def __init__(self, stream_id: int, error_code: int = 0, **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.error_code = error_code

    def _body_repr(self) -> str:
        return f"error_code={self.error_code}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_number)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_rst_stream)


class SettingsFrame(Frame):
    """SETTINGS: what the sender asks of its peer, or its consent (RFC 9113 section 6.5).

    :param settings: a dict of identifiers, 16 bits wide, and values, 32 bits wide; of an
        identifier, 8 bits are sent.
    """

    defined_flags = [Flag("ACK", 0x01)]
    type = 0x04
    stream_association = "no-stream"

    # The settings of section 6.5.2, and of RFC 8441 section 3.
    HEADER_TABLE_SIZE = 0x01
    ENABLE_PUSH = 0x02
    MAX_CONCURRENT_STREAMS = 0x03
    INITIAL_WINDOW_SIZE = 0x04
    MAX_FRAME_SIZE = 0x05
    MAX_HEADER_LIST_SIZE = 0x06
    ENABLE_CONNECT_PROTOCOL = 0x08

    settings = _octets

    def __init__(self, stream_id: int = 0, settings=None, **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        _check_settings(settings, "ACK" in kwargs.get("flags", ()))
        self.settings = settings or {}

    def _body_repr(self) -> str:
        return f"settings={self.settings}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_settings)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_settings)


class PushPromiseFrame(Padding, Frame):
    """PUSH_PROMISE: the request that a server answers before it is made (RFC 9113 section 6.6).

    :param promised_stream_id: the stream of the response, even.
    :param data: (the beginning of) the header block of the request.
    """

    defined_flags = [Flag("END_HEADERS", 0x04), Flag("PADDED", 0x08)]
    type = 0x05
    stream_association = "has-stream"

    data = _octets
    pad_length = _pad_length
    promised_stream_id = _first

    def __init__(
        self, stream_id: int, promised_stream_id: int = 0, data: bytes = b"", **kwargs
    ) -> None:
        super().__init__(stream_id, **kwargs)
        self.promised_stream_id = promised_stream_id
        self.data = data

    def _body_repr(self) -> str:
        return f"promised_stream_id={self.promised_stream_id}, data={_raw_data_repr(self.data)}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_push_promise)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_push_promise)


class PingFrame(Frame):
    """PING: eight octets that come back (RFC 9113 section 6.7).

    :param opaque_data: up to eight octets; zeroes fill them up.
    """

    defined_flags = [Flag("ACK", 0x01)]
    type = 0x06
    stream_association = "no-stream"

    opaque_data = _octets

    def __init__(self, stream_id: int = 0, opaque_data: bytes = b"", **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.opaque_data = opaque_data

    def _body_repr(self) -> str:
        return f"opaque_data={self.opaque_data!r}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_ping)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_ping)


class GoAwayFrame(Frame):
    """GOAWAY: no new streams on this connection (RFC 9113 section 6.8).

    :param last_stream_id: the highest stream that the sender may have processed.
    :param error_code: why, one of the codes of section 7.
    :param additional_data: octets for whoever looks for the cause.
    """

    defined_flags = []
    type = 0x07
    stream_association = "no-stream"

    additional_data = _octets
    last_stream_id = _first
    error_code = _second

    def __init__(
        self,
        stream_id: int = 0,
        last_stream_id: int = 0,
        error_code: int = 0,
        additional_data: bytes = b"",
        **kwargs,
    ) -> None:
        super().__init__(stream_id, **kwargs)
        self.last_stream_id = last_stream_id
        self.error_code = error_code
        self.additional_data = additional_data

    def _body_repr(self) -> str:
        return (
            f"last_stream_id={self.last_stream_id}, error_code={self.error_code}, "
            f"additional_data={self.additional_data!r}")

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_goaway)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_goaway)


class WindowUpdateFrame(Frame):
    """WINDOW_UPDATE: how much more may be sent (RFC 9113 section 6.9).

    :param window_increment: in octets, 1 to 2^31 - 1.
    """

    defined_flags = []
    type = 0x08
    stream_association = "either"

    window_increment = _first

    def __init__(self, stream_id: int, window_increment: int = 0, **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.window_increment = window_increment

    def _body_repr(self) -> str:
        return f"window_increment={self.window_increment}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_window_update)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_window_update)


class HeadersFrame(Padding, Priority, Frame):
    """HEADERS: (the beginning of) a header block, which may open a stream (RFC 9113 section 6.2).

    :param data: the octets of the block, as HPACK has encoded them.
    """

    defined_flags = [
        Flag("END_STREAM", 0x01),
        Flag("END_HEADERS", 0x04),
        Flag("PADDED", 0x08),
        Flag("PRIORITY", 0x20),
    ]
    type = 0x01
    stream_association = "has-stream"

    data = _octets
    pad_length = _pad_length
    depends_on = _first
    stream_weight = _second
    exclusive = _third

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.data = data

    def _body_repr(self) -> str:
        return (
            f"exclusive={self.exclusive}, depends_on={self.depends_on}, "
            f"stream_weight={self.stream_weight}, data={_raw_data_repr(self.data)}")

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_headers)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_headers)


class ContinuationFrame(Frame):
    """CONTINUATION: more of a header block (RFC 9113 section 6.10).

    :param data: the octets of the block.
    """

    defined_flags = [Flag("END_HEADERS", 0x04)]
    type = 0x09
    stream_association = "has-stream"

    data = _octets

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs) -> None:
        super().__init__(stream_id, **kwargs)
        self.data = data

    def _body_repr(self) -> str:
        return f"data={_raw_data_repr(self.data)}"

    def serialize_body(self) -> bytes:
        return self.data

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_all)


class AltSvcFrame(Frame):
    """ALTSVC: where else an origin is served (RFC 7838 section 4).

    :param origin: the origin as bytes, empty except on stream 0.
    :param field: the value of the Alt-Svc field as bytes; nobody looks whether it is one.
    :raises InvalidDataError: one of them is not bytes.
    """

    type = 0x0A
    stream_association = "either"

    origin = _first
    field = _octets

    def __init__(
        self, stream_id: int, origin: bytes = b"", field: bytes = b"", **kwargs
    ) -> None:
        super().__init__(stream_id, **kwargs)
        _check_altsvc(origin, field)
        self.origin = origin
        self.field = field

    def _body_repr(self) -> str:
        return f"origin={self.origin!r}, field={self.field!r}"

    def serialize_body(self) -> bytes:
        return _write(self, False, _write_altsvc)

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_altsvc)


class ExtensionFrame(Frame):
    """A frame of a type that there is no class for, byte for byte (RFC 9113 section 5.5).

    :param type: the type, 0 to 255.
    :param flag_byte: all flags of the header, 0 to 255.
    :param body: the payload.
    """

    stream_association = "either"

    flag_byte = _first
    body = _octets

    def __init__(
        self, type: int, stream_id: int, flag_byte: int = 0x0, body: bytes = b"", **kwargs
    ) -> None:
        super().__init__(stream_id, **kwargs)
        self.type = type
        self.flag_byte = flag_byte
        self.body = body

    def _body_repr(self) -> str:
        return (
            f"type={self.type}, flag_byte={self.flag_byte}, body={_raw_data_repr(self.body)}")

    def parse_flags(self, flag_byte: int) -> None:
        """Keep the octet: what its bits mean is not known here."""
        self.flag_byte = flag_byte

    def parse_body(self, data: memoryview) -> None:
        _parse_body(self, data, _read_all)

    def serialize(self) -> bytes:
        """The frame as it was parsed. In the header stands ``body_len``, which parsing sets."""
        cdef uint8_t header[H2F_FRAME_HEADER_LEN]
        _put_header(header, self, self.body_len)
        _pack_u8(self.flag_byte, header + 4)
        return header[:H2F_FRAME_HEADER_LEN] + self.body
