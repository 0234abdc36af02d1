/* The map of living streams and the log of closed ones, against a model that keeps everything. */
#include "check.h"
#include "h2f_limits.h"
#include "streams.h"

enum { MODEL_IDS = 1 << 20 };

typedef struct {
    h2f_stream *living[MODEL_IDS];
    uint8_t closed_by[MODEL_IDS];
    uint32_t ids[MODEL_IDS], count; /* those that live */
    uint32_t highest[2];            /* closed ones of each side, by number, plus one */
} model;

static model *new_model(void) {
    model *m = calloc(1, sizeof *m);
    CHECK(m != NULL);
    return m;
}

static void add(h2f_streams *streams, model *m, uint32_t id) {
    h2f_stream *stream = h2f_streams_add(streams, id);
    CHECK(stream != NULL);
    CHECK_INT(stream->id, id);
    CHECK(stream->first == NULL && stream->link.after == NULL && stream->queued == 0);
    stream->received_len = id;
    m->living[id] = stream;
    m->ids[m->count++] = id;
}

static void take_out(h2f_streams *streams, model *m, uint32_t index, unsigned how) {
    uint32_t id = m->ids[index];
    CHECK_INT(m->living[id]->received_len, id);
    m->living[id]->closed_by = (uint8_t)how;
    h2f_streams_remove(streams, m->living[id]);
    m->living[id] = NULL;
    m->ids[index] = m->ids[--m->count];
    m->closed_by[id] = (uint8_t)how;
    if (id / 2 >= m->highest[id % 2])
        m->highest[id % 2] = id / 2 + 1;
}

/* What is further back than the log reaches is not known. */
static unsigned known_closed(const model *m, uint32_t id) {
    uint32_t highest = m->highest[id % 2];
    return id / 2 < highest && highest - id / 2 <= H2F_CLOSED_STREAMS ? m->closed_by[id] : 0;
}

static void compare(const h2f_streams *streams, const model *m, uint32_t from, uint32_t to) {
    uint32_t at = 0, seen = 0;
    CHECK_INT(streams->count, m->count);
    for (uint32_t id = from; id < to; id++) {
        CHECK(h2f_streams_find(streams, id) == m->living[id]);
        if (m->living[id] == NULL)
            CHECK_INT(h2f_streams_closed_by(streams, id), known_closed(m, id));
    }
    for (h2f_stream *s; (s = h2f_streams_next(streams, &at)) != NULL; seen++)
        CHECK(m->living[s->id] == s);
    CHECK_INT(seen, m->count);
}

static void test_nothing_is_there_at_first(void) {
    h2f_streams streams;
    uint32_t at = 0;
    h2f_streams_init(&streams);
    CHECK(h2f_streams_find(&streams, 1) == NULL);
    CHECK(h2f_streams_next(&streams, &at) == NULL);
    CHECK_INT(h2f_streams_closed_by(&streams, 1), H2F_CLOSED_UNUSED);
    CHECK_INT(h2f_streams_heap_size(&streams), 0);
    h2f_streams_free(&streams);
}

/* Many orders of coming and going, with few and many streams at once, near and far apart. */
static void test_random_operations_agree_with_the_model(void) {
    uint64_t random = 1;
    for (int round = 0; round < 60; round++) {
        h2f_streams streams;
        model *m = new_model();
        uint32_t next[2] = {0, 0}, most = 1u << random_below(&random, 9);
        uint32_t gap = 1u << random_below(&random, 6);
        h2f_streams_init(&streams);
        for (int i = 0; i < 2000; i++) {
            if (m->count < most && random_below(&random, 2)) {
                uint32_t side = random_below(&random, 2);
                next[side] += 1 + random_below(&random, gap);
                add(&streams, m, 2 * next[side] + side);
            } else if (m->count != 0) {
                take_out(&streams, m, random_below(&random, m->count),
                         random_below(&random, 4));
            }
            if (i % 256 == 0)
                compare(&streams, m, 0, 2 * (next[0] > next[1] ? next[0] : next[1]) + 4);
        }
        compare(&streams, m, 0, 2 * (next[0] > next[1] ? next[0] : next[1]) + 4);
        free(m);
        h2f_streams_free(&streams);
        CHECK_INT(h2f_streams_heap_size(&streams), 0);
    }
}

/* Streams that are used again are clean, and no more memory is taken than for those at once. */
static void test_places_are_used_again(void) {
    h2f_streams streams;
    size_t size = 0;
    h2f_streams_init(&streams);
    for (uint32_t i = 0; i < 1000; i++) {
        h2f_stream *stream = h2f_streams_add(&streams, 2 * i + 1);
        CHECK(stream != NULL && stream->state == 0 && stream->send_window == 0);
        stream->send_window = -5;
        stream->state = H2F_STREAM_CLOSED;
        stream->closed_by = H2F_CLOSED_BY_END;
        h2f_streams_remove(&streams, stream);
        if (i == 0)
            size = h2f_streams_heap_size(&streams);
    }
    CHECK(h2f_streams_heap_size(&streams) <= size + 1000);
    h2f_streams_free(&streams);
}

static void close_one(h2f_streams *streams, model *m, uint32_t id, unsigned how) {
    add(streams, m, id);
    take_out(streams, m, m->count - 1, how);
}

/* The ring of the log: everything that it can know, and no more, across several turns. */
static void test_the_log_of_closed_streams_wraps(void) {
    h2f_streams streams;
    model *m = new_model();
    uint64_t random = 2;
    h2f_streams_init(&streams);
    for (uint32_t number = 0; number < 3 * H2F_CLOSED_STREAMS; number++)
        close_one(&streams, m, 2 * number + 1, 1 + random_below(&random, 3));
    compare(&streams, m, 0, 6 * H2F_CLOSED_STREAMS);
    CHECK(h2f_streams_heap_size(&streams) < 32768);
    free(m);
    h2f_streams_free(&streams);
}

/* Streams that were passed over are unused, also where the ring had other streams. */
static void test_skipped_streams_are_unused(void) {
    static const uint32_t skips[] = {1, 2, 3, 4, 5, 7, 8, 9, 250, 255, 256, 257, 4095, 65534,
                                     65535, 65536, 65537, 100000};
    for (size_t i = 0; i < sizeof skips / sizeof *skips; i++) {
        h2f_streams streams;
        model *m = new_model();
        h2f_streams_init(&streams);
        for (uint32_t number = 0; number < H2F_CLOSED_STREAMS + 77; number += 1 + number % 3)
            close_one(&streams, m, 2 * number, 1 + number % 3);
        for (uint32_t turn = 0; turn < 3; turn++)
            close_one(&streams, m, 2 * (m->highest[0] + skips[i]), H2F_CLOSED_BY_OUR_RESET);
        compare(&streams, m, 0, 2 * m->highest[0] + 2);
        free(m);
        h2f_streams_free(&streams);
    }
}

/* One that lived longer than the log reaches back is closed and forgotten. */
static void test_an_old_stream_is_not_mistaken_for_a_new_one(void) {
    h2f_streams streams;
    model *m = new_model();
    h2f_streams_init(&streams);
    add(&streams, m, 1);
    for (uint32_t number = 1; number < H2F_CLOSED_STREAMS + 10; number++) {
        add(&streams, m, 2 * number + 1);
        take_out(&streams, m, 1, H2F_CLOSED_BY_END);
    }
    take_out(&streams, m, 0, H2F_CLOSED_BY_OUR_RESET);
    compare(&streams, m, 0, 2 * H2F_CLOSED_STREAMS + 40);
    free(m);
    h2f_streams_free(&streams);
}

int main(void) {
    RUN(test_nothing_is_there_at_first);
    RUN(test_random_operations_agree_with_the_model);
    RUN(test_places_are_used_again);
    RUN(test_the_log_of_closed_streams_wraps);
    RUN(test_skipped_streams_are_unused);
    RUN(test_an_old_stream_is_not_mistaken_for_a_new_one);
    return 0;
}
