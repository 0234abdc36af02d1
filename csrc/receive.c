#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"
#include "h2f_bytes.h"

#define KEPT_CAP 1024u /* a connection that is idle needs no room for a large frame */

static int fail(h2f_connection *c, int error, const h2f_frame *frame, int64_t detail) {
    return h2f_connection_fail(c, error, frame->stream_id, detail);
}

/* An event that says what the frame says. */
static int report(h2f_event *event, enum h2f_event_type type, const h2f_frame *frame) {
    *event = (h2f_event){.type = (uint8_t)type, .stream_id = frame->stream_id, .frame = *frame};
    return 1;
}

/* -------------------------------------------------------------------------------- DATA */

/* Gives octets back to the window of the connection. */
static int acknowledge_connection(h2f_connection *c, uint32_t octets) {
    c->unprocessed -= octets;
    /* The connection's window does not depend on the setting (section 6.9.2). */
    uint32_t increment = h2f_window_process(&c->receive_window, H2F_DEFAULT_WINDOW, octets);
    h2f_frame update = {.type = H2F_FRAME_WINDOW_UPDATE, .window_increment = increment};
    return increment ? h2f_write_answer(c, &update) : 0;
}

static int acknowledge_stream(h2f_connection *c, h2f_stream *stream, uint32_t octets) {
    uint32_t increment =
        h2f_window_process(&stream->receive_window, h2f_local_window(c), octets);
    h2f_frame update = {.type = H2F_FRAME_WINDOW_UPDATE,
                        .stream_id = stream->id,
                        .window_increment = increment};
    if (increment == 0 || h2f_stream_next_state((enum h2f_stream_state)stream->state,
                                                H2F_SEND_WINDOW_UPDATE) < 0)
        return 0;
    return h2f_write_answer(c, &update);
}

int h2f_acknowledge(h2f_connection *c, uint32_t stream_id, uint32_t octets) {
    if (c->state == H2F_CONNECTION_CLOSED)
        return H2F_ERR_CONNECTION_CLOSED;
    /* No more can come back than has come in. */
    if (octets > c->unprocessed)
        return H2F_ERR_TOO_MUCH_ACKNOWLEDGED;
    if (h2f_output_reserve(&c->output, 2 * (H2F_FRAME_HEADER_LEN + 4)) == NULL)
        return H2F_ERR_NOMEM;
    int error = acknowledge_connection(c, octets);
    h2f_stream *stream = h2f_streams_find(&c->streams, stream_id);
    if (error || stream == NULL || stream->state == H2F_STREAM_HALF_CLOSED_REMOTE)
        return error;
    return acknowledge_stream(c, stream, octets);
}

/* Content that may have been under way when its stream was closed (section 5.1): in small messages,
 * a window holds many. */
static int count_late_data(h2f_connection *c, const h2f_frame *frame) {
    return frame->data_len == 0 ? h2f_count_glitch(c) : 0;
}

/* Data that nobody will read: it counts for the connection (section 6.9), and is given back. */
static int discard_data(h2f_connection *c, const h2f_frame *frame) {
    int error = acknowledge_connection(c, frame->length);
    if (error)
        return error;
    if (h2f_is_beyond(c, frame->stream_id))
        return count_late_data(c, frame);
    switch (h2f_streams_closed_by(&c->streams, frame->stream_id)) {
    case H2F_CLOSED_BY_OUR_RESET:
        return count_late_data(c, frame);
    case H2F_CLOSED_BY_PEERS_RESET:
        return h2f_refuse_stream(c, frame->stream_id, H2F_STREAM_CLOSED_ERROR);
    default:
        return fail(c, H2F_ERR_STREAM_CLOSED, frame, 0);
    }
}

static int count_empty_data(h2f_connection *c, const h2f_frame *frame) {
    if (frame->data_len != 0 || frame->flags & H2F_FLAG_END_STREAM) {
        c->empty_data = 0;
        return 0;
    }
    if (++c->empty_data > c->config.max_empty_data)
        return fail(c, H2F_ERR_LIMIT_EMPTY_DATA, frame, c->config.max_empty_data);
    return 0;
}

/* Content in crumbs costs us more than the peer. Some protocols consist of that, so whoever wants a
 * limit has to ask for it. */
static int count_small_data(h2f_connection *c, const h2f_frame *frame) {
    if (c->small_data.capacity == 0 || frame->data_len >= H2F_SMALL_DATA ||
        frame->flags & H2F_FLAG_END_STREAM || h2f_bucket_take(&c->small_data))
        return 0;
    return fail(c, H2F_ERR_LIMIT_SMALL_DATA, frame, c->small_data.capacity);
}

static int receive_data(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *stream = h2f_streams_find(&c->streams, frame->stream_id);
    int ended = (frame->flags & H2F_FLAG_END_STREAM) != 0;
    if (stream == NULL && h2f_is_idle(c, frame->stream_id) && !h2f_is_beyond(c, frame->stream_id))
        return fail(c, H2F_ERR_STREAM_IDLE, frame, 0);
    if (!h2f_window_consume(&c->receive_window, H2F_DEFAULT_WINDOW, frame->length))
        return fail(c, H2F_ERR_WINDOW_EXCEEDED, frame, 0);
    c->unprocessed += frame->length;
    int error = count_empty_data(c, frame);
    if (error || (error = count_small_data(c, frame)) < 0 ||
        (error = h2f_count_round_trip(c, frame->length)) < 0)
        return error;
    if (stream == NULL)
        return discard_data(c, frame);
    error = h2f_stream_input(c, stream, H2F_RECEIVE_DATA);
    if (error == H2F_ERR_STREAM_STATE)
        return fail(c, error, frame, 0);
    stream->received_len += (int64_t)frame->data_len;
    if (!error && !h2f_window_consume(&stream->receive_window, h2f_local_window(c), frame->length))
        return fail(c, H2F_ERR_WINDOW_EXCEEDED, frame, 0);
    if (error || !stream->headers_received || h2f_length_is_wrong(stream, ended)) {
        int fault = acknowledge_connection(c, frame->length);
        uint32_t code = error ? H2F_STREAM_CLOSED_ERROR : H2F_PROTOCOL_ERROR;
        return fault ? fault : h2f_fail_stream(c, stream, code, event);
    }
    if (ended)
        h2f_stream_input(c, stream, H2F_RECEIVE_END);
    if (c->config.auto_windows) {
        error = acknowledge_connection(c, frame->length);
        if (!error && !ended)
            error = acknowledge_stream(c, stream, frame->length);
        if (error)
            return h2f_connection_fail(c, error, frame->stream_id, 0);
    }
    report(event, H2F_EVENT_DATA, frame);
    event->end_stream = (uint8_t)ended;
    event->flow_len = frame->length;
    h2f_settle_stream(c, stream);
    return 1;
}

/* -------------------------------------------------------------------------- RST_STREAM */

/* Both sides have reset the stream. Nothing of the peer's is under way behind its own reset. */
static int receive_late_reset(h2f_connection *c, const h2f_frame *frame) {
    if (h2f_is_idle(c, frame->stream_id) && !h2f_is_beyond(c, frame->stream_id))
        return fail(c, H2F_ERR_STREAM_IDLE, frame, 0);
    if (h2f_streams_closed_by(&c->streams, frame->stream_id) == H2F_CLOSED_BY_OUR_RESET)
        h2f_streams_correct(&c->streams, frame->stream_id, H2F_CLOSED_BY_PEERS_RESET);
    return h2f_count_glitch(c);
}

static int receive_reset(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *stream = h2f_streams_find(&c->streams, frame->stream_id);
    if (stream == NULL)
        return receive_late_reset(c, frame);
    /* A peer that opens streams and cancels them makes a server work for nothing, unless all of the
     * answer is sent. */
    if (!h2f_is_ours(c, frame->stream_id) && stream->state != H2F_STREAM_HALF_CLOSED_LOCAL &&
        !h2f_bucket_take(&c->resets))
        return fail(c, H2F_ERR_LIMIT_RESETS, frame, c->resets.capacity);
    h2f_stream_input(c, stream, H2F_RECEIVE_RESET);
    h2f_settle_stream(c, stream);
    report(event, H2F_EVENT_RESET, frame);
    event->remote = 1;
    return 1;
}

/* ---------------------------------------------------------------------------- SETTINGS */

static int receive_settings_ack(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    if (c->unacknowledged_count == 0)
        return fail(c, H2F_ERR_SETTINGS_ACK, frame, 0);
    h2f_apply_local_settings(c, &c->unacknowledged[0]);
    c->unacknowledged_count--;
    memmove(c->unacknowledged, c->unacknowledged + 1,
            c->unacknowledged_count * sizeof *c->unacknowledged);
    return report(event, H2F_EVENT_SETTINGS_ACK, frame);
}

static int receive_settings(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    static const h2f_frame ack = {.type = H2F_FRAME_SETTINGS, .flags = H2F_FLAG_ACK};
    if (frame->flags & H2F_FLAG_ACK)
        return receive_settings_ack(c, frame, event);
    c->settings_entries = (uint32_t)(frame->data_len / 6);
    if (c->settings_entries > c->config.max_settings_entries)
        return fail(c, H2F_ERR_LIMIT_SETTINGS, frame, c->settings_entries);
    /* Section 6.5.3: in the order in which they stand. */
    for (size_t at = 0; at < frame->data_len; at += 6) {
        h2f_setting setting = {h2f_load_be16(frame->data + at),
                               h2f_load_be32(frame->data + at + 2)};
        int error = h2f_apply_remote_setting(c, setting);
        if (error)
            return fail(c, error, frame, setting.value);
    }
    int error = h2f_write_answer(c, &ack);
    return error ? error : report(event, H2F_EVENT_SETTINGS, frame);
}

/* ------------------------------------------------------------------------ the others */

static int receive_ping_ack(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    int ours = h2f_end_round_trip(c, frame);
    if (ours != 0)
        return ours < 0 ? ours : 0;
    int error = c->pings == 0 ? h2f_count_glitch(c) : 0; /* an answer to nothing */
    c->pings -= c->pings != 0;
    return error ? error : report(event, H2F_EVENT_PING_ACK, frame);
}

static int receive_ping(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_frame ack = *frame;
    if (frame->flags & H2F_FLAG_ACK)
        return receive_ping_ack(c, frame, event);
    ack.flags = H2F_FLAG_ACK;
    int error = h2f_write_answer(c, &ack);
    return error ? error : report(event, H2F_EVENT_PING, frame);
}

static int receive_goaway(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    if (c->goaway_received) {
        int error = h2f_count_glitch(c);
        if (error)
            return error;
    }
    c->goaway_received = 1;
    if (c->state == H2F_CONNECTION_OPEN)
        c->state = H2F_CONNECTION_DRAINING;
    if (frame->other_stream_id < c->last_accepted) { /* section 6.8: it never grows */
        c->last_accepted = frame->other_stream_id;
        c->refusing = c->last_accepted < c->highest_out;
        c->refuse_at = 0;
    }
    return report(event, H2F_EVENT_GOAWAY, frame);
}

/* Section 6.8: streams of ours that the peer's GOAWAY leaves out were not and will not be looked
 * at. Returns 1 with an event for one of them, 0 when there are no more. */
static int report_refused(h2f_connection *c, h2f_event *event) {
    h2f_stream *stream;
    while ((stream = h2f_streams_next(&c->streams, &c->refuse_at)) != NULL) {
        uint32_t at = c->refuse_at;
        if (!h2f_is_ours(c, stream->id) || stream->id <= c->last_accepted)
            continue;
        *event = (h2f_event){.type = H2F_EVENT_RESET, .remote = 1, .stream_id = stream->id};
        event->frame.error_code = H2F_REFUSED_STREAM;
        h2f_stream_input(c, stream, H2F_RECEIVE_RESET);
        h2f_settle_stream(c, stream);
        c->refuse_at = at - 1; /* another one may have moved there */
        return 1;
    }
    c->refusing = 0;
    return 0;
}

/* Updates that let nothing go out: many of them are a flood (section 10.5). */
static int count_window_update(h2f_connection *c) {
    uint64_t fair = H2F_FAIR_UPDATES + H2F_FAIR_UPDATES_OF_A_STREAM * c->streams_opened +
                    H2F_FAIR_UPDATES_OF_DATA * c->data_frames_sent;
    return ++c->window_updates_received > fair ? h2f_count_glitch(c) : 0;
}

static int receive_window_update(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *stream = h2f_streams_find(&c->streams, frame->stream_id);
    int64_t increment = frame->window_increment;
    int error = count_window_update(c);
    if (error)
        return error;
    if (frame->stream_id == 0) {
        if (c->send_window + increment > H2F_WINDOW_MAX)
            return fail(c, H2F_ERR_WINDOW_OVERFLOW, frame, increment);
        c->send_window += increment;
        return report(event, H2F_EVENT_WINDOW, frame);
    }
    if (stream == NULL)
        return h2f_is_idle(c, frame->stream_id) && !h2f_is_beyond(c, frame->stream_id)
                   ? fail(c, H2F_ERR_STREAM_IDLE, frame, 0)
                   : 0;
    error = h2f_stream_input(c, stream, H2F_RECEIVE_WINDOW_UPDATE);
    if (error)
        return fail(c, error, frame, 0);
    int64_t before = h2f_remote_window(c) + stream->send_window;
    if (before + increment > H2F_WINDOW_MAX)
        return h2f_fail_stream(c, stream, H2F_FLOW_CONTROL_ERROR, event);
    stream->send_window += increment;
    if (stream->send_window > c->most_send_window)
        c->most_send_window = stream->send_window;
    if (before <= 0) /* otherwise it keeps its turn */
        h2f_unblock_stream(c, stream);
    return report(event, H2F_EVENT_WINDOW, frame);
}

static int receive_priority(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    if (frame->depends_on == frame->stream_id)
        return fail(c, H2F_ERR_STREAM_ITSELF, frame, 0);
    int error = h2f_count_glitch(c);
    if (!error)
        error = h2f_depend(c, frame->stream_id, frame->depends_on, frame->weight + 1,
                           frame->exclusive);
    return error ? error : report(event, H2F_EVENT_PRIORITY, frame);
}

static int receive_priority_update(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    uint32_t id = frame->other_stream_id;
    if (c->config.client)
        return fail(c, H2F_ERR_STREAM_STATE, frame, 0);
    if (h2f_is_ours(c, id) && h2f_is_idle(c, id))
        return fail(c, H2F_ERR_STREAM_IDLE, frame, id);
    /* Streams that our GOAWAY leaves out never come (RFC 9113 section 6.8). */
    if (!h2f_is_ours(c, id) && id > c->last_allowed)
        return report(event, H2F_EVENT_PRIORITY_UPDATE, frame);
    int error = h2f_update_priority(c, frame, &c->local);
    /* A peer that may not have read our limit yet does not break it: what is too many is passed
     * over. */
    if (error == H2F_ERR_IDLE_PRIORITIES && c->unacknowledged_count != 0)
        error = 0;
    return error ? fail(c, error, frame, id) : report(event, H2F_EVENT_PRIORITY_UPDATE, frame);
}

/* ALTSVC is for clients, and ORIGIN too, on stream 0 (RFC 7838 section 4, RFC 8336 section 2.1);
 * elsewhere they are ignored. PRIORITY_UPDATE is for servers (RFC 9218 section 7). */
static int receive_extension(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    int error = h2f_count_glitch(c);
    if (error)
        return error;
    switch (frame->type) {
    case H2F_FRAME_ALTSVC:
        if (!c->config.client || (frame->stream_id == 0) != (frame->origin_len != 0))
            return 0;
        return report(event, H2F_EVENT_ALTSVC, frame);
    case H2F_FRAME_ORIGIN: /* flags that are not defined yet may change what it means */
        if (!c->config.client || frame->stream_id != 0 || frame->flags & 0x0f)
            return 0;
        return report(event, H2F_EVENT_ORIGIN, frame);
    case H2F_FRAME_PRIORITY_UPDATE:
        return receive_priority_update(c, frame, event);
    }
    return report(event, H2F_EVENT_UNKNOWN, frame);
}

/* ------------------------------------------------------------------------------ frames */

static int dispatch(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    switch (frame->type) {
    case H2F_FRAME_DATA:
        return receive_data(c, frame, event);
    case H2F_FRAME_HEADERS:
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_CONTINUATION:
        return h2f_receive_block_frame(c, frame, event);
    case H2F_FRAME_PRIORITY:
        return receive_priority(c, frame, event);
    case H2F_FRAME_RST_STREAM:
        return receive_reset(c, frame, event);
    case H2F_FRAME_SETTINGS:
        return receive_settings(c, frame, event);
    case H2F_FRAME_PING:
        return receive_ping(c, frame, event);
    case H2F_FRAME_GOAWAY:
        return receive_goaway(c, frame, event);
    case H2F_FRAME_WINDOW_UPDATE:
        return receive_window_update(c, frame, event);
    default:
        return receive_extension(c, frame, event);
    }
}

static int receive_frame(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    if (!c->settings_seen) { /* section 3.4 */
        if (frame->type != H2F_FRAME_SETTINGS || frame->flags & H2F_FLAG_ACK)
            return fail(c, H2F_ERR_SETTINGS_FIRST, frame, frame->type);
        c->settings_seen = 1;
    }
    if (c->block_frame.type != H2F_FRAME_DATA && (frame->type != H2F_FRAME_CONTINUATION ||
                                                  frame->stream_id != c->block_frame.stream_id))
        return fail(c, H2F_ERR_CONTINUATION_EXPECTED, frame, frame->type);
    int result = dispatch(c, frame, event);
    /* Whatever went wrong half-way, memory for the most part, is the end. */
    return result < 0 ? fail(c, result, frame, 0) : result;
}

/* A frame that breaks a rule by itself. Some are faults of a stream (sections 6.3 and 6.9), but not
 * amidst a header block, where there must be none of them. */
static int fail_frame(h2f_connection *c, int error, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *stream = NULL;
    /* RFC 7838 section 4: a server ignores it, whatever is in it. */
    if (frame->type == H2F_FRAME_ALTSVC && error == H2F_ERR_FRAME_LENGTH && !c->config.client)
        return receive_frame(c, frame, event);
    if ((error == H2F_ERR_FRAME_INCREMENT ||
         (error == H2F_ERR_FRAME_LENGTH && frame->type == H2F_FRAME_PRIORITY)) &&
        c->block_frame.type == H2F_FRAME_DATA)
        stream = h2f_streams_find(&c->streams, frame->stream_id);
    if (stream == NULL)
        return fail(c, error, frame, frame->length);
    int result = h2f_fail_stream(c, stream, h2f_error_code_of(error), event);
    return result < 0 ? fail(c, result, frame, 0) : result;
}

/* Keeps the beginning of a frame. */
static int keep_partial(h2f_connection *c, const uint8_t *p, size_t len) {
    if (c->partial_cap - c->partial_len < len) {
        size_t cap = c->partial_cap ? c->partial_cap : 256;
        while (cap - c->partial_len < len)
            cap *= 2;
        uint8_t *partial = realloc(c->partial, cap);
        if (partial == NULL)
            return h2f_connection_fail(c, H2F_ERR_NOMEM, 0, 0);
        c->partial = partial;
        c->partial_cap = cap;
    }
    memcpy(c->partial + c->partial_len, p, len);
    c->partial_len += len;
    return 0;
}

/* Completes the frame that was begun, as far as the octets go. Returns 1 when it is complete. */
static int complete_partial(h2f_connection *c, const uint8_t **p, const uint8_t *end) {
    for (;;) {
        size_t whole = H2F_FRAME_HEADER_LEN;
        if (c->partial_len >= H2F_FRAME_HEADER_LEN) {
            uint32_t length = h2f_load_be32(c->partial) >> 8;
            if (length > c->local.value[H2F_SETTINGS_MAX_FRAME_SIZE] ||
                c->partial_len == whole + length)
                return 1; /* or too large, which its reader says */
            whole += length;
        }
        size_t len = whole - c->partial_len;
        if (len > (size_t)(end - *p))
            len = (size_t)(end - *p);
        if (len == 0)
            return 0;
        int error = keep_partial(c, *p, len);
        if (error)
            return error;
        *p += len;
    }
}

/* Section 3.4. Returns 1 when it is complete, 0 where there is more to come. */
static int receive_preface(h2f_connection *c, const uint8_t **p, const uint8_t *end) {
    while (c->preface_seen < H2F_CLIENT_PREFACE_LEN && *p < end) {
        if (**p != (uint8_t)H2F_CLIENT_PREFACE[c->preface_seen])
            return h2f_connection_fail(c, H2F_ERR_PREFACE, 0, c->preface_seen);
        ++*p;
        c->preface_seen++;
    }
    return c->preface_seen == H2F_CLIENT_PREFACE_LEN;
}

/* The next frame: of the partial one, or in place. Returns 1, 0 where it is not complete, or the
 * frame's error. */
static int next_frame(h2f_connection *c, const uint8_t **p, const uint8_t *end, h2f_frame *frame) {
    uint32_t most = c->local.value[H2F_SETTINGS_MAX_FRAME_SIZE];
    ptrdiff_t taken;
    if (c->partial_len != 0) {
        int result = complete_partial(c, p, end);
        if (result <= 0)
            return result;
        taken = h2f_frame_parse(frame, c->partial, c->partial_len, most);
        c->partial_len = 0; /* the octets stay until the next call */
        return taken < 0 ? (int)taken : 1;
    }
    taken = h2f_frame_parse(frame, *p, (size_t)(end - *p), most);
    if (taken > 0)
        *p += taken;
    else if (taken == 0 && end != *p) {
        int error = keep_partial(c, *p, (size_t)(end - *p));
        *p = end;
        return error;
    } else if (taken < 0 && taken != H2F_ERR_FRAME_TOO_LARGE)
        *p += H2F_FRAME_HEADER_LEN + frame->length;
    return taken > 0 ? 1 : (int)taken;
}

/* Frees a large buffer that holds nothing any more. */
static void give_back(uint8_t **octets, size_t *cap) {
    if (*cap <= KEPT_CAP)
        return;
    free(*octets);
    *octets = NULL;
    *cap = 0;
}

int h2f_receive(h2f_connection *c, const uint8_t **p, const uint8_t *end, h2f_event *event) {
    int result;
    if (c->error)
        return c->error;
    if (c->state == H2F_CONNECTION_CLOSED) /* our GOAWAY with an error was the last word */
        return H2F_ERR_CONNECTION_CLOSED;
    if ((result = h2f_connection_start(c)) < 0) /* before any answer */
        return h2f_connection_fail(c, result, 0, 0);
    result = 1;
    if (c->partial_len == 0)
        give_back(&c->partial, &c->partial_cap);
    if (c->block_frame.type == H2F_FRAME_DATA)
        give_back(&c->block, &c->block_cap);
    if (!c->config.client && c->preface_seen < H2F_CLIENT_PREFACE_LEN)
        result = receive_preface(c, p, end);
    while (result > 0) {
        h2f_frame frame;
        if (c->refusing && report_refused(c, event))
            return 1;
        result = next_frame(c, p, end, &frame);
        if (c->error)
            return c->error;
        if (result == 0)
            return 0;
        result = result < 0 ? fail_frame(c, result, &frame, event)
                            : receive_frame(c, &frame, event);
        if (result != 0)
            return result;
        result = 1;
    }
    return result;
}
