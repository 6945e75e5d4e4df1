"""Events that leave the house: written with what happened, told as CloudEvents by the feed and by webhooks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from collector.moments import iso
from collector.notify.tables import outbox, webhook
from collector.places.tables import place
from collector.queue.jobs import enqueue

#: Kind of a job that delivers one event to one webhook.
DELIVERY = "webhook"
#: A delivery is given up after this time, whatever has been tried; more than the whole schedule of `deliver`.
DELIVERED_WITHIN = timedelta(days=5)


def record(
    connection: Connection, type: str, subject: str, place_id: int, data: dict[str, Any], *, event_id: str
) -> None:
    """Write an event, and a delivery to each webhook that hears of its store, in the running transaction.

    Parameters
    ----------
    type: as CloudEvents has it, `smilepost.case.opened`.
    subject: what it is about, `cases/184`.
    place_id: the store; those who see it hear of it.
    data: what JSON can hold. It leaves the house: no contact, and words only as long as they may be kept.
    event_id: the same for the same event: a repeat writes nothing.
    """
    values = {"event_id": event_id, "type": type, "subject": subject, "place_id": place_id, "data": data}
    written = insert(outbox).values(values).on_conflict_do_nothing(index_elements=["event_id"]).returning(outbox.c.id)
    if connection.execute(written).first() is None:
        return
    path = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    hearing = select(webhook.c.id).where(webhook.c.active, webhook.c.place_id.in_(path)).order_by(webhook.c.id)
    for webhook_id in connection.scalars(hearing).all():
        enqueue(
            connection,
            kind=DELIVERY,
            target=target_of(webhook_id),
            key=delivery_key(webhook_id, event_id),
            payload={"webhook": webhook_id, "event": event_id},
            expires_at=datetime.now(UTC) + DELIVERED_WITHIN,
        )


def target_of(webhook_id: int) -> str:
    """A webhook's line in the queue: a receiver that does not answer holds up its own events only."""
    return f"webhook/{webhook_id}"


def delivery_key(webhook_id: int, event_id: str) -> str:
    """The key of an event's one delivery to a webhook."""
    return f"{target_of(webhook_id)}/{event_id}"


def cloud_event(event: Row[Any], source: str) -> dict[str, Any]:
    """The CloudEvents 1.0 document of an outbox row.

    Parameters
    ----------
    source: address of this installation; source and id together name an event in the whole world.
    """
    return {
        "specversion": "1.0",
        "id": event.event_id,
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": iso(event.at),
        "datacontenttype": "application/json",
        "data": event.data,
    }


def encoded(event: dict[str, Any]) -> bytes:
    """The document as it is sent: the same bytes each time, until a comment in it is erased (personal)."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
