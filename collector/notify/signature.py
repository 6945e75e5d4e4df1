"""Signatures in the Standard Webhooks form, by which a receiver knows who sent what, and when.

A webhook's secrets are derived from the installation's own, the webhook and a number that counts rotations; so none
is stored, and a stolen database signs nothing.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode

PREFIX = "whsec_"


def secret_of(installation: str, webhook_id: int, number: int) -> str:
    """A webhook's secret number `number`, 256 bits, as its receiver gets it: `whsec_<base64>`.

    Parameters
    ----------
    installation: the installation's secret for webhooks, hexadecimal.
    number: 1 at first, one more with each rotation.
    """
    derived = hmac.digest(bytes.fromhex(installation), f"webhook/{webhook_id}/{number}".encode(), hashlib.sha256)
    return PREFIX + b64encode(derived).decode()


def secrets_in_force(installation: str, webhook_id: int, number: int) -> list[str]:
    """The newest secret and the one before it: until the next rotation a receiver may know either."""
    return [secret_of(installation, webhook_id, each) for each in (number, number - 1) if each > 0]


def sign(secrets: list[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a message.

    Parameters
    ----------
    secrets: each signs; a receiver accepts the message if it knows one of them.
    message_id: the same on every attempt.
    timestamp: of this attempt, s since 1970.
    """
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    keys = (b64decode(secret.removeprefix(PREFIX)) for secret in secrets)
    signatures = (b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
