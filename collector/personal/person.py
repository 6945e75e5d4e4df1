"""Whose data is meant: that of somebody with an address, or of the customer of one case."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, or_, select, true

from collector.addresses import digest, normalised
from collector.cases.tables import cases
from collector.contacts.tables import STAFF, consent, message
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.settings import Settings
from collector.surveys.tables import answer, contact


@dataclass(frozen=True)
class Person:
    """A customer, by the numbers of what is kept of them where somebody may see it."""

    #: Whose people asked: they see it written down where nothing else says whose it is.
    place_id: int
    #: Of the address; None where one case is meant: whoever holds its link speaks for it, and for nothing else.
    digest: bytes | None
    answers: Collection[int] = ()
    cases: Collection[int] = ()
    messages: Collection[int] = ()
    consents: Collection[int] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.answers or self.cases or self.messages or self.consents)


def somebody(connection: Connection, settings: Settings, place_id: int, typed: str) -> Person:
    """Whoever has this address, as far as the people of a place see of them.

    Raises
    ------
    NoAddress: it is no e-mail address and no telephone number; the message is a sentence.
    """
    # A number without its country is one of the country where somebody asks.
    zone = ZoneInfo(connection.execute(select(place.c.time_zone).where(place.c.id == place_id)).scalar_one())
    return of_digest(connection, place_id, digest(settings, normalised(typed, zone)))


def of_digest(connection: Connection, place_id: int, known: bytes) -> Person:
    """Whoever is known by this digest, as far as the people of a place see of them."""
    given = select(contact.c.answer_id).join(answer, answer.c.id == contact.c.answer_id)
    here = given.join(place, place.c.id == answer.c.store_id).where(contact.c.digest == known, ever_below(place_id))
    answers = connection.scalars(here.order_by(contact.c.answer_id)).all()
    opened = connection.scalars(select(cases.c.id).where(cases.c.answer_id.in_(answers)).order_by(cases.c.id)).all()
    sent = select(message.c.id).join(place, place.c.id == message.c.store_id)
    told = sent.where(or_(message.c.digest == known, message.c.case_id.in_(opened)), message.c.purpose != STAFF)
    messages = connection.scalars(told.where(ever_below(place_id)).order_by(message.c.id)).all()
    agreed = select(consent.c.id).where(consent.c.digest == known, _has_place(connection, place_id, answers, messages))
    consents = connection.scalars(agreed.order_by(consent.c.id)).all()
    return Person(place_id, known, answers, opened, messages, consents)


def visible_customer_of(connection: Connection, place_id: int, case_id: int) -> Person | None:
    """The customer of a case, as `customer_of` has it; None where the people of a place do not see the case."""
    here = select(cases.c.id).join(place, place.c.id == cases.c.store_id)
    seen = here.where(cases.c.id == case_id, ever_below(place_id))
    return customer_of(connection, case_id) if connection.scalar(seen) else None


def customer_of(connection: Connection, case_id: int) -> Person:
    """The customer of a case, with what belongs to this case and nothing else.

    An address is typed, so it may be a stranger's: whoever speaks for a case speaks for no other.
    """
    case = connection.execute(select(cases.c.store_id, cases.c.answer_id).where(cases.c.id == case_id)).one()
    answers = [] if case.answer_id is None else [case.answer_id]
    told = select(message.c.id).where(message.c.case_id == case_id, message.c.purpose != STAFF)
    messages = connection.scalars(told.order_by(message.c.id)).all()
    sources = [f"answer/{number}" for number in answers]
    consents = connection.scalars(select(consent.c.id).where(consent.c.source.in_(sources))).all()
    return Person(case.store_id, None, answers, [case_id], messages, consents)


def subjects(connection: Connection, person: Person) -> list[tuple[str, int, int | None]]:
    """What the audit log calls a person: each of their cases, and each answer that opened none.

    Returns
    -------
    The name, the place whose people see the entry, and the number of the case if it is one.
    """
    opened = select(cases.c.id, cases.c.store_id, cases.c.answer_id).where(cases.c.id.in_(person.cases))
    found: list[tuple[str, int, int | None]] = []
    with_case = set()
    for row in connection.execute(opened.order_by(cases.c.id)):
        found.append((f"cases/{row.id}", row.store_id, row.id))
        with_case.add(row.answer_id)
    others = select(answer.c.id, answer.c.store_id).where(answer.c.id.in_(set(person.answers) - with_case))
    found += [(f"answers/{row.id}", row.store_id, None) for row in connection.execute(others.order_by(answer.c.id))]
    return found or [(f"people/{(person.digest or b'').hex()[:12]}", person.place_id, None)]


def _has_place(
    connection: Connection, place_id: int, answers: Collection[int], messages: Collection[int]
) -> ColumnElement[bool]:
    """A consent was given with an answer or for a message, which have a place; of others the whole alone knows."""
    if connection.scalar(select(place.c.parent_id).where(place.c.id == place_id)) is None:
        return true()
    keys = select(message.c.key).where(message.c.id.in_(messages))
    return or_(consent.c.source.in_([f"answer/{number}" for number in answers]), consent.c.source.in_(keys))
