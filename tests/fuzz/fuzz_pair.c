/* Two engines back to back. Whatever is asked of them, neither may find a fault with the other;
 * what is sent on a stream arrives, in order and with its end, unless somebody resets the stream;
 * payloads are let go once; and in the end nothing waits any more. The input is a script;
 * make_seeds.py writes some. The first octet is the configuration; then each operation is an
 * octet, bit 7 of which says who does it (0 the client, 1 the server) and bits 0 to 3 what;
 * operands follow:
 *
 *     0  a message on a new stream or the one that 8 bits name: which one, END_STREAM, and whether
 *        it is more than fits into a frame, 8 bits
 *     1  content on a stream: its length in 16 bits, below 500, or 20,000 with bit 6 of the
 *        operation; bits 4 and 5: END_STREAM, and an owner
 *     2  trailers on a stream
 *     3  a reset of a stream, if the next octet is below 0x40
 *     4  a promise on a stream
 *     5  a setting: which one, 8 bits; its value in 16 bits
 *     6  an update of a window: stream, and 16 bits
 *     7  a ping
 *     8  a GOAWAY, if the next octet is 0x47: last stream and code, 8 bits each
 *     9  acknowledges half of what was received on all streams, or with bit 4 all
 *     10 writes until so many octets wait: 16 bits
 *     11 carries octets to the other: 16 bits
 *     12 a priority, or an alternative service
 *     13 carries everything both ways, in parts whose length 8 bits say
 */
#include "engine.h"
#include "input.h"

enum { STREAMS = 256, BACKLOG = 1 << 22 };

typedef struct {
    uint32_t sent, received; /* octets */
    uint8_t headers, ended, end_seen, reset;
} direction;

typedef struct {
    engine e;
    text towards;        /* octets that the other has written and this one has not read */
    size_t towards_read; /* of them, carried already */
    direction in[STREAMS];      /* what comes to this side */
    uint32_t unacknowledged[STREAMS];
    size_t owned; /* payloads that are not let go yet */
} side;

static side client, server;

static side *other_of(const side *it) {
    return it == &client ? &server : &client;
}

static uint8_t octet_at(uint32_t stream_id, uint32_t position, int of_client) {
    return (uint8_t)(position * 7 + position / 251 + stream_id * 31 + (of_client ? 101 : 0));
}

static void release_owners(side *it) {
    while (it->e.c.output.released != NULL) {
        free(h2f_output_next_released(&it->e.c.output));
        CHECK(it->owned-- != 0);
    }
}

/* ----------------------------------------------------------------------------- reading */

static void see_end(side *it, const h2f_event *event) {
    direction *in = &it->in[event->stream_id];
    if (!event->end_stream)
        return;
    CHECK(!in->end_seen && in->ended);
    CHECK_INT(in->received, in->sent);
    in->end_seen = 1;
}

/* Every octet is read; none is NUL (RFC 9113 section 8.2.1). */
static void see_fields(const h2f_event *event) {
    CHECK(event->field_count > 0);
    for (size_t i = 0; i < event->field_count; i++) {
        const h2f_field *field = &event->fields[i];
        CHECK(field->name_len > 0 && memchr(field->name, 0, field->name_len) == NULL);
        CHECK(memchr(field->value, 0, field->value_len) == NULL);
    }
}

static void see_event(side *it, const h2f_event *event) {
    uint32_t id = event->stream_id;
    CHECK(id < STREAMS);
    direction *in = &it->in[id];
    switch (event->type) {
    case H2F_EVENT_HEADERS:
        CHECK(!in->end_seen);
        see_fields(event);
        see_end(it, event);
        break;
    case H2F_EVENT_PUSH:
        see_fields(event);
        break;
    case H2F_EVENT_DATA:
        CHECK(!in->end_seen);
        for (size_t i = 0; i < event->frame.data_len; i++)
            CHECK_INT(event->frame.data[i],
                      octet_at(id, in->received + (uint32_t)i, it == &server));
        in->received += (uint32_t)event->frame.data_len;
        CHECK(in->received <= in->sent);
        it->unacknowledged[id] += event->flow_len;
        see_end(it, event);
        break;
    case H2F_EVENT_RESET:
        in->reset = other_of(it)->in[id].reset = 1;
        /* Neither side finds fault with a stream: it was reset or refused by intent. */
        if (!event->remote)
            CHECK_INT(event->frame.error_code, H2F_REFUSED_STREAM);
        break;
    default:
        break;
    }
}

static void feed_side(side *it, const uint8_t *octets, size_t len, size_t part_len) {
    h2f_event event;
    for (size_t at = 0; at < len; at += part_len) {
        size_t part = len - at < part_len ? len - at : part_len;
        uint8_t *copy = exact_copy(octets + at, part);
        const uint8_t *p = copy;
        int result;
        while ((result = h2f_receive(&it->e.c, &p, copy + part, &event)) == 1) {
            see_event(it, &event);
            check_connection(&it->e.c);
        }
        free(copy);
        if (result != 0 && result != H2F_ERR_CONNECTION_CLOSED)
            fprintf(stderr, "the %s says %d\n", it == &client ? "client" : "server", result);
        CHECK(result == 0 || result == H2F_ERR_CONNECTION_CLOSED);
    }
    check_connection(&it->e.c);
}

static void carry(side *to, size_t len, size_t part_len) {
    take_wire(&other_of(to)->e, &to->towards);
    release_owners(other_of(to));
    if (len > to->towards.len - to->towards_read)
        len = to->towards.len - to->towards_read;
    feed_side(to, (const uint8_t *)to->towards.octets + to->towards_read, len, part_len);
    to->towards_read += len;
    if (to->towards_read == to->towards.len)
        to->towards.len = to->towards_read = 0;
}

static void carry_all(size_t part_len) {
    do {
        carry(&server, SIZE_MAX, part_len);
        carry(&client, SIZE_MAX, part_len);
        CHECK_INT(h2f_pump(&client.e.c, SIZE_MAX), 0);
        CHECK_INT(h2f_pump(&server.e.c, SIZE_MAX), 0);
    } while (client.e.c.output.len != 0 || server.e.c.output.len != 0);
}

/* ----------------------------------------------------------------------------- sending */

/* Trailers may cross the answer that makes a tunnel of a CONNECT, where they are a fault (section
 * 8.5). */
static int may_send_trailers(side *it, uint32_t id) {
    const h2f_stream *stream = h2f_streams_find(&it->e.c.streams, id);
    return stream == NULL || !stream->headers_sent || !stream->connect;
}

static void send_message(side *it, uint32_t id, unsigned which) {
    static const char *const messages[2][4] = {
        {GET, POST " cookie!secret a=b", "x=y z=1", ":method=CONNECT :authority=a:443"},
        {OK " server=h2fast", ":status=103 link=x", "x=y grpc-status=0", ":status=404 long=value"}};
    field_list list = fields_of(messages[it == &server][which & 3]);
    static uint8_t large[22000];
    if ((which & 0x18) == 0x18) { /* more than fits into a frame */
        memset(large, '|', sizeof large); /* Huffman coding takes time */
        list.fields[list.count++] = (h2f_field){(const uint8_t *)"big", large, 3,
                                                16000 + (which >> 5) * 800, 0};
    }
    int end_stream = (which & 4) != 0;
    if (it == &client && it->e.c.highest_out + 2 >= STREAMS &&
        (id == 0 || h2f_is_idle(&it->e.c, id)))
        return;
    if (!may_send_trailers(it, id) ||
        h2f_send_headers(&it->e.c, &id, list.fields, list.count, end_stream) != 0)
        return;
    CHECK(id != 0 && id < STREAMS);
    other_of(it)->in[id].ended = (uint8_t)end_stream;
}

static void send_trailers(side *it, uint32_t id) {
    field_list list = fields_of("x=y z!1");
    h2f_stream *stream = h2f_streams_find(&it->e.c.streams, id);
    if (stream == NULL || !stream->headers_sent)
        return;
    if (may_send_trailers(it, id) &&
        h2f_send_headers(&it->e.c, &id, list.fields, list.count, 1) == 0)
        other_of(it)->in[id].ended = 1;
}

static void send_content(side *it, uint32_t id, size_t len, int end_stream, int owned) {
    direction *out = &other_of(it)->in[id];
    uint8_t *octets = malloc(len + 1);
    CHECK(octets != NULL);
    for (size_t i = 0; i < len; i++)
        octets[i] = octet_at(id, out->sent + (uint32_t)i, it == &client);
    uint8_t *payload = exact_copy(octets, len);
    free(octets);
    int error = h2f_send_data(&it->e.c, id, payload, len, end_stream, owned ? payload : NULL);
    if (error == 0) {
        out->sent += (uint32_t)len;
        out->ended |= (uint8_t)(end_stream != 0);
    }
    if (error == 0 && owned)
        it->owned++;
    else
        free(payload);
}

static void send_reset(side *it, uint32_t id, uint32_t code) {
    if (h2f_send_reset(&it->e.c, id, code) == 0)
        it->in[id].reset = other_of(it)->in[id].reset = 1;
}

static void send_push(side *it, uint32_t id) {
    field_list list = fields_of(GET);
    uint32_t promised;
    if (it->e.c.highest_out + 2 < STREAMS)
        h2f_send_push(&it->e.c, id, list.fields, list.count, &promised);
}

static void send_setting(side *it, unsigned which, uint32_t value) {
    h2f_setting setting = {(uint16_t)(which % 12), value};
    if (setting.id == H2F_SETTINGS_INITIAL_WINDOW_SIZE && which >= 0x80)
        setting.value = H2F_WINDOW_MAX - value;
    if (setting.id == H2F_SETTINGS_MAX_FRAME_SIZE)
        setting.value += H2F_FRAME_DEFAULT_MAX_SIZE;
    if (setting.id == H2F_SETTINGS_ENABLE_PUSH)
        setting.value %= 2;
    if (setting.id == H2F_SETTINGS_MAX_HEADER_LIST_SIZE) /* the engine does not go by it */
        return;
    if (setting.id == H2F_SETTINGS_MAX_CONCURRENT_STREAMS)
        setting.value %= 64;
    h2f_send_settings(&it->e.c, &setting, 1);
}

static void send_window(side *it, uint32_t id, uint32_t increment) {
    h2f_send_window_update(&it->e.c, id, increment > 0xff00 ? H2F_WINDOW_MAX - (increment & 0xff)
                                                            : increment);
}

static void send_goaway(side *it, uint32_t last, uint32_t code) {
    h2f_send_goaway(&it->e.c, last, code & 0xf, (const uint8_t *)"bye", 3);
    for (uint32_t id = 0; id < STREAMS; id++) /* those that are left out end */
        if (id > last)
            it->in[id].reset = other_of(it)->in[id].reset = 1;
}

static void acknowledge(side *it, int all) {
    for (uint32_t id = 0; id < STREAMS; id++) {
        uint32_t octets = all ? it->unacknowledged[id] : it->unacknowledged[id] / 2;
        if (octets == 0 || it->e.c.config.auto_windows)
            continue;
        if (h2f_acknowledge(&it->e.c, id, octets) == 0)
            it->unacknowledged[id] -= octets;
        else
            CHECK_INT(it->e.c.state, H2F_CONNECTION_CLOSED);
    }
}

/* ------------------------------------------------------------------------------ script */

static void start_side(side *it, unsigned modes) {
    h2f_config config;
    memset(it, 0, sizeof *it);
    h2f_config_init(&config, it == &client);
    config.auto_windows = !(modes & 1);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = it == &client;
    config.settings.value[H2F_SETTINGS_INITIAL_WINDOW_SIZE] = modes & 2 ? 100 : 65535;
    config.window = modes & 4 ? 1 << 20 : 65535;
    config.resets.capacity = config.own_resets.capacity = config.glitches.capacity = UINT32_MAX;
    config.max_unsent_answers = UINT32_MAX;
    config.max_pushed = UINT32_MAX;
    config.max_interim = UINT32_MAX;
    config.settings.value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE] = 1 << 30;
    config.max_queued = modes & 8 ? 50000 : BACKLOG;
    engine_init(&it->e, &config);
    CHECK_INT(h2f_connection_start(&it->e.c), 0);
}

static void operate(input *in, uint8_t operation) {
    side *it = operation & 0x80 ? &server : &client;
    uint32_t id;
    switch (operation & 0xf) {
    case 0:
        id = take_octet(in);
        send_message(it, id, take_octet(in));
        break;
    case 1:
        id = take_octet(in);
        send_content(it, id, take_16_bits(in) % (operation & 0x40 ? 20000 : 500),
                     operation & 0x10, operation & 0x20);
        break;
    case 2:
        send_trailers(it, take_octet(in));
        break;
    case 3:
        id = take_octet(in);
        if (take_octet(in) < 0x40)
            send_reset(it, id, H2F_CANCEL);
        break;
    case 4:
        send_push(it, take_octet(in));
        break;
    case 5:
        id = take_octet(in);
        send_setting(it, id, take_16_bits(in));
        break;
    case 6:
        id = take_octet(in);
        send_window(it, id, take_16_bits(in));
        break;
    case 7:
        h2f_send_ping(&it->e.c, (const uint8_t *)"12345678");
        break;
    case 8:
        if (take_octet(in) == 0x47) {
            id = take_octet(in);
            send_goaway(it, id, take_octet(in));
        }
        break;
    case 9:
        acknowledge(it, operation & 0x10);
        break;
    case 10:
        CHECK_INT(h2f_pump(&it->e.c, take_16_bits(in)), 0);
        break;
    case 11:
        carry(it, take_16_bits(in), SIZE_MAX / 2);
        break;
    case 12:
        id = take_octet(in);
        h2f_send_priority_update(&it->e.c, id, (const uint8_t *)"u=1", 3);
        h2f_send_altsvc(&it->e.c, id, (const uint8_t *)"https://a", id ? 0 : 9,
                        (const uint8_t *)"h3", 2);
        break;
    default:
        carry_all((size_t)take_octet(in) * 64 + 7);
    }
    check_connection(&it->e.c);
}

/* Also by an engine by itself: a promise on a stream that was reset is refused. */
static int was_reset(uint32_t id) {
    if (client.in[id].reset || server.in[id].reset)
        return 1;
    enum h2f_closed_by by_client = h2f_streams_closed_by(&client.e.c.streams, id);
    enum h2f_closed_by by_server = h2f_streams_closed_by(&server.e.c.streams, id);
    return by_client > H2F_CLOSED_BY_END || by_server > H2F_CLOSED_BY_END;
}

/* With windows open and everything acknowledged, nothing waits any more. */
static void finish(void) {
    static const h2f_setting open = {H2F_SETTINGS_INITIAL_WINDOW_SIZE, 65535};
    carry_all(SIZE_MAX / 2);
    /* Refused where some stream's window was made nearly as large as may be: others stay shut. */
    int refused = h2f_send_settings(&client.e.c, &open, 1) == H2F_ERR_WINDOW_OVERFLOW;
    refused |= h2f_send_settings(&server.e.c, &open, 1) == H2F_ERR_WINDOW_OVERFLOW;
    for (;;) {
        carry_all(SIZE_MAX / 2);
        acknowledge(&client, 1);
        acknowledge(&server, 1);
        if (client.e.c.output.len == 0 && server.e.c.output.len == 0)
            break;
    }
    if (client.e.c.state == H2F_CONNECTION_CLOSED || server.e.c.state == H2F_CONNECTION_CLOSED ||
        refused)
        return;
    CHECK_INT(client.e.c.queued, 0);
    CHECK_INT(server.e.c.queued, 0);
    for (side *it = &client;; it = &server) {
        for (uint32_t id = 1; id < STREAMS; id++) {
            const direction *way = &it->in[id];
            if (way->received != way->sent || way->end_seen != way->ended)
                CHECK(was_reset(id));
        }
        if (it == &server)
            break;
    }
}

static void free_side(side *it) {
    h2f_connection_free(&it->e.c);
    release_owners(it);
    CHECK_INT(it->owned, 0);
    text_clear(&it->towards);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size};
    uint8_t modes = take_octet(&in);
    start_side(&client, modes & 0xf);
    start_side(&server, modes >> 4);
    while (in.at < in.end)
        operate(&in, take_octet(&in));
    finish();
    free_side(&client);
    free_side(&server);
    return 0;
}
