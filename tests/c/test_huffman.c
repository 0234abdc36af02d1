/* RFC 7541 section 5.2 and appendix B. */
#include "check.h"
#include "h2f_error.h"
#include "huffman.h"
#include "reference.h"

#define EOS_CODE 0x3fffffffu
#define EOS_LEN 30

/* One row of appendix B for each length of a code. */
static void test_codes_of_appendix_b(void) {
    static const struct {
        uint8_t octet;
        uint32_t code;
        unsigned length;
    } rows[] = {
        {'0', 0x0, 5},          {' ', 0x14, 6},        {':', 0x5c, 7},
        {'&', 0xf8, 8},         {'!', 0x3f8, 10},      {'\'', 0x7fa, 11},
        {'#', 0xffa, 12},       {0, 0x1ff8, 13},       {'^', 0x3ffc, 14},
        {'<', 0x7ffc, 15},      {'\\', 0x7fff0, 19},   {128, 0xfffe6, 20},
        {153, 0x1fffdc, 21},    {129, 0x3fffd2, 22},   {1, 0x7fffd8, 23},
        {9, 0xffffea, 24},      {199, 0x1ffffec, 25},  {192, 0x3ffffe0, 26},
        {203, 0x7ffffde, 27},   {254, 0x7fffff0, 27},  {2, 0xfffffe2, 28},
        {249, 0xffffffe, 28},   {10, 0x3ffffffc, 30},  {22, 0x3ffffffe, 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned length;
        CHECK_INT(h2f_huffman_code(rows[i].octet, &length), rows[i].code);
        CHECK_INT(length, rows[i].length);
    }
}

/* The code is canonical: sorted by length and octet, each code is the one before plus one. With
 * EOS at the end it is complete, too. */
static void test_code_is_canonical_and_complete(void) {
    uint32_t next = 0;
    unsigned last_length = 5;
    for (unsigned length = 5; length <= 30; length++)
        for (int octet = 0; octet < 256; octet++) {
            unsigned own;
            uint32_t code = h2f_huffman_code((uint8_t)octet, &own);
            if (own != length)
                continue;
            next <<= length - last_length;
            last_length = length;
            CHECK_INT(code, next);
            next++;
        }
    CHECK_INT(last_length, EOS_LEN);
    CHECK_INT(next, EOS_CODE);
}

/* Decodes with nothing, and with octets of each kind, behind the string; all results must agree
 * with the reference. Every buffer has exactly the size that huffman.h promises to suffice. */
static ptrdiff_t decode(uint8_t *decoded, const uint8_t *code, size_t len) {
    static const uint8_t fillings[] = {0x00, 0xff, 0x55};
    uint8_t *expected = malloc(2 * len + 1);
    CHECK(expected != NULL);
    ptrdiff_t result = ref_huffman_decode(expected, code, len);
    for (size_t behind = 0; behind <= 24; behind++)
        for (size_t f = 0; f < (behind ? sizeof fillings : 1); f++) {
            uint8_t buffer[64 * 4 + 24];
            CHECK(len + behind <= sizeof buffer);
            memcpy(buffer, code, len);
            memset(buffer + len, fillings[f], behind);
            uint8_t *src = exact_copy(buffer, len + behind);
            uint8_t *dst = malloc(h2f_huffman_decode_bound(len));
            CHECK(dst != NULL);
            CHECK_INT(h2f_huffman_decode(dst, src, len, len + behind), result);
            if (result > 0) {
                CHECK_BYTES(dst, (size_t)result, expected, (size_t)result);
                memcpy(decoded, dst, (size_t)result);
            }
            free(src);
            free(dst);
        }
    free(expected);
    return result;
}

static void round_trip(const uint8_t *octets, size_t len) {
    uint8_t *src = exact_copy(octets, len), *code = malloc(h2f_huffman_encode_bound(len));
    CHECK(code != NULL);
    size_t code_len = (size_t)(h2f_huffman_encode(code, src, len) - code);
    uint8_t *decoded = malloc(len + 1);
    CHECK(decoded != NULL);
    CHECK_INT(decode(decoded, code, code_len), len);
    CHECK_BYTES(decoded, len, octets, len);
    free(src);
    free(code);
    free(decoded);
}

static void test_every_octet_alone(void) {
    for (int octet = 0; octet < 256; octet++) {
        uint8_t one = (uint8_t)octet, code[16];
        unsigned length;
        h2f_huffman_code(one, &length);
        CHECK_INT(h2f_huffman_encode(code, &one, 1) - code, (length + 7) / 8);
        round_trip(&one, 1);
    }
}

static void test_every_pair_of_octets(void) {
    for (unsigned pair = 0; pair < 65536; pair++) {
        uint8_t octets[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        uint8_t code[2 * 4 + 8], decoded[8 + 16];
        size_t code_len = (size_t)(h2f_huffman_encode(code, octets, 2) - code);
        CHECK_INT(h2f_huffman_decode(decoded, code, code_len, code_len), 2);
        CHECK_BYTES(decoded, 2, octets, 2);
    }
}

/* Lengths 0 to 64, of octets with short codes, of the longest ones, and of all. */
static void test_random_strings_of_every_length(void) {
    uint64_t random = 1;
    static const char common[] = "0123456789acegiost -./%=_ABbdfhlmnpru";
    static const uint8_t longest[] = {10, 13, 22};
    for (size_t len = 0; len <= 64; len++)
        for (int kind = 0; kind < 4; kind++) {
            uint8_t octets[64];
            random_fill(&random, octets, len);
            for (size_t i = 0; i < len; i++)
                if (kind == 0 || (kind == 1 && random_below(&random, 8)))
                    octets[i] = (uint8_t)common[octets[i] % (sizeof common - 1)];
                else if (kind == 2)
                    octets[i] = longest[octets[i] % 3];
            round_trip(octets, len);
        }
}

/* What a peer may send: any octets. Every length of the code, cut where it falls. */
static void test_random_code_decodes_as_the_reference_does(void) {
    uint64_t random = 2;
    for (size_t len = 0; len <= 64; len++)
        for (int i = 0; i < 40; i++) {
            uint8_t code[64], decoded[128];
            random_fill(&random, code, len);
            size_t ones = random_below(&random, 8);
            if (ones < len) /* else nearly all of it ends with wrong padding */
                memset(code + len - ones, 0xff, ones);
            if (i % 4 == 0 && len)
                code[random_below(&random, (uint32_t)len)] |= 0xf8;
            decode(decoded, code, len);
        }
}

static void test_every_two_octets_of_code(void) {
    for (unsigned code = 0; code < 65536; code++) {
        uint8_t src[2] = {(uint8_t)(code >> 8), (uint8_t)code}, decoded[18], expected[4];
        ptrdiff_t result = ref_huffman_decode(expected, src, 2);
        CHECK_INT(h2f_huffman_decode(decoded, src, 2, 2), result);
        if (result > 0)
            CHECK_BYTES(decoded, (size_t)result, expected, (size_t)result);
    }
}

/* Appends bits, left to right; the buffer starts as zeros. */
static size_t put_bits(uint8_t *dst, size_t at, uint32_t bits, unsigned length) {
    for (unsigned i = length; i-- > 0; at++)
        dst[at / 8] |= (uint8_t)((bits >> i & 1) << (7 - at % 8));
    return at;
}

/* A string of so many 5-bit symbols, then bits up to the end of an octet. */
static ptrdiff_t decode_with_tail(size_t symbols, uint32_t tail, unsigned tail_length) {
    uint8_t code[64] = {0}, decoded[128];
    size_t at = 0;
    for (size_t i = 0; i < symbols; i++)
        at = put_bits(code, at, 0, 5); /* '0' */
    at = put_bits(code, at, tail, tail_length);
    CHECK_INT(at % 8, 0);
    return decode(decoded, code, at / 8);
}

static void test_padding_of_up_to_7_ones(void) {
    for (size_t symbols = 1; symbols <= 8; symbols++) {
        unsigned length = (unsigned)(8 - symbols * 5 % 8) % 8;
        CHECK_INT(decode_with_tail(symbols, (1u << length) - 1, length), symbols);
    }
}

static void test_padding_of_8_ones_and_more_is_refused(void) {
    for (size_t symbols = 0; symbols <= 8; symbols++)
        for (unsigned octets = 1; octets <= 2; octets++) {
            unsigned length = (unsigned)(8 - symbols * 5 % 8) % 8 + 8 * octets;
            CHECK_INT(decode_with_tail(symbols, (1u << length) - 1, length),
                      H2F_ERR_HUFFMAN_INCOMPLETE);
        }
}

/* A zero anywhere in what is left behind the last symbol, be it the last bit or the first. */
static void test_wrong_padding_is_refused(void) {
    CHECK_INT(decode_with_tail(1, 0x6, 3), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(decode_with_tail(1, 0x3, 3), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(decode_with_tail(5, 0x7e, 7), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(decode_with_tail(4, 0x0, 4), H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(decode_with_tail(5, 0x7f, 7), 5);
}

/* The look-up of 12 bits finds two symbols where the string ends inside the second: its bits
 * beyond the end are ones, which is not what the code says. */
static void test_two_symbol_entry_crossing_the_end(void) {
    CHECK_INT(decode_with_tail(1, 0x5, 3), H2F_ERR_HUFFMAN_INCOMPLETE); /* 101 + 1111: 'D' */
    CHECK_INT(decode_with_tail(3, 0x0, 1), H2F_ERR_HUFFMAN_INCOMPLETE); /* 0 + 11111: '9' */
    CHECK_INT(decode_with_tail(7, 0x3, 5), 8);                          /* both fit */
}

static void test_eos_is_refused(void) {
    CHECK_INT(decode_with_tail(0, EOS_CODE << 2 | 3, 32), H2F_ERR_HUFFMAN_EOS);
    CHECK_INT(decode_with_tail(2, EOS_CODE, 30), H2F_ERR_HUFFMAN_EOS);
    uint8_t code[16] = {0}, decoded[32];
    size_t at = put_bits(code, 0, 0, 5);
    at = put_bits(code, at, EOS_CODE, EOS_LEN);
    at = put_bits(code, at, 0, 5);
    CHECK_INT(at, 40);
    CHECK_INT(decode(decoded, code, 5), H2F_ERR_HUFFMAN_EOS);
}

/* All but the last bit of EOS, which is what a string may not be padded with either. */
static void test_eos_cut_short_is_incomplete(void) {
    for (unsigned octets = 1; octets <= 3; octets++)
        CHECK_INT(decode_with_tail(0, (1u << 8 * octets) - 1, 8 * octets),
                  H2F_ERR_HUFFMAN_INCOMPLETE);
    CHECK_INT(decode_with_tail(3, (1u << 25) - 1, 25), H2F_ERR_HUFFMAN_INCOMPLETE);
}

/* The longest codes next to the end, with every number of bits in front of them. */
static void test_long_code_at_the_very_end(void) {
    static const uint8_t last[] = {0, 2, 10, 13, 22, 92, 128, 192, 203, 220, 249, 255};
    for (size_t zeros = 0; zeros <= 24; zeros++)
        for (size_t i = 0; i < sizeof last; i++) {
            uint8_t octets[25];
            memset(octets, '0', zeros);
            octets[zeros] = last[i];
            round_trip(octets, zeros + 1);
        }
}

static void test_encoder_stays_within_its_bound(void) {
    uint64_t random = 3;
    for (size_t len = 0; len <= 64; len++) {
        uint8_t octets[64];
        memset(octets, 22, len); /* 30 bits each */
        round_trip(octets, len);
        random_fill(&random, octets, len);
        round_trip(octets, len);
    }
}

/* No code is shorter than that of 0, which is five zeros. */
static void test_decoder_stays_within_its_bound(void) {
    static const uint8_t zeros[500], untouched[16];
    for (size_t len = 0; len <= sizeof zeros; len += 5) {
        size_t bound = h2f_huffman_decode_bound(len);
        uint8_t *dst = calloc(bound + sizeof untouched, 1);
        CHECK(dst != NULL);
        CHECK_INT(h2f_huffman_decode(dst, zeros, len, len), len / 5 * 8);
        CHECK_BYTES(dst + bound, sizeof untouched, untouched, sizeof untouched);
        free(dst);
    }
}

int main(void) {
    RUN(test_codes_of_appendix_b);
    RUN(test_code_is_canonical_and_complete);
    RUN(test_every_octet_alone);
    RUN(test_every_pair_of_octets);
    RUN(test_random_strings_of_every_length);
    RUN(test_random_code_decodes_as_the_reference_does);
    RUN(test_every_two_octets_of_code);
    RUN(test_padding_of_up_to_7_ones);
    RUN(test_padding_of_8_ones_and_more_is_refused);
    RUN(test_wrong_padding_is_refused);
    RUN(test_two_symbol_entry_crossing_the_end);
    RUN(test_eos_is_refused);
    RUN(test_eos_cut_short_is_incomplete);
    RUN(test_long_code_at_the_very_end);
    RUN(test_encoder_stays_within_its_bound);
    RUN(test_decoder_stays_within_its_bound);
    return 0;
}
