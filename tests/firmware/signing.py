"""The other half of `kiosk.ed25519`, for tests on both interpreters: keys and signatures (RFC 8032, section 5.1.6)."""

import asyncio

from kiosk import ed25519
from kiosk.ed25519 import sha512

SECRET = bytes(range(32))
L = 2**252 + 27742317777372353535851937790883648493


def public_key(secret):
    """Return the public half of a secret key, 32 bytes each."""
    return _encoded(_multiple(_halves(secret)[0]))


def sign(secret, message):
    """Return the signature of some bytes."""
    scalar, prefix = _halves(secret)
    public = _encoded(_multiple(scalar))
    nonce = _hashed(prefix + message) % L
    commitment = _encoded(_multiple(nonce))
    answer = (nonce + _hashed(commitment + public + message) * scalar) % L
    return commitment + answer.to_bytes(32, "little")


def _halves(secret):
    digest = asyncio.run(sha512(secret))
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & (1 << 254) - 8 | 1 << 254, digest[32:]


def _hashed(data):
    return int.from_bytes(asyncio.run(sha512(data)), "little")


def _multiple(scalar):
    return asyncio.run(ed25519._sum(scalar, ed25519._BASE, 0, ed25519._BASE))


def _encoded(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")
