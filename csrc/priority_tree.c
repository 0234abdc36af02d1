#include "priority_tree.h"

#include <stdlib.h>
#include <string.h>

#include "h2f_error.h"
#include "h2f_limits.h"

#define FEWEST_SLOTS 8u
#define FEWEST_ENTRIES 4u
#define STEP 256u /* of a stream of weight 1 */

/* ---------------------------------------------------------------------------- the queues */

/* One of the two heaps of a queue. Entry i is first[i * step]. */
typedef struct {
    h2f_priority_entry *first;
    ptrdiff_t step;
    uint32_t count;
} heap;

static heap ready_heap(const h2f_priority_node *node) {
    return (heap){node->queue, 1, node->ready};
}

static heap idle_heap(const h2f_priority_node *node) {
    return (heap){node->queue == NULL ? NULL : node->queue + node->queue_cap - 1, -1, node->idle};
}

static h2f_priority_entry *entry_at(const heap *in, uint32_t i) {
    return in->first + (ptrdiff_t)i * in->step;
}

/* Without a branch: which way it goes cannot be guessed. */
static int comes_before(const h2f_priority_entry *a, const h2f_priority_entry *b) {
    return (a->level < b->level) | ((a->level == b->level) & (a->id < b->id));
}

static void put_entry(const heap *in, uint32_t i, h2f_priority_entry entry) {
    *entry_at(in, i) = entry;
    entry.node->at = i;
}

static void move_up(const heap *in, uint32_t i, h2f_priority_entry entry) {
    while (i > 0 && comes_before(&entry, entry_at(in, (i - 1) / 2))) {
        put_entry(in, i, *entry_at(in, (i - 1) / 2));
        i = (i - 1) / 2;
    }
    put_entry(in, i, entry);
}

static void move_down(const heap *in, uint32_t i, h2f_priority_entry entry) {
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= in->count)
            break;
        if (child + 1 < in->count)
            child += (uint32_t)comes_before(entry_at(in, child + 1), entry_at(in, child));
        if (!comes_before(entry_at(in, child), &entry))
            break;
        put_entry(in, i, *entry_at(in, child));
        i = child;
    }
    put_entry(in, i, entry);
}

static void make_heap(const heap *in) {
    for (uint32_t i = in->count; i-- > 0;)
        move_down(in, i, *entry_at(in, i));
}

static uint32_t children_of(const h2f_priority_node *node) {
    return node->ready + node->idle;
}

static int resize(h2f_priority_node *node, uint32_t cap) {
    h2f_priority_entry *queue = malloc(cap * sizeof *queue);
    if (queue == NULL)
        return H2F_ERR_NOMEM;
    if (node->ready > 0)
        memcpy(queue, node->queue, node->ready * sizeof *queue);
    if (node->idle > 0)
        memcpy(queue + cap - node->idle, node->queue + node->queue_cap - node->idle,
               node->idle * sizeof *queue);
    free(node->queue);
    node->queue = queue;
    node->queue_cap = cap;
    return 0;
}

/* Room for so many children. */
static int reserve(h2f_priority_node *node, uint32_t count) {
    if (count <= node->queue_cap)
        return 0;
    uint32_t cap = node->queue_cap == 0 ? FEWEST_ENTRIES : 2 * node->queue_cap;
    return resize(node, cap < count ? count : cap);
}

/* Gives back what is more than four times the need, so that all queues together are no larger than
 * the tree. Where there is no memory for the smaller one, the larger one stays. */
static void trim(h2f_priority_node *node) {
    uint32_t count = children_of(node);
    if (count == 0) {
        free(node->queue);
        node->queue = NULL;
        node->queue_cap = 0;
    } else if (node->queue_cap > FEWEST_ENTRIES && count < node->queue_cap / 4) {
        (void)resize(node, 2 * count);
    }
}

/* ---------------------------------------------------------------------------- being ready */

static int can_have_turn(const h2f_priority_node *node) {
    return node->active || node->ready > 0;
}

/* There is room: reserve was called. */
static void push(h2f_priority_node *parent, h2f_priority_node *child, uint64_t level) {
    child->is_idle = !can_have_turn(child);
    heap in;
    if (child->is_idle) {
        parent->idle++;
        in = idle_heap(parent);
    } else {
        parent->ready++;
        in = ready_heap(parent);
    }
    move_up(&in, in.count - 1, (h2f_priority_entry){level, child->id, child});
}

/* Returns the level. */
static uint64_t pull(h2f_priority_node *parent, const h2f_priority_node *child) {
    heap in = child->is_idle ? idle_heap(parent) : ready_heap(parent);
    uint32_t at = child->at;
    uint64_t level = entry_at(&in, at)->level;
    h2f_priority_entry last = *entry_at(&in, --in.count);
    if (child->is_idle)
        parent->idle--;
    else
        parent->ready--;
    if (at == in.count)
        return level;
    if (at > 0 && comes_before(&last, entry_at(&in, (at - 1) / 2)))
        move_up(&in, at, last);
    else
        move_down(&in, at, last);
    return level;
}

/* A node can have turns, or none, as it could not before: so can perhaps those above it. */
static void carry_up(h2f_priority_node *node) {
    for (h2f_priority_node *parent = node->parent; parent != NULL; parent = node->parent) {
        int could = can_have_turn(parent);
        push(parent, node, pull(parent, node));
        if (can_have_turn(parent) == could)
            return;
        node = parent;
    }
}

/* -------------------------------------------------------------------------------- charging */

/* Charges a child for a number of turns, at least one, and returns its level then. A deficit that
 * is not below the weight, because the weight was lowered, is only due with a turn. */
static uint64_t charge(h2f_priority_node *child, uint64_t level, uint64_t turns) {
    uint64_t due = STEP * turns + child->deficit;
    child->deficit = (uint16_t)(due % child->weight);
    return level + due / child->weight;
}

/* As that, for one turn: divisions of 32 bits take a fraction of the time. */
static uint64_t charge_once(h2f_priority_node *child, uint64_t level) {
    uint32_t due = STEP + child->deficit, weight = child->weight;
    child->deficit = (uint16_t)(due % weight);
    return level + due / weight;
}

/* Charges an idle child, and leaves word for those below it. */
static void charge_idle(h2f_priority_entry *entry, uint64_t turns) {
    entry->level = charge(entry->node, entry->level, turns);
    if (entry->node->idle > 0)
        entry->node->missed += turns;
}

/* All idle children that come before an entry are charged for a turn. They are the top of the heap:
 * it is walked without a stack, each one after those below it, and put in order on the way. */
static void pass_over(h2f_priority_node *node, const h2f_priority_entry *chosen) {
    heap in = idle_heap(node);
    if (in.count == 0 || !comes_before(in.first, chosen))
        return;
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child < in.count && comes_before(entry_at(&in, child), chosen)) {
            i = child;
            continue;
        }
        child++;
        if (child < in.count && comes_before(entry_at(&in, child), chosen)) {
            i = child;
            continue;
        }
        for (;;) { /* up, as long as there is no second child to go down to */
            h2f_priority_entry entry = *entry_at(&in, i);
            charge_idle(&entry, 1);
            move_down(&in, i, entry);
            if (i == 0)
                return;
            if (i % 2 == 1 && i + 1 < in.count && comes_before(entry_at(&in, i + 1), chosen)) {
                i++;
                break;
            }
            i = (i - 1) / 2;
        }
    }
}

/* The children of a node without a ready one are charged for the turns that it missed. In each, all
 * of them were passed over: the last one is where new children begin. */
static void settle_children(h2f_priority_node *node) {
    uint64_t turns = node->missed;
    if (turns == 0)
        return;
    node->missed = 0;
    heap in = idle_heap(node);
    uint64_t last = 0;
    for (uint32_t i = 0; i < in.count; i++) {
        h2f_priority_entry *entry = entry_at(&in, i);
        if (turns > 1)
            charge_idle(entry, turns - 1);
        last = entry->level > last ? entry->level : last;
        charge_idle(entry, 1);
    }
    node->last_level = last;
    make_heap(&in);
}

/* Nothing is ever missed where turns go: only those above that have none are to be asked. */
void h2f_priority_node_settle(h2f_priority_node *node) {
    node->below = NULL;
    while (node->parent != NULL && !can_have_turn(node->parent)) {
        node->parent->below = node;
        node = node->parent;
    }
    for (; node != NULL; node = node->below)
        settle_children(node);
}

int h2f_priority_node_next(h2f_priority_node *node, int64_t *id) {
    if (node->ready == 0) {
        if (node->idle > 0)
            node->missed++;
        return 0;
    }
    for (;;) {
        heap in = ready_heap(node);
        h2f_priority_entry chosen = *in.first;
        pass_over(node, &chosen);
        node->last_level = chosen.level;
        chosen.level = charge_once(chosen.node, chosen.level);
        move_down(&in, 0, chosen);
        node = chosen.node;
        if (node->active)
            break;
    }
    *id = node->id;
    return 1;
}

h2f_priority_node *h2f_priority_node_first(h2f_priority_node *node) {
    while (node->ready > 0) {
        node = node->queue[0].node;
        if (node->active)
            return node;
    }
    return NULL;
}

void h2f_priority_node_share(h2f_priority_node *node) {
    for (h2f_priority_node *parent; (parent = node->parent) != NULL; node = parent) {
        heap in = node->is_idle ? idle_heap(parent) : ready_heap(parent);
        h2f_priority_entry entry = *entry_at(&in, node->at);
        if (entry.level < parent->last_level)
            entry.level = parent->last_level;
        parent->last_level = entry.level;
        entry.level = charge_once(node, entry.level);
        move_down(&in, node->at, entry);
    }
}

/* --------------------------------------------------------------------------------- moving */

/* In all of these the parent is settled, and has room. */

static void link_child(h2f_priority_node *parent, h2f_priority_node *child) {
    child->parent = parent;
    child->previous = parent->last;
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    push(parent, child, parent->last_level);
}

static void attach(h2f_priority_node *parent, h2f_priority_node *child) {
    int could = can_have_turn(parent);
    link_child(parent, child);
    if (can_have_turn(parent) != could)
        carry_up(parent);
}

static void detach(h2f_priority_node *child) {
    h2f_priority_node *parent = child->parent;
    int could = can_have_turn(parent);
    pull(parent, child);
    *(child->previous != NULL ? &child->previous->next : &parent->first) = child->next;
    *(child->next != NULL ? &child->next->previous : &parent->last) = child->previous;
    child->parent = child->previous = child->next = NULL;
    if (can_have_turn(parent) != could)
        carry_up(parent);
}

/* The child has room for all children of the parent. */
static void attach_exclusively(h2f_priority_node *parent, h2f_priority_node *child) {
    int could = can_have_turn(parent);
    h2f_priority_node *moved = parent->first;
    parent->first = parent->last = NULL;
    parent->ready = parent->idle = 0;
    parent->last_level = 0;
    while (moved != NULL) {
        h2f_priority_node *next = moved->next;
        link_child(child, moved);
        moved = next;
    }
    link_child(parent, child);
    if (can_have_turn(parent) != could)
        carry_up(parent);
    trim(parent);
}

int h2f_priority_node_add(h2f_priority_node *parent, h2f_priority_node *child, int exclusive) {
    if (reserve(parent, children_of(parent) + 1) != 0 ||
        (exclusive && reserve(child, children_of(child) + children_of(parent)) != 0))
        return H2F_ERR_NOMEM;
    h2f_priority_node_settle(parent);
    h2f_priority_node_settle(child);
    if (exclusive)
        attach_exclusively(parent, child);
    else
        attach(parent, child);
    return 0;
}

int h2f_priority_node_take(h2f_priority_node *child, int strip) {
    h2f_priority_node *parent = child->parent;
    if (strip && reserve(parent, children_of(parent) + children_of(child)) != 0)
        return H2F_ERR_NOMEM;
    h2f_priority_node_settle(child);
    detach(child);
    while (strip && child->first != NULL) {
        h2f_priority_node *moved = child->first;
        detach(moved);
        attach(parent, moved);
    }
    trim(parent);
    trim(child);
    return 0;
}

void h2f_priority_node_set_active(h2f_priority_node *node, int active) {
    int could = can_have_turn(node);
    if (!could)
        h2f_priority_node_settle(node);
    node->active = active != 0;
    if (can_have_turn(node) != could)
        carry_up(node);
}

/* ---------------------------------------------------------------------------------- nodes */

h2f_priority_node *h2f_priority_node_new(int64_t id, int weight) {
    h2f_priority_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return NULL;
    node->id = id;
    node->weight = (uint16_t)weight;
    node->active = 1;
    return node;
}

void h2f_priority_node_del(h2f_priority_node *node) {
    if (node->parent != NULL)
        (void)h2f_priority_node_take(node, 0);
    for (h2f_priority_node *child = node->first; child != NULL;) {
        h2f_priority_node *next = child->next;
        child->parent = child->previous = child->next = NULL;
        child = next;
    }
    free(node->queue);
    free(node);
}

/* ----------------------------------------------------------------------------------- the map */

void h2f_priority_tree_init(h2f_priority_tree *tree, uint32_t maximum) {
    memset(tree, 0, sizeof *tree);
    tree->root.weight = 1;
    tree->count = 1;
    tree->maximum = maximum < H2F_MAX_PRIORITIES ? maximum : H2F_MAX_PRIORITIES;
}

void h2f_priority_tree_free(h2f_priority_tree *tree) {
    uint32_t at = 0;
    for (h2f_priority_node *node; (node = h2f_priority_tree_each(tree, &at)) != NULL; free(node))
        free(node->queue);
    free(tree->root.queue);
    free(tree->slots);
    h2f_priority_tree_init(tree, tree->maximum);
}

static uint32_t slots_of(const h2f_priority_tree *tree) {
    return tree->slots == NULL ? 0 : tree->mask + 1;
}

size_t h2f_priority_tree_heap_size(const h2f_priority_tree *tree) {
    size_t size = slots_of(tree) * sizeof *tree->slots;
    size += tree->root.queue_cap * sizeof(h2f_priority_entry);
    uint32_t at = 0;
    for (h2f_priority_node *node; (node = h2f_priority_tree_each(tree, &at)) != NULL;)
        size += sizeof *node + node->queue_cap * sizeof(h2f_priority_entry);
    return size;
}

static uint32_t slot_of(const h2f_priority_tree *tree, int64_t id) {
    return (uint32_t)((uint64_t)id * 0x9e3779b97f4a7c15u >> tree->shift);
}

h2f_priority_node *h2f_priority_tree_find(h2f_priority_tree *tree, int64_t id) {
    if (id == 0)
        return &tree->root;
    if (tree->slots == NULL)
        return NULL;
    for (uint32_t slot = slot_of(tree, id);; slot = (slot + 1) & tree->mask) {
        h2f_priority_node *node = tree->slots[slot];
        if (node == NULL || node->id == id)
            return node;
    }
}

h2f_priority_node *h2f_priority_tree_each(const h2f_priority_tree *tree, uint32_t *at) {
    while (*at < slots_of(tree)) {
        h2f_priority_node *node = tree->slots[(*at)++];
        if (node != NULL)
            return node;
    }
    return NULL;
}

static void put(h2f_priority_tree *tree, h2f_priority_node *node) {
    uint32_t slot = slot_of(tree, node->id);
    while (tree->slots[slot] != NULL)
        slot = (slot + 1) & tree->mask;
    tree->slots[slot] = node;
}

/* Room for so many more; at most three quarters of the slots are in use. */
static int make_room(h2f_priority_tree *tree, uint32_t more) {
    uint32_t cap = slots_of(tree), new_cap = cap == 0 ? FEWEST_SLOTS : cap;
    while (4 * ((uint64_t)tree->count + more) > 3 * (uint64_t)new_cap)
        new_cap *= 2;
    if (new_cap == cap)
        return 0;
    h2f_priority_tree grown = *tree;
    grown.slots = calloc(new_cap, sizeof *grown.slots);
    if (grown.slots == NULL)
        return H2F_ERR_NOMEM;
    grown.mask = new_cap - 1;
    grown.shift = 64;
    for (uint32_t n = new_cap; n > 1; n /= 2)
        grown.shift--;
    for (uint32_t slot = 0; slot < cap; slot++)
        if (tree->slots[slot] != NULL)
            put(&grown, tree->slots[slot]);
    free(tree->slots);
    tree->slots = grown.slots;
    tree->mask = grown.mask;
    tree->shift = grown.shift;
    return 0;
}

/* Moves those up that a search would not find any more across the free slot. */
static void drop(h2f_priority_tree *tree, const h2f_priority_node *node) {
    uint32_t gap = slot_of(tree, node->id);
    while (tree->slots[gap] != node)
        gap = (gap + 1) & tree->mask;
    for (uint32_t slot = (gap + 1) & tree->mask; tree->slots[slot] != NULL;
         slot = (slot + 1) & tree->mask) {
        uint32_t home = slot_of(tree, tree->slots[slot]->id);
        if (((slot - home) & tree->mask) < ((slot - gap) & tree->mask))
            continue;
        tree->slots[gap] = tree->slots[slot];
        gap = slot;
    }
    tree->slots[gap] = NULL;
}

void h2f_priority_tree_renumber(h2f_priority_tree *tree, h2f_priority_node *node, int64_t id) {
    heap in = node->is_idle ? idle_heap(node->parent) : ready_heap(node->parent);
    drop(tree, node);
    node->id = id;
    put(tree, node);
    entry_at(&in, node->at)->id = id;
}

/* -------------------------------------------------------------------------------- the tree */

static int is_full(const h2f_priority_tree *tree) {
    return tree->count >= tree->maximum;
}

static int is_weight(int weight) {
    return weight >= 1 && weight <= 256;
}

/* A blocked stream on the root, with room for one that is to depend on it; *node is unchanged where
 * there is no memory. */
static int add_placeholder(h2f_priority_tree *tree, int64_t id, h2f_priority_node **node) {
    h2f_priority_node *added = h2f_priority_node_new(id, H2F_PRIORITY_DEFAULT_WEIGHT);
    if (added == NULL)
        return H2F_ERR_NOMEM;
    added->active = 0;
    if (make_room(tree, 1) != 0 || reserve(added, 1) != 0 ||
        h2f_priority_node_add(&tree->root, added, 0) != 0) {
        free(added->queue);
        free(added);
        return H2F_ERR_NOMEM;
    }
    put(tree, added);
    tree->count++;
    *node = added;
    return 0;
}

int h2f_priority_tree_insert(h2f_priority_tree *tree, int64_t id, int64_t depends_on, int weight,
                             int exclusive) {
    if (h2f_priority_tree_find(tree, id) != NULL)
        return H2F_ERR_PRIORITY_EXISTS;
    if (is_full(tree))
        return H2F_ERR_PRIORITY_FULL;
    if (!is_weight(weight))
        return H2F_ERR_PRIORITY_WEIGHT;
    if (depends_on == id)
        return H2F_ERR_PRIORITY_ITSELF;
    h2f_priority_node *added = h2f_priority_node_new(id, weight);
    if (added == NULL || make_room(tree, 2) != 0) {
        free(added);
        return H2F_ERR_NOMEM;
    }
    h2f_priority_node *parent = h2f_priority_tree_find(tree, depends_on);
    int error = parent == NULL ? add_placeholder(tree, depends_on, &parent) : 0;
    /* On a placeholder this cannot fail any more. */
    if (error == 0)
        error = h2f_priority_node_add(parent, added, exclusive);
    if (error != 0) {
        free(added->queue);
        free(added);
        return error;
    }
    put(tree, added);
    tree->count++;
    return 0;
}

/* Whether a node depends on another one: 1, 0, or H2F_ERR_PRIORITY_DEEP where it has more than
 * H2F_PRIORITY_MAX_DEPTH others above it. */
static int depends(const h2f_priority_node *node, const h2f_priority_node *on) {
    for (unsigned depth = 0; depth < H2F_PRIORITY_MAX_DEPTH; depth++) {
        node = node->parent;
        if (node == on)
            return 1;
        if (node->parent == NULL)
            return 0;
    }
    return H2F_ERR_PRIORITY_DEEP;
}

int h2f_priority_tree_reprioritize(h2f_priority_tree *tree, int64_t id, int64_t depends_on,
                                   int weight, int exclusive) {
    if (id == 0)
        return H2F_ERR_PRIORITY_ROOT;
    h2f_priority_node *node = h2f_priority_tree_find(tree, id);
    if (node == NULL)
        return H2F_ERR_PRIORITY_MISSING;
    if (depends_on == id)
        return H2F_ERR_PRIORITY_ITSELF;
    h2f_priority_node *parent = h2f_priority_tree_find(tree, depends_on);
    if (parent == NULL) {
        if (is_full(tree))
            return H2F_ERR_PRIORITY_FULL;
        if (add_placeholder(tree, depends_on, &parent) != 0)
            return H2F_ERR_NOMEM;
    }
    int is_below = depends_on == 0 ? 0 : depends(parent, node);
    if (is_below < 0)
        return is_below;
    if (!is_weight(weight))
        return H2F_ERR_PRIORITY_WEIGHT;

    h2f_priority_node *before = node->parent, *between = is_below ? parent->parent : NULL;
    if (reserve(parent, children_of(parent) + 1) != 0 ||
        (is_below && reserve(before, children_of(before) + 1) != 0) ||
        (exclusive && reserve(node, children_of(node) + children_of(parent)) != 0))
        return H2F_ERR_NOMEM;
    h2f_priority_node_settle(node);
    h2f_priority_node_settle(parent);
    node->weight = (uint16_t)weight;
    if (is_below) {
        detach(parent);
        attach(before, parent);
    }
    detach(node);
    if (exclusive)
        attach_exclusively(parent, node);
    else
        attach(parent, node);
    trim(before);
    if (between != NULL)
        trim(between);
    return 0;
}

int h2f_priority_tree_remove(h2f_priority_tree *tree, int64_t id, h2f_priority_node **removed) {
    if (id == 0)
        return H2F_ERR_PRIORITY_ROOT;
    h2f_priority_node *node = h2f_priority_tree_find(tree, id);
    if (node == NULL)
        return H2F_ERR_PRIORITY_MISSING;
    if (h2f_priority_node_take(node, 1) != 0)
        return H2F_ERR_NOMEM;
    drop(tree, node);
    tree->count--;
    *removed = node;
    return 0;
}

int h2f_priority_tree_set_active(h2f_priority_tree *tree, int64_t id, int active) {
    if (id == 0)
        return H2F_ERR_PRIORITY_ROOT;
    h2f_priority_node *node = h2f_priority_tree_find(tree, id);
    if (node == NULL)
        return H2F_ERR_PRIORITY_MISSING;
    h2f_priority_node_set_active(node, active);
    return 0;
}
