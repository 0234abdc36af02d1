#include "hpack_index.h"

#include <stdlib.h>

#define HEADS_PER_PLACE 3

void h2f_hpack_index_init(h2f_hpack_index *index) {
    *index = (h2f_hpack_index){0};
}

void h2f_hpack_index_free(h2f_hpack_index *index) {
    free(index->links);
    free(index->heads);
    h2f_hpack_index_init(index);
}

size_t h2f_hpack_index_heap_size(const h2f_hpack_index *index) {
    size_t places = index->links ? index->mask + (size_t)1 : 0;
    return places * (sizeof *index->links + HEADS_PER_PLACE * sizeof *index->heads);
}

/* Gives the index as many places as the ring has; all chains are empty then. */
static int match_ring(h2f_hpack_index *index, const h2f_hpack_table *table) {
    size_t places = table->mask + (size_t)1;
    h2f_hpack_link *links = malloc(places * sizeof *links);
    uint16_t *heads = malloc(HEADS_PER_PLACE * places * sizeof *heads);
    if (links == NULL || heads == NULL) {
        free(links);
        free(heads);
        return H2F_ERR_NOMEM;
    }
    h2f_hpack_index_free(index);
    *index = (h2f_hpack_index){
        .links = links,
        .heads = heads,
        .mask = table->mask,
        .seen = table->inserted - table->count,
    };
    for (size_t i = 0; i < HEADS_PER_PLACE * places; i++)
        heads[i] = (uint16_t)(index->seen - 1); /* evicted already: the end of a chain */
    return 0;
}

int h2f_hpack_index_follow(h2f_hpack_index *index, const h2f_hpack_table *table) {
    if (table->ring == NULL)
        return 0;
    if ((index->links == NULL || index->mask != table->mask) && match_ring(index, table) != 0)
        return H2F_ERR_NOMEM;
    if (table->inserted - index->seen > table->count) /* the others came and went */
        index->seen = table->inserted - table->count;
    for (; index->seen != table->inserted; index->seen++) {
        const h2f_hpack_entry *entry = &table->ring[index->seen & table->mask];
        h2f_hpack_hashes hashes = h2f_hpack_hash(entry->name, entry->name_len,
                                                 entry->name + entry->name_len, entry->value_len);
        h2f_hpack_index_link(index, index->seen, hashes);
    }
    return 0;
}

static int same(const h2f_hpack_entry *entry, const uint8_t *name, size_t name_len) {
    return entry->name_len == name_len && h2f_bytes_equal(entry->name, name, name_len);
}

/* Both searches walk a chain from its newest entry, up to H2F_HPACK_MAX_SEARCH steps. A sequence
 * number that is not older than the one before it is stale and ends the chain. */

static uint32_t age_of(const h2f_hpack_table *table, uint16_t seq) {
    return (uint16_t)(table->inserted - 1 - seq);
}

static uint32_t find_field(const h2f_hpack_index *index, const h2f_hpack_table *table,
                           const uint8_t *name, size_t name_len, const uint8_t *value,
                           size_t value_len, uint32_t hash) {
    uint32_t age = age_of(table, *h2f_hpack_index_fields(index, hash)), least_age = 0;
    for (int i = 0; i < H2F_HPACK_MAX_SEARCH && age < table->count && age >= least_age; i++) {
        uint32_t seq = table->inserted - 1 - age;
        const h2f_hpack_link *link = &index->links[seq & index->mask];
        const h2f_hpack_entry *entry = &table->ring[seq & table->mask];
        if (link->field_hash == hash && entry->value_len == value_len &&
            same(entry, name, name_len) &&
            h2f_bytes_equal(entry->name + name_len, value, value_len))
            return H2F_HPACK_STATIC_ENTRIES + 1 + age;
        least_age = age + 1;
        age = age_of(table, link->older_field);
    }
    return 0;
}

static uint32_t find_name(const h2f_hpack_index *index, const h2f_hpack_table *table,
                          const uint8_t *name, size_t name_len, uint32_t hash) {
    uint32_t age = age_of(table, *h2f_hpack_index_names(index, hash)), least_age = 0;
    for (int i = 0; i < H2F_HPACK_MAX_SEARCH && age < table->count && age >= least_age; i++) {
        uint32_t seq = table->inserted - 1 - age;
        if (same(&table->ring[seq & table->mask], name, name_len))
            return H2F_HPACK_STATIC_ENTRIES + 1 + age;
        least_age = age + 1;
        age = age_of(table, index->links[seq & index->mask].older_name);
    }
    return 0;
}

uint32_t h2f_hpack_index_search(const h2f_hpack_index *index, const h2f_hpack_table *table,
                                const uint8_t *name, size_t name_len, const uint8_t *value,
                                size_t value_len, h2f_hpack_hashes hashes, int *name_only) {
    uint32_t static_name = h2f_hpack_static_name(hashes.name_hash, name, name_len), found = 0;
    *name_only = 0;
    if (static_name != 0)
        found = h2f_hpack_static_field(static_name, value, value_len);
    if (found == 0 && table->count != 0)
        found = find_field(index, table, name, name_len, value, value_len,
                           (uint32_t)hashes.field_hash);
    if (found != 0)
        return found;
    *name_only = 1;
    if (static_name != 0 || table->count == 0)
        return static_name;
    return find_name(index, table, name, name_len, (uint32_t)hashes.name_hash);
}
