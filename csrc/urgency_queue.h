/* Streams that may send, in the order of RFC 9218 section 10.
 *
 *   - Of different urgencies, the lower number goes first, always.
 *   - Of one urgency, those that are not incremental go one after another, by their identifiers,
 *     which is the order of the requests: a part of them is of no use.
 *   - The incremental ones take turns.
 *   - Where there are both, each kind has every other turn. The RFC leaves that open, and asks that
 *     neither starves the other: so the least that either has is half.
 *
 * Round robin is all of them incremental and of one urgency.
 *
 * The next one is found in O(1), and a turn is O(1). Adding and removing are O(1) for incremental
 * streams, and O(log n) for the others. Nothing but reserve allocates.
 */
#ifndef H2F_URGENCY_QUEUE_H
#define H2F_URGENCY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "streams.h"

#define H2F_URGENCIES 8

typedef struct {
    h2f_stream **heap; /* those that are not incremental: by urgency and identifier */
    uint32_t heap_len, heap_cap;
    h2f_link *last[H2F_URGENCIES]; /* of each ring of incremental ones: its end, or NULL */
    uint8_t shared; /* bit u: ring u is not empty */
    uint8_t shared_is_next; /* bit u: of urgency u, the next turn is that of the incremental ones */
} h2f_urgency_queue;

/* All zero is an empty queue. */
void h2f_urgency_queue_free(h2f_urgency_queue *queue);

/* Room for so many streams. Returns 0 or H2F_ERR_NOMEM. */
int h2f_urgency_queue_reserve(h2f_urgency_queue *queue, size_t count);

/* Adds a stream that is not in it, by its urgency and incremental, which do not change while it is;
 * there is room. */
void h2f_urgency_queue_add(h2f_urgency_queue *queue, h2f_stream *stream);
void h2f_urgency_queue_remove(h2f_urgency_queue *queue, h2f_stream *stream);

/* Whose turn it is, or NULL. */
h2f_stream *h2f_urgency_queue_next(const h2f_urgency_queue *queue);

/* A stream that is in it has a turn. */
void h2f_urgency_queue_turn(h2f_urgency_queue *queue, h2f_stream *stream);

/* All incremental streams of an urgency in their order: begin with *at NULL. */
h2f_stream *h2f_urgency_queue_each(const h2f_urgency_queue *queue, unsigned urgency,
                                   h2f_link **at);

#endif
