"""What a technician copies onto a board by hand: its program, and who it is."""

import os
import secrets
from pathlib import Path

import msgspec

from collector.failure import Failure
from collector.fleet.identity import Identity
from collector.settings import broker_at, is_broker
from provisioning.bundle import installation
from provisioning.collector import Collector, Touchpoint


def write_program(board: str, folder: Path) -> int:
    """Write all that a board of this kind runs into a folder; returns how many bytes that are.

    Raises
    ------
    Failure: there is no such board.
    """
    files = installation(board)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return sum(map(len, files.values()))


def enrolled(
    collector: Collector, kiosk: str, at: Touchpoint, broker: str | None = None, key: Path | None = None
) -> Identity:
    """Enrol a kiosk at a touchpoint, or give one that is known already a further secret; returns its identity.

    Parameters
    ----------
    broker: where it finds its broker, `mqtts://host:port`; None: as the collector says.
    key: file with the public half of the key that signs its releases; None: as the collector says.

    Raises
    ------
    Failure: the kiosk is retired or stands elsewhere, or an option cannot be.
    """
    other: dict[str, object] = {}
    if broker is not None:
        if not is_broker(broker, named=False):
            raise Failure("--broker: write an address like mqtts://broker.example:8883.")
        address = broker_at(broker)
        other = {"host": address.host, "port": address.port, "tls": address.tls}
    if key is not None:
        other["key"] = _text(key)
    collector.make(at, kiosk)
    return msgspec.structs.replace(collector.identity(kiosk), **other)


def write_identity(who: Identity, path: Path) -> None:
    """Write an identity into a file that only its owner can read, whoever could read what was there before: there is a
    secret in it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(who))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _text(key: Path) -> str:
    try:
        return key.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise Failure(f"--key: {key} cannot be read. Name the file release.key.pub.") from problem
