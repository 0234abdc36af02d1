#include "hpack_index.h"

#include <stdlib.h>

#include "h2f_bytes.h"
#include "h2f_error.h"

struct h2f_hpack_link {
    uint32_t field_hash;
    uint16_t older_field, older_name; /* sequence numbers of the next ones in the two chains */
};

h2f_hpack_hashes h2f_hpack_hash(const uint8_t *name, size_t name_len, const uint8_t *value,
                                size_t value_len) {
    uint64_t name_hash = h2f_hpack_name_hash(name, name_len);
    return (h2f_hpack_hashes){name_hash, h2f_hash_bytes(value, value_len, name_hash)};
}

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
    return places * (sizeof *index->links + 2 * sizeof *index->heads);
}

static uint16_t *field_head(const h2f_hpack_index *index, uint32_t hash) {
    return &index->heads[hash & index->mask];
}

static uint16_t *name_head(const h2f_hpack_index *index, uint32_t hash) {
    return &index->heads[(size_t)index->mask + 1 + (hash & index->mask)];
}

static void link_entry(h2f_hpack_index *index, uint32_t seq, uint32_t field_hash,
                       uint32_t name_hash) {
    uint16_t *newest_field = field_head(index, field_hash), *newest_name = name_head(index, name_hash);
    index->links[seq & index->mask] = (h2f_hpack_link){field_hash, *newest_field, *newest_name};
    *newest_field = *newest_name = (uint16_t)seq;
}

/* Gives the index as many places as the ring has; all chains are empty then. */
static int match_ring(h2f_hpack_index *index, const h2f_hpack_table *table) {
    size_t places = table->mask + (size_t)1;
    h2f_hpack_link *links = malloc(places * sizeof *links);
    uint16_t *heads = malloc(2 * places * sizeof *heads);
    if (links == NULL || heads == NULL) {
        free(links);
        free(heads);
        return H2F_ERR_NOMEM;
    }
    h2f_hpack_index_free(index);
    *index = (h2f_hpack_index){links, heads, table->mask, table->inserted - table->count};
    for (size_t i = 0; i < 2 * places; i++)
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
        link_entry(index, index->seen, (uint32_t)hashes.field_hash, (uint32_t)hashes.name_hash);
    }
    return 0;
}

void h2f_hpack_index_add(h2f_hpack_index *index, const h2f_hpack_table *table,
                         h2f_hpack_hashes hashes) {
    if (index->seen == table->inserted)
        return; /* the entry was too large for the table */
    link_entry(index, index->seen, (uint32_t)hashes.field_hash, (uint32_t)hashes.name_hash);
    index->seen = table->inserted;
}

static int same(const h2f_hpack_entry *entry, const uint8_t *name, size_t name_len) {
    return entry->name_len == name_len && h2f_bytes_equal(entry->name, name, name_len);
}

/* Both searches walk a chain from its newest entry. A sequence number that is not older than the
 * one before it is stale and ends the chain, so no walk is longer than the table. */

static uint32_t age_of(const h2f_hpack_table *table, uint16_t seq) {
    return (uint16_t)(table->inserted - 1 - seq);
}

static uint32_t find_field(const h2f_hpack_index *index, const h2f_hpack_table *table,
                           const uint8_t *name, size_t name_len, const uint8_t *value,
                           size_t value_len, uint32_t hash) {
    uint32_t age = age_of(table, *field_head(index, hash)), least_age = 0;
    while (age < table->count && age >= least_age) {
        uint32_t seq = table->inserted - 1 - age;
        const h2f_hpack_link *link = &index->links[seq & index->mask];
        const h2f_hpack_entry *entry = &table->ring[seq & table->mask];
        if (link->field_hash == hash && entry->value_len == value_len && same(entry, name, name_len) &&
            h2f_bytes_equal(entry->name + name_len, value, value_len))
            return H2F_HPACK_STATIC_ENTRIES + 1 + age;
        least_age = age + 1;
        age = age_of(table, link->older_field);
    }
    return 0;
}

static uint32_t find_name(const h2f_hpack_index *index, const h2f_hpack_table *table,
                          const uint8_t *name, size_t name_len, uint32_t hash) {
    uint32_t age = age_of(table, *name_head(index, hash)), least_age = 0;
    while (age < table->count && age >= least_age) {
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
        found = find_field(index, table, name, name_len, value, value_len, (uint32_t)hashes.field_hash);
    if (found != 0)
        return found;
    *name_only = 1;
    if (static_name != 0 || table->count == 0)
        return static_name;
    return find_name(index, table, name, name_len, (uint32_t)hashes.name_hash);
}
