"""Cursors: where a page ends and the next begins. To whoever holds one it is just text."""

import base64
import binascii
import json
from typing import Any

LARGEST = 2**63 - 1


def encode(*key: int | str) -> str:
    """The cursor behind the row with this key, whose numbers are 0 … 2⁶³ − 1."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, *types: type[int | str]) -> tuple[Any, ...]:
    """The key that a cursor was made of.

    Parameters
    ----------
    types: of each part of the key.

    Raises
    ------
    ValueError: it is not a cursor of this kind.
    """
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, json.JSONDecodeError, RecursionError) as problem:
        raise ValueError("not a cursor") from problem
    if not isinstance(key, list) or [type(part) for part in key] != list(types):
        raise ValueError("a cursor of another list")
    if any(isinstance(part, int) and not 0 <= part <= LARGEST for part in key):
        raise ValueError("a cursor out of range")
    if any(isinstance(part, str) and "\0" in part for part in key):
        raise ValueError("a cursor that names nothing")
    return tuple(key)
