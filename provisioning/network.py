"""The Wi-Fi of a shop, as a technician names it."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from collector.failure import Failure
from provisioning.terminal import Terminal

#: What a radio takes: bytes of a name, characters of a password.
_NAME, _PASSWORD = 32, range(8, 65)


@dataclass(frozen=True)
class Network:
    """The Wi-Fi of the shop; `country` as two letters, for its channels."""

    name: str
    password: str | None = None
    country: str | None = None

    def __repr__(self) -> str:  # passwords stay out of logs
        return f"Network({self.name!r})"

    @property
    def kept(self) -> dict[str, str]:
        """As a kiosk keeps it."""
        values = {"name": self.name, "password": self.password, "country": self.country}
        return {name: value for name, value in values.items() if value}


def network(parsed: argparse.Namespace, terminal: Terminal) -> Network | None:
    """What was named on the command line; its password comes from a file, or is asked for.

    Raises
    ------
    Failure: no Wi-Fi is called so, or has such a password.
    """
    if parsed.wifi is None:
        if parsed.open_wifi or parsed.wifi_password_file or parsed.country:
            raise Failure("Which Wi-Fi is meant? Name it: --wifi NAME")
        return None
    if not 1 <= len(parsed.wifi.encode()) <= _NAME:
        raise Failure(f"--wifi: the name of a network has 1 to {_NAME} bytes.")
    country = parsed.country.upper() if parsed.country else None
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Failure("--country: write two letters, for example UA.")
    if parsed.open_wifi:
        return Network(parsed.wifi, None, country)
    if parsed.wifi_password_file is None:
        password = terminal.secret(f"Password of the Wi-Fi {parsed.wifi}")
    else:
        password = _first_line(parsed.wifi_password_file)
    if len(password) not in _PASSWORD:
        raise Failure(
            f"The password of a Wi-Fi has {_PASSWORD[0]} to {_PASSWORD[-1]} characters, and this has {len(password)}. "
            "One that has none: --open-wifi"
        )
    return Network(parsed.wifi, password, country)


def _first_line(file: Path) -> str:
    try:
        return file.read_text().rstrip("\r\n")
    except OSError as problem:
        raise Failure(f"--wifi-password-file: {file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise Failure(f"--wifi-password-file: {file} is no text.") from problem
