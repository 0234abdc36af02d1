/* Streams that are idle, closed, reset or refused (RFC 9113 sections 5.1 and 5.4). */
#include "engine.h"

enum closing { BY_END, BY_OUR_RESET, BY_PEERS_RESET, UNUSED, CLOSINGS };

/* Stream 1 of a server, closed in one way or other; 3 is the highest. */
static void close_stream(engine *e, enum closing how) {
    start_server(e);
    if (how != UNUSED)
        say_headers(e, 1, how == BY_END ? END_STREAM : 0, how == BY_END ? GET : POST);
    say_headers(e, 3, 0, POST);
    if (how == BY_PEERS_RESET)
        say_reset(e, 1, H2F_CANCEL);
    feed(e);
    text_clear(&e->log);
    if (how == BY_END)
        CHECK_INT(send_headers(e, 1, OK, 1), 0);
    if (how == BY_OUR_RESET)
        CHECK_INT(h2f_send_reset(&e->c, 1, H2F_CANCEL), 0);
    h2f_output_clear(&e->c.output);
    CHECK(h2f_streams_find(&e->c.streams, 1) == NULL);
}

static void test_late_frames_by_how_their_stream_closed(void) {
    static const struct {
        int type;
        const char *got[CLOSINGS], *wrote[CLOSINGS];
    } cases[] = {
        /* by END_STREAM, our RST_STREAM, the peer's, a higher identifier */
        {H2F_FRAME_HEADERS,
         {"error -116", "", "", "error -115"},
         {"GOAWAY 3 5", "", "RST_STREAM 1 5", "GOAWAY 3 1"}},
        {H2F_FRAME_DATA,
         {"error -116", "", "", "error -116"},
         {"GOAWAY 3 5", "", "RST_STREAM 1 5", "GOAWAY 3 5"}},
        {H2F_FRAME_RST_STREAM, {"", "", "", ""}, {"", "", "", ""}},
        {H2F_FRAME_WINDOW_UPDATE, {"", "", "", ""}, {"", "", "", ""}},
        {H2F_FRAME_PRIORITY,
         {"priority 1 3", "priority 1 3", "priority 1 3", "priority 1 3"},
         {"", "", "", ""}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int how = 0; how < CLOSINGS; how++) {
            engine e;
            close_stream(&e, (enum closing)how);
            switch (cases[i].type) {
            case H2F_FRAME_HEADERS:
                say_headers(&e, 1, END_STREAM, "x=y");
                break;
            case H2F_FRAME_DATA:
                say_data(&e, 1, 0, 10);
                break;
            case H2F_FRAME_RST_STREAM:
                say_reset(&e, 1, H2F_CANCEL);
                break;
            case H2F_FRAME_WINDOW_UPDATE:
                say_window(&e, 1, 10);
                break;
            default:
                say(&e, H2F_FRAME_PRIORITY, 0, 1, "\0\0\0\3\7", 5);
            }
            GOT(&e, cases[i].got[how]);
            WROTE(&e, cases[i].wrote[how]);
            engine_free(&e);
        }
}

static void test_late_data_counts_for_the_connection_and_is_given_back(void) {
    engine e;
    close_stream(&e, BY_OUR_RESET);
    say_data(&e, 1, 0, 16000);
    say_data(&e, 1, 0, 16000);
    say_data(&e, 1, 0, 768);
    GOT(&e, "");
    WROTE(&e, "WINDOW_UPDATE 0 32768");
    engine_free(&e);
}

static void test_frames_on_idle_streams(void) {
    for (int which = 0; which < 5; which++) {
        engine e;
        start_server(&e);
        switch (which) {
        case 0:
            say_data(&e, 1, 0, 1);
            break;
        case 1:
            say_reset(&e, 1, 0);
            break;
        case 2:
            say_window(&e, 1, 1);
            break;
        case 3:
            say_window(&e, 2, 1);
            break;
        default:
            say_headers(&e, 2, 0, GET);
        }
        GOT(&e, which == 4 ? "error -115" : "error -114");
        WROTE(&e, "GOAWAY 0 1");
        engine_free(&e);
    }
}

static void test_identifiers_only_grow(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 5, END_STREAM, GET);
    say_headers(&e, 3, END_STREAM, GET);
    GOT(&e, "request 5 " GET " end; error -115");
    CHECK_INT(e.c.error_detail, 5);
    engine_free(&e);
}

static void test_what_comes_behind_end_stream(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, END_STREAM, GET);
    say_headers(&e, 3, END_STREAM, GET);
    say_data(&e, 1, 0, 5);
    say_headers(&e, 3, END_STREAM, "x=y");
    GOT(&e, "request 1 " GET " end; request 3 " GET " end; reset 1 5; reset 3 5");
    WROTE(&e, "RST_STREAM 1 5; RST_STREAM 3 5");
    engine_free(&e);
}

static void test_more_streams_than_allowed_are_refused(void) {
    engine e;
    h2f_config config;
    h2f_config_init(&config, 0);
    config.settings.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = 2;
    start_engine(&e, &config);
    say_headers(&e, 1, END_STREAM, GET);
    say_headers(&e, 3, 0, POST);
    say_headers(&e, 5, 0, POST);
    say_data(&e, 5, END_STREAM, 4);
    GOT(&e, "request 1 " GET " end; request 3 " POST);
    WROTE(&e, "RST_STREAM 5 7");
    CHECK_INT(send_headers(&e, 1, OK, 1), 0);
    say_headers(&e, 7, END_STREAM, GET);
    GOT(&e, "request 7 " GET " end");
    engine_free(&e);
}

static void test_no_more_streams_are_opened_than_the_peer_allows(void) {
    engine e;
    start_client(&e);
    say_setting(&e, H2F_SETTINGS_MAX_CONCURRENT_STREAMS, 1);
    GOT(&e, "settings 3=1");
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    CHECK_INT(send_headers(&e, 0, GET, 1), H2F_ERR_TOO_MANY_STREAMS);
    say_headers(&e, 1, END_STREAM, OK);
    GOT(&e, "response 1 " OK " end");
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    WROTE(&e, "SETTINGS ack; HEADERS 1 end; HEADERS 3 end");
    engine_free(&e);
}

static void test_resets(void) {
    engine e;
    start_client(&e);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    CHECK_INT(send_many(&e, 1, 70000, 0), 0);
    CHECK_INT(send_many(&e, 3, 1000, 0), 0);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), H2F_ERR_STREAM_CLOSED);
    CHECK_INT(h2f_send_reset(&e.c, 5, H2F_CANCEL), H2F_ERR_STREAM_IDLE);
    say_reset(&e, 3, H2F_REFUSED_STREAM);
    GOT(&e, "reset 3 7 remote");
    CHECK_INT(e.c.queued, 0);
    WROTE(&e, "HEADERS 1; HEADERS 3; RST_STREAM 1 8");
    engine_free(&e);
}

/* Section 5.1, "reserved (remote)". */
static void test_window_update_on_a_promised_stream(void) {
    engine e;
    start_pushed_client(&e);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    say_push(&e, 1, 2, GET);
    say_window(&e, 2, 5);
    GOT(&e, "push 1 2 " GET "; error -117");
    engine_free(&e);
}

static const char everything[] =
    "settings; settings ack; request 1 " POST "; data 1 3 abc flow 7; request 3 " GET
    " end; ping 12345678; window 1 5; priority 3 1; data 1 3 abc; trailers 1 x=y end; settings 4=9"
    "; reset 3 8 remote; goaway 0 0 bye; unknown 238 1; request 5 " GET " end; error -36";

/* All frames there are, an error last. */
static void say_everything(engine *e) {
    uint8_t block[256];
    say_preface(e);
    say(e, H2F_FRAME_SETTINGS, 0, 0, NULL, 0);
    say(e, H2F_FRAME_SETTINGS, ACK, 0, NULL, 0);
    say_headers(e, 1, 0, POST);
    say(e, H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "\3abc\0\0\0", 7);
    size_t len = block_of(block, GET);
    say(e, H2F_FRAME_HEADERS, END_STREAM, 3, block, 1);
    say(e, H2F_FRAME_CONTINUATION, 0, 3, NULL, 0);
    say(e, H2F_FRAME_CONTINUATION, END_HEADERS, 3, block + 1, len - 1);
    say_ping(e, 0, "12345678");
    say_window(e, 1, 5);
    say(e, H2F_FRAME_PRIORITY, 0, 3, "\0\0\0\1\7", 5);
    say_data(e, 1, 0, 3);
    say_headers(e, 1, END_STREAM, "x=y");
    say_setting(e, 4, 9);
    say_reset(e, 3, 8);
    say(e, H2F_FRAME_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0bye", 11);
    say(e, 0xee, 0xff, 1, "abc", 3);
    say_headers(e, 5, END_STREAM, GET);
    say_window(e, 0, 0);
    say_ping(e, 0, "12345678");
}

static void test_whole_and_in_parts_the_same_happens(void) {
    uint64_t random = 6;
    text wire = {NULL, 0, 0};
    for (int round = 0; round < 400; round++) {
        engine e;
        h2f_config config;
        h2f_config_init(&config, 0);
        engine_init(&e, &config);
        say_everything(&e);
        text in = e.in;
        e.in = (text){NULL, 0, 0};
        if (round < 200) { /* 0 is the whole */
            feed_octets(&e, in.octets, in.len, round ? (size_t)round : in.len);
        } else {
            for (size_t at = 0; at < in.len && e.result >= 0;) {
                size_t part = random_below(&random, 40);
                part = part < in.len - at ? part : in.len - at;
                feed_octets(&e, in.octets + at, part, part + 1);
                at += part;
            }
        }
        check_text(__FILE__, __LINE__, &e.log, everything);
        text_clear(&in);
        if (round == 0)
            take_wire(&e, &wire);
        take_wire(&e, &e.wire);
        if (round != 0)
            CHECK_BYTES(e.wire.octets, e.wire.len, wire.octets, wire.len);
        engine_free(&e);
    }
    text_clear(&wire);
}

int main(void) {
    RUN(test_late_frames_by_how_their_stream_closed);
    RUN(test_late_data_counts_for_the_connection_and_is_given_back);
    RUN(test_frames_on_idle_streams);
    RUN(test_identifiers_only_grow);
    RUN(test_what_comes_behind_end_stream);
    RUN(test_more_streams_than_allowed_are_refused);
    RUN(test_no_more_streams_are_opened_than_the_peer_allows);
    RUN(test_resets);
    RUN(test_window_update_on_a_promised_stream);
    RUN(test_whole_and_in_parts_the_same_happens);
    return 0;
}
