/* The operations to compare, as each implementation performs them. Only what a caller of the
 * implementation has to do is in here: anything else would blur the comparison.
 */
#ifndef CODEC_H
#define CODEC_H

#include "workload.h"

typedef struct {
    const char *name;

    void *(*new_decoder)(void);
    void (*free_decoder)(void *decoder);
    /* Decodes a block and reads its fields. Returns the sum of what sum_field makes of them. */
    uint64_t (*decode)(void *decoder, span block);
    /* Whether a block decodes to these fields, compared octet by octet. */
    int (*decodes_to)(void *decoder, span block, const header_list *expected);

    void *(*new_encoder)(void);
    void (*free_encoder)(void *encoder);

    /* These return the position behind what they wrote to dst, which has room for it. */
    uint8_t *(*encode)(void *encoder, const header_list *list, uint8_t *dst);
    uint8_t *(*huffman_encode)(span string, uint8_t *dst);
    uint8_t *(*huffman_decode)(const coded_string *string, uint8_t *dst);
} codec;

extern const codec h2fast_codec, nghttp2_codec;

/* Both decoders hand every field to one of these. */
typedef void field_reader(void *state, const uint8_t *name, size_t name_len, const uint8_t *value,
                          size_t value_len);

/* Reads what no caller can do without: where name and value are, how long they are, and some of
 * their octets. */
static inline void sum_field(void *state, const uint8_t *name, size_t name_len,
                             const uint8_t *value, size_t value_len) {
    uint64_t *sum = state;
    *sum += name_len + value_len;
    if (name_len != 0)
        *sum += (uint64_t)name[0] + name[name_len - 1];
    if (value_len != 0)
        *sum += (uint64_t)value[0] + value[value_len - 1];
}

typedef struct {
    const header_list *expected;
    size_t seen;
    int different;
} comparison;

void compare_field(void *state, const uint8_t *name, size_t name_len, const uint8_t *value,
                   size_t value_len);

/* Whether all fields came, and were equal. */
int is_equal(const comparison *result);

#endif
