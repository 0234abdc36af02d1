/* Every single allocation of a script of several hundred blocks fails once, for each N the Nth, and
 * for some N all from the Nth on. An encoder goes on all the same, and a decoder with memory
 * follows it; one without says H2F_ERR_NOMEM and stays failed; and everything is freed in the end.
 */
#include "failing.h"
#include "h2f_error.h"
#include "hpack_decoder.h"
#include "hpack_encoder.h"

enum { BLOCKS = 400, BLOCKS_PER_CONNECTION = 20, MAX_FIELDS = 30, MAX_STRING = 700 };

typedef struct {
    uint8_t name[24], value[MAX_STRING];
    size_t name_len, value_len;
} script_field;

typedef struct {
    script_field fields[MAX_FIELDS];
    size_t count;
} script_block;

/* Most blocks are small, each eighth one makes arena and ring grow. */
static void write_script_block(uint64_t *random, script_block *block) {
    uint32_t large = random_below(random, 8) == 0;
    block->count = random_below(random, large ? MAX_FIELDS : 4);
    for (size_t i = 0; i < block->count; i++) {
        script_field *field = &block->fields[i];
        field->name_len = (size_t)snprintf((char *)field->name, sizeof field->name, "name-%u",
                                           (unsigned)random_below(random, 40));
        field->value_len = random_below(random, large ? MAX_STRING : 40);
        memset(field->value, 'a' + (int)random_below(random, 26), field->value_len);
    }
}

/* The content of a table, as one number. */
static uint64_t digest(const h2f_hpack_table *table) {
    uint64_t hash = table->count ^ table->size << 16 ^ table->max_size << 40;
    for (uint64_t i = 62; i < 62 + table->count; i++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(table, i);
        hash = hash * 31 + entry->name_len;
        for (size_t j = 0; j < entry->name_len + entry->value_len; j++)
            hash = hash * 0x100000001b3u ^ entry->name[j];
    }
    return hash;
}

/* Follows the table until that succeeds, if need be without further failures. */
static void follow(h2f_hpack_encoder *encoder) {
    uint64_t before = digest(&encoder->table);
    uint32_t inserted = encoder->table.inserted;
    for (;;) {
        int error = h2f_hpack_index_follow(&encoder->index, &encoder->table);
        CHECK(digest(&encoder->table) == before);
        CHECK_INT(encoder->table.inserted, inserted);
        if (error == 0)
            return;
        CHECK_INT(error, H2F_ERR_NOMEM);
        if (last_failing == UINT64_MAX && allocations > first_failing + 2)
            last_failing = 0;
    }
}

static size_t encode(h2f_hpack_encoder *encoder, const script_block *block, uint8_t *octets) {
    follow(encoder);
    uint8_t *dst = h2f_hpack_encode_size_updates(encoder, octets);
    for (size_t i = 0; i < block->count; i++) {
        const script_field *field = &block->fields[i];
        dst = h2f_hpack_encode_field(&encoder->table, &encoder->index, dst, field->name,
                                     field->name_len, field->value, field->value_len,
                                     H2F_HPACK_INCREMENTAL, i % 3 ? H2F_HPACK_HUFFMAN
                                                                  : H2F_HPACK_RAW);
    }
    return (size_t)(dst - octets);
}

/* Returns whether all of it could be decoded. */
static int decode(h2f_hpack_decoder *decoder, const script_block *block, const uint8_t *octets,
                  size_t len) {
    h2f_hpack_field field;
    int result;
    size_t i = 0;
    h2f_hpack_decoder_begin(decoder, octets, len);
    for (; (result = h2f_hpack_decoder_next(decoder, &field)) == 1; i++) {
        const script_field *sent = &block->fields[i];
        CHECK_BYTES(field.name, field.name_len, sent->name, sent->name_len);
        CHECK_BYTES(field.value, field.value_len, sent->value, sent->value_len);
    }
    CHECK_INT(h2f_hpack_decoder_next(decoder, &field), result);
    h2f_hpack_decoder_end(decoder);
    if (result == 0) {
        CHECK_INT(i, block->count);
        return 1;
    }
    CHECK_INT(result, H2F_ERR_NOMEM);
    h2f_hpack_decoder_begin(decoder, octets, len);
    CHECK_INT(h2f_hpack_decoder_next(decoder, &field), H2F_ERR_NOMEM);
    return 0;
}

static void run_connection(uint64_t *random) {
    static uint8_t octets[MAX_FIELDS * (MAX_STRING + 24) * 4 + 1000];
    static script_block block;
    h2f_hpack_encoder encoder;
    h2f_hpack_table table;
    h2f_hpack_decoder decoder;
    h2f_hpack_encoder_init(&encoder);
    encoder.table_limit = 16384;
    h2f_hpack_table_init(&table, 4096);
    h2f_hpack_decoder_init(&decoder, &table);
    int decoding = 1;
    for (int i = 0; i < BLOCKS_PER_CONNECTION; i++) {
        if (i % 5 == 4) {
            decoder.max_table_size = random_below(random, 2) ? 16384 : random_below(random, 4096);
            h2f_hpack_encoder_resize(&encoder, decoder.max_table_size);
        }
        write_script_block(random, &block);
        size_t len = encode(&encoder, &block, octets);
        decoding = decoding && decode(&decoder, &block, octets, len);
        if (decoding)
            CHECK(digest(&table) == digest(&encoder.table));
    }
    h2f_hpack_encoder_free(&encoder);
    h2f_hpack_table_free(&table);
}

/* The same blocks each time, whatever fails; up to the connection where the last failure is. */
static void run_script(uint64_t first, uint64_t last) {
    uint64_t random = 9;
    allocations = 0;
    first_failing = first;
    last_failing = last;
    for (int i = 0; i < BLOCKS && allocations <= last; i += BLOCKS_PER_CONNECTION)
        run_connection(&random);
    CHECK_INT(held, 0);
}

static void test_each_allocation_fails_once(void) {
    run_script(UINT64_MAX, UINT64_MAX);
    uint64_t all = allocations;
    CHECK(all > 300);
    for (uint64_t nth = 1; nth <= all; nth++)
        run_script(nth, nth);
}

static void test_all_allocations_fail_from_one_on(void) {
    run_script(UINT64_MAX, UINT64_MAX);
    uint64_t all = allocations;
    for (uint64_t nth = 1; nth <= all; nth += 7)
        run_script(nth, UINT64_MAX);
}

int main(void) {
    RUN(test_each_allocation_fails_once);
    RUN(test_all_allocations_fail_from_one_on);
    suspended = 1; /* what runs at the end, to measure coverage, needs memory */
    return 0;
}
