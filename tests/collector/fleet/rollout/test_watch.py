"""A roll-out by itself: from one kiosk to all, halted, gone on with, ended, taken back."""

import pytest
from sqlalchemy import select, update

from collector.audit.tables import audit
from collector.fleet.enrolment import retire
from collector.fleet.rollout.changes import CannotChange, end, go_back, go_on
from collector.fleet.rollout.plan import Plan
from collector.fleet.tables import kiosk_command, kiosk_placement, rollout, rollout_kiosk
from tests.collector.fleet.rollout.conftest import Region
from tests.factories import make_shop

NAMES = [f"k-{number:02}" for number in range(40)]


def first_of(region: Region, rollout_id: int) -> str:
    [first] = region.steps(rollout_id)
    return first


def test_one_then_some_then_all(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    assert region.offered() == {}
    assert region.look(made) == ("running", 0)
    first = first_of(region, made)
    assert region.offered() == {first: 12}

    region.say(first, update="Release 12: 1 of 3 files are here.")
    region.look(made)
    assert region.steps(made) == {first: "taking"}
    region.say(first, release=12, update="This release is on trial.")
    region.look(made)
    assert region.steps(made) == {first: "trial"}
    region.take(first)
    assert region.look(made) == ("running", 0)
    assert region.look(made, 29) == ("running", 0)
    assert region.look(made) == ("running", 1)

    second = [name for name in region.steps(made) if name != first]
    assert len(second) == 2
    region.take(*second)
    region.look(made)
    assert region.look(made, 30) == ("running", 2)
    assert region.steps(made).keys() == set(NAMES)
    region.take(*NAMES)
    region.look(made)
    assert region.look(made, 30) == ("done", 2)
    assert set(region.steps(made).values()) == {"done"}


def test_not_too_many_fetch_it_at_a_time(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin(plan=Plan(soak=0, at_once=7, percent=30))
    region.look(made)
    region.take(first_of(region, made))
    assert region.look(made) == ("running", 1)
    assert list(region.steps(made).values()).count("offered") == 7
    region.take(*region.steps(made))
    region.look(made)
    assert sorted(region.steps(made).values()) == ["done"] * 8 + ["offered"] * 5


def test_it_halts_when_the_first_fails_and_a_person_goes_on_with_another(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    region.look(made)
    first = first_of(region, made)
    region.say(first, update="Release 12 has gone back: it cannot be started: ImportError")
    assert region.look(made) == ("halted", 0)
    assert region.look(made) == ("halted", 0)
    assert region.offered() == {first: 12}
    region.change(go_on, made, "a")
    assert region.look(made) == ("running", 0)
    assert len(region.steps(made)) == 2
    # The same request once more changes nothing, whatever has happened since.
    [other] = [name for name in region.steps(made) if name != first]
    region.say(other, update="Release 12 is not signed with the organisation's key.")
    assert region.look(made) == ("halted", 0)
    region.change(go_on, made, "a")
    assert region.look(made) == ("halted", 0)


def test_it_halts_when_kiosks_fall_silent_and_those_that_come_back_count_again(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin(plan=Plan(soak=0, percent=20))
    region.look(made)
    region.take(first_of(region, made))
    region.look(made)
    some = [name for name, state in region.steps(made).items() if state == "offered"]
    for name in some[:3]:
        region.say(name, "offline")
    region.take(*some[3:])
    assert region.look(made, 19) == ("running", 1)
    assert region.look(made) == ("halted", 1)
    region.take(*some)
    assert region.look(made) == ("halted", 1)
    assert set(region.steps(made).values()) == {"done"}
    region.change(go_on, made, "a")
    region.look(made)
    assert region.look(made) == ("running", 2)


def test_nobody_waits_for_those_that_were_away_and_they_have_it_when_they_are_back(region: Region) -> None:
    region.kiosks("k-1", "k-2", "k-3", "k-4", "k-5")
    region.say("k-5", "offline")
    made = region.begin(plan=Plan(soak=0))
    for _ in range(4):
        region.look(made)
        region.take(*[name for name in region.steps(made) if name != "k-5"])
    assert region.look(made) == ("done", 2)
    assert region.steps(made)["k-5"] == "waiting"
    assert region.offered()["k-5"] == 12
    region.take("k-5")
    region.look(made)
    assert region.steps(made)["k-5"] == "done"


def test_a_kiosk_that_comes_to_the_place_meanwhile_is_in_the_last_stage(region: Region) -> None:
    region.kiosks("k-1")
    made = region.begin(plan=Plan(soak=0))
    region.kiosks("new")
    region.look(made)
    assert region.steps(made).keys() == {"k-1"}
    region.take("k-1")
    assert region.look(made) == ("running", 2)
    region.look(made)
    assert region.steps(made) == {"k-1": "done", "new": "offered"}


def test_a_kiosk_that_is_retired_holds_nobody_up(region: Region) -> None:
    region.kiosks(*NAMES[:9])
    made = region.begin(plan=Plan(soak=0, percent=30))
    region.look(made)
    region.take(first_of(region, made))
    region.look(made)
    gone, *others = [name for name, state in region.steps(made).items() if state == "offered"]
    with region.engine.begin() as connection:
        retire(connection, gone, region.now)
    region.take(*others)
    assert region.look(made) == ("running", 2)


def test_ended_it_is_offered_to_nobody_and_those_that_have_it_keep_it(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    region.look(made)
    first = first_of(region, made)
    region.take(first)
    region.look(made)
    assert region.look(made, 30)[1] == 1
    region.change(end, made, "a")
    assert region.offered() == {first: 12}
    assert region.look(made) == ("ended", 1)
    assert region.steps(made) == {first: "done"}
    with pytest.raises(CannotChange, match="ended"):
        region.change(go_on, made, "b")


def test_all_go_back_by_a_click(region: Region) -> None:
    region.kiosks("k-1", "k-2", "k-3")
    made = region.begin(plan=Plan(soak=0))
    for _ in range(3):
        region.look(made)
        region.take(*region.steps(made))
    assert region.look(made)[0] == "done"
    region.change(go_back, made, "a")
    region.change(go_back, made, "a")
    assert region.offered() == {}
    region.look(made, 0)
    region.look(made, 0)
    with region.engine.connect() as connection:
        orders = connection.execute(select(kiosk_command).order_by(kiosk_command.c.kiosk_id)).all()
        acts = connection.scalars(select(audit.c.action).order_by(audit.c.id)).all()
    assert [(each.kiosk_id, each.do) for each in orders] == [(name, "former") for name in ("k-1", "k-2", "k-3")]
    assert acts == ["began-rollout", "took-back-rollout"]
    said = "Release 12 has gone back: somebody asked for it."
    region.look(made)
    for name in ("k-1", "k-2"):
        region.say(name, release=11, update=said)
    assert region.look(made) == ("back", 2)
    assert region.steps(made) == {"k-1": "back", "k-2": "back", "k-3": "done"}


def test_one_that_did_not_go_back_is_told_again(region: Region) -> None:
    region.kiosks("k-1")
    made = region.begin(plan=Plan(soak=0))
    region.look(made)
    region.take("k-1")
    region.look(made)
    region.change(go_back, made, "a")
    region.look(made)
    with region.engine.begin() as connection:
        failed = {"state": "failed", "finished_at": region.now, "outcome": "This is no time to go back."}
        connection.execute(update(kiosk_command).values(failed))
    region.look(made)
    region.look(made, 10)
    with region.engine.connect() as connection:
        states = connection.scalars(select(kiosk_command.c.state).order_by(kiosk_command.c.id)).all()
    assert states == ["failed", "queued"]


def test_one_at_a_time_for_a_kiosk(region: Region) -> None:
    region.kiosks("k-1", "k-2")
    made = region.begin()
    assert region.begin() == made  # the same request
    with pytest.raises(CannotChange, match="another roll-out"):
        region.begin(number=13)
    for place in (region.shop.organisation, region.shop.region, region.shop.store):
        with pytest.raises(CannotChange, match=f"Roll-out {made} .* is under way"):
            region.begin(number=13, key=f"at {place}", place=place)
    with region.engine.begin() as connection:
        beside = make_shop(connection, "Hilltop", beside=region.shop)
        stands = kiosk_placement.c.kiosk_id == "k-2"
        connection.execute(update(kiosk_placement).where(stands).values(touchpoint_id=beside.exit))
    with pytest.raises(CannotChange, match="No kiosk here can take"):
        region.begin(number=13, key="moved", place=beside.store)
    region.change(end, made, "over")
    assert region.begin(number=13, key="now", place=beside.store) > made


def test_it_needs_somebody_who_can_be_the_first(region: Region) -> None:
    region.kiosks("old", release=None)
    region.kiosks("pico", board="pico_w")
    region.kiosks("there", release=12)
    with pytest.raises(CannotChange, match="No kiosk here can take release 12"):
        region.begin()
    region.kiosks("away")
    region.say("away", "offline")
    with pytest.raises(CannotChange, match="is online"):
        region.begin()
    with pytest.raises(CannotChange, match="no release 99"):
        region.begin(number=99)
    with region.engine.connect() as connection:
        assert connection.execute(select(rollout)).all() == connection.execute(select(rollout_kiosk)).all() == []
