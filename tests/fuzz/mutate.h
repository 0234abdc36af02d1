/* Mutates a script of peer.h as one: operations are left out, repeated, moved and made, and their
 * operands changed in place. So most of what comes out still is frames that mean something, and
 * header blocks that can be decoded, however far from the beginning. Half of the time it leaves
 * everything to libFuzzer, which knows no bounds.
 */
#ifndef H2F_TEST_MUTATE_H
#define H2F_TEST_MUTATE_H

#include <string.h>

#include "input.h"

enum { MOST_OPERATIONS = 512 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Octets of the operation at p, of which there are so many left. */
static size_t operation_len(const uint8_t *p, size_t left) {
    size_t len = 1;
    if (p[0] < 0x40)
        len += p[0];
    else if (p[0] < 0xc0 && p[0] & 0x20)
        len += left > 4 ? 4 + ((size_t)p[3] << 8 | p[4]) : 4;
    else if (p[0] < 0xc0)
        len += left > 3 ? 3 + (size_t)p[3] : 3;
    else if (p[0] < 0xe0)
        len += p[0] & 0x10 ? 3 : 2;
    else if (p[0] < 0xf0)
        len += 2;
    return len < left ? len : left;
}

/* Octets of what stands before the operations: the configuration, and what an upgrade comes with. */
static size_t head_len(const uint8_t *data, size_t size) {
    size_t len = size > 2 && data[0] & 16 ? 3 + (size_t)data[2] : 2;
    return len < size ? len : size;
}

/* Where each operation begins, and behind them the end. Returns how many there are. */
static size_t find_operations(const uint8_t *data, size_t size, size_t *starts) {
    size_t count = 0, at = head_len(data, size);
    while (at < size && count < MOST_OPERATIONS) {
        starts[count++] = at;
        at += operation_len(data + at, size - at);
    }
    starts[count] = at < size ? at : size;
    return count;
}

static size_t remove_octets(uint8_t *data, size_t size, size_t at, size_t len) {
    memmove(data + at, data + at + len, size - at - len);
    return size - len;
}

static size_t insert_octets(uint8_t *data, size_t size, size_t max_size, size_t at,
                            const uint8_t *octets, size_t len) {
    if (len > max_size - size)
        return size;
    memmove(data + at + len, data + at, size - at);
    memcpy(data + at, octets, len);
    return size + len;
}

/* What a peer does most: requests, content, resets, windows, and the other side's answers. */
static size_t make_operation(uint8_t *octets, unsigned random) {
    uint8_t stream = (uint8_t)(random >> 8 & 15), other = (uint8_t)(random >> 16);
    const uint8_t made[][8] = {
        {3, 0xc0 | (random >> 20 & 15), 0x44 | (random >> 24 & 1), stream},
        {3, 0xc0 | (random >> 20 & 15), 0x45, stream},
        {4, 0xd0, 4, stream, other & 15},
        {6, 0x40, random >> 24 & 1, stream, 2, 'x', other},
        {8, 0x43, 0, stream, 4, 0, 0, 0},
        {8, 0x48, 0, stream, 4, 0, 0, 0x7f & other},
        {3, 0xe0 | (random >> 20 & 15), stream, other},
        {1, 0xf0 | (random >> 20 & 8)},
    };
    const uint8_t *chosen = made[random % (sizeof made / sizeof *made)];
    memcpy(octets, chosen + 1, 7);
    octets[7] = other;
    return chosen[0];
}

/* The operands of an operation, in as many octets as they have. */
static void change_operands(uint8_t *data, size_t start, size_t end) {
    uint8_t copy[64];
    size_t len = end - start - 1 < sizeof copy ? end - start - 1 : sizeof copy;
    if (len == 0)
        return;
    memcpy(copy, data + start + 1, len);
    size_t changed = LLVMFuzzerMutate(copy, len, len);
    memcpy(data + start + 1, copy, changed);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    size_t starts[MOST_OPERATIONS + 1];
    unsigned random = seed * 2654435761u ^ seed >> 15;
    uint8_t made[256];
    size_t count = find_operations(data, size, starts);
    if (count == 0 || random & 1)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t one = (random >> 3) % count, place = starts[(random >> 11) % count];
    size_t len = starts[one + 1] - starts[one];
    switch (random >> 1 & 3) {
    case 0:
        return remove_octets(data, size, starts[one], len);
    case 1: /* again, elsewhere */
        len = len < sizeof made ? len : sizeof made;
        memcpy(made, data + starts[one], len);
        return insert_octets(data, size, max_size, place, made, len);
    case 2:
        len = make_operation(made, seed * 40503u ^ random);
        return insert_octets(data, size, max_size, place, made, len);
    default:
        change_operands(data, starts[one], starts[one + 1]);
        return size;
    }
}

#endif
