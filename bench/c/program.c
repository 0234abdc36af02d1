#define _POSIX_C_SOURCE 200809L

#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void require(int success, const char *what) {
    if (!success) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

void *allocate(size_t size) {
    void *memory = malloc(size ? size : 1);
    require(memory != NULL, "malloc");
    return memory;
}

span read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    size_t len = (size_t)ftell(file);
    uint8_t *octets = allocate(len);
    rewind(file);
    require(fread(octets, 1, len, file) == len, path);
    fclose(file);
    return (span){octets, len};
}

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t now(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t processor_time(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void answer_with(uint64_t number) {
    printf("%llu\n", (unsigned long long)number);
    fflush(stdout);
}
