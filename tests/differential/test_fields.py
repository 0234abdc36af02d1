"""The rules for lists of header fields in C against those of h2 4.4.1, field for field and message
for message. More than the usual number of lists:

    H2FAST_RANDOM_FIELDS=5000000 pytest tests/differential/test_fields.py
"""

from __future__ import annotations

import ctypes
import os
import random
import re
import shlex
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from h2.config import H2Configuration
from h2.exceptions import ProtocolError
from h2.stream import H2Stream
from h2.utilities import (
    HeaderValidationFlags,
    authority_from_headers,
    extract_method_header,
    is_informational_response,
    validate_headers,
    validate_outbound_headers,
)

Header = tuple[bytes, bytes]
Judgement = tuple[str, int | None]
"""The error, or an empty string, and the index of the field that it is about."""

CSRC = Path(__file__).parent.parent.parent / "csrc"
LISTS = int(os.environ.get("H2FAST_RANDOM_FIELDS", "30000"))

REQUEST, RESPONSE, TRAILERS = range(3)
EXTENDED_CONNECT = 4
KNOWN_METHOD, KNOWN_AUTHORITY, KNOWN_COUNT = 0, 2, 7


class Field(ctypes.Structure):
    """h2f_field"""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("value", ctypes.c_char_p),
        ("name_len", ctypes.c_size_t),
        ("value_len", ctypes.c_size_t),
        ("never_indexed", ctypes.c_uint8),
    )


class SectionInfo(ctypes.Structure):
    """h2f_section_info"""

    _fields_ = (
        ("known", ctypes.POINTER(Field) * KNOWN_COUNT),
        ("pseudo", ctypes.c_uint8),
        ("method", ctypes.c_uint8),
        ("bad_octet", ctypes.c_uint8),
        ("status", ctypes.c_int),
        ("bad", ctypes.c_size_t),
    )


ERRORS = {
    int(number): name
    for name, number in re.findall(
        r"H2F_ERR_FIELD_(\w+) = (-\d+)", (CSRC / "h2f_error.h").read_text()
    )
}

# What h2 says for each error; what varies from list to list is left to .*
MESSAGES = {
    "NAME_UPPERCASE": r"Received uppercase header name .*\.",
    "NAME_OCTET": r"Illegal character '.' in header name: .*",
    "VALUE_OCTET": r"Illegal character '.' in header value: .*",
    "VALUE_BLANK": r"Received header value surrounded by whitespace .*",
    # Of lists to be sent h2 only looks at the first octet, which there is none of.
    "NAME_EMPTY": r"Received header name with zero length\.|index out of range",
    "TE": r"Invalid value for TE header: .*",
    "CONNECTION": r"Connection-specific header field present: .*",
    "PSEUDO_REPEATED": r"Received duplicate pseudo-header field .*",
    "PSEUDO_LATE": r"Received pseudo-header field out of sequence: .*",
    "PSEUDO_UNKNOWN": r"Received custom pseudo-header field .*",
    "HOST_REPEATED": r"Request header block has multiple Host headers\.",
    "PATH_EMPTY": r"An empty :path header is forbidden",
    "PSEUDO_IN_TRAILERS": r"Received pseudo-header in trailer .*",
    "STATUS_MISSING": r"Header block missing mandatory b':status' header",
    "REQUEST_PSEUDO": r"Encountered request-only headers .*",
    "METHOD_MISSING": r"Header block missing mandatory b':method' header",
    "CONNECT_PSEUDO": r"Ordinary CONNECT MUST NOT include :scheme or :path",
    "SCHEME_MISSING": r"Header block missing mandatory b':scheme' header",
    "PATH_MISSING": r"Header block missing mandatory b':path' header",
    "RESPONSE_PSEUDO": r"Encountered response-only headers .*",
    "PROTOCOL_METHOD": r"Encountered connect-request-only headers .*",
    "AUTHORITY_MISSING": r"Request header block does not have an :authority or Host header\.",
    "AUTHORITY_MISMATCH": r"Request header block has mismatched :authority and Host headers: .*",
    "LENGTH_INVALID": r"Invalid content-length header: .*",
    "LENGTH_CONFLICT": r"Conflicting content-length headers: .*",
}
ABOUT_THE_LIST = [
    "PSEUDO_IN_TRAILERS", "STATUS_MISSING", "REQUEST_PSEUDO", "METHOD_MISSING", "CONNECT_PSEUDO",
    "SCHEME_MISSING", "PATH_MISSING", "RESPONSE_PSEUDO", "PROTOCOL_METHOD", "AUTHORITY_MISSING",
    "AUTHORITY_MISMATCH",
]  # fmt: skip
PATTERNS = {error: re.compile(pattern, re.S) for error, pattern in MESSAGES.items()}

# Name, what h2 is told of the section, what the core is told of it.
SECTIONS = {
    "request": (HeaderValidationFlags(False, False, False, False), REQUEST),
    "response": (HeaderValidationFlags(True, False, True, False), RESPONSE),
    "trailers": (HeaderValidationFlags(True, True, False, False), TRAILERS),
    "push": (HeaderValidationFlags(True, False, False, True), REQUEST),
}

RIGHT: list[list[Header]] = [
    [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")],
    [(b":method", b"POST"), (b":scheme", b"https"), (b":path", b"/"), (b"host", b"a")],
    [(b":method", b"CONNECT"), (b":authority", b"a:443")],
    [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"),
     (b":authority", b"a"), (b":path", b"/chat")],
    [(b":status", b"200"), (b"server", b"x"), (b"content-length", b"10")],
    [(b":status", b"103"), (b"link", b"</x>")],
    [(b"grpc-status", b"0"), (b"x-checksum", b"abc")],
    [],
]  # fmt: skip
NAMES = [
    b":method", b":scheme", b":authority", b":path", b":status", b":protocol", b":custom", b":",
    b":paths", b"host", b"te", b"connection", b"proxy-connection", b"keep-alive", b"upgrade",
    b"transfer-encoding", b"transfer-encodinh", b"trailer", b"cookie", b"content-length",
    b"content-length", b"x", b"xy-z", b"user-agent", b"x-forwarded-for", b"", b"content_length",
]  # fmt: skip
VALUES = [
    b"GET", b"HEAD", b"CONNECT", b"connect", b"OPTIONS", b"https", b"/", b"*", b"a", b"a:443",
    b"u@a", b"200", b"100", b"1", b"", b"trailers", b"TrAilers", b"trailers, x", b"websocket",
    b"10", b"010", b"11", b"+10", b"1_0", b"0x1", b"9" * 25, b"9" * 24 + b"8", b"\xb2",
    b"text, and \xe9 more of it", b"0" * 4300, b"0" * 4301,
]  # fmt: skip
OCTETS = b"\0\t\n\r !:@A_Zaz\x1f\x7f\x80\xff"


def random_octets(rng: random.Random, octets: bytes, chance: float) -> bytes:
    """The octets, with a given chance one of them replaced, inserted or taken away."""
    if rng.random() >= chance:
        return octets
    at = rng.randrange(len(octets) + 1)
    changed = bytes([rng.choice(OCTETS) if rng.random() < 0.8 else rng.randrange(256)])
    return octets[:at] + (changed if rng.random() < 0.9 else b"") + octets[at + rng.randrange(2) :]


def random_list(rng: random.Random) -> list[Header]:
    headers = list(rng.choice(RIGHT))
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        at = rng.choice([rng.randrange(len(headers) + 1), len(headers)])
        headers.insert(at, (rng.choice(NAMES), rng.choice(VALUES)))
    if headers and rng.random() < 0.2:
        del headers[rng.randrange(len(headers))]
    if headers and rng.random() < 0.1:
        headers.append(rng.choice(headers))
    if rng.random() < 0.1:
        rng.shuffle(headers)
    chance = rng.choice([0, 0, 0.05, 0.3])
    return [(random_octets(rng, n, chance), random_octets(rng, v, chance)) for n, v in headers]


def as_array(headers: Sequence[Header]) -> ctypes.Array[Field]:
    return (Field * len(headers))(
        *(Field(name, value, len(name), len(value), 0) for name, value in headers)
    )


def error_of(number: int) -> str:
    return ERRORS[number] if number else ""


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no C compiler: {compiler[0]} is not on PATH (CC names another one)")
    library = tmp_path_factory.mktemp("fields") / "fields.so"
    flags = ["-std=c11", "-O2", "-fPIC", "-shared"]
    subprocess.run([*compiler, *flags, CSRC / "fields.c", "-o", library], check=True)
    return ctypes.CDLL(str(library))


def judged_by_core(
    core: ctypes.CDLL, direction: str, headers: Sequence[Header], section: int, flags: int
) -> Judgement:
    check = getattr(core, f"h2f_fields_check_{direction}")
    info = SectionInfo()
    count = ctypes.c_size_t(len(headers))
    error = check(as_array(headers), count, section, flags, ctypes.byref(info))
    return error_of(error), info.bad if info.bad < len(headers) else None


def judged_by_h2(
    headers: Sequence[Header], validate: Callable[[Iterator[Header]], object]
) -> Judgement:
    """The field that an error is about is the last one that was taken from the iterator."""
    taken = 0

    def take() -> Iterator[Header]:
        nonlocal taken
        for header in headers:
            taken += 1
            yield header

    try:
        validate(take())
    except (ProtocolError, IndexError) as error:
        message = str(error)
    else:
        return "", None
    (found,) = (name for name, pattern in PATTERNS.items() if pattern.fullmatch(message))
    return found, None if found in ABOUT_THE_LIST else taken - 1


def test_every_error_has_a_message_of_h2_or_is_of_the_strict_mode() -> None:
    assert set(MESSAGES) == {name for number, name in ERRORS.items() if number > -75}


@pytest.mark.parametrize("direction", ["received", "sent"])
@pytest.mark.parametrize("section", SECTIONS)
def test_random_lists_are_judged_as_by_h2(core: ctypes.CDLL, section: str, direction: str) -> None:
    flags, number = SECTIONS[section]
    validate = validate_headers if direction == "received" else validate_outbound_headers
    rng = random.Random(f"{section} {direction}")
    judgements = Counter[str]()
    for _ in range(LISTS // 8):
        headers = random_list(rng)
        expected = judged_by_h2(headers, lambda headers: list(validate(headers, flags)))
        assert judged_by_core(core, direction, headers, number, 0) == expected, headers
        # The setting matters to the strict mode alone.
        assert judged_by_core(core, direction, headers, number, EXTENDED_CONNECT) == expected
        judgements[expected[0]] += 1
    assert judgements[""] > LISTS // 160
    assert len(judgements) > 5, judgements


def test_content_length_is_read_as_by_h2(core: ctypes.CDLL) -> None:
    rng = random.Random("content-length")
    judgements = Counter[str]()
    for _ in range(LISTS // 3):
        headers = random_list(rng)
        length, bad = ctypes.c_int64(), ctypes.c_size_t()
        fields, count = as_array(headers), ctypes.c_size_t(len(headers))
        error = core.h2f_fields_content_length(
            fields, count, ctypes.byref(length), ctypes.byref(bad)
        )
        stream = H2Stream(1, H2Configuration(), 65535, 65535)
        expected = judged_by_h2(headers, stream._initialize_content_length)
        actual = error_of(error), bad.value if bad.value < len(headers) else None
        assert actual == expected, headers
        if not error:
            content_length = stream._expected_content_length
            saturated = -1 if content_length is None else min(content_length, 2**63 - 1)
            assert length.value == saturated, headers
        judgements[expected[0]] += 1
    assert set(judgements) == {"", "LENGTH_INVALID", "LENGTH_CONFLICT"}


def test_fields_are_found_as_by_h2(core: ctypes.CDLL) -> None:
    rng = random.Random("read")
    informational = 0
    for _ in range(LISTS // 3):
        headers = random_list(rng)
        fields, count = as_array(headers), ctypes.c_size_t(len(headers))
        expected = is_informational_response(headers)
        assert bool(core.h2f_fields_informational(fields, count)) == expected, headers
        informational += expected
        info = SectionInfo()
        core.h2f_fields_read(fields, count, ctypes.byref(info))
        for known, find in (
            (KNOWN_METHOD, extract_method_header),
            (KNOWN_AUTHORITY, authority_from_headers),
        ):
            found = info.known[known]
            value = found.contents.value[: found.contents.value_len] if found else None
            assert (value or b"").split(b"\0")[0] == (find(headers) or b"").split(b"\0")[0]
            assert bool(found) == (find(headers) is not None)
    assert informational > 0
