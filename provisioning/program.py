"""What a technician copies onto a board by hand: its program, and who it is."""

import os
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from collector.failure import Failure
from collector.fleet.credentials import new_secret
from collector.fleet.enrolment import enrol
from collector.fleet.tables import kiosk
from collector.places.tables import place, touchpoint
from collector.settings import BrokerAddress, Settings
from collector.surveys.default import ensure_default
from collector.surveys.queries import faces_at
from provisioning.bundle import installation
from provisioning.identity import Identity, identity


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
    connection: Connection, settings: Settings, kiosk_id: str, store: str, at: str, broker: BrokerAddress, key: str
) -> Identity:
    """Enrol a kiosk at a touchpoint, or give one that is known already a further secret; returns its identity.

    Parameters
    ----------
    store, at: names of the store and of the touchpoint in it.
    broker: where the kiosk finds its broker.
    key: public half of the key that signs releases, base64; "" for none.

    Raises
    ------
    Failure: there is no such touchpoint.
    """
    if connection.execute(select(kiosk.c.id).where(kiosk.c.id == kiosk_id)).first():
        return identity(new_secret(connection, settings, kiosk_id), broker, _ca(settings), key)
    stands = connection.execute(
        select(touchpoint.c.id, touchpoint.c.store_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(place.c.name == store, touchpoint.c.name == at)
    ).first()
    if stands is None:
        raise Failure(f"There is no touchpoint {at!r} in a store {store!r}.")
    ensure_default(connection)
    asked = faces_at(connection, stands.store_id, stands.id)
    return identity(enrol(connection, settings, kiosk_id, stands.id, asked), broker, _ca(settings), key)


def write_identity(who: Identity, path: Path) -> None:
    """Write an identity into a file that only its owner can read: there is a secret in it."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(who))


def _ca(settings: Settings) -> str:
    return settings.broker_ca.read_text() if settings.broker_ca else ""
