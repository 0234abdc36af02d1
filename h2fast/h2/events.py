"""What a connection reports: it answers octets that were received with a list of these."""

from __future__ import annotations

import binascii
from dataclasses import dataclass as dataclass
from typing import TYPE_CHECKING as TYPE_CHECKING, Any as Any

from h2fast.h2.settings import (
    ChangedSetting as ChangedSetting,
    SettingCodes as SettingCodes,
    Settings as Settings,
    _setting_code_from_int as _setting_code_from_int,
)

if TYPE_CHECKING:
    from h2fast.h2.errors import ErrorCodes
    from h2fast.hpack.struct import Header
    from h2fast.hyperframe.frame import Frame

kw_only = {"kw_only": True}

# In an attribute until the stream fills it in; nobody else sees it.
_LAZY_INIT: Any = object()


def _describe(event: str, **shown: object) -> str:
    """The representation of an event: its name and its attributes."""
    return f"<{event} {', '.join(f'{name}:{value}' for name, value in shown.items())}>"


def _bytes_representation(data: bytes | None) -> str | None:
    """Octets in hexadecimal; None stays None."""
    return None if data is None else binascii.b2a_hex(data).decode()


class Event:
    """The base of all events."""


@dataclass(kw_only=True)
class RequestReceived(Event):
    """A server received the headers of a request, which opens its stream."""

    #: The stream of the request.
    stream_id: int

    #: Its headers.
    headers: list[Header] = _LAZY_INIT

    #: The event that follows where there is nothing but headers.
    stream_ended: StreamEnded | None = None

    #: The event that follows where a priority came with them.
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return _describe("RequestReceived", stream_id=self.stream_id, headers=self.headers)


@dataclass(kw_only=True)
class ResponseReceived(Event):
    """A client received the headers of a response."""

    #: The stream of the request that it answers, or of a push.
    stream_id: int

    #: Its headers.
    headers: list[Header] = _LAZY_INIT

    #: The event that follows where there is nothing but headers.
    stream_ended: StreamEnded | None = None

    #: The event that follows where a priority came with them.
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return _describe("ResponseReceived", stream_id=self.stream_id, headers=self.headers)


@dataclass(kw_only=True)
class TrailersReceived(Event):
    """Trailers were received: headers that end a message, behind its content."""

    #: The stream of the message.
    stream_id: int

    #: The trailers.
    headers: list[Header] = _LAZY_INIT

    #: The event that follows: trailers always end the stream.
    stream_ended: StreamEnded | None = None

    #: The event that follows where a priority came with them.
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return _describe("TrailersReceived", stream_id=self.stream_id, headers=self.headers)


class _HeadersSent(Event):
    """Headers are sent. Of these, nothing leaves a connection: they choose the rules for a list."""


class _ResponseSent(_HeadersSent):
    """The headers of a response, final or interim, are sent."""


class _RequestSent(_HeadersSent):
    """The headers of a request are sent."""


class _TrailersSent(_HeadersSent):
    """Trailers are sent."""


class _PushedRequestSent(_HeadersSent):
    """The headers of a request that was never made are sent: a push."""


@dataclass(kw_only=True)
class InformationalResponseReceived(Event):
    """A client received an interim response: one with a 1xx status, before the final one."""

    #: The stream of the request.
    stream_id: int

    #: Its headers.
    headers: list[Header] = _LAZY_INIT

    #: The event that follows where a priority came with them.
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return _describe(
            "InformationalResponseReceived", stream_id=self.stream_id, headers=self.headers
        )


@dataclass(kw_only=True)
class DataReceived(Event):
    """Content was received."""

    #: The stream of the message.
    stream_id: int

    #: The content.
    data: bytes = _LAZY_INIT

    #: The octets to acknowledge: padding, which is no content, counts for flow control too.
    flow_controlled_length: int = _LAZY_INIT

    #: The event that follows where it is the last of the content.
    stream_ended: StreamEnded | None = None

    def __repr__(self) -> str:
        return _describe(
            "DataReceived",
            stream_id=self.stream_id,
            flow_controlled_length=self.flow_controlled_length,
            data=_bytes_representation(self.data[:20]) if self.data else "",
        )


@dataclass(kw_only=True)
class WindowUpdated(Event):
    """The peer allows more to be sent."""

    #: The stream, or 0 for the connection.
    stream_id: int

    #: How many octets more.
    delta: int = _LAZY_INIT

    def __repr__(self) -> str:
        return _describe("WindowUpdated", stream_id=self.stream_id, delta=self.delta)


class RemoteSettingsChanged(Event):
    """The peer sent settings. They are in force, and the acknowledgement is on its way."""

    def __init__(self) -> None:
        #: What was in the frame, by setting.
        self.changed_settings: dict[int, ChangedSetting] = {}

    @classmethod
    def from_settings(
        cls, old_settings: Settings | dict[int, int], new_settings: dict[int, int]
    ) -> RemoteSettingsChanged:
        """The event for new settings.

        :param old_settings: all values as they were.
        :param new_settings: the values that were received.
        """
        event = cls()
        for number, value in new_settings.items():
            setting = _setting_code_from_int(number)
            before = old_settings.get(setting)
            event.changed_settings[setting] = ChangedSetting(setting, before, value)
        return event

    def __repr__(self) -> str:
        return _describe_settings("RemoteSettingsChanged", self.changed_settings)


@dataclass(kw_only=True)
class PingReceived(Event):
    """The peer sent a PING. The answer is on its way."""

    #: The eight octets in it.
    ping_data: bytes

    def __repr__(self) -> str:
        return _describe("PingReceived", ping_data=_bytes_representation(self.ping_data))


@dataclass(kw_only=True)
class PingAckReceived(Event):
    """The peer answered a PING."""

    #: The eight octets that were in it.
    ping_data: bytes

    def __repr__(self) -> str:
        return _describe("PingAckReceived", ping_data=_bytes_representation(self.ping_data))


@dataclass(kw_only=True)
class StreamEnded(Event):
    """The peer has sent all of its message. The stream is closed once the answer is sent, too."""

    #: The stream.
    stream_id: int

    def __repr__(self) -> str:
        return _describe("StreamEnded", stream_id=self.stream_id)


@dataclass(kw_only=True)
class StreamReset(Event):
    """A stream ended early."""

    #: The stream.
    stream_id: int

    #: Why.
    error_code: ErrorCodes | int = _LAZY_INIT

    #: Whether the peer reset it, or this end for a fault of the peer's.
    remote_reset: bool = True

    def __repr__(self) -> str:
        return _describe(
            "StreamReset",
            stream_id=self.stream_id,
            error_code=str(self.error_code),
            remote_reset=self.remote_reset,
        )


class PushedStreamReceived(Event):
    """The server promises to answer a request that the client has not made."""

    def __init__(self) -> None:
        #: The stream that the response will come on.
        self.pushed_stream_id: int | None = None

        #: The stream that the promise came on.
        self.parent_stream_id: int | None = None

        #: The headers of the request.
        self.headers: list[Header] | None = None

    def __repr__(self) -> str:
        return _describe(
            "PushedStreamReceived",
            pushed_stream_id=self.pushed_stream_id,
            parent_stream_id=self.parent_stream_id,
            headers=self.headers,
        )


class SettingsAcknowledged(Event):
    """The peer acknowledged settings of this end, which are in force now."""

    def __init__(self) -> None:
        #: What has changed, by setting.
        self.changed_settings: dict[SettingCodes | int, ChangedSetting] = {}

    def __repr__(self) -> str:
        return _describe_settings("SettingsAcknowledged", self.changed_settings)


def _describe_settings(event: str, changed: dict[int, ChangedSetting]) -> str:
    return _describe(event, changed_settings=f"{{{', '.join(map(repr, changed.values()))}}}")


class PriorityUpdated(Event):
    """The peer gave a stream a priority (RFC 7540 section 5.3). It is advice, and no more."""

    def __init__(self) -> None:
        #: The stream.
        self.stream_id: int | None = None

        #: Its weight, from 1 to 256.
        self.weight: int | None = None

        #: The stream that goes before it, or 0.
        self.depends_on: int | None = None

        #: Whether what depended on that one depends on this one now.
        self.exclusive: bool | None = None

    def __repr__(self) -> str:
        return _describe(
            "PriorityUpdated",
            stream_id=self.stream_id,
            weight=self.weight,
            depends_on=self.depends_on,
            exclusive=self.exclusive,
        )


class ConnectionTerminated(Event):
    """The peer sent GOAWAY: the connection is closed."""

    def __init__(self) -> None:
        #: Why.
        self.error_code: ErrorCodes | int | None = None

        #: The last stream that the peer looked at. What was asked for on later ones can be asked
        #: for again elsewhere.
        self.last_stream_id: int | None = None

        #: What the peer has to say about it, if anything.
        self.additional_data: bytes | None = None

    def __repr__(self) -> str:
        start = self.additional_data[:20] if self.additional_data else None
        return _describe(
            "ConnectionTerminated",
            error_code=str(self.error_code),
            last_stream_id=self.last_stream_id,
            additional_data=_bytes_representation(start),
        )


class AlternativeServiceAvailable(Event):
    """The server says where else an origin is served (RFC 7838)."""

    def __init__(self) -> None:
        #: The origin; where the server left it out, the :authority of the stream's request.
        self.origin: bytes | None = None

        #: Where, in the syntax of RFC 7838 section 3.
        self.field_value: bytes | None = None

    def __repr__(self) -> str:
        return _describe(
            "AlternativeServiceAvailable",
            origin=(self.origin or b"").decode("utf-8", "ignore"),
            field_value=(self.field_value or b"").decode("utf-8", "ignore"),
        )


@dataclass(kw_only=True)
class UnknownFrameReceived(Event):
    """A frame of a type was received that the connection does not know, and ignored."""

    #: The frame.
    frame: Frame

    def __repr__(self) -> str:
        return "<UnknownFrameReceived>"
