"""The settings of one side of a connection, with those that are not acknowledged yet."""

from __future__ import annotations

import collections
import enum
import math
from collections.abc import Iterator as Iterator, MutableMapping as MutableMapping

from h2fast.h2.errors import ErrorCodes as ErrorCodes
from h2fast.h2.exceptions import InvalidSettingsValueError as InvalidSettingsValueError
from h2fast.hyperframe.frame import SettingsFrame as SettingsFrame


class SettingCodes(enum.IntEnum):
    """The settings that are known (RFC 9113 section 6.5.2)."""

    #: The octets of the table that its sender decodes headers with.
    HEADER_TABLE_SIZE = SettingsFrame.HEADER_TABLE_SIZE

    #: Whether its sender, a client, takes pushes.
    ENABLE_PUSH = SettingsFrame.ENABLE_PUSH

    #: How many streams its sender lets the peer have open.
    MAX_CONCURRENT_STREAMS = SettingsFrame.MAX_CONCURRENT_STREAMS

    #: The octets that the peer may send on a new stream.
    INITIAL_WINDOW_SIZE = SettingsFrame.INITIAL_WINDOW_SIZE

    #: The octets of the longest payload that its sender takes.
    MAX_FRAME_SIZE = SettingsFrame.MAX_FRAME_SIZE

    #: The octets of the largest list of headers that its sender takes, each with 32 more.
    MAX_HEADER_LIST_SIZE = SettingsFrame.MAX_HEADER_LIST_SIZE

    #: Whether its sender, a server, takes extended CONNECT (RFC 8441).
    ENABLE_CONNECT_PROTOCOL = SettingsFrame.ENABLE_CONNECT_PROTOCOL


_KNOWN = {int(code): code for code in SettingCodes}


def _setting_code_from_int(code: int) -> SettingCodes | int:
    """The member for a number, or the number where there is none."""
    return _KNOWN.get(code, code)


# What has to be 0 or 1; and of the others that are limited, from what to what, and the code of the
# error (RFC 9113 section 6.5.2, RFC 8441 section 3).
_SWITCHES = (SettingCodes.ENABLE_PUSH, SettingCodes.ENABLE_CONNECT_PROTOCOL)
_RANGES = {
    SettingCodes.INITIAL_WINDOW_SIZE: (0, 2**31 - 1, ErrorCodes.FLOW_CONTROL_ERROR),
    SettingCodes.MAX_FRAME_SIZE: (2**14, 2**24 - 1, ErrorCodes.PROTOCOL_ERROR),
    SettingCodes.MAX_HEADER_LIST_SIZE: (0, math.inf, ErrorCodes.PROTOCOL_ERROR),
}


def _validate_setting(
    setting: SettingCodes | int, value: int, *, client: bool | None = None
) -> ErrorCodes:
    """The code of the error that a value is, or NO_ERROR.

    :param client: the role of the peer that sent it, where one did: of a server, ENABLE_PUSH may
        only be 0.
    """
    if setting in _SWITCHES:
        allowed = (0,) if client is False and setting == SettingCodes.ENABLE_PUSH else (0, 1)
        return ErrorCodes.NO_ERROR if value in allowed else ErrorCodes.PROTOCOL_ERROR
    if setting in _RANGES:
        least, most, fault = _RANGES[setting]  # type: ignore[index]  # equal is enough
        return ErrorCodes.NO_ERROR if least <= value <= most else fault
    return ErrorCodes.NO_ERROR


def _refuse_invalid(setting: SettingCodes | int, value: int, *, client: bool | None = None) -> None:
    fault = _validate_setting(setting, value, client=client)
    if fault:
        raise InvalidSettingsValueError(
            f"Setting {setting} has invalid value {value}", error_code=fault
        )


class ChangedSetting:
    """One setting with the value that it had and the one that it has."""

    def __init__(
        self, setting: SettingCodes | int, original_value: int | None, new_value: int
    ) -> None:
        #: Which one: a member of SettingCodes, or the number of one that is not known.
        self.setting = setting

        #: What it was; None where it was not set.
        self.original_value = original_value

        #: What it is.
        self.new_value = new_value

    def __repr__(self) -> str:
        return (
            f"ChangedSetting(setting={self.setting!s}, "
            f"original_value={self.original_value}, new_value={self.new_value})"
        )


# Callers ask for this one with every request, and before CPython 3.12 a member of an enumeration
# takes as long to find as the rest.
_MAX_CONCURRENT_STREAMS = SettingCodes.MAX_CONCURRENT_STREAMS


class Settings(MutableMapping[SettingCodes | int, int]):
    """The settings that one side has sent, as a mapping of their values in force.

    A value that is set is in force only after the next acknowledgement: each ``acknowledge`` puts
    the oldest one of every setting that waits into force.

    :param client: whether the side is the client, which allows pushes unless it says otherwise.
    :param initial_values: values that are in force from the beginning.
    :raises InvalidSettingsValueError: one of those cannot be.
    """

    # Goes up with each change, for whoever keeps a copy of the values.
    _changes = 0

    def __init__(
        self, client: bool = True, initial_values: dict[SettingCodes, int] | None = None
    ) -> None:
        self._client = client
        # Of each setting the value in force, then those that wait. Their order is the order in the
        # first SETTINGS frame.
        self._settings: dict[SettingCodes | int, collections.deque[int]] = {
            setting: collections.deque([value])
            for setting, value in (
                (SettingCodes.HEADER_TABLE_SIZE, 4096),
                (SettingCodes.ENABLE_PUSH, int(client)),
                (SettingCodes.INITIAL_WINDOW_SIZE, 65535),
                (SettingCodes.MAX_FRAME_SIZE, 16384),
                (SettingCodes.ENABLE_CONNECT_PROTOCOL, 0),
            )
        }
        for setting, value in (initial_values or {}).items():
            _refuse_invalid(setting, value)
            self._settings[setting] = collections.deque([value])

    def acknowledge(self) -> dict[SettingCodes | int, ChangedSetting]:
        """Put the oldest value of each setting that waits into force, and return the changes."""
        changes: dict[SettingCodes | int, ChangedSetting] = {}
        self._changes += 1
        for setting, values in self._settings.items():
            if len(values) > 1:
                before = values.popleft()
                changes[setting] = ChangedSetting(setting, before, values[0])
        return changes

    def validate_received_setting(self, setting: SettingCodes | int, value: int) -> None:
        """Check a value that this side has sent.

        :raises InvalidSettingsValueError: it cannot be, or not of this side.
        """
        _refuse_invalid(setting, value, client=self._client)

    @property
    def header_table_size(self) -> int:
        """HEADER_TABLE_SIZE as it is in force."""
        return self[SettingCodes.HEADER_TABLE_SIZE]

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        self[SettingCodes.HEADER_TABLE_SIZE] = value

    @property
    def enable_push(self) -> int:
        """ENABLE_PUSH as it is in force."""
        return self[SettingCodes.ENABLE_PUSH]

    @enable_push.setter
    def enable_push(self, value: int) -> None:
        self[SettingCodes.ENABLE_PUSH] = value

    @property
    def initial_window_size(self) -> int:
        """INITIAL_WINDOW_SIZE as it is in force."""
        return self[SettingCodes.INITIAL_WINDOW_SIZE]

    @initial_window_size.setter
    def initial_window_size(self, value: int) -> None:
        self[SettingCodes.INITIAL_WINDOW_SIZE] = value

    @property
    def max_frame_size(self) -> int:
        """MAX_FRAME_SIZE as it is in force."""
        return self[SettingCodes.MAX_FRAME_SIZE]

    @max_frame_size.setter
    def max_frame_size(self, value: int) -> None:
        self[SettingCodes.MAX_FRAME_SIZE] = value

    @property
    def max_concurrent_streams(self) -> int:
        """MAX_CONCURRENT_STREAMS as it is in force; if not set, more than there can be."""
        values = self._settings.get(_MAX_CONCURRENT_STREAMS)
        value: int | None = values[0] if values else None
        return 2**32 + 1 if value is None else value

    @max_concurrent_streams.setter
    def max_concurrent_streams(self, value: int) -> None:
        self[SettingCodes.MAX_CONCURRENT_STREAMS] = value

    @property
    def max_header_list_size(self) -> int | None:
        """MAX_HEADER_LIST_SIZE as it is in force; None if not set: there is no limit."""
        return self.get(SettingCodes.MAX_HEADER_LIST_SIZE)

    @max_header_list_size.setter
    def max_header_list_size(self, value: int) -> None:
        self[SettingCodes.MAX_HEADER_LIST_SIZE] = value

    @property
    def enable_connect_protocol(self) -> int:
        """ENABLE_CONNECT_PROTOCOL as it is in force."""
        return self[SettingCodes.ENABLE_CONNECT_PROTOCOL]

    @enable_connect_protocol.setter
    def enable_connect_protocol(self, value: int) -> None:
        self[SettingCodes.ENABLE_CONNECT_PROTOCOL] = value

    def __getitem__(self, key: SettingCodes | int) -> int:
        value: int | None = self._settings[key][0]
        if value is None:  # its first value waits
            raise KeyError
        return value

    def __setitem__(self, key: SettingCodes | int, value: int) -> None:
        _refuse_invalid(key, value)
        self._changes += 1
        if key not in self._settings:
            self._settings[key] = collections.deque([None])  # type: ignore[list-item]
        self._settings[key].append(value)

    def __delitem__(self, key: SettingCodes | int) -> None:
        self._changes += 1
        del self._settings[key]

    def __iter__(self) -> Iterator[SettingCodes | int]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __eq__(self, other: object) -> bool:
        return self._settings == other._settings if isinstance(other, Settings) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, Settings) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equal by what it holds, which changes
