#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"

void h2f_config_init(h2f_config *config, int client) {
    *config = (h2f_config){
        .client = (uint8_t)(client != 0),
        .validate_received = 1,
        .validate_sent = 1,
        .auto_windows = 1,
        .window = H2F_DEFAULT_WINDOW,
        .max_header_fields = H2F_HPACK_DEFAULT_MAX_FIELDS,
        .max_continuations = H2F_DEFAULT_MAX_CONTINUATIONS,
        .max_empty_continuations = H2F_DEFAULT_MAX_EMPTY_CONTINUATIONS,
        .max_unsent_answers = H2F_DEFAULT_MAX_UNSENT_ANSWERS,
        .max_settings_entries = H2F_DEFAULT_MAX_SETTINGS_ENTRIES,
        .max_empty_data = H2F_DEFAULT_MAX_EMPTY_DATA,
        .max_interim = H2F_DEFAULT_MAX_INTERIM,
        .max_pushed = H2F_DEFAULT_MAX_PUSHED,
        .resets = {H2F_DEFAULT_MAX_RESETS, H2F_DEFAULT_RESETS_REFILL, 0, 0, NULL, NULL},
        .own_resets = {H2F_DEFAULT_MAX_RESETS, H2F_DEFAULT_RESETS_REFILL, 0, 0, NULL, NULL},
        .glitches = {H2F_DEFAULT_MAX_GLITCHES, H2F_DEFAULT_GLITCHES_REFILL, 0, 0, NULL, NULL},
        .max_queued = H2F_DEFAULT_MAX_QUEUED,
        .max_encoder_table_size = H2F_HPACK_DEFAULT_TABLE_SIZE,
    };
    h2f_settings_init(&config->settings);
    config->settings.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = H2F_DEFAULT_MAX_STREAMS;
    config->settings.value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE] = H2F_HPACK_DEFAULT_MAX_LIST_SIZE;
    /* Pushed responses are for those who ask for them. */
    config->settings.value[H2F_SETTINGS_ENABLE_PUSH] = 0;
}

int h2f_connection_init(h2f_connection *c, const h2f_config *config) {
    memset(c, 0, sizeof *c);
    c->config = *config;
    if (c->config.window > H2F_WINDOW_MAX)
        c->config.window = H2F_WINDOW_MAX;
    h2f_settings_init(&c->local);
    h2f_settings_init(&c->remote);
    /* Both limit what a peer may do before it has read our SETTINGS, too: a stream that is refused
     * can be tried again, and a list that is too large is too large at any time. */
    c->local.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] =
        config->settings.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS];
    h2f_streams_init(&c->streams);
    h2f_hpack_table_init(&c->decoder_table, H2F_HPACK_DEFAULT_TABLE_SIZE);
    h2f_hpack_decoder_init(&c->decoder, &c->decoder_table);
    c->decoder.max_list_size = config->settings.value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE];
    c->decoder.max_fields = config->max_header_fields;
    h2f_hpack_encoder_init(&c->encoder);
    c->encoder.table_limit = config->max_encoder_table_size;
    h2f_hpack_encoder_resize(&c->encoder, H2F_HPACK_DEFAULT_TABLE_SIZE);
    h2f_output_init(&c->output);
    h2f_schedule_init(&c->schedule, (enum h2f_scheme)config->scheme);
    c->blocked = (h2f_link){&c->blocked, &c->blocked};
    c->send_window = H2F_DEFAULT_WINDOW;
    c->last_allowed = c->last_accepted = H2F_WINDOW_MAX;
    c->resets = config->resets;
    c->own_resets = config->own_resets;
    c->glitches = config->glitches;
    c->small_data = config->small_data;
    c->unacknowledged = malloc(H2F_MAX_UNACKNOWLEDGED * sizeof *c->unacknowledged);
    return c->unacknowledged == NULL ? H2F_ERR_NOMEM : 0;
}

void h2f_connection_free(h2f_connection *c) {
    uint32_t at = 0;
    for (h2f_stream *s; (s = h2f_streams_next(&c->streams, &at)) != NULL;)
        h2f_drop_queue(c, s);
    h2f_schedule_free(&c->schedule);
    h2f_streams_free(&c->streams);
    h2f_idle_priorities_free(&c->prioritized);
    h2f_hpack_table_free(&c->decoder_table);
    h2f_hpack_encoder_free(&c->encoder);
    h2f_output_free(&c->output);
    free(c->unacknowledged);
    free(c->partial);
    free(c->block);
    free(c->fields);
    free(c->origins);
}

size_t h2f_connection_heap_size(const h2f_connection *c) {
    return h2f_streams_heap_size(&c->streams) + h2f_hpack_table_heap_size(&c->decoder_table) +
           h2f_hpack_table_heap_size(&c->encoder.table) +
           h2f_hpack_index_heap_size(&c->encoder.index) + c->output.own_cap +
           c->output.segment_cap * sizeof(h2f_segment) +
           H2F_MAX_UNACKNOWLEDGED * sizeof(h2f_settings) + c->partial_cap + c->block_cap +
           c->prioritized.cap * sizeof(h2f_idle_priority) + h2f_schedule_heap_size(&c->schedule) +
           c->field_cap * (sizeof(h2f_field) + sizeof(h2f_field_origin));
}

/* ------------------------------------------------------------------------------ output */

int h2f_write_frame(h2f_connection *c, const h2f_frame *frame) {
    size_t size = h2f_frame_size(frame);
    uint8_t *dst = h2f_output_reserve(&c->output, size);
    if (dst == NULL)
        return H2F_ERR_NOMEM;
    if (h2f_frame_write(dst, size, frame) == NULL)
        return H2F_ERR_FRAME_SIZE;
    h2f_output_commit(&c->output, size);
    return 0;
}

int h2f_write_answer(h2f_connection *c, const h2f_frame *frame) {
    if (c->output.len == 0)
        c->unsent_answers = 0;
    if (c->unsent_answers >= c->config.max_unsent_answers)
        return h2f_connection_fail(c, H2F_ERR_LIMIT_ANSWERS, frame->stream_id, c->unsent_answers);
    c->unsent_answers++;
    return h2f_write_frame(c, frame);
}

/* What our first SETTINGS says: what differs from the defaults, in the order that others send it
 * in. */
size_t h2f_first_settings(const h2f_config *config, uint8_t *dst) {
    static const uint8_t order[] = {
        H2F_SETTINGS_HEADER_TABLE_SIZE,       H2F_SETTINGS_ENABLE_PUSH,
        H2F_SETTINGS_INITIAL_WINDOW_SIZE,     H2F_SETTINGS_MAX_FRAME_SIZE,
        H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL, H2F_SETTINGS_MAX_CONCURRENT_STREAMS,
        H2F_SETTINGS_MAX_HEADER_LIST_SIZE,    H2F_SETTINGS_NO_RFC7540_PRIORITIES};
    h2f_settings defaults;
    uint8_t *p = dst;
    h2f_settings_init(&defaults);
    for (size_t i = 0; i < sizeof order; i++) {
        uint32_t value = config->settings.value[order[i]];
        /* Section 6.5.2: a server must not allow to be pushed to, and needs not say so. */
        if (value == defaults.value[order[i]] ||
            (order[i] == H2F_SETTINGS_ENABLE_PUSH && !config->client))
            continue;
        p[0] = 0;
        p[1] = order[i];
        p[2] = (uint8_t)(value >> 24);
        p[3] = (uint8_t)(value >> 16);
        p[4] = (uint8_t)(value >> 8);
        p[5] = (uint8_t)value;
        p += 6;
    }
    return (size_t)(p - dst);
}

int h2f_connection_start(h2f_connection *c) {
    uint8_t octets[6 * H2F_SETTINGS_KNOWN];
    if (c->started)
        return 0;
    h2f_frame settings = {.type = H2F_FRAME_SETTINGS, .data = octets};
    settings.data_len = h2f_first_settings(&c->config, octets);
    /* All of it fits, or nothing is written. */
    uint8_t *dst = h2f_output_reserve(
        &c->output, H2F_CLIENT_PREFACE_LEN + 2 * H2F_FRAME_HEADER_LEN + sizeof octets + 4);
    if (dst == NULL)
        return H2F_ERR_NOMEM;
    if (c->config.client) {
        memcpy(dst, H2F_CLIENT_PREFACE, H2F_CLIENT_PREFACE_LEN);
        h2f_output_commit(&c->output, H2F_CLIENT_PREFACE_LEN);
    }
    h2f_write_frame(c, &settings);
    c->unacknowledged[c->unacknowledged_count++] = c->config.settings;
    c->started = 1;
    if (c->config.window > H2F_DEFAULT_WINDOW) {
        h2f_frame update = {.type = H2F_FRAME_WINDOW_UPDATE,
                            .window_increment = c->config.window - H2F_DEFAULT_WINDOW};
        h2f_write_frame(c, &update);
        h2f_window_open(&c->receive_window, H2F_DEFAULT_WINDOW, update.window_increment);
    }
    return 0;
}

/* ------------------------------------------------------------------------------ errors */

/* What answers each error that is not a PROTOCOL_ERROR. */
uint32_t h2f_error_code_of(int error) {
    switch (error) {
    case H2F_ERR_NOMEM:
        return H2F_INTERNAL_ERROR;
    case H2F_ERR_HEADER_LIST_SIZE:
    case H2F_ERR_HEADER_FIELD_COUNT:
        return H2F_ENHANCE_YOUR_CALM;
    case H2F_ERR_FRAME_TOO_LARGE:
    case H2F_ERR_FRAME_LENGTH:
    case H2F_ERR_FRAME_ACK:
        return H2F_FRAME_SIZE_ERROR;
    case H2F_ERR_STREAM_CLOSED:
        return H2F_STREAM_CLOSED_ERROR;
    case H2F_ERR_SETTING_WINDOW:
    case H2F_ERR_WINDOW_EXCEEDED:
    case H2F_ERR_WINDOW_OVERFLOW:
        return H2F_FLOW_CONTROL_ERROR;
    }
    if (error <= H2F_ERR_INTEGER_TRUNCATED && error >= H2F_ERR_TABLE_SIZE_MISSING)
        return H2F_COMPRESSION_ERROR;
    if (error <= H2F_ERR_LIMIT_CONTINUATIONS && error >= H2F_ERR_LIMIT_SMALL_DATA)
        return H2F_ENHANCE_YOUR_CALM;
    return H2F_PROTOCOL_ERROR;
}

int h2f_connection_fail(h2f_connection *c, int error, uint32_t stream_id, int64_t detail) {
    uint8_t octets[H2F_FRAME_HEADER_LEN + 8];
    if (c->error)
        return c->error;
    c->error = error;
    c->error_code = h2f_error_code_of(error);
    c->error_stream = stream_id;
    c->error_detail = detail;
    c->state = H2F_CONNECTION_CLOSED;
    h2f_frame goaway = {.type = H2F_FRAME_GOAWAY,
                        .other_stream_id = h2f_last_taken(c),
                        .error_code = c->error_code};
    /* Without memory for it, the peer sees the connection close. */
    if (c->started || h2f_connection_start(c) == 0) {
        uint8_t *dst = h2f_output_reserve(&c->output, sizeof octets);
        if (dst != NULL && h2f_frame_write(dst, sizeof octets, &goaway) != NULL) {
            h2f_output_commit(&c->output, sizeof octets);
            c->goaway_sent = 1;
        }
    }
    return error;
}

int h2f_count_glitch(h2f_connection *c) {
    if (!h2f_bucket_take(&c->glitches))
        return h2f_connection_fail(c, H2F_ERR_LIMIT_GLITCHES, 0, c->glitches.capacity);
    return 0;
}

/* ------------------------------------------------------------------------------ streams */

h2f_stream *h2f_open_stream(h2f_connection *c, uint32_t id, enum h2f_stream_state state) {
    h2f_stream *stream = h2f_streams_add(&c->streams, id);
    if (stream == NULL)
        return NULL;
    if (h2f_schedule_open(&c->schedule, stream) != 0) {
        h2f_streams_remove(&c->streams, stream);
        return NULL;
    }
    stream->state = (uint8_t)state;
    stream->expected_len = -1;
    c->refuse_at = 0; /* streams may have moved */
    c->streams_opened++;
    if (h2f_stream_state_is_open(state))
        c->open[id % 2]++;
    else if (state == H2F_STREAM_RESERVED_REMOTE)
        c->reserved++;
    if (h2f_is_ours(c, id))
        c->highest_out = id;
    else
        c->highest_in = id;
    return stream;
}

static enum h2f_closed_by closed_by(enum h2f_stream_input input) {
    return input == H2F_SEND_RESET      ? H2F_CLOSED_BY_OUR_RESET
           : input == H2F_RECEIVE_RESET ? H2F_CLOSED_BY_PEERS_RESET
                                        : H2F_CLOSED_BY_END;
}

int h2f_stream_input(h2f_connection *c, h2f_stream *stream, enum h2f_stream_input input) {
    enum h2f_stream_state before = (enum h2f_stream_state)stream->state;
    int after = h2f_stream_next_state(before, input);
    if (after < 0)
        return after;
    stream->state = (uint8_t)after;
    c->open[stream->id % 2] += (uint32_t)h2f_stream_state_is_open((enum h2f_stream_state)after);
    c->open[stream->id % 2] -= (uint32_t)h2f_stream_state_is_open(before);
    if (before == H2F_STREAM_RESERVED_REMOTE && after != H2F_STREAM_RESERVED_REMOTE)
        c->reserved--;
    if (after == H2F_STREAM_CLOSED && before != H2F_STREAM_CLOSED) {
        stream->closed_by = (uint8_t)closed_by(input);
        /* A peer that cancels no more than it completes does no harm, however fast. */
        if (stream->closed_by == H2F_CLOSED_BY_END && !h2f_is_ours(c, stream->id))
            h2f_bucket_give(&c->resets);
    }
    return 0;
}

void h2f_remove_stream(h2f_connection *c, h2f_stream *stream) {
    h2f_schedule_close(&c->schedule, stream);
    h2f_streams_remove(&c->streams, stream);
    c->refuse_at = 0; /* streams may have moved */
}

void h2f_settle_stream(h2f_connection *c, h2f_stream *stream) {
    if (stream->state != H2F_STREAM_CLOSED)
        return;
    h2f_drop_queue(c, stream);
    h2f_remove_stream(c, stream);
}

int h2f_refuse_stream(h2f_connection *c, uint32_t stream_id, uint32_t error_code) {
    h2f_frame reset = {
        .type = H2F_FRAME_RST_STREAM, .stream_id = stream_id, .error_code = error_code};
    if (!h2f_bucket_take(&c->own_resets))
        return h2f_connection_fail(c, H2F_ERR_LIMIT_OWN_RESETS, stream_id,
                                   c->own_resets.capacity);
    return h2f_write_answer(c, &reset);
}

int h2f_fail_stream(h2f_connection *c, h2f_stream *stream, uint32_t error_code, h2f_event *event) {
    uint32_t id = stream->id;
    /* A client has asked for its streams, or was told of their promise. */
    int known = c->config.client || stream->headers_received || h2f_is_ours(c, id);
    int result = h2f_refuse_stream(c, id, error_code);
    if (result < 0)
        return result;
    h2f_stream_input(c, stream, H2F_SEND_RESET);
    h2f_settle_stream(c, stream);
    if (!known)
        return 0;
    *event = (h2f_event){.type = H2F_EVENT_RESET, .stream_id = id};
    event->frame.error_code = error_code;
    return 1;
}

/* ------------------------------------------------------------------------------ settings */

void h2f_apply_local_settings(h2f_connection *c, const h2f_settings *settings) {
    c->local = *settings;
    /* The encoder at the other end has to announce a smaller table (RFC 7541 section 4.2). */
    c->decoder.max_table_size = settings->value[H2F_SETTINGS_HEADER_TABLE_SIZE];
    c->decoder.max_list_size = settings->value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE];
}

/* Section 6.9.2: no window may pass 2^31 - 1. The streams are looked at only where the largest
 * window that any of them ever had would. */
static int check_windows(h2f_connection *c, int64_t initial) {
    uint32_t at = 0;
    int64_t most = 0;
    if (initial + c->most_send_window <= H2F_WINDOW_MAX)
        return 0;
    for (h2f_stream *s; (s = h2f_streams_next(&c->streams, &at)) != NULL;)
        if (s->send_window > most)
            most = s->send_window;
    c->most_send_window = most;
    return initial + most > H2F_WINDOW_MAX ? H2F_ERR_WINDOW_OVERFLOW : 0;
}

int h2f_apply_remote_setting(h2f_connection *c, h2f_setting setting) {
    int error = h2f_setting_check(setting);
    if (error)
        return error;
    switch (setting.id) {
    case H2F_SETTINGS_ENABLE_PUSH: /* section 6.5.2: a server does not send 1 */
        if (c->config.client && setting.value != 0)
            return H2F_ERR_SETTING_RANGE;
        break;
    case H2F_SETTINGS_HEADER_TABLE_SIZE:
        h2f_hpack_encoder_resize(&c->encoder, setting.value);
        break;
    case H2F_SETTINGS_INITIAL_WINDOW_SIZE:
        if (check_windows(c, setting.value))
            return H2F_ERR_WINDOW_OVERFLOW;
        if (setting.value > h2f_remote_window(c))
            h2f_unblock_all(c);
        break;
    case H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL: /* RFC 8441 section 3 */
        if (c->remote.value[setting.id] > setting.value)
            return H2F_ERR_CONNECT_PROTOCOL;
        break;
    }
    h2f_settings_set(&c->remote, setting);
    return 0;
}
