/* Token buckets: so many events at once, and so many a second in the long run. */
#ifndef H2F_BUCKET_H
#define H2F_BUCKET_H

#include <stdint.h>
#include <time.h>

/* Milliseconds that count at most, so that the product stays small. */
#define H2F_BUCKET_LONG 0x7fffffff

typedef struct {
    uint32_t capacity, refill; /* a second */
    uint32_t spent;
    int64_t at; /* milliseconds; when spent was last brought up to date */
    /* The clock, in milliseconds, for those who have another one; NULL for the system's. */
    int64_t (*clock)(void *context);
    void *context;
} h2f_bucket;

static inline int64_t h2f_bucket_now(const h2f_bucket *bucket) {
    if (bucket->clock != NULL)
        return bucket->clock(bucket->context);
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes a token. Returns whether there was one. The clock is not read before half of them are
 * spent: those who do nothing unusual never get there. */
static inline int h2f_bucket_take(h2f_bucket *bucket) {
    if (bucket->spent >= bucket->capacity / 2) {
        int64_t now = h2f_bucket_now(bucket), passed = now - bucket->at;
        int64_t counted = passed < H2F_BUCKET_LONG ? passed : H2F_BUCKET_LONG;
        int64_t back = counted * bucket->refill / 1000;
        if (bucket->at == 0 || passed < 0) { /* the first time, or the clock was set */
            bucket->at = now;
        } else if (back >= bucket->spent) {
            bucket->spent = 0;
            bucket->at = now;
        } else if (back > 0) { /* the rest of a token is not lost */
            bucket->spent -= (uint32_t)back;
            bucket->at += back * 1000 / bucket->refill;
        }
    }
    if (bucket->spent >= bucket->capacity)
        return 0;
    bucket->spent++;
    return 1;
}

/* Gives a token back. */
static inline void h2f_bucket_give(h2f_bucket *bucket) {
    if (bucket->spent != 0)
        bucket->spent--;
}

#endif
