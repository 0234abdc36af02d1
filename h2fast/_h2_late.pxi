# Frames that come for streams on which no more may come. Part of _h2.pyx.
#
# A peer that did not know better is answered with RST_STREAM (RFC 9113 section 5.1). Floods of such
# frames cost no more than others. As in _h2_receive.pxi, 0 leaves the frame to the steps.

cdef object _stream_reset_by_us(stream_id, code):
    event = _new(StreamReset)
    event.stream_id = stream_id
    event.error_code = code
    event.remote_reset = False
    return event


cdef int _write_reset(Core core, uint32_t stream_id, uint32_t code) except -1:
    cdef h2f_frame frame
    memset(&frame, 0, sizeof(frame))
    frame.type = H2F_FRAME_RST_STREAM
    frame.stream_id = stream_id
    frame.error_code = code
    return core.write(&frame)


cdef int _close_by_reset(H2Stream stream) except -1:
    stream.how_closed = BY_SENT_RESET
    return stream.enter(CLOSED)


cdef bint _take_late_data(
        Core core, H2Stream stream, const h2f_frame *frame, list events) except -1:
    """Takes DATA on a stream that is gone or closed, or whose end has come."""
    cdef object stream_id = frame.stream_id
    cdef bint late = core.is_late(frame.stream_id)
    cdef int64_t increment
    if stream is None:
        if stream_id in core.streams or not _was_opened(core, frame.stream_id):
            return 0
    elif stream.state != CLOSED and stream.state != HALF_CLOSED_REMOTE:
        return 0
    if frame.length > core.receive_window.size or not _is_usual(&core.receive_window, 0):
        return 0
    core.reserve(2 * (H2F_FRAME_HEADER_LEN + 4))
    core.receive_window.size -= frame.length
    if stream is not None and stream.state == HALF_CLOSED_REMOTE:
        _close_by_reset(stream)
        events.append(_stream_reset_by_us(stream_id, ErrorCodes.STREAM_CLOSED))
    increment = _process(&core.receive_window, 0, frame.length)
    late = core.count_reset(late, frame.data_len != 0)
    _write_increment(core, 0, increment)
    if late:
        _write_reset(core, frame.stream_id, H2F_STREAM_CLOSED_ERROR)
    return 1


cdef bint _was_reset(Core core, H2Stream stream, uint32_t stream_id) except -1:
    """Whether somebody has reset a stream, which may be gone."""
    cdef int how
    if stream is not None:
        return stream.state == CLOSED and (
            stream.how_closed == BY_SENT_RESET or stream.how_closed == BY_RECEIVED_RESET)
    how = core.log_of(stream_id).look_up(stream_id // 2) - BY_FIRST
    return how == BY_SENT_RESET or how == BY_RECEIVED_RESET


cdef bint _may_be_late(Core core, conn, H2Stream stream, uint32_t stream_id) except -1:
    """Whether HEADERS on a stream are answered with RST_STREAM, once they are decoded."""
    if not _is_running(core):
        return 0
    if stream is not None:
        return stream.state == HALF_CLOSED_REMOTE or _was_reset(core, stream, stream_id)
    return (_was_opened(core, stream_id) and _has_room(core, conn)
            and _was_reset(core, None, stream_id))


cdef int _answer_late_headers(
        Core core, H2Stream stream, const h2f_frame *frame, list events) except -1:
    cdef bint late = core.is_late(frame.stream_id)
    core.reserve(H2F_FRAME_HEADER_LEN + 4)
    if stream is not None and stream.state == HALF_CLOSED_REMOTE:
        _close_by_reset(stream)
        events.append(_stream_reset_by_us(stream.stream_id, ErrorCodes.STREAM_CLOSED))
    if core.count_reset(late):
        _write_reset(core, frame.stream_id, H2F_STREAM_CLOSED_ERROR)
    return 0


cdef int _refuse_window(Core core, H2Stream stream, list events) except -1:
    """Resets a stream whose window would be too large (RFC 9113 section 6.9.1)."""
    core.reserve(H2F_FRAME_HEADER_LEN + 4)
    _close_by_reset(stream)
    core.count_reset(False)
    _write_reset(core, stream.stream_id, H2F_FLOW_CONTROL_ERROR)
    events.append(_stream_reset_by_us(stream.stream_id, ErrorCodes.FLOW_CONTROL_ERROR))
    return 0
