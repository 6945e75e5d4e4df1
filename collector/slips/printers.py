"""Setting printers up: adding, changing, taking away, and the secret of one that fetches its slips.

Each function works in the caller's transaction, and tells the store's open pages.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from collector import changes
from collector.accounts.secrets import digest
from collector.audit.log import note
from collector.database import driver
from collector.places.queries import top_place
from collector.places.tables import place
from collector.queue.tables import job
from collector.slips import relay
from collector.slips.addresses import POLLING, kind_of, way_of
from collector.slips.spool import TAKEN_AWAY, target_of
from collector.slips.tables import printer
from printer.profiles import PROFILES

#: Longest name, characters.
LONGEST_NAME = 60
#: Of a slip that a kiosk was sent whose printer was then set up elsewhere.
MOVED = "The printer was set up in another way while its kiosk had the slip."


@dataclass(frozen=True)
class Setup:
    """A printer as somebody sets it up."""

    #: Where it stands, unique in its store.
    name: str
    #: As `collector.slips.addresses` makes them.
    address: str
    #: A key of `printer.profiles.PROFILES`.
    profile: str
    #: Of the profile's, "none" for pictures alone; None: the profile's first.
    code_page: str | None = None


class NameTaken(Exception):
    """The store has another printer of this name."""


def has_page(profile: str, code_page: str | None) -> bool:
    """Whether a kind of printer has a code page; "none" and None do for all."""
    try:
        PROFILES[profile].with_code_page(code_page)
    except LookupError:
        return False
    return True


def may_use_this_machine(connection: Connection, place_id: int) -> bool:
    """Whether the people of a place may choose devices and addresses of the collector's own machine.

    A store's people may not: what else listens there is not theirs to write to.
    """
    return place_id == top_place(connection)


def add(connection: Connection, store_id: int, setup: Setup) -> int:
    """A new printer of a store; returns its id.

    Raises
    ------
    NameTaken
    """
    _hold_name(connection, store_id, setup.name)
    made = insert(printer).values(store_id=store_id, **_columns(setup)).returning(printer.c.id)
    printer_id = int(connection.execute(made).scalar_one())
    _tell(connection, store_id)
    return printer_id


def change(connection: Connection, printer_id: int, setup: Setup, now: datetime) -> None:
    """Set a printer up anew. Slips that wait for it go the new way.

    Raises
    ------
    NameTaken
    """
    store_id = connection.execute(select(printer.c.store_id).where(printer.c.id == printer_id)).scalar_one()
    _hold_name(connection, store_id, setup.name, but=printer_id)
    found = _hold(connection, printer_id)
    values = _columns(setup)
    if setup.address != found.address:
        # What was heard of it was heard elsewhere, and whoever knows the old secret is not the new printer.
        values |= {"state": "unknown", "seen_at": None}
        if way_of(setup.address) not in POLLING or way_of(setup.address) != way_of(found.address):
            values["secret_hash"] = None
        its = job.c.target == target_of(printer_id)
        if way_of(found.address) == "kiosk":
            # It stands for the kiosk that it was behind, which may still say what became of it.
            sent = update(job).where(its, job.c.kind == relay.KIND, job.c.state == "sending")
            connection.execute(sent.values(state="unknown", outcome=MOVED, finished_at=now))
        waiting = update(job).where(its, job.c.state == "queued")
        connection.execute(waiting.values(kind=kind_of(setup.address), due_at=func.now()))
        if kind_of(setup.address) == relay.KIND:
            relay.announce(connection, setup.address)
    connection.execute(update(printer).where(printer.c.id == printer_id).values(values))
    _tell(connection, store_id)


def take_away(connection: Connection, printer_id: int, by: str, now: datetime) -> None:
    """Let a printer go. What has not left for it is given up, and says so; what it has printed is still to be seen."""
    found = _hold(connection, printer_id)
    gone = update(printer).where(printer.c.id == printer_id).values(retired_at=now, secret_hash=None)
    store_id = connection.execute(gone.returning(printer.c.store_id)).scalar_one()
    if found.retired_at is None:
        note(connection, by, "ended", f"printers/{printer_id}", store_id, {"name": found.name})
    waiting = job.c.target == target_of(printer_id), job.c.state == "queued"
    given_up = update(job).where(*waiting).values(state="failed", outcome=TAKEN_AWAY, finished_at=now)
    connection.execute(given_up)
    _tell(connection, store_id)


def bring_back(connection: Connection, printer_id: int, by: str) -> None:
    """Let a printer that was taken away print again. What was given up is not printed by it; one that fetches its
    slips needs a new address.

    Raises
    ------
    NameTaken: another one stands there under its name.
    """
    found = connection.execute(select(printer).where(printer.c.id == printer_id)).one()
    _hold_name(connection, found.store_id, found.name, but=printer_id)
    found = _hold(connection, printer_id)
    back = {"retired_at": None, "state": "unknown", "seen_at": None}
    connection.execute(update(printer).where(printer.c.id == printer_id).values(back))
    if found.retired_at is not None:
        note(connection, by, "brought-back", f"printers/{printer_id}", found.store_id, {"name": found.name})
    _tell(connection, found.store_id)


def new_secret(connection: Connection, printer_id: int) -> str:
    """What a printer that fetches its slips says to be known; from now on no other. It is shown once.

    160 bits as 32 small letters and digits: somebody types them on a printer's own page.
    """
    secret = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    changed = update(printer).where(printer.c.id == printer_id).values(secret_hash=digest(secret))
    _tell(connection, connection.execute(changed.returning(printer.c.store_id)).scalar_one())
    return secret


def _hold(connection: Connection, printer_id: int) -> Row[Any]:
    """Keep everybody else from the printer: no slip is put into the queue or sent to its kiosk meanwhile.

    Whoever changes a printer and its jobs holds the printer first.
    """
    return connection.execute(select(printer).where(printer.c.id == printer_id).with_for_update()).one()


def _columns(setup: Setup) -> dict[str, object]:
    return {
        "name": setup.name,
        "address": setup.address,
        "profile": setup.profile,
        "code_page": setup.code_page,
    }


def _hold_name(connection: Connection, store_id: int, name: str, but: int | None = None) -> None:
    """Make sure that no other printer of the store has a name.

    The store's row is the lock under which its printers are set up and its slips are issued, one by one.
    """
    connection.execute(select(place.c.id).where(place.c.id == store_id).with_for_update(key_share=True))
    others = select(printer.c.id).where(printer.c.store_id == store_id, printer.c.retired_at.is_(None))
    if connection.execute(others.where(printer.c.name == name, printer.c.id != (but or 0))).first():
        raise NameTaken


def _tell(connection: Connection, store_id: int) -> None:
    changes.tell(driver(connection), changes.STORES, [store_id])
