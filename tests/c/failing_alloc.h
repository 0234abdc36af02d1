/* Allocations that fail when they are told to. What includes this is linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free, so that the functions below stand
 * between csrc and the C library.
 */
#ifndef FAILING_ALLOC_H
#define FAILING_ALLOC_H

#include <stdint.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *octets, size_t size);
void __real_free(void *octets);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *octets, size_t size);
void __wrap_free(void *octets);

static uint64_t allocations, first_failing, last_failing; /* counted from 1 */
static int64_t held;

static int fails(void) {
    allocations++;
    return allocations >= first_failing && allocations <= last_failing;
}

void *__wrap_malloc(size_t size) {
    void *octets = fails() ? NULL : __real_malloc(size);
    held += octets != NULL;
    return octets;
}

void *__wrap_calloc(size_t count, size_t size) {
    void *octets = fails() ? NULL : __real_calloc(count, size);
    held += octets != NULL;
    return octets;
}

void *__wrap_realloc(void *octets, size_t size) {
    void *moved = fails() ? NULL : __real_realloc(octets, size);
    held += octets == NULL && moved != NULL;
    return moved;
}

void __wrap_free(void *octets) {
    held -= octets != NULL;
    __real_free(octets);
}

#endif
