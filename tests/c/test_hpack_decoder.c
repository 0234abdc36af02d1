/* RFC 7541 sections 3.2, 4.2, 6 and appendix C: fields, table and every error of the decoder. */
#include "check.h"
#include "h2f_error.h"
#include "h2f_limits.h"
#include "hpack_decoder.h"
#include "rfc7541_examples.h"

typedef struct {
    h2f_hpack_table table;
    h2f_hpack_decoder decoder;
    uint8_t *block;
} context;

static void context_init(context *it, uint64_t table_size) {
    h2f_hpack_table_init(&it->table, table_size);
    h2f_hpack_decoder_init(&it->decoder, &it->table);
    it->block = NULL;
}

static void context_free(context *it) {
    free(it->block);
    h2f_hpack_table_free(&it->table);
}

/* Begins a block of exactly these octets, which live until the next one. */
static void begin(context *it, const uint8_t *octets, size_t len) {
    uint8_t *previous = it->block;
    it->block = exact_copy(octets, len);
    h2f_hpack_decoder_begin(&it->decoder, it->block, len);
    free(previous);
}

static void begin_hex(context *it, const char *hex) {
    uint8_t octets[1024];
    begin(it, octets, from_hex(octets, hex));
}

static h2f_hpack_field expect_field(context *it, const char *name, const char *value) {
    h2f_hpack_field field;
    CHECK_INT(h2f_hpack_decoder_next(&it->decoder, &field), 1);
    CHECK_STRING(field.name, field.name_len, name);
    CHECK_STRING(field.value, field.value_len, value);
    return field;
}

/* The end of the block, or an error; either is said again. */
static void expect(context *it, int result) {
    h2f_hpack_field field;
    CHECK_INT(h2f_hpack_decoder_next(&it->decoder, &field), result);
    CHECK_INT(h2f_hpack_decoder_next(&it->decoder, &field), result);
}

/* Decodes all of a block, in a context that may have failed before. */
static int result_of(context *it, const char *hex) {
    h2f_hpack_field field;
    int result;
    h2f_hpack_decoder_resume(&it->decoder);
    begin_hex(it, hex);
    while ((result = h2f_hpack_decoder_next(&it->decoder, &field)) == 1)
        ;
    return result;
}

/* The result of a block that is the first one of a connection. */
static int result_of_first(const char *hex) {
    context it;
    context_init(&it, 4096);
    int result = result_of(&it, hex);
    context_free(&it);
    return result;
}

static void check_table(const context *it, const example_field *newest_first, uint64_t size) {
    CHECK_INT(it->table.size, size);
    uint32_t count = 0;
    for (; newest_first->name != NULL; newest_first++, count++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(&it->table, 62 + count);
        CHECK(entry != NULL);
        CHECK_STRING(entry->name, entry->name_len, newest_first->name);
        CHECK_STRING(entry->name + entry->name_len, entry->value_len, newest_first->value);
    }
    CHECK_INT(it->table.count, count);
}

static void decode_examples(const example_block *examples, uint64_t table_size, int huffman) {
    context it;
    context_init(&it, table_size);
    for (int i = 0; i < 3; i++) {
        const example_block *example = &examples[i];
        begin_hex(&it, huffman ? example->huffman : example->raw);
        for (const example_field *field = example->fields; field->name != NULL; field++)
            expect_field(&it, field->name, field->value);
        expect(&it, 0);
        check_table(&it, example->table, example->table_size);
        h2f_hpack_decoder_end(&it.decoder);
        check_table(&it, example->table, example->table_size);
    }
    context_free(&it);
}

static void test_examples_of_appendix_c_3_to_c_6(void) {
    for (int huffman = 0; huffman < 2; huffman++) {
        decode_examples(example_requests, 4096, huffman);
        decode_examples(example_responses, EXAMPLE_RESPONSE_TABLE_SIZE, huffman);
    }
}

static void test_literal_with_indexing_of_appendix_c_2_1(void) {
    context it;
    context_init(&it, 4096);
    begin_hex(&it, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
    h2f_hpack_field field = expect_field(&it, "custom-key", "custom-header");
    CHECK_INT(field.index, 0);
    CHECK_INT(field.name_index, 0);
    CHECK_INT(field.inserted, 1);
    CHECK_INT(field.never_indexed, 0);
    expect(&it, 0);
    CHECK_INT(it.table.size, 55);
    context_free(&it);
}

static void test_literal_without_indexing_of_appendix_c_2_2(void) {
    context it;
    context_init(&it, 4096);
    begin_hex(&it, "040c 2f73 616d 706c 652f 7061 7468");
    h2f_hpack_field field = expect_field(&it, ":path", "/sample/path");
    CHECK_INT(field.name_index, 4);
    CHECK_INT(field.inserted, 0);
    CHECK_INT(field.never_indexed, 0);
    expect(&it, 0);
    CHECK_INT(it.table.count, 0);
    context_free(&it);
}

static void test_literal_never_indexed_of_appendix_c_2_3(void) {
    context it;
    context_init(&it, 4096);
    begin_hex(&it, "1008 7061 7373 776f 7264 0673 6563 7265 74");
    h2f_hpack_field field = expect_field(&it, "password", "secret");
    CHECK_INT(field.never_indexed, 1);
    CHECK_INT(field.inserted, 0);
    expect(&it, 0);
    CHECK_INT(it.table.count, 0);
    context_free(&it);
}

static void test_indexed_field_of_appendix_c_2_4(void) {
    context it;
    context_init(&it, 4096);
    begin_hex(&it, "82");
    h2f_hpack_field field = expect_field(&it, ":method", "GET");
    CHECK_INT(field.index, 2);
    CHECK_INT(field.inserted, 0);
    expect(&it, 0);
    context_free(&it);
}

static void test_empty_block(void) {
    CHECK_INT(result_of_first(""), 0);
}

/* "n: vv" counts 35: one such entry fills the table. */
static void test_name_of_the_entry_that_the_insertion_evicts(void) {
    context it;
    context_init(&it, 35);
    begin_hex(&it, "40 01 6e 02 7676"
                   "7e 02 7777"     /* name of index 62, by insertion */
                   "be"             /* the new entry */
                   "7e 81 1f"       /* the same with a Huffman-coded value */
                   "be"
                   "0f2f 02 7878"); /* and without insertion */
    h2f_hpack_field first = expect_field(&it, "n", "vv");
    h2f_hpack_field second = expect_field(&it, "n", "ww");
    CHECK_INT(second.name_index, 62);
    CHECK_INT(second.inserted, 1);
    expect_field(&it, "n", "ww");
    h2f_hpack_field third = expect_field(&it, "n", "a");
    expect_field(&it, "n", "a");
    expect_field(&it, "n", "xx");
    expect(&it, 0);
    CHECK_INT(it.table.count, 1);
    CHECK_STRING(first.value, first.value_len, "vv"); /* views of evicted entries hold */
    CHECK_STRING(second.value, second.value_len, "ww");
    CHECK_STRING(third.name, third.name_len, "n");
    context_free(&it);
}

/* Section 4.4: it is a field all the same, and leaves an empty table. */
static void test_field_larger_than_the_table(void) {
    context it;
    context_init(&it, 35);
    begin_hex(&it, "40 01 6e 02 7676"
                   "7e 03 777777");
    expect_field(&it, "n", "vv");
    h2f_hpack_field field = expect_field(&it, "n", "www");
    CHECK_INT(field.inserted, 0);
    expect(&it, 0);
    CHECK_INT(it.table.count, 0);
    CHECK_INT(result_of(&it, "be"), H2F_ERR_TABLE_INDEX);
    context_free(&it);
}

static void test_table_of_size_0_keeps_nothing(void) {
    context it;
    context_init(&it, 0);
    begin_hex(&it, "40 00 00 40 01 6e 01 76");
    CHECK_INT(expect_field(&it, "", "").inserted, 0);
    CHECK_INT(expect_field(&it, "n", "v").inserted, 0);
    expect(&it, 0);
    CHECK_INT(it.table.count, 0);
    context_free(&it);
}

/* 3000 fields are inserted in one block and evict each other; views of all of them hold. */
static void test_views_hold_for_a_block_of_many_insertions(void) {
    enum { FIELDS = 3000, LEN = 9 };
    static uint8_t block[FIELDS * LEN];
    static h2f_hpack_field fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        uint8_t *at = block + i * LEN;
        snprintf((char *)at, LEN, "%c%cn%c%04zu", 0x40, 1, 5, i);
        at[8] = '!';
    }
    context it;
    context_init(&it, 256);
    it.decoder.max_list_size = it.decoder.max_fields = 1000000;
    begin(&it, block, sizeof block);
    for (size_t i = 0; i < FIELDS; i++)
        CHECK_INT(h2f_hpack_decoder_next(&it.decoder, &fields[i]), 1);
    expect(&it, 0);
    for (size_t i = 0; i < FIELDS; i++) {
        CHECK_STRING(fields[i].name, fields[i].name_len, "n");
        CHECK_BYTES(fields[i].value, fields[i].value_len, block + i * LEN + 4, 5);
    }
    context_free(&it);
}

static void test_integer_truncated(void) {
    CHECK_INT(result_of_first("ff"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("ff80"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("40"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("40 01 6e"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("40 7f"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("3f"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("0f"), H2F_ERR_INTEGER_TRUNCATED);
}

static void test_integer_too_long(void) {
    CHECK_INT(result_of_first("bf"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("ff 80808080 00"), H2F_ERR_TABLE_INDEX); /* 127, five octets */
    CHECK_INT(result_of_first("ff 80808080 80 00"), H2F_ERR_INTEGER_TOO_LONG);
    CHECK_INT(result_of_first("3f 80808080 00"), 0); /* a size update, overlong */
    CHECK_INT(result_of_first("3f 80808080 80 00"), H2F_ERR_INTEGER_TOO_LONG);
}

/* 2^31-1 is an index, a length and a table size like others; 2^31 is not an integer. */
static void test_integer_too_large(void) {
    CHECK_INT(result_of_first("ff 80ffffff07"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("ff 81ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(result_of_first("7f c0ffffff07"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("7f c1ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(result_of_first("0f f0ffffff07"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("0f f1ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(result_of_first("00 7f 80ffffff07"), H2F_ERR_STRING_TRUNCATED);
    CHECK_INT(result_of_first("00 7f 81ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(result_of_first("00 ff 80ffffff07"), H2F_ERR_STRING_TRUNCATED);
    CHECK_INT(result_of_first("00 ff 81ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);

    context it;
    context_init(&it, UINT32_MAX);
    CHECK_INT(result_of(&it, "3f e0ffffff07"), 0);
    CHECK_INT(it.table.max_size, 0x7fffffff);
    CHECK_INT(result_of(&it, "3f e1ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(it.table.max_size, 0x7fffffff);
    context_free(&it);
}

static void test_place_of_a_bad_integer_is_told(void) {
    context it;
    context_init(&it, 4096);
    CHECK_INT(result_of(&it, "82 00 01 6e 7f 81ffffff07"), H2F_ERR_INTEGER_TOO_LARGE);
    CHECK_INT(it.decoder.error_at - it.block, 4);
    CHECK_INT(result_of(&it, "82 84 ff"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(it.decoder.error_at - it.block, 2);
    context_free(&it);
}

static void test_string_truncated(void) {
    CHECK_INT(result_of_first("00 01 6e 02 7676"), 0);
    CHECK_INT(result_of_first("00 01 6e 03 7676"), H2F_ERR_STRING_TRUNCATED);
    CHECK_INT(result_of_first("00 02 6e"), H2F_ERR_STRING_TRUNCATED);
    CHECK_INT(result_of_first("40 01 6e 03 7676"), H2F_ERR_STRING_TRUNCATED);
    CHECK_INT(result_of_first("00 01 6e 81"), H2F_ERR_STRING_TRUNCATED);
}

static void test_huffman_eos(void) {
    CHECK_INT(result_of_first("00 01 6e 84 ffffffff"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("00 84 ffffffff 01 76"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("40 01 6e 84 ffffffff"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("40 84 ffffffff 01 76"), H2F_ERR_HUFFMAN_EOS);
}

static void test_huffman_incomplete(void) {
    CHECK_INT(result_of_first("00 01 6e 81 1f"), 0);
    CHECK_INT(result_of_first("00 01 6e 82 1fff"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("00 01 6e 81 1e"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("00 82 1fff 01 76"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("40 82 1fff 01 76"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("40 01 6e 82 1fff"), H2F_ERR_HUFFMAN_INCOMPLETE);
}

/* Octets behind a string do not complete it. */
static void test_huffman_string_ends_with_its_length(void) {
    CHECK_INT(result_of_first("00 01 6e 81 1e 82828282"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("00 01 6e 81 ff 82828282"), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(result_of_first("00 01 6e 81 1f 82828282"), 0);
}

/* Where both strings of a literal are bad, the first one counts. */
static void test_the_first_error_of_a_block_is_reported(void) {
    CHECK_INT(result_of_first("00 84 ffffffff 82 1fff"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("00 84 ffffffff 05 76"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("40 84 ffffffff 7f"), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(result_of_first("40 81 1f 7f"), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(result_of_first("7f 00 05 76"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("41 05 76"), H2F_ERR_STRING_TRUNCATED);
}

static void test_table_index(void) {
    CHECK_INT(result_of_first("80"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("bd"), 0); /* 61 */
    CHECK_INT(result_of_first("be"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("40 01 6e 01 76 be"), 0);
    CHECK_INT(result_of_first("40 01 6e 01 76 bf"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("7e 01 76"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("0f2f 01 76"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(result_of_first("1f2f 01 76"), H2F_ERR_TABLE_INDEX);

    context it;
    context_init(&it, 4096);
    CHECK_INT(result_of(&it, "82 bf"), H2F_ERR_TABLE_INDEX);
    CHECK_INT(it.decoder.error_value, 63);
    context_free(&it);
}

static void test_table_size_exceeded(void) {
    context it;
    context_init(&it, 4096);
    CHECK_INT(result_of(&it, "3fe11f"), 0); /* 4096 */
    CHECK_INT(result_of(&it, "3fe21f"), H2F_ERR_TABLE_SIZE_EXCEEDED);
    CHECK_INT(it.table.max_size, 4096);
    it.decoder.max_table_size = 4097;
    CHECK_INT(result_of(&it, "3fe21f"), 0);
    CHECK_INT(it.table.max_size, 4097);
    context_free(&it);
}

static void test_table_size_misplaced(void) {
    CHECK_INT(result_of_first("20 82"), 0);
    CHECK_INT(result_of_first("82 20"), H2F_ERR_TABLE_SIZE_MISPLACED);
    CHECK_INT(result_of_first("20 82 3fe11f"), H2F_ERR_TABLE_SIZE_MISPLACED);
}

static void test_table_size_repeated(void) {
    CHECK_INT(result_of_first("20 3fe11f 82"), 0);
    CHECK_INT(result_of_first("20 20 20"), H2F_ERR_TABLE_SIZE_REPEATED);
    context it;
    context_init(&it, 4096);
    for (int block = 0; block < 5; block++) /* the count is one of each block */
        CHECK_INT(result_of(&it, "20 3fe11f 82"), 0);
    context_free(&it);
}

static void test_table_size_missing(void) {
    context it;
    context_init(&it, 4096);
    it.decoder.max_table_size = 4095;
    CHECK_INT(result_of(&it, ""), H2F_ERR_TABLE_SIZE_MISSING);
    CHECK_INT(result_of(&it, "82"), H2F_ERR_TABLE_SIZE_MISSING);
    CHECK_INT(result_of(&it, "3fe01f 82"), 0); /* 4095 */
    CHECK_INT(result_of(&it, "82"), 0);
    it.decoder.max_table_size = 0;
    CHECK_INT(result_of(&it, "20 82"), 0);
    it.decoder.max_table_size = 4096; /* a larger setting obliges to nothing */
    CHECK_INT(result_of(&it, "82"), 0);
    context_free(&it);
}

static void test_size_update_evicts(void) {
    context it;
    context_init(&it, 4096);
    CHECK_INT(result_of(&it, "40 01 6e 02 7676 40 01 6e 02 7777 be bf"), 0);
    CHECK_INT(result_of(&it, "3f04 be"), 0); /* 35 octets: the newest */
    CHECK_INT(it.table.count, 1);
    CHECK_INT(result_of(&it, "3f03 be"), H2F_ERR_TABLE_INDEX); /* 34 */
    context_free(&it);
}

/* ":method: GET" counts 7 + 3 + 32. */
static void test_header_list_size(void) {
    context it;
    context_init(&it, 4096);
    it.decoder.max_list_size = 84;
    CHECK_INT(result_of(&it, "82 82"), 0);
    CHECK_INT(result_of(&it, "82 82"), 0);
    it.decoder.max_list_size = 83;
    CHECK_INT(result_of(&it, "82 82"), H2F_ERR_HEADER_LIST_SIZE);
    begin_hex(&it, "82 82");
    h2f_hpack_decoder_resume(&it.decoder);
    expect_field(&it, ":method", "GET");
    expect(&it, H2F_ERR_HEADER_LIST_SIZE);
    it.decoder.max_list_size = 0;
    CHECK_INT(result_of(&it, ""), 0);
    CHECK_INT(result_of(&it, "00 00 00"), H2F_ERR_HEADER_LIST_SIZE);
    context_free(&it);
}

static void test_header_field_count(void) {
    context it;
    context_init(&it, 4096);
    it.decoder.max_fields = 3;
    CHECK_INT(result_of(&it, "82 82 82"), 0);
    CHECK_INT(result_of(&it, "20 82 82 82"), 0);
    CHECK_INT(result_of(&it, "82 82 82 82"), H2F_ERR_HEADER_FIELD_COUNT);
    it.decoder.max_fields = 0;
    CHECK_INT(result_of(&it, "82"), H2F_ERR_HEADER_FIELD_COUNT);
    context_free(&it);
}

static int result_of_fields(uint64_t max_list_size, size_t fields) {
    uint8_t octets[1100];
    memset(octets, 0x82, fields);
    context it;
    context_init(&it, 4096);
    CHECK_INT(it.decoder.max_list_size, H2F_HPACK_DEFAULT_MAX_LIST_SIZE);
    it.decoder.max_list_size = max_list_size;
    begin(&it, octets, fields);
    h2f_hpack_field field;
    int result;
    while ((result = h2f_hpack_decoder_next(&it.decoder, &field)) == 1)
        ;
    context_free(&it);
    return result;
}

static void test_default_limits(void) {
    CHECK_INT(H2F_HPACK_DEFAULT_MAX_LIST_SIZE, 65536);
    CHECK_INT(H2F_HPACK_DEFAULT_MAX_FIELDS, 1000);
    CHECK_INT(result_of_fields(65536, 1000), 0);
    CHECK_INT(result_of_fields(65536, 1001), H2F_ERR_HEADER_FIELD_COUNT);
    CHECK_INT(result_of_fields(42000, 1000), 0);
    CHECK_INT(result_of_fields(41999, 1000), H2F_ERR_HEADER_LIST_SIZE);
}

/* The default limits hold what a block of references can make of it: a field of 4000 octets is
 * inserted, then referred to with one octet each time. */
static void test_header_bomb(void) {
    uint8_t octets[3 + 3 + 4000 + 100] = {0x40, 0x01, 'n', 0x7f, 0xa1, 0x1e};
    memset(octets + 6, 'v', 4000);
    memset(octets + 4006, 0xbe, 100);
    context it;
    context_init(&it, 4096);
    begin(&it, octets, sizeof octets);
    h2f_hpack_field field;
    size_t fields = 0;
    while (h2f_hpack_decoder_next(&it.decoder, &field) == 1)
        fields++;
    CHECK_INT(it.decoder.error, H2F_ERR_HEADER_LIST_SIZE);
    CHECK_INT(fields, 65536 / 4033);
    CHECK(h2f_hpack_table_heap_size(&it.table) < 10000);
    context_free(&it);
}

/* What follows an error cannot be decoded, in the same block or in a later one. */
static void test_error_stays_until_resume(void) {
    context it;
    context_init(&it, 4096);
    begin_hex(&it, "40 01 6e 01 76 80 82");
    expect_field(&it, "n", "v");
    expect(&it, H2F_ERR_TABLE_INDEX);
    h2f_hpack_decoder_end(&it.decoder);
    expect(&it, H2F_ERR_TABLE_INDEX);
    begin_hex(&it, "82");
    expect(&it, H2F_ERR_TABLE_INDEX);
    begin_hex(&it, "");
    expect(&it, H2F_ERR_TABLE_INDEX);
    h2f_hpack_decoder_resume(&it.decoder);
    begin_hex(&it, "be 82");
    expect_field(&it, "n", "v"); /* the table is as the failure left it */
    expect_field(&it, ":method", "GET");
    expect(&it, 0);
    context_free(&it);
}

/* The sums of one block do not carry over to the next. */
static void test_limits_are_those_of_one_block(void) {
    context it;
    context_init(&it, 4096);
    it.decoder.max_fields = 2;
    it.decoder.max_list_size = 84;
    for (int block = 0; block < 5; block++)
        CHECK_INT(result_of(&it, "82 82"), 0);
    context_free(&it);
}

/* Each prefix of a valid block is a valid block or ends inside an integer or a string. */
static void test_every_prefix_of_the_examples(void) {
    for (int huffman = 0; huffman < 2; huffman++) {
        uint8_t octets[256];
        const example_block *example = &example_responses[0];
        size_t len = from_hex(octets, huffman ? example->huffman : example->raw);
        for (size_t cut = 0; cut <= len; cut++) {
            context it;
            context_init(&it, 4096);
            begin(&it, octets, cut);
            h2f_hpack_field field;
            int result;
            while ((result = h2f_hpack_decoder_next(&it.decoder, &field)) == 1)
                ;
            CHECK(result == 0 || result == H2F_ERR_INTEGER_TRUNCATED ||
                  result == H2F_ERR_STRING_TRUNCATED);
            CHECK(cut < len || result == 0);
            context_free(&it);
        }
    }
}

int main(void) {
    RUN(test_examples_of_appendix_c_3_to_c_6);
    RUN(test_literal_with_indexing_of_appendix_c_2_1);
    RUN(test_literal_without_indexing_of_appendix_c_2_2);
    RUN(test_literal_never_indexed_of_appendix_c_2_3);
    RUN(test_indexed_field_of_appendix_c_2_4);
    RUN(test_empty_block);
    RUN(test_name_of_the_entry_that_the_insertion_evicts);
    RUN(test_field_larger_than_the_table);
    RUN(test_table_of_size_0_keeps_nothing);
    RUN(test_views_hold_for_a_block_of_many_insertions);
    RUN(test_integer_truncated);
    RUN(test_integer_too_long);
    RUN(test_integer_too_large);
    RUN(test_place_of_a_bad_integer_is_told);
    RUN(test_string_truncated);
    RUN(test_huffman_eos);
    RUN(test_huffman_incomplete);
    RUN(test_huffman_string_ends_with_its_length);
    RUN(test_the_first_error_of_a_block_is_reported);
    RUN(test_table_index);
    RUN(test_table_size_exceeded);
    RUN(test_table_size_misplaced);
    RUN(test_table_size_repeated);
    RUN(test_table_size_missing);
    RUN(test_size_update_evicts);
    RUN(test_header_list_size);
    RUN(test_header_field_count);
    RUN(test_default_limits);
    RUN(test_header_bomb);
    RUN(test_error_stays_until_resume);
    RUN(test_limits_are_those_of_one_block);
    RUN(test_every_prefix_of_the_examples);
    return 0;
}
