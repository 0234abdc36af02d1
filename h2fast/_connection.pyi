from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Literal, final

from typing_extensions import Buffer, disjoint_base

from ._hpack import HeaderTuple
from ._priority import Priority

_Field = tuple[bytes | str, bytes | str] | tuple[bytes | str, bytes | str, bool] | HeaderTuple
_Headers = Iterable[_Field] | Mapping[str, str] | Mapping[bytes, bytes]

class ProtocolError(Exception):
    error_code: int
    stream_id: int
    def __init__(self, message: str, error_code: int = 1, stream_id: int = 0) -> None: ...

class RemoteProtocolError(ProtocolError):
    events: list[_Event]
    def __init__(self, message: str, error_code: int = 1, stream_id: int = 0) -> None: ...

class LimitExceededError(RemoteProtocolError):
    limit: str
    def __init__(
        self, message: str, error_code: int = 11, stream_id: int = 0, limit: str = ""
    ) -> None: ...

class LocalProtocolError(ProtocolError): ...
class StreamClosedError(LocalProtocolError): ...
class TooManyStreamsError(LocalProtocolError): ...
class QueueFullError(LocalProtocolError): ...

@final
class RequestReceived:
    __match_args__: ClassVar[
        tuple[Literal["stream_id"], Literal["headers"], Literal["stream_ended"]]
    ]
    @property
    def stream_id(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def stream_ended(self) -> bool: ...

@final
class ResponseReceived:
    __match_args__: ClassVar[
        tuple[Literal["stream_id"], Literal["headers"], Literal["stream_ended"]]
    ]
    @property
    def stream_id(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def stream_ended(self) -> bool: ...

@final
class InformationalResponseReceived:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["headers"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...

@final
class TrailersReceived:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["headers"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...

@final
class DataReceived:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["data"], Literal["stream_ended"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def flow_controlled_length(self) -> int: ...
    @property
    def view(self) -> memoryview: ...
    @property
    def data(self) -> bytes: ...
    @property
    def stream_ended(self) -> bool: ...

@final
class StreamReset:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["error_code"], Literal["remote"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def error_code(self) -> int: ...
    @property
    def remote(self) -> bool: ...

@final
class PushReceived:
    __match_args__: ClassVar[
        tuple[Literal["stream_id"], Literal["promised_stream_id"], Literal["headers"]]
    ]
    @property
    def stream_id(self) -> int: ...
    @property
    def promised_stream_id(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...

@final
class SettingsReceived:
    __match_args__: ClassVar[tuple[Literal["settings"]]]
    @property
    def settings(self) -> list[tuple[int, int]]: ...

@final
class SettingsAcknowledged:
    __match_args__: ClassVar[tuple[()]]

@final
class PingReceived:
    __match_args__: ClassVar[tuple[Literal["data"]]]
    @property
    def data(self) -> bytes: ...

@final
class PingAcknowledged:
    __match_args__: ClassVar[tuple[Literal["data"]]]
    @property
    def data(self) -> bytes: ...

@final
class GoAwayReceived:
    __match_args__: ClassVar[
        tuple[Literal["last_stream_id"], Literal["error_code"], Literal["debug_data"]]
    ]
    @property
    def last_stream_id(self) -> int: ...
    @property
    def error_code(self) -> int: ...
    @property
    def debug_data(self) -> bytes: ...

@final
class WindowUpdated:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["increment"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def increment(self) -> int: ...

@final
class PriorityReceived:
    __match_args__: ClassVar[
        tuple[Literal["stream_id"], Literal["depends_on"], Literal["weight"], Literal["exclusive"]]
    ]
    @property
    def stream_id(self) -> int: ...
    @property
    def depends_on(self) -> int: ...
    @property
    def weight(self) -> int: ...
    @property
    def exclusive(self) -> bool: ...

@final
class PriorityUpdateReceived:
    __match_args__: ClassVar[tuple[Literal["prioritized_stream_id"], Literal["field_value"]]]
    @property
    def prioritized_stream_id(self) -> int: ...
    @property
    def field_value(self) -> bytes: ...

@final
class AltSvcReceived:
    __match_args__: ClassVar[tuple[Literal["stream_id"], Literal["origin"], Literal["field_value"]]]
    @property
    def stream_id(self) -> int: ...
    @property
    def origin(self) -> bytes: ...
    @property
    def field_value(self) -> bytes: ...

@final
class OriginReceived:
    __match_args__: ClassVar[tuple[Literal["origins"]]]
    @property
    def origins(self) -> list[bytes]: ...

@final
class UnknownFrameReceived:
    __match_args__: ClassVar[
        tuple[Literal["stream_id"], Literal["type"], Literal["flags"], Literal["payload"]]
    ]
    @property
    def stream_id(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def flags(self) -> int: ...
    @property
    def payload(self) -> bytes: ...

_Event = (
    RequestReceived
    | ResponseReceived
    | InformationalResponseReceived
    | TrailersReceived
    | DataReceived
    | StreamReset
    | PushReceived
    | SettingsReceived
    | SettingsAcknowledged
    | PingReceived
    | PingAcknowledged
    | GoAwayReceived
    | WindowUpdated
    | PriorityReceived
    | PriorityUpdateReceived
    | AltSvcReceived
    | OriginReceived
    | UnknownFrameReceived
)

@disjoint_base
class Connection:
    def __init__(
        self,
        client: bool = False,
        *,
        auto_windows: bool = True,
        connection_window: int = 65535,
        max_window: int = 0,
        validate: bool = True,
        strict: bool = False,
        views: bool = False,
        scheduler: str | Callable[[list[int]], int | None] = "auto",
        clock: Callable[[], float] | None = None,
        **options: int | tuple[int, int],
    ) -> None: ...
    def receive(self, data: Buffer) -> list[_Event]: ...
    def acknowledge(self, stream_id: int, octets: int) -> None: ...
    def send_headers(self, stream_id: int, headers: _Headers, end_stream: bool = False) -> None: ...
    def send_data(self, stream_id: int, data: Buffer, end_stream: bool = False) -> int: ...
    def request(self, headers: _Headers, body: Buffer = b"", end_stream: bool = True) -> int: ...
    def respond(
        self, stream_id: int, headers: _Headers, body: Buffer = b"", end_stream: bool = True
    ) -> None: ...
    def push(self, stream_id: int, headers: _Headers) -> int: ...
    def reset(self, stream_id: int, error_code: int = 8) -> None: ...
    def ping(self, data: Buffer) -> None: ...
    def update_settings(self, **settings: int) -> None: ...
    def go_away(
        self, error_code: int = 0, last_stream_id: int | None = None, debug_data: Buffer = b""
    ) -> None: ...
    def open_window(self, stream_id: int, increment: int) -> None: ...
    def update_priority(self, stream_id: int, field_value: Buffer) -> None: ...
    def set_priority(
        self, stream_id: int, urgency: int | None = None, incremental: bool | None = None
    ) -> None: ...
    def set_dependency(
        self, stream_id: int, depends_on: int = 0, weight: int = 16, exclusive: bool = False
    ) -> None: ...
    def send_altsvc(self, stream_id: int, origin: Buffer, field_value: Buffer) -> None: ...
    def send_origin(self, origins: Iterable[Buffer | str]) -> None: ...
    def output(self, most: int = 262144) -> bytes: ...
    def output_into(self, buffer: Buffer) -> int: ...
    def upgrade(self, settings: bytes | None = None) -> bytes | None: ...
    @property
    def counters(self) -> dict[str, int]: ...
    def output_buffers(self, most: int = 262144) -> list[bytes | memoryview]: ...
    def queued(self, stream_id: int) -> int: ...
    def priority(self, stream_id: int) -> Priority: ...
    @property
    def closed(self) -> bool: ...
    @property
    def draining(self) -> bool: ...
    @property
    def open_inbound_streams(self) -> int: ...
    @property
    def open_outbound_streams(self) -> int: ...
    @property
    def total_queued(self) -> int: ...
    def send_window(self, stream_id: int) -> int: ...
    def receive_window(self, stream_id: int) -> int: ...
    def peer_setting(self, name: str) -> int: ...
