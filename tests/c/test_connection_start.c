/* How a connection begins, its settings, how it ends. */
#include "engine.h"

static void test_a_client_begins_with_preface_and_settings(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 1);
    config.window = 65535 + 1000;
    engine_init(&e, &config);
    WROTE(&e, "");
    CHECK_INT(h2f_connection_start(&e.c), 0);
    CHECK_INT(h2f_connection_start(&e.c), 0);
    WROTE(&e, "PRI; SETTINGS 2=0 3=100 6=65536; WINDOW_UPDATE 0 1000");
    engine_free(&e);
}

static void test_a_server_begins_with_settings(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 0);
    config.settings.value[H2F_SETTINGS_INITIAL_WINDOW_SIZE] = 7;
    engine_init(&e, &config);
    say_preface(&e);
    say_setting(&e, H2F_SETTINGS_HEADER_TABLE_SIZE, 100);
    GOT(&e, "settings 1=100");
    /* Also where nobody has started it: no answer comes before its SETTINGS. */
    WROTE(&e, "SETTINGS 4=7 3=100 6=65536; SETTINGS ack");
    engine_free(&e);
}

static void test_a_wrong_preface(void) {
    for (size_t at = 0; at < 24; at++) {
        engine e;
        h2f_config config;
        h2f_config_init(&config, 0);
        config.window = 1 << 20;
        engine_init(&e, &config);
        say_preface(&e);
        e.in.octets[at] ^= 1;
        GOT(&e, "error -110");
        CHECK_INT(e.c.error_detail, at);
        WROTE(&e, "SETTINGS 3=100 6=65536; WINDOW_UPDATE 0 983041; GOAWAY 0 1");
        engine_free(&e);
    }
}

static void test_the_first_frame_is_settings(void) {
    for (int client = 0; client < 2; client++)
        for (int acknowledges = 0; acknowledges < 2; acknowledges++) {
            engine e;
            h2f_config config;
            h2f_config_init(&config, client);
            engine_init(&e, &config);
            if (!client)
                say_preface(&e);
            if (acknowledges)
                say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
            else
                say_ping(&e, 0, "12345678");
            GOT(&e, "error -111");
            engine_free(&e);
        }
}

static void test_settings_are_in_force_when_they_are_acknowledged(void) {
    engine e;
    start_server(&e);
    h2f_setting settings[] = {{H2F_SETTINGS_INITIAL_WINDOW_SIZE, 5}, {0xfff0, 9}};
    CHECK_INT(h2f_send_settings(&e.c, settings, 2), 0);
    settings[0].value = 6;
    CHECK_INT(h2f_send_settings(&e.c, settings, 1), 0);
    WROTE(&e, "SETTINGS 4=5 65520=9; SETTINGS 4=6");
    CHECK_INT(h2f_local_window(&e.c), 65535);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(&e, "settings ack");
    CHECK_INT(h2f_local_window(&e.c), 5);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(&e, "settings ack");
    CHECK_INT(h2f_local_window(&e.c), 6);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(&e, "error -102");
    WROTE(&e, "GOAWAY 0 1");
    engine_free(&e);
}

/* A block that begins with an update to 8192 octets. */
static void test_the_size_of_the_table_is_in_force_when_it_is_acknowledged(void) {
    const h2f_setting setting = {H2F_SETTINGS_HEADER_TABLE_SIZE, 8192};
    for (int acknowledged = 0; acknowledged < 2; acknowledged++) {
        engine e;
        uint8_t block[256] = {0x3f, 0xe1, 0x3f};
        start_server(&e);
        CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
        if (acknowledged)
            say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
        say(&e, H2F_FRAME_HEADERS, END_HEADERS | END_STREAM, 1, block,
            3 + block_of(block + 3, GET));
        feed(&e);
        CHECK_INT(e.result, acknowledged ? 0 : H2F_ERR_TABLE_SIZE_EXCEEDED);
        engine_free(&e);
    }
}

static void test_a_smaller_table_has_to_be_announced(void) {
    engine e;
    const h2f_setting setting = {H2F_SETTINGS_HEADER_TABLE_SIZE, 4095};
    start_server(&e);
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    say_headers(&e, 1, END_STREAM, GET);
    feed(&e);
    CHECK_INT(e.result, H2F_ERR_TABLE_SIZE_MISSING);
    engine_free(&e);
}

static void test_so_many_settings_may_wait_for_their_acknowledgement(void) {
    engine e;
    h2f_setting setting = {H2F_SETTINGS_MAX_CONCURRENT_STREAMS, 1};
    start_client(&e);
    for (unsigned i = 0; i < H2F_MAX_UNACKNOWLEDGED; i++)
        CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), H2F_ERR_TOO_MANY_SETTINGS);
    say(&e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    GOT(&e, "settings ack");
    CHECK_INT(h2f_send_settings(&e.c, &setting, 1), 0);
    engine_free(&e);
}

static void test_settings_of_the_peers_that_are_wrong(void) {
    static const struct {
        int client;
        uint16_t id;
        uint32_t value;
        const char *got, *wrote;
    } cases[] = {
        {0, 4, 0x80000000u, "error -101", "GOAWAY 0 3"},
        {0, 5, 16383, "error -100", "GOAWAY 0 1"},
        {0, 5, 0x1000000, "error -100", "GOAWAY 0 1"},
        {0, 2, 2, "error -100", "GOAWAY 0 1"},
        {0, 2, 1, "settings 2=1", "SETTINGS ack"},
        {1, 2, 1, "error -100", "GOAWAY 0 1"},
        {1, 2, 0, "settings 2=0", "SETTINGS ack"},
        {1, 8, 2, "error -100", "GOAWAY 0 1"},
        {1, 0xabc, 2, "settings 2748=2", "SETTINGS ack"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        engine e;
        cases[i].client ? start_client(&e) : start_server(&e);
        say_setting(&e, cases[i].id, cases[i].value);
        GOT(&e, cases[i].got);
        WROTE(&e, cases[i].wrote);
        engine_free(&e);
    }
}

static void test_connect_protocol_is_not_taken_back(void) {
    engine e;
    h2f_setting on = {H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
    h2f_setting off = {H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0};
    start_client(&e);
    say_setting(&e, 8, 0);
    say_setting(&e, 8, 1);
    say_setting(&e, 8, 1);
    GOT(&e, "settings 8=0; settings 8=1; settings 8=1");
    say_setting(&e, 8, 0);
    GOT(&e, "error -123");
    engine_free(&e);
    start_server(&e);
    CHECK_INT(h2f_send_settings(&e.c, &on, 1), 0);
    CHECK_INT(h2f_send_settings(&e.c, &off, 1), H2F_ERR_CONNECT_PROTOCOL);
    engine_free(&e);
}

static void test_a_server_does_not_allow_pushes(void) {
    engine e;
    h2f_setting push = {H2F_SETTINGS_ENABLE_PUSH, 1};
    start_server(&e);
    CHECK_INT(h2f_send_settings(&e.c, &push, 1), H2F_ERR_SETTING_RANGE);
    push.value = 0;
    CHECK_INT(h2f_send_settings(&e.c, &push, 1), 0);
    engine_free(&e);
}

static void test_pings(void) {
    engine e;
    start_client(&e);
    say_ping(&e, 0, "abcdefgh");
    say_ping(&e, ACK, "ABCDEFGH");
    GOT(&e, "ping abcdefgh; ping ack ABCDEFGH");
    WROTE(&e, "PING ack");
    CHECK_BYTES(e.wire.octets + 9, 8, "abcdefgh", 8);
    CHECK_INT(h2f_send_ping(&e.c, (const uint8_t *)"12345678"), 0);
    WROTE(&e, "PING");
    engine_free(&e);
}

static void test_an_error_stays(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, END_STREAM, GET);
    say_data(&e, 7, 0, 3);
    say_ping(&e, 0, "12345678");
    GOT(&e, "request 1 " GET " end; error -114");
    CHECK_INT(e.c.error_stream, 7);
    WROTE(&e, "GOAWAY 1 1");
    for (int i = 0; i < 3; i++) {
        say_ping(&e, 0, "12345678");
        GOT(&e, "error -114");
        CHECK_INT(h2f_connection_fail(&e.c, H2F_ERR_PREFACE, 1, 1), H2F_ERR_STREAM_IDLE);
        CHECK_INT(send_headers(&e, 1, OK, 1), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(send_data(&e, 1, "abc", 1), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(h2f_send_reset(&e.c, 1, 0), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(h2f_send_ping(&e.c, (const uint8_t *)"12345678"), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(h2f_send_goaway(&e.c, 0, 0, NULL, 0), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(h2f_send_window_update(&e.c, 0, 1), H2F_ERR_CONNECTION_CLOSED);
        CHECK_INT(h2f_acknowledge(&e.c, 1, 0), H2F_ERR_CONNECTION_CLOSED);
        WROTE(&e, "");
    }
    engine_free(&e);
}

static void test_after_a_goaway_with_an_error_nothing_is_answered(void) {
    engine e;
    start_server(&e);
    CHECK_INT(h2f_send_goaway(&e.c, 0, H2F_CANCEL, (const uint8_t *)"why", 3), 0);
    WROTE(&e, "GOAWAY 0 8");
    say_ping(&e, 0, "12345678");
    GOT(&e, "error -160");
    say_data(&e, 9, 0, 1);
    GOT(&e, "error -160");
    WROTE(&e, "");
    CHECK_INT(e.c.error, 0);
    engine_free(&e);
}

static void test_streams_go_on_while_the_connection_drains(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, 0, POST);
    GOT(&e, "request 1 " POST);
    CHECK_INT(h2f_send_goaway(&e.c, 1, 0, NULL, 0), 0);
    WROTE(&e, "GOAWAY 1 0");
    say_data(&e, 1, END_STREAM, 2);
    GOT(&e, "data 1 2 ab end");
    CHECK_INT(send_headers(&e, 1, OK, 1), 0);
    WROTE(&e, "HEADERS 1 end");
    engine_free(&e);
}

static void test_what_comes_on_streams_beyond_our_goaway_is_ignored(void) {
    engine e;
    start_server(&e);
    CHECK_INT(h2f_send_goaway(&e.c, 0x7fffffff, 0, NULL, 0), 0);
    say_headers(&e, 1, END_STREAM, GET);
    GOT(&e, "request 1 " GET " end");
    CHECK_INT(h2f_send_goaway(&e.c, 1, 0, NULL, 0), 0);
    CHECK_INT(h2f_send_goaway(&e.c, 5, 0, NULL, 0), 0); /* it never grows */
    WROTE(&e, "GOAWAY 2147483647 0; GOAWAY 1 0; GOAWAY 1 0");
    say_headers(&e, 3, 0, POST);
    say_data(&e, 3, 0, 16384);
    say_data(&e, 3, 0, 16384);
    say_window(&e, 3, 10);
    say_headers(&e, 3, END_STREAM, "x=y");
    say_reset(&e, 3, 8);
    say_headers(&e, 3, END_STREAM, GET);
    GOT(&e, "");
    WROTE(&e, "WINDOW_UPDATE 0 32768");
    say_data(&e, 2, 0, 1);
    GOT(&e, "error -114");
    WROTE(&e, "GOAWAY 1 1");
    engine_free(&e);
}

static void test_the_last_goaway_names_no_higher_stream_than_the_one_before(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 5, 0, POST);
    GOT(&e, "request 5 " POST);
    CHECK_INT(h2f_send_goaway(&e.c, 3, 0, NULL, 0), 0);
    say_ping(&e, 0, "12345678");
    say_data(&e, 2, 0, 1);
    GOT(&e, "ping 12345678; error -114");
    WROTE(&e, "GOAWAY 3 0; PING ack; GOAWAY 3 1");
    engine_free(&e);
}

static void test_streams_that_the_peers_goaway_leaves_out_are_refused(void) {
    engine e;
    start_client(&e);
    for (int i = 0; i < 5; i++)
        CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    say_goaway(&e, 5, 0);
    say_ping(&e, 0, "12345678");
    feed(&e);
    CHECK(strstr(e.log.octets, "goaway 5 0; reset ") != NULL);
    CHECK(strstr(e.log.octets, "reset 7 7 remote") != NULL);
    CHECK(strstr(e.log.octets, "reset 9 7 remote; ping") != NULL ||
          strstr(e.log.octets, "reset 7 7 remote; ping") != NULL);
    text_clear(&e.log);
    CHECK_INT(send_headers(&e, 0, GET, 1), H2F_ERR_CONNECTION_DRAINING);
    CHECK_INT(send_data(&e, 5, "abc", 1), 0);
    CHECK_INT(send_data(&e, 7, "abc", 1), H2F_ERR_STREAM_CLOSED);
    say_goaway(&e, 7, 0); /* it grows, which changes nothing */
    GOT(&e, "goaway 7 0");
    say_goaway(&e, 3, 0);
    GOT(&e, "goaway 3 0; reset 5 7 remote");
    engine_free(&e);
}

/* Streams come and go between the events that tell of those refused. */
static void test_no_refused_stream_is_left_out_when_others_go_in_between(void) {
    uint64_t random = 8;
    for (int round = 0; round < 200; round++) {
        engine e;
        h2f_event event;
        uint32_t count = 2 + random_below(&random, 60), told = 0, reset = 0;
        start_client(&e);
        for (uint32_t i = 0; i < count; i++)
            CHECK_INT(send_headers(&e, 0, POST, 0), 0);
        say_goaway(&e, 0, 0);
        const uint8_t *p = (const uint8_t *)e.in.octets, *end = p + e.in.len;
        CHECK_INT(h2f_receive(&e.c, &p, end, &event), 1);
        while (h2f_receive(&e.c, &p, end, &event) == 1) {
            told++;
            reset += h2f_send_reset(&e.c, 2 * random_below(&random, count) + 1, 8) == 0;
        }
        CHECK_INT(told + reset, count);
        CHECK_INT(e.c.streams.count, 0);
        engine_free(&e);
    }
}

/* An upgraded client: what it allows in its request is allowed at once, and that may have been HEAD. */
static void test_an_upgraded_request(void) {
    static const uint8_t large[20000];
    static const size_t contents[] = {0, 5, 4, 6};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        engine e;
        h2f_config config;
        h2f_config_init(&config, 1);
        config.settings.value[H2F_SETTINGS_MAX_FRAME_SIZE] = 20000;
        engine_init(&e, &config);
        CHECK_INT(h2f_upgrade(&e.c, NULL, 0), 0);
        say(&e, H2F_FRAME_SETTINGS, 0, 0, NULL, 0);
        say(&e, 0xbb, 0, 0, large, sizeof large);
        say_headers(&e, 1, 0, OK " content-length=5");
        say_data(&e, 1, END_STREAM, contents[i]);
        feed(&e);
        CHECK_INT(e.result, 0);
        CHECK_INT(strstr(e.log.octets, "reset 1") == NULL, contents[i] == 0 || contents[i] == 5);
        CHECK_INT(e.c.streams.count, 0);
        engine_free(&e);
    }
}

int main(void) {
    RUN(test_a_client_begins_with_preface_and_settings);
    RUN(test_a_server_begins_with_settings);
    RUN(test_a_wrong_preface);
    RUN(test_the_first_frame_is_settings);
    RUN(test_settings_are_in_force_when_they_are_acknowledged);
    RUN(test_the_size_of_the_table_is_in_force_when_it_is_acknowledged);
    RUN(test_a_smaller_table_has_to_be_announced);
    RUN(test_so_many_settings_may_wait_for_their_acknowledgement);
    RUN(test_settings_of_the_peers_that_are_wrong);
    RUN(test_connect_protocol_is_not_taken_back);
    RUN(test_a_server_does_not_allow_pushes);
    RUN(test_pings);
    RUN(test_an_error_stays);
    RUN(test_after_a_goaway_with_an_error_nothing_is_answered);
    RUN(test_streams_go_on_while_the_connection_drains);
    RUN(test_what_comes_on_streams_beyond_our_goaway_is_ignored);
    RUN(test_the_last_goaway_names_no_higher_stream_than_the_one_before);
    RUN(test_streams_that_the_peers_goaway_leaves_out_are_refused);
    RUN(test_an_upgraded_request);
    RUN(test_no_refused_stream_is_left_out_when_others_go_in_between);
    return 0;
}
