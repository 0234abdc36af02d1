"""Rules for lists of headers (RFC 9113 section 8), and what streams and connections share.

The rules are generators, so that a list goes through all of them field by field: of several that
are broken, the one is reported that the first bad field breaks first. What only a whole list can
break comes last. A list is checked as far as somebody has taken it.
"""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any, NamedTuple as NamedTuple

from h2fast.h2.exceptions import (
    FlowControlError as FlowControlError,
    ProtocolError as ProtocolError,
)
from h2fast.hpack.struct import (
    HeaderTuple as HeaderTuple,
    NeverIndexedHeaderTuple as NeverIndexedHeaderTuple,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Set as AbstractSet

    from h2fast.hpack.struct import Header, HeaderWeaklyTyped

#: The octet that the names of pseudo-header fields begin with.
SIGIL = ord(":")

#: The octet that the statuses of interim responses begin with.
INFORMATIONAL_START = ord("1")

#: What says something of an HTTP/1.1 connection, and nothing here (RFC 9113 section 8.2.2).
CONNECTION_HEADERS = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade")
)

# The fields of RFC 9113 section 8.3 and RFC 8441 section 4.
_REQUEST_ONLY_HEADERS = frozenset((b":scheme", b":path", b":authority", b":method", b":protocol"))
_RESPONSE_ONLY_HEADERS = frozenset((b":status",))
_CONNECT_REQUEST_ONLY_HEADERS = frozenset((b":protocol",))
_ALLOWED_PSEUDO_HEADER_FIELDS = _REQUEST_ONLY_HEADERS | _RESPONSE_ONLY_HEADERS

# What must not be found out by trying what compresses well (RFC 7541 section 7.1).
_SECURE_HEADERS = frozenset((b"authorization", b"proxy-authorization"))
_SHORT_COOKIE = 20

# RFC 9113 section 8.2.1.
_NOT_IN_NAMES = re.compile(rb"[^\x21-\x40\x5b-\x7e]")
_NOT_IN_VALUES = re.compile(rb"[\x00\n\r]")
_BLANKS = (b" ", b"\t")


class HeaderValidationFlags(NamedTuple):
    """What a list of headers is, which chooses the rules for it."""

    is_client: bool
    is_trailer: bool
    is_response_header: bool
    is_push_promise: bool


# ------------------------------------------------------------------------------- rules


def _reject_illegal_characters(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.1: which octets names and values have."""
    for header in headers:
        _check_name(header[0])
        if header[1]:
            _check_value(header[1])
        yield header


def _check_name(name: bytes) -> None:
    bad = _NOT_IN_NAMES.search(name)
    if bad is not None:
        octet = bad[0].decode("latin-1")
        if octet.isascii() and octet.isupper():
            raise ProtocolError(f"Received uppercase header name {name!r}.")
        raise ProtocolError(f"Illegal character '{octet}' in header name: {name!r}")
    if b":" in name[1:]:
        raise ProtocolError(f"Illegal character ':' in header name: {name!r}")


def _check_value(value: bytes) -> None:
    bad = _NOT_IN_VALUES.search(value)
    if bad is not None:
        raise ProtocolError(f"Illegal character '{bad[0].decode()}' in header value: {value!r}")
    if value.startswith(_BLANKS) or value.endswith(_BLANKS):
        raise ProtocolError(f"Received header value surrounded by whitespace {value!r}")


def _reject_empty_header_names(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9110 section 5.1: a name has at least one octet."""
    for header in headers:
        if not header[0]:
            raise ProtocolError("Received header name with zero length.")
        yield header


def _reject_te(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.2: te says nothing but trailers."""
    for header in headers:
        if header[0] == b"te" and header[1].lower() != b"trailers":
            raise ProtocolError(f"Invalid value for TE header: {header[1]!r}")
        yield header


def _reject_connection_header(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.2: nothing says something of an HTTP/1.1 connection."""
    for header in headers:
        if header[0] in CONNECTION_HEADERS:
            raise ProtocolError(f"Connection-specific header field present: {header[0]!r}.")
        yield header


def _reject_pseudo_header_fields(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.3: each at most once, before all others, and known; then as below."""
    pseudo: set[bytes] = set()
    method = None
    others_seen = False
    for header in headers:
        name = header[0]
        if name[0] != SIGIL:
            others_seen = True
        else:
            _check_pseudo_header_field(name, pseudo, others_seen)
            pseudo.add(name)
            if name == b":method":
                method = header[1]
        yield header
    _check_pseudo_header_field_acceptability(pseudo, method, hdr_validation_flags)


def _check_pseudo_header_field(name: bytes, before: set[bytes], others_seen: bool) -> None:
    if name in before:
        raise ProtocolError(f"Received duplicate pseudo-header field {name!r}")
    if others_seen:
        raise ProtocolError(f"Received pseudo-header field out of sequence: {name!r}")
    if name not in _ALLOWED_PSEUDO_HEADER_FIELDS:
        raise ProtocolError(f"Received custom pseudo-header field {name!r}")


def _assert_header_in_set(bytes_header: bytes, header_set: AbstractSet[bytes | str]) -> None:
    if bytes_header not in header_set:
        raise ProtocolError(f"Header block missing mandatory {bytes_header!r} header")


def _check_pseudo_header_field_acceptability(
    pseudo_headers: AbstractSet[bytes | str],
    method: bytes | None,
    hdr_validation_flags: HeaderValidationFlags,
) -> None:
    """Whether those are there that a request or a response has, and no others."""
    if hdr_validation_flags.is_trailer and pseudo_headers:
        raise ProtocolError(f"Received pseudo-header in trailer {pseudo_headers}")
    if hdr_validation_flags.is_response_header:
        _assert_header_in_set(b":status", pseudo_headers)
        excess = pseudo_headers & _REQUEST_ONLY_HEADERS
        if excess:
            raise ProtocolError(f"Encountered request-only headers {excess}")
    elif not hdr_validation_flags.is_trailer:
        _check_request(pseudo_headers, method)


def _check_request(pseudo_headers: AbstractSet[bytes | str], method: bytes | None) -> None:
    """RFC 9113 sections 8.3.1 and 8.5, RFC 8441 section 4."""
    _assert_header_in_set(b":method", pseudo_headers)
    connect = method == b"CONNECT"
    if connect and b":protocol" not in pseudo_headers:
        if b":scheme" in pseudo_headers or b":path" in pseudo_headers:
            raise ProtocolError("Ordinary CONNECT MUST NOT include :scheme or :path")
    else:
        _assert_header_in_set(b":scheme", pseudo_headers)
        _assert_header_in_set(b":path", pseudo_headers)
    excess = pseudo_headers & _RESPONSE_ONLY_HEADERS
    if excess:
        raise ProtocolError(f"Encountered response-only headers {excess}")
    excess = pseudo_headers & _CONNECT_REQUEST_ONLY_HEADERS
    if excess and not connect:
        raise ProtocolError(f"Encountered connect-request-only headers {excess!r}")


def _is_request(hdr_validation_flags: HeaderValidationFlags) -> bool:
    return not (hdr_validation_flags.is_response_header or hdr_validation_flags.is_trailer)


def _validate_host_authority_header(
    headers: Iterable[Header],
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.3.1: :authority or host says where to, and if both do, the same."""
    authority = host = None
    for header in headers:
        if header[0] == b":authority":
            authority = header[1]
        elif header[0] == b"host":
            if host is not None:
                raise ProtocolError("Request header block has multiple Host headers.")
            host = header[1]
        yield header
    if authority is None and host is None:
        raise ProtocolError("Request header block does not have an :authority or Host header.")
    if authority is not None and host is not None and authority != host:
        raise ProtocolError(
            "Request header block has mismatched :authority and Host headers: "
            f"{authority!r} / {host!r}"
        )


def _check_host_authority_header(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """The same, of requests that were received; other lists pass."""
    if _is_request(hdr_validation_flags):
        return _validate_host_authority_header(headers)
    return (header for header in headers)


def _check_sent_host_authority_header(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """The same, of requests that are to be sent."""
    return _check_host_authority_header(headers, hdr_validation_flags)


def _check_path_header(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.3.1: the :path of a request is not empty."""
    if _is_request(hdr_validation_flags):
        return _reject_empty_path(headers)
    return (header for header in headers)


def _reject_empty_path(headers: Iterable[Header]) -> Generator[Header, None, None]:
    for header in headers:
        if header[0] == b":path" and not header[1]:
            raise ProtocolError("An empty :path header is forbidden")
        yield header


def validate_headers(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Iterable[Header]:
    """The same headers, checked as those of a list that was received.

    :raises ProtocolError: they break a rule; when they are taken, not now.
    """
    checked = _reject_illegal_characters(headers, hdr_validation_flags)
    checked = _reject_empty_header_names(checked, hdr_validation_flags)
    return _check_meaning(checked, hdr_validation_flags)


def validate_outbound_headers(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """The same headers, checked as those of a list to be sent: their octets are not looked at.

    :raises ProtocolError: they break a rule; when they are taken, not now.
    """
    return _check_meaning(headers, hdr_validation_flags)


def _check_meaning(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    checked = _reject_te(headers, hdr_validation_flags)
    checked = _reject_connection_header(checked, hdr_validation_flags)
    checked = _reject_pseudo_header_fields(checked, hdr_validation_flags)
    checked = _check_host_authority_header(checked, hdr_validation_flags)
    return _check_path_header(checked, hdr_validation_flags)


# ----------------------------------------------------------------------- normalisation


def _like(header: Header, name: bytes, value: bytes) -> Header:
    """A header of the same class: a class says how it is compressed."""
    if isinstance(header, HeaderTuple):
        return header.__class__(name, value)
    if not getattr(header, "indexable", True):  # of the original's class, where only h2 is replaced
        return NeverIndexedHeaderTuple(name, value)
    return name, value


def _to_bytes(v: bytes | str) -> bytes:
    return v if isinstance(v, bytes) else v.encode("utf-8")


def utf8_encode_headers(headers: Iterable[HeaderWeaklyTyped]) -> list[Header]:
    """The headers as a list, with strings encoded."""
    return [
        _like(header, _to_bytes(header[0]), _to_bytes(header[1]))  # type: ignore[arg-type]
        for header in headers
    ]


def _lowercase_header_names(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.1: no name has an upper-case letter."""
    for header in headers:
        yield _like(header, header[0].lower(), header[1])


def _split_outbound_cookie_fields(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.3: one cookie header for each pair."""
    for header in headers:
        assert isinstance(header[0], bytes)
        assert isinstance(header[1], bytes)
        if header[0] == b"cookie":
            for pair in header[1].split(b"; "):
                yield _like(header, header[0], pair)
        else:
            yield header


def _strip_surrounding_whitespace(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.1: no blanks around names and values."""
    for header in headers:
        yield _like(header, header[0].strip(), header[1].strip())


def _strip_connection_headers(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.2: without what says something of an HTTP/1.1 connection."""
    for header in headers:
        if header[0] not in CONNECTION_HEADERS:
            yield header


def _secure_headers(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None
) -> Generator[Header, None, None]:
    """RFC 7541 section 7.1.3: secrets that are short enough to be guessed stay out of tables."""
    for header in headers:
        assert isinstance(header[0], bytes)
        secret = header[0] in _SECURE_HEADERS
        if secret or (header[0] == b"cookie" and len(header[1]) < _SHORT_COOKIE):
            yield NeverIndexedHeaderTuple(header[0], header[1])
        else:
            yield header


def _combine_cookie_fields(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """RFC 9113 section 8.2.3: one cookie header with all pairs, which comes last."""
    pairs: list[bytes] = []
    for header in headers:
        if header[0] == b"cookie":
            pairs.append(header[1])
        else:
            yield header
    if pairs:
        yield NeverIndexedHeaderTuple(b"cookie", b"; ".join(pairs))


def normalize_outbound_headers(
    headers: Iterable[Header],
    hdr_validation_flags: HeaderValidationFlags | None,
    should_split_outbound_cookies: bool = False,
) -> Generator[Header, None, None]:
    """The headers as they are sent."""
    normal = _lowercase_header_names(headers, hdr_validation_flags)
    if should_split_outbound_cookies:
        normal = _split_outbound_cookie_fields(normal, hdr_validation_flags)
    normal = _strip_surrounding_whitespace(normal, hdr_validation_flags)
    normal = _strip_connection_headers(normal, hdr_validation_flags)
    return _secure_headers(normal, hdr_validation_flags)


def normalize_inbound_headers(
    headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags
) -> Generator[Header, None, None]:
    """The headers as they are reported."""
    return _combine_cookie_fields(headers, hdr_validation_flags)


# ----------------------------------------------------------------------------- finding


def extract_method_header(headers: Iterable[Header]) -> bytes | None:
    """The value of :method, or None."""
    for name, value in headers:
        if isinstance(value, bytes):
            if name == b":method":
                return value
        elif isinstance(value, str) and name == ":method":
            return value.encode()
    return None


def authority_from_headers(headers: Iterable[Header]) -> bytes | None:
    """The value of :authority, or None."""
    return next((value for name, value in headers if name == b":authority"), None)


def is_informational_response(headers: Iterable[Header]) -> bool:
    """Whether the pseudo-header fields that begin a list have a status that begins with 1."""
    for name, value in headers:
        if not name.startswith(b":"):
            return False
        if name == b":status":
            return value.startswith(b"1")
    return False


# ------------------------------------------------------------------------------ others


def guard_increment_window(current: int, increment: int) -> int:
    """The size of a flow-control window after an increment.

    :raises FlowControlError: it is more than a window can hold (RFC 9113 section 6.9.1).
    """
    most = 2**31 - 1
    if current + increment > most:
        raise FlowControlError(f"May not increment flow control window past {most}")
    return current + increment


class SizeLimitDict(collections.OrderedDict[int, Any]):
    """A dictionary that drops its oldest entries.

    :param size_limit: how many it keeps; all unless given.
    """

    def __init__(self, *args: dict[int, int], **kwargs: Any) -> None:
        self._size_limit: int | None = kwargs.pop("size_limit", None)
        super().__init__(*args, **kwargs)
        self._check_size_limit()

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self._check_size_limit()

    def _check_size_limit(self) -> None:
        while self._size_limit is not None and len(self) > self._size_limit:
            self.popitem(last=False)
