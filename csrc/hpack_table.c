#include "hpack_table.h"

#include <stdlib.h>

#include "hpack_static_table.h"

#define FIRST_RING 16u
#define FIRST_CHUNK 1024u
#define LEAST_ROOM 256u /* octets free in the arena when a block begins */

void h2f_hpack_table_init(h2f_hpack_table *table, uint64_t max_size) {
    *table = (h2f_hpack_table){.max_size = max_size < UINT32_MAX ? max_size : UINT32_MAX};
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

void h2f_hpack_table_resize(h2f_hpack_table *table, uint64_t max_size) {
    table->max_size = max_size < UINT32_MAX ? max_size : UINT32_MAX;
    h2f_hpack_table_evict(table, table->max_size);
}

int h2f_hpack_table_grow_ring(h2f_hpack_table *table, size_t entries) {
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

static h2f_hpack_chunk *new_chunk(size_t cap, h2f_hpack_chunk *older) {
    h2f_hpack_chunk *chunk = malloc(sizeof *chunk + cap);
    if (chunk != NULL) {
        chunk->older = older;
        chunk->cap = cap;
    }
    return chunk;
}

/* Moves the octets of all entries to the start of a chunk, which may be the one they are in: the
 * oldest come first in it, so that nothing is overwritten that is still to be moved. Neighbours
 * move together. */
static void move_entries(h2f_hpack_table *table, h2f_hpack_chunk *to) {
    uint8_t *dst = to->octets;
    uint32_t seq = table->inserted - table->count;
    while (seq != table->inserted) {
        const uint8_t *run = table->ring[seq & table->mask].name, *end = run;
        for (; seq != table->inserted; seq++) {
            h2f_hpack_entry *entry = &table->ring[seq & table->mask];
            if (entry->name != end)
                break;
            end += (size_t)entry->name_len + entry->value_len;
            entry->name = dst + (entry->name - run);
        }
        memmove(dst, run, (size_t)(end - run));
        dst += end - run;
    }
    table->used = (size_t)(dst - to->octets);
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
    if (chunk == NULL)
        return;
    /* A part of it free at least: then moving costs a constant number of octets per octet. And no
     * more than that: a large block leaves no large arena behind. */
    size_t live = live_octets(table);
    size_t least = live + live / 4 + LEAST_ROOM, cap = least + LEAST_ROOM, most = cap + cap / 4;
    int serves = chunk->older == NULL && chunk->cap <= (most > FIRST_CHUNK ? most : FIRST_CHUNK);
    if (serves && h2f_hpack_table_room(table) >= LEAST_ROOM)
        return;
    if (serves && chunk->cap >= least)
        move_entries(table, chunk);
    else
        (void)replace_arena(table, cap); /* without memory, the old one serves as well */
}

int h2f_hpack_table_extend(h2f_hpack_table *table, size_t len) {
    h2f_hpack_chunk *chunk = new_chunk(len > FIRST_CHUNK ? len : FIRST_CHUNK, table->chunk);
    if (chunk == NULL)
        return H2F_ERR_NOMEM;
    table->chunk = chunk;
    table->used = 0;
    return 0;
}

int h2f_hpack_table_prepare(h2f_hpack_table *table, size_t len) {
    if (len + H2F_HPACK_ENTRY_OVERHEAD > table->max_size)
        return 0; /* it will not be in the table */
    if (table->ring == NULL || table->count > table->mask)
        if (h2f_hpack_table_grow_ring(table, (size_t)table->count + 1) != 0)
            return H2F_ERR_NOMEM;
    h2f_hpack_chunk *chunk = table->chunk;
    if (chunk != NULL && chunk->older == NULL) {
        /* Eviction and compaction make room for anything that fits into the table. */
        if (h2f_hpack_table_room(table) >= len || chunk->cap >= table->max_size)
            return 0;
    }
    size_t live = live_octets(table), most = (size_t)table->max_size;
    size_t cap = live + live / 4 + len + LEAST_ROOM;
    return replace_arena(table, cap < most ? cap : most + most / 4);
}

void h2f_hpack_table_insert_copy(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                                 const uint8_t *value, size_t value_len) {
    uint64_t size = h2f_hpack_entry_size(name_len, value_len);
    if (size > table->max_size) {
        h2f_hpack_table_evict(table, 0);
        return;
    }
    h2f_hpack_table_evict(table, table->max_size - size);
    if (h2f_hpack_table_room(table) < name_len + value_len)
        move_entries(table, table->chunk);
    uint8_t *octets = table->chunk->octets + table->used;
    memcpy(octets, name, name_len);
    memcpy(octets + name_len, value, value_len);
    table->used += name_len + value_len;
    h2f_hpack_table_append(table, octets, name_len, value_len);
}
