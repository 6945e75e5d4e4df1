"""What waits too long goes up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from collector.cases.changes import resolve, take
from collector.cases.ladder import climb
from collector.cases.tables import case_event, cases
from collector.notify.tables import outbox
from collector.places.tables import place
from collector.settings import Settings
from tests.factories import NOW, Shop

DAY = timedelta(hours=24)


def stands(engine: Engine) -> tuple[Any, ...]:
    """(state, step, place, due) of the only case."""
    with engine.connect() as connection:
        row = connection.execute(select(cases.c.state, cases.c.step, cases.c.place_id, cases.c.due_at)).one()
        return tuple(row)


def happened(engine: Engine) -> list[tuple[str, int, datetime]]:
    with engine.connect() as connection:
        query = select(case_event.c.kind, case_event.c.step, case_event.c.at).order_by(case_event.c.id)
        return [tuple(row) for row in connection.execute(query)]


def test_a_case_climbs_to_the_head_office_and_stays(
    engine: Engine, settings: Settings, riverside: Shop, complaint: tuple[int, str]
) -> None:
    assert stands(engine) == ("open", 0, riverside.store, NOW + DAY)
    assert climb(engine, settings, NOW + DAY - timedelta(seconds=1)) == 0
    assert climb(engine, settings, NOW + DAY) == 1
    assert stands(engine) == ("open", 1, riverside.region, NOW + 2 * DAY)
    assert climb(engine, settings, NOW + DAY) == 0
    assert climb(engine, settings, NOW + 5 * DAY) == 1
    assert stands(engine) == ("open", 2, riverside.organisation, None)
    assert climb(engine, settings, NOW + 500 * DAY) == 0
    assert happened(engine) == [("opened", 0, NOW), ("climbed", 1, NOW + DAY), ("climbed", 2, NOW + 5 * DAY)]


def test_taking_it_is_not_enough(
    engine: Engine, settings: Settings, riverside: Shop, complaint: tuple[int, str]
) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        assert take(connection, settings, case_id, "olha", riverside.store, NOW)
    assert climb(engine, settings, NOW + DAY) == 1
    assert stands(engine)[0] == "open"
    with engine.begin() as connection:
        assert take(connection, settings, case_id, "petro", riverside.region, NOW + DAY)
        assert resolve(connection, settings, case_id, "petro", riverside.region, NOW + DAY, "A second till opens.")
    assert climb(engine, settings, NOW + 9 * DAY) == 0
    assert stands(engine)[:2] == ("resolved", 1)


def test_no_region_no_step(engine: Engine, settings: Settings, riverside: Shop, complaint: tuple[int, str]) -> None:
    with engine.begin() as connection:
        path = [riverside.organisation, riverside.store]
        connection.execute(update(place).where(place.c.id == riverside.store).values(path=path))
    climb(engine, settings, NOW + DAY)
    assert stands(engine)[1:3] == (2, riverside.organisation)


def test_two_loops_move_it_once(engine: Engine, settings: Settings, complaint: tuple[int, str]) -> None:
    with ThreadPoolExecutor() as loops:
        assert sum(loops.map(lambda _: climb(engine, settings, NOW + DAY), range(4))) == 1
    assert [kind for kind, *_ in happened(engine)] == ["opened", "climbed"]


def test_the_world_hears_of_each_step(
    engine: Engine, settings: Settings, riverside: Shop, complaint: tuple[int, str]
) -> None:
    case_id, _ = complaint
    climb(engine, settings, NOW + DAY)
    with engine.connect() as connection:
        opened, climbed = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    assert (opened.type, climbed.type) == ("smilepost.case.opened", "smilepost.case.climbed")
    assert opened.subject == climbed.subject == f"cases/{case_id}"
    assert opened.place_id == riverside.store
    assert opened.data == {
        "case": case_id,
        "link": f"{settings.url}/cases/{case_id}",
        "state": "open",
        "step": 0,
        "place": riverside.store,
        "store": {"id": riverside.store, "name": "Riverside"},
        "touchpoint": "Exit",
        "score": 0,
        "button": 4,
        "buttons": 4,
        "reasons": ["Long queue"],
        "comment": "Only one till was open.",
        "has_contact": False,
        "opened_at": "2026-11-22T09:52:01.250Z",
        "due_at": "2026-11-23T09:52:01.250Z",
        "happened_at": "2026-11-22T09:52:01.250Z",
        "author": "Smilepost",
        "note": None,
    }
    assert (climbed.data["step"], climbed.data["place"]) == (1, riverside.region)


@pytest.mark.parametrize("button", [1, 2, 3])
def test_no_case_without_need(phone: Any, poster: str, engine: Engine, button: int) -> None:
    phone.answer(poster, button)
    with engine.connect() as connection:
        assert connection.execute(select(cases)).first() is None
