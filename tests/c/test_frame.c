/* RFC 9113 sections 4 and 6, RFC 7838 section 4, RFC 8336 section 2 and RFC 9218 section 7.1: what
 * they demand of a single frame.
 */
#include "frames.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define DEFAULT_MAX H2F_FRAME_DEFAULT_MAX_SIZE
#define LAST_STREAM 0x7fffffffu
#define RESERVED 0x80000000u

/* What was parsed last, and the octets that it is a view of. */
static h2f_frame got;
static uint8_t *received;

/* Parses exactly these octets; the result is also what the reference says. */
static ptrdiff_t parse_octets(const uint8_t *octets, size_t len, uint32_t max_size) {
    free(received);
    received = exact_copy(octets, len);
    return check_parse(&got, received, len, max_size);
}

static void put_header(uint8_t *dst, size_t length, uint8_t type, uint8_t flags, uint32_t stream) {
    for (int i = 0; i < 3; i++)
        dst[i] = (uint8_t)(length >> (16 - 8 * i));
    dst[3] = type;
    dst[4] = flags;
    for (int i = 0; i < 4; i++)
        dst[5 + i] = (uint8_t)(stream >> (24 - 8 * i));
}

/* A frame whose header says the length that the payload has; 0 if all is well. */
static ptrdiff_t parse(uint8_t type, uint8_t flags, uint32_t stream, const char *payload) {
    uint8_t octets[1024];
    size_t length = from_hex(octets + H2F_FRAME_HEADER_LEN, payload);
    put_header(octets, length, type, flags, stream);
    ptrdiff_t result = parse_octets(octets, H2F_FRAME_HEADER_LEN + length, DEFAULT_MAX);
    return result > 0 ? 0 : result;
}

/* Of any length, and of octets that no type minds: 2 is even, and 0 is no length of an origin. */
static ptrdiff_t parse_length(uint8_t type, uint8_t flags, size_t length, uint32_t max_size) {
    uint8_t *octets = malloc(H2F_FRAME_HEADER_LEN + length);
    CHECK(octets != NULL);
    put_header(octets, length, type, flags, ref_stream(type) == REF_NO_STREAM ? 0 : 1);
    memset(octets + H2F_FRAME_HEADER_LEN, type == H2F_FRAME_ALTSVC ? 0 : 2, length);
    ptrdiff_t result = parse_octets(octets, H2F_FRAME_HEADER_LEN + length, max_size);
    free(octets);
    return result > 0 ? 0 : result;
}

static void check_data(const char *hex) {
    uint8_t expected[1024];
    size_t len = from_hex(expected, hex);
    CHECK_BYTES(got.data, got.data_len, expected, len);
}

/* Valid frames of every kind; all that is ignored is 0. */
static const char *const samples[] = {
    "000005 00 00 00000001 68656c6c6f",
    "000000 00 01 00000003",
    "000006 00 08 00000001 02 616263 0000",
    "000003 00 09 7fffffff 02 0000",
    "000003 01 05 00000001 828684",
    "000008 01 24 00000003 80000001 0f 8286 84",
    "00000b 01 2c 00000005 02 00000003 ff 828684 0000",
    "000009 01 28 00000005 03 00000003 ff 000000",
    "000005 02 00 00000003 80000001 ff",
    "000005 02 00 00000003 00000000 00",
    "000004 03 00 00000001 00000008",
    "000000 04 00 00000000",
    "00000c 04 00 00000000 0003 00000064 0004 0000ffff",
    "000000 04 01 00000000",
    "000007 05 04 00000001 00000002 828684",
    "00000a 05 0c 00000001 03 00000002 8286 000000",
    "000008 06 00 00000000 0102030405060708",
    "000008 06 01 00000000 0102030405060708",
    "000008 07 00 00000000 7fffffff 00000000",
    "00000c 07 00 00000000 00000005 0000000b 63616c6d",
    "000004 08 00 00000000 7fffffff",
    "000004 08 00 00000001 00000001",
    "000003 09 04 00000001 828684",
    "000000 09 00 00000001",
    "00000a 0a 00 00000000 0003 782e79 683d223a 22",
    "000007 0a 00 00000001 0000 636c656172",
    "000005 0c 00 00000000 0003 782e79",
    "000000 0c 00 00000000",
    "000007 10 00 00000000 00000001 753d31",
    "000003 0b ff 00000000 010203",
    "000003 ff ff 7fffffff 010203",
};

/* RFC 9113 section 4.1 */

static void test_fields_of_the_header(void) {
    uint8_t octets[H2F_FRAME_HEADER_LEN];
    from_hex(octets, "012345 67 89 1abcdef0");
    h2f_frame_parse_header(&got, octets);
    CHECK_INT(got.length, 0x012345);
    CHECK_INT(got.type, 0x67);
    CHECK_INT(got.flags, 0x89);
    CHECK_INT(got.stream_id, 0x1abcdef0);
    from_hex(octets, "ffffff ff ff ffffffff");
    h2f_frame_parse_header(&got, octets);
    CHECK_INT(got.length, 0xffffff);
    CHECK_INT(got.type, 0xff);
    CHECK_INT(got.flags, 0xff);
    CHECK_INT(got.stream_id, LAST_STREAM);
}

static void test_reserved_bit_of_the_stream_is_ignored(void) {
    CHECK_INT(parse(H2F_FRAME_DATA, 0, RESERVED | 5, "61"), 0);
    CHECK_INT(got.stream_id, 5);
    CHECK_INT(parse(H2F_FRAME_DATA, 0, RESERVED, "61"), H2F_ERR_FRAME_STREAM);
    CHECK_INT(parse(H2F_FRAME_PING, 0, RESERVED, "0102030405060708"), 0);
    CHECK_INT(got.stream_id, 0);
}

static void test_reserved_bit_of_the_stream_is_not_written(void) {
    uint8_t octets[H2F_FRAME_HEADER_LEN], expected[H2F_FRAME_HEADER_LEN];
    h2f_frame frame = {.type = H2F_FRAME_DATA, .stream_id = RESERVED | 5};
    from_hex(expected, "000000 00 00 00000005");
    CHECK(h2f_frame_write(octets, sizeof octets, &frame) == octets + sizeof octets);
    CHECK_BYTES(octets, sizeof octets, expected, sizeof expected);
}

/* Also of those that are not flags of this type but of others, PADDED and PRIORITY above all. */
static void test_undefined_flags_are_ignored(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        size_t len = from_hex(octets, samples[i]);
        CHECK_INT(parse_octets(octets, len, DEFAULT_MAX), len);
        h2f_frame plain = got;
        uint8_t *plain_octets = exact_copy(octets, len);
        plain.data = plain_octets + (got.data - received);
        plain.origin = got.origin ? plain_octets + (got.origin - received) : NULL;
        octets[4] |= (uint8_t)~h2f_frame_type_flags(octets[3]);
        plain.flags = octets[4];
        CHECK_INT(parse_octets(octets, len, DEFAULT_MAX), len);
        check_same_frame(&got, &plain);
        free(plain_octets);
    }
}

static void test_flags_of_every_type(void) {
    static const uint8_t flags[17] = {[0] = 0x09, [1] = 0x2d, [4] = 0x01,
                                      [5] = 0x0c, [6] = 0x01, [9] = 0x04};
    for (unsigned type = 0; type < 256; type++)
        CHECK_INT(h2f_frame_type_flags((uint8_t)type), type < 17 ? flags[type] : 0);
}

static void test_names_of_every_type(void) {
    static const char *const names[17] = {
        "DATA",   "HEADERS", "PRIORITY",      "RST_STREAM",   "SETTINGS", "PUSH_PROMISE",
        "PING",   "GOAWAY",  "WINDOW_UPDATE", "CONTINUATION", "ALTSVC",   NULL,
        "ORIGIN", NULL,      NULL,            NULL,           "PRIORITY_UPDATE"};
    for (unsigned type = 0; type < 256; type++) {
        const char *name = h2f_frame_type_name((uint8_t)type);
        const char *expected = type < LEN(names) ? names[type] : NULL;
        CHECK((name == NULL) == (expected == NULL));
        if (name != NULL)
            CHECK_STRING(name, strlen(name), expected);
    }
}

/* Section 5.5: they are discarded, or an extension's; either way all of the payload is data. */
static void test_unknown_types_are_taken_octet_for_octet(void) {
    for (unsigned type = 0; type < 256; type++) {
        if (h2f_frame_type_name((uint8_t)type) != NULL)
            continue;
        for (uint32_t stream = 0; stream < 2; stream++) {
            CHECK_INT(parse((uint8_t)type, 0xff, stream, "ff0102030405060708"), 0);
            check_data("ff0102030405060708");
            CHECK_INT(got.flags, 0xff);
            CHECK_INT(parse((uint8_t)type, 0, stream, ""), 0);
            check_data("");
        }
    }
}

/* RFC 9113 section 4.2 */

static void test_largest_size_and_one_more(void) {
    static const uint32_t sizes[] = {0, 5, DEFAULT_MAX, H2F_FRAME_MAX_SIZE - 1};
    for (size_t i = 0; i < LEN(sizes); i++) {
        CHECK_INT(parse_length(H2F_FRAME_DATA, 0, sizes[i], sizes[i]), 0);
        CHECK_INT(got.data_len, sizes[i]);
        CHECK_INT(parse_length(H2F_FRAME_DATA, 0, sizes[i] + 1, sizes[i]),
                  H2F_ERR_FRAME_TOO_LARGE);
    }
    CHECK_INT(parse_length(H2F_FRAME_DATA, 0, H2F_FRAME_MAX_SIZE, H2F_FRAME_MAX_SIZE), 0);
    CHECK_INT(parse_length(H2F_FRAME_DATA, 0, H2F_FRAME_MAX_SIZE, UINT32_MAX), 0);
}

/* Or a peer could have 16 MiB buffered before it is told. */
static void test_too_large_a_frame_is_refused_on_its_header(void) {
    uint8_t octets[H2F_FRAME_HEADER_LEN];
    for (unsigned type = 0; type < 256; type++) {
        put_header(octets, DEFAULT_MAX + 1, (uint8_t)type, 0, 1);
        CHECK_INT(parse_octets(octets, 8, DEFAULT_MAX), 0);
        CHECK_INT(parse_octets(octets, 9, DEFAULT_MAX), H2F_ERR_FRAME_TOO_LARGE);
        put_header(octets, DEFAULT_MAX, (uint8_t)type, 0, 1);
        CHECK_INT(parse_octets(octets, 9, DEFAULT_MAX), 0);
    }
}

static void test_fixed_lengths(void) {
    static const struct {
        uint8_t type;
        size_t length;
    } rows[] = {
        {H2F_FRAME_PRIORITY, 5},      /* section 6.3 */
        {H2F_FRAME_RST_STREAM, 4},    /* section 6.4 */
        {H2F_FRAME_PING, 8},          /* section 6.7 */
        {H2F_FRAME_WINDOW_UPDATE, 4}, /* section 6.9 */
    };
    for (size_t i = 0; i < LEN(rows); i++)
        for (size_t length = 0; length <= 20; length++)
            CHECK_INT(parse_length(rows[i].type, 0, length, DEFAULT_MAX),
                      length == rows[i].length ? 0 : H2F_ERR_FRAME_LENGTH);
}

static void test_least_lengths(void) {
    static const struct {
        uint8_t type, flags;
        size_t length;
    } rows[] = {
        {H2F_FRAME_DATA, 0, 0},
        {H2F_FRAME_HEADERS, 0, 0},
        {H2F_FRAME_HEADERS, H2F_FLAG_PRIORITY, 5},
        {H2F_FRAME_PUSH_PROMISE, 0, 4},
        {H2F_FRAME_GOAWAY, 0, 8},
        {H2F_FRAME_CONTINUATION, 0, 0},
        {H2F_FRAME_ALTSVC, 0, 2},          /* RFC 7838 section 4 */
        {H2F_FRAME_ORIGIN, 0, 0},          /* RFC 8336 section 2 */
        {H2F_FRAME_PRIORITY_UPDATE, 0, 4}, /* RFC 9218 section 7.1 */
    };
    for (size_t i = 0; i < LEN(rows); i++)
        for (size_t length = 0; length <= 20; length++)
            CHECK_INT(parse_length(rows[i].type, rows[i].flags, length, DEFAULT_MAX),
                      length >= rows[i].length ? 0 : H2F_ERR_FRAME_LENGTH);
}

static void test_no_type_but_the_fixed_ones_has_a_largest_length(void) {
    for (unsigned type = 0; type < 256; type++)
        if (!ref_length_is_fixed((uint8_t)type)) {
            const uint32_t most = 4 * DEFAULT_MAX;
            size_t length = type == H2F_FRAME_SETTINGS ? most / 6 * 6 : most;
            CHECK_INT(parse_length((uint8_t)type, 0, length, most), 0);
        }
}

/* Sections 6.1 to 6.10, and section 7.1 of RFC 9218 */

static void check_stream(const char *sample, uint32_t stream, ptrdiff_t result) {
    uint8_t octets[64];
    size_t len = from_hex(octets, sample);
    put_header(octets, len - H2F_FRAME_HEADER_LEN, octets[3], octets[4], stream);
    CHECK_INT(parse_octets(octets, len, DEFAULT_MAX), result ? result : (ptrdiff_t)len);
    CHECK_INT(got.stream_id, stream & LAST_STREAM);
}

static void check_streams(uint8_t type, ptrdiff_t on_stream_0, ptrdiff_t on_a_stream) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        from_hex(octets, samples[i]);
        if (octets[3] != type)
            continue;
        check_stream(samples[i], 0, on_stream_0);
        check_stream(samples[i], RESERVED, on_stream_0);
        check_stream(samples[i], 1, on_a_stream);
        check_stream(samples[i], 2, on_a_stream);
        check_stream(samples[i], LAST_STREAM, on_a_stream);
        check_stream(samples[i], RESERVED | 1, on_a_stream);
    }
}

static void test_types_that_are_of_a_stream(void) {
    check_streams(H2F_FRAME_DATA, H2F_ERR_FRAME_STREAM, 0);
    check_streams(H2F_FRAME_HEADERS, H2F_ERR_FRAME_STREAM, 0);
    check_streams(H2F_FRAME_PRIORITY, H2F_ERR_FRAME_STREAM, 0);
    check_streams(H2F_FRAME_RST_STREAM, H2F_ERR_FRAME_STREAM, 0);
    check_streams(H2F_FRAME_PUSH_PROMISE, H2F_ERR_FRAME_STREAM, 0);
    check_streams(H2F_FRAME_CONTINUATION, H2F_ERR_FRAME_STREAM, 0);
}

static void test_types_that_are_of_the_connection(void) {
    check_streams(H2F_FRAME_SETTINGS, 0, H2F_ERR_FRAME_STREAM);
    check_streams(H2F_FRAME_PING, 0, H2F_ERR_FRAME_STREAM);
    check_streams(H2F_FRAME_GOAWAY, 0, H2F_ERR_FRAME_STREAM);
    check_streams(H2F_FRAME_PRIORITY_UPDATE, 0, H2F_ERR_FRAME_STREAM);
}

/* RFC 8336 section 2.1, RFC 7838 section 4: an ORIGIN on a stream and an ALTSVC with an origin
 * there, or with none on stream 0, are no errors. They are to be ignored, which is done above. */
static void test_types_that_are_of_either(void) {
    check_streams(H2F_FRAME_WINDOW_UPDATE, 0, 0);
    check_streams(H2F_FRAME_ALTSVC, 0, 0);
    check_streams(H2F_FRAME_ORIGIN, 0, 0);
    check_streams(0x0b, 0, 0);
    check_streams(0xff, 0, 0);
}

/* Section 6.1 */

static void test_data(void) {
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_END_STREAM, 1, "616263"), 0);
    check_data("616263");
    CHECK_INT(got.flags, H2F_FLAG_END_STREAM);
    CHECK_INT(parse(H2F_FRAME_DATA, 0, 1, ""), 0);
    check_data("");
}

static void test_padding_of_data(void) {
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "00"), 0);
    check_data("");
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "00 616263"), 0);
    check_data("616263");
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "02 61 0000"), 0);
    check_data("61");
    CHECK_INT(got.pad_length, 2);
    CHECK_INT(got.length, 4);
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "03 000000"), 0);
    check_data("");
}

static void test_padding_as_long_as_the_payload_of_data(void) {
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "01"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "04 000000"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "ff 000000"), H2F_ERR_FRAME_PADDING);
}

/* The largest padding there is, with as much room as it needs and one octet less and more. */
static void test_padding_of_255_octets(void) {
    uint8_t octets[H2F_FRAME_HEADER_LEN + 257] = {0};
    for (size_t length = 255; length <= 257; length++) {
        put_header(octets, length, H2F_FRAME_DATA, H2F_FLAG_PADDED, 1);
        octets[H2F_FRAME_HEADER_LEN] = 255;
        size_t len = H2F_FRAME_HEADER_LEN + length;
        CHECK_INT(parse_octets(octets, len, DEFAULT_MAX),
                  length == 255 ? H2F_ERR_FRAME_PADDING : (ptrdiff_t)len);
        if (length > 255)
            CHECK_INT(got.data_len, length - 256);
    }
}

/* Section 4.2: too small to contain a mandatory field. */
static void test_no_room_for_the_length_of_the_padding(void) {
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, ""), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PADDED, 1, ""), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, H2F_FLAG_PADDED, 1, ""), H2F_ERR_FRAME_LENGTH);
}

/* A receiver may refuse it, and need not. */
static void test_padding_that_is_not_zero_is_taken_and_written_as_zero(void) {
    uint8_t octets[16], expected[16];
    size_t len = from_hex(expected, "000004 00 08 00000001 02 61 0000");
    CHECK_INT(parse(H2F_FRAME_DATA, H2F_FLAG_PADDED, 1, "02 61 ffff"), 0);
    CHECK(h2f_frame_write(octets, sizeof octets, &got) == octets + len);
    CHECK_BYTES(octets, len, expected, len);
}

/* Section 6.2 */

static void test_headers(void) {
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_END_HEADERS, 1, "828684"), 0);
    check_data("828684");
    CHECK_INT(parse(H2F_FRAME_HEADERS, 0, 1, ""), 0);
    check_data("");
}

static void check_priority(uint8_t exclusive, uint32_t depends_on, uint8_t weight) {
    CHECK_INT(got.exclusive, exclusive);
    CHECK_INT(got.depends_on, depends_on);
    CHECK_INT(got.weight, weight);
}

static void test_priority_fields_of_headers(void) {
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PRIORITY, 1, "ffffffff ff 8286"), 0);
    check_priority(1, LAST_STREAM, 255);
    check_data("8286");
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PRIORITY, 1, "00000003 00"), 0);
    check_priority(0, 3, 0);
    check_data("");
}

static void test_no_room_for_the_priority_fields_of_headers(void) {
    const uint8_t both = H2F_FLAG_PADDED | H2F_FLAG_PRIORITY;
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PRIORITY, 1, ""), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PRIORITY, 1, "00000003"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "00"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "00 00000003"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "00 00000003 10"), 0);
}

static void test_padding_of_headers(void) {
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PADDED, 1, "00 8286"), 0);
    check_data("8286");
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PADDED, 1, "02 82 0000"), 0);
    check_data("82");
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PADDED, 1, "03 000000"), 0);
    check_data("");
    CHECK_INT(parse(H2F_FRAME_HEADERS, H2F_FLAG_PADDED, 1, "04 000000"), H2F_ERR_FRAME_PADDING);
}

/* Padding exceeds what is left for the fragment, though not the payload. */
static void test_padding_of_headers_with_priority_fields(void) {
    const uint8_t both = H2F_FLAG_PADDED | H2F_FLAG_PRIORITY;
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "00 80000003 10 8286"), 0);
    check_data("8286");
    check_priority(1, 3, 0x10);
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "02 00000003 10 82 0000"), 0);
    check_data("82");
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "03 00000003 10 000000"), 0);
    check_data("");
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "04 00000003 10 000000"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(H2F_FRAME_HEADERS, both, 1, "01 00000003 10"), H2F_ERR_FRAME_PADDING);
}

/* Sections 6.3 and 6.4 */

static void test_priority(void) {
    CHECK_INT(parse(H2F_FRAME_PRIORITY, 0, 3, "80000001 ff"), 0);
    check_priority(1, 1, 255);
    check_data("");
    CHECK_INT(parse(H2F_FRAME_PRIORITY, 0, 3, "7fffffff 00"), 0);
    check_priority(0, LAST_STREAM, 0);
}

static void test_rst_stream_with_any_error_code(void) {
    CHECK_INT(parse(H2F_FRAME_RST_STREAM, 0, 1, "00000000"), 0);
    CHECK_INT(got.error_code, 0);
    CHECK_INT(parse(H2F_FRAME_RST_STREAM, 0, 1, "ffffffff"), 0);
    CHECK_INT(got.error_code, UINT32_MAX);
    check_data("");
}

/* Section 6.5 */

static void test_settings_are_a_multiple_of_6_octets(void) {
    for (size_t length = 0; length <= 60; length++)
        CHECK_INT(parse_length(H2F_FRAME_SETTINGS, 0, length, DEFAULT_MAX),
                  length % 6 == 0 ? 0 : H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_SETTINGS, 0, 0, "000300000064"), 0);
    check_data("000300000064");
}

static void test_settings_with_ack_are_empty(void) {
    CHECK_INT(parse(H2F_FRAME_SETTINGS, H2F_FLAG_ACK, 0, ""), 0);
    CHECK_INT(parse(H2F_FRAME_SETTINGS, H2F_FLAG_ACK, 0, "000300000064"), H2F_ERR_FRAME_ACK);
    CHECK_INT(parse(H2F_FRAME_SETTINGS, H2F_FLAG_ACK, 0, "00"), H2F_ERR_FRAME_ACK);
}

/* Section 6.6 */

static void test_push_promise(void) {
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, H2F_FLAG_END_HEADERS, 1, "00000002 8286"), 0);
    CHECK_INT(got.other_stream_id, 2);
    check_data("8286");
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "7ffffffe"), 0);
    CHECK_INT(got.other_stream_id, LAST_STREAM - 1);
    check_data("");
}

/* Section 5.1.1: only servers promise, and their streams have even numbers. */
static void test_promised_stream_is_one_of_a_server(void) {
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "00000000"), H2F_ERR_FRAME_PROMISED);
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "00000001"), H2F_ERR_FRAME_PROMISED);
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "7fffffff"), H2F_ERR_FRAME_PROMISED);
}

static void test_reserved_bit_of_the_promised_stream_is_ignored(void) {
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "80000002"), 0);
    CHECK_INT(got.other_stream_id, 2);
    CHECK_INT(parse(H2F_FRAME_PUSH_PROMISE, 0, 1, "80000000"), H2F_ERR_FRAME_PROMISED);
}

static void test_padding_of_push_promise(void) {
    const uint8_t type = H2F_FRAME_PUSH_PROMISE, padded = H2F_FLAG_PADDED;
    CHECK_INT(parse(type, padded, 1, "00 00000002"), 0);
    check_data("");
    CHECK_INT(parse(type, padded, 1, "02 00000002 82 0000"), 0);
    CHECK_INT(got.other_stream_id, 2);
    check_data("82");
    CHECK_INT(parse(type, padded, 1, "03 00000002 000000"), 0);
    check_data("");
    CHECK_INT(parse(type, padded, 1, "08 00000002 000000"), H2F_ERR_FRAME_PADDING);
}

static void test_no_room_for_the_promised_stream_with_padding(void) {
    const uint8_t type = H2F_FRAME_PUSH_PROMISE, padded = H2F_FLAG_PADDED;
    CHECK_INT(parse(type, padded, 1, "00"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(type, padded, 1, "00 000002"), H2F_ERR_FRAME_LENGTH);
}

/* As with the priority fields of HEADERS: the promised stream is there, so the length is right, and
 * it is the padding that exceeds what is left for the fragment. */
static void test_padding_of_push_promise_that_takes_the_promised_stream(void) {
    const uint8_t type = H2F_FRAME_PUSH_PROMISE, padded = H2F_FLAG_PADDED;
    CHECK_INT(parse(type, padded, 1, "01 00000002"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(type, padded, 1, "04 00000002"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(type, padded, 1, "04 00000002 000000"), H2F_ERR_FRAME_PADDING);
    CHECK_INT(parse(type, padded, 1, "07 00000002 000000"), H2F_ERR_FRAME_PADDING);
}

/* Sections 6.7 and 6.8 */

static void test_ping(void) {
    CHECK_INT(parse(H2F_FRAME_PING, 0, 0, "0102030405060708"), 0);
    check_data("0102030405060708");
    CHECK_INT(parse(H2F_FRAME_PING, H2F_FLAG_ACK, 0, "ffffffffffffffff"), 0);
    CHECK_INT(got.flags, H2F_FLAG_ACK);
    check_data("ffffffffffffffff");
}

static void test_goaway(void) {
    CHECK_INT(parse(H2F_FRAME_GOAWAY, 0, 0, "7fffffff ffffffff 6279 65"), 0);
    CHECK_INT(got.other_stream_id, LAST_STREAM);
    CHECK_INT(got.error_code, UINT32_MAX);
    check_data("627965");
    CHECK_INT(parse(H2F_FRAME_GOAWAY, 0, 0, "00000000 00000000"), 0);
    check_data("");
}

static void test_reserved_bit_of_the_last_stream_is_ignored(void) {
    CHECK_INT(parse(H2F_FRAME_GOAWAY, 0, 0, "80000005 00000000"), 0);
    CHECK_INT(got.other_stream_id, 5);
}

/* Section 6.9 */

static void test_window_increment(void) {
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 0, "00000001"), 0);
    CHECK_INT(got.window_increment, 1);
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 1, "7fffffff"), 0);
    CHECK_INT(got.window_increment, 0x7fffffff);
}

/* On a stream it is an error of this stream only: the frame says which one. */
static void test_window_increment_of_0(void) {
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 0, "00000000"), H2F_ERR_FRAME_INCREMENT);
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 5, "00000000"), H2F_ERR_FRAME_INCREMENT);
    CHECK_INT(got.stream_id, 5);
    CHECK_INT(got.length, 4);
}

static void test_reserved_bit_of_the_window_increment_is_ignored(void) {
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 1, "80000001"), 0);
    CHECK_INT(got.window_increment, 1);
    CHECK_INT(parse(H2F_FRAME_WINDOW_UPDATE, 0, 1, "80000000"), H2F_ERR_FRAME_INCREMENT);
}

/* Section 6.10: what PADDED and PRIORITY are elsewhere is not defined here. */
static void test_continuation_has_no_padding_and_no_priority(void) {
    CHECK_INT(parse(H2F_FRAME_CONTINUATION, H2F_FLAG_END_HEADERS, 1, "8286"), 0);
    check_data("8286");
    CHECK_INT(parse(H2F_FRAME_CONTINUATION, H2F_FLAG_PADDED | H2F_FLAG_PRIORITY, 1, "ff"), 0);
    check_data("ff");
}

/* RFC 7838 section 4 */

static void test_altsvc(void) {
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "0003 782e79 6132"), 0);
    CHECK_STRING(got.origin, got.origin_len, "x.y");
    check_data("6132");
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "0003 782e79"), 0);
    CHECK_STRING(got.origin, got.origin_len, "x.y");
    check_data("");
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 1, "0000 6132"), 0);
    CHECK_INT(got.origin_len, 0);
    check_data("6132");
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 1, "0000"), 0);
}

static void test_origin_of_altsvc_beyond_the_payload(void) {
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "0001"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "0004 782e79"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "ffff 782e79"), H2F_ERR_FRAME_LENGTH);
    CHECK_INT(parse(H2F_FRAME_ALTSVC, 0, 0, "0100 782e79"), H2F_ERR_FRAME_LENGTH);
}

static void test_largest_origin_of_altsvc(void) {
    const size_t len = H2F_FRAME_HEADER_LEN + 2 + 65535;
    uint8_t *octets = calloc(1, len);
    CHECK(octets != NULL);
    memset(octets + H2F_FRAME_HEADER_LEN, 0xff, 2);
    for (size_t missing = 0; missing <= 1; missing++) {
        put_header(octets, len - H2F_FRAME_HEADER_LEN - missing, H2F_FRAME_ALTSVC, 0, 0);
        CHECK_INT(parse_octets(octets, len - missing, H2F_FRAME_MAX_SIZE),
                  missing ? H2F_ERR_FRAME_LENGTH : (ptrdiff_t)len);
    }
    free(octets);
}

/* RFC 8336 section 2: what its entries are is read above; no flags are defined. */
static void test_origin(void) {
    CHECK_INT(parse(H2F_FRAME_ORIGIN, 0xff, 0, "0003 782e79 0001 7a"), 0);
    check_data("0003 782e79 0001 7a");
    CHECK_INT(parse(H2F_FRAME_ORIGIN, 0, 0, "ffff 78"), 0);
    check_data("ffff 78");
}

/* RFC 9218 section 7.1 */

static void test_priority_update(void) {
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "7fffffff 753d31"), 0);
    CHECK_INT(got.other_stream_id, LAST_STREAM);
    check_data("753d31");
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "00000001"), 0);
    CHECK_INT(got.other_stream_id, 1);
    check_data("");
}

static void test_priority_update_of_stream_0(void) {
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "00000000"), H2F_ERR_FRAME_PRIORITIZED);
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "00000000 753d31"),
              H2F_ERR_FRAME_PRIORITIZED);
}

static void test_reserved_bit_of_the_prioritized_stream_is_ignored(void) {
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "80000003 753d31"), 0);
    CHECK_INT(got.other_stream_id, 3);
    CHECK_INT(parse(H2F_FRAME_PRIORITY_UPDATE, 0, 0, "80000000"), H2F_ERR_FRAME_PRIORITIZED);
}

/* Any octets */

static void test_no_octets_at_all(void) {
    CHECK_INT(h2f_frame_parse(&got, NULL, 0, DEFAULT_MAX), 0);
}

static void test_samples_are_parsed_and_written_again(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        size_t len = from_hex(octets, samples[i]), written_len;
        CHECK_INT(parse_octets(octets, len, DEFAULT_MAX), len);
        uint8_t *written = write_exactly(&got, &written_len);
        CHECK_BYTES(written, written_len, octets, len);
        free(written);
    }
}

/* What is wrong with a frame is said once all of it is there, but for its size. */
static void test_truncation_at_every_octet(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        size_t len = from_hex(octets, samples[i]);
        for (size_t cut = 0; cut < len; cut++)
            CHECK_INT(parse_octets(octets, cut, DEFAULT_MAX), 0);
        octets[8] ^= 1; /* stream 0 instead of 1, or the other way round */
        check_prefixes(octets, len, DEFAULT_MAX);
    }
}

static void test_octets_behind_a_frame_are_not_its_own(void) {
    for (size_t i = 0; i < LEN(samples); i++)
        for (size_t behind = 1; behind <= 20; behind++) {
            uint8_t octets[96];
            size_t len = from_hex(octets, samples[i]);
            memset(octets + len, 0xff, behind);
            CHECK_INT(parse_octets(octets, len + behind, DEFAULT_MAX), len);
        }
}

/* The reference says which errors there may be; a larger length is one to wait for, or refused. */
static void test_corruption_of_every_octet(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        size_t len = from_hex(octets, samples[i]);
        for (size_t at = 0; at < len; at++)
            for (unsigned change = 1; change < 256; change++) {
                octets[at] ^= (uint8_t)change;
                parse_octets(octets, len, DEFAULT_MAX);
                octets[at] ^= (uint8_t)change;
            }
    }
}

static void test_header_and_payload_parsed_apart(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64];
        CHECK(parse_octets(octets, from_hex(octets, samples[i]), DEFAULT_MAX) > 0);
        uint8_t *header = exact_copy(received, H2F_FRAME_HEADER_LEN);
        uint8_t *payload = exact_copy(received + H2F_FRAME_HEADER_LEN, got.length);
        h2f_frame apart;
        h2f_frame_parse_header(&apart, header);
        CHECK_INT(h2f_frame_parse_payload(&apart, payload), 0);
        check_same_frame(&apart, &got);
        free(header);
        free(payload);
    }
}

/* Small payloads, so that every rule about lengths is met and broken. */
static void test_random_octets_are_judged_as_the_reference_does(void) {
    uint64_t random = 1;
    for (int i = 0; i < 300000; i++) {
        uint8_t octets[H2F_FRAME_HEADER_LEN + 20];
        size_t length = random_below(&random, 21);
        random_fill(&random, octets, sizeof octets);
        put_header(octets, length, (uint8_t)random_below(&random, 20), octets[4],
                   random_below(&random, 3));
        for (int zeroes = random_below(&random, 2) ? 8 : 0; zeroes > 0; zeroes--)
            octets[H2F_FRAME_HEADER_LEN + random_below(&random, 8)] &= 3;
        parse_octets(octets, H2F_FRAME_HEADER_LEN + length, DEFAULT_MAX);
    }
}

/* Frames to write */

static size_t random_data_len(uint64_t *random, const h2f_frame *frame) {
    if (frame->type == H2F_FRAME_PING)
        return 8;
    if (ref_length_is_fixed(frame->type))
        return 0;
    if (frame->type == H2F_FRAME_SETTINGS)
        return frame->flags & H2F_FLAG_ACK ? 0 : 6 * random_below(random, 40);
    return random_below(random, random_below(random, 4) ? 12 : 300);
}

static uint32_t random_stream(uint64_t *random, uint8_t type) {
    enum ref_stream rule = ref_stream(type);
    if (rule == REF_NO_STREAM || (rule == REF_ANY && random_below(random, 2)))
        return 0;
    return ((uint32_t)random_next(random) & LAST_STREAM) | 1;
}

static void random_fields(uint64_t *random, h2f_frame *frame) {
    uint32_t number = (uint32_t)random_next(random);
    if (ref_is_padded(frame->type, frame->flags))
        frame->pad_length = (uint8_t)random_next(random);
    if (ref_has_priority(frame->type, frame->flags)) {
        frame->weight = (uint8_t)random_next(random);
        frame->exclusive = random_below(random, 2) != 0;
        frame->depends_on = (uint32_t)random_next(random) & LAST_STREAM;
    }
    if (frame->type == H2F_FRAME_RST_STREAM || frame->type == H2F_FRAME_GOAWAY)
        frame->error_code = (uint32_t)random_next(random);
    if (frame->type == H2F_FRAME_WINDOW_UPDATE)
        frame->window_increment = (number & LAST_STREAM) | 1;
    else if (ref_has_31_bits(frame->type)) /* not 0, and even */
        frame->other_stream_id = (number & (LAST_STREAM - 1)) | 2;
}

/* With what its type and flags have, and with nothing else; 300 octets twice are its views. */
static h2f_frame random_frame(uint64_t *random, const uint8_t *octets) {
    h2f_frame frame = {.flags = (uint8_t)random_next(random), .data = octets};
    frame.type = (uint8_t)(random_below(random, 10) ? random_below(random, 18)
                                                    : random_next(random));
    frame.stream_id = random_stream(random, frame.type);
    random_fields(random, &frame);
    frame.data_len = random_data_len(random, &frame);
    if (frame.type == H2F_FRAME_ALTSVC) {
        frame.origin = octets + 300;
        frame.origin_len = random_below(random, 300);
    }
    return frame;
}

static void test_random_frames_are_what_they_were_once_written(void) {
    uint64_t random = 2;
    uint8_t octets[600];
    random_fill(&random, octets, sizeof octets);
    for (int i = 0; i < 200000; i++) {
        size_t len;
        h2f_frame frame = random_frame(&random, octets);
        uint8_t *written = write_exactly(&frame, &len);
        frame.length = (uint32_t)(len - H2F_FRAME_HEADER_LEN);
        CHECK_INT(ref_faults(written), 0);
        CHECK_INT(check_parse(&got, written, len, H2F_FRAME_MAX_SIZE), len);
        check_same_frame(&got, &frame);
        free(written);
    }
}

/* A frame that was another one before. */
static void test_fields_of_other_types_are_not_looked_at(void) {
    uint64_t random = 3;
    uint8_t octets[600];
    random_fill(&random, octets, sizeof octets);
    for (int i = 0; i < 20000; i++) {
        size_t len, same_len;
        h2f_frame frame = random_frame(&random, octets), other = frame;
        uint8_t *written = write_exactly(&frame, &len);
        other.length = UINT32_MAX;
        if (!ref_is_padded(frame.type, frame.flags))
            other.pad_length = 255;
        if (!ref_has_priority(frame.type, frame.flags))
            other.weight = other.exclusive = 255, other.depends_on = UINT32_MAX;
        if (frame.type != H2F_FRAME_ALTSVC)
            other.origin = octets, other.origin_len = SIZE_MAX;
        if (frame.type != H2F_FRAME_WINDOW_UPDATE)
            other.window_increment = UINT32_MAX;
        uint8_t *same = write_exactly(&other, &same_len);
        CHECK_BYTES(same, same_len, written, len);
        free(same);
        free(written);
    }
}

static void test_reserved_bits_are_not_written(void) {
    static const uint8_t types[] = {H2F_FRAME_PUSH_PROMISE, H2F_FRAME_GOAWAY,
                                    H2F_FRAME_WINDOW_UPDATE, H2F_FRAME_PRIORITY_UPDATE};
    for (size_t i = 0; i < LEN(types); i++) {
        size_t len;
        h2f_frame frame = {.type = types[i],
                           .other_stream_id = RESERVED | 2,
                           .window_increment = RESERVED | 2};
        uint8_t *written = write_exactly(&frame, &len);
        CHECK_INT(written[H2F_FRAME_HEADER_LEN], 0);
        CHECK_INT(written[H2F_FRAME_HEADER_LEN + 3], 2);
        free(written);
    }
}

/* The bit is what exclusive is, not one of the stream's. */
static void test_exclusive_bit_is_written_from_its_field(void) {
    for (int exclusive = 0; exclusive <= 1; exclusive++) {
        size_t len;
        h2f_frame frame = {.type = H2F_FRAME_PRIORITY,
                           .stream_id = 1,
                           .exclusive = exclusive ? 255 : 0,
                           .depends_on = exclusive ? 3 : RESERVED | 3};
        uint8_t *written = write_exactly(&frame, &len);
        CHECK_INT(written[H2F_FRAME_HEADER_LEN], exclusive ? 0x80 : 0);
        CHECK_INT(written[H2F_FRAME_HEADER_LEN + 3], 3);
        free(written);
    }
}

static void test_sizes(void) {
    static const struct {
        h2f_frame frame;
        size_t size;
    } rows[] = {
        {{.type = H2F_FRAME_DATA, .data_len = 100}, 109},
        {{.type = H2F_FRAME_DATA, .flags = 0x08, .data_len = 100}, 110},
        {{.type = H2F_FRAME_DATA, .flags = 0x08, .pad_length = 255, .data_len = 1}, 266},
        {{.type = H2F_FRAME_DATA, .pad_length = 255, .data_len = 1}, 10},
        {{.type = H2F_FRAME_HEADERS, .flags = 0x28, .pad_length = 3, .data_len = 1}, 19},
        {{.type = H2F_FRAME_PRIORITY, .flags = 0xff}, 14},
        {{.type = H2F_FRAME_RST_STREAM}, 13},
        {{.type = H2F_FRAME_SETTINGS, .data_len = 12}, 21},
        {{.type = H2F_FRAME_PUSH_PROMISE, .flags = 0x28, .pad_length = 3, .data_len = 1}, 18},
        {{.type = H2F_FRAME_PING, .data_len = 8}, 17},
        {{.type = H2F_FRAME_GOAWAY, .data_len = 3}, 20},
        {{.type = H2F_FRAME_WINDOW_UPDATE}, 13},
        {{.type = H2F_FRAME_CONTINUATION, .flags = 0xff, .pad_length = 9, .data_len = 1}, 10},
        {{.type = H2F_FRAME_ALTSVC, .origin_len = 5, .data_len = 3}, 19},
        {{.type = H2F_FRAME_ORIGIN, .data_len = 3}, 12},
        {{.type = H2F_FRAME_PRIORITY_UPDATE, .data_len = 3}, 16},
        {{.type = 0xff, .flags = 0xff, .data_len = 3}, 12},
    };
    for (size_t i = 0; i < LEN(rows); i++)
        CHECK_INT(h2f_frame_size(&rows[i].frame), rows[i].size);
}

/* Whatever room there is said to be: none of the octets there are not may be touched. */
static void check_never_written(h2f_frame frame) {
    uint8_t dst[32], octets[1] = {0};
    frame.data = frame.origin = octets;
    check_refused(dst, sizeof dst, SIZE_MAX, &frame);
}

static void test_frames_longer_than_24_bits_are_not_written(void) {
    const size_t most = H2F_FRAME_MAX_SIZE;
    const uint8_t padded = H2F_FLAG_PADDED, both = H2F_FLAG_PADDED | H2F_FLAG_PRIORITY;
    check_never_written((h2f_frame){.type = H2F_FRAME_DATA, .data_len = most + 1});
    check_never_written((h2f_frame){.type = H2F_FRAME_DATA, .data_len = SIZE_MAX});
    check_never_written((h2f_frame){.type = H2F_FRAME_DATA, .data_len = SIZE_MAX - 8});
    check_never_written((h2f_frame){.type = H2F_FRAME_DATA, .flags = padded, .data_len = most});
    check_never_written((h2f_frame){
        .type = H2F_FRAME_DATA, .flags = padded, .pad_length = 255, .data_len = most - 255});
    check_never_written((h2f_frame){
        .type = H2F_FRAME_HEADERS, .flags = both, .pad_length = 1, .data_len = most - 6});
    check_never_written((h2f_frame){.type = H2F_FRAME_PUSH_PROMISE, .data_len = most - 3});
    check_never_written((h2f_frame){.type = H2F_FRAME_GOAWAY, .data_len = most - 7});
    check_never_written((h2f_frame){.type = H2F_FRAME_PRIORITY_UPDATE, .data_len = most - 3});
    check_never_written(
        (h2f_frame){.type = H2F_FRAME_ALTSVC, .origin_len = 65535, .data_len = most - 65536});
}

static void test_longest_frames_are_written(void) {
    const size_t most = H2F_FRAME_MAX_SIZE;
    uint8_t *octets = calloc(1, most);
    CHECK(octets != NULL);
    const h2f_frame longest[] = {
        {.type = H2F_FRAME_DATA, .data_len = most},
        {.type = H2F_FRAME_HEADERS, .flags = 0x28, .pad_length = 255, .data_len = most - 261},
        {.type = H2F_FRAME_ALTSVC, .origin_len = 65535, .data_len = most - 65537},
    };
    for (size_t i = 0; i < LEN(longest); i++) {
        size_t len;
        h2f_frame frame = longest[i];
        frame.data = frame.origin = octets;
        uint8_t *written = write_exactly(&frame, &len);
        CHECK_INT(len, H2F_FRAME_HEADER_LEN + most);
        CHECK_INT(ref_length(written), most);
        free(written);
    }
    free(octets);
}

static void test_wrong_lengths_are_not_written(void) {
    for (size_t len = 0; len <= 9; len++)
        if (len != 8)
            check_never_written((h2f_frame){.type = H2F_FRAME_PING, .data_len = len});
    check_never_written((h2f_frame){.type = H2F_FRAME_PRIORITY, .data_len = 1});
    check_never_written((h2f_frame){.type = H2F_FRAME_RST_STREAM, .data_len = 1});
    check_never_written((h2f_frame){.type = H2F_FRAME_WINDOW_UPDATE, .data_len = 1});
}

static void test_origins_of_altsvc_longer_than_16_bits_are_not_written(void) {
    check_never_written((h2f_frame){.type = H2F_FRAME_ALTSVC, .origin_len = 65536});
    check_never_written((h2f_frame){.type = H2F_FRAME_ALTSVC, .origin_len = SIZE_MAX});
}

static void test_settings_of_a_wrong_length_are_not_written(void) {
    for (size_t len = 1; len <= 13; len++)
        if (len % 6 != 0)
            check_never_written((h2f_frame){.type = H2F_FRAME_SETTINGS, .data_len = len});
    check_never_written(
        (h2f_frame){.type = H2F_FRAME_SETTINGS, .flags = H2F_FLAG_ACK, .data_len = 6});
}

static void test_every_room_that_is_too_small(void) {
    for (size_t i = 0; i < LEN(samples); i++) {
        uint8_t octets[64], dst[64];
        size_t len = from_hex(octets, samples[i]);
        CHECK_INT(parse_octets(octets, len, DEFAULT_MAX), len);
        for (size_t cap = 0; cap < len; cap++)
            check_refused(dst, sizeof dst, cap, &got);
        memset(dst, 0xa5, sizeof dst);
        CHECK(h2f_frame_write(dst, sizeof dst, &got) == dst + len);
        CHECK_INT(dst[len], 0xa5);
    }
}

int main(void) {
    RUN(test_fields_of_the_header);
    RUN(test_reserved_bit_of_the_stream_is_ignored);
    RUN(test_reserved_bit_of_the_stream_is_not_written);
    RUN(test_undefined_flags_are_ignored);
    RUN(test_flags_of_every_type);
    RUN(test_names_of_every_type);
    RUN(test_unknown_types_are_taken_octet_for_octet);
    RUN(test_largest_size_and_one_more);
    RUN(test_too_large_a_frame_is_refused_on_its_header);
    RUN(test_fixed_lengths);
    RUN(test_least_lengths);
    RUN(test_no_type_but_the_fixed_ones_has_a_largest_length);
    RUN(test_types_that_are_of_a_stream);
    RUN(test_types_that_are_of_the_connection);
    RUN(test_types_that_are_of_either);
    RUN(test_data);
    RUN(test_padding_of_data);
    RUN(test_padding_as_long_as_the_payload_of_data);
    RUN(test_padding_of_255_octets);
    RUN(test_no_room_for_the_length_of_the_padding);
    RUN(test_padding_that_is_not_zero_is_taken_and_written_as_zero);
    RUN(test_headers);
    RUN(test_priority_fields_of_headers);
    RUN(test_no_room_for_the_priority_fields_of_headers);
    RUN(test_padding_of_headers);
    RUN(test_padding_of_headers_with_priority_fields);
    RUN(test_priority);
    RUN(test_rst_stream_with_any_error_code);
    RUN(test_settings_are_a_multiple_of_6_octets);
    RUN(test_settings_with_ack_are_empty);
    RUN(test_push_promise);
    RUN(test_promised_stream_is_one_of_a_server);
    RUN(test_reserved_bit_of_the_promised_stream_is_ignored);
    RUN(test_padding_of_push_promise);
    RUN(test_no_room_for_the_promised_stream_with_padding);
    RUN(test_padding_of_push_promise_that_takes_the_promised_stream);
    RUN(test_ping);
    RUN(test_goaway);
    RUN(test_reserved_bit_of_the_last_stream_is_ignored);
    RUN(test_window_increment);
    RUN(test_window_increment_of_0);
    RUN(test_reserved_bit_of_the_window_increment_is_ignored);
    RUN(test_continuation_has_no_padding_and_no_priority);
    RUN(test_altsvc);
    RUN(test_origin_of_altsvc_beyond_the_payload);
    RUN(test_largest_origin_of_altsvc);
    RUN(test_origin);
    RUN(test_priority_update);
    RUN(test_priority_update_of_stream_0);
    RUN(test_reserved_bit_of_the_prioritized_stream_is_ignored);
    RUN(test_no_octets_at_all);
    RUN(test_samples_are_parsed_and_written_again);
    RUN(test_truncation_at_every_octet);
    RUN(test_octets_behind_a_frame_are_not_its_own);
    RUN(test_corruption_of_every_octet);
    RUN(test_header_and_payload_parsed_apart);
    RUN(test_random_octets_are_judged_as_the_reference_does);
    RUN(test_random_frames_are_what_they_were_once_written);
    RUN(test_fields_of_other_types_are_not_looked_at);
    RUN(test_reserved_bits_are_not_written);
    RUN(test_exclusive_bit_is_written_from_its_field);
    RUN(test_sizes);
    RUN(test_frames_longer_than_24_bits_are_not_written);
    RUN(test_longest_frames_are_written);
    RUN(test_wrong_lengths_are_not_written);
    RUN(test_origins_of_altsvc_longer_than_16_bits_are_not_written);
    RUN(test_settings_of_a_wrong_length_are_not_written);
    RUN(test_every_room_that_is_too_small);
    free(received);
    return 0;
}
