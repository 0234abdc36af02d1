# A stream, with its state in C. Part of _h2.pyx.

# What an int of the C state stands for. None is UNSET.
cdef enum:
    UNSET = -1

cdef list _STATES = list(StreamState)
cdef list _CLOSED_BY = list(StreamClosedBy)

cdef enum:
    IDLE = 0
    RESERVED_REMOTE = 1
    RESERVED_LOCAL = 2
    OPEN = 3
    HALF_CLOSED_REMOTE = 4
    HALF_CLOSED_LOCAL = 5
    CLOSED = 6

cdef tuple _MACHINE_STATE = (
    "state", "client", "headers_sent", "trailers_sent", "headers_received", "trailers_received",
    "stream_closed_by")

cdef enum:
    BY_SENT_END = 0
    BY_RECEIVED_END = 1
    BY_SENT_RESET = 2
    BY_RECEIVED_RESET = 3


# A receive window, as WindowManager has it.
cdef struct window:
    int64_t most
    int64_t size
    int64_t processed


cdef inline bint _is_open(int state) noexcept:
    """RFC 9113 section 5.1.2; reserved streams do not count."""
    return state == OPEN or state == HALF_CLOSED_REMOTE or state == HALF_CLOSED_LOCAL


cdef inline object _flag(signed char flag):
    return None if flag == UNSET else flag == 1


cdef inline signed char _from_flag(value) except -2:
    return UNSET if value is None else bool(value)


@cython.final
cdef class _Shared:
    """What the streams of a connection have in common: how many are open, which have closed and are
    still there, and the part of their windows that a setting changes for all of them at once."""

    cdef uint32_t members
    cdef uint32_t open[2]  # of even and of odd identifiers
    cdef uint32_t reserved  # promised by the peer, and not answered yet
    cdef list closed       # identifiers of streams that have closed
    cdef int64_t send_base
    cdef int64_t receive_base
    cdef int64_t most_sendable  # no stream's send window is more above the base
    cdef int64_t max_frame_size  # of all streams that were there when it was set
    cdef uint32_t max_frame_size_set  # how often

    def __cinit__(self):
        self.closed = []


class _StreamMachine(H2StreamStateMachine):
    """The state machine of a stream: its state is the stream's."""

    def __init__(self, H2Stream stream not None):
        self._stream = stream

    @property
    def stream_id(self):
        return (<H2Stream?>self._stream).stream_id

    @property
    def state(self):
        return _STATES[(<H2Stream?>self._stream).state]

    @state.setter
    def state(self, value):
        (<H2Stream?>self._stream).enter(StreamState(value))

    @property
    def client(self):
        return _flag((<H2Stream?>self._stream).client)

    @client.setter
    def client(self, value):
        (<H2Stream?>self._stream).client = _from_flag(value)

    @property
    def headers_sent(self):
        return _flag((<H2Stream?>self._stream).headers_sent)

    @headers_sent.setter
    def headers_sent(self, value):
        (<H2Stream?>self._stream).headers_sent = _from_flag(value)

    @property
    def trailers_sent(self):
        return _flag((<H2Stream?>self._stream).trailers_sent)

    @trailers_sent.setter
    def trailers_sent(self, value):
        (<H2Stream?>self._stream).trailers_sent = _from_flag(value)

    @property
    def headers_received(self):
        return _flag((<H2Stream?>self._stream).headers_received)

    @headers_received.setter
    def headers_received(self, value):
        (<H2Stream?>self._stream).headers_received = _from_flag(value)

    @property
    def trailers_received(self):
        return _flag((<H2Stream?>self._stream).trailers_received)

    @trailers_received.setter
    def trailers_received(self, value):
        (<H2Stream?>self._stream).trailers_received = _from_flag(value)

    @property
    def stream_closed_by(self):
        return (<H2Stream?>self._stream).closed_by

    @stream_closed_by.setter
    def stream_closed_by(self, value):
        (<H2Stream?>self._stream).how_closed = UNSET if value is None else value.value


class _Window(WindowManager):
    """The receive window of a stream or a connection: its numbers are the owner's."""

    def __init__(self, owner):
        self._owner = owner

    @property
    def max_window_size(self):
        return self._owner._window()[0]

    @max_window_size.setter
    def max_window_size(self, value):
        self._owner._set_window(value, None, None)

    @property
    def current_window_size(self):
        return self._owner._window()[1]

    @current_window_size.setter
    def current_window_size(self, value):
        self._owner._set_window(None, value, None)

    @property
    def _bytes_processed(self):
        return self._owner._window()[2]

    @_bytes_processed.setter
    def _bytes_processed(self, value):
        self._owner._set_window(None, None, value)


def _copy_window(owner, window):
    """Takes the numbers of another WindowManager."""
    owner._set_window(window.max_window_size, window.current_window_size, window._bytes_processed)


# The first line of the docstring is the signature, for inspect on CPython 3.11 and older, which does
# not look at __init__.
cdef class H2Stream:
    """H2Stream(stream_id, config, inbound_window_size, outbound_window_size)\n--\n
    One stream: what may be sent and received on it now, and what is known of its messages.

    Connections make them. The methods return what is to be sent, as frames of hyperframe, and what
    happened, as events; they do not look at the connection.
    """

    cdef public object config
    cdef public object request_method
    cdef public object _authority
    cdef public int64_t stream_id
    cdef signed char state
    cdef signed char client  # these five: UNSET, 0 or 1
    cdef signed char headers_sent
    cdef signed char trailers_sent
    cdef signed char headers_received
    cdef signed char trailers_received
    cdef signed char how_closed
    cdef uint32_t interim_received
    cdef uint64_t interim_octets  # of their header lists together
    cdef int64_t own_max_frame_size  # UNSET, or what a frame's payload may have in octets
    cdef uint32_t max_frame_size_set  # what it was for all streams when this was set
    cdef int64_t expected_length
    cdef int64_t actual_length
    cdef int64_t send_window  # both windows: above what is shared, if anything is
    cdef window receive_window
    cdef _Shared shared  # None of a stream that is in no connection
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self.client = self.headers_sent = self.trailers_sent = UNSET
        self.headers_received = self.trailers_received = self.how_closed = UNSET
        self.own_max_frame_size = self.expected_length = UNSET

    # ------------------------------------------------------------------- its connection

    cdef int enter(self, int state) except -1:
        """Goes into a state, and counts."""
        cdef int before = self.state
        self.state = state
        if self.shared is not None:
            self.shared.open[self.stream_id % 2] += _is_open(state)
            self.shared.open[self.stream_id % 2] -= _is_open(before)
            self.shared.reserved += state == RESERVED_REMOTE
            self.shared.reserved -= before == RESERVED_REMOTE
            if state == CLOSED and before != CLOSED:
                self.shared.closed.append(self.stream_id)
        return 0

    cdef int join(self, _Shared shared) except -1:
        """Becomes one of a connection's streams."""
        self.leave()
        self.send_window -= shared.send_base
        self.receive_window.most -= shared.receive_base
        self.receive_window.size -= shared.receive_base
        self.shared = shared
        self.max_frame_size_set = shared.max_frame_size_set
        shared.most_sendable = max(shared.most_sendable, self.send_window)
        shared.members += 1
        shared.open[self.stream_id % 2] += _is_open(self.state)
        shared.reserved += self.state == RESERVED_REMOTE
        if self.state == CLOSED:
            shared.closed.append(self.stream_id)
        return 0

    cdef int leave(self) except -1:
        """Is none of a connection's streams any more."""
        cdef _Shared shared = self.shared
        if shared is None:
            return 0
        self.own_max_frame_size = self.max_frame_size()
        self.shared = None
        self.send_window += shared.send_base
        self.receive_window.most += shared.receive_base
        self.receive_window.size += shared.receive_base
        shared.members -= 1
        shared.open[self.stream_id % 2] -= _is_open(self.state)
        shared.reserved -= self.state == RESERVED_REMOTE
        return 0

    cdef inline int64_t send_base(self) noexcept:
        return 0 if self.shared is None else self.shared.send_base

    cdef inline int64_t receive_base(self) noexcept:
        return 0 if self.shared is None else self.shared.receive_base

    cdef inline int64_t max_frame_size(self) noexcept:
        """Its own, unless it was set for all streams later."""
        if self.shared is None or self.max_frame_size_set == self.shared.max_frame_size_set:
            return self.own_max_frame_size
        return self.shared.max_frame_size

    cdef inline void set_max_frame_size(self, int64_t octets) noexcept:
        self.own_max_frame_size = octets
        if self.shared is not None:
            self.max_frame_size_set = self.shared.max_frame_size_set

    # ----------------------------------------------------------------------- attributes

    @property
    def state_machine(self):
        """The state, as an :class:`H2StreamStateMachine`."""
        return _StreamMachine(self)

    @state_machine.setter
    def state_machine(self, machine):
        own = _StreamMachine(self)
        for name in _MACHINE_STATE:
            setattr(own, name, getattr(machine, name))

    @property
    def open(self):
        """Whether the stream counts as one that is open (RFC 9113 section 5.1.2)."""
        return _is_open(self.state)

    @property
    def closed(self):
        """Whether the stream is closed."""
        return self.state == CLOSED

    @property
    def closed_by(self):
        """What closed the stream, a :class:`StreamClosedBy`; None where nothing or a fault did."""
        return None if self.how_closed == UNSET else _CLOSED_BY[self.how_closed]

    @property
    def max_outbound_frame_size(self):
        """The longest payload in octets that the peer takes, as far as it is known."""
        octets = self.max_frame_size()
        return None if octets == UNSET else octets

    @max_outbound_frame_size.setter
    def max_outbound_frame_size(self, octets):
        self.set_max_frame_size(UNSET if octets is None else octets)

    @property
    def outbound_flow_control_window(self):
        """Octets that may be sent on the stream, as far as its own window goes."""
        return self.send_base() + self.send_window

    @outbound_flow_control_window.setter
    def outbound_flow_control_window(self, octets):
        self.send_window = octets - self.send_base()
        if self.shared is not None:
            self.shared.most_sendable = max(self.shared.most_sendable, self.send_window)

    @property
    def inbound_flow_control_window(self):
        """Octets that the peer may send on the stream, as far as its own window goes."""
        return self.receive_base() + self.receive_window.size

    @property
    def _inbound_window_manager(self):
        return _Window(self)

    @_inbound_window_manager.setter
    def _inbound_window_manager(self, window):
        _copy_window(self, window)

    @property
    def _expected_content_length(self):
        return None if self.expected_length == UNSET else self.expected_length

    @_expected_content_length.setter
    def _expected_content_length(self, octets):
        self.expected_length = UNSET if octets is None else octets

    @property
    def _actual_content_length(self):
        return self.actual_length

    @_actual_content_length.setter
    def _actual_content_length(self, octets):
        self.actual_length = octets

    def _window(self):
        base = self.receive_base()
        return (
            base + self.receive_window.most, base + self.receive_window.size,
            self.receive_window.processed)

    def _set_window(self, most, size, processed):
        base = self.receive_base()
        if most is not None:
            self.receive_window.most = most - base
        if size is not None:
            self.receive_window.size = size - base
        if processed is not None:
            self.receive_window.processed = processed

    # -------------------------------------------------------------------------- sending

    def upgrade(self, client_side):
        """Become the stream of the request that an HTTP/1.1 connection was upgraded with."""
        self.config.logger.debug("Upgrading %r", self)
        assert self.stream_id == 1
        _StreamMachine(self).process_input(
            StreamInputs.UPGRADE_CLIENT if client_side else StreamInputs.UPGRADE_SERVER)

    def send_headers(self, headers, encoder, end_stream=False):
        """The frames of a header section: a request, a response, an interim response or trailers.

        :raises ProtocolError: there can be none now, or it breaks a rule.
        """
        self.config.logger.debug("Send headers %s on %r", headers, self)
        input_ = StreamInputs.SEND_HEADERS
        octets = utf8_encode_headers(headers)
        machine = _StreamMachine(self)
        if self.client != 1 and is_informational_response(octets):
            if end_stream:
                raise ProtocolError("Cannot set END_STREAM on informational responses.")
            input_ = StreamInputs.SEND_INFORMATIONAL_HEADERS
        events = machine.process_input(input_)
        frames = self._build_headers_frames(
            octets, encoder, HeadersFrame(self.stream_id), self._build_hdr_validation_flags(events))
        if end_stream:
            machine.process_input(StreamInputs.SEND_END_STREAM)
            frames[0].flags.add("END_STREAM")
        if self.trailers_sent == 1 and not end_stream:
            raise ProtocolError("Trailers must have END_STREAM set.")
        if self.client == 1 and self._authority is None:
            self._authority = authority_from_headers(octets)
        self.request_method = extract_method_header(octets)
        return frames

    def push_stream_in_band(self, related_stream_id, headers, encoder):
        """The frames that promise, on this stream, a response on another one."""
        self.config.logger.debug("Push stream %r", self)
        events = _StreamMachine(self).process_input(StreamInputs.SEND_PUSH_PROMISE)
        frame = PushPromiseFrame(self.stream_id)
        frame.promised_stream_id = related_stream_id
        return self._build_headers_frames(
            utf8_encode_headers(headers), encoder, frame, self._build_hdr_validation_flags(events))

    def locally_pushed(self):
        """Become a stream that this end has promised. There is nothing to send."""
        events = _StreamMachine(self).process_input(StreamInputs.SEND_PUSH_PROMISE)
        assert not events
        return []

    def send_data(self, data, end_stream=False, pad_length=None):
        """The frame of a piece of content. Only the state is looked at, not the windows."""
        self.config.logger.debug("Send data on %r with end stream set to %s", self, end_stream)
        machine = _StreamMachine(self)
        machine.process_input(StreamInputs.SEND_DATA)
        frame = DataFrame(self.stream_id)
        frame.data = data.tobytes() if isinstance(data, memoryview) else data
        if end_stream:
            machine.process_input(StreamInputs.SEND_END_STREAM)
            frame.flags.add("END_STREAM")
        if pad_length is not None:
            frame.flags.add("PADDED")
            frame.pad_length = pad_length
        length = frame.flow_controlled_length
        self.send_window -= length
        assert self.outbound_flow_control_window >= 0 or length == 0
        return [frame]

    def end_stream(self):
        """The frame that ends the message without any content."""
        self.config.logger.debug("End stream %r", self)
        _StreamMachine(self).process_input(StreamInputs.SEND_END_STREAM)
        frame = DataFrame(self.stream_id)
        frame.flags.add("END_STREAM")
        return [frame]

    def advertise_alternative_service(self, field_value):
        """The frame that says where else the stream's origin is served (RFC 7838)."""
        self.config.logger.debug(
            "Advertise alternative service of %r for %r", field_value, self)
        _StreamMachine(self).process_input(StreamInputs.SEND_ALTERNATIVE_SERVICE)
        frame = AltSvcFrame(self.stream_id)
        frame.field = field_value
        return [frame]

    def increase_flow_control_window(self, increment):
        """The frame that lets the peer send so many octets more."""
        self.config.logger.debug("Increase flow control window for %r by %d", self, increment)
        _StreamMachine(self).process_input(StreamInputs.SEND_WINDOW_UPDATE)
        _Window(self).window_opened(increment)
        frame = WindowUpdateFrame(self.stream_id)
        frame.window_increment = increment
        return [frame]

    def reset_stream(self, error_code=0):
        """The frame that ends the stream early."""
        self.config.logger.debug("Local reset %r with error code: %d", self, error_code)
        _StreamMachine(self).process_input(StreamInputs.SEND_RST_STREAM)
        frame = RstStreamFrame(self.stream_id)
        frame.error_code = error_code
        return [frame]

    def acknowledge_received_data(self, acknowledged_size):
        """The frame, where it is time for one, that gives processed octets back to the peer."""
        self.config.logger.debug(
            "Acknowledge received data with size %d on %r", acknowledged_size, self)
        increment = _Window(self).process_bytes(acknowledged_size)
        if not increment:
            return []
        frame = WindowUpdateFrame(self.stream_id)
        frame.window_increment = increment
        return [frame]

    # ------------------------------------------------------------------------ receiving

    def receive_push_promise_in_band(self, promised_stream_id, headers, header_encoding):
        """Take a promise that was received on this stream."""
        self.config.logger.debug(
            "Receive Push Promise on %r for remote stream %d", self, promised_stream_id)
        events = _StreamMachine(self).process_input(StreamInputs.RECV_PUSH_PROMISE)
        event = events[0]
        event.pushed_stream_id = promised_stream_id
        event.headers = self._process_received_headers(
            headers, self._build_hdr_validation_flags(events), header_encoding)
        return [], events

    def remotely_pushed(self, pushed_headers):
        """Become a stream that the peer has promised. There is nothing to send."""
        self.config.logger.debug("%r pushed by remote peer", self)
        events = _StreamMachine(self).process_input(StreamInputs.RECV_PUSH_PROMISE)
        self._authority = authority_from_headers(pushed_headers)
        return [], events

    def receive_headers(self, headers, end_stream, header_encoding):
        """Take a header section: a request, a response, an interim response or trailers.

        :raises ProtocolError: there can be none now, or it breaks a rule.
        """
        input_ = StreamInputs.RECV_HEADERS
        if is_informational_response(headers):
            if end_stream:
                raise ProtocolError("Cannot set END_STREAM on informational responses")
            input_ = StreamInputs.RECV_INFORMATIONAL_HEADERS
        machine = _StreamMachine(self)
        events = machine.process_input(input_)
        event = events[0]
        if end_stream:
            ended = machine.process_input(StreamInputs.RECV_END_STREAM)
            event.stream_ended = ended[0]
            events += ended
        self._initialize_content_length(headers)
        if isinstance(event, TrailersReceived) and not end_stream:
            raise ProtocolError("Trailers must have END_STREAM set")
        event.headers = self._process_received_headers(
            headers, self._build_hdr_validation_flags(events), header_encoding)
        return [], events

    def receive_data(self, data, end_stream, flow_control_len):
        """Take content.

        :raises FlowControlError: the window does not allow so much.
        :raises InvalidBodyLengthError: content-length says something else.
        """
        self.config.logger.debug(
            "Receive data on %r with end stream %s and flow control length "
            "set to %d", self, end_stream, flow_control_len)
        machine = _StreamMachine(self)
        events = machine.process_input(StreamInputs.RECV_DATA)
        event = events[0]
        _Window(self).window_consumed(flow_control_len)
        self._track_content_length(len(data), end_stream)
        if end_stream:
            ended = machine.process_input(StreamInputs.RECV_END_STREAM)
            event.stream_ended = ended[0]
            events.extend(ended)
        event.data = data
        event.flow_controlled_length = flow_control_len
        return [], events

    def receive_window_update(self, increment):
        """Take more room to send. Too much of it is a fault of the stream (RFC 9113 section 6.9.1)."""
        self.config.logger.debug("Receive Window Update on %r for increment of %d", self, increment)
        events = _StreamMachine(self).process_input(StreamInputs.RECV_WINDOW_UPDATE)
        if not events:
            return [], events
        events[0].delta = increment
        try:
            self.outbound_flow_control_window = guard_increment_window(
                self.outbound_flow_control_window, increment)
        except FlowControlError:
            events = [StreamReset(
                stream_id=self.stream_id, error_code=ErrorCodes.FLOW_CONTROL_ERROR,
                remote_reset=False)]
            return self.reset_stream(ErrorCodes.FLOW_CONTROL_ERROR), events
        return [], events

    def receive_continuation(self):
        """Refuse a CONTINUATION frame that continues nothing (RFC 9113 section 6.10)."""
        self.config.logger.debug("Receive Continuation frame on %r", self)
        _StreamMachine(self).process_input(StreamInputs.RECV_CONTINUATION)
        raise AssertionError("Should not be reachable")

    def receive_alt_svc(self, frame):
        """Take where else the stream's origin is served; of another origin, it is ignored."""
        self.config.logger.debug("Receive Alternative Service frame on stream %r", self)
        if frame.origin:
            return [], []
        events = _StreamMachine(self).process_input(StreamInputs.RECV_ALTERNATIVE_SERVICE)
        if events:
            events[0].origin = self._authority
            events[0].field_value = frame.field
        return [], events

    def stream_reset(self, frame):
        """Take an early end of the stream."""
        self.config.logger.debug(
            "Remote reset %r with error code: %d", self, frame.error_code)
        events = _StreamMachine(self).process_input(StreamInputs.RECV_RST_STREAM)
        if events:
            events[0].error_code = _error_code_from_int(frame.error_code)
        return [], events

    # -------------------------------------------------------------------------- headers

    def _build_hdr_validation_flags(self, events):
        """What a header section is, by the event of it, for the rules."""
        event = events[0]
        return HeaderValidationFlags(
            is_client=self.client == 1,
            is_trailer=isinstance(event, (_TrailersSent, TrailersReceived)),
            is_response_header=isinstance(
                event, (_ResponseSent, ResponseReceived, InformationalResponseReceived)),
            is_push_promise=isinstance(event, (PushedStreamReceived, _PushedRequestSent)),
        )

    def _build_headers_frames(self, headers, encoder, first_frame, hdr_validation_flags):
        """A header section as frames. All of it is checked before any is encoded, so what is refused
        leaves no trace in the compression."""
        if self.config.normalize_outbound_headers:
            headers = normalize_outbound_headers(
                headers, hdr_validation_flags, self.config.split_outbound_cookies)
        if self.config.validate_outbound_headers:
            headers = validate_outbound_headers(headers, hdr_validation_flags)
        block = encoder.encode(list(headers))
        most = self.max_outbound_frame_size or 0
        parts = []
        for at in range(0, len(block), most):
            parts.append(block[at:at + most])
        frames = [first_frame]
        first_frame.data = parts[0]
        for part in parts[1:]:
            frame = ContinuationFrame(self.stream_id)
            frame.data = part
            frames.append(frame)
        frames[-1].flags.add("END_HEADERS")
        return frames

    def _process_received_headers(self, headers, header_validation_flags, header_encoding):
        """A received header section as it is reported."""
        if self.config.normalize_inbound_headers:
            headers = normalize_inbound_headers(headers, header_validation_flags)
        if self.config.validate_inbound_headers:
            headers = validate_headers(headers, header_validation_flags)
        if isinstance(header_encoding, str):
            headers = _decode_headers(headers, header_encoding)
        return list(headers)

    def _initialize_content_length(self, headers):
        """Remember the content-length (RFC 9110 section 8.6). The answer to HEAD has no content."""
        if self.request_method == b"HEAD":
            self.expected_length = 0
            return
        length = None
        for name, value in headers:
            if name == b"content-length":
                if not value.isdigit():
                    raise ProtocolError(f"Invalid content-length header: {value!r}")
                try:
                    number = int(value, 10)
                except ValueError as error:
                    raise ProtocolError(f"Invalid content-length header: {value!r}") from error
                if length is not None and number != length:
                    raise ProtocolError(
                        f"Conflicting content-length headers: {length} and {number}")
                length = number
        # No content gets as long as what does not fit.
        self.expected_length = UNSET if length is None else min(length, _LONGEST)

    def _track_content_length(self, length, end_stream):
        """Count content.

        :raises InvalidBodyLengthError: it is longer than content-length says, or ends before.
        """
        self.actual_length += length
        cdef int64_t expected = self.expected_length, actual = self.actual_length
        if expected != UNSET and (expected < actual or (end_stream and expected != actual)):
            raise InvalidBodyLengthError(expected, actual)

    def _inbound_flow_control_change_from_settings(self, delta):
        """Change the receive window as SETTINGS_INITIAL_WINDOW_SIZE has changed."""
        most = self.receive_window.most + delta
        _Window(self).window_opened(delta)
        self.receive_window.most = most


cdef object _LONGEST = 2 ** 63 - 1


# Functions, as upstream's are, for whoever looks at their signatures.

def _init_stream(self, stream_id, config, inbound_window_size, outbound_window_size):
    """A stream that is idle."""
    cdef H2Stream stream = <H2Stream?>self
    stream.stream_id = stream_id
    stream.config = config
    stream.send_window = outbound_window_size
    stream.receive_window.most = stream.receive_window.size = inbound_window_size


def _repr_stream(self):
    cdef H2Stream stream = <H2Stream?>self
    return f"<{type(self).__name__} id:{stream.stream_id} state:{_STATES[stream.state]!r}>"


def _decode_headers(headers, encoding):
    """Headers as text: a generator of header tuples of the same classes.

    :raises ProtocolError: one is not text in that encoding.
    """
    for header in headers:
        assert isinstance(header, HeaderTuple)
        name, value = header
        try:
            decoded = name.decode(encoding), value.decode(encoding)
        except UnicodeDecodeError as error:
            raise ProtocolError(f"Header {name!r} is not text in {encoding}: {error}") from error
        yield header.__class__(*decoded)
