/* Unaligned loads and stores, comparison and hashing of short byte strings. All are
 * inline: they are the inner loop of everything above. Byte order is fixed, so that
 * generated tables and hashes are the same on every machine.
 */
#ifndef H2F_BYTES_H
#define H2F_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_MSC_VER)
#include <stdlib.h>
#define H2F_BSWAP64(x) _byteswap_uint64(x)
#define H2F_BSWAP32(x) _byteswap_ulong(x)
#else
#define H2F_BSWAP64(x) __builtin_bswap64(x)
#define H2F_BSWAP32(x) __builtin_bswap32(x)
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define H2F_LE64(x) H2F_BSWAP64(x)
#define H2F_LE32(x) H2F_BSWAP32(x)
#define H2F_BE64(x) (x)
#define H2F_BE32(x) (x)
#else
#define H2F_LE64(x) (x)
#define H2F_LE32(x) (x)
#define H2F_BE64(x) H2F_BSWAP64(x)
#define H2F_BE32(x) H2F_BSWAP32(x)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define H2F_LIKELY(x) __builtin_expect(!!(x), 1)
#define H2F_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define H2F_LIKELY(x) (x)
#define H2F_UNLIKELY(x) (x)
#endif

static inline uint64_t h2f_load_le64(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
    return H2F_LE64(x);
}

static inline uint32_t h2f_load_le32(const uint8_t *p) {
    uint32_t x;
    memcpy(&x, p, 4);
    return H2F_LE32(x);
}

static inline uint64_t h2f_load_be64(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
    return H2F_BE64(x);
}

static inline uint32_t h2f_load_be32(const uint8_t *p) {
    uint32_t x;
    memcpy(&x, p, 4);
    return H2F_BE32(x);
}

static inline uint16_t h2f_load_be16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void h2f_store_be16(uint8_t *p, uint16_t x) {
    p[0] = (uint8_t)(x >> 8);
    p[1] = (uint8_t)x;
}

static inline void h2f_store_be32(uint8_t *p, uint32_t x) {
    x = H2F_BE32(x);
    memcpy(p, &x, 4);
}

static inline void h2f_store_be64(uint8_t *p, uint64_t x) {
    x = H2F_BE64(x);
    memcpy(p, &x, 8);
}

/* The 0 to 7 octets at p as one number that differs whenever they do. */
static inline uint64_t h2f_load_short(const uint8_t *p, size_t len) {
    if (len >= 4)
        return h2f_load_le32(p) | (uint64_t)h2f_load_le32(p + len - 4) << 32;
    if (len == 0)
        return 0;
    return p[0] | (uint64_t)p[len >> 1] << 8 | (uint64_t)p[len - 1] << 16;
}

/* Whether two strings of one length are equal. Header names and values are short:
 * comparing words that overlap at the end beats a call to memcmp. */
static inline int h2f_bytes_equal(const uint8_t *a, const uint8_t *b, size_t len) {
    if (len < 8)
        return h2f_load_short(a, len) == h2f_load_short(b, len);
    const uint8_t *last = a + len - 8;
    for (; a < last; a += 8, b += 8)
        if (h2f_load_le64(a) != h2f_load_le64(b))
            return 0;
    return h2f_load_le64(last) == h2f_load_le64(b - (a - last));
}

static inline uint64_t h2f_hash_mix(uint64_t h, uint64_t word) {
    h = (h ^ word) * 0x9fb21c651e98df25u;
    return h ^ (h >> 32);
}

/* A hash of every octet. Not keyed: whoever looks up by it compares bytes too, and
 * walks no more entries than its table holds. */
static inline uint64_t h2f_hash_bytes(const uint8_t *p, size_t len, uint64_t seed) {
    uint64_t h = seed ^ (len * 0xd6e8feb86659fd93u);
    if (len < 8)
        return h2f_hash_mix(h, h2f_load_short(p, len));
    const uint8_t *last = p + len - 8;
    if (len > 16) { /* two lanes, so that one multiplication hides the other */
        uint64_t g = h ^ 0xa0761d6478bd642fu;
        const uint8_t *last_pair = p + len - 16;
        for (; p < last_pair; p += 16) {
            h = h2f_hash_mix(h, h2f_load_le64(p));
            g = h2f_hash_mix(g, h2f_load_le64(p + 8));
        }
        h = h2f_hash_mix(h, h2f_load_le64(last_pair));
        return h2f_hash_mix(h ^ (g << 7), h2f_load_le64(last));
    }
    h = h2f_hash_mix(h, h2f_load_le64(p));
    return h2f_hash_mix(h, h2f_load_le64(last));
}

#endif
