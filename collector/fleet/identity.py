"""A kiosk's identity: the file `device.json` on its flash, with which it signs in at the broker."""

import msgspec

from collector.fleet.credentials import Credentials
from collector.fleet.releases import kept_key
from collector.settings import Settings

#: Its name at the root of the kiosk's file system.
FILE = "device.json"


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who the kiosk is, where its broker is, and its secret number `n`; the user is `<kiosk>-<n>`."""

    kiosk: str
    host: str
    port: int
    n: int
    secret: str
    tls: bool = False
    ca: str = ""
    #: Public half of the key that signs releases, base64; without it the kiosk takes none.
    key: str = ""
    #: A secret that the collector has given it, and that it has not used yet.
    next: dict[str, int | str] | None = None

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Identity(kiosk={self.kiosk!r}, host={self.host!r}, port={self.port}, n={self.n})"


class Broker(msgspec.Struct, frozen=True):
    """What a collector's kiosks have in common: where their broker is, and what they believe.

    ca: PEM text of the certificates that the broker is checked against.
    key: public half of the key that signs releases, base64.
    """

    host: str
    port: int
    tls: bool = False
    ca: str = ""
    key: str = ""

    def identity(self, kiosk: str, number: int, secret: str) -> Identity:
        """Who a kiosk is, by one of its secrets."""
        return Identity(kiosk, self.host, self.port, number, secret, self.tls, self.ca, self.key)


def broker_of(installation: Settings) -> Broker:
    """Where the kiosks of this installation find their broker."""
    at = installation.kiosk_broker_address
    ca = installation.broker_ca.read_text() if installation.broker_ca else ""
    return Broker(at.host, at.port, at.tls, ca, kept_key(installation))


def of_installation(installation: Settings, credentials: Credentials) -> Identity:
    """The identity of a kiosk of this installation."""
    return broker_of(installation).identity(credentials.kiosk, credentials.number, credentials.secret)
