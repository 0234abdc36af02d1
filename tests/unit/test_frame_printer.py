"""python -m h2fast frames."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from h2fast.frame_printer import PREFACE, FramePrinter
from h2fast.frames import (
    build_altsvc,
    build_continuation,
    build_data,
    build_frame,
    build_goaway,
    build_headers,
    build_ping,
    build_priority_update,
    build_push_promise,
    build_rst_stream,
    build_settings,
    build_window_update,
)
from h2fast.hpack import Encoder


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "h2fast", *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def printed(octets: bytes) -> tuple[list[str], bool]:
    """The lines of all of it at once, which are those of one octet after the other."""
    printer, slow_printer = FramePrinter(), FramePrinter()
    lines = [*printer.feed(octets), *printer.end()]
    slow_lines = [
        line for at in range(len(octets)) for line in slow_printer.feed(octets[at : at + 1])
    ]
    assert [*slow_lines, *slow_printer.end()] == lines
    return lines, printer.malformed


def test_a_stream_with_every_kind_of_line() -> None:
    encoder = Encoder()
    block = encoder.encode([(":method", "GET"), ("x-name", "a\r\n\x00\xff\\")])
    again = encoder.encode([(":method", "GET"), ("x-name", "a\r\n\x00\xff\\")])
    parts = [
        PREFACE,
        build_settings([(1, 4096), (0x1234, 5)]),
        build_headers(1, block[:3], end_stream=True, end_headers=False, priority=(0, 16, True)),
        build_continuation(1, block[3:]),
        build_push_promise(1, 2, again, pad_length=2),
        build_data(1, b"data", pad_length=0),
        build_rst_stream(1, 8),
        build_rst_stream(3, 0x7777),
        build_ping(b"8 octet\n", ack=True),
        build_window_update(0, 5),
        build_altsvc(0, b"https://a.example", b"h3"),
        build_priority_update(1, b"u=1"),
        build_frame(0xFB, 0x5A, 7, b"anything"),
        build_goaway(1, 2, b"bye"),
    ]
    lines, malformed = printed(b"".join(parts))
    assert not malformed
    fields = ["         :method: GET", r"         x-name: a\r\n\x00\xc3\xbf\\"]
    assert [line if line in fields else line[9:] for line in lines] == [
        "connection preface",
        "SETTINGS stream=0 flags=0x00 length=12 HEADER_TABLE_SIZE=4096 0x1234=5",
        "HEADERS stream=1 flags=END_STREAM|PRIORITY length=8 depends_on=0 weight=16 exclusive",
        f"CONTINUATION stream=1 flags=END_HEADERS length={len(block) - 3}",
        *fields,
        "PUSH_PROMISE stream=1 flags=END_HEADERS|PADDED length=9 padding=2 promised_stream_id=2",
        *fields,
        "DATA stream=1 flags=PADDED length=5 padding=0",
        "RST_STREAM stream=1 flags=0x00 length=4 error_code=CANCEL",
        "RST_STREAM stream=3 flags=0x00 length=4 error_code=0x7777",
        r'PING stream=0 flags=ACK length=8 "8 octet\n"',
        "WINDOW_UPDATE stream=0 flags=0x00 length=4 window_increment=5",
        'ALTSVC stream=0 flags=0x00 length=21 origin=https://a.example "h3"',
        'PRIORITY_UPDATE stream=0 flags=0x00 length=7 prioritized_stream_id=1 "u=1"',
        "type 0xfb stream=7 flags=0x5a length=8",
        'GOAWAY stream=0 flags=0x00 length=11 last_stream_id=1 error_code=INTERNAL_ERROR "bye"',
    ]
    assert [int(line[:8]) for line in lines if line not in fields][:3] == [0, 24, 45]


@pytest.mark.parametrize(
    ("octets", "fault"),
    [
        (build_ping(b"8 octets")[:12], "ends within a frame, 12 octets into it"),
        (build_frame(0xFB, 0, 0)[:3] + b"\x06\0\0\0\0\0", "does not allow this length"),
        (build_headers(1, b"\x80"), "header block of stream 1: Invalid table index 0"),
        (build_headers(1, b"", end_headers=False), "ends within the header block of stream 1"),
        (build_headers(1, b"", end_headers=False) + build_ping(b"8 octets"), "stream 1 is not"),
        (build_continuation(1, b""), "no header block to continue"),
    ],
)
def test_what_is_malformed_is_shown_where_it_stands(octets: bytes, fault: str) -> None:
    before = build_settings(ack=True)
    lines, malformed = printed(before + octets)
    assert malformed
    shown = next(line for line in lines if "MALFORMED" in line)
    assert fault in shown
    assert int(shown[:8]) >= len(before)


def test_printing_goes_on_after_a_malformed_frame() -> None:
    bad = b"\0\0\4\x08\0\0\0\0\1\0\0\0\0"
    lines, malformed = printed(bad + build_headers(1, b"\x80") + build_headers(3, b"\x82"))
    assert malformed
    assert "increment is 0" in lines[0]
    assert lines[-1].endswith("1 octets of headers, not decoded after the error above")


def test_printing_goes_on_after_a_frame_that_is_malformed_by_its_header() -> None:
    bad = b"\0\0\7\6\0\0\0\0\0" + b"\0" * 7
    lines, malformed = printed(bad + build_ping(b"8 octets"))
    assert malformed
    assert ["MALFORMED" in line for line in lines] == [True, False]
    assert lines[1].startswith("      16 PING")


def test_the_command_reads_a_file_or_standard_input(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    capture.write_bytes(build_ping(b"8 octets"))
    from_file, from_input = run("frames", str(capture)), run("frames", stdin=capture.read_bytes())
    assert from_file.returncode == from_input.returncode == 0
    assert from_file.stdout == from_input.stdout
    assert b"PING stream=0" in from_file.stdout


def test_the_exit_status_tells_malformed_from_unreadable() -> None:
    assert run("frames", stdin=b"\0").returncode == 1
    missing = run("frames", "no/such/file")
    assert missing.returncode == 2
    assert missing.stderr.decode().splitlines() == [
        "h2fast: frames: no/such/file: No such file or directory"
    ]
    for arguments in ((), ("nonsense",), ("--", "frames")):
        assert run(*arguments).returncode == 2
    assert b"h2fast 0." in run("--version").stdout
