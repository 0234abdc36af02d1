#include "codec.h"

#include <stdlib.h>

#include "hpack_decoder.h"
#include "hpack_encoder.h"
#include "huffman.h"
#include "h2f_limits.h"

typedef struct {
    h2f_hpack_table table;
    h2f_hpack_decoder decoder;
} connection;

static void *new_decoder(void) {
    connection *conn = allocate(sizeof *conn);
    h2f_hpack_table_init(&conn->table, H2F_HPACK_DEFAULT_TABLE_SIZE);
    h2f_hpack_decoder_init(&conn->decoder, &conn->table);
    return conn;
}

static void free_decoder(void *decoder) {
    connection *conn = decoder;
    h2f_hpack_table_free(&conn->table);
    free(conn);
}

static inline void decode_block(connection *conn, span block, field_reader *read, void *state) {
    h2f_hpack_field field;
    int result;
    h2f_hpack_decoder_begin(&conn->decoder, block.octets, block.len);
    while ((result = h2f_hpack_decoder_next(&conn->decoder, &field)) > 0)
        read(state, field.name, field.name_len, field.value, field.value_len);
    require(result == 0, "h2f_hpack_decoder_next");
    h2f_hpack_decoder_end(&conn->decoder);
}

static uint64_t decode(void *decoder, span block) {
    uint64_t sum = 0;
    decode_block(decoder, block, sum_field, &sum);
    return sum;
}

static int decodes_to(void *decoder, span block, const header_list *expected) {
    comparison result = {.expected = expected};
    decode_block(decoder, block, compare_field, &result);
    return is_equal(&result);
}

static void *new_encoder(void) {
    h2f_hpack_encoder *encoder = allocate(sizeof *encoder);
    h2f_hpack_encoder_init(encoder);
    return encoder;
}

static void free_encoder(void *encoder) {
    h2f_hpack_encoder_free(encoder);
    free(encoder);
}

static uint8_t *encode(void *state, const header_list *list, uint8_t *dst) {
    h2f_hpack_encoder *encoder = state;
    require(h2f_hpack_index_follow(&encoder->index, &encoder->table) == 0,
            "h2f_hpack_index_follow");
    dst = h2f_hpack_encode_size_updates(encoder, dst);
    for (size_t i = 0; i < list->count; i++) {
        const nghttp2_nv *field = &list->fields[i];
        int sensitive = field->flags & NGHTTP2_NV_FLAG_NO_INDEX;
        dst = h2f_hpack_encode_field(&encoder->table, &encoder->index, dst, field->name,
                                     field->namelen, field->value, field->valuelen,
                                     sensitive ? H2F_HPACK_NEVER : H2F_HPACK_ADAPTIVE,
                                     H2F_HPACK_SHORTER);
    }
    return dst;
}

static uint8_t *huffman_encode(span string, uint8_t *dst) {
    return h2f_huffman_encode(dst, string.octets, string.len);
}

static uint8_t *huffman_decode(const coded_string *string, uint8_t *dst) {
    ptrdiff_t len =
        h2f_huffman_decode(dst, string->code.octets, string->code.len, string->readable);
    require(len >= 0, "h2f_huffman_decode");
    return dst + len;
}

const codec h2fast_codec = {
    .name = "h2fast",
    .new_decoder = new_decoder,
    .free_decoder = free_decoder,
    .decode = decode,
    .decodes_to = decodes_to,
    .new_encoder = new_encoder,
    .free_encoder = free_encoder,
    .encode = encode,
    .huffman_encode = huffman_encode,
    .huffman_decode = huffman_decode,
};
