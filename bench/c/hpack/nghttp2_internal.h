/* Functions of libnghttp2 that its public header does not declare; only the static library has
 * them. As in nghttp2 1.52 (lib/nghttp2_buf.h, lib/nghttp2_hd.h). A version that laid these out
 * otherwise would fail the check that precedes every measurement.
 */
#ifndef NGHTTP2_INTERNAL_H
#define NGHTTP2_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nghttp2/nghttp2.h>

typedef struct {
    uint8_t *begin, *end; /* the memory */
    uint8_t *pos, *last;  /* what of it is in use */
    uint8_t *mark;
} nghttp2_buf;

typedef struct nghttp2_buf_chain {
    struct nghttp2_buf_chain *next;
    nghttp2_buf buf;
} nghttp2_buf_chain;

typedef struct {
    nghttp2_buf_chain *head, *cur;
    nghttp2_mem *mem;
    size_t chunk_length, max_chunk, chunk_used, chunk_keep, offset;
} nghttp2_bufs;

typedef struct {
    uint16_t fstate;
} nghttp2_hd_huff_decode_context;

void nghttp2_buf_wrap_init(nghttp2_buf *buf, uint8_t *begin, size_t len);

size_t nghttp2_hd_huff_encode_count(const uint8_t *src, size_t len);
int nghttp2_hd_huff_encode(nghttp2_bufs *bufs, const uint8_t *src, size_t srclen);

void nghttp2_hd_huff_decode_context_init(nghttp2_hd_huff_decode_context *ctx);
ssize_t nghttp2_hd_huff_decode(nghttp2_hd_huff_decode_context *ctx, nghttp2_buf *buf,
                               const uint8_t *src, size_t srclen, int final);

#endif
