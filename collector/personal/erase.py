"""Takes away what is known of a person, wherever it stands. Scores, reasons and the times of things stay: they say
nothing of whom they come from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, delete, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import cast

from collector.audit.log import note
from collector.cases.tables import attachment, case_event, cases
from collector.contacts.stopping import forget
from collector.contacts.tables import consent
from collector.moments import iso
from collector.notify.events import record
from collector.notify.tables import outbox
from collector.personal.person import Person, customer_of, subjects
from collector.settings import Settings
from collector.surveys.recording import give_position
from collector.surveys.tables import answer, answer_device, contact

#: Who is written down where the customer did it themselves.
CUSTOMER = "the customer"


@dataclass(frozen=True)
class Erased:
    """How many of each were erased."""

    contacts: int
    comments: int
    attachments: int
    messages: int
    consents: int

    def __bool__(self) -> bool:
        return any(vars(self).values())


def erase_case_person(connection: Connection, settings: Settings, case_id: int, now: datetime) -> bool:
    """Erase the customer of a case, at the wish of whoever holds its link; whether there was something to erase."""
    return bool(erase(connection, settings, customer_of(connection, case_id), CUSTOMER, now))


def erase(connection: Connection, settings: Settings, person: Person, who: str, now: datetime) -> Erased:
    """Erase a person, and write down who did it; systems that have heard of their cases are told to do the same.

    Parameters
    ----------
    who: name of an account or a token, or `CUSTOMER`.
    """
    erased = Erased(
        contacts=connection.execute(delete(contact).where(contact.c.answer_id.in_(person.answers))).rowcount,
        comments=_erase_words(connection, person),
        attachments=connection.execute(delete(attachment).where(attachment.c.case_id.in_(person.cases))).rowcount,
        messages=forget(connection, person.messages, now),
        consents=connection.execute(
            update(consent)
            .values(withdrawn_at=now)
            .where(consent.c.id.in_(person.consents), consent.c.withdrawn_at.is_(None))
        ).rowcount,
    )
    connection.execute(delete(answer_device).where(answer_device.c.answer_id.in_(person.answers)))
    if erased:
        _write_down(connection, settings, person, who, now)
        for number in person.answers:  # whoever follows the list of answers sees them again, without words
            give_position(connection, number)
    return erased


def _erase_words(connection: Connection, person: Person) -> int:
    """What they wrote, and what was written about it: in the answer, in the case, in the events that left the house."""
    its = answer.c.id.in_(person.answers), or_(answer.c.comment.is_not(None), answer.c.reference.is_not(None))
    # A reference leads to the person in the system that their voice came from.
    gone = {"comment": None, "words": None, "comment_erase_on": None, "reference": None}
    count = connection.execute(update(answer).values(gone).where(*its)).rowcount
    of_them = case_event.c.case_id.in_(person.cases), case_event.c.comment.is_not(None)
    count += connection.execute(update(case_event).values(comment=None).where(*of_them)).rowcount
    about = cases.c.id.in_(person.cases), cases.c.subject.is_not(None), cases.c.alert_id.is_(None)
    count += connection.execute(update(cases).values(subject=None).where(*about)).rowcount
    # So does the number under which another system has their case.
    handed = cases.c.id.in_(person.cases), cases.c.external.is_not(None)
    count += connection.execute(update(cases).values(external=None).where(*handed)).rowcount
    noted = case_event.c.case_id.in_(person.cases), case_event.c.data.has_key("external")
    connection.execute(update(case_event).values(data=case_event.c.data.op("-")(cast("external", Text))).where(*noted))
    subjects = [f"cases/{number}" for number in person.cases]
    personal = ("comment", "note", "external")
    told = or_(*(outbox.c.data[name].astext.is_not(None) for name in personal))
    empty = outbox.c.data.op("||")(cast(dict.fromkeys(personal), JSONB))
    connection.execute(update(outbox).values(data=empty).where(outbox.c.subject.in_(subjects), told))
    return count


def _write_down(connection: Connection, settings: Settings, person: Person, who: str, now: datetime) -> None:
    for subject, store_id, number in subjects(connection, person):
        entry = note(connection, who, "erased", subject, store_id)
        if number is not None:
            data = {"case": number, "link": f"{settings.url}/{subject}", "erased_at": iso(now)}
            record(connection, "smilepost.case.erased", subject, store_id, data, event_id=f"erased-{entry}")
