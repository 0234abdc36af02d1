/* Every ceiling of the core, in one place: what it bounds and why it is that high.
 * Those that a caller may change are defaults here and fields of the structure
 * they bound.
 */
#ifndef H2F_LIMITS_H
#define H2F_LIMITS_H

/* RFC 7541 section 5.1 leaves the ceiling of integers to the implementation: five
 * octets after the prefix carry 35 bits, and no length, index or table size of
 * HTTP/2 needs more than 31. */
#define H2F_HPACK_MAX_CONTINUATION 5
#define H2F_HPACK_MAX_INTEGER 0x7fffffffu

/* RFC 7541 section 4.2: an encoder sends the smallest size since the last block and
 * the final one. */
#define H2F_HPACK_DEFAULT_MAX_SIZE_UPDATES 2

/* SETTINGS_HEADER_TABLE_SIZE before any SETTINGS (RFC 9113 section 6.5.2); also the
 * table_limit that an encoder begins with, whatever its peer offers. */
#define H2F_HPACK_DEFAULT_TABLE_SIZE 4096u

/* Decoded size of one block, with 32 octets a field (RFC 9113 section 6.5.2), and the
 * number of its fields: small references must not become a large list. */
#define H2F_HPACK_DEFAULT_MAX_LIST_SIZE 65536u
#define H2F_HPACK_DEFAULT_MAX_FIELDS 1000u

/* SETTINGS_MAX_FRAME_SIZE before any SETTINGS, which is the least there is, and the most
 * (RFC 9113 section 6.5.2). */
#define H2F_FRAME_DEFAULT_MAX_SIZE 16384u
#define H2F_FRAME_MAX_SIZE 0xffffffu

/* Digits of a content-length, leading zeros among them. The default ceiling of Python's int(),
 * with which h2 reads them. */
#define H2F_MAX_LENGTH_DIGITS 4300u

/* SETTINGS_INITIAL_WINDOW_SIZE before any SETTINGS, and the connection's window (RFC 9113 section
 * 6.9.2). */
#define H2F_DEFAULT_WINDOW 65535u

/* SETTINGS_MAX_CONCURRENT_STREAMS of ours, at first: RFC 9113 section 6.5.2 asks for no less. */
#define H2F_DEFAULT_MAX_STREAMS 100u

/* What a peer may do that costs us more than it: see docs/security.md for each. */
#define H2F_DEFAULT_MAX_CONTINUATIONS 63u
#define H2F_DEFAULT_MAX_EMPTY_CONTINUATIONS 8u
#define H2F_DEFAULT_MAX_UNSENT_ANSWERS 1000u
#define H2F_DEFAULT_MAX_SETTINGS_ENTRIES 32u
#define H2F_DEFAULT_MAX_EMPTY_DATA 100u
#define H2F_DEFAULT_MAX_INTERIM 64u
#define H2F_DEFAULT_MAX_PUSHED 200u
#define H2F_DEFAULT_MAX_RESETS 1000u
#define H2F_DEFAULT_RESETS_REFILL 33u
#define H2F_DEFAULT_MAX_GLITCHES 10000u
#define H2F_DEFAULT_GLITCHES_REFILL 330u

/* DATA frames with less content than this, and without END_STREAM, are small ones. */
#define H2F_SMALL_DATA 64u

/* Updates of windows that are no glitches: so many, and so many for each stream that was opened,
 * whatever came on it, and for each DATA frame that was sent. */
#define H2F_FAIR_UPDATES 5u
#define H2F_FAIR_UPDATES_OF_A_STREAM 2u
#define H2F_FAIR_UPDATES_OF_DATA 20u

/* Octets of output that nobody has taken, behind which content waits, and so counts; and octets of
 * content in a frame. */
#define H2F_MAX_AHEAD 65536u

/* Octets of content that may wait for windows, or for others to be taken. */
#define H2F_DEFAULT_MAX_QUEUED (64u << 20)

/* SETTINGS frames of ours that the peer may leave without an answer. */
#define H2F_MAX_UNACKNOWLEDGED 32u

/* Idle streams of which a priority is known, whatever SETTINGS_MAX_CONCURRENT_STREAMS allows. */
#define H2F_MAX_IDLE_PRIORITIES 10000u

/* Closed streams of each side of which is known how they closed, at two bits each: at first, and
 * at most. */
#define H2F_CLOSED_STREAMS_FIRST 256u
#define H2F_CLOSED_STREAMS 65536u

/* Streams of a tree of priorities, whatever the caller asks for; and those above one that another
 * stream is to be moved to, which are looked through for the one that is moved. */
#define H2F_MAX_PRIORITIES (1u << 28)
#define H2F_PRIORITY_MAX_DEPTH 100u

/* Streams that are not open in a connection's tree, when others come (RFC 7540 section 5.3.4):
 * clients group theirs with a handful of them. */
#define H2F_MAX_KEPT_DEPENDENCIES 64u

/* RFC 7540 section 5.3.5. */
#define H2F_PRIORITY_DEFAULT_WEIGHT 16

/* Entries that a search for a field or a name looks at: all of a table of the default
 * size. In larger ones a peer could otherwise make all names fall into one chain. */
#define H2F_HPACK_MAX_SEARCH 128

/* Octets that each entry of a table and field of a list counts beyond its name and
 * value (RFC 7541 section 4.1). */
#define H2F_HPACK_ENTRY_OVERHEAD 32u

#endif
