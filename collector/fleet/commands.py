"""What a kiosk is told to do, and what became of it: queued → sent → done, failed or expired.

Each step is one conditional update, so a reply that comes twice, or late, or to another collector, changes nothing
twice. A kiosk has at most one command under way; the oldest first.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, Row, and_, case, func, insert, select, update

from collector import changes
from collector.fleet.credentials import new_secret
from collector.fleet.tables import kiosk, kiosk_command
from collector.settings import Settings

#: What can be asked for, and how long it is worth doing: nobody stands before the kiosk tomorrow to see it blink.
LIFETIMES = {
    "identify": timedelta(minutes=5),
    "self-test": timedelta(hours=1),
    "reboot": timedelta(hours=1),
    "log": timedelta(days=1),
    "secret": timedelta(days=7),
    "former": timedelta(days=1),
    "ca": timedelta(days=30),
}
SECRET = "secret"  # noqa: S105 - the command's name
CA = "ca"
#: Those that somebody asks of a single kiosk. Whom to trust all kiosks are told alike (fleet.authority).
BY_HAND = tuple(do for do in LIFETIMES if do != CA)
OPEN = ("queued", "sent")
ENDED = ("done", "failed", "expired")
STATES = (*OPEN, *ENDED)
#: Ids are never lower than the seconds since then, so that a database restored from a backup gives none out twice.
_IDS_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Sent(NamedTuple):
    """A command as its kiosk is told it."""

    kiosk_id: str
    id: int
    expires_at: datetime
    do: str
    #: Of a new secret, and what that is derived from.
    number: int | None
    salt: bytes | None
    #: Whom to trust from now on, PEM.
    ca: str | None = None


def order(
    connection: Connection,
    installation: Settings,
    kiosk_id: str,
    do: str,
    author: str,
    now: datetime,
    key: str | None,
    ca: str | None = None,
) -> Row[Any] | None:
    """Tell a kiosk to do something; if it is online, it hears of it at once. None: it is retired, and told nothing.

    Parameters
    ----------
    do: one of LIFETIMES.
    key: idempotency key; where it is known, what it was used for is returned instead.
    ca: with `ca`: certificates in PEM.
    """
    # One at a time for a kiosk, so that ids count up, and none that somebody retires; the intake is not in the way.
    state = connection.scalar(select(kiosk.c.state).where(kiosk.c.id == kiosk_id).with_for_update(key_share=True))
    if key is not None and (known := connection.execute(_commands(now).where(kiosk_command.c.key == key)).first()):
        return known
    if state != "enrolled":
        return None
    newest = connection.scalar(select(func.max(kiosk_command.c.id)).where(kiosk_command.c.kiosk_id == kiosk_id)) or 0
    values: dict[str, Any] = {"id": max(newest + 1, round((now - _IDS_BEGAN).total_seconds())), "do": do, "key": key}
    values["ca"] = ca
    if do == SECRET:
        values |= _new_secret(connection, installation, kiosk_id)
    made = insert(kiosk_command).values(
        kiosk_id=kiosk_id, author=author, created_at=now, expires_at=now + LIFETIMES[do], **values
    )
    connection.execute(made)
    connection.execute(select(func.pg_notify(changes.NEWS, kiosk_id)))
    this = and_(kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.id == values["id"])
    return connection.execute(_commands(now).where(this)).one()


def commands_of(
    connection: Connection, kiosk_id: str, now: datetime, *, before: int = 2**31 - 1, limit: int
) -> Sequence[Row[Any]]:
    """The commands of a kiosk, newest first.

    Parameters
    ----------
    before: only those with a lower id.
    """
    query = _commands(now).where(kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.id < before)
    return connection.execute(query.order_by(kiosk_command.c.id.desc()).limit(limit)).all()


def next_commands(connection: Driver[TupleRow], kiosk_ids: Iterable[str], now: datetime) -> list[Sent]:
    """The oldest command that each of these kiosks has not answered; it is sent from now on."""
    rows = connection.execute(_SEND_NEXT, {"kiosks": list(kiosk_ids), "now": now}).fetchall()
    return [Sent(*row) for row in rows]


def expire(connection: Driver[TupleRow], now: datetime) -> None:
    """End every command whose time is over; what its secret could be derived from is forgotten with it."""
    connection.execute(
        "UPDATE kiosk_command SET state = 'expired', finished_at = %(now)s, salt = NULL"
        " WHERE state IN ('queued', 'sent') AND expires_at <= %(now)s",
        {"now": now},
    )


def conclude(
    connection: Driver[TupleRow], kiosk_id: str, command_id: int, now: datetime, *, done: bool, outcome: str
) -> bool:
    """Write down what a kiosk said of a command; whether there is such a command.

    What it did is told late where it was cut off meanwhile: then an expired command was carried out in time after all.
    """
    known = connection.execute(
        "SELECT FROM kiosk_command WHERE kiosk_id = %s AND id = %s", [kiosk_id, command_id]
    ).fetchone()
    if known is None:
        return False
    states = ["queued", "sent", "expired"] if done else ["queued", "sent"]
    connection.execute(
        "UPDATE kiosk_command SET state = %s, outcome = %s, finished_at = %s, salt = NULL"
        " WHERE kiosk_id = %s AND id = %s AND state = ANY(%s)",
        ["done" if done else "failed", outcome, now, kiosk_id, command_id, states],
    )
    return True


def drop(connection: Connection, kiosk_id: str, now: datetime) -> None:
    """End whatever a kiosk has not answered: it will not be asked again."""
    waiting = kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.state.in_(OPEN)
    connection.execute(update(kiosk_command).where(*waiting).values(state="expired", finished_at=now, salt=None))


def _new_secret(connection: Connection, installation: Settings, kiosk_id: str) -> dict[str, Any]:
    salt = secrets.token_bytes(24)
    made = new_secret(connection, installation, kiosk_id, salt)
    return {"number": made.number, "salt": salt}


def _commands(now: datetime) -> Any:
    is_over = and_(kiosk_command.c.state.in_(OPEN), kiosk_command.c.expires_at <= now)
    columns = [column for column in kiosk_command.c if column.name not in {"state", "salt", "ca"}]
    return select(*columns, case((is_over, "expired"), else_=kiosk_command.c.state).label("state"))


_SEND_NEXT = """
WITH oldest AS (
    SELECT DISTINCT ON (kiosk_id) kiosk_id, id FROM kiosk_command
    WHERE kiosk_id = ANY(%(kiosks)s) AND state IN ('queued', 'sent') AND expires_at > %(now)s
    ORDER BY kiosk_id, id)
UPDATE kiosk_command AS command SET state = 'sent', sent_at = coalesce(sent_at, %(now)s)
FROM oldest
WHERE command.kiosk_id = oldest.kiosk_id AND command.id = oldest.id AND state IN ('queued', 'sent')
RETURNING command.kiosk_id, command.id, expires_at, command.do, number, salt, ca
"""
