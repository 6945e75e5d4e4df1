"""Certificates for a broker that listens beyond its machine: the organisation's own CA, and what it signs.

Whoever has a CA of their own names its files in the settings instead, and needs none of this.
"""

import secrets
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

#: How long they hold. A kiosk hangs in a shop for years; `smilepost broker ca` brings it another CA (broker.authority).
CA_DAYS, BROKER_DAYS = 30 * 365, 10 * 365
#: Files of a CA: what is trusted, and the key of the one that signs, for its owner alone.
CA, CA_KEY = "ca.pem", "ca.key"
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
    ca, ca_key = make_authority(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    title = names[0] if names else "localhost"
    certificate = _signed(ca, ca_key, title, x509.SubjectAlternativeName(wanted), key.public_key())
    made = Certificates(folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    replace_file(made.key, _pem(key))
    replace_file(made.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    # During a roll-over that is more than one.
    replace_file(made.ca, (authority / CA).read_bytes(), 0o644)
    return made


def sign_again(ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, certificate: Path) -> None:
    """Put in the place of a broker's certificate one of this CA: for the same key and names, so that one file is all
    that changes.

    Raises
    ------
    BrokerError: it is none of ours.
    """
    former = _read(certificate)
    try:
        names = former.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        public = former.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise ValueError
        [title] = former.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, x509.ExtensionNotFound) as problem:
        raise BrokerError(
            f"{certificate} was not made by `smilepost broker`: make the new one as that one."
        ) from problem
    made = _signed(ca, ca_key, str(title.value), names, public)
    replace_file(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def ends_at(certificate: Path) -> datetime:
    """Until when a certificate holds, or the first of several.

    Raises
    ------
    BrokerError: there is none.
    """
    try:
        return min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(certificate.read_bytes()))
    except (OSError, ValueError) as problem:
        raise BrokerError(f"{certificate} is no certificate: {problem}") from problem


def make_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The CA of a folder, made at the first use."""
    path, key_path = folder / CA, folder / CA_KEY
    if key_path.exists():
        known = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        assert isinstance(known, ec.EllipticCurvePrivateKey)  # noqa: S101 - it is ours
        for each in x509.load_pem_x509_certificates(path.read_bytes()):  # more than one during a roll-over
            if each.public_key() == known.public_key():
                return each, known
        raise BrokerError(f"{path} has no certificate for the key in {key_path}: put both back from a backup.")
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Smilepost broker CA {secrets.token_hex(4)}"  # no two of the same name, which would have to be told apart
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
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
        _builder(title, name, key.public_key(), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    replace_file(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    replace_file(key_path, _pem(key))  # last: where it is, the CA is whole
    return certificate, key


def _signed(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    title: str,
    names: x509.SubjectAlternativeName,
    key: ec.EllipticCurvePublicKey,
) -> x509.Certificate:
    return (
        _builder(title, ca.subject, key, BROKER_DAYS)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(_issuer(ca)), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise BrokerError(f"{path} is no certificate: {problem}") from problem


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
