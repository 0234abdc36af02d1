/* What clients and servers say about the order of what goes out (RFC 9218, RFC 7540 section 5.3),
 * and what becomes of it: an urgency of each stream, or its place in the tree. */
#include <string.h>

#include "connection_internal.h"

/* The longest value of several lines that is read: they have to be joined (RFC 9218 section 5). */
#define LONGEST_VALUE 256u

static const h2f_priority_field defaults = {H2F_PRIORITY_DEFAULT_URGENCY,
                                            H2F_PRIORITY_DEFAULT_INCREMENTAL};

/* ------------------------------------------------------------------------- the field */

/* The members that are there in one, and elsewhere those of another (RFC 9218 section 8). */
static h2f_priority_field merge(h2f_priority_field first, h2f_priority_field then) {
    return (h2f_priority_field){first.urgency >= 0 ? first.urgency : then.urgency,
                                first.incremental >= 0 ? first.incremental : then.incremental};
}

static const h2f_field *next_line(const h2f_field *field, const h2f_field *end) {
    while (field < end && !(field->name_len == 8 && memcmp(field->name, "priority", 8) == 0))
        field++;
    return field;
}

/* Reads several lines as one value: no more than what is reasonable for two short members. */
static int parse_lines(h2f_priority_field *value, const h2f_field *line, const h2f_field *end) {
    uint8_t joined[LONGEST_VALUE];
    size_t len = 0;
    for (; line < end; line = next_line(line + 1, end)) {
        if (line->value_len + 1 > sizeof joined - len)
            return H2F_ERR_PRIORITY_FIELD;
        if (len != 0)
            joined[len++] = ',';
        if (line->value_len != 0)
            memcpy(joined + len, line->value, line->value_len);
        len += line->value_len;
    }
    return h2f_priority_field_parse(value, joined, len);
}

/* Returns 1 with the value of the priority field, or 0 where there is none that can be read. */
static int read_field(h2f_priority_field *value, const h2f_field *fields, size_t count) {
    if (count == 0) /* without validation a block may be empty, and then there is no array */
        return 0;
    const h2f_field *end = fields + count, *line = next_line(fields, end);
    if (line == end)
        return 0;
    if (next_line(line + 1, end) != end)
        return parse_lines(value, line, end) == 0;
    return h2f_priority_field_parse(value, line->value, line->value_len) == 0;
}

/* ---------------------------------------------------------------------------- streams */

static void apply(h2f_connection *c, h2f_stream *stream) {
    h2f_priority_field merged = merge(stream->own, stream->wish);
    h2f_schedule_set(&c->schedule, stream, (uint8_t)merged.urgency, (uint8_t)merged.incremental);
}

/* What a request says that says nothing. Before the client has said anything, that may be because
 * it knows no priorities: then its streams share, as nobody knows what it wants first. */
static h2f_priority_field unsaid(const h2f_connection *c) {
    h2f_priority_field field = defaults;
    if (c->schedule.scheme == H2F_SCHEME_AUTO && !c->priorities_said)
        field.incremental = 1;
    return field;
}

void h2f_begin_priority(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                        size_t count) {
    const h2f_priority_field *update = h2f_idle_priorities_find(&c->prioritized, stream->id);
    h2f_priority_field said;
    if (!h2f_schedule_has_urgencies(&c->schedule))
        return;
    if (update != NULL) { /* section 7: it is kept until now, and is newer than the request */
        stream->wish = *update;
    } else if (read_field(&said, fields, count)) {
        c->priorities_said |= stream->id % 2; /* a promise is the server's word */
        stream->wish = merge(said, defaults);
    } else {
        stream->wish = unsaid(c);
    }
    apply(c, stream);
}

void h2f_answer_priority(h2f_connection *c, h2f_stream *stream, const h2f_field *fields,
                         size_t count) {
    h2f_priority_field said;
    if (!h2f_schedule_has_urgencies(&c->schedule) || !read_field(&said, fields, count))
        return;
    stream->own = merge(said, stream->own);
    apply(c, stream);
}

int h2f_find_priority(h2f_connection *c, uint32_t stream_id, h2f_stream **stream) {
    if (!h2f_schedule_has_urgencies(&c->schedule))
        return H2F_ERR_SCHEME;
    return h2f_find_stream(c, stream_id, stream);
}

int h2f_set_priority(h2f_connection *c, uint32_t stream_id, h2f_priority_field field) {
    h2f_stream *stream;
    int error = h2f_find_priority(c, stream_id, &stream);
    if (error)
        return error;
    stream->own = merge(field, stream->own);
    apply(c, stream);
    return 0;
}

/* --------------------------------------------------------------------- PRIORITY_UPDATE */

int h2f_update_priority(h2f_connection *c, const h2f_frame *frame, const h2f_settings *servers) {
    uint32_t id = frame->other_stream_id;
    uint32_t most = servers->value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS], open = c->open[1];
    uint32_t highest = c->config.client ? c->highest_out : c->highest_in;
    h2f_stream *stream = h2f_streams_find(&c->streams, id);
    h2f_priority_field said;
    int error = 0;
    if (h2f_priority_field_parse(&said, frame->data, frame->data_len) != 0)
        return 0; /* section 7 leaves it to us: ignored, like such a header field */
    said = merge(said, defaults); /* section 7: it is complete */
    if (id % 2 == 1 && h2f_is_idle(c, id)) {
        error = h2f_idle_priorities_set(&c->prioritized, id, highest,
                                        open < most ? most - open : 0, said);
    } else if (stream != NULL && h2f_schedule_has_urgencies(&c->schedule)) {
        stream->wish = said;
        apply(c, stream);
    }
    c->priorities_said |= !error;
    return error;
}

/* ------------------------------------------------------------------------ dependencies */

int h2f_depend(h2f_connection *c, uint32_t stream_id, uint32_t depends_on, int weight,
               int exclusive) {
    h2f_dependencies *dependencies = &c->schedule.dependencies;
    if (c->schedule.scheme != H2F_SCHEME_RFC7540)
        return 0;
    if (c->remote.value[H2F_SETTINGS_NO_RFC7540_PRIORITIES]) /* RFC 9218 section 2.1.1 */
        return 0;
    /* RFC 7540 section 5.3.4: also of streams that are idle, or closed and not forgotten. */
    if (!h2f_is_idle(c, stream_id) && !h2f_dependencies_has(dependencies, stream_id))
        return 0;
    return h2f_dependencies_set(dependencies, stream_id, depends_on, weight, exclusive);
}

int h2f_set_dependency(h2f_connection *c, uint32_t stream_id, uint32_t depends_on, int weight,
                       int exclusive) {
    h2f_stream *stream;
    int error = h2f_find_stream(c, stream_id, &stream);
    if (error)
        return error;
    if (c->schedule.scheme != H2F_SCHEME_RFC7540)
        return H2F_ERR_SCHEME;
    if (depends_on == stream_id)
        return H2F_ERR_PRIORITY_ITSELF;
    if (weight < 1 || weight > 256)
        return H2F_ERR_PRIORITY_WEIGHT;
    return h2f_dependencies_set(&c->schedule.dependencies, stream_id, depends_on, weight,
                                exclusive);
}
