"""HTTP/2 frames without a connection: for proxies, analysers and whoever writes tests.

:func:`parse_frames` reads the frames in a buffer without copying their payloads, and the ``build_``
functions write single ones. Both know what RFC 9113 demands of a frame by itself, and nothing of
what may come when.
"""

from __future__ import annotations

from ._frames import (
    Frame,
    FrameError,
    build_altsvc,
    build_continuation,
    build_data,
    build_frame,
    build_goaway,
    build_headers,
    build_origin,
    build_ping,
    build_priority,
    build_priority_update,
    build_push_promise,
    build_rst_stream,
    build_settings,
    build_window_update,
    parse_frames,
)

__all__ = [
    "Frame",
    "FrameError",
    "build_altsvc",
    "build_continuation",
    "build_data",
    "build_frame",
    "build_goaway",
    "build_headers",
    "build_origin",
    "build_ping",
    "build_priority",
    "build_priority_update",
    "build_push_promise",
    "build_rst_stream",
    "build_settings",
    "build_window_update",
    "parse_frames",
]
