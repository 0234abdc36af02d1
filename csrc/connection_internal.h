/* What the parts of a connection use of each other. */
#ifndef H2F_CONNECTION_INTERNAL_H
#define H2F_CONNECTION_INTERNAL_H

#include "connection.h"
#include "h2f_error.h"
#include "h2f_limits.h"

/* Section 3.4. */
#define H2F_CLIENT_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define H2F_CLIENT_PREFACE_LEN (sizeof H2F_CLIENT_PREFACE - 1)

static inline int64_t h2f_local_window(const h2f_connection *c) {
    return c->local.value[H2F_SETTINGS_INITIAL_WINDOW_SIZE];
}

static inline int64_t h2f_remote_window(const h2f_connection *c) {
    return c->remote.value[H2F_SETTINGS_INITIAL_WINDOW_SIZE];
}

/* Whether streams with this identifier are opened by us (section 5.1.1). */
static inline int h2f_is_ours(const h2f_connection *c, uint32_t id) {
    return id % 2 == c->config.client;
}

/* Whether no stream with this identifier was ever opened. */
static inline int h2f_is_idle(const h2f_connection *c, uint32_t id) {
    return id > (h2f_is_ours(c, id) ? c->highest_out : c->highest_in);
}

/* Whether a stream of the peer's is beyond what our GOAWAY allows: what comes on it is ignored
 * (section 6.8). */
static inline int h2f_is_beyond(const h2f_connection *c, uint32_t id) {
    return id > c->last_allowed && id != 0 && !h2f_is_ours(c, id);
}

/* The peer's last stream that was or may be looked at, for a GOAWAY: what it says never grows. */
static inline uint32_t h2f_last_taken(const h2f_connection *c) {
    return c->highest_in < c->last_allowed ? c->highest_in : c->last_allowed;
}

/* Whether a stream has become a tunnel, by CONNECT and a response of success: then there are no
 * more messages on it (section 8.5). */
static inline int h2f_is_tunnel(const h2f_connection *c, const h2f_stream *stream) {
    return stream->connect &&
           (c->config.client ? stream->headers_received : stream->headers_sent);
}

/* Section 8.1.1: whether the content is not as long as content-length says, as far as it is here.
 * The answer to HEAD has none, whatever it says. */
static inline int h2f_length_is_wrong(const h2f_stream *stream, int ended) {
    if (stream->expected_len < 0 || (stream->unknown_request && stream->received_len == 0))
        return 0;
    return stream->received_len > stream->expected_len ||
           (ended && stream->received_len < stream->expected_len);
}

/* ------------------------------------------------------------------------- connection.c */

/* Writes a frame behind what is to be sent. Returns 0, H2F_ERR_NOMEM or, of a frame that
 * h2f_frame_write refuses, H2F_ERR_FRAME_SIZE. */
int h2f_write_frame(h2f_connection *c, const h2f_frame *frame);

/* Writes an answer. Answers are bounded: a peer that takes none of them cannot have them pile up.
 * Returns what h2f_write_frame does, or H2F_ERR_LIMIT_ANSWERS, which has ended the connection. */
int h2f_write_answer(h2f_connection *c, const h2f_frame *frame);

/* Opens a stream in its first state after idle, and counts it. NULL without memory. */
h2f_stream *h2f_open_stream(h2f_connection *c, uint32_t id, enum h2f_stream_state state);

/* Moves a stream to its next state, and counts. Returns 0 or H2F_ERR_STREAM_CLOSED, _STATE. */
int h2f_stream_input(h2f_connection *c, h2f_stream *stream, enum h2f_stream_input input);

/* Takes a stream out that waits for nothing, as if it had never been but for how it closed. */
void h2f_remove_stream(h2f_connection *c, h2f_stream *stream);

/* Lets go of a stream that is closed. */
void h2f_settle_stream(h2f_connection *c, h2f_stream *stream);

/* Closes a stream for a fault of the peer's: RST_STREAM (section 5.4.2). Returns 1 with an event
 * where the caller knows the stream, 0 where it does not, or an error of h2f_refuse_stream. */
int h2f_fail_stream(h2f_connection *c, h2f_stream *stream, uint32_t error_code, h2f_event *event);

/* Answers a frame on a stream that is gone with RST_STREAM. Returns what h2f_write_answer does, or
 * H2F_ERR_LIMIT_OWN_RESETS, which has ended the connection. */
int h2f_refuse_stream(h2f_connection *c, uint32_t stream_id, uint32_t error_code);

/* Counts a frame that changes nothing. Returns 0 or H2F_ERR_LIMIT_GLITCHES, which has ended the
 * connection. */
int h2f_count_glitch(h2f_connection *c);

/* Section 8.3.2: a status is three digits, which the rules of h2 do not ask for. Returns 0 or
 * H2F_ERR_FIELD_STATUS. */
static inline int h2f_check_status(enum h2f_section section, const h2f_section_info *info) {
    return section == H2F_SECTION_RESPONSE && info->status == 0 ? H2F_ERR_FIELD_STATUS : 0;
}

/* Settings of ours that came into force. */
void h2f_apply_local_settings(h2f_connection *c, const h2f_settings *settings);

/* A setting of the peer's. Returns 0, H2F_ERR_SETTING_RANGE, H2F_ERR_SETTING_WINDOW,
 * H2F_ERR_WINDOW_OVERFLOW (of a stream's) or H2F_ERR_CONNECT_PROTOCOL. */
int h2f_apply_remote_setting(h2f_connection *c, h2f_setting setting);

/* --------------------------------------------------------------------- window_growth.c */

/* Counts received octets of content, and begins to measure where nothing is measured. Returns what
 * h2f_write_answer does. */
int h2f_count_round_trip(h2f_connection *c, uint32_t octets);

/* Takes the answer to a PING. Returns 1 where that was ours, 0 where it is the caller's, or
 * H2F_ERR_NOMEM. */
int h2f_end_round_trip(h2f_connection *c, const h2f_frame *ack);

/* ----------------------------------------------------------------------- header_block.c */

/* HEADERS, PUSH_PROMISE and CONTINUATION. Return as h2f_receive does. */
int h2f_receive_block_frame(h2f_connection *c, const h2f_frame *frame, h2f_event *event);

/* ---------------------------------------------------------------------------- outbound.c */

/* Drops what a stream has queued, and takes it off all lists. */
void h2f_drop_queue(h2f_connection *c, h2f_stream *stream);

/* A window has grown: the stream, or all of them, may send again. */
void h2f_unblock_stream(h2f_connection *c, h2f_stream *stream);
void h2f_unblock_all(h2f_connection *c);

/* Queues trailers behind the content of a stream. Returns 0 or H2F_ERR_NOMEM. */
int h2f_queue_trailers(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                       size_t count);

/* -------------------------------------------------------------------- priority_signals.c */

/* A request is there, or a promise: the client's wish is what it said before (RFC 9218 section 7),
 * or what the fields say. */
void h2f_begin_priority(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                        size_t count);

/* A final response goes out: what its fields say counts before the client's wish (section 8). */
void h2f_answer_priority(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                         size_t count);

/* A PRIORITY_UPDATE of the client's, on either side: of an idle stream, it counts for the streams
 * that the server's settings allow (section 7.1). Returns 0, H2F_ERR_IDLE_PRIORITIES or
 * H2F_ERR_NOMEM. */
int h2f_update_priority(h2f_connection *c, const h2f_frame *frame, const h2f_settings *servers);

/* What the peer says about dependencies (RFC 7540 section 5.3). Returns 0 or H2F_ERR_NOMEM. */
int h2f_depend(h2f_connection *c, uint32_t stream_id, uint32_t depends_on, int weight,
               int exclusive);

/* -------------------------------------------------------------------------------- send.c */

/* A living stream in *stream. Returns 0; or H2F_ERR_STREAM_IDLE, H2F_ERR_STREAM_CLOSED or
 * H2F_ERR_CONNECTION_CLOSED, which say why there is none. */
int h2f_find_stream(const h2f_connection *c, uint32_t stream_id, h2f_stream **stream);

/* Encodes fields and writes them as HEADERS or PUSH_PROMISE with CONTINUATIONs. Returns 0 or
 * H2F_ERR_NOMEM, having changed nothing. */
int h2f_write_block(h2f_connection *c, h2f_frame *first, const h2f_field *fields, size_t count);

/* Octets of output that HEADERS with these fields take at most. */
size_t h2f_headers_bound(const h2f_connection *c, const h2f_field *fields, size_t count);

#endif
