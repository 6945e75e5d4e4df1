"""Enrolling the shop floor's kiosks: the registry gets their names, their flash gets their identity."""

from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from collector.failure import Failure
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.identity import FILE, Identity, of_installation
from collector.fleet.registry.enrolment import enrol
from collector.fleet.tables import kiosk, kiosk_secret
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.surveys.tables import question
from collector.up.shop import KIOSKS, STORE
from simulators.flash_image import read_file, write_file


class NoPlaceForKiosk(Failure):
    """A virtual kiosk cannot be enrolled; the message says why and what to do."""


def flash_of(settings: Settings, kiosk_id: str) -> Path:
    """The file that is the flash of a virtual kiosk."""
    return settings.data / "kiosks" / f"{kiosk_id}.flash"


def install_kiosks(connection: Connection, settings: Settings) -> None:
    """Enrol the virtual kiosks that are not yet, and tell each where its broker is. Their flash must be at rest.

    Raises
    ------
    NoPlaceForKiosk: the installation has other stores than the one that it began with.
    """
    for kiosk_id, touchpoint_name in KIOSKS.items():
        image = flash_of(settings, kiosk_id)
        image.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = _identity_on(image)
        if known is None or not _is_valid(connection, known):
            credentials = _credentials(connection, settings, kiosk_id, touchpoint_name)
        else:
            credentials = Credentials(known.kiosk, known.n, known.secret)
        wanted = of_installation(settings, credentials)
        if known and known.n == wanted.n:
            wanted = msgspec.structs.replace(wanted, next=known.next)
        if wanted != known:
            write_file(image, FILE, msgspec.json.encode(wanted))


def _identity_on(image: Path) -> Identity | None:
    try:
        return msgspec.json.decode(read_file(image, FILE), type=Identity)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _is_valid(connection: Connection, known: Identity) -> bool:
    """Whether the registry still knows the secret's number: a new database knows nothing of an old flash."""
    wanted = (kiosk_secret.c.kiosk_id == known.kiosk, kiosk_secret.c.number == known.n)
    return connection.execute(select(kiosk_secret.c.number).where(*wanted)).first() is not None


def _credentials(connection: Connection, settings: Settings, kiosk_id: str, touchpoint_name: str) -> Credentials:
    if connection.execute(select(kiosk.c.id).where(kiosk.c.id == kiosk_id)).first():
        return new_secret(connection, settings, kiosk_id)
    touchpoint_id = connection.execute(
        select(touchpoint.c.id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(place.c.name == STORE, touchpoint.c.name == touchpoint_name)
        .order_by(touchpoint.c.id)
    ).scalar()
    asked = connection.execute(select(question.c.id).order_by(question.c.id)).scalar()
    if touchpoint_id is None or asked is None:
        raise NoPlaceForKiosk(
            f"The virtual kiosk {kiosk_id} belongs to {touchpoint_name} of the store {STORE}, "
            "which this installation does not have. Start without the shop floor: smilepost up --no-simulators"
        )
    return enrol(connection, settings, kiosk_id, touchpoint_id, asked)
