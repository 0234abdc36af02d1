#include "stream_state.h"

#include <stdint.h>

#include "h2f_error.h"

/* In the table, a state is one more than itself: what is not there is H2F_ERR_STREAM_STATE. */
#define TO(state) (H2F_STREAM_##state + 1)
#define CLOSED_ERROR (-1)

static const int8_t transitions[H2F_STREAM_STATES][H2F_STREAM_INPUTS] = {
    /* RFC 9113 section 5.1, "idle" */
    [H2F_STREAM_IDLE] = {
        [H2F_SEND_HEADERS] = TO(OPEN),
        [H2F_RECEIVE_HEADERS] = TO(OPEN),
    },
    /* "reserved (local)" */
    [H2F_STREAM_RESERVED_LOCAL] = {
        [H2F_SEND_HEADERS] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_INTERIM] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_RESET] = TO(CLOSED),
        [H2F_RECEIVE_RESET] = TO(CLOSED),
        [H2F_RECEIVE_WINDOW_UPDATE] = TO(RESERVED_LOCAL),
    },
    /* "reserved (remote)" */
    [H2F_STREAM_RESERVED_REMOTE] = {
        [H2F_SEND_RESET] = TO(CLOSED),
        [H2F_SEND_WINDOW_UPDATE] = TO(RESERVED_REMOTE),
        [H2F_RECEIVE_HEADERS] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_INTERIM] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_RESET] = TO(CLOSED),
    },
    /* "open" */
    [H2F_STREAM_OPEN] = {
        [H2F_SEND_HEADERS] = TO(OPEN),
        [H2F_SEND_INTERIM] = TO(OPEN),
        [H2F_SEND_PROMISE] = TO(OPEN),
        [H2F_SEND_DATA] = TO(OPEN),
        [H2F_SEND_END] = TO(HALF_CLOSED_LOCAL),
        [H2F_SEND_RESET] = TO(CLOSED),
        [H2F_SEND_WINDOW_UPDATE] = TO(OPEN),
        [H2F_SEND_ALTSVC] = TO(OPEN),
        [H2F_RECEIVE_HEADERS] = TO(OPEN),
        [H2F_RECEIVE_INTERIM] = TO(OPEN),
        [H2F_RECEIVE_PROMISE] = TO(OPEN),
        [H2F_RECEIVE_DATA] = TO(OPEN),
        [H2F_RECEIVE_END] = TO(HALF_CLOSED_REMOTE),
        [H2F_RECEIVE_RESET] = TO(CLOSED),
        [H2F_RECEIVE_WINDOW_UPDATE] = TO(OPEN),
    },
    /* "half-closed (remote)" */
    [H2F_STREAM_HALF_CLOSED_REMOTE] = {
        [H2F_SEND_HEADERS] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_INTERIM] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_PROMISE] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_DATA] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_END] = TO(CLOSED),
        [H2F_SEND_RESET] = TO(CLOSED),
        [H2F_SEND_WINDOW_UPDATE] = TO(HALF_CLOSED_REMOTE),
        [H2F_SEND_ALTSVC] = TO(HALF_CLOSED_REMOTE),
        [H2F_RECEIVE_HEADERS] = CLOSED_ERROR,
        [H2F_RECEIVE_INTERIM] = CLOSED_ERROR,
        [H2F_RECEIVE_DATA] = CLOSED_ERROR,
        [H2F_RECEIVE_RESET] = TO(CLOSED),
        [H2F_RECEIVE_WINDOW_UPDATE] = TO(HALF_CLOSED_REMOTE),
    },
    /* "half-closed (local)" */
    [H2F_STREAM_HALF_CLOSED_LOCAL] = {
        [H2F_SEND_HEADERS] = CLOSED_ERROR,
        [H2F_SEND_INTERIM] = CLOSED_ERROR,
        [H2F_SEND_DATA] = CLOSED_ERROR,
        [H2F_SEND_END] = CLOSED_ERROR,
        [H2F_SEND_RESET] = TO(CLOSED),
        [H2F_SEND_WINDOW_UPDATE] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_HEADERS] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_INTERIM] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_PROMISE] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_DATA] = TO(HALF_CLOSED_LOCAL),
        [H2F_RECEIVE_END] = TO(CLOSED),
        [H2F_RECEIVE_RESET] = TO(CLOSED),
        [H2F_RECEIVE_WINDOW_UPDATE] = TO(HALF_CLOSED_LOCAL),
    },
    /* "closed" */
    [H2F_STREAM_CLOSED] = {
        [H2F_SEND_HEADERS] = CLOSED_ERROR,
        [H2F_SEND_INTERIM] = CLOSED_ERROR,
        [H2F_SEND_PROMISE] = CLOSED_ERROR,
        [H2F_SEND_DATA] = CLOSED_ERROR,
        [H2F_SEND_END] = CLOSED_ERROR,
        [H2F_SEND_RESET] = CLOSED_ERROR,
        [H2F_SEND_WINDOW_UPDATE] = CLOSED_ERROR,
        [H2F_SEND_ALTSVC] = CLOSED_ERROR,
        [H2F_RECEIVE_HEADERS] = CLOSED_ERROR,
        [H2F_RECEIVE_INTERIM] = CLOSED_ERROR,
        [H2F_RECEIVE_PROMISE] = CLOSED_ERROR,
        [H2F_RECEIVE_DATA] = CLOSED_ERROR,
        [H2F_RECEIVE_END] = CLOSED_ERROR,
        /* They may have been under way when the stream closed. */
        [H2F_RECEIVE_RESET] = TO(CLOSED),
        [H2F_RECEIVE_WINDOW_UPDATE] = TO(CLOSED),
    },
};

int h2f_stream_next_state(enum h2f_stream_state state, enum h2f_stream_input input) {
    int next = transitions[state][input];
    if (next > 0)
        return next - 1;
    return next == CLOSED_ERROR ? H2F_ERR_STREAM_CLOSED : H2F_ERR_STREAM_STATE;
}
