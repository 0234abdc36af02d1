# What went wrong, as exceptions. Part of _connection.pyx.

class ProtocolError(Exception):
    """The base of what goes wrong on a connection. ``error_code`` is the HTTP/2 error code for it
    (RFC 9113 section 7), and ``stream_id`` the stream it happened on, 0 for the connection."""

    __module__ = "h2fast.exceptions"

    def __init__(self, message, error_code=1, stream_id=0):
        super().__init__(message)
        self.error_code = error_code
        self.stream_id = stream_id


class RemoteProtocolError(ProtocolError):
    """The peer broke a rule that ends the connection. A GOAWAY says so in the output.

    ``events`` is the list of what came before, in the call that raised this.
    """

    __module__ = "h2fast.exceptions"

    def __init__(self, message, error_code=1, stream_id=0):
        super().__init__(message, error_code, stream_id)
        self.events = []


class LimitExceededError(RemoteProtocolError):
    """The peer exceeded a limit of this connection; ``limit`` is the name of its option."""

    __module__ = "h2fast.exceptions"

    def __init__(self, message, error_code=11, stream_id=0, limit=""):
        super().__init__(message, error_code, stream_id)
        self.limit = limit


class LocalProtocolError(ProtocolError):
    """What the caller asks for is against the rules, or cannot be now. Nothing has changed."""

    __module__ = "h2fast.exceptions"


class StreamClosedError(LocalProtocolError):
    """The stream is closed, or its sending side is."""

    __module__ = "h2fast.exceptions"


class TooManyStreamsError(LocalProtocolError):
    """The peer allows no more streams now (RFC 9113 section 5.1.2)."""

    __module__ = "h2fast.exceptions"


class QueueFullError(LocalProtocolError):
    """More content waits to be sent than ``max_queued`` allows."""

    __module__ = "h2fast.exceptions"


# What each error says; {detail} is a number, {stream} the stream.
cdef dict _MESSAGES = {
    H2F_ERR_INTEGER_TRUNCATED: "a header block ends inside an integer (RFC 7541 section 5.1)",
    H2F_ERR_INTEGER_TOO_LONG: "an integer in a header block is too long (RFC 7541 section 5.1)",
    H2F_ERR_INTEGER_TOO_LARGE: "an integer in a header block is too large (RFC 7541 section 5.1)",
    H2F_ERR_STRING_TRUNCATED: "a header block ends inside a string (RFC 7541 section 5.2)",
    H2F_ERR_HUFFMAN_EOS: "a string has the EOS symbol in it (RFC 7541 section 5.2)",
    H2F_ERR_HUFFMAN_INCOMPLETE: "a string ends inside a Huffman code (RFC 7541 section 5.2)",
    H2F_ERR_TABLE_INDEX: "index {detail} is in no header table (RFC 7541 section 2.3.3)",
    H2F_ERR_TABLE_SIZE_EXCEEDED:
        "a header table larger than the setting allows (RFC 7541 section 6.3)",
    H2F_ERR_TABLE_SIZE_MISPLACED: "a table size update behind a field (RFC 7541 section 4.2)",
    H2F_ERR_TABLE_SIZE_REPEATED: "too many table size updates (RFC 7541 section 4.2)",
    H2F_ERR_TABLE_SIZE_MISSING: "no table size update after a lower setting (RFC 7541 section 4.2)",
    H2F_ERR_HEADER_LIST_SIZE: "a header list is larger than max_header_list_size",
    H2F_ERR_HEADER_FIELD_COUNT: "a header list has more fields than max_header_fields",
    H2F_ERR_FRAME_TOO_LARGE: "a frame of {detail} octets, which is too large (section 4.2)",
    H2F_ERR_FRAME_LENGTH: "a frame of {detail} octets, which its type does not allow (section 6)",
    H2F_ERR_FRAME_STREAM: "a frame whose type does not belong on stream {stream} (section 6)",
    H2F_ERR_FRAME_PADDING: "padding that is longer than its frame (section 6.1)",
    H2F_ERR_FRAME_ACK: "an acknowledgement of SETTINGS with a payload (section 6.5)",
    H2F_ERR_FRAME_PROMISED: "a promise of a stream that is not a server's (section 6.6)",
    H2F_ERR_FRAME_INCREMENT: "a window increment of 0 (section 6.9)",
    H2F_ERR_FRAME_PRIORITIZED: "a priority update of stream 0 (RFC 9218 section 7.1)",
    H2F_ERR_FIELD_NAME_UPPERCASE: "a field name has upper-case letters (section 8.2.1)",
    H2F_ERR_FIELD_NAME_OCTET: "a field name has an octet it must not have (section 8.2.1)",
    H2F_ERR_FIELD_VALUE_OCTET: "a field value has NUL, CR or LF in it (section 8.2.1)",
    H2F_ERR_FIELD_VALUE_BLANK: "a field value begins or ends with a blank (section 8.2.1)",
    H2F_ERR_FIELD_NAME_EMPTY: "a field name is empty (section 8.2.1)",
    H2F_ERR_FIELD_TE: "te is not trailers (section 8.2.2)",
    H2F_ERR_FIELD_CONNECTION: "a connection-specific field (section 8.2.2)",
    H2F_ERR_FIELD_PSEUDO_REPEATED: "a pseudo-header field stands there twice (section 8.3)",
    H2F_ERR_FIELD_PSEUDO_LATE: "a pseudo-header field behind a regular one (section 8.3)",
    H2F_ERR_FIELD_PSEUDO_UNKNOWN: "an unknown pseudo-header field (section 8.3)",
    H2F_ERR_FIELD_HOST_REPEATED: "two host fields (RFC 9110 section 7.2)",
    H2F_ERR_FIELD_PATH_EMPTY: ":path is empty (section 8.3.1)",
    H2F_ERR_FIELD_PSEUDO_IN_TRAILERS: "a pseudo-header field in trailers (section 8.1)",
    H2F_ERR_FIELD_STATUS_MISSING: ":status is missing (section 8.3.2)",
    H2F_ERR_FIELD_REQUEST_PSEUDO: "a pseudo-header field of requests in a response (section 8.3)",
    H2F_ERR_FIELD_METHOD_MISSING: ":method is missing (section 8.3.1)",
    H2F_ERR_FIELD_CONNECT_PSEUDO: "CONNECT with :scheme or :path (section 8.5)",
    H2F_ERR_FIELD_SCHEME_MISSING: ":scheme is missing (section 8.3.1)",
    H2F_ERR_FIELD_PATH_MISSING: ":path is missing (section 8.3.1)",
    H2F_ERR_FIELD_RESPONSE_PSEUDO: ":status in a request (section 8.3)",
    H2F_ERR_FIELD_PROTOCOL_METHOD: ":protocol without CONNECT (RFC 8441 section 4)",
    H2F_ERR_FIELD_AUTHORITY_MISSING: "neither :authority nor host (section 8.3.1)",
    H2F_ERR_FIELD_AUTHORITY_MISMATCH: ":authority and host differ (section 8.3.1)",
    H2F_ERR_FIELD_LENGTH_INVALID: "content-length is no number (RFC 9110 section 8.6)",
    H2F_ERR_FIELD_LENGTH_CONFLICT: "two content-length fields differ (RFC 9110 section 8.6)",
    H2F_ERR_FIELD_METHOD: ":method is no token (RFC 9110 section 9.1)",
    H2F_ERR_FIELD_SCHEME: ":scheme is no scheme (RFC 3986 section 3.1)",
    H2F_ERR_FIELD_PATH: ":path is no path (section 8.3.1)",
    H2F_ERR_FIELD_AUTHORITY: ":authority has userinfo or a foreign octet (section 8.3.1)",
    H2F_ERR_FIELD_STATUS: ":status is no status of HTTP/2 (section 8.3.2)",
    H2F_ERR_FIELD_PROTOCOL: ":protocol is no token (RFC 8441 section 4)",
    H2F_ERR_FIELD_PROTOCOL_UNEXPECTED: ":protocol without the setting (RFC 8441 section 3)",
    H2F_ERR_FIELD_MISPLACED: "a field that does not belong there (RFC 9110 section 6.5.1)",
    H2F_ERR_FIELD_LENGTH_REPEATED: "two content-length fields (RFC 9110 section 8.6)",
    H2F_ERR_FIELD_PROMISE: "a promised request that is not safe or has content (section 8.4)",
    H2F_ERR_SETTING_RANGE: "a setting of {detail}, which is out of its range (section 6.5.2)",
    H2F_ERR_SETTING_WINDOW: "an initial window of {detail} octets (section 6.5.2)",
    H2F_ERR_SETTINGS_ACK: "an acknowledgement of SETTINGS that were not sent (section 6.5)",
    H2F_ERR_PREFACE: "no connection preface of HTTP/2: octet {detail} differs (section 3.4)",
    H2F_ERR_SETTINGS_FIRST: "a frame of type {detail} came before SETTINGS (section 3.4)",
    H2F_ERR_CONTINUATION_EXPECTED:
        "a frame of type {detail} where a header block goes on (section 6.10)",
    H2F_ERR_CONTINUATION_UNEXPECTED: "a CONTINUATION of no header block (section 6.10)",
    H2F_ERR_STREAM_IDLE: "stream {stream} was never opened (section 5.1)",
    H2F_ERR_STREAM_NUMBER: "stream {stream} cannot be opened: its number (section 5.1.1)",
    H2F_ERR_STREAM_CLOSED: "stream {stream} is closed (section 5.1)",
    H2F_ERR_STREAM_STATE: "this cannot happen on stream {stream} now (section 5.1)",
    H2F_ERR_STREAM_ITSELF: "stream {stream} depends on itself (RFC 7540 section 5.3.1)",
    H2F_ERR_WINDOW_EXCEEDED: "more data than the window allows (section 6.9.1)",
    H2F_ERR_WINDOW_OVERFLOW: "a window above 2^31 - 1 octets (section 6.9.1)",
    H2F_ERR_PUSH_DISABLED: "the client takes no pushed responses (section 6.6)",
    H2F_ERR_PUSH_PARENT: "stream {stream} cannot carry a promise (section 6.6)",
    H2F_ERR_CONNECT_PROTOCOL: "extended CONNECT was taken back (RFC 8441 section 3)",
    H2F_ERR_IDLE_PRIORITIES:
        "more idle streams with a priority than may be open (RFC 9218 section 7.1)",
    H2F_ERR_MESSAGE_LENGTH: "the content is not as long as content-length (section 8.1.1)",
    H2F_ERR_MESSAGE_NO_HEADERS: "content before the header section (section 8.1)",
    H2F_ERR_MESSAGE_INTERIM_END: "an interim response that ends its stream (section 8.1)",
    H2F_ERR_MESSAGE_INTERIM_LATE: "an interim response behind the final one (section 8.1)",
    H2F_ERR_MESSAGE_TRAILERS_END: "trailers that do not end their stream (section 8.1)",
    H2F_ERR_MESSAGE_TUNNEL: "trailers in a tunnel (section 8.5)",
    H2F_ERR_LIMIT_CONTINUATIONS: "more CONTINUATION frames than max_continuations",
    H2F_ERR_LIMIT_EMPTY_CONTINUATIONS:
        "more empty CONTINUATION frames than max_empty_continuations",
    H2F_ERR_LIMIT_BLOCK: "a header block of {detail} octets, twice max_header_list_size",
    H2F_ERR_LIMIT_ANSWERS: "more answers waiting than max_unsent_answers",
    H2F_ERR_LIMIT_SETTINGS: "{detail} settings in a frame, more than max_settings_entries",
    H2F_ERR_LIMIT_EMPTY_DATA: "more empty DATA frames in a row than max_empty_data",
    H2F_ERR_LIMIT_INTERIM: "more interim responses than max_interim",
    H2F_ERR_LIMIT_PUSHED: "more promises than max_pushed",
    H2F_ERR_LIMIT_RESETS: "more streams reset than max_resets",
    H2F_ERR_LIMIT_OWN_RESETS: "more faults of streams than max_own_resets",
    H2F_ERR_LIMIT_GLITCHES: "more frames without effect than max_glitches",
    H2F_ERR_LIMIT_SMALL_DATA: "more small DATA frames than max_small_data",
    H2F_ERR_CONNECTION_CLOSED: "the connection is closed",
    H2F_ERR_CONNECTION_DRAINING: "no new streams after a GOAWAY (section 6.8)",
    H2F_ERR_TOO_MANY_STREAMS: "the peer allows no more streams now (section 5.1.2)",
    H2F_ERR_NO_STREAM_IDS: "there are no more stream identifiers (section 5.1.1)",
    H2F_ERR_NOT_A_SERVER: "only a server can do this",
    H2F_ERR_NOT_A_CLIENT: "only a client can do this",
    H2F_ERR_QUEUE_FULL: "more content waiting than max_queued",
    H2F_ERR_TOO_MUCH_ACKNOWLEDGED: "more octets acknowledged than were received",
    H2F_ERR_TOO_MANY_SETTINGS: "too many SETTINGS that the peer has not acknowledged",
    H2F_ERR_FRAME_SIZE: "a frame that is larger than the peer takes (section 4.2)",
    H2F_ERR_ORIGIN_MISPLACED: "an origin stands on stream 0, and only there (RFC 7838 section 4)",
    H2F_ERR_SCHEME: "the connection's scheduler goes by other priorities",
    H2F_ERR_PRIORITY_ITSELF: "a stream does not depend on itself (RFC 7540 section 5.3.1)",
    H2F_ERR_PRIORITY_WEIGHT: "a weight is from 1 to 256 (RFC 7540 section 5.3.2)",
}

# The option behind each limit.
cdef dict _LIMITS = {
    H2F_ERR_HEADER_LIST_SIZE: "max_header_list_size",
    H2F_ERR_HEADER_FIELD_COUNT: "max_header_fields",
    H2F_ERR_LIMIT_CONTINUATIONS: "max_continuations",
    H2F_ERR_LIMIT_EMPTY_CONTINUATIONS: "max_empty_continuations",
    H2F_ERR_LIMIT_BLOCK: "max_header_list_size",
    H2F_ERR_LIMIT_ANSWERS: "max_unsent_answers",
    H2F_ERR_LIMIT_SETTINGS: "max_settings_entries",
    H2F_ERR_LIMIT_EMPTY_DATA: "max_empty_data",
    H2F_ERR_LIMIT_INTERIM: "max_interim",
    H2F_ERR_LIMIT_PUSHED: "max_pushed",
    H2F_ERR_LIMIT_RESETS: "max_resets",
    H2F_ERR_LIMIT_OWN_RESETS: "max_own_resets",
    H2F_ERR_LIMIT_GLITCHES: "max_glitches",
    H2F_ERR_LIMIT_SMALL_DATA: "max_small_data",
}

cdef dict _LOCAL_ERRORS = {
    H2F_ERR_STREAM_CLOSED: StreamClosedError,
    H2F_ERR_TOO_MANY_STREAMS: TooManyStreamsError,
    H2F_ERR_QUEUE_FULL: QueueFullError,
}


# What errors with a number say where it is the caller's, who knows it.
cdef dict _LOCAL_MESSAGES = {
    H2F_ERR_SETTING_RANGE: "a setting's value is not one that it may have (section 6.5.2)",
    H2F_ERR_SETTING_WINDOW: "an initial window above 2^31 - 1 octets (section 6.5.2)",
}


cdef str _message(int error, stream_id, detail):
    return (<str>_MESSAGES[error]).format(stream=stream_id, detail=detail)


cdef object _raise_local(int error, uint32_t stream_id):
    """What a function that sends has returned."""
    if error == H2F_ERR_NOMEM:
        raise MemoryError()
    cls = _LOCAL_ERRORS.get(error, LocalProtocolError)
    message = _LOCAL_MESSAGES.get(error) or _message(error, stream_id, 0)
    raise cls(message, h2f_error_code_of(error), stream_id)


cdef object _remote_error(const h2f_connection *c):
    """What has ended a connection."""
    if c.error == H2F_ERR_NOMEM:
        return MemoryError()
    message = _message(c.error, c.error_stream, c.error_detail)
    if c.error_stream:
        message = f"stream {c.error_stream}: {message}"
    if c.error in _LIMITS:
        return LimitExceededError(message, c.error_code, c.error_stream, _LIMITS[c.error])
    return RemoteProtocolError(message, c.error_code, c.error_stream)
