"""h2's API: what h2fast.h2 costs beside h2 and jh2, which have it too.

The exchange and the content in bulk are those of `connection_python`. Beside them there are the
same exchange with a connection whose methods are overridden as mitmproxy does it, and with one that
has 10,000 streams open, which h2 counts for each new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from time import thread_time
from typing import Any

from bench import exchange
from bench.connection_python import (
    ROLES,
    BulkSide,
    H2Client,
    H2Server,
    Role,
    Side,
    checked_bulk,
    checked_exchange,
)
from bench.contest import OURS, Contest, without_collector
from bench.exchange import BODY, LARGE, REQUEST, RESPONSE, WARM

MODULES = {OURS: "h2fast.h2", "h2": "h2", "jh2": "jh2"}
LAYER = "h2fast.h2"
EXCHANGES = ("server", "client", "server, overridden methods")
BULK = (("receive", "whole frames"), ("receive", "frames cut in two"), ("send", "as bytes"))
OPEN_STREAMS = 10_000
AFTER = 20  # requests that are timed


class OverriddenServer(H2Server):
    """With a subclass that hands every call on."""

    def __init__(self, *, client: bool, module: str, **_: int) -> None:
        self.connection = exchange.oracle(client=client, module=module, make=_overridden(module))
        self.events = import_module(f"{module}.events")


@cache
def _overridden(module: str) -> type:
    base: Any = import_module(f"{module}.connection").H2Connection

    class Overridden(base):  # type: ignore[misc]  # there are several
        def initiate_connection(self) -> None:
            super().initiate_connection()

        def receive_data(self, data: bytes) -> Any:
            return super().receive_data(data)

        def send_data(
            self, stream_id: int, data: bytes, end_stream: bool = False, pad_length: Any = None
        ) -> None:
            super().send_data(stream_id, data, end_stream, pad_length)

        def end_stream(self, stream_id: int) -> None:
            super().end_stream(stream_id)

        def reset_stream(self, stream_id: int, error_code: int = 0) -> None:
            super().reset_stream(stream_id, error_code)

    return Overridden


def _sides(side: Callable[..., Any], *names: str) -> Mapping[str, Callable[..., Any]]:
    return {name: partial(side, module=MODULES[name]) for name in names}


SIDES: Mapping[str, Mapping[str, Callable[..., Side]]] = {
    "server": _sides(H2Server, OURS, "h2", "jh2"),
    "client": _sides(H2Client, OURS, "h2", "jh2"),
    "server, overridden methods": _sides(OverriddenServer, OURS, "h2"),
}
BULK_SIDES: Mapping[str, Callable[..., BulkSide]] = _sides(H2Server, OURS, "h2", "jh2")


@cache
def exchange_contest(operation: str, data: str) -> Contest:
    role = ROLES["client" if operation == "client" else "server"]
    ours = Role(SIDES[operation], role.client, role.check_output, role.read, role.content)
    contestants, missing = checked_exchange(ours, data)
    return Contest(LAYER, operation, data, "request", exchange.TIMED, contestants, missing)


@cache
def bulk_contest(operation: str, data: str) -> Contest:
    return checked_bulk(LAYER, BULK_SIDES, operation, data)


# ------------------------------------------------------------------------ many open streams


class Crowded:
    """A server with streams that stay open. It goes on from pass to pass: h2 takes a quarter of a
    minute to open them."""

    def __init__(self, module: str) -> None:
        self.client = exchange.oracle(client=True, module=MODULES[OURS])
        self.server = exchange.oracle(client=False, module=module)
        settings = import_module(f"{module}.settings")
        self.server.local_settings = settings.Settings(
            client=False,
            initial_values={
                settings.SettingCodes.MAX_CONCURRENT_STREAMS: 2 * OPEN_STREAMS,
                settings.SettingCodes.INITIAL_WINDOW_SIZE: LARGE,
            },
        )
        self.server.data_to_send()
        self.server.initiate_connection()
        self.client.receive_data(self.server.data_to_send())
        for _ in range(OPEN_STREAMS):
            self.server.receive_data(self.request(end_stream=False))
        self.client.receive_data(self.server.data_to_send())
        for _ in range(WARM):
            self.answer(self.request(end_stream=True))
            self.client.receive_data(self.responses)

    def request(self, *, end_stream: bool) -> bytes:
        stream_id = self.client.get_next_available_stream_id()
        self.client.send_headers(stream_id, REQUEST, end_stream=end_stream)
        return bytes(self.client.data_to_send())

    def answer(self, octets: bytes) -> None:
        """The part that is timed."""
        server = self.server
        for event in server.receive_data(octets):
            if type(event).__name__ == "RequestReceived":
                for _name, _value in event.headers:
                    pass
                server.send_headers(event.stream_id, RESPONSE)
                server.send_data(event.stream_id, BODY, end_stream=True)
        self.responses = server.data_to_send()

    def one_pass(self) -> float:
        requests = [self.request(end_stream=True) for _ in range(AFTER)]
        responses = []
        start = thread_time()
        for octets in requests:
            self.answer(octets)
            responses.append(self.responses)
        seconds = thread_time() - start
        self.check(responses)
        return seconds

    def check(self, responses: Sequence[bytes]) -> None:
        events = [event for octets in responses for event in self.client.receive_data(octets)]
        names = [type(event).__name__ for event in events]
        assert names == ["ResponseReceived", "DataReceived", "StreamEnded"] * AFTER
        assert all(event.data == BODY for event in events[1::3])
        assert self.server.open_inbound_streams == OPEN_STREAMS


@cache
def crowded_contest() -> Contest:
    crowds = {name: Crowded(MODULES[name]) for name in (OURS, "h2")}
    contestants = {
        name: partial(without_collector, crowd.one_pass) for name, crowd in crowds.items()
    }
    data = f"{OPEN_STREAMS:,} open streams"
    return Contest(LAYER, "server", data, "request", AFTER, contestants)
