"""Every declaration of the C core that the Cython modules use."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t


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


cdef extern from "h2f_limits.h" nogil:
    enum:
        H2F_HPACK_MAX_INTEGER
        H2F_HPACK_DEFAULT_TABLE_SIZE
        H2F_HPACK_DEFAULT_MAX_LIST_SIZE
        H2F_HPACK_ENTRY_OVERHEAD
        H2F_FRAME_DEFAULT_MAX_SIZE
        H2F_FRAME_MAX_SIZE


cdef extern from "h2f_bytes.h" nogil:
    uint16_t h2f_load_be16(const uint8_t *)
    uint32_t h2f_load_be32(const uint8_t *)
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
    enum h2f_hpack_indexing:
        H2F_HPACK_INCREMENTAL
        H2F_HPACK_NEVER
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


cdef extern from "h2f_bytes.h" nogil:
    uint16_t h2f_load_be16(const uint8_t *)
    uint32_t h2f_load_be32(const uint8_t *)
    void h2f_store_be16(uint8_t *, uint16_t)
    void h2f_store_be32(uint8_t *, uint32_t)


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
    int h2f_frame_parse_payload(h2f_frame *, const uint8_t *)
    Py_ssize_t h2f_frame_parse(h2f_frame *, const uint8_t *, size_t, uint32_t)
    size_t h2f_frame_size(const h2f_frame *)
    uint8_t *h2f_frame_write(uint8_t *, size_t, const h2f_frame *)
    const char *h2f_frame_type_name(uint8_t)
    uint8_t h2f_frame_type_flags(uint8_t)
