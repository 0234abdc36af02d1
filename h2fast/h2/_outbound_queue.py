"""Content that waits until the peer allows it: h2 leaves that to its callers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from h2fast.h2._connection_states import ConnectionState
from h2fast.h2._stream_states import StreamState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2fast.h2.connection import H2Connection
    from h2fast.hpack.struct import HeaderWeaklyTyped


class _Waiting:
    """What waits on one stream, and how it ends."""

    def __init__(self) -> None:
        self.pieces: deque[memoryview] = deque()
        self.octets = 0
        self.ends = False
        self.trailers: Iterable[HeaderWeaklyTyped] | None = None


class OutboundQueue:
    """What waits on the streams of a connection. They take turns, a frame each."""

    def __init__(self) -> None:
        #: How many octets may wait.
        self.limit = 64 << 20

        #: How many do.
        self.octets = 0

        #: The streams on which something waits, the next one first.
        self.streams: dict[int, _Waiting] = {}

    def waiting(self, stream_id: int) -> int:
        """Octets that wait on a stream."""
        return self.streams[stream_id].octets if stream_id in self.streams else 0

    def is_ending(self, stream_id: int) -> bool:
        """Whether nothing may be added on a stream: its end waits already."""
        return stream_id in self.streams and self.streams[stream_id].ends

    def add(
        self,
        stream_id: int,
        data: bytes | memoryview,
        ends: bool,
        trailers: Iterable[HeaderWeaklyTyped] | None,
    ) -> None:
        """Put content behind what waits on a stream: a copy of what somebody might change.

        :raises BufferError: more octets would wait than the limit allows; none is taken.
        """
        view = memoryview(data)
        if self.octets + view.nbytes > self.limit:
            raise BufferError(
                f"{self.octets} octets wait: with {view.nbytes} more that is above {self.limit}"
            )
        piece = (view if view.readonly else memoryview(bytes(view))).cast("B")
        stream = self.streams.setdefault(stream_id, _Waiting())
        if piece:
            stream.pieces.append(piece)
            stream.octets += len(piece)
            self.octets += len(piece)
        stream.ends = ends or trailers is not None
        stream.trailers = trailers

    def send(self, connection: H2Connection) -> None:
        """Send what the windows allow; nothing waits on a connection that is closed.

        :raises ProtocolError: trailers break a rule. Their stream waits for nothing any more.
        """
        if connection._core.state == ConnectionState.CLOSED.value:
            self.streams, self.octets = {}, 0
        blocked: dict[int, _Waiting] = {}
        try:
            while self.streams:
                stream_id = next(iter(self.streams))
                stream = self.streams.pop(stream_id)
                self.octets -= stream.octets
                if _is_over(connection, stream_id):
                    continue  # it was reset, or ended by a call, and what waits with it
                sent = self._send_frame(connection, stream_id, stream)
                self.octets += stream.octets
                if stream.pieces or (stream.ends and not sent):
                    (self.streams if sent else blocked)[stream_id] = stream
        finally:
            self.streams.update(blocked)

    def _send_frame(self, connection: H2Connection, stream_id: int, stream: _Waiting) -> bool:
        """Send a frame, and what can follow it without a window. Returns whether anything was."""
        if not stream.pieces:
            self._send_end(connection, stream_id, stream)
            return True
        window = connection.local_flow_control_window(stream_id)
        piece = stream.pieces[0]
        size = min(len(piece), window, connection.max_outbound_frame_size)
        if size <= 0:
            return False
        last = size == len(piece) and len(stream.pieces) == 1
        ends = last and stream.ends and stream.trailers is None
        connection.send_data(stream_id, piece[:size], end_stream=ends)
        stream.octets -= size
        if size == len(piece):
            stream.pieces.popleft()
        else:
            stream.pieces[0] = piece[size:]
        if last and stream.trailers is not None:
            self._send_end(connection, stream_id, stream)
        return True

    @staticmethod
    def _send_end(connection: H2Connection, stream_id: int, stream: _Waiting) -> None:
        if stream.trailers is not None:
            connection.send_headers(stream_id, stream.trailers, end_stream=True)
        elif stream.ends:
            connection.end_stream(stream_id)


def _is_over(connection: H2Connection, stream_id: int) -> bool:
    """Whether this end cannot send on a stream any more."""
    stream = connection.streams.get(stream_id)
    return stream is None or stream.state_machine.state in (
        StreamState.CLOSED,
        StreamState.HALF_CLOSED_LOCAL,
    )
