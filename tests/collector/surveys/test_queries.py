"""Which survey holds where."""

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import NoResultFound

from collector.surveys.default import DEFINITION, ensure_default
from collector.surveys.definition import Nps, Smileys
from collector.surveys.publish import retire, save_draft
from collector.surveys.queries import NothingAsked, faces_at, survey_at, survey_version_of
from collector.surveys.schedule import Schedule
from collector.surveys.tables import question, survey
from tests.collector.surveys.asking import STAFF, ask, make_staff_room, publish_draft
from tests.factories import NOW, Shop, make_shop

FACES = Smileys(1, {"en": "How was it here?"})


def test_default_is_given_once(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        assert ensure_default(connection) == ensure_default(connection)
        assert connection.scalar(select(func.count()).select_from(survey)) == 1
        assert connection.scalar(select(func.count()).select_from(question)) == 2  # the shop has one of its own
        connection.execute(update(survey).values(retired_at=NOW))  # as it could be once
        ensure_default(connection)
        found = survey_at(connection, riverside.store)
    assert (found.place_id, found.version, found.buttons) == (riverside.organisation, 1, 4)
    assert found.definition == DEFINITION


def test_the_nearest_has_the_say(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        region = ask(connection, riverside.region, FACES)
        earlier = ask(connection, riverside.store, FACES)
        store = ask(connection, riverside.store, FACES)
        exit_ = ask(connection, riverside.store, FACES, touchpoint_id=riverside.exit)

        def asked(place_id: int, touchpoint_id: int | None = None) -> int:
            return survey_at(connection, place_id, NOW, touchpoint_id).survey_id

        assert asked(riverside.region) == region
        assert asked(riverside.store) == asked(riverside.store, riverside.checkout) == store
        assert asked(riverside.store, riverside.exit) == exit_
        assert asked(hilltop.store) not in {region, earlier, store, exit_}
        retire(connection, store, NOW, "Ann")
        assert asked(riverside.store) == earlier


def test_the_newest_published_version_is_asked(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        survey_id = ask(connection, riverside.store, FACES)
        before = survey_at(connection, riverside.store)
        save_draft(connection, survey_id, DEFINITION, "Petro")
        assert survey_at(connection, riverside.store) == before
        publish_draft(connection, riverside.store, survey_id)
        after = survey_at(connection, riverside.store)
        assert (after.version, after.definition) == (2, DEFINITION)
        assert survey_version_of(connection, before.id) == before


def test_one_whose_time_it_is_not_is_passed_over(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        always = ask(connection, riverside.organisation, FACES)
        sundays = ask(connection, riverside.store, FACES, schedule=Schedule(weekdays=("sun",)))
        ask(connection, riverside.store, FACES, schedule=Schedule(weekdays=("mon",)))
        assert survey_at(connection, riverside.store, NOW).survey_id == sundays
        assert survey_at(connection, riverside.store).survey_id == always  # what hangs on a wall
        retire(connection, sundays, NOW, "Ann")
        assert survey_at(connection, riverside.store, NOW).survey_id == always


def test_customers_are_asked_even_where_no_time_fits(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        mondays = ask(connection, riverside.organisation, FACES, schedule=Schedule(weekdays=("mon",)))
        assert survey_at(connection, riverside.store, NOW).survey_id == mondays
        room = make_staff_room(connection, riverside)
        schedule = Schedule(weekdays=("mon",))
        ask(connection, riverside.organisation, definition=STAFF, audience="staff", schedule=schedule)
        with pytest.raises(NothingAsked):
            survey_at(connection, riverside.store, NOW, room)


def test_staff_have_surveys_of_their_own(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
        room = make_staff_room(connection, riverside)
        with pytest.raises(NoResultFound):
            survey_at(connection, riverside.store, NOW, room)
        staff = ask(connection, riverside.organisation, definition=STAFF, audience="staff")
        assert survey_at(connection, riverside.store, NOW, room).survey_id == staff
        assert survey_at(connection, riverside.store, NOW, riverside.exit).survey_id != staff


def test_kiosks_ask_for_faces(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        usual = ensure_default(connection)
        ask(connection, riverside.store, Nps(1, {"en": "Would you recommend us?"}))
        ask(connection, riverside.store, FACES, schedule=Schedule(weekdays=("sun",)))
        assert faces_at(connection, riverside.store) == usual
        ask(connection, riverside.store, FACES, touchpoint_id=riverside.exit)
        assert faces_at(connection, riverside.store, riverside.exit) != usual
        assert faces_at(connection, riverside.store, riverside.checkout) == usual
