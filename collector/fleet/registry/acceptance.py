"""The acceptance test: what a technician found when a kiosk was tested before it was hung up, and the presses of such
tests that came in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from collector.fleet.tables import kiosk_acceptance, kiosk_placement
from collector.ingest.tables import cursor
from collector.places.tables import touchpoint
from collector.ratings.kinds import Mark
from collector.ratings.tables import batch, rating

#: Nobody asks for the presses of a test that was longer ago.
RECENT = timedelta(days=1)
#: Key of a press: position of its batch, cursor row, seq.
Key = tuple[int, int, int]


def keep(connection: Connection, kiosk_id: str, result: Mapping[str, Any], author: str, key: str) -> tuple[int, bool]:
    """Keep the result of a test; returns its id, and whether it is new.

    Parameters
    ----------
    result: passed, board, firmware and steps.
    key: idempotency key; with one that is known, the result that was kept under it.
    """
    values = {name: result[name] for name in ("passed", "board", "firmware", "steps")}
    made = insert(kiosk_acceptance).values(kiosk_id=kiosk_id, author=author, key=key, **values)
    new = connection.scalar(made.on_conflict_do_nothing(index_elements=["key"]).returning(kiosk_acceptance.c.id))
    if new is not None:
        return int(new), True
    return connection.execute(select(kiosk_acceptance.c.id).where(kiosk_acceptance.c.key == key)).scalar_one(), False


def results_of(connection: Connection, kiosk_id: str, *, before: int = 2**31 - 1, limit: int) -> Sequence[Row[Any]]:
    """The tests of a kiosk, newest first.

    Parameters
    ----------
    before: only those with a lower id.
    """
    query = select(kiosk_acceptance).where(kiosk_acceptance.c.kiosk_id == kiosk_id, kiosk_acceptance.c.id < before)
    return connection.execute(query.order_by(kiosk_acceptance.c.id.desc()).limit(limit)).all()


def result_of(connection: Connection, kiosk_id: str, result_id: int) -> Row[Any] | None:
    """One of them."""
    this = kiosk_acceptance.c.id == result_id, kiosk_acceptance.c.kiosk_id == kiosk_id
    return connection.execute(select(kiosk_acceptance).where(*this)).first()


def presses(connection: Connection, kiosk_id: str, now: datetime, *, after: Key, limit: int) -> Sequence[Row[Any]]:
    """The test presses of a kiosk that reached the ratings' table lately, in the order in which they did.

    A batch gets its position after its commit, so whoever goes on from the last one misses none.
    """
    stores = (
        select(touchpoint.c.store_id)
        .join(kiosk_placement, kiosk_placement.c.touchpoint_id == touchpoint.c.id)
        .where(kiosk_placement.c.kiosk_id == kiosk_id)
    )
    key = batch.c.position, rating.c.cursor_id, rating.c.seq
    query = (
        select(
            batch.c.position,
            rating.c.cursor_id,
            cursor.c.epoch,
            *(rating.c[name] for name in ("seq", "button", "happened_at", "received_at")),
        )
        .join(batch, and_(batch.c.id == rating.c.batch_id, batch.c.received_at == rating.c.received_at))
        .join(cursor, cursor.c.id == rating.c.cursor_id)
        # By store and time: the table knows no kiosk.
        .where(rating.c.store_id.in_(stores), rating.c.received_at > now - RECENT)
        .where(cursor.c.kiosk_id == kiosk_id, rating.c.mark == Mark.TEST, tuple_(*key) > tuple_(*after))
    )
    return connection.execute(query.order_by(*key).limit(limit)).all()
