/* The index space of RFC 7541 section 2.3: the static table and one dynamic table behind it.
 *
 * Entries live in a ring, oldest evicted first, and are named by sequence numbers: the first one
 * inserted is 0, and entry s is in ring[s & mask]. Sequence numbers wrap.
 *
 * The octets of the entries live in an arena. Octets given out by h2f_hpack_table_reserve, and
 * those of evicted entries, stay where they are until h2f_hpack_table_settle: that is what lets
 * a decoder hand out views for the time of a block.
 */
#ifndef H2F_HPACK_TABLE_H
#define H2F_HPACK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "h2f_limits.h"

#define H2F_HPACK_STATIC_ENTRIES 61u

typedef struct {
    const uint8_t *name; /* the value follows it */
    uint32_t name_len;
    uint32_t value_len;
} h2f_hpack_entry;

/* RFC 7541 appendix A; for the top octet of the hash of one of its names, the first index with that
 * name; for this index, how many entries in a row have that name; and the seed of names' hashes. */
extern const h2f_hpack_entry h2f_hpack_static_entries[H2F_HPACK_STATIC_ENTRIES];
extern const uint8_t h2f_hpack_static_names[256];
extern const uint8_t h2f_hpack_static_values[H2F_HPACK_STATIC_ENTRIES + 1];
extern const uint64_t h2f_hpack_name_seed;

/* One piece of the arena. There is more than one only within a block that outgrew the first. */
typedef struct h2f_hpack_chunk {
    struct h2f_hpack_chunk *older;
    size_t cap;
    uint8_t octets[];
} h2f_hpack_chunk;

typedef struct {
    h2f_hpack_entry *ring;
    uint32_t mask;     /* capacity of the ring, less one; a power of two */
    uint32_t inserted; /* entries ever inserted, modulo 2^32 */
    uint32_t count;    /* entries now in the table, the newest ones of those inserted */
    uint64_t size;     /* of them, as RFC 7541 section 4.1 counts */
    uint64_t max_size;
    h2f_hpack_chunk *chunk; /* newest part of the arena */
    size_t used;            /* octets of it */
} h2f_hpack_table;

/* An empty table; nothing is allocated before the first entry. Sizes are at most 2^32 - 1, as a
 * setting is: a larger one is taken for that. */
void h2f_hpack_table_init(h2f_hpack_table *table, uint64_t max_size);
void h2f_hpack_table_free(h2f_hpack_table *table);

/* Octets that the table holds on the heap. */
size_t h2f_hpack_table_heap_size(const h2f_hpack_table *table);

/* Sets the maximum size and evicts what no longer fits (RFC 7541 section 4.3). */
void h2f_hpack_table_resize(h2f_hpack_table *table, uint64_t max_size);

/* The entry with a static or dynamic index, counted from 1, or NULL where there is none. */
static inline const h2f_hpack_entry *h2f_hpack_table_get(const h2f_hpack_table *table,
                                                         uint64_t index) {
    if (index - 1 < H2F_HPACK_STATIC_ENTRIES)
        return &h2f_hpack_static_entries[index - 1];
    uint64_t age = index - 1 - H2F_HPACK_STATIC_ENTRIES;
    if (index == 0 || age >= table->count)
        return NULL;
    return &table->ring[(table->inserted - 1 - (uint32_t)age) & table->mask];
}

/* The size that an entry counts (RFC 7541 section 4.1). */
static inline uint64_t h2f_hpack_entry_size(size_t name_len, size_t value_len) {
    return (uint64_t)name_len + value_len + H2F_HPACK_ENTRY_OVERHEAD;
}

/* Evicts the oldest entries until the others are no larger than size (RFC 7541 section 4.3). */
static inline void h2f_hpack_table_evict(h2f_hpack_table *table, uint64_t size) {
    while (table->size > size) {
        const h2f_hpack_entry *oldest =
            &table->ring[(table->inserted - table->count) & table->mask];
        table->size -= h2f_hpack_entry_size(oldest->name_len, oldest->value_len);
        table->count--;
    }
}

/* Octets free in the newest piece of the arena. */
static inline size_t h2f_hpack_table_room(const h2f_hpack_table *table) {
    return table->chunk ? table->chunk->cap - table->used : 0;
}

/* Adds a piece to the arena that has room for len octets. Returns 0 or H2F_ERR_NOMEM. */
int h2f_hpack_table_extend(h2f_hpack_table *table, size_t len);

/* Gives the ring room for so many entries. Returns 0 or H2F_ERR_NOMEM. */
int h2f_hpack_table_grow_ring(h2f_hpack_table *table, size_t entries);

/* Room for len octets that stay in place until the next settle, or NULL without memory. Only one
 * reservation is open at a time; of it, h2f_hpack_table_keep keeps the first len octets. */
static inline uint8_t *h2f_hpack_table_reserve(h2f_hpack_table *table, size_t len) {
    if (H2F_UNLIKELY(table->chunk == NULL || h2f_hpack_table_room(table) < len))
        if (h2f_hpack_table_extend(table, len) != 0)
            return NULL;
    return table->chunk->octets + table->used;
}

static inline void h2f_hpack_table_keep(h2f_hpack_table *table, size_t len) {
    table->used += len;
}

/* Inserts an entry that fits, in a ring that has room for it. */
static inline void h2f_hpack_table_append(h2f_hpack_table *table, const uint8_t *name,
                                          size_t name_len, size_t value_len) {
    table->ring[table->inserted++ & table->mask] =
        (h2f_hpack_entry){name, (uint32_t)name_len, (uint32_t)value_len};
    table->count++;
    table->size += h2f_hpack_entry_size(name_len, value_len);
}

/* Inserts an entry whose octets were reserved and kept: evicts until it fits, or everything if it
 * never does (RFC 7541 section 4.4). Returns 0, or H2F_ERR_NOMEM and inserts nothing. */
static inline int h2f_hpack_table_insert(h2f_hpack_table *table, const uint8_t *name,
                                         size_t name_len, size_t value_len) {
    uint64_t size = h2f_hpack_entry_size(name_len, value_len);
    if (H2F_UNLIKELY(size > table->max_size)) {
        h2f_hpack_table_evict(table, 0);
        return 0;
    }
    if (H2F_UNLIKELY(table->ring == NULL || table->count > table->mask)) {
        int error = h2f_hpack_table_grow_ring(table, (size_t)table->count + 1);
        if (error)
            return error;
    }
    h2f_hpack_table_evict(table, table->max_size - size);
    h2f_hpack_table_append(table, name, name_len, value_len);
    return 0;
}

/* Makes room for a copy of an entry with so many octets. Returns 0, or H2F_ERR_NOMEM and leaves the
 * table as it was. Views are lost. */
int h2f_hpack_table_prepare(h2f_hpack_table *table, size_t len);

/* Inserts a copy of the entry that was just prepared for. Views are lost. */
void h2f_hpack_table_insert_copy(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                                 const uint8_t *value, size_t value_len);

/* Reclaims what no entry uses. Views are lost. */
void h2f_hpack_table_settle(h2f_hpack_table *table);

/* The hash of a name, and the first static index that has this name or 0. */
static inline uint64_t h2f_hpack_name_hash(const uint8_t *name, size_t name_len) {
    return h2f_hash_bytes(name, name_len, h2f_hpack_name_seed);
}

static inline uint32_t h2f_hpack_static_name(uint64_t name_hash, const uint8_t *name,
                                             size_t name_len) {
    uint32_t index = h2f_hpack_static_names[name_hash >> 56];
    if (index == 0)
        return 0;
    const h2f_hpack_entry *entry = &h2f_hpack_static_entries[index - 1];
    return entry->name_len == name_len && h2f_bytes_equal(entry->name, name, name_len) ? index : 0;
}

/* The static index with this name and value, or 0; first is the first one with the name. */
static inline uint32_t h2f_hpack_static_field(uint32_t first, const uint8_t *value,
                                              size_t value_len) {
    const uint32_t end = first + h2f_hpack_static_values[first];
    for (uint32_t index = first; index < end; index++) {
        const h2f_hpack_entry *entry = &h2f_hpack_static_entries[index - 1];
        if (entry->value_len == value_len &&
            h2f_bytes_equal(entry->name + entry->name_len, value, value_len))
            return index;
    }
    return 0;
}

#endif
