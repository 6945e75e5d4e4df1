"""The measures of the field: against what their sources print, and against counting one by one."""

import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.insights import measures
from collector.insights.index import index
from collector.insights.measures import Item, Measure, csat, csi, enps, gap, nps, nps_of_100, share, smiley_index

Counted = Mapping[tuple[int, int], int]


def replies_0_to_10(counts: Mapping[int, int]) -> Counted:
    """A tally of replies to the NPS question."""
    return {(11 - reply, 11): times for reply, times in counts.items()}


def replies_1_to(most: int, counts: Mapping[int, int]) -> Counted:
    return {(most + 1 - reply, most): times for reply, times in counts.items()}


def test_nps_in_both_forms() -> None:
    """Of 100 customers 70 say 9 or 10, 20 say 7 or 8, 10 say less: 60."""
    found = nps(replies_0_to_10({10: 40, 9: 30, 8: 15, 7: 5, 6: 4, 0: 6}))
    assert found is not None
    assert (found.value, found.count) == (pytest.approx(60), 100)
    # Adjusted by hand: 70.75 and 10.75 of 103; sqrt((0.7913 - 0.5825²) / 103) = 0.0662.
    assert (found.low, found.high) == (pytest.approx(45.27, abs=0.05), pytest.approx(71.23, abs=0.05))
    half = nps_of_100(replies_0_to_10({10: 40, 9: 30, 8: 15, 7: 5, 6: 4, 0: 6}))
    assert half is not None
    assert (half.value, half.count) == (pytest.approx(80), 100)
    assert half.margin == pytest.approx(found.margin / 2)
    assert enps(replies_0_to_10({10: 1, 0: 1})) == nps(replies_0_to_10({10: 1, 0: 1}))


def test_csat_is_the_two_best_of_five_and_the_better_half_of_others() -> None:
    five = csat(replies_1_to(5, {5: 6, 4: 2, 3: 8, 2: 3, 1: 1}))
    four = csat({(1, 4): 2, (2, 4): 1, (3, 4): 1})
    assert five is not None
    assert four is not None
    assert (five.value, four.value) == (40, 75)


def test_wilsons_interval_as_printed() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for some, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = share(some, count)
        assert (found.low, found.high) == (pytest.approx(100 * low, abs=0.01), pytest.approx(100 * high, abs=0.01))


def test_csi_weighs_what_is_important() -> None:
    clean, quick = replies_1_to(5, {5: 30}), replies_1_to(5, {1: 20})
    even, clean_counts = csi([Item(clean), Item(quick)]), csi([Item(clean, 4), Item(quick, 1)])
    assert even is not None
    assert clean_counts is not None
    assert (even.value, clean_counts.value, even.count) == (50, 80, 20)
    alone, of_index = csi([Item(clean, 3), Item({}, 5)]), index(clean)
    assert alone is not None
    assert of_index is not None
    assert alone.value == of_index.value
    assert csi([Item({}), Item(clean, 0)]) is None


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 60), min_size=1), st.lists(st.floats(1, 5), min_size=1))
def test_csi_of_one_figure_is_that_figure(counts: Mapping[int, int], weights: list[float]) -> None:
    """Customers who found the same of everything: however many things it is made of, and however important they are,
    it is what they found of one, with its interval. The same people answered, so that more things make it no surer."""
    tally = replies_1_to(5, counts)
    found, one = csi([Item(tally, weight) for weight in weights]), smiley_index(tally)
    assert found is not None
    assert one is not None
    assert (found.value, found.low, found.high) == pytest.approx((one.value, one.low, one.high))
    assert found.count == one.count


def test_ces_and_stars_are_means_in_customers_numbers() -> None:
    effort, stars = (
        measures.ces(replies_1_to(7, {7: 3, 6: 1, 1: 1})),
        measures.mean_reply(replies_1_to(5, {5: 1, 2: 1})),
    )
    assert effort is not None
    assert stars is not None
    assert (effort.value, stars.value) == (pytest.approx(5.6), 3.5)
    assert 1 <= effort.low < effort.value < effort.high <= 7


def test_the_gap_is_below_0_where_less_was_found_than_expected() -> None:
    found = gap(replies_1_to(5, {5: 50}), replies_1_to(5, {3: 30, 4: 30}))
    assert found is not None
    assert (found.value, found.count) == (pytest.approx(-1.5), 50)
    assert found.high < 0
    assert gap(replies_1_to(5, {5: 50}), {}) is None


@pytest.mark.parametrize("measure", [smiley_index, nps, nps_of_100, csat, measures.ces, measures.mean_reply, enps])
def test_nothing_heard_says_nothing(measure: Callable[[Counted], Measure | None]) -> None:
    assert measure({}) is None
    assert measure({(1, 11): 0}) is None


scales = st.dictionaries(st.integers(1, 11), st.integers(0, 60), max_size=11).map(
    lambda counts: {(button, 11): times for button, times in counts.items()}
)


@given(scales)
def test_against_counting_one_by_one(tally: Counted) -> None:
    replies = [11 - button for (button, _), times in tally.items() for _ in range(times)]
    found, satisfied = nps(tally), csat(tally)
    if not replies:
        assert found is satisfied is None
        return
    assert found is not None
    assert satisfied is not None
    assert found.value == pytest.approx(100 * statistics.fmean((reply >= 9) - (reply <= 6) for reply in replies))
    assert satisfied.value == pytest.approx(100 * statistics.fmean(reply >= 6 for reply in replies))
    for measure, least, most in ((found, -100, 100), (satisfied, 0, 100)):
        assert least <= measure.low <= measure.value <= measure.high <= most
        assert measure.low < measure.high
        assert measure.count == len(replies)


@given(scales, st.integers(2, 50))
def test_more_of_the_same_is_surer(tally: Counted, times: int) -> None:
    few, many = nps(tally), nps({key: count * times for key, count in tally.items()})
    if few and many:
        assert many.value == pytest.approx(few.value)
        assert many.margin < few.margin


@pytest.mark.parametrize(("chances", "sample"), [((0.5, 0.3, 0.2), 30), ((0.9, 0.08, 0.02), 40), ((0.1, 0.1, 0.8), 25)])
def test_95_of_100_intervals_hold_the_truth(chances: tuple[float, float, float], sample: int) -> None:
    """NPS, drawn 4,000 times: the interval holds the true value about as often as it says, and not much more often."""
    dice = random.Random(7)
    truth, held, tries = 100 * (chances[0] - chances[2]), 0, 4000
    for _ in range(tries):
        drawn = Counter(dice.choices((10, 8, 3), chances, k=sample))
        found = nps(replies_0_to_10(drawn))
        assert found is not None
        held += found.low <= truth <= found.high
    assert 0.93 <= held / tries <= 0.985
    assert not math.isnan(truth)
