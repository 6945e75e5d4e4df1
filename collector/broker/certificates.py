"""Certificates for a broker that listens beyond its machine: the organisation's own CA, and what it signs.

Whoever has a CA of their own names its files in the settings instead, and needs none of this.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.broker.errors import BrokerError
from collector.files import replace_file

#: How long they hold. A kiosk hangs in a shop for years, and a new CA reaches it by cable only.
CA_DAYS, BROKER_DAYS = 30 * 365, 10 * 365
#: A kiosk's clock may be a little behind when it sees a new certificate for the first time.
EARLIER = timedelta(days=1)


class Certificates(NamedTuple):
    """The files that were written or found."""

    #: What kiosks and collectors check the broker with.
    ca: Path
    certificate: Path
    key: Path


def make_certificates(authority: Path, folder: Path, names: Sequence[str]) -> Certificates:
    """Make a broker's certificate and key; also the organisation's CA, where there is none yet.

    Parameters
    ----------
    authority: folder of the CA: `ca.pem`, and `ca.key` for its owner alone.
    folder: where `broker.pem`, `broker.key` and a copy of `ca.pem` go, in place of older ones.
    names: under which the broker is reached: host names or addresses; `localhost` is always one more.

    Raises
    ------
    BrokerError: a name is none.
    """
    wanted = [_general_name(name) for name in dict.fromkeys([*names, "localhost", "127.0.0.1", "::1"])]
    for path in {authority, folder}:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    ca, ca_key = _authority(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(names[0] if names else "localhost", ca.subject, key.public_key(), BROKER_DAYS)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(_issuer(ca)), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    made = Certificates(folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    replace_file(made.key, _pem(key))
    replace_file(made.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    replace_file(made.ca, ca.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def ends_at(certificate: Path) -> datetime:
    """Until when a certificate holds.

    Raises
    ------
    BrokerError: there is none.
    """
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as problem:
        raise BrokerError(f"{certificate} is no certificate: {problem}") from problem


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The organisation's CA, made at the first use."""
    path, key_path = folder / "ca.pem", folder / "ca.key"
    if key_path.exists():
        known = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        assert isinstance(known, ec.EllipticCurvePrivateKey)  # noqa: S101 - it is ours
        return x509.load_pem_x509_certificate(path.read_bytes()), known
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Smilepost broker CA")])
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        _builder("Smilepost broker CA", name, key.public_key(), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    replace_file(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    replace_file(key_path, _pem(key))  # last: where it is, the CA is whole
    return certificate, key


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issuer(ca: x509.Certificate) -> CertificateIssuerPublicKeyTypes:
    key = ca.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - it is ours
    return key


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    try:
        if not name or len(name) > 253 or not name.replace("-", "").replace(".", "").isalnum():
            raise ValueError(name)
        return x509.DNSName(name)
    except ValueError as problem:
        raise BrokerError(f"{name!r} is neither a host name nor an address.") from problem


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
