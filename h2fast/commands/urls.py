"""URLs that somebody has typed."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from . import CommandError

# RFC 3986 section 3.3, and what is percent-encoded already.
AS_IT_IS = "/%:@!$&'()*+,;=~-._"


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Target(NamedTuple):
    """A URL as a request says it (RFC 9113 section 8.3.1)."""

    url: str
    origin: Origin
    path: str


def parse(url: str, prior_knowledge: bool) -> Target:
    """Take a URL apart.

    :param prior_knowledge: whether ``http`` is allowed (RFC 9113 section 3.3).
    :raises CommandError: it is none that can be fetched.
    """
    if re.search(r"[\x00-\x20\x7f]", url):
        raise CommandError(f"{url!r}: a URL has no spaces and no control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:  # UnicodeError is one
        raise CommandError(f"{url}: {error}") from error
    _check(url, parts.scheme, host, prior_knowledge)
    if "@" in parts.netloc:
        raise CommandError(f"{url}: names and passwords in URLs are not supported")
    if port == 0:
        raise CommandError(f"{url}: nobody can be reached at port 0")
    path = quote(os.fsencode(parts.path or "/"), AS_IT_IS)  # an argument may be any octets
    query = f"?{quote(os.fsencode(parts.query), AS_IT_IS + '?')}" if parts.query else ""
    default = 443 if parts.scheme == "https" else 80
    return Target(url, Origin(parts.scheme, host, port or default), path + query)


def _check(url: str, scheme: str, host: str, prior_knowledge: bool) -> None:
    if scheme not in ("http", "https"):
        raise CommandError(f"{url}: a URL starts with https:// or http://")
    if not host:
        raise CommandError(f"{url}: there is no host in it")
    if scheme == "http" and not prior_knowledge:
        raise CommandError(
            f"{url}: in clear text, both sides have to know beforehand that they speak "
            "HTTP/2; if the server does, say --http2-prior-knowledge"
        )
