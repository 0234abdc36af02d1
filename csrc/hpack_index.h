/* Finds entries of a table by content, for encoders. An index follows its table: entries are
 * chained by hash, newest first, and an evicted one is recognised by its sequence number, so that
 * eviction costs the index nothing. A hit is always verified by comparing octets.
 *
 * Chains hold sequence numbers modulo 2^16, which keeps the index small. Of a table with more
 * entries than that, which takes 2 MiB, only the newest are found; and of a chain of more than
 * H2F_HPACK_MAX_SEARCH entries, which takes hashes made to collide and a table above the default
 * size, likewise. What is not found is sent as a literal.
 */
#ifndef H2F_HPACK_INDEX_H
#define H2F_HPACK_INDEX_H

#include "hpack_table.h"

typedef struct {
    uint32_t field_hash;
    uint16_t older_field, older_name; /* sequence numbers of the next ones in the two chains */
} h2f_hpack_link;

typedef struct {
    h2f_hpack_link *links; /* for each place of the ring: its hash, and the chains it is in */
    uint16_t *heads;       /* newest entry of each chain: two of fields a place, and one of names */
    uint32_t mask;         /* as the table's */
    uint32_t seen;         /* the table's inserted when last followed */
} h2f_hpack_index;

/* Name and value as the index knows them. */
typedef struct {
    uint64_t name_hash, field_hash;
} h2f_hpack_hashes;

static inline h2f_hpack_hashes h2f_hpack_hash(const uint8_t *name, size_t name_len,
                                              const uint8_t *value, size_t value_len) {
    uint64_t name_hash = h2f_hpack_name_hash(name, name_len);
    return (h2f_hpack_hashes){name_hash, h2f_hash_bytes(value, value_len, name_hash)};
}

void h2f_hpack_index_init(h2f_hpack_index *index);
void h2f_hpack_index_free(h2f_hpack_index *index);
size_t h2f_hpack_index_heap_size(const h2f_hpack_index *index);

/* Takes in what was inserted since the last time. Returns 0 or H2F_ERR_NOMEM. */
int h2f_hpack_index_follow(h2f_hpack_index *index, const h2f_hpack_table *table);

/* The newest entries of the chains of fields and of names that have these hashes. */
static inline uint16_t *h2f_hpack_index_fields(const h2f_hpack_index *index, uint32_t hash) {
    return &index->heads[hash & (2 * index->mask + 1)];
}

static inline uint16_t *h2f_hpack_index_names(const h2f_hpack_index *index, uint32_t hash) {
    return &index->heads[2 * ((size_t)index->mask + 1) + (hash & index->mask)];
}

static inline void h2f_hpack_index_link(h2f_hpack_index *index, uint32_t seq,
                                        h2f_hpack_hashes hashes) {
    uint16_t *newest_field = h2f_hpack_index_fields(index, (uint32_t)hashes.field_hash);
    uint16_t *newest_name = h2f_hpack_index_names(index, (uint32_t)hashes.name_hash);
    index->links[seq & index->mask] =
        (h2f_hpack_link){(uint32_t)hashes.field_hash, *newest_field, *newest_name};
    *newest_field = *newest_name = (uint16_t)seq;
}

/* Takes in the one entry just inserted, whose hashes are known; the ring has not grown since the
 * index last followed it. */
static inline void h2f_hpack_index_add(h2f_hpack_index *index, const h2f_hpack_table *table,
                                       h2f_hpack_hashes hashes) {
    if (index->seen == table->inserted)
        return; /* the entry was too large for the table */
    h2f_hpack_index_link(index, index->seen, hashes);
    index->seen = table->inserted;
}

/* Finds a field in a table that the index has followed. Returns the index of the entry that has
 * its name and value, with *name_only 0; else the best entry that has its name (a static one, or
 * the newest), with *name_only 1; else 0. */
uint32_t h2f_hpack_index_search(const h2f_hpack_index *index, const h2f_hpack_table *table,
                                const uint8_t *name, size_t name_len, const uint8_t *value,
                                size_t value_len, h2f_hpack_hashes hashes, int *name_only);

#endif
