# A connection's state: numbers, streams, and what is to be sent. Part of _h2.pyx.

cdef enum:
    CONNECTION_IDLE = 0
    CLIENT_OPEN = 1
    SERVER_OPEN = 2
    CONNECTION_CLOSED = 3


cdef class Core:
    """The state of an ``H2Connection`` that is kept in C, and the plain cases of its calls."""

    cdef readonly _Streams streams
    cdef readonly object closed_streams
    cdef public bint in_steps  # somebody has replaced a step, or may have
    cdef public bint failed    # for a fault of the peer's
    cdef public int state
    cdef public int64_t highest_inbound_stream_id
    cdef public int64_t highest_outbound_stream_id
    cdef public int64_t outbound_flow_control_window
    cdef public int64_t max_outbound_frame_size
    cdef public int64_t max_inbound_frame_size
    cdef window receive_window
    cdef h2f_output output
    cdef object __weakref__

    def __cinit__(self, int64_t window, bint in_steps):
        self.in_steps = in_steps
        self.streams = _Streams()
        self.closed_streams = _ClosedStreams()
        self.receive_window.most = self.receive_window.size = window
        h2f_output_init(&self.output)

    def __dealloc__(self):
        h2f_output_free(&self.output)

    # -------------------------------------------------------------------------- streams

    cpdef int sweep(self) except -1:
        """Takes out the streams that have closed."""
        cdef _Shared shared = self.streams.shared
        cdef list closed
        if not shared.closed:
            return 0
        closed, shared.closed = shared.closed, []
        for stream_id in closed:
            stream = self.streams.get(stream_id)
            if stream is not None and stream.closed:
                del self.streams[stream_id]
                self.closed_streams[stream_id] = stream.closed_by
        return 0

    def open_streams(self, remainder):
        """How many streams are open whose identifiers are even (0) or odd (1)."""
        self.sweep()
        return self.streams.shared.open[1 if remainder else 0]

    def replace_streams(self, streams):
        """Takes other streams."""
        self.streams.clear()
        self.streams.update(streams)

    def raise_send_windows(self, delta):
        """Changes the send windows of all streams by so much (RFC 9113 section 6.9.2).

        :returns: whether they all stay within 2^31 - 1 octets; otherwise none is changed.
        """
        cdef _Shared shared = self.streams.shared
        cdef int64_t most = H2F_WINDOW_MAX - shared.send_base - delta
        if shared.most_sendable > most:
            shared.most_sendable = max(
                [(<H2Stream>stream).send_window for stream in self.streams.values()
                 if type(stream) is H2Stream], default=-shared.send_base)
            if shared.most_sendable > most:
                return False
        shared.send_base += delta
        return True

    def raise_receive_windows(self, delta):
        """Changes the receive windows of all streams by so much. As above."""
        cdef _Shared shared = self.streams.shared
        cdef int64_t most = H2F_WINDOW_MAX - shared.receive_base - delta
        for stream in self.streams.values():
            if type(stream) is H2Stream and (<H2Stream>stream).receive_window.size > most:
                return False
        shared.receive_base += delta
        return True

    # -------------------------------------------------------------------------- windows

    @property
    def inbound_flow_control_window(self):
        """Octets that the peer may send on all streams together."""
        return self.receive_window.size

    @property
    def window_manager(self):
        """The connection's receive window as a WindowManager."""
        return _Window(self)

    def _window(self):
        return self.receive_window.most, self.receive_window.size, self.receive_window.processed

    def _set_window(self, most, size, processed):
        if most is not None:
            self.receive_window.most = most
        if size is not None:
            self.receive_window.size = size
        if processed is not None:
            self.receive_window.processed = processed

    # --------------------------------------------------------------------------- output

    def send(self, bytes octets):
        """Adds octets to what is to be sent."""
        cdef size_t size = PyBytes_GET_SIZE(octets)
        cdef uint8_t *dst = h2f_output_reserve(&self.output, size)
        if dst == NULL:
            raise MemoryError()
        memcpy(dst, PyBytes_AS_STRING(octets), size)
        h2f_output_commit(&self.output, size)

    def take(self, amount=None):
        """Takes the first octets, or all, of what is to be sent."""
        cdef Py_ssize_t size = self.output.len
        cdef bytes octets
        if amount is not None:
            size = slice(amount).indices(size)[1]
        octets = PyBytes_FromStringAndSize(NULL, size)
        h2f_output_read(&self.output, <uint8_t *>PyBytes_AS_STRING(octets), size)
        return octets

    def clear(self):
        """Forgets all that is to be sent."""
        h2f_output_clear(&self.output)
