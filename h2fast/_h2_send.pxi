# Calls that send, as long as nothing about them is unusual. Part of _h2.pyx.
#
# Each function does all of a call or, before it has changed anything, returns 0: then the steps of
# H2Connection do it.

cdef bint _send_headers(Core core, conn, stream_id, headers, bint ends) except -1:
    cdef object encoder = conn.encoder
    cdef bint normalize = core.normalize_outbound
    cdef bint validate = core.validate_outbound
    cdef H2Stream stream
    cdef bytes updates
    cdef fields f
    if type(stream_id) is not int or (type(headers) is not list and type(headers) is not tuple):
        return 0
    if core.state == CONNECTION_CLOSED or type(encoder) is not Encoder:
        return 0
    if core.split_cookies:
        return 0
    stream = _find_stream(core, stream_id)
    if stream is None and (stream_id in core.streams or not _may_request(core, conn, stream_id)):
        return 0
    updates = (<Encoder>encoder)._updates()
    if updates is None:
        return 0
    # From here until the block is made, no code of anybody else's runs.
    try:
        return _view_strings(headers, &f) and _send_fields(
            core, stream_id, stream, <Encoder>encoder, updates, &f, normalize, validate, ends)
    except UnicodeEncodeError:  # nothing has changed yet
        return 0
    finally:
        _free(&f)


cdef bint _may_request(Core core, conn, stream_id) except -1:
    """Whether a stream may be opened by this end, with a request."""
    cdef int64_t id = stream_id if 0 < stream_id < H2F_WINDOW_MAX else 0
    if not core.client_side or core.draining or id % 2 == 0:
        return 0
    # Streams that go, and other people's settings, may call us: the rest is looked at after that.
    core.sweep()
    if not core.read_settings(conn) or core.has_others():
        return 0
    if <int64_t>core.streams.shared.open[1] >= core.remote.most_open:
        return 0
    return id > core.highest_outbound_stream_id


cdef int _section_from(H2Stream stream, bint interim, bint ends) noexcept:
    """What a header section that is sent on a stream is: NOTHING that is in order, for one."""
    if stream.state != OPEN and stream.state != HALF_CLOSED_REMOTE:
        if interim or stream.state != RESERVED_LOCAL or stream.headers_sent == 1:
            return NOTHING
    if interim:
        return NOTHING if ends or stream.headers_sent == 1 else INTERIM
    if stream.headers_sent == 1:
        return TRAILERS if ends and stream.trailers_sent != 1 else NOTHING
    return RESPONSE if stream.client == 0 else NOTHING


cdef bint _send_fields(
        Core core, stream_id, H2Stream stream, Encoder encoder, bytes updates, fields *f,
        bint normalize, bint validate, bint ends) except -1:
    cdef uint8_t room[STACK_OCTETS]
    cdef int section = REQUEST
    cdef h2f_section_info info
    cdef bint interim = h2f_fields_informational(f.list, f.count)
    cdef object method = _find(f, ":method", 7), authority = None
    cdef bytes block
    if stream is not None:
        section = _section_from(stream, interim and stream.client != 1, ends)
        if stream.max_frame_size() != core.max_outbound_frame_size:
            return 0
    elif interim:
        return 0
    if section == NOTHING or core.max_outbound_frame_size <= 0:
        return 0
    if stream is None or (stream.client == 1 and stream._authority is None):
        authority = _find(f, ":authority", 10)
    if normalize and not _normalize(f, room, sizeof(room)):
        return 0
    if f.count == 0 or (validate and h2f_fields_check_sent(
            f.list, f.count, _rules_for(section), 0, &info) < 0):
        return 0
    block = encoder._encode_views(updates, f.list, f.count, True)
    encoder._lost_block = True  # until it is on its way
    if stream is None:
        stream = _open_outbound(core, stream_id)
    if authority is not None:
        stream._authority = authority
    stream.request_method = method
    _write_block(core, stream.stream_id, block, ends)
    encoder._lost_block = False
    _headers_sent(core, stream, section, ends)
    return 1


cdef H2Stream _open_outbound(Core core, stream_id):
    cdef H2Stream stream = _add_stream(core, stream_id)
    stream.client = 1
    stream.enter(OPEN)
    core.highest_outbound_stream_id = stream_id
    if core.state == CONNECTION_IDLE:
        core.state = CLIENT_OPEN
    return stream


cdef int _headers_sent(Core core, H2Stream stream, int section, bint ends) except -1:
    if section == TRAILERS:
        stream.trailers_sent = 1
    elif section != INTERIM:
        stream.headers_sent = 1
        if stream.state == RESERVED_LOCAL:
            stream.enter(HALF_CLOSED_REMOTE)
    if ends:
        _end_sent(stream)
    return 0


cdef int _end_sent(H2Stream stream) except -1:
    if stream.state == HALF_CLOSED_REMOTE:
        stream.how_closed = BY_SENT_END
        return stream.enter(CLOSED)
    return stream.enter(HALF_CLOSED_LOCAL)


cdef int _write_block(Core core, uint32_t stream_id, bytes block, bint ends) except -1:
    """Writes a header block as HEADERS and, where it is larger than a frame, CONTINUATION frames
    (RFC 9113 section 4.3)."""
    cdef size_t size = PyBytes_GET_SIZE(block), most = core.max_outbound_frame_size, at = 0
    cdef h2f_frame frame
    memset(&frame, 0, sizeof(frame))
    frame.type = H2F_FRAME_HEADERS
    frame.stream_id = stream_id
    frame.flags = H2F_FLAG_END_STREAM if ends else 0
    core.reserve(size + (size // most + 1) * H2F_FRAME_HEADER_LEN)
    while True:
        frame.data = <const uint8_t *>PyBytes_AS_STRING(block) + at
        frame.data_len = min(size - at, most)
        at += frame.data_len
        if at == size:
            frame.flags |= H2F_FLAG_END_HEADERS
        core.write(&frame)
        if at == size:
            return 0
        frame.type = H2F_FRAME_CONTINUATION
        frame.flags = 0


cdef bint _send_data(Core core, stream_id, data, bint ends) except -1:
    cdef Py_buffer view
    if type(data) is bytes:
        return _send_octets(
            core, stream_id, <const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), data,
            ends)
    if type(data) is not bytearray and (
            type(data) is not memoryview or data.ndim != 1 or data.itemsize != 1
            or not data.c_contiguous):
        return 0
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        return _send_octets(core, stream_id, <const uint8_t *>view.buf, view.len, None, ends)
    finally:
        PyBuffer_Release(&view)


cdef bint _send_octets(
        Core core, stream_id, const uint8_t *octets, Py_ssize_t size, bytes owner, bint ends
) except -1:
    """Sends octets, which are those of an owner or gone after the call."""
    cdef H2Stream stream = _find_stream(core, stream_id)
    cdef h2f_frame frame
    if stream is None or not _is_running(core) or size > core.max_outbound_frame_size:
        return 0
    if stream.state != OPEN and stream.state != HALF_CLOSED_REMOTE:
        return 0
    if size > 0 and (size > core.outbound_flow_control_window
                     or size > stream.send_base() + stream.send_window):
        return 0
    memset(&frame, 0, sizeof(frame))
    frame.type = H2F_FRAME_DATA
    frame.stream_id = stream.stream_id
    frame.flags = H2F_FLAG_END_STREAM if ends else 0
    frame.data = octets
    frame.data_len = size
    if owner is not None and LEAST_REFERRED <= size <= H2F_FRAME_MAX_SIZE:
        core.refer(&frame, owner)
    else:
        core.write(&frame)
    core.limits.data_frames_sent += 1
    core.outbound_flow_control_window -= size
    stream.send_window -= size
    if ends:
        _end_sent(stream)
    return 1


cdef bint _end_stream(Core core, stream_id) except -1:
    """An empty frame needs no window."""
    cdef H2Stream stream = _find_stream(core, stream_id)
    if stream is None or core.max_outbound_frame_size < 0:
        return 0
    return _send_octets(core, stream_id, NULL, 0, None, True)


cdef bint _reset_stream(Core core, stream_id, error_code) except -1:
    cdef H2Stream stream = _find_stream(core, stream_id)
    if stream is None or not _is_running(core) or not isinstance(error_code, int):
        return 0
    if stream.state == IDLE or stream.state == CLOSED or not 0 <= error_code <= 0xFFFFFFFF:
        return 0
    _write_reset(core, stream.stream_id, error_code)
    _close_by_reset(stream)
    return 1


cdef inline bint _is_usual(const window *w, int64_t base) noexcept:
    """Whether nobody has made a window larger than what it is filled up to."""
    return w.size <= w.most and base + w.most >= 0


cdef int64_t _process(window *w, int64_t base, int64_t octets) noexcept:
    """What WindowManager.process_bytes does."""
    cdef int64_t most = base + w.most, size = base + w.size, increment
    w.processed += octets
    if w.processed == 0:
        return 0
    if w.processed < most // 2 and not (size == 0 and w.processed > min(1024, most // 4)):
        return 0
    increment = min(w.processed, most - size)
    w.processed = 0
    w.size += increment
    return increment


cdef bint _acknowledge(Core core, size, stream_id) except -1:
    cdef H2Stream stream
    cdef int64_t octets
    if type(size) is not int or type(stream_id) is not int:
        return 0
    if not 0 <= size <= H2F_WINDOW_MAX or not 0 < stream_id <= H2F_WINDOW_MAX:
        return 0
    stream = _find_stream(core, stream_id)
    if stream is None and (stream_id in core.streams or not _was_opened(core, stream_id)):
        return 0
    if not _is_usual(&core.receive_window, 0) or (
            stream is not None and not _is_usual(&stream.receive_window, stream.receive_base())):
        return 0
    octets = size
    core.reserve(2 * (H2F_FRAME_HEADER_LEN + 4))
    _write_increment(core, 0, _process(&core.receive_window, 0, octets))
    if stream is not None and _is_open(stream.state):
        _write_increment(
            core, stream.stream_id,
            _process(&stream.receive_window, stream.receive_base(), octets))
    return 1


cdef bint _increment(Core core, increment, stream_id) except -1:
    cdef H2Stream stream = None
    cdef window *w = &core.receive_window
    cdef int64_t base = 0, octets
    if type(increment) is not int or core.state == CONNECTION_CLOSED:
        return 0
    if not 1 <= increment <= H2F_WINDOW_MAX:
        return 0
    if stream_id is not None:
        stream = _find_stream(core, stream_id)
        if stream is None or stream.state == IDLE or stream.state == CLOSED:
            return 0
        w = &stream.receive_window
        base = stream.receive_base()
    octets = increment
    if base + w.size + octets > H2F_WINDOW_MAX:
        return 0
    _write_increment(core, 0 if stream is None else stream.stream_id, octets)
    w.size += octets
    w.most = max(w.most, w.size)
    return 1


cdef int _write_increment(Core core, uint32_t stream_id, int64_t increment) except -1:
    cdef h2f_frame frame
    if increment == 0:
        return 0
    memset(&frame, 0, sizeof(frame))
    frame.type = H2F_FRAME_WINDOW_UPDATE
    frame.stream_id = stream_id
    frame.window_increment = <uint32_t>increment
    return core.write(&frame)
