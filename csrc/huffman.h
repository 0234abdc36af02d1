/* The Huffman code of RFC 7541 section 5.2 and appendix B. Strings are not NULL, even empty ones.
 */
#ifndef H2F_HUFFMAN_H
#define H2F_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>

/* Octets that h2f_huffman_encode may touch for len octets: the longest code of a symbol has
 * 30 bits, and whole words are stored. */
static inline size_t h2f_huffman_encode_bound(size_t len) {
    return len * 4 + 8;
}

/* Octets that h2f_huffman_decode may touch for len octets: the shortest code has 5 bits, and
 * several symbols are stored at once. */
static inline size_t h2f_huffman_decode_bound(size_t len) {
    return len + len / 8 * 5 + 16;
}

/* The code of an octet, right-aligned, and its length in bits. */
uint32_t h2f_huffman_code(uint8_t octet, unsigned *length);

/* Writes the code of src to dst, which has room for h2f_huffman_encode_bound(len) octets, and
 * returns the position behind the last octet written. */
uint8_t *h2f_huffman_encode(uint8_t *dst, const uint8_t *src, size_t len);

/* Writes the string that src encodes to dst, which has room for h2f_huffman_decode_bound(len)
 * octets, and returns its length; or
 *   H2F_ERR_HUFFMAN_EOS         the code of EOS is in the string,
 *   H2F_ERR_HUFFMAN_INCOMPLETE  what follows the last symbol is more than 7 bits, or not all ones.
 * readable is the number of octets at src that may be read, at least len: what follows a string
 * in its header block is loaded with it, and ignored. */
ptrdiff_t h2f_huffman_decode(uint8_t *dst, const uint8_t *src, size_t len, size_t readable);

#endif
