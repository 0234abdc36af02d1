#include "hpack_decoder.h"

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "hpack_integer.h"
#include "hpack_representation.h"
#include "huffman.h"
#include "h2f_limits.h"


void h2f_hpack_decoder_init(h2f_hpack_decoder *decoder, h2f_hpack_table *table) {
    *decoder = (h2f_hpack_decoder){
        .table = table,
        .max_table_size = table->max_size,
        .max_list_size = H2F_HPACK_DEFAULT_MAX_LIST_SIZE,
        .max_fields = H2F_HPACK_DEFAULT_MAX_FIELDS,
        .max_size_updates = H2F_HPACK_DEFAULT_MAX_SIZE_UPDATES,
    };
}

void h2f_hpack_decoder_begin(h2f_hpack_decoder *decoder, const uint8_t *block, size_t len) {
    h2f_hpack_table_settle(decoder->table);
    decoder->at = block;
    decoder->end = block + len;
    decoder->list_size = 0;
    decoder->fields = 0;
    decoder->size_updates = 0;
}

void h2f_hpack_decoder_end(h2f_hpack_decoder *decoder) {
    decoder->at = decoder->end = NULL;
    h2f_hpack_table_settle(decoder->table);
}

void h2f_hpack_decoder_resume(h2f_hpack_decoder *decoder) {
    decoder->error = H2F_OK;
}

static size_t left(const h2f_hpack_decoder *decoder) {
    return (size_t)(decoder->end - decoder->at);
}

/* Takes an integer; the place of a bad one is kept for the message. */
static int take_integer(h2f_hpack_decoder *decoder, unsigned prefix_bits, uint64_t *value) {
    int taken = h2f_hpack_integer_decode(decoder->at, left(decoder), prefix_bits, value);
    if (H2F_UNLIKELY(taken < 0 || *value > H2F_HPACK_MAX_INTEGER)) {
        decoder->error_at = decoder->at;
        return taken < 0 ? taken : H2F_ERR_INTEGER_TOO_LARGE;
    }
    decoder->at += taken;
    return 0;
}

/* A string as it stands in the block. */
typedef struct {
    const uint8_t *octets;
    size_t len;
    size_t bound; /* octets that decoding it may touch */
    int huffman;
} coded_string;

static int take_string(h2f_hpack_decoder *decoder, coded_string *string) {
    uint64_t len;
    int huffman = decoder->at < decoder->end && (*decoder->at & H2F_STRING_HUFFMAN);
    int error = take_integer(decoder, H2F_STRING_PREFIX, &len);
    if (H2F_UNLIKELY(error))
        return error;
    if (H2F_UNLIKELY(len > left(decoder)))
        return H2F_ERR_STRING_TRUNCATED;
    *string = (coded_string){
        .octets = decoder->at,
        .len = (size_t)len,
        .bound = huffman ? h2f_huffman_decode_bound((size_t)len) : (size_t)len,
        .huffman = huffman,
    };
    decoder->at += len;
    return 0;
}

/* Writes the string to dst. Returns its length or H2F_ERR_HUFFMAN_*. */
static ptrdiff_t write_string(const h2f_hpack_decoder *decoder, const coded_string *string,
                              uint8_t *dst) {
    if (string->huffman)
        return h2f_huffman_decode(dst, string->octets, string->len,
                                  (size_t)(decoder->end - string->octets));
    memcpy(dst, string->octets, string->len);
    return (ptrdiff_t)string->len;
}

static const h2f_hpack_entry *look_up(h2f_hpack_decoder *decoder, uint64_t index) {
    const h2f_hpack_entry *entry = h2f_hpack_table_get(decoder->table, index);
    if (H2F_UNLIKELY(entry == NULL))
        decoder->error_value = index;
    return entry;
}

/* The name of a literal: either a view (of a table), or a string still to be decoded. */
static int take_name(h2f_hpack_decoder *decoder, unsigned prefix_bits, h2f_hpack_field *field,
                     coded_string *name) {
    uint64_t index;
    int error = take_integer(decoder, prefix_bits, &index);
    if (H2F_UNLIKELY(error))
        return error;
    field->name_index = (uint32_t)index;
    if (index == 0)
        return take_string(decoder, name);
    const h2f_hpack_entry *entry = look_up(decoder, index);
    if (H2F_UNLIKELY(entry == NULL))
        return H2F_ERR_TABLE_INDEX;
    *name = (coded_string){.octets = entry->name, .len = entry->name_len, .bound = entry->name_len};
    return 0;
}

/* The error to report when a value cannot be taken: the first one of the block, so the name's if
 * decoding that fails too. */
static int first_error(h2f_hpack_decoder *decoder, const coded_string *name, int error) {
    uint8_t *dst = h2f_hpack_table_reserve(decoder->table, name->bound);
    if (dst == NULL)
        return H2F_ERR_NOMEM;
    ptrdiff_t len = write_string(decoder, name, dst);
    return len < 0 ? (int)len : error;
}

/* Takes the strings of a literal, or a view of a table in place of the name. */
static int take_strings(h2f_hpack_decoder *decoder, unsigned prefix_bits, h2f_hpack_field *field,
                        coded_string *name, coded_string *value) {
    int error = take_name(decoder, prefix_bits, field, name);
    if (H2F_UNLIKELY(error))
        return error;
    error = take_string(decoder, value);
    return H2F_LIKELY(!error) ? 0 : first_error(decoder, name, error);
}

/* The string as a view: of the block where it is not Huffman-coded, else of the arena. */
static int view_string(h2f_hpack_decoder *decoder, const coded_string *string,
                       const uint8_t **view, size_t *view_len) {
    if (!string->huffman) {
        *view = string->octets;
        *view_len = string->len;
        return 0;
    }
    uint8_t *dst = h2f_hpack_table_reserve(decoder->table, string->bound);
    if (H2F_UNLIKELY(dst == NULL))
        return H2F_ERR_NOMEM;
    ptrdiff_t len = write_string(decoder, string, dst);
    if (H2F_UNLIKELY(len < 0))
        return (int)len;
    h2f_hpack_table_keep(decoder->table, (size_t)len);
    *view = dst;
    *view_len = (size_t)len;
    return 0;
}

static int take_indexed(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    uint64_t index;
    int error = take_integer(decoder, H2F_INDEXED_PREFIX, &index);
    if (H2F_UNLIKELY(error))
        return error;
    const h2f_hpack_entry *entry = look_up(decoder, index);
    if (H2F_UNLIKELY(entry == NULL))
        return H2F_ERR_TABLE_INDEX;
    *field = (h2f_hpack_field){
        .name = entry->name,
        .value = entry->name + entry->name_len,
        .name_len = entry->name_len,
        .value_len = entry->value_len,
        .index = (uint32_t)index,
    };
    return 0;
}

/* A literal that becomes an entry: name and value are decoded side by side into the arena. The
 * name may be a view of an entry that this one evicts, which stays in place for the block. */
static int take_incremental(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    coded_string name, value;
    int error = take_strings(decoder, H2F_LITERAL_INCREMENTAL_PREFIX, field, &name, &value);
    if (H2F_UNLIKELY(error))
        return error;
    uint8_t *dst = h2f_hpack_table_reserve(decoder->table, name.bound + value.bound);
    if (H2F_UNLIKELY(dst == NULL))
        return H2F_ERR_NOMEM;
    ptrdiff_t name_len = write_string(decoder, &name, dst);
    if (H2F_UNLIKELY(name_len < 0))
        return (int)name_len;
    ptrdiff_t value_len = write_string(decoder, &value, dst + name_len);
    if (H2F_UNLIKELY(value_len < 0))
        return (int)value_len;
    h2f_hpack_table_keep(decoder->table, (size_t)(name_len + value_len));
    field->name = dst;
    field->name_len = (size_t)name_len;
    field->value = dst + name_len;
    field->value_len = (size_t)value_len;
    uint32_t before = decoder->table->inserted;
    error = h2f_hpack_table_insert(decoder->table, dst, field->name_len, field->value_len);
    field->inserted = decoder->table->inserted != before;
    return error;
}

static int take_literal(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    coded_string name, value;
    int error = take_strings(decoder, H2F_LITERAL_PREFIX, field, &name, &value);
    if (H2F_LIKELY(!error))
        error = view_string(decoder, &name, &field->name, &field->name_len);
    if (H2F_LIKELY(!error))
        error = view_string(decoder, &value, &field->value, &field->value_len);
    return error;
}

static int take_size_update(h2f_hpack_decoder *decoder) {
    uint64_t size;
    if (decoder->fields != 0)
        return H2F_ERR_TABLE_SIZE_MISPLACED;
    if (++decoder->size_updates > decoder->max_size_updates)
        return H2F_ERR_TABLE_SIZE_REPEATED;
    int error = take_integer(decoder, H2F_SIZE_UPDATE_PREFIX, &size);
    if (error)
        return error;
    if (size > decoder->max_table_size)
        return H2F_ERR_TABLE_SIZE_EXCEEDED;
    h2f_hpack_table_resize(decoder->table, size);
    return 0;
}

static int take_field(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    int error;
    uint8_t first = *decoder->at;
    if (first & H2F_INDEXED) {
        error = take_indexed(decoder, field);
    } else {
        *field = (h2f_hpack_field){.never_indexed = (first & 0xf0) == H2F_LITERAL_NEVER};
        error = first & H2F_LITERAL_INCREMENTAL ? take_incremental(decoder, field)
                                            : take_literal(decoder, field);
    }
    if (H2F_UNLIKELY(error))
        return error;
    decoder->list_size += field->name_len + field->value_len + H2F_HPACK_ENTRY_OVERHEAD;
    if (H2F_UNLIKELY(decoder->list_size > decoder->max_list_size))
        return H2F_ERR_HEADER_LIST_SIZE;
    if (H2F_UNLIKELY(++decoder->fields > decoder->max_fields))
        return H2F_ERR_HEADER_FIELD_COUNT;
    return 1;
}

static int next(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    while (decoder->at < decoder->end) {
        if (H2F_LIKELY((*decoder->at & 0xe0) != H2F_SIZE_UPDATE))
            return take_field(decoder, field);
        int error = take_size_update(decoder);
        if (error)
            return error;
    }
    /* The setting was lowered, was acknowledged, and the encoder goes on with a larger table. */
    if (H2F_UNLIKELY(decoder->table->max_size > decoder->max_table_size))
        return H2F_ERR_TABLE_SIZE_MISSING;
    return 0;
}

int h2f_hpack_decoder_next(h2f_hpack_decoder *decoder, h2f_hpack_field *field) {
    if (H2F_UNLIKELY(decoder->error))
        return decoder->error;
    int result = next(decoder, field);
    if (H2F_UNLIKELY(result < 0))
        decoder->error = result;
    return result;
}
