"""Personal data has an end, by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, update

from collector.cases.changes.events import write_event
from collector.cases.tables import attachment, case_event
from collector.contacts.messages import invite
from collector.contacts.tables import consent, message
from collector.database import connect
from collector.notify.tables import outbox
from collector.personal.retention import erase_expired
from collector.settings import Settings
from collector.surveys.tables import answer, contact
from tests.collector.personal.conftest import ADDRESS, NOTE, WORDS, Customer, everything
from tests.factories import NOW, Shop


@pytest.fixture
def at_now(oksana: Customer, engine: Engine) -> Customer:
    """All of it happened at NOW, what the database dated itself, too."""
    with engine.begin() as connection:
        connection.execute(update(outbox).values(at=NOW))
    return oksana


def expire(settings: Settings, days: int) -> None:
    with connect(settings, autocommit=True) as jobs:
        erase_expired(jobs, NOW + timedelta(days=days))


def test_each_thing_ends_on_its_day(at_now: Customer, engine: Engine, settings: Settings) -> None:
    def kept(days: int) -> tuple[int, bool, bool, int, bool]:
        expire(settings, days)
        with engine.connect() as connection:
            contacts = connection.execute(select(func.count()).select_from(contact)).scalar_one()
            comment = connection.execute(select(answer.c.comment)).scalar_one()
            noted = connection.scalars(select(case_event.c.comment)).all()
            files = connection.execute(select(func.count()).select_from(attachment)).scalar_one()
            addresses = connection.scalars(select(message.c.address)).all()
        return contacts, comment is not None, NOTE in noted, files, ADDRESS in addresses

    assert kept(89) == (1, True, True, 1, True)
    assert kept(90) == (0, True, True, 1, False)  # wherever the address stood
    assert kept(364) == (0, True, True, 1, False)
    assert kept(365) == (0, False, True, 0, False)
    assert kept(366) == (0, False, False, 0, False)


def test_what_a_later_event_repeats_ends_with_the_comment(at_now: Customer, engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        write_event(connection, settings, at_now.case, "climbed", "Smilepost", NOW + timedelta(days=30))
        connection.execute(update(outbox).values(at=NOW + timedelta(days=30)))
    expire(settings, 364)
    assert WORDS in everything(engine)
    expire(settings, 365)
    assert WORDS not in everything(engine)


def test_addresses_of_those_who_left_none_with_an_answer_end_too(
    riverside: Shop, engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        invited = {"address": ADDRESS, "language": "en", "consent": "Yes, write to me.", "key": "1"}
        invite(connection, settings, store_id=riverside.store, **invited, now=NOW)

    def is_kept(days: int) -> bool:
        expire(settings, days)
        return ADDRESS in everything(engine)

    assert is_kept(90)
    assert not is_kept(91)


def test_in_the_end_nothing_of_a_person_is_left_but_the_rating(
    at_now: Customer, engine: Engine, settings: Settings
) -> None:
    expire(settings, 366)
    left = everything(engine)
    assert [word for word in (WORDS, ADDRESS, NOTE, "Oksana", "oksana") if word in left] == []
    with engine.connect() as connection:
        assert connection.execute(select(answer.c.button, answer.c.reasons)).one() == (4, [1])


def test_a_consent_is_kept_a_year_after_its_end_as_proof(engine: Engine, settings: Settings) -> None:
    given = {"digest": b"x", "purpose": "invitation", "words": "Yes, write to me.", "source": "api/1"}
    with engine.begin() as connection:
        connection.execute(insert(consent).values(**given, ends_on=NOW.date()))

    def is_kept(days: int) -> bool:
        expire(settings, days)
        with engine.connect() as connection:
            return connection.execute(select(consent.c.id)).first() is not None

    assert is_kept(365)
    assert not is_kept(366)
