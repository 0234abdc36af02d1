/* Frames: what one frame says (RFC 9113 sections 4 and 6, RFC 7838 section 4, RFC 8336 section 2,
 * RFC 9218 section 7.1). Whether it may come now is for the connection to know.
 */
#ifndef H2F_FRAME_H
#define H2F_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define H2F_FRAME_HEADER_LEN 9

enum h2f_frame_type {
    H2F_FRAME_DATA = 0x0,
    H2F_FRAME_HEADERS = 0x1,
    H2F_FRAME_PRIORITY = 0x2,
    H2F_FRAME_RST_STREAM = 0x3,
    H2F_FRAME_SETTINGS = 0x4,
    H2F_FRAME_PUSH_PROMISE = 0x5,
    H2F_FRAME_PING = 0x6,
    H2F_FRAME_GOAWAY = 0x7,
    H2F_FRAME_WINDOW_UPDATE = 0x8,
    H2F_FRAME_CONTINUATION = 0x9,
    H2F_FRAME_ALTSVC = 0xa,
    H2F_FRAME_ORIGIN = 0xc,
    H2F_FRAME_PRIORITY_UPDATE = 0x10
};

enum h2f_frame_flag {
    H2F_FLAG_END_STREAM = 0x01, /* DATA, HEADERS */
    H2F_FLAG_ACK = 0x01,        /* SETTINGS, PING */
    H2F_FLAG_END_HEADERS = 0x04, /* HEADERS, PUSH_PROMISE, CONTINUATION */
    H2F_FLAG_PADDED = 0x08,      /* DATA, HEADERS, PUSH_PROMISE */
    H2F_FLAG_PRIORITY = 0x20     /* HEADERS */
};

/* A frame of any type. What its type and flags do not have is 0 after parsing, and is not looked at
 * when writing. */
typedef struct {
    uint32_t length;    /* of the payload, padding included */
    uint32_t stream_id; /* without the reserved bit */
    uint8_t type;
    uint8_t flags; /* also those that the type does not define */

    uint8_t pad_length; /* PADDED: octets of padding behind the payload */
    uint8_t weight;     /* PRIORITY, and HEADERS with that flag: as on the wire, one less */
    uint8_t exclusive;  /* likewise */
    uint32_t depends_on; /* likewise */
    uint32_t error_code; /* RST_STREAM, GOAWAY */
    uint32_t other_stream_id; /* promised (PUSH_PROMISE), last (GOAWAY), prioritized stream */
    uint32_t window_increment; /* WINDOW_UPDATE */
    const uint8_t *origin; /* ALTSVC */
    size_t origin_len;

    /* What is left of the payload: data, fragment of a header block, settings, opaque data, debug
     * data, field value, origins, or all of an unknown type's. */
    const uint8_t *data;
    size_t data_len;
} h2f_frame;

/* Reads the header of a frame from the nine octets at p. */
void h2f_frame_parse_header(h2f_frame *frame, const uint8_t *p);

/* Whether a frame of this type may not come on this stream. */
int h2f_frame_is_misplaced(const h2f_frame *frame);

/* Reads the payload, frame->length octets at p, of a frame whose header was read. Returns 0, or
 *   H2F_ERR_FRAME_LENGTH, _STREAM, _PADDING, _ACK, _PROMISED, _INCREMENT, _PRIORITIZED;
 * what the header says stays readable then. */
int h2f_frame_parse_payload(h2f_frame *frame, const uint8_t *p);

/* Reads the frame that the len octets at p begin with; its data is a view of them. Returns how many
 * octets it takes, 0 if it is not complete yet, or, as soon as the header is there,
 *   H2F_ERR_FRAME_TOO_LARGE  its length is above max_size,
 * and as soon as all is there what h2f_frame_parse_payload returns. */
ptrdiff_t h2f_frame_parse(h2f_frame *frame, const uint8_t *p, size_t len, uint32_t max_size);

/* Octets that a frame takes, header included. Of one that h2f_frame_write refuses for its length,
 * it says nothing. */
size_t h2f_frame_size(const h2f_frame *frame);

/* Writes a frame, all but its length taken from the structure, and returns the position behind it;
 * or NULL, having written nothing, if it does not fit into cap octets, or has no length that its
 * type and H2F_FRAME_MAX_SIZE allow. The padding is zeroes. */
uint8_t *h2f_frame_write(uint8_t *dst, size_t cap, const h2f_frame *frame);

/* Writes what stands before the data of a frame without padding and priority fields, for data that
 * is already behind it or goes out from where it is; and returns the position behind that. The
 * caller has seen to the room and the length. */
uint8_t *h2f_frame_write_head(uint8_t *dst, const h2f_frame *frame);

/* The name of a type ("DATA"), or NULL for one that is not among those above. */
const char *h2f_frame_type_name(uint8_t type);

/* The flags that a type defines. */
uint8_t h2f_frame_type_flags(uint8_t type);

#endif
