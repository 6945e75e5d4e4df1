"""Passwords: which will do, and whether one is right."""

from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST, LONGEST = 10, 1000

_hasher = PasswordHasher()
#: The hash of a password that nobody knows: checking it costs what checking a real one costs. Written down, because to
#: make it costs as much at each start of each part.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$0gl9prArhcYO2b954mrPYQ$a0GbW6/qrlQFPTmIy4AESTYAKri9Vaebf+QwDD4u8sk"


def flaw(password: str, name: str) -> Literal["short", "long", "name"] | None:
    """Why this password will not do for the account `name`, None where it will."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if name and password.casefold().replace(name.casefold(), "").strip("0123456789") == "":
        return "name"
    return None


def hash_password(password: str) -> str:
    """The argon2id hash that is kept; about 50 ms and 64 MiB."""
    return _hasher.hash(password)


def is_right(hashed: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed.

    Takes as long where there is no hash (an unknown name, an account without a password), so that its time tells
    nothing about which names exist.
    """
    try:
        _hasher.verify(hashed or _NOBODYS, password[:LONGEST])
    except VerificationError:
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether a hash was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(hashed)
