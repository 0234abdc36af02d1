/* What the C tests need of a framework: checks that end the program and say where and with which
 * numbers, octets written as hex, and random numbers that are the same on every machine.
 */
#ifndef H2F_TEST_CHECK_H
#define H2F_TEST_CHECK_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *check_running = "main";

/* abort, so that a fuzzer keeps the input, and no leak checker buries the message. */
static inline void check_fail(const char *file, int line) {
    fprintf(stderr, "%s:%d: in %s\n", file, line, check_running);
    abort();
}

#define CHECK(condition)                                         \
    do {                                                         \
        if (!(condition)) {                                      \
            fprintf(stderr, "not true: %s\n", #condition);       \
            check_fail(__FILE__, __LINE__);                      \
        }                                                        \
    } while (0)

#define CHECK_INT(actual, expected)                                                      \
    do {                                                                                 \
        int64_t actual_ = (int64_t)(actual), expected_ = (int64_t)(expected);            \
        if (actual_ != expected_) {                                                      \
            fprintf(stderr, "%s is %" PRId64 ", not %" PRId64 "\n", #actual, actual_,    \
                    expected_);                                                          \
            check_fail(__FILE__, __LINE__);                                              \
        }                                                                                \
    } while (0)

static inline void check_print(const char *what, const uint8_t *octets, size_t len) {
    fprintf(stderr, "%s (%zu):", what, len);
    for (size_t i = 0; i < len && i < 256; i++)
        fprintf(stderr, " %02x", octets[i]);
    fprintf(stderr, "\n");
}

static inline void check_bytes(const char *file, int line, const void *actual, size_t actual_len,
                               const void *expected, size_t expected_len) {
    if (actual_len == expected_len &&
        (actual_len == 0 || memcmp(actual, expected, actual_len) == 0))
        return;
    check_print("actual  ", actual, actual_len);
    check_print("expected", expected, expected_len);
    check_fail(file, line);
}

#define CHECK_BYTES(actual, actual_len, expected, expected_len) \
    check_bytes(__FILE__, __LINE__, actual, actual_len, expected, expected_len)

#define CHECK_STRING(actual, actual_len, expected) \
    CHECK_BYTES(actual, actual_len, expected, strlen(expected))

#define RUN(test)               \
    do {                        \
        check_running = #test;  \
        test();                 \
    } while (0)

/* A copy in a buffer of exactly its size, so that ASan sees what reads beyond it. */
static inline uint8_t *exact_copy(const void *octets, size_t len) {
    uint8_t *copy = malloc(len ? len : 1);
    CHECK(copy != NULL);
    if (len)
        memcpy(copy, octets, len);
    return copy;
}

static inline uint8_t hex_digit(char c) {
    CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Writes the octets of a hex dump, blanks between them allowed; returns their number. */
static inline size_t from_hex(uint8_t *dst, const char *hex) {
    size_t len = 0;
    for (; *hex; hex += *hex == ' ' ? 1 : 2)
        if (*hex != ' ')
            dst[len++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
    return len;
}

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline uint32_t random_below(uint64_t *state, uint32_t n) {
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}

static inline void random_fill(uint64_t *state, uint8_t *dst, size_t len) {
    for (size_t i = 0; i < len; i++)
        dst[i] = (uint8_t)random_next(state);
}

#endif
