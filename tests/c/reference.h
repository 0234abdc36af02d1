/* HPACK decoding as RFC 7541 tells it, step by step, octet by octet and bit by bit, with an
 * allocation for each string. It is what tests and fuzz targets compare csrc with, so it shares
 * nothing with csrc but the names of the errors, the limits, and the Huffman codes, which
 * test_huffman checks by themselves.
 */
#ifndef H2F_TEST_REFERENCE_H
#define H2F_TEST_REFERENCE_H

#include "check.h"
#include "h2f_error.h"
#include "huffman.h"
#include "h2f_limits.h"

/* RFC 7541 appendix A */
static const char *const ref_static[61][2] = {
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
};

/* The code tree: a child is a node, or a symbol as -1 - symbol. 257 leaves have 256 nodes. */
#define REF_EOS 256
static int ref_tree[256][2];

static inline void ref_tree_add(int symbol, uint32_t code, unsigned length, int *nodes) {
    int node = 0;
    for (unsigned i = length - 1; i > 0; i--) {
        int *child = &ref_tree[node][code >> i & 1];
        if (*child == 0)
            *child = (*nodes)++;
        CHECK(*child > 0 && *child < 256);
        node = *child;
    }
    CHECK_INT(ref_tree[node][code & 1], 0);
    ref_tree[node][code & 1] = -1 - symbol;
}

static inline void ref_tree_build(void) {
    int nodes = 1;
    for (int symbol = 0; symbol < 256; symbol++) {
        unsigned length;
        uint32_t code = h2f_huffman_code((uint8_t)symbol, &length);
        ref_tree_add(symbol, code, length, &nodes);
    }
    ref_tree_add(REF_EOS, 0x3fffffff, 30, &nodes);
    CHECK_INT(nodes, 256);
}

/* Section 5.2. dst has room for 8 len / 5 octets. */
static inline ptrdiff_t ref_huffman_decode(uint8_t *dst, const uint8_t *src, size_t len) {
    if (ref_tree[0][0] == 0)
        ref_tree_build();
    ptrdiff_t symbols = 0;
    int node = 0;
    unsigned pending = 0, ones = 1;
    for (size_t i = 0; i < 8 * len; i++) {
        unsigned bit = src[i / 8] >> (7 - i % 8) & 1;
        pending++;
        ones &= bit;
        node = ref_tree[node][bit];
        if (node > 0)
            continue;
        if (node == -1 - REF_EOS)
            return H2F_ERR_HUFFMAN_EOS;
        dst[symbols++] = (uint8_t)(-1 - node);
        node = 0;
        pending = 0;
        ones = 1;
    }
    return pending > 7 || !ones ? H2F_ERR_HUFFMAN_INCOMPLETE : symbols;
}

typedef struct {
    uint8_t *octets;
    size_t len;
} ref_string;

typedef struct {
    ref_string name, value;
    int indexed, never_indexed; /* how it was represented (sections 6.1 and 6.2.3) */
} ref_field;

typedef struct {
    ref_field *items; /* the newest comes first in a table, last in a list */
    size_t count, cap;
} ref_fields;

typedef struct {
    ref_fields table;
    uint64_t size, max_size, max_table_size, max_list_size, max_fields;
} ref_decoder;

static inline ref_string ref_string_new(const void *octets, size_t len) {
    return (ref_string){exact_copy(octets, len), len};
}

static inline ref_field ref_field_copy(const ref_field *field) {
    return (ref_field){.name = ref_string_new(field->name.octets, field->name.len),
                       .value = ref_string_new(field->value.octets, field->value.len)};
}

static inline uint64_t ref_field_size(const ref_field *field) {
    return field->name.len + field->value.len + 32;
}

static inline void ref_field_free(ref_field *field) {
    free(field->name.octets);
    free(field->value.octets);
}

static inline void ref_fields_put(ref_fields *fields, size_t at, ref_field field) {
    if (fields->count == fields->cap) {
        fields->cap = fields->cap ? 2 * fields->cap : 16;
        fields->items = realloc(fields->items, fields->cap * sizeof *fields->items);
        CHECK(fields->items != NULL);
    }
    memmove(fields->items + at + 1, fields->items + at,
            (fields->count - at) * sizeof *fields->items);
    fields->items[at] = field;
    fields->count++;
}

static inline void ref_fields_clear(ref_fields *fields) {
    for (size_t i = 0; i < fields->count; i++)
        ref_field_free(&fields->items[i]);
    fields->count = 0;
}

static inline void ref_fields_free(ref_fields *fields) {
    ref_fields_clear(fields);
    free(fields->items);
    *fields = (ref_fields){0};
}

static inline void ref_init(ref_decoder *ref, uint64_t max_size) {
    *ref = (ref_decoder){
        .max_size = max_size,
        .max_table_size = max_size,
        .max_list_size = H2F_HPACK_DEFAULT_MAX_LIST_SIZE,
        .max_fields = H2F_HPACK_DEFAULT_MAX_FIELDS,
    };
}

static inline void ref_free(ref_decoder *ref) {
    ref_fields_free(&ref->table);
}

/* Section 4.3 */
static inline void ref_evict_to(ref_decoder *ref, uint64_t size) {
    while (ref->size > size) {
        ref_field *oldest = &ref->table.items[--ref->table.count];
        ref->size -= ref_field_size(oldest);
        ref_field_free(oldest);
    }
}

static inline void ref_resize(ref_decoder *ref, uint64_t size) {
    ref->max_size = size;
    ref_evict_to(ref, size);
}

/* Section 4.4 */
static inline void ref_insert(ref_decoder *ref, const ref_field *field) {
    uint64_t size = ref_field_size(field);
    ref_evict_to(ref, size > ref->max_size ? 0 : ref->max_size - size);
    if (size > ref->max_size)
        return;
    ref_fields_put(&ref->table, 0, ref_field_copy(field));
    ref->size += size;
}

/* A copy of the field with this index (section 2.3.3), or H2F_ERR_TABLE_INDEX. */
static inline int ref_get(const ref_decoder *ref, uint64_t index, ref_field *field) {
    if (index == 0 || index > 61 + ref->table.count)
        return H2F_ERR_TABLE_INDEX;
    if (index > 61) {
        *field = ref_field_copy(&ref->table.items[index - 62]);
    } else {
        const char *const *row = ref_static[index - 1];
        *field = (ref_field){.name = ref_string_new(row[0], strlen(row[0])),
                             .value = ref_string_new(row[1], strlen(row[1]))};
    }
    return 0;
}

/* Section 5.1, with the limits that csrc states. */
static inline int ref_integer(const uint8_t **at, const uint8_t *end, unsigned prefix_bits,
                              uint64_t *value) {
    const uint64_t max_prefix = (1u << prefix_bits) - 1;
    if (*at == end)
        return H2F_ERR_INTEGER_TRUNCATED;
    *value = *(*at)++ & max_prefix;
    for (unsigned i = 0, more = *value == max_prefix; more; i++) {
        if (i == H2F_HPACK_MAX_CONTINUATION)
            return H2F_ERR_INTEGER_TOO_LONG;
        if (*at == end)
            return H2F_ERR_INTEGER_TRUNCATED;
        more = **at & 0x80;
        *value += (uint64_t)(*(*at)++ & 0x7f) << (7 * i);
    }
    return *value > H2F_HPACK_MAX_INTEGER ? H2F_ERR_INTEGER_TOO_LARGE : 0;
}

/* Section 5.2 */
static inline int ref_take_string(const uint8_t **at, const uint8_t *end, ref_string *string) {
    int huffman = *at < end && **at & 0x80;
    uint64_t len;
    int error = ref_integer(at, end, 7, &len);
    if (error)
        return error;
    if (len > (uint64_t)(end - *at))
        return H2F_ERR_STRING_TRUNCATED;
    const uint8_t *src = *at;
    *at += len;
    if (!huffman) {
        *string = ref_string_new(src, (size_t)len);
        return 0;
    }
    uint8_t *dst = malloc((size_t)len * 2 + 1);
    CHECK(dst != NULL);
    ptrdiff_t decoded = ref_huffman_decode(dst, src, (size_t)len);
    *string = (ref_string){dst, decoded < 0 ? 0 : (size_t)decoded};
    return decoded < 0 ? (int)decoded : 0;
}

/* Section 6.2. What is allocated stays in *field, whatever is returned. */
static inline int ref_take_literal(ref_decoder *ref, const uint8_t **at, const uint8_t *end,
                                   unsigned prefix_bits, ref_field *field) {
    uint64_t index;
    int error = ref_integer(at, end, prefix_bits, &index);
    if (error)
        return error;
    if (index == 0) {
        error = ref_take_string(at, end, &field->name);
    } else {
        error = ref_get(ref, index, field);
        free(field->value.octets);
        field->value = (ref_string){0};
    }
    return error ? error : ref_take_string(at, end, &field->value);
}

static inline int ref_take_field(ref_decoder *ref, const uint8_t **at, const uint8_t *end,
                                 ref_field *field) {
    uint8_t first = **at;
    if (first & 0x80) {
        uint64_t index;
        int error = ref_integer(at, end, 7, &index);
        if (!error)
            error = ref_get(ref, index, field);
        field->indexed = 1;
        return error;
    }
    int incremental = first & 0x40;
    int error = ref_take_literal(ref, at, end, incremental ? 6 : 4, field);
    if (error)
        return error;
    if (incremental)
        ref_insert(ref, field);
    field->never_indexed = !incremental && first & 0x10;
    return 0;
}

/* Section 6.3 */
static inline int ref_take_size_update(ref_decoder *ref, const uint8_t **at, const uint8_t *end,
                                       unsigned updates, size_t fields) {
    uint64_t size;
    if (fields != 0)
        return H2F_ERR_TABLE_SIZE_MISPLACED;
    if (updates > H2F_HPACK_DEFAULT_MAX_SIZE_UPDATES)
        return H2F_ERR_TABLE_SIZE_REPEATED;
    int error = ref_integer(at, end, 5, &size);
    if (error)
        return error;
    if (size > ref->max_table_size)
        return H2F_ERR_TABLE_SIZE_EXCEEDED;
    ref_resize(ref, size);
    return 0;
}

/* Decodes a block to the end of list, which starts empty. Returns 0, or the error that follows
 * those fields. */
static inline int ref_decode(ref_decoder *ref, const uint8_t *at, size_t len, ref_fields *list) {
    const uint8_t *end = at + len;
    uint64_t list_size = 0;
    unsigned updates = 0;
    while (at < end) {
        if ((*at & 0xe0) == 0x20) {
            int error = ref_take_size_update(ref, &at, end, ++updates, list->count);
            if (error)
                return error;
            continue;
        }
        ref_field field = {0};
        int error = ref_take_field(ref, &at, end, &field);
        list_size += ref_field_size(&field);
        if (!error && list_size > ref->max_list_size)
            error = H2F_ERR_HEADER_LIST_SIZE;
        if (!error && list->count == ref->max_fields)
            error = H2F_ERR_HEADER_FIELD_COUNT;
        if (error) {
            ref_field_free(&field);
            return error;
        }
        ref_fields_put(list, list->count, field);
    }
    return ref->max_size > ref->max_table_size ? H2F_ERR_TABLE_SIZE_MISSING : 0;
}

#endif
