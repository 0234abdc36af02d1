/* What the programs here have in common: memory, files, the clock, and giving up. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *octets;
    size_t len;
} span;

/* malloc, or exit. */
void *allocate(size_t size);

/* The octets of a file, or exit. */
span read_file(const char *path);

/* Exits when an implementation fails at something valid. */
void require(int success, const char *what);

/* Nanoseconds since some time. */
uint64_t now(void);

/* Nanoseconds that this process has had a processor for: other processes do not add to it, but it
 * takes longer to read. */
uint64_t processor_time(void);

/* Prints a number on a line of its own, at once. */
void answer_with(uint64_t number);

#endif
