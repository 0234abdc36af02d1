#include "streams.h"

#include <stdlib.h>
#include <string.h>

#include "h2f_limits.h"

#define FEWEST_SLOTS 8u

void h2f_streams_init(h2f_streams *streams) {
    memset(streams, 0, sizeof *streams);
}

void h2f_streams_free(h2f_streams *streams) {
    while (streams->slabs != NULL) {
        h2f_slab *slab = streams->slabs;
        streams->slabs = slab->older;
        free(slab);
    }
    free(streams->slots);
    free(streams->closed[0].bits);
    free(streams->closed[1].bits);
    h2f_streams_init(streams);
}

size_t h2f_streams_heap_size(const h2f_streams *streams) {
    size_t size = streams->slots == NULL ? 0 : ((size_t)streams->mask + 1) * sizeof(h2f_stream *);
    for (const h2f_slab *slab = streams->slabs; slab != NULL; slab = slab->older)
        size += sizeof *slab;
    return size + streams->closed[0].cap / 4 + streams->closed[1].cap / 4;
}

/* ----------------------------------------------------------------------------- the map */

static uint32_t slot_of(const h2f_streams *streams, uint32_t id) {
    return (uint32_t)(id * 0x9e3779b1u) >> streams->shift;
}

h2f_stream *h2f_streams_find(const h2f_streams *streams, uint32_t id) {
    if (streams->slots == NULL)
        return NULL;
    for (uint32_t slot = slot_of(streams, id);; slot = (slot + 1) & streams->mask) {
        h2f_stream *stream = streams->slots[slot];
        if (stream == NULL || stream->id == id)
            return stream;
    }
}

static void put(h2f_streams *streams, h2f_stream *stream) {
    uint32_t slot = slot_of(streams, stream->id);
    while (streams->slots[slot] != NULL)
        slot = (slot + 1) & streams->mask;
    streams->slots[slot] = stream;
}

/* At most three quarters of the slots are in use. */
static int make_room(h2f_streams *streams) {
    uint32_t cap = streams->slots == NULL ? 0 : streams->mask + 1;
    if (4 * (uint64_t)(streams->count + 1) <= 3 * (uint64_t)cap)
        return 1;
    h2f_streams grown = *streams;
    uint32_t new_cap = cap == 0 ? FEWEST_SLOTS : 2 * cap;
    grown.slots = calloc(new_cap, sizeof *grown.slots);
    if (grown.slots == NULL)
        return 0;
    grown.mask = new_cap - 1;
    grown.shift = 32;
    for (uint32_t n = new_cap; n > 1; n /= 2)
        grown.shift--;
    for (uint32_t slot = 0; slot < cap; slot++)
        if (streams->slots[slot] != NULL)
            put(&grown, streams->slots[slot]);
    free(streams->slots);
    *streams = grown;
    return 1;
}

static int make_slab(h2f_streams *streams) {
    h2f_slab *slab = malloc(sizeof *slab);
    if (slab == NULL)
        return 0;
    slab->older = streams->slabs;
    streams->slabs = slab;
    for (size_t i = H2F_STREAMS_SLAB; i-- > 0;) {
        slab->streams[i].next = streams->free;
        streams->free = &slab->streams[i];
    }
    return 1;
}

h2f_stream *h2f_streams_add(h2f_streams *streams, uint32_t id) {
    if (!make_room(streams) || (streams->free == NULL && !make_slab(streams)))
        return NULL;
    h2f_stream *stream = streams->free;
    streams->free = stream->next;
    memset(stream, 0, sizeof *stream);
    stream->id = id;
    put(streams, stream);
    streams->count++;
    return stream;
}

h2f_stream *h2f_streams_next(const h2f_streams *streams, uint32_t *at) {
    while (streams->slots != NULL && *at <= streams->mask) {
        h2f_stream *stream = streams->slots[(*at)++];
        if (stream != NULL)
            return stream;
    }
    return NULL;
}

/* Moves those up that a search would not find any more across the free slot. */
static void close_gap(h2f_streams *streams, uint32_t gap) {
    for (uint32_t slot = (gap + 1) & streams->mask; streams->slots[slot] != NULL;
         slot = (slot + 1) & streams->mask) {
        uint32_t home = slot_of(streams, streams->slots[slot]->id);
        if (((slot - home) & streams->mask) < ((slot - gap) & streams->mask))
            continue;
        streams->slots[gap] = streams->slots[slot];
        gap = slot;
    }
    streams->slots[gap] = NULL;
}

/* ---------------------------------------------------------------------- the closed ones */

static void set_bits(h2f_closed_log *closed, uint32_t number, unsigned how) {
    uint32_t at = number & (closed->cap - 1);
    uint8_t *octet = &closed->bits[at / 4];
    unsigned shift = at % 4 * 2;
    *octet = (uint8_t)((*octet & ~(3u << shift)) | how << shift);
}

static unsigned get_bits(const h2f_closed_log *closed, uint32_t number) {
    uint32_t at = number & (closed->cap - 1);
    return (unsigned)closed->bits[at / 4] >> at % 4 * 2 & 3u;
}

/* Doubles the log until it holds a number, up to its ceiling; without memory it stays smaller. */
static void grow_log(h2f_closed_log *closed, uint32_t number) {
    uint32_t cap = closed->cap ? closed->cap : H2F_CLOSED_STREAMS_FIRST;
    while (cap <= number && cap < H2F_CLOSED_STREAMS)
        cap *= 2;
    /* One that had to wrap for lack of memory stays as it is. */
    if (cap == closed->cap || (closed->cap != 0 && closed->next > closed->cap))
        return;
    uint8_t *bits = calloc(cap / 4, 1);
    if (bits == NULL)
        return;
    if (closed->bits != NULL)
        memcpy(bits, closed->bits, closed->cap / 4);
    free(closed->bits);
    closed->bits = bits;
    closed->cap = cap;
}

static int is_logged(const h2f_closed_log *closed, uint32_t number) {
    return closed->cap != 0 && number < closed->next && closed->next - number <= closed->cap;
}

/* Streams that were passed over were never used. A peer may pass over all that there are bits for
 * with each of its own: whole octets are cleared at once. */
static void advance_log(h2f_closed_log *closed, uint32_t number) {
    if (number < closed->next)
        return;
    if (number - closed->next >= closed->cap)
        closed->next = number + 1 - closed->cap;
    while (closed->next <= number) {
        uint32_t at = closed->next & (closed->cap - 1);
        uint32_t left = number + 1 - closed->next, run = closed->cap - at;
        if (run > left)
            run = left;
        if (at % 4 == 0 && run >= 4) {
            memset(&closed->bits[at / 4], 0, run / 4);
            closed->next += run / 4 * 4;
        } else {
            set_bits(closed, closed->next++, H2F_CLOSED_UNUSED);
        }
    }
}

static void log_closed(h2f_closed_log *closed, uint32_t number, unsigned how) {
    grow_log(closed, number);
    if (closed->cap == 0)
        return;
    advance_log(closed, number);
    if (is_logged(closed, number))
        set_bits(closed, number, how);
}

void h2f_streams_remove(h2f_streams *streams, h2f_stream *stream) {
    uint32_t slot = slot_of(streams, stream->id);
    while (streams->slots[slot] != stream)
        slot = (slot + 1) & streams->mask;
    close_gap(streams, slot);
    streams->count--;
    log_closed(&streams->closed[stream->id % 2], stream->id / 2, stream->closed_by);
    stream->next = streams->free;
    streams->free = stream;
}

enum h2f_closed_by h2f_streams_closed_by(const h2f_streams *streams, uint32_t id) {
    const h2f_closed_log *closed = &streams->closed[id % 2];
    return is_logged(closed, id / 2) ? (enum h2f_closed_by)get_bits(closed, id / 2)
                                     : H2F_CLOSED_UNUSED;
}

void h2f_streams_correct(h2f_streams *streams, uint32_t id, enum h2f_closed_by how) {
    h2f_closed_log *closed = &streams->closed[id % 2];
    if (is_logged(closed, id / 2))
        set_bits(closed, id / 2, how);
}
