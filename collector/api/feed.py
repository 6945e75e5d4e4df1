"""The feed of what happens to cases: each event once, in the order in which the relay gave positions."""

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources
from collector.api.schemas import Sent, about, page_after, page_limit
from collector.current import database, settings
from collector.notify.events import cloud_event
from collector.notify.tables import outbox
from collector.places.queries import ever_below
from collector.places.tables import place

resources = Resources("Feed", "What happens to cases, for other systems to fetch.")


class FeedQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class EventSchema(Sent):
    """A CloudEvents 1.0 document, the same as webhooks carry."""

    specversion = fields.String(required=True)
    id = fields.String(required=True, **about("The same wherever and however often the event is told."))
    source = fields.String(required=True, **about("Address of this installation."))
    type = fields.String(required=True, **about("What happened.", example="smilepost.case.opened"))
    subject = fields.String(required=True, **about("To what.", example="cases/184"))
    time = fields.String(required=True, **about("When, in UTC."))
    datacontenttype = fields.String(required=True)
    data = fields.Dict(keys=fields.String(), required=True)


class FeedSchema(Sent):
    items = fields.List(fields.Nested(EventSchema), required=True)
    next = fields.String(
        required=True, **about("Ask with it again, at once or later: nothing is missed and nothing comes twice.")
    )


@resources.reads("/cases/feed", right="voices", asks=FeedQuery, sends=FeedSchema)
def feed(query: dict[str, Any]) -> dict[str, Any]:
    """Every event of the cases that you see, in a fixed order. Keep `next` and ask again."""
    (after,) = query["after"]
    events = (
        select(outbox)
        .join(place, place.c.id == outbox.c.place_id)
        .where(ever_below(viewer().place_id), outbox.c.position > after)
        .order_by(outbox.c.position)
        .limit(query["limit"])
    )
    with database().connect() as connection:
        rows = connection.execute(events).all()
    return {
        "items": [cloud_event(row, settings().url) for row in rows],
        "next": cursors.encode(rows[-1].position if rows else after),
    }
