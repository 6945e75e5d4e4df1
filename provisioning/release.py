"""Signed releases of the firmware, and the key that they are signed with.

The key is the organisation's, and whoever has it decides what runs on every kiosk: it is made once, kept where the
collector is not, and each kiosk gets its public half when it is enrolled (`key` in `device.json`).
"""

import base64
import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.failure import Failure
from collector.fleet.releases import LARGEST_MANIFEST, MANIFEST, SIGNATURE

#: All entries of the file have this date: the same release is the same file.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Release:
    """Firmware for one board, signed.

    Parameters
    ----------
    manifest: the very text that is signed: JSON with number, version, board and path, size and SHA-256 of each file.
    signature: Ed25519 over it, 64 bytes.
    files: by path.
    """

    manifest: str
    signature: bytes
    files: dict[str, bytes]

    def write(self, path: Path) -> None:
        """Write it into one file, a zip: `manifest.json`, `signature` (base64) and the files under their paths."""
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in (
                (MANIFEST, self.manifest.encode()),
                (SIGNATURE, base64.b64encode(self.signature)),
                *self.files.items(),
            ):
                archive.writestr(zipfile.ZipInfo(name, _NO_DATE), data, zipfile.ZIP_DEFLATED)


def build(files: dict[str, bytes], board: str, number: int, version: str, key: Ed25519PrivateKey) -> Release:
    """Sign firmware as a release.

    Parameters
    ----------
    files: what it brings, by path; see `provisioning.bundle`.
    number: grows with each release; a kiosk takes only one that is higher than any before.
    version: for people.
    """
    if not 1 <= number < 2**31:
        raise Failure("the number of a release is 1 or more, and higher than that of any before.")
    described = [
        [path, len(data), base64.b64encode(hashlib.sha256(data).digest()).decode()]
        for path, data in sorted(files.items())
    ]
    content = {"number": number, "version": version, "board": board, "files": described}
    manifest = json.dumps(content, separators=(",", ":"))
    if len(manifest.encode()) > LARGEST_MANIFEST:
        raise Failure(f"{len(files)} files are too many: their manifest is longer than {LARGEST_MANIFEST} bytes.")
    return Release(manifest, key.sign(manifest.encode()), dict(sorted(files.items())))


def make_key(path: Path) -> str:
    """Make a key to sign with: the key itself in `path`, its public half, which is returned, beside it in `….pub`."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secret)
        path.with_name(f"{path.name}.pub").write_text(f"{public}\n")
    except FileExistsError as problem:
        raise Failure(
            f"{path} is there already. Without it no kiosk that knows it takes a release, so it stays."
        ) from problem
    except OSError as problem:
        raise Failure(f"{path} cannot be written: {problem.strerror}.") from problem
    return public


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as problem:
        raise Failure(f"{path} cannot be read: {problem.strerror}. `smilepost release key` makes one.") from problem
    except (TypeError, ValueError) as problem:
        raise Failure(f"{path} is no key that `smilepost release key` has made.") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise Failure(f"{path} is a key of another kind: releases are signed with Ed25519.")
    return key
