"""Settings of a place: whom a change reaches, that the nearer choice holds, and that kiosks get it by and by."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.fleet import due
from collector.fleet.life import Why
from collector.fleet.registry import enrolment
from collector.fleet.settings import groups
from collector.fleet.settings.choices import merged
from collector.fleet.settings.chosen import levels_of, own_choices
from collector.fleet.settings.given import CannotSet, newest_settings, prefer
from collector.fleet.settings.giving import Giving
from collector.fleet.tables import kiosk_due, kiosk_settings
from collector.policies.tables import policy
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop, make_shop


@pytest.fixture
def chain(engine: Engine, settings: Settings) -> tuple[Shop, Shop]:
    """Riverside with two kiosks, Hilltop in a region of its own with one."""
    with engine.begin() as connection:
        riverside = make_shop(connection)
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        asked = ensure_default(connection)
        enrolment.enrol(connection, settings, "exit-1", riverside.exit, asked)
        enrolment.enrol(connection, settings, "till-1", riverside.checkout, asked)
        enrolment.enrol(connection, settings, "hill-1", hilltop.exit, asked)
    return riverside, hilltop


@pytest.fixture
def choose(engine: Engine, settings: Settings) -> Callable[..., list[str]]:
    """Has a place choose something, and gives it; returns whom it reached."""

    def chosen(place_id: int, **changed: Any) -> list[str]:
        with engine.begin() as connection:
            found = groups.choose(connection, settings, place_id, changed, "Ann")
        while Giving(engine, settings).look(NOW):
            pass
        return [each.kiosk_id for each, _ in found.affected]

    return chosen


@pytest.fixture
def has(engine: Engine) -> Callable[[str], tuple[int, dict[str, Any]]]:
    """Version and settings that a kiosk should have."""

    def of(kiosk_id: str) -> tuple[int, dict[str, Any]]:
        with engine.connect() as connection:
            newest = newest_settings(connection, kiosk_id)
        assert newest
        return newest.version, newest.settings

    return of


def test_the_nearest_choice_holds_and_only_those_change_that_it_reaches(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop], choose: Any, has: Any
) -> None:
    riverside, hilltop = chain
    assert choose(riverside.organisation, light=40, sound=10) == ["hill-1", "exit-1", "till-1"]
    assert choose(riverside.store, light=70) == ["exit-1", "till-1"]
    with engine.begin() as connection:
        prefer(connection, settings, "till-1", {"light": 20})
    assert choose(riverside.region, light=60) == []
    assert choose(hilltop.region, light=50, repeat=1000) == ["hill-1"]
    lights = {kiosk: has(kiosk)[1]["light"] for kiosk in ("exit-1", "till-1", "hill-1")}
    assert lights == {"exit-1": 70, "till-1": 20, "hill-1": 50}
    assert {kiosk: has(kiosk)[0] for kiosk in lights} == {"exit-1": 3, "till-1": 4, "hill-1": 3}
    # Back to what holds above, one setting alone.
    assert choose(riverside.store, light=None) == ["exit-1"]
    assert (has("exit-1")[1]["light"], has("exit-1")[1]["sound"]) == (60, 10)
    with engine.begin() as connection:
        prefer(connection, settings, "till-1", {"light": None})
        assert merged(levels_of(connection, "till-1")) == {"light": 60, "sound": 10}
    assert has("till-1")[1]["light"] == 60


def test_the_same_twice_is_one_version_and_what_is_as_by_default_changes_nobody(
    engine: Engine, chain: tuple[Shop, Shop], choose: Any, has: Any
) -> None:
    riverside, _ = chain
    assert choose(riverside.store, light=100) == []
    assert choose(riverside.store, light=30) == ["exit-1", "till-1"]
    assert choose(riverside.store, light=30) == []
    assert has("exit-1")[0] == 2
    with engine.connect() as connection:
        assert connection.scalars(select(policy.c.version).order_by(policy.c.version)).all() == [1, 2]
        assert connection.execute(select(kiosk_due)).all() == []


def test_preview_says_who_changes_and_who_has_something_nearer(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop], choose: Any
) -> None:
    riverside, hilltop = chain
    choose(hilltop.store, light=80)
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"light": 20})
        before = connection.execute(select(kiosk_settings)).all()
        found = groups.try_out(connection, settings, riverside.organisation, {"light": 40})
        assert connection.execute(select(kiosk_settings)).all() == before
        assert own_choices(connection, riverside.organisation) == {}
    assert [(each.kiosk_id, changes["light"]) for each, changes in found.affected] == [("till-1", (100, 40))]
    nearer = [(each.kiosk_id, [level.name for level in levels]) for each, levels in found.kept]
    assert nearer == [("hill-1", ["Hilltop"]), ("exit-1", ["exit-1"])]


def test_a_kiosk_that_moves_has_what_holds_at_its_new_place(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop], choose: Any, has: Any
) -> None:
    riverside, hilltop = chain
    choose(riverside.store, light=30)
    choose(hilltop.region, sound=0)
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"repeat": 500})
        enrolment.move(connection, settings, "exit-1", hilltop.checkout)
    moved = has("exit-1")[1]
    assert (moved["light"], moved["sound"], moved["repeat"]) == (100, 0, 500)
    with engine.begin() as connection:
        enrolment.replace(connection, settings, "exit-1", "till-1", NOW)
    stands_in = has("till-1")[1]
    assert (stands_in["light"], stands_in["sound"], stands_in["repeat"]) == (100, 0, 500)


def test_what_no_kiosk_could_hold_is_refused_with_its_name(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop]
) -> None:
    riverside, _ = chain
    seven = {day: {"en": f"Question of {day}?"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    with engine.connect() as connection:
        with pytest.raises(CannotSet, match="in Riverside: There are 7 questions"):
            groups.choose(connection, settings, riverside.store, {"weekday_questions": seven}, "Ann")
        assert own_choices(connection, riverside.store) == {}
        assert connection.execute(select(kiosk_due)).all() == []


def test_one_kiosk_that_cannot_hold_it_holds_up_nobody_and_is_named(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop], has: Any
) -> None:
    riverside, _ = chain
    with engine.begin() as connection:
        groups.choose(connection, settings, riverside.store, {"light": 30}, "Ann")
        # Meanwhile somebody gives one of them more words than it can hold.
        asked = {day: {"en": f"Question of {day}?"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        connection.execute(
            policy.insert().values(
                place_id=riverside.region,
                kind="kiosks",
                version=1,
                author="Ann",
                definition={"weekday_questions": asked},
            )
        )
        prefer(connection, settings, "till-1", {"weekday_questions": {"mon": {"en": "Quick?"}}})
        due.put(connection, due.SETTINGS, ["till-1"], "Ann")
    giving = Giving(engine, settings)
    giving.look(NOW)
    giving.look(NOW)
    assert has("till-1")[1]["light"] == 30
    with engine.connect() as connection:
        [(name, problem)] = due.problems(connection, riverside.region, due.SETTINGS)
        assert (name, due.waiting(connection, riverside.region, due.SETTINGS)) == ("exit-1", 0)
    assert problem.startswith("There are 7 questions")
    # As soon as it has room, it is none any more.
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"weekday_questions": {"mon": {"en": "Quick?"}}})
        assert due.problems(connection, riverside.region, due.SETTINGS) == []


def test_a_kiosk_that_was_retired_meanwhile_is_crossed_off(
    engine: Engine, settings: Settings, chain: tuple[Shop, Shop], choose: Any, has: Any
) -> None:
    riverside, _ = chain
    with engine.begin() as connection:
        groups.choose(connection, settings, riverside.store, {"light": 30}, "Ann")
        enrolment.retire(connection, "exit-1", NOW, Why.BROKEN)
    Giving(engine, settings).look(NOW)
    assert (has("exit-1")[0], has("till-1")[0]) == (1, 2)
    with engine.connect() as connection:
        assert connection.execute(select(kiosk_due)).all() == []
