/* The order in which streams send: those that may send now, and whose turn it is, by one of several
 * schemes. outbound.c says who may send, and sends.
 */
#ifndef H2F_SCHEDULE_H
#define H2F_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "dependencies.h"
#include "streams.h"
#include "urgency_queue.h"

enum h2f_scheme {
    /* RFC 9218, from the client's first priority signal on: streams from before it take turns. */
    H2F_SCHEME_AUTO,
    H2F_SCHEME_RFC9218,
    H2F_SCHEME_RFC7540, /* section 5.3: the tree of dependencies */
    H2F_SCHEME_ROUND_ROBIN,
    H2F_SCHEME_CALLER /* the caller chooses: before that nobody's turn comes */
};

typedef struct {
    uint8_t scheme;  /* enum h2f_scheme */
    uint32_t ready;  /* streams that may send */
    h2f_stream *chosen; /* the caller's choice, which may send, or NULL */
    h2f_urgency_queue queue; /* of all schemes but RFC 7540's */
    h2f_dependencies dependencies;
} h2f_schedule;

void h2f_schedule_init(h2f_schedule *schedule, enum h2f_scheme scheme);
void h2f_schedule_free(h2f_schedule *schedule);
size_t h2f_schedule_heap_size(const h2f_schedule *schedule);

/* Whether streams have urgencies (RFC 9218). */
int h2f_schedule_has_urgencies(const h2f_schedule *schedule);

/* A stream is opened, or closed; when it is closed, it does not wait. Open returns 0 or
 * H2F_ERR_NOMEM. */
int h2f_schedule_open(h2f_schedule *schedule, h2f_stream *stream);
void h2f_schedule_close(h2f_schedule *schedule, h2f_stream *stream);

/* Room for so many streams that may send. Returns 0 or H2F_ERR_NOMEM. */
int h2f_schedule_reserve(h2f_schedule *schedule, size_t count);

/* An open stream may send, or may no more. */
void h2f_schedule_add(h2f_schedule *schedule, h2f_stream *stream);
void h2f_schedule_remove(h2f_schedule *schedule, h2f_stream *stream);

/* Gives an open stream an urgency: it counts from the next turn on. */
void h2f_schedule_set(h2f_schedule *schedule, h2f_stream *stream, uint8_t urgency,
                      uint8_t incremental);

/* Whose turn it is, or NULL. */
h2f_stream *h2f_schedule_next(h2f_schedule *schedule);

/* All that may send where there are no urgencies and no tree, the one that had a turn longest ago
 * first: begin with *at NULL; NULL after the last. */
h2f_stream *h2f_schedule_each(const h2f_schedule *schedule, h2f_link **at);

/* A stream that may send has a turn. */
void h2f_schedule_turn(h2f_schedule *schedule, h2f_stream *stream);

#endif
