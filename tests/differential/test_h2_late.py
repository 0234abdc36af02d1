"""What comes for streams on which no more may come, and what else a peer must not do but may have
reason to: taken in one go, it is what h2 makes of it, and what the steps do.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("h2", reason="h2 is not installed: pip install h2")

from h2fast.hyperframe import frame as frames
from tests.differential.h2_walk import GET, OURS, POST, PREFACE, DifferentError, Walk

RESPONSE = [(":status", "200")]


class Script(Walk):
    """A walk that somebody else says the steps of."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        super().__init__(1)

    def _options(self) -> dict[str, Any]:
        self.client = self.options["client_side"]
        return self.options

    def feed(self, *received: frames.Frame) -> None:
        octets = b"".join(frame.serialize() for frame in received)
        self.both(f"receive {octets.hex()}", lambda c, _: c.receive_data(octets))

    def send(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.both(name, lambda c, _: getattr(c, name)(*args, **kwargs))

    def headers(self, stream_id: int, fields: Any, *flags: str) -> frames.HeadersFrame:
        return frames.HeadersFrame(stream_id, self.block(fields), flags=["END_HEADERS", *flags])

    def promise(self, stream_id: int, promised_id: int, fields: Any) -> frames.PushPromiseFrame:
        return frames.PushPromiseFrame(
            stream_id, promised_id, self.block(fields), flags=["END_HEADERS"]
        )

    def request(self, stream_id: int, *flags: str) -> None:
        self.feed(self.headers(stream_id, POST, *flags))


class InSteps(Script):
    """Theirs is ours in steps."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.theirs = OURS.connection.H2Connection(OURS.config.H2Configuration(**options))
        self.theirs._core.in_steps = True


def server(kind: type[Script], **options: Any) -> Script:
    """With two requests: all of the first is there, of the second only the headers."""
    it = kind(client_side=False, **options)
    it.send("initiate_connection")
    it.both("preface", lambda c, _: c.receive_data(PREFACE))
    it.feed(frames.SettingsFrame(0))
    it.request(1, "END_STREAM")
    it.request(3)
    return it


def client(kind: type[Script], **options: Any) -> Script:
    """With two requests; and the response to the second has begun."""
    it = kind(client_side=True, **options)
    it.send("initiate_connection")
    it.feed(frames.SettingsFrame(0))
    it.send("send_headers", 1, GET, end_stream=True)
    it.send("send_headers", 3, GET, end_stream=True)
    it.feed(it.headers(3, RESPONSE))
    return it


def content(stream_id: int, octets: int = 5, **kwargs: Any) -> frames.DataFrame:
    return frames.DataFrame(stream_id, bytes(octets), **kwargs)


def end(it: Script, stream_id: int) -> None:
    it.send("send_headers", stream_id, RESPONSE, end_stream=True)


def forget(it: Script) -> None:
    """Closed streams are gone after this."""
    it.both("look", lambda c, _: c.open_inbound_streams)


def data_behind_the_end(it: Script) -> None:
    it.feed(content(1), content(1, flags=["END_STREAM"]), content(3))
    forget(it)
    it.feed(content(1), content(1, pad_length=9, flags=["PADDED"]))


def data_behind_our_reset(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    it.feed(content(3), content(3))
    forget(it)
    it.feed(content(3))
    it.request(5)


def data_behind_their_reset(it: Script) -> None:
    it.feed(frames.RstStreamFrame(3, 8), content(3))
    forget(it)
    it.feed(content(3))


def data_behind_both_ends(it: Script) -> None:
    end(it, 1)
    it.feed(content(1))
    forget(it)
    it.feed(content(1))


def data_on_a_stream_that_was_passed_over(it: Script) -> None:
    it.request(7)
    it.feed(content(5), content(5))


def data_on_an_idle_stream(it: Script) -> None:
    it.feed(content(9))


def data_on_a_stream_of_the_other_side(it: Script) -> None:
    it.feed(content(2))


def late_data_gives_the_window_back(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    for _ in range(3):
        it.feed(content(3, 16000))
    it.feed(content(3, 16000), content(3, 16000))


def late_data_beyond_the_window(it: Script) -> None:
    for _ in range(3):
        it.feed(content(3, 16384))
    it.send("reset_stream", 3, 8)
    it.feed(content(3, 16383))
    it.feed(content(1, 16384))


def headers_behind_the_end(it: Script) -> None:
    it.feed(it.headers(1, POST))
    it.feed(it.headers(1, POST, "END_STREAM"))
    forget(it)
    it.feed(it.headers(1, [*POST, ("a", "b")]))
    it.request(5)


def headers_behind_a_reset(it: Script) -> None:
    it.feed(frames.RstStreamFrame(3, 8))
    it.feed(it.headers(3, [("a", "b")], "END_STREAM"))
    forget(it)
    it.feed(it.headers(3, [("c", "d")]), it.headers(3, [("c", "d")]))
    it.request(5)


def headers_behind_our_reset(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    it.feed(it.headers(3, [(":status", "103")]))


def headers_on_a_stream_that_has_ended(it: Script) -> None:
    end(it, 1)
    it.feed(it.headers(1, POST))


def headers_on_a_stream_that_has_ended_and_is_gone(it: Script) -> None:
    end(it, 1)
    forget(it)
    it.feed(it.headers(1, POST))


def headers_on_a_stream_that_was_passed_over(it: Script) -> None:
    it.request(7)
    it.feed(it.headers(5, POST))


def interim_headers_behind_the_end(it: Script) -> None:
    it.feed(it.headers(1, [(":status", "100")]))


def late_headers_when_there_are_too_many_streams(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    for stream_id in range(5, 205, 2):
        it.request(stream_id)
    it.feed(it.headers(3, [("a", "b")]))


def late_headers_that_cannot_be_decoded(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    it.feed(frames.HeadersFrame(3, b"\x80", flags=["END_HEADERS"]))


def windows_that_overflow(it: Script) -> None:
    it.feed(frames.WindowUpdateFrame(3, 2**31 - 1), frames.WindowUpdateFrame(3, 2**31 - 1))
    it.feed(frames.WindowUpdateFrame(1, 2**31 - 65535), frames.WindowUpdateFrame(1, 2**31 - 1))
    it.request(5)


def many_unknown_settings(it: Script) -> None:
    for first in (0x100, 0x120, 0x140):
        it.feed(frames.SettingsFrame(0, {first + i: i for i in range(30)}))
    it.feed(frames.SettingsFrame(0, {0x100: 5, 0x200: 6, 4: 100, 3: 7, 8: 1, 0: 1, 9: 1}))
    it.feed(frames.SettingsFrame(0, {9: 2}))
    it.both("settings", lambda c, _: (len(c.remote_settings) > 60, c.remote_settings[0x100]))


def a_setting_twice_in_a_frame(it: Script) -> None:
    octets = b"\0\0\x0c\x04\0\0\0\0\0" + b"\0\x99\0\0\0\1" + b"\0\x99\0\0\0\2"
    it.both("twice", lambda c, _: c.receive_data(octets))


def goaway(it: Script) -> None:
    it.send("ping", b"12345678")
    it.feed(frames.GoAwayFrame(0, last_stream_id=1, error_code=0))
    it.feed(frames.GoAwayFrame(0, last_stream_id=1, error_code=77, additional_data=b"why"))
    it.request(5)


def goaway_with_its_reserved_bit(it: Script) -> None:
    it.feed(frames.GoAwayFrame(0, last_stream_id=2**31 - 1, error_code=11))
    octets = b"\0\0\x08\x07\0\0\0\0\0" + b"\x80\0\0\1" + bytes(4)
    it.both("goaway", lambda c, _: c.receive_data(octets))


def alternative_services(it: Script) -> None:
    it.feed(frames.AltSvcFrame(0, b"o", b"f"), frames.AltSvcFrame(3, b"", b"f"))
    it.feed(frames.AltSvcFrame(9, b"", b"f"), frames.AltSvcFrame(1, b"o", b"f"))


def parts_of_a_block(it: Script) -> None:
    block = it.block([*POST, ("a", "b" * 40)])
    it.feed(frames.HeadersFrame(5, block[:3]))
    it.feed(*(frames.ContinuationFrame(5, block[at : at + 1]) for at in range(3, len(block) - 1)))
    it.feed(frames.ContinuationFrame(5, block[-1:], flags=["END_HEADERS"]))


def parts_of_another_block(it: Script) -> None:
    it.feed(frames.HeadersFrame(5, b"\x82"))
    it.feed(frames.ContinuationFrame(7, b"\x82"))


def parts_without_end(it: Script) -> None:
    it.feed(frames.HeadersFrame(5, b"\x82"))
    it.feed(*(frames.ContinuationFrame(5, b"\x82") for _ in range(63)))
    it.feed(frames.ContinuationFrame(5, b"\x82"))


OF_A_SERVER = [
    data_behind_the_end, data_behind_our_reset, data_behind_their_reset, data_behind_both_ends,
    data_on_a_stream_that_was_passed_over, data_on_an_idle_stream,
    data_on_a_stream_of_the_other_side, late_data_gives_the_window_back,
    late_data_beyond_the_window, headers_behind_the_end, headers_behind_a_reset,
    headers_behind_our_reset, headers_on_a_stream_that_has_ended,
    headers_on_a_stream_that_has_ended_and_is_gone, headers_on_a_stream_that_was_passed_over,
    interim_headers_behind_the_end, late_headers_when_there_are_too_many_streams,
    late_headers_that_cannot_be_decoded, windows_that_overflow, many_unknown_settings,
    a_setting_twice_in_a_frame, goaway, goaway_with_its_reserved_bit, alternative_services,
    parts_of_a_block, parts_of_another_block, parts_without_end,
]  # fmt: skip


def promises(it: Script) -> None:
    it.feed(it.promise(1, 2, GET))
    it.feed(it.promise(3, 6, [*GET, ("cookie", "a=1"), ("cookie", "b=2")]))
    it.feed(it.headers(2, RESPONSE), content(2, flags=["END_STREAM"]))
    it.feed(it.headers(6, RESPONSE, "END_STREAM"))
    it.both("look", lambda c, _: c.open_inbound_streams)


def a_promise_of_text_that_is_none(it: Script) -> None:
    it.feed(it.promise(1, 2, [*GET, (b"a", b"\xff")]))


def a_promise_that_breaks_a_rule(it: Script) -> None:
    it.feed(it.promise(1, 2, GET[1:]))


def a_promise_of_an_odd_stream(it: Script) -> None:
    it.feed(it.promise(1, 5, GET))


def a_promise_of_an_old_stream(it: Script) -> None:
    it.feed(it.promise(1, 4, GET))
    it.feed(it.promise(1, 2, GET))


def a_promise_on_a_promised_stream(it: Script) -> None:
    it.feed(it.promise(1, 2, GET))
    it.feed(it.headers(2, RESPONSE))
    it.feed(it.promise(2, 4, GET))


def promises_on_a_stream_that_was_reset(it: Script) -> None:
    it.send("reset_stream", 1, 8)
    it.feed(it.promise(1, 2, GET), it.promise(1, 4, GET))
    forget(it)
    it.feed(it.promise(1, 6, GET))


def a_promise_on_a_stream_that_has_ended(it: Script) -> None:
    it.feed(content(3, flags=["END_STREAM"]))
    it.feed(it.promise(3, 2, GET))


def promises_that_nobody_wants(it: Script) -> None:
    it.send("update_settings", {OURS.settings.SettingCodes.ENABLE_PUSH: 0})
    it.feed(it.promise(1, 2, GET))
    it.feed(frames.SettingsFrame(0, flags=["ACK"]))
    it.feed(it.promise(1, 4, GET))


def a_promise_with_padding(it: Script) -> None:
    frame = it.promise(1, 2, GET)
    frame.flags.add("PADDED")
    frame.pad_length = 3
    it.feed(frame)


def a_response_behind_its_end(it: Script) -> None:
    it.feed(content(3, flags=["END_STREAM"]))
    it.feed(content(3))
    forget(it)
    it.feed(content(3))
    it.feed(it.headers(3, RESPONSE))


def a_response_behind_a_reset(it: Script) -> None:
    it.send("reset_stream", 3, 8)
    it.feed(content(3), it.headers(3, [("a", "b")], "END_STREAM"))
    it.feed(it.headers(3, [(":status", "103")]))


OF_A_CLIENT = [
    promises, a_promise_of_text_that_is_none, a_promise_that_breaks_a_rule,
    a_promise_of_an_odd_stream, a_promise_of_an_old_stream, a_promise_on_a_promised_stream,
    promises_on_a_stream_that_was_reset, a_promise_on_a_stream_that_has_ended,
    promises_that_nobody_wants, a_promise_with_padding, a_response_behind_its_end,
    a_response_behind_a_reset, goaway_with_its_reserved_bit,
]  # fmt: skip

CONFIGURATIONS: list[dict[str, Any]] = [
    {}, {"header_encoding": "utf-8"}, {"validate_inbound_headers": False},
    {"normalize_inbound_headers": False},
]  # fmt: skip


@pytest.mark.parametrize("options", CONFIGURATIONS, ids=lambda options: " ".join(options) or "-")
@pytest.mark.parametrize("kind", [Script, InSteps])
@pytest.mark.parametrize("play", OF_A_SERVER)
def test_servers(play: Callable[[Script], None], kind: type[Script], options: Any) -> None:
    play(server(kind, **options))


@pytest.mark.parametrize("options", CONFIGURATIONS, ids=lambda options: " ".join(options) or "-")
@pytest.mark.parametrize("kind", [Script, InSteps])
@pytest.mark.parametrize("play", OF_A_CLIENT)
def test_clients(play: Callable[[Script], None], kind: type[Script], options: Any) -> None:
    play(client(kind, **options))


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_parts_of_a_block_are_counted_by_the_limit_of_the_module(
    kind: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("h2.frame_buffer", "h2fast.h2.frame_buffer"):
        monkeypatch.setattr(f"{module}.CONTINUATION_BACKLOG", 5)
    it = server(kind)
    it.feed(frames.HeadersFrame(5, b"\x82"))
    for _ in range(6):
        it.feed(frames.ContinuationFrame(5, b"\x82"))


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_buffer_of_somebodys_own_sees_all_parts_of_a_block(kind: type[Script]) -> None:
    it = server(kind)
    seen: list[list[str]] = []
    for connection in (it.theirs, it.ours):
        buffer = connection.incoming_buffer
        seen.append([])

        class Buffer(type(buffer)):  # type: ignore[misc]
            names = seen[-1]

            def _update_header_buffer(self, frame: Any) -> Any:
                self.names.append(type(frame).__name__)
                return super()._update_header_buffer(frame)

        buffer.__class__ = Buffer
    it.feed(frames.HeadersFrame(5, b"\x82"))
    it.feed(*(frames.ContinuationFrame(5, b"\x82") for _ in range(3)))
    assert seen[0] == seen[1] == ["HeadersFrame", *["ContinuationFrame"] * 3]


def with_a_hook(connection: Any, hook: Callable[[], Any]) -> None:
    """Calls something once, when the connection looks for its decoder."""
    decoder = connection.decoder
    hooks = [hook]

    def get(_: Any) -> Any:
        while hooks:
            hooks.pop()()
        return decoder

    kind = type(connection)
    connection.__class__ = type("Hooked", (kind,), {"decoder": property(get)})


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_stream_that_ends_while_late_headers_are_decoded(kind: type[Script]) -> None:
    it = server(kind)
    it.send("send_headers", 1, RESPONSE)
    for connection in (it.theirs, it.ours):
        with_a_hook(connection, lambda c=connection: c.end_stream(1))  # type: ignore[misc]
    it.feed(it.headers(1, POST))


@pytest.mark.parametrize("stream_id", [1, 3, 5])
@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_connection_that_is_closed_while_headers_are_decoded(
    kind: type[Script], stream_id: int
) -> None:
    it = server(kind)
    for connection in (it.theirs, it.ours):
        with_a_hook(connection, connection.close_connection)
    it.feed(it.headers(stream_id, [("a", "b")] if stream_id == 3 else POST, "END_STREAM"))


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_stream_that_is_opened_while_its_headers_are_decoded(kind: type[Script]) -> None:
    it = server(kind)
    octets = it.headers(5, POST).serialize()
    for connection in (it.theirs, it.ours):
        with_a_hook(connection, lambda c=connection: c.receive_data(octets))  # type: ignore[misc]
    it.feed(it.headers(5, POST))


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_stream_that_is_reset_while_a_promise_on_it_is_decoded(kind: type[Script]) -> None:
    it = client(kind)
    for connection in (it.theirs, it.ours):
        with_a_hook(connection, lambda c=connection: c.reset_stream(1))  # type: ignore[misc]
    it.feed(it.promise(1, 2, GET))


@pytest.mark.parametrize("kind", [Script, InSteps])
def test_a_stream_that_is_promised_while_it_is_promised(kind: type[Script]) -> None:
    it = client(kind)
    octets = it.promise(1, 2, GET).serialize()
    for connection in (it.theirs, it.ours):
        with_a_hook(connection, lambda c=connection: c.receive_data(octets))  # type: ignore[misc]
    it.feed(it.promise(1, 2, GET))


@pytest.mark.parametrize("in_steps", [True, False])
def test_a_stream_that_is_promised_while_closed_ones_go(in_steps: bool) -> None:
    connection = OURS.connection.H2Connection()
    connection._core.in_steps = in_steps
    connection.initiate_connection()
    connection.receive_data(frames.SettingsFrame(0).serialize())
    connection.send_headers(1, GET)
    block = b"\x82\x87\x84\x41\x01a"

    def promise(stream_id: int) -> None:
        frame = frames.PushPromiseFrame(1, stream_id, block, flags=["END_HEADERS"])
        connection.receive_data(frame.serialize())

    for stream_id in range(2, 202, 2):
        promise(stream_id)
        if stream_id == 2:
            weakref.finalize(connection.streams[2], promise, 202)
        connection.receive_data(frames.RstStreamFrame(stream_id, 8).serialize())
    with pytest.raises(OURS.exceptions.StreamIDTooLowError):
        promise(202)
    assert list(connection.streams) == [1, 202]
    assert connection.counters["max_pushed"] == 1


def test_a_difference_would_be_found() -> None:
    it = server(Script)
    it.ours.reset_stream(3, 8)
    it.ours.data_to_send()
    with pytest.raises(DifferentError):
        it.feed(content(3))
