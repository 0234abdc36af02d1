/* The tree of dependencies and weights of RFC 7540 section 5.3, as the package priority 2.0.0 takes
 * turns in it.
 *
 * The streams that depend on one stream are in a queue, ordered by level and then by number. A level
 * is what a stream has had, in steps of 256 / weight whose remainder it carries along as a deficit.
 * A turn goes to the first of a queue that is active or has an active stream below it. Those before
 * it, which are blocked with all that depends on them, are passed over, and charged like it: that is
 * priority's order, and no other gives the same numbers.
 *
 * So that this stays cheap, a queue is two heaps in one array: those that can have a turn from the
 * front, the idle ones from the back. A turn is O(log n) on each level that it goes down, and O(1)
 * for each idle one passed over. All that depends on an idle one is charged when it is next looked
 * at, for all the times at once. Adding, blocking and unblocking are O(log n), and O(log n) more for
 * each stream above that thereby gains or loses its last active one. Removing a stream, and adding
 * one exclusively, moves those below it, O(log n) each. Nothing recurses.
 */
#ifndef H2F_PRIORITY_TREE_H
#define H2F_PRIORITY_TREE_H

#include <stddef.h>
#include <stdint.h>

typedef struct h2f_priority_node h2f_priority_node;

/* A stream in the queue of the one that it depends on. */
typedef struct {
    uint64_t level;
    int64_t id;
    h2f_priority_node *node;
} h2f_priority_entry;

struct h2f_priority_node {
    int64_t id;
    h2f_priority_node *parent, *first, *last; /* children in the order of their coming */
    h2f_priority_node *previous, *next;       /* among the parent's children */
    h2f_priority_node *below;                 /* on a way down from the root, while it is walked */
    h2f_priority_entry *queue;
    uint32_t queue_cap, ready, idle; /* of the queue: its room, and the children in each heap */
    uint32_t at;                     /* in its heap of the parent's queue */
    uint16_t weight;                 /* 1 to 256 */
    uint16_t deficit;
    uint8_t active, is_idle; /* is_idle: in which heap of the parent's queue */
    uint64_t last_level;     /* of the child that was charged last: where new ones begin */
    uint64_t missed;         /* turns that the idle children have not been charged for */
    void *owner;             /* the caller's */
};

typedef struct {
    h2f_priority_node root; /* stream 0 */
    h2f_priority_node **slots;
    uint32_t mask, shift, count; /* count: with the root */
    uint32_t maximum;            /* of count, up to one placeholder (see below) */
} h2f_priority_tree;

void h2f_priority_tree_init(h2f_priority_tree *tree, uint32_t maximum);
void h2f_priority_tree_free(h2f_priority_tree *tree);
size_t h2f_priority_tree_heap_size(const h2f_priority_tree *tree);

/* The node of a stream, or NULL. */
h2f_priority_node *h2f_priority_tree_find(h2f_priority_tree *tree, int64_t id);

/* All nodes but the root: begin with *at 0; NULL after the last. Not while others are added or
 * removed. */
h2f_priority_node *h2f_priority_tree_each(const h2f_priority_tree *tree, uint32_t *at);

/* Adds an active stream that depends on another, 0 for none. A stream to depend on that is not there
 * is added too, as a blocked placeholder of default weight (section 5.3.1). Returns 0, or, with
 * nothing changed, H2F_ERR_PRIORITY_EXISTS, _FULL, _WEIGHT, _ITSELF or H2F_ERR_NOMEM; the first that
 * applies. The placeholder may exceed the maximum by one, as priority's does. */
int h2f_priority_tree_insert(h2f_priority_tree *tree, int64_t id, int64_t depends_on, int weight,
                             int exclusive);

/* Moves a stream with all that depend on it. Where the stream to depend on is one of these, it is
 * first moved, with all that depend on it, to where the stream was (section 5.3.3). Returns 0, or
 * with nothing changed H2F_ERR_PRIORITY_ROOT, _MISSING, _ITSELF, _FULL, _DEEP, or H2F_ERR_NOMEM; or
 * _WEIGHT, with nothing changed but that a placeholder was added. */
int h2f_priority_tree_reprioritize(h2f_priority_tree *tree, int64_t id, int64_t depends_on,
                                   int weight, int exclusive);

/* Takes a stream out; those that depend on it depend on its parent from now on, with the weights that
 * they have. The node is the caller's, to be given to h2f_priority_node_del. Returns 0, or with
 * nothing changed H2F_ERR_PRIORITY_ROOT, _MISSING or H2F_ERR_NOMEM. */
int h2f_priority_tree_remove(h2f_priority_tree *tree, int64_t id, h2f_priority_node **removed);

/* Returns 0, H2F_ERR_PRIORITY_ROOT or _MISSING. */
int h2f_priority_tree_set_active(h2f_priority_tree *tree, int64_t id, int active);

/* Gives a stream another number, which no other stream has and which compares to those of all others
 * as the one before. */
void h2f_priority_tree_renumber(h2f_priority_tree *tree, h2f_priority_node *node, int64_t id);

/* Nodes outside of a tree, with which one can be built by hand. */

/* An active stream without parent, or NULL without memory. */
h2f_priority_node *h2f_priority_node_new(int64_t id, int weight);

/* Frees a node. Its children have no parent after that, and its parent one child less. */
void h2f_priority_node_del(h2f_priority_node *node);

/* Lets a node that has no parent depend on another one, which does not depend on it. Returns 0 or
 * H2F_ERR_NOMEM. */
int h2f_priority_node_add(h2f_priority_node *parent, h2f_priority_node *child, int exclusive);

/* Takes a node from its parent; with strip, its children go there. Returns 0 or, with strip,
 * H2F_ERR_NOMEM. */
int h2f_priority_node_take(h2f_priority_node *child, int strip);

void h2f_priority_node_set_active(h2f_priority_node *node, int active);

/* Gives the next turn below a node: *id is the number of the stream that has it. Returns 1, or 0
 * where all are blocked. */
int h2f_priority_node_next(h2f_priority_node *node, int64_t *id);

/* Turns in which idle nodes are neither passed over nor charged: O(log n) on each level of the
 * tree. A node that was idle begins again where its siblings are, with nothing saved. Not to be
 * mixed with _next on one tree. */

/* The node whose turn is next, or NULL where all are blocked. */
h2f_priority_node *h2f_priority_node_first(h2f_priority_node *node);

/* Charges a node, and those above it, for a turn. */
void h2f_priority_node_share(h2f_priority_node *node);

/* Brings what is shown of a node and its children, levels and deficits, up to date. */
void h2f_priority_node_settle(h2f_priority_node *node);

#endif
