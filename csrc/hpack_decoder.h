/* Decoding of complete header blocks (RFC 7541 sections 3.2 and 6). */
#ifndef H2F_HPACK_DECODER_H
#define H2F_HPACK_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "hpack_table.h"

typedef struct {
    h2f_hpack_table *table; /* the caller's */
    uint64_t max_table_size; /* acknowledged SETTINGS_HEADER_TABLE_SIZE */
    uint64_t max_list_size;  /* RFC 9113 section 6.5.2, SETTINGS_MAX_HEADER_LIST_SIZE */
    uint64_t max_fields;
    unsigned max_size_updates; /* in a block */

    /* The block at hand. */
    const uint8_t *at, *end;
    uint64_t list_size;
    uint64_t fields;
    unsigned size_updates;

    /* An error stays: what follows it cannot be decoded. */
    int error;
    uint64_t error_value;      /* the index, for H2F_ERR_TABLE_INDEX */
    const uint8_t *error_at;   /* the integer, for H2F_ERR_INTEGER_* */
} h2f_hpack_decoder;

/* A decoded field: views of the block, of a table or of the table's arena. They hold until the
 * next h2f_hpack_decoder_end or h2f_hpack_decoder_begin. */
typedef struct {
    const uint8_t *name, *value;
    size_t name_len, value_len;
    uint32_t index;      /* where the whole field came from, or 0 for a literal */
    uint32_t name_index; /* where the name of a literal came from, or 0 */
    uint8_t never_indexed; /* RFC 7541 section 6.2.3 */
    uint8_t inserted;      /* it is the newest entry of the table now */
} h2f_hpack_field;

/* A decoder with the default limits over an empty table. */
void h2f_hpack_decoder_init(h2f_hpack_decoder *decoder, h2f_hpack_table *table);

/* Starts a block of len octets; block is not NULL even for none. Where the decoder has failed
 * before, it stays failed. */
void h2f_hpack_decoder_begin(h2f_hpack_decoder *decoder, const uint8_t *block, size_t len);

/* Decodes the next field of the block. Returns 1, 0 at its end, or one of
 *   H2F_ERR_INTEGER_*, H2F_ERR_STRING_TRUNCATED, H2F_ERR_HUFFMAN_*, H2F_ERR_TABLE_*,
 *   H2F_ERR_HEADER_LIST_SIZE, H2F_ERR_HEADER_FIELD_COUNT, H2F_ERR_NOMEM
 * now and for ever after. Fields that came before the error are in the table. */
int h2f_hpack_decoder_next(h2f_hpack_decoder *decoder, h2f_hpack_field *field);

/* Gives up the views of the block. */
void h2f_hpack_decoder_end(h2f_hpack_decoder *decoder);

/* Makes a failed decoder accept blocks again, with the table as the failure left it. hpack's API
 * allows that; a connection never does. */
void h2f_hpack_decoder_resume(h2f_hpack_decoder *decoder);

#endif
