/* Flow control (RFC 9113 sections 5.2 and 6.9): arithmetic on windows.
 *
 * A stream's windows are kept as differences from SETTINGS_INITIAL_WINDOW_SIZE, so that a change of
 * that setting changes all of them at once and costs nothing (section 6.9.2).
 */
#ifndef H2F_WINDOW_H
#define H2F_WINDOW_H

#include <stdint.h>

#define H2F_WINDOW_MAX 0x7fffffff

/* What we may receive. It is given back in parts, when enough of it was used and processed. */
typedef struct {
    int64_t size;       /* what the peer may still send, from the initial window size */
    int64_t most;       /* the size that updates restore, likewise */
    uint32_t processed; /* octets that the application is done with, not given back yet */
} h2f_window;

/* Counts received octets against a window. Returns whether there was room for them. None need none,
 * also where a setting has made the window negative (sections 6.9 and 6.9.2). */
static inline int h2f_window_consume(h2f_window *window, int64_t initial, uint32_t octets) {
    window->size -= octets;
    return octets == 0 || initial + window->size >= 0;
}

/* Counts octets that the application has processed, and returns the increment that is to be sent
 * now, or 0. An update goes out when half of the window was processed, or when the window is empty
 * and a quarter of it, at most 1 KiB, was: few updates, and nobody is left to wait. */
static inline uint32_t h2f_window_process(h2f_window *window, int64_t initial, uint32_t octets) {
    int64_t most = initial + window->most, size = initial + window->size;
    window->processed += octets;
    if (window->processed == 0)
        return 0;
    int64_t quarter = most / 4 < 1024 ? most / 4 : 1024;
    if (!(size == 0 && window->processed > quarter) && window->processed < most / 2)
        return 0;
    int64_t increment = window->processed < most - size ? window->processed : most - size;
    window->processed = 0;
    if (increment <= 0)
        return 0;
    window->size += increment;
    return (uint32_t)increment;
}

/* Makes a window larger for good, by what is on its way and not processed too. Returns whether it
 * stays within 2^31 - 1. */
static inline int h2f_window_open(h2f_window *window, int64_t initial, uint32_t octets) {
    if (initial + window->most + octets > H2F_WINDOW_MAX)
        return 0;
    window->size += octets;
    window->most += octets;
    return 1;
}

#endif
