"""Webhooks: who hears of what, their secrets, and what became of each delivery."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.audit.log import Action, note
from collector.notify.events import DELIVERED_WITHIN, DELIVERY, delivery_key, target_of
from collector.notify.tables import webhook
from collector.places.queries import below
from collector.places.tables import place
from collector.queue.jobs import CHANNEL
from collector.queue.tables import job

#: Why what waits for a webhook becomes a dead letter: somebody here, or its receiver, ended it.
SWITCHED_OFF = "The webhook was switched off."
GONE = "The receiver answered 410, gone: the webhook was switched off."


def check_url(url: str) -> None:
    """Make sure that events may be sent to an address.

    Raises
    ------
    ValueError: why not, a sentence for whoever typed it.
    """
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as problem:
        raise ValueError("This is not an address. It should look like https://example.com/events.") from problem
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or not url.isascii()
        or not url.isprintable()
        or set(url) & set(" \\")
    ):
        raise ValueError("This is not an address. It should look like https://example.com/events.")
    if "@" in parts.netloc:
        raise ValueError("Leave name and password out of the address: each event is signed instead.")
    if parts.scheme == "http" and not is_this_machine(host):
        raise ValueError("Use https: only this machine itself may be told over plain http.")


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address says that it is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_hear_of(connection: Connection, asking_id: int, place_id: int) -> bool:
    """Whether the people of a place (`asking_id`) may have others told of `place_id`: it is theirs, or below."""
    return connection.execute(select(place.c.id).where(place.c.id == place_id, below(asking_id))).first() is not None


def make_webhook(connection: Connection, url: str, place_id: int, key: str | None) -> Row[Any]:
    """A new webhook that hears of `place_id` and all below; the same one again for the same `key`.

    Parameters
    ----------
    url: one that `check_url` lets through.
    key: idempotency key of the request, unique in the installation; None for a request without one.
    """
    made = insert(webhook).values(url=url, place_id=place_id, key=key).on_conflict_do_nothing(index_elements=["key"])
    if row := connection.execute(made.returning(webhook)).first():
        return row
    return connection.execute(select(webhook).where(webhook.c.key == key)).one()


def visible_webhooks(connection: Connection, place_id: int, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """The webhooks that the people of a place see, by id."""
    query = _visible(place_id).where(webhook.c.id > after).order_by(webhook.c.id).limit(limit)
    return connection.execute(query).all()


def visible_webhook(connection: Connection, place_id: int, webhook_id: int) -> Row[Any] | None:
    """One webhook; None where there is none with this id, or the people of the place do not see it."""
    return connection.execute(_visible(place_id).where(webhook.c.id == webhook_id)).first()


def rotate(connection: Connection, webhook_id: int, key: str | None) -> Row[Any] | None:
    """Give a webhook its next secret, once for the same `key`; None where it is switched off."""
    active = (webhook.c.id == webhook_id, webhook.c.active)
    next_one = update(webhook).where(*active).values(secret_number=webhook.c.secret_number + 1, rotation_key=key)
    if key is not None:
        next_one = next_one.where(webhook.c.rotation_key.is_distinct_from(key))
    connection.execute(next_one)
    return connection.execute(select(webhook).where(*active)).first()


def switch_off(connection: Connection, webhook_id: int, why: str, *, by: str | None) -> None:
    """Tell a webhook nothing more; what waits for it becomes a dead letter with this reason.

    Parameters
    ----------
    by: who does it, for the audit log; None: its receiver.
    """
    ended = update(webhook).where(webhook.c.id == webhook_id, webhook.c.active).values(active=False)
    row = connection.execute(ended.returning(webhook)).first()
    if row is not None and by is not None:
        _note(connection, by, "ended", row)
    waiting = update(job).where(_of(webhook_id), job.c.state == "queued")
    connection.execute(waiting.values(state="failed", outcome=why, finished_at=func.now()))


def switch_on(connection: Connection, webhook_id: int, by: str) -> None:
    """Tell it again what happens from now on; its dead letters wait for `replay`."""
    again = update(webhook).where(webhook.c.id == webhook_id, ~webhook.c.active).values(active=True)
    if row := connection.execute(again.returning(webhook)).first():
        _note(connection, by, "brought-back", row)


def replay(connection: Connection, webhook_id: int, event_id: str | None = None, *, by: str) -> int:
    """Send dead letters again, under the ids that they had, and switch the webhook on; returns how many.

    Parameters
    ----------
    event_id: only this event, and this one even if it was delivered; its receiver may have lost it.
    """
    if event_id is None:
        ended = (_of(webhook_id), job.c.state == "failed")
    else:
        ended = (job.c.key == delivery_key(webhook_id, event_id), job.c.state.in_(("failed", "done")))
    until = datetime.now(UTC) + DELIVERED_WITHIN
    switch_on(connection, webhook_id, by)
    anew = {"state": "queued", "attempts": 0, "due_at": func.now(), "expires_at": until}
    again = connection.execute(update(job).where(*ended).values(**anew, outcome=None, finished_at=None)).rowcount
    connection.execute(select(func.pg_notify(CHANNEL, DELIVERY)))
    return again


def _visible(place_id: int) -> Select[Any]:
    return select(webhook).join(place, place.c.id == webhook.c.place_id).where(below(place_id))


def _note(connection: Connection, by: str, action: Action, row: Row[Any]) -> None:
    """In the audit log; of its address the host alone: what follows may be the receiver's secret."""
    note(connection, by, action, f"webhooks/{row.id}", row.place_id, {"name": urlsplit(row.url).hostname})


def _of(webhook_id: int) -> ColumnElement[bool]:
    return job.c.target == target_of(webhook_id)
