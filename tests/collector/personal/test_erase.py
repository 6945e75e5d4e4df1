"""A person is erased wherever they stand, once for all; their ratings stay."""

from collections.abc import Callable

from sqlalchemy import Engine, select, update

from collector.audit.tables import audit
from collector.cases.changes import hand_over
from collector.cases.changes.conditional import Doer
from collector.contacts.tables import message
from collector.notify.tables import outbox
from collector.personal.erase import CUSTOMER, erase, erase_case_person
from collector.personal.person import somebody
from collector.queue.tables import job
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.tables import answer
from tests.collector.personal.conftest import ADDRESS, NOTE, WORDS, Customer, everything
from tests.factories import NOW, Shop, make_shop


def test_nothing_of_a_person_is_left_but_the_ratings(
    oksana: Customer, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    assert {word: word in everything(engine) for word in (WORDS, ADDRESS, NOTE)} == dict.fromkeys(
        (WORDS, ADDRESS, NOTE), True
    )
    with engine.begin() as connection:
        erased = erase(
            connection, settings, somebody(connection, settings, riverside.organisation, ADDRESS), "Ira", NOW
        )
    assert (erased.contacts, erased.attachments, erased.comments > 1, erased.messages > 0) == (1, 1, True, True)
    left = everything(engine)
    assert [word for word in (WORDS, ADDRESS, NOTE, "Oksana", "oksana") if word in left] == []
    with engine.connect() as connection:
        kept = connection.execute(select(answer)).one()
        assert (kept.button, kept.reasons) == (4, [1])
        assert connection.execute(select(rating.c.button)).scalars().all() == [4]


def test_the_number_in_another_system_goes_too(
    oksana: Customer, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    by = Doer("a help desk", riverside.store, NOW)
    with engine.begin() as connection:
        assert hand_over(connection, settings, oksana.case, by, "oksana-desk-77")
    assert everything(engine).count("oksana-desk-77") == 3
    with engine.begin() as connection:
        assert erase_case_person(connection, settings, oksana.case, NOW)
    assert "oksana-desk-77" not in everything(engine)


def test_what_was_not_sent_yet_never_is(oksana: Customer, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(job).values(state="queued"))
        erase_case_person(connection, settings, oksana.case, NOW)
        states = select(message.c.address, message.c.held_until, message.c.refused, job.c.state)
        told = connection.execute(states.outerjoin(job, job.c.id == message.c.job_id)).all()
    assert told
    for each in told:
        assert (each.address, each.held_until) == (None, None)
        assert each.state == "failed" or each.refused


def test_once_erased_there_is_nothing_to_erase_and_nothing_to_write_down(
    oksana: Customer, engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        assert erase_case_person(connection, settings, oksana.case, NOW) is True
        assert erase_case_person(connection, settings, oksana.case, NOW) is False
        log = [tuple(row) for row in connection.execute(select(audit.c.who, audit.c.action, audit.c.subject))]
    assert log == [(CUSTOMER, "erased", f"cases/{oksana.case}")]


def test_other_systems_are_told_to_erase_it_too(oksana: Customer, engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        erase_case_person(connection, settings, oksana.case, NOW)
        told = connection.execute(select(outbox).where(outbox.c.type == "smilepost.case.erased")).one()
    assert (told.subject, told.data["case"]) == (f"cases/{oksana.case}", oksana.case)
    assert set(told.data) == {"case", "link", "erased_at"}


def test_a_link_speaks_for_its_own_case_only(
    complain: Callable[[str], Customer], engine: Engine, settings: Settings
) -> None:
    """An address may be a stranger's: whoever typed it must not erase what the stranger wrote."""
    first, second = complain(ADDRESS), complain(ADDRESS)
    with engine.begin() as connection:
        erase_case_person(connection, settings, first.case, NOW)
        comments = connection.execute(select(answer.c.id, answer.c.comment).order_by(answer.c.id)).all()
    assert [tuple(row) for row in comments] == [(first.answer, None), (second.answer, WORDS)]


def test_an_address_is_one_person_however_it_is_typed(
    complain: Callable[[str], Customer], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    made = complain("+380 50 123 45 67"), complain("050 123-45-67")
    with engine.begin() as connection:
        person = somebody(connection, settings, riverside.organisation, "+380501234567")
    assert list(person.answers) == [each.answer for each in made]


def test_a_place_erases_at_home_only(oksana: Customer, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        other = make_shop(connection, "Lakeside", beside=riverside)
        person = somebody(connection, settings, other.region, ADDRESS)
        assert not person.is_known
        assert not erase(connection, settings, person, "Ira", NOW)
    assert WORDS in everything(engine)
