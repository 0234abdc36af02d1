"""Every declaration of the C core that the Cython modules use."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "h2f_error.h" nogil:
    enum:
        H2F_ERR_NOMEM
        H2F_ERR_INTEGER_TRUNCATED
        H2F_ERR_INTEGER_TOO_LONG
        H2F_ERR_INTEGER_TOO_LARGE
        H2F_ERR_STRING_TRUNCATED
        H2F_ERR_HUFFMAN_EOS
        H2F_ERR_HUFFMAN_INCOMPLETE
        H2F_ERR_TABLE_INDEX
        H2F_ERR_TABLE_SIZE_EXCEEDED
        H2F_ERR_TABLE_SIZE_MISPLACED
        H2F_ERR_TABLE_SIZE_REPEATED
        H2F_ERR_TABLE_SIZE_MISSING
        H2F_ERR_HEADER_LIST_SIZE
        H2F_ERR_HEADER_FIELD_COUNT
        H2F_ERR_FRAME_TOO_LARGE
        H2F_ERR_FRAME_LENGTH
        H2F_ERR_FRAME_STREAM
        H2F_ERR_FRAME_PADDING
        H2F_ERR_FRAME_ACK
        H2F_ERR_FRAME_PROMISED
        H2F_ERR_FRAME_INCREMENT
        H2F_ERR_FRAME_PRIORITIZED
        H2F_ERR_FIELD_NAME_UPPERCASE
        H2F_ERR_FIELD_NAME_OCTET
        H2F_ERR_FIELD_VALUE_OCTET
        H2F_ERR_FIELD_VALUE_BLANK
        H2F_ERR_FIELD_NAME_EMPTY
        H2F_ERR_FIELD_TE
        H2F_ERR_FIELD_CONNECTION
        H2F_ERR_FIELD_PSEUDO_REPEATED
        H2F_ERR_FIELD_PSEUDO_LATE
        H2F_ERR_FIELD_PSEUDO_UNKNOWN
        H2F_ERR_FIELD_HOST_REPEATED
        H2F_ERR_FIELD_PATH_EMPTY
        H2F_ERR_FIELD_PSEUDO_IN_TRAILERS
        H2F_ERR_FIELD_STATUS_MISSING
        H2F_ERR_FIELD_REQUEST_PSEUDO
        H2F_ERR_FIELD_METHOD_MISSING
        H2F_ERR_FIELD_CONNECT_PSEUDO
        H2F_ERR_FIELD_SCHEME_MISSING
        H2F_ERR_FIELD_PATH_MISSING
        H2F_ERR_FIELD_RESPONSE_PSEUDO
        H2F_ERR_FIELD_PROTOCOL_METHOD
        H2F_ERR_FIELD_AUTHORITY_MISSING
        H2F_ERR_FIELD_AUTHORITY_MISMATCH
        H2F_ERR_FIELD_LENGTH_INVALID
        H2F_ERR_FIELD_LENGTH_CONFLICT
        H2F_ERR_FIELD_METHOD
        H2F_ERR_FIELD_SCHEME
        H2F_ERR_FIELD_PATH
        H2F_ERR_FIELD_AUTHORITY
        H2F_ERR_FIELD_STATUS
        H2F_ERR_FIELD_PROTOCOL
        H2F_ERR_FIELD_PROTOCOL_UNEXPECTED
        H2F_ERR_FIELD_MISPLACED
        H2F_ERR_FIELD_PROMISE
        H2F_ERR_FIELD_LENGTH_REPEATED
        H2F_ERR_SETTING_RANGE
        H2F_ERR_SETTING_WINDOW
        H2F_ERR_SETTINGS_ACK
        H2F_ERR_PREFACE
        H2F_ERR_SETTINGS_FIRST
        H2F_ERR_CONTINUATION_EXPECTED
        H2F_ERR_CONTINUATION_UNEXPECTED
        H2F_ERR_STREAM_IDLE
        H2F_ERR_STREAM_NUMBER
        H2F_ERR_STREAM_CLOSED
        H2F_ERR_STREAM_STATE
        H2F_ERR_STREAM_ITSELF
        H2F_ERR_WINDOW_EXCEEDED
        H2F_ERR_WINDOW_OVERFLOW
        H2F_ERR_PUSH_DISABLED
        H2F_ERR_PUSH_PARENT
        H2F_ERR_CONNECT_PROTOCOL
        H2F_ERR_IDLE_PRIORITIES
        H2F_ERR_MESSAGE_LENGTH
        H2F_ERR_MESSAGE_NO_HEADERS
        H2F_ERR_MESSAGE_INTERIM_END
        H2F_ERR_MESSAGE_INTERIM_LATE
        H2F_ERR_MESSAGE_TRAILERS_END
        H2F_ERR_MESSAGE_TUNNEL
        H2F_ERR_LIMIT_CONTINUATIONS
        H2F_ERR_LIMIT_EMPTY_CONTINUATIONS
        H2F_ERR_LIMIT_BLOCK
        H2F_ERR_LIMIT_ANSWERS
        H2F_ERR_LIMIT_SETTINGS
        H2F_ERR_LIMIT_EMPTY_DATA
        H2F_ERR_LIMIT_INTERIM
        H2F_ERR_LIMIT_PUSHED
        H2F_ERR_LIMIT_RESETS
        H2F_ERR_LIMIT_OWN_RESETS
        H2F_ERR_LIMIT_GLITCHES
        H2F_ERR_LIMIT_SMALL_DATA
        H2F_ERR_CONNECTION_CLOSED
        H2F_ERR_CONNECTION_DRAINING
        H2F_ERR_TOO_MANY_STREAMS
        H2F_ERR_NO_STREAM_IDS
        H2F_ERR_NOT_A_SERVER
        H2F_ERR_NOT_A_CLIENT
        H2F_ERR_QUEUE_FULL
        H2F_ERR_TOO_MUCH_ACKNOWLEDGED
        H2F_ERR_TOO_MANY_SETTINGS
        H2F_ERR_FRAME_SIZE
        H2F_ERR_SCHEME
        H2F_ERR_ORIGIN_MISPLACED
        H2F_ERR_PRIORITY_EXISTS
        H2F_ERR_PRIORITY_FULL
        H2F_ERR_PRIORITY_WEIGHT
        H2F_ERR_PRIORITY_ITSELF
        H2F_ERR_PRIORITY_MISSING
        H2F_ERR_PRIORITY_DEEP
        H2F_ERR_PRIORITY_ROOT


cdef extern from "h2f_limits.h" nogil:
    enum:
        H2F_HPACK_MAX_INTEGER
        H2F_HPACK_DEFAULT_TABLE_SIZE
        H2F_HPACK_DEFAULT_MAX_LIST_SIZE
        H2F_HPACK_ENTRY_OVERHEAD
        H2F_FRAME_DEFAULT_MAX_SIZE
        H2F_FRAME_MAX_SIZE
        H2F_DEFAULT_WINDOW
        H2F_FAIR_UPDATES
        H2F_FAIR_UPDATES_OF_A_STREAM
        H2F_FAIR_UPDATES_OF_DATA
        H2F_DEFAULT_MAX_UNSENT_ANSWERS
        H2F_DEFAULT_MAX_SETTINGS_ENTRIES
        H2F_DEFAULT_MAX_EMPTY_DATA
        H2F_DEFAULT_MAX_CONTINUATIONS
        H2F_DEFAULT_MAX_EMPTY_CONTINUATIONS
        H2F_SMALL_DATA
        H2F_DEFAULT_MAX_INTERIM
        H2F_DEFAULT_MAX_PUSHED
        H2F_DEFAULT_MAX_RESETS
        H2F_DEFAULT_RESETS_REFILL
        H2F_DEFAULT_MAX_GLITCHES
        H2F_DEFAULT_GLITCHES_REFILL
        H2F_MAX_PRIORITIES


cdef extern from "h2f_bytes.h" nogil:
    uint16_t h2f_load_be16(const uint8_t *)
    uint32_t h2f_load_be32(const uint8_t *)
    void h2f_store_be16(uint8_t *, uint16_t)
    void h2f_store_be32(uint8_t *, uint32_t)


cdef extern from "huffman.h" nogil:
    size_t h2f_huffman_encode_bound(size_t)
    size_t h2f_huffman_decode_bound(size_t)
    uint32_t h2f_huffman_code(uint8_t, unsigned *)
    uint8_t *h2f_huffman_encode(uint8_t *, const uint8_t *, size_t)
    Py_ssize_t h2f_huffman_decode(uint8_t *, const uint8_t *, size_t, size_t)


cdef extern from "hpack_integer.h" nogil:
    int h2f_hpack_integer_decode(const uint8_t *, size_t, unsigned, uint64_t *)


cdef extern from "hpack_table.h" nogil:
    enum:
        H2F_HPACK_STATIC_ENTRIES

    ctypedef struct h2f_hpack_entry:
        const uint8_t *name
        uint32_t name_len
        uint32_t value_len

    ctypedef struct h2f_hpack_table:
        uint32_t mask
        uint32_t inserted
        uint32_t count
        uint64_t size
        uint64_t max_size

    void h2f_hpack_table_init(h2f_hpack_table *, uint64_t)
    void h2f_hpack_table_free(h2f_hpack_table *)
    size_t h2f_hpack_table_heap_size(const h2f_hpack_table *)
    void h2f_hpack_table_resize(h2f_hpack_table *, uint64_t)
    const h2f_hpack_entry *h2f_hpack_table_get(const h2f_hpack_table *, uint64_t)
    int h2f_hpack_table_prepare(h2f_hpack_table *, size_t)
    void h2f_hpack_table_insert_copy(
        h2f_hpack_table *, const uint8_t *, size_t, const uint8_t *, size_t)


cdef extern from "hpack_index.h" nogil:
    ctypedef struct h2f_hpack_index:
        pass

    ctypedef struct h2f_hpack_hashes:
        pass

    h2f_hpack_hashes h2f_hpack_hash(const uint8_t *, size_t, const uint8_t *, size_t)
    void h2f_hpack_index_init(h2f_hpack_index *)
    void h2f_hpack_index_free(h2f_hpack_index *)
    size_t h2f_hpack_index_heap_size(const h2f_hpack_index *)
    int h2f_hpack_index_follow(h2f_hpack_index *, const h2f_hpack_table *)
    uint32_t h2f_hpack_index_search(
        const h2f_hpack_index *, const h2f_hpack_table *, const uint8_t *, size_t,
        const uint8_t *, size_t, h2f_hpack_hashes, int *)


cdef extern from "hpack_encoder.h" nogil:
    ctypedef struct h2f_hpack_encoder:
        h2f_hpack_table table

    enum h2f_hpack_indexing:
        H2F_HPACK_INCREMENTAL
        H2F_HPACK_NEVER
        H2F_HPACK_NEVER_ADDED
        H2F_HPACK_ADAPTIVE

    enum h2f_hpack_huffman:
        H2F_HPACK_RAW
        H2F_HPACK_HUFFMAN
        H2F_HPACK_SHORTER

    size_t h2f_hpack_encode_bound(size_t, size_t)
    uint8_t *h2f_hpack_encode_field(
        h2f_hpack_table *, h2f_hpack_index *, uint8_t *, const uint8_t *, size_t,
        const uint8_t *, size_t, h2f_hpack_indexing, h2f_hpack_huffman)


cdef extern from "hpack_decoder.h" nogil:
    ctypedef struct h2f_hpack_decoder:
        h2f_hpack_table *table
        uint64_t max_table_size
        uint64_t max_list_size
        uint64_t max_fields
        unsigned max_size_updates
        const uint8_t *end
        uint64_t list_size
        uint64_t fields
        uint64_t error_value
        const uint8_t *error_at

    ctypedef struct h2f_hpack_field:
        const uint8_t *name
        const uint8_t *value
        size_t name_len
        size_t value_len
        uint32_t index
        uint32_t name_index
        bint never_indexed
        bint inserted

    void h2f_hpack_decoder_init(h2f_hpack_decoder *, h2f_hpack_table *)
    void h2f_hpack_decoder_begin(h2f_hpack_decoder *, const uint8_t *, size_t)
    int h2f_hpack_decoder_next(h2f_hpack_decoder *, h2f_hpack_field *)
    void h2f_hpack_decoder_end(h2f_hpack_decoder *)
    void h2f_hpack_decoder_resume(h2f_hpack_decoder *)


cdef extern from "frame.h" nogil:
    enum:
        H2F_FRAME_HEADER_LEN

    enum:
        H2F_FRAME_DATA
        H2F_FRAME_HEADERS
        H2F_FRAME_PRIORITY
        H2F_FRAME_RST_STREAM
        H2F_FRAME_SETTINGS
        H2F_FRAME_PUSH_PROMISE
        H2F_FRAME_PING
        H2F_FRAME_GOAWAY
        H2F_FRAME_WINDOW_UPDATE
        H2F_FRAME_CONTINUATION
        H2F_FRAME_ALTSVC
        H2F_FRAME_ORIGIN
        H2F_FRAME_PRIORITY_UPDATE

    enum:
        H2F_FLAG_END_STREAM
        H2F_FLAG_ACK
        H2F_FLAG_END_HEADERS
        H2F_FLAG_PADDED
        H2F_FLAG_PRIORITY

    ctypedef struct h2f_frame:
        uint32_t length
        uint32_t stream_id
        uint8_t type
        uint8_t flags
        uint8_t pad_length
        uint8_t weight
        uint8_t exclusive
        uint32_t depends_on
        uint32_t error_code
        uint32_t other_stream_id
        uint32_t window_increment
        const uint8_t *origin
        size_t origin_len
        const uint8_t *data
        size_t data_len

    void h2f_frame_parse_header(h2f_frame *, const uint8_t *)
    bint h2f_frame_is_misplaced(const h2f_frame *)
    int h2f_frame_parse_payload(h2f_frame *, const uint8_t *)
    Py_ssize_t h2f_frame_parse(h2f_frame *, const uint8_t *, size_t, uint32_t)
    size_t h2f_frame_size(const h2f_frame *)
    uint8_t *h2f_frame_write(uint8_t *, size_t, const h2f_frame *)
    uint8_t *h2f_frame_write_head(uint8_t *, const h2f_frame *)
    const char *h2f_frame_type_name(uint8_t)
    uint8_t h2f_frame_type_flags(uint8_t)


cdef extern from "fields.h" nogil:
    ctypedef struct h2f_field:
        const uint8_t *name
        const uint8_t *value
        size_t name_len
        size_t value_len
        uint8_t never_indexed

    enum h2f_section:
        H2F_SECTION_REQUEST
        H2F_SECTION_RESPONSE
        H2F_SECTION_TRAILERS

    ctypedef struct h2f_section_info:
        pass

    int h2f_fields_check_received(
        const h2f_field *, size_t, h2f_section, unsigned, h2f_section_info *)
    int h2f_fields_check_sent(const h2f_field *, size_t, h2f_section, unsigned, h2f_section_info *)
    int h2f_fields_content_length(const h2f_field *, size_t, int64_t *, size_t *)
    int h2f_fields_informational(const h2f_field *, size_t)


cdef extern from "settings.h" nogil:
    enum:
        H2F_SETTINGS_KNOWN
        H2F_SETTINGS_HEADER_TABLE_SIZE
        H2F_SETTINGS_ENABLE_PUSH
        H2F_SETTINGS_INITIAL_WINDOW_SIZE
        H2F_SETTINGS_MAX_FRAME_SIZE

    ctypedef struct h2f_settings:
        uint32_t value[H2F_SETTINGS_KNOWN]

    ctypedef struct h2f_setting:
        uint16_t id
        uint32_t value

    int h2f_setting_check(h2f_setting)


cdef extern from "bucket.h" nogil:
    ctypedef struct h2f_bucket:
        uint32_t capacity
        uint32_t refill
        uint32_t spent
        int64_t (*clock)(void *) noexcept
        void *context

    int h2f_bucket_take(h2f_bucket *)
    void h2f_bucket_give(h2f_bucket *)


cdef extern from "window.h" nogil:
    enum:
        H2F_WINDOW_MAX


cdef extern from "output.h" nogil:
    ctypedef struct h2f_payload:
        void *owner

    ctypedef struct h2f_segment:
        size_t behind
        h2f_payload *payload
        const uint8_t *octets
        size_t len

    ctypedef struct h2f_output:
        uint8_t *own
        size_t own_len
        size_t own_cap
        h2f_segment *segments
        size_t segment_count
        size_t segment_cap
        size_t own_read
        size_t segments_read
        size_t len
        h2f_payload *released

    void h2f_output_init(h2f_output *)
    void h2f_output_free(h2f_output *)
    uint8_t *h2f_output_reserve(h2f_output *, size_t)
    void h2f_output_commit(h2f_output *, size_t)
    size_t h2f_output_read(h2f_output *, uint8_t *, size_t)
    void h2f_output_clear(h2f_output *)
    int h2f_output_reserve_segment(h2f_output *)
    void h2f_output_refer(h2f_output *, h2f_payload *, const uint8_t *, size_t)
    h2f_payload *h2f_payload_new(const uint8_t *, size_t, void *)
    void h2f_payload_release(h2f_output *, h2f_payload *)
    void *h2f_output_next_released(h2f_output *)


cdef extern from "priority_field.h" nogil:
    const int H2F_PRIORITY_DEFAULT_URGENCY
    const size_t H2F_PRIORITY_FIELD_LONGEST
    ctypedef struct h2f_priority_field:
        int urgency, incremental
    int h2f_priority_field_parse(h2f_priority_field *field, const uint8_t *octets, size_t len)
    uint8_t *h2f_priority_field_write(const h2f_priority_field *field, uint8_t *dst)


cdef extern from "streams.h" nogil:
    ctypedef struct h2f_window:
        int64_t size

    ctypedef struct h2f_stream:
        uint32_t id
        uint8_t state
        int64_t send_window
        h2f_window receive_window
        size_t queued
        uint8_t urgency, incremental

    ctypedef struct h2f_streams:
        uint32_t count

    h2f_stream *h2f_streams_find(const h2f_streams *, uint32_t)


cdef extern from "schedule.h" nogil:
    enum:
        H2F_SCHEME_AUTO
        H2F_SCHEME_RFC9218
        H2F_SCHEME_RFC7540
        H2F_SCHEME_ROUND_ROBIN
        H2F_SCHEME_CALLER

    ctypedef struct h2f_schedule:
        uint32_t ready


cdef extern from "connection.h" nogil:
    enum:
        H2F_FLOW_CONTROL_ERROR
        H2F_STREAM_CLOSED_ERROR
        H2F_EVENT_HEADERS
        H2F_EVENT_DATA
        H2F_EVENT_RESET
        H2F_EVENT_PUSH
        H2F_EVENT_SETTINGS
        H2F_EVENT_SETTINGS_ACK
        H2F_EVENT_PING
        H2F_EVENT_PING_ACK
        H2F_EVENT_GOAWAY
        H2F_EVENT_WINDOW
        H2F_EVENT_PRIORITY
        H2F_EVENT_PRIORITY_UPDATE
        H2F_EVENT_ALTSVC
        H2F_EVENT_ORIGIN

        H2F_IS_REQUEST
        H2F_IS_RESPONSE
        H2F_IS_TRAILERS

        H2F_CONNECTION_DRAINING
        H2F_CONNECTION_CLOSED

    ctypedef struct h2f_config:
        uint8_t client
        uint8_t validate_received
        uint8_t validate_sent
        uint8_t strict_fields
        uint8_t auto_windows
        uint8_t scheme
        h2f_settings settings
        uint32_t window
        uint32_t max_window
        uint32_t max_header_fields
        uint32_t max_continuations
        uint32_t max_empty_continuations
        uint32_t max_unsent_answers
        uint32_t max_settings_entries
        uint32_t max_empty_data
        uint32_t max_interim
        uint32_t max_pushed
        h2f_bucket resets
        h2f_bucket own_resets
        h2f_bucket glitches
        h2f_bucket small_data
        uint64_t max_queued
        uint32_t max_encoder_table_size

    ctypedef struct h2f_field_origin:
        uint32_t entry
        uint32_t name_entry
        uint8_t in_table
        uint8_t name_in_table
        uint8_t static_index
        uint8_t static_name

    ctypedef struct h2f_event:
        uint8_t type
        uint8_t section
        uint8_t end_stream
        uint8_t remote
        uint32_t stream_id
        uint32_t flow_len
        const h2f_field *fields
        const h2f_field_origin *origins
        size_t field_count
        h2f_frame frame

    ctypedef struct h2f_connection:
        h2f_config config
        uint8_t state
        int error
        uint32_t error_code
        uint32_t error_stream
        int64_t error_detail
        h2f_settings local
        h2f_settings remote
        h2f_streams streams
        uint32_t open[2]
        uint32_t highest_in
        int64_t send_window
        h2f_window receive_window
        h2f_hpack_table decoder_table
        h2f_output output
        size_t queued
        h2f_schedule schedule
        uint32_t unsent_answers
        uint32_t empty_data
        uint32_t settings_entries
        uint32_t interim
        uint32_t reserved
        size_t field_count
        uint32_t continuations
        uint32_t empty_continuations
        uint64_t streams_opened
        uint64_t data_frames_sent
        uint64_t window_updates_received
        h2f_hpack_decoder decoder
        h2f_hpack_encoder encoder
        h2f_bucket resets
        h2f_bucket own_resets
        h2f_bucket glitches
        h2f_bucket small_data

    void h2f_config_init(h2f_config *, int)
    int h2f_connection_init(h2f_connection *, const h2f_config *)
    void h2f_connection_free(h2f_connection *)
    int h2f_connection_fail(h2f_connection *, int, uint32_t, int64_t)
    size_t h2f_connection_heap_size(const h2f_connection *)
    int h2f_connection_start(h2f_connection *)
    uint32_t h2f_error_code_of(int)
    int h2f_receive(h2f_connection *, const uint8_t **, const uint8_t *, h2f_event *)
    int h2f_send_headers(h2f_connection *, uint32_t *, const h2f_field *, size_t, int)
    int h2f_send_push(h2f_connection *, uint32_t, const h2f_field *, size_t, uint32_t *)
    int h2f_send_reset(h2f_connection *, uint32_t, uint32_t)
    int h2f_send_ping(h2f_connection *, const uint8_t *)
    int h2f_send_settings(h2f_connection *, const h2f_setting *, size_t)
    int h2f_send_goaway(h2f_connection *, uint32_t, uint32_t, const uint8_t *, size_t)
    int h2f_send_window_update(h2f_connection *, uint32_t, uint32_t)
    int h2f_acknowledge(h2f_connection *, uint32_t, uint32_t)
    int h2f_send_priority_update(h2f_connection *, uint32_t, const uint8_t *, size_t)
    int h2f_send_altsvc(
        h2f_connection *, uint32_t, const uint8_t *, size_t, const uint8_t *, size_t)
    int h2f_send_origin(h2f_connection *, const uint8_t *, size_t)
    int h2f_send_data(h2f_connection *, uint32_t, const uint8_t *, size_t, int, void *)
    int h2f_send_message(
        h2f_connection *, uint32_t *, const h2f_field *, size_t, const uint8_t *, size_t, int, void *)
    int h2f_upgrade(h2f_connection *, const uint8_t *, size_t)
    size_t h2f_first_settings(const h2f_config *, uint8_t *)
    int h2f_pump(h2f_connection *, size_t)
    size_t h2f_queued(const h2f_connection *, uint32_t)
    size_t h2f_ready_streams(h2f_connection *, uint32_t *, size_t)
    int h2f_choose(h2f_connection *, uint32_t)
    int h2f_find_priority(h2f_connection *, uint32_t, h2f_stream **)
    int h2f_set_priority(h2f_connection *, uint32_t, h2f_priority_field)
    int h2f_set_dependency(h2f_connection *, uint32_t, uint32_t, int, int)


cdef extern from "priority_tree.h" nogil:
    ctypedef struct h2f_priority_entry:
        uint64_t level
        h2f_priority_node *node

    ctypedef struct h2f_priority_node:
        int64_t id
        h2f_priority_node *parent
        h2f_priority_node *first
        h2f_priority_node *next
        h2f_priority_entry *queue
        uint32_t queue_cap, ready, idle
        uint16_t weight, deficit
        uint8_t active
        uint64_t last_level
        void *owner

    ctypedef struct h2f_priority_tree:
        h2f_priority_node root
        uint32_t maximum

    void h2f_priority_tree_init(h2f_priority_tree *tree, uint32_t maximum)
    void h2f_priority_tree_free(h2f_priority_tree *tree)
    size_t h2f_priority_tree_heap_size(const h2f_priority_tree *tree)
    h2f_priority_node *h2f_priority_tree_find(h2f_priority_tree *tree, int64_t id)
    h2f_priority_node *h2f_priority_tree_each(const h2f_priority_tree *tree, uint32_t *at)
    int h2f_priority_tree_insert(
        h2f_priority_tree *tree, int64_t id, int64_t depends_on, int weight, int exclusive)
    int h2f_priority_tree_reprioritize(
        h2f_priority_tree *tree, int64_t id, int64_t depends_on, int weight, int exclusive)
    int h2f_priority_tree_remove(
        h2f_priority_tree *tree, int64_t id, h2f_priority_node **removed)
    int h2f_priority_tree_set_active(h2f_priority_tree *tree, int64_t id, int active)
    void h2f_priority_tree_renumber(
        h2f_priority_tree *tree, h2f_priority_node *node, int64_t id)
    h2f_priority_node *h2f_priority_node_new(int64_t id, int weight)
    void h2f_priority_node_del(h2f_priority_node *node)
    int h2f_priority_node_add(
        h2f_priority_node *parent, h2f_priority_node *child, int exclusive)
    int h2f_priority_node_take(h2f_priority_node *child, int strip)
    void h2f_priority_node_set_active(h2f_priority_node *node, int active)
    int h2f_priority_node_next(h2f_priority_node *node, int64_t *id)
    void h2f_priority_node_settle(h2f_priority_node *node)
