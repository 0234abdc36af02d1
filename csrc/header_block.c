#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"

static int fail(h2f_connection *c, int error, const h2f_frame *frame, int64_t detail) {
    return h2f_connection_fail(c, error, frame->stream_id, detail);
}

/* ---------------------------------------------------------------------------- assembly */

/* The most octets of a block that is collected from several frames: twice the limit of its list, as
 * an encoding may be longer than what it encodes. A block in one frame is not collected;
 * max_frame_size bounds it. */
static uint64_t most_octets(const h2f_connection *c) {
    return 2 * c->decoder.max_list_size;
}

static int append(h2f_connection *c, const h2f_frame *frame) {
    size_t len = c->block_len + frame->data_len;
    if (len > most_octets(c))
        return fail(c, H2F_ERR_LIMIT_BLOCK, frame, (int64_t)len);
    if (len > c->block_cap) {
        size_t cap = c->block_cap ? c->block_cap : 1024;
        while (cap < len)
            cap *= 2;
        uint8_t *block = realloc(c->block, cap);
        if (block == NULL)
            return fail(c, H2F_ERR_NOMEM, frame, 0);
        c->block = block;
        c->block_cap = cap;
    }
    if (frame->data_len != 0)
        memcpy(c->block + c->block_len, frame->data, frame->data_len);
    c->block_len = len;
    return 0;
}

static int begin_block(h2f_connection *c, const h2f_frame *frame) {
    c->block_frame = *frame;
    c->block_frame.data = NULL; /* gone when the block is complete */
    c->block_frame.data_len = 0;
    c->block_len = 0;
    c->continuations = c->empty_continuations = 0;
    return append(c, frame);
}

/* Section 6.10. The ceilings are against blocks that never end. */
static int continue_block(h2f_connection *c, const h2f_frame *frame) {
    if (++c->continuations > c->config.max_continuations)
        return fail(c, H2F_ERR_LIMIT_CONTINUATIONS, frame, c->continuations);
    if (frame->data_len == 0 && !(frame->flags & H2F_FLAG_END_HEADERS) &&
        ++c->empty_continuations > c->config.max_empty_continuations)
        return fail(c, H2F_ERR_LIMIT_EMPTY_CONTINUATIONS, frame, c->empty_continuations);
    return append(c, frame);
}

/* ---------------------------------------------------------------------------- decoding */

static int make_field_room(h2f_connection *c) {
    size_t cap = c->field_cap ? 2 * c->field_cap : 32;
    h2f_field *fields = realloc(c->fields, cap * sizeof *fields);
    if (fields == NULL)
        return H2F_ERR_NOMEM;
    c->fields = fields;
    h2f_field_origin *origins = realloc(c->origins, cap * sizeof *origins);
    if (origins == NULL)
        return H2F_ERR_NOMEM;
    c->origins = origins;
    c->field_cap = cap;
    return 0;
}

static h2f_field_origin origin_of(const h2f_hpack_table *table, const h2f_hpack_field *field) {
    h2f_field_origin origin = {.in_table = 1};
    if (field->inserted)
        origin.entry = table->inserted - 1;
    else if (field->index > H2F_HPACK_STATIC_ENTRIES)
        origin.entry = table->inserted - (field->index - H2F_HPACK_STATIC_ENTRIES);
    else
        origin = (h2f_field_origin){.static_index = (uint8_t)field->index};
    if (field->name_index <= H2F_HPACK_STATIC_ENTRIES) {
        origin.static_name = (uint8_t)field->name_index;
    } else { /* as the table was before the field */
        origin.name_in_table = 1;
        origin.name_entry = table->inserted - field->inserted -
                            (field->name_index - H2F_HPACK_STATIC_ENTRIES);
    }
    return origin;
}

/* Decodes a whole block, also one that nobody will see: it changes the table (section 4.3). Its
 * fields are views until the next one. */
static int decode(h2f_connection *c, const uint8_t *block, size_t len) {
    h2f_hpack_field field;
    int result;
    c->field_count = 0;
    h2f_hpack_decoder_begin(&c->decoder, block, len);
    while ((result = h2f_hpack_decoder_next(&c->decoder, &field)) == 1) {
        if (c->field_count == c->field_cap && (result = make_field_room(c)) < 0)
            break;
        c->origins[c->field_count] = origin_of(&c->decoder_table, &field);
        c->fields[c->field_count++] =
            (h2f_field){field.name, field.value, field.name_len, field.value_len,
                        field.never_indexed};
    }
    return result;
}

/* ----------------------------------------------------------------------------- streams */

/* Section 5.1: a block on a stream that is gone, or that never was. */
static int receive_on_no_stream(h2f_connection *c, const h2f_frame *frame) {
    if (h2f_is_beyond(c, frame->stream_id))
        return h2f_count_glitch(c);
    if (h2f_is_idle(c, frame->stream_id))
        return fail(c, H2F_ERR_STREAM_NUMBER, frame, 0);
    switch (h2f_streams_closed_by(&c->streams, frame->stream_id)) {
    case H2F_CLOSED_BY_OUR_RESET:
        return h2f_count_glitch(c);
    case H2F_CLOSED_BY_PEERS_RESET:
        return h2f_refuse_stream(c, frame->stream_id, H2F_STREAM_CLOSED_ERROR);
    case H2F_CLOSED_BY_END:
        return fail(c, H2F_ERR_STREAM_CLOSED, frame, 0);
    default: /* section 5.1.1 */
        return fail(c, H2F_ERR_STREAM_NUMBER, frame, c->highest_in);
    }
}

/* A stream that is opened and closed at once, so that what follows on it is known to be late. */
static int refuse_new_stream(h2f_connection *c, const h2f_frame *frame) {
    h2f_stream *stream = h2f_open_stream(c, frame->stream_id, H2F_STREAM_OPEN);
    if (stream == NULL)
        return H2F_ERR_NOMEM;
    int error = h2f_refuse_stream(c, frame->stream_id, H2F_REFUSED_STREAM);
    h2f_stream_input(c, stream, H2F_SEND_RESET);
    h2f_settle_stream(c, stream);
    return error;
}

/* Whether a frame opens a stream: a client's request (section 5.1.1). */
static int opens_stream(const h2f_connection *c, const h2f_frame *frame) {
    return !c->config.client && frame->stream_id % 2 == 1 && frame->stream_id > c->highest_in &&
           !h2f_is_beyond(c, frame->stream_id);
}

/* ---------------------------------------------------------------------------- messages */

/* What the block is, by what came before it on its stream. */
static enum h2f_event_section section_of(const h2f_connection *c, const h2f_stream *stream) {
    if (stream->headers_received)
        return H2F_IS_TRAILERS;
    if (!c->config.client)
        return H2F_IS_REQUEST;
    return h2f_fields_informational(c->fields, c->field_count) ? H2F_IS_INTERIM : H2F_IS_RESPONSE;
}

static enum h2f_section rules_for(enum h2f_event_section section) {
    return section == H2F_IS_REQUEST    ? H2F_SECTION_REQUEST
           : section == H2F_IS_TRAILERS ? H2F_SECTION_TRAILERS
                                        : H2F_SECTION_RESPONSE;
}

static unsigned field_flags(const h2f_connection *c) {
    unsigned flags = c->config.strict_fields ? H2F_FIELDS_STRICT : 0;
    if (c->local.value[H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL])
        flags |= H2F_FIELDS_EXTENDED_CONNECT;
    return flags;
}

/* What is wrong with the message, or 0 (sections 8.1 to 8.3). */
static int check_message(const h2f_connection *c, h2f_stream *stream,
                         enum h2f_event_section section, int ended, h2f_section_info *info) {
    size_t bad;
    if (section == H2F_IS_INTERIM && ended)
        return H2F_ERR_MESSAGE_INTERIM_END;
    if (section == H2F_IS_TRAILERS && !ended)
        return H2F_ERR_MESSAGE_TRAILERS_END;
    if (section == H2F_IS_TRAILERS && h2f_is_tunnel(c, stream))
        return H2F_ERR_MESSAGE_TUNNEL;
    if (!c->config.validate_received) {
        h2f_fields_read(c->fields, c->field_count, info);
        return 0;
    }
    int error = h2f_fields_check_received(c->fields, c->field_count, rules_for(section),
                                          field_flags(c), info);
    if (!error)
        error = h2f_check_status(rules_for(section), info);
    if (error || section == H2F_IS_INTERIM || section == H2F_IS_TRAILERS)
        return error;
    return h2f_fields_content_length(c->fields, c->field_count, &stream->expected_len, &bad);
}

/* A response that never has content, whatever its content-length says (RFC 9110 section 8.6). */
static int has_no_content(const h2f_stream *stream, const h2f_section_info *info) {
    return stream->head || info->status == 204 || info->status == 304;
}

static void note_message(h2f_stream *stream, enum h2f_event_section section,
                         const h2f_section_info *info) {
    if (section == H2F_IS_REQUEST) {
        stream->head = info->method == H2F_METHOD_HEAD;
        stream->connect = info->method == H2F_METHOD_CONNECT;
    }
    if (section == H2F_IS_RESPONSE && has_no_content(stream, info))
        stream->expected_len = 0;
    if (section == H2F_IS_RESPONSE && info->status / 100 != 2)
        stream->connect = 0;
    if (stream->connect) /* section 8.5: what follows is a tunnel's */
        stream->expected_len = -1;
}

/* 1xx responses are without end, unless somebody counts them. */
static int count_interim(h2f_connection *c, h2f_stream *stream) {
    stream->list_size += (int64_t)c->decoder.list_size;
    if (stream->interim_received >= c->config.max_interim ||
        stream->list_size > (int64_t)c->decoder.max_list_size)
        return h2f_connection_fail(c, H2F_ERR_LIMIT_INTERIM, stream->id,
                                   stream->interim_received);
    c->interim = ++stream->interim_received;
    return 0;
}

static int receive_message(h2f_connection *c, h2f_stream *stream, const h2f_frame *frame,
                           h2f_event *event) {
    int ended = (frame->flags & H2F_FLAG_END_STREAM) != 0;
    enum h2f_event_section section = section_of(c, stream);
    h2f_section_info info;
    /* A promised stream counts from its response on (section 5.1.2). */
    if (stream->state == H2F_STREAM_RESERVED_REMOTE &&
        c->open[0] >= c->local.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS])
        return h2f_fail_stream(c, stream, H2F_REFUSED_STREAM, event);
    int error = h2f_stream_input(
        c, stream, section == H2F_IS_INTERIM ? H2F_RECEIVE_INTERIM : H2F_RECEIVE_HEADERS);
    if (error == H2F_ERR_STREAM_STATE)
        return fail(c, error, frame, 0);
    if (error)
        return h2f_fail_stream(c, stream, H2F_STREAM_CLOSED_ERROR, event);
    if (section == H2F_IS_INTERIM && (error = count_interim(c, stream)) < 0)
        return error;
    error = check_message(c, stream, section, ended, &info);
    if (!error)
        note_message(stream, section, &info);
    if (!error && h2f_length_is_wrong(stream, ended))
        error = H2F_ERR_MESSAGE_LENGTH;
    if (error)
        return h2f_fail_stream(c, stream, H2F_PROTOCOL_ERROR, event);
    if (section == H2F_IS_REQUEST)
        h2f_begin_priority(c, stream, c->fields, c->field_count);
    if (frame->flags & H2F_FLAG_PRIORITY &&
        (error = h2f_depend(c, frame->stream_id, frame->depends_on, frame->weight + 1,
                            frame->exclusive)) < 0)
        return error;
    if (section == H2F_IS_TRAILERS)
        stream->trailers_received = 1;
    else if (section != H2F_IS_INTERIM)
        stream->headers_received = 1;
    if (ended)
        h2f_stream_input(c, stream, H2F_RECEIVE_END);
    *event = (h2f_event){.type = H2F_EVENT_HEADERS,
                         .section = (uint8_t)section,
                         .end_stream = (uint8_t)ended,
                         .stream_id = frame->stream_id,
                         .fields = c->fields,
                         .origins = c->origins,
                         .field_count = c->field_count,
                         .frame = *frame};
    h2f_settle_stream(c, stream);
    return 1;
}

static int receive_headers(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *stream = h2f_streams_find(&c->streams, frame->stream_id);
    if (frame->flags & H2F_FLAG_PRIORITY && frame->depends_on == frame->stream_id)
        return fail(c, H2F_ERR_STREAM_ITSELF, frame, 0);
    if (stream != NULL)
        return receive_message(c, stream, frame, event);
    if (!opens_stream(c, frame))
        return receive_on_no_stream(c, frame);
    if (c->open[1] >= c->local.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS])
        return refuse_new_stream(c, frame);
    /* It is idle, and open when the message has begun. */
    stream = h2f_open_stream(c, frame->stream_id, H2F_STREAM_IDLE);
    return stream == NULL ? H2F_ERR_NOMEM : receive_message(c, stream, frame, event);
}

static int check_promise(const h2f_connection *c, h2f_section_info *info) {
    if (!c->config.validate_received) {
        h2f_fields_read(c->fields, c->field_count, info);
        return 0;
    }
    int error = h2f_fields_check_received(c->fields, c->field_count, H2F_SECTION_REQUEST,
                                          field_flags(c), info);
    return error ? error : h2f_fields_check_promised(c->fields, c->field_count, info);
}

/* That the stream it came on was reset, or that we go, is no fault of the peer's. */
static int refuse_late_promise(h2f_connection *c, uint32_t promised) {
    h2f_frame reset = {.type = H2F_FRAME_RST_STREAM,
                       .stream_id = promised,
                       .error_code = H2F_REFUSED_STREAM};
    int error = h2f_count_glitch(c);
    return error ? error : h2f_write_answer(c, &reset);
}

/* Sections 6.6 and 8.4. */
static int receive_promise(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    h2f_stream *parent = h2f_streams_find(&c->streams, frame->stream_id);
    h2f_section_info info;
    uint32_t promised = frame->other_stream_id;
    if (!c->config.client || !c->local.value[H2F_SETTINGS_ENABLE_PUSH])
        return fail(c, H2F_ERR_PUSH_DISABLED, frame, 0);
    if (promised <= c->highest_in)
        return fail(c, H2F_ERR_STREAM_NUMBER, frame, promised);
    int parents_reset =
        parent == NULL && !h2f_is_idle(c, frame->stream_id) &&
        h2f_streams_closed_by(&c->streams, frame->stream_id) == H2F_CLOSED_BY_OUR_RESET;
    if (!parents_reset &&
        (parent == NULL || !h2f_is_ours(c, parent->id) ||
         h2f_stream_next_state((enum h2f_stream_state)parent->state, H2F_RECEIVE_PROMISE) < 0))
        return fail(c, H2F_ERR_PUSH_PARENT, frame, promised);
    if (c->reserved >= c->config.max_pushed)
        return fail(c, H2F_ERR_LIMIT_PUSHED, frame, c->reserved);
    h2f_stream *stream = h2f_open_stream(c, promised, H2F_STREAM_RESERVED_REMOTE);
    if (stream == NULL)
        return H2F_ERR_NOMEM;
    int error = check_promise(c, &info);
    if (error || parents_reset || promised > c->last_allowed) { /* nobody knows of it */
        error = error ? h2f_refuse_stream(c, promised, H2F_PROTOCOL_ERROR)
                      : refuse_late_promise(c, promised);
        h2f_stream_input(c, stream, H2F_SEND_RESET);
        h2f_settle_stream(c, stream);
        return error;
    }
    stream->head = info.method == H2F_METHOD_HEAD;
    *event = (h2f_event){.type = H2F_EVENT_PUSH,
                         .stream_id = frame->stream_id,
                         .fields = c->fields,
                         .origins = c->origins,
                         .field_count = c->field_count,
                         .frame = *frame};
    return 1;
}

static int receive_block(h2f_connection *c, const h2f_frame *frame, const uint8_t *block,
                         size_t len, h2f_event *event) {
    int error = decode(c, block, len);
    if (error)
        return fail(c, error, frame, (int64_t)c->decoder.error_value);
    return frame->type == H2F_FRAME_PUSH_PROMISE ? receive_promise(c, frame, event)
                                                 : receive_headers(c, frame, event);
}

int h2f_receive_block_frame(h2f_connection *c, const h2f_frame *frame, h2f_event *event) {
    static const uint8_t nothing[1];
    int ends = (frame->flags & H2F_FLAG_END_HEADERS) != 0;
    if (frame->type != H2F_FRAME_CONTINUATION) {
        const uint8_t *block = frame->data_len ? frame->data : nothing;
        return ends ? receive_block(c, frame, block, frame->data_len, event)
                    : begin_block(c, frame);
    }
    if (c->block_frame.type == H2F_FRAME_DATA)
        return fail(c, H2F_ERR_CONTINUATION_UNEXPECTED, frame, 0);
    int error = continue_block(c, frame);
    if (error || !ends)
        return error;
    h2f_frame first = c->block_frame;
    c->block_frame.type = H2F_FRAME_DATA;
    return receive_block(c, &first, c->block_len ? c->block : nothing, c->block_len, event);
}
