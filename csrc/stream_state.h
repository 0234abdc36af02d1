/* The states of a stream and what may happen in them (RFC 9113 section 5.1). */
#ifndef H2F_STREAM_STATE_H
#define H2F_STREAM_STATE_H

enum h2f_stream_state {
    H2F_STREAM_IDLE,
    H2F_STREAM_RESERVED_REMOTE,
    H2F_STREAM_RESERVED_LOCAL,
    H2F_STREAM_OPEN,
    H2F_STREAM_HALF_CLOSED_REMOTE,
    H2F_STREAM_HALF_CLOSED_LOCAL,
    H2F_STREAM_CLOSED,
    H2F_STREAM_STATES
};

/* What is sent or received: frames, and END_STREAM as one of its own. A header block, with its
 * CONTINUATION frames, is one. A promise happens to the stream that it is sent on; the new one begins
 * in a reserved state. */
enum h2f_stream_input {
    H2F_SEND_HEADERS,
    H2F_SEND_INTERIM, /* HEADERS with a 1xx status */
    H2F_SEND_PROMISE,
    H2F_SEND_DATA,
    H2F_SEND_END,
    H2F_SEND_RESET,
    H2F_SEND_WINDOW_UPDATE,
    H2F_SEND_ALTSVC,
    H2F_RECEIVE_HEADERS,
    H2F_RECEIVE_INTERIM,
    H2F_RECEIVE_PROMISE,
    H2F_RECEIVE_DATA,
    H2F_RECEIVE_END,
    H2F_RECEIVE_RESET,
    H2F_RECEIVE_WINDOW_UPDATE,
    H2F_STREAM_INPUTS
};

/* The state after an input. Or, without a change of the state,
 *   H2F_ERR_STREAM_CLOSED    the stream is closed, or closed in this direction: STREAM_CLOSED
 *   H2F_ERR_STREAM_STATE     the input makes no sense in this state: PROTOCOL_ERROR. */
int h2f_stream_next_state(enum h2f_stream_state state, enum h2f_stream_input input);

/* Whether a stream counts for SETTINGS_MAX_CONCURRENT_STREAMS (section 5.1.2). */
static inline int h2f_stream_state_is_open(enum h2f_stream_state state) {
    return state == H2F_STREAM_OPEN || state == H2F_STREAM_HALF_CLOSED_REMOTE ||
           state == H2F_STREAM_HALF_CLOSED_LOCAL;
}

#endif
