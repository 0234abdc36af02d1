"""TLS as HTTP/2 asks for it (RFC 9113 section 9.2)."""

from __future__ import annotations

import ssl
from os import PathLike

# Section 9.2.2 and appendix A: of TLS 1.2, suites with ephemeral keys and AEAD.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def server_context(
    certificate: str | PathLike[str], key: str | PathLike[str] | None = None
) -> ssl.SSLContext:
    """A context for servers that speaks HTTP/2 only.

    :param certificate: the path of a PEM file with the certificate and its chain.
    :param key: the path of a PEM file with the private key, if that is in a file of its own.
    :raises OSError: a file cannot be read; ``ssl.SSLError`` is one, for what is in it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return _restrict(context)


def client_context(
    *, verify: bool = True, authorities: str | PathLike[str] | None = None
) -> ssl.SSLContext:
    """A context for clients that speaks HTTP/2 only.

    :param verify: whether the server's certificate and its name are checked.
    :param authorities: the path of a PEM file with the certificates of authorities to trust;
        those of the system unless given.
    :raises OSError: the file cannot be read; ``ssl.SSLError`` is one, for what is in it.
    """
    context = ssl.create_default_context(cafile=authorities)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return _restrict(context)


def _restrict(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION  # section 9.2.1
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["h2"])  # section 3.2
    return context
