/* One side of a connection, as an implementation has it, and what it reads and sends. */
#ifndef SIDE_H
#define SIDE_H

#include "program.h"

#define MAX_FIELDS 16

typedef struct {
    span name, value;
} header;

typedef struct {
    header fields[MAX_FIELDS];
    size_t count;
} message;

/* What there is to send. */
extern message request, response;
extern span body;

/* What was read, as a number: of each field, and of content. */
static inline uint64_t read_field(const uint8_t *name, size_t name_len, const uint8_t *value,
                                  size_t value_len) {
    return name_len + value_len + name[0] + name[name_len - 1] + value[0] + value[value_len - 1];
}

static inline uint64_t read_content(const uint8_t *content, size_t len) {
    return len + content[0] + content[len - 1];
}

typedef struct {
    const char *name;
    void (*begin)(int client); /* a connection, which has its first octets to send */
    void (*end)(void);
    /* Takes what there is to send to out, and returns how much that is. */
    size_t (*send)(uint8_t *out);
    /* Reads octets; a server answers the requests in them. Returns the number of what was read. */
    uint64_t (*receive)(span octets);
    void (*submit_request)(void);
} side;

extern const side h2fast_side, nghttp2_side;

#endif
