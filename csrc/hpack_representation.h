/* How the representations of a header block begin (RFC 7541 sections 5.2 and 6): the bits above the
 * prefix of their first integer, and the width of that prefix. */
#ifndef H2F_HPACK_REPRESENTATION_H
#define H2F_HPACK_REPRESENTATION_H

#define H2F_INDEXED 0x80 /* section 6.1 */
#define H2F_INDEXED_PREFIX 7
#define H2F_LITERAL_INCREMENTAL 0x40 /* section 6.2.1 */
#define H2F_LITERAL_INCREMENTAL_PREFIX 6
#define H2F_LITERAL_WITHOUT 0x00 /* section 6.2.2 */
#define H2F_LITERAL_NEVER 0x10   /* section 6.2.3 */
#define H2F_LITERAL_PREFIX 4
#define H2F_SIZE_UPDATE 0x20 /* section 6.3 */
#define H2F_SIZE_UPDATE_PREFIX 5

#define H2F_STRING_HUFFMAN 0x80 /* section 5.2 */
#define H2F_STRING_PREFIX 7

#endif
