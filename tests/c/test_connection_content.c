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

int main(void) {
    RUN(test_a_client_that_ended_its_stream_from_the_queue_is_not_visited_again);
    return 0;
}
