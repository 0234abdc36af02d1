/* Messages, header blocks, content-length, promises (RFC 9113 sections 4.3, 8). */
#include "engine.h"

static void test_a_request_and_its_response(void) {
    engine client, server;
    start_pair(&client, &server);
    CHECK_INT(send_headers(&client, 0, POST " cookie!c x=y", 0), 0);
    CHECK_INT(send_data(&client, 1, "hello", 0), 0);
    CHECK_INT(send_headers(&client, 1, "sum=5", 1), 0);
    exchange(&client, &server);
    check_got(__FILE__, __LINE__, &server,
              "request 1 " POST " cookie!c x=y; data 1 5 hello; trailers 1 sum=5 end");
    CHECK_INT(send_headers(&server, 1, ":status=103 link=a", 0), 0);
    CHECK_INT(send_headers(&server, 1, ":status=100", 0), 0);
    CHECK_INT(send_headers(&server, 1, OK, 0), 0);
    CHECK_INT(send_headers(&server, 1, ":status=103", 0), H2F_ERR_MESSAGE_INTERIM_LATE);
    CHECK_INT(send_data(&server, 1, "bye", 1), 0);
    CHECK_INT(send_data(&server, 1, "bye", 1), H2F_ERR_STREAM_CLOSED);
    exchange(&client, &server);
    GOT(&client, "interim 1 :status=103 link=a; interim 1 :status=100; response 1 " OK
                 "; data 1 3 bye end");
    CHECK_INT(client.c.streams.count + server.c.streams.count, 0);
    engine_free(&client);
    engine_free(&server);
}

static void test_what_may_not_be_sent(void) {
    engine client, server;
    start_pair(&client, &server);
    CHECK_INT(send_headers(&client, 0, ":method=GET", 1), H2F_ERR_FIELD_SCHEME_MISSING);
    CHECK_INT(send_headers(&client, 2, GET, 1), H2F_ERR_STREAM_NUMBER);
    CHECK_INT(send_data(&client, 1, "a", 0), H2F_ERR_STREAM_IDLE);
    CHECK_INT(send_headers(&server, 0, OK, 1), H2F_ERR_NOT_A_CLIENT);
    CHECK_INT(send_headers(&server, 1, OK, 1), H2F_ERR_STREAM_IDLE);
    CHECK_INT(h2f_send_priority_update(&server.c, 1, NULL, 0), H2F_ERR_NOT_A_CLIENT);
    CHECK_INT(h2f_send_altsvc(&client.c, 0, NULL, 0, NULL, 0), H2F_ERR_NOT_A_SERVER);
    CHECK_INT(client.c.highest_out, 0);
    CHECK_INT(send_headers(&client, 0, POST, 0), 0);
    CHECK_INT(send_headers(&client, 1, "x=y", 0), H2F_ERR_MESSAGE_TRAILERS_END);
    CHECK_INT(send_headers(&client, 1, ":path=y", 1), H2F_ERR_FIELD_PSEUDO_IN_TRAILERS);
    exchange(&client, &server);
    CHECK_INT(send_data(&server, 1, "a", 0), H2F_ERR_MESSAGE_NO_HEADERS);
    CHECK_INT(send_headers(&server, 1, ":status=103", 1), H2F_ERR_MESSAGE_INTERIM_END);
    CHECK_INT(send_headers(&client, 7, GET, 1), 0);
    CHECK_INT(send_headers(&client, 5, GET, 1), H2F_ERR_STREAM_CLOSED);
    CHECK_INT(send_headers(&client, 0x7fffffff, GET, 1), 0);
    CHECK_INT(send_headers(&client, 0, GET, 1), H2F_ERR_NO_STREAM_IDS);
    engine_free(&client);
    engine_free(&server);
}

/* What is malformed is an error of its stream, of which nobody knows where it was a request. */
static void test_malformed_messages_are_errors_of_their_stream(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, END_STREAM, "x=y");
    say_headers(&e, 3, END_STREAM, GET " A=b");
    say_headers(&e, 5, END_STREAM, GET " content-length=x");
    say_headers(&e, 7, 0, POST);
    say_headers(&e, 7, 0, "x=y");
    say_headers(&e, 9, 0, POST);
    say_headers(&e, 9, END_STREAM, ":path=y");
    say_headers(&e, 11, END_STREAM, GET);
    GOT(&e, "request 7 " POST "; reset 7 1; request 9 " POST "; reset 9 1; request 11 " GET " end");
    WROTE(&e, "RST_STREAM 1 1; RST_STREAM 3 1; RST_STREAM 5 1; RST_STREAM 7 1; RST_STREAM 9 1");
    engine_free(&e);
    start_client(&e);
    for (int i = 0; i < 5; i++)
        CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    h2f_output_clear(&e.c.output);
    say_headers(&e, 1, 0, "x=y");
    say_headers(&e, 3, END_STREAM, ":status=103");
    say_data(&e, 5, 0, 3);
    say_headers(&e, 7, 0, OK);
    say_headers(&e, 7, 0, ":status=103");
    say_headers(&e, 9, END_STREAM, OK);
    GOT(&e, "reset 1 1; reset 3 1; reset 5 1; response 7 " OK "; reset 7 1; response 9 " OK " end");
    WROTE(&e, "RST_STREAM 1 1; RST_STREAM 3 1; RST_STREAM 5 1; RST_STREAM 7 1");
    engine_free(&e);
}

static void test_content_is_as_long_as_content_length_says(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, 0, POST " content-length=5");
    say_data(&e, 1, 0, 3);
    say_data(&e, 1, END_STREAM, 2);
    GOT(&e, "request 1 " POST " content-length=5; data 1 3 abc; data 1 2 ab end");
    say_headers(&e, 3, 0, POST " content-length=5");
    say_data(&e, 3, 0, 6);
    GOT(&e, "request 3 " POST " content-length=5; reset 3 1");
    say_headers(&e, 5, 0, POST " content-length=5");
    say_data(&e, 5, END_STREAM, 4);
    GOT(&e, "request 5 " POST " content-length=5; reset 5 1");
    say_headers(&e, 7, 0, POST " content-length=5");
    say_data(&e, 7, 0, 4);
    say_headers(&e, 7, END_STREAM, "x=y");
    GOT(&e, "request 7 " POST " content-length=5; data 7 4 abcd; reset 7 1");
    say_headers(&e, 9, END_STREAM, POST " content-length=1");
    say_headers(&e, 11, END_STREAM, POST " content-length=0");
    GOT(&e, "request 11 " POST " content-length=0 end");
    /* Padding is no content. */
    say_headers(&e, 13, 0, POST " content-length=1");
    say(&e, H2F_FRAME_DATA, H2F_FLAG_PADDED | END_STREAM, 13, "\3z\0\0", 5);
    GOT(&e, "request 13 " POST " content-length=1; data 13 1 z flow 5 end");
    WROTE(&e, "RST_STREAM 3 1; RST_STREAM 5 1; RST_STREAM 7 1; RST_STREAM 9 1");
    engine_free(&e);
}

static void test_responses_that_never_have_content(void) {
    engine e;
    start_client(&e);
    CHECK_INT(send_headers(&e, 0, ":method=HEAD :scheme=https :path=/ :authority=a", 1), 0);
    CHECK_INT(send_headers(&e, 0, ":method=HEAD :scheme=https :path=/ :authority=a", 1), 0);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    CHECK_INT(send_headers(&e, 0, ":method=CONNECT :authority=a", 0), 0);
    h2f_output_clear(&e.c.output);
    say_headers(&e, 1, END_STREAM, OK " content-length=5");
    GOT(&e, "response 1 " OK " content-length=5 end");
    say_headers(&e, 3, 0, OK " content-length=5");
    say_data(&e, 3, 0, 1);
    GOT(&e, "response 3 " OK " content-length=5; reset 3 1");
    say_headers(&e, 5, END_STREAM, ":status=304 content-length=5");
    GOT(&e, "response 5 :status=304 content-length=5 end");
    say_headers(&e, 7, 0, OK " content-length=5");
    say_data(&e, 7, END_STREAM, 9);
    GOT(&e, "response 7 " OK " content-length=5; data 7 9 abcdefghi end");
    engine_free(&e);
}

static void say_parts(engine *e, uint32_t stream_id, const char *fields, size_t first,
                      size_t part) {
    uint8_t block[4096];
    size_t len = block_of(block, fields);
    say(e, H2F_FRAME_HEADERS, END_STREAM, stream_id, block, first);
    for (size_t at = first; at < len; at += part) {
        size_t rest = len - at < part ? len - at : part;
        say(e, H2F_FRAME_CONTINUATION, at + rest == len ? END_HEADERS : 0, stream_id, block + at,
            rest);
    }
}

static void test_blocks_in_parts(void) {
    engine e;
    start_server(&e);
    for (uint32_t first = 0; first < 12; first++) {
        say_parts(&e, 2 * first + 1, GET, first, 2 + first);
        feed(&e);
        CHECK(strstr(e.log.octets, GET " end") != NULL);
        text_clear(&e.log);
    }
    WROTE(&e, "");
    engine_free(&e);
}

static void test_nothing_may_interrupt_a_block(void) {
    for (int which = 0; which < 6; which++) {
        engine e;
        start_server(&e);
        say_headers(&e, 1, 0, POST);
        say_block(&e, H2F_FRAME_HEADERS, 3, END_STREAM, GET);
        switch (which) {
        case 0:
            say_ping(&e, 0, "12345678");
            break;
        case 1:
            say(&e, H2F_FRAME_CONTINUATION, END_HEADERS, 1, NULL, 0);
            break;
        case 2:
            say_headers(&e, 3, END_STREAM, GET);
            break;
        case 3:
            say(&e, 0xee, 0, 3, NULL, 0);
            break;
        case 4: /* by itself a fault of stream 1 */
            say_window(&e, 1, 0);
            break;
        default:
            say(&e, H2F_FRAME_PRIORITY, 0, 1, "1234", 4);
        }
        GOT(&e, which == 4   ? "request 1 " POST "; error -36"
                : which == 5 ? "request 1 " POST "; error -31"
                             : "request 1 " POST "; error -112");
        engine_free(&e);
    }
}

static void test_a_continuation_of_nothing(void) {
    engine e;
    start_server(&e);
    say(&e, H2F_FRAME_CONTINUATION, END_HEADERS, 1, NULL, 0);
    GOT(&e, "error -113");
    WROTE(&e, "GOAWAY 0 1");
    engine_free(&e);
}

static void test_a_block_that_cannot_be_decoded(void) {
    engine e;
    start_server(&e);
    say(&e, H2F_FRAME_HEADERS, END_HEADERS | END_STREAM, 1, "\x80", 1);
    GOT(&e, "error -16");
    WROTE(&e, "GOAWAY 0 9");
    engine_free(&e);
}

/* Blocks on streams that nobody sees change the table all the same. */
static void test_blocks_that_are_refused_are_decoded(void) {
    engine e;
    start_server(&e);
    e.c.local.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = 1;
    say_headers(&e, 1, 0, POST);
    say(&e, H2F_FRAME_HEADERS, END_HEADERS, 3, "\x40\1k\1v", 5);
    GOT(&e, "request 1 " POST);
    say(&e, H2F_FRAME_HEADERS, END_HEADERS | END_STREAM, 1, "\xbe", 1);
    GOT(&e, "trailers 1 k=v end");
    WROTE(&e, "RST_STREAM 3 7");
    engine_free(&e);
}

static void check_last_value(engine *e, const char *value, size_t len) {
    text expected = {NULL, 0, 0};
    text_octets(&expected, (const uint8_t *)value, len);
    CHECK_INT(e->c.error, 0);
    CHECK_INT(e->c.fields[4].value_len, len);
    CHECK(strstr(e->log.octets, expected.octets) != NULL);
    text_clear(&expected);
}

/* Around each size at which one more frame is needed. */
static void test_large_blocks_are_split_and_read_back(void) {
    static char value[70000];
    memset(value, '#', sizeof value); /* 12 bits as a Huffman code, so it stays as it is */
    for (size_t len = 16300; len < 66000; len += len % 16384 > 16270 || len % 16384 < 30 ? 1 : 97) {
        engine client, server;
        start_pair(&client, &server);
        field_list list = fields_of(GET);
        list.fields[list.count++] =
            (h2f_field){(const uint8_t *)"x", (const uint8_t *)value, 1, len, 1};
        uint32_t id = 0, promised;
        server.c.decoder.max_list_size = client.c.decoder.max_list_size = 1 << 20;
        CHECK_INT(h2f_send_headers(&client.c, &id, list.fields, list.count, 1), 0);
        exchange(&client, &server);
        check_last_value(&server, value, len);
        CHECK_INT(h2f_send_push(&server.c, 1, list.fields, list.count, &promised), 0);
        exchange(&client, &server);
        check_last_value(&client, value, len);
        CHECK_INT(client.c.reserved, 1);
        engine_free(&client);
        engine_free(&server);
    }
}

static void test_a_promise_and_its_response(void) {
    engine client, server;
    uint32_t promised = 0;
    field_list list = fields_of(GET);
    start_pair(&client, &server);
    CHECK_INT(send_headers(&client, 0, POST, 0), 0);
    exchange(&client, &server);
    GOT(&server, "request 1 " POST);
    CHECK_INT(h2f_send_push(&server.c, 3, list.fields, list.count, &promised),
              H2F_ERR_STREAM_IDLE);
    CHECK_INT(h2f_send_push(&client.c, 1, list.fields, list.count, &promised),
              H2F_ERR_NOT_A_SERVER);
    CHECK_INT(h2f_send_push(&server.c, 1, list.fields, list.count, &promised), 0);
    CHECK_INT(promised, 2);
    CHECK_INT(h2f_send_push(&server.c, 2, list.fields, list.count, &promised),
              H2F_ERR_PUSH_PARENT);
    exchange(&client, &server);
    GOT(&client, "push 1 2 " GET);
    CHECK_INT(client.c.reserved, 1);
    CHECK_INT(send_headers(&server, 2, ":status=103", 0), 0);
    CHECK_INT(send_headers(&server, 2, OK, 0), 0);
    CHECK_INT(send_data(&server, 2, "pushed", 1), 0);
    exchange(&client, &server);
    GOT(&client, "interim 2 :status=103; response 2 " OK "; data 2 6 pushed end");
    CHECK_INT(client.c.reserved + client.c.open[0] + server.c.open[0], 0);
    engine_free(&client);
    engine_free(&server);
}

static void test_promises_that_are_refused(void) {
    engine e;
    start_pushed_client(&e);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    h2f_output_clear(&e.c.output);
    say_push(&e, 1, 2, "x=y"); /* malformed */
    say_push(&e, 1, 4, GET);
    GOT(&e, "push 1 4 " GET);
    CHECK_INT(h2f_send_reset(&e.c, 1, H2F_CANCEL), 0);
    say_push(&e, 1, 6, GET); /* it was under way */
    say_headers(&e, 6, END_STREAM, OK);
    GOT(&e, "");
    CHECK_INT(h2f_send_goaway(&e.c, 4, 0, NULL, 0), 0);
    WROTE(&e, "RST_STREAM 2 1; RST_STREAM 1 8; RST_STREAM 6 7; GOAWAY 4 0");
    say_push(&e, 4, 6, GET);
    GOT(&e, "error -115");
    engine_free(&e);
}

static void test_promises_beyond_our_goaway_are_refused(void) {
    engine e;
    start_pushed_client(&e);
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    CHECK_INT(h2f_send_goaway(&e.c, 0, 0, NULL, 0), 0);
    h2f_output_clear(&e.c.output);
    say_push(&e, 1, 2, GET);
    say_headers(&e, 2, 0, OK);
    say_data(&e, 2, END_STREAM, 3);
    say_headers(&e, 1, END_STREAM, OK);
    GOT(&e, "response 1 " OK " end");
    WROTE(&e, "RST_STREAM 2 7");
    engine_free(&e);
}

/* Found by fuzz_pair: the client has closed such a stream, so a promise on it would be a fault, and
 * its window is none that the client's settings must fit. */
static void test_streams_that_our_goaway_leaves_out_are_closed(void) {
    engine e;
    uint32_t promised;
    field_list list = fields_of(GET);
    start_server(&e);
    say_headers(&e, 1, END_STREAM, GET);
    for (uint32_t id = 3; id < 99; id += 2)
        say_headers(&e, id, 0, POST);
    feed(&e);
    CHECK_INT(h2f_send_push(&e.c, 3, list.fields, list.count, &promised), 0);
    CHECK_INT(h2f_send_goaway(&e.c, 1, 0, NULL, 0), 0);
    check_connection(&e.c);
    CHECK_INT(e.c.open[1], 1);
    CHECK_INT(h2f_send_push(&e.c, 3, list.fields, list.count, &promised), H2F_ERR_STREAM_CLOSED);
    CHECK_INT(h2f_send_push(&e.c, 1, list.fields, list.count, &promised), 0);
    CHECK_INT(send_headers(&e, 2, OK, 1), 0); /* ours goes on */
    h2f_output_clear(&e.c.output);
    text_clear(&e.log);
    say_data(&e, 3, END_STREAM, 5); /* was under way */
    GOT(&e, "");
    engine_free(&e);
}

static void test_promises_that_end_the_connection(void) {
    engine e;
    start_client(&e); /* does not want any */
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    say_push(&e, 1, 2, GET);
    GOT(&e, "error -121");
    engine_free(&e);
    start_pushed_client(&e);
    say_push(&e, 1, 2, GET);
    GOT(&e, "error -122");
    engine_free(&e);
    start_pushed_client(&e);
    CHECK_INT(send_headers(&e, 0, POST, 0), 0);
    say_headers(&e, 1, END_STREAM, OK);
    say_push(&e, 1, 2, GET);
    GOT(&e, "response 1 " OK " end; error -122");
    engine_free(&e);
    start_server(&e);
    say_headers(&e, 1, 0, POST);
    say_push(&e, 1, 2, GET);
    GOT(&e, "request 1 " POST "; error -121");
    WROTE(&e, "GOAWAY 1 1");
    engine_free(&e);
}

static void test_pushed_responses_count_as_open_streams(void) {
    engine e;
    start_pushed_client(&e);
    e.c.local.value[H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = 1;
    CHECK_INT(send_headers(&e, 0, GET, 1), 0);
    h2f_output_clear(&e.c.output);
    say_push(&e, 1, 2, GET);
    say_push(&e, 1, 4, GET);
    say_headers(&e, 2, 0, OK);
    say_headers(&e, 4, 0, OK);
    GOT(&e, "push 1 2 " GET "; push 1 4 " GET "; response 2 " OK "; reset 4 7");
    WROTE(&e, "RST_STREAM 4 7");
    engine_free(&e);
}

static void test_priorities_and_extensions(void) {
    engine e;
    start_server(&e);
    say(&e, H2F_FRAME_PRIORITY, 0, 9, "\0\0\0\3\7", 5);
    say(&e, H2F_FRAME_PRIORITY_UPDATE, 0, 0, "\0\0\0\3u=1", 7);
    say(&e, 0xbb, 3, 5, "abc", 3);
    say(&e, H2F_FRAME_ALTSVC, 0, 0, "\0\1ah3", 5);
    GOT(&e, "priority 9 3; priority update 3 u=1; unknown 187 5");
    say(&e, H2F_FRAME_PRIORITY_UPDATE, 0, 0, "\0\0\0\2u=1", 7); /* was never promised */
    GOT(&e, "error -114");
    engine_free(&e);
    start_server(&e);
    say(&e, H2F_FRAME_PRIORITY, 0, 3, "\0\0\0\3\7", 5);
    GOT(&e, "error -118");
    engine_free(&e);
    start_client(&e);
    say(&e, H2F_FRAME_ALTSVC, 0, 0, "\0\1ah3", 5);
    say(&e, H2F_FRAME_ALTSVC, 0, 0, "\0\0h3", 4);
    say(&e, H2F_FRAME_ALTSVC, 0, 1, "\0\1ah3", 5);
    say(&e, H2F_FRAME_ALTSVC, 0, 1, "\0\0h3", 4);
    say(&e, H2F_FRAME_ORIGIN, 0, 1, NULL, 0);
    say(&e, H2F_FRAME_ORIGIN, 0, 0, NULL, 0);
    GOT(&e, "altsvc 0 a h3; altsvc 1 h3; origin");
    say(&e, H2F_FRAME_PRIORITY_UPDATE, 0, 0, "\0\0\0\3u=1", 7);
    GOT(&e, "error -117");
    engine_free(&e);
}

/* Section 6.3: its length is a fault of its stream. */
static void test_priority_of_a_wrong_length(void) {
    engine e;
    start_server(&e);
    say_headers(&e, 1, 0, POST);
    say(&e, H2F_FRAME_PRIORITY, 0, 1, "1234", 4);
    say_ping(&e, ACK, "12345678");
    GOT(&e, "request 1 " POST "; reset 1 6; ping ack 12345678");
    WROTE(&e, "RST_STREAM 1 6");
    engine_free(&e);
}

int main(void) {
    RUN(test_a_request_and_its_response);
    RUN(test_what_may_not_be_sent);
    RUN(test_malformed_messages_are_errors_of_their_stream);
    RUN(test_content_is_as_long_as_content_length_says);
    RUN(test_responses_that_never_have_content);
    RUN(test_blocks_in_parts);
    RUN(test_nothing_may_interrupt_a_block);
    RUN(test_a_continuation_of_nothing);
    RUN(test_a_block_that_cannot_be_decoded);
    RUN(test_blocks_that_are_refused_are_decoded);
    RUN(test_large_blocks_are_split_and_read_back);
    RUN(test_a_promise_and_its_response);
    RUN(test_promises_that_are_refused);
    RUN(test_promises_beyond_our_goaway_are_refused);
    RUN(test_streams_that_our_goaway_leaves_out_are_closed);
    RUN(test_promises_that_end_the_connection);
    RUN(test_pushed_responses_count_as_open_streams);
    RUN(test_priorities_and_extensions);
    RUN(test_priority_of_a_wrong_length);
    return 0;
}
