/* The dependencies of a connection's streams (RFC 7540 section 5.3), over the tree of
 * priority_tree.h.
 *
 * Streams that are not open are in the tree too: idle ones that have a priority, which group
 * others, and closed ones, which others may come to depend on (section 5.3.4). Of these at most
 * H2F_MAX_KEPT_DEPENDENCIES stay when another stream comes: the one that was named longest ago
 * goes first.
 *
 * Streams that depend on one that is not there get the default priority (sections 5.3.1 and 5.3.5).
 */
#ifndef H2F_DEPENDENCIES_H
#define H2F_DEPENDENCIES_H

#include <stddef.h>
#include <stdint.h>

#include "priority_tree.h"
#include "streams.h"

typedef struct h2f_dependency {
    h2f_link kept; /* among those that are not open, or all zero */
    h2f_priority_node *node;
    h2f_stream *stream; /* NULL where it is not open */
} h2f_dependency;

typedef struct {
    h2f_priority_tree tree;
    h2f_link kept; /* in the order in which they were named */
    uint32_t kept_count;
} h2f_dependencies;

/* No streams. It stays where it is initialised. */
void h2f_dependencies_init(h2f_dependencies *dependencies);
void h2f_dependencies_free(h2f_dependencies *dependencies);
size_t h2f_dependencies_heap_size(const h2f_dependencies *dependencies);

/* A stream is opened: with the priority that it has, or the default one. Returns 0 or
 * H2F_ERR_NOMEM. */
int h2f_dependencies_open(h2f_dependencies *dependencies, h2f_stream *stream);

/* A stream that has no more to send is closed. */
void h2f_dependencies_close(h2f_dependencies *dependencies, h2f_stream *stream);

/* Whether a stream that is closed, idle or open has a place. */
int h2f_dependencies_has(h2f_dependencies *dependencies, uint32_t id);

/* Gives a stream, which may be idle, a priority: weight is 1 to 256, and it does not depend on
 * itself. Returns 0 or H2F_ERR_NOMEM. */
int h2f_dependencies_set(h2f_dependencies *dependencies, uint32_t id, uint32_t depends_on,
                         int weight, int exclusive);

/* Whether an open stream may send. */
void h2f_dependencies_set_ready(h2f_stream *stream, int ready);

/* Whose turn it is, or NULL: the costs are those of the tree. */
h2f_stream *h2f_dependencies_next(h2f_dependencies *dependencies);

/* A stream that may send has a turn. */
void h2f_dependencies_turn(h2f_stream *stream);

#endif
