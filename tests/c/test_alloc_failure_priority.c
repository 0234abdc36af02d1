/* Whatever allocation of a call fails: the call says so and has changed nothing, and succeeds when it
 * is made again. */
#include "failing.h"
#include "h2f_error.h"
#include "priority_model.h"

typedef struct {
    uint32_t kind;
    int id, parent, exclusive;
    uint32_t weight;
} call;

static int make(h2f_priority_tree *tree, const call *it) {
    h2f_priority_node *removed;
    int error;
    switch (it->kind) {
    case 0:
        return h2f_priority_tree_insert(tree, it->id, it->parent, (int)it->weight, it->exclusive);
    case 1:
        return h2f_priority_tree_reprioritize(tree, it->id, it->parent, (int)it->weight,
                                              it->exclusive);
    default:
        error = h2f_priority_tree_remove(tree, it->id, &removed);
        if (error == 0)
            h2f_priority_node_del(removed);
        return error;
    }
}

static void make_in_model(model *m, const call *it) {
    if (it->kind == 0)
        model_insert(m, it->id, it->parent, it->weight, it->exclusive);
    else if (it->kind == 1)
        model_reprioritize(m, it->id, it->parent, it->weight, it->exclusive);
    else
        model_remove(m, it->id);
}

/* Each allocation of the call fails once; a failure to give room back is none. */
static uint32_t fail_each(h2f_priority_tree *tree, const model *m, const call *it) {
    for (uint64_t nth = 1;; nth++) {
        allocations = 0;
        first_failing = last_failing = nth;
        int error = make(tree, it);
        first_failing = last_failing = UINT64_MAX;
        if (error == 0)
            return (uint32_t)nth - 1;
        CHECK_INT(error, H2F_ERR_NOMEM);
        model_compare(m, tree);
    }
}

static void test_failed_calls_change_nothing(void) {
    uint64_t random = 53;
    uint32_t failed = 0;
    for (int round = 0; round < 200; round++) {
        h2f_priority_tree tree;
        model m;
        h2f_priority_tree_init(&tree, 1000);
        model_init(&m);
        m.without_memory = 1;
        for (int i = 0; i < 150; i++) {
            call it = {random_below(&random, 3), 1 + (int)random_below(&random, MODEL_STREAMS - 1),
                       (int)random_below(&random, MODEL_STREAMS), random_below(&random, 3) == 0,
                       1 + random_below(&random, 256)};
            if (it.parent == it.id || m.of[it.id].there != (it.kind != 0))
                continue;
            failed += fail_each(&tree, &m, &it);
            make_in_model(&m, &it);
            int64_t id = -1;
            int expected = model_next(&m, 0);
            CHECK_INT(h2f_priority_node_next(&tree.root, &id), expected >= 0);
            CHECK_INT(id, expected);
            int blocked = 1 + (int)random_below(&random, MODEL_STREAMS - 1);
            if (m.of[blocked].there) {
                m.of[blocked].active = random_below(&random, 2) == 0;
                CHECK_INT(h2f_priority_tree_set_active(&tree, blocked, m.of[blocked].active), 0);
            }
        }
        model_compare(&m, &tree);
        h2f_priority_tree_free(&tree);
    }
    CHECK(failed > 5000);
    CHECK_INT(held, 0);
}

int main(void) {
    first_failing = last_failing = UINT64_MAX;
    RUN(test_failed_calls_change_nothing);
    return 0;
}
