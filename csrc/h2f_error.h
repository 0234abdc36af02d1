/* Every error the core returns. Each is negative, so that one comparison tells
 * success from failure; the functions that can fail list theirs in their header,
 * those of a connection in connection.h and connection_internal.h.
 */
#ifndef H2F_ERROR_H
#define H2F_ERROR_H

enum h2f_error {
    H2F_OK = 0,

    H2F_ERR_NOMEM = -1, /* an allocation failed */

    /* RFC 7541 section 5.1: integers. */
    H2F_ERR_INTEGER_TRUNCATED = -10, /* the block ends inside an integer */
    H2F_ERR_INTEGER_TOO_LONG = -11,  /* more than H2F_HPACK_MAX_CONTINUATION octets */
    H2F_ERR_INTEGER_TOO_LARGE = -12, /* above H2F_HPACK_MAX_INTEGER */

    /* RFC 7541 section 5.2: strings. */
    H2F_ERR_STRING_TRUNCATED = -13,   /* the block ends inside a string */
    H2F_ERR_HUFFMAN_EOS = -14,        /* the string holds the EOS symbol */
    H2F_ERR_HUFFMAN_INCOMPLETE = -15, /* padding of 8 bits and more, or not the EOS prefix */

    /* RFC 7541 sections 2.3.3, 4.2 and 6.3: the tables. */
    H2F_ERR_TABLE_INDEX = -16,         /* index 0, or beyond the dynamic table */
    H2F_ERR_TABLE_SIZE_EXCEEDED = -17, /* a size update above the acknowledged setting */
    H2F_ERR_TABLE_SIZE_MISPLACED = -18, /* a size update after the first field of a block */
    H2F_ERR_TABLE_SIZE_REPEATED = -19, /* more than allowed in a block */
    H2F_ERR_TABLE_SIZE_MISSING = -20,  /* the setting was lowered, no size update came */

    /* Limits of this implementation (RFC 9113 section 10.5.1). */
    H2F_ERR_HEADER_LIST_SIZE = -21,  /* the decoded fields are larger than allowed */
    H2F_ERR_HEADER_FIELD_COUNT = -22, /* the block has more fields than allowed */

    /* RFC 9113 sections 4 and 6: single frames. What an endpoint answers stands behind each. */
    H2F_ERR_FRAME_TOO_LARGE = -30, /* above the maximum frame size: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_LENGTH = -31,    /* no length that the type allows: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_STREAM = -32,    /* stream 0 where there must be one, or other: PROTOCOL_ERROR */
    H2F_ERR_FRAME_PADDING = -33,   /* as long as the payload or longer: PROTOCOL_ERROR */
    H2F_ERR_FRAME_ACK = -34,       /* SETTINGS with ACK and a payload: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_PROMISED = -35,  /* promised stream 0, or a client's: PROTOCOL_ERROR */
    H2F_ERR_FRAME_INCREMENT = -36, /* WINDOW_UPDATE by 0: PROTOCOL_ERROR */
    H2F_ERR_FRAME_PRIORITIZED = -37, /* PRIORITY_UPDATE of stream 0: PROTOCOL_ERROR */

    /* RFC 9113 section 8: lists of header fields. Each is a malformed message (section 8.1.1). */
    H2F_ERR_FIELD_NAME_UPPERCASE = -50,     /* A to Z in a name (section 8.2.1) */
    H2F_ERR_FIELD_NAME_OCTET = -51,         /* a control, a blank, 0x7f and above, or a colon */
    H2F_ERR_FIELD_VALUE_OCTET = -52,        /* NUL, LF or CR (section 8.2.1) */
    H2F_ERR_FIELD_VALUE_BLANK = -53,        /* SP or HTAB at an end of a value */
    H2F_ERR_FIELD_NAME_EMPTY = -54,
    H2F_ERR_FIELD_TE = -55,                 /* anything but "trailers" (section 8.2.2) */
    H2F_ERR_FIELD_CONNECTION = -56,         /* a connection-specific field (section 8.2.2) */
    H2F_ERR_FIELD_PSEUDO_REPEATED = -57,    /* section 8.3 */
    H2F_ERR_FIELD_PSEUDO_LATE = -58,        /* after a regular field (section 8.3) */
    H2F_ERR_FIELD_PSEUDO_UNKNOWN = -59,     /* section 8.3 */
    H2F_ERR_FIELD_HOST_REPEATED = -60,      /* in a request (RFC 9110 section 5.3) */
    H2F_ERR_FIELD_PATH_EMPTY = -61,         /* of a request (section 8.3.1) */
    H2F_ERR_FIELD_PSEUDO_IN_TRAILERS = -62, /* section 8.1 */
    H2F_ERR_FIELD_STATUS_MISSING = -63,     /* of a response (section 8.3.2) */
    H2F_ERR_FIELD_REQUEST_PSEUDO = -64,     /* in a response (section 8.3) */
    H2F_ERR_FIELD_METHOD_MISSING = -65,     /* of a request (section 8.3.1) */
    H2F_ERR_FIELD_CONNECT_PSEUDO = -66,     /* :scheme or :path of CONNECT (section 8.5) */
    H2F_ERR_FIELD_SCHEME_MISSING = -67,     /* of a request (section 8.3.1) */
    H2F_ERR_FIELD_PATH_MISSING = -68,       /* of a request (section 8.3.1) */
    H2F_ERR_FIELD_RESPONSE_PSEUDO = -69,    /* :status in a request (section 8.3) */
    H2F_ERR_FIELD_PROTOCOL_METHOD = -70,    /* :protocol without CONNECT (RFC 8441 section 4) */
    H2F_ERR_FIELD_AUTHORITY_MISSING = -71,  /* neither :authority nor host in a request */
    H2F_ERR_FIELD_AUTHORITY_MISMATCH = -72, /* :authority is not host (section 8.3.1) */

    /* RFC 9110 section 8.6: content-length. */
    H2F_ERR_FIELD_LENGTH_INVALID = -73,  /* not digits, or absurdly many */
    H2F_ERR_FIELD_LENGTH_CONFLICT = -74, /* two that differ */
    H2F_ERR_FIELD_PROMISE = -83, /* a promised request is not safe or has content (section 8.4) */

    /* Only of the strict mode: what h2 takes. fields.h says what is right. */
    H2F_ERR_FIELD_METHOD = -75,               /* no token */
    H2F_ERR_FIELD_SCHEME = -76,               /* no scheme of a URI */
    H2F_ERR_FIELD_PATH = -77,                 /* a foreign octet, or no / at the beginning */
    H2F_ERR_FIELD_AUTHORITY = -78,            /* userinfo, a foreign octet; none with CONNECT */
    H2F_ERR_FIELD_STATUS = -79,               /* not 100 to 999, or 101 */
    H2F_ERR_FIELD_PROTOCOL = -80,             /* :protocol is no token */
    H2F_ERR_FIELD_PROTOCOL_UNEXPECTED = -81,  /* :protocol without the setting */
    H2F_ERR_FIELD_MISPLACED = -82,            /* not for trailers, or te in a response */
    H2F_ERR_FIELD_LENGTH_REPEATED = -84,      /* two content-length fields, though they agree */

    /* RFC 9113 section 6.5.2: settings. */
    H2F_ERR_SETTING_RANGE = -100,  /* PROTOCOL_ERROR */
    H2F_ERR_SETTING_WINDOW = -101, /* SETTINGS_INITIAL_WINDOW_SIZE above 2^31 - 1 */
    H2F_ERR_SETTINGS_ACK = -102,   /* an acknowledgement of nothing */

    /* The connection (sections 3.4, 4.3, 5.1.1, 5.2, 6). */
    H2F_ERR_PREFACE = -110,            /* the client's is not there (section 3.4) */
    H2F_ERR_SETTINGS_FIRST = -111,     /* another frame came before SETTINGS (section 3.4) */
    H2F_ERR_CONTINUATION_EXPECTED = -112, /* a block is not complete (section 6.10) */
    H2F_ERR_CONTINUATION_UNEXPECTED = -113,
    H2F_ERR_STREAM_IDLE = -114,        /* a frame on a stream that was never opened */
    H2F_ERR_STREAM_NUMBER = -115,      /* not greater than others, or of the wrong side */
    H2F_ERR_STREAM_CLOSED = -116,      /* STREAM_CLOSED */
    H2F_ERR_STREAM_STATE = -117,       /* not in this state (section 5.1) */
    H2F_ERR_STREAM_ITSELF = -118,      /* a stream depends on itself */
    H2F_ERR_WINDOW_EXCEEDED = -119,    /* more data than the window allowed: FLOW_CONTROL_ERROR */
    H2F_ERR_WINDOW_OVERFLOW = -120,    /* a window above 2^31 - 1: FLOW_CONTROL_ERROR */
    H2F_ERR_PUSH_DISABLED = -121,      /* PUSH_PROMISE to a peer that takes none (section 6.6) */
    H2F_ERR_PUSH_PARENT = -122,        /* on a stream that cannot promise */
    H2F_ERR_CONNECT_PROTOCOL = -123,   /* the setting was taken back (RFC 8441 section 3) */
    H2F_ERR_IDLE_PRIORITIES = -124,    /* of more streams than may be open (RFC 9218 section 7.1) */

    /* Messages (section 8). */
    H2F_ERR_MESSAGE_LENGTH = -130,   /* the content is not as long as content-length says */
    H2F_ERR_MESSAGE_NO_HEADERS = -131, /* data before the header section */
    H2F_ERR_MESSAGE_INTERIM_END = -132, /* END_STREAM with an interim response */
    H2F_ERR_MESSAGE_INTERIM_LATE = -133, /* an interim response after the final one */
    H2F_ERR_MESSAGE_TRAILERS_END = -134, /* trailers without END_STREAM */
    H2F_ERR_MESSAGE_TUNNEL = -136, /* trailers in a tunnel (section 8.5) */

    /* Ceilings of this implementation: ENHANCE_YOUR_CALM. */
    H2F_ERR_LIMIT_CONTINUATIONS = -140,
    H2F_ERR_LIMIT_EMPTY_CONTINUATIONS = -141,
    H2F_ERR_LIMIT_BLOCK = -142, /* octets of a header block */
    H2F_ERR_LIMIT_ANSWERS = -143,
    H2F_ERR_LIMIT_SETTINGS = -144,
    H2F_ERR_LIMIT_EMPTY_DATA = -145,
    H2F_ERR_LIMIT_INTERIM = -146,
    H2F_ERR_LIMIT_PUSHED = -147,
    H2F_ERR_LIMIT_RESETS = -148,
    H2F_ERR_LIMIT_OWN_RESETS = -149,
    H2F_ERR_LIMIT_GLITCHES = -150,
    H2F_ERR_LIMIT_SMALL_DATA = -151,

    /* What the caller asks and cannot have. */
    H2F_ERR_CONNECTION_CLOSED = -160,
    H2F_ERR_CONNECTION_DRAINING = -161, /* no new streams after a GOAWAY */
    H2F_ERR_TOO_MANY_STREAMS = -162,    /* the peer allows no more */
    H2F_ERR_NO_STREAM_IDS = -163,
    H2F_ERR_NOT_A_SERVER = -164,
    H2F_ERR_NOT_A_CLIENT = -165,
    H2F_ERR_QUEUE_FULL = -166,
    H2F_ERR_TOO_MUCH_ACKNOWLEDGED = -167,
    H2F_ERR_TOO_MANY_SETTINGS = -168, /* that the peer has not acknowledged */
    H2F_ERR_FRAME_SIZE = -169,        /* a frame that the peer would not take */
    H2F_ERR_SCHEME = -170,            /* of a scheme of priorities that is not in use */
    H2F_ERR_NOT_READY = -171,         /* a stream that cannot send now */
    H2F_ERR_ORIGIN_MISPLACED = -172,  /* ALTSVC of an origin, but not on stream 0 */

    /* The tree of RFC 7540 section 5.3. */
    H2F_ERR_PRIORITY_EXISTS = -180,
    H2F_ERR_PRIORITY_FULL = -181,   /* as many streams as are allowed */
    H2F_ERR_PRIORITY_WEIGHT = -182, /* not 1 to 256 */
    H2F_ERR_PRIORITY_ITSELF = -183, /* a stream is to depend on itself */
    H2F_ERR_PRIORITY_MISSING = -184,
    H2F_ERR_PRIORITY_DEEP = -185, /* too many streams above the one to depend on */
    H2F_ERR_PRIORITY_ROOT = -186, /* stream 0 */

    /* The priority field: no dictionary (RFC 8941 section 4.2). */
    H2F_ERR_PRIORITY_FIELD = -190
};

#endif
