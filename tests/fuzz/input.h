/* The input of a fuzz target, read as a script. Behind its end everything is 0. */
#ifndef H2F_TEST_INPUT_H
#define H2F_TEST_INPUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *at, *end;
} input;

static inline uint8_t take_octet(input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint32_t take_16_bits(input *in) {
    uint32_t high = take_octet(in);
    return high << 8 | take_octet(in);
}

/* At most len octets, and *len is how many there were. */
static inline const uint8_t *take_octets(input *in, size_t *len) {
    const uint8_t *octets = in->at;
    size_t left = (size_t)(in->end - in->at);
    *len = *len < left ? *len : left;
    in->at += *len;
    return octets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
