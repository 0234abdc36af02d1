/* Times one side of a connection: connection_speed SCRIPT, a file that connection_c.py describes.
 *
 * Each line of the input is one of
 *     server|client h2fast|nghttp2 PASSES
 *     server|client h2fast|nghttp2 show
 * A pass makes a connection, has it through the exchanges that warm it, and times the others. Its
 * answer is the nanoseconds they took. What is read is checked in each pass. The answer to "show" is
 * all that the side has sent, in hexadecimal, a word for each time it sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h2f_bytes.h"
#include "side.h"

message request, response;
span body;

typedef struct {
    span requests, responses;
} turn;

static const side *const sides[] = {&h2fast_side, &nghttp2_side};
static span client_start, server_start;
static size_t warm, turn_count, at_once;
static turn *turns;
static uint8_t *out;

/* -------------------------------------------------------------------------- the script */

static const uint8_t *at;

static size_t take_number(void) {
    size_t number = h2f_load_le32(at);
    at += 4;
    return number;
}

static span take_span(void) {
    span taken = {.len = take_number()};
    taken.octets = at;
    at += taken.len;
    return taken;
}

static void take_message(message *taken) {
    taken->count = take_number();
    require(taken->count <= MAX_FIELDS, "room for the fields");
    for (size_t i = 0; i < taken->count; i++) {
        taken->fields[i].name = take_span();
        taken->fields[i].value = take_span();
    }
}

static void read_script(const char *path) {
    span file = read_file(path);
    at = file.octets;
    take_message(&request);
    take_message(&response);
    body = take_span();
    client_start = take_span();
    server_start = take_span();
    at_once = take_number();
    warm = take_number();
    turn_count = take_number();
    turns = allocate(turn_count * sizeof *turns);
    for (size_t i = 0; i < turn_count; i++) {
        turns[i].requests = take_span();
        turns[i].responses = take_span();
    }
    out = allocate(file.len + 65536);
}

/* ------------------------------------------------------------------------------ passes */

static uint64_t number_of(const message *read, int with_body) {
    uint64_t number = with_body ? read_content(body.octets, body.len) : 0;
    for (size_t i = 0; i < read->count; i++) {
        const header *h = &read->fields[i];
        number += read_field(h->name.octets, h->name.len, h->value.octets, h->value.len);
    }
    return number;
}

static void show(const uint8_t *octets, size_t len) {
    for (size_t i = 0; i < len; i++)
        printf("%02x", octets[i]);
    putchar(' ');
}

static uint64_t do_turns(const side *tested, int client, size_t from, size_t to, int showing) {
    uint64_t number = 0;
    for (size_t i = from; i < to; i++) {
        size_t len;
        if (client) {
            for (size_t n = 0; n < at_once; n++)
                tested->submit_request();
            len = tested->send(out);
            number += tested->receive(turns[i].responses);
        } else {
            number += tested->receive(turns[i].requests);
            len = tested->send(out);
        }
        if (showing)
            show(out, len);
    }
    return number;
}

static uint64_t one_pass(const side *tested, int client, int showing) {
    tested->begin(client);
    tested->receive(client ? server_start : client_start);
    size_t len = tested->send(out);
    if (showing)
        show(out, len);
    uint64_t number = do_turns(tested, client, 0, warm, showing);
    uint64_t start = now();
    number += do_turns(tested, client, warm, turn_count, showing);
    uint64_t elapsed = now() - start;
    require(number == number_of(client ? &response : &request, client) * turn_count * at_once,
            "reading what was sent");
    tested->end();
    return elapsed;
}

/* Returns whether the line was understood. */
static int answer(const char *line) {
    char role[16], name[16], passes[16];
    if (sscanf(line, "%15s %15s %15s", role, name, passes) != 3)
        return 0;
    int client = strcmp(role, "client") == 0, showing = strcmp(passes, "show") == 0;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        if (strcmp(name, sides[i]->name) != 0)
            continue;
        uint64_t elapsed = 0;
        unsigned long count = showing ? 1 : strtoul(passes, NULL, 10);
        for (unsigned long pass = 0; pass < count; pass++)
            elapsed += one_pass(sides[i], client, showing);
        if (showing) {
            putchar('\n');
            fflush(stdout);
        } else {
            answer_with(elapsed);
        }
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    char line[128];
    if (argc != 2) {
        fputs("usage: connection_speed SCRIPT\n", stderr);
        return 2;
    }
    read_script(argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL)
        require(answer(line), line);
    return 0;
}
