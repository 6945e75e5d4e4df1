"""Days put together so that the points of a line say something."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.insights.pages.steps import MOST, steps

FIRST = date(2026, 8, 5)  # a Wednesday


@given(st.lists(st.integers(0, 60), min_size=1, max_size=400))
def test_no_day_is_lost_and_none_is_counted_twice(counts: list[int]) -> None:
    days = {FIRST + timedelta(place): {(1, 4): count} for place, count in enumerate(counts) if count}
    last = FIRST + timedelta(len(counts) - 1)
    found = steps(days, FIRST, last)
    assert sum(point.count for point in found.points) == sum(counts)
    assert (found.points[0].first, found.points[-1].last) == (FIRST, last)
    for before, after in zip(found.points, found.points[1:], strict=False):
        assert after.first == before.last + timedelta(1)
    assert len(found.points) <= MOST or len(counts) > MOST * 7


def test_days_where_they_say_enough_weeks_where_they_do_not_months_over_the_years() -> None:
    def of(days: int, a_day: int) -> tuple[str, int]:
        tallies = {FIRST + timedelta(number): {(1, 4): a_day} for number in range(days)}
        found = steps(tallies, FIRST, FIRST + timedelta(days - 1))
        return found.step, len(found.points)

    assert of(28, 30) == ("day", 28)
    assert of(28, 5) == ("week", 5)
    assert of(90, 30) == ("week", 14)
    assert of(731, 30) == ("month", 25)
    assert of(7, 1) == ("day", 7)  # weeks of it would be no line
    assert of(1, 1) == ("day", 1)


def test_weeks_begin_on_monday_and_the_ends_are_cut_off() -> None:
    found = steps({FIRST: {(1, 4): 1}}, FIRST, FIRST + timedelta(34))
    assert found.step == "week"
    assert [point.first.weekday() for point in found.points] == [2, 0, 0, 0, 0, 0]
    assert found.points[0].last == date(2026, 8, 9)
    assert found.points[-1].last == FIRST + timedelta(34)


def test_odd_days_are_marked_where_points_are_days() -> None:
    odd = FIRST + timedelta(3)
    days = {FIRST + timedelta(number): {(1, 4): 30} for number in range(28)}
    assert [point.first for point in steps(days, FIRST, FIRST + timedelta(27), {odd}).points if point.odd] == [odd]
