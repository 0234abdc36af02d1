#include "schedule.h"

void h2f_schedule_init(h2f_schedule *schedule, enum h2f_scheme scheme) {
    *schedule = (h2f_schedule){.scheme = (uint8_t)scheme};
    h2f_dependencies_init(&schedule->dependencies);
}

void h2f_schedule_free(h2f_schedule *schedule) {
    h2f_urgency_queue_free(&schedule->queue);
    h2f_dependencies_free(&schedule->dependencies);
}

size_t h2f_schedule_heap_size(const h2f_schedule *schedule) {
    return schedule->queue.heap_cap * sizeof(h2f_stream *) +
           h2f_dependencies_heap_size(&schedule->dependencies);
}

int h2f_schedule_has_urgencies(const h2f_schedule *schedule) {
    return schedule->scheme == H2F_SCHEME_AUTO || schedule->scheme == H2F_SCHEME_RFC9218;
}

static int is_tree(const h2f_schedule *schedule) {
    return schedule->scheme == H2F_SCHEME_RFC7540;
}

int h2f_schedule_open(h2f_schedule *schedule, h2f_stream *stream) {
    stream->urgency = H2F_PRIORITY_DEFAULT_URGENCY;
    stream->incremental = 1; /* where there are no urgencies: turns */
    stream->wish = (h2f_priority_field){H2F_PRIORITY_DEFAULT_URGENCY, 1};
    stream->own = (h2f_priority_field){-1, -1};
    return is_tree(schedule) ? h2f_dependencies_open(&schedule->dependencies, stream) : 0;
}

void h2f_schedule_close(h2f_schedule *schedule, h2f_stream *stream) {
    if (is_tree(schedule))
        h2f_dependencies_close(&schedule->dependencies, stream);
}

int h2f_schedule_reserve(h2f_schedule *schedule, size_t count) {
    return h2f_schedule_has_urgencies(schedule)
               ? h2f_urgency_queue_reserve(&schedule->queue, count)
               : 0;
}

void h2f_schedule_add(h2f_schedule *schedule, h2f_stream *stream) {
    schedule->ready++;
    if (is_tree(schedule))
        h2f_dependencies_set_ready(stream, 1);
    else
        h2f_urgency_queue_add(&schedule->queue, stream);
}

void h2f_schedule_remove(h2f_schedule *schedule, h2f_stream *stream) {
    schedule->ready--;
    if (schedule->chosen == stream)
        schedule->chosen = NULL;
    if (is_tree(schedule))
        h2f_dependencies_set_ready(stream, 0);
    else
        h2f_urgency_queue_remove(&schedule->queue, stream);
}

void h2f_schedule_set(h2f_schedule *schedule, h2f_stream *stream, uint8_t urgency,
                      uint8_t incremental) {
    int is_ready = stream->waits == H2F_WAITS_FOR_TURN;
    if (stream->urgency == urgency && stream->incremental == incremental)
        return; /* it keeps its turn */
    if (is_ready)
        h2f_urgency_queue_remove(&schedule->queue, stream);
    stream->urgency = urgency;
    stream->incremental = incremental;
    if (is_ready)
        h2f_urgency_queue_add(&schedule->queue, stream);
}

h2f_stream *h2f_schedule_next(h2f_schedule *schedule) {
    switch (schedule->scheme) {
    case H2F_SCHEME_RFC7540:
        return h2f_dependencies_next(&schedule->dependencies);
    case H2F_SCHEME_CALLER:
        return schedule->chosen;
    default:
        return h2f_urgency_queue_next(&schedule->queue);
    }
}

h2f_stream *h2f_schedule_each(const h2f_schedule *schedule, h2f_link **at) {
    return h2f_urgency_queue_each(&schedule->queue, H2F_PRIORITY_DEFAULT_URGENCY, at);
}

void h2f_schedule_turn(h2f_schedule *schedule, h2f_stream *stream) {
    schedule->chosen = NULL;
    if (is_tree(schedule))
        h2f_dependencies_turn(stream);
    else
        h2f_urgency_queue_turn(&schedule->queue, stream);
}
