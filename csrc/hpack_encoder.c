#include "hpack_encoder.h"

#include "h2f_bytes.h"
#include "hpack_representation.h"
#include "h2f_limits.h"


void h2f_hpack_encoder_init(h2f_hpack_encoder *encoder) {
    h2f_hpack_table_init(&encoder->table, H2F_HPACK_DEFAULT_TABLE_SIZE);
    h2f_hpack_index_init(&encoder->index);
    encoder->table_limit = H2F_HPACK_DEFAULT_TABLE_SIZE;
    encoder->smallest_size = encoder->announced_size = H2F_HPACK_DEFAULT_TABLE_SIZE;
}

void h2f_hpack_encoder_free(h2f_hpack_encoder *encoder) {
    h2f_hpack_table_free(&encoder->table);
    h2f_hpack_index_free(&encoder->index);
}

void h2f_hpack_encoder_resize(h2f_hpack_encoder *encoder, uint64_t peer_size) {
    uint64_t size = peer_size < encoder->table_limit ? peer_size : encoder->table_limit;
    if (size < encoder->smallest_size)
        encoder->smallest_size = size;
    h2f_hpack_table_resize(&encoder->table, size);
}

uint8_t *h2f_hpack_encode_size_updates(h2f_hpack_encoder *encoder, uint8_t *dst) {
    uint64_t final_size = encoder->table.max_size;
    int lowered = encoder->smallest_size < encoder->announced_size;
    if (lowered && encoder->smallest_size < final_size)
        dst = h2f_hpack_integer_encode(dst, encoder->smallest_size, H2F_SIZE_UPDATE_PREFIX,
                                       H2F_SIZE_UPDATE);
    if (lowered || final_size != encoder->announced_size)
        dst = h2f_hpack_integer_encode(dst, final_size, H2F_SIZE_UPDATE_PREFIX, H2F_SIZE_UPDATE);
    encoder->smallest_size = encoder->announced_size = final_size;
    return dst;
}

/* The code is written where it belongs under a length of one octet, and moved in the rare case
 * that its length takes more. */
uint8_t *h2f_hpack_encode_string(uint8_t *dst, const uint8_t *string, size_t len,
                                 enum h2f_hpack_huffman huffman) {
    if (huffman != H2F_HPACK_RAW) {
        uint8_t *code = dst + 1;
        size_t code_len = (size_t)(h2f_huffman_encode(code, string, len) - code);
        if (H2F_LIKELY(huffman == H2F_HPACK_HUFFMAN || code_len < len)) {
            if (H2F_LIKELY(code_len < 0x7f)) {
                *dst = (uint8_t)(H2F_STRING_HUFFMAN | code_len);
                return code + code_len;
            }
            uint8_t prefix[H2F_HPACK_INTEGER_BOUND];
            uint8_t *end = h2f_hpack_integer_encode(prefix, code_len, H2F_STRING_PREFIX,
                                                    H2F_STRING_HUFFMAN);
            size_t prefix_len = (size_t)(end - prefix);
            memmove(dst + prefix_len, code, code_len);
            memcpy(dst, prefix, prefix_len);
            return dst + prefix_len + code_len;
        }
    }
    dst = h2f_hpack_integer_encode(dst, len, H2F_STRING_PREFIX, 0);
    memcpy(dst, string, len);
    return dst + len;
}

/* Whether adding a field to the table would rather push out better ones. static_name is the first
 * static index of its name, or 0. */
static int is_rarely_repeated(uint32_t static_name, size_t name_len, size_t value_len,
                              uint64_t table_size) {
    switch (static_name) {
    case 4:  /* :path */
    case 21: /* age */
    case 28: /* content-length */
    case 34: /* etag */
    case 40: /* if-modified-since */
    case 41: /* if-none-match */
    case 46: /* location */
    case 55: /* set-cookie */
        return 1;
    default:
        return name_len + value_len + H2F_HPACK_ENTRY_OVERHEAD > table_size / 4 * 3;
    }
}

/* Makes room in the table and its index for an entry with so many octets. */
static int prepare(h2f_hpack_table *table, h2f_hpack_index *index, size_t len) {
    if (H2F_LIKELY(table->ring != NULL && table->count <= table->mask &&
                   h2f_hpack_table_room(table) >= len && index->mask == table->mask &&
                   index->seen == table->inserted))
        return 0;
    int error = h2f_hpack_table_prepare(table, len);
    return error ? error : h2f_hpack_index_follow(index, table);
}

uint8_t *h2f_hpack_encode_field(h2f_hpack_table *table, h2f_hpack_index *index, uint8_t *dst,
                                const uint8_t *name, size_t name_len, const uint8_t *value,
                                size_t value_len, enum h2f_hpack_indexing indexing,
                                enum h2f_hpack_huffman huffman) {
    int name_only;
    h2f_hpack_hashes hashes = h2f_hpack_hash(name, name_len, value, value_len);
    uint32_t found = h2f_hpack_index_search(index, table, name, name_len, value, value_len, hashes,
                                            &name_only);
    if (found != 0 && !name_only && indexing != H2F_HPACK_NEVER)
        return h2f_hpack_integer_encode(dst, found, H2F_INDEXED_PREFIX, H2F_INDEXED);

    if (indexing == H2F_HPACK_ADAPTIVE)
        indexing = is_rarely_repeated(found, name_len, value_len, table->max_size)
                       ? H2F_HPACK_WITHOUT
                       : H2F_HPACK_INCREMENTAL;
    if (indexing == H2F_HPACK_INCREMENTAL && prepare(table, index, name_len + value_len) != 0)
        indexing = H2F_HPACK_WITHOUT;
    if (indexing == H2F_HPACK_INCREMENTAL)
        dst = h2f_hpack_integer_encode(dst, found, H2F_LITERAL_INCREMENTAL_PREFIX,
                                       H2F_LITERAL_INCREMENTAL);
    else
        dst = h2f_hpack_integer_encode(dst, found, H2F_LITERAL_PREFIX,
                                       indexing == H2F_HPACK_WITHOUT ? H2F_LITERAL_WITHOUT
                                                                     : H2F_LITERAL_NEVER);
    if (found == 0)
        dst = h2f_hpack_encode_string(dst, name, name_len, huffman);
    dst = h2f_hpack_encode_string(dst, value, value_len, huffman);
    if (indexing == H2F_HPACK_INCREMENTAL) {
        h2f_hpack_table_insert_copy(table, name, name_len, value, value_len);
        h2f_hpack_index_add(index, table, hashes);
    }
    return dst;
}
