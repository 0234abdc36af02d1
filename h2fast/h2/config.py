"""How a connection behaves. It looks at its configuration each time, so changes count at once."""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any as Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _BooleanConfigOption:
    """An attribute that is True or False and refuses everything else."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.attr_name = "_" + name

    def __get__(self, instance: Any, owner: Any) -> bool:
        value: bool = getattr(instance, self.attr_name)
        return value

    def __set__(self, instance: Any, value: bool) -> None:
        if value is not True and value is not False:
            raise ValueError(f"{self.name} must be a bool")
        setattr(instance, self.attr_name, value)


class DummyLogger:
    """The logger of a configuration that was given none. It stays silent."""

    def __init__(self, *vargs: Any) -> None:
        """Takes what a logger takes, such as its name."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if type(self) is DummyLogger:
            self.__class__ = _ChangedLogger

    def debug(self, *vargs: Any, **kwargs: Any) -> None:
        """Says nothing."""

    def trace(self, *vargs: Any, **kwargs: Any) -> None:
        """Says nothing."""


class _ChangedLogger(DummyLogger):
    """A DummyLogger that was given a method of its own, which is to be called."""


class OutputLogger:
    """A logger that prints.

    :param file: where to; standard error unless given.
    :param trace_level: whether it prints what is traced, too: every frame and all octets.
    """

    def __init__(self, file: TextIO | None = None, trace_level: bool = False) -> None:
        self.file = file or sys.stderr
        self.trace_level = trace_level

    def debug(self, fmtstr: str, *args: Any) -> None:
        """Print what a connection does."""
        self._print("debug", fmtstr, args)

    def trace(self, fmtstr: str, *args: Any) -> None:
        """Print what it receives, if that is asked for."""
        if self.trace_level:
            self._print("trace", fmtstr, args)

    def _print(self, level: str, fmtstr: str, args: tuple[Any, ...]) -> None:
        print(f"h2 ({level}): {fmtstr % args}", file=self.file)


class H2Configuration:
    """What is configured of a connection. Several connections may share one.

    :param client_side: whether this end is the client, which opens the streams.
    :param header_encoding: how the headers of events are decoded to strings; None or False leaves
        them bytes.
    :param validate_outbound_headers: whether headers to be sent have to follow the rules of
        RFC 9113 section 8.
    :param normalize_outbound_headers: whether they are made to, first: names in lower case, no
        blanks around them, none of the headers that HTTP/2 has no use for, and secrets kept out of
        the compression's tables.
    :param split_outbound_cookies: whether a cookie header is sent as one for each of its pairs,
        which compresses better (RFC 9113 section 8.2.3).
    :param validate_inbound_headers: whether received headers have to follow the rules.
    :param normalize_inbound_headers: whether received cookies are joined to one header.
    :param logger: an object with the methods ``debug`` and ``trace``.

    Two attributes are h2fast's own. ``drain`` (False unless set) has a GOAWAY without an error,
    sent or received, close the connection for new streams only: those that are open go on to their
    end (RFC 9113 section 6.8). ``limits`` (empty unless set) is a mapping of ceilings of new
    connections by name, and of their ``clock``, as in docs/security.md.
    """

    client_side = _BooleanConfigOption("client_side")
    validate_outbound_headers = _BooleanConfigOption("validate_outbound_headers")
    normalize_outbound_headers = _BooleanConfigOption("normalize_outbound_headers")
    split_outbound_cookies = _BooleanConfigOption("split_outbound_cookies")
    validate_inbound_headers = _BooleanConfigOption("validate_inbound_headers")
    normalize_inbound_headers = _BooleanConfigOption("normalize_inbound_headers")
    drain = _BooleanConfigOption("drain")

    # Goes up with each change, for whoever keeps a copy of the values.
    _changes = 0

    # Of a configuration that __init__ has not made, or not ours: h2's pickles have neither.
    _drain = False
    limits: Mapping[str, int | tuple[int, int] | Callable[[], float]] = MappingProxyType({})

    def __init__(  # noqa: PLR0913, PLR0917 - upstream's signature
        self,
        client_side: bool = True,
        header_encoding: bool | str | None = None,
        validate_outbound_headers: bool = True,
        normalize_outbound_headers: bool = True,
        split_outbound_cookies: bool = False,
        validate_inbound_headers: bool = True,
        normalize_inbound_headers: bool = True,
        logger: DummyLogger | OutputLogger | None = None,
    ) -> None:
        self.client_side = client_side
        self.header_encoding = header_encoding
        self.validate_outbound_headers = validate_outbound_headers
        self.normalize_outbound_headers = normalize_outbound_headers
        self.split_outbound_cookies = split_outbound_cookies
        self.validate_inbound_headers = validate_inbound_headers
        self.normalize_inbound_headers = normalize_inbound_headers
        self.logger = logger or DummyLogger(__name__)
        self.drain = False
        self.limits = {}

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        object.__setattr__(self, "_changes", self._changes + 1)

    @property
    def header_encoding(self) -> bool | str | None:
        """How the headers of events are decoded to strings; None or False leaves them bytes."""
        return self._header_encoding

    @header_encoding.setter
    def header_encoding(self, value: bool | str | None) -> None:
        if value is True:
            raise ValueError("header_encoding cannot be True")
        if value is not None and not isinstance(value, (bool, str)):
            raise ValueError("header_encoding must be bool, string, or None")
        self._header_encoding = value
