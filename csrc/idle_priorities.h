/* The idle streams that have a priority, and which: it counts when they are opened (RFC 9218
 * section 7). A client that sends PRIORITY_UPDATE for streams before it opens them may do so for no
 * more than it may open (section 7.1).
 */
#ifndef H2F_IDLE_PRIORITIES_H
#define H2F_IDLE_PRIORITIES_H

#include <stddef.h>
#include <stdint.h>

#include "priority_field.h"

typedef struct {
    uint32_t id;
    h2f_priority_field field;
} h2f_idle_priority;

typedef struct {
    h2f_idle_priority *entries; /* in the order of their identifiers */
    size_t count, cap;
} h2f_idle_priorities;

void h2f_idle_priorities_free(h2f_idle_priorities *idle);

/* Sets the priority of a stream, of a side whose highest stream is given: those up to it are idle
 * no more. Where the stream is not among them yet, there may be at most so many. Returns 0,
 * H2F_ERR_NOMEM, or
 *   H2F_ERR_IDLE_PRIORITIES  there are as many already; nothing has changed. */
int h2f_idle_priorities_set(h2f_idle_priorities *idle, uint32_t id, uint32_t highest, size_t most,
                            h2f_priority_field field);

/* The priority of a stream that was set while it was idle, or NULL. */
const h2f_priority_field *h2f_idle_priorities_find(const h2f_idle_priorities *idle, uint32_t id);

#endif
