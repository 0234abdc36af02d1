"""The frames of a connection on standard error, as they come and go."""

from __future__ import annotations

from h2fast.frame_printer import FramePrinter
from h2fast.hpack import Decoder

from .streams import complain


class FrameTrace:
    """Prints both directions: what is sent behind ``>``, what is received behind ``<``, but no
    header list that is larger than the connection takes."""

    def __init__(self) -> None:
        self._printers = {">": FramePrinter(), "<": FramePrinter(Decoder())}

    def __call__(self, direction: str, octets: bytes) -> None:
        for line in self._printers[direction].feed(octets):
            complain(f"{direction} {line}")
