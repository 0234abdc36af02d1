/* Content that goes out: windows, queues, turns, payloads with owners. */
#include "engine.h"

static void test_a_client_that_ended_its_stream_from_the_queue_is_not_visited_again(void) {
    engine e;
    start_client(&e);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 10);
    GOT(&e, "settings 4=10");
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    CHECK_INT(send_data(&e, 1, "abcdefghijkl", 1), 0);
    WROTE(&e, "SETTINGS ack; HEADERS 1; DATA 1 10 abcdefghij");
    say_window(&e, 1, 10);
    GOT(&e, "window 1 10");
    WROTE(&e, "DATA 1 2 kl end");
    WROTE(&e, "");
    engine_free(&e);
}

static void start_posts(engine *e, int count) {
    start_client(e);
    for (int i = 0; i < count; i++)
        CHECK_INT(send_headers(e, 0, POST, 0), 0);
    h2f_output_clear(&e->c.output);
}

static void test_windows_of_the_stream_and_of_the_connection(void) {
    engine e;
    start_posts(&e, 2);
    e.c.send_window = 20;
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 15);
    GOT(&e, "settings 4=15");
    CHECK_INT(send_many(&e, 1, 30, 1), 0);
    CHECK_INT(send_many(&e, 3, 10, 1), 0);
    CHECK_INT(h2f_queued(&e.c, 1), 30);
    WROTE(&e, "SETTINGS ack; DATA 1 15 abcdefghijklmno; DATA 3 5 abcde");
    CHECK_INT(e.c.queued, 20);
    say_window(&e, 1, 100);
    GOT(&e, "window 1 100");
    WROTE(&e, "");
    say_window(&e, 0, 100);
    GOT(&e, "window 0 100");
    WROTE(&e, "DATA 3 5 fghij end; DATA 1 15 pqrstuvwxyzabcd end");
    CHECK_INT(e.c.queued, 0);
    engine_free(&e);
}

static void test_a_lowered_setting_makes_windows_negative(void) {
    engine e;
    start_posts(&e, 1);
    CHECK_INT(send_many(&e, 1, 10000, 0), 0);
    h2f_output_clear(&e.c.output);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 0);
    GOT(&e, "settings 4=0");
    CHECK_INT(send_data(&e, 1, "abc", 0), 0);
    say_window(&e, 1, 10000);
    GOT(&e, "window 1 10000");
    WROTE(&e, "SETTINGS ack");
    say_window(&e, 1, 1);
    GOT(&e, "window 1 1");
    WROTE(&e, "DATA 1 1 a");
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 1);
    GOT(&e, "settings 4=1");
    WROTE(&e, "SETTINGS ack; DATA 1 1 b");
    CHECK_INT(h2f_send_reset(&e.c, 1, 0), 0);
    CHECK_INT(e.c.queued, 0);
    engine_free(&e);
}

/* Nobody has to open it further first. */
static void test_a_window_of_one_octet_is_used(void) {
    engine e;
    start_posts(&e, 1);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 1);
    GOT(&e, "settings 4=1");
    CHECK_INT(send_data(&e, 1, "ab", 0), 0);
    WROTE(&e, "SETTINGS ack; DATA 1 1 a");
    engine_free(&e);
}

static void test_windows_that_grow_too_large(void) {
    engine e;
    start_posts(&e, 2);
    say_window(&e, 1, H2F_WINDOW_MAX - 65535);
    say_window(&e, 3, H2F_WINDOW_MAX - 65534);
    GOT(&e, "window 1 2147418112; reset 3 3");
    WROTE(&e, "RST_STREAM 3 3");
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    GOT(&e, "settings 4=65535");
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, 65536);
    GOT(&e, "error -120");
    WROTE(&e, "SETTINGS ack; GOAWAY 0 3");
    engine_free(&e);
    start_posts(&e, 0);
    say_window(&e, 0, H2F_WINDOW_MAX - 65535);
    say_window(&e, 0, 1);
    GOT(&e, "window 0 2147418112; error -120");
    engine_free(&e);
}

/* Only a stream that lives counts for the largest window. */
static void test_a_closed_stream_does_not_limit_the_setting(void) {
    engine e;
    start_posts(&e, 1);
    say_window(&e, 1, H2F_WINDOW_MAX - 65535);
    say_reset(&e, 1, 0);
    say_setting(&e, H2F_SETTINGS_INITIAL_WINDOW_SIZE, H2F_WINDOW_MAX);
    GOT(&e, "window 1 2147418112; reset 1 0 remote; settings 4=2147483647");
    engine_free(&e);
}

static void test_data_beyond_the_window(void) {
    for (int of_stream = 0; of_stream < 2; of_stream++) {
        engine e;
        h2f_config config;
        h2f_config_init(&config, 0);
        config.auto_windows = 0;
        config.window = of_stream ? 1 << 20 : 65535;
        start_engine(&e, &config);
        say_headers(&e, 1, 0, POST);
        say_headers(&e, 3, 0, POST);
        for (int i = 0; i < 4; i++)
            say_data(&e, of_stream ? 1 : i % 2 ? 1u : 3u, 0, i < 3 ? 16384 : 16383);
        feed(&e);
        CHECK_INT(e.result, 0);
        say_data(&e, 1, 0, 1);
        feed(&e);
        CHECK_INT(e.result, H2F_ERR_WINDOW_EXCEEDED);
        WROTE(&e, "GOAWAY 3 3");
        engine_free(&e);
    }
}

/* Found by fuzz_pair. Sections 6.9 and 6.9.2: our setting has made the window negative. */
static void test_an_empty_frame_needs_no_window(void) {
    engine e;
    h2f_setting small = {H2F_SETTINGS_INITIAL_WINDOW_SIZE, 100};
    start_server(&e);
    say_headers(&e, 1, 0, POST);
    say_data(&e, 1, 0, 5000);
    feed(&e);
    CHECK_INT(h2f_send_settings(&e.c, &small, 1), 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    feed(&e);
    CHECK_INT(e.result, 0);
    text_clear(&e.log);
    say_data(&e, 1, END_STREAM, 0);
    GOT(&e, "data 1 0 end");
    say_headers(&e, 3, 0, POST);
    say_data(&e, 3, 0, 101);
    GOT(&e, "request 3 " POST "; error -119");
    engine_free(&e);
}

static void test_acknowledging_gives_windows_back(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 0);
    config.auto_windows = 0;
    start_engine(&e, &config);
    say_headers(&e, 1, 0, POST);
    for (int i = 0; i < 3; i++)
        say_data(&e, 1, 0, 16384);
    feed(&e);
    CHECK_INT(h2f_acknowledge(&e.c, 1, 3 * 16384 + 1), H2F_ERR_TOO_MUCH_ACKNOWLEDGED);
    CHECK_INT(h2f_acknowledge(&e.c, 1, 16384), 0);
    WROTE(&e, "");
    /* An update by hand does not forbid acknowledging what came in. */
    CHECK_INT(h2f_send_window_update(&e.c, 0, 40000), 0);
    CHECK_INT(h2f_acknowledge(&e.c, 1, 16384), 0);
    WROTE(&e, "WINDOW_UPDATE 0 40000; WINDOW_UPDATE 1 32768");
    CHECK_INT(h2f_acknowledge(&e.c, 1, 16385), H2F_ERR_TOO_MUCH_ACKNOWLEDGED);
    CHECK_INT(h2f_send_reset(&e.c, 1, 0), 0);
    CHECK_INT(h2f_acknowledge(&e.c, 1, 16384), 0);
    CHECK_INT(e.c.unprocessed, 0);
    engine_free(&e);
}

static void test_our_windows_stay_within_the_limit_for_the_peer(void) {
    engine e;
    h2f_setting setting = {H2F_SETTINGS_INITIAL_WINDOW_SIZE, H2F_WINDOW_MAX};
    start_posts(&e, 1);
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
    /* It is not acknowledged, but the peer may go by it when this comes. */
    CHECK_INT(h2f_send_window_update(&e.c, 1, 1), H2F_ERR_WINDOW_OVERFLOW);
    setting.value = 100;
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(&e, "settings ack; settings ack");
    CHECK_INT(h2f_send_window_update(&e.c, 1, 1), 0);
    setting.value = H2F_WINDOW_MAX;
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), H2F_ERR_WINDOW_OVERFLOW);
    engine_free(&e);
}

static void test_streams_take_turns_a_frame_each(void) {
    engine e;
    start_posts(&e, 3);
    e.c.send_window = 0;
    for (uint32_t stream = 1; stream < 6; stream += 2)
        CHECK_INT(send_many(&e, stream, 20000, 1), 0);
    CHECK_INT(send_headers(&e, 5, "x=y", 1), H2F_ERR_STREAM_CLOSED);
    say_window(&e, 0, 100000);
    say_window(&e, 1, 1); /* it keeps its turn */
    feed(&e);
    CHECK_INT(h2f_pump(&e.c, 20000), 0);
    CHECK_INT(h2f_queued(&e.c, 1), 3616);
    CHECK_INT(h2f_queued(&e.c, 3), 3616);
    CHECK_INT(h2f_queued(&e.c, 5), 20000);
    CHECK_INT(h2f_pump(&e.c, SIZE_MAX), 0);
    take_wire(&e, &e.wire);
    static const uint32_t order[] = {1, 3, 5, 1, 3, 5};
    const uint8_t *p = (const uint8_t *)e.wire.octets;
    for (int i = 0; i < 6; i++) {
        h2f_frame frame;
        p += h2f_frame_parse(&frame, p, e.wire.len, H2F_FRAME_MAX_SIZE);
        CHECK_INT(frame.stream_id, order[i]);
        CHECK_INT(frame.data_len, i < 3 ? 16384 : 3616);
        CHECK_INT(frame.flags, i < 3 ? 0 : END_STREAM);
    }
    engine_free(&e);
}

static void test_trailers_wait_behind_content(void) {
    engine e;
    start_posts(&e, 1);
    e.c.send_window = 5;
    CHECK_INT(send_data(&e, 1, "abcdefgh", 0), 0);
    CHECK_INT(send_headers(&e, 1, "x=y z!1", 1), 0);
    CHECK_INT(send_headers(&e, 1, "x=y", 1), H2F_ERR_STREAM_CLOSED);
    CHECK_INT(send_data(&e, 1, "i", 0), H2F_ERR_STREAM_CLOSED);
    WROTE(&e, "DATA 1 5 abcde");
    e.c.send_window = 3; /* exactly as much as is left */
    WROTE(&e, "DATA 1 3 fgh; HEADERS 1 end");
    WROTE(&e, "");
    engine_free(&e);
}

static void test_the_end_by_itself_waits_behind_content(void) {
    engine e;
    start_posts(&e, 1);
    e.c.send_window = 2;
    CHECK_INT(send_data(&e, 1, "abcd", 0), 0);
    CHECK_INT(send_data(&e, 1, "", 0), 0);
    CHECK_INT(send_data(&e, 1, "", 1), 0);
    WROTE(&e, "DATA 1 2 ab");
    e.c.send_window = 2;
    WROTE(&e, "DATA 1 2 cd; DATA 1 0 end");
    engine_free(&e);
}

static void test_the_ceiling_of_the_queue(void) {
    engine e;
    start_posts(&e, 1);
    e.c.config.max_queued = 10;
    CHECK_INT(send_many(&e, 1, 100, 0), 0); /* goes at once, and does not wait */
    h2f_output_clear(&e.c.output);
    e.c.send_window = 0;
    CHECK_INT(send_many(&e, 1, 11, 0), H2F_ERR_QUEUE_FULL);
    CHECK_INT(send_many(&e, 1, 4, 0), 0);
    CHECK_INT(send_many(&e, 1, 6, 0), 0);
    CHECK_INT(send_many(&e, 1, 1, 0), H2F_ERR_QUEUE_FULL);
    CHECK_INT(send_many(&e, 1, 0, 1), 0);
    CHECK_INT(e.c.queued, 10);
    engine_free(&e);
}

static void test_every_owner_is_let_go_once(void) {
    static uint8_t octets[40000];
    for (int ending = 0; ending < 4; ending++) {
        engine e;
        char owners[4];
        int released[4] = {0, 0, 0, 0};
        start_posts(&e, 1);
        for (int i = 0; i < 4; i++) /* none, few, many, and more than the window */
            CHECK_INT(h2f_send_data(&e.c, 1, octets, (size_t)(i * i * i * 1000), i == 3,
                                    &owners[i]),
                      0);
        CHECK_INT(h2f_send_data(&e.c, 1, octets, 5, 0, octets), H2F_ERR_STREAM_CLOSED);
        if (ending != 0)
            CHECK_INT(h2f_pump(&e.c, 30000), 0);
        if (ending == 1)
            CHECK_INT(h2f_send_reset(&e.c, 1, 0), 0);
        if (ending == 2)
            take_wire(&e, &e.wire);
        h2f_connection_free(&e.c);
        for (char *owner; (owner = h2f_output_next_released(&e.c.output)) != NULL;)
            released[owner - owners]++;
        for (int i = 0; i < 4; i++)
            CHECK_INT(released[i], 1);
        text_clear(&e.wire);
        text_clear(&e.in);
    }
}

static int send_message(engine *e, uint32_t stream_id, const char *fields, size_t len,
                        int end_stream) {
    field_list list = fields_of(fields);
    uint8_t *octets = malloc(len);
    CHECK(octets != NULL);
    memset(octets, 'x', len);
    int error = h2f_send_message(&e->c, &stream_id, list.fields, list.count, octets, len,
                                 end_stream, NULL);
    free(octets);
    return error;
}

/* Headers and content in one go, at once or as windows allow. */
static void test_messages(void) {
    engine e;
    start_client(&e);
    h2f_output_clear(&e.c.output);
    CHECK_INT(send_message(&e, 0, POST, 3, 1), 0);
    WROTE(&e, "HEADERS 1; DATA 1 3 xxx end");
    CHECK_INT(send_message(&e, 0, POST, 2, 0), 0);
    WROTE(&e, "HEADERS 3; DATA 3 2 xx");
    e.c.send_window = 4;
    CHECK_INT(send_message(&e, 0, POST, 5, 1), 0);
    WROTE(&e, "HEADERS 5; DATA 5 4 xxxx");
    CHECK_INT(e.c.queued, 1);
    CHECK_INT(send_data(&e, 5, "more", 0), H2F_ERR_STREAM_CLOSED);
    e.c.send_window = 10;
    WROTE(&e, "DATA 5 1 x end");
    engine_free(&e);
}

/* What cannot be sent whole leaves nothing behind. */
static void test_messages_that_are_refused(void) {
    engine e;
    start_server(&e);
    h2f_output_clear(&e.c.output);
    say_headers(&e, 1, END_STREAM, GET);
    feed(&e);
    e.c.config.max_queued = 10;
    e.c.send_window = 10;
    CHECK_INT(send_message(&e, 1, OK, 11, 1), H2F_ERR_QUEUE_FULL);
    e.c.send_window = 100;
    CHECK_INT(send_message(&e, 1, ":status=103", 1, 0), H2F_ERR_MESSAGE_NO_HEADERS);
    CHECK_INT(send_message(&e, 1, "x=y", 1, 1), H2F_ERR_FIELD_STATUS_MISSING);
    CHECK_INT(send_message(&e, 3, OK, 1, 1), H2F_ERR_STREAM_IDLE);
    e.c.send_window = 0;
    CHECK_INT(send_message(&e, 1, "x=y", 1, 1), H2F_ERR_FIELD_STATUS_MISSING);
    CHECK_INT(send_message(&e, 3, OK, 1, 1), H2F_ERR_STREAM_IDLE);
    CHECK_INT(e.c.queued, 0);
    WROTE(&e, "");
    CHECK_INT(send_message(&e, 1, OK, 1, 1), 0);
    WROTE(&e, "HEADERS 1");
    engine_free(&e);
}

int main(void) {
    RUN(test_messages);
    RUN(test_messages_that_are_refused);
    RUN(test_windows_of_the_stream_and_of_the_connection);
    RUN(test_a_lowered_setting_makes_windows_negative);
    RUN(test_a_window_of_one_octet_is_used);
    RUN(test_windows_that_grow_too_large);
    RUN(test_a_closed_stream_does_not_limit_the_setting);
    RUN(test_data_beyond_the_window);
    RUN(test_an_empty_frame_needs_no_window);
    RUN(test_acknowledging_gives_windows_back);
    RUN(test_our_windows_stay_within_the_limit_for_the_peer);
    RUN(test_streams_take_turns_a_frame_each);
    RUN(test_trailers_wait_behind_content);
    RUN(test_the_end_by_itself_waits_behind_content);
    RUN(test_the_ceiling_of_the_queue);
    RUN(test_every_owner_is_let_go_once);
    RUN(test_a_client_that_ended_its_stream_from_the_queue_is_not_visited_again);
    return 0;
}
