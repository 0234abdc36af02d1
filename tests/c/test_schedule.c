/* The order in which streams send, by each scheme. */
#include "engine.h"

static void start_with(engine *e, enum h2f_scheme scheme) {
    h2f_config config;
    h2f_config_init(&config, 0);
    config.scheme = (uint8_t)scheme;
    start_engine(e, &config);
}

/* A request, with a priority field or none. */
static void say_request(engine *e, uint32_t stream_id, const char *priority) {
    uint8_t block[256];
    h2f_field value = {(const uint8_t *)"priority", (const uint8_t *)priority, 8, 0, 0};
    uint8_t *end = block + block_of(block, GET);
    if (priority != NULL) {
        value.value_len = strlen(priority);
        *end++ = 0;
        end = h2f_hpack_encode_string(end, value.name, 8, H2F_HPACK_RAW);
        end = h2f_hpack_encode_string(end, value.value, value.value_len, H2F_HPACK_RAW);
    }
    say(e, H2F_FRAME_HEADERS, END_STREAM | END_HEADERS, stream_id, block, (size_t)(end - block));
}

static void say_update(engine *e, uint32_t stream_id, const char *value) {
    uint8_t octets[64];
    h2f_store_be32(octets, stream_id);
    memcpy(octets + 4, value, strlen(value));
    say(e, H2F_FRAME_PRIORITY_UPDATE, 0, 0, octets, 4 + strlen(value));
}

static void say_priority(engine *e, uint32_t stream_id, uint32_t depends_on, int weight,
                         int exclusive) {
    uint8_t octets[5];
    h2f_store_be32(octets, depends_on | (exclusive ? 0x80000000u : 0));
    octets[4] = (uint8_t)(weight - 1);
    say(e, H2F_FRAME_PRIORITY, 0, stream_id, octets, sizeof octets);
}

static void hear(engine *e) {
    feed(e);
    CHECK_INT(e->result, 0);
    text_clear(&e->log);
}

/* Answers a request with so many frames of content, none of which may go out yet. */
static void answer_with(engine *e, uint32_t stream_id, const char *fields, int frames) {
    CHECK_INT(send_headers(e, stream_id, fields, 0), 0);
    e->c.send_window = 0;
    for (int i = 0; i < frames; i++)
        CHECK_INT(send_data(e, stream_id, "a", i == frames - 1), 0);
    check_connection(&e->c);
}

static void answer(engine *e, uint32_t stream_id, int frames) {
    answer_with(e, stream_id, OK, frames);
}

/* Lets so many frames of one octet go out, and looks whose they are. */
static void check_turns(const char *file, int line, engine *e, int frames, const char *expected) {
    text turns = {NULL, 0, 0};
    h2f_output_clear(&e->c.output);
    text_clear(&e->wire);
    e->c.send_window = frames;
    CHECK_INT(h2f_pump(&e->c, SIZE_MAX), 0);
    check_connection(&e->c);
    take_wire(e, &e->wire);
    const uint8_t *p = (const uint8_t *)e->wire.octets, *end = p + e->wire.len;
    while (p < end) {
        h2f_frame frame;
        p += h2f_frame_parse(&frame, p, (size_t)(end - p), H2F_FRAME_MAX_SIZE);
        CHECK_INT(frame.type, H2F_FRAME_DATA);
        text_print(&turns, "%s%" PRIu32, turns.len ? " " : "", frame.stream_id);
    }
    check_text(file, line, &turns, expected);
    text_clear(&turns);
}

#define TURNS(e, frames, expected) check_turns(__FILE__, __LINE__, e, frames, expected)

/* ---------------------------------------------------------------------------- RFC 9218 */

static void test_of_urgencies_the_lower_number_goes_first(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    const char *fields[] = {"u=7", NULL, "u=0", "u=4", "u=3"};
    for (uint32_t i = 0; i < 5; i++)
        say_request(&e, 2 * i + 1, fields[i]);
    hear(&e);
    for (uint32_t i = 0; i < 5; i++)
        answer(&e, 2 * i + 1, 2);
    TURNS(&e, 99, "5 5 3 3 9 9 7 7 1 1");
    engine_free(&e);
}

static void test_one_after_another_in_the_order_of_the_requests(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    for (uint32_t id = 1; id < 20; id += 2)
        say_request(&e, id, NULL);
    hear(&e);
    static const uint32_t answered[] = {9, 3, 19, 1, 13, 5, 17, 7, 15, 11};
    for (size_t i = 0; i < 10; i++)
        answer(&e, answered[i], 1);
    TURNS(&e, 3, "1 3 5");
    say_request(&e, 21, "u=2");
    hear(&e);
    answer(&e, 21, 1);
    TURNS(&e, 99, "21 7 9 11 13 15 17 19");
    engine_free(&e);
}

static void test_incremental_ones_take_turns(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    for (uint32_t id = 1; id < 6; id += 2)
        say_request(&e, id, "i");
    hear(&e);
    answer(&e, 5, 3);
    answer(&e, 1, 2);
    TURNS(&e, 2, "5 1");
    answer(&e, 3, 4); /* the last in the ring */
    TURNS(&e, 99, "5 1 3 5 3 3 3");
    engine_free(&e);
}

static void test_each_kind_has_every_other_turn(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    say_request(&e, 1, "i");
    say_request(&e, 3, NULL);
    say_request(&e, 5, "i");
    say_request(&e, 7, NULL);
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 3);
    TURNS(&e, 99, "3 1 3 5 3 1 7 5 7 1 7 5");
    engine_free(&e);
}

static void test_a_new_priority_counts_from_the_next_frame_on(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    for (uint32_t id = 1; id < 8; id += 2)
        say_request(&e, id, "u=4");
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 3);
    TURNS(&e, 1, "1");
    say_update(&e, 7, "u=1");
    GOT(&e, "priority update 7 u=1");
    TURNS(&e, 1, "7");
    say_update(&e, 7, "u=5");
    say_update(&e, 5, "u=4, i");
    hear(&e);
    TURNS(&e, 3, "5 1 5");
    say_update(&e, 3, "nonsense=("); /* no dictionary: as if it were not there */
    hear(&e);
    say_update(&e, 1, ""); /* complete: the default, and not what was */
    hear(&e);
    TURNS(&e, 99, "1 3 5 3 3 7 7");
    engine_free(&e);
}

static void test_an_update_before_the_request_counts_when_it_comes(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    say_update(&e, 5, "u=7");
    say_update(&e, 5, "u=0"); /* the last one */
    say_update(&e, 3, "u=1");
    say_request(&e, 1, NULL);
    say_request(&e, 3, "u=6"); /* what came by PRIORITY_UPDATE is newer (section 7) */
    say_request(&e, 5, NULL);
    say_request(&e, 7, "u=2");
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 1);
    TURNS(&e, 99, "5 3 7 1");
    engine_free(&e);
}

/* Section 7.1, and found by fuzz_pair: clients that cannot know the limit yet do not break it. */
static void test_updates_of_idle_streams_are_limited_by_what_the_client_knows(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    h2f_setting few = {H2F_SETTINGS_MAX_CONCURRENT_STREAMS, 2};
    CHECK_INT(h2f_send_settings(&e.c, &few, 1), 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    for (uint32_t id = 1; id < 4; id += 2)
        say_update(&e, id, "u=1");
    hear(&e);
    few.value = 1;
    CHECK_INT(h2f_send_settings(&e.c, &few, 1), 0);
    say_update(&e, 5, "u=1");
    hear(&e);
    CHECK_INT(e.c.prioritized.count, 2);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    say_update(&e, 3, "u=2"); /* is among them */
    hear(&e);
    say_update(&e, 5, "u=1");
    feed(&e);
    CHECK_INT(e.result, H2F_ERR_IDLE_PRIORITIES);
    engine_free(&e);
}

/* Found by fuzz_pair. */
static void test_updates_of_streams_that_a_goaway_leaves_out_are_passed_over(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    h2f_setting none = {H2F_SETTINGS_MAX_CONCURRENT_STREAMS, 0};
    CHECK_INT(h2f_send_settings(&e.c, &none, 1), 0);
    CHECK_INT(h2f_send_goaway(&e.c, 3, H2F_NO_ERROR, NULL, 0), 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    say_update(&e, 5, "u=1");
    hear(&e);
    say_update(&e, 3, "u=1");
    feed(&e);
    CHECK_INT(e.result, H2F_ERR_IDLE_PRIORITIES);
    engine_free(&e);
}

/* Found by fuzz_pair: the server may not know yet that the stream is closed. */
static void test_clients_send_no_update_of_a_closed_stream(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 1);
    start_engine(&e, &config);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    uint32_t third = 5;
    field_list list = fields_of(GET);
    CHECK_INT(h2f_send_headers(&e.c, &third, list.fields, list.count, 1), 0);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
    h2f_output_clear(&e.c.output);
    for (uint32_t id = 1; id < 4; id += 2) /* it was reset, and never opened */
        CHECK_INT(h2f_send_priority_update(&e.c, id, (const uint8_t *)"u=1", 3), 0);
    CHECK_INT(e.c.output.len, 0);
    CHECK_INT(h2f_send_priority_update(&e.c, 5, (const uint8_t *)"u=1", 3), 0);
    CHECK_INT(h2f_send_priority_update(&e.c, 7, (const uint8_t *)"u=1", 3), 0);
    WROTE(&e, "PRIORITY_UPDATE 5; PRIORITY_UPDATE 7");
    engine_free(&e);
}

static void test_the_server_comes_before_the_client(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    say_request(&e, 1, "u=1, i");
    say_request(&e, 3, "u=2");
    say_request(&e, 5, NULL);
    hear(&e);
    answer_with(&e, 1, OK " priority=u=5", 2); /* incremental, as the client has it */
    answer(&e, 3, 2);
    answer_with(&e, 5, OK " priority=u=5,i", 2);
    TURNS(&e, 3, "3 3 1");
    say_update(&e, 1, "u=0"); /* of the client's, only what the server has not said counts */
    hear(&e);
    TURNS(&e, 1, "1");
    CHECK_INT(h2f_set_priority(&e.c, 5, (h2f_priority_field){2, -1}), 0);
    const h2f_stream *stream = h2f_streams_find(&e.c.streams, 5);
    CHECK_INT(stream->urgency, 2);
    CHECK_INT(stream->incremental, 1);
    TURNS(&e, 99, "5 5");
    CHECK_INT(h2f_set_priority(&e.c, 5, (h2f_priority_field){2, -1}), H2F_ERR_STREAM_CLOSED);
    CHECK_INT(h2f_set_priority(&e.c, 99, (h2f_priority_field){2, -1}), H2F_ERR_STREAM_IDLE);
    CHECK_INT(h2f_set_dependency(&e.c, 5, 0, 1, 0), H2F_ERR_STREAM_CLOSED);
    engine_free(&e);
}

static void test_several_lines_are_one_field(void) {
    engine e;
    uint8_t block[1024];
    start_with(&e, H2F_SCHEME_RFC9218);
    static const char *const lines[] = {GET " priority=u=1 priority=i", /* both */
                                        GET " priority=u=1 priority=u=9", /* out of range */
                                        GET " priority=u=1 priority=?"};  /* no dictionary */
    for (uint32_t i = 0; i < 3; i++)
        say(&e, H2F_FRAME_HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, block,
            block_of(block, lines[i]));
    size_t len = block_of(block, GET " priority=u=1"); /* and one that is too long */
    block[len++] = 0;
    len = (size_t)(h2f_hpack_encode_string(block + len, (const uint8_t *)"priority", 8,
                                           H2F_HPACK_RAW) - block);
    char value[256];
    memset(value, 'u', sizeof value);
    len = (size_t)(h2f_hpack_encode_string(block + len, (const uint8_t *)value, sizeof value,
                                           H2F_HPACK_RAW) - block);
    say(&e, H2F_FRAME_HEADERS, END_STREAM | END_HEADERS, 7, block, len);
    hear(&e);
    static const uint8_t urgencies[] = {1, 3, 3, 3};
    for (uint32_t i = 0; i < 4; i++) {
        const h2f_stream *stream = h2f_streams_find(&e.c.streams, 2 * i + 1);
        CHECK_INT(stream->urgency, urgencies[i]);
        CHECK_INT(stream->incremental, i == 0);
    }
    engine_free(&e);
}

static void test_a_blocked_stream_lets_others_go_first_and_comes_back(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC9218);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 2);
    for (uint32_t id = 1; id < 8; id += 2)
        say_request(&e, id, id == 1 ? "u=0" : id == 7 ? "u=0, i" : NULL);
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 4);
    TURNS(&e, 5, "1 7 1 7 3");
    say_window(&e, 1, 1);
    hear(&e);
    TURNS(&e, 2, "1 3");
    CHECK_INT(h2f_send_reset(&e.c, 5, 8), 0);
    h2f_output_clear(&e.c.output);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 100);
    say_update(&e, 7, "u=7"); /* while it waits for its window */
    hear(&e);
    TURNS(&e, 99, "1 3 3 7 7");
    engine_free(&e);
}

static void test_clients_send_by_what_they_said_themselves(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 1);
    start_engine(&e, &config);
    CHECK_INT(h2f_send_priority_update(&e.c, 5, (const uint8_t *)"u=1", 3), 0);
    CHECK_INT(send_headers(&e, 0, POST " priority=u=6", 0), 0);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    e.c.send_window = 0;
    for (uint32_t id = 1; id < 6; id += 2)
        for (int i = 0; i < 2; i++)
            CHECK_INT(send_data(&e, id, "a", i), 0);
    TURNS(&e, 2, "5 5");
    CHECK_INT(h2f_send_priority_update(&e.c, 1, (const uint8_t *)"u=2", 3), 0);
    h2f_output_clear(&e.c.output);
    TURNS(&e, 99, "1 1 3 3");
    engine_free(&e);
}

static void test_promised_streams_go_by_the_promise(void) {
    engine e;
    uint32_t promised;
    start_with(&e, H2F_SCHEME_RFC9218);
    say_setting(&e, H2F_SETTINGS_ENABLE_PUSH, 1);
    say_request(&e, 1, NULL);
    hear(&e);
    field_list list = fields_of(GET " priority=u=2");
    CHECK_INT(h2f_send_push(&e.c, 1, list.fields, list.count, &promised), 0);
    list = fields_of(GET);
    CHECK_INT(h2f_send_push(&e.c, 1, list.fields, list.count, &promised), 0);
    say_update(&e, 4, "u=1");
    hear(&e);
    answer(&e, 1, 2);
    answer(&e, 2, 2);
    answer(&e, 4, 2);
    TURNS(&e, 99, "4 4 2 2 1 1");
    engine_free(&e);
}

/* ------------------------------------------------------------------- the default scheme */

static void test_who_says_nothing_has_turns(void) {
    engine e;
    start_server(&e);
    CHECK_INT(e.c.config.scheme, H2F_SCHEME_AUTO);
    say_request(&e, 1, NULL);
    say_request(&e, 3, NULL);
    hear(&e);
    answer(&e, 1, 3);
    answer(&e, 3, 3);
    TURNS(&e, 3, "1 3 1");
    say_request(&e, 5, "i"); /* from here on, silence means the RFC's defaults */
    say_request(&e, 7, NULL);
    say_request(&e, 9, NULL);
    hear(&e);
    answer(&e, 9, 2);
    answer(&e, 7, 2);
    TURNS(&e, 99, "7 3 7 1 9 3 9"); /* the last turn was an incremental one's */
    engine_free(&e);
}

static void test_a_client_that_says_something_before_its_first_request(void) {
    engine e;
    start_server(&e);
    say_update(&e, 9, "");
    say_request(&e, 1, NULL);
    say_request(&e, 3, NULL);
    hear(&e);
    answer(&e, 3, 2);
    answer(&e, 1, 2);
    TURNS(&e, 99, "1 1 3 3");
    engine_free(&e);
}

static void test_what_is_no_field_says_nothing(void) {
    engine e;
    start_server(&e);
    say_update(&e, 1, "=");
    say_request(&e, 1, "=");
    say_request(&e, 3, NULL);
    hear(&e);
    answer(&e, 1, 2);
    answer(&e, 3, 2);
    TURNS(&e, 99, "1 3 1 3");
    engine_free(&e);
}

static void test_round_robin_hears_nothing(void) {
    engine e;
    start_with(&e, H2F_SCHEME_ROUND_ROBIN);
    say_request(&e, 1, "u=7");
    say_request(&e, 3, "u=0");
    hear(&e);
    answer_with(&e, 1, OK " priority=u=6", 3);
    answer(&e, 3, 3);
    say_update(&e, 3, "u=1");
    hear(&e);
    TURNS(&e, 99, "1 3 1 3 1 3");
    CHECK_INT(h2f_set_priority(&e.c, 1, (h2f_priority_field){2, -1}), H2F_ERR_SCHEME);
    engine_free(&e);
}

/* ---------------------------------------------------------------------------- RFC 7540 */

static void start_tree(engine *e, uint32_t highest) {
    start_with(e, H2F_SCHEME_RFC7540);
    for (uint32_t id = 1; id <= highest; id += 2)
        say_request(e, id, "u=0");
    hear(e);
}

static void test_streams_share_by_weight(void) {
    engine e;
    start_tree(&e, 5);
    say_priority(&e, 1, 0, 32, 0);
    say_priority(&e, 3, 0, 64, 0);
    say_priority(&e, 5, 0, 32, 0);
    GOT(&e, "priority 1 0; priority 3 0; priority 5 0");
    for (uint32_t id = 1; id < 6; id += 2)
        answer(&e, id, 12);
    /* 256 / weight is what a turn costs: 8, 4 and 8; equal ones go by number. */
    TURNS(&e, 12, "1 3 5 3 1 3 5 3 1 3 5 3");
    engine_free(&e);
}

static void test_a_stream_waits_for_the_one_it_depends_on(void) {
    engine e;
    start_tree(&e, 7);
    say_priority(&e, 3, 1, 16, 0);
    say_priority(&e, 5, 3, 16, 0);
    hear(&e);
    answer(&e, 5, 2);
    answer(&e, 3, 2);
    answer(&e, 7, 4);
    TURNS(&e, 3, "3 7 3"); /* 3 on behalf of 1, which has nothing to send */
    answer(&e, 1, 1);
    TURNS(&e, 99, "7 1 7 5 7 5");
    engine_free(&e);
}

static void test_who_was_idle_is_owed_nothing(void) {
    engine e;
    start_tree(&e, 3);
    answer(&e, 1, 6);
    TURNS(&e, 3, "1 1 1");
    answer(&e, 3, 3); /* and does not catch up */
    TURNS(&e, 99, "3 1 3 1 3 1");
    engine_free(&e);
}

static void test_idle_streams_group_others(void) {
    engine e;
    start_with(&e, H2F_SCHEME_RFC7540);
    say_priority(&e, 3, 0, 201, 0);
    say_priority(&e, 5, 0, 101, 0);
    say_priority(&e, 7, 0, 1, 0);
    say_priority(&e, 9, 7, 1, 0);
    say_request(&e, 13, NULL);
    say_request(&e, 15, NULL);
    say_request(&e, 17, NULL);
    say_priority(&e, 13, 9, 16, 0);
    say_priority(&e, 15, 3, 16, 0);
    say_priority(&e, 17, 5, 16, 0);
    hear(&e);
    for (uint32_t id = 13; id < 18; id += 2)
        answer(&e, id, 6);
    TURNS(&e, 9, "15 17 13 15 15 17 15 15 17"); /* 201 to 101; group 7 has had its turn for long */
    engine_free(&e);
}

static void test_an_exclusive_dependency_takes_the_siblings_over(void) {
    engine e;
    start_tree(&e, 5);
    uint8_t block[256], octets[5 + 256];
    size_t len = block_of(block, GET);
    h2f_store_be32(octets, 0x80000000u);
    octets[4] = 15;
    memcpy(octets + 5, block, len);
    say(&e, H2F_FRAME_HEADERS, END_STREAM | END_HEADERS | H2F_FLAG_PRIORITY, 7, octets, 5 + len);
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 2);
    TURNS(&e, 99, "7 7 1 3 5 1 3 5");
    engine_free(&e);
}

static void test_a_dependency_on_nobody_is_the_default_priority(void) {
    engine e;
    start_tree(&e, 3);
    say_priority(&e, 1, 99, 256, 1);
    hear(&e);
    answer(&e, 1, 2);
    answer(&e, 3, 2);
    TURNS(&e, 99, "1 3 1 3");
    CHECK_INT(e.c.schedule.dependencies.tree.count, 3);
    engine_free(&e);
}

static void test_the_caller_sets_dependencies(void) {
    engine e;
    start_tree(&e, 3);
    CHECK_INT(h2f_set_dependency(&e.c, 1, 3, 16, 0), 0);
    CHECK_INT(h2f_set_dependency(&e.c, 1, 1, 16, 0), H2F_ERR_PRIORITY_ITSELF);
    CHECK_INT(h2f_set_dependency(&e.c, 1, 0, 0, 0), H2F_ERR_PRIORITY_WEIGHT);
    CHECK_INT(h2f_set_dependency(&e.c, 1, 0, 257, 0), H2F_ERR_PRIORITY_WEIGHT);
    CHECK_INT(h2f_set_dependency(&e.c, 5, 0, 16, 0), H2F_ERR_STREAM_IDLE);
    CHECK_INT(h2f_set_priority(&e.c, 1, (h2f_priority_field){2, -1}), H2F_ERR_SCHEME);
    answer(&e, 1, 2);
    answer(&e, 3, 2);
    TURNS(&e, 99, "3 3 1 1");
    engine_free(&e);
}

static void test_closed_streams_are_kept_for_a_while(void) {
    engine e;
    start_tree(&e, 1);
    say_priority(&e, 1, 0, 256, 0);
    hear(&e);
    answer(&e, 1, 1);
    TURNS(&e, 99, "1");
    say_priority(&e, 1, 0, 1, 0); /* also of a closed one (section 5.3.4) */
    say_request(&e, 3, NULL);
    say_request(&e, 5, NULL);
    say_priority(&e, 3, 1, 16, 0);
    hear(&e);
    answer(&e, 3, 3);
    answer(&e, 5, 32);
    TURNS(&e, 19, "3 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 3 5"); /* 1 to 16 */
    engine_free(&e);
}

static void test_the_tree_stays_small(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 0);
    config.scheme = H2F_SCHEME_RFC7540;
    config.glitches.capacity = 100000;
    start_engine(&e, &config);
    const h2f_dependencies *dependencies = &e.c.schedule.dependencies;
    for (uint32_t id = 1; id < 20001; id += 2) {
        say_priority(&e, id, id > 1 ? id - 2 : 0, 16, id % 3 == 0);
        say_priority(&e, 1000001, 0, 16, 0); /* one that is named again and again stays */
    }
    hear(&e);
    CHECK_INT(dependencies->tree.count, 1 + H2F_MAX_KEPT_DEPENDENCIES);
    CHECK(h2f_priority_tree_find(&e.c.schedule.dependencies.tree, 1000001) != NULL);
    for (uint32_t id = 1; id < 2001; id += 2) {
        say_request(&e, id, NULL);
        hear(&e);
        CHECK_INT(send_headers(&e, id, OK, 1), 0);
        h2f_output_clear(&e.c.output);
    }
    CHECK(dependencies->tree.count <= 2 + H2F_MAX_KEPT_DEPENDENCIES);
    CHECK(h2f_connection_heap_size(&e.c) < 64 << 10);
    engine_free(&e);
}

/* -------------------------------------------------------------------- the caller's choice */

static void test_the_caller_chooses(void) {
    engine e;
    uint32_t ids[4];
    start_with(&e, H2F_SCHEME_CALLER);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 2);
    for (uint32_t id = 1; id < 8; id += 2)
        say_request(&e, id, NULL);
    hear(&e);
    for (uint32_t id = 1; id < 8; id += 2)
        answer(&e, id, 3);
    CHECK_INT(h2f_ready_streams(&e.c, ids, 4), 0); /* the connection's window is 0 */
    CHECK_INT(h2f_choose(&e.c, 1), H2F_ERR_NOT_READY);
    TURNS(&e, 99, "");
    CHECK_INT(h2f_ready_streams(&e.c, ids, 3), 3);
    CHECK_INT(h2f_choose(&e.c, 5), 0);
    TURNS(&e, 99, "5");
    CHECK_INT(h2f_ready_streams(&e.c, ids, 4), 4);
    CHECK_INT(ids[0], 1);
    CHECK_INT(ids[1], 3);
    CHECK_INT(ids[2], 7);
    CHECK_INT(ids[3], 5);
    CHECK_INT(h2f_choose(&e.c, 5), 0);
    TURNS(&e, 99, "5");
    CHECK_INT(h2f_choose(&e.c, 5), H2F_ERR_NOT_READY); /* its window is used up */
    CHECK_INT(h2f_choose(&e.c, 9), H2F_ERR_NOT_READY);
    CHECK_INT(h2f_choose(&e.c, 3), 0);
    CHECK_INT(h2f_send_reset(&e.c, 3, 8), 0);
    h2f_output_clear(&e.c.output);
    TURNS(&e, 99, "");
    CHECK_INT(h2f_ready_streams(&e.c, ids, 4), 2);
    engine_free(&e);
}

/* Found by fuzz_server: an empty block, which only passes without validation. */
static void test_a_request_without_fields_says_nothing(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 0);
    config.validate_received = 0;
    start_engine(&e, &config);
    say(&e, H2F_FRAME_HEADERS, END_STREAM | END_HEADERS, 1, NULL, 0);
    hear(&e);
    answer(&e, 1, 2);
    TURNS(&e, 99, "1 1");
    engine_free(&e);
}

int main(void) {
    RUN(test_of_urgencies_the_lower_number_goes_first);
    RUN(test_one_after_another_in_the_order_of_the_requests);
    RUN(test_incremental_ones_take_turns);
    RUN(test_each_kind_has_every_other_turn);
    RUN(test_a_new_priority_counts_from_the_next_frame_on);
    RUN(test_an_update_before_the_request_counts_when_it_comes);
    RUN(test_updates_of_idle_streams_are_limited_by_what_the_client_knows);
    RUN(test_updates_of_streams_that_a_goaway_leaves_out_are_passed_over);
    RUN(test_clients_send_no_update_of_a_closed_stream);
    RUN(test_the_server_comes_before_the_client);
    RUN(test_several_lines_are_one_field);
    RUN(test_a_blocked_stream_lets_others_go_first_and_comes_back);
    RUN(test_clients_send_by_what_they_said_themselves);
    RUN(test_promised_streams_go_by_the_promise);
    RUN(test_who_says_nothing_has_turns);
    RUN(test_a_client_that_says_something_before_its_first_request);
    RUN(test_what_is_no_field_says_nothing);
    RUN(test_round_robin_hears_nothing);
    RUN(test_streams_share_by_weight);
    RUN(test_a_stream_waits_for_the_one_it_depends_on);
    RUN(test_who_was_idle_is_owed_nothing);
    RUN(test_idle_streams_group_others);
    RUN(test_an_exclusive_dependency_takes_the_siblings_over);
    RUN(test_a_dependency_on_nobody_is_the_default_priority);
    RUN(test_the_caller_sets_dependencies);
    RUN(test_closed_streams_are_kept_for_a_while);
    RUN(test_the_tree_stays_small);
    RUN(test_the_caller_chooses);
    RUN(test_a_request_without_fields_says_nothing);
    return 0;
}
