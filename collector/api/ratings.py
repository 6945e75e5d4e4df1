"""The feed of ratings: every rating once, in the order in which the relay gave positions to their batches."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import Connection, FromClause, Row, and_, func, select, tuple_

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Cursor, Moment, Sent, TouchpointSchema, about, page_limit, row_id
from collector.current import database
from collector.ingest.tables import cursor
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, Mark, TimeQuality, word
from collector.ratings.tables import batch, rating
from collector.surveys.tables import KINDS, question
from collector.topics import KIOSK_ID

resources = Resources("Ratings", "What was pressed and answered, each rating once.")

#: Key of a rating in the feed: position of its batch, cursor row, seq, question. An answer may have several ratings.
Key = tuple[int, int, int, int]
#: Beyond the number of any question.
_BEHIND_ALL = 2**31 - 1


class _After(Cursor):
    """The key in a cursor. One of before answers had several ratings names no question: it stands behind them all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            return *Cursor(int, int, int)._deserialize(value, attr, data, **kwargs), _BEHIND_ALL


class RatingsQuery(Schema):
    after = _After(
        *(int, int, int, int),
        load_default=(0, 0, 0, 0),
        **about("`next` of the page before; without it, the first page."),
    )
    limit = page_limit()
    store = row_id("Only ratings of this store.")
    kiosk = fields.String(validate=validate.Regexp(f"^{KIOSK_ID}$"), **about("Only ratings of this kiosk."))
    since = fields.AwareDateTime(
        default_timezone=UTC, **about("Only ratings received at this time or later; UTC where no offset is given.")
    )


class RatingSchema(Sent):
    kiosk = fields.String(
        required=True,
        allow_none=True,
        **about("With epoch and seq: which rating this is, for ever. Null: an answer's."),
    )
    epoch = fields.Integer(required=True, allow_none=True)
    seq = fields.Integer(
        required=True, **about("Without a kiosk: the answer's id, which with `question` says which rating this is.")
    )
    cursor = fields.String(required=True, **about("`after` for what follows this rating."))
    channel = fields.String(required=True, validate=validate.OneOf([word(channel) for channel in Channel]))
    store = fields.Integer(required=True)
    touchpoint = fields.Nested(
        TouchpointSchema, required=True, allow_none=True, **about("Null where only the store is known.")
    )
    question = fields.Integer(required=True)
    scale = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        **about("Of the question. Only `smileys` make the index; `faces` are further ones of the same survey."),
    )
    button = fields.Integer(required=True, **about("1 … `buttons`; 1 is the best."))
    buttons = fields.Integer(required=True)
    score = fields.Float(required=True, **about("0 … 100."))
    happened_at = Moment(required=True)
    earliest_at = Moment(
        required=True,
        allow_none=True,
        **about("With an unknown time: it happened between this and `happened_at`."),
    )
    time_quality = fields.String(required=True, validate=validate.OneOf([word(quality) for quality in TimeQuality]))
    received_at = Moment(required=True)
    counted = fields.Boolean(required=True)
    mark = fields.String(
        required=True,
        validate=validate.OneOf([word(mark) for mark in Mark]),
        **about("`counted`, or why it is not counted."),
    )


class RatingsSchema(Sent):
    items = fields.List(fields.Nested(RatingSchema), required=True)
    next = fields.String(
        required=True, **about("Ask with it again, at once or later: nothing is missed and nothing comes twice.")
    )


@resources.reads("/ratings", asks=RatingsQuery, sends=RatingsSchema)
def list_ratings(query: dict[str, Any]) -> dict[str, Any]:
    """Every rating once, in a fixed order. Keep `next` and ask again: nothing is missed, nothing comes twice."""
    with database().connect() as connection:
        return page(connection, viewer().place_id, **query)


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
    batches, rated = (batch, rating) if store is not None else _batch_by_batch(after[0])
    key = batches.c.position, rated.c.cursor_id, rated.c.seq, rated.c.question_id
    query = (
        select(
            rated,
            batches.c.position,
            cursor.c.kiosk_id,
            cursor.c.epoch,
            question.c.buttons,
            question.c.kind,
            touchpoint.c.name.label("touchpoint"),
        )
        .select_from(batches)
        # The time is the batch's, too: it tells the database which partition to look into.
        .join(rated, and_(rated.c.batch_id == batches.c.id, rated.c.received_at == batches.c.received_at))
        .outerjoin(cursor, cursor.c.id == rated.c.cursor_id)
        .join(question, question.c.id == rated.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == rated.c.touchpoint_id)
        .join(place, place.c.id == rated.c.store_id)
        .where(
            below(place_id),
            # What staff say is anonymous, so nobody sees their ratings one by one.
            func.coalesce(touchpoint.c.audience, "customers") == "customers",
            batches.c.position >= after[0],  # says no more than the next line, but an index helps with it
            tuple_(*key) > tuple_(*after),
        )
        .order_by(*key)
        .limit(limit)
    )
    if store is not None:
        query = query.where(rated.c.store_id == store)
    if kiosk is not None:
        query = query.where(cursor.c.kiosk_id == kiosk)
    if since is not None:
        query = query.where(batches.c.received_at >= since)
    items = [_item(row) for row in connection.execute(query)]
    return {"items": items, "next": items[-1]["cursor"] if items else cursors.encode(*after)}


def _batch_by_batch(position: int) -> tuple[FromClause, FromClause]:
    """Batches from a position on, in their order, and the ratings of each.

    Of a store there is an index. For all others a page is a few batches, if they are gone through one by one: `offset`
    keeps the database from turning the two loops inside out, and sorting all ratings there are.
    """
    batches = select(batch).where(batch.c.position >= position).order_by(batch.c.position).offset(0).subquery("batches")
    same = rating.c.batch_id == batches.c.id, rating.c.received_at == batches.c.received_at
    return batches, select(rating).where(*same).offset(0).lateral("rated")


def _item(row: Row[Any]) -> dict[str, Any]:
    return {
        "kiosk": row.kiosk_id,
        "epoch": row.epoch,
        "seq": row.seq,
        "cursor": cursors.encode(row.position, row.cursor_id, row.seq, row.question_id),
        "channel": word(Channel(row.channel)),
        "store": row.store_id,
        "touchpoint": {"id": row.touchpoint_id, "name": row.touchpoint} if row.touchpoint_id else None,
        "question": row.question_id,
        "scale": row.kind,
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
