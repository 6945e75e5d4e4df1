"""What a technician wants of a Raspberry Pi (pure), and what of it cannot be."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from collector.failure import Failure
from collector.fleet.identity import Identity
from collector.places.hours import OpeningHours, periods

Security: TypeAlias = Literal["wpa2", "wpa3", "open"]

#: When a machine may restart for its updates, the best first.
_NIGHT = [time(3, 30), time(4, 30), time(2, 30), time(5, 30), time(1, 30), *(time(hour, 30) for hour in range(6, 24))]
#: A week with nothing special in it.
_MONDAY = date(2026, 1, 12)
_KEY = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( .*)?")


@dataclass(frozen=True)
class Wifi:
    """A wireless network, and the secret that opens it.

    Parameters
    ----------
    secret: `wpa2`: the key as 64 hex digits; `wpa3`: the password itself, since WPA3 has no such key; `open`: nothing.
    """

    name: str
    secret: str
    security: Security

    def __repr__(self) -> str:  # secrets stay out of logs
        return f"Wifi({self.name!r}, {self.security})"


@dataclass(frozen=True)
class Plan:
    """All that is decided about one Raspberry Pi.

    Parameters
    ----------
    keys: lines of public SSH keys: who may sign in.
    password: a hash of a password for the same user at keyboard and SSH, "" for none.
    country: two letters: which radio channels are allowed.
    zone: the store's time zone.
    locale: of whoever signs in, "" as the image has it.
    restart: when it may restart for updates, "03:30", the store being closed; "" never by itself.
    printer: what `printer.json` says, None without a printer.
    """

    identity: Identity
    user: str
    keys: tuple[str, ...]
    password: str
    wifi: Wifi | None
    country: str
    zone: str
    locale: str
    restart: str
    has_screen: bool
    printer: dict[str, str] | None = None


def wifi(name: str, password: str | None, security: Security) -> Wifi:
    """The network of this name.

    Parameters
    ----------
    password: None: it has none, whatever its security would be.

    Raises
    ------
    Failure: no network can have this password.
    """
    if password is None:
        return Wifi(name, "", "open")
    if not (8 <= len(password) <= 63 and password.isascii() and password.isprintable()):
        raise Failure("The Wi-Fi password has 8 to 63 letters, digits and signs. Nothing was written; try again.")
    if security == "wpa3":
        return Wifi(name, password, security)
    return Wifi(name, hashlib.pbkdf2_hmac("sha1", password.encode(), name.encode(), 4096, 32).hex(), security)


def public_keys(text: str, name: str) -> tuple[str, ...]:
    """The SSH keys in a file.

    Parameters
    ----------
    name: of the file, for what is said about it.
    """
    if "PRIVATE KEY" in text:
        raise Failure(f"{name} is the private half of a key, which stays where it is. Name {name}.pub.")
    lines = tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if not lines or not all(_KEY.fullmatch(line) for line in lines):
        raise Failure(f"{name} is no public SSH key. `ssh-keygen -t ed25519` makes one; name its .pub file.")
    return lines


def check_host_name(kiosk: str) -> None:
    """A Raspberry Pi is called like its kiosk."""
    if kiosk.startswith("-") or kiosk.endswith("-"):
        raise Failure(
            f"A Raspberry Pi cannot be called {kiosk}: take an id that begins and ends with a letter or digit."
        )


def check_user(name: str) -> str:
    """The name of who signs in."""
    if not re.fullmatch("[a-z][a-z0-9_-]{0,30}", name) or name in {"root", "smilepost", "smilepost-screen"}:
        raise Failure(f"--user: nobody can sign in as {name}. Small letters and digits, for example technician.")
    return name


def check_country(country: str | None) -> str:
    """Two letters, large."""
    if country is None:
        raise Failure("--country: in which country it stands says which Wi-Fi channels are allowed, for example UA.")
    if not re.fullmatch("[A-Za-z]{2}", country):
        raise Failure("--country: write two letters, for example UA.")
    return country.upper()


def check_password(text: str) -> str:
    """A password's hash, as `openssl passwd -6` and `mkpasswd` print it."""
    found = text.strip()
    if not re.fullmatch(r"\$(6|y|gy|7)\$[./A-Za-z0-9$=,]{20,}", found):
        raise Failure("--password-hash-file holds no hash of a password. `openssl passwd -6` makes one.")
    return found


def night(hours: OpeningHours, zone: ZoneInfo) -> str:
    """When the store is closed on all days, an hour long, for a restart; "" where there is no such hour."""
    return next((f"{at:%H:%M}" for at in _NIGHT if not _is_open_around(at, hours, zone)), "")


def _is_open_around(at: time, hours: OpeningHours, zone: ZoneInfo) -> bool:
    minutes = at.hour * 60 + at.minute
    return any(begin < minutes + 30 and end > minutes - 30 for begin, end in _minutes_of_a_day(hours, zone))


def _minutes_of_a_day(hours: OpeningHours, zone: ZoneInfo) -> Iterable[tuple[int, int]]:
    """When it is open on any day of the week, in minutes of the day; what reaches into the next day, on both."""
    for ahead in range(7):
        day = _MONDAY + timedelta(days=ahead)
        for begin, end in periods(hours, day, zone):
            first = begin.astimezone(zone)
            start = first.hour * 60 + first.minute
            length = int((end - begin).total_seconds()) // 60
            yield start, start + length
            yield start - 24 * 60, start - 24 * 60 + length
