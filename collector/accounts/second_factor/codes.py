"""Which number is right when, and what recovery codes look like (pure)."""

import base64
import re
import secrets
from datetime import datetime

import pyotp

#: Of the key, as long as what SHA-1 makes (RFC 4226).
KEY_BYTES = 20
#: A telephone's clock may be off by so many steps of 30 s.
WINDOW = 1
RECOVERY_CODES = 10
#: Nothing that looks like something else.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF = 5


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def spelled(key: bytes) -> str:
    """A key as it is typed where no camera is at hand: in groups of four."""
    text = base64.b32encode(key).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(key: bytes, name: str, where: str) -> str:
    """What the QR code says to a telephone.

    Parameters
    ----------
    where: the installation's host, by which people with several tell them apart.
    """
    return _totp(key).provisioning_uri(name=name, issuer_name=f"Smilepost {where}".replace(":", " "))


def step_of(key: bytes, typed: str, now: datetime) -> int | None:
    """The time step to which a typed number belongs; None where it is not right now."""
    number = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch(r"[0-9]{6}", number):
        return None
    try:
        return int(_totp(key).verify_and_get_timecode(number, for_time=now, valid_window=WINDOW))
    except pyotp.OTPVerificationError:
        return None


def new_recovery_codes() -> list[str]:
    """Ten codes of some 50 random bits each."""
    return ["-".join(_random_half() for _ in range(2)) for _ in range(RECOVERY_CODES)]


def recovery_code(typed: str) -> str | None:
    """A typed recovery code as it was made; None where it cannot be one."""
    text = re.sub(r"[\s-]", "", typed).lower()
    if not re.fullmatch(f"[{_SIGNS}]{{{2 * _HALF}}}", text):
        return None
    return f"{text[:_HALF]}-{text[_HALF:]}"


def _random_half() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_HALF))


def _totp(key: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(key).decode())
