"""What a client says when it has fetched everything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Response:
    status: int
    version: str
    headers: list[tuple[bytes, bytes]]  # without date
    octets: int
    digest: str  # of the body


@dataclass(frozen=True)
class Fetched:
    """``rates`` is for each part of the work how much of it was done in a second."""

    responses: list[Response]
    rates: dict[str, float]
    negotiated: str
