"""The differences from the pure-Python packages that are there on purpose: the allow-list.

Each of them is pinned by a test, and the test of corrupted blocks accepts only those with a key
that it names. docs/differences.md is this list as text, written by

    python tests/differential/differences.py > docs/differences.md
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One difference: what h2fast does, in place of what, and why."""

    key: str
    upstream: str
    h2fast: str
    reason: str
    section: str


HPACK = [
    Difference(
        "refused-headers",
        "A header list that fails half-way leaves its first fields in the encoder's table.",
        "All headers are read and checked before the first is encoded; a refused list changes "
        "nothing.",
        "The peer never sees the block, so its table would differ from then on.",
        "RFC 7541 section 2.2",
    ),
    Difference(
        "repeated-size",
        "Setting a table size and then the same size again takes back its announcement.",
        "The announcement is made.",
        "A decoder that was told of the smaller size refuses blocks that do not follow it.",
        "RFC 7541 section 4.2",
    ),
    Difference(
        "table-limit",
        "An encoder's table is as large as header_table_size is set to.",
        "It is at most header_table_size_limit, 65,536 octets unless set.",
        "The peer chooses the setting; its memory is ours. A smaller table is always allowed.",
        "RFC 7541 section 4.2",
    ),
    Difference(
        "integer-limit",
        "Integers of up to 36 bits are taken.",
        "An integer above 2,147,483,647 is an HPACKDecodingError.",
        "No index, length or table size is larger; the value is checked before it is used.",
        "RFC 7541 section 5.1",
    ),
    Difference(
        "size-updates",
        "Any number of size updates begins a block.",
        "An encoder that has more than three to announce sends the smallest size and the last one. "
        "A decoder takes up to max_size_updates, three unless set; one more is an "
        "HPACKDecodingError.",
        "More than those two are never needed. hpack's own tests have an encoder send three.",
        "RFC 7541 section 4.2",
    ),
    Difference(
        "field-limit",
        "Only the octets of a header list are limited.",
        "A block of more than Decoder.max_header_fields fields, 1,000 unless set, is an "
        "OversizedHeaderListError.",
        "Each field costs memory beyond its octets.",
        "RFC 9113 section 10.5.1",
    ),
    Difference(
        "octets-in-messages",
        "Some messages show the address of a memoryview, others all that is left of the block.",
        "They show up to 16 octets.",
        "An address tells nobody what was wrong, and a message is no place for a megabyte.",
        "RFC 7541 section 5.1",
    ),
    Difference(
        "copied-entries",
        "HeaderTable.dynamic_entries is the table itself.",
        "It is a copy.",
        "The table is in C.",
        "-",
    ),
    Difference(
        "bytes-in-tables",
        "HeaderTable.add and search take anything.",
        "They take bytes; anything else is a TypeError.",
        "Upstream's documentation asks for bytes too.",
        "-",
    ),
    Difference(
        "contiguous-input",
        "Decoder.decode reads memoryviews with gaps.",
        "It reads contiguous ones; any other is a BufferError.",
        "Views with gaps do not come from a network.",
        "-",
    ),
    Difference(
        "no-attributes",
        "Encoders, decoders and tables take any attribute.",
        "They have the documented ones; those of a subclass are free.",
        "They are C structures.",
        "-",
    ),
    Difference(
        "no-copies-of-contexts",
        "Encoders, decoders and tables can be copied and pickled.",
        "They cannot: it is a TypeError.",
        "A context belongs to one connection.",
        "-",
    ),
    Difference(
        "late-patches",
        "Methods that are patched into a class are found at each call.",
        "They are found by encoders, decoders and assignments of a table that come after.",
        "Looking is done once for each object.",
        "-",
    ),
    Difference(
        "lost-block",
        "An encoder that ran out of memory goes on.",
        "Where the block was encoded and only its bytes object could not be made, each further "
        "call is a MemoryError.",
        "The peer never sees the block, so the tables differ.",
        "RFC 7541 section 2.2",
    ),
    Difference(
        "copies-of-headers",
        "-",
        "Header tuples keep their two items through copy and pickle.",
        "A copy equals what was copied.",
        "-",
    ),
    Difference(
        "no-debug-log",
        "The hpack loggers tell of every integer, field and block.",
        "They exist and stay silent.",
        "Asking a logger costs as much as a field does.",
        "-",
    ),
]

HYPERFRAME = [
    Difference(
        "any-buffer",
        "The payload of some types has to be a memoryview: of bytes, it is an AttributeError.",
        "parse_body takes any bytes-like object.",
        "Nothing is gained by a refusal.",
        "-",
    ),
    Difference(
        "steps-of-a-class",
        "parse_body and serialize_body call self.parse_padding_data and the like, and serialize "
        "calls self.serialize_body.",
        "serialize calls the serialize_body of a subclass. What a subclass makes of the smaller "
        "steps, or what is replaced on a single frame or patched in a class, is not called from "
        "within; an __init__ that is patched is.",
        "A frame is read and written in one go.",
        "-",
    ),
    Difference(
        "fields",
        "All attributes of a frame are in vars(frame).",
        "Those of the frame are C fields; vars(frame) has what else was set.",
        "They are read and written without a dictionary.",
        "-",
    ),
    Difference(
        "deleted-fields",
        "A frame whose attribute was deleted raises an AttributeError when it needs it.",
        "The attribute is None after that.",
        "As for the fields.",
        "-",
    ),
    Difference(
        "call-errors",
        "A call with wrong arguments is a TypeError in the interpreter's words.",
        "It is a TypeError in Cython's words.",
        "The methods are compiled.",
        "-",
    ),
]

PRIORITY = [
    Difference(
        "moved-with-children",
        "When a stream is made to depend on one below it, what depends on that one is put in two "
        "places, and has turns even after it was removed.",
        "It moves with the stream that it depends on.",
        "The dependency moves as it is; a stream that is not there has no turns.",
        "RFC 7540 section 5.3.3",
    ),
    Difference(
        "deep-trees",
        "A turn that goes down about a thousand blocked streams is a RecursionError.",
        "It goes down all of them.",
        "Nothing recurses.",
        "-",
    ),
    Difference(
        "integer-numbers",
        "Numbers of streams are anything that can be hashed and ordered.",
        "They are integers; anything else is a TypeError.",
        "Streams have 31-bit numbers.",
        "RFC 9113 section 5.1.1",
    ),
    Difference(
        "views",
        "The streams of a tree, its _streams and a stream's children are what the tree works on.",
        "They are made when they are asked for: weight and active can be set, the rest is for "
        "reading. To move a stream of a tree by its own methods is a TypeError. What was removed "
        "knows no parent and no children.",
        "The tree is in C.",
        "-",
    ),
    Difference(
        "one-parent",
        "A stream that depends on one can be added to another as well, or to one below itself.",
        "That is a ValueError or a PriorityLoop. By hand, streams with a number of more than 63 "
        "bits cannot be added at all.",
        "It would have turns in two places, or none would end.",
        "-",
    ),
    Difference(
        "no-copies-of-trees",
        "Trees and streams can be copied and pickled, and take any attribute.",
        "They cannot, and have the documented ones.",
        "They are C structures.",
        "-",
    ),
]

H2 = [
    Difference(
        "refused-headers",
        "A header list that is refused leaves its first fields in the encoder's table.",
        "It is checked before any of it is encoded, and leaves no trace there.",
        "The peer never sees the block, so its table would differ from then on.",
        "RFC 7541 section 2.2",
    ),
    Difference(
        "frame-on-header",
        "A frame that is longer than allowed is waited for, then refused.",
        "It is refused as soon as its header is there or, one of an unknown type, as many octets "
        "as any frame may have: what speaks no HTTP/2 looks so, and tests of httpcore and grpclib "
        "rely on its being waited for.",
        "Nothing has to be kept of it.",
        "RFC 9113 section 4.2",
    ),
    Difference(
        "one-goaway",
        "Each receive_data after a fault queues one more GOAWAY.",
        "There is one. The exceptions are the same.",
        "Output that a closed connection makes grows without end.",
        "RFC 9113 section 5.4.1",
    ),
    Difference(
        "reset-of-idle",
        "RST_STREAM on an idle stream is ignored, once there were others.",
        "It is a ProtocolError.",
        "It must be one.",
        "RFC 9113 section 6.4",
    ),
    Difference(
        "undecodable-text",
        "Headers that are not text in header_encoding are a UnicodeDecodeError; the connection "
        "goes on, without the headers that the peer has sent.",
        "They are a ProtocolError with that as its cause, and close the connection.",
        "receive_data raises ProtocolErrors for what the peer does wrong.",
        "RFC 9113 section 8.2.1",
    ),
    Difference(
        "windows-at-once",
        "An INITIAL_WINDOW_SIZE that is too large for one stream has changed the windows of those "
        "before it.",
        "It has changed none. The exception is the same.",
        "All of them change at once, which costs the same for any number of streams.",
        "RFC 9113 section 6.9.2",
    ),
    Difference(
        "limits",
        "A peer may send any number of resets, PINGs, SETTINGS, empty frames, promises, interim "
        "responses and frames without effect.",
        "Beyond a limit each is a LimitExceededError, a DenialOfServiceError that names the limit. "
        "docs/security.md has them.",
        "They cost this end more than the peer.",
        "RFC 9113 section 10.5",
    ),
    Difference(
        "unknown-settings",
        "Unknown settings of the peer are kept in remote_settings, all 65,536 of them.",
        "They are kept until there are 64 settings; all are in the event.",
        "Nobody asks for them later.",
        "RFC 9113 section 6.5.2",
    ),
    Difference(
        "known-closed-streams",
        "It is known of the 65,536 streams that were closed last how they were; "
        "MAX_CLOSED_STREAMS changes that.",
        "It is known of the 65,536 newest streams of each side, in four bits each.",
        "A stream's number says where its bits are.",
        "RFC 9113 section 5.1",
    ),
    Difference(
        "long-content",
        "A content-length can be any integer.",
        "Above 2^63 - 1 it counts as that.",
        "No content gets as long.",
        "RFC 9110 section 8.6",
    ),
    Difference(
        "views-of-state",
        "A stream's state_machine and the window managers are objects that belong to it.",
        "They are made when they are asked for, and what is set on them counts. Of one that is "
        "assigned, the numbers and the state count. H2Stream has the documented attributes and no "
        "others. The streams of a connection are a subclass of dict. What is put into "
        "Settings._settings by hand counts for new streams after the next call that changes a "
        "setting.",
        "The state is in C.",
        "-",
    ),
    Difference(
        "late-steps",
        "Methods that begin with an underscore are found at each call, but for those of the "
        "dispatch table, which are found when a connection is made. Methods of H2Stream are found "
        "always.",
        "Those of H2Connection that a class replaces are found by connections that are made after "
        "it; those set on a connection always. Those patched in H2Stream are found by the steps. "
        "Public methods of H2Connection are found at each call.",
        "Looking is done once for each connection.",
        "-",
    ),
    Difference(
        "patched-names",
        "What is patched in the package's modules is found: functions of h2.stream and "
        "h2.utilities, classes that h2.connection names, transitions, properties of Settings, "
        "methods of WindowManager, FrameBuffer, DummyLogger and the state machines.",
        "Most such patches have no effect where nothing else is unusual: override a step in a "
        "subclass instead. The first GOAWAY goes by the transitions. The coders, Settings and "
        "FrameBuffer that h2.connection names, CONTINUATION_BACKLOG and the validators of "
        "h2.utilities are found. A FrameBuffer of a subclass holds what is not a frame yet, and "
        "no more.",
        "What is usual is done in C.",
        "-",
    ),
    Difference(
        "kept-attributes",
        "Attributes of a connection are in its __dict__: they can be deleted, a class can have "
        "others of the name, and mock.patch.object can take a replaced one back.",
        "Frame sizes, windows, highest identifiers, streams and state_machine are properties "
        "without a deleter, and a property of a subclass does not count for what is sent. "
        "counters, queue_limit, and names that begin with _core, _machine and _outbound are "
        "h2fast's own. Of a state machine that is assigned, the state counts.",
        "The values are in C.",
        "-",
    ),
    Difference(
        "whole-numbers",
        "Identifiers, sizes and limits are any numbers, infinity among them.",
        "They are integers of at most 64 bits: others are rounded towards zero, or a TypeError, "
        "ValueError or OverflowError where they are set.",
        "They are in C.",
        "-",
    ),
    Difference(
        "frames-in-hand",
        "receive_data called from within a step takes what is left of the octets first.",
        "It takes its own octets; what is left comes after the step.",
        "The frames are read where they are.",
        "-",
    ),
    Difference(
        "live-frame-size",
        "The largest frame is looked at once for each call of receive_data.",
        "It is looked at for each frame: one that the acknowledgement before it allows is taken.",
        "How octets were cut says nothing.",
        "RFC 9113 section 6.5.3",
    ),
    Difference(
        "no-copies-of-connections",
        "Connections and streams can be copied deeply.",
        "They cannot; a shallow copy shares its state.",
        "The state is in C.",
        "-",
    ),
    Difference(
        "swept-pushes",
        "Closed streams are in streams until the next one is opened or open ones are counted.",
        "A client takes them out when there are 100 and one more is promised, at the latest.",
        "A client that is pushed to would keep them for one request.",
        "-",
    ),
    Difference(
        "output-copy",
        "_data_to_send is the bytearray of the output.",
        "It is a copy; what is assigned to it counts.",
        "The output is in C.",
        "-",
    ),
]


def as_markdown() -> str:
    """The page of the documentation."""
    lines = [
        "# Where h2fast differs from the pure-Python packages",
        "",
        "Generated from `tests/differential/differences.py`, which is what the tests allow.",
        "Anything else that differs is a defect: please report it.",
    ]
    for package, release, differences in [
        ("hpack", "4.2.0", HPACK),
        ("hyperframe", "6.1.0", HYPERFRAME),
        ("h2", "4.4.1", H2),
        ("priority", "2.0.0", PRIORITY),
    ]:
        lines += ["", f"## {package} {release}"]
        for item in differences:
            lines += ["", f"### {item.key}", ""]
            if item.upstream != "-":
                lines += [f"- {package}: {item.upstream}"]
            lines += [f"- h2fast: {item.h2fast}", f"- Why: {item.reason}"]
            if item.section != "-":
                lines += [f"- See {item.section}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
