#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "h2f_error.h"

#define FIRST_CAP 1024u
#define KEPT_CAP 16384u /* a larger buffer is given back when little of it was used */
#define FIRST_SEGMENTS 16u

void h2f_output_init(h2f_output *output) {
    memset(output, 0, sizeof *output);
}

void h2f_output_free(h2f_output *output) {
    h2f_output_clear(output);
    h2f_payload *released = output->released;
    free(output->own);
    free(output->segments);
    h2f_output_init(output);
    output->released = released;
}

/* A caller that takes a part of the output each time never empties it: what was read makes room
 * then, once it is half of what is there. */
static void drop_read_segments(h2f_output *output) {
    if (output->segments_read == 0 || output->segments_read < output->segment_count / 2)
        return;
    output->segment_count -= output->segments_read;
    memmove(output->segments, output->segments + output->segments_read,
            output->segment_count * sizeof *output->segments);
    output->segments_read = 0;
}

static void drop_read_octets(h2f_output *output) {
    if (output->own_read == 0 || output->own_read < output->own_len / 2)
        return;
    output->own_len -= output->own_read;
    memmove(output->own, output->own + output->own_read, output->own_len);
    for (size_t i = output->segments_read; i < output->segment_count; i++)
        output->segments[i].behind -= output->own_read;
    output->own_read = 0;
}

uint8_t *h2f_output_reserve(h2f_output *output, size_t len) {
    if (output->own_cap - output->own_len < len)
        drop_read_octets(output);
    if (output->own_cap - output->own_len < len) {
        size_t cap = output->own_cap ? output->own_cap : FIRST_CAP;
        while (cap - output->own_len < len)
            cap *= 2;
        uint8_t *own = realloc(output->own, cap);
        if (own == NULL)
            return NULL;
        output->own = own;
        output->own_cap = cap;
    }
    return output->own + output->own_len;
}

void h2f_output_commit(h2f_output *output, size_t len) {
    output->own_len += len;
    output->len += len;
}

int h2f_output_reserve_segment(h2f_output *output) {
    if (output->segment_count == output->segment_cap)
        drop_read_segments(output);
    if (output->segment_count < output->segment_cap)
        return 0;
    size_t cap = output->segment_cap ? 2 * output->segment_cap : FIRST_SEGMENTS;
    h2f_segment *segments = realloc(output->segments, cap * sizeof *segments);
    if (segments == NULL)
        return H2F_ERR_NOMEM;
    output->segments = segments;
    output->segment_cap = cap;
    return 0;
}

void h2f_output_refer(h2f_output *output, h2f_payload *payload, const uint8_t *octets, size_t len) {
    output->segments[output->segment_count++] =
        (h2f_segment){output->own_len, payload, octets, len};
    payload->references++;
    output->len += len;
}

static size_t copy(uint8_t *dst, size_t cap, const uint8_t *octets, size_t len) {
    size_t n = len < cap ? len : cap;
    if (n != 0)
        memcpy(dst, octets, n);
    return n;
}

/* Copies of the segment that is next; its payload is let go with its last octet. */
static size_t read_segment(h2f_output *output, uint8_t *dst, size_t cap) {
    h2f_segment *segment = &output->segments[output->segments_read];
    size_t n = copy(dst, cap, segment->octets, segment->len);
    segment->octets += n;
    segment->len -= n;
    if (segment->len == 0) {
        h2f_payload_release(output, segment->payload);
        output->segments_read++;
    }
    return n;
}

size_t h2f_output_read(h2f_output *output, uint8_t *dst, size_t cap) {
    size_t read = 0;
    while (read < cap && output->len > read) {
        int more = output->segments_read < output->segment_count;
        size_t behind = more ? output->segments[output->segments_read].behind : output->own_len;
        size_t n = behind - output->own_read;
        if (n != 0) /* else there may be no buffer yet */
            n = copy(dst + read, cap - read, output->own + output->own_read, n);
        output->own_read += n;
        if (n == 0)
            n = read_segment(output, dst + read, cap - read);
        read += n;
    }
    output->len -= read;
    if (output->len == 0)
        h2f_output_clear(output);
    return read;
}

void h2f_output_clear(h2f_output *output) {
    for (size_t i = output->segments_read; i < output->segment_count; i++)
        h2f_payload_release(output, output->segments[i].payload);
    if (output->own_cap > KEPT_CAP && output->own_len < output->own_cap / 4) {
        free(output->own);
        output->own = NULL;
        output->own_cap = 0;
    }
    output->segment_count = output->segments_read = 0;
    output->own_len = output->own_read = output->len = 0;
}

h2f_payload *h2f_payload_new(const uint8_t *octets, size_t len, void *owner) {
    h2f_payload *payload = malloc(sizeof *payload);
    if (payload != NULL)
        *payload = (h2f_payload){octets, len, owner, 1, NULL};
    return payload;
}

void h2f_payload_release(h2f_output *output, h2f_payload *payload) {
    if (--payload->references != 0)
        return;
    payload->next = output->released;
    output->released = payload;
}

void *h2f_output_next_released(h2f_output *output) {
    h2f_payload *payload = output->released;
    if (payload == NULL)
        return NULL;
    void *owner = payload->owner;
    output->released = payload->next;
    free(payload);
    return owner;
}
