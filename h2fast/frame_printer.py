"""Prints captured HTTP/2 byte streams for people: ``python -m h2fast frames``."""

from __future__ import annotations

from collections.abc import Iterator

from .frames import Frame, FrameError, parse_frames
from .hpack import Decoder, HPACKError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LARGEST_FRAME = 2**24 - 1

# RFC 9113 section 7.
ERROR_CODES = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
# RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1.
SETTINGS = {
    1: "HEADER_TABLE_SIZE",
    2: "ENABLE_PUSH",
    3: "MAX_CONCURRENT_STREAMS",
    4: "INITIAL_WINDOW_SIZE",
    5: "MAX_FRAME_SIZE",
    6: "MAX_HEADER_LIST_SIZE",
    8: "ENABLE_CONNECT_PROTOCOL",
    9: "NO_RFC7540_PRIORITIES",
}
CARRY_HEADERS = ("HEADERS", "PUSH_PROMISE", "CONTINUATION")
INDENT = " " * 9


def text_of(octets: bytes | memoryview) -> str:
    """Octets as text on one line: what is not printable ASCII is escaped."""
    return bytes(octets).decode("latin-1").encode("unicode_escape").decode("ascii")


def error_name(code: int) -> str:
    return ERROR_CODES[code] if code < len(ERROR_CODES) else f"{code:#x}"


def flag_names(frame: Frame) -> str:
    flags = {
        "END_STREAM": frame.end_stream,
        "ACK": frame.ack,
        "END_HEADERS": frame.end_headers,
        "PADDED": frame.pad_length is not None,
        "PRIORITY": frame.type_name == "HEADERS" and frame.priority is not None,
    }
    return "|".join(name for name, is_set in flags.items() if is_set) or f"{frame.flags:#04x}"


def details(frame: Frame) -> Iterator[str]:
    """The fields of a frame beyond its header, as ``name=value``."""
    if frame.pad_length is not None:
        yield f"padding={frame.pad_length}"
    if frame.priority is not None:
        depends_on, weight, exclusive = frame.priority
        yield f"depends_on={depends_on} weight={weight}{' exclusive' if exclusive else ''}"
    numbers = ("promised_stream_id", "last_stream_id", "prioritized_stream_id", "window_increment")
    for name in numbers:
        if getattr(frame, name) is not None:
            yield f"{name}={getattr(frame, name)}"
    if frame.error_code is not None:
        yield f"error_code={error_name(frame.error_code)}"
    for identifier, value in frame.settings or ():
        yield f"{SETTINGS.get(identifier, f'{identifier:#06x}')}={value}"
    if frame.origin is not None:
        yield f"origin={text_of(frame.origin)}"
    yield from data_details(frame)


def data_details(frame: Frame) -> Iterator[str]:
    if frame.type_name in ("PING", "GOAWAY", "ALTSVC", "ORIGIN", "PRIORITY_UPDATE") and frame.data:
        yield f'"{text_of(frame.data)}"'


def _decoder_of_anything() -> Decoder:
    decoder = Decoder(max_header_list_size=2**32)
    decoder.max_header_fields = 2**32
    return decoder


class FramePrinter:
    """Turns what one side of a connection sends into lines, as it comes.

    ``malformed`` is whether anything was.

    :param decoder: of the header blocks; unless given, one that takes lists of any size.
    """

    def __init__(self, decoder: Decoder | None = None) -> None:
        self.malformed = False
        self._at = 0  # how far it is printed
        self._rest = b""  # what has come behind that
        self._to_skip = 0  # octets of a malformed frame that are still to come
        self._block = bytearray()  # the header block at hand, and its stream
        self._block_stream = 0
        self._decoder: Decoder | None = decoder or _decoder_of_anything()
        # What the other side allows is not in this capture.
        self._decoder.max_allowed_table_size = 2**32 - 1

    def feed(self, octets: bytes) -> Iterator[str]:
        """The preface, the frames with the header fields they complete, and what is wrong, as far
        as they are complete with these octets."""
        rest = memoryview(self._rest + octets[self._to_skip :])
        self._to_skip = max(self._to_skip - len(octets), 0)
        at = self._preface_length(rest)
        if at:
            yield f"{0:8} connection preface"
        error: FrameError | None = None
        while not self._is_in_preface(rest):
            try:
                frames, _ = parse_frames(rest[at:], LARGEST_FRAME)
                error = None
            except FrameError as caught:
                error, frames = caught, caught.frames
            for frame in frames:
                yield from self._frame_lines(self._at + at, frame)
                at += 9 + frame.length
            if error is None:
                break
            yield self._complain(self._at + at, str(error))
            at += 9 + error.length
        self._to_skip += max(at - len(rest), 0)
        self._at += at
        self._rest = bytes(rest[at:])

    def _is_in_preface(self, octets: memoryview) -> bool:
        """Whether this is the beginning of a preface, and may turn out to be one."""
        return self._at == 0 and len(octets) < len(PREFACE) and PREFACE.startswith(octets)

    def _preface_length(self, octets: memoryview) -> int:
        return len(PREFACE) if self._at == 0 and octets[: len(PREFACE)] == PREFACE else 0

    def end(self) -> Iterator[str]:
        """What is wrong with an end here."""
        if self._rest:
            cut = f"the stream ends within a frame, {len(self._rest)} octets into it"
            yield self._complain(self._at, cut)
        if self._block_stream:
            yield self._complain(
                self._at, f"the stream ends within the header block of stream {self._block_stream}"
            )

    def _complain(self, at: int, fault: str) -> str:
        self.malformed = True
        return f"{at:8} MALFORMED: {fault}"

    def _frame_lines(self, at: int, frame: Frame) -> Iterator[str]:
        parts = [
            f"{at:8} {frame.type_name}",
            f"stream={frame.stream_id}",
            f"flags={flag_names(frame)}",
            f"length={frame.length}",
            *details(frame),
        ]
        yield " ".join(parts)
        if self._block_stream and not (
            frame.type_name == "CONTINUATION" and frame.stream_id == self._block_stream
        ):
            yield self._complain(
                at,
                f"the header block of stream {self._block_stream} is not complete "
                "(RFC 9113 section 4.3)",
            )
        elif frame.type_name == "CONTINUATION" and not self._block_stream:
            yield self._complain(at, "no header block to continue (RFC 9113 section 6.10)")
        elif frame.type_name in CARRY_HEADERS:
            yield from self._header_lines(at, frame)

    def _header_lines(self, at: int, frame: Frame) -> Iterator[str]:
        self._block += frame.data
        self._block_stream = frame.stream_id
        if not frame.end_headers:
            return
        block, self._block, self._block_stream = self._block, bytearray(), 0
        if self._decoder is None:
            yield f"{INDENT}{len(block)} octets of headers, not decoded after the error above"
            return
        try:
            for name, value in self._decoder.decode(block, raw=True):
                yield f"{INDENT}{text_of(name)}: {text_of(value)}"
        except HPACKError as error:
            self._decoder = None  # what follows refers to entries that are not there
            yield self._complain(at, f"header block of stream {frame.stream_id}: {error}")
