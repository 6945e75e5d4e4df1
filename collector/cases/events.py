"""What happened to a case: written down with the change itself, and told to whoever listens."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, exists, insert, select

from collector import changes
from collector.cases.tables import case_event, cases
from collector.database import driver
from collector.moments import iso
from collector.notify.events import record
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.surveys.definition import Definition, in_language
from collector.surveys.tables import answer, contact, question, survey

Kind = Literal["opened", "taken", "commented", "climbed", "resolved"]

#: Who is named where nobody did it.
SMILEPOST = "Smilepost"


def write_event(
    connection: Connection,
    settings: Settings,
    case_id: int,
    kind: Kind,
    author: str,
    now: datetime,
    comment: str | None = None,
    key: str | None = None,
) -> None:
    """Write what has just happened, in the transaction in which it happened; the world hears of it by the outbox.

    Parameters
    ----------
    key: idempotency key of the request that asked for it, if any.
    """
    data = _data(connection, settings, case_id)
    values = {"case_id": case_id, "at": now, "kind": kind, "author": author, "comment": comment, "key": key}
    written = insert(case_event).values(**values, step=data["step"])
    event_id = connection.execute(written.returning(case_event.c.id)).scalar_one()
    data |= {"happened_at": iso(now), "author": author, "note": comment}
    record(
        connection,
        f"smilepost.case.{kind}",
        f"cases/{case_id}",
        data["store"]["id"],
        data,
        event_id=f"case-event-{event_id}",
    )
    changes.tell(driver(connection), changes.STORES, [data["store"]["id"]])


def _data(connection: Connection, settings: Settings, case_id: int) -> dict[str, Any]:
    """A case as other systems see it; whether there is a contact, never the contact itself."""
    row = connection.execute(
        select(
            cases,
            answer.c.score,
            answer.c.button,
            answer.c.reasons,
            answer.c.comment,
            question.c.buttons,
            survey.c.definition,
            place.c.name.label("store"),
            touchpoint.c.name.label("touchpoint"),
            exists().where(contact.c.answer_id == answer.c.id).label("has_contact"),
        )
        .join(place, place.c.id == cases.c.store_id)
        .join(answer, answer.c.id == cases.c.answer_id)
        .join(survey, survey.c.id == answer.c.survey_id)
        .outerjoin(question, question.c.id == answer.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(cases.c.id == case_id)
    ).one()
    definition = msgspec.convert(row.definition, Definition)
    reasons = [reason for reason in definition.reasons(row.score) if reason.number in row.reasons]
    return {
        "case": case_id,
        "link": f"{settings.url}/cases/{case_id}",
        "state": row.state,
        "step": row.step,
        "place": row.place_id,
        "store": {"id": row.store_id, "name": row.store},
        "touchpoint": row.touchpoint,
        "score": row.score,
        "button": row.button,
        "buttons": row.buttons,
        "reasons": [in_language(reason.text, "en") for reason in reasons],
        "comment": row.comment,
        "has_contact": row.has_contact,
        "opened_at": iso(row.opened_at),
        "due_at": iso(row.due_at) if row.due_at else None,
    }
