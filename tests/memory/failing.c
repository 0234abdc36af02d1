/* To be preloaded: the allocation with a number fails, once, and what is held is counted.
 *
 * failing_arm(n) has the n-th allocation from then on fail, of those while failing_active is not 0;
 * failing_failed() says whether it did, failing_held() how many there are. One thread, please.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void failing_arm(long n);
int failing_failed(void);
long failing_held(void);

int failing_active;

static long countdown, held;
static int failed;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

/* dlsym itself allocates, before there is anything to allocate with. */
static char early[65536];
static size_t early_len;

static int is_early(const void *p) {
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void *take_early(size_t size) {
    void *p = early + early_len;
    early_len += (size + 15) & ~(size_t)15;
    return early_len <= sizeof early ? p : NULL;
}

static int find(void) {
    static int finding;
    if (next_free != NULL)
        return 1;
    if (finding)
        return 0;
    finding = 1;
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next_free = dlsym(RTLD_NEXT, "free");
    finding = 0;
    return 1;
}

static int fails(void) {
    if (!failing_active || countdown == 0 || --countdown != 0)
        return 0;
    failed = 1;
    return 1;
}

void failing_arm(long n) {
    countdown = n;
    failed = 0;
}

int failing_failed(void) {
    return failed;
}

long failing_held(void) {
    return held;
}

void *malloc(size_t size) {
    if (!find())
        return take_early(size);
    void *p = fails() ? NULL : next_malloc(size);
    held += p != NULL;
    return p;
}

void *calloc(size_t count, size_t size) {
    if (!find())
        return take_early(count * size); /* which is all zero */
    void *p = fails() ? NULL : next_calloc(count, size);
    held += p != NULL;
    return p;
}

void *realloc(void *old, size_t size) {
    if (!find() || is_early(old)) {
        void *p = malloc(size);
        if (p != NULL && old != NULL)
            memcpy(p, old, size);
        return p;
    }
    void *p = fails() ? NULL : next_realloc(old, size);
    held += p != NULL && old == NULL;
    return p;
}

void free(void *p) {
    if (p == NULL || is_early(p) || !find())
        return;
    held--;
    next_free(p);
}
