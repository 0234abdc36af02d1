"""RFC 9113 section 5.1, "closed": what comes late on a stream that was reset."""

from __future__ import annotations

from h2fast import Connection
from h2fast.frames import build_data, build_rst_stream

REQUEST = [(":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/")]


def reset_by_server() -> Connection:
    client, server = Connection(True), Connection(False)
    client.request(REQUEST, end_stream=False)
    server.receive(client.output())
    server.respond(1, [(":status", "200")])
    server.reset(1, 0)
    server.output()
    return server


def test_data_that_was_under_way_when_the_stream_was_reset_is_ignored() -> None:
    server = reset_by_server()
    assert server.receive(build_data(1, b"late")) == []
    assert server.output() == b""


def test_data_behind_the_peers_own_reset_is_a_stream_error_though_the_stream_was_reset_before() -> (
    None
):
    server = reset_by_server()
    assert server.receive(build_rst_stream(1, 8)) == []
    server.receive(build_data(1, b"wrong"))
    assert server.output() == build_rst_stream(1, 5)
