/* Content that goes out. What cannot go at once waits in its stream's queue; streams that wait have
 * turns, a frame each. The stream whose turn is next is the only decision about order: next_stream,
 * which asks the schedule.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"

/* A part of a payload goes out from where it is if it is no smaller than this: a segment costs more
 * than copying a few octets. */
#define LEAST_SEGMENT 1024u

/* A part of what a stream is to send: content, or its trailers. */
typedef struct h2f_chunk {
    struct h2f_chunk *next;
    h2f_payload *payload; /* NULL where the octets are our own, below */
    const uint8_t *at;
    size_t len;
    uint8_t end_stream;
    uint8_t trailers; /* the octets are fields, as pack_fields has them */
    uint8_t own[];
} chunk;

/* ---------------------------------------------------- waiting for a turn or for a window */

static h2f_stream *next_stream(h2f_connection *c) {
    return h2f_schedule_next(&c->schedule);
}

static int64_t window_of(const h2f_connection *c, const h2f_stream *stream) {
    return h2f_remote_window(c) + stream->send_window;
}

/* A stream waits no longer, for whatever it was. */
static void leave(h2f_connection *c, h2f_stream *stream) {
    if (stream->waits == H2F_WAITS_FOR_TURN) {
        h2f_schedule_remove(&c->schedule, stream);
    } else if (stream->waits == H2F_WAITS_FOR_WINDOW) {
        stream->link.before->after = stream->link.after;
        stream->link.after->before = stream->link.before;
        stream->link = (h2f_link){NULL, NULL};
    }
    stream->waits = H2F_WAITS_NOT;
}

static void wait_for_window(h2f_connection *c, h2f_stream *stream) {
    leave(c, stream);
    stream->link = (h2f_link){c->blocked.before, &c->blocked};
    stream->link.before->after = stream->link.after->before = &stream->link;
    stream->waits = H2F_WAITS_FOR_WINDOW;
}

/* There is a place. */
static void wait_for_turn(h2f_connection *c, h2f_stream *stream) {
    leave(c, stream);
    stream->waits = H2F_WAITS_FOR_TURN;
    h2f_schedule_add(&c->schedule, stream);
}

void h2f_unblock_stream(h2f_connection *c, h2f_stream *stream) {
    if (stream->waits == H2F_WAITS_FOR_WINDOW && window_of(c, stream) > 0)
        wait_for_turn(c, stream);
}

void h2f_unblock_all(h2f_connection *c) {
    while (c->blocked.after != &c->blocked)
        wait_for_turn(c, h2f_stream_of(c->blocked.after));
}

/* ------------------------------------------------------------------------------- queue */

static chunk *new_chunk(const uint8_t *octets, size_t len, h2f_payload *payload) {
    chunk *new = malloc(sizeof *new + (payload ? 0 : len));
    if (new == NULL)
        return NULL;
    *new = (chunk){.payload = payload, .at = octets, .len = len};
    if (payload != NULL) {
        payload->references++;
    } else if (len != 0) {
        memcpy(new->own, octets, len);
        new->at = new->own;
    }
    return new;
}

/* Makes room for one more stream that waits, if this one does not. */
static int reserve_place(h2f_connection *c, const h2f_stream *stream) {
    return stream->first != NULL ? 0 : h2f_schedule_reserve(&c->schedule, c->waiting + 1u);
}

/* There is a place. */
static void enqueue(h2f_connection *c, h2f_stream *stream, chunk *new) {
    if (stream->first == NULL)
        stream->first = new;
    else
        stream->last->next = new;
    stream->last = new;
    stream->queued += new->len;
    c->queued += new->len;
    if (stream->waits != H2F_WAITS_NOT)
        return;
    c->waiting++;
    if (window_of(c, stream) > 0)
        wait_for_turn(c, stream);
    else
        wait_for_window(c, stream);
}

static void dequeue(h2f_connection *c, h2f_stream *stream) {
    chunk *old = stream->first;
    stream->first = old->next;
    stream->queued -= old->len;
    c->queued -= old->len;
    if (old->payload != NULL)
        h2f_payload_release(&c->output, old->payload);
    free(old);
    if (stream->first == NULL) {
        leave(c, stream);
        c->waiting--;
    }
}

void h2f_drop_queue(h2f_connection *c, h2f_stream *stream) {
    while (stream->first != NULL)
        dequeue(c, stream);
}

/* ------------------------------------------------------------------------------ frames */

static size_t least(int64_t a, size_t b) {
    return a < 0 ? 0 : (uint64_t)a < b ? (size_t)a : b;
}

/* Octets of content that may go out on a stream now, of so many. */
static size_t allowed(const h2f_connection *c, const h2f_stream *stream, size_t len) {
    return least(c->send_window, least(window_of(c, stream), len));
}

/* Octets of content in a frame: no more than may go ahead of all else, whatever the peer takes. */
static size_t longest_data(const h2f_connection *c) {
    return least(H2F_MAX_AHEAD, c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE]);
}

/* Room for one DATA frame; writing it cannot fail then. */
static int reserve_frame(h2f_connection *c, const h2f_payload *payload, size_t len) {
    size_t own = H2F_FRAME_HEADER_LEN + (payload && len >= LEAST_SEGMENT ? 0 : len);
    if (h2f_output_reserve(&c->output, own) == NULL)
        return H2F_ERR_NOMEM;
    return payload ? h2f_output_reserve_segment(&c->output) : 0;
}

static void write_data(h2f_connection *c, h2f_stream *stream, h2f_payload *payload,
                       const uint8_t *octets, size_t len, int end_stream) {
    h2f_frame frame = {.type = H2F_FRAME_DATA,
                       .flags = end_stream ? H2F_FLAG_END_STREAM : 0,
                       .stream_id = stream->id,
                       .data_len = len};
    uint8_t *dst = h2f_output_reserve(&c->output, H2F_FRAME_HEADER_LEN);
    dst = h2f_frame_write_head(dst, &frame);
    if (payload != NULL && len >= LEAST_SEGMENT) {
        h2f_output_commit(&c->output, H2F_FRAME_HEADER_LEN);
        h2f_output_refer(&c->output, payload, octets, len);
    } else {
        if (len != 0)
            memcpy(dst, octets, len);
        h2f_output_commit(&c->output, H2F_FRAME_HEADER_LEN + len);
    }
    c->send_window -= (int64_t)len;
    stream->send_window -= (int64_t)len;
    c->data_frames_sent++;
}

static void end_stream_sent(h2f_connection *c, h2f_stream *stream) {
    h2f_stream_input(c, stream, H2F_SEND_END);
    h2f_settle_stream(c, stream);
}

/* ---------------------------------------------------------------------------- trailers */

/* Fields as octets: for each the two lengths and the flag, then the strings. */
typedef struct {
    uint32_t name_len, value_len, never_indexed;
} packed_field;

static size_t packed_size(const h2f_field *fields, size_t count) {
    size_t size = count * sizeof(packed_field);
    for (size_t i = 0; i < count; i++)
        size += fields[i].name_len + fields[i].value_len;
    return size;
}

static uint8_t *pack(uint8_t *dst, const void *octets, size_t len) {
    if (len != 0)
        memcpy(dst, octets, len);
    return dst + len;
}

int h2f_queue_trailers(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                       size_t count) {
    size_t size = packed_size(fields, count);
    chunk *new = malloc(sizeof *new + size);
    if (new == NULL)
        return H2F_ERR_NOMEM;
    *new = (chunk){.at = NULL, .len = 0, .end_stream = 1, .trailers = 1};
    uint8_t *dst = new->own;
    for (size_t i = 0; i < count; i++) {
        packed_field lengths = {(uint32_t)fields[i].name_len, (uint32_t)fields[i].value_len,
                                fields[i].never_indexed};
        dst = pack(dst, &lengths, sizeof lengths);
        dst = pack(dst, fields[i].name, fields[i].name_len);
        dst = pack(dst, fields[i].value, fields[i].value_len);
    }
    new->at = dst; /* where they end */
    stream->ending = 1;
    enqueue(c, stream, new);
    return 0;
}

static size_t unpack(const chunk *trailers, h2f_field *fields) {
    size_t count = 0;
    for (const uint8_t *p = trailers->own; p < trailers->at; count++) {
        packed_field lengths;
        memcpy(&lengths, p, sizeof lengths);
        p += sizeof lengths;
        if (fields != NULL)
            fields[count] = (h2f_field){p, p + lengths.name_len, lengths.name_len,
                                        lengths.value_len, (uint8_t)lengths.never_indexed};
        p += lengths.name_len + lengths.value_len;
    }
    return count;
}

static int send_trailers(h2f_connection *c, h2f_stream *stream) {
    const chunk *trailers = stream->first;
    size_t count = unpack(trailers, NULL);
    h2f_field *fields = malloc((count + 1) * sizeof *fields);
    if (fields == NULL)
        return H2F_ERR_NOMEM;
    unpack(trailers, fields);
    h2f_frame frame = {
        .type = H2F_FRAME_HEADERS, .stream_id = stream->id, .flags = H2F_FLAG_END_STREAM};
    int error = h2f_write_block(c, &frame, fields, count);
    free(fields);
    if (error)
        return error;
    dequeue(c, stream);
    h2f_stream_input(c, stream, H2F_SEND_HEADERS);
    stream->trailers_sent = 1;
    end_stream_sent(c, stream);
    return 1;
}

/* ------------------------------------------------------------------------ taking turns */

/* Trailers, and the end of the stream by itself, need no window. */
static int needs_window(const h2f_stream *stream) {
    return stream->first->len != 0;
}

/* Sends a frame of what is first in a stream's queue, of which the windows allow some. Returns 1
 * when the stream was ended, which may be gone then; 0; or an error, having changed nothing. */
static int send_part(h2f_connection *c, h2f_stream *stream) {
    chunk *first = stream->first;
    if (first->trailers)
        return send_trailers(c, stream);
    size_t len = allowed(c, stream, least((int64_t)longest_data(c), first->len));
    int last = len == first->len, ends = last && first->end_stream;
    int error = reserve_frame(c, first->payload, len);
    if (error)
        return error;
    write_data(c, stream, first->payload, first->at, len, ends);
    first->at += len;
    first->len -= len;
    stream->queued -= len;
    c->queued -= len;
    if (last)
        dequeue(c, stream);
    if (ends)
        end_stream_sent(c, stream);
    return ends;
}

/* One turn: a frame, and what can follow it without a window. It counts before it is taken, as the
 * stream may be gone then; one that fails counts too. */
static int take_turn(h2f_connection *c, h2f_stream *stream) {
    h2f_schedule_turn(&c->schedule, stream);
    int result = send_part(c, stream);
    if (result == 0 && stream->first != NULL && !needs_window(stream))
        result = send_part(c, stream);
    if (result == 0 && stream->first != NULL && window_of(c, stream) <= 0)
        wait_for_window(c, stream);
    return result < 0 ? result : 0;
}

int h2f_pump(h2f_connection *c, size_t most) {
    h2f_stream *stream;
    if (c->state == H2F_CONNECTION_CLOSED)
        return 0;
    while (c->output.len < most && (stream = next_stream(c)) != NULL) {
        if (needs_window(stream) && c->send_window <= 0)
            break;
        if (needs_window(stream) && window_of(c, stream) <= 0) {
            wait_for_window(c, stream);
            continue;
        }
        int error = take_turn(c, stream);
        if (error)
            return error;
    }
    return 0;
}

/* ------------------------------------------------------------------------------ sending */

/* What is wrong with sending content on a stream, or 0. */
static int check_sendable(const h2f_stream *stream) {
    int next = h2f_stream_next_state((enum h2f_stream_state)stream->state, H2F_SEND_DATA);
    if (next < 0)
        return next;
    if (stream->ending)
        return H2F_ERR_STREAM_CLOSED;
    return stream->headers_sent ? 0 : H2F_ERR_MESSAGE_NO_HEADERS;
}

/* Sends at once what goes into one frame; nobody waits, and the windows allow it. */
static int send_now(h2f_connection *c, h2f_stream *stream, const uint8_t *octets, size_t len,
                    int end_stream) {
    int error = reserve_frame(c, NULL, len);
    if (error)
        return error;
    write_data(c, stream, NULL, octets, len, end_stream);
    if (end_stream)
        end_stream_sent(c, stream);
    return 0;
}

/* What goes out at once cannot be overtaken by what is sent after it, nor be counted until it is
 * taken. Where somebody cares for the order, it is no more than a frame before that. */
static int may_go_first(const h2f_connection *c) {
    int is_ordered = c->schedule.scheme != H2F_SCHEME_ROUND_ROBIN &&
                     (c->schedule.scheme != H2F_SCHEME_AUTO || c->priorities_said);
    size_t ahead = is_ordered ? H2F_FRAME_DEFAULT_MAX_SIZE : H2F_MAX_AHEAD;
    return c->schedule.ready == 0 && c->output.len < ahead;
}

/* Whether content can go out at once. What has an owner is not copied, but waits for its turn. */
static int fits_now(const h2f_connection *c, const h2f_stream *stream, size_t len,
                    const void *owner) {
    if (stream->first != NULL)
        return 0;
    return len == 0 || (owner == NULL && may_go_first(c) &&
                        len <= longest_data(c) &&
                        allowed(c, stream, len) == len);
}

static int send_later(h2f_connection *c, h2f_stream *stream, const uint8_t *octets, size_t len,
                      int end_stream, h2f_payload *payload) {
    chunk *new;
    if (reserve_place(c, stream) != 0 || (new = new_chunk(octets, len, payload)) == NULL)
        return H2F_ERR_NOMEM;
    new->end_stream = (uint8_t)end_stream;
    stream->ending = (uint8_t)(end_stream != 0);
    enqueue(c, stream, new);
    return 0;
}

int h2f_send_data(h2f_connection *c, uint32_t stream_id, const uint8_t *octets, size_t len,
                  int end_stream, void *owner) {
    h2f_stream *stream;
    int error = h2f_find_stream(c, stream_id, &stream);
    if (error || (error = check_sendable(stream)) < 0)
        return error;
    int now = fits_now(c, stream, len, owner);
    if (!now && len > c->config.max_queued - c->queued)
        return H2F_ERR_QUEUE_FULL;
    h2f_payload *payload = NULL;
    if (owner != NULL && (payload = h2f_payload_new(octets, len, owner)) == NULL)
        return H2F_ERR_NOMEM;
    if (len != 0 || end_stream)
        error = now ? send_now(c, stream, octets, len, end_stream)
                    : send_later(c, stream, octets, len, end_stream, payload);
    if (payload != NULL && error)
        free(payload); /* the owner stays the caller's */
    else if (payload != NULL)
        h2f_payload_release(&c->output, payload);
    return error;
}

/* ------------------------------------------------------------------- the caller's choice */

static int can_send(const h2f_connection *c, const h2f_stream *stream) {
    return !needs_window(stream) || (c->send_window > 0 && window_of(c, stream) > 0);
}

size_t h2f_ready_streams(h2f_connection *c, uint32_t *ids, size_t most) {
    h2f_link *at = NULL;
    size_t count = 0;
    for (h2f_stream *stream; count < most && (stream = h2f_schedule_each(&c->schedule, &at));)
        if (can_send(c, stream))
            ids[count++] = stream->id;
    return count;
}

int h2f_choose(h2f_connection *c, uint32_t stream_id) {
    h2f_stream *stream = h2f_streams_find(&c->streams, stream_id);
    if (stream == NULL || stream->waits != H2F_WAITS_FOR_TURN || !can_send(c, stream))
        return H2F_ERR_NOT_READY;
    c->schedule.chosen = stream;
    return 0;
}

/* ---------------------------------------------------------- headers and content together */

/* Headers without content that waits, so that neither headers nor content can fail any more. */
static int send_both_now(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields,
                         size_t count, const uint8_t *octets, size_t len, int end_stream) {
    size_t room = h2f_headers_bound(c, fields, count) + H2F_FRAME_HEADER_LEN + len;
    if (h2f_output_reserve(&c->output, room) == NULL)
        return H2F_ERR_NOMEM;
    int error = h2f_send_headers(c, stream_id, fields, count, 0);
    return error ? error
                 : send_now(c, h2f_streams_find(&c->streams, *stream_id), octets, len, end_stream);
}

/* Headers, and behind them a chunk that there is already. */
static int send_both_later(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields,
                           size_t count, const uint8_t *octets, size_t len, int end_stream,
                           void *owner) {
    h2f_payload *payload = NULL;
    if (h2f_schedule_reserve(&c->schedule, c->waiting + 1u) != 0)
        return H2F_ERR_NOMEM;
    if (owner != NULL && (payload = h2f_payload_new(octets, len, owner)) == NULL)
        return H2F_ERR_NOMEM;
    chunk *new = new_chunk(octets, len, payload);
    int error = new ? h2f_send_headers(c, stream_id, fields, count, 0) : H2F_ERR_NOMEM;
    if (error) { /* the owner stays the caller's */
        free(new);
        free(payload);
        return error;
    }
    h2f_stream *stream = h2f_streams_find(&c->streams, *stream_id);
    new->end_stream = stream->ending = end_stream != 0;
    enqueue(c, stream, new);
    if (payload != NULL)
        h2f_payload_release(&c->output, payload);
    return 0;
}

int h2f_send_message(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields, size_t count,
                     const uint8_t *octets, size_t len, int end_stream, void *owner) {
    static const h2f_stream fresh;
    const h2f_stream *stream = *stream_id ? h2f_streams_find(&c->streams, *stream_id) : NULL;
    if (h2f_fields_informational(fields, count))
        return H2F_ERR_MESSAGE_NO_HEADERS;
    if (fits_now(c, stream ? stream : &fresh, len, owner))
        return send_both_now(c, stream_id, fields, count, octets, len, end_stream);
    if (len > c->config.max_queued - c->queued)
        return H2F_ERR_QUEUE_FULL;
    return send_both_later(c, stream_id, fields, count, octets, len, end_stream, owner);
}

size_t h2f_queued(const h2f_connection *c, uint32_t stream_id) {
    const h2f_stream *stream = h2f_streams_find(&c->streams, stream_id);
    return stream == NULL ? 0 : stream->queued;
}
