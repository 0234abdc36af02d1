#include "hpack_table.h"

#include <stdlib.h>

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "h2f_limits.h"

#include "hpack_static_table.h"

#define FIRST_RING 16u
#define FIRST_CHUNK 1024u
#define LEAST_ROOM 256u /* octets free in the arena when a block begins */

/* One piece of the arena. There is more than one only within a block that outgrew the first. */
struct h2f_hpack_chunk {
    h2f_hpack_chunk *older;
    size_t cap;
    uint8_t octets[];
};

void h2f_hpack_table_init(h2f_hpack_table *table, uint64_t max_size) {
    *table = (h2f_hpack_table){.max_size = max_size};
}

static void free_chunks(h2f_hpack_chunk *chunk) {
    while (chunk != NULL) {
        h2f_hpack_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void h2f_hpack_table_free(h2f_hpack_table *table) {
    free_chunks(table->chunk);
    free(table->ring);
    h2f_hpack_table_init(table, table->max_size);
}

size_t h2f_hpack_table_heap_size(const h2f_hpack_table *table) {
    size_t size = table->ring ? (table->mask + (size_t)1) * sizeof *table->ring : 0;
    for (const h2f_hpack_chunk *chunk = table->chunk; chunk != NULL; chunk = chunk->older)
        size += sizeof *chunk + chunk->cap;
    return size;
}

static uint64_t entry_size(size_t name_len, size_t value_len) {
    return (uint64_t)name_len + value_len + H2F_HPACK_ENTRY_OVERHEAD;
}

static h2f_hpack_entry *oldest(const h2f_hpack_table *table) {
    return &table->ring[(table->inserted - table->count) & table->mask];
}

static void evict_to(h2f_hpack_table *table, uint64_t size) {
    while (table->size > size) {
        const h2f_hpack_entry *entry = oldest(table);
        table->size -= entry_size(entry->name_len, entry->value_len);
        table->count--;
    }
}

void h2f_hpack_table_resize(h2f_hpack_table *table, uint64_t max_size) {
    table->max_size = max_size;
    evict_to(table, max_size);
}

const h2f_hpack_entry *h2f_hpack_table_get(const h2f_hpack_table *table, uint64_t index) {
    if (index - 1 < H2F_HPACK_STATIC_ENTRIES)
        return &static_entries[index - 1];
    uint64_t age = index - 1 - H2F_HPACK_STATIC_ENTRIES;
    if (index == 0 || age >= table->count)
        return NULL;
    return &table->ring[(table->inserted - 1 - (uint32_t)age) & table->mask];
}

/* Gives the ring room for so many entries. */
static int grow_ring(h2f_hpack_table *table, size_t entries) {
    uint32_t old_mask = table->mask;
    size_t cap = table->ring ? old_mask + (size_t)1 : 0;
    if (entries <= cap)
        return 0;
    for (cap = cap ? cap : FIRST_RING; cap < entries;)
        cap *= 2;
    h2f_hpack_entry *ring = malloc(cap * sizeof *ring);
    if (ring == NULL)
        return H2F_ERR_NOMEM;
    uint32_t mask = (uint32_t)(cap - 1);
    for (uint32_t seq = table->inserted - table->count; seq != table->inserted; seq++)
        ring[seq & mask] = table->ring[seq & old_mask];
    free(table->ring);
    table->ring = ring;
    table->mask = mask;
    return 0;
}

static size_t room(const h2f_hpack_table *table) {
    return table->chunk ? table->chunk->cap - table->used : 0;
}

static h2f_hpack_chunk *new_chunk(size_t cap, h2f_hpack_chunk *older) {
    h2f_hpack_chunk *chunk = malloc(sizeof *chunk + cap);
    if (chunk != NULL) {
        chunk->older = older;
        chunk->cap = cap;
    }
    return chunk;
}

/* Moves the octets of all entries to the start of a chunk, which may be the one they are in: the
 * oldest come first in it, so that nothing is overwritten that is still to be moved. */
static void move_entries(h2f_hpack_table *table, h2f_hpack_chunk *to) {
    size_t used = 0;
    for (uint32_t seq = table->inserted - table->count; seq != table->inserted; seq++) {
        h2f_hpack_entry *entry = &table->ring[seq & table->mask];
        size_t len = (size_t)entry->name_len + entry->value_len;
        memmove(to->octets + used, entry->name, len);
        entry->name = to->octets + used;
        used += len;
    }
    table->used = used;
}

static size_t live_octets(const h2f_hpack_table *table) {
    return (size_t)(table->size - (uint64_t)table->count * H2F_HPACK_ENTRY_OVERHEAD);
}

/* Replaces the arena by one chunk of this capacity that holds the entries. */
static int replace_arena(h2f_hpack_table *table, size_t cap) {
    h2f_hpack_chunk *chunk = new_chunk(cap, NULL);
    if (chunk == NULL)
        return H2F_ERR_NOMEM;
    move_entries(table, chunk);
    free_chunks(table->chunk);
    table->chunk = chunk;
    return 0;
}

void h2f_hpack_table_settle(h2f_hpack_table *table) {
    h2f_hpack_chunk *chunk = table->chunk;
    if (chunk == NULL || (chunk->older == NULL && room(table) >= LEAST_ROOM))
        return;
    size_t live = live_octets(table);
    /* A part of it free at least: then moving costs a constant number of octets per octet. */
    size_t cap = live + live / 4 + 2 * LEAST_ROOM;
    if (chunk->older == NULL && chunk->cap >= live + live / 4 + LEAST_ROOM && chunk->cap <= cap + cap / 4)
        move_entries(table, chunk);
    else
        (void)replace_arena(table, cap); /* without memory, the old one serves as well */
}

uint8_t *h2f_hpack_table_reserve(h2f_hpack_table *table, size_t len) {
    if (H2F_UNLIKELY(room(table) < len || table->chunk == NULL)) {
        h2f_hpack_chunk *chunk = new_chunk(len > FIRST_CHUNK ? len : FIRST_CHUNK, table->chunk);
        if (chunk == NULL)
            return NULL;
        table->chunk = chunk;
        table->used = 0;
    }
    return table->chunk->octets + table->used;
}

void h2f_hpack_table_keep(h2f_hpack_table *table, size_t len) {
    table->used += len;
}

static void append(h2f_hpack_table *table, const uint8_t *name, size_t name_len, size_t value_len) {
    table->ring[table->inserted++ & table->mask] =
        (h2f_hpack_entry){name, (uint32_t)name_len, (uint32_t)value_len};
    table->count++;
    table->size += entry_size(name_len, value_len);
}

int h2f_hpack_table_insert(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                           size_t value_len) {
    uint64_t size = entry_size(name_len, value_len);
    if (H2F_UNLIKELY(size > table->max_size)) {
        evict_to(table, 0);
        return 0;
    }
    if (H2F_UNLIKELY(table->ring == NULL || table->count > table->mask)) {
        int error = grow_ring(table, (size_t)table->count + 1);
        if (error)
            return error;
    }
    evict_to(table, table->max_size - size);
    append(table, name, name_len, value_len);
    return 0;
}

int h2f_hpack_table_prepare(h2f_hpack_table *table, size_t entries, size_t octets) {
    /* No more entries and octets than the table has room for are ever in it at once. */
    size_t most_entries = (size_t)(table->max_size / H2F_HPACK_ENTRY_OVERHEAD);
    size_t most_octets = (size_t)table->max_size;
    size_t want = table->count + (entries < most_entries ? entries : most_entries);
    if (grow_ring(table, want < most_entries ? want : most_entries) != 0)
        return H2F_ERR_NOMEM;

    size_t most_cap = most_octets + most_octets / 4;
    h2f_hpack_chunk *chunk = table->chunk;
    int whole = chunk != NULL && chunk->older == NULL;
    if (octets > most_octets)
        octets = most_octets;
    if (whole && (room(table) >= octets || chunk->cap >= most_cap))
        return 0;
    size_t live = live_octets(table);
    size_t cap = live + live / 4 + octets + LEAST_ROOM;
    if (cap > most_cap)
        cap = most_cap;
    if (whole && chunk->cap >= cap) {
        move_entries(table, chunk);
        return 0;
    }
    return replace_arena(table, cap);
}

void h2f_hpack_table_insert_copy(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                                 const uint8_t *value, size_t value_len) {
    uint64_t size = entry_size(name_len, value_len);
    if (size > table->max_size) {
        evict_to(table, 0);
        return;
    }
    evict_to(table, table->max_size - size);
    if (room(table) < name_len + value_len)
        move_entries(table, table->chunk);
    uint8_t *octets = table->chunk->octets + table->used;
    memcpy(octets, name, name_len);
    memcpy(octets + name_len, value, value_len);
    table->used += name_len + value_len;
    append(table, octets, name_len, value_len);
}

uint64_t h2f_hpack_name_hash(const uint8_t *name, size_t name_len) {
    return h2f_hash_bytes(name, name_len, NAME_HASH_SEED);
}

uint32_t h2f_hpack_static_name(uint64_t name_hash, const uint8_t *name, size_t name_len) {
    uint32_t index = first_index[name_hash >> 56];
    if (index == 0)
        return 0;
    const h2f_hpack_entry *entry = &static_entries[index - 1];
    return entry->name_len == name_len && h2f_bytes_equal(entry->name, name, name_len) ? index : 0;
}

uint32_t h2f_hpack_static_field(uint32_t first, const uint8_t *value, size_t value_len) {
    const h2f_hpack_entry *entry = &static_entries[first - 1];
    const uint8_t *name = entry->name;
    size_t name_len = entry->name_len;
    do {
        if (entry->value_len == value_len && h2f_bytes_equal(entry->name + name_len, value, value_len))
            return (uint32_t)(entry - static_entries) + 1;
        entry++;
    } while (entry < static_entries + H2F_HPACK_STATIC_ENTRIES && entry->name_len == name_len &&
             h2f_bytes_equal(entry->name, name, name_len));
    return 0;
}
