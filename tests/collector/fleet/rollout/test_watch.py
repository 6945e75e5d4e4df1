"""A roll-out by itself: from one kiosk to all, halted, gone on with, ended, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from collector.audit.tables import audit
from collector.fleet.queries import visible_kiosk
from collector.fleet.registry.enrolment import retire
from collector.fleet.releases import offer
from collector.fleet.rollout import changes
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
    assert region.offered() == {}
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


def test_those_that_were_away_have_it_when_they_are_back(region: Region) -> None:
    region.kiosks("k-1", "k-2", "k-3", "k-4", "k-5")
    region.say("k-5", "offline")
    made = region.begin(plan=Plan(soak=0))
    for _ in range(4):
        region.look(made)
        region.take(*region.steps(made))
    assert region.look(made) == ("running", 2)
    assert "k-5" not in region.offered()
    region.say("k-5")
    region.look(made)
    assert region.offered()["k-5"] == 12
    region.take("k-5")
    assert region.look(made) == ("done", 2)
    assert region.steps(made)["k-5"] == "done"


def test_those_that_never_come_are_waited_for_a_week(region: Region) -> None:
    region.kiosks("k-1", "k-2", "k-3", "away", "asleep")
    region.say("away", "offline")
    region.sleep("asleep", timedelta(hours=6))
    made = region.begin(plan=Plan(soak=0))
    for _ in range(4):
        region.look(made)
        region.take(*[name for name in region.steps(made) if name != "asleep"])
        region.sleep("asleep", timedelta(hours=6))
    assert region.look(made) == ("running", 2)
    assert region.offered()["asleep"] == 12
    assert region.look(made, 6 * 24 * 60) == ("running", 2)
    assert region.look(made, 24 * 60) == ("done", 2)
    assert region.offered().keys() == {"k-1", "k-2", "k-3"}
    with region.engine.connect() as connection:
        why = connection.scalar(select(rollout.c.why))
    assert str(why).startswith("2 kiosks were away for 7 days and did not take it: a")


def test_at_night_it_waits_and_in_the_morning_some_come_before_all(region: Region) -> None:
    region.kiosks(*NAMES)
    for name in NAMES[1:]:
        region.say(name, "offline")
    region.now += timedelta(hours=3)
    region.say(NAMES[0])
    made = region.begin()
    region.look(made)
    region.take(NAMES[0])
    region.look(made)
    assert region.look(made, 31) == ("running", 1)
    assert region.look(made, 8 * 60) == ("running", 1)
    for name in NAMES[1:]:
        region.say(name)
    assert region.look(made) == ("running", 1)
    second = region.offered().keys() - {NAMES[0]}
    assert len(second) == 2
    region.take(*second)
    region.look(made)
    assert region.look(made, 30) == ("running", 2)


def test_those_that_sleep_are_waited_for(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    region.look(made)
    first = first_of(region, made)
    region.take(first)
    region.look(made)
    for name in NAMES:
        if name != first:
            region.sleep(name, timedelta(hours=6))
    assert region.look(made, 31) == ("running", 1)
    assert len(region.offered()) == 3
    assert region.look(made, 60) == ("running", 1)
    assert len(region.offered()) == 3


def test_halted_nobody_begins_until_somebody_goes_on(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin(plan=Plan(soak=0, percent=30))
    region.look(made)
    first = first_of(region, made)
    region.take(first)
    region.look(made)
    *failed, fetches, gone = [name for name in region.steps(made) if name != first][:5]
    asked = region.offered().keys()
    for name in failed:
        region.say(name, update="Release 12 has gone back: it cannot be started.")
    region.say(fetches, update="Release 12: 1 of 3 files are here.")
    assert region.look(made) == ("halted", 1)
    assert region.offered().keys() == {first, fetches}
    assert region.steps(made) == {first: "done", fetches: "taking", **dict.fromkeys(failed, "failed")}
    region.say(fetches, "offline")
    region.look(made, 30)
    region.say(fetches)  # it was silent, and is back
    region.look(made)
    assert region.offered().keys() == {first}
    region.change(go_on, made, "a")
    region.look(made)
    assert asked <= region.offered().keys()
    assert gone in region.offered()


def test_one_that_goes_away_before_its_turn_is_not_the_first(region: Region) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    with region.engine.connect() as connection:
        away = connection.scalar(select(rollout_kiosk.c.kiosk_id).where(rollout_kiosk.c.stage == 0))
    region.say(str(away), "offline")
    region.look(made, 19)
    assert region.steps(made) == {}
    region.look(made)
    other = first_of(region, made)
    assert other != away
    region.take(other)
    region.look(made)
    assert region.look(made, 30) == ("running", 1)


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


def test_what_a_person_does_after_a_return_is_left_alone(region: Region) -> None:
    region.kiosks("k-1")
    made = region.begin(plan=Plan(soak=0))
    region.look(made)
    region.take("k-1")
    region.look(made)
    region.change(go_back, made, "a")
    region.look(made)
    region.take("k-1", release=11)
    region.look(made)
    with region.engine.begin() as connection:
        done = {"state": "done", "finished_at": region.now}
        connection.execute(update(kiosk_command).values(done))
        to = visible_kiosk(connection, region.shop.organisation, "k-1", region.now)
        assert to
        offer(connection, to, 12)
    region.take("k-1")
    region.look(made, 180)
    with region.engine.connect() as connection:
        assert len(connection.execute(select(kiosk_command)).all()) == 1


def test_none_begins_while_kiosks_are_on_their_way_back(region: Region) -> None:
    region.kiosks("k-1", "k-2")
    made = region.begin(plan=Plan(soak=0))
    region.look(made)
    region.take("k-1", "k-2")
    region.look(made)
    returning = region.engine.connect()
    with returning.begin():
        go_back(returning, made, "Kateryna", region.now, "a")
        with region.engine.connect() as other:
            other.execute(text("SET lock_timeout = '100ms'"))
            with pytest.raises(OperationalError):
                changes.begin(other, region.shop.region, 13, Plan(), "Kateryna", region.now, "b")
    returning.close()
    region.change(go_back, made, "a")  # the same request
    with pytest.raises(CannotChange, match=f"Roll-out {made} .* is on its way back"):
        region.begin(number=13, key="b")
    region.take("k-1", "k-2", release=11)
    assert region.begin(number=13, key="b") > made


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
