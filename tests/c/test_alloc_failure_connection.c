/* A client and a server exchange several hundred frames, and every single allocation fails once.
 * What was asked for and refused has changed nothing, and is asked for again; a connection that
 * could not receive has failed for good; and everything is freed in the end.
 */
#include "failing.h"

#include "engine.h"

enum { STEPS = 400, STREAMS = 40, WIRE = 1 << 20 };

typedef struct {
    h2f_connection c;
    uint8_t wire[WIRE]; /* towards this side */
    size_t wire_len;
    size_t owned;
} side;

static side client, server;
static uint32_t events;
static int refused; /* of the call at hand */
static enum h2f_scheme scheme; /* of the server */

/* Memory is short only inside of csrc. */
#define CALL(result, call) \
    do {                   \
        suspended = 0;     \
        result = (call);   \
        suspended = 1;     \
    } while (0)

/* What a refused call must not have changed. */
typedef struct {
    size_t output_len, queued, unacknowledged;
    uint32_t streams, open[2], reserved, highest_out;
    int64_t send_window, receive_window, unprocessed;
    uint64_t windows; /* of all streams */
    uint64_t opened;
    int error, state;
    uint32_t waiting, ready, dependencies;
} snapshot;

static snapshot look(const h2f_connection *c) {
    uint32_t at = 0;
    snapshot s = {c->output.len, c->queued, c->unacknowledged_count, c->streams.count,
                  {c->open[0], c->open[1]}, c->reserved, c->highest_out, c->send_window,
                  c->receive_window.size, (int64_t)c->unprocessed, 0, c->streams_opened, c->error, c->state,
                  c->waiting, c->schedule.ready, c->schedule.dependencies.tree.count};
    for (h2f_stream *stream; (stream = h2f_streams_next(&c->streams, &at)) != NULL;) {
        s.windows += (uint64_t)stream->id * 31 + (uint64_t)stream->send_window;
        s.windows ^= (uint64_t)stream->receive_window.size << 20;
        s.windows += (uint64_t)stream->receive_window.processed << 40;
        s.windows += (uint64_t)stream->state << 50;
        s.windows += (uint64_t)(stream->headers_sent + 2u * stream->trailers_sent) << 55;
        s.windows += stream->queued * 1000003;
        s.windows += (uint64_t)(stream->urgency * 2u + stream->incremental) << 30;
    }
    return s;
}

static int same(const snapshot *a, const snapshot *b) {
    return a->output_len == b->output_len && a->queued == b->queued &&
           a->unacknowledged == b->unacknowledged && a->streams == b->streams &&
           a->open[0] == b->open[0] && a->open[1] == b->open[1] && a->reserved == b->reserved &&
           a->highest_out == b->highest_out && a->send_window == b->send_window &&
           a->receive_window == b->receive_window && a->unprocessed == b->unprocessed &&
           a->windows == b->windows && a->opened == b->opened && a->error == b->error &&
           a->state == b->state && a->waiting == b->waiting && a->ready == b->ready &&
           a->dependencies == b->dependencies;
}

/* Calls, and where memory was short, looks whether nothing has changed and calls again. */
#define TRY(it, result, call)                       \
    do {                                            \
        snapshot before_ = look(&(it)->c);          \
        CALL(result, call);                         \
        if (result == H2F_ERR_NOMEM) {              \
            snapshot after_ = look(&(it)->c);       \
            CHECK(same(&before_, &after_));         \
            check_connection(&(it)->c);             \
            refused++;                              \
            CALL(result, call);                     \
        }                                           \
    } while (0)

static void release_owners(side *it) {
    while (it->c.output.released != NULL) {
        suspended = 0;
        void *owner = h2f_output_next_released(&it->c.output);
        suspended = 1;
        free(owner);
        it->owned--;
    }
}

/* Returns whether the connection lives. */
static int carry(side *from, side *to) {
    int result;
    CHECK(to->wire_len + from->c.output.len <= WIRE);
    to->wire_len += from->c.output.len;
    suspended = 0;
    h2f_output_read(&from->c.output, to->wire + to->wire_len - from->c.output.len,
                    from->c.output.len);
    suspended = 1;
    from->c.unsent_answers = 0;
    release_owners(from);
    /* In two parts, so that there are partial frames. */
    const uint8_t *p = to->wire, *middle = p + to->wire_len / 2, *end = p + to->wire_len;
    h2f_event event;
    for (int part = 0; part < 2; part++) {
        do {
            CALL(result, h2f_receive(&to->c, &p, part ? end : middle, &event));
            events += result == 1;
            check_connection(&to->c);
        } while (result == 1);
        if (result < 0) {
            CHECK_INT(result, H2F_ERR_NOMEM);
            CHECK_INT(to->c.error_code, H2F_INTERNAL_ERROR);
            CALL(result, h2f_receive(&to->c, &p, end, &event));
            CHECK_INT(result, H2F_ERR_NOMEM);
            return 0;
        }
    }
    to->wire_len = 0;
    return 1;
}

static void pump(side *it) {
    int result;
    CALL(result, h2f_pump(&it->c, 100000));
    if (result == H2F_ERR_NOMEM) {
        check_connection(&it->c);
        CALL(result, h2f_pump(&it->c, 100000));
    }
    CHECK(result == 0 || result == H2F_ERR_NOMEM);
}

static void send_step(side *it, uint64_t *random) {
    static uint8_t octets[40000];
    static const char *const requests[] = {GET " x=1 priority=i", POST " cookie!abc",
                                          GET " long=value priority=u=2"};
    int result, end_stream = random_below(random, 3) == 0;
    uint32_t id = random_below(random, STREAMS), len = random_below(random, 20000), promised;
    char value[24];
    field_list list = fields_of(it == &client ? requests[id % 3] : id % 3 ? OK : ":status=103");
    snprintf(value, sizeof value, "value-%u", (unsigned)len);
    list.fields[list.count++] = (h2f_field){(const uint8_t *)"name", (const uint8_t *)value, 4,
                                            strlen(value), 0};
    if (len > 19000) /* with CONTINUATION frames */
        list.fields[list.count++] = (h2f_field){(const uint8_t *)"l", octets, 1, 20000, 0};
    memset(octets, 'o', sizeof octets);
    switch (random_below(random, 12)) {
    case 0:
        id = it == &client ? 0 : id;
        TRY(it, result, h2f_send_headers(&it->c, &id, list.fields, list.count, end_stream));
        break;
    case 1: {
        uint8_t *payload = exact_copy(octets, len + 1);
        void *owner = len % 2 ? payload : NULL;
        id = it == &client ? 0 : id;
        TRY(it, result,
            h2f_send_message(&it->c, &id, list.fields, list.count, payload, len + 1, end_stream,
                             owner));
        if (result == 0 && owner != NULL)
            it->owned++;
        else
            free(payload);
        break;
    }
    case 2:
        TRY(it, result, h2f_send_data(&it->c, id, octets, len / 20, end_stream, NULL));
        break;
    case 3:
        TRY(it, result, h2f_send_data(&it->c, id, octets, len, end_stream, NULL));
        break;
    case 4: {
        uint8_t *payload = exact_copy(octets, len);
        TRY(it, result, h2f_send_data(&it->c, id, payload, len, end_stream, payload));
        if (result == 0)
            it->owned++;
        else
            free(payload);
        break;
    }
    case 5:
        list = fields_of("x=y sum=10");
        TRY(it, result, h2f_send_headers(&it->c, &id, list.fields, list.count, 1));
        break;
    case 6:
        list = fields_of(GET);
        TRY(it, result, h2f_send_push(&it->c, id, list.fields, list.count, &promised));
        break;
    case 7: {
        h2f_setting setting = {H2F_SETTINGS_INITIAL_WINDOW_SIZE, len};
        if (id % 2)
            setting = (h2f_setting){H2F_SETTINGS_HEADER_TABLE_SIZE, len % 5000};
        TRY(it, result, h2f_send_settings(&it->c, &setting, 1));
        break;
    }
    case 8:
        if (id % 4 == 0)
            TRY(it, result, h2f_send_reset(&it->c, id, H2F_CANCEL));
        else if (id % 4 == 1)
            TRY(it, result, h2f_send_ping(&it->c, octets));
        else
            TRY(it, result, h2f_send_window_update(&it->c, id % 4 == 2 ? id : 0, len + 1));
        break;
    case 9:
        if (it == &client)
            TRY(it, result, h2f_send_priority_update(&it->c, id, (const uint8_t *)"u=5, i",
                                                     len % 2 ? 3 : 6));
        else if (scheme == H2F_SCHEME_RFC7540)
            TRY(it, result, h2f_set_dependency(&it->c, id, len % STREAMS, 1 + (int)len % 256,
                                               len % 3 == 0));
        else
            TRY(it, result, h2f_set_priority(&it->c, id, (h2f_priority_field){len % 8, -1}));
        break;
    default:
        if (it->c.unprocessed != 0) {
            uint32_t most = (uint32_t)it->c.unprocessed;
            TRY(it, result, h2f_acknowledge(&it->c, id, most > len ? len : most));
        }
    }
}

static int start(side *it) {
    h2f_config config;
    int result;
    memset(it, 0, sizeof *it);
    h2f_config_init(&config, it == &client);
    config.settings.value[H2F_SETTINGS_ENABLE_PUSH] = it == &client;
    config.auto_windows = it == &client;
    config.scheme = (uint8_t)(it == &client ? H2F_SCHEME_AUTO : scheme);
    config.window = 100000;
    CALL(result, h2f_connection_init(&it->c, &config));
    CHECK(result == 0 || result == H2F_ERR_NOMEM);
    if (result == 0)
        TRY(it, result, h2f_connection_start(&it->c));
    return result == 0;
}

/* The same steps each time, until a connection has failed. */
static void run_script(uint64_t first, uint64_t last) {
    uint64_t random = 11;
    allocations = 0;
    events = 0;
    first_failing = first;
    last_failing = last;
    suspended = 1;
    int lives = start(&client);
    lives = start(&server) && lives;
    for (int step = 0; step < STEPS && lives; step++) {
        side *it = random_below(&random, 2) ? &client : &server;
        send_step(it, &random);
        if (step % 3 != 0)
            continue;
        pump(&client);
        pump(&server);
        lives = carry(&client, &server) && carry(&server, &client);
    }
    suspended = 0;
    h2f_connection_free(&client.c);
    h2f_connection_free(&server.c);
    suspended = 1;
    release_owners(&client);
    release_owners(&server);
    suspended = 0;
    CHECK_INT(client.owned + server.owned, 0);
    CHECK_INT(held, 0);
}

static void fail_each_allocation_once(void) {
    run_script(UINT64_MAX, UINT64_MAX);
    uint64_t all = allocations;
    CHECK(events > 200);
    CHECK(all > 100);
    for (uint64_t nth = 1; nth <= all; nth++)
        run_script(nth, nth);
    CHECK(refused > 25);
}

static void test_each_allocation_fails_once(void) {
    scheme = H2F_SCHEME_AUTO;
    fail_each_allocation_once();
}

static void test_each_allocation_fails_once_with_a_tree(void) {
    scheme = H2F_SCHEME_RFC7540;
    refused = 0;
    fail_each_allocation_once();
}

static void test_all_allocations_fail_from_one_on(void) {
    run_script(UINT64_MAX, UINT64_MAX);
    uint64_t all = allocations;
    for (uint64_t nth = 1; nth <= all; nth += 3)
        run_script(nth, UINT64_MAX);
}

int main(void) {
    RUN(test_each_allocation_fails_once);
    RUN(test_each_allocation_fails_once_with_a_tree);
    RUN(test_all_allocations_fail_from_one_on);
    suspended = 1; /* what runs at the end, to measure coverage, needs memory */
    return 0;
}
