#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"

#define HIGHEST_STREAM_ID 0x7fffffffu

static int check_open(const h2f_connection *c) {
    return c->state == H2F_CONNECTION_CLOSED ? H2F_ERR_CONNECTION_CLOSED : 0;
}

int h2f_find_stream(const h2f_connection *c, uint32_t stream_id, h2f_stream **stream) {
    int error = check_open(c);
    if (error)
        return error;
    *stream = h2f_streams_find(&c->streams, stream_id);
    if (*stream != NULL)
        return 0;
    return stream_id == 0 || h2f_is_idle(c, stream_id) ? H2F_ERR_STREAM_IDLE
                                                       : H2F_ERR_STREAM_CLOSED;
}

/* Whether something can be sent on a stream, which *stream is then, or on the connection; our
 * preface goes first. */
static int begin(h2f_connection *c, uint32_t stream_id, h2f_stream **stream) {
    int error = stream_id ? h2f_find_stream(c, stream_id, stream) : check_open(c);
    return error ? error : h2f_connection_start(c);
}

/* ----------------------------------------------------------------------- header blocks */

static size_t octets_of(const h2f_field *fields, size_t count) {
    size_t octets = 0;
    for (size_t i = 0; i < count; i++)
        octets += fields[i].name_len + fields[i].value_len;
    return octets;
}

/* Octets before the block in the first frame's payload. */
static size_t prefix_len(const h2f_frame *first) {
    return first->type == H2F_FRAME_PUSH_PROMISE ? 4 : 0;
}

/* Spreads a block that stands at its place in one frame over several: from the last to the first,
 * each part moves behind the headers that come before it. */
static size_t split_block(uint8_t *start, h2f_frame *first, size_t len, size_t most) {
    size_t prefix = prefix_len(first), in_first = most - prefix;
    size_t rest = len - in_first, parts = (rest + most - 1) / most;
    uint8_t *block = start + H2F_FRAME_HEADER_LEN + prefix;
    for (size_t part = parts; part-- > 0;) {
        size_t from = in_first + part * most;
        size_t part_len = len - from < most ? len - from : most;
        uint8_t *dst = block + from + part * H2F_FRAME_HEADER_LEN;
        memmove(dst + H2F_FRAME_HEADER_LEN, block + from, part_len);
        h2f_frame header = {.type = H2F_FRAME_CONTINUATION,
                            .stream_id = first->stream_id,
                            .flags = part == parts - 1 ? H2F_FLAG_END_HEADERS : 0,
                            .data = dst + H2F_FRAME_HEADER_LEN,
                            .data_len = part_len};
        h2f_frame_write_head(dst, &header);
    }
    return H2F_FRAME_HEADER_LEN + prefix + len + parts * H2F_FRAME_HEADER_LEN;
}

static size_t block_bound(const h2f_connection *c, const h2f_field *fields, size_t count,
                          size_t prefix) {
    size_t most = c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE];
    size_t bound = H2F_HPACK_SIZE_UPDATES_BOUND +
                   h2f_hpack_encode_bound(count, octets_of(fields, count)) + prefix;
    return bound + (bound / most + 1) * H2F_FRAME_HEADER_LEN;
}

size_t h2f_headers_bound(const h2f_connection *c, const h2f_field *fields, size_t count) {
    return block_bound(c, fields, count, 0);
}

int h2f_write_block(h2f_connection *c, h2f_frame *first, const h2f_field *fields, size_t count) {
    size_t most = c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE];
    size_t prefix = prefix_len(first);
    uint8_t *start = h2f_output_reserve(&c->output, block_bound(c, fields, count, prefix));
    if (start == NULL || h2f_hpack_index_follow(&c->encoder.index, &c->encoder.table) < 0)
        return H2F_ERR_NOMEM;
    uint8_t *block = start + H2F_FRAME_HEADER_LEN + prefix;
    uint8_t *end = h2f_hpack_encode_size_updates(&c->encoder, block);
    for (size_t i = 0; i < count; i++)
        end = h2f_hpack_encode_field(&c->encoder.table, &c->encoder.index, end, fields[i].name,
                                     fields[i].name_len, fields[i].value, fields[i].value_len,
                                     fields[i].never_indexed ? H2F_HPACK_NEVER
                                                             : H2F_HPACK_ADAPTIVE,
                                     H2F_HPACK_SHORTER);
    size_t len = (size_t)(end - block), total = (size_t)(end - start);
    first->data = block;
    first->data_len = len;
    if (prefix + len <= most)
        first->flags |= H2F_FLAG_END_HEADERS;
    else {
        total = split_block(start, first, len, most);
        first->data_len = most - prefix;
    }
    h2f_frame_write_head(start, first);
    h2f_output_commit(&c->output, total);
    return 0;
}

/* ---------------------------------------------------------------------------- messages */

static unsigned field_flags(const h2f_connection *c) {
    unsigned flags = H2F_FIELDS_OCTETS | (c->config.strict_fields ? H2F_FIELDS_STRICT : 0);
    if (c->remote.value[H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL])
        flags |= H2F_FIELDS_EXTENDED_CONNECT;
    return flags;
}

static int check_fields(const h2f_connection *c, const h2f_field *fields, size_t count,
                        enum h2f_section section, h2f_section_info *info) {
    if (!c->config.validate_sent) {
        h2f_fields_read(fields, count, info);
        return 0;
    }
    int error = h2f_fields_check_sent(fields, count, section, field_flags(c), info);
    return error ? error : h2f_check_status(section, info);
}

/* A stream whose first block could not be written: it was never opened. */
static void take_back(h2f_connection *c, h2f_stream *stream, uint32_t highest_out) {
    h2f_remove_stream(c, stream);
    c->highest_out = highest_out;
    c->streams_opened--;
}

/* Whether a new stream may be opened by us now. */
static int check_new_stream(const h2f_connection *c, uint32_t stream_id) {
    if (c->state != H2F_CONNECTION_OPEN)
        return c->state == H2F_CONNECTION_CLOSED ? H2F_ERR_CONNECTION_CLOSED
                                                 : H2F_ERR_CONNECTION_DRAINING;
    if (stream_id > HIGHEST_STREAM_ID)
        return H2F_ERR_NO_STREAM_IDS;
    if (stream_id <= c->highest_out || !h2f_is_ours(c, stream_id))
        return H2F_ERR_STREAM_NUMBER;
    if (c->open[c->config.client] >= c->remote.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS])
        return H2F_ERR_TOO_MANY_STREAMS;
    return 0;
}

static uint32_t next_id(const h2f_connection *c) {
    return c->highest_out == 0 ? (c->config.client ? 1 : 2) : c->highest_out + 2;
}

static int send_request(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields,
                        size_t count, int end_stream) {
    h2f_section_info info;
    uint32_t id = *stream_id ? *stream_id : next_id(c);
    int error = check_new_stream(c, id);
    if (error || (error = check_fields(c, fields, count, H2F_SECTION_REQUEST, &info)) < 0)
        return error;
    uint32_t highest = c->highest_out;
    h2f_stream *stream = h2f_open_stream(c, id, H2F_STREAM_IDLE);
    if (stream == NULL)
        return H2F_ERR_NOMEM;
    h2f_frame frame = {.type = H2F_FRAME_HEADERS,
                       .stream_id = id,
                       .flags = end_stream ? H2F_FLAG_END_STREAM : 0};
    error = h2f_write_block(c, &frame, fields, count);
    if (error) {
        take_back(c, stream, highest);
        return error;
    }
    h2f_stream_input(c, stream, H2F_SEND_HEADERS);
    stream->headers_sent = 1;
    stream->head = info.method == H2F_METHOD_HEAD;
    stream->connect = info.method == H2F_METHOD_CONNECT;
    h2f_begin_priority(c, stream, fields, count);
    if (end_stream)
        h2f_stream_input(c, stream, H2F_SEND_END);
    *stream_id = id;
    return 0;
}

/* What is wrong with sending this on a stream, or 0. */
static int check_sendable(const h2f_connection *c, const h2f_stream *stream,
                          enum h2f_event_section section, int end_stream) {
    if (section == H2F_IS_INTERIM && end_stream)
        return H2F_ERR_MESSAGE_INTERIM_END;
    if (section == H2F_IS_INTERIM && stream->headers_sent)
        return H2F_ERR_MESSAGE_INTERIM_LATE;
    if (section == H2F_IS_TRAILERS && stream->ending)
        return H2F_ERR_STREAM_CLOSED;
    if (section == H2F_IS_TRAILERS && !end_stream)
        return H2F_ERR_MESSAGE_TRAILERS_END;
    if (section == H2F_IS_TRAILERS && h2f_is_tunnel(c, stream))
        return H2F_ERR_MESSAGE_TUNNEL;
    int next = h2f_stream_next_state(
        (enum h2f_stream_state)stream->state,
        section == H2F_IS_INTERIM ? H2F_SEND_INTERIM : H2F_SEND_HEADERS);
    if (next < 0)
        return next;
    /* A promised stream counts from its response on (section 5.1.2). */
    if (stream->state == H2F_STREAM_RESERVED_LOCAL &&
        c->open[0] >= c->remote.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS])
        return H2F_ERR_TOO_MANY_STREAMS;
    return 0;
}

/* A response, or trailers of either side. */
static int send_on_stream(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                          size_t count, int end_stream) {
    int interim = !c->config.client && h2f_fields_informational(fields, count);
    enum h2f_event_section section = interim                ? H2F_IS_INTERIM
                                     : stream->headers_sent ? H2F_IS_TRAILERS
                                                            : H2F_IS_RESPONSE;
    h2f_section_info info;
    int error = check_sendable(c, stream, section, end_stream);
    if (error)
        return error;
    error = check_fields(c, fields, count,
                         section == H2F_IS_TRAILERS ? H2F_SECTION_TRAILERS : H2F_SECTION_RESPONSE,
                         &info);
    if (error)
        return error;
    if (stream->first != NULL) /* behind the content that waits */
        return h2f_queue_trailers(c, stream, fields, count);
    h2f_frame frame = {.type = H2F_FRAME_HEADERS,
                       .stream_id = stream->id,
                       .flags = end_stream ? H2F_FLAG_END_STREAM : 0};
    error = h2f_write_block(c, &frame, fields, count);
    if (error)
        return error;
    h2f_stream_input(c, stream,
                     section == H2F_IS_INTERIM ? H2F_SEND_INTERIM : H2F_SEND_HEADERS);
    if (section == H2F_IS_TRAILERS)
        stream->trailers_sent = 1;
    else if (section == H2F_IS_RESPONSE) {
        stream->headers_sent = 1;
        if (info.status / 100 != 2)
            stream->connect = 0;
        h2f_answer_priority(c, stream, fields, count);
    }
    if (end_stream) {
        h2f_stream_input(c, stream, H2F_SEND_END);
        h2f_settle_stream(c, stream);
    }
    return 0;
}

int h2f_send_headers(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields, size_t count,
                     int end_stream) {
    h2f_stream *stream = NULL;
    int error = begin(c, 0, NULL);
    if (error)
        return error;
    if (*stream_id != 0)
        stream = h2f_streams_find(&c->streams, *stream_id);
    if (stream != NULL)
        return send_on_stream(c, stream, fields, count, end_stream);
    if (*stream_id != 0 && !h2f_is_idle(c, *stream_id))
        return H2F_ERR_STREAM_CLOSED;
    if (!c->config.client)
        return *stream_id == 0 ? H2F_ERR_NOT_A_CLIENT : H2F_ERR_STREAM_IDLE;
    return send_request(c, stream_id, fields, count, end_stream);
}

/* Section 8.4. */
int h2f_send_push(h2f_connection *c, uint32_t stream_id, const h2f_field *fields, size_t count,
                  uint32_t *promised) {
    h2f_stream *parent;
    h2f_section_info info;
    int error = h2f_find_stream(c, stream_id, &parent);
    if (error)
        return error;
    if (c->config.client)
        return H2F_ERR_NOT_A_SERVER;
    if (!c->remote.value[H2F_SETTINGS_ENABLE_PUSH])
        return H2F_ERR_PUSH_DISABLED;
    /* Section 6.6: only on streams that the client has opened. */
    if (h2f_is_ours(c, stream_id) || parent->ending)
        return H2F_ERR_PUSH_PARENT;
    int next = h2f_stream_next_state((enum h2f_stream_state)parent->state, H2F_SEND_PROMISE);
    if (next < 0)
        return next;
    if (c->goaway_received && next_id(c) > c->last_accepted)
        return H2F_ERR_CONNECTION_DRAINING;
    if (next_id(c) > HIGHEST_STREAM_ID)
        return H2F_ERR_NO_STREAM_IDS;
    error = check_fields(c, fields, count, H2F_SECTION_REQUEST, &info);
    if (!error && c->config.validate_sent)
        error = h2f_fields_check_promised(fields, count, &info);
    if (error)
        return error;
    uint32_t id = next_id(c), highest = c->highest_out;
    h2f_stream *stream = h2f_open_stream(c, id, H2F_STREAM_RESERVED_LOCAL);
    if (stream == NULL)
        return H2F_ERR_NOMEM;
    h2f_frame frame = {
        .type = H2F_FRAME_PUSH_PROMISE, .stream_id = stream_id, .other_stream_id = id};
    error = h2f_write_block(c, &frame, fields, count);
    if (error) {
        take_back(c, stream, highest);
        return error;
    }
    stream->headers_received = 1; /* the promise is the request */
    h2f_begin_priority(c, stream, fields, count);
    *promised = id;
    return 0;
}

/* ------------------------------------------------------------------------------ others */

int h2f_send_reset(h2f_connection *c, uint32_t stream_id, uint32_t error_code) {
    h2f_stream *stream;
    int error = h2f_find_stream(c, stream_id, &stream);
    if (error)
        return error;
    h2f_frame frame = {
        .type = H2F_FRAME_RST_STREAM, .stream_id = stream_id, .error_code = error_code};
    error = h2f_write_frame(c, &frame);
    if (error)
        return error;
    h2f_stream_input(c, stream, H2F_SEND_RESET);
    h2f_settle_stream(c, stream);
    return 0;
}

int h2f_send_ping(h2f_connection *c, const uint8_t octets[8]) {
    h2f_frame frame = {.type = H2F_FRAME_PING, .data = octets, .data_len = 8};
    int error = begin(c, 0, NULL);
    if (error || (error = h2f_write_frame(c, &frame)) < 0)
        return error;
    c->pings++;
    return 0;
}

/* The largest initial window size that the peer may go by: that in force, or a later one. */
static int64_t largest_initial(const h2f_connection *c) {
    int64_t largest = h2f_local_window(c);
    for (size_t i = 0; i < c->unacknowledged_count; i++)
        if (c->unacknowledged[i].value[H2F_SETTINGS_INITIAL_WINDOW_SIZE] > largest)
            largest = c->unacknowledged[i].value[H2F_SETTINGS_INITIAL_WINDOW_SIZE];
    return largest;
}

/* What the peer would have to refuse in our SETTINGS (sections 6.5.2 and 6.9.2, RFC 8441 section
 * 3). */
static int check_setting(const h2f_connection *c, h2f_setting setting, const h2f_settings *before) {
    uint32_t at = 0;
    int error = h2f_setting_check(setting);
    if (error)
        return error;
    switch (setting.id) {
    case H2F_SETTINGS_ENABLE_PUSH:
        return !c->config.client && setting.value != 0 ? H2F_ERR_SETTING_RANGE : 0;
    case H2F_SETTINGS_NO_RFC7540_PRIORITIES: /* RFC 9218 section 2.1: it never changes */
        return before->value[setting.id] != setting.value ? H2F_ERR_SETTING_RANGE : 0;
    case H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL:
        return before->value[setting.id] > setting.value ? H2F_ERR_CONNECT_PROTOCOL : 0;
    case H2F_SETTINGS_INITIAL_WINDOW_SIZE:
        for (h2f_stream *s; (s = h2f_streams_next(&c->streams, &at)) != NULL;)
            if (setting.value + s->receive_window.most > H2F_WINDOW_MAX)
                return H2F_ERR_WINDOW_OVERFLOW;
    }
    return 0;
}

int h2f_send_settings(h2f_connection *c, const h2f_setting *settings, size_t count) {
    uint8_t octets[6 * H2F_DEFAULT_MAX_SETTINGS_ENTRIES], *p = octets;
    int error = begin(c, 0, NULL);
    if (error)
        return error;
    if (c->unacknowledged_count == H2F_MAX_UNACKNOWLEDGED ||
        count > H2F_DEFAULT_MAX_SETTINGS_ENTRIES)
        return H2F_ERR_TOO_MANY_SETTINGS;
    h2f_settings after = c->unacknowledged_count == 0
                             ? c->local
                             : c->unacknowledged[c->unacknowledged_count - 1];
    for (size_t i = 0; i < count; i++) {
        error = check_setting(c, settings[i], &after);
        if (error)
            return error;
        h2f_settings_set(&after, settings[i]);
        *p++ = (uint8_t)(settings[i].id >> 8);
        *p++ = (uint8_t)settings[i].id;
        for (int shift = 24; shift >= 0; shift -= 8)
            *p++ = (uint8_t)(settings[i].value >> shift);
    }
    h2f_frame frame = {
        .type = H2F_FRAME_SETTINGS, .data = octets, .data_len = (size_t)(p - octets)};
    error = h2f_write_frame(c, &frame);
    if (!error)
        c->unacknowledged[c->unacknowledged_count++] = after;
    return error;
}

/* Section 6.8: to the peer, its streams that our GOAWAY leaves out are closed now. */
static void close_left_out(h2f_connection *c) {
    h2f_stream *stream;
    uint32_t at = 0;
    while ((stream = h2f_streams_next(&c->streams, &at)) != NULL) {
        if (h2f_is_ours(c, stream->id) || stream->id <= c->last_allowed)
            continue;
        h2f_stream_input(c, stream, H2F_SEND_RESET);
        h2f_settle_stream(c, stream);
        at--; /* another one may have moved there */
    }
}

int h2f_send_goaway(h2f_connection *c, uint32_t last_stream_id, uint32_t error_code,
                    const uint8_t *debug, size_t debug_len) {
    int error = begin(c, 0, NULL);
    if (error)
        return error;
    if (last_stream_id > c->last_allowed) /* section 6.8: it never grows */
        last_stream_id = c->last_allowed;
    h2f_frame frame = {.type = H2F_FRAME_GOAWAY,
                       .other_stream_id = last_stream_id,
                       .error_code = error_code,
                       .data = debug,
                       .data_len = debug_len};
    if (8 + debug_len > c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE])
        return H2F_ERR_FRAME_SIZE;
    error = h2f_write_frame(c, &frame);
    if (error)
        return error;
    c->goaway_sent = 1;
    c->last_allowed = last_stream_id;
    c->state = error_code == H2F_NO_ERROR ? H2F_CONNECTION_DRAINING : H2F_CONNECTION_CLOSED;
    if (last_stream_id < c->highest_in)
        close_left_out(c);
    return 0;
}

int h2f_send_window_update(h2f_connection *c, uint32_t stream_id, uint32_t increment) {
    h2f_stream *stream = NULL;
    int error = begin(c, stream_id, &stream);
    if (error)
        return error;
    h2f_window *window = stream ? &stream->receive_window : &c->receive_window;
    int64_t initial = stream ? largest_initial(c) : H2F_DEFAULT_WINDOW;
    h2f_frame frame = {.type = H2F_FRAME_WINDOW_UPDATE,
                       .stream_id = stream_id,
                       .window_increment = increment};
    if (increment == 0)
        return H2F_ERR_FRAME_INCREMENT;
    if (increment > H2F_WINDOW_MAX || initial + window->most + increment > H2F_WINDOW_MAX)
        return H2F_ERR_WINDOW_OVERFLOW;
    if (stream != NULL) {
        int next = h2f_stream_next_state((enum h2f_stream_state)stream->state,
                                         H2F_SEND_WINDOW_UPDATE);
        if (next < 0)
            return next;
    }
    error = h2f_write_frame(c, &frame);
    if (!error)
        h2f_window_open(window, initial, increment);
    return error;
}

int h2f_send_priority_update(h2f_connection *c, uint32_t stream_id, const uint8_t *value,
                             size_t len) {
    int error = begin(c, 0, NULL);
    if (error)
        return error;
    h2f_frame frame = {.type = H2F_FRAME_PRIORITY_UPDATE,
                       .other_stream_id = stream_id,
                       .data = value,
                       .data_len = len};
    if (!c->config.client)
        return H2F_ERR_NOT_A_CLIENT;
    /* RFC 9218 section 7.1: not of a push that was never promised. */
    if (stream_id == 0 || stream_id > HIGHEST_STREAM_ID ||
        (!h2f_is_ours(c, stream_id) && h2f_is_idle(c, stream_id)))
        return H2F_ERR_STREAM_IDLE;
    if (len + 4 > c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE])
        return H2F_ERR_FRAME_SIZE;
    if (!h2f_is_idle(c, stream_id) && h2f_streams_find(&c->streams, stream_id) == NULL)
        return 0;
    if (h2f_output_reserve(&c->output, h2f_frame_size(&frame)) == NULL)
        return H2F_ERR_NOMEM;
    error = h2f_update_priority(c, &frame, &c->remote);
    return error ? error : h2f_write_frame(c, &frame);
}

int h2f_send_altsvc(h2f_connection *c, uint32_t stream_id, const uint8_t *origin,
                    size_t origin_len, const uint8_t *value, size_t len) {
    h2f_stream *stream;
    int error = begin(c, stream_id, &stream);
    if (error)
        return error;
    h2f_frame frame = {.type = H2F_FRAME_ALTSVC,
                       .stream_id = stream_id,
                       .origin = origin,
                       .origin_len = origin_len,
                       .data = value,
                       .data_len = len};
    if (c->config.client)
        return H2F_ERR_NOT_A_SERVER;
    if (stream_id != 0 && (error = h2f_stream_next_state((enum h2f_stream_state)stream->state,
                                                         H2F_SEND_ALTSVC)) < 0)
        return error;
    if ((stream_id == 0) != (origin_len != 0))
        return H2F_ERR_ORIGIN_MISPLACED;
    if (origin_len > 0xffff ||
        2 + origin_len + len > c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE])
        return H2F_ERR_FRAME_SIZE;
    return h2f_write_frame(c, &frame);
}

int h2f_send_origin(h2f_connection *c, const uint8_t *origins, size_t len) {
    h2f_frame frame = {.type = H2F_FRAME_ORIGIN, .data = origins, .data_len = len};
    int error = begin(c, 0, NULL);
    if (error)
        return error;
    if (c->config.client)
        return H2F_ERR_NOT_A_SERVER;
    return len > c->remote.value[H2F_SETTINGS_MAX_FRAME_SIZE] ? H2F_ERR_FRAME_SIZE
                                                              : h2f_write_frame(c, &frame);
}
