# The exceptions and the flags. Part of _hyperframe.pyx.

class HyperframeError(Exception):
    """The base of all errors of this package."""

    __module__ = "h2fast.hyperframe.exceptions"


class UnknownFrameError(HyperframeError):
    """A frame has a type that this package has no class for."""

    __module__ = "h2fast.hyperframe.exceptions"

    def __init__(self, frame_type: int, length: int) -> None:
        #: The type, 0 to 255.
        self.frame_type = frame_type

        #: The length of the payload in octets.
        self.length = length

    def __str__(self) -> str:
        return (
            f"UnknownFrameError: Unknown frame type 0x{self.frame_type:X} received, "
            f"length {self.length} bytes")


class InvalidPaddingError(HyperframeError):
    """The padding of a frame is longer than its payload (RFC 9113 section 6.1)."""

    __module__ = "h2fast.hyperframe.exceptions"


class InvalidFrameError(HyperframeError):
    """The payload of a frame is not laid out as its type demands (RFC 9113 section 6)."""

    __module__ = "h2fast.hyperframe.exceptions"


class InvalidDataError(HyperframeError):
    """A frame has a stream or a value that its type forbids (RFC 9113 section 6)."""

    __module__ = "h2fast.hyperframe.exceptions"


class Flag(NamedTuple):
    """A flag that a type of frame defines: its name, and its bit in the header."""

    name: str
    bit: int

Flag.__module__ = "h2fast.hyperframe.flags"


class Flags(MutableSet):
    """The names of the flags that a frame has: a set of those that its type defines."""

    __module__ = "h2fast.hyperframe.flags"
    __slots__ = ("_valid_flags", "_flags")

    def __init__(self, defined_flags) -> None:
        self._valid_flags = {flag.name for flag in defined_flags}
        self._flags = set()

    def __repr__(self) -> str:
        return repr(sorted(self._flags))

    def __contains__(self, x: object) -> bool:
        return x in self._flags

    def __iter__(self):
        return iter(self._flags)

    def __len__(self) -> int:
        return len(self._flags)

    def discard(self, value: str) -> None:
        """Take a flag out, whether or not it is in."""
        self._flags.discard(value)

    def add(self, value: str) -> None:
        """Put a flag in.

        :raises ValueError: the type of the frame does not define this flag.
        """
        if value not in self._valid_flags:
            raise ValueError(f"Unexpected flag: {value}. Valid flags are: {self._valid_flags}")
        self._flags.add(value)
