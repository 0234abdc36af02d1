/* Decodes one block with csrc and with the reference, and ends the program where they differ: in
 * a field, in the error that ends the block, or in the dynamic table behind it.
 */
#ifndef H2F_TEST_COMPARE_H
#define H2F_TEST_COMPARE_H

#include "hpack_decoder.h"
#include "reference.h"

typedef struct {
    h2f_hpack_table table;
    h2f_hpack_decoder decoder;
    ref_decoder ref;
} compared;

static inline void compared_init(compared *pair, uint64_t max_table_size) {
    h2f_hpack_table_init(&pair->table, max_table_size);
    h2f_hpack_decoder_init(&pair->decoder, &pair->table);
    ref_init(&pair->ref, max_table_size);
}

static inline void compared_free(compared *pair) {
    h2f_hpack_table_free(&pair->table);
    ref_free(&pair->ref);
}

static inline void compared_set_limits(compared *pair, uint64_t table_size, uint64_t list_size,
                                       uint64_t fields) {
    pair->decoder.max_table_size = pair->ref.max_table_size = table_size;
    pair->decoder.max_list_size = pair->ref.max_list_size = list_size;
    pair->decoder.max_fields = pair->ref.max_fields = fields;
}

static inline void compare_field(const h2f_hpack_field *field, const ref_field *expected) {
    CHECK_BYTES(field->name, field->name_len, expected->name.octets, expected->name.len);
    CHECK_BYTES(field->value, field->value_len, expected->value.octets, expected->value.len);
    CHECK_INT(field->never_indexed, expected->never_indexed);
    CHECK_INT(field->index != 0, expected->indexed);
}

static inline void compare_table(const h2f_hpack_table *table, const ref_decoder *ref) {
    CHECK_INT(table->count, ref->table.count);
    CHECK_INT(table->size, ref->size);
    CHECK_INT(table->max_size, ref->max_size);
    for (size_t i = 0; i < ref->table.count; i++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(table, 62 + i);
        const ref_field *expected = &ref->table.items[i];
        CHECK_BYTES(entry->name, entry->name_len, expected->name.octets, expected->name.len);
        CHECK_BYTES(entry->name + entry->name_len, entry->value_len, expected->value.octets,
                    expected->value.len);
    }
    CHECK(h2f_hpack_table_get(table, 62 + ref->table.count) == NULL);
}

/* The fields are compared when all of the block is decoded: views hold that long. They are added
 * to the list, which starts empty. Returns 0 or the error, of which the decoder has recovered. */
static inline int compare_block(compared *pair, const uint8_t *octets, size_t len,
                                ref_fields *list) {
    uint8_t *block = exact_copy(octets, len);
    int expected_result = ref_decode(&pair->ref, block, len, list);

    h2f_hpack_field *fields = malloc((list->count + 1) * sizeof *fields);
    CHECK(fields != NULL);
    size_t count = 0;
    int result;
    h2f_hpack_decoder_begin(&pair->decoder, block, len);
    while ((result = h2f_hpack_decoder_next(&pair->decoder, &fields[count])) == 1) {
        CHECK(count < list->count);
        count++;
    }
    CHECK_INT(result, expected_result);
    CHECK_INT(count, list->count);
    for (size_t i = 0; i < count; i++)
        compare_field(&fields[i], &list->items[i]);
    compare_table(&pair->table, &pair->ref);
    CHECK_INT(h2f_hpack_decoder_next(&pair->decoder, &fields[0]), result);
    h2f_hpack_decoder_end(&pair->decoder);
    h2f_hpack_decoder_resume(&pair->decoder);
    compare_table(&pair->table, &pair->ref);

    free(fields);
    free(block);
    return result;
}

#endif
