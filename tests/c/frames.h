/* What RFC 9113 sections 4 and 6 say of one frame, written down a second time, octet by octet, and
 * the parser and the writer compared with it. It names every fault that a frame has, for the
 * sections do not say which of several is reported.
 */
#ifndef H2F_TEST_FRAMES_H
#define H2F_TEST_FRAMES_H

#include "check.h"
#include "frame.h"
#include "h2f_error.h"
#include "h2f_limits.h"

#define FAULT(error) (1u << (H2F_ERR_FRAME_TOO_LARGE - (error)))

enum ref_stream { REF_NO_STREAM, REF_A_STREAM, REF_ANY };

static inline enum ref_stream ref_stream(uint8_t type) {
    switch (type) {
    case H2F_FRAME_DATA:
    case H2F_FRAME_HEADERS:
    case H2F_FRAME_PRIORITY:
    case H2F_FRAME_RST_STREAM:
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_CONTINUATION:
        return REF_A_STREAM;
    case H2F_FRAME_SETTINGS:
    case H2F_FRAME_PING:
    case H2F_FRAME_GOAWAY:
    case H2F_FRAME_PRIORITY_UPDATE:
        return REF_NO_STREAM;
    default:
        return REF_ANY;
    }
}

static inline int ref_is_padded(uint8_t type, uint8_t flags) {
    return flags & 0x08 && (type == H2F_FRAME_DATA || type == H2F_FRAME_HEADERS ||
                            type == H2F_FRAME_PUSH_PROMISE);
}

static inline int ref_has_priority(uint8_t type, uint8_t flags) {
    return type == H2F_FRAME_PRIORITY || (type == H2F_FRAME_HEADERS && flags & 0x20);
}

/* Octets of the fields that must be there. */
static inline size_t ref_least_length(uint8_t type, uint8_t flags) {
    size_t least = ref_is_padded(type, flags) ? 1 : 0;
    if (ref_has_priority(type, flags))
        return least + 5;
    switch (type) {
    case H2F_FRAME_ALTSVC:
        return 2;
    case H2F_FRAME_RST_STREAM:
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_WINDOW_UPDATE:
    case H2F_FRAME_PRIORITY_UPDATE:
        return least + 4;
    case H2F_FRAME_PING:
    case H2F_FRAME_GOAWAY:
        return 8;
    default:
        return least;
    }
}

static inline int ref_length_is_fixed(uint8_t type) {
    return type == H2F_FRAME_PRIORITY || type == H2F_FRAME_RST_STREAM || type == H2F_FRAME_PING ||
           type == H2F_FRAME_WINDOW_UPDATE;
}

/* Whether an identifier of a stream, or an increment, stands behind the length of the padding. */
static inline int ref_has_31_bits(uint8_t type) {
    return type == H2F_FRAME_PUSH_PROMISE || type == H2F_FRAME_GOAWAY ||
           type == H2F_FRAME_WINDOW_UPDATE || type == H2F_FRAME_PRIORITY_UPDATE;
}

static inline uint32_t ref_31_bits(const uint8_t *p) {
    return (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline size_t ref_length(const uint8_t *frame) {
    return (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
}

static inline uint32_t ref_stream_fault(const uint8_t *frame) {
    enum ref_stream rule = ref_stream(frame[3]);
    int has_one = ref_31_bits(frame + 5) != 0;
    return rule != REF_ANY && has_one != (rule == REF_A_STREAM) ? FAULT(H2F_ERR_FRAME_STREAM) : 0;
}

static inline uint32_t ref_length_fault(const uint8_t *frame) {
    const uint8_t type = frame[3];
    const size_t length = ref_length(frame), least = ref_least_length(type, frame[4]);
    int wrong = length < least || (ref_length_is_fixed(type) && length != least) ||
                (type == H2F_FRAME_SETTINGS && length % 6 != 0) ||
                (type == H2F_FRAME_ALTSVC && length - 2 < (frame[9] * 256u + frame[10]));
    return wrong ? FAULT(H2F_ERR_FRAME_LENGTH) : 0;
}

/* Sections 6.1 and 6.2: padding may take what the other fields leave. */
static inline uint32_t ref_padding_fault(const uint8_t *frame) {
    size_t length = ref_length(frame);
    if (!ref_is_padded(frame[3], frame[4]) || length == 0 || frame[9] == 0)
        return 0;
    size_t taken = ref_least_length(frame[3], frame[4]) + frame[9];
    return taken > length ? FAULT(H2F_ERR_FRAME_PADDING) : 0;
}

static inline uint32_t ref_31_bits_fault(const uint8_t *frame) {
    const uint8_t type = frame[3], flags = frame[4];
    if (!ref_has_31_bits(type) || ref_length(frame) < ref_least_length(type, flags))
        return 0;
    uint32_t number = ref_31_bits(frame + 9 + ref_is_padded(type, flags));
    if (type == H2F_FRAME_PUSH_PROMISE)
        return number == 0 || number & 1 ? FAULT(H2F_ERR_FRAME_PROMISED) : 0;
    if (type == H2F_FRAME_WINDOW_UPDATE)
        return number == 0 ? FAULT(H2F_ERR_FRAME_INCREMENT) : 0;
    return type == H2F_FRAME_PRIORITY_UPDATE && number == 0 ? FAULT(H2F_ERR_FRAME_PRIORITIZED) : 0;
}

/* All that is wrong with a frame of which all octets are there. */
static inline uint32_t ref_faults(const uint8_t *frame) {
    uint32_t faults = ref_stream_fault(frame) | ref_length_fault(frame) |
                      ref_padding_fault(frame) | ref_31_bits_fault(frame);
    if (frame[3] == H2F_FRAME_SETTINGS && frame[4] & 0x01 && ref_length(frame) != 0)
        faults |= FAULT(H2F_ERR_FRAME_ACK);
    return faults;
}

/* Makes of a frame what a writer makes of it: what is ignored when reading is 0. */
static inline void ref_clear_ignored(uint8_t *frame, size_t len) {
    const int padded = ref_is_padded(frame[3], frame[4]);
    frame[5] &= 0x7f;
    if (padded)
        memset(frame + len - frame[9], 0, frame[9]);
    if (ref_has_31_bits(frame[3]))
        frame[9 + padded] &= 0x7f;
}

/* In a buffer of exactly len octets, which the caller sees to. */
static inline void check_parse_result(ptrdiff_t result, const uint8_t *octets, size_t len,
                                      uint32_t max_size) {
    if (len < H2F_FRAME_HEADER_LEN) {
        CHECK_INT(result, 0);
    } else if (ref_length(octets) > max_size) {
        CHECK_INT(result, H2F_ERR_FRAME_TOO_LARGE);
    } else if (len - H2F_FRAME_HEADER_LEN < ref_length(octets)) {
        CHECK_INT(result, 0);
    } else if (ref_faults(octets) == 0) {
        CHECK_INT(result, H2F_FRAME_HEADER_LEN + ref_length(octets));
    } else {
        CHECK(result <= H2F_ERR_FRAME_LENGTH && result >= H2F_ERR_FRAME_PRIORITIZED);
        CHECK(ref_faults(octets) & FAULT(result));
    }
}

/* Also behind an error: the connection must know which stream it concerns, and how long it is. */
static inline void check_header(const h2f_frame *frame, const uint8_t *octets) {
    CHECK_INT(frame->length, ref_length(octets));
    CHECK_INT(frame->type, octets[3]);
    CHECK_INT(frame->flags, octets[4]);
    CHECK_INT(frame->stream_id, ref_31_bits(octets + 5));
}

static inline void check_inside(const uint8_t *view, size_t len, const uint8_t *p, size_t p_len) {
    CHECK(view >= p && view <= p + p_len);
    CHECK(len <= (size_t)(p + p_len - view));
}

static inline void check_views(const h2f_frame *frame, const uint8_t *octets) {
    const uint8_t *payload = octets + H2F_FRAME_HEADER_LEN;
    check_inside(frame->data, frame->data_len, payload, frame->length);
    if (frame->type == H2F_FRAME_ALTSVC)
        check_inside(frame->origin, frame->origin_len, payload, frame->length);
}

/* What a type and its flags do not have is 0. */
static inline void check_absent(const h2f_frame *frame) {
    const uint8_t type = frame->type;
    if (!ref_is_padded(type, frame->flags))
        CHECK_INT(frame->pad_length, 0);
    if (!ref_has_priority(type, frame->flags))
        CHECK(frame->weight == 0 && frame->exclusive == 0 && frame->depends_on == 0);
    if (type != H2F_FRAME_RST_STREAM && type != H2F_FRAME_GOAWAY)
        CHECK_INT(frame->error_code, 0);
    if (!ref_has_31_bits(type) || type == H2F_FRAME_WINDOW_UPDATE)
        CHECK_INT(frame->other_stream_id, 0);
    if (type != H2F_FRAME_WINDOW_UPDATE)
        CHECK_INT(frame->window_increment, 0);
    if (type != H2F_FRAME_ALTSVC)
        CHECK(frame->origin == NULL && frame->origin_len == 0);
}

static inline void check_same_frame(const h2f_frame *a, const h2f_frame *b) {
    CHECK_INT(a->length, b->length);
    CHECK_INT(a->stream_id, b->stream_id);
    CHECK_INT(a->type, b->type);
    CHECK_INT(a->flags, b->flags);
    CHECK_INT(a->pad_length, b->pad_length);
    CHECK_INT(a->weight, b->weight);
    CHECK_INT(a->exclusive, b->exclusive);
    CHECK_INT(a->depends_on, b->depends_on);
    CHECK_INT(a->error_code, b->error_code);
    CHECK_INT(a->other_stream_id, b->other_stream_id);
    CHECK_INT(a->window_increment, b->window_increment);
    CHECK_BYTES(a->origin, a->origin_len, b->origin, b->origin_len);
    CHECK_BYTES(a->data, a->data_len, b->data, b->data_len);
}

/* Refused, and nothing written: dst has room octets, and cap is what the writer is told. */
static inline void check_refused(uint8_t *dst, size_t room, size_t cap, const h2f_frame *frame) {
    memset(dst, 0xa5, room);
    CHECK(h2f_frame_write(dst, cap, frame) == NULL);
    for (size_t i = 0; i < room; i++)
        CHECK_INT(dst[i], 0xa5);
}

/* Writes into exactly the room that it needs, and not into one octet less. */
static inline uint8_t *write_exactly(const h2f_frame *frame, size_t *len) {
    *len = h2f_frame_size(frame);
    uint8_t *octets = malloc(*len);
    CHECK(octets != NULL);
    check_refused(octets, *len, *len - 1, frame);
    CHECK(h2f_frame_write(octets, *len, frame) == octets + *len);
    return octets;
}

/* What was parsed, written, is what it was parsed from, and is parsed as the same. */
static inline void check_written_again(const h2f_frame *frame, const uint8_t *octets) {
    size_t len;
    uint8_t *written = write_exactly(frame, &len);
    uint8_t *expected = exact_copy(octets, H2F_FRAME_HEADER_LEN + frame->length);
    ref_clear_ignored(expected, H2F_FRAME_HEADER_LEN + frame->length);
    CHECK_BYTES(written, len, expected, H2F_FRAME_HEADER_LEN + frame->length);
    h2f_frame again;
    memset(&again, 0x5a, sizeof again);
    CHECK_INT(h2f_frame_parse(&again, written, len, H2F_FRAME_MAX_SIZE), len);
    check_same_frame(&again, frame);
    free(expected);
    free(written);
}

/* Parses what stands in a buffer of its own, and checks all of the above. */
static inline ptrdiff_t check_parse(h2f_frame *frame, const uint8_t *octets, size_t len,
                                    uint32_t max_size) {
    memset(frame, 0xa5, sizeof *frame); /* so that what parsing leaves out is seen */
    ptrdiff_t result = h2f_frame_parse(frame, octets, len, max_size);
    check_parse_result(result, octets, len, max_size);
    if (len >= H2F_FRAME_HEADER_LEN)
        check_header(frame, octets);
    if (result > 0) {
        check_views(frame, octets);
        check_absent(frame);
        check_written_again(frame, octets);
    }
    return result;
}

/* Every number of octets that the frame may have come with so far, none of them readable beyond. */
static inline void check_prefixes(const uint8_t *octets, size_t len, uint32_t max_size) {
    for (size_t i = 0; i < len; i++) {
        h2f_frame frame;
        uint8_t *prefix = exact_copy(octets, i);
        check_parse(&frame, prefix, i, max_size);
        free(prefix);
    }
}

#endif
