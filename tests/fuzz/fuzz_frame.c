/* Frames, whole and every part of them that may have come so far, compared with the reference and
 * written again (tests/c/frames.h). The input is a script; make_seeds.py writes some:
 *
 *     00 to DF     a frame with so many octets of payload: type, flags and 32 bits of the stream
 *                  follow, and the payload
 *     E0 to F7     octets as they come from a peer, their number in 16 bits: frames as far as they
 *                  are whole
 *     F8 to FF     the largest size of a frame is set to 24 bits
 */
#include "frames.h"
#include "input.h"

#define MAX_PREFIXES 512 /* of a large payload: they cost its square and show no more */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The frame that the octets begin with, from a buffer that holds all of them, then from less. */
static ptrdiff_t parse_first(const uint8_t *octets, size_t len, uint32_t max_size) {
    h2f_frame frame;
    uint8_t *exact = exact_copy(octets, len);
    ptrdiff_t result = check_parse(&frame, exact, len, max_size);
    free(exact);
    size_t own = result == 0 ? len : H2F_FRAME_HEADER_LEN + ref_length(octets);
    check_prefixes(octets, least(least(own, len), MAX_PREFIXES), max_size);
    return result;
}

static void parse_one(input *in, size_t length, uint32_t max_size) {
    uint8_t octets[H2F_FRAME_HEADER_LEN + 0xdf] = {0, 0, (uint8_t)length};
    for (int i = 3; i < H2F_FRAME_HEADER_LEN; i++)
        octets[i] = take_octet(in);
    const uint8_t *payload = take_octets(in, &length);
    octets[2] = (uint8_t)length; /* of what there is */
    memcpy(octets + H2F_FRAME_HEADER_LEN, payload, length);
    parse_first(octets, H2F_FRAME_HEADER_LEN + length, max_size);
}

/* Cut as a connection does it, which goes on behind an error that is of one stream. */
static void parse_all(const uint8_t *octets, size_t len, uint32_t max_size) {
    for (;;) {
        ptrdiff_t result = parse_first(octets, len, max_size);
        if (result == 0 || result == H2F_ERR_FRAME_TOO_LARGE)
            return;
        size_t taken = H2F_FRAME_HEADER_LEN + ref_length(octets);
        octets += taken;
        len -= taken;
    }
}

static uint32_t take_24_bits(input *in) {
    uint32_t high = take_octet(in);
    return high << 16 | take_16_bits(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size};
    uint32_t max_size = H2F_FRAME_DEFAULT_MAX_SIZE;
    while (in.at < in.end) {
        uint8_t operation = take_octet(&in);
        if (operation < 0xe0) {
            parse_one(&in, operation, max_size);
        } else if (operation < 0xf8) {
            size_t len = take_16_bits(&in);
            const uint8_t *octets = take_octets(&in, &len);
            parse_all(octets, len, max_size);
        } else {
            max_size = take_24_bits(&in);
        }
    }
    return 0;
}
