/* A connection: fed octets, it says what happened; asked to send, it has octets to write. It does
 * no input or output and calls nobody.
 *
 *   connection.c  what a connection is, its settings and how it ends
 *   receive.c     frames that come in (RFC 9113 section 6)
 *   header_block.c  header blocks that come in, with their CONTINUATION frames (section 4.3)
 *   send.c        frames that go out
 *   outbound.c    content that has to wait for windows (section 5.2)
 *   priority_signals.c  what both sides say about the order of that (RFC 9218)
 *   window_growth.c  receive windows that grow by themselves
 *   upgrade.c     connections that began as HTTP/1.1
 *
 * Functions that send return 0 or a negative error and then have changed nothing. All of them may
 * return H2F_ERR_CONNECTION_CLOSED and H2F_ERR_NOMEM, which are not repeated below. There,
 * H2F_ERR_STREAM_* stands for _IDLE, _CLOSED and _STATE.
 */
#ifndef H2F_CONNECTION_H
#define H2F_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "bucket.h"
#include "fields.h"
#include "frame.h"
#include "hpack_decoder.h"
#include "hpack_encoder.h"
#include "idle_priorities.h"
#include "output.h"
#include "schedule.h"
#include "settings.h"
#include "streams.h"

/* RFC 9113 section 7. */
enum h2f_error_code {
    H2F_NO_ERROR = 0x0,
    H2F_PROTOCOL_ERROR = 0x1,
    H2F_INTERNAL_ERROR = 0x2,
    H2F_FLOW_CONTROL_ERROR = 0x3,
    H2F_SETTINGS_TIMEOUT = 0x4,
    H2F_STREAM_CLOSED_ERROR = 0x5,
    H2F_FRAME_SIZE_ERROR = 0x6,
    H2F_REFUSED_STREAM = 0x7,
    H2F_CANCEL = 0x8,
    H2F_COMPRESSION_ERROR = 0x9,
    H2F_CONNECT_ERROR = 0xa,
    H2F_ENHANCE_YOUR_CALM = 0xb,
    H2F_INADEQUATE_SECURITY = 0xc,
    H2F_HTTP_1_1_REQUIRED = 0xd
};

/* What may be configured, with its default in h2f_config_init. */
typedef struct {
    uint8_t client;
    uint8_t validate_received; /* fields are checked as section 8 asks */
    uint8_t validate_sent;
    uint8_t strict_fields;  /* H2F_FIELDS_STRICT */
    uint8_t auto_windows;   /* what was received counts as processed at once */
    uint8_t scheme;         /* of the order of what goes out: enum h2f_scheme */
    h2f_settings settings;  /* what our first SETTINGS says where it is not the default */
    uint32_t window;        /* the connection's receive window, at least 65,535 */
    uint32_t max_window;    /* receive windows may grow to this by themselves; 0: they do not */

    /* Ceilings. What comes beyond is ENHANCE_YOUR_CALM. */
    uint32_t max_header_fields;
    uint32_t max_continuations; /* CONTINUATION frames in a block */
    uint32_t max_empty_continuations;
    uint32_t max_unsent_answers; /* acknowledgements and resets that nobody takes */
    uint32_t max_settings_entries;
    uint32_t max_empty_data; /* DATA frames without data, in a row */
    uint32_t max_interim;    /* 1xx responses on a stream */
    uint32_t max_pushed;     /* promised streams that are not answered yet */
    h2f_bucket resets, own_resets, glitches;
    h2f_bucket small_data; /* DATA frames of less than H2F_SMALL_DATA; capacity 0: unlimited */
    uint64_t max_queued;     /* octets of content that wait: beyond, sending is refused */
    uint32_t max_encoder_table_size; /* octets, whatever the peer's decoder would hold */
} h2f_config;

void h2f_config_init(h2f_config *config, int client);

enum h2f_event_type {
    H2F_EVENT_HEADERS, /* a request, a response, trailers or an interim response: see section */
    H2F_EVENT_DATA,
    H2F_EVENT_RESET, /* the stream ended early: error_code; remote or by a fault of the peer's */
    H2F_EVENT_PUSH,  /* a promise: fields, other_stream_id */
    H2F_EVENT_SETTINGS,
    H2F_EVENT_SETTINGS_ACK,
    H2F_EVENT_PING,
    H2F_EVENT_PING_ACK,
    H2F_EVENT_GOAWAY,
    H2F_EVENT_WINDOW, /* increment; on stream 0, of the connection */
    H2F_EVENT_PRIORITY,
    H2F_EVENT_PRIORITY_UPDATE, /* RFC 9218 section 7 */
    H2F_EVENT_ALTSVC,          /* RFC 7838 section 4 */
    H2F_EVENT_ORIGIN,          /* RFC 8336 */
    H2F_EVENT_UNKNOWN          /* a frame of an unknown type */
};

/* Where a field came from, for whoever keeps what it made of an entry. */
typedef struct {
    uint32_t entry;       /* the sequence number of the dynamic entry it is, if in_table */
    uint32_t name_entry;  /* and of that which a literal has its name from, if name_in_table */
    uint8_t in_table, name_in_table;
    uint8_t static_index; /* of the whole field, 1 to 61, or 0 */
    uint8_t static_name;  /* of its name, likewise */
} h2f_field_origin;

enum h2f_event_section {
    H2F_IS_REQUEST,
    H2F_IS_RESPONSE,
    H2F_IS_INTERIM,
    H2F_IS_TRAILERS
};

/* What happened. Pointers hold until the next call that receives. */
typedef struct {
    uint8_t type;     /* enum h2f_event_type */
    uint8_t section;  /* enum h2f_event_section */
    uint8_t end_stream;
    uint8_t remote;       /* RESET: the peer has sent it */
    uint32_t stream_id;
    uint32_t flow_len; /* DATA: what flow control counts, padding included */
    const h2f_field *fields;
    const h2f_field_origin *origins;
    size_t field_count;
    h2f_frame frame; /* what stands in the frame: data, error_code, priority, and so on */
} h2f_event;

enum h2f_connection_state {
    H2F_CONNECTION_OPEN,
    H2F_CONNECTION_DRAINING, /* a GOAWAY was sent or received: open streams go on */
    H2F_CONNECTION_CLOSED
};

typedef struct {
    h2f_config config;
    uint8_t state; /* enum h2f_connection_state */
    uint8_t started;        /* our preface is in the output */
    uint8_t preface_seen;   /* octets of the client's preface */
    uint8_t settings_seen;  /* the peer's first SETTINGS */
    uint8_t goaway_sent, goaway_received;

    int error; /* of the connection, for good */
    uint32_t error_code;
    uint32_t error_stream;
    int64_t error_detail; /* the number that was wrong, where there is one */

    h2f_settings local, remote; /* as they are in force */
    h2f_settings *unacknowledged; /* ours that the peer has not acknowledged, oldest first */
    size_t unacknowledged_count;

    h2f_streams streams;
    h2f_idle_priorities prioritized; /* the client's, on either side */
    uint8_t priorities_said; /* the client knows RFC 9218 */
    uint32_t open[2];      /* open streams, of even and of odd identifiers */
    uint32_t reserved;     /* promised by the peer, not answered yet */
    uint32_t highest_in;   /* the highest identifier of a stream that the peer opened */
    uint32_t highest_out;  /* and we */
    uint32_t last_allowed; /* what our GOAWAY says */
    uint32_t last_accepted; /* what the peer's says */

    int64_t send_window; /* of the connection */
    int64_t most_send_window; /* of a stream's, at least: see check_windows */
    h2f_window receive_window;
    uint64_t unprocessed; /* octets that were received and not acknowledged by the application */

    h2f_hpack_table decoder_table;
    h2f_hpack_decoder decoder;
    h2f_hpack_encoder encoder;

    /* The beginning of a frame whose rest is not there yet. */
    uint8_t *partial;
    size_t partial_len, partial_cap;

    /* A header block whose CONTINUATION frames are not all there yet. */
    h2f_frame block_frame; /* the HEADERS or PUSH_PROMISE that began it; type DATA: there is none */
    uint8_t *block;
    size_t block_len, block_cap;
    uint32_t continuations, empty_continuations;

    h2f_field *fields; /* of the last block */
    h2f_field_origin *origins;
    size_t field_count, field_cap;

    h2f_output output;
    size_t queued; /* octets of content that wait */
    /* Streams with content that waits: those that may send as far as they know, and those that wait
     * for their own window. The latter are a ring through this, so a connection stays where it was
     * initialised. */
    h2f_schedule schedule;
    h2f_link blocked;
    uint32_t waiting; /* streams of both kinds */

    uint8_t probing;            /* a PING measures a round trip: see window_growth.c */
    uint32_t round_trip_octets; /* that came in since */

    uint32_t unsent_answers; /* whoever takes output lowers it */
    uint32_t empty_data; /* in a row */
    uint32_t settings_entries; /* in the last SETTINGS frame */
    uint32_t interim; /* on the stream of the last interim response */
    uint32_t pings; /* of the caller's, without an answer */
    uint64_t streams_opened, data_frames_sent, window_updates_received;
    h2f_bucket resets;     /* of the peer's: rapid reset */
    h2f_bucket own_resets; /* that the peer makes us send */
    h2f_bucket glitches;   /* frames that change nothing */
    h2f_bucket small_data;

    uint8_t refusing;      /* streams that the peer's GOAWAY leaves out are being told of */
    uint32_t refuse_at;
} h2f_connection;

/* ------------------------------------------------------------------------- connection.c */

/* A connection in its first state. Returns 0 or H2F_ERR_NOMEM. */
int h2f_connection_init(h2f_connection *c, const h2f_config *config);

/* Gives everything back but the payloads on the output's released list. */
void h2f_connection_free(h2f_connection *c);

/* Octets on the heap, but for content that waits: see h2f_queued. */
size_t h2f_connection_heap_size(const h2f_connection *c);

/* Has our preface and SETTINGS sent (section 3.4). Nothing else goes out before it. Returns 0 or
 * H2F_ERR_NOMEM. */
int h2f_connection_start(h2f_connection *c);

/* Ends the connection for a fault of the peer's: one GOAWAY, and the error stays. Returns it. */
int h2f_connection_fail(h2f_connection *c, int error, uint32_t stream_id, int64_t detail);

/* The code that answers an error (section 7). */
uint32_t h2f_error_code_of(int error);

/* Writes what our first SETTINGS says, and a client's HTTP2-Settings field, to dst: at most
 * 6 * H2F_SETTINGS_KNOWN octets. Returns how many. */
size_t h2f_first_settings(const h2f_config *config, uint8_t *dst);

/* ---------------------------------------------------------------------------- receive.c */

/* Reads from the octets at *p up to end, and moves *p on. Returns
 *   1  an event, in *event: call again, also with no octets left
 *   0  all octets were read, and there is no event
 * or the error that has ended the connection, for good; H2F_ERR_CONNECTION_CLOSED after a GOAWAY of
 * ours with an error code. What was not started is started. */
int h2f_receive(h2f_connection *c, const uint8_t **p, const uint8_t *end, h2f_event *event);

/* The application is done with so many octets of what was received on a stream, which may be gone.
 * Errors: H2F_ERR_TOO_MUCH_ACKNOWLEDGED (than came in at all), H2F_ERR_CONNECTION_CLOSED,
 * H2F_ERR_NOMEM; and H2F_ERR_LIMIT_ANSWERS, which has ended the connection: a peer has sent on
 * without the updates that nobody took. */
int h2f_acknowledge(h2f_connection *c, uint32_t stream_id, uint32_t octets);

/* ------------------------------------------------------------------------------- send.c */

/* Sends a request or its trailers, a response (interim, final) or its trailers. A client's new
 * stream gets the next identifier, which is in *stream_id when 0 was there. Errors: of all,
 * H2F_ERR_STREAM_*, H2F_ERR_FIELD_*, H2F_ERR_TOO_MANY_STREAMS; of a request, H2F_ERR_NOT_A_CLIENT,
 * H2F_ERR_STREAM_NUMBER, H2F_ERR_NO_STREAM_IDS, H2F_ERR_CONNECTION_DRAINING; of others,
 * H2F_ERR_MESSAGE_*. */
int h2f_send_headers(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields, size_t count,
                     int end_stream);

/* Promises a response to a request that the client has not made (section 8.4): *promised. Errors:
 * H2F_ERR_NOT_A_SERVER, H2F_ERR_PUSH_DISABLED, H2F_ERR_PUSH_PARENT, H2F_ERR_STREAM_*,
 * H2F_ERR_NO_STREAM_IDS, H2F_ERR_CONNECTION_DRAINING, H2F_ERR_FIELD_*. */
int h2f_send_push(h2f_connection *c, uint32_t stream_id, const h2f_field *fields, size_t count,
                  uint32_t *promised);

/* Errors: H2F_ERR_STREAM_IDLE, H2F_ERR_STREAM_CLOSED. */
int h2f_send_reset(h2f_connection *c, uint32_t stream_id, uint32_t error_code);

/* No errors of its own. */
int h2f_send_ping(h2f_connection *c, const uint8_t octets[8]);

/* New values of ours; they are in force when the peer acknowledges them. Errors:
 * H2F_ERR_TOO_MANY_SETTINGS, H2F_ERR_SETTING_RANGE, H2F_ERR_SETTING_WINDOW,
 * H2F_ERR_WINDOW_OVERFLOW (of a stream's), H2F_ERR_CONNECT_PROTOCOL. */
int h2f_send_settings(h2f_connection *c, const h2f_setting *settings, size_t count);

/* No more streams than last_stream_id are taken; those there go on. Errors: H2F_ERR_FRAME_SIZE. */
int h2f_send_goaway(h2f_connection *c, uint32_t last_stream_id, uint32_t error_code,
                    const uint8_t *debug, size_t debug_len);

/* Makes a receive window larger; of the connection on stream 0. Errors: H2F_ERR_STREAM_*,
 * H2F_ERR_WINDOW_OVERFLOW, H2F_ERR_FRAME_INCREMENT (of 0). */
int h2f_send_window_update(h2f_connection *c, uint32_t stream_id, uint32_t increment);

/* Nothing is sent about a stream that is closed: servers discard it (RFC 9218 section 7.1). Errors:
 * H2F_ERR_NOT_A_CLIENT, H2F_ERR_STREAM_IDLE (never promised, or no identifier of a stream),
 * H2F_ERR_FRAME_SIZE, H2F_ERR_IDLE_PRIORITIES. */
int h2f_send_priority_update(h2f_connection *c, uint32_t stream_id, const uint8_t *value,
                             size_t len);

/* RFC 7838 section 4. Errors: H2F_ERR_NOT_A_SERVER, H2F_ERR_STREAM_*, H2F_ERR_FRAME_SIZE,
 * H2F_ERR_ORIGIN_MISPLACED (on a stream, or none on stream 0). */
int h2f_send_altsvc(h2f_connection *c, uint32_t stream_id, const uint8_t *origin,
                    size_t origin_len, const uint8_t *value, size_t len);

/* Origins, as RFC 8336 section 2.1 has them in the payload. Errors: H2F_ERR_NOT_A_SERVER,
 * H2F_ERR_FRAME_SIZE. */
int h2f_send_origin(h2f_connection *c, const uint8_t *origins, size_t len);

/* ----------------------------------------------------------------------------- upgrade.c */

/* Makes the request of an HTTP/1.1 connection stream 1, whole: of a new connection. A server is
 * given what the client's HTTP2-Settings field says, decoded; a client gives nothing. Errors:
 * H2F_ERR_STREAM_NUMBER (the connection is not new), H2F_ERR_FRAME_LENGTH (no whole number of
 * settings), H2F_ERR_SETTING_RANGE, H2F_ERR_SETTING_WINDOW, H2F_ERR_CONNECT_PROTOCOL,
 * H2F_ERR_NOMEM. */
int h2f_upgrade(h2f_connection *c, const uint8_t *settings, size_t len);

/* ---------------------------------------------------------------------------- outbound.c */

/* Sends content. What the windows do not allow now is kept, and sent when they do: copied, or, of a
 * payload with an owner, referred to. Errors: H2F_ERR_STREAM_*, H2F_ERR_MESSAGE_NO_HEADERS,
 * H2F_ERR_QUEUE_FULL. */
int h2f_send_data(h2f_connection *c, uint32_t stream_id, const uint8_t *octets, size_t len,
                  int end_stream, void *owner);

/* Sends headers as h2f_send_headers does, and content, which is not none, as h2f_send_data: both,
 * or with an error nothing. Errors: those of the two; H2F_ERR_MESSAGE_NO_HEADERS where the headers
 * are those of an interim response. */
int h2f_send_message(h2f_connection *c, uint32_t *stream_id, const h2f_field *fields, size_t count,
                     const uint8_t *octets, size_t len, int end_stream, void *owner);

/* Puts into the output what the windows allow, until it has so many octets. Returns 0, also where
 * the connection is closed, or H2F_ERR_NOMEM, having put in what came before. */
int h2f_pump(h2f_connection *c, size_t most);

/* Octets of a stream that wait. */
size_t h2f_queued(const h2f_connection *c, uint32_t stream_id);

/* With H2F_SCHEME_CALLER. Writes the identifiers of the streams that can send now, at most so many,
 * to ids, the one that had a turn longest ago first, and returns how many these are. */
size_t h2f_ready_streams(h2f_connection *c, uint32_t *ids, size_t most);

/* Gives the next turn, a frame, to one of these; pump sends it. Returns 0 or H2F_ERR_NOT_READY. */
int h2f_choose(h2f_connection *c, uint32_t stream_id);

/* -------------------------------------------------------------------- priority_signals.c */

/* An open stream, whose urgency and incremental are how it counts (RFC 9218 section 8). Errors:
 * H2F_ERR_STREAM_IDLE, H2F_ERR_STREAM_CLOSED, H2F_ERR_CONNECTION_CLOSED, H2F_ERR_SCHEME. */
int h2f_find_priority(h2f_connection *c, uint32_t stream_id, h2f_stream **stream);

/* What this side says about the urgency of what it sends on a stream: of a server, it counts before
 * the client's wish. Members that are not there stay as they are. Errors as before. */
int h2f_set_priority(h2f_connection *c, uint32_t stream_id, h2f_priority_field field);

/* Gives a stream a place in the tree of RFC 7540 section 5.3. Errors: as before, and
 * H2F_ERR_PRIORITY_ITSELF, H2F_ERR_PRIORITY_WEIGHT, H2F_ERR_NOMEM. */
int h2f_set_dependency(h2f_connection *c, uint32_t stream_id, uint32_t depends_on, int weight,
                       int exclusive);

#endif
