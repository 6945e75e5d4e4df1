"""New secrets for all kiosks of a place, without losing one: a kiosk keeps the old one until the new one has worked."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from collector.audit import log
from collector.fleet import due
from collector.fleet.commands import OPEN, SECRET
from collector.fleet.queries import Kiosk, has_secret, standing, visible_kiosks
from collector.fleet.tables import kiosk, kiosk_command, kiosk_secret
from collector.places.queries import below


class Rotation(NamedTuple):
    """The kiosks of a place that have a secret, and where each is on its way to a new one."""

    kiosks: list[Kiosk]
    #: Their turn has not come yet; given, and not yet in use.
    due: frozenset[str]
    under_way: frozenset[str]


def rotation(connection: Connection, place_id: int, now: datetime) -> Rotation:
    """How far the kiosks of a place are."""
    ids = _with_secret(connection, place_id)
    found = [each for each in visible_kiosks(connection, place_id, now) if each.id in ids]
    waiting = {row.kiosk_id for row in due.next_due(connection, due.SECRET, 1_000_000)}
    open_commands = select(kiosk_command.c.kiosk_id).where(
        kiosk_command.c.do == SECRET, kiosk_command.c.state.in_(OPEN), kiosk_command.c.expires_at > now
    )
    told = set(connection.scalars(open_commands))
    newest = dict(
        connection.execute(
            select(kiosk_secret.c.kiosk_id, func.max(kiosk_secret.c.number)).group_by(kiosk_secret.c.kiosk_id)
        ).all()
    )
    behind = {each.id for each in found if each.secret is not None and each.secret != newest.get(each.id)}
    return Rotation(found, frozenset(ids & waiting), frozenset(ids & (told | behind) - waiting))


def rotate(connection: Connection, place_id: int, author: str, key: str) -> int:
    """Give all kiosks of a place new secrets, by and by; how many that is.

    Parameters
    ----------
    key: of the request; with one that is known, a kiosk is given nothing more.
    """
    ids = _with_secret(connection, place_id)
    given = select(kiosk_command.c.kiosk_id).where(kiosk_command.c.key.in_([f"{key}/{each}" for each in ids]))
    wanted = sorted(ids - set(connection.scalars(given)))
    due.put(connection, due.SECRET, wanted, author, key)
    if wanted:
        log.note(connection, author, "gave-secret", f"places/{place_id}", place_id)
    return len(ids)


def _with_secret(connection: Connection, place_id: int) -> set[str]:
    """Those that were never given one have nothing to be rotated."""
    return set(
        connection.scalars(
            select(kiosk.c.id).select_from(standing).where(kiosk.c.state == "enrolled", below(place_id), has_secret)
        )
    )
