"""The feed of ratings: every rating once, in the order in which the relay gave positions to their batches."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, tuple_

from collector.api import cursors
from collector.ingest.tables import cursor
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, Mark, TimeQuality, word
from collector.ratings.tables import batch, rating
from collector.surveys.tables import question

#: Key of a rating in the feed: position of its batch, cursor row, seq.
Key = tuple[int, int, int]


def page(
    connection: Connection,
    place_id: int,
    after: Key,
    limit: int,
    *,
    store: int | None = None,
    kiosk: str | None = None,
    since: datetime | None = None,
) -> dict[str, Any]:
    """The ratings that follow `after`, and the cursor behind them.

    A batch gets its position after its commit. So whoever goes on from the last cursor misses nothing, although
    transactions commit out of order; what has no position yet is not shown yet.
    """
    query = (
        select(
            rating,
            batch.c.position,
            cursor.c.kiosk_id,
            cursor.c.epoch,
            question.c.buttons,
            touchpoint.c.name.label("touchpoint"),
        )
        # The time is the batch's, too: it tells the database which partition to look into.
        .join(batch, and_(batch.c.id == rating.c.batch_id, batch.c.received_at == rating.c.received_at))
        .join(cursor, cursor.c.id == rating.c.cursor_id)
        .join(question, question.c.id == rating.c.question_id)
        .join(touchpoint, touchpoint.c.id == rating.c.touchpoint_id)
        .join(place, place.c.id == rating.c.store_id)
        .where(
            below(place_id),
            batch.c.position >= after[0],  # says no more than the next line, but an index helps with it
            tuple_(batch.c.position, rating.c.cursor_id, rating.c.seq) > tuple_(*after),
        )
        .order_by(batch.c.position, rating.c.cursor_id, rating.c.seq)
        .limit(limit)
    )
    if store is not None:
        query = query.where(rating.c.store_id == store)
    if kiosk is not None:
        query = query.where(cursor.c.kiosk_id == kiosk)
    if since is not None:
        query = query.where(rating.c.received_at >= since)
    items = [_item(row) for row in connection.execute(query)]
    return {"items": items, "next": items[-1]["cursor"] if items else cursors.encode(*after)}


def _item(row: Row[Any]) -> dict[str, Any]:
    return {
        "kiosk": row.kiosk_id,
        "epoch": row.epoch,
        "seq": row.seq,
        "cursor": cursors.encode(row.position, row.cursor_id, row.seq),
        "channel": word(Channel(row.channel)),
        "store": row.store_id,
        "touchpoint": {"id": row.touchpoint_id, "name": row.touchpoint},
        "question": row.question_id,
        "button": row.button,
        "buttons": row.buttons,
        "score": row.score,
        "happened_at": row.happened_at,
        "earliest_at": row.earliest_at,
        "time_quality": word(TimeQuality(row.time_quality)),
        "received_at": row.received_at,
        "counted": row.mark == Mark.COUNTED,
        "mark": word(Mark(row.mark)),
    }
