#include "codec.h"

#include "h2f_limits.h"
#include "nghttp2_internal.h"

/* More than any one block or string takes: dst has room for all of them. */
#define ROOM ((size_t)1 << 20)

static void *new_decoder(void) {
    nghttp2_hd_inflater *inflater;
    require(nghttp2_hd_inflate_new(&inflater) == 0, "nghttp2_hd_inflate_new");
    return inflater;
}

static void free_decoder(void *decoder) {
    nghttp2_hd_inflate_del(decoder);
}

static inline void decode_block(nghttp2_hd_inflater *inflater, span block, field_reader *read,
                                void *state) {
    const uint8_t *at = block.octets, *end = at + block.len;
    for (;;) {
        nghttp2_nv field;
        int flags = 0;
        ssize_t taken = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, (size_t)(end - at), 1);
        require(taken >= 0, "nghttp2_hd_inflate_hd2");
        at += taken;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            read(state, field.name, field.namelen, field.value, field.valuelen);
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
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
    nghttp2_hd_deflater *deflater;
    require(nghttp2_hd_deflate_new(&deflater, H2F_HPACK_DEFAULT_TABLE_SIZE) == 0,
            "nghttp2_hd_deflate_new");
    return deflater;
}

static void free_encoder(void *encoder) {
    nghttp2_hd_deflate_del(encoder);
}

static uint8_t *encode(void *encoder, const header_list *list, uint8_t *dst) {
    ssize_t len = nghttp2_hd_deflate_hd(encoder, dst, ROOM, list->fields, list->count);
    require(len >= 0, "nghttp2_hd_deflate_hd");
    return dst + len;
}

/* nghttp2 counts the octets of the code, to write their number and to see whether it is shorter,
 * and then writes it. h2fast knows both when it has written the code. */
static uint8_t *huffman_encode(span string, uint8_t *dst) {
    nghttp2_buf_chain chain = {0};
    nghttp2_bufs bufs = {.head = &chain, .cur = &chain};
    nghttp2_buf_wrap_init(&chain.buf, dst, ROOM);
    size_t len = nghttp2_hd_huff_encode_count(string.octets, string.len);
    require(nghttp2_hd_huff_encode(&bufs, string.octets, string.len) == 0 &&
                chain.buf.last == dst + len,
            "nghttp2_hd_huff_encode");
    return chain.buf.last;
}

static uint8_t *huffman_decode(const coded_string *string, uint8_t *dst) {
    nghttp2_hd_huff_decode_context context;
    nghttp2_buf buf;
    nghttp2_buf_wrap_init(&buf, dst, ROOM);
    nghttp2_hd_huff_decode_context_init(&context);
    require(nghttp2_hd_huff_decode(&context, &buf, string->code.octets, string->code.len, 1) >= 0,
            "nghttp2_hd_huff_decode");
    return buf.last;
}

const codec nghttp2_codec = {
    .name = "nghttp2",
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
