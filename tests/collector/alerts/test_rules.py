"""When something is wrong, and when it is over."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.alerts.policy import BadShare, Battery, LowIndex, Printer, Silence
from collector.alerts.rules import (
    Verdict,
    chance_of_none,
    fewest_for_silence,
    judge_battery,
    judge_index,
    judge_printer,
    judge_share,
    judge_silence,
)
from tests.factories import NOW


@pytest.mark.parametrize(
    ("bad", "count", "verdict"),
    [
        (4, 4, Verdict.RAISE),
        (2, 4, Verdict.RAISE),  # half of them
        (3, 3, Verdict.KEEP),  # too few to open one, and no reason to close it
        (4, 9, Verdict.KEEP),  # a little below
        (4, 11, Verdict.OVER),
        (0, 1, Verdict.OVER),
        (0, 0, Verdict.OVER),  # what was bad has left the window
    ],
)
def test_many_bad_ratings(bad: int, count: int, verdict: Verdict) -> None:
    assert judge_share(BadShare(), bad, count) is verdict


@given(st.integers(1, 100), st.integers(1, 50), st.integers(0, 200), st.data())
def test_one_bad_rating_more_never_ends_an_alert(percent: int, fewest: int, count: int, data: st.DataObject) -> None:
    rule = BadShare(percent=percent, at_least=fewest)
    bad = data.draw(st.integers(0, count))
    order = [Verdict.OVER, Verdict.KEEP, Verdict.RAISE]
    before, after = judge_share(rule, bad, count), judge_share(rule, bad + 1, count + 1)
    assert count == 0 or order.index(after) >= order.index(before)
    assert (before is Verdict.RAISE) == (count >= fewest and count > 0 and bad / count >= percent / 100)


@pytest.mark.parametrize(
    ("value", "count", "verdict"),
    [
        (49.9, 20, Verdict.RAISE),
        (20.0, 19, Verdict.KEEP),
        (50.0, 20, Verdict.KEEP),
        (55.0, 20, Verdict.OVER),
        (0.0, 0, Verdict.OVER),
    ],
)
def test_a_low_index(value: float, count: int, verdict: Verdict) -> None:
    assert judge_index(LowIndex(), value, count) is verdict


@pytest.mark.parametrize(
    ("usual", "verdict"),
    [
        ([10, 9, 11, 10, 10, 9, 12, 10], Verdict.RAISE),  # e^-10
        ([8, 9, 7, 8, 8, 9, 8, 7], Verdict.KEEP),  # e^-8: once in 3,000 times
        ([40, 41], Verdict.KEEP),  # two weeks say nothing
        ([40, 41, 39], Verdict.RAISE),
        ([80, 0, 0, 0, 0, 0, 0, 0], Verdict.KEEP),  # one market day makes no week
        ([0, 0, 0, 0], Verdict.KEEP),
    ],
)
def test_silence_against_what_is_usual(usual: list[float], verdict: Verdict) -> None:
    assert judge_silence(Silence(), usual) is verdict


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8))
def test_silence_is_never_rarer_than_poisson_says(usual: list[float]) -> None:
    mean = sum(usual) / len(usual)
    chance = chance_of_none(usual)
    assert math.exp(-mean) <= chance * (1 + 1e-9)
    assert chance <= 1
    # So what has too few presses on average need not be looked at closely.
    if mean < fewest_for_silence(Silence()):
        assert judge_silence(Silence(), usual) is Verdict.KEEP


def test_a_battery() -> None:
    assert [judge_battery(Battery(), mv) for mv in (3499, 3500, 3599, 3600)] == [
        Verdict.RAISE,
        Verdict.KEEP,
        Verdict.KEEP,
        Verdict.OVER,
    ]


def test_a_printer() -> None:
    rule, long = Printer(), NOW - timedelta(minutes=10)
    assert judge_printer(rule, long, NOW, prints=False) is Verdict.RAISE
    assert judge_printer(rule, long + timedelta(seconds=1), NOW, prints=False) is Verdict.KEEP
    assert judge_printer(rule, long, NOW, prints=None) is Verdict.KEEP  # nobody has looked
    assert judge_printer(rule, None, NOW, prints=False) is Verdict.KEEP
    assert judge_printer(rule, long, NOW, prints=True) is Verdict.OVER
