/* RFC 7541 sections 4.2, 5.2, 6 and appendix C: what the encoder writes, octet by octet. */
#include "check.h"
#include "hpack_encoder.h"
#include "reference.h"
#include "rfc7541_examples.h"

typedef enum h2f_hpack_indexing indexing;
typedef enum h2f_hpack_huffman huffman;

/* Writes a field into exactly the room that the bound says suffices. */
static size_t write_field(h2f_hpack_encoder *encoder, uint8_t *dst, const char *name,
                          const char *value, indexing how, huffman coding) {
    size_t name_len = strlen(name), value_len = strlen(value);
    uint8_t *exact = malloc(h2f_hpack_encode_bound(1, name_len + value_len));
    CHECK(exact != NULL);
    uint8_t *end = h2f_hpack_encode_field(&encoder->table, &encoder->index, exact,
                                          (const uint8_t *)name, name_len, (const uint8_t *)value,
                                          value_len, how, coding);
    size_t len = (size_t)(end - exact);
    memcpy(dst, exact, len);
    free(exact);
    return len;
}

static void expect_hex(const uint8_t *octets, size_t len, const char *hex) {
    uint8_t expected[1024];
    CHECK_BYTES(octets, len, expected, from_hex(expected, hex));
}

/* A block of one field. */
static void expect_field(h2f_hpack_encoder *encoder, const char *name, const char *value,
                         indexing how, huffman coding, const char *hex) {
    uint8_t octets[1024];
    expect_hex(octets, write_field(encoder, octets, name, value, how, coding), hex);
}

static void expect_size_updates(h2f_hpack_encoder *encoder, const char *hex) {
    uint8_t octets[H2F_HPACK_SIZE_UPDATES_BOUND];
    uint8_t *end = h2f_hpack_encode_size_updates(encoder, octets);
    expect_hex(octets, (size_t)(end - octets), hex);
}

static void check_table(const h2f_hpack_table *table, const example_field *newest_first,
                        uint64_t size) {
    CHECK_INT(table->size, size);
    uint32_t count = 0;
    for (; newest_first->name != NULL; newest_first++, count++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(table, 62 + count);
        CHECK(entry != NULL);
        CHECK_STRING(entry->name, entry->name_len, newest_first->name);
        CHECK_STRING(entry->name + entry->name_len, entry->value_len, newest_first->value);
    }
    CHECK_INT(table->count, count);
}

static void encode_examples(const example_block *examples, uint64_t table_size, huffman coding) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    uint8_t octets[1024];
    h2f_hpack_encoder_resize(&encoder, table_size);
    h2f_hpack_encode_size_updates(&encoder, octets); /* which the RFC leaves out */
    for (int i = 0; i < 3; i++) {
        const example_block *example = &examples[i];
        size_t len = 0;
        for (const example_field *field = example->fields; field->name != NULL; field++)
            len += write_field(&encoder, octets + len, field->name, field->value,
                               H2F_HPACK_INCREMENTAL, coding);
        expect_hex(octets, len, coding == H2F_HPACK_RAW ? example->raw : example->huffman);
        check_table(&encoder.table, example->table, example->table_size);
    }
    h2f_hpack_encoder_free(&encoder);
}

static void test_examples_of_appendix_c_3_to_c_6(void) {
    static const huffman codings[] = {H2F_HPACK_RAW, H2F_HPACK_HUFFMAN};
    for (int i = 0; i < 2; i++) {
        encode_examples(example_requests, 4096, codings[i]);
        encode_examples(example_responses, EXAMPLE_RESPONSE_TABLE_SIZE, codings[i]);
    }
}

static void test_examples_of_appendix_c_2(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_field(&encoder, ":path", "/sample/path", H2F_HPACK_WITHOUT, H2F_HPACK_RAW,
                 "040c 2f73 616d 706c 652f 7061 7468");
    expect_field(&encoder, "password", "secret", H2F_HPACK_NEVER, H2F_HPACK_RAW,
                 "1008 7061 7373 776f 7264 0673 6563 7265 74");
    expect_field(&encoder, ":method", "GET", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "82");
    CHECK_INT(encoder.table.count, 0);
    expect_field(&encoder, "custom-key", "custom-header", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW,
                 "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
    CHECK_INT(encoder.table.size, 55);
    h2f_hpack_encoder_free(&encoder);
}

static void expect_string(const char *string, huffman coding, const char *hex) {
    uint8_t octets[64];
    size_t len = strlen(string);
    uint8_t *end = h2f_hpack_encode_string(octets, (const uint8_t *)string, len, coding);
    expect_hex(octets, (size_t)(end - octets), hex);
}

static void test_shorter_takes_the_shorter_and_raw_when_equal(void) {
    expect_string("aaaaaaaa", H2F_HPACK_SHORTER, "85 18c6318c63");
    expect_string("a", H2F_HPACK_SHORTER, "01 61");
    expect_string("a", H2F_HPACK_HUFFMAN, "81 1f");
    expect_string("\n\n", H2F_HPACK_SHORTER, "02 0a0a");
    expect_string("", H2F_HPACK_SHORTER, "00");
    expect_string("", H2F_HPACK_HUFFMAN, "80");
}

/* A length of 127 and more takes more than one octet, before which the code is written. */
static void test_strings_around_a_longer_length(void) {
    static const char octet[] = {'a', '&', '\n'}; /* of 5, 8 and 30 bits */
    for (size_t len = 0; len < 20000; len += len < 420 ? 1 : 1001)
        for (int kind = 0; kind < 9; kind++) {
            uint8_t *string = malloc(len ? len : 1);
            uint8_t *dst = malloc(H2F_HPACK_INTEGER_BOUND + h2f_huffman_encode_bound(len));
            CHECK(string != NULL && dst != NULL);
            memset(string, octet[kind % 3], len);
            const uint8_t *end = h2f_hpack_encode_string(dst, string, len, (huffman)(kind / 3));
            const uint8_t *at = dst;
            ref_string decoded;
            CHECK_INT(ref_take_string(&at, end, &decoded), 0);
            CHECK(at == end);
            CHECK_BYTES(decoded.octets, decoded.len, string, len);
            free(decoded.octets);
            free(string);
            free(dst);
        }
}

static void test_never_indexed_is_kept_with_an_indexed_name(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_field(&encoder, "cookie", "x", H2F_HPACK_NEVER, H2F_HPACK_RAW, "1f11 0178");
    expect_field(&encoder, "cookie", "x", H2F_HPACK_WITHOUT, H2F_HPACK_RAW, "0f11 0178");
    CHECK_INT(encoder.table.count, 0);
    h2f_hpack_encoder_free(&encoder);
}

/* RFC 7541 section 7.1.3: an index would tell that somebody else has sent the same. */
static void test_never_indexed_is_no_index_where_a_table_has_it(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_field(&encoder, "x", "y", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 0178 0179");
    expect_field(&encoder, "x", "y", H2F_HPACK_NEVER, H2F_HPACK_RAW, "1f2f 0179");
    expect_field(&encoder, "x", "z", H2F_HPACK_NEVER, H2F_HPACK_RAW, "1f2f 017a");
    expect_field(&encoder, "x", "y", H2F_HPACK_NEVER_ADDED, H2F_HPACK_RAW, "be");
    expect_field(&encoder, "x", "z", H2F_HPACK_NEVER_ADDED, H2F_HPACK_RAW, "1f2f 017a");
    CHECK_INT(encoder.table.count, 1);
    h2f_hpack_encoder_free(&encoder);
}

static void test_dynamic_name_and_field_are_referred_to(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 016e 0176");
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "be");
    expect_field(&encoder, "n", "w", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "7e 0177");
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "bf");
    expect_field(&encoder, "n", "x", H2F_HPACK_WITHOUT, H2F_HPACK_RAW, "0f2f 0178");
    CHECK_INT(encoder.table.count, 2);
    h2f_hpack_encoder_free(&encoder);
}

/* The name comes from the one entry there is, which the insertion evicts. */
static void test_name_of_the_entry_that_the_insertion_evicts(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    h2f_hpack_encoder_resize(&encoder, 34);
    expect_size_updates(&encoder, "3f03");
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 016e 0176");
    expect_field(&encoder, "n", "w", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "7e 0177");
    expect_field(&encoder, "n", "ww", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "7e 027777");
    CHECK_INT(encoder.table.count, 0);
    expect_field(&encoder, "n", "w", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 016e 0177");
    h2f_hpack_encoder_free(&encoder);
}

/* Fields that would rather push out better ones: by name, or as large as most of the table. */
static void test_adaptive_leaves_out_what_is_rarely_repeated(void) {
    static const char *const rare[] = {":path", "age", "content-length", "etag", "location",
                                       "if-modified-since", "if-none-match", "set-cookie"};
    static const char *const common[] = {":authority", "user-agent", "cookie", "x-custom"};
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    uint8_t octets[8192];
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++) {
        size_t len = write_field(&encoder, octets, rare[i], "value", H2F_HPACK_ADAPTIVE,
                                 H2F_HPACK_RAW);
        CHECK(len > 0 && octets[0] < 0x10);
        CHECK_INT(encoder.table.count, 0);
    }
    for (uint32_t i = 0; i < sizeof common / sizeof *common; i++) {
        write_field(&encoder, octets, common[i], "value", H2F_HPACK_ADAPTIVE, H2F_HPACK_RAW);
        CHECK(octets[0] >= 0x40 && octets[0] < 0x80);
        CHECK_INT(encoder.table.count, i + 1);
    }
    static char large[3200]; /* three quarters of 4096 are 3072 */
    memset(large, 'v', 3072 - 32 - 1);
    write_field(&encoder, octets, "n", large, H2F_HPACK_ADAPTIVE, H2F_HPACK_RAW);
    CHECK(octets[0] == 0x40);
    large[3072 - 32 - 1] = 'v';
    write_field(&encoder, octets, "n", large, H2F_HPACK_ADAPTIVE, H2F_HPACK_RAW);
    CHECK(octets[0] < 0x10);
    h2f_hpack_encoder_free(&encoder);
}

static void test_no_size_update_without_a_change(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_size_updates(&encoder, "");
    h2f_hpack_encoder_resize(&encoder, 4096);
    expect_size_updates(&encoder, "");
    h2f_hpack_encoder_free(&encoder);
}

/* Section 4.2: the smallest size since the last block, then the final one. */
static void test_size_updates_minimum_then_final(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    h2f_hpack_encoder_resize(&encoder, 100);
    expect_size_updates(&encoder, "3f45");
    expect_size_updates(&encoder, "");
    h2f_hpack_encoder_resize(&encoder, 50);
    h2f_hpack_encoder_resize(&encoder, 10);
    h2f_hpack_encoder_resize(&encoder, 70);
    expect_size_updates(&encoder, "2a 3f27");
    h2f_hpack_encoder_resize(&encoder, 0);
    h2f_hpack_encoder_resize(&encoder, 70); /* back, but the table was emptied */
    expect_size_updates(&encoder, "20 3f27");
    h2f_hpack_encoder_resize(&encoder, 200);
    h2f_hpack_encoder_resize(&encoder, 70); /* it never was smaller */
    expect_size_updates(&encoder, "");
    h2f_hpack_encoder_resize(&encoder, 200);
    h2f_hpack_encoder_resize(&encoder, 100);
    expect_size_updates(&encoder, "3f45");
    h2f_hpack_encoder_free(&encoder);
}

static void test_resize_empties_the_table_at_once(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 016e 0176");
    h2f_hpack_encoder_resize(&encoder, 0);
    h2f_hpack_encoder_resize(&encoder, 4096);
    expect_size_updates(&encoder, "20 3fe11f");
    expect_field(&encoder, "n", "v", H2F_HPACK_INCREMENTAL, H2F_HPACK_RAW, "40 016e 0176");
    h2f_hpack_encoder_free(&encoder);
}

/* Whatever the peer allows, the table is no larger than this side wants. */
static void test_table_is_capped_unless_configured(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    h2f_hpack_encoder_resize(&encoder, UINT32_MAX);
    CHECK_INT(encoder.table.max_size, 4096);
    expect_size_updates(&encoder, "");
    encoder.table_limit = 65536;
    h2f_hpack_encoder_resize(&encoder, 65537);
    CHECK_INT(encoder.table.max_size, 65536);
    expect_size_updates(&encoder, "3fe1ff03");
    encoder.table_limit = 0;
    h2f_hpack_encoder_resize(&encoder, 65536);
    CHECK_INT(encoder.table.max_size, 0);
    expect_size_updates(&encoder, "20");
    h2f_hpack_encoder_free(&encoder);
}

static void test_largest_size_update_stays_within_the_bound(void) {
    h2f_hpack_encoder encoder;
    h2f_hpack_encoder_init(&encoder);
    encoder.table_limit = UINT64_MAX;
    h2f_hpack_encoder_resize(&encoder, 0);
    h2f_hpack_encoder_resize(&encoder, UINT32_MAX);
    expect_size_updates(&encoder, "20 3fe0ffffff0f");
    h2f_hpack_encoder_free(&encoder);
}

/* The table is full of the smallest entries, or of the largest octets. */
static void test_memory_is_bounded_by_the_table(void) {
    h2f_hpack_encoder encoder;
    uint8_t octets[16384];
    char name[8], value[1001] = {0};
    memset(value, 'v', 1000);
    h2f_hpack_encoder_init(&encoder);
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "%x", i);
        write_field(&encoder, octets, name, i % 200 < 150 ? "" : value, H2F_HPACK_INCREMENTAL,
                    H2F_HPACK_RAW);
        CHECK(h2f_hpack_table_heap_size(&encoder.table) <= 4096 + 1024 + 128 * 16 + 64);
        CHECK(h2f_hpack_index_heap_size(&encoder.index) <= 128 * 16);
    }
    h2f_hpack_encoder_free(&encoder);
}

int main(void) {
    RUN(test_examples_of_appendix_c_3_to_c_6);
    RUN(test_examples_of_appendix_c_2);
    RUN(test_shorter_takes_the_shorter_and_raw_when_equal);
    RUN(test_strings_around_a_longer_length);
    RUN(test_never_indexed_is_kept_with_an_indexed_name);
    RUN(test_never_indexed_is_no_index_where_a_table_has_it);
    RUN(test_dynamic_name_and_field_are_referred_to);
    RUN(test_name_of_the_entry_that_the_insertion_evicts);
    RUN(test_adaptive_leaves_out_what_is_rarely_repeated);
    RUN(test_no_size_update_without_a_change);
    RUN(test_size_updates_minimum_then_final);
    RUN(test_resize_empties_the_table_at_once);
    RUN(test_table_is_capped_unless_configured);
    RUN(test_largest_size_update_stays_within_the_bound);
    RUN(test_memory_is_bounded_by_the_table);
    return 0;
}
