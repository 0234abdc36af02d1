"""A certificate for names of this machine, signed with its own key and valid for some days.

Whoever trusts it trusts nothing else by that. The package ``cryptography`` makes it where it is
installed, else the program ``openssl``.
"""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

LOCAL = ("localhost", "127.0.0.1", "::1")
DAYS = 7

# Of a host. RFC 5280 appendix A.1 has 64 as the most for the name of a subject.
NAME = re.compile("[A-Za-z0-9._-]{1,64}")


class NoMakerError(Exception):
    """There is nothing here that makes certificates."""


class BadNameError(Exception):
    """There are no certificates for this name."""


def make(folder: Path, names: tuple[str, ...] = LOCAL) -> tuple[Path, Path]:
    """Write a new certificate and its key into a folder, which nobody else should see into.

    :param names: host names and IP addresses.
    :returns: the paths of the certificate and of the key, in PEM.
    :raises NoMakerError: there is no ``cryptography``, and no ``openssl`` that works; the message
        says so.
    :raises BadNameError: one is no name that a certificate can be for.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = tuple(_certified(name) for name in names)
    try:
        importlib.import_module("cryptography.x509")
    except ImportError:
        _make_with_openssl(certificate, key, names)
    else:
        _make_with_cryptography(certificate, key, names)
    return certificate, key


def _certified(name: str) -> str:
    """A name as certificates have it: in ASCII (RFC 5280 section 7.2), an address without scope."""
    if _is_address(name):
        return name.partition("%")[0]
    try:
        encoded = name.encode("idna").decode()
    except UnicodeError as error:
        raise BadNameError(name) from error
    if not NAME.fullmatch(encoded):
        raise BadNameError(name)
    return encoded


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _make_with_openssl(certificate: Path, key: Path, names: tuple[str, ...]) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise NoMakerError(
            "to make a certificate takes the package cryptography (pip install cryptography) or "
            "the program openssl, and neither is there"
        )
    alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)
    done = subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", str(DAYS), "-subj", f"/CN={names[0]}",
         "-addext", f"subjectAltName={alternatives}",
         "-keyout", str(key), "-out", str(certificate)],
        check=False,
        capture_output=True,
    )  # fmt: skip
    if done.returncode:
        raise NoMakerError(
            f"{program} has made no certificate, with exit status {done.returncode}: "
            "pip install cryptography"
        )


def _make_with_cryptography(certificate: Path, key: Path, names: tuple[str, ...]) -> None:
    ec = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ec")
    encodings = importlib.import_module("cryptography.hazmat.primitives.serialization")
    private = ec.generate_private_key(ec.SECP256R1())
    pem = encodings.Encoding.PEM
    plain = encodings.PrivateFormat.PKCS8, encodings.NoEncryption()
    key.write_bytes(private.private_bytes(pem, *plain))
    certificate.write_bytes(_sign(private, names).public_bytes(pem))


def _sign(key: Any, names: tuple[str, ...]) -> Any:
    x509 = importlib.import_module("cryptography.x509")
    hashes = importlib.import_module("cryptography.hazmat.primitives.hashes")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    alternatives = [
        x509.IPAddress(ip_address(name)) if _is_address(name) else x509.DNSName(name)
        for name in names
    ]
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks are set back now and then
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
