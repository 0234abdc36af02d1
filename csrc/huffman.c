/* Both directions work on a 64-bit accumulator and touch memory a word at a time.
 *
 * Decoding looks up H2F_HUFFMAN_BITS bits at once and gets up to two symbols. What the next
 * look-up waits for, the number of bits, comes from a small table of its own; the symbols come
 * from another one, off the critical path. Codes longer than the look-up are rare in headers:
 * their entries consume nothing, so a run of unchecked look-ups gets stuck there and one test
 * behind it suffices.
 */
#include "huffman.h"

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "huffman_tables.h"

#define ALL_ONES UINT64_MAX
#define MAX_CODE_LEN 30

uint32_t h2f_huffman_code(uint8_t octet, unsigned *length) {
    *length = code_len[octet];
    return code_bits[octet];
}

uint8_t *h2f_huffman_encode(uint8_t *dst, const uint8_t *src, size_t len) {
    const uint8_t *end = src + len;
    uint64_t acc = 0;   /* the low bits are pending, what is above them is stale */
    unsigned pending = 0; /* 0 to 7 between two symbols */

    while (end - src >= 4) {
        unsigned l1 = code_len[src[1]], l3 = code_len[src[3]];
        unsigned first = code_len[src[0]] + l1, second = code_len[src[2]] + l3;
        if (H2F_UNLIKELY(first + second > 56))
            break;
        uint64_t low = (uint64_t)code_bits[src[0]] << l1 | code_bits[src[1]];
        uint64_t high = (uint64_t)code_bits[src[2]] << l3 | code_bits[src[3]];
        acc = (acc << first | low) << second | high;
        pending += first + second;
        h2f_store_be64(dst, acc << (64 - pending));
        dst += pending >> 3;
        pending &= 7;
        src += 4;
    }
    for (; src < end; src++) {
        acc = acc << code_len[*src] | code_bits[*src];
        pending += code_len[*src];
        h2f_store_be64(dst, acc << (64 - pending));
        dst += pending >> 3;
        pending &= 7;
    }
    if (pending) /* padded with the most significant bits of EOS, which are ones */
        *dst++ = (uint8_t)(acc << (8 - pending) | 0xffu >> pending);
    return dst;
}

/* The symbol whose code, longer than one look-up, starts the left-aligned bits. */
static const uint8_t *long_code(uint64_t bits, unsigned *length) {
    uint32_t code = (uint32_t)(bits >> (64 - MAX_CODE_LEN));
    unsigned i = 0;
    while (code >= long_limit[i])
        i++;
    *length = H2F_HUFFMAN_BITS + 1 + i;
    return &long_symbols[(code >> (MAX_CODE_LEN - *length)) - long_first[i] + long_offset[i]];
}

/* Ones from bit 8 n down, for the n octets (at most 8) that a string still has. */
static const uint64_t padding[9] = {
    ALL_ONES,       ALL_ONES >> 8,  ALL_ONES >> 16, ALL_ONES >> 24, ALL_ONES >> 32,
    ALL_ONES >> 40, ALL_ONES >> 48, ALL_ONES >> 56, 0,
};

/* The next 8 octets of a string that has left of them, in a buffer that has readable of them
 * (left <= readable). Behind the string come ones, which is what padding is made of. */
static inline uint64_t load_padded(const uint8_t *src, ptrdiff_t left, ptrdiff_t readable) {
    uint64_t word = 0;
    left = left < 0 ? 0 : left > 8 ? 8 : left; /* no branches: lengths are hard to predict */
    if (H2F_LIKELY(readable >= 8))
        word = h2f_load_be64(src);
    else
        for (ptrdiff_t i = 0; i < left; i++)
            word |= (uint64_t)src[i] << (56 - 8 * i);
    return word | padding[left];
}

/* Decoding runs into the ones behind the string and gets stuck there, as at any long code. */
ptrdiff_t h2f_huffman_decode(uint8_t *dst, const uint8_t *src, size_t len, size_t readable) {
    const uint8_t *const start = dst;
    ptrdiff_t at = 0;   /* octets taken into bits; passes len when padding is taken */
    uint64_t bits = 0;  /* left-aligned */
    unsigned valid = 0; /* of these, at most 63 */

    for (;;) {
        unsigned step;
        ptrdiff_t in_buffer = at < (ptrdiff_t)len ? at : (ptrdiff_t)len;
        bits |= load_padded(src + in_buffer, (ptrdiff_t)len - at,
                            (ptrdiff_t)readable - in_buffer) >> valid;
        at += (63 - valid) >> 3;
        valid |= 56;
#define LOOK_UP()                                                     \
    do {                                                              \
        size_t index = (size_t)(bits >> (64 - H2F_HUFFMAN_BITS));     \
        step = lookup_step[index];                                    \
        memcpy(dst, lookup_symbols[index], 2);                        \
        dst += step >> 6;                                             \
        bits <<= step & 63;                                           \
        valid -= step & 63;                                           \
    } while (0)
        LOOK_UP();
        LOOK_UP();
        LOOK_UP();
        LOOK_UP(); /* 4 * H2F_HUFFMAN_BITS <= 56 */
#undef LOOK_UP
        ptrdiff_t left = (ptrdiff_t)valid + 8 * ((ptrdiff_t)len - at); /* bits of the string */
        if (left <= 7) {
            if (left < 0)
                return H2F_ERR_HUFFMAN_INCOMPLETE;
            if ((bits | ALL_ONES >> left) == ALL_ONES)
                return dst - start;
            continue; /* one more symbol, or what runs past the end as if it were one */
        }
        if (step != 0)
            continue;
        if (valid < MAX_CODE_LEN)
            continue; /* not all of the code is here: refill first */
        unsigned length;
        const uint8_t *symbol = long_code(bits, &length);
        if ((ptrdiff_t)length > left)
            return H2F_ERR_HUFFMAN_INCOMPLETE;
        if (symbol == long_symbols + EOS_POSITION)
            return H2F_ERR_HUFFMAN_EOS;
        *dst++ = *symbol;
        bits <<= length;
        valid -= length;
    }
}
