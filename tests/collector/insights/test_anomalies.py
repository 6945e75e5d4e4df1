"""What is odd for this place: its own weekdays, and not what chance alone does."""

import random
from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.insights.anomalies import FAR, anomalies

MONDAY, WEEKS = date(2026, 9, 7), 20
Tally = Counter[tuple[int, int]]


def past(seed: int) -> dict[date, Tally]:
    """Weeks of a shop: 40 customers a day, on Saturdays 160 who are less content; the first Saturday was dreadful."""
    dice = random.Random(seed)
    days = {}
    for number in range(7 * WEEKS):
        day = MONDAY - timedelta(number)
        crowd, good = (160, 0.6) if day.weekday() == 5 else (40, 0.85)
        count = max(0, round(dice.gauss(crowd, crowd**0.5)))
        days[day] = Tally((1, 4) if dice.random() < good else (3, 4) for _ in range(count))
    days[MONDAY - timedelta(2)] = Tally({(4, 4): 150})
    return days


def test_a_bad_day_and_a_silent_one_are_odd_and_busy_saturdays_are_not() -> None:
    days = past(1)
    days[MONDAY - timedelta(3)] = Tally({(4, 4): 38, (1, 4): 2})  # a Friday
    del days[MONDAY - timedelta(5)]
    found = {(each.day, each.what): each for each in anomalies(days, MONDAY - timedelta(6), MONDAY)}
    dreadful, friday = found[MONDAY - timedelta(2), "index"], found[MONDAY - timedelta(3), "index"]
    silent = found[MONDAY - timedelta(5), "silent"]
    assert (dreadful.value, silent.value) == (0, 0)
    assert 80 < friday.usual <= 100
    assert 25 < silent.usual < 55
    assert all(each.distance < -FAR for each in (dreadful, friday, silent))
    assert set(found) == {
        (MONDAY - timedelta(2), "index"), (MONDAY - timedelta(3), "index"), (MONDAY - timedelta(5), "silent")
    }  # fmt: skip
    # On a weekday on which it does not open, nothing is odd.
    shut = {(MONDAY - timedelta(5)).weekday(), (MONDAY - timedelta(3)).weekday()}
    assert len(anomalies(days, MONDAY - timedelta(6), MONDAY, closed=shut)) == 1
    # The dreadful Saturday hides none after it: a median does not know it.
    days[MONDAY + timedelta(5)] = Tally({(4, 4): 150})
    assert anomalies(days, MONDAY + timedelta(5), MONDAY + timedelta(5))[0].value == 0


def test_a_holiday_on_which_a_few_press_all_the_same_is_no_odd_day() -> None:
    """Of a region many press on a holiday, and yet hardly any; what they press says nothing either."""
    days = {day: Tally({each: 15 * times for each, times in tally.items()}) for day, tally in past(1).items()}
    holiday = MONDAY - timedelta(3)
    days[holiday] = Tally({(4, 4): 25})
    assert [(each.day, each.what, each.value) for each in anomalies(days, holiday, holiday)] == [
        (holiday, "silent", 25)
    ]
    days[holiday] = Tally({(4, 4): 90})
    assert {each.what for each in anomalies(days, holiday, holiday)} == {"index", "count"}


def test_chance_alone_is_seldom_odd() -> None:
    odd = sum(len(anomalies(past(seed), MONDAY - timedelta(27), MONDAY)) for seed in range(2, 22))
    # Of 20 places with 28 days and two figures each; the dreadful Saturday is in each of them.
    assert odd - 20 <= 20 * 28 * 2 * 0.005


def test_a_new_place_and_a_few_ratings_say_nothing() -> None:
    days = {day: tally for day, tally in past(1).items() if day > MONDAY - timedelta(weeks=5)}
    assert anomalies(days, MONDAY - timedelta(6), MONDAY) == []
    few = {day: Tally({(1 if number % 2 else 4, 4): 3}) for number, day in enumerate(past(1))}
    assert [each for each in anomalies(few, MONDAY - timedelta(6), MONDAY) if each.what == "index"] == []
    assert anomalies({}, MONDAY, MONDAY) == []


@given(st.integers(0, 5), st.integers(0, 6))
def test_another_weekday_does_not_matter(seed: int, back: int) -> None:
    """What is said of a day hangs on its own weekday alone."""
    days, day = past(seed), MONDAY - timedelta(back)
    same = {each: tally for each, tally in days.items() if each.weekday() == day.weekday()}
    assert anomalies(days, day, day) == anomalies(same, day, day)
