#include "idle_priorities.h"

#include <stdlib.h>
#include <string.h>

#include "h2f_error.h"
#include "h2f_limits.h"

void h2f_idle_priorities_free(h2f_idle_priorities *idle) {
    free(idle->entries);
    *idle = (h2f_idle_priorities){NULL, 0, 0};
}

/* Where a stream stands, or would. */
static size_t place_of(const h2f_idle_priorities *idle, uint32_t id) {
    size_t low = 0, high = idle->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (idle->entries[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop_first(h2f_idle_priorities *idle, size_t count) {
    idle->count -= count;
    if (count != 0 && idle->count != 0)
        memmove(idle->entries, idle->entries + count, idle->count * sizeof *idle->entries);
}

static int make_room(h2f_idle_priorities *idle) {
    if (idle->count < idle->cap)
        return 0;
    size_t cap = idle->cap ? 2 * idle->cap : 16;
    h2f_idle_priority *entries = realloc(idle->entries, cap * sizeof *entries);
    if (entries == NULL)
        return H2F_ERR_NOMEM;
    idle->entries = entries;
    idle->cap = cap;
    return 0;
}

static int is_at(const h2f_idle_priorities *idle, size_t place, uint32_t id) {
    return place < idle->count && idle->entries[place].id == id;
}

static int insert(h2f_idle_priorities *idle, size_t place, uint32_t id, size_t most) {
    if (idle->count >= most || idle->count >= H2F_MAX_IDLE_PRIORITIES)
        return H2F_ERR_IDLE_PRIORITIES;
    int error = make_room(idle);
    if (error)
        return error;
    memmove(idle->entries + place + 1, idle->entries + place,
            (idle->count - place) * sizeof *idle->entries);
    idle->entries[place].id = id;
    idle->count++;
    return 0;
}

int h2f_idle_priorities_set(h2f_idle_priorities *idle, uint32_t id, uint32_t highest, size_t most,
                            h2f_priority_field field) {
    drop_first(idle, place_of(idle, highest + 1));
    size_t place = place_of(idle, id);
    if (!is_at(idle, place, id)) {
        int error = insert(idle, place, id, most);
        if (error)
            return error;
    }
    idle->entries[place].field = field;
    return 0;
}

const h2f_priority_field *h2f_idle_priorities_find(const h2f_idle_priorities *idle, uint32_t id) {
    size_t place = place_of(idle, id);
    return is_at(idle, place, id) ? &idle->entries[place].field : NULL;
}
