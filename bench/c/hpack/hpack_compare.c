/* Compares the C core with libnghttp2: hpack_compare STORIES
 *
 * First both encode all stories and decode each other's blocks, which must give the stories'
 * fields again. Then one line of JSON says what there is to measure. From then on each line
 *     OPERATION CODEC PASSES
 * of the input (as "decode h2fast 3") performs that operation on all stories so many times, and
 * answers with the nanoseconds it took. Who calls decides on rounds and their order.
 *
 * Every pass has a new connection for each story. Making and freeing them is not timed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "hpack_decoder.h"
#include "hpack_encoder.h"
#include "h2f_limits.h"

static const codec *const codecs[CODECS] = {&h2fast_codec, &nghttp2_codec};

static workload load;
static uint8_t *blocks[CODECS]; /* room for the blocks of all stories, one behind the other */
static uint8_t *codes;          /* room for the codes of all strings */
static uint8_t *scratch;        /* room for what Huffman operations write */
static void **connections;      /* one for each story */
static uint64_t expected_sum;   /* of all fields */

void compare_field(void *state, const uint8_t *name, size_t name_len, const uint8_t *value,
                   size_t value_len) {
    comparison *result = state;
    if (result->seen == result->expected->count) {
        result->different = 1;
        return;
    }
    const nghttp2_nv *expected = &result->expected->fields[result->seen++];
    if (name_len != expected->namelen || value_len != expected->valuelen ||
        memcmp(name, expected->name, name_len) != 0 ||
        memcmp(value, expected->value, value_len) != 0)
        result->different = 1;
}

int is_equal(const comparison *result) {
    return !result->different && result->seen == result->expected->count;
}

/* The operations. Each makes one pass over all stories and returns its nanoseconds. */

static uint64_t time_decode(int which) {
    const codec *tested = codecs[which];
    uint64_t sum = 0;
    for (size_t i = 0; i < load.story_count; i++)
        connections[i] = tested->new_decoder();
    uint64_t start = now();
    for (size_t i = 0; i < load.story_count; i++)
        for (size_t j = 0; j < load.stories[i].count; j++)
            sum += tested->decode(connections[i], load.stories[i].lists[j].blocks[NGHTTP2]);
    uint64_t elapsed = now() - start;
    for (size_t i = 0; i < load.story_count; i++)
        tested->free_decoder(connections[i]);
    require(sum == expected_sum, "decoding the fields that were encoded");
    return elapsed;
}

static uint64_t time_encode(int which) {
    const codec *tested = codecs[which];
    uint8_t *dst = blocks[which];
    for (size_t i = 0; i < load.story_count; i++)
        connections[i] = tested->new_encoder();
    uint64_t start = now();
    for (size_t i = 0; i < load.story_count; i++)
        for (size_t j = 0; j < load.stories[i].count; j++) {
            header_list *list = &load.stories[i].lists[j];
            uint8_t *end = tested->encode(connections[i], list, dst);
            list->blocks[which] = (span){dst, (size_t)(end - dst)};
            dst = end;
        }
    uint64_t elapsed = now() - start;
    for (size_t i = 0; i < load.story_count; i++)
        tested->free_encoder(connections[i]);
    return elapsed;
}

static uint64_t time_huffman_encode(int which) {
    const codec *tested = codecs[which];
    uint8_t *dst = scratch;
    uint64_t start = now();
    for (size_t i = 0; i < load.string_count; i++)
        dst = tested->huffman_encode(load.strings[i].string, dst);
    return now() - start;
}

static uint64_t time_huffman_decode(int which) {
    const codec *tested = codecs[which];
    uint8_t *dst = scratch;
    uint64_t start = now();
    for (size_t i = 0; i < load.string_count; i++)
        dst = tested->huffman_decode(&load.strings[i], dst);
    return now() - start;
}

static const struct {
    const char *name;
    uint64_t (*time)(int which);
} operations[] = {
    {"decode", time_decode},
    {"encode", time_encode},
    {"huffman-decode", time_huffman_decode},
    {"huffman-encode", time_huffman_encode},
};

/* Preparation. */

static size_t add_up_octets(void) {
    size_t octets = 0;
    for (size_t i = 0; i < load.story_count; i++)
        for (size_t j = 0; j < load.stories[i].count; j++) {
            const header_list *list = &load.stories[i].lists[j];
            for (size_t k = 0; k < list->count; k++) {
                const nghttp2_nv *field = &list->fields[k];
                octets += field->namelen + field->valuelen;
                sum_field(&expected_sum, field->name, field->namelen, field->value,
                          field->valuelen);
            }
        }
    return octets;
}

static void make_room(void) {
    size_t bound = load.list_count * H2F_HPACK_SIZE_UPDATES_BOUND +
                   h2f_hpack_encode_bound(load.field_count, add_up_octets());
    for (int which = 0; which < CODECS; which++)
        blocks[which] = allocate(bound);
    codes = allocate(bound);
    scratch = allocate(bound);
    connections = allocate(load.story_count * sizeof *connections);
    load.strings = allocate(2 * load.field_count * sizeof *load.strings);
}

static void check_decoder(const codec *decoding, int encoded_by) {
    for (size_t i = 0; i < load.story_count; i++) {
        void *decoder = decoding->new_decoder();
        for (size_t j = 0; j < load.stories[i].count; j++) {
            const header_list *list = &load.stories[i].lists[j];
            require(decoding->decodes_to(decoder, list->blocks[encoded_by], list),
                    "agreement on the fields");
        }
        decoding->free_decoder(decoder);
    }
}

/* Where a string is literal, adds it if its code is shorter: then encoders send the code. */
static uint8_t *add_string(uint8_t *dst, const uint8_t *octets, size_t len) {
    uint8_t *end = nghttp2_codec.huffman_encode((span){octets, len}, dst);
    if ((size_t)(end - dst) >= len)
        return dst;
    load.strings[load.string_count++] =
        (coded_string){.string = {octets, len}, .code = {dst, (size_t)(end - dst)}};
    load.string_octets += len;
    return end;
}

/* Adds the literal strings of nghttp2's block; which ones are literal, decoding tells. */
static uint8_t *add_strings(h2f_hpack_decoder *decoder, const header_list *list, uint8_t *dst) {
    h2f_hpack_field literal;
    size_t first = load.string_count;
    h2f_hpack_decoder_begin(decoder, list->blocks[NGHTTP2].octets, list->blocks[NGHTTP2].len);
    for (const nghttp2_nv *field = list->fields; h2f_hpack_decoder_next(decoder, &literal) > 0;
         field++) {
        if (literal.index != 0)
            continue;
        if (literal.name_index == 0)
            dst = add_string(dst, field->name, field->namelen);
        dst = add_string(dst, field->value, field->valuelen);
    }
    h2f_hpack_decoder_end(decoder);
    for (size_t i = first; i < load.string_count; i++)
        load.strings[i].readable = (size_t)(dst - load.strings[i].code.octets);
    return dst;
}

static void collect_strings(void) {
    uint8_t *dst = codes;
    for (size_t i = 0; i < load.story_count; i++) {
        h2f_hpack_table table;
        h2f_hpack_decoder decoder;
        h2f_hpack_table_init(&table, H2F_HPACK_DEFAULT_TABLE_SIZE);
        h2f_hpack_decoder_init(&decoder, &table);
        for (size_t j = 0; j < load.stories[i].count; j++)
            dst = add_strings(&decoder, &load.stories[i].lists[j], dst);
        h2f_hpack_table_free(&table);
    }
}

static void check_huffman(const codec *tested) {
    for (size_t i = 0; i < load.string_count; i++) {
        const coded_string *coded = &load.strings[i];
        uint8_t *end = tested->huffman_encode(coded->string, scratch);
        require((size_t)(end - scratch) == coded->code.len &&
                    memcmp(scratch, coded->code.octets, coded->code.len) == 0,
                "agreement on Huffman codes");
        end = tested->huffman_decode(coded, scratch);
        require((size_t)(end - scratch) == coded->string.len &&
                    memcmp(scratch, coded->string.octets, coded->string.len) == 0,
                "agreement on Huffman-coded strings");
    }
}

static void prepare(const char *path) {
    workload_read(&load, path);
    make_room();
    for (int which = 0; which < CODECS; which++)
        time_encode(which);
    for (int which = 0; which < CODECS; which++)
        for (int encoded_by = 0; encoded_by < CODECS; encoded_by++)
            check_decoder(codecs[which], encoded_by);
    collect_strings();
    for (int which = 0; which < CODECS; which++)
        check_huffman(codecs[which]);
}

static size_t encoded_octets(int which) {
    size_t octets = 0;
    for (size_t i = 0; i < load.story_count; i++)
        for (size_t j = 0; j < load.stories[i].count; j++)
            octets += load.stories[i].lists[j].blocks[which].len;
    return octets;
}

static void describe(void) {
    printf("{\"nghttp2\": \"%s\", \"fields\": %zu, \"octets\": %zu, "
           "\"encoded_octets\": {\"h2fast\": %zu, \"nghttp2\": %zu}}\n",
           nghttp2_version(0)->version_str, load.field_count, load.string_octets,
           encoded_octets(H2FAST), encoded_octets(NGHTTP2));
    fflush(stdout);
}

/* Returns whether the line was understood. */
static int answer(const char *line) {
    char operation[32], name[32];
    unsigned passes;
    if (sscanf(line, "%31s %31s %u", operation, name, &passes) != 3)
        return 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        for (int which = 0; which < CODECS; which++) {
            if (strcmp(operation, operations[i].name) != 0 ||
                strcmp(name, codecs[which]->name) != 0)
                continue;
            uint64_t elapsed = 0;
            for (unsigned pass = 0; pass < passes; pass++)
                elapsed += operations[i].time(which);
            answer_with(elapsed);
            return 1;
        }
    return 0;
}

int main(int argc, char **argv) {
    char line[128];
    if (argc != 2) {
        fputs("usage: hpack_compare STORIES\n", stderr);
        return 2;
    }
    prepare(argv[1]);
    describe();
    while (fgets(line, sizeof line, stdin) != NULL)
        require(answer(line), line);
    return 0;
}
