/* The output: own octets, parts of payloads between them, and who lets payloads go. */
#include "check.h"
#include "output.h"

static void write_own(h2f_output *output, const char *octets) {
    uint8_t *dst = h2f_output_reserve(output, strlen(octets));
    CHECK(dst != NULL);
    memcpy(dst, octets, strlen(octets));
    h2f_output_commit(output, strlen(octets));
}

static void refer(h2f_output *output, h2f_payload *payload, size_t at, size_t len) {
    CHECK_INT(h2f_output_reserve_segment(output), 0);
    h2f_output_refer(output, payload, payload->octets + at, len);
}

static void check_taken(h2f_output *output, const char *expected) {
    CHECK_INT(output->len, strlen(expected));
    uint8_t *taken = exact_copy(expected, output->len);
    memset(taken, 0, output->len);
    h2f_output_read(output, taken, output->len);
    CHECK_STRING(taken, strlen(expected), expected);
    CHECK_INT(output->len, 0);
    free(taken);
}

static void test_segments_stand_where_they_were_added(void) {
    static const char octets[] = "0123456789";
    h2f_output output;
    h2f_output_init(&output);
    h2f_payload *payload = h2f_payload_new((const uint8_t *)octets, 10, &output);
    CHECK(payload != NULL);
    check_taken(&output, "");
    refer(&output, payload, 0, 2);
    write_own(&output, "ab");
    refer(&output, payload, 2, 3);
    refer(&output, payload, 5, 1);
    write_own(&output, "cd");
    write_own(&output, "e");
    check_taken(&output, "01ab2345cde");
    write_own(&output, "again");
    check_taken(&output, "again");
    refer(&output, payload, 9, 1);
    check_taken(&output, "9");
    CHECK(h2f_output_next_released(&output) == NULL);
    h2f_payload_release(&output, payload);
    CHECK(h2f_output_next_released(&output) == &output);
    CHECK(h2f_output_next_released(&output) == NULL);
    h2f_output_free(&output);
}

static void test_a_payload_is_let_go_when_nobody_refers_to_it(void) {
    int owners[3];
    h2f_output output;
    h2f_payload *payloads[3];
    h2f_output_init(&output);
    for (int i = 0; i < 3; i++) {
        payloads[i] = h2f_payload_new((const uint8_t *)"xyz", 3, &owners[i]);
        CHECK(payloads[i] != NULL);
        refer(&output, payloads[i], 0, 3);
    }
    h2f_payload_release(&output, payloads[0]); /* its segment is still there */
    CHECK(h2f_output_next_released(&output) == NULL);
    check_taken(&output, "xyzxyzxyz");
    CHECK(h2f_output_next_released(&output) == &owners[0]);
    CHECK(h2f_output_next_released(&output) == NULL);
    refer(&output, payloads[1], 0, 1);
    h2f_payload_release(&output, payloads[1]);
    h2f_payload_release(&output, payloads[2]);
    CHECK(h2f_output_next_released(&output) == &owners[2]);
    h2f_output_free(&output); /* with a segment in it */
    CHECK(h2f_output_next_released(&output) == &owners[1]);
    CHECK(h2f_output_next_released(&output) == NULL);
}

static void test_a_large_buffer_is_given_back_when_it_is_empty(void) {
    h2f_output output;
    h2f_output_init(&output);
    CHECK(h2f_output_reserve(&output, 65536) != NULL);
    h2f_output_commit(&output, 65536);
    h2f_output_clear(&output);
    CHECK(output.own != NULL);
    CHECK(h2f_output_reserve(&output, 65537) != NULL);
    h2f_output_clear(&output);
    CHECK(output.own == NULL);
    write_own(&output, "a");
    check_taken(&output, "a");
    h2f_output_free(&output);
}

static void test_what_was_read_makes_room_while_there_is_more(void) {
    uint8_t taken[8];
    h2f_output output;
    h2f_output_init(&output);
    h2f_payload *payload = h2f_payload_new((const uint8_t *)"0123456789", 10, &output);
    CHECK(payload != NULL);
    for (int i = 0; i < 20; i++) {
        write_own(&output, "abcd");
        refer(&output, payload, 2, 4);
    }
    for (int i = 0; i < 100000; i++) {
        h2f_output_read(&output, taken, sizeof taken);
        CHECK_STRING(taken, sizeof taken, "abcd2345");
        write_own(&output, "abcd");
        refer(&output, payload, 2, 4);
        CHECK_INT(output.len, 160);
    }
    CHECK(output.own_cap <= 1024 && output.segment_cap <= 64);
    h2f_output_clear(&output);
    h2f_payload_release(&output, payload);
    CHECK(h2f_output_next_released(&output) == &output);
    h2f_output_free(&output);
}

static void test_random_parts(void) {
    uint64_t random = 5;
    static uint8_t payload_octets[300], expected[60000];
    random_fill(&random, payload_octets, sizeof payload_octets);
    h2f_output output;
    h2f_output_init(&output);
    for (int round = 0; round < 200; round++) {
        size_t len = 0;
        h2f_payload *payload = h2f_payload_new(payload_octets, sizeof payload_octets, &random);
        CHECK(payload != NULL);
        for (uint32_t parts = random_below(&random, 150); parts > 0; parts--) {
            size_t at = random_below(&random, 200), part = random_below(&random, 100);
            memcpy(expected + len, payload_octets + at, part);
            len += part;
            if (random_below(&random, 2)) {
                refer(&output, payload, at, part);
            } else {
                uint8_t *dst = h2f_output_reserve(&output, part + 50);
                CHECK(dst != NULL);
                memcpy(dst, payload_octets + at, part);
                h2f_output_commit(&output, part);
            }
        }
        CHECK_INT(output.len, len);
        uint8_t *taken = malloc(len + 1);
        CHECK(taken != NULL);
        h2f_output_read(&output, taken, output.len);
        CHECK_BYTES(taken, len, expected, len);
        free(taken);
        h2f_payload_release(&output, payload);
        CHECK(h2f_output_next_released(&output) == &random);
        CHECK(h2f_output_next_released(&output) == NULL);
    }
    h2f_output_free(&output);
}

static void test_what_was_read_makes_room_for_more(void) {
    static const uint8_t octets[1000];
    uint8_t taken[1000];
    h2f_output output;
    h2f_output_init(&output);
    write_own(&output, "a");
    for (int i = 0; i < 10000; i++) { /* it is never empty */
        uint8_t *dst = h2f_output_reserve(&output, sizeof octets);
        CHECK(dst != NULL);
        memcpy(dst, octets, sizeof octets);
        h2f_output_commit(&output, sizeof octets);
        CHECK_INT(h2f_output_read(&output, taken, sizeof taken), sizeof taken);
        CHECK_INT(output.len, 1);
    }
    CHECK(output.own_cap <= 4096);
    h2f_output_free(&output);
}

int main(void) {
    RUN(test_segments_stand_where_they_were_added);
    RUN(test_a_payload_is_let_go_when_nobody_refers_to_it);
    RUN(test_a_large_buffer_is_given_back_when_it_is_empty);
    RUN(test_what_was_read_makes_room_for_more);
    RUN(test_what_was_read_makes_room_while_there_is_more);
    RUN(test_random_parts);
    return 0;
}
