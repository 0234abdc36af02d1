/* Threads, each with connections of its own, all at once: nothing is shared, as ThreadSanitizer sees. */
#include <pthread.h>

#include "engine.h"

enum { THREADS = 16, ROUNDS = 40 };

static void ask_and_answer(engine *client, engine *server) {
    char path[64];
    uint32_t id = 0;
    static const uint8_t content[5000];
    snprintf(path, sizeof path, GET " x-number=%d", (int)client->c.highest_out);
    field_list list = fields_of(path);
    CHECK_INT(h2f_send_headers(&client->c, &id, list.fields, list.count, 0), 0);
    CHECK_INT(h2f_send_data(&client->c, id, content, sizeof content, 1, NULL), 0);
    CHECK_INT(h2f_pump(&client->c, SIZE_MAX), 0);
    take_wire(client, &server->in);
    feed(server);
    list = fields_of(OK " server=h2fast");
    CHECK_INT(h2f_send_message(&server->c, &id, list.fields, list.count, content, 100, 1, NULL), 0);
    take_wire(server, &client->in);
    feed(client);
    CHECK_INT(client->c.open[1], 0);
}

static void *work(void *argument) {
    static engine sides[THREADS][2];
    engine *client = sides[*(const int *)argument], *server = client + 1;
    for (int side = 0; side < 2; side++) {
        h2f_config config;
        h2f_config_init(&config, side == 0);
        engine_init(client + side, &config);
        CHECK_INT(h2f_connection_start(&client[side].c), 0);
    }
    take_wire(client, &server->in);
    feed(server);
    take_wire(server, &client->in);
    feed(client);
    for (int i = 0; i < ROUNDS; i++)
        ask_and_answer(client, server);
    /* A fault, and the end. */
    say(server, H2F_FRAME_PING, 0, 1, "12345678", 8);
    feed(server);
    CHECK_INT(server->c.error, H2F_ERR_FRAME_STREAM);
    engine_free(client);
    engine_free(server);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK_INT(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    return 0;
}
