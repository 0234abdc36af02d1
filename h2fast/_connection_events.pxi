# What happened on a connection. Part of _connection.pyx.

# They have attributes and nothing else, and can be matched by position in the order of
# ``__match_args__``. There is no base class: one with a free list cannot have any.

@cython.final
@cython.freelist(64)
cdef class RequestReceived:
    """A request: all of its header section (RFC 9113 section 8.1). ``headers`` is a list of
    ``(name, value)`` as bytes, of which those that must not be indexed are a
    :class:`~h2fast.hpack.NeverIndexedHeaderTuple`; ``stream_ended`` says that no content follows."""

    __match_args__ = ("stream_id", "headers", "stream_ended")
    cdef readonly uint32_t stream_id
    cdef readonly list headers
    cdef readonly bint stream_ended


@cython.final
@cython.freelist(64)
cdef class ResponseReceived:
    """A final response: all of its header section (RFC 9113 section 8.1). ``headers`` and
    ``stream_ended`` are as for :class:`RequestReceived`."""

    __match_args__ = ("stream_id", "headers", "stream_ended")
    cdef readonly uint32_t stream_id
    cdef readonly list headers
    cdef readonly bint stream_ended


@cython.final
cdef class InformationalResponseReceived:
    """An interim response, of status 1xx: the final one is still to come (RFC 9113 section 8.1).
    ``headers`` are as for :class:`RequestReceived`."""

    __match_args__ = ("stream_id", "headers")
    cdef readonly uint32_t stream_id
    cdef readonly list headers


@cython.final
cdef class TrailersReceived:
    """Trailers, which end their stream (RFC 9113 section 8.1). ``headers`` are as for
    :class:`RequestReceived`."""

    __match_args__ = ("stream_id", "headers")
    cdef readonly uint32_t stream_id
    cdef readonly list headers


@cython.final
@cython.no_gc
@cython.freelist(64)
cdef class DataReceived:
    """Content (RFC 9113 section 6.1). ``flow_controlled_length`` is what flow control counts, in
    octets, for :meth:`Connection.acknowledge`; ``stream_ended`` says that it was the last."""

    __match_args__ = ("stream_id", "data", "stream_ended")
    cdef readonly uint32_t stream_id
    cdef readonly uint32_t flow_controlled_length
    cdef object _content  # bytes, or a memoryview of what was received
    cdef readonly bint stream_ended

    @property
    def data(self):
        """The content as ``bytes``."""
        if type(self._content) is not bytes:
            self._content = bytes(self._content)
        return self._content

    @property
    def view(self):
        """The content as a memoryview: with the connection's ``views``, not copied unless a frame
        was cut by its reads or ``data`` was asked for."""
        return memoryview(self._content)


@cython.final
cdef class StreamReset:
    """A stream ended early: the peer has reset it or, if not ``remote``, has made a fault on it,
    which was answered (RFC 9113 section 5.4.2). ``error_code`` says why (section 7)."""

    __match_args__ = ("stream_id", "error_code", "remote")
    cdef readonly uint32_t stream_id
    cdef readonly uint32_t error_code
    cdef readonly bint remote


@cython.final
cdef class PushReceived:
    """A promise, on ``stream_id``, of a response on ``promised_stream_id`` to a request that was not
    made (RFC 9113 section 8.4). ``headers`` are those of the request, as for
    :class:`RequestReceived`."""

    __match_args__ = ("stream_id", "promised_stream_id", "headers")
    cdef readonly uint32_t stream_id
    cdef readonly uint32_t promised_stream_id
    cdef readonly list headers


@cython.final
cdef class SettingsReceived:
    """The peer's settings, which are in force and acknowledged: a list of ``(identifier, value)`` in
    their order, unknown ones too (RFC 9113 section 6.5)."""

    __match_args__ = ("settings",)
    cdef readonly list settings


@cython.final
cdef class SettingsAcknowledged:
    """The peer has acknowledged the oldest of our SETTINGS that it had not (RFC 9113 section 6.5.3)."""

    __match_args__ = ()


@cython.final
cdef class PingReceived:
    """A PING, with eight octets, which is answered (RFC 9113 section 6.7)."""

    __match_args__ = ("data",)
    cdef readonly bytes data


@cython.final
cdef class PingAcknowledged:
    """The answer to a PING of ours, with its octets (RFC 9113 section 6.7)."""

    __match_args__ = ("data",)
    cdef readonly bytes data


@cython.final
cdef class GoAwayReceived:
    """The peer takes no more streams than ``last_stream_id`` (RFC 9113 section 6.8). Streams of ours
    above it follow as StreamReset. ``error_code`` says why, 0 for no fault, and ``debug_data`` may
    say more, in any octets."""

    __match_args__ = ("last_stream_id", "error_code", "debug_data")
    cdef readonly uint32_t last_stream_id
    cdef readonly uint32_t error_code
    cdef readonly bytes debug_data


@cython.final
cdef class WindowUpdated:
    """A window for what we send has grown by ``increment`` octets: that of a stream or, on stream 0,
    that of the connection (RFC 9113 section 6.9)."""

    __match_args__ = ("stream_id", "increment")
    cdef readonly uint32_t stream_id
    cdef readonly uint32_t increment


@cython.final
cdef class PriorityReceived:
    """The peer's wish for a stream, in the terms of RFC 7540 section 5.3; ``weight`` is from 1 to
    256."""

    __match_args__ = ("stream_id", "depends_on", "weight", "exclusive")
    cdef readonly uint32_t stream_id
    cdef readonly uint32_t depends_on
    cdef readonly uint32_t weight
    cdef readonly bint exclusive


@cython.final
cdef class PriorityUpdateReceived:
    """The peer's wish for ``prioritized_stream_id``: ``field_value`` is a Priority field value, as it
    came (RFC 9218 section 7)."""

    __match_args__ = ("prioritized_stream_id", "field_value")
    cdef readonly uint32_t prioritized_stream_id
    cdef readonly bytes field_value


@cython.final
cdef class AltSvcReceived:
    """Where else an origin is served: ``field_value`` is an Alt-Svc field value, as it came (RFC 7838
    section 4). ``origin`` is empty on a stream: it is that of the stream's request."""

    __match_args__ = ("stream_id", "origin", "field_value")
    cdef readonly uint32_t stream_id
    cdef readonly bytes origin
    cdef readonly bytes field_value


@cython.final
cdef class OriginReceived:
    """The origins that the server can answer for, a list of bytes such as ``b"https://a.example"``
    (RFC 8336)."""

    __match_args__ = ("origins",)
    cdef readonly list origins


@cython.final
cdef class UnknownFrameReceived:
    """A frame of a ``type`` that this engine does not know (RFC 9113 section 5.5): the numbers of its
    type and ``flags``, 0 to 255, and the octets of its ``payload``."""

    __match_args__ = ("stream_id", "type", "flags", "payload")
    cdef readonly uint32_t stream_id
    cdef readonly uint8_t type
    cdef readonly uint8_t flags
    cdef readonly bytes payload


def _repr_event(self):
    fields = []
    for name in self.__match_args__:
        fields.append(f"{name}={getattr(self, name)!r}")
    return f"{type(self).__name__}({', '.join(fields)})"

for _cls in (
    RequestReceived, ResponseReceived, InformationalResponseReceived, TrailersReceived,
    DataReceived, StreamReset, PushReceived, SettingsReceived, SettingsAcknowledged, PingReceived,
    PingAcknowledged, GoAwayReceived, WindowUpdated, PriorityReceived, PriorityUpdateReceived,
    AltSvcReceived, OriginReceived, UnknownFrameReceived,
):
    _cls.__module__ = "h2fast.events"
    _cls.__repr__ = _repr_event
del _cls, _repr_event
