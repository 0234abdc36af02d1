/* Windows, against h2's WindowManager written out with whole numbers and no offsets; what is opened
 * is opened for good here, also while content is not processed. */
#include "check.h"
#include "window.h"

typedef struct {
    int64_t most, size, processed;
} reference;

static int ref_consume(reference *ref, uint32_t octets) {
    ref->size -= octets;
    return octets == 0 || ref->size >= 0; /* section 6.9: nothing needs no room */
}

static uint32_t ref_process(reference *ref, uint32_t octets) {
    ref->processed += octets;
    if (ref->processed == 0)
        return 0;
    int64_t room = ref->most - ref->size, quarter = ref->most / 4;
    int64_t increment = ref->processed < room ? ref->processed : room;
    if (ref->size == 0 && ref->processed > (quarter < 1024 ? quarter : 1024))
        ref->processed = 0;
    else if (ref->processed >= ref->most / 2)
        ref->processed = 0;
    else
        return 0;
    if (increment < 0)
        increment = 0;
    ref->size += increment;
    return (uint32_t)increment;
}

static int ref_open(reference *ref, uint32_t octets) {
    if (ref->most + octets > H2F_WINDOW_MAX)
        return 0;
    ref->size += octets;
    ref->most += octets;
    return 1;
}

static void ref_change(reference *ref, int64_t delta) {
    ref->most += delta;
    ref->size += delta;
}

static void compare(const h2f_window *window, const reference *ref, int64_t initial) {
    CHECK_INT(initial + window->size, ref->size);
    CHECK_INT(initial + window->most, ref->most);
    CHECK_INT(window->processed, ref->processed);
}

static void test_random_operations_agree_with_the_reference(void) {
    uint64_t random = 3;
    for (int round = 0; round < 3000; round++) {
        int64_t initial = random_below(&random, 1u << (1 + random_below(&random, 17)));
        h2f_window window = {0, 0, 0};
        reference ref = {initial, initial, 0};
        int64_t held = 0; /* received and not processed */
        for (int i = 0; i < 100; i++) {
            uint32_t octets;
            int64_t change;
            switch (random_below(&random, 6)) {
            case 0:
            case 1: /* as much as the window has, mostly */
                octets = ref.size <= 0 ? 0 : random_below(&random, (uint32_t)ref.size) + 1;
                if (random_below(&random, 4) == 0 && ref.size > 0)
                    octets = (uint32_t)ref.size;
                CHECK_INT(h2f_window_consume(&window, initial, octets),
                          ref_consume(&ref, octets));
                held += octets;
                break;
            case 2:
            case 3:
                octets = held == 0 ? 0 : random_below(&random, (uint32_t)held) + 1;
                held -= octets;
                CHECK_INT(h2f_window_process(&window, initial, octets),
                          ref_process(&ref, octets));
                break;
            case 4:
                octets = random_below(&random, 2000);
                CHECK_INT(h2f_window_open(&window, initial, octets), ref_open(&ref, octets));
                break;
            default:
                change = (int64_t)random_below(&random, 70000) - initial;
                if (initial + change + window.most > H2F_WINDOW_MAX || random_below(&random, 4))
                    break;
                initial += change;
                ref_change(&ref, change);
            }
            compare(&window, &ref, initial);
            CHECK(window.size <= window.most);
        }
    }
}

/* Without updates by hand: what was consumed is held, waits as processed, or was given back. */
static void test_credit_is_conserved(void) {
    uint64_t random = 4;
    for (int round = 0; round < 2000; round++) {
        const int64_t initial = 1 + random_below(&random, 100000);
        h2f_window window = {0, 0, 0};
        int64_t held = 0;
        for (int i = 0; i < 200; i++) {
            int64_t size = initial + window.size;
            if (random_below(&random, 2) && size > 0) {
                uint32_t octets = random_below(&random, (uint32_t)size) + 1;
                CHECK(h2f_window_consume(&window, initial, octets));
                held += octets;
            } else if (held > 0) {
                uint32_t octets = random_below(&random, (uint32_t)held) + 1;
                held -= octets;
                h2f_window_process(&window, initial, octets);
            }
            CHECK_INT(initial + window.size + held + window.processed, initial);
        }
        /* Nobody waits for ever: when all is processed, there is room again. */
        h2f_window_process(&window, initial, (uint32_t)held);
        CHECK(initial + window.size > 0);
    }
}

static void test_the_thresholds(void) {
    h2f_window window = {0, 0, 0};
    CHECK(h2f_window_consume(&window, 65535, 65535));
    CHECK_INT(h2f_window_process(&window, 65535, 1024), 0);
    CHECK_INT(h2f_window_process(&window, 65535, 1), 1025);
    CHECK_INT(h2f_window_process(&window, 65535, 32766), 0);
    CHECK_INT(h2f_window_process(&window, 65535, 1), 32767);
    CHECK(!h2f_window_consume(&window, 65535, 40000));
    window = (h2f_window){-90, 0, 0}; /* of 100: a quarter matters only where nothing is left */
    CHECK_INT(h2f_window_process(&window, 100, 49), 0);
    CHECK_INT(h2f_window_process(&window, 100, 1), 50);
    window = (h2f_window){-100, 0, 0};
    CHECK_INT(h2f_window_process(&window, 100, 25), 0);
    CHECK_INT(h2f_window_process(&window, 100, 1), 26);
}

static void test_the_largest_window(void) {
    h2f_window window = {0, 0, 0};
    CHECK(!h2f_window_open(&window, 65535, H2F_WINDOW_MAX - 65534));
    CHECK_INT(window.size, 0);
    CHECK(h2f_window_open(&window, 65535, H2F_WINDOW_MAX - 65535));
    CHECK_INT(65535 + window.most, H2F_WINDOW_MAX);
    CHECK(!h2f_window_open(&window, 65535, 1));
    CHECK(h2f_window_open(&window, 0, 65535)); /* the setting was lowered to 0 */
}

/* Callers may acknowledge on one stream what came on another. */
static void test_no_more_comes_back_than_was_taken(void) {
    h2f_window window = {0, 0, 0};
    CHECK(h2f_window_consume(&window, 1000, 100));
    CHECK_INT(h2f_window_process(&window, 1000, 700), 100);
    CHECK_INT(window.size, 0);
}

/* What is not processed yet comes back, and has to fit, too. */
static void test_room_for_what_is_not_processed(void) {
    h2f_window window = {0, 0, 0};
    CHECK(h2f_window_consume(&window, 65535, 1000));
    CHECK(!h2f_window_open(&window, 65535, H2F_WINDOW_MAX - 65535 + 1));
    CHECK_INT(window.size, -1000);
    CHECK_INT(window.most, 0);
    CHECK(h2f_window_open(&window, 65535, H2F_WINDOW_MAX - 65535));
}

int main(void) {
    RUN(test_random_operations_agree_with_the_reference);
    RUN(test_credit_is_conserved);
    RUN(test_no_more_comes_back_than_was_taken);
    RUN(test_room_for_what_is_not_processed);
    RUN(test_the_thresholds);
    RUN(test_the_largest_window);
    return 0;
}
