"""Makes releases as `smilepost release build` writes them."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
FILES = {"kiosk/app.mpy": bytes(range(256)) * 20, "kiosk/__init__.mpy": b"", "kiosk_main.mpy": b"main"}


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def manifest_of(number: int, board: str = "virtual", files: Mapping[str, bytes] = FILES) -> str:
    named = sorted([path, len(data), digest(data)] for path, data in files.items())
    return json.dumps(
        {"number": number, "version": "0.2.0", "board": board, "files": named},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def archive(manifest: str, files: Mapping[str, bytes] = FILES, key: Ed25519PrivateKey = KEY) -> bytes:
    """The one file that a release is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", manifest)
        file.writestr("signature", base64.b64encode(key.sign(manifest.encode())).decode())
        for path, data in files.items():
            file.writestr(path, data)
    return buffer.getvalue()
