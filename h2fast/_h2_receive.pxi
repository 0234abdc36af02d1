# Frames that come in, as long as nothing about them is unusual. Part of _h2.pyx.
#
# Each function takes a frame whole or, before it has changed anything, returns 0: then the steps of
# H2Connection take it.

cdef inline object _new(object cls):
    """An object of a class of events, without the call of its __init__."""
    return h2fast_new_event(<PyTypeObject *>cls, ())


cdef object _stream_ended(stream_id):
    event = _new(StreamEnded)
    event.stream_id = stream_id
    return event


cdef inline H2Stream _find_stream(Core core, stream_id):
    """The stream, or None where there is none, or none of ours."""
    cdef PyObject *stream = PyDict_GetItemWithError(core.streams, stream_id)
    if stream == NULL or type(<object>stream) is not H2Stream:
        return None
    return <H2Stream>stream


cdef inline bint _was_opened(Core core, uint32_t stream_id) noexcept:
    """Whether a stream with this identifier was, or was passed over."""
    if stream_id % 2 == core.client_side:
        return stream_id <= core.highest_outbound_stream_id
    return stream_id <= core.highest_inbound_stream_id


cdef inline bint _is_running(Core core) noexcept:
    """Whether headers were sent or received, and the connection is not closed."""
    return core.state == CLIENT_OPEN or core.state == SERVER_OPEN


cdef bint _take_frame(Core core, conn, const h2f_frame *frame, list events) except -1:
    if frame.type == H2F_FRAME_DATA:
        return _take_data(core, frame, events)
    if frame.type == H2F_FRAME_HEADERS:
        return _take_headers(core, conn, frame, events)
    if frame.type == H2F_FRAME_WINDOW_UPDATE:
        return _take_window_update(core, frame, events)
    if frame.type == H2F_FRAME_PUSH_PROMISE:
        return _take_promise(core, conn, frame, events)
    if frame.type == H2F_FRAME_RST_STREAM:
        return _take_reset(core, frame, events)
    if frame.type == H2F_FRAME_PING:
        return _take_ping(core, frame, events)
    if frame.type == H2F_FRAME_SETTINGS:
        return _take_settings(core, conn, frame, events)
    if frame.type == H2F_FRAME_PRIORITY:
        return _take_priority(core, frame, events)
    if frame.type == H2F_FRAME_GOAWAY:
        return _take_goaway(core, frame, events)
    if frame.type == H2F_FRAME_ALTSVC:
        return _is_ignored(core, frame)
    if frame.type > H2F_FRAME_ALTSVC:
        return _take_unknown(frame, events)
    return 0


# -------------------------------------------------------------------------------- DATA

cdef bint _take_data(Core core, const h2f_frame *frame, list events) except -1:
    cdef object stream_id = frame.stream_id
    cdef H2Stream stream = _find_stream(core, stream_id)
    cdef bint ended = frame.flags & H2F_FLAG_END_STREAM
    cdef int64_t actual
    if not _is_running(core):
        return 0
    if stream is None or (stream.state != OPEN and stream.state != HALF_CLOSED_LOCAL):
        return _take_late_data(core, stream, frame, events)
    if stream.headers_received != 1:
        return 0
    if (frame.length > core.receive_window.size
            or frame.length > stream.receive_base() + stream.receive_window.size):
        return 0
    actual = stream.actual_length + <int64_t>frame.data_len
    if stream.expected_length != UNSET and (
            stream.expected_length < actual or (ended and stream.expected_length != actual)):
        return 0
    event = _new(DataReceived)
    event.stream_id = stream_id
    event.data = PyBytes_FromStringAndSize(<const char *>frame.data, frame.data_len)
    event.flow_controlled_length = frame.length
    event.stream_ended = _stream_ended(stream_id) if ended else None
    core.receive_window.size -= frame.length
    stream.receive_window.size -= frame.length
    stream.actual_length = actual
    events.append(event)
    if ended:
        events.append(event.stream_ended)
        _end_received(stream)
    return 1


cdef int _end_received(H2Stream stream) except -1:
    if stream.state == HALF_CLOSED_LOCAL:
        stream.how_closed = BY_RECEIVED_END
        return stream.enter(CLOSED)
    return stream.enter(HALF_CLOSED_REMOTE)


# ----------------------------------------------------------------------------- HEADERS

# What a header section is.
cdef enum:
    REQUEST, RESPONSE, INTERIM, TRAILERS, NOTHING

cdef list _HEADER_EVENTS = [
    RequestReceived, ResponseReceived, InformationalResponseReceived, TrailersReceived]


cdef inline h2f_section _rules_for(int section) noexcept:
    if section == REQUEST:
        return H2F_SECTION_REQUEST
    return H2F_SECTION_TRAILERS if section == TRAILERS else H2F_SECTION_RESPONSE


cdef bint _has_room(Core core, conn) except -1:
    """Whether the peer may have one more stream."""
    # Streams that go, and other people's settings, may call us.
    core.sweep()
    if not core.read_settings(conn) or core.has_others():
        return 0
    return <int64_t>core.streams.shared.open[not core.client_side] < core.local.most_open


cdef bint _may_open(Core core, conn, uint32_t stream_id) except -1:
    """Whether the peer may open a stream."""
    if core.client_side or core.draining or stream_id % 2 == 0:
        return 0
    return _has_room(core, conn) and <int64_t>stream_id > core.highest_inbound_stream_id


cdef int _section_on(H2Stream stream, bint interim, bint ended) noexcept:
    """What a header section on a stream is: NOTHING that is in order, for one."""
    if interim:
        if stream.client != 1 or ended or stream.headers_received == 1:
            return NOTHING
        return INTERIM if stream.state == OPEN or stream.state == HALF_CLOSED_LOCAL else NOTHING
    if stream.state != OPEN and stream.state != HALF_CLOSED_LOCAL:
        if stream.state != RESERVED_REMOTE or stream.headers_received == 1:
            return NOTHING
    if stream.headers_received == 1:
        return TRAILERS if ended and stream.trailers_received != 1 else NOTHING
    return RESPONSE if stream.client == 1 else NOTHING


cdef bint _take_headers(Core core, conn, const h2f_frame *frame, list events) except -1:
    cdef object stream_id = frame.stream_id
    cdef H2Stream stream = _find_stream(core, stream_id)
    cdef list headers
    if frame.flags & (H2F_FLAG_PADDED | H2F_FLAG_END_HEADERS) != H2F_FLAG_END_HEADERS:
        return 0
    if core.state == CONNECTION_CLOSED:
        return 0
    if frame.flags & H2F_FLAG_PRIORITY and frame.depends_on == frame.stream_id:
        return 0
    if stream is None:
        if stream_id in core.streams:
            return 0
        if not (_may_open(core, conn, frame.stream_id)
                or _may_be_late(core, conn, None, frame.stream_id)):
            return 0
    elif stream.state == CLOSED or stream.state == HALF_CLOSED_REMOTE:
        if not _may_be_late(core, conn, stream, frame.stream_id):
            return 0
    headers = _decode_section(conn, frame)
    if headers is None:
        return 0
    if not _take_section(core, conn, stream, frame, headers, events):
        # The block is decoded; the steps go on from there.
        octets = PyBytes_FromStringAndSize(
            <const char *>frame.data, frame.data_len)
        core.late = core.is_late(frame.stream_id)
        try:
            events.extend(conn._take_headers(_headers_frame(frame, octets), headers))
        finally:
            core.late = False
    return 1


cdef list _decode_section(conn, const h2f_frame *frame):
    """The fields of a header block; None where the steps have to decode it."""
    cdef object decoder = conn.decoder
    if type(decoder) is not Decoder:
        return None
    if (<Decoder>decoder)._in_steps or (<Decoder>decoder)._table is None:
        return None
    try:
        return (<Decoder>decoder)._decode_block(frame.data, frame.data_len, True)
    except HPACKError as error:
        raise refused_block(error) from error


cdef object _headers_frame(const h2f_frame *frame, bytes block):
    """The frame, for the steps."""
    header = HeadersFrame(frame.stream_id, block)
    header.parse_flags(frame.flags)
    if frame.flags & H2F_FLAG_PRIORITY:
        header.depends_on = frame.depends_on
        header.stream_weight = frame.weight
        header.exclusive = frame.exclusive == 1
    header.body_len = frame.length
    return header


cdef bint _take_section(
        Core core, conn, H2Stream stream, const h2f_frame *frame, list headers, list events
) except -1:
    cdef fields f
    try:
        if not _view_octets(headers, &f):
            return 0
        return _take_fields(core, conn, stream, frame, headers, &f, events)
    finally:
        _free(&f)


cdef bint _take_fields(
        Core core, conn, H2Stream stream, const h2f_frame *frame, list headers, fields *f,
        list events) except -1:
    cdef bint ended = frame.flags & H2F_FLAG_END_STREAM
    cdef int section = REQUEST
    cdef int64_t length = UNSET
    cdef uint64_t size
    cdef size_t bad
    cdef bint interim = h2f_fields_informational(f.list, f.count)
    cdef object stream_id = frame.stream_id
    # While the block was decoded, somebody's finalizer may have used the connection.
    if core.state == CONNECTION_CLOSED:
        return 0
    if stream is None and _was_opened(core, frame.stream_id):
        if stream_id in core.streams or not _was_reset(core, None, frame.stream_id):
            return 0
        _answer_late_headers(core, None, frame, events)
        return 1
    if stream is not None:
        if not interim and (
                stream.state == HALF_CLOSED_REMOTE or _was_reset(core, stream, frame.stream_id)):
            _answer_late_headers(core, stream, frame, events)
            return 1
        section = _section_on(stream, interim, ended)
    elif interim:
        return 0
    if section == NOTHING:
        return 0
    if stream is not None and stream.request_method == b"HEAD":
        length = 0
    elif h2f_fields_content_length(f.list, f.count, &length, &bad) < 0:
        return 0
    size = _list_size(f)  # as it came: cookies are not put together yet
    headers = _check_section(core, headers, f, _rules_for(section))
    if headers is None:
        return 0
    if section == INTERIM:
        core.limits.count_interim(stream, size, _longest_list(conn.decoder))
    if stream is None:
        stream = _add_stream(core, frame.stream_id)
        stream.client = 0
        core.highest_inbound_stream_id = frame.stream_id
    stream.expected_length = length
    _report_headers(core, stream, frame, section, headers, events)
    return 1


cdef list _check_section(Core core, list headers, fields *f, h2f_section rules):
    """A header section as it is reported; None where it breaks a rule."""
    cdef h2f_section_info info
    if core.normalize_inbound:
        headers = _combine_cookies(headers, f)
    if core.validate_inbound and h2f_fields_check_received(f.list, f.count, rules, 0, &info) < 0:
        return None
    encoding = core.header_encoding
    return _decode(headers, encoding) if isinstance(encoding, str) else headers


cdef uint64_t _list_size(const fields *f) noexcept:
    """RFC 9113 section 6.5.2."""
    cdef uint64_t octets = H2F_HPACK_ENTRY_OVERHEAD * f.count
    cdef size_t i
    for i in range(f.count):
        octets += f.list[i].name_len + f.list[i].value_len
    return octets


cdef H2Stream _add_stream(Core core, uint32_t stream_id):
    """A new stream, with the windows that core.read_settings has found."""
    cdef _Shared shared = core.streams.shared
    cdef H2Stream stream = H2Stream.__new__(H2Stream)
    stream.stream_id = stream_id
    stream.config = core.config
    stream.send_window = core.remote.window - shared.send_base
    stream.receive_window.most = stream.receive_window.size = (
        core.local.window - shared.receive_base)
    if stream.send_window > shared.most_sendable:
        shared.most_sendable = stream.send_window
    PyDict_SetItem(core.streams, stream_id, stream)
    core.limits.streams_opened += 1
    stream.shared = shared
    shared.members += 1
    stream.set_max_frame_size(core.max_outbound_frame_size)
    return stream


cdef int _report_headers(
        Core core, H2Stream stream, const h2f_frame *frame, int section, list headers, list events
) except -1:
    cdef object stream_id = stream.stream_id
    cdef object ended = None, priority = None
    event = _new(_HEADER_EVENTS[section])
    event.stream_id = stream_id
    event.headers = headers
    events.append(event)
    if section == TRAILERS:
        stream.trailers_received = 1
    elif section != INTERIM:
        stream.headers_received = 1
        if section == REQUEST:
            stream.enter(OPEN)
        elif stream.state == RESERVED_REMOTE:
            stream.enter(HALF_CLOSED_LOCAL)
    if frame.flags & H2F_FLAG_END_STREAM:
        ended = _stream_ended(stream_id)
        events.append(ended)
        _end_received(stream)
    if frame.flags & H2F_FLAG_PRIORITY:
        priority = _priority_updated(frame)
        events.append(priority)
    if section != INTERIM:
        event.stream_ended = ended
    event.priority_updated = priority
    if core.state == CONNECTION_IDLE:
        core.state = SERVER_OPEN
    return 0


# ------------------------------------------------------------------------ PUSH_PROMISE

cdef bint _take_promise(Core core, conn, const h2f_frame *frame, list events) except -1:
    cdef object stream_id = frame.stream_id, promised_id = frame.other_stream_id
    cdef list headers
    if frame.flags & (H2F_FLAG_PADDED | H2F_FLAG_END_HEADERS) != H2F_FLAG_END_HEADERS:
        return 0
    if not _may_promise(core, conn, _find_stream(core, stream_id), frame):
        return 0
    headers = _decode_section(conn, frame)
    if headers is None:
        return 0
    if not _take_promised(core, conn, frame, headers, events):
        promise = PushPromiseFrame(stream_id, promised_id, PyBytes_FromStringAndSize(
            <const char *>frame.data, frame.data_len))
        promise.parse_flags(frame.flags)
        promise.body_len = frame.length
        events.extend(conn._take_promise(promise, headers))
    return 1


cdef bint _may_promise(Core core, conn, H2Stream parent, const h2f_frame *frame) except -1:
    """Whether the peer may promise a stream on another one."""
    cdef object promised_id = frame.other_stream_id
    if not core.read_settings(conn) or core.local.push != 1:
        return 0
    if core.state != CLIENT_OPEN or parent is None or parent.client != 1:
        return 0
    if frame.stream_id % 2 == 0 or (parent.state != OPEN and parent.state != HALF_CLOSED_LOCAL):
        return 0
    return (frame.other_stream_id % 2 == 0 and promised_id not in core.streams
            and <int64_t>frame.other_stream_id > core.highest_inbound_stream_id)


cdef bint _take_promised(
        Core core, conn, const h2f_frame *frame, list headers, list events) except -1:
    cdef object stream_id = frame.stream_id
    cdef H2Stream stream
    cdef fields f
    try:
        if not _view_octets(headers, &f):
            return 0
        authority = _find(&f, ":authority", 10)
        headers = _check_section(core, headers, &f, H2F_SECTION_REQUEST)
    finally:
        _free(&f)
    if headers is None:
        return 0
    core.count_promise()
    # Since the frame was looked at, somebody's finalizer may have used the connection.
    if not _may_promise(core, conn, _find_stream(core, stream_id), frame):
        return 0
    stream = _add_stream(core, frame.other_stream_id)
    stream.client = stream.headers_sent = 1
    stream._authority = authority
    stream.enter(RESERVED_REMOTE)
    core.highest_inbound_stream_id = frame.other_stream_id
    event = _new(PushedStreamReceived)
    event.pushed_stream_id = frame.other_stream_id
    event.parent_stream_id = frame.stream_id
    event.headers = headers
    events.append(event)
    return 1


# ------------------------------------------------------------------------ other frames

cdef object _priority_updated(const h2f_frame *frame):
    event = _new(PriorityUpdated)
    event.stream_id = frame.stream_id
    event.weight = frame.weight + 1
    event.depends_on = frame.depends_on
    event.exclusive = frame.exclusive == 1
    return event


cdef bint _take_priority(Core core, const h2f_frame *frame, list events) except -1:
    if core.state == CONNECTION_CLOSED or frame.depends_on == frame.stream_id:
        return 0
    events.append(_priority_updated(frame))
    return 1


cdef bint _take_window_update(Core core, const h2f_frame *frame, list events) except -1:
    cdef object stream_id = frame.stream_id
    cdef int64_t increment = frame.window_increment
    cdef H2Stream stream = None
    if core.state == CONNECTION_CLOSED:
        return 0
    if frame.stream_id == 0:
        if core.outbound_flow_control_window > H2F_WINDOW_MAX - increment:
            return 0
        core.outbound_flow_control_window += increment
    else:
        stream = _find_stream(core, stream_id)
        if stream is None:
            return stream_id not in core.streams and _was_opened(core, frame.stream_id)
        if stream.state == CLOSED:
            return 1
        if stream.state == IDLE:
            return 0
        if stream.send_base() + stream.send_window > H2F_WINDOW_MAX - increment:
            _refuse_window(core, stream, events)
            return 1
        stream.send_window += increment
        if stream.shared is not None and stream.send_window > stream.shared.most_sendable:
            stream.shared.most_sendable = stream.send_window
    event = _new(WindowUpdated)
    event.stream_id = stream_id
    event.delta = increment
    events.append(event)
    return 1


cdef bint _take_reset(Core core, const h2f_frame *frame, list events) except -1:
    cdef object stream_id = frame.stream_id
    cdef H2Stream stream = _find_stream(core, stream_id)
    if not _is_running(core):
        return 0
    if stream is None:
        return stream_id not in core.streams and _was_opened(core, frame.stream_id)
    if stream.state == CLOSED:
        return 1
    if stream.state == IDLE:
        return 0
    stream.how_closed = BY_RECEIVED_RESET
    stream.enter(CLOSED)
    event = _new(StreamReset)
    event.stream_id = stream_id
    event.error_code = _error_code_from_int(frame.error_code)
    event.remote_reset = True
    events.append(event)
    return 1


cdef bint _take_ping(Core core, const h2f_frame *frame, list events) except -1:
    cdef h2f_frame answer = frame[0]
    if core.state == CONNECTION_CLOSED:
        return 0
    event = _new(PingAckReceived if frame.flags & H2F_FLAG_ACK else PingReceived)
    event.ping_data = PyBytes_FromStringAndSize(<const char *>frame.data, 8)
    if not frame.flags & H2F_FLAG_ACK:
        answer.flags = H2F_FLAG_ACK
        core.write(&answer)
    events.append(event)
    return 1


cdef bint _take_goaway(Core core, const h2f_frame *frame, list events) except -1:
    """One more: what the first does is said by the transitions of the state machine, which programs
    change so that streams go on to their end."""
    if core.config.drain or core.state != CONNECTION_CLOSED:
        return 0
    core.clear()
    event = _new(ConnectionTerminated)
    event.error_code = _error_code_from_int(frame.error_code)
    event.last_stream_id = frame.other_stream_id
    event.additional_data = None
    if frame.data_len:
        event.additional_data = PyBytes_FromStringAndSize(
            <const char *>frame.data, frame.data_len)
    events.append(event)
    return 1


cdef bint _is_ignored(Core core, const h2f_frame *frame) except -1:
    """Whether an ALTSVC frame is for somebody else: servers have no use for it (RFC 7838 section 4)."""
    cdef H2Stream stream = None
    if core.client_side or not _is_running(core):
        return 0
    if frame.stream_id != 0 and frame.stream_id in core.streams:
        stream = _find_stream(core, frame.stream_id)
        return stream is not None and stream.client == 0
    return 1


cdef bint _take_unknown(const h2f_frame *frame, list events) except -1:
    event = _new(UnknownFrameReceived)
    event.frame = ExtensionFrame(
        frame.type, frame.stream_id, flag_byte=frame.flags, body=PyBytes_FromStringAndSize(
            <const char *>frame.data, frame.data_len))
    event.frame.body_len = frame.length
    events.append(event)
    return 1


# ---------------------------------------------------------------------------- SETTINGS

cdef enum:
    MOST_SETTINGS = 64


cdef bint _may_keep(dict values, code, Py_ssize_t others) except -1:
    """Whether there is room for a setting, with so many others that come: a peer can send 65,536 of
    them, and most mean nothing."""
    return code in values or len(values) + others < MOST_SETTINGS or type(code) is not int


cdef dict _waiting_for_nothing(settings):
    """The values by setting, where none waits for its acknowledgement; else None."""
    cdef dict values
    if type(settings) is not Settings:
        return None
    if type(settings._settings) is not dict:
        return None
    values = settings._settings
    for waiting in values.values():
        if len(waiting) != 1:
            return None
    return values


cdef bint _take_settings(Core core, conn, const h2f_frame *frame, list events) except -1:
    if core.state == CONNECTION_CLOSED:
        return 0
    if not frame.flags & H2F_FLAG_ACK:
        return _take_their_settings(core, conn, frame, events)
    if _waiting_for_nothing(conn.local_settings) is None:
        return 0
    event = _new(SettingsAcknowledged)
    event.changed_settings = {}
    events.append(event)
    return 1


cdef inline bint _is_unknown_setting(h2f_setting setting) noexcept:
    return setting.id == 0 or setting.id >= H2F_SETTINGS_KNOWN


cdef bint _is_usual_setting(Core core, h2f_setting setting) noexcept:
    if _is_unknown_setting(setting):
        return True
    if h2f_setting_check(setting) < 0:
        return False
    # RFC 9113 section 6.5.2: a server does not take pushes, and does not say that it does.
    return setting.id != H2F_SETTINGS_ENABLE_PUSH or not core.client_side or setting.value == 0


cdef bint _take_their_settings(Core core, conn, const h2f_frame *frame, list events) except -1:
    cdef dict values = _waiting_for_nothing(conn.remote_settings), changes = {}
    cdef list kept = []  # of the numbers in changes
    cdef Py_ssize_t added = 0
    cdef h2f_setting setting
    cdef int64_t window = -1, table = -1, size = -1
    cdef size_t at
    cdef h2f_frame answer
    if values is None or type(conn.encoder) is not Encoder:
        return 0
    for at in range(0, frame.data_len, 6):
        setting.id = h2f_load_be16(frame.data + at)
        setting.value = h2f_load_be32(frame.data + at + 2)
        code = setting.id
        if not _is_unknown_setting(setting):
            code = _setting_code_from_int(code)
        if not _is_usual_setting(core, setting) or code in changes:
            return 0
        before = values[code][0] if code in values else None
        if _may_keep(values, code, added):
            kept.append(setting.id)
            added += code not in values
        changes[code] = ChangedSetting(code, before, setting.value)
        if setting.id == H2F_SETTINGS_INITIAL_WINDOW_SIZE:
            if before is None:
                return 0
            window = <int64_t>setting.value - <int64_t>before
        elif setting.id == H2F_SETTINGS_HEADER_TABLE_SIZE:
            table = setting.value
        elif setting.id == H2F_SETTINGS_MAX_FRAME_SIZE:
            size = setting.value
    core.reserve(H2F_FRAME_HEADER_LEN)
    if H2F_SETTINGS_INITIAL_WINDOW_SIZE in changes and not core.raise_send_windows(window):
        return 0
    conn.remote_settings._changes += 1
    for code in kept:
        values[code] = deque((changes[code].new_value,))
    if table >= 0:
        conn.encoder.header_table_size = table
    if size >= 0:
        core.set_max_frame_size(size)
    memset(&answer, 0, sizeof(answer))
    answer.type = H2F_FRAME_SETTINGS
    answer.flags = H2F_FLAG_ACK
    core.write(&answer)
    event = _new(RemoteSettingsChanged)
    event.changed_settings = changes
    events.append(event)
    return 1


# ------------------------------------------------------------------------------ the loop

cdef bint _is_refused(Core core, const h2f_frame *frame, Py_ssize_t there) noexcept:
    """Whether nothing more has to be known of a frame of which so many octets are there (RFC 9113
    sections 4.2 and 6)."""
    # Of other types, hyperframe does not say on which streams they may come.
    if frame.type <= H2F_FRAME_CONTINUATION and h2f_frame_is_misplaced(frame):
        return True
    if <int64_t>frame.length <= core.max_inbound_frame_size:
        return False
    # What speaks no HTTP/2 looks like a frame of an unknown type. h2 waits for all of it, which tests
    # of httpcore, grpclib and its own rely on: this waits for as much as any frame may have.
    return frame.type <= H2F_FRAME_ALTSVC or (
        there > core.max_inbound_frame_size + H2F_FRAME_HEADER_LEN)


cdef bint _is_readable(const h2f_frame *frame, const uint8_t *payload) noexcept:
    """Whether the C parser says of a frame what hyperframe does."""
    if (frame.type == H2F_FRAME_WINDOW_UPDATE or frame.type == H2F_FRAME_GOAWAY
            or frame.type == H2F_FRAME_PUSH_PROMISE):
        # hyperframe takes the reserved bit for a part of the number.
        return frame.length == 0 or payload[0] < 0x80
    return True


cdef int _count_frame(
        Core core, conn, const h2f_frame *frame, const uint8_t *payload) except -1:
    """What limits look at, whoever takes the frame."""
    cdef _Limits limits = core.limits
    cdef H2Stream stream
    if frame.type == H2F_FRAME_CONTINUATION or not frame.flags & H2F_FLAG_END_HEADERS:
        limits.count_block(frame, conn.decoder)
    if frame.type == H2F_FRAME_DATA:
        limits.count_data(frame, payload)
    elif frame.type == H2F_FRAME_WINDOW_UPDATE:
        limits.count_window_update()
    elif frame.type == H2F_FRAME_SETTINGS:
        if not frame.flags & H2F_FLAG_ACK:
            limits.count_settings(frame, core.output.len)
        elif core.settings_sent > 0:
            core.settings_sent -= 1
        else:
            limits.count_glitch()
    elif frame.type == H2F_FRAME_PING:
        if not frame.flags & H2F_FLAG_ACK:
            limits.count_answer(core.output.len)
        elif core.pings_sent > 0:
            core.pings_sent -= 1
        else:
            limits.count_glitch()
    elif frame.type == H2F_FRAME_RST_STREAM:
        stream = _find_stream(core, frame.stream_id)
        if stream is None or stream.state == CLOSED:
            limits.count_glitch()
        elif (frame.stream_id % 2 != core.client_side and stream.state != HALF_CLOSED_LOCAL
                and not h2f_bucket_take(&limits.resets)):
            _exceed("max_resets", "streams reset")
    elif frame.type == H2F_FRAME_PRIORITY or frame.type > H2F_FRAME_CONTINUATION:
        limits.count_glitch()
    elif frame.type == H2F_FRAME_GOAWAY and (core.draining or core.state == CONNECTION_CLOSED):
        limits.count_glitch()
    return 0


cdef int _take_frames(
        Core core, conn, buffer, bint plain, const uint8_t **at, const uint8_t *end, list events
) except -1:
    """Takes all frames that are complete, and moves on behind each. The octets of one that is refused
    are the buffer's."""
    cdef h2f_frame frame
    cdef const uint8_t *start
    cdef const uint8_t *payload
    cdef bint assembling = bool(buffer._headers_buffer)
    while end - at[0] >= H2F_FRAME_HEADER_LEN:
        start = at[0]
        payload = start + H2F_FRAME_HEADER_LEN
        h2f_frame_parse_header(&frame, start)
        if _is_refused(core, &frame, end - start):
            _refuse(core, conn, buffer, &frame, at, end, events)
            return 0
        if end - payload < <ptrdiff_t>frame.length:
            return 0
        _count_frame(core, conn, &frame, payload)
        at[0] = payload + frame.length
        if (plain and not assembling and _is_readable(&frame, payload)
                and h2f_frame_parse_payload(&frame, payload) == 0
                and _take_frame(core, conn, &frame, events)):
            continue
        if plain and assembling and _continue_block(buffer, &frame, payload):
            continue
        assembling = _take_step(core, conn, buffer, start, payload + frame.length, events)
        plain = core.is_plain(conn)
    return 0


cdef bint _continue_block(buffer, const h2f_frame *frame, const uint8_t *payload) except -1:
    """Keeps a part of a header block that is neither the last nor one too many."""
    cdef list parts
    if type(buffer) is not FrameBuffer or frame.type != H2F_FRAME_CONTINUATION or frame.flags != 0:
        return 0
    parts = buffer._headers_buffer
    if len(parts) >= frame_buffer.CONTINUATION_BACKLOG or parts[0].stream_id != frame.stream_id:
        return 0
    part = ContinuationFrame(
        frame.stream_id, PyBytes_FromStringAndSize(<const char *>payload, frame.length))
    part.body_len = frame.length
    parts.append(part)
    return 1


cdef int _refuse(
        Core core, conn, buffer, const h2f_frame *frame, const uint8_t **at, const uint8_t *end,
        list events) except -1:
    """Refuses a frame of which not all is there: the steps would wait."""
    cdef const uint8_t *start = at[0]
    if frame.type > H2F_FRAME_CONTINUATION or not h2f_frame_is_misplaced(frame):
        buffer.max_frame_size = core.max_inbound_frame_size
        buffer._validate_frame_length(frame.length)
    at[0] = end
    _take_step(core, conn, buffer, start, end, events)
    return 0


cdef bint _take_step(
        Core core, conn, buffer, const uint8_t *p, const uint8_t *end, list events) except -1:
    """Has the steps take a frame. Returns whether a header block is not complete with it."""
    buffer._data += PyBytes_FromStringAndSize(<const char *>p, end - p)
    buffer.max_frame_size = core.max_inbound_frame_size
    core.late = core.is_late(h2f_load_be32(p + 5) & 0x7FFFFFFF)
    try:
        for frame in buffer:
            events.extend(conn._receive_frame(frame))
    finally:
        core.late = False
    return bool(buffer._headers_buffer)


cdef list _receive(Core core, conn, buffer, bint plain, bytes octets):
    """Takes octets that stand alone: the buffer is empty."""
    cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(octets)
    cdef const uint8_t *end = at + PyBytes_GET_SIZE(octets)
    cdef list events = []
    try:
        _take_frames(core, conn, buffer, plain, &at, end, events)
    finally:
        if at != end:
            buffer._data += PyBytes_FromStringAndSize(<const char *>at, end - at)
    return events


def settings_to_keep(settings, dict received):
    """What of received settings goes into the settings of the peer; all of it is reported."""
    if type(settings) is not Settings:
        return received
    kept = dict(settings._settings)
    for code, value in received.items():
        if _may_keep(kept, code, 0):
            kept[code] = value
    return {code: value for code, value in received.items() if code in kept}
