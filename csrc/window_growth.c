/* Growth of the receive windows to the bandwidth-delay product, for those who ask for it. What
 * comes in between a PING and its answer is what a round trip holds. Where that is half of the
 * window, which is when updates go out, the window is what limits the peer, and is doubled. There
 * is one PING on its way at a time, and none while no data comes in.
 */
#include <string.h>

#include "connection_internal.h"

static const uint8_t probe[8] = {'h', '2', 'f', ' ', 'b', 'd', 'p', '?'};

/* The window of new streams, with what the peer has not acknowledged yet. */
static int64_t stream_window(const h2f_connection *c) {
    const h2f_settings *settings = c->unacknowledged_count == 0
                                       ? &c->local
                                       : &c->unacknowledged[c->unacknowledged_count - 1];
    return settings->value[H2F_SETTINGS_INITIAL_WINDOW_SIZE];
}

static int64_t connection_window(const h2f_connection *c) {
    return H2F_DEFAULT_WINDOW + c->receive_window.most;
}

/* What limits the peer: the smaller of the two. */
static int64_t smallest_window(const h2f_connection *c) {
    int64_t stream = stream_window(c), connection = connection_window(c);
    return stream < connection ? stream : connection;
}

static int open_connection(h2f_connection *c, int64_t window) {
    int64_t more = window - connection_window(c);
    return more > 0 ? h2f_send_window_update(c, 0, (uint32_t)more) : 0;
}

static int open_streams(h2f_connection *c, int64_t window) {
    h2f_setting setting = {H2F_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)window};
    return window > stream_window(c) ? h2f_send_settings(c, &setting, 1) : 0;
}

static int grow(h2f_connection *c, int64_t window) {
    int error = open_connection(c, window);
    if (!error)
        error = open_streams(c, window);
    /* The caller's own updates may leave no room, which is no fault of the peer's. */
    return error == H2F_ERR_WINDOW_OVERFLOW || error == H2F_ERR_TOO_MANY_SETTINGS ? 0 : error;
}

int h2f_count_round_trip(h2f_connection *c, uint32_t octets) {
    h2f_frame ping = {.type = H2F_FRAME_PING, .data = probe, .data_len = sizeof probe};
    if (c->config.max_window == 0 || c->state == H2F_CONNECTION_CLOSED)
        return 0;
    c->round_trip_octets += octets;
    if (c->probing || smallest_window(c) >= c->config.max_window)
        return 0;
    int error = h2f_write_answer(c, &ping);
    c->probing = !error;
    c->round_trip_octets = octets;
    return error;
}

int h2f_end_round_trip(h2f_connection *c, const h2f_frame *ack) {
    int64_t window = smallest_window(c), octets = c->round_trip_octets;
    if (!c->probing || memcmp(ack->data, probe, sizeof probe) != 0)
        return 0;
    c->probing = 0;
    if (2 * octets < window)
        return 1;
    int64_t wanted = 2 * window;
    if (wanted > c->config.max_window)
        wanted = c->config.max_window;
    int error = wanted > window ? grow(c, wanted) : 0;
    return error ? error : 1;
}
