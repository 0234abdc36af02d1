"""HTTP/1.1 messages, written down without any care and read by two parsers that h2fast has no part
in: one takes only what RFC 9112 allows; the other what careless servers do, which end lines at CR
or LF and go by the last content-length.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
TARGET = rb"[!$-;=?-\[\]_a-z~%]+"  # what a URI consists of (RFC 3986 section 2)
REQUEST_LINE = re.compile(rb"(%s) (%s) HTTP/1\.1" % (TOKEN, TARGET))
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-9][0-9]{2}) ")
FIELD = re.compile(rb"(%s):[ \t]*((?:[!-~\x80-\xff](?:[!-~\x80-\xff \t]*[!-~\x80-\xff])?)?)[ \t]*"
                   % TOKEN)  # fmt: skip

Field = tuple[bytes, bytes]


class NotOneMessageError(Exception):
    """What was read is no message."""


class Message(NamedTuple):
    """A message as it was read."""

    start: tuple[bytes, ...]
    fields: list[Field]
    content: bytes
    trailers: list[Field]


# ---------------------------------------------------------------------------------- writing


def write_request(headers: list[Field], content: bytes, trailers: list[Field]) -> bytes:
    """As a gateway without any checks of its own would."""
    pseudo = {name: value for name, value in headers if name.startswith(b":")}
    fields = [field for field in headers if not field[0].startswith(b":")]
    target = pseudo.get(b":path", pseudo.get(b":authority", b""))
    if b":authority" in pseudo and b"host" not in dict(fields):
        fields.insert(0, (b"host", pseudo[b":authority"]))
    line = b"%b %b HTTP/1.1" % (pseudo.get(b":method", b""), target)
    return line + b"\r\n" + write_rest(fields, content, trailers)


def write_response(headers: list[Field], content: bytes, trailers: list[Field]) -> bytes:
    fields = [field for field in headers if not field[0].startswith(b":")]
    line = b"HTTP/1.1 %b " % dict(headers).get(b":status", b"")
    return line + b"\r\n" + write_rest(fields, content, trailers)


def write_rest(fields: list[Field], content: bytes, trailers: list[Field]) -> bytes:
    if trailers or (content and b"content-length" not in dict(fields)):
        fields = [field for field in fields if field[0] != b"content-length"]
        fields = [*fields, (b"transfer-encoding", b"chunked")]
        content = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
        content += b"0\r\n" + write_fields(trailers) + b"\r\n"
    return write_fields(fields) + b"\r\n" + content


def write_fields(fields: list[Field]) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in fields)


# ---------------------------------------------------------------------------------- reading


class Strict:
    """RFC 9112, and nothing else."""

    end = b"\r\n"

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0

    def line(self) -> bytes:
        end = self.octets.find(b"\r\n", self.at)
        if end < 0:
            raise NotOneMessageError("no end of a line")
        line, self.at = self.octets[self.at : end], end + 2
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise NotOneMessageError(line)
        return line

    def start(self, pattern: re.Pattern[bytes]) -> tuple[bytes, ...]:
        line = self.line()
        match = pattern.fullmatch(line)
        if match is None:
            raise NotOneMessageError(line)
        return match.groups()

    def field(self, line: bytes) -> Field:
        match = FIELD.fullmatch(line)
        if match is None:
            raise NotOneMessageError(line)
        return match[1].lower(), match[2]

    def fields(self) -> list[Field]:
        fields = []
        while line := self.line():
            fields.append(self.field(line))
        return fields

    def take(self, size: int) -> bytes:
        if len(self.octets) - self.at < size:
            raise NotOneMessageError("too short")
        self.at += size
        return self.octets[self.at - size : self.at]

    def length(self, fields: list[Field]) -> int:
        values = {value for name, value in fields if name == b"content-length"}
        if len(values) > 1 or any(not re.fullmatch(rb"[0-9]+", value) for value in values):
            raise NotOneMessageError(values)
        return int(values.pop()) if values else 0

    def chunks(self) -> bytes:
        content = b""
        while True:
            line = self.line()
            if not re.fullmatch(rb"[0-9a-f]+", line):
                raise NotOneMessageError(line)
            size = int(line, 16)
            if size == 0:
                return content
            content += self.take(size)
            if self.line():
                raise NotOneMessageError("a chunk that is too long")

    def message(self, pattern: re.Pattern[bytes], has_content: bool = True) -> Message:
        start, fields = self.start(pattern), self.fields()
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        if pattern is REQUEST_LINE and sum(name == b"host" for name, _ in fields) != 1:
            raise NotOneMessageError("host")
        if codings not in ([], [b"chunked"]):
            raise NotOneMessageError(codings)
        if codings:
            if any(name == b"content-length" for name, _ in fields):
                raise NotOneMessageError("two lengths")
            return Message(start, fields, self.chunks(), self.fields())
        return Message(start, fields, self.take(self.length(fields) if has_content else 0), [])


class Lenient(Strict):
    """Whatever may be a message to somebody."""

    def line(self) -> bytes:
        match = re.compile(rb"\r\n|\r|\n").search(self.octets, self.at)
        if match is None:
            raise NotOneMessageError("no end of a line")
        line, self.at = self.octets[self.at : match.start()], match.end()
        return line

    def start(self, pattern: re.Pattern[bytes]) -> tuple[bytes, ...]:
        words = self.line().split()
        if len(words) < 2:
            raise NotOneMessageError(words)
        return tuple(words[:2]) if pattern is REQUEST_LINE else (words[1],)

    def field(self, line: bytes) -> Field:
        name, _, value = line.partition(b":")
        return name.strip().lower(), value.strip()

    def length(self, fields: list[Field]) -> int:
        values = [value for name, value in fields if name == b"content-length"]
        number = re.match(rb"\s*\+?([0-9]+)", values[-1]) if values else None
        return int(number[1]) if number else 0

    def message(self, pattern: re.Pattern[bytes], has_content: bool = True) -> Message:
        start, fields = self.start(pattern), self.fields()
        if any(b"chunked" in value for name, value in fields if name == b"transfer-encoding"):
            return Message(start, fields, self.chunks(), self.fields())
        return Message(start, fields, self.take(self.length(fields) if has_content else 0), [])


def read(
    kind: type[Strict], octets: bytes, pattern: re.Pattern[bytes], has_content: bool = True
) -> list[Message]:
    """The messages that octets are, one behind the other, all of them."""
    reader = kind(octets)
    messages = []
    while reader.at < len(octets):
        messages.append(reader.message(pattern, has_content))
    return messages
