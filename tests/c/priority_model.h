/* The tree as priority's documentation has it, with nothing to make it fast: each turn goes through
 * all children in order, and down into those that are blocked. */
#ifndef PRIORITY_MODEL_H
#define PRIORITY_MODEL_H

#include "check.h"
#include "priority_tree.h"

enum { MODEL_STREAMS = 48 }; /* numbers 0 to 47 */

typedef struct {
    int there, parent, active;
    uint32_t weight, deficit;
    uint64_t level, last_level;
} model_stream;

typedef struct {
    model_stream of[MODEL_STREAMS];
    int without_memory; /* queues may be larger than they need be */
} model;

static inline void model_init(model *m) {
    memset(m, 0, sizeof *m);
    m->of[0] = (model_stream){.there = 1, .parent = -1, .weight = 1};
}

static inline void model_move(model *m, int id, int parent, int exclusive) {
    model_stream *stream = &m->of[id];
    stream->parent = -1;
    if (exclusive) {
        for (int i = 1; i < MODEL_STREAMS; i++)
            if (m->of[i].there && m->of[i].parent == parent) {
                m->of[i].parent = id;
                m->of[i].level = stream->last_level;
            }
        m->of[parent].last_level = 0;
    }
    stream->parent = parent;
    stream->level = m->of[parent].last_level;
}

static inline void model_insert(model *m, int id, int parent, uint32_t weight, int exclusive) {
    if (!m->of[parent].there) {
        m->of[parent] = (model_stream){.there = 1, .weight = 16};
        model_move(m, parent, 0, 0);
    }
    if (id < 0)
        return;
    m->of[id] = (model_stream){.there = 1, .active = 1, .weight = weight};
    model_move(m, id, parent, exclusive);
}

static inline void model_reprioritize(model *m, int id, int parent, uint32_t weight,
                                      int exclusive) {
    model_insert(m, -1, parent, 0, 0);
    m->of[id].weight = weight;
    for (int above = parent; above > 0; above = m->of[above].parent)
        if (m->of[above].parent == id) {
            model_move(m, parent, m->of[id].parent, 0);
            break;
        } else if (m->of[above].parent <= 0) {
            break;
        }
    model_move(m, id, parent, exclusive);
}

static inline void model_remove(model *m, int id) {
    m->of[id].there = 0;
    for (int i = 1; i < MODEL_STREAMS; i++)
        if (m->of[i].there && m->of[i].parent == id)
            model_move(m, i, m->of[id].parent, 0);
}

/* The stream whose turn it is below another one, or -1. */
static inline int model_next(model *m, int below) {
    int asked[MODEL_STREAMS] = {0}, found = -1;
    while (found < 0) {
        int best = -1;
        for (int i = 1; i < MODEL_STREAMS; i++)
            if (m->of[i].there && m->of[i].parent == below && !asked[i] &&
                (best < 0 || m->of[i].level < m->of[best].level))
                best = i;
        if (best < 0)
            break;
        asked[best] = 1;
        found = m->of[best].active ? best : model_next(m, best);
        model_stream *stream = &m->of[best];
        m->of[below].last_level = stream->level;
        stream->level += (256 + stream->deficit) / stream->weight;
        stream->deficit = (256 + stream->deficit) % stream->weight;
    }
    return found;
}

static inline void model_compare(const model *m, h2f_priority_tree *tree) {
    uint32_t count = 0;
    for (int i = 0; i < MODEL_STREAMS; i++) {
        const model_stream *stream = &m->of[i];
        h2f_priority_node *node = h2f_priority_tree_find(tree, i);
        CHECK((node != NULL) == stream->there);
        if (node == NULL)
            continue;
        count++;
        h2f_priority_node_settle(node);
        CHECK_INT(node->weight, stream->weight);
        CHECK_INT(node->deficit, stream->deficit);
        CHECK_INT(node->active, stream->active);
        CHECK_INT(node->last_level, stream->last_level);
        if (i == 0)
            continue;
        const h2f_priority_node *parent = node->parent;
        CHECK_INT(parent->id, stream->parent);
        int ready = node->active || node->ready > 0;
        CHECK_INT(node->is_idle, !ready);
        CHECK(node->at < (ready ? parent->ready : parent->idle));
        const h2f_priority_entry *entry =
            ready ? parent->queue + node->at : parent->queue + parent->queue_cap - 1 - node->at;
        CHECK(entry->node == node && entry->id == i);
        CHECK_INT(entry->level, stream->level);
        uint32_t children = parent->ready + parent->idle;
        CHECK(m->without_memory || parent->queue_cap <= 4 || parent->queue_cap <= 4 * children + 3);
    }
    CHECK_INT(tree->count, count);
}

#endif
