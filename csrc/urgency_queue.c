#include "urgency_queue.h"

#include <stdlib.h>

#include "h2f_error.h"

#define FEWEST 8u

void h2f_urgency_queue_free(h2f_urgency_queue *queue) {
    free(queue->heap);
    *queue = (h2f_urgency_queue){.heap = NULL};
}

int h2f_urgency_queue_reserve(h2f_urgency_queue *queue, size_t count) {
    if (count <= queue->heap_cap)
        return 0;
    uint32_t cap = queue->heap_cap ? queue->heap_cap : FEWEST;
    while (cap < count)
        cap *= 2;
    h2f_stream **heap = realloc(queue->heap, cap * sizeof(h2f_stream *));
    if (heap == NULL)
        return H2F_ERR_NOMEM;
    queue->heap = heap;
    queue->heap_cap = cap;
    return 0;
}

/* ---------------------------------------------------------------------- one after another */

static int comes_before(const h2f_stream *a, const h2f_stream *b) {
    return a->urgency != b->urgency ? a->urgency < b->urgency : a->id < b->id;
}

static void put(h2f_urgency_queue *queue, uint32_t place, h2f_stream *stream) {
    queue->heap[place] = stream;
    stream->place = place;
}

static void move_up(h2f_urgency_queue *queue, uint32_t place, h2f_stream *stream) {
    while (place > 0 && comes_before(stream, queue->heap[(place - 1) / 2])) {
        put(queue, place, queue->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(queue, place, stream);
}

static void move_down(h2f_urgency_queue *queue, uint32_t place, h2f_stream *stream) {
    for (uint32_t child; (child = 2 * place + 1) < queue->heap_len; place = child) {
        if (child + 1 < queue->heap_len &&
            comes_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!comes_before(queue->heap[child], stream))
            break;
        put(queue, place, queue->heap[child]);
    }
    put(queue, place, stream);
}

static void pull(h2f_urgency_queue *queue, const h2f_stream *stream) {
    h2f_stream *last = queue->heap[--queue->heap_len];
    if (last == stream)
        return;
    if (comes_before(last, stream))
        move_up(queue, stream->place, last);
    else
        move_down(queue, stream->place, last);
}

/* ------------------------------------------------------------------------------- in turns */

static void append(h2f_urgency_queue *queue, h2f_stream *stream) {
    h2f_link **last = &queue->last[stream->urgency], *link = &stream->link;
    if (*last == NULL) {
        *link = (h2f_link){link, link};
        queue->shared |= (uint8_t)(1u << stream->urgency);
    } else {
        *link = (h2f_link){*last, (*last)->after};
        link->before->after = link->after->before = link;
    }
    *last = link;
}

static void unlink_stream(h2f_urgency_queue *queue, h2f_stream *stream) {
    h2f_link **last = &queue->last[stream->urgency], *link = &stream->link;
    if (link->after == link) {
        *last = NULL;
        queue->shared &= (uint8_t)~(1u << stream->urgency);
    } else {
        link->before->after = link->after;
        link->after->before = link->before;
        if (*last == link)
            *last = link->before;
    }
    *link = (h2f_link){NULL, NULL};
}

/* ----------------------------------------------------------------------------------- both */

void h2f_urgency_queue_add(h2f_urgency_queue *queue, h2f_stream *stream) {
    if (stream->incremental)
        append(queue, stream);
    else
        move_up(queue, queue->heap_len++, stream);
}

void h2f_urgency_queue_remove(h2f_urgency_queue *queue, h2f_stream *stream) {
    if (stream->incremental)
        unlink_stream(queue, stream);
    else
        pull(queue, stream);
}

h2f_stream *h2f_urgency_queue_next(const h2f_urgency_queue *queue) {
    h2f_stream *single = queue->heap_len != 0 ? queue->heap[0] : NULL;
    unsigned urgency = 0;
    if (queue->shared == 0)
        return single;
    while (!(queue->shared >> urgency & 1))
        urgency++;
    if (single != NULL && (single->urgency < urgency ||
                           (single->urgency == urgency && !(queue->shared_is_next >> urgency & 1))))
        return single;
    return h2f_stream_of(queue->last[urgency]->after);
}

void h2f_urgency_queue_turn(h2f_urgency_queue *queue, h2f_stream *stream) {
    unsigned bit = 1u << stream->urgency;
    if (!stream->incremental) {
        queue->shared_is_next |= (uint8_t)bit;
        return;
    }
    queue->shared_is_next &= (uint8_t)~bit;
    if (queue->last[stream->urgency]->after == &stream->link) {
        queue->last[stream->urgency] = &stream->link;
    } else { /* somebody else's choice */
        unlink_stream(queue, stream);
        append(queue, stream);
    }
}

h2f_stream *h2f_urgency_queue_each(const h2f_urgency_queue *queue, unsigned urgency,
                                   h2f_link **at) {
    h2f_link *last = queue->last[urgency];
    if (*at == NULL ? last == NULL : *at == last)
        return NULL;
    *at = *at == NULL ? last->after : (*at)->after;
    return h2f_stream_of(*at);
}
