/* What is to be written to the peer: octets of our own, and between them payloads that are still
 * where the caller has them.
 */
#ifndef H2F_OUTPUT_H
#define H2F_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* Octets of the caller's that stay where they are until nobody refers to them any more. */
typedef struct h2f_payload {
    const uint8_t *octets;
    size_t len;
    void *owner; /* what the caller is to let go then */
    size_t references;
    struct h2f_payload *next; /* among those to be let go */
} h2f_payload;

/* A part of a payload, behind a number of own octets. */
typedef struct {
    size_t behind;
    h2f_payload *payload;
    const uint8_t *octets;
    size_t len;
} h2f_segment;

typedef struct {
    uint8_t *own;
    size_t own_len, own_cap;
    h2f_segment *segments;
    size_t segment_count, segment_cap;
    size_t own_read, segments_read; /* what of them was read already */
    size_t len;            /* of all that was not */
    h2f_payload *released; /* payloads that the caller is to let go */
} h2f_output;

void h2f_output_init(h2f_output *output);

/* Also lets go of all payloads in it: they are on the released list, which stays. */
void h2f_output_free(h2f_output *output);

/* Room for own octets behind all that is there, or NULL without memory. */
uint8_t *h2f_output_reserve(h2f_output *output, size_t len);

/* Says that so many of the reserved octets were written. */
void h2f_output_commit(h2f_output *output, size_t len);

/* Room for one more segment, so that h2f_output_refer cannot fail. Returns 0 or H2F_ERR_NOMEM. */
int h2f_output_reserve_segment(h2f_output *output);

/* Adds a part of a payload behind all that is there. */
void h2f_output_refer(h2f_output *output, h2f_payload *payload, const uint8_t *octets, size_t len);

/* Copies the first octets, cap at most, to dst and takes them out. Returns how many. */
size_t h2f_output_read(h2f_output *output, uint8_t *dst, size_t cap);

/* Forgets everything. */
void h2f_output_clear(h2f_output *output);

/* A payload with one reference, or NULL without memory. */
h2f_payload *h2f_payload_new(const uint8_t *octets, size_t len, void *owner);

/* Gives a reference up; the last one puts the payload on the released list. */
void h2f_payload_release(h2f_output *output, h2f_payload *payload);

/* Takes a payload off the released list and returns its owner, or NULL where there is none. */
void *h2f_output_next_released(h2f_output *output);

#endif
