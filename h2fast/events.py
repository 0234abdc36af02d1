"""What a connection reports: the classes of the events in the lists of ``Connection.receive``."""

from __future__ import annotations

from ._connection import (
    AltSvcReceived,
    DataReceived,
    GoAwayReceived,
    InformationalResponseReceived,
    OriginReceived,
    PingAcknowledged,
    PingReceived,
    PriorityReceived,
    PriorityUpdateReceived,
    PushReceived,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    SettingsReceived,
    StreamReset,
    TrailersReceived,
    UnknownFrameReceived,
    WindowUpdated,
)

Event = (
    AltSvcReceived
    | DataReceived
    | GoAwayReceived
    | InformationalResponseReceived
    | OriginReceived
    | PingAcknowledged
    | PingReceived
    | PriorityReceived
    | PriorityUpdateReceived
    | PushReceived
    | RequestReceived
    | ResponseReceived
    | SettingsAcknowledged
    | SettingsReceived
    | StreamReset
    | TrailersReceived
    | UnknownFrameReceived
    | WindowUpdated
)

__all__ = [
    "AltSvcReceived",
    "DataReceived",
    "Event",
    "GoAwayReceived",
    "InformationalResponseReceived",
    "OriginReceived",
    "PingAcknowledged",
    "PingReceived",
    "PriorityReceived",
    "PriorityUpdateReceived",
    "PushReceived",
    "RequestReceived",
    "ResponseReceived",
    "SettingsAcknowledged",
    "SettingsReceived",
    "StreamReset",
    "TrailersReceived",
    "UnknownFrameReceived",
    "WindowUpdated",
]
