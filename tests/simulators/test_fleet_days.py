"""A shop's days: the same from the same seed, quiet when it is closed, and as shops are."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from simulators.fleet import Planned, plan
from simulators.fleet.days import EMPTY, FULL, Happening, What, battery, day_of, happenings
from simulators.rhythm import CLOSE, OPEN, TOUCHPOINTS

KIOSKS = plan(60, seed=3)
#: Monday to Sunday; the clocks change on its Sunday.
WEEK = [date(2026, 10, 19) + timedelta(days=day) for day in range(7)]


def presses(kiosk: Planned, day: date) -> list[Happening]:
    return [each for each in day_of(kiosk, day) if each.what is What.PRESS]


def test_the_same_seed_is_the_same_fleet_and_the_same_day() -> None:
    assert plan(60, seed=3) == KIOSKS
    assert plan(60, seed=4) != KIOSKS
    assert [day_of(kiosk, WEEK[0]) for kiosk in KIOSKS] == [day_of(kiosk, WEEK[0]) for kiosk in plan(60, seed=3)]
    assert day_of(KIOSKS[0], WEEK[0]) != day_of(KIOSKS[0], WEEK[1])
    assert day_of(KIOSKS[0], WEEK[0]) != day_of(KIOSKS[1], WEEK[0])


def test_nobody_presses_while_the_shop_is_closed() -> None:
    for kiosk in KIOSKS:
        for day in WEEK:
            hours = [each.at.astimezone(ZoneInfo(kiosk.time_zone)).hour for each in presses(kiosk, day)]
            assert all(OPEN <= hour < CLOSE for hour in hours)


def test_a_day_is_told_in_order_and_goes_on_into_the_next() -> None:
    since = datetime(2026, 10, 19, 12, tzinfo=UTC)
    stream = list(takewhile(lambda each: each.at < since + timedelta(days=3), happenings(KIOSKS[0], since)))
    assert stream[0].at >= since
    assert all(one.at <= next_one.at for one, next_one in pairwise(stream))
    assert {each.at.date() for each in stream} >= {WEEK[0], WEEK[1], WEEK[2]}


def test_saturdays_are_busier_than_mondays_and_the_exit_busier_than_the_fitting_rooms() -> None:
    def count(kiosks: list[Planned], day: date) -> int:
        return sum(len(presses(kiosk, day)) for kiosk in kiosks)

    assert count(KIOSKS, WEEK[5]) > 1.5 * count(KIOSKS, WEEK[0])
    of = {name: [kiosk for kiosk in KIOSKS if kiosk.touchpoint == name] for name in TOUCHPOINTS}
    assert count(of["Exit"], WEEK[4]) > 2 * count(of["Fitting rooms"], WEEK[4])


def test_content_shoppers_press_better_buttons() -> None:
    def mean(kiosks: list[Planned]) -> float:
        buttons = [each.button for kiosk in kiosks for each in presses(kiosk, WEEK[4])]
        return sum(buttons) / len(buttons)

    by_mood = sorted(KIOSKS, key=lambda kiosk: kiosk.mood)
    assert mean(by_mood[:20]) > mean(by_mood[-20:]) + 0.2


def test_what_children_and_second_presses_do_is_marked() -> None:
    everything = [presses(kiosk, day) for kiosk in KIOSKS for day in WEEK]
    mashed = [each for day in everything for each in day if each.is_mashing]
    assert {each.button for each in mashed} == {1, 2, 3, 4}
    assert 0.01 < len(mashed) / sum(map(len, everything)) < 0.5
    # Children: one press after the other, any button, for seconds.
    assert any(
        (day[at + 7].at - day[at].at).total_seconds() < 10 and all(each.is_mashing for each in day[at : at + 8])
        for day in everything
        for at in range(len(day) - 7)
    )


def test_what_is_cut_comes_back() -> None:
    ends = {What.LINE_DOWN: What.LINE_UP, What.POWER_DOWN: What.POWER_UP}
    seen = set()
    for kiosk in KIOSKS:
        for day in WEEK if kiosk.battery_days is None else []:
            happened = [each.what for each in day_of(kiosk, day) if each.what is not What.PRESS]
            for down, up in ends.items():
                assert happened.count(down) == happened.count(up)
                if down in happened:
                    seen.add(down)
                    assert happened.index(down) < happened.index(up)
    assert seen == set(ends)


def test_a_store_loses_its_line_as_one() -> None:
    def cuts(kiosk: Planned, day: date) -> set[datetime]:
        return {each.at for each in day_of(kiosk, day) if each.what is What.LINE_DOWN}

    together = [cuts(KIOSKS[0], day) & cuts(KIOSKS[2], day) for day in (WEEK[0] + timedelta(days=n) for n in range(60))]
    assert any(together)


def test_a_weak_battery_gives_up_and_is_changed() -> None:
    weak = next(kiosk for kiosk in plan(300, seed=1) if kiosk.battery_days is not None and kiosk.battery_days < 12)
    begun = datetime(2026, 10, 1, tzinfo=UTC)
    month = list(takewhile(lambda each: each.at < begun + timedelta(days=31), happenings(weak, begun)))
    down = next(each.at for each in month if each.what is What.POWER_DOWN)
    up = next(each.at for each in month if each.what is What.POWER_UP and each.at > down)
    assert battery(weak, down + timedelta(minutes=1)) == EMPTY
    assert battery(weak, up + timedelta(minutes=1)) == FULL
    readings = [battery(weak, up + timedelta(hours=hour)) or 0 for hour in range(1, 48)]
    assert readings == sorted(readings, reverse=True)
    assert battery(KIOSKS[next(at for at, each in enumerate(KIOSKS) if each.battery_days is None)], begun) is None
