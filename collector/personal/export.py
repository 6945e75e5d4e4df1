"""Everything that is kept of a person, for themselves: a document that a person can read and a program, too."""

import base64
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from collector.audit.log import note
from collector.cases.tables import attachment, case_event, cases
from collector.contacts.tables import consent, message, refusal
from collector.insights.faces import face
from collector.moments import iso
from collector.personal.person import Person, subjects
from collector.places.tables import place, touchpoint
from collector.queue.tables import job
from collector.ratings.kinds import Channel, word
from collector.surveys.definition import Definition, Scale, in_language
from collector.surveys.tables import answer, contact, survey_version

#: What the customer was told, or told us, of what happened to a case; the rest is the house's own.
_SHARED = frozenset({"added", "confirmed", "reopened", "recovered", "replied", "resolved", "waiting"})


def export(connection: Connection, person: Person, who: str, now: datetime) -> dict[str, Any]:
    """All that is kept of a person; that it was given out is written down.

    Parameters
    ----------
    who: name of an account or a token.
    """
    for subject, place_id, _ in subjects(connection, person):
        note(connection, who, "exported", subject, place_id)
    return {
        "exported_at": iso(now),
        "answers": [_answer(row) for row in connection.execute(_answers(person))],
        "cases": [_case(connection, row) for row in connection.execute(_cases(person))],
        "messages": [_message(row) for row in connection.execute(_messages(person))],
        "consents": [_plain(row) for row in connection.execute(_consents(person))],
        "refusals": [_plain(row) for row in connection.execute(_refusals(person))] if person.is_known else [],
    }


def _answers(person: Person) -> Any:
    return (
        select(
            answer,
            place.c.name.label("store"),
            touchpoint.c.name.label("touchpoint"),
            survey_version.c.definition,
            contact.c.address,
            contact.c.purpose,
            contact.c.consent,
            contact.c.consented_at,
            contact.c.erase_on,
        )
        .join(place, place.c.id == answer.c.store_id)
        .join(survey_version, survey_version.c.id == answer.c.version_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .outerjoin(contact, contact.c.answer_id == answer.c.id)
        .where(answer.c.id.in_(person.answers))
        .order_by(answer.c.id)
    )


def _answer(row: Row[Any]) -> dict[str, Any]:
    asked = msgspec.convert(row.definition, Definition)
    given = {
        "address": row.address,
        "purpose": row.purpose,
        "agreed_to": row.consent,
        "agreed_at": iso(row.consented_at),
        "erased_on": row.erase_on.isoformat(),
    }
    return {
        "answer": row.id,
        "at": iso(row.submitted_at),
        "store": row.store,
        "touchpoint": row.touchpoint,
        "channel": word(Channel(row.channel)),
        "language": row.language,
        "rating": None if row.score is None else {"score": row.score, "button": row.button},
        "replies": {
            _asked(scale, row.language): _replied(scale, row.replies[scale.key])
            for scale in asked.scales
            if scale.key in row.replies
        },
        "reasons": [in_language(each.text, row.language) for each in asked.reasons(None) if each.number in row.reasons],
        "comment": row.comment,
        "comment_erased_on": row.comment_erase_on.isoformat() if row.comment_erase_on else None,
        "reference": row.reference,
        "contact": given if row.address is not None else None,
    }


def _asked(scale: Scale, language: str) -> str:
    text = in_language(scale.text, language)
    return f"{text} ({scale.kind})" if scale.kind in {"expectation", "perception"} else text


def _replied(scale: Scale, reply: int) -> str:
    """“4 of 4 (very bad)”, “9 of 10”."""
    said = f"{reply} of {max(scale.replies)}"
    return f"{said} ({face(reply, scale.buttons).replace('-', ' ')})" if scale.kind == "smileys" else said


def _cases(person: Person) -> Any:
    return select(cases).where(cases.c.id.in_(person.cases)).order_by(cases.c.id)


def _case(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    happened = select(case_event).where(case_event.c.case_id == row.id).order_by(case_event.c.id)
    files = select(attachment).where(attachment.c.case_id == row.id).order_by(attachment.c.id)
    return {
        "case": row.id,
        "about": row.subject,
        "state": row.state,
        "opened_at": iso(row.opened_at),
        "resolved_at": iso(row.resolved_at) if row.resolved_at else None,
        "events": [
            {"at": iso(event.at), "what": event.kind, "words": event.comment if event.kind in _SHARED else None}
            for event in connection.execute(happened)
        ],
        "attachments": [
            {
                "name": file.name,
                "type": file.type,
                "at": iso(file.at),
                "erased_on": file.erase_on.isoformat(),
                "content": base64.b64encode(file.content).decode(),
            }
            for file in connection.execute(files)
        ],
    }


def _messages(person: Person) -> Any:
    joined = select(message, job.c.state, job.c.outcome, job.c.finished_at).outerjoin(job, job.c.id == message.c.job_id)
    return joined.where(message.c.id.in_(person.messages)).order_by(message.c.id)


def _message(row: Row[Any]) -> dict[str, Any]:
    return {
        "at": iso(row.created_at),
        "purpose": row.purpose,
        "channel": row.channel,
        "address": row.address,
        "case": row.case_id,
        "words": row.content,
        "state": row.state or ("refused" if row.refused else "held"),
        "why": row.outcome or row.refused,
    }


def _consents(person: Person) -> Any:
    columns = consent.c.purpose, consent.c.words, consent.c.given_at, consent.c.ends_on, consent.c.withdrawn_at
    return select(*columns).where(consent.c.id.in_(person.consents)).order_by(consent.c.id)


def _refusals(person: Person) -> Any:
    return select(refusal.c.purpose, refusal.c.at).where(refusal.c.digest == person.digest).order_by(refusal.c.id)


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {str(name): _said(value) for name, value in row._mapping.items()}


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
