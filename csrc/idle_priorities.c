#include "idle_priorities.h"

#include <stdlib.h>
#include <string.h>

#include "h2f_error.h"
#include "h2f_limits.h"

void h2f_idle_priorities_free(h2f_idle_priorities *idle) {
    free(idle->ids);
    *idle = (h2f_idle_priorities){NULL, 0, 0};
}

/* Where a stream stands, or would. */
static size_t place_of(const h2f_idle_priorities *idle, uint32_t id) {
    size_t low = 0, high = idle->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (idle->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop_first(h2f_idle_priorities *idle, size_t count) {
    idle->count -= count;
    if (count != 0 && idle->count != 0)
        memmove(idle->ids, idle->ids + count, idle->count * sizeof *idle->ids);
}

static int make_room(h2f_idle_priorities *idle) {
    if (idle->count < idle->cap)
        return 0;
    size_t cap = idle->cap ? 2 * idle->cap : 16;
    uint32_t *ids = realloc(idle->ids, cap * sizeof *ids);
    if (ids == NULL)
        return H2F_ERR_NOMEM;
    idle->ids = ids;
    idle->cap = cap;
    return 0;
}

int h2f_idle_priorities_add(h2f_idle_priorities *idle, uint32_t id, uint32_t highest,
                            size_t most) {
    drop_first(idle, place_of(idle, highest + 1));
    size_t place = place_of(idle, id);
    if (place < idle->count && idle->ids[place] == id)
        return 0;
    if (idle->count >= most || idle->count >= H2F_MAX_IDLE_PRIORITIES)
        return H2F_ERR_IDLE_PRIORITIES;
    int error = make_room(idle);
    if (error)
        return error;
    memmove(idle->ids + place + 1, idle->ids + place, (idle->count - place) * sizeof *idle->ids);
    idle->ids[place] = id;
    idle->count++;
    return 0;
}
