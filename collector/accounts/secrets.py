"""What opens a door is random, shown once, and kept only as a digest: a stolen backup signs nobody in.

The secrets have 256 random bits, so a plain SHA-256 is enough; passwords, which people choose, are another matter
(`passwords`).
"""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """A new secret, safe in URLs and headers."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Under which a secret is kept and found again."""
    return hashlib.sha256(secret.encode()).digest()
