/* An HTTP/1.1 connection that was upgraded: its request is stream 1 (RFC 7540 section 3.2, which
 * RFC 9113 leaves to those who still have it).
 */
#include "connection_internal.h"
#include "h2f_bytes.h"

/* The settings that a client has sent in its request; they need no acknowledgement. */
static int apply_settings(h2f_connection *c, const uint8_t *settings, size_t len) {
    for (size_t at = 0; at < len; at += 6) {
        h2f_setting setting = {h2f_load_be16(settings + at), h2f_load_be32(settings + at + 2)};
        int error = h2f_apply_remote_setting(c, setting);
        if (error)
            return error;
    }
    return 0;
}

/* Whatever apply_settings could refuse of a connection without streams. */
static int check_settings(const uint8_t *settings, size_t len) {
    uint32_t extended_connect = 0;
    if (len % 6 != 0)
        return H2F_ERR_FRAME_LENGTH;
    for (size_t at = 0; at < len; at += 6) {
        h2f_setting setting = {h2f_load_be16(settings + at), h2f_load_be32(settings + at + 2)};
        int error = h2f_setting_check(setting);
        if (error)
            return error;
        if (setting.id != H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL)
            continue;
        if (setting.value < extended_connect)
            return H2F_ERR_CONNECT_PROTOCOL;
        extended_connect = setting.value;
    }
    return 0;
}

/* Section 3.2.1 there: what a client says in its request is acknowledged by the upgrade, before the
 * server has seen our SETTINGS. What allows less counts from their acknowledgement on. */
static void allow_more(h2f_connection *c) {
    static const uint8_t sizes[] = {H2F_SETTINGS_HEADER_TABLE_SIZE,
                                    H2F_SETTINGS_INITIAL_WINDOW_SIZE,
                                    H2F_SETTINGS_MAX_FRAME_SIZE};
    for (size_t i = 0; i < sizeof sizes; i++)
        if (c->local.value[sizes[i]] < c->config.settings.value[sizes[i]])
            c->local.value[sizes[i]] = c->config.settings.value[sizes[i]];
    c->decoder.max_table_size = c->local.value[H2F_SETTINGS_HEADER_TABLE_SIZE];
}

int h2f_upgrade(h2f_connection *c, const uint8_t *settings, size_t len) {
    int error = check_settings(settings, len);
    if (c->highest_in != 0 || c->highest_out != 0 || c->state != H2F_CONNECTION_OPEN)
        return H2F_ERR_STREAM_NUMBER;
    if (error || (error = h2f_connection_start(c)) < 0)
        return error;
    h2f_stream *stream = h2f_open_stream(c, 1, H2F_STREAM_OPEN);
    if (stream == NULL)
        return H2F_ERR_NOMEM;
    static const h2f_field unknown; /* the request went by HTTP/1.1: it is not known here */
    h2f_begin_priority(c, stream, &unknown, 0);
    if (c->config.client) {
        allow_more(c);
        stream->headers_sent = stream->unknown_request = 1;
        return h2f_stream_input(c, stream, H2F_SEND_END);
    }
    stream->headers_received = 1;
    h2f_stream_input(c, stream, H2F_RECEIVE_END);
    return apply_settings(c, settings, len);
}
