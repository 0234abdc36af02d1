/* A connection under test, written about in one line: what it is fed with, what it reported and
 * what it wrote are texts, such as "request 1 :method=GET end; data 1 3 abc".
 *
 *     say_headers(&e, 1, END_HEADERS, GET);     frames as a peer would send them
 *     GOT(&e, "request 1 " GET);                 fed, and what is reported
 *     WROTE(&e, "RST_STREAM 1 8");               what stands in the output, which is taken
 */
#ifndef H2F_TEST_ENGINE_H
#define H2F_TEST_ENGINE_H

#include <stdarg.h>

#include "check.h"
#include "connection.h"
#include "connection_internal.h"
#include "h2f_bytes.h"

enum { END_STREAM = H2F_FLAG_END_STREAM, END_HEADERS = H2F_FLAG_END_HEADERS, ACK = H2F_FLAG_ACK };

#define GET ":method=GET :scheme=https :path=/ :authority=a"
#define POST ":method=POST :scheme=https :path=/ :authority=a"
#define OK ":status=200"

typedef struct {
    char *octets;
    size_t len, cap;
} text;

static inline void text_room(text *t, size_t len) {
    if (t->cap - t->len > len)
        return;
    t->cap = 2 * t->cap + len + 64;
    t->octets = realloc(t->octets, t->cap);
    CHECK(t->octets != NULL);
}

static inline void text_add(text *t, const void *octets, size_t len) {
    text_room(t, len + 1);
    if (len)
        memcpy(t->octets + t->len, octets, len);
    t->len += len;
    t->octets[t->len] = 0;
}

static inline void text_clear(text *t) {
    free(t->octets);
    *t = (text){NULL, 0, 0};
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static inline void text_print(text *t, const char *format, ...) {
    char line[160];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < sizeof line);
    text_add(t, line, (size_t)len);
}

static inline void text_next(text *t) {
    if (t->len != 0)
        text_add(t, "; ", 2);
}

/* Few octets as they are, many as a number. */
static inline void text_octets(text *t, const uint8_t *octets, size_t len) {
    int plain = len != 0 && len <= 32;
    for (size_t i = 0; i < len; i++)
        plain = plain && octets[i] > ' ' && octets[i] < 0x7f;
    if (plain) {
        text_add(t, " ", 1);
        text_add(t, octets, len);
    } else if (len != 0)
        text_print(t, " #%08" PRIx64, h2f_hash_bytes(octets, len, 7) & 0xffffffffu);
}

static inline void text_fields(text *t, const h2f_event *event) {
    for (size_t i = 0; i < event->field_count; i++) {
        const h2f_field *field = &event->fields[i];
        text_add(t, " ", 1);
        text_add(t, field->name, field->name_len);
        text_add(t, field->never_indexed ? "!" : "=", 1);
        if (field->value_len > 64)
            text_octets(t, field->value, field->value_len);
        else
            text_add(t, field->value, field->value_len);
    }
}

static inline void text_settings(text *t, const h2f_frame *frame) {
    for (size_t i = 0; i + 6 <= frame->data_len; i += 6)
        text_print(t, " %u=%" PRIu32, (unsigned)h2f_load_be16(frame->data + i),
                   h2f_load_be32(frame->data + i + 2));
}

static inline void text_event(text *t, const h2f_event *event) {
    static const char *const sections[] = {"request", "response", "interim", "trailers"};
    const h2f_frame *frame = &event->frame;
    text_next(t);
    switch (event->type) {
    case H2F_EVENT_HEADERS:
        text_print(t, "%s %" PRIu32, sections[event->section], event->stream_id);
        text_fields(t, event);
        break;
    case H2F_EVENT_DATA:
        text_print(t, "data %" PRIu32 " %zu", event->stream_id, frame->data_len);
        text_octets(t, frame->data, frame->data_len);
        if (event->flow_len != frame->data_len)
            text_print(t, " flow %" PRIu32, event->flow_len);
        break;
    case H2F_EVENT_RESET:
        text_print(t, "reset %" PRIu32 " %" PRIu32 "%s", event->stream_id, frame->error_code,
                   event->remote ? " remote" : "");
        break;
    case H2F_EVENT_PUSH:
        text_print(t, "push %" PRIu32 " %" PRIu32, event->stream_id, frame->other_stream_id);
        text_fields(t, event);
        break;
    case H2F_EVENT_SETTINGS:
        text_print(t, "settings");
        text_settings(t, frame);
        break;
    case H2F_EVENT_SETTINGS_ACK:
        text_print(t, "settings ack");
        break;
    case H2F_EVENT_PING:
        text_print(t, "ping");
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_EVENT_PING_ACK:
        text_print(t, "ping ack");
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_EVENT_GOAWAY:
        text_print(t, "goaway %" PRIu32 " %" PRIu32, frame->other_stream_id, frame->error_code);
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_EVENT_WINDOW:
        text_print(t, "window %" PRIu32 " %" PRIu32, event->stream_id, frame->window_increment);
        break;
    case H2F_EVENT_PRIORITY:
        text_print(t, "priority %" PRIu32 " %" PRIu32, event->stream_id, frame->depends_on);
        break;
    case H2F_EVENT_PRIORITY_UPDATE:
        text_print(t, "priority update %" PRIu32, frame->other_stream_id);
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_EVENT_ALTSVC:
        text_print(t, "altsvc %" PRIu32, event->stream_id);
        text_octets(t, frame->origin, frame->origin_len);
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_EVENT_ORIGIN:
        text_print(t, "origin");
        break;
    default:
        CHECK_INT(event->type, H2F_EVENT_UNKNOWN);
        text_print(t, "unknown %u %" PRIu32, (unsigned)frame->type, event->stream_id);
    }
    if (event->end_stream)
        text_print(t, " end");
}

/* A frame that was written. */
static inline void text_frame(text *t, const h2f_frame *frame) {
    text_next(t);
    text_print(t, "%s", h2f_frame_type_name(frame->type));
    if (frame->stream_id != 0 || frame->type == H2F_FRAME_WINDOW_UPDATE)
        text_print(t, " %" PRIu32, frame->stream_id);
    switch (frame->type) {
    case H2F_FRAME_DATA:
        text_print(t, " %zu", frame->data_len);
        text_octets(t, frame->data, frame->data_len);
        break;
    case H2F_FRAME_RST_STREAM:
        text_print(t, " %" PRIu32, frame->error_code);
        break;
    case H2F_FRAME_SETTINGS:
        text_settings(t, frame);
        break;
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_PRIORITY_UPDATE:
        text_print(t, " %" PRIu32, frame->other_stream_id);
        break;
    case H2F_FRAME_GOAWAY:
        text_print(t, " %" PRIu32 " %" PRIu32, frame->other_stream_id, frame->error_code);
        break;
    case H2F_FRAME_WINDOW_UPDATE:
        text_print(t, " %" PRIu32, frame->window_increment);
        break;
    }
    if (frame->flags & ACK && (frame->type == H2F_FRAME_SETTINGS || frame->type == H2F_FRAME_PING))
        text_print(t, " ack");
    else if (frame->flags & END_STREAM &&
             (frame->type == H2F_FRAME_DATA || frame->type == H2F_FRAME_HEADERS))
        text_print(t, " end");
    if (!(frame->flags & END_HEADERS) &&
        (frame->type == H2F_FRAME_HEADERS || frame->type == H2F_FRAME_PUSH_PROMISE ||
         frame->type == H2F_FRAME_CONTINUATION))
        text_print(t, " ...");
}

/* ------------------------------------------------------------------------------ fields */

enum { TEXT_FIELDS = 64 };

typedef struct {
    h2f_field fields[TEXT_FIELDS];
    size_t count;
} field_list;

/* Fields from a text: name=value, or name!value for one that is never indexed. */
static inline field_list fields_of(const char *line) {
    field_list list = {.count = 0};
    while (*line) {
        size_t len = strcspn(line, " "), name_len = strcspn(line + 1, "=!") + 1;
        CHECK(name_len < len && list.count < TEXT_FIELDS);
        list.fields[list.count++] =
            (h2f_field){(const uint8_t *)line, (const uint8_t *)line + name_len + 1, name_len,
                        len - name_len - 1, line[name_len] == '!'};
        line += len + (line[len] == ' ');
    }
    return list;
}

/* A block that leaves no trace in any table. */
static inline size_t block_of(uint8_t *dst, const char *line) {
    field_list list = fields_of(line);
    uint8_t *p = dst;
    for (size_t i = 0; i < list.count; i++) {
        const h2f_field *field = &list.fields[i];
        *p++ = field->never_indexed ? 0x10 : 0;
        p = h2f_hpack_encode_string(p, field->name, field->name_len, H2F_HPACK_RAW);
        p = h2f_hpack_encode_string(p, field->value, field->value_len, H2F_HPACK_RAW);
    }
    return (size_t)(p - dst);
}

/* --------------------------------------------------------------------------- an engine */

typedef struct {
    h2f_connection c;
    text in;   /* what the peer says, not fed yet */
    text log;  /* what was reported */
    text wire; /* what was written, as octets */
    int result; /* of the last h2f_receive */
} engine;

static inline void engine_init(engine *e, const h2f_config *config) {
    memset(e, 0, sizeof *e);
    CHECK_INT(h2f_connection_init(&e->c, config), 0);
}

static inline void engine_free(engine *e) {
    h2f_connection_free(&e->c);
    while (e->c.output.released != NULL)
        h2f_output_next_released(&e->c.output);
    text_clear(&e->in);
    text_clear(&e->log);
    text_clear(&e->wire);
}

/* Rings, counters and windows have to agree with each other at all times. */
static inline void check_connection(const h2f_connection *c) {
    uint32_t open[2] = {0, 0}, reserved = 0, at = 0, count = 0;
    size_t queued = 0, waiting = 0, ready = 0, linked = 0;
    for (h2f_stream *s; (s = h2f_streams_next(&c->streams, &at)) != NULL; count++) {
        enum h2f_stream_state state = (enum h2f_stream_state)s->state;
        CHECK(state != H2F_STREAM_CLOSED && state != H2F_STREAM_IDLE);
        CHECK(h2f_streams_find(&c->streams, s->id) == s);
        CHECK(!h2f_is_idle(c, s->id));
        open[s->id % 2] += (uint32_t)h2f_stream_state_is_open(state);
        reserved += state == H2F_STREAM_RESERVED_REMOTE;
        CHECK_INT(s->first != NULL, s->waits != H2F_WAITS_NOT);
        waiting += s->first != NULL;
        ready += s->waits == H2F_WAITS_FOR_TURN;
        CHECK_INT(s->dependency != NULL, c->schedule.scheme == H2F_SCHEME_RFC7540);
        queued += s->queued;
        CHECK(h2f_remote_window(c) + s->send_window <= H2F_WINDOW_MAX);
        CHECK(s->send_window <= c->most_send_window || s->send_window <= 0);
        CHECK(h2f_local_window(c) + s->receive_window.size <= H2F_WINDOW_MAX);
        CHECK(s->receive_window.size <= s->receive_window.most);
    }
    for (const h2f_link *link = c->blocked.after; link != &c->blocked; link = link->after, linked++)
        CHECK(link->after->before == link);
    CHECK_INT(linked, waiting - ready);
    CHECK_INT(c->schedule.ready, ready);
    CHECK_INT(c->waiting, waiting);
    CHECK_INT(count, c->streams.count);
    CHECK_INT(open[0], c->open[0]);
    CHECK_INT(open[1], c->open[1]);
    CHECK_INT(reserved, c->reserved);
    CHECK_INT(queued, c->queued);
    CHECK(c->send_window <= H2F_WINDOW_MAX);
    CHECK(c->receive_window.size <= c->receive_window.most);
    CHECK(!c->error || c->state == H2F_CONNECTION_CLOSED);
}

/* Feeds octets in parts, each from a buffer of its size, and logs what happens. */
static inline void feed_octets(engine *e, const void *octets, size_t len, size_t part_len) {
    h2f_event event;
    for (size_t at = 0; at < len || at == 0; at += part_len) {
        size_t part = len - at < part_len ? len - at : part_len;
        uint8_t *copy = exact_copy(part ? (const uint8_t *)octets + at : NULL, part);
        const uint8_t *p = copy, *end = copy + part;
        while ((e->result = h2f_receive(&e->c, &p, end, &event)) == 1) {
            text_event(&e->log, &event);
            check_connection(&e->c);
        }
        free(copy);
        if (e->result < 0) {
            text_next(&e->log);
            text_print(&e->log, "error %d", e->result);
            return;
        }
        CHECK(p == end);
    }
}

static inline void feed(engine *e) {
    feed_octets(e, e->in.octets, e->in.len, e->in.len + 1);
    text_clear(&e->in);
    check_connection(&e->c);
}

/* Moves the output, as octets, to the end of a text. */
static inline void take_wire(engine *e, text *wire) {
    size_t len = e->c.output.len;
    text_room(wire, len + 1);
    h2f_output_read(&e->c.output, (uint8_t *)wire->octets + wire->len, e->c.output.len);
    wire->len += len;
    e->c.unsent_answers = 0;
    CHECK_INT(e->c.output.len, 0);
}

/* The frames in it, behind the preface where there is one. */
static inline void text_wire(text *t, const text *wire) {
    const uint8_t *p = (const uint8_t *)wire->octets, *end = p + wire->len;
    if (wire->len >= 24 && memcmp(p, "PRI *", 5) == 0) {
        text_print(t, "PRI");
        p += 24;
    }
    while (p < end) {
        h2f_frame frame;
        ptrdiff_t taken = h2f_frame_parse(&frame, p, (size_t)(end - p), H2F_FRAME_MAX_SIZE);
        CHECK(taken > 0);
        text_frame(t, &frame);
        p += taken;
    }
}

static inline void check_text(const char *file, int line, const text *actual,
                              const char *expected) {
    const char *octets = actual->len ? actual->octets : "";
    if (strcmp(octets, expected) == 0)
        return;
    fprintf(stderr, "actual   %s\nexpected %s\n", octets, expected);
    check_fail(file, line);
}

static inline void check_got(const char *file, int line, engine *e, const char *expected) {
    feed(e);
    check_text(file, line, &e->log, expected);
    text_clear(&e->log);
}

static inline void check_wrote(const char *file, int line, engine *e, const char *expected) {
    text frames = {NULL, 0, 0};
    h2f_pump(&e->c, SIZE_MAX);
    text_clear(&e->wire);
    take_wire(e, &e->wire);
    text_wire(&frames, &e->wire);
    check_text(file, line, &frames, expected);
    text_clear(&frames);
    check_connection(&e->c);
}

#define GOT(e, expected) check_got(__FILE__, __LINE__, e, expected)
#define WROTE(e, expected) check_wrote(__FILE__, __LINE__, e, expected)

/* ----------------------------------------------------------------- what the peer says */

static inline void say(engine *e, int type, int flags, uint32_t stream_id, const void *payload,
                       size_t len) {
    uint8_t header[H2F_FRAME_HEADER_LEN];
    h2f_store_be32(header, (uint32_t)len << 8 | (uint32_t)type);
    header[4] = (uint8_t)flags;
    h2f_store_be32(header + 5, stream_id);
    text_add(&e->in, header, sizeof header);
    text_add(&e->in, payload, len);
}

static inline void say_u32(engine *e, int type, uint32_t stream_id, uint32_t number) {
    uint8_t octets[4];
    h2f_store_be32(octets, number);
    say(e, type, 0, stream_id, octets, sizeof octets);
}

static inline void say_reset(engine *e, uint32_t stream_id, uint32_t error_code) {
    say_u32(e, H2F_FRAME_RST_STREAM, stream_id, error_code);
}

static inline void say_window(engine *e, uint32_t stream_id, uint32_t increment) {
    say_u32(e, H2F_FRAME_WINDOW_UPDATE, stream_id, increment);
}

static inline void say_block(engine *e, int type, uint32_t stream_id, int flags,
                             const char *fields) {
    uint8_t block[8192];
    say(e, type, flags, stream_id, block, block_of(block, fields));
}

static inline void say_headers(engine *e, uint32_t stream_id, int flags, const char *fields) {
    say_block(e, H2F_FRAME_HEADERS, stream_id, flags | END_HEADERS, fields);
}

static inline void say_push(engine *e, uint32_t stream_id, uint32_t promised, const char *fields) {
    uint8_t block[8192];
    h2f_store_be32(block, promised);
    say(e, H2F_FRAME_PUSH_PROMISE, END_HEADERS, stream_id, block, 4 + block_of(block + 4, fields));
}

/* So many octets a, b, c, ..., which are the caller's to free. */
static inline uint8_t *letters(size_t len) {
    uint8_t *octets = malloc(len + 1), letter = 'a';
    CHECK(octets != NULL);
    for (size_t i = 0; i < len; i++, letter = letter == 'z' ? 'a' : (uint8_t)(letter + 1))
        octets[i] = letter;
    return octets;
}

static inline void say_data(engine *e, uint32_t stream_id, int flags, size_t len) {
    uint8_t *octets = letters(len);
    say(e, H2F_FRAME_DATA, flags, stream_id, octets, len);
    free(octets);
}

static inline void say_setting(engine *e, uint16_t id, uint32_t value) {
    uint8_t octets[6];
    h2f_store_be16(octets, id);
    h2f_store_be32(octets + 2, value);
    say(e, H2F_FRAME_SETTINGS, 0, 0, octets, sizeof octets);
}

static inline void say_ping(engine *e, int flags, const char *octets) {
    say(e, H2F_FRAME_PING, flags, 0, octets, 8);
}

static inline void say_goaway(engine *e, uint32_t last, uint32_t error_code) {
    uint8_t octets[8];
    h2f_store_be32(octets, last);
    h2f_store_be32(octets + 4, error_code);
    say(e, H2F_FRAME_GOAWAY, 0, 0, octets, sizeof octets);
}

static inline void say_preface(engine *e) {
    text_add(&e->in, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
}

/* ------------------------------------------------------------------------ what it sends */

static inline int send_headers(engine *e, uint32_t stream_id, const char *fields, int end_stream) {
    field_list list = fields_of(fields);
    return h2f_send_headers(&e->c, &stream_id, list.fields, list.count, end_stream);
}

static inline int send_data(engine *e, uint32_t stream_id, const char *octets, int end_stream) {
    return h2f_send_data(&e->c, stream_id, (const uint8_t *)octets, strlen(octets), end_stream,
                         NULL);
}

static inline int send_many(engine *e, uint32_t stream_id, size_t len, int end_stream) {
    uint8_t *octets = letters(len);
    int error = h2f_send_data(&e->c, stream_id, octets, len, end_stream, NULL);
    free(octets);
    return error;
}

/* ----------------------------------------------------------------------- at the start */

/* A connection on which both sides have sent and acknowledged their first SETTINGS. */
static inline void start_engine(engine *e, const h2f_config *config) {
    engine_init(e, config);
    CHECK_INT(h2f_connection_start(&e->c), 0);
    if (!config->client)
        say_preface(e);
    say(e, H2F_FRAME_SETTINGS, 0, 0, NULL, 0);
    say(e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(e, "settings; settings ack");
    h2f_output_clear(&e->c.output);
    e->c.unsent_answers = 0;
}

static inline void start_server(engine *e) {
    h2f_config config;
    h2f_config_init(&config, 0);
    start_engine(e, &config);
}

static inline void start_client(engine *e) {
    h2f_config config;
    h2f_config_init(&config, 1);
    start_engine(e, &config);
}

/* A client that takes pushed responses. */
static inline void start_pushed_client(engine *e) {
    h2f_config config;
    h2f_config_init(&config, 1);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = 1;
    start_engine(e, &config);
}

/* Carries what is written from one to the other until neither writes any more. */
static inline void exchange(engine *a, engine *b) {
    for (;;) {
        h2f_pump(&a->c, SIZE_MAX);
        h2f_pump(&b->c, SIZE_MAX);
        if (a->c.output.len == 0 && b->c.output.len == 0)
            return;
        take_wire(a, &b->in);
        take_wire(b, &a->in);
        feed(a);
        feed(b);
    }
}

static inline void start_pair(engine *client, engine *server) {
    h2f_config config;
    h2f_config_init(&config, 1);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = 1;
    engine_init(client, &config);
    h2f_config_init(&config, 0);
    engine_init(server, &config);
    CHECK_INT(h2f_connection_start(&client->c), 0);
    CHECK_INT(h2f_connection_start(&server->c), 0);
    exchange(client, server);
    text_clear(&client->log);
    text_clear(&server->log);
}

#endif
