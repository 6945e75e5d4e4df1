"""Whether a change is more than chance: against values of tables, against drawing lots, and where nothing is said."""

import random
import statistics
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.insights.compare import FEWEST, BeforeAfter, Comparison, TooFew, before_after, compare
from collector.insights.distributions import t_quantile, t_two_sided
from collector.insights.measures import Measure, share
from collector.ratings.scale import weight

Tally = dict[tuple[int, int], int]


def test_students_t_as_tables_print_it() -> None:
    for freedom, share_, value in (
        (1, 0.975, 12.7062),
        (2, 0.975, 4.3027),
        (5, 0.975, 2.5706),
        (10, 0.95, 1.8125),
        (30, 0.975, 2.0423),
        (120, 0.995, 2.6174),
        (100_000, 0.975, 1.95999),
    ):
        assert t_quantile(share_, freedom) == pytest.approx(value, abs=1e-4)
        assert t_two_sided(value, freedom) == pytest.approx(2 * (1 - share_), abs=1e-5)
    assert t_two_sided(0, 7) == 1


def test_two_shares_as_printed() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), pages 873-890, method 10: 56 of 70 less 48 of 80."""
    found = compare(share(48, 80), share(56, 70))
    assert isinstance(found, Comparison)
    assert (found.low, found.high) == (pytest.approx(5.24, abs=0.02), pytest.approx(33.39, abs=0.02))
    assert found.is_sure


@given(st.integers(0, 50), st.integers(0, 50))
def test_too_few_are_refused(before: int, after: int) -> None:
    sides = [Measure(50, 40, 60, count) if count else None for count in (before, after)]
    found = compare(*sides)
    daily = before_after([{(1, 4): before}], [{(4, 4): after}])
    for each in (found, daily):
        if min(before, after) < FEWEST:
            assert each == TooFew(before, after)
            assert each.missing == FEWEST - min(before, after)
        else:
            assert not isinstance(each, TooFew)


days_of_a_shop = st.lists(
    st.dictionaries(st.tuples(st.integers(1, 4), st.just(4)), st.integers(0, 30), min_size=1), min_size=1, max_size=8
)


@given(days_of_a_shop, days_of_a_shop)
def test_before_and_after_against_counting_one_by_one(before: list[Tally], after: list[Tally]) -> None:
    was, became = (
        [weight(*button) for day in days for button, times in day.items() for _ in range(times)]
        for days in (before, after)
    )
    found, back = before_after(before, after), before_after(after, before)
    assume(isinstance(found, BeforeAfter) and isinstance(back, BeforeAfter))
    assert isinstance(found, BeforeAfter)
    assert isinstance(back, BeforeAfter)
    assert found.change == pytest.approx(statistics.fmean(became) - statistics.fmean(was))
    pairs = [(new > old) + 0.5 * (new == old) for old, o in Counter(was).items() for new, n in Counter(became).items()
             for _ in range(o * n)]  # fmt: skip
    assert found.happier == pytest.approx(100 * statistics.fmean(pairs))
    # The other way round it is the other way round.
    assert (back.change, back.low, back.high, back.p) == pytest.approx(
        (-found.change, -found.high, -found.low, found.p), abs=1e-6
    )
    assert found.low <= found.change <= found.high
    assert 0 <= found.p <= 1
    # What the interval says and what the test says is the same.
    assert found.is_sure == (found.p < 0.05) or found.p == pytest.approx(0.05, abs=1e-6)


def drawn(dice: random.Random, days: int, mood: float) -> list[Tally]:
    """Days of thirty customers each, some days better than others."""
    found = []
    for _ in range(days):
        good = min(0.95, max(0.05, mood + dice.gauss(0, 0.15)))
        found.append(dict(Counter((1, 4) if dice.random() < good else (4, 4) for _ in range(30))))
    return found


def test_days_that_differ_by_themselves_are_no_change() -> None:
    """Bad days are bad for all who come: a test that took each press for itself would cry wolf every third time."""
    dice = random.Random(11)
    found = [before_after(drawn(dice, 14, 0.6), drawn(dice, 14, 0.6)) for _ in range(400)]
    sure = sum(isinstance(each, BeforeAfter) and each.is_sure for each in found)
    assert sure / 400 <= 0.085
    pooled = 0
    for _ in range(100):
        sides = [
            [dict(sum((Counter(day) for day in drawn(dice, 14, 0.6)), Counter[tuple[int, int]]()))] for _ in range(2)
        ]
        each = before_after(*sides)
        pooled += isinstance(each, BeforeAfter) and each.is_sure
    assert pooled > 15


def test_a_real_change_is_seen_and_named() -> None:
    dice = random.Random(3)
    found = before_after(drawn(dice, 28, 0.5), drawn(dice, 28, 0.8))
    assert isinstance(found, BeforeAfter)
    assert found.is_sure
    assert found.p < 0.001
    assert found.change == pytest.approx(30, abs=10)
    assert found.happier == pytest.approx(65, abs=6)
