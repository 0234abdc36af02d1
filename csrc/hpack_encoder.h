/* Encoding of header blocks (RFC 7541 sections 4.2 and 6).
 *
 * A block is the size updates, if there are any, and the fields. Encoding cannot fail: an entry
 * that there is no memory for is sent without indexing, which changes no table. The caller has read
 * and checked all fields before the first one is encoded, so a refused list leaves no trace.
 */
#ifndef H2F_HPACK_ENCODER_H
#define H2F_HPACK_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "hpack_index.h"
#include "hpack_integer.h"
#include "hpack_table.h"
#include "huffman.h"

typedef struct {
    h2f_hpack_table table;
    h2f_hpack_index index;
    uint64_t table_limit;   /* the largest table this encoder uses, whatever the peer allows */
    uint64_t smallest_size; /* of the table since the last block */
    uint64_t announced_size; /* what the peer's decoder knows */
} h2f_hpack_encoder;

/* How a field is represented when it is not in a table with its value; H2F_HPACK_NEVER also when it
 * is, since the length of an index would tell (RFC 7541 section 7.1.3). */
enum h2f_hpack_indexing {
    H2F_HPACK_INCREMENTAL, /* RFC 7541 section 6.2.1: the entry is added to the table */
    H2F_HPACK_WITHOUT,     /* section 6.2.2 */
    H2F_HPACK_NEVER,       /* section 6.2.3: no intermediary may index it either */
    H2F_HPACK_ADAPTIVE,    /* incremental, but for fields whose value hardly ever comes again */
    H2F_HPACK_NEVER_ADDED  /* never, but an index when it is in a table, as in Python's hpack */
};

/* Whether strings are Huffman-coded. */
enum h2f_hpack_huffman { H2F_HPACK_RAW, H2F_HPACK_HUFFMAN, H2F_HPACK_SHORTER };

/* Octets that encoding may touch: a field costs at most three prefixes beyond its strings. */
static inline size_t h2f_hpack_encode_bound(size_t fields, size_t octets) {
    return fields * (3 * H2F_HPACK_INTEGER_BOUND) + h2f_huffman_encode_bound(octets);
}

#define H2F_HPACK_SIZE_UPDATES_BOUND (2 * H2F_HPACK_INTEGER_BOUND)

void h2f_hpack_encoder_init(h2f_hpack_encoder *encoder);
void h2f_hpack_encoder_free(h2f_hpack_encoder *encoder);

/* Sets the table size to what the peer's SETTINGS_HEADER_TABLE_SIZE allows and table_limit does. */
void h2f_hpack_encoder_resize(h2f_hpack_encoder *encoder, uint64_t peer_size);

/* Writes the size updates that are due, the smallest size since the last block and the final one
 * (RFC 7541 section 4.2), and returns the position behind them. */
uint8_t *h2f_hpack_encode_size_updates(h2f_hpack_encoder *encoder, uint8_t *dst);

/* Writes one field and returns the position behind it. The index is the table's and has followed
 * it. dst has room for h2f_hpack_encode_bound(1, name_len + value_len) octets. */
uint8_t *h2f_hpack_encode_field(h2f_hpack_table *table, h2f_hpack_index *index, uint8_t *dst,
                                const uint8_t *name, size_t name_len, const uint8_t *value,
                                size_t value_len, enum h2f_hpack_indexing indexing,
                                enum h2f_hpack_huffman huffman);

/* Writes a string (RFC 7541 section 5.2) and returns the position behind it. dst has room for
 * H2F_HPACK_INTEGER_BOUND + h2f_huffman_encode_bound(len) octets. */
uint8_t *h2f_hpack_encode_string(uint8_t *dst, const uint8_t *string, size_t len,
                                 enum h2f_hpack_huffman huffman);

#endif
