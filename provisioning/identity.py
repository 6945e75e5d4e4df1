"""A kiosk's identity: the file `device.json` on its flash, with which it signs in at the broker."""

import msgspec

from collector.fleet.credentials import Credentials
from collector.settings import BrokerAddress

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


def identity(credentials: Credentials, broker: BrokerAddress, ca: str = "", key: str = "") -> Identity:
    """The identity of an enrolled kiosk.

    Parameters
    ----------
    ca: PEM text of the certificates that its broker is checked against.
    key: public half of the key that signs releases, base64.
    """
    return Identity(
        credentials.kiosk, broker.host, broker.port, credentials.number, credentials.secret, broker.tls, ca, key
    )
