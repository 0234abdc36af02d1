# The connection. Part of _connection.pyx.

cdef enum:
    MOST_OUTPUT = 262144   # octets after which no more content is added, unless the caller says

cdef bytes _BASE64URL = f"{string.ascii_letters}{string.digits}-_".encode()


# The settings that are options of a connection, and their identifiers (RFC 9113 section 6.5.2).
cdef dict _SETTINGS = {
    "header_table_size": 1,
    "enable_push": 2,
    "max_concurrent_streams": 3,
    "initial_window_size": 4,
    "max_frame_size": 5,
    "max_header_list_size": 6,
    "enable_connect_protocol": 8,
    "no_rfc7540_priorities": 9,
}

# The orders in which content goes out, by the names that callers give them.
cdef dict _SCHEDULERS = {
    "auto": H2F_SCHEME_AUTO,
    "rfc9218": H2F_SCHEME_RFC9218,
    "rfc7540": H2F_SCHEME_RFC7540,
    "round-robin": H2F_SCHEME_ROUND_ROBIN,
}


cdef int _scheme_of(scheduler) except -1:
    if callable(scheduler):
        return H2F_SCHEME_CALLER
    if not isinstance(scheduler, str):
        raise TypeError(f"scheduler is a name or callable, not {scheduler!r}")
    if scheduler not in _SCHEDULERS:
        raise ValueError(f"there is no scheduler {scheduler!r}: there are {', '.join(_SCHEDULERS)}")
    return _SCHEDULERS[scheduler]


cdef uint64_t _number(str name, value, uint64_t most) except? 0xFFFFFFFFFFFFFFFF:
    if not 0 <= operator.index(value) <= most:
        raise ValueError(f"{name} is from 0 to {most}, not {value}")
    return value


cdef class Connection:
    """One side of an HTTP/2 connection (RFC 9113): it is fed what was received, says what happened,
    and has what is to be written. It does no input or output.

    What it has to send goes into its output, which :meth:`output`, :meth:`output_buffers` and
    :meth:`output_into` take. A method that raises has changed nothing, unless the connection has ended
    with it, as :meth:`receive` can have it. Methods may be called from any thread, one at a time; calls out of a running call (by a finalizer, for example) are a RuntimeError.

    A ``stream_id`` is a stream's identifier, up to 2^31 - 1; error codes and settings are numbers as the
    RFC has them; sizes and windows are octets. Of all methods, a stream identifier, error code or number
    of octets that is negative or above 2^32 - 1 is an OverflowError, what is no number or no bytes-like
    object a TypeError, and one that is not contiguous a BufferError. Methods that send or change
    something raise a LocalProtocolError where the connection is closed. What each says itself comes on
    top of that.

    :param client: whether this is the client's side.
    :param auto_windows: whether content counts as processed when it is reported. Otherwise
        :meth:`acknowledge` says when it was, which holds the peer back.
    :param connection_window: the octets that the peer may send before anything is acknowledged, on
        all streams together: 65,535 to 2^31 - 1.
    :param max_window: octets up to which receive windows grow by themselves to what a round trip
        holds, which is measured with PINGs while content comes in; 0 for windows that stay as they
        are. SETTINGS that make them larger are acknowledged like any others.
    :param validate: whether header fields are checked as RFC 9113 section 8 asks, both those that are
        received and those that are sent.
    :param strict: whether they are checked more strictly than that: see ``docs/connection.md``.
    :param views: whether content of ``bytes`` that are received is referred to, not copied, until it is
        asked for: see :attr:`DataReceived.view <h2fast.events.DataReceived>`.
    :param scheduler: whose content goes out next, where several streams have some: ``"rfc9218"``,
        ``"rfc7540"``, ``"round-robin"``; or ``"auto"``, which is round robin until the client has
        given a priority as RFC 9218 has it, and RFC 9218 from there on. Or a callable, which is given
        a list of the streams that can send now, the one that had a turn longest ago first, and returns
        one of them, which then sends a frame, or None for none now.
    :param options: settings by their names in small letters, such as ``max_concurrent_streams=100``
        (RFC 9113 section 6.5.2), and limits: ``max_header_fields``, ``max_continuations``,
        ``max_empty_continuations``, ``max_unsent_answers``, ``max_settings_entries``,
        ``max_empty_data``, ``max_interim``, ``max_pushed``, ``max_queued`` (octets),
        ``max_encoder_table_size`` (octets), and ``max_resets``, ``max_own_resets``,
        ``max_glitches`` and ``max_small_data`` as ``(at once, each second)``.
    :param clock: a callable that returns seconds, from any time on, for limits on what happens each
        second; by default the system's clock. It is called while something is received, and only
        when half of such a limit is used up. It cannot use the connection. When it raises, time
        stands still for the limits, :meth:`receive` raises the same, and what had happened comes
        with the events of the next call.
    :raises TypeError: there is no such option, or a value is of another type.
    :raises ValueError: a value is out of its range, or there is no such scheduler.
    """

    cdef h2f_connection _c
    cdef _HeaderCache _headers
    cdef bint _busy
    cdef bint _views
    cdef bytes _received  # what is being received, for views of it
    cdef object _clock
    cdef object _clock_error  # what it has raised, and not been told of yet
    cdef int64_t _time  # the last that it said
    cdef list _kept  # events that could not be told of for that
    cdef bint _made
    cdef object _choose  # the caller's scheduler, or None
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self._headers = _HeaderCache()

    def __init__(
        self, client=False, *, auto_windows=True, connection_window=H2F_DEFAULT_WINDOW,
        max_window=0, validate=True, strict=False, views=False, scheduler="auto", clock=None,
        **options
    ):
        cdef h2f_config config
        if self._made:
            raise RuntimeError("a connection is initialised once")
        h2f_config_init(&config, bool(client))
        config.auto_windows = bool(auto_windows)
        config.validate_received = config.validate_sent = bool(validate)
        config.strict_fields = bool(strict)
        self._views = bool(views)
        config.scheme = _scheme_of(scheduler)
        if config.scheme == H2F_SCHEME_CALLER:
            self._choose = scheduler
        if not H2F_DEFAULT_WINDOW <= connection_window <= 0x7FFFFFFF:
            raise ValueError(f"connection_window is from 65535 to 2147483647, not {connection_window}")
        config.window = connection_window
        config.max_window = _number("max_window", max_window, 0x7FFFFFFF)
        for name, value in options.items():
            _set_option(&config, name, value)
        if clock is not None:
            self._set_clock(&config, clock)
        if h2f_connection_init(&self._c, &config) < 0:
            raise MemoryError()
        self._made = True
        self._check(h2f_connection_start(&self._c), 0)

    @cython.final
    cdef int _set_clock(self, h2f_config *config, clock) except -1:
        if not callable(clock):
            raise TypeError(f"clock is a callable that returns seconds, not {clock!r}")
        self._clock = clock
        config.resets.clock = config.own_resets.clock = _read_clock
        config.glitches.clock = config.small_data.clock = _read_clock
        config.resets.context = config.own_resets.context = <void *>self
        config.glitches.context = config.small_data.context = <void *>self
        return 0

    def __dealloc__(self):
        if self._made:
            h2f_connection_free(&self._c)
            release_owners(&self._c.output)

    def __repr__(self):
        role = "client" if self._c.config.client else "server"
        state = ("open", "draining", "closed")[self._c.state]
        return f"<{type(self).__name__} {role} {state} streams={self._c.streams.count}>"

    def __sizeof__(self):
        return object.__sizeof__(self) + h2f_connection_heap_size(&self._c)

    @cython.final
    cdef inline int _enter(self) except -1:
        if not self._made:
            raise RuntimeError("the connection was not initialised")
        if self._busy:
            raise RuntimeError("the connection is in use: re-entrant call")
        return 0

    @cython.final
    cdef inline int _look(self) except -1:
        """Of methods that change nothing: a scheduler may call them while it is asked."""
        if not self._made:
            raise RuntimeError("the connection was not initialised")
        return 0

    @cython.final
    cdef inline int _check(self, int error, uint32_t stream_id) except -1:
        if error < 0:
            if error == self._c.error:  # it was what was too much
                raise _remote_error(&self._c)
            _raise_local(error, stream_id)
        return 0

    # ------------------------------------------------------------------------- receiving

    @cython.critical_section
    def receive(self, data):
        """Take octets from the peer, and say what happened.

        :param data: any contiguous bytes-like object, of any length.
        :returns: a list of events of ``h2fast.events``.
        :raises RemoteProtocolError: the peer broke a rule that ends the connection; what came before
            is in its ``events``. The output has a GOAWAY. Every later call raises the same.
        :raises LimitExceededError: a RemoteProtocolError; the peer exceeded a limit.
        :raises LocalProtocolError: a GOAWAY of ours with an error has closed the connection.
        :raises MemoryError: there was none for what was received, which ends the connection.
        """
        cdef Py_buffer view
        self._enter()
        if type(data) is bytes:
            return self._receive_bytes(<bytes>data)
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            return self._receive(<const uint8_t *>view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    @cython.final
    cdef list _receive_bytes(self, bytes data):
        if not self._views:
            return self._receive(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        self._received = data
        try:
            return self._receive(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        finally:
            self._received = None

    @cython.final
    cdef inline object _content(self, const h2f_frame *frame):
        cdef const char *start
        cdef Py_ssize_t at
        if self._received is not None:
            start = PyBytes_AS_STRING(self._received)
            at = <const char *>frame.data - start
            if 0 <= at and at + <Py_ssize_t>frame.data_len <= PyBytes_GET_SIZE(self._received):
                return memoryview(self._received)[at:at + <Py_ssize_t>frame.data_len]
        return _bytes(frame.data, frame.data_len)

    @cython.final
    cdef list _receive(self, const uint8_t *p, size_t size):
        cdef const uint8_t *end = p + size
        cdef h2f_event event
        cdef list events = []
        cdef int result
        if self._kept is not None:
            events, self._kept = self._kept, None
        self._busy = True
        try:
            result = h2f_receive(&self._c, &p, end, &event)
            while result == 1:
                events.append(self._event(&event))
                result = h2f_receive(&self._c, &p, end, &event)
            release_owners(&self._c.output)
        except BaseException:
            # Of what was not told of nobody will hear any more: that is the end.
            h2f_connection_fail(&self._c, H2F_ERR_NOMEM, 0, 0)
            raise
        finally:
            self._busy = False
        if self._clock_error is not None:
            self._kept = events
            error, self._clock_error = self._clock_error, None
            raise error
        if result < 0:
            if not self._c.error:  # it was closed by this side
                _raise_local(result, 0)
            error = _remote_error(&self._c)
            error.events = events
            raise error
        return events

    @cython.final
    cdef object _event(self, const h2f_event *event):
        cdef DataReceived data
        if event.type == H2F_EVENT_DATA:
            data = DataReceived.__new__(DataReceived)
            data.stream_id = event.stream_id
            data.flow_controlled_length = event.flow_len
            data._content = self._content(&event.frame)
            data.stream_ended = event.end_stream
            return data
        if event.type == H2F_EVENT_HEADERS:
            return _headers_event(event, self._headers.read(event, &self._c.decoder_table))
        if event.type == H2F_EVENT_PUSH:
            return _push_event(event, self._headers.read(event, &self._c.decoder_table))
        return _other_event(event)

    @cython.critical_section
    def acknowledge(self, stream_id, octets):
        """Say that so many received octets were processed, ``flow_controlled_length`` of an event,
        so that the peer may send more (RFC 9113 section 6.9). With ``auto_windows`` it is not needed.

        :param stream_id: the stream, which may be gone: then only the connection's window counts.
        :param octets: how many, 0 or more.
        :raises LocalProtocolError: that is more than was received on all streams and not acknowledged.
        :raises LimitExceededError: the peer has sent on and on without updates of its windows, of
            which there are more in the output than ``max_unsent_answers``. The connection has ended.
        """
        self._enter()
        self._check(h2f_acknowledge(&self._c, stream_id, octets), stream_id)

    # --------------------------------------------------------------------------- sending

    @cython.critical_section
    def send_headers(self, stream_id, headers, end_stream=False):
        """Send a response (interim or final), or a client's request on a stream of its choice, or the
        trailers of either, which have to end the stream.

        Trailers wait for the content before them.

        :param headers: an iterable of ``(name, value)``, ``(name, value, sensitive)`` or header
            tuples of ``h2fast.hpack``, or a dict; pseudo-header fields first. Names and values are
            ``bytes``, or ``str``, which is sent as UTF-8; names are in small letters. What is
            sensitive is never indexed (RFC 7541 section 7.1.3).
        :param end_stream: whether no content follows.
        :raises LocalProtocolError: the fields are against RFC 9113 section 8, or cannot be sent on
            this stream now. New streams are not opened after a GOAWAY.
        :raises StreamClosedError: the stream is closed, or its sending side is.
        :raises TooManyStreamsError: the peer allows no more streams now (section 5.1.2).
        :raises IndexError: a header is shorter than two items.
        :raises UnicodeEncodeError: text cannot be encoded. Whatever an iterator raises comes out too.
        """
        cdef uint32_t id = stream_id
        if id == 0:
            raise LocalProtocolError("headers are sent on a stream (section 6.2)")
        self._send_message(&id, headers, b"", end_stream)

    @cython.final
    cdef int _send_message(
        self, uint32_t *id, headers, bytes body, bint end_stream
    ) except -1:
        """Headers and content: both, or neither."""
        cdef _Fields fields
        cdef int error
        viewed = _view_headers(headers, &fields)  # which keeps what the fields view
        try:
            self._enter()
            if PyBytes_GET_SIZE(body) == 0:
                error = h2f_send_headers(&self._c, id, fields.fields, fields.count, end_stream)
            else:
                error = self._send_both(id, &fields, body, end_stream)
            return self._check(error, id[0])
        finally:
            _free_fields(&fields)

    @cython.final
    cdef int _send_both(
        self, uint32_t *id, const _Fields *fields, bytes body, bint end_stream
    ) noexcept:
        cdef Py_ssize_t size = PyBytes_GET_SIZE(body)
        cdef void *owner = NULL if size < LEAST_REFERRED else <void *>body
        cdef int error = h2f_send_message(
            &self._c, id, fields.fields, fields.count, <const uint8_t *>PyBytes_AS_STRING(body),
            size, end_stream, owner)
        if owner != NULL and error == 0:
            Py_INCREF(body)
        return error

    @cython.critical_section
    def send_data(self, stream_id, data, end_stream=False):
        """Send content (RFC 9113 section 6.1). What the windows do not allow now waits, in order, and is
        sent when they do.

        :param data: any contiguous bytes-like object. ``bytes`` of 4 KiB and more are referred to, not
            copied.
        :param end_stream: whether this is the last of the stream; then it may be empty.
        :returns: octets of the stream that wait now. Whoever sends more while they are many fills
            memory.
        :raises QueueFullError: more would wait than ``max_queued``, on all streams together.
        :raises StreamClosedError: the stream is closed, or its sending side is.
        :raises LocalProtocolError: the stream was never opened, or its headers were not sent.
        """
        cdef uint32_t id = stream_id
        self._enter()
        self._send_content(id, data, end_stream)
        return h2f_queued(&self._c, id)

    @cython.final
    cdef int _send_content(self, uint32_t stream_id, data, bint end_stream) except -1:
        cdef Py_buffer view
        if type(data) is bytes:
            return self._send_bytes(stream_id, data, end_stream)
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            return self._check(
                h2f_send_data(
                    &self._c, stream_id, <const uint8_t *>view.buf, view.len, end_stream, NULL),
                stream_id)
        finally:
            PyBuffer_Release(&view)

    @cython.final
    cdef int _send_bytes(self, uint32_t stream_id, bytes data, bint end_stream) except -1:
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        cdef const uint8_t *octets = <const uint8_t *>PyBytes_AS_STRING(data)
        cdef int error
        if size < LEAST_REFERRED:
            error = h2f_send_data(&self._c, stream_id, octets, size, end_stream, NULL)
        else:
            Py_INCREF(data)
            error = h2f_send_data(&self._c, stream_id, octets, size, end_stream, <void *>data)
            if error < 0:
                Py_DECREF(data)
        return self._check(error, stream_id)

    @cython.critical_section
    def request(self, headers, body=b"", end_stream=True):
        """Send a request on a new stream (RFC 9113 section 8.3.1).

        :param headers: the fields, as for :meth:`send_headers`.
        :param body: content, any contiguous bytes-like object.
        :param end_stream: whether this is all of it.
        :returns: the stream's identifier.
        :raises TooManyStreamsError: the peer allows no more streams now.
        :raises QueueFullError: ``max_queued`` does not allow for the content.
        :raises LocalProtocolError: this is a server's side, a GOAWAY was sent or received, or there are
            no more identifiers; and the others of :meth:`send_headers`.
        """
        cdef uint32_t id = 0
        self._send_message(&id, headers, _octets(body), end_stream)
        return id

    @cython.critical_section
    def respond(self, stream_id, headers, body=b"", end_stream=True):
        """Send a response (RFC 9113 section 8.3.2).

        :param stream_id: the stream of the request, or one that :meth:`push` has returned.
        :param headers: the fields, as for :meth:`send_headers`.
        :param body: content, any contiguous bytes-like object.
        :param end_stream: whether this is all of it.
        :raises QueueFullError: ``max_queued`` does not allow for the content.
        :raises LocalProtocolError: an interim response with content; and those of
            :meth:`send_headers`.
        """
        cdef uint32_t id = stream_id
        if id == 0:
            raise LocalProtocolError("a response is sent on a stream (section 6.2)")
        self._send_message(&id, headers, _octets(body), end_stream)

    @cython.critical_section
    def push(self, stream_id, headers):
        """Promise a response to a request that the client has not made (RFC 9113 section 8.4), on the
        stream of one that it has.

        :param stream_id: the stream of a request whose response has not ended.
        :param headers: the fields of the promised request, as for :meth:`send_headers`: GET or HEAD.
        :returns: the identifier of the stream to respond on.
        :raises LocalProtocolError: this is a client's side, the client takes no pushes (its
            ``enable_push``) or no more after a GOAWAY, the stream is none of its requests', there are
            no more identifiers, or the fields are against RFC 9113 sections 8.3 and 8.4.
        :raises StreamClosedError: the stream is closed.
        """
        cdef _Fields fields
        cdef uint32_t promised = 0, id = stream_id
        viewed = _view_headers(headers, &fields)
        try:
            self._enter()
            self._check(h2f_send_push(&self._c, id, fields.fields, fields.count, &promised), id)
        finally:
            _free_fields(&fields)
        return promised

    @cython.critical_section
    def reset(self, stream_id, error_code=8):
        """End a stream at once (RFC 9113 section 6.4). What waits to be sent on it is dropped.

        :param error_code: why (section 7): CANCEL unless told otherwise.
        :raises StreamClosedError: the stream is closed.
        :raises LocalProtocolError: the stream was never opened.
        """
        self._enter()
        self._check(h2f_send_reset(&self._c, stream_id, error_code), stream_id)
        release_owners(&self._c.output)

    @cython.critical_section
    def ping(self, data):
        """Send a PING (RFC 9113 section 6.7). The answer is a PingAcknowledged with the same octets.

        :param data: a bytes-like object of eight octets.
        :raises ValueError: it has another length.
        """
        cdef bytes octets = _octets(data)
        self._enter()
        if len(octets) != 8:
            raise ValueError(f"a PING has 8 octets (section 6.7), not {len(octets)}")
        self._check(h2f_send_ping(&self._c, <const uint8_t *>PyBytes_AS_STRING(octets)), 0)

    @cython.critical_section
    def update_settings(self, **settings):
        """Announce new values of settings (RFC 9113 section 6.5); they are in force when the peer has
        acknowledged them, which is a SettingsAcknowledged.

        :param settings: values by names, which are those of the options.
        :raises TypeError: there is no such setting.
        :raises ValueError: a value is not from 0 to 2^32 - 1.
        :raises LocalProtocolError: a value is out of the setting's range (section 6.5.2), a server
            announces ``enable_push=1``, ``no_rfc7540_priorities`` would change, or
            ``enable_connect_protocol`` would be taken back (RFC 8441 section 3); a stream's window would
            pass 2^31 - 1; or the peer has left 32 SETTINGS without an answer.
        """
        cdef h2f_setting list[16]
        cdef size_t count = 0
        self._enter()
        for name, value in settings.items():
            if name not in _SETTINGS:
                raise TypeError(f"there is no setting {name!r}: there are {', '.join(_SETTINGS)}")
            list[count] = h2f_setting(_SETTINGS[name], _number(name, value, 0xFFFFFFFF))
            count += 1
        self._check(h2f_send_settings(&self._c, list, count), 0)

    @cython.critical_section
    def go_away(self, error_code=0, last_stream_id=None, debug_data=b""):
        """Say that no new streams are taken (RFC 9113 section 6.8). Those there go on, unless there
        is an error: then the connection is closed when the output is written.

        :param error_code: why (section 7); 0, NO_ERROR, unless given.
        :param last_stream_id: the highest stream of the peer's that is still looked at: the highest
            that there is, unless given. 2^31 - 1 announces a later GOAWAY. Open streams above it are
            closed: the peer takes them for requests that nobody has looked at. It is never more than
            the last GOAWAY has said.
        :param debug_data: a bytes-like object for whoever reads the peer's logs.
        :raises LocalProtocolError: the peer takes no frame that is so long.
        """
        cdef bytes debug = _octets(debug_data)
        cdef uint32_t last
        self._enter()
        last = self._c.highest_in if last_stream_id is None else last_stream_id
        self._check(
            h2f_send_goaway(
                &self._c, last, error_code, <const uint8_t *>PyBytes_AS_STRING(debug), len(debug)),
            0)

    @cython.critical_section
    def open_window(self, stream_id, increment):
        """Make a receive window larger for good (RFC 9113 section 6.9). What has been received goes
        back to it by :meth:`acknowledge`, not by this.

        :param stream_id: the stream; 0 for the connection's window.
        :param increment: octets, from 1.
        :raises LocalProtocolError: the increment is 0; the window would pass 2^31 - 1 with all that is
            not acknowledged; or the stream was never opened or is one that this side has promised and
            not answered.
        :raises StreamClosedError: the stream is closed.
        """
        self._enter()
        self._check(h2f_send_window_update(&self._c, stream_id, increment), stream_id)

    @cython.critical_section
    def update_priority(self, stream_id, field_value):
        """Send a client's wish for a stream, a Priority field value (RFC 9218 section 7). What the
        client itself sends on the stream goes by it too. About a stream that is closed nothing is
        sent.

        :param stream_id: a stream of the client's, which need not be open yet, or a promised one.
        :param field_value: the value, any contiguous bytes-like object, such as ``b"u=1, i"``. It is
            not checked; what is no dictionary means nothing to either side.
        :raises LocalProtocolError: a server's call; stream 0, or one that was never promised; more idle
            streams than the server lets be opened (section 7.1); a value that the server takes no
            frame for.
        """
        cdef bytes value = _octets(field_value)
        self._enter()
        self._check(
            h2f_send_priority_update(
                &self._c, stream_id, <const uint8_t *>PyBytes_AS_STRING(value), len(value)),
            stream_id)

    @cython.critical_section
    def set_priority(self, stream_id, urgency=None, incremental=None):
        """Say how urgent what this side sends on a stream is (RFC 9218 section 4), from its next frame
        on. Of a server, it counts before the client's wish (section 8), like a ``priority`` field in
        the response; what is not given stays as it is.

        :param urgency: 0, the most urgent, to 7.
        :param incremental: whether parts of the content are of use before the rest is there.
        :raises ValueError: the urgency is none of these.
        :raises LocalProtocolError: the scheduler knows no urgencies, or the stream was never opened.
        :raises StreamClosedError: the stream is closed.
        """
        cdef h2f_priority_field field
        self._enter()
        field.urgency = -1 if urgency is None else <int>_number("urgency", urgency, 7)
        field.incremental = -1 if incremental is None else 1 if incremental else 0
        self._check(h2f_set_priority(&self._c, stream_id, field), stream_id)

    @cython.critical_section
    def set_dependency(self, stream_id, depends_on=0, weight=16, exclusive=False):
        """Give a stream a place in the tree of RFC 7540 section 5.3.

        :param stream_id: an open stream.
        :param depends_on: a stream, or 0. One that is not known means the default priority.
        :param weight: 1 to 256.
        :param exclusive: whether those that depend on that stream depend on this one then.
        :raises LocalProtocolError: the scheduler has no tree, the weight is none of these, the stream
            would depend on itself, or was never opened.
        :raises OverflowError: the weight has more than 32 bits.
        :raises StreamClosedError: the stream is closed.
        """
        self._enter()
        self._check(
            h2f_set_dependency(&self._c, stream_id, depends_on, weight, bool(exclusive)), stream_id)

    @cython.critical_section
    def send_altsvc(self, stream_id, origin, field_value):
        """Send where else an origin is served (RFC 7838 section 4).

        :param stream_id: 0, or the stream of a request: then the origin is that of the request.
        :param origin: a bytes-like object, which is empty unless the stream is 0.
        :param field_value: the value of an Alt-Svc field, a bytes-like object.
        :raises LocalProtocolError: this is a client's side, there is an origin on a stream or none on
            stream 0, the peer takes no frame that is so long, or the stream was never opened or is one
            that this side has promised and not answered.
        :raises StreamClosedError: the stream is closed.
        """
        cdef bytes where = _octets(origin), value = _octets(field_value)
        self._enter()
        self._check(
            h2f_send_altsvc(
                &self._c, stream_id, <const uint8_t *>PyBytes_AS_STRING(where), len(where),
                <const uint8_t *>PyBytes_AS_STRING(value), len(value)),
            stream_id)

    @cython.critical_section
    def send_origin(self, origins):
        """Send the origins that this server can answer for (RFC 8336 section 2).

        :param origins: an iterable of bytes-like objects or ``str``, such as ``["https://a.example"]``.
        :raises ValueError: an origin has more than 65,535 octets.
        :raises LocalProtocolError: this is a client's side, or the peer takes no frame that is so long.
        """
        cdef list entries = []
        cdef bytes payload
        for origin in origins:
            entries.append(_origin_entry(origin))
        payload = b"".join(entries)
        self._enter()
        self._check(
            h2f_send_origin(
                &self._c, <const uint8_t *>PyBytes_AS_STRING(payload), len(payload)), 0)

    # ---------------------------------------------------------------------------- output

    @cython.final
    cdef int _fill_output(self, size_t most) except -1:
        self._enter()
        if self._choose is not None:
            return self._fill_by_choice(most)
        return self._check(h2f_pump(&self._c, most), 0)

    @cython.final
    cdef int _fill_by_choice(self, size_t most) except -1:
        """Asks the scheduler before each frame. What it raises leaves everything in its place."""
        self._busy = True
        try:
            while self._c.output.len < most:
                ready = self._ready()
                chosen = self._choose(ready) if ready else None
                if chosen is None:
                    break
                if not self._is_chosen(chosen):
                    raise LocalProtocolError(f"the scheduler chose {chosen!r}, which cannot send now")
                self._check(h2f_pump(&self._c, most), 0)
        finally:
            self._busy = False
        return 0

    @cython.final
    cdef bint _is_chosen(self, stream_id) except -1:
        if not isinstance(stream_id, int) or not 0 < stream_id <= 0x7FFFFFFF:
            return False
        return h2f_choose(&self._c, stream_id) == 0

    @cython.final
    cdef list _ready(self):
        cdef size_t i, most = self._c.schedule.ready
        cdef uint32_t *ids = <uint32_t *>PyMem_Malloc((most + 1) * sizeof(uint32_t))
        if ids == NULL:
            raise MemoryError()
        try:
            return [ids[i] for i in range(h2f_ready_streams(&self._c, ids, most))]
        finally:
            PyMem_Free(ids)

    @cython.critical_section
    def output(self, most=MOST_OUTPUT):
        """Take what is to be written to the peer, as ``bytes``. While content waits that may go out,
        there is more: call again until it is empty.

        :param most: octets after which no more content is added. What is taken cannot be overtaken
            any more by what is more urgent.
        :returns: all that there is then, which may be more: a frame is not cut, and what is no content
            does not wait.
        :raises OverflowError: ``most`` is negative or above 2^64 - 1.
        :raises LocalProtocolError: the scheduler, a callable, chose a stream that cannot send. What it
            raises itself comes out too. Nothing is lost by either.
        """
        self._fill_output(most)
        if self._c.output.len == 0:
            h2f_output_clear(&self._c.output)  # which gives a large buffer back
            return b""
        result = PyBytes_FromStringAndSize(NULL, self._c.output.len)
        h2f_output_read(
            &self._c.output, <uint8_t *>PyBytes_AS_STRING(result), PyBytes_GET_SIZE(result))
        self._taken()
        return result

    @cython.critical_section
    def output_into(self, buffer):
        """Take what is to be written to the peer, as far as it goes into a buffer.

        :param buffer: any contiguous bytes-like object that can be written to.
        :returns: how many octets it has now, from its beginning; 0 when there is nothing.
        :raises BufferError: it cannot be written to.
        :raises LocalProtocolError: see :meth:`output`.
        """
        cdef Py_buffer view
        cdef size_t size
        self._fill_output(MOST_OUTPUT)
        PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE)
        try:
            size = h2f_output_read(&self._c.output, <uint8_t *>view.buf, view.len)
        finally:
            PyBuffer_Release(&view)
        self._taken()
        return size

    @cython.critical_section
    def output_buffers(self, most=MOST_OUTPUT):
        """Take what is to be written to the peer, as a list of ``bytes`` and memoryviews for
        ``sendmsg`` or ``writelines``: large content is not copied.

        :param most: as for :meth:`output`, which also says what is raised.
        :returns: the list, which is empty where :meth:`output` is.
        """
        self._fill_output(most)
        buffers = take_buffers(&self._c.output)
        self._taken()
        return buffers

    @cython.final
    cdef int _taken(self) except -1:
        self._c.unsent_answers = min(self._c.unsent_answers, most_answers(self._c.output.len))
        release_owners(&self._c.output)
        return 0

    # --------------------------------------------------------------------------- HTTP/1.1

    @cython.critical_section
    def upgrade(self, settings=None):
        """Make the request of an upgraded HTTP/1.1 connection stream 1 (RFC 7540 section 3.2), which
        is whole; on a new connection. A server responds to it; a client gets the response.

        :param settings: a server's: the value of the client's HTTP2-Settings field, as ``bytes``.
        :returns: a client's: the value of that field, as ``bytes``; of a server, None.
        :raises ValueError: the value is no base64url.
        :raises LocalProtocolError: the settings are wrong, or the connection is not new.
        """
        cdef uint8_t own[6 * H2F_SETTINGS_KNOWN]
        cdef bytes octets = b""
        if settings is not None:
            if settings.translate(None, _BASE64URL):  # the decoder passes over what is none of it
                raise ValueError("HTTP2-Settings is base64url (RFC 7540 section 3.2.1)")
            octets = base64.urlsafe_b64decode(settings + b"=" * (-len(settings) % 4))
        self._enter()
        self._check(
            h2f_upgrade(&self._c, <const uint8_t *>PyBytes_AS_STRING(octets), len(octets)), 1)
        if not self._c.config.client:
            return None
        octets = _bytes(own, h2f_first_settings(&self._c.config, own))
        return base64.urlsafe_b64encode(octets).rstrip(b"=")

    # ----------------------------------------------------------------------------- state

    @property
    def counters(self):
        """What the limits count, a dict by their options' names: how near a peer has come to each.
        Where that is something about a header list, a SETTINGS frame or a stream with interim
        responses, it is of the last one. ``window_updates`` are all that came, of which
        ``fair_window_updates`` would not have counted as glitches."""
        return {
            "max_header_list_size": self._c.decoder.list_size,
            "max_header_fields": self._c.field_count,
            "max_continuations": self._c.continuations,
            "max_empty_continuations": self._c.empty_continuations,
            "max_settings_entries": self._c.settings_entries,
            "max_interim": self._c.interim,
            "max_resets": self._c.resets.spent,
            "max_own_resets": self._c.own_resets.spent,
            "max_glitches": self._c.glitches.spent,
            "max_small_data": self._c.small_data.spent,
            "max_unsent_answers": self._c.unsent_answers,
            "max_empty_data": self._c.empty_data,
            "max_pushed": self._c.reserved,
            "max_queued": self._c.queued,
            "max_concurrent_streams": self._c.open[1 - self._c.config.client],
            "max_encoder_table_size": self._c.encoder.table.size,
            "window_updates": self._c.window_updates_received,
            "fair_window_updates": (
                H2F_FAIR_UPDATES + H2F_FAIR_UPDATES_OF_A_STREAM * self._c.streams_opened
                + H2F_FAIR_UPDATES_OF_DATA * self._c.data_frames_sent),
        }

    @cython.critical_section
    def queued(self, stream_id):
        """Octets of content on a stream that wait to be sent; 0 of one that is not there."""
        self._look()
        return h2f_queued(&self._c, stream_id)

    @cython.critical_section
    def priority(self, stream_id):
        """How urgent what this side sends on a stream is: the client's wish, and what the server says
        to that, merged (RFC 9218 section 8), a ``h2fast.priority_field.Priority``.

        :raises LocalProtocolError: the scheduler knows no urgencies, the stream was never opened, or
            the connection is closed.
        :raises StreamClosedError: the stream is closed.
        """
        cdef h2f_stream *stream
        self._look()
        self._check(h2f_find_priority(&self._c, stream_id, &stream), stream_id)
        return _Priority(stream.urgency, stream.incremental == 1)

    @property
    def closed(self):
        """Whether the connection has ended: by a fault of the peer's, or by a GOAWAY of ours with an
        error."""
        return self._c.state == H2F_CONNECTION_CLOSED

    @property
    def draining(self):
        """Whether a GOAWAY was sent or received: there are no new streams, and those there go on."""
        return self._c.state == H2F_CONNECTION_DRAINING

    @property
    def open_inbound_streams(self):
        """How many streams of the peer's are open (RFC 9113 section 5.1.2)."""
        return self._c.open[1 - self._c.config.client]

    @property
    def open_outbound_streams(self):
        """How many streams of ours are open (RFC 9113 section 5.1.2)."""
        return self._c.open[self._c.config.client]

    @property
    def total_queued(self):
        """Octets of content on all streams that wait to be sent."""
        return self._c.queued

    @cython.critical_section
    def send_window(self, stream_id):
        """Octets of content that may be sent on a stream now (RFC 9113 section 5.2), as far as its
        window and the connection's go; on stream 0, as far as the connection's does. It is negative
        where a setting has made the window smaller (section 6.9.2).

        :raises StreamClosedError: the stream is not there: it is closed, or was never opened.
        """
        cdef const h2f_stream *stream
        self._look()
        if stream_id == 0:
            return self._c.send_window
        stream = h2f_streams_find(&self._c.streams, stream_id)
        if stream == NULL:
            raise StreamClosedError(f"stream {stream_id} is not open", 5, stream_id)
        return min(self._c.send_window, self._c.remote.value[4] + stream.send_window)

    @cython.critical_section
    def receive_window(self, stream_id):
        """Octets of content that the peer may send on a stream now (RFC 9113 section 5.2), as far as
        its window and the connection's go; on stream 0, as far as the connection's does. It is what
        was not received, and what :meth:`acknowledge` has given back. It is negative where a setting
        of ours that the peer has acknowledged has made the window smaller (section 6.9.2).

        :raises StreamClosedError: the stream is not there: it is closed, or was never opened.
        """
        cdef const h2f_stream *stream
        cdef int64_t window = H2F_DEFAULT_WINDOW + self._c.receive_window.size
        self._look()
        if stream_id == 0:
            return window
        stream = h2f_streams_find(&self._c.streams, stream_id)
        if stream == NULL:
            raise StreamClosedError(f"stream {stream_id} is not open", 5, stream_id)
        return min(window, self._c.local.value[4] + stream.receive_window.size)

    @cython.critical_section
    def peer_setting(self, name):
        """The value of a setting of the peer's that is in force (RFC 9113 section 6.5.2); 2^32 - 1 of
        a limit that it has not set.

        :param name: as for :meth:`update_settings`.
        :raises ValueError: there is no such setting.
        """
        if name not in _SETTINGS:
            raise ValueError(f"there is no setting {name!r}: there are {', '.join(_SETTINGS)}")
        return self._c.remote.value[<int>_SETTINGS[name]]


cdef int _set_option(h2f_config *config, str name, value) except -1:
    cdef h2f_setting setting
    cdef h2f_bucket *bucket
    if name in _SETTINGS:
        setting = h2f_setting(_SETTINGS[name], _number(name, value, 0xFFFFFFFF))
        if h2f_setting_check(setting) < 0:
            raise ValueError(f"{name} cannot be {value} (RFC 9113 section 6.5.2)")
        config.settings.value[setting.id] = setting.value
    elif name in ("max_resets", "max_own_resets", "max_glitches", "max_small_data"):
        bucket = (
            &config.resets if name == "max_resets" else
            &config.own_resets if name == "max_own_resets" else
            &config.glitches if name == "max_glitches" else &config.small_data)
        capacity, refill = value
        bucket.capacity = _number(name, capacity, 0xFFFFFFFF)
        bucket.refill = _number(name, refill, 0xFFFFFFFF)
    elif name == "max_encoder_table_size":
        config.max_encoder_table_size = _number(name, value, 0xFFFFFFFF)
    elif name == "max_queued":
        config.max_queued = _number(name, value, 0xFFFFFFFFFFFFFFFF)
    elif name == "max_header_fields":
        config.max_header_fields = _number(name, value, 0xFFFFFFFF)
    elif name == "max_continuations":
        config.max_continuations = _number(name, value, 0xFFFFFFFF)
    elif name == "max_empty_continuations":
        config.max_empty_continuations = _number(name, value, 0xFFFFFFFF)
    elif name == "max_unsent_answers":
        config.max_unsent_answers = _number(name, value, 0xFFFFFFFF)
    elif name == "max_settings_entries":
        config.max_settings_entries = _number(name, value, 0xFFFFFFFF)
    elif name == "max_empty_data":
        config.max_empty_data = _number(name, value, 0xFFFFFFFF)
    elif name == "max_interim":
        config.max_interim = _number(name, value, 0xFFFFFFFF)
    elif name == "max_pushed":
        config.max_pushed = _number(name, value, 0xFFFFFFFF)
    else:
        raise TypeError(f"Connection has no option {name!r}")
    return 0


cdef int64_t _read_clock(void *context) noexcept:
    """Milliseconds by a connection's own clock, which has stopped when it raises."""
    cdef Connection connection = <Connection>context
    cdef double seconds
    if connection._clock_error is None:
        try:
            seconds = connection._clock()
            if not -1e12 < seconds < 1e12:
                raise ValueError(f"the clock of a connection says {seconds}")
            connection._time = <int64_t>(seconds * 1000) or 1  # at 0, a bucket was never looked at
        except BaseException as error:
            connection._clock_error = error
    return connection._time


cdef bytes _octets(data):
    """What is in a bytes-like object."""
    cdef Py_buffer view
    if type(data) is bytes:
        return data
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        return PyBytes_FromStringAndSize(<const char *>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef bytes _origin_entry(origin):
    octets = origin.encode() if type(origin) is str else _octets(origin)
    if len(octets) > 0xFFFF:
        raise ValueError(f"an origin has at most 65535 octets (RFC 8336 section 2.1), not {len(octets)}")
    return len(octets).to_bytes(2, "big") + octets


cdef inline bytes _bytes(const uint8_t *octets, size_t size):
    return PyBytes_FromStringAndSize(<const char *>octets, size)


cdef object _headers_event(const h2f_event *event, list headers):
    cdef RequestReceived request
    cdef ResponseReceived response
    cdef TrailersReceived trailers
    cdef InformationalResponseReceived interim
    if event.section == H2F_IS_REQUEST:
        request = RequestReceived.__new__(RequestReceived)
        request.stream_id, request.headers = event.stream_id, headers
        request.stream_ended = event.end_stream
        return request
    if event.section == H2F_IS_RESPONSE:
        response = ResponseReceived.__new__(ResponseReceived)
        response.stream_id, response.headers = event.stream_id, headers
        response.stream_ended = event.end_stream
        return response
    if event.section == H2F_IS_TRAILERS:
        trailers = TrailersReceived.__new__(TrailersReceived)
        trailers.stream_id, trailers.headers = event.stream_id, headers
        return trailers
    interim = InformationalResponseReceived.__new__(InformationalResponseReceived)
    interim.stream_id, interim.headers = event.stream_id, headers
    return interim


cdef object _push_event(const h2f_event *event, list headers):
    cdef PushReceived push = PushReceived.__new__(PushReceived)
    push.stream_id, push.headers = event.stream_id, headers
    push.promised_stream_id = event.frame.other_stream_id
    return push


cdef list _read_settings(const h2f_frame *frame):
    cdef const uint8_t *p = frame.data
    cdef size_t at
    cdef list settings = []
    for at in range(0, frame.data_len, 6):
        settings.append((<int>h2f_load_be16(p + at), h2f_load_be32(p + at + 2)))
    return settings


cdef list _read_origins(const h2f_frame *frame):
    """Those that are complete (RFC 8336 section 2.1)."""
    cdef list origins = []
    cdef size_t at = 0, size
    while at + 2 <= frame.data_len:
        size = h2f_load_be16(frame.data + at)
        at += 2
        if size > frame.data_len - at:
            break
        origins.append(_bytes(frame.data + at, size))
        at += size
    return origins


cdef object _other_event(const h2f_event *event):
    """The events that come seldom."""
    cdef const h2f_frame *frame = &event.frame
    cdef StreamReset reset
    cdef SettingsReceived settings
    cdef WindowUpdated window
    cdef PingReceived ping
    cdef PingAcknowledged pong
    if event.type == H2F_EVENT_WINDOW:
        window = WindowUpdated.__new__(WindowUpdated)
        window.stream_id, window.increment = event.stream_id, frame.window_increment
        return window
    if event.type == H2F_EVENT_RESET:
        reset = StreamReset.__new__(StreamReset)
        reset.stream_id, reset.error_code = event.stream_id, frame.error_code
        reset.remote = event.remote
        return reset
    if event.type == H2F_EVENT_SETTINGS:
        settings = SettingsReceived.__new__(SettingsReceived)
        settings.settings = _read_settings(frame)
        return settings
    if event.type == H2F_EVENT_SETTINGS_ACK:
        return SettingsAcknowledged.__new__(SettingsAcknowledged)
    if event.type == H2F_EVENT_PING:
        ping = PingReceived.__new__(PingReceived)
        ping.data = _bytes(frame.data, 8)
        return ping
    if event.type == H2F_EVENT_PING_ACK:
        pong = PingAcknowledged.__new__(PingAcknowledged)
        pong.data = _bytes(frame.data, 8)
        return pong
    return _extension_event(event)


cdef object _extension_event(const h2f_event *event):
    cdef const h2f_frame *frame = &event.frame
    cdef GoAwayReceived goaway
    cdef PriorityReceived priority
    cdef PriorityUpdateReceived update
    cdef AltSvcReceived altsvc
    cdef OriginReceived origin
    cdef UnknownFrameReceived unknown
    if event.type == H2F_EVENT_GOAWAY:
        goaway = GoAwayReceived.__new__(GoAwayReceived)
        goaway.last_stream_id, goaway.error_code = frame.other_stream_id, frame.error_code
        goaway.debug_data = _bytes(frame.data, frame.data_len)
        return goaway
    if event.type == H2F_EVENT_PRIORITY:
        priority = PriorityReceived.__new__(PriorityReceived)
        priority.stream_id, priority.depends_on = event.stream_id, frame.depends_on
        priority.weight, priority.exclusive = frame.weight + 1, frame.exclusive
        return priority
    if event.type == H2F_EVENT_PRIORITY_UPDATE:
        update = PriorityUpdateReceived.__new__(PriorityUpdateReceived)
        update.prioritized_stream_id = frame.other_stream_id
        update.field_value = _bytes(frame.data, frame.data_len)
        return update
    if event.type == H2F_EVENT_ALTSVC:
        altsvc = AltSvcReceived.__new__(AltSvcReceived)
        altsvc.stream_id = event.stream_id
        altsvc.origin = _bytes(frame.origin, frame.origin_len)
        altsvc.field_value = _bytes(frame.data, frame.data_len)
        return altsvc
    if event.type == H2F_EVENT_ORIGIN:
        origin = OriginReceived.__new__(OriginReceived)
        origin.origins = _read_origins(frame)
        return origin
    unknown = UnknownFrameReceived.__new__(UnknownFrameReceived)
    unknown.stream_id, unknown.type, unknown.flags = event.stream_id, frame.type, frame.flags
    unknown.payload = _bytes(frame.data, frame.data_len)
    return unknown


Connection.__module__ = "h2fast"
