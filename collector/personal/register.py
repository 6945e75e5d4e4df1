"""What is kept of customers at a place and below: for what purpose, agreed to in which words, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from collector.cases.tables import attachment, cases
from collector.contacts.tables import STAFF, message
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.surveys.tables import answer, contact


@dataclass(frozen=True)
class Kept:
    """How many of something are kept, and when the next of them is erased."""

    count: int
    next: date | None


def summary(connection: Connection, place_id: int) -> dict[str, Kept]:
    """How much is kept, by what it is."""
    addresses = (
        select(func.count(), func.min(contact.c.erase_on))
        .join(answer, answer.c.id == contact.c.answer_id)
        .join(place, place.c.id == answer.c.store_id)
    )
    words = select(func.count(), func.min(answer.c.comment_erase_on)).join(place, place.c.id == answer.c.store_id)
    files = (
        select(func.count(), func.min(attachment.c.erase_on))
        .join(cases, cases.c.id == attachment.c.case_id)
        .join(place, place.c.id == cases.c.store_id)
    )
    queries = {
        "contacts": addresses,
        "comments": words.where(answer.c.comment.is_not(None)),
        "attachments": files,
    }
    found = {}
    for name, query in queries.items():
        row = connection.execute(query.where(ever_below(place_id))).one()
        found[name] = Kept(row[0], row[1])
    return found


def contacts(connection: Connection, place_id: int, *, offset: int, limit: int) -> Sequence[Row[Any]]:
    """Each contact with its consent, the newest first; the address itself is not among it."""
    told = select(func.count()).where(message.c.case_id == cases.c.id, message.c.purpose != STAFF).scalar_subquery()
    query: Select[Any] = (
        select(
            contact.c.answer_id,
            contact.c.purpose,
            contact.c.consent,
            contact.c.consented_at,
            contact.c.erase_on,
            place.c.name.label("store"),
            place.c.time_zone,
            cases.c.id.label("case_id"),
            told.label("messages"),
        )
        .join(answer, answer.c.id == contact.c.answer_id)
        .join(place, place.c.id == answer.c.store_id)
        .outerjoin(cases, and_(cases.c.answer_id == answer.c.id, cases.c.merged_into.is_(None)))
        .where(ever_below(place_id))
    )
    return connection.execute(query.order_by(contact.c.answer_id.desc()).offset(offset).limit(limit)).all()
