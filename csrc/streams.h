/* The streams of a connection: those that live, found by identifier, and of the closed ones how
 * they closed.
 */
#ifndef H2F_STREAMS_H
#define H2F_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "priority_field.h"
#include "stream_state.h"
#include "window.h"

/* How a stream was closed, which decides what a late frame on it means (RFC 9113 section 5.1). */
enum h2f_closed_by {
    H2F_CLOSED_UNUSED, /* by a higher identifier (section 5.1.1), or too long ago to know */
    H2F_CLOSED_BY_END,
    H2F_CLOSED_BY_OUR_RESET,
    H2F_CLOSED_BY_PEERS_RESET
};

struct h2f_chunk;
struct h2f_dependency;

/* What a stream with queued content waits for. */
enum h2f_waits_for {
    H2F_WAITS_NOT, /* nothing is queued */
    H2F_WAITS_FOR_WINDOW,
    H2F_WAITS_FOR_TURN
};

/* A place in a ring. */
typedef struct h2f_link {
    struct h2f_link *before, *after;
} h2f_link;

typedef struct h2f_stream {
    uint32_t id;
    uint8_t state; /* enum h2f_stream_state */

    unsigned headers_sent : 1; /* final ones */
    unsigned trailers_sent : 1;
    unsigned headers_received : 1;
    unsigned trailers_received : 1;
    unsigned head : 1;    /* the request was HEAD: no content comes */
    unsigned unknown_request : 1; /* it went by HTTP/1.1, and may have been HEAD */
    unsigned connect : 1; /* the request was CONNECT, and was not turned down */
    unsigned ending : 1;  /* END_STREAM is queued */
    uint8_t closed_by; /* enum h2f_closed_by, once it is closed */
    uint32_t interim_received; /* 1xx responses */

    int64_t send_window; /* from the peer's SETTINGS_INITIAL_WINDOW_SIZE */
    h2f_window receive_window; /* from ours, as acknowledged */

    int64_t expected_len; /* content-length of what is received, or -1 */
    int64_t received_len;
    int64_t list_size; /* of all header lists received so far: 1xx are without end */

    /* What is to be sent and cannot be yet. */
    struct h2f_chunk *first, *last;
    size_t queued;
    uint8_t waits; /* enum h2f_waits_for */

    /* Its place in the order of what goes out: see schedule.h. */
    uint8_t urgency, incremental; /* as they count (RFC 9218 section 4) */
    h2f_priority_field wish, own; /* the client's, complete; and what this side says to that */
    uint32_t place;               /* in the heap that it is in */
    h2f_link link;                /* in the ring that it is in, or all zero */
    struct h2f_dependency *dependency; /* RFC 7540 section 5.3, where that is the scheme */

    struct h2f_stream *next; /* in the free list */
} h2f_stream;

static inline h2f_stream *h2f_stream_of(h2f_link *link) {
    return (h2f_stream *)(void *)((char *)link - offsetof(h2f_stream, link));
}

#define H2F_STREAMS_SLAB 32

typedef struct h2f_slab {
    struct h2f_slab *older;
    h2f_stream streams[H2F_STREAMS_SLAB];
} h2f_slab;

/* Two bits for each of the newest streams of one side. */
typedef struct {
    uint8_t *bits;
    uint32_t cap;  /* streams that there are bits for: a power of two, or 0 */
    uint32_t next; /* number of the next stream: its identifier, halved */
} h2f_closed_log;

typedef struct {
    h2f_stream **slots; /* open addressing */
    uint32_t mask, count;
    unsigned shift;
    h2f_slab *slabs;
    h2f_stream *free;
    h2f_closed_log closed[2]; /* of even and of odd identifiers */
} h2f_streams;

/* No streams; nothing is allocated before the first one. */
void h2f_streams_init(h2f_streams *streams);
void h2f_streams_free(h2f_streams *streams);

/* Octets on the heap. */
size_t h2f_streams_heap_size(const h2f_streams *streams);

/* The stream, or NULL where it is idle or gone. */
h2f_stream *h2f_streams_find(const h2f_streams *streams, uint32_t id);

/* A new stream, all zero but for its identifier, which is in no use; or NULL without memory. */
h2f_stream *h2f_streams_add(h2f_streams *streams, uint32_t id);

/* Takes a stream out, and keeps how it was closed where there is memory for that. */
void h2f_streams_remove(h2f_streams *streams, h2f_stream *stream);

/* How a stream was closed that is gone. */
enum h2f_closed_by h2f_streams_closed_by(const h2f_streams *streams, uint32_t id);

/* Corrects how a stream was closed that is gone, if that is known at all. */
void h2f_streams_correct(h2f_streams *streams, uint32_t id, enum h2f_closed_by how);

/* Calls for each living stream: for (i = 0; (s = h2f_streams_next(streams, &i)) != NULL;) */
h2f_stream *h2f_streams_next(const h2f_streams *streams, uint32_t *at);

#endif
