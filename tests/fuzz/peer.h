/* One engine whose peer is the input, twice: fed whole, and fed in parts. Both times it reports the
 * same, writes the same, and fails the same way; what it writes are frames, and at most one GOAWAY
 * for a fault, behind which nothing comes. The first octet is the configuration, the second the
 * length of the parts, and from C8 on windows may grow; where bit 4 is in the configuration, the
 * third is the length of the settings that an upgrade comes with (RFC 7540 section 3.2), which
 * follow, or 0. Then a script, and make_seeds.py writes some:
 *
 *     00 to 3F     so many octets as they come
 *     40 to BF     a frame: type in bits 0 to 4, whether it is long in bit 5; flags, stream and
 *                  length in 8 bits each (16 if long), payload
 *     C0 to DF     HEADERS: flags and stream in 8 bits each, fields from the table below by bits 0
 *                  to 3; with bit 4 it is a PUSH_PROMISE, and 8 bits are the promised stream.
 *                  With 40 in the flags the fields are encoded by an encoder that follows the
 *                  connection, with entries of its table; otherwise they leave no trace
 *     E0 to EF     something is sent: bits 0 to 3 say what; operands are in 8 bits each
 *     F0 to FF     the output is taken; from F8 on, its SETTINGS and PING frames are acknowledged
 */
#ifndef H2F_TEST_PEER_H
#define H2F_TEST_PEER_H

#include "engine.h"
#include "input.h"

typedef struct {
    engine e;
    text log, wire;
    h2f_hpack_encoder encoder; /* the peer's */
    size_t part_len;
    int client;
    size_t owned;
} peer_run;

static int64_t peer_clock(void *context) {
    (void)context;
    return 1;
}

/* An upgrade that is refused leaves no trace. */
static inline void peer_upgrade(peer_run *run, input *in) {
    size_t len = take_octet(in);
    if (len == 0)
        return;
    const uint8_t *settings = take_octets(in, &len);
    if (h2f_upgrade(&run->e.c, settings, len)) {
        CHECK_INT(run->e.c.output.len, 0);
        CHECK_INT(run->e.c.streams.count, 0);
    }
}

static inline void peer_start(peer_run *run, int client, input *in, int in_parts) {
    h2f_config config;
    uint8_t modes = take_octet(in), part_len = take_octet(in);
    memset(run, 0, sizeof *run);
    run->client = client;
    run->part_len = in_parts ? (size_t)part_len % 40 + 1 : 0;
    h2f_config_init(&config, client);
    config.auto_windows = !(modes & 1);
    config.strict_fields = (modes & 2) != 0;
    config.validate_received = !(modes & 4);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = (uint32_t)client;
    static const uint8_t schemes[] = {H2F_SCHEME_AUTO, H2F_SCHEME_RFC9218, H2F_SCHEME_RFC7540,
                                      H2F_SCHEME_CALLER};
    config.scheme = schemes[modes >> 6];
    config.max_window = part_len >= 200 ? 1 << 20 : 0;
    config.resets.clock = config.own_resets.clock = config.glitches.clock = peer_clock;
    config.settings.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = 8;
    if (modes & 8) { /* limits that a short input can reach */
        config.max_continuations = config.max_empty_continuations = 3;
        config.max_unsent_answers = config.max_settings_entries = config.max_empty_data = 4;
        config.max_interim = config.max_pushed = 2;
        config.resets.capacity = config.own_resets.capacity = config.glitches.capacity = 6;
        config.settings.value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE] = 300;
        config.max_header_fields = 8;
        config.settings.value[H2F_SETTINGS_INITIAL_WINDOW_SIZE] = 40;
    }
    engine_init(&run->e, &config);
    h2f_hpack_encoder_init(&run->encoder);
    if (modes & 16)
        peer_upgrade(run, in);
    else
        CHECK_INT(h2f_connection_start(&run->e.c), 0);
    if (modes & 32) /* as they come */
        return;
    if (!client)
        say_preface(&run->e);
    say(&run->e, H2F_FRAME_SETTINGS, 0, 0, NULL, 0);
    say(&run->e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
}

static inline void peer_let_go(peer_run *run) {
    while (run->e.c.output.released != NULL) {
        free(h2f_output_next_released(&run->e.c.output));
        CHECK(run->owned-- != 0);
    }
}

static inline void peer_take(peer_run *run) {
    CHECK_INT(h2f_pump(&run->e.c, SIZE_MAX), 0);
    take_wire(&run->e, &run->wire);
    peer_let_go(run);
}

static inline void peer_feed(peer_run *run, const void *octets, size_t len) {
    text in = run->e.in;
    text_add(&in, octets, len);
    run->e.in = (text){NULL, 0, 0};
    int failed = run->e.c.error;
    size_t before = run->e.c.output.len;
    feed_octets(&run->e, in.octets, in.len, run->part_len ? run->part_len : in.len + 1);
    text_clear(&in);
    if (failed) {
        CHECK_INT(run->e.result, failed);
        CHECK_INT(run->e.c.output.len, before);
    }
    check_connection(&run->e.c);
    CHECK(h2f_connection_heap_size(&run->e.c) < 4 << 20);
}

/* Acknowledges what the output that begins there asks for. */
static inline void peer_acknowledge(peer_run *run, size_t from) {
    h2f_frame frame;
    const uint8_t *p = (const uint8_t *)run->wire.octets, *end = p + run->wire.len;
    p += from == 0 && run->client ? 24 : from;
    while (p < end) {
        p += h2f_frame_parse(&frame, p, (size_t)(end - p), H2F_FRAME_MAX_SIZE);
        if (frame.flags & ACK)
            continue;
        if (frame.type == H2F_FRAME_PING)
            say(&run->e, H2F_FRAME_PING, ACK, 0, frame.data, frame.data_len);
        else if (frame.type == H2F_FRAME_SETTINGS && run->e.c.unacknowledged_count)
            say(&run->e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    }
    peer_feed(run, NULL, 0);
}

static inline void peer_feed_frame(peer_run *run, int type, int flags, uint32_t stream_id,
                                   const uint8_t *payload, size_t len) {
    say(&run->e, type, flags, stream_id, payload, len);
    peer_feed(run, NULL, 0);
}

static const char *const peer_fields[16] = {
    GET, POST, OK, ":status=103 a=b", "x=y", POST " content-length=5", OK " content-length=5",
    ":method=HEAD :scheme=https :path=/ :authority=a", ":method=CONNECT :authority=a",
    ":status=204 content-length=3", GET " A=b", ":status=200 :status=200", "connection=close",
    GET " cookie!c priority=u=1,i", GET " te=trailers x=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", ":path=x"};

/* A block by the peer's encoder, in steps with what the connection's decoder knows. */
static inline size_t peer_block(peer_run *run, uint8_t *block, const char *line) {
    field_list list = fields_of(line);
    h2f_hpack_encoder_resize(&run->encoder, run->e.c.decoder.max_table_size);
    uint8_t *p = h2f_hpack_encode_size_updates(&run->encoder, block);
    CHECK_INT(h2f_hpack_index_follow(&run->encoder.index, &run->encoder.table), 0);
    for (size_t i = 0; i < list.count; i++) {
        const h2f_field *field = &list.fields[i];
        p = h2f_hpack_encode_field(&run->encoder.table, &run->encoder.index, p, field->name,
                                   field->name_len, field->value, field->value_len,
                                   field->never_indexed ? H2F_HPACK_NEVER : H2F_HPACK_INCREMENTAL,
                                   H2F_HPACK_SHORTER);
    }
    return (size_t)(p - block);
}

static inline void peer_feed_headers(peer_run *run, input *in, uint8_t operation) {
    int flags = take_octet(in);
    uint32_t stream_id = take_octet(in);
    uint8_t block[2048];
    if (operation & 0x10)
        say_push(&run->e, stream_id, take_octet(in), peer_fields[operation & 0xf]);
    else if (flags & 0x40)
        say(&run->e, H2F_FRAME_HEADERS, flags & (END_STREAM | END_HEADERS), stream_id, block,
            peer_block(run, block, peer_fields[operation & 0xf]));
    else
        say_block(&run->e, H2F_FRAME_HEADERS, stream_id, flags & (END_STREAM | END_HEADERS),
                  peer_fields[operation & 0xf]);
    peer_feed(run, NULL, 0);
}

static inline void peer_send_owned(peer_run *run, uint32_t stream_id, size_t len, int end_stream) {
    uint8_t *octets = malloc(len + 1);
    CHECK(octets != NULL);
    memset(octets, 'o', len + 1);
    if (h2f_send_data(&run->e.c, stream_id, octets, len, end_stream, octets) == 0)
        run->owned++;
    else
        free(octets);
}

static inline void peer_send(peer_run *run, input *in, uint8_t operation) {
    h2f_connection *c = &run->e.c;
    uint32_t id = take_octet(in), number = take_octet(in);
    h2f_setting setting = {(uint16_t)(id % 12), number};
    field_list list = fields_of(GET);
    switch (operation & 0xf) {
    case 0:
        send_headers(&run->e, run->client ? 0 : id, run->client ? GET : OK, number & 1);
        break;
    case 1:
        send_headers(&run->e, id, "x=y", 1);
        break;
    case 2:
        send_headers(&run->e, id, run->client ? POST : ":status=103", number & 1);
        break;
    case 3:
        send_many(&run->e, id, number * 300, number & 1);
        break;
    case 4:
        peer_send_owned(run, id, number * 300, number & 1);
        break;
    case 5:
        h2f_send_reset(c, id, number);
        break;
    case 6:
        h2f_send_push(c, id, list.fields, list.count, &number);
        break;
    case 7:
        h2f_send_ping(c, (const uint8_t *)"12345678");
        break;
    case 8:
        if (setting.id == H2F_SETTINGS_MAX_FRAME_SIZE)
            setting.value += H2F_FRAME_DEFAULT_MAX_SIZE;
        h2f_send_settings(c, &setting, 1);
        break;
    case 9:
        h2f_send_goaway(c, id, number & 3, NULL, 0);
        break;
    case 10:
        h2f_send_window_update(c, id, number);
        break;
    case 11:
        h2f_acknowledge(c, id, number);
        break;
    case 12:
        h2f_pump(c, number * 100);
        break;
    case 13:
        h2f_send_priority_update(c, id, (const uint8_t *)"u=1", 3);
        break;
    case 14:
        h2f_send_altsvc(c, id, (const uint8_t *)"o", id ? 0 : 1, (const uint8_t *)"h3", 2);
        break;
    default:
        h2f_queued(c, id);
        h2f_choose(c, id);
        h2f_set_priority(c, id, (h2f_priority_field){(int8_t)(number % 9 - 1), number % 2});
        h2f_set_dependency(c, id, number % 16, (int)number + 1, number & 16);
    }
    check_connection(c);
}

static inline void peer_operate(peer_run *run, input *in) {
    uint8_t operation = take_octet(in);
    if (operation < 0x40) {
        size_t len = operation;
        const uint8_t *octets = take_octets(in, &len);
        peer_feed(run, octets, len);
    } else if (operation < 0xc0) {
        int type = operation & 0x1f, flags = take_octet(in);
        uint32_t stream_id = take_octet(in);
        size_t len = operation & 0x20 ? take_16_bits(in) : take_octet(in);
        const uint8_t *payload = take_octets(in, &len);
        peer_feed_frame(run, type, flags, stream_id, payload, len);
    } else if (operation < 0xe0) {
        peer_feed_headers(run, in, operation);
    } else if (operation < 0xf0) {
        peer_send(run, in, operation);
    } else {
        size_t before = run->wire.len;
        peer_take(run);
        if (operation >= 0xf8)
            peer_acknowledge(run, before);
    }
}

/* Frames, and at most one GOAWAY with an error, the last. */
static inline void peer_check_wire(const peer_run *run) {
    const uint8_t *p = (const uint8_t *)run->wire.octets, *end = p + run->wire.len;
    int ended = 0;
    if (run->client && run->wire.len != 0)
        p += 24;
    for (int first = 1; p < end; first = 0) {
        h2f_frame frame;
        ptrdiff_t taken = h2f_frame_parse(&frame, p, (size_t)(end - p), H2F_FRAME_MAX_SIZE);
        CHECK(taken > 0 && !ended);
        if (first)
            CHECK(frame.type == H2F_FRAME_SETTINGS && !(frame.flags & ACK));
        ended = frame.type == H2F_FRAME_GOAWAY && frame.error_code != H2F_NO_ERROR;
        p += taken;
    }
    CHECK(!run->e.c.error || ended);
}

static inline void peer_play(peer_run *run, int client, const uint8_t *data, size_t size,
                             int in_parts) {
    input in = {data, data + size};
    peer_start(run, client, &in, in_parts);
    while (in.at < in.end)
        peer_operate(run, &in);
    peer_take(run);
    peer_check_wire(run);
}

static inline void peer_free(peer_run *run) {
    h2f_connection_free(&run->e.c);
    h2f_hpack_encoder_free(&run->encoder);
    peer_let_go(run);
    CHECK_INT(run->owned, 0);
    text_clear(&run->e.in);
    text_clear(&run->e.log);
    text_clear(&run->wire);
}

static inline void peer_compare(int client, const uint8_t *data, size_t size) {
    static peer_run whole, parts;
    peer_play(&whole, client, data, size, 0);
    peer_play(&parts, client, data, size, 1);
    CHECK_BYTES(parts.e.log.octets, parts.e.log.len, whole.e.log.octets, whole.e.log.len);
    CHECK_BYTES(parts.wire.octets, parts.wire.len, whole.wire.octets, whole.wire.len);
    CHECK_INT(parts.e.c.error, whole.e.c.error);
    CHECK_INT(parts.e.c.state, whole.e.c.state);
    peer_free(&whole);
    peer_free(&parts);
}

#endif
