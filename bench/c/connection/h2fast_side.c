#include "connection.h"
#include "side.h"

static h2f_connection connection;
static h2f_field request_fields[MAX_FIELDS], response_fields[MAX_FIELDS];

static void view_fields(h2f_field *fields, const message *viewed) {
    for (size_t i = 0; i < viewed->count; i++) {
        const header *h = &viewed->fields[i];
        fields[i] =
            (h2f_field){h->name.octets, h->value.octets, h->name.len, h->value.len, 0};
    }
}

static void begin(int client) {
    h2f_config config;
    h2f_config_init(&config, client);
    config.window = H2F_WINDOW_MAX;
    view_fields(request_fields, &request);
    view_fields(response_fields, &response);
    require(h2f_connection_init(&connection, &config) == 0, "h2f_connection_init");
    require(h2f_connection_start(&connection) == 0, "h2f_connection_start");
}

static void end(void) {
    h2f_connection_free(&connection);
}

static size_t take_output(uint8_t *out) {
    require(h2f_pump(&connection, SIZE_MAX) == 0, "h2f_pump");
    size_t len = connection.output.len;
    h2f_output_take(&connection.output, out);
    connection.unsent_answers = 0;
    return len;
}

static void submit_request(void) {
    uint32_t id = 0;
    require(h2f_send_headers(&connection, &id, request_fields, request.count, 1) == 0,
            "h2f_send_headers");
}

static void answer(uint32_t id) {
    require(h2f_send_headers(&connection, &id, response_fields, response.count, 0) == 0 &&
                h2f_send_data(&connection, id, body.octets, body.len, 1, NULL) == 0,
            "answering");
}

static uint64_t receive(span octets) {
    const uint8_t *p = octets.octets, *last = p + octets.len;
    uint64_t number = 0;
    h2f_event event;
    int result;
    while ((result = h2f_receive(&connection, &p, last, &event)) == 1) {
        if (event.type == H2F_EVENT_DATA)
            number += read_content(event.frame.data, event.frame.data_len);
        if (event.type != H2F_EVENT_HEADERS)
            continue;
        for (size_t i = 0; i < event.field_count; i++) {
            const h2f_field *field = &event.fields[i];
            number += read_field(field->name, field->name_len, field->value, field->value_len);
        }
        if (!connection.config.client)
            answer(event.stream_id);
    }
    require(result == 0, "h2f_receive");
    return number;
}

const side h2fast_side = {"h2fast", begin, end, take_output, receive, submit_request};
