/* Every ceiling: so many pass, one more ends the connection with its error and one GOAWAY. */
#include "engine.h"

static void start_limited(engine *e, int client, void (*limit)(h2f_config *)) {
    h2f_config config;
    h2f_config_init(&config, client);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = (uint32_t)client;
    limit(&config);
    start_engine(e, &config);
}

#define FIFTY "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
#define LONG FIFTY FIFTY FIFTY

/* The frame that is one too many. */
static void check_refused(engine *e, int error) {
    feed(e);
    CHECK_INT(e->result, error);
    CHECK_INT(e->c.error, error);
    CHECK_INT(e->c.error_code, H2F_ENHANCE_YOUR_CALM);
    say_ping(e, 0, "12345678");
    feed(e);
    CHECK_INT(e->result, error);
    text frames = {NULL, 0, 0};
    text_clear(&e->wire);
    take_wire(e, &e->wire);
    text_wire(&frames, &e->wire);
    const char *goaway = strstr(frames.octets, "GOAWAY");
    CHECK(goaway != NULL && strchr(goaway, ';') == NULL);
    CHECK(strcmp(goaway + strlen("GOAWAY "), "1 11") == 0 ||
          strcmp(goaway + strlen("GOAWAY "), "0 11") == 0 || e->c.highest_in > 1);
    text_clear(&frames);
    engine_free(e);
}

static void check_passed(engine *e) {
    feed(e);
    CHECK_INT(e->result, 0);
}

static int64_t now;

static int64_t clock_of_the_test(void *context) {
    (void)context;
    return now;
}

static void set_buckets(h2f_config *config) {
    config->resets = config->own_resets = config->glitches =
        (h2f_bucket){10, 5, 0, 0, clock_of_the_test, NULL};
}

static void set_counts(h2f_config *config) {
    config->max_continuations = 5;
    config->max_empty_continuations = 2;
    config->max_unsent_answers = 4;
    config->max_settings_entries = 3;
    config->max_empty_data = 3;
    config->max_interim = 3;
    config->max_pushed = 2;
    config->settings.value[H2F_SETTINGS_MAX_HEADER_LIST_SIZE] = 400;
}

static void test_continuations(void) {
    for (int more = 0; more < 2; more++) {
        engine e;
        start_limited(&e, 0, set_counts);
        say_block(&e, H2F_FRAME_HEADERS, 1, END_STREAM, GET);
        for (int i = 0; i < 4 + more; i++)
            say(&e, H2F_FRAME_CONTINUATION, 0, 1, "\0\1a\1b", 5);
        say(&e, H2F_FRAME_CONTINUATION, END_HEADERS, 1, NULL, 0);
        if (more) {
            check_refused(&e, H2F_ERR_LIMIT_CONTINUATIONS);
        } else {
            GOT(&e, "request 1 " GET " a=b a=b a=b a=b end");
            engine_free(&e);
        }
    }
}

static void test_empty_continuations(void) {
    engine e;
    start_limited(&e, 0, set_counts);
    for (uint32_t stream = 1; stream < 4; stream += 2) {
        say_block(&e, H2F_FRAME_HEADERS, stream, END_STREAM, GET);
        for (int i = 0; i < 2; i++)
            say(&e, H2F_FRAME_CONTINUATION, 0, stream, NULL, 0);
        say(&e, H2F_FRAME_CONTINUATION, END_HEADERS, stream, NULL, 0);
        check_passed(&e);
    }
    say_block(&e, H2F_FRAME_HEADERS, 5, END_STREAM, GET);
    for (int i = 0; i < 3; i++)
        say(&e, H2F_FRAME_CONTINUATION, 0, 5, NULL, 0);
    check_refused(&e, H2F_ERR_LIMIT_EMPTY_CONTINUATIONS);
}

static void test_octets_of_a_block(void) {
    static const uint8_t octets[500];
    engine e;
    start_limited(&e, 0, set_counts);
    say(&e, H2F_FRAME_HEADERS, 0, 1, octets, 500);
    say(&e, H2F_FRAME_CONTINUATION, 0, 1, octets, 300);
    check_passed(&e);
    say(&e, H2F_FRAME_CONTINUATION, 0, 1, octets, 1);
    check_refused(&e, H2F_ERR_LIMIT_BLOCK);
}

static void test_size_of_a_list(void) {
    static char fields[512] = GET " x=";
    size_t base = 7 + 3 + 32 + 7 + 5 + 32 + 5 + 1 + 32 + 10 + 1 + 32 + 1 + 32;
    for (size_t more = 0; more < 2; more++) {
        engine e;
        start_limited(&e, 0, set_counts);
        size_t len = strlen(GET " x=");
        memset(fields + len, 'v', 400 - base + more);
        fields[len + 400 - base + more] = 0;
        say_headers(&e, 1, END_STREAM, fields);
        if (more) {
            check_refused(&e, H2F_ERR_HEADER_LIST_SIZE);
        } else {
            check_passed(&e);
            engine_free(&e);
        }
    }
}

static void test_unsent_answers(void) {
    engine e;
    start_limited(&e, 0, set_counts);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2; i++) {
            say_ping(&e, 0, "12345678");
            say_setting(&e, 0xaaaa, 1);
        }
        check_passed(&e);
        WROTE(&e, "PING ack; SETTINGS ack; PING ack; SETTINGS ack");
    }
    /* Also where nobody says that the output was taken. */
    for (int i = 0; i < 4; i++)
        say_ping(&e, 0, "12345678");
    check_passed(&e);
    h2f_output_clear(&e.c.output);
    for (int i = 0; i < 4; i++)
        say_ping(&e, 0, "12345678");
    check_passed(&e);
    say_ping(&e, 0, "12345678");
    check_refused(&e, H2F_ERR_LIMIT_ANSWERS);
}

/* Updates of windows are answers, too: who sends on cannot have read them. */
static void test_unsent_updates(void) {
    for (int automatic = 0; automatic < 2; automatic++) {
        engine e;
        int64_t size = 65535;
        start_limited(&e, 0, set_counts);
        e.c.config.auto_windows = (uint8_t)automatic;
        say_headers(&e, 1, 0, POST);
        for (int i = 0; i < 2; i++, size -= 32768) { /* of the stream and of the connection */
            say_data(&e, 1, 0, 16384);
            say_data(&e, 1, 0, 16384);
            check_passed(&e);
            if (!automatic)
                CHECK_INT(h2f_acknowledge(&e.c, 1, 32768), 0);
        }
        CHECK_INT(e.c.unsent_answers, 4);
        say_data(&e, 1, 0, 16384);
        check_passed(&e);
        if (!automatic) {
            say_data(&e, 1, 0, 16384);
            check_passed(&e);
            CHECK_INT(h2f_acknowledge(&e.c, 1, 32768), H2F_ERR_LIMIT_ANSWERS);
        } else
            say_data(&e, 1, 0, 16384);
        check_refused(&e, H2F_ERR_LIMIT_ANSWERS);
    }
}

static void growing(h2f_config *config) {
    set_counts(config);
    config->max_window = 1 << 20;
}

/* A peer that answers what it was never sent has a PING written for each of its frames. */
static void test_unsent_probes(void) {
    engine e;
    start_limited(&e, 0, growing);
    say_headers(&e, 1, 0, POST);
    for (int i = 0; i < 4; i++) {
        say_data(&e, 1, 0, 1);
        say_ping(&e, 1, "h2f bdp?");
    }
    check_passed(&e);
    say_data(&e, 1, 0, 1);
    check_refused(&e, H2F_ERR_LIMIT_ANSWERS);
}

static void test_entries_of_settings(void) {
    static const uint8_t octets[24] = {0xaa, 1, 0, 0, 0, 0, 0xaa, 2, 0, 0, 0, 0,
                                       0xaa, 3, 0, 0, 0, 0, 0xaa, 4, 0, 0, 0, 0};
    engine e;
    start_limited(&e, 0, set_counts);
    say(&e, H2F_FRAME_SETTINGS, 0, 0, octets, 18);
    check_passed(&e);
    say(&e, H2F_FRAME_SETTINGS, 0, 0, octets, 24);
    check_refused(&e, H2F_ERR_LIMIT_SETTINGS);
}

static void test_empty_data_in_a_row(void) {
    engine e;
    start_limited(&e, 0, set_counts);
    say_headers(&e, 1, 0, POST);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++)
            say_data(&e, 1, 0, 0);
        say_data(&e, 1, 0, 1);
    }
    for (int i = 0; i < 3; i++)
        say_data(&e, 1, 0, 0);
    check_passed(&e);
    say_data(&e, 1, 0, 0);
    check_refused(&e, H2F_ERR_LIMIT_EMPTY_DATA);
}

static void set_small_data(h2f_config *config) {
    config->small_data = (h2f_bucket){10, 5, 0, 0, clock_of_the_test, NULL};
}

/* Of 63 octets and less, but for the last frame; it is not limited unless somebody asks. */
static void test_small_data(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_small_data);
    say_headers(&e, 1, 0, POST);
    for (int i = 0; i < 10; i++) {
        say_data(&e, 1, 0, 63);
        say_data(&e, 1, 0, 64);
    }
    say_headers(&e, 3, 0, POST);
    say_data(&e, 3, 1, 1);
    check_passed(&e);
    say_data(&e, 1, 0, 63);
    check_refused(&e, H2F_ERR_LIMIT_SMALL_DATA);
    start_limited(&e, 0, set_buckets);
    say_headers(&e, 1, 0, POST);
    for (int i = 0; i < 100; i++)
        say_data(&e, 1, 0, 1);
    check_passed(&e);
    engine_free(&e);
}

static void test_interim_responses(void) {
    engine e;
    start_limited(&e, 1, set_counts);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    for (int i = 0; i < 3; i++)
        say_headers(&e, 1, 0, ":status=103");
    check_passed(&e);
    say_headers(&e, 1, 0, ":status=103");
    check_refused(&e, H2F_ERR_LIMIT_INTERIM);
}

static void many_interim(h2f_config *config) {
    config->max_interim = 300;
}

/* More than an octet counts. */
static void test_interim_responses_beyond_256(void) {
    engine e;
    start_limited(&e, 1, many_interim);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    for (int i = 0; i < 300; i++)
        say_headers(&e, 1, 0, ":status=103");
    check_passed(&e);
    say_headers(&e, 1, 0, ":status=103");
    check_refused(&e, H2F_ERR_LIMIT_INTERIM);
}

/* Of all interim responses together. */
static void test_size_of_interim_responses(void) {
    engine e;
    start_limited(&e, 1, set_counts);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    say_headers(&e, 1, 0, ":status=103 a=" LONG);
    check_passed(&e);
    say_headers(&e, 1, 0, ":status=103 a=" LONG);
    check_refused(&e, H2F_ERR_LIMIT_INTERIM);
}

static void test_promises_without_answer(void) {
    engine e;
    start_limited(&e, 1, set_counts);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    say_push(&e, 1, 2, GET);
    say_push(&e, 1, 4, GET);
    say_headers(&e, 2, END_STREAM, OK);
    say_push(&e, 1, 6, GET);
    check_passed(&e);
    say_push(&e, 1, 8, GET);
    check_refused(&e, H2F_ERR_LIMIT_PUSHED);
}

static void test_rapid_reset(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    uint32_t stream = 1;
    for (int i = 0; i < 10; i++, stream += 2) {
        say_headers(&e, stream, END_STREAM, GET);
        say_reset(&e, stream, H2F_CANCEL);
    }
    check_passed(&e);
    now += 1200; /* six tokens come back */
    for (int i = 0; i < 6; i++, stream += 2) {
        say_headers(&e, stream, END_STREAM, GET);
        say_reset(&e, stream, H2F_CANCEL);
    }
    check_passed(&e);
    say_headers(&e, stream, END_STREAM, GET);
    say_reset(&e, stream, H2F_CANCEL);
    check_refused(&e, H2F_ERR_LIMIT_RESETS);
}

/* A stream that is finished gives a token back, whatever the time. */
static void test_cancels_among_finished_streams(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    uint32_t stream = 1;
    for (int i = 0; i < 100; i++, stream += 4) {
        say_headers(&e, stream, END_STREAM, GET);
        say_headers(&e, stream + 2, END_STREAM, GET);
        say_reset(&e, stream + 2, H2F_CANCEL);
        check_passed(&e);
        CHECK_INT(send_headers(&e, stream, OK, 1), 0);
    }
    CHECK_INT(e.c.resets.spent, 0);
    engine_free(&e);
}

/* It is not the server's doing that there are so many requests. */
static void test_a_server_may_refuse_any_number_of_requests(void) {
    engine e;
    now = 1000;
    start_limited(&e, 1, set_buckets);
    for (uint32_t i = 0; i < 20; i++) {
        CHECK_INT(send_headers(&e, 0, GET, 1), 0);
        say_reset(&e, 2 * i + 1, H2F_REFUSED_STREAM);
        check_passed(&e);
    }
    CHECK_INT(e.c.resets.spent, 0);
    engine_free(&e);
}

static void test_made_you_reset(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    uint32_t stream = 1;
    for (int i = 0; i < 10; i++, stream += 2) {
        say_headers(&e, stream, END_STREAM, GET);
        say_window(&e, stream, 0);
    }
    check_passed(&e);
    say_headers(&e, stream, END_STREAM, GET);
    say_window(&e, stream, 0);
    check_refused(&e, H2F_ERR_LIMIT_OWN_RESETS);
}

static void test_glitches(void) {
    for (int which = 0; which < 6; which++) {
        engine e;
        now = 1000;
        start_limited(&e, 0, set_buckets);
        if (which == 3)
            for (int i = 0; i < 5; i++) /* that many are fair */
                say_window(&e, 0, 1);
        if (which == 4) {
            say_headers(&e, 1, END_STREAM, GET);
            check_passed(&e);
            CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
        }
        for (int i = 0; i < 11; i++) {
            if (i == 10)
                check_passed(&e);
            switch (which) {
            case 0:
                say(&e, H2F_FRAME_PRIORITY, 0, 1, "\0\0\0\3\7", 5);
                break;
            case 1:
                say(&e, 0xbb, 0, 1, NULL, 0);
                break;
            case 2:
                say(&e, H2F_FRAME_PRIORITY_UPDATE, 0, 0, "\0\0\0\3u=1", 7);
                break;
            case 3:
                say_window(&e, 0, 1);
                break;
            case 5: /* nobody has asked */
                say_ping(&e, 1, "12345678");
                break;
            default: /* without content, which may have been under way */
                say_data(&e, 1, 0, 0);
            }
        }
        check_refused(&e, H2F_ERR_LIMIT_GLITCHES);
    }
}

/* Five, two for the stream, and twenty for each of the frames of content. */
static void test_updates_for_what_was_sent_are_no_glitches(void) {
    engine e;
    now = 1000;
    start_limited(&e, 1, set_buckets);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(send_data(&e, 1, "content", 0), 0);
    for (int i = 0; i < 5 + 2 + 2 * 20; i++)
        say_window(&e, 0, 1);
    check_passed(&e);
    CHECK_INT(e.c.glitches.spent, 0);
    say_window(&e, 0, 1);
    check_passed(&e);
    CHECK_INT(e.c.glitches.spent, 1);
    engine_free(&e);
}

static void test_answers_to_pings_are_no_glitches(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(h2f_send_ping(&e.c, (const uint8_t *)"12345678"), 0);
        say_ping(&e, 1, "12345678");
        check_passed(&e);
    }
    CHECK_INT(e.c.glitches.spent, 0);
    engine_free(&e);
}

/* Promises on a stream that was reset are refused, which costs the server nothing. */
/* In small messages, a window holds many. */
static void test_content_under_way_is_no_glitch(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    say_headers(&e, 1, 0, POST);
    check_passed(&e);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
    for (int i = 0; i < 1000; i++)
        say_data(&e, 1, 0, 1);
    check_passed(&e);
    CHECK_INT(e.c.glitches.spent, 0);
    engine_free(&e);
}

static void test_resets_behind_the_whole_answer_are_harmless(void) {
    engine e;
    now = 1000;
    start_limited(&e, 0, set_buckets);
    for (uint32_t i = 0; i < 100; i++) {
        say_headers(&e, 2 * i + 1, 0, POST);
        check_passed(&e);
        CHECK_INT(send_headers(&e, 2 * i + 1, OK, 1), 0);
        say_reset(&e, 2 * i + 1, H2F_NO_ERROR);
        check_passed(&e);
    }
    CHECK_INT(e.c.resets.spent, 0);
    engine_free(&e);
}

static void test_a_server_may_reset_any_number(void) {
    engine e;
    now = 1000;
    start_limited(&e, 1, set_buckets);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_INT(send_headers(&e, 0, POST, 0), 0);
        say_reset(&e, 2 * i + 1, H2F_REFUSED_STREAM);
        check_passed(&e);
    }
    CHECK_INT(e.c.resets.spent, 0);
    engine_free(&e);
}

static void test_late_promises_are_glitches(void) {
    engine e;
    now = 1000;
    start_limited(&e, 1, set_buckets);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
    for (uint32_t i = 0; i < 10; i++)
        say_push(&e, 1, 2 * i + 2, GET);
    check_passed(&e);
    say_push(&e, 1, 22, GET);
    check_refused(&e, H2F_ERR_LIMIT_GLITCHES);
}

/* One token comes back in each 200 ms, whenever somebody looks. */
static void test_a_bucket_keeps_the_rest_of_a_token(void) {
    h2f_bucket bucket = {10, 5, 0, 0, clock_of_the_test, NULL};
    now = 5;
    for (int i = 0; i < 10; i++)
        CHECK(h2f_bucket_take(&bucket));
    int taken = 0;
    for (int i = 0; i < 100; i++) {
        now += 130;
        taken += h2f_bucket_take(&bucket);
    }
    CHECK_INT(taken, 65);
    now -= 1000000; /* the clock was set: it goes on from there */
    CHECK(h2f_bucket_take(&bucket) == 0);
    now += 200;
    CHECK(h2f_bucket_take(&bucket));
    CHECK(!h2f_bucket_take(&bucket));
    now += INT64_C(1) << 50;
    for (int i = 0; i < 10; i++)
        CHECK(h2f_bucket_take(&bucket));
    bucket = (h2f_bucket){UINT32_MAX, UINT32_MAX, UINT32_MAX, 1, clock_of_the_test, NULL};
    CHECK(h2f_bucket_take(&bucket));
    bucket = (h2f_bucket){1, 0, 0, 0, clock_of_the_test, NULL};
    CHECK(h2f_bucket_take(&bucket));
    now += INT64_C(1) << 50;
    CHECK(!h2f_bucket_take(&bucket));
}

static void test_a_full_bucket_takes_nothing_back(void) {
    h2f_bucket bucket = {10, 5, 0, 0, clock_of_the_test, NULL};
    h2f_bucket_give(&bucket);
    CHECK_INT(bucket.spent, 0);
    CHECK(h2f_bucket_take(&bucket));
    h2f_bucket_give(&bucket);
    CHECK_INT(bucket.spent, 0);
}

int main(void) {
    RUN(test_continuations);
    RUN(test_empty_continuations);
    RUN(test_octets_of_a_block);
    RUN(test_size_of_a_list);
    RUN(test_unsent_answers);
    RUN(test_unsent_updates);
    RUN(test_unsent_probes);
    RUN(test_entries_of_settings);
    RUN(test_empty_data_in_a_row);
    RUN(test_small_data);
    RUN(test_interim_responses);
    RUN(test_interim_responses_beyond_256);
    RUN(test_size_of_interim_responses);
    RUN(test_promises_without_answer);
    RUN(test_rapid_reset);
    RUN(test_cancels_among_finished_streams);
    RUN(test_a_server_may_refuse_any_number_of_requests);
    RUN(test_made_you_reset);
    RUN(test_glitches);
    RUN(test_updates_for_what_was_sent_are_no_glitches);
    RUN(test_answers_to_pings_are_no_glitches);
    RUN(test_content_under_way_is_no_glitch);
    RUN(test_resets_behind_the_whole_answer_are_harmless);
    RUN(test_a_server_may_reset_any_number);
    RUN(test_late_promises_are_glitches);
    RUN(test_a_bucket_keeps_the_rest_of_a_token);
    RUN(test_a_full_bucket_takes_nothing_back);
    return 0;
}
