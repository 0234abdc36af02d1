/* An encoder and a decoder of one connection, side by side: what one writes, the other and the
 * reference must read, and all three tables must be the same behind each block.
 */
#ifndef H2F_TEST_ROUND_TRIP_H
#define H2F_TEST_ROUND_TRIP_H

#include "compare.h"
#include "hpack_encoder.h"

typedef struct {
    h2f_hpack_encoder encoder;
    compared decoders;
} connection;

typedef struct {
    const uint8_t *name, *value;
    size_t name_len, value_len;
    enum h2f_hpack_indexing indexing;
    enum h2f_hpack_huffman huffman;
} sent_field;

static inline void connection_init(connection *it) {
    h2f_hpack_encoder_init(&it->encoder);
    compared_init(&it->decoders, H2F_HPACK_DEFAULT_TABLE_SIZE);
    compared_set_limits(&it->decoders, H2F_HPACK_DEFAULT_TABLE_SIZE, UINT64_MAX, UINT64_MAX);
}

static inline void connection_free(connection *it) {
    h2f_hpack_encoder_free(&it->encoder);
    compared_free(&it->decoders);
}

/* The decoder's side changes its setting, and the encoder has got it. */
static inline void connection_resize(connection *it, uint64_t setting, uint64_t table_limit) {
    it->encoder.table_limit = table_limit;
    h2f_hpack_encoder_resize(&it->encoder, setting);
    it->decoders.decoder.max_table_size = it->decoders.ref.max_table_size = setting;
}

/* Into exactly the room that the bounds say suffices. */
static inline uint8_t *encode_block(h2f_hpack_encoder *encoder, const sent_field *fields,
                                    size_t count, size_t *len) {
    size_t octets = 0;
    for (size_t i = 0; i < count; i++)
        octets += fields[i].name_len + fields[i].value_len;
    CHECK_INT(h2f_hpack_index_follow(&encoder->index, &encoder->table), 0);
    uint8_t *block = malloc(H2F_HPACK_SIZE_UPDATES_BOUND + h2f_hpack_encode_bound(count, octets));
    CHECK(block != NULL);
    uint8_t *dst = h2f_hpack_encode_size_updates(encoder, block);
    CHECK(dst <= block + H2F_HPACK_SIZE_UPDATES_BOUND);
    for (size_t i = 0; i < count; i++) {
        const sent_field *field = &fields[i];
        dst = h2f_hpack_encode_field(&encoder->table, &encoder->index, dst, field->name,
                                     field->name_len, field->value, field->value_len,
                                     field->indexing, field->huffman);
    }
    *len = (size_t)(dst - block);
    return block;
}

static inline void check_same_table(const h2f_hpack_table *a, const h2f_hpack_table *b) {
    CHECK_INT(a->count, b->count);
    CHECK_INT(a->size, b->size);
    for (uint64_t i = 62; i < 62 + a->count; i++) {
        const h2f_hpack_entry *x = h2f_hpack_table_get(a, i), *y = h2f_hpack_table_get(b, i);
        CHECK_INT(x->name_len, y->name_len);
        CHECK_BYTES(x->name, x->name_len + x->value_len, y->name, y->name_len + y->value_len);
    }
}

static inline void check_received(const ref_fields *received, const sent_field *sent,
                                  size_t count) {
    CHECK_INT(received->count, count);
    for (size_t i = 0; i < count; i++, sent++) {
        const ref_field *field = &received->items[i];
        CHECK_BYTES(field->name.octets, field->name.len, sent->name, sent->name_len);
        CHECK_BYTES(field->value.octets, field->value.len, sent->value, sent->value_len);
        CHECK_INT(field->never_indexed,
                  sent->indexing == H2F_HPACK_NEVER ||
                      (sent->indexing == H2F_HPACK_NEVER_ADDED && !field->indexed));
    }
}

static inline void round_trip_block(connection *it, const sent_field *fields, size_t count) {
    size_t len;
    ref_fields received = {0};
    uint8_t *block = encode_block(&it->encoder, fields, count, &len);
    CHECK_INT(compare_block(&it->decoders, block, len, &received), 0);
    check_received(&received, fields, count);
    check_same_table(&it->encoder.table, &it->decoders.table);
    ref_fields_free(&received);
    free(block);
}

#endif
