"""What is to be given to kiosks by and by: settings that were chosen for their place, new secrets.

Whoever orders it writes down for whom; `smilepost jobs` gives it, to a few kiosks at a time (settings.giving), so
that they do not come back to the broker all at once, and nobody waits for a page. What is written down stays until it
is given.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.fleet.queries import standing
from collector.fleet.tables import kiosk, kiosk_due
from collector.places.queries import below

SETTINGS, SECRET = "settings", "secret"


def put(connection: Connection, what: str, kiosk_ids: Sequence[str], author: str, key: str | None = None) -> None:
    """Write down that these kiosks are to be given something; twice is once."""
    if not kiosk_ids:
        return
    columns = [kiosk_due.c.kiosk_id, kiosk_due.c.what, kiosk_due.c.author, kiosk_due.c.key]
    wanted = select(kiosk.c.id, literal(what), literal(author), literal(key)).where(kiosk.c.id.in_(kiosk_ids))
    row = insert(kiosk_due).from_select([column.name for column in columns], wanted.order_by(kiosk.c.id))
    again = row.on_conflict_do_update(
        index_elements=["kiosk_id", "what"], set_={"problem": None, "author": row.excluded.author}
    )
    connection.execute(again)


def done(connection: Connection, what: str, kiosk_id: str) -> bool:
    """It is given in this transaction, or not wanted any more; whether it was still to be given."""
    this = kiosk_due.c.kiosk_id == kiosk_id, kiosk_due.c.what == what
    return connection.execute(kiosk_due.delete().where(*this)).rowcount > 0


def next_due(connection: Connection, what: str, limit: int) -> Sequence[Row[Any]]:
    """The kiosks whose turn it is."""
    waiting = select(kiosk_due).where(kiosk_due.c.what == what, kiosk_due.c.problem.is_(None))
    return connection.execute(waiting.order_by(kiosk_due.c.since, kiosk_due.c.kiosk_id).limit(limit)).all()


def cannot(connection: Connection, what: str, kiosk_id: str, problem: str) -> None:
    """Write down why it could not be given: a person has to choose otherwise."""
    this = kiosk_due.c.kiosk_id == kiosk_id, kiosk_due.c.what == what
    connection.execute(update(kiosk_due).where(*this).values(problem=problem))


def waiting(connection: Connection, place_id: int, what: str) -> int:
    """For how many kiosks of a place and below it is not done yet."""
    count = select(func.count()).select_from(_below(place_id, what)).where(kiosk_due.c.problem.is_(None))
    return int(connection.execute(count).scalar_one())


def problems(connection: Connection, place_id: int, what: str) -> Sequence[Row[Any]]:
    """The kiosks of a place and below to which it could not be given: their ids and why."""
    query: Select[Any] = select(kiosk_due.c.kiosk_id, kiosk_due.c.problem).select_from(_below(place_id, what))
    return connection.execute(query.where(kiosk_due.c.problem.is_not(None)).order_by(kiosk_due.c.kiosk_id)).all()


def _below(place_id: int, what: str) -> Any:
    return standing.join(kiosk_due, and_(kiosk_due.c.kiosk_id == kiosk.c.id, kiosk_due.c.what == what, below(place_id)))
