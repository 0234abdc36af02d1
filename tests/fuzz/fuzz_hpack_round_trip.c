/* Header lists through one encoder, its decoder and the reference (tests/c): all must agree on
 * fields and tables. The input is a script; make_seeds.py writes some:
 *
 *     00 to 7F     a field: bits 0-1 say how it is indexed, 2-3 how strings are coded; the lengths
 *                  of name and value follow in 8 bits each, and the octets of both
 *     80 to BF     a field with the name of an earlier one and the value of an earlier one, which
 *                  8 bits each say; bits as above
 *     C0 to DF     the block ends here
 *     E0 to FF     the decoder's setting and the encoder's limit are set to 16 bits each
 */
#include "input.h"
#include "round_trip.h"

#define MAX_FIELDS 64 /* of a block */
#define MAX_EARLIER 256

typedef struct {
    connection connection;
    sent_field block[MAX_FIELDS], earlier[MAX_EARLIER];
    size_t count, earlier_count;
} session;

static void end_block(session *it) {
    round_trip_block(&it->connection, it->block, it->count);
    it->count = 0;
}

static void add_field(session *it, sent_field field, uint8_t modes) {
    field.indexing = (enum h2f_hpack_indexing)(modes & 3);
    field.huffman = (enum h2f_hpack_huffman)((modes >> 2 & 3) % 3);
    it->block[it->count++] = field;
    it->earlier[it->earlier_count++ % MAX_EARLIER] = field;
    if (it->count == MAX_FIELDS)
        end_block(it);
}

static void add_new_field(session *it, input *in, uint8_t modes) {
    sent_field field = {.name_len = take_octet(in)};
    field.value_len = take_octet(in);
    field.name = take_octets(in, &field.name_len);
    field.value = take_octets(in, &field.value_len);
    add_field(it, field, modes);
}

static void add_earlier_field(session *it, input *in, uint8_t modes) {
    size_t known = it->earlier_count < MAX_EARLIER ? it->earlier_count : MAX_EARLIER;
    if (known == 0)
        return;
    sent_field field = it->earlier[take_octet(in) % known];
    const sent_field *other = &it->earlier[take_octet(in) % known];
    field.value = other->value;
    field.value_len = other->value_len;
    add_field(it, field, modes);
}

/* A setting changes between blocks. */
static void resize(session *it, input *in) {
    uint32_t setting = take_16_bits(in);
    end_block(it);
    connection_resize(&it->connection, setting, take_16_bits(in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size};
    static session it;
    it = (session){.count = 0};
    connection_init(&it.connection);
    while (in.at < in.end) {
        uint8_t operation = take_octet(&in);
        if (operation < 0x80)
            add_new_field(&it, &in, operation);
        else if (operation < 0xc0)
            add_earlier_field(&it, &in, operation);
        else if (operation < 0xe0)
            end_block(&it);
        else
            resize(&it, &in);
    }
    end_block(&it);
    connection_free(&it.connection);
    return 0;
}
