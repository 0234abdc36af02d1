/* nghttp2's session as it comes: nothing is switched off. The client may be sent the answers to 100
 * requests at once. */
#include <nghttp2/nghttp2.h>
#include <string.h>

#include "side.h"

static nghttp2_session *session;
static nghttp2_nv request_fields[MAX_FIELDS], response_fields[MAX_FIELDS];
static uint64_t number; /* of what was read */

static void view_fields(nghttp2_nv *fields, const message *viewed) {
    for (size_t i = 0; i < viewed->count; i++) {
        const header *h = &viewed->fields[i];
        fields[i] = (nghttp2_nv){(uint8_t *)h->name.octets, (uint8_t *)h->value.octets,
                                 h->name.len, h->value.len,
                                 NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
    }
}

static ssize_t read_body(nghttp2_session *unused, int32_t id, uint8_t *buffer, size_t len,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)unused, (void)id, (void)source, (void)user;
    require(len >= body.len, "a frame for all content");
    memcpy(buffer, body.octets, body.len);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)body.len;
}

static int on_header(nghttp2_session *unused, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user) {
    (void)unused, (void)frame, (void)flags, (void)user;
    number += read_field(name, name_len, value, value_len);
    return 0;
}

static int on_content(nghttp2_session *unused, uint8_t flags, int32_t id, const uint8_t *content,
                      size_t len, void *user) {
    (void)unused, (void)flags, (void)id, (void)user;
    number += read_content(content, len);
    return 0;
}

static int on_request(nghttp2_session *unused, const nghttp2_frame *frame, void *user) {
    nghttp2_data_provider provider = {.read_callback = read_body};
    (void)unused, (void)user;
    if (frame->hd.type != NGHTTP2_HEADERS)
        return 0;
    return nghttp2_submit_response(session, frame->hd.stream_id, response_fields, response.count,
                                   &provider);
}

static void begin(int client) {
    nghttp2_session_callbacks *callbacks;
    view_fields(request_fields, &request);
    view_fields(response_fields, &response);
    require(nghttp2_session_callbacks_new(&callbacks) == 0, "nghttp2_session_callbacks_new");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_content);
    if (!client)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_request);
    require((client ? nghttp2_session_client_new(&session, callbacks, NULL)
                    : nghttp2_session_server_new(&session, callbacks, NULL)) == 0,
            "nghttp2_session_new");
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_settings_entry most = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100};
    require(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &most, 1) == 0,
            "nghttp2_submit_settings");
    require(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, INT32_MAX) == 0,
            "nghttp2_session_set_local_window_size");
}

static void end(void) {
    nghttp2_session_del(session);
}

static size_t take_output(uint8_t *out) {
    const uint8_t *octets;
    ssize_t len;
    size_t total = 0;
    while ((len = nghttp2_session_mem_send(session, &octets)) > 0) {
        memcpy(out + total, octets, (size_t)len);
        total += (size_t)len;
    }
    require(len == 0, "nghttp2_session_mem_send");
    return total;
}

static void submit_request(void) {
    require(nghttp2_submit_request(session, NULL, request_fields, request.count, NULL, NULL) > 0,
            "nghttp2_submit_request");
}

static uint64_t receive(span octets) {
    number = 0;
    require(nghttp2_session_mem_recv(session, octets.octets, octets.len) == (ssize_t)octets.len,
            "nghttp2_session_mem_recv");
    return number;
}

const side nghttp2_side = {"nghttp2", begin, end, take_output, receive, submit_request};
