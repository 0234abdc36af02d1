/* Random blocks through persistent decoders, and random header lists from encoder to decoder, each
 * compared with the reference:
 *
 *     random_blocks [BLOCKS [SEED]]
 *
 * Of every five blocks one is random octets, one is built of valid representations, one is such a
 * block with a few octets changed, and two are a header list that is encoded.
 */
#include "hpack_representation.h"
#include "round_trip.h"

#define CONTEXTS 16
#define MAX_BLOCK 4096
#define MAX_FIELDS 24

typedef struct {
    uint8_t octets[MAX_BLOCK];
    size_t len;
} written;

static uint32_t below(uint64_t *random, uint32_t n) {
    return random_below(random, n);
}

/* Mostly small, sometimes large. */
static uint32_t skewed(uint64_t *random, uint32_t small, uint32_t large) {
    return below(random, below(random, 8) ? small : large);
}

static void put_integer(written *block, uint64_t value, unsigned prefix_bits, uint8_t first) {
    uint8_t *dst = block->octets + block->len;
    block->len = (size_t)(h2f_hpack_integer_encode(dst, value, prefix_bits, first) - block->octets);
}

/* Octets that headers consist of, or any. */
static void fill_string(uint64_t *random, uint8_t *dst, size_t len) {
    static const char common[] = "abcdefghijklmnopqrstuvwxyz0123456789-_./=;, %ABC";
    random_fill(random, dst, len);
    if (below(random, 4))
        for (size_t i = 0; i < len; i++)
            dst[i] = (uint8_t)common[dst[i] % (sizeof common - 1)];
}

static void put_string(uint64_t *random, written *block, uint32_t large) {
    uint8_t octets[512];
    size_t len = skewed(random, 16, large);
    fill_string(random, octets, len);
    uint8_t *end = h2f_hpack_encode_string(block->octets + block->len, octets, len,
                                           (enum h2f_hpack_huffman)below(random, 3));
    block->len = (size_t)(end - block->octets);
}

/* An index that exists, or the first one that does not. */
static uint64_t some_index(uint64_t *random, const h2f_hpack_table *table) {
    if (below(random, 200) == 0)
        return 62 + table->count;
    if (below(random, 3) == 0 || table->count == 0)
        return 1 + below(random, 61);
    return 62 + below(random, table->count);
}

/* The table's count is that before the block: good enough, for it hardly shrinks. */
static void put_field(uint64_t *random, written *block, const h2f_hpack_table *table) {
    static const uint8_t firsts[] = {H2F_LITERAL_INCREMENTAL, H2F_LITERAL_INCREMENTAL,
                                     H2F_LITERAL_WITHOUT, H2F_LITERAL_NEVER};
    if (below(random, 3) == 0) {
        put_integer(block, some_index(random, table), H2F_INDEXED_PREFIX, H2F_INDEXED);
        return;
    }
    uint8_t first = firsts[below(random, 4)];
    unsigned prefix_bits = first == H2F_LITERAL_INCREMENTAL ? 6 : 4;
    uint64_t name = below(random, 2) ? some_index(random, table) : 0;
    put_integer(block, name, prefix_bits, first);
    if (name == 0)
        put_string(random, block, 60);
    put_string(random, block, 300);
}

static void build_block(uint64_t *random, written *block, const compared *pair) {
    block->len = 0;
    uint64_t setting = pair->decoder.max_table_size;
    if (pair->table.max_size > setting || below(random, 20) == 0)
        put_integer(block, below(random, (uint32_t)setting + 1), H2F_SIZE_UPDATE_PREFIX,
                    H2F_SIZE_UPDATE);
    if (below(random, 20) == 0)
        put_integer(block, below(random, (uint32_t)setting + 2), H2F_SIZE_UPDATE_PREFIX,
                    H2F_SIZE_UPDATE);
    for (uint32_t fields = skewed(random, 4, MAX_FIELDS); fields > 0; fields--)
        if (block->len < MAX_BLOCK - 2500) /* the largest field, if its strings are control codes */
            put_field(random, block, &pair->table);
}

static void mutate(uint64_t *random, written *block) {
    for (uint32_t changes = 1 + below(random, 3); changes > 0 && block->len > 0; changes--) {
        size_t at = below(random, (uint32_t)block->len);
        uint8_t *octet = &block->octets[at];
        switch (below(random, 4)) {
        case 0:
            *octet = (uint8_t)(*octet ^ 1u << below(random, 8));
            break;
        case 1:
            *octet = (uint8_t)random_next(random);
            break;
        case 2:
            block->len--;
            memmove(octet, octet + 1, block->len - at);
            break;
        default:
            block->len = at;
        }
    }
}

static void change_settings(uint64_t *random, compared *pair) {
    static const uint32_t sizes[] = {0, 31, 32, 64, 200, 1000, 4096, 4096, 16384};
    compared_set_limits(pair, sizes[below(random, 9)], below(random, 4) ? 65536 : 400,
                        below(random, 4) ? 1000 : 5);
}

static int decode_random(uint64_t *random, compared *pair, uint32_t kind) {
    written block;
    ref_fields list = {0};
    if (below(random, 50) == 0)
        change_settings(random, pair);
    build_block(random, &block, pair);
    if (kind == 0) {
        block.len = skewed(random, 40, 1000);
        random_fill(random, block.octets, block.len);
    } else if (kind == 1) {
        mutate(random, &block);
    }
    int result = compare_block(pair, block.octets, block.len, &list);
    ref_fields_free(&list);
    return result;
}

/* Names and values that come again, for the most part. */
static sent_field some_field(uint64_t *random, uint8_t *octets) {
    sent_field field = {.indexing = (enum h2f_hpack_indexing)below(random, 5),
                        .huffman = (enum h2f_hpack_huffman)below(random, 3),
                        .name = octets};
    uint64_t content = below(random, 3) ? below(random, 60) : random_next(random);
    field.name_len = skewed(&content, 12, 40);
    if (below(random, 3) == 0) {
        const char *name = ref_static[below(&content, 61)][0];
        field.name_len = strlen(name);
        memcpy(octets, name, field.name_len);
    } else {
        fill_string(&content, octets, field.name_len);
    }
    content += below(random, 4);
    field.value = octets + field.name_len;
    field.value_len = skewed(&content, 20, 400);
    fill_string(&content, octets + field.name_len, field.value_len);
    return field;
}

static void round_trip_random(uint64_t *random, connection *it) {
    static uint8_t octets[MAX_FIELDS][512];
    static const uint32_t sizes[] = {0, 31, 32, 64, 200, 1000, 4096, 4096, 4096, 16384};
    sent_field fields[MAX_FIELDS];
    for (uint32_t resizes = below(random, 30) ? 0 : 1 + below(random, 3); resizes > 0; resizes--)
        connection_resize(it, sizes[below(random, 10)], below(random, 2) ? 4096 : 16384);
    size_t count = skewed(random, 6, MAX_FIELDS);
    for (size_t i = 0; i < count; i++)
        fields[i] = some_field(random, octets[i]);
    round_trip_block(it, fields, count);
}

int main(int argc, char **argv) {
    uint64_t blocks = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    uint64_t random = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static compared pairs[CONTEXTS];
    static connection connections[CONTEXTS];
    for (uint32_t i = 0; i < CONTEXTS; i++) {
        compared_init(&pairs[i], i % 4 ? 4096 : 256);
        connection_init(&connections[i]);
        /* Sequence numbers wrap at different times, in the first contexts soon. */
        uint32_t inserted = UINT32_MAX - (100u << i);
        pairs[i].table.inserted = connections[i].decoders.table.inserted = inserted;
        connections[i].encoder.table.inserted = connections[i].encoder.index.seen = inserted;
    }
    uint64_t valid = 0, refused = 0, encoded = 0;
    for (uint64_t i = 0; i < blocks; i++) {
        uint32_t at = below(&random, CONTEXTS), kind = (uint32_t)(i % 5);
        if (kind >= 3) {
            round_trip_random(&random, &connections[at]);
            encoded++;
        } else if (decode_random(&random, &pairs[at], kind) == 0) {
            valid++;
        } else {
            refused++;
        }
    }
    for (int i = 0; i < CONTEXTS; i++) {
        compared_free(&pairs[i]);
        connection_free(&connections[i]);
    }
    printf("%" PRIu64 " blocks decoded, %" PRIu64 " refused, %" PRIu64 " header lists encoded\n",
           valid, refused, encoded);
    return 0;
}
