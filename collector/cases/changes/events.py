"""What happened to a case: written down with the change itself, and told to whoever listens.

1. The line in the case's log.
2. What follows from it for the case's clocks (`standing.settle`).
3. The event in the outbox, for other systems.
4. Messages, to people of the house and to the customer (`telling.tell`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from collector import changes
from collector.cases.changes.telling import tell
from collector.cases.standing import Ladder, settle
from collector.cases.tables import OPEN, EventKind, case_event, cases
from collector.database import driver
from collector.moments import iso
from collector.notify.events import record
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.surveys.definition import Definition, in_language
from collector.surveys.tables import answer, contact, question, survey_version

#: Who is named where nobody did it, and where the customer did.
SMILEPOST, CUSTOMER = "Smilepost", ""
#: Faces of the recovery question, from the best, after which nobody needs to look.
BEST_BUTTONS = 2
#: What is the house's own business.
_UNTOLD = {"reminded", "linked", "attached"}


def write_event(
    connection: Connection,
    settings: Settings,
    case_id: int,
    kind: EventKind,
    author: str,
    now: datetime,
    comment: str | None = None,
    key: str | None = None,
    data: Mapping[str, Any] | None = None,
    ladder: Ladder | None = None,
) -> int:
    """Write what has just happened, in the transaction in which it happened; returns the event's id.

    Parameters
    ----------
    key: idempotency key of the request that asked for it, if any.
    data: what else belongs to it, by its kind; for the house, not for other systems.
    ladder: of its store, where it was read already.
    """
    step = select(cases.c.step).where(cases.c.id == case_id).scalar_subquery()
    values = {"case_id": case_id, "at": now, "kind": kind, "author": author, "comment": comment, "key": key}
    written = insert(case_event).values(**values, step=step, data=dict(data or {})).returning(case_event.c.id)
    event_id = int(connection.execute(written).scalar_one())
    _note_who_has_the_word(connection, case_id, kind, author, data or {})
    stand = settle(connection, case_id, ladder)
    if kind not in _UNTOLD:
        told = _data(connection, settings, case_id)
        # What the customer wrote is for those who help them.
        told |= {"happened_at": iso(now), "author": author, "note": None if author == CUSTOMER else comment}
        about = f"cases/{case_id}"
        event = f"case-event-{event_id}"
        record(connection, f"smilepost.case.{kind}", about, stand.row.store_id, told, event_id=event)
    tell(connection, settings, stand)
    changes.tell(driver(connection), changes.STORES, [stand.row.store_id])
    return event_id


def _note_who_has_the_word(
    connection: Connection, case_id: int, kind: EventKind, author: str, data: Mapping[str, Any]
) -> None:
    """Whether the customer has written since a person last did something, which the lists show."""
    told = update(cases).where(cases.c.id == case_id)
    if author not in (CUSTOMER, SMILEPOST):
        connection.execute(told.where(cases.c.has_written).values(has_written=False))
    elif author == CUSTOMER and (kind in {"added", "attached"} or data.get("button", 0) > BEST_BUTTONS):
        # The words that belong to what has just been tapped are nothing new to a case that nobody has looked at.
        known = (cases.c.state != OPEN,) if "answer" in data else ()
        connection.execute(told.where(*known).values(has_written=True))


def _data(connection: Connection, settings: Settings, case_id: int) -> dict[str, Any]:
    """A case as other systems see it; whether there is a contact, never the contact itself."""
    row = connection.execute(_TOLD, {"case": case_id}).one()
    reasons: list[str] = []
    if row.definition is not None:
        fitting = msgspec.convert(row.definition, Definition).reasons(row.score)
        reasons = [in_language(reason.text, "en") for reason in fitting if reason.number in row.reasons]
    return {
        "case": case_id,
        "link": f"{settings.url}/cases/{case_id}",
        "kind": row.kind,
        "state": row.state,
        "step": row.step,
        "place": row.place_id,
        "store": {"id": row.store_id, "name": row.store},
        "touchpoint": row.touchpoint,
        "score": row.score,
        "button": row.button,
        "buttons": row.buttons,
        "reasons": reasons,
        "comment": row.comment,
        "has_contact": row.has_contact,
        "root_cause": row.root_cause,
        "merged_into": row.merged_into,
        "external": row.external,
        "opened_at": iso(row.opened_at),
        "due_at": iso(row.due_at) if row.due_at else None,
    }


_TOLD = (
    select(
        cases,
        answer.c.score,
        answer.c.button,
        answer.c.reasons,
        answer.c.comment,
        question.c.buttons,
        survey_version.c.definition,
        place.c.name.label("store"),
        touchpoint.c.name.label("touchpoint"),
        exists().where(contact.c.answer_id == answer.c.id).label("has_contact"),
    )
    .join(place, place.c.id == cases.c.store_id)
    .outerjoin(answer, answer.c.id == cases.c.answer_id)
    .outerjoin(survey_version, survey_version.c.id == answer.c.version_id)
    .outerjoin(question, question.c.id == answer.c.question_id)
    .outerjoin(touchpoint, touchpoint.c.id == func.coalesce(cases.c.touchpoint_id, answer.c.touchpoint_id))
    .where(cases.c.id == bindparam("case"))
)
