/* Every error the core returns. Each is negative, so that one comparison tells
 * success from failure; the functions that can fail list theirs in their header.
 */
#ifndef H2F_ERROR_H
#define H2F_ERROR_H

enum h2f_error {
    H2F_OK = 0,

    H2F_ERR_NOMEM = -1, /* an allocation failed */

    /* RFC 7541 section 5.1: integers. */
    H2F_ERR_INTEGER_TRUNCATED = -10, /* the block ends inside an integer */
    H2F_ERR_INTEGER_TOO_LONG = -11,  /* more than H2F_HPACK_MAX_CONTINUATION octets */
    H2F_ERR_INTEGER_TOO_LARGE = -12, /* above H2F_HPACK_MAX_INTEGER */

    /* RFC 7541 section 5.2: strings. */
    H2F_ERR_STRING_TRUNCATED = -13,   /* the block ends inside a string */
    H2F_ERR_HUFFMAN_EOS = -14,        /* the string holds the EOS symbol */
    H2F_ERR_HUFFMAN_INCOMPLETE = -15, /* padding of 8 bits and more, or not the EOS prefix */

    /* RFC 7541 sections 2.3.3, 4.2 and 6.3: the tables. */
    H2F_ERR_TABLE_INDEX = -16,         /* index 0, or beyond the dynamic table */
    H2F_ERR_TABLE_SIZE_EXCEEDED = -17, /* a size update above the acknowledged setting */
    H2F_ERR_TABLE_SIZE_MISPLACED = -18, /* a size update after the first field of a block */
    H2F_ERR_TABLE_SIZE_REPEATED = -19, /* more than allowed in a block */
    H2F_ERR_TABLE_SIZE_MISSING = -20,  /* the setting was lowered, no size update came */

    /* Limits of this implementation (RFC 9113 section 10.5.1). */
    H2F_ERR_HEADER_LIST_SIZE = -21,  /* the decoded fields are larger than allowed */
    H2F_ERR_HEADER_FIELD_COUNT = -22, /* the block has more fields than allowed */

    /* RFC 9113 sections 4 and 6: single frames. What an endpoint answers stands behind each. */
    H2F_ERR_FRAME_TOO_LARGE = -30, /* above the maximum frame size: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_LENGTH = -31,    /* no length that the type allows: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_STREAM = -32,    /* stream 0 where there must be one, or other: PROTOCOL_ERROR */
    H2F_ERR_FRAME_PADDING = -33,   /* as long as the payload or longer: PROTOCOL_ERROR */
    H2F_ERR_FRAME_ACK = -34,       /* SETTINGS with ACK and a payload: FRAME_SIZE_ERROR */
    H2F_ERR_FRAME_PROMISED = -35,  /* promised stream 0, or a client's: PROTOCOL_ERROR */
    H2F_ERR_FRAME_INCREMENT = -36, /* WINDOW_UPDATE by 0: PROTOCOL_ERROR */
    H2F_ERR_FRAME_PRIORITIZED = -37 /* PRIORITY_UPDATE of stream 0: PROTOCOL_ERROR */
};

#endif
