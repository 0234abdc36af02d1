/* Integers with a prefix (RFC 7541 section 5.1). */
#ifndef H2F_HPACK_INTEGER_H
#define H2F_HPACK_INTEGER_H

#include <stddef.h>
#include <stdint.h>

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "h2f_limits.h"

/* The most octets that h2f_hpack_integer_encode writes: the prefix and 64 bits, 7 in each. */
#define H2F_HPACK_INTEGER_BOUND 11

/* Reads the integer at p, whose first octet has prefix_bits (1 to 8) of it, and stores its value.
 * Returns how many octets it takes; or
 *   H2F_ERR_INTEGER_TRUNCATED  it goes on behind p + len,
 *   H2F_ERR_INTEGER_TOO_LONG   it has more than H2F_HPACK_MAX_CONTINUATION octets behind the first.
 * With five of them the value has 36 bits at most: what is too large is for the caller to say. */
static inline int h2f_hpack_integer_decode(const uint8_t *p, size_t len, unsigned prefix_bits,
                                           uint64_t *value) {
    const unsigned max_prefix = 0xffu >> (8 - prefix_bits);
    if (H2F_UNLIKELY(len == 0))
        return H2F_ERR_INTEGER_TRUNCATED;
    uint64_t result = p[0] & max_prefix;
    if (H2F_LIKELY(result < max_prefix)) {
        *value = result;
        return 1;
    }
    for (unsigned i = 1; i <= H2F_HPACK_MAX_CONTINUATION; i++) {
        if (i >= len)
            return H2F_ERR_INTEGER_TRUNCATED;
        result += (uint64_t)(p[i] & 0x7f) << (7 * (i - 1));
        if (p[i] < 0x80) {
            *value = result;
            return (int)i + 1;
        }
    }
    return H2F_ERR_INTEGER_TOO_LONG;
}

/* Writes value behind the bits that first already has above the prefix, and returns the position
 * behind it. dst has room for H2F_HPACK_INTEGER_BOUND octets. */
static inline uint8_t *h2f_hpack_integer_encode(uint8_t *dst, uint64_t value, unsigned prefix_bits,
                                                uint8_t first) {
    const unsigned max_prefix = 0xffu >> (8 - prefix_bits);
    if (H2F_LIKELY(value < max_prefix)) {
        *dst++ = (uint8_t)(first | value);
        return dst;
    }
    *dst++ = (uint8_t)(first | max_prefix);
    for (value -= max_prefix; value >= 0x80; value >>= 7)
        *dst++ = (uint8_t)(0x80 | (value & 0x7f));
    *dst++ = (uint8_t)value;
    return dst;
}

#endif
