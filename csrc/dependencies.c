#include "dependencies.h"

#include <stdlib.h>

#include "h2f_error.h"
#include "h2f_limits.h"

void h2f_dependencies_init(h2f_dependencies *d) {
    h2f_priority_tree_init(&d->tree, H2F_MAX_PRIORITIES);
    d->kept = (h2f_link){&d->kept, &d->kept};
    d->kept_count = 0;
}

void h2f_dependencies_free(h2f_dependencies *d) {
    uint32_t at = 0;
    for (h2f_priority_node *node; (node = h2f_priority_tree_each(&d->tree, &at)) != NULL;)
        free(node->owner);
    h2f_priority_tree_free(&d->tree);
}

size_t h2f_dependencies_heap_size(const h2f_dependencies *d) {
    return h2f_priority_tree_heap_size(&d->tree) + (d->tree.count - 1) * sizeof(h2f_dependency);
}

/* ------------------------------------------------------------- those that are not open */

static void keep(h2f_dependencies *d, h2f_dependency *dependency) {
    h2f_link *link = &dependency->kept;
    *link = (h2f_link){d->kept.before, &d->kept};
    link->before->after = link->after->before = link;
    d->kept_count++;
}

static void let_go(h2f_dependencies *d, h2f_dependency *dependency) {
    dependency->kept.before->after = dependency->kept.after;
    dependency->kept.after->before = dependency->kept.before;
    dependency->kept = (h2f_link){NULL, NULL};
    d->kept_count--;
}

/* It was named: others of its kind go first. */
static void renew(h2f_dependencies *d, h2f_dependency *dependency) {
    if (dependency->kept.after == NULL)
        return;
    let_go(d, dependency);
    keep(d, dependency);
}

/* The link is the first part of what it links. */
static h2f_dependency *oldest(const h2f_dependencies *d) {
    return (h2f_dependency *)(void *)d->kept.after;
}

/* Makes room for another stream: what closes streams cannot fail, so what adds them does this. */
static int forget_some(h2f_dependencies *d) {
    while (d->kept_count >= H2F_MAX_KEPT_DEPENDENCIES) {
        h2f_dependency *old = oldest(d);
        h2f_priority_node *node;
        if (h2f_priority_tree_remove(&d->tree, old->node->id, &node) != 0)
            return H2F_ERR_NOMEM;
        let_go(d, old);
        h2f_priority_node_del(node);
        free(old);
    }
    return 0;
}

/* ----------------------------------------------------------------------------- the tree */

static h2f_dependency *find(h2f_dependencies *d, uint32_t id) {
    h2f_priority_node *node = h2f_priority_tree_find(&d->tree, id);
    return node == NULL ? NULL : node->owner;
}

/* A stream with the default priority, which is not open and cannot send; NULL without memory. */
static h2f_dependency *add(h2f_dependencies *d, uint32_t id) {
    if (forget_some(d) != 0)
        return NULL;
    h2f_dependency *added = malloc(sizeof *added);
    if (added == NULL ||
        h2f_priority_tree_insert(&d->tree, id, 0, H2F_PRIORITY_DEFAULT_WEIGHT, 0) != 0) {
        free(added);
        return NULL;
    }
    *added = (h2f_dependency){.node = h2f_priority_tree_find(&d->tree, id)};
    added->node->owner = added;
    h2f_priority_node_set_active(added->node, 0);
    keep(d, added);
    return added;
}

static h2f_dependency *find_or_add(h2f_dependencies *d, uint32_t id) {
    h2f_dependency *found = find(d, id);
    return found != NULL ? found : add(d, id);
}

int h2f_dependencies_has(h2f_dependencies *d, uint32_t id) {
    return find(d, id) != NULL;
}

int h2f_dependencies_open(h2f_dependencies *d, h2f_stream *stream) {
    h2f_dependency *dependency = find_or_add(d, stream->id);
    if (dependency == NULL)
        return H2F_ERR_NOMEM;
    let_go(d, dependency);
    dependency->stream = stream;
    stream->dependency = dependency;
    return 0;
}

void h2f_dependencies_close(h2f_dependencies *d, h2f_stream *stream) {
    stream->dependency->stream = NULL;
    keep(d, stream->dependency);
    stream->dependency = NULL;
}

int h2f_dependencies_set(h2f_dependencies *d, uint32_t id, uint32_t depends_on, int weight,
                         int exclusive) {
    h2f_dependency *dependency = find_or_add(d, id);
    if (dependency == NULL)
        return H2F_ERR_NOMEM;
    h2f_dependency *parent = depends_on != 0 ? find(d, depends_on) : NULL;
    if (parent != NULL) {
        renew(d, parent);
    } else if (depends_on != 0) {
        depends_on = 0;
        weight = H2F_PRIORITY_DEFAULT_WEIGHT;
        exclusive = 0;
    }
    renew(d, dependency);
    int error = h2f_priority_tree_reprioritize(&d->tree, id, depends_on, weight, exclusive);
    if (error == H2F_ERR_PRIORITY_DEEP) /* too deep for the search for a circle: to the top */
        error = h2f_priority_tree_reprioritize(&d->tree, id, 0, weight, 0);
    return error;
}

/* -------------------------------------------------------------------------------- turns */

void h2f_dependencies_set_ready(h2f_stream *stream, int ready) {
    h2f_priority_node_set_active(stream->dependency->node, ready);
}

h2f_stream *h2f_dependencies_next(h2f_dependencies *d) {
    const h2f_priority_node *node = h2f_priority_node_first(&d->tree.root);
    return node == NULL ? NULL : ((h2f_dependency *)node->owner)->stream;
}

void h2f_dependencies_turn(h2f_stream *stream) {
    h2f_priority_node_share(stream->dependency->node);
}
