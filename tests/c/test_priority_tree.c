/* The tree gives the turns of a model that has no heaps and forgets nothing. */
#include "h2f_error.h"
#include "priority_model.h"

static void remove_one(h2f_priority_tree *tree, int id) {
    h2f_priority_node *removed = NULL;
    CHECK_INT(h2f_priority_tree_remove(tree, id, &removed), 0);
    CHECK_INT(removed->id, id);
    CHECK(removed->parent == NULL && removed->first == NULL && removed->queue == NULL);
    h2f_priority_node_del(removed);
}

static void take_turn(h2f_priority_tree *tree, model *m) {
    int64_t id = -1;
    int expected = model_next(m, 0);
    CHECK_INT(h2f_priority_node_next(&tree->root, &id), expected >= 0);
    CHECK_INT(id, expected);
}

static void step(h2f_priority_tree *tree, model *m, uint64_t *random, uint32_t streams) {
    static const uint32_t weights[] = {16, 16, 16, 1, 256, 3, 7, 100};
    int id = 1 + (int)random_below(random, streams - 1);
    int parent = (int)random_below(random, streams);
    uint32_t weight = weights[random_below(random, 8)];
    int exclusive = random_below(random, 4) == 0;
    uint32_t kind = random_below(random, 100);
    if (parent == id) {
        int there = m->of[id].there;
        CHECK_INT(h2f_priority_tree_reprioritize(tree, id, parent, 16, exclusive),
                  there ? H2F_ERR_PRIORITY_ITSELF : H2F_ERR_PRIORITY_MISSING);
    } else if (kind < 30 && !m->of[id].there) {
        CHECK_INT(h2f_priority_tree_insert(tree, id, parent, (int)weight, exclusive), 0);
        model_insert(m, id, parent, weight, exclusive);
    } else if (!m->of[id].there) {
        CHECK_INT(h2f_priority_tree_set_active(tree, id, 1), H2F_ERR_PRIORITY_MISSING);
    } else if (kind < 15) {
        CHECK_INT(h2f_priority_tree_reprioritize(tree, id, parent, (int)weight, exclusive), 0);
        model_reprioritize(m, id, parent, weight, exclusive);
    } else if (kind < 22) {
        remove_one(tree, id);
        model_remove(m, id);
    } else if (kind < 50) {
        int active = random_below(random, 3) == 0;
        CHECK_INT(h2f_priority_tree_set_active(tree, id, active), 0);
        m->of[id].active = active;
    } else {
        take_turn(tree, m);
    }
}

static void test_random_calls_agree_with_the_model(void) {
    uint64_t random = 7540;
    for (uint32_t round = 0; round < 60; round++) {
        h2f_priority_tree tree;
        model m;
        h2f_priority_tree_init(&tree, 1000);
        model_init(&m);
        for (int i = 0; i < 2000; i++) {
            step(&tree, &m, &random, 3 + round % (MODEL_STREAMS - 2));
            if (i % (round % 2 ? 1 : 97) == 0)
                model_compare(&m, &tree);
        }
        model_compare(&m, &tree);
        CHECK(h2f_priority_tree_heap_size(&tree) > 0);
        h2f_priority_tree_free(&tree);
    }
}

static void test_errors_come_in_their_order(void) {
    h2f_priority_tree tree;
    h2f_priority_tree_init(&tree, 4);
    CHECK_INT(h2f_priority_tree_insert(&tree, 0, 0, 16, 0), H2F_ERR_PRIORITY_EXISTS);
    CHECK_INT(h2f_priority_tree_insert(&tree, 1, 1, 0, 0), H2F_ERR_PRIORITY_WEIGHT);
    CHECK_INT(h2f_priority_tree_insert(&tree, 1, 1, 256, 0), H2F_ERR_PRIORITY_ITSELF);
    CHECK_INT(h2f_priority_tree_insert(&tree, 1, 0, 257, 0), H2F_ERR_PRIORITY_WEIGHT);
    CHECK_INT(h2f_priority_tree_insert(&tree, 1, 0, 256, 0), 0);
    CHECK_INT(h2f_priority_tree_insert(&tree, 1, 1, 0, 0), H2F_ERR_PRIORITY_EXISTS);
    CHECK_INT(h2f_priority_tree_insert(&tree, 3, 0, 1, 1), 0);
    CHECK_INT(tree.count, 3);
    CHECK_INT(h2f_priority_tree_insert(&tree, 5, 7, 1, 1), 0); /* and 7: one more than the maximum */
    CHECK_INT(tree.count, 5);
    CHECK_INT(h2f_priority_tree_insert(&tree, 9, 9, 0, 1), H2F_ERR_PRIORITY_FULL);
    CHECK_INT(h2f_priority_tree_reprioritize(&tree, 1, 9, 0, 1), H2F_ERR_PRIORITY_FULL);
    CHECK_INT(h2f_priority_tree_reprioritize(&tree, 0, 9, 0, 1), H2F_ERR_PRIORITY_ROOT);
    CHECK_INT(h2f_priority_tree_reprioritize(&tree, 1, 1, 0, 1), H2F_ERR_PRIORITY_ITSELF);
    CHECK_INT(h2f_priority_tree_reprioritize(&tree, 1, 3, 0, 1), H2F_ERR_PRIORITY_WEIGHT);
    CHECK_INT(h2f_priority_tree_set_active(&tree, 0, 1), H2F_ERR_PRIORITY_ROOT);
    h2f_priority_node *removed = NULL;
    CHECK_INT(h2f_priority_tree_remove(&tree, 0, &removed), H2F_ERR_PRIORITY_ROOT);
    CHECK_INT(h2f_priority_tree_remove(&tree, 9, &removed), H2F_ERR_PRIORITY_MISSING);
    CHECK(removed == NULL);
    h2f_priority_tree_free(&tree);
}

/* Nothing recurses: neither a turn nor freeing. */
static void test_a_long_chain(void) {
    enum { LONG = 100000 };
    h2f_priority_tree tree;
    h2f_priority_tree_init(&tree, LONG + 2);
    for (int id = 1; id <= LONG; id++)
        CHECK_INT(h2f_priority_tree_insert(&tree, id, id - 1, 16, 0), 0);
    /* From below: each still has one below it that can have turns, so nothing goes up. */
    for (int id = LONG - 3; id > 0; id--)
        CHECK_INT(h2f_priority_tree_set_active(&tree, id, 0), 0);
    int64_t id = 0;
    for (int i = 0; i < 3; i++)
        CHECK(h2f_priority_node_next(&tree.root, &id));
    CHECK_INT(id, LONG - 2);
    CHECK_INT(h2f_priority_tree_reprioritize(&tree, 1, LONG, 16, 0), H2F_ERR_PRIORITY_DEEP);
    h2f_priority_tree_free(&tree);
}

/* A stream that all others move below, again and again, keeps no room for them. */
static void test_queues_shrink(void) {
    enum { MANY = 1000 };
    h2f_priority_tree tree;
    h2f_priority_tree_init(&tree, 2 * MANY);
    for (int id = 1; id < MANY; id++)
        CHECK_INT(h2f_priority_tree_insert(&tree, id, 0, 16, 0), 0);
    size_t before = h2f_priority_tree_heap_size(&tree);
    for (int id = MANY; id < MANY + 500; id++)
        CHECK_INT(h2f_priority_tree_insert(&tree, id, id == MANY ? 0 : id - 1, 16, 1), 0);
    CHECK(h2f_priority_tree_heap_size(&tree) < 4 * before);
    for (int id = 1; id < MANY + 500; id++)
        remove_one(&tree, id);
    CHECK(tree.root.queue == NULL && tree.count == 1);
    h2f_priority_tree_free(&tree);
}

static void test_numbers_can_change(void) {
    h2f_priority_tree tree;
    int64_t id = 0;
    h2f_priority_tree_init(&tree, 100);
    for (int n = 10; n < 60; n += 10)
        CHECK_INT(h2f_priority_tree_insert(&tree, n, 0, 16, 0), 0);
    for (int n = 10; n < 60; n += 10)
        h2f_priority_tree_renumber(&tree, h2f_priority_tree_find(&tree, n), n + 1);
    for (int n = 11; n < 60; n += 10) {
        CHECK(h2f_priority_node_next(&tree.root, &id));
        CHECK_INT(id, n);
        CHECK(h2f_priority_tree_find(&tree, n - 1) == NULL);
    }
    h2f_priority_tree_free(&tree);
}

static void test_nodes_that_go_leave_the_others_whole(void) {
    int64_t id = 0;
    h2f_priority_node *top = h2f_priority_node_new(0, 1), *a = h2f_priority_node_new(1, 16),
                      *b = h2f_priority_node_new(2, 16);
    CHECK(top != NULL && a != NULL && b != NULL);
    CHECK_INT(h2f_priority_node_add(top, a, 0), 0);
    CHECK_INT(h2f_priority_node_add(a, b, 0), 0);
    h2f_priority_node_set_active(top, 0);
    h2f_priority_node_set_active(a, 0);
    CHECK(h2f_priority_node_next(top, &id) && id == 2);
    h2f_priority_node_del(a);
    CHECK(!h2f_priority_node_next(top, &id));
    CHECK(b->parent == NULL);
    CHECK_INT(h2f_priority_node_add(top, b, 1), 0);
    h2f_priority_node_del(top);
    h2f_priority_node_del(b);
}

int main(void) {
    RUN(test_random_calls_agree_with_the_model);
    RUN(test_errors_come_in_their_order);
    RUN(test_a_long_chain);
    RUN(test_queues_shrink);
    RUN(test_numbers_can_change);
    RUN(test_nodes_that_go_leave_the_others_whole);
    return 0;
}
