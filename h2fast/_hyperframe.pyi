from collections.abc import Iterable, Iterator, MutableSet
from typing import Any, ClassVar, NamedTuple

from typing_extensions import disjoint_base

class HyperframeError(Exception): ...

class UnknownFrameError(HyperframeError):
    frame_type: int
    length: int
    def __init__(self, frame_type: int, length: int) -> None: ...

class InvalidPaddingError(HyperframeError): ...
class InvalidFrameError(HyperframeError): ...
class InvalidDataError(HyperframeError): ...

class Flag(NamedTuple):
    name: str
    bit: int

class Flags(MutableSet[str]):
    def __init__(self, defined_flags: Iterable[Flag]) -> None: ...
    def __contains__(self, x: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def discard(self, value: str) -> None: ...
    def add(self, value: str) -> None: ...

@disjoint_base
class Frame:
    defined_flags: ClassVar[list[Flag]]
    type: int | None
    stream_association: ClassVar[str | None]
    stream_id: int
    body_len: int
    @property
    def flags(self) -> Flags: ...
    @flags.setter
    def flags(self, value: Any) -> None: ...
    def __init__(self, stream_id: int, flags: Iterable[str] = ()) -> None: ...
    @staticmethod
    def explain(data: memoryview) -> tuple[Frame, int]: ...
    @staticmethod
    def parse_frame_header(
        header: bytes | bytearray | memoryview, strict: bool = False
    ) -> tuple[Frame, int]: ...
    def parse_flags(self, flag_byte: int) -> Flags: ...
    def serialize(self) -> bytes: ...
    def serialize_body(self) -> bytes: ...
    def parse_body(self, data: memoryview) -> None: ...
    def __setstate__(self, state: tuple[Any, Any]) -> None: ...

class Padding:
    pad_length: int
    def __init__(self, stream_id: int, pad_length: int = 0, **kwargs: Any) -> None: ...
    def serialize_padding_data(self) -> bytes: ...
    def parse_padding_data(self, data: memoryview) -> int: ...
    @property
    def total_padding(self) -> int: ...

class Priority:
    depends_on: int
    stream_weight: int
    exclusive: bool
    def __init__(
        self,
        stream_id: int,
        depends_on: int = 0,
        stream_weight: int = 0,
        exclusive: bool = False,
        **kwargs: Any,
    ) -> None: ...
    def serialize_priority_data(self) -> bytes: ...
    def parse_priority_data(self, data: memoryview) -> int: ...

class DataFrame(Padding, Frame):
    data: bytes
    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None: ...
    @property
    def flow_controlled_length(self) -> int: ...

class PriorityFrame(Priority, Frame): ...

class RstStreamFrame(Frame):
    error_code: int
    def __init__(self, stream_id: int, error_code: int = 0, **kwargs: Any) -> None: ...

class SettingsFrame(Frame):
    HEADER_TABLE_SIZE: ClassVar[int]
    ENABLE_PUSH: ClassVar[int]
    MAX_CONCURRENT_STREAMS: ClassVar[int]
    INITIAL_WINDOW_SIZE: ClassVar[int]
    MAX_FRAME_SIZE: ClassVar[int]
    MAX_HEADER_LIST_SIZE: ClassVar[int]
    ENABLE_CONNECT_PROTOCOL: ClassVar[int]
    settings: dict[int, int]
    def __init__(
        self, stream_id: int = 0, settings: dict[int, int] | None = None, **kwargs: Any
    ) -> None: ...

class PushPromiseFrame(Padding, Frame):
    promised_stream_id: int
    data: bytes
    def __init__(
        self, stream_id: int, promised_stream_id: int = 0, data: bytes = b"", **kwargs: Any
    ) -> None: ...

class PingFrame(Frame):
    opaque_data: bytes
    def __init__(self, stream_id: int = 0, opaque_data: bytes = b"", **kwargs: Any) -> None: ...

class GoAwayFrame(Frame):
    last_stream_id: int
    error_code: int
    additional_data: bytes
    def __init__(
        self,
        stream_id: int = 0,
        last_stream_id: int = 0,
        error_code: int = 0,
        additional_data: bytes = b"",
        **kwargs: Any,
    ) -> None: ...

class WindowUpdateFrame(Frame):
    window_increment: int
    def __init__(self, stream_id: int, window_increment: int = 0, **kwargs: Any) -> None: ...

class HeadersFrame(Padding, Priority, Frame):
    data: bytes
    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None: ...

class ContinuationFrame(Frame):
    data: bytes
    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None: ...

class AltSvcFrame(Frame):
    origin: bytes
    field: bytes
    def __init__(
        self, stream_id: int, origin: bytes = b"", field: bytes = b"", **kwargs: Any
    ) -> None: ...

class ExtensionFrame(Frame):
    flag_byte: int
    body: bytes
    def __init__(
        self, type: int, stream_id: int, flag_byte: int = 0, body: bytes = b"", **kwargs: Any
    ) -> None: ...
    def parse_flags(self, flag_byte: int) -> None: ...  # type: ignore[override]

FRAMES: dict[int, type[Frame]]

def _raw_data_repr(data: bytes | None) -> str: ...
