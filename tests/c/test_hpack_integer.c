/* RFC 7541 section 5.1, with the limits of h2f_limits.h. */
#include "check.h"
#include "hpack_integer.h"

/* Decodes from a buffer of exactly len octets. */
static int decode(const uint8_t *octets, size_t len, unsigned prefix_bits, uint64_t *value) {
    uint8_t *exact = exact_copy(octets, len);
    int taken = h2f_hpack_integer_decode(exact, len, prefix_bits, value);
    free(exact);
    return taken;
}

static int decode_hex(const char *hex, unsigned prefix_bits, uint64_t *value) {
    uint8_t octets[32];
    return decode(octets, from_hex(octets, hex), prefix_bits, value);
}

static void both_ways(const char *hex, uint64_t value, unsigned prefix_bits, uint8_t first) {
    uint8_t expected[32], written[H2F_HPACK_INTEGER_BOUND];
    size_t len = from_hex(expected, hex);
    uint8_t *end = h2f_hpack_integer_encode(written, value, prefix_bits, first);
    CHECK_BYTES(written, (size_t)(end - written), expected, len);
    uint64_t decoded;
    CHECK_INT(decode(expected, len, prefix_bits, &decoded), len);
    CHECK_INT(decoded, value);
}

static void test_examples_of_appendix_c_1(void) {
    both_ways("0a", 10, 5, 0);
    both_ways("1f9a0a", 1337, 5, 0);
    both_ways("2a", 42, 8, 0);
}

static void test_bits_above_the_prefix_are_kept_and_ignored(void) {
    both_ways("ea", 10, 5, 0xe0);
    both_ways("ff9a0a", 1337, 5, 0xe0);
    both_ways("80", 0, 7, 0x80);
}

static void test_last_value_of_the_prefix_and_the_next(void) {
    for (unsigned prefix_bits = 1; prefix_bits <= 8; prefix_bits++) {
        uint64_t max_prefix = (1u << prefix_bits) - 1, decoded;
        uint8_t octets[H2F_HPACK_INTEGER_BOUND];
        for (uint64_t value = 0; value <= max_prefix + 300; value++) {
            size_t len = (size_t)(h2f_hpack_integer_encode(octets, value, prefix_bits, 0) - octets);
            CHECK_INT(len, value < max_prefix ? 1 : value < max_prefix + 128 ? 2 : 3);
            CHECK_INT(decode(octets, len, prefix_bits, &decoded), len);
            CHECK_INT(decoded, value);
        }
    }
}

static void test_every_power_of_two_up_to_35_bits(void) {
    for (unsigned prefix_bits = 1; prefix_bits <= 8; prefix_bits++)
        for (unsigned bit = 0; bit < 35; bit++)
            for (int delta = -1; delta <= 1; delta++) {
                uint64_t value = ((uint64_t)1 << bit) + (uint64_t)delta, decoded;
                uint8_t octets[H2F_HPACK_INTEGER_BOUND];
                uint8_t *end = h2f_hpack_integer_encode(octets, value, prefix_bits, 0);
                CHECK_INT(decode(octets, (size_t)(end - octets), prefix_bits, &decoded),
                          end - octets);
                CHECK(decoded == value);
            }
}

static void test_five_continuation_octets_and_no_more(void) {
    uint64_t value;
    CHECK_INT(decode_hex("1f ffffffff 7f", 5, &value), 6);
    CHECK_INT(value, 31 + ((INT64_C(1) << 35) - 1));
    CHECK_INT(decode_hex("1f ffffffff 80 00", 5, &value), H2F_ERR_INTEGER_TOO_LONG);
    CHECK_INT(decode_hex("1f ffffffff ff ffffffffffffffff 7f", 5, &value),
              H2F_ERR_INTEGER_TOO_LONG);
}

static void test_overlong_encodings(void) {
    uint64_t value;
    CHECK_INT(decode_hex("1f 80 00", 5, &value), 3);
    CHECK_INT(value, 31);
    CHECK_INT(decode_hex("1f 80808080 00", 5, &value), 6);
    CHECK_INT(value, 31);
    CHECK_INT(decode_hex("1f 80808080 80 00", 5, &value), H2F_ERR_INTEGER_TOO_LONG);
}

static void test_truncation_at_every_octet(void) {
    uint8_t octets[32];
    uint64_t value;
    size_t len = from_hex(octets, "1f ffffffff 7f");
    for (size_t i = 0; i < len; i++)
        CHECK_INT(decode(octets, i, 5, &value), H2F_ERR_INTEGER_TRUNCATED);
    CHECK_INT(decode_hex("1f ffffffff 80", 5, &value), H2F_ERR_INTEGER_TOO_LONG);
}

static void test_largest_integer_stays_within_the_bound(void) {
    for (unsigned prefix_bits = 1; prefix_bits <= 8; prefix_bits++) {
        uint8_t octets[H2F_HPACK_INTEGER_BOUND];
        uint8_t *end = h2f_hpack_integer_encode(octets, UINT64_MAX, prefix_bits, 0);
        CHECK_INT(end - octets, H2F_HPACK_INTEGER_BOUND);
    }
}

int main(void) {
    RUN(test_examples_of_appendix_c_1);
    RUN(test_bits_above_the_prefix_are_kept_and_ignored);
    RUN(test_last_value_of_the_prefix_and_the_next);
    RUN(test_every_power_of_two_up_to_35_bits);
    RUN(test_five_continuation_octets_and_no_more);
    RUN(test_overlong_encodings);
    RUN(test_truncation_at_every_octet);
    RUN(test_largest_integer_stays_within_the_bound);
    return 0;
}
