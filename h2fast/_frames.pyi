import sys
from collections.abc import Iterable
from typing import final, overload

from typing_extensions import Buffer, Never

class FrameError(ValueError):
    error_code: int
    stream_id: int
    type: int
    length: int
    offset: int
    frames: list[Frame]
    def __init__(
        self, message: str, error_code: int, stream_id: int, frame_type: int, length: int
    ) -> None: ...

@final
class Frame:
    def __init__(self, *args: Never, **kwargs: Never) -> None: ...
    if sys.version_info >= (3, 12):
        def __buffer__(self, flags: int, /) -> memoryview: ...

    @property
    def type(self) -> int: ...
    @property
    def type_name(self) -> str: ...
    @property
    def flags(self) -> int: ...
    @property
    def stream_id(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def data(self) -> memoryview: ...
    @property
    def end_stream(self) -> bool: ...
    @property
    def end_headers(self) -> bool: ...
    @property
    def ack(self) -> bool: ...
    @property
    def pad_length(self) -> int | None: ...
    @property
    def priority(self) -> tuple[int, int, bool] | None: ...
    @property
    def error_code(self) -> int | None: ...
    @property
    def promised_stream_id(self) -> int | None: ...
    @property
    def last_stream_id(self) -> int | None: ...
    @property
    def prioritized_stream_id(self) -> int | None: ...
    @property
    def window_increment(self) -> int | None: ...
    @property
    def settings(self) -> list[tuple[int, int]] | None: ...
    @property
    def origin(self) -> memoryview | None: ...

def parse_frames(buffer: Buffer, max_frame_size: int = 16384) -> tuple[list[Frame], int]: ...
@overload
def build_data(
    stream_id: int,
    data: Buffer = b"",
    *,
    end_stream: bool = False,
    pad_length: int | None = None,
    into: None = None,
) -> bytes: ...
@overload
def build_data(
    stream_id: int,
    data: Buffer = b"",
    *,
    end_stream: bool = False,
    pad_length: int | None = None,
    into: bytearray,
) -> None: ...
@overload
def build_headers(
    stream_id: int,
    block: Buffer,
    *,
    end_stream: bool = False,
    end_headers: bool = True,
    priority: tuple[int, int, bool] | None = None,
    pad_length: int | None = None,
    into: None = None,
) -> bytes: ...
@overload
def build_headers(
    stream_id: int,
    block: Buffer,
    *,
    end_stream: bool = False,
    end_headers: bool = True,
    priority: tuple[int, int, bool] | None = None,
    pad_length: int | None = None,
    into: bytearray,
) -> None: ...
@overload
def build_priority(
    stream_id: int, depends_on: int, weight: int, exclusive: bool = False, *, into: None = None
) -> bytes: ...
@overload
def build_priority(
    stream_id: int, depends_on: int, weight: int, exclusive: bool = False, *, into: bytearray
) -> None: ...
@overload
def build_rst_stream(stream_id: int, error_code: int, *, into: None = None) -> bytes: ...
@overload
def build_rst_stream(stream_id: int, error_code: int, *, into: bytearray) -> None: ...
@overload
def build_settings(
    settings: dict[int, int] | Iterable[tuple[int, int]] = (),
    *,
    ack: bool = False,
    into: None = None,
) -> bytes: ...
@overload
def build_settings(
    settings: dict[int, int] | Iterable[tuple[int, int]] = (), *, ack: bool = False, into: bytearray
) -> None: ...
@overload
def build_push_promise(
    stream_id: int,
    promised_stream_id: int,
    block: Buffer,
    *,
    end_headers: bool = True,
    pad_length: int | None = None,
    into: None = None,
) -> bytes: ...
@overload
def build_push_promise(
    stream_id: int,
    promised_stream_id: int,
    block: Buffer,
    *,
    end_headers: bool = True,
    pad_length: int | None = None,
    into: bytearray,
) -> None: ...
@overload
def build_ping(opaque_data: Buffer, *, ack: bool = False, into: None = None) -> bytes: ...
@overload
def build_ping(opaque_data: Buffer, *, ack: bool = False, into: bytearray) -> None: ...
@overload
def build_goaway(
    last_stream_id: int, error_code: int, debug_data: Buffer = b"", *, into: None = None
) -> bytes: ...
@overload
def build_goaway(
    last_stream_id: int, error_code: int, debug_data: Buffer = b"", *, into: bytearray
) -> None: ...
@overload
def build_window_update(stream_id: int, increment: int, *, into: None = None) -> bytes: ...
@overload
def build_window_update(stream_id: int, increment: int, *, into: bytearray) -> None: ...
@overload
def build_continuation(
    stream_id: int, block: Buffer, *, end_headers: bool = True, into: None = None
) -> bytes: ...
@overload
def build_continuation(
    stream_id: int, block: Buffer, *, end_headers: bool = True, into: bytearray
) -> None: ...
@overload
def build_altsvc(
    stream_id: int, origin: Buffer, field_value: Buffer, *, into: None = None
) -> bytes: ...
@overload
def build_altsvc(
    stream_id: int, origin: Buffer, field_value: Buffer, *, into: bytearray
) -> None: ...
@overload
def build_origin(origins: Iterable[bytes], *, into: None = None) -> bytes: ...
@overload
def build_origin(origins: Iterable[bytes], *, into: bytearray) -> None: ...
@overload
def build_priority_update(
    prioritized_stream_id: int, field_value: Buffer, *, into: None = None
) -> bytes: ...
@overload
def build_priority_update(
    prioritized_stream_id: int, field_value: Buffer, *, into: bytearray
) -> None: ...
@overload
def build_frame(
    type: int, flags: int, stream_id: int, payload: Buffer = b"", *, into: None = None
) -> bytes: ...
@overload
def build_frame(
    type: int, flags: int, stream_id: int, payload: Buffer = b"", *, into: bytearray
) -> None: ...
