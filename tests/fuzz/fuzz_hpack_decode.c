/* Blocks for one decoder, which resumes after errors, compared with the reference (tests/c). The
 * input is a script; make_seeds.py writes some:
 *
 *     00 to EF     a block of so many octets follows
 *     F0 to F7     a block, its length in 16 bits
 *     F8 to FB     limits: table size and list size in 16 bits each, fields in 8
 *     FC to FF     the table's size is set to 16 bits, as hpack's API allows
 */
#include "compare.h"
#include "input.h"

static void decode_block(compared *pair, input *in, size_t len) {
    ref_fields list = {0};
    const uint8_t *block = take_octets(in, &len);
    compare_block(pair, block, len, &list);
    ref_fields_free(&list);
}

static void set_limits(compared *pair, input *in) {
    uint32_t table_size = take_16_bits(in), list_size = take_16_bits(in);
    compared_set_limits(pair, table_size, list_size, take_octet(in));
}

static void resize(compared *pair, input *in) {
    uint32_t size = take_16_bits(in);
    h2f_hpack_table_resize(&pair->table, size);
    ref_resize(&pair->ref, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size};
    compared pair;
    compared_init(&pair, H2F_HPACK_DEFAULT_TABLE_SIZE);
    while (in.at < in.end) {
        uint8_t operation = take_octet(&in);
        if (operation < 0xf0)
            decode_block(&pair, &in, operation);
        else if (operation < 0xf8)
            decode_block(&pair, &in, take_16_bits(&in));
        else if (operation < 0xfc)
            set_limits(&pair, &in);
        else
            resize(&pair, &in);
    }
    compared_free(&pair);
    return 0;
}
