# A connection's state: numbers, streams, and what is to be sent. Part of _h2.pyx.

cdef enum:
    CONNECTION_IDLE = 0
    CLIENT_OPEN = 1
    SERVER_OPEN = 2
    CONNECTION_CLOSED = 3

cdef enum:
    MOST_UNREAD = 65536  # octets that wait on a connection that has failed, before more are taken
    MOST_CLOSED = 100  # streams that wait for being taken out, of those that were promised


# Numbers of settings (RFC 9113 section 6.5.2).
cdef object ENABLE_PUSH = 2
cdef object MAX_CONCURRENT_STREAMS = 3
cdef object INITIAL_WINDOW_SIZE = 4


cdef int64_t _setting(settings, code) except? -1:
    """The value of a setting that is in force; -1 where it is none that can be."""
    if type(settings._settings) is not dict:
        return -1
    values = (<dict>settings._settings).get(code)
    if values is None:
        return 2 ** 32 + 1 if code == MAX_CONCURRENT_STREAMS else -1
    value = values[0]
    return value if type(value) is int and 0 <= value <= 2 ** 32 + 1 else -1


@cython.final
cdef class _NewStreams:
    """What settings say of new streams, read again when they have changed."""

    cdef object settings
    cdef object changes
    cdef int64_t window
    cdef int64_t most_open
    cdef int64_t push

    cdef bint read(self, settings) except -1:
        if type(settings) is not Settings:
            return 0
        if settings is not self.settings or settings._changes != self.changes:
            self.window = _setting(settings, INITIAL_WINDOW_SIZE)
            self.most_open = _setting(settings, MAX_CONCURRENT_STREAMS)
            self.push = _setting(settings, ENABLE_PUSH)
            self.settings = settings
            self.changes = settings._changes
        return self.window >= 0 and self.most_open >= 0


cdef class Core:
    """The state of an ``H2Connection`` that is kept in C, and the plain cases of its calls."""

    cdef readonly _Streams streams
    cdef _ClosedLog even_closed
    cdef _ClosedLog odd_closed
    cdef public bint in_steps  # somebody has replaced a step, or may have
    cdef public bint failed    # for a fault of the peer's
    cdef public bint own_table  # somebody has a dispatch table, and may change it
    cdef public bint draining  # no new streams are opened, those there go on
    cdef public int64_t last_accepted_stream_id  # of the peer's, while draining
    cdef public int settings_sent  # and not acknowledged
    cdef public int pings_sent     # and not answered
    cdef bint late  # the frame that a step takes is on a stream that we have reset
    cdef list kept           # events that were not told of, since the clock has raised,
    cdef object peers_error  # and an error of the peer's
    cdef public int state
    cdef public int64_t highest_inbound_stream_id
    cdef public int64_t highest_outbound_stream_id
    cdef public int64_t outbound_flow_control_window
    cdef public int64_t max_outbound_frame_size
    cdef public int64_t max_inbound_frame_size
    cdef readonly _Limits limits
    cdef window receive_window
    cdef h2f_output output
    cdef object config  # these as is_plain has found them
    cdef object config_changes
    cdef object header_encoding
    cdef object logger
    cdef bint client_side
    cdef bint normalize_inbound
    cdef bint validate_inbound
    cdef bint normalize_outbound
    cdef bint validate_outbound
    cdef bint split_cookies
    cdef _NewStreams local   # and these as read_settings has
    cdef _NewStreams remote
    cdef object __weakref__

    def __cinit__(self, int64_t window, bint in_steps):
        self.in_steps = in_steps
        self.streams = _Streams()
        self.even_closed = _ClosedLog()
        self.odd_closed = _ClosedLog()
        self.limits = _Limits()
        self.local = _NewStreams()
        self.remote = _NewStreams()
        self.receive_window.most = self.receive_window.size = window
        h2f_output_init(&self.output)

    def __dealloc__(self):
        h2f_output_free(&self.output)
        release_owners(&self.output)

    def __sizeof__(self):
        """With what is to be sent."""
        return (object.__sizeof__(self) + self.output.own_cap
                + self.output.segment_cap * sizeof(h2f_segment))

    # --------------------------------------------------------------------- plain cases

    cdef bint is_plain(self, conn) except -1:
        """Whether nobody wants to see or take the steps of a call."""
        self.limits.check_clock()
        config = conn.config
        if self.in_steps or self.own_table or type(config) is not H2Configuration:
            self.client_side = bool(config.client_side)
            return 0
        if config is not self.config or config._changes != self.config_changes:
            self.read_config(config)
        return type(self.logger) is DummyLogger

    cdef int read_config(self, config) except -1:
        self.config_changes = config._changes
        self.config = config
        self.logger = config.logger
        self.client_side = config._client_side is True
        self.header_encoding = config._header_encoding
        self.normalize_inbound = config._normalize_inbound_headers is True
        self.validate_inbound = config._validate_inbound_headers is True
        self.normalize_outbound = config._normalize_outbound_headers is True
        self.validate_outbound = config._validate_outbound_headers is True
        self.split_cookies = config._split_outbound_cookies is True
        return 0

    cdef bint read_settings(self, conn) except -1:
        """Finds what the settings say of new streams. Returns 0 where somebody has put in other
        settings."""
        return self.local.read(conn.local_settings) and self.remote.read(conn.remote_settings)

    def receive(self, conn, data):
        """Takes octets, and returns events: see ``H2Connection.receive_data``."""
        cdef list events = []
        error, self.peers_error = self.peers_error, None
        if error is not None:
            raise error
        try:
            events = self.receive_octets(conn, data)
        except ProtocolError as fault:
            if self.limits.clock_error is None:
                raise
            self.peers_error = fault
        if self.kept:
            events, self.kept = self.kept + events, None
        if self.limits.clock_error is not None:
            self.kept = events
            error, self.limits.clock_error = self.limits.clock_error, None
            raise error
        return events

    cdef list receive_octets(self, conn, data):
        cdef bint plain = self.is_plain(conn)
        cdef bytes octets
        if not plain and type(conn.config.logger) is not DummyLogger:
            conn.config.logger.trace(
                "Process received data on connection. Received data: %r", data)
        buffer = conn.incoming_buffer
        buffer.max_frame_size = self.max_inbound_frame_size  # for whoever reads from it, too
        if buffer._preamble_len:
            buffer.add_data(data)
            data = b""
        if buffer._data or type(data) is not bytes:
            # A caller that goes on after an error gets another one: what comes need not all be kept.
            if not self.failed or len(buffer._data) <= MOST_UNREAD:
                buffer._data += memoryview(data)
            if not self.is_frame(buffer._data):
                return []
            octets = bytes(buffer._data)
            buffer._data.clear()
        else:
            octets = data
        try:
            return _receive(self, conn, buffer, plain, octets)
        except InvalidPaddingError as error:
            conn._fail(ErrorCodes.PROTOCOL_ERROR)
            raise ProtocolError("Received frame with invalid padding.") from error
        except ProtocolError as error:
            conn._fail(error.error_code)
            raise

    cdef bint is_frame(self, bytearray octets) except -1:
        """Whether octets begin with a frame that is complete, or that is refused anyway."""
        cdef h2f_frame frame
        if len(octets) < H2F_FRAME_HEADER_LEN:
            return 0
        h2f_frame_parse_header(&frame, <const uint8_t *>octets)
        return (_is_refused(self, &frame, len(octets))
                or len(octets) >= H2F_FRAME_HEADER_LEN + frame.length)

    def send_headers(self, conn, stream_id, headers, end_stream):
        """Sends a header section, and returns whether it has."""
        return self.is_plain(conn) and _send_headers(
            self, conn, stream_id, headers, bool(end_stream))

    def send_data(self, conn, stream_id, data, end_stream):
        """Sends content, and returns whether it has."""
        return self.is_plain(conn) and _send_data(self, stream_id, data, bool(end_stream))

    def end_stream(self, conn, stream_id):
        """Ends a message, and returns whether it has."""
        return self.is_plain(conn) and _end_stream(self, stream_id)

    def reset_stream(self, conn, stream_id, error_code):
        """Resets a stream, and returns whether it has."""
        return self.is_plain(conn) and _reset_stream(self, stream_id, error_code)

    def increment(self, conn, increment, stream_id):
        """Makes a receive window larger, and returns whether it has."""
        return self.is_plain(conn) and _increment(self, increment, stream_id)

    def acknowledge(self, conn, size, stream_id):
        """Gives octets back to the windows, and returns whether it has."""
        return self.is_plain(conn) and _acknowledge(self, size, stream_id)

    def local_window(self, stream_id):
        """Octets that may be sent on a stream; None for one that is not there."""
        cdef H2Stream stream = None if self.in_steps else _find_stream(self, stream_id)
        if stream is None:
            return None
        return min(self.outbound_flow_control_window, stream.send_base() + stream.send_window)

    # --------------------------------------------------------------------------- limits

    def count_own_reset(self, has_content=False):
        """Counts a stream that the peer makes us reset; where that is done already, and its frame comes
        late, it is a glitch unless it has content.

        :returns: whether to send the reset.
        :raises LimitExceededError: the peer has done so too often.
        """
        return self.count_reset(self.late, has_content)

    cdef bint count_reset(self, bint late, bint has_content=False) except -1:
        if late:
            return self.limits.count_late_frame(self.output.len, has_content)
        self.limits.count_own_reset(self.output.len)
        return True

    cdef bint is_late(self, uint32_t stream_id) except -1:
        """Whether what comes on a stream may have been under way when this end reset it."""
        cdef H2Stream stream = _find_stream(self, stream_id)
        if stream is not None:
            return stream.state == CLOSED and stream.how_closed == BY_SENT_RESET
        return self.log_of(stream_id).look_up(stream_id // 2) == BY_FIRST + BY_SENT_RESET

    def count_late_promise(self):
        """Counts a promise on a stream that this end has reset.

        :raises LimitExceededError: there are too many.
        """
        self.limits.count_glitch()
        self.limits.count_answer(self.output.len)

    def count_interim(self, stream, headers, decoder):
        """Counts an interim response on a stream.

        :raises LimitExceededError: there are too many, or they are too long.
        """
        size = 0
        for name, value in headers:
            size += H2F_HPACK_ENTRY_OVERHEAD + len(name) + len(value)
        if isinstance(stream, H2Stream):
            self.limits.count_interim(stream, size, _longest_list(decoder))

    def count_data_sent(self):
        """Counts a DATA frame of ours: windows are opened for it."""
        self.limits.data_frames_sent += 1

    def counters(self, conn):
        """See ``H2Connection.counters``."""
        cdef _Limits limits = self.limits
        cdef _Shared shared = self.streams.shared
        cdef Decoder decoder = conn.decoder if isinstance(conn.decoder, Decoder) else None
        return {
            "max_header_list_size": 0 if decoder is None else decoder._c.list_size,
            "max_header_fields": 0 if decoder is None else decoder._c.fields,
            "max_continuations": limits.continuations,
            "max_empty_continuations": limits.empty_continuations,
            "max_settings_entries": limits.settings_entries,
            "max_interim": limits.interim,
            "max_resets": limits.resets.spent,
            "max_own_resets": limits.own_resets.spent,
            "max_glitches": limits.glitches.spent,
            "max_small_data": limits.small_data.spent,
            "max_unsent_answers": limits.unsent_answers,
            "max_empty_data": limits.empty_data,
            "max_pushed": shared.reserved,
            "max_queued": conn.queued(),
            "max_concurrent_streams": shared.open[not conn.config.client_side],
            "max_encoder_table_size": conn.encoder.header_table._current_size,
            "window_updates": limits.window_updates_received,
            "fair_window_updates": limits.fair_window_updates(),
        }

    def count_stream(self):
        """Counts a stream that is opened."""
        self.limits.streams_opened += 1

    def count_promise(self):
        """Counts a promise of the peer's, before its stream is there.

        :raises LimitExceededError: there are too many that it has not kept.
        """
        # h2 waits with it until the next request, which may never come.
        if len(self.streams.shared.closed) >= MOST_CLOSED:
            self.sweep()
        if self.streams.shared.reserved >= self.limits.max_pushed:
            _exceed("max_pushed", "promises")

    # -------------------------------------------------------------------------- streams

    cpdef int sweep(self) except -1:
        """Takes out the streams that have closed."""
        cdef _Shared shared = self.streams.shared
        cdef list closed
        cdef H2Stream stream
        if not shared.closed:
            return 0
        closed, shared.closed = shared.closed, []
        for stream_id in closed:
            found = dict.get(self.streams, stream_id)
            stream = <H2Stream>found if isinstance(found, H2Stream) else None
            if stream is not None and stream.state == CLOSED:
                PyDict_DelItem(self.streams, stream_id)
                stream.leave()
                self.log_closed(stream)
        return 0

    cdef inline _ClosedLog log_of(self, uint32_t stream_id):
        return self.odd_closed if stream_id % 2 else self.even_closed

    cdef int log_closed(self, H2Stream stream) except -1:
        if stream.stream_id % 2 != self.client_side and (
                stream.how_closed == BY_SENT_END or stream.how_closed == BY_RECEIVED_END):
            # A peer that cancels no more than it completes does no harm, however fast.
            h2f_bucket_give(&self.limits.resets)
        return self.log_of(stream.stream_id).log(
            stream.stream_id // 2,
            BY_FAULT if stream.how_closed == UNSET else BY_FIRST + stream.how_closed)

    def open_streams(self, remainder):
        """How many streams are open whose identifiers are even (0) or odd (1)."""
        self.sweep()
        if self.has_others():
            return self.count_others(remainder)
        return self.streams.shared.open[1 if remainder else 0]

    cdef bint has_others(self) except -1:
        """Whether somebody has put in streams that are none of ours."""
        return self.streams.shared.members != <size_t>PyDict_Size(self.streams)

    def count_others(self, remainder):
        """Counts streams one by one."""
        count = 0
        for stream_id, stream in list(self.streams.items()):
            if stream.closed:
                self.streams.pop(stream_id)
                self.closed_streams[stream_id] = stream.closed_by
            elif stream.open and stream_id % 2 == remainder:
                count += 1
        return count

    def replace_streams(self, streams):
        """Takes other streams."""
        streams = dict(streams)
        self.streams.clear()
        self.streams.update(streams)

    cpdef int set_max_frame_size(self, int64_t octets) except -1:
        """Takes what the peer says of the longest payload, for all streams."""
        cdef _Shared shared = self.streams.shared
        self.max_outbound_frame_size = shared.max_frame_size = octets
        shared.max_frame_size_set += 1
        return 0

    cpdef bint raise_send_windows(self, int64_t delta) except -1:
        """Changes the send windows of all streams by so much (RFC 9113 section 6.9.2).

        :returns: whether they all stay within 2^31 - 1 octets; otherwise none is changed.
        """
        cdef _Shared shared = self.streams.shared
        cdef int64_t most = H2F_WINDOW_MAX - shared.send_base - delta
        if shared.most_sendable > most:
            shared.most_sendable = max(
                [(<H2Stream>stream).send_window for stream in self.streams.values()
                 if isinstance(stream, H2Stream)], default=-shared.send_base)
            if shared.most_sendable > most:
                return False
        shared.send_base += delta
        return True

    def raise_receive_windows(self, delta):
        """Changes the receive windows of all streams by so much. As above."""
        cdef _Shared shared = self.streams.shared
        cdef int64_t most = H2F_WINDOW_MAX - shared.receive_base - delta
        for stream in self.streams.values():
            if isinstance(stream, H2Stream) and (<H2Stream>stream).receive_window.size > most:
                return False
        shared.receive_base += delta
        return True

    @property
    def closed_streams(self):
        """How the streams that are gone were closed, by identifier."""
        return _ClosedStreams(self.even_closed, self.odd_closed)

    # -------------------------------------------------------------------------- windows

    @property
    def inbound_flow_control_window(self):
        """Octets that the peer may send on all streams together."""
        return self.receive_window.size

    @property
    def window_manager(self):
        """The connection's receive window as a WindowManager."""
        return _Window(self)

    @window_manager.setter
    def window_manager(self, window):
        _copy_window(self, window)

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

    cdef int reserve(self, size_t size) except -1:
        """Sees to it that so many octets can be written."""
        if h2f_output_reserve(&self.output, size) == NULL:
            raise MemoryError()
        return 0

    cdef int refer(self, const h2f_frame *frame, bytes data) except -1:
        """Adds a frame whose data stays where it is."""
        cdef h2f_payload *payload
        if h2f_output_reserve_segment(&self.output) < 0:
            raise MemoryError()
        self.reserve(H2F_FRAME_HEADER_LEN)
        payload = h2f_payload_new(frame.data, frame.data_len, <void *>data)
        if payload == NULL:
            raise MemoryError()
        Py_INCREF(data)
        h2f_frame_write_head(h2f_output_reserve(&self.output, H2F_FRAME_HEADER_LEN), frame)
        h2f_output_commit(&self.output, H2F_FRAME_HEADER_LEN)
        h2f_output_refer(&self.output, payload, frame.data, frame.data_len)
        h2f_payload_release(&self.output, payload)
        return 0

    cdef int write(self, const h2f_frame *frame) except -1:
        """Adds a frame to what is to be sent."""
        cdef size_t size = h2f_frame_size(frame)
        cdef uint8_t *dst = h2f_output_reserve(&self.output, size)
        if dst == NULL:
            raise MemoryError()
        if h2f_frame_write(dst, size, frame) == NULL:
            raise ValueError(f"a frame of {size} octets is too long (RFC 9113 section 4.2)")
        h2f_output_commit(&self.output, size)
        return 0

    def send(self, bytes octets):
        """Adds octets to what is to be sent."""
        cdef size_t size = PyBytes_GET_SIZE(octets)
        cdef uint8_t *dst
        self.limits.check_clock()
        if size == 0:  # there may be no buffer yet
            return
        dst = h2f_output_reserve(&self.output, size)
        if dst == NULL:
            raise MemoryError()
        memcpy(dst, PyBytes_AS_STRING(octets), size)
        h2f_output_commit(&self.output, size)

    def take(self, amount=None):
        """Takes the first octets, or all, of what is to be sent."""
        cdef Py_ssize_t size = self.output.len
        cdef bytes octets
        self.limits.check_clock()
        if amount is not None:
            size = slice(amount).indices(size)[1]
            size = min(size, <Py_ssize_t>self.output.len)  # the amount may be anybody's number
        octets = PyBytes_FromStringAndSize(NULL, size)
        h2f_output_read(&self.output, <uint8_t *>PyBytes_AS_STRING(octets), size)
        release_owners(&self.output)
        self.limits.unsent_answers = min(
            self.limits.unsent_answers, most_answers(self.output.len))
        return octets

    def peek(self):
        """All that is to be sent, which stays."""
        cdef uint32_t answers = self.limits.unsent_answers
        octets = self.take()
        self.send(octets)
        self.limits.unsent_answers = answers
        return octets

    def take_buffers(self):
        """Takes all that is to be sent, large content as the bytes that it was sent with."""
        self.limits.check_clock()
        self.limits.unsent_answers = 0
        buffers = take_buffers(&self.output)
        release_owners(&self.output)
        return buffers

    def clear(self):
        """Forgets all that is to be sent."""
        self.limits.check_clock()
        h2f_output_clear(&self.output)
        release_owners(&self.output)


class ConnectionMachine(H2ConnectionStateMachine):
    """The state machine of a connection: its state is the connection's."""

    def __init__(self, Core core not None):
        self._core = core

    @property
    def state(self):
        return _CONNECTION_STATES[(<Core?>self._core).state]

    @state.setter
    def state(self, value):
        core = <Core?>self._core
        core.limits.check_clock()
        core.state = value.value
