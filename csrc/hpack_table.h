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

#define H2F_HPACK_STATIC_ENTRIES 61u

typedef struct {
    const uint8_t *name; /* the value follows it */
    uint32_t name_len;
    uint32_t value_len;
} h2f_hpack_entry;

typedef struct h2f_hpack_chunk h2f_hpack_chunk;

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

/* An empty table; nothing is allocated before the first entry. */
void h2f_hpack_table_init(h2f_hpack_table *table, uint64_t max_size);
void h2f_hpack_table_free(h2f_hpack_table *table);

/* Octets that the table holds on the heap. */
size_t h2f_hpack_table_heap_size(const h2f_hpack_table *table);

/* Sets the maximum size and evicts what no longer fits (RFC 7541 section 4.3). */
void h2f_hpack_table_resize(h2f_hpack_table *table, uint64_t max_size);

/* The entry with a static or dynamic index, counted from 1, or NULL where there is none. */
const h2f_hpack_entry *h2f_hpack_table_get(const h2f_hpack_table *table, uint64_t index);

/* Room for len octets that stay in place until the next settle, or NULL without memory. Only one
 * reservation is open at a time; of it, h2f_hpack_table_keep keeps the first len octets. */
uint8_t *h2f_hpack_table_reserve(h2f_hpack_table *table, size_t len);
void h2f_hpack_table_keep(h2f_hpack_table *table, size_t len);

/* Inserts an entry whose octets were reserved and kept: evicts until it fits, or everything if it
 * never does (RFC 7541 section 4.4). Returns 0, or H2F_ERR_NOMEM and inserts nothing. */
int h2f_hpack_table_insert(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                           size_t value_len);

/* Makes room for a number of entries with so many octets in all, so that inserting copies of them
 * cannot fail. Returns 0, or H2F_ERR_NOMEM and changes nothing. Views are lost. */
int h2f_hpack_table_prepare(h2f_hpack_table *table, size_t entries, size_t octets);

/* Inserts a copy of an entry that was prepared for. Views are lost. */
void h2f_hpack_table_insert_copy(h2f_hpack_table *table, const uint8_t *name, size_t name_len,
                                 const uint8_t *value, size_t value_len);

/* Reclaims what no entry uses. Views are lost. */
void h2f_hpack_table_settle(h2f_hpack_table *table);

/* The hash of a name, and the first static index that has this name or 0. */
uint64_t h2f_hpack_name_hash(const uint8_t *name, size_t name_len);
uint32_t h2f_hpack_static_name(uint64_t name_hash, const uint8_t *name, size_t name_len);

/* The static index with this name and value, or 0; first is the first one with the name. */
uint32_t h2f_hpack_static_field(uint32_t first, const uint8_t *value, size_t value_len);

#endif
