#include "frame.h"

#include "h2f_bytes.h"
#include "h2f_error.h"
#include "h2f_limits.h"

#define STREAM_ID_MASK 0x7fffffffu

enum stream_rule { EITHER, SOME_STREAM, STREAM_0 }; /* one bit for each demand */
enum length_rule { AT_LEAST, EXACTLY };

/* What a type demands of the frame's header. The length is without what PADDED and PRIORITY add. A
 * row of zeroes demands nothing. */
typedef struct {
    const char *name;
    uint8_t length_rule, length;
    uint8_t stream;
    uint8_t flags;
} type_rule;

#define KNOWN_TYPES 17
#define UNKNOWN_TYPE 0xb

static const type_rule rules[KNOWN_TYPES] = {
    /* RFC 9113 section 6.1 */
    [H2F_FRAME_DATA] = {"DATA", AT_LEAST, 0, SOME_STREAM, H2F_FLAG_END_STREAM | H2F_FLAG_PADDED},
    /* section 6.2 */
    [H2F_FRAME_HEADERS] = {"HEADERS", AT_LEAST, 0, SOME_STREAM,
                           H2F_FLAG_END_STREAM | H2F_FLAG_END_HEADERS | H2F_FLAG_PADDED |
                               H2F_FLAG_PRIORITY},
    /* section 6.3 */
    [H2F_FRAME_PRIORITY] = {"PRIORITY", EXACTLY, 5, SOME_STREAM, 0},
    /* section 6.4 */
    [H2F_FRAME_RST_STREAM] = {"RST_STREAM", EXACTLY, 4, SOME_STREAM, 0},
    /* section 6.5 */
    [H2F_FRAME_SETTINGS] = {"SETTINGS", AT_LEAST, 0, STREAM_0, H2F_FLAG_ACK},
    /* section 6.6 */
    [H2F_FRAME_PUSH_PROMISE] = {"PUSH_PROMISE", AT_LEAST, 4, SOME_STREAM,
                                H2F_FLAG_END_HEADERS | H2F_FLAG_PADDED},
    /* section 6.7 */
    [H2F_FRAME_PING] = {"PING", EXACTLY, 8, STREAM_0, H2F_FLAG_ACK},
    /* section 6.8 */
    [H2F_FRAME_GOAWAY] = {"GOAWAY", AT_LEAST, 8, STREAM_0, 0},
    /* section 6.9 */
    [H2F_FRAME_WINDOW_UPDATE] = {"WINDOW_UPDATE", EXACTLY, 4, EITHER, 0},
    /* section 6.10 */
    [H2F_FRAME_CONTINUATION] = {"CONTINUATION", AT_LEAST, 0, SOME_STREAM, H2F_FLAG_END_HEADERS},
    /* RFC 7838 section 4 */
    [H2F_FRAME_ALTSVC] = {"ALTSVC", AT_LEAST, 2, EITHER, 0},
    /* RFC 8336 section 2.2: one on a stream is to be ignored, which is for the connection to do */
    [H2F_FRAME_ORIGIN] = {"ORIGIN", AT_LEAST, 0, EITHER, 0},
    /* RFC 9218 section 7.1 */
    [H2F_FRAME_PRIORITY_UPDATE] = {"PRIORITY_UPDATE", AT_LEAST, 4, STREAM_0, 0},
};

/* The types in between, and all above, are unknown: anything goes. */
static const type_rule *rule_of(uint8_t type) {
    return &rules[type < KNOWN_TYPES ? type : UNKNOWN_TYPE];
}

/* These two take no branches: the next frame is seldom of the type of the last. */
static int is_stream_wrong(const type_rule *rule, uint32_t stream_id) {
    return rule->stream & (stream_id == 0 ? SOME_STREAM : STREAM_0);
}

static int is_length_wrong(const type_rule *rule, uint32_t length) {
    const uint32_t room = rule->length_rule == EXACTLY ? 0 : H2F_FRAME_MAX_SIZE;
    return length - rule->length > room; /* what is too short wraps around */
}

const char *h2f_frame_type_name(uint8_t type) {
    return rule_of(type)->name;
}

uint8_t h2f_frame_type_flags(uint8_t type) {
    return rule_of(type)->flags;
}

void h2f_frame_parse_header(h2f_frame *frame, const uint8_t *p) {
    *frame = (h2f_frame){
        .length = h2f_load_be32(p) >> 8,
        .type = p[3],
        .flags = p[4],
        .stream_id = h2f_load_be32(p + 5) & STREAM_ID_MASK, /* section 4.1: R is ignored */
    };
}

int h2f_frame_is_misplaced(const h2f_frame *frame) {
    return is_stream_wrong(rule_of(frame->type), frame->stream_id) != 0;
}

static void parse_priority(h2f_frame *frame, const uint8_t *p) {
    uint32_t word = h2f_load_be32(p);
    frame->exclusive = (uint8_t)(word >> 31);
    frame->depends_on = word & STREAM_ID_MASK;
    frame->weight = p[4];
}

/* Takes the fields that flags put before the data and the padding behind it. */
static int parse_padding_and_priority(h2f_frame *frame, unsigned flags) {
    size_t padding = 0;
    if (flags & H2F_FLAG_PADDED) {
        if (frame->data_len < 1)
            return H2F_ERR_FRAME_LENGTH;
        padding = frame->pad_length = *frame->data++;
        frame->data_len--;
    }
    if (flags & H2F_FLAG_PRIORITY) {
        if (frame->data_len < 5)
            return H2F_ERR_FRAME_LENGTH;
        parse_priority(frame, frame->data);
        frame->data += 5;
        frame->data_len -= 5;
    }
    /* RFC 7540 section 6.2: padding takes what is left for the fragment, not the promised stream. */
    const size_t promised = frame->type == H2F_FRAME_PUSH_PROMISE ? 4 : 0;
    if (frame->data_len < promised)
        return H2F_ERR_FRAME_LENGTH;
    if (padding > frame->data_len - promised)
        return H2F_ERR_FRAME_PADDING;
    frame->data_len -= padding;
    return 0;
}

static uint32_t take_u32(h2f_frame *frame) {
    uint32_t word = h2f_load_be32(frame->data);
    frame->data += 4;
    frame->data_len -= 4;
    return word;
}

static int parse_promised(h2f_frame *frame) {
    frame->other_stream_id = take_u32(frame) & STREAM_ID_MASK;
    /* Section 5.1.1: only servers promise, and their streams have even numbers. */
    if (frame->other_stream_id == 0 || frame->other_stream_id % 2 != 0)
        return H2F_ERR_FRAME_PROMISED;
    return 0;
}

static int parse_altsvc(h2f_frame *frame) {
    frame->origin_len = h2f_load_be16(frame->data);
    frame->origin = frame->data + 2;
    if (frame->origin_len > frame->data_len - 2)
        return H2F_ERR_FRAME_LENGTH;
    frame->data += 2 + frame->origin_len;
    frame->data_len -= 2 + frame->origin_len;
    return 0;
}

/* Section 6.5: what is wrong with SETTINGS of this length. */
static int settings_error(uint8_t flags, size_t length) {
    if (flags & H2F_FLAG_ACK && length != 0)
        return H2F_ERR_FRAME_ACK;
    return length % 6 == 0 ? 0 : H2F_ERR_FRAME_LENGTH;
}

int h2f_frame_parse_payload(h2f_frame *frame, const uint8_t *p) {
    const type_rule *rule = rule_of(frame->type);
    if (is_stream_wrong(rule, frame->stream_id))
        return H2F_ERR_FRAME_STREAM;
    if (is_length_wrong(rule, frame->length))
        return H2F_ERR_FRAME_LENGTH;
    frame->data = p;
    frame->data_len = frame->length;

    const unsigned flags = frame->flags & rule->flags;
    if (flags & (H2F_FLAG_PADDED | H2F_FLAG_PRIORITY)) {
        int error = parse_padding_and_priority(frame, flags);
        if (error)
            return error;
    }
    switch (frame->type) {
    case H2F_FRAME_PRIORITY:
        parse_priority(frame, p);
        frame->data += 5;
        frame->data_len = 0;
        return 0;
    case H2F_FRAME_RST_STREAM:
        frame->error_code = take_u32(frame);
        return 0;
    case H2F_FRAME_SETTINGS:
        return settings_error(frame->flags, frame->length);
    case H2F_FRAME_PUSH_PROMISE:
        return parse_promised(frame);
    case H2F_FRAME_GOAWAY:
        frame->other_stream_id = take_u32(frame) & STREAM_ID_MASK;
        frame->error_code = take_u32(frame);
        return 0;
    case H2F_FRAME_WINDOW_UPDATE:
        frame->window_increment = take_u32(frame) & STREAM_ID_MASK;
        return frame->window_increment != 0 ? 0 : H2F_ERR_FRAME_INCREMENT;
    case H2F_FRAME_ALTSVC:
        return parse_altsvc(frame);
    case H2F_FRAME_PRIORITY_UPDATE:
        frame->other_stream_id = take_u32(frame) & STREAM_ID_MASK;
        return frame->other_stream_id != 0 ? 0 : H2F_ERR_FRAME_PRIORITIZED;
    default:
        return 0;
    }
}

ptrdiff_t h2f_frame_parse(h2f_frame *frame, const uint8_t *p, size_t len, uint32_t max_size) {
    if (len < H2F_FRAME_HEADER_LEN)
        return 0;
    h2f_frame_parse_header(frame, p);
    const uint32_t length = frame->length;
    if (length > max_size)
        return H2F_ERR_FRAME_TOO_LARGE;
    if (len - H2F_FRAME_HEADER_LEN < length)
        return 0;
    int error = h2f_frame_parse_payload(frame, p + H2F_FRAME_HEADER_LEN);
    return error ? error : (ptrdiff_t)(H2F_FRAME_HEADER_LEN + length);
}

/* Octets of the payload before the data. */
static size_t fields_len(const h2f_frame *frame) {
    switch (frame->type) {
    case H2F_FRAME_PRIORITY:
        return 5;
    case H2F_FRAME_RST_STREAM:
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_WINDOW_UPDATE:
    case H2F_FRAME_PRIORITY_UPDATE:
        return 4;
    case H2F_FRAME_GOAWAY:
        return 8;
    case H2F_FRAME_ALTSVC:
        return 2 + frame->origin_len;
    default:
        return 0;
    }
}

static size_t payload_size(const h2f_frame *frame) {
    unsigned flags = frame->flags & rule_of(frame->type)->flags;
    size_t size = fields_len(frame) + frame->data_len;
    if (flags & H2F_FLAG_PADDED)
        size += 1 + (size_t)frame->pad_length;
    if (flags & H2F_FLAG_PRIORITY)
        size += 5;
    return size;
}

size_t h2f_frame_size(const h2f_frame *frame) {
    return H2F_FRAME_HEADER_LEN + payload_size(frame);
}

static uint8_t *write_u32(uint8_t *dst, uint32_t word) {
    h2f_store_be32(dst, word);
    return dst + 4;
}

static uint8_t *write_bytes(uint8_t *dst, const uint8_t *bytes, size_t len) {
    if (len != 0)
        memcpy(dst, bytes, len);
    return dst + len;
}

static uint8_t *write_priority(uint8_t *dst, const h2f_frame *frame) {
    uint32_t exclusive = frame->exclusive ? ~STREAM_ID_MASK : 0;
    dst = write_u32(dst, exclusive | (frame->depends_on & STREAM_ID_MASK));
    *dst++ = frame->weight;
    return dst;
}

/* What stands before the data, but for padding and priority. */
static uint8_t *write_fields(uint8_t *dst, const h2f_frame *frame) {
    switch (frame->type) {
    case H2F_FRAME_PRIORITY:
        return write_priority(dst, frame);
    case H2F_FRAME_RST_STREAM:
        return write_u32(dst, frame->error_code);
    case H2F_FRAME_PUSH_PROMISE:
    case H2F_FRAME_PRIORITY_UPDATE:
        return write_u32(dst, frame->other_stream_id & STREAM_ID_MASK);
    case H2F_FRAME_GOAWAY:
        dst = write_u32(dst, frame->other_stream_id & STREAM_ID_MASK);
        return write_u32(dst, frame->error_code);
    case H2F_FRAME_WINDOW_UPDATE:
        return write_u32(dst, frame->window_increment & STREAM_ID_MASK);
    case H2F_FRAME_ALTSVC:
        h2f_store_be16(dst, (uint16_t)frame->origin_len);
        return write_bytes(dst + 2, frame->origin, frame->origin_len);
    default:
        return dst;
    }
}

uint8_t *h2f_frame_write_head(uint8_t *dst, const h2f_frame *frame) {
    const size_t length = fields_len(frame) + frame->data_len;
    dst = write_u32(dst, (uint32_t)length << 8 | frame->type);
    *dst++ = frame->flags;
    dst = write_u32(dst, frame->stream_id & STREAM_ID_MASK);
    return write_fields(dst, frame);
}

uint8_t *h2f_frame_write(uint8_t *dst, size_t cap, const h2f_frame *frame) {
    if (frame->data_len > H2F_FRAME_MAX_SIZE)
        return NULL;
    if (frame->type == H2F_FRAME_ALTSVC && frame->origin_len > UINT16_MAX)
        return NULL;
    if (frame->type == H2F_FRAME_SETTINGS && settings_error(frame->flags, frame->data_len) != 0)
        return NULL;
    const type_rule *rule = rule_of(frame->type);
    const size_t length = payload_size(frame);
    if (length > H2F_FRAME_MAX_SIZE || is_length_wrong(rule, (uint32_t)length) ||
        cap < H2F_FRAME_HEADER_LEN + length)
        return NULL;
    const unsigned flags = frame->flags & rule->flags;
    dst = write_u32(dst, (uint32_t)length << 8 | frame->type);
    *dst++ = frame->flags;
    dst = write_u32(dst, frame->stream_id & STREAM_ID_MASK);
    if (flags & H2F_FLAG_PADDED)
        *dst++ = frame->pad_length;
    if (flags & H2F_FLAG_PRIORITY)
        dst = write_priority(dst, frame);
    dst = write_fields(dst, frame);
    dst = write_bytes(dst, frame->data, frame->data_len);
    if (flags & H2F_FLAG_PADDED) {
        memset(dst, 0, frame->pad_length);
        dst += frame->pad_length;
    }
    return dst;
}
