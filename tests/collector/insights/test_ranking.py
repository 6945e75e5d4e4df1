"""Fair order: few ratings are drawn to the mean, and order, ties and intervals hold."""

import math
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.insights.ranking import ranking

tallies = st.dictionaries(
    st.integers(1, 30),
    st.dictionaries(st.tuples(st.integers(1, 4), st.just(4)), st.integers(0, 200), max_size=4),
    max_size=12,
)


def test_three_happy_customers_are_not_the_best_shop() -> None:
    found = ranking({1: {(1, 4): 3}, 2: {(1, 4): 180, (2, 4): 20}, 3: {(1, 4): 100, (4, 4): 97}})
    assert [each.place_id for each in found.places] == [2, 1, 3]
    # By hand, with four invented ratings: how ratings differ within the places; then how the places do.
    within = (0 + 180 * (10 / 3) ** 2 + 20 * 30**2 + 197 * 100**2 * (100 / 197) * (97 / 197) + 4 * 50**2) / 404
    apart = 3 * (100 - found.mean) ** 2 + 200 * (290 / 3 - found.mean) ** 2 + 197 * (10_000 / 197 - found.mean) ** 2
    between = (apart - 2 * within) / (400 - (3**2 + 200**2 + 197**2) / 400)
    assert found.weight == pytest.approx(within / between)
    assert found.mean == pytest.approx((300 + 180 * 100 + 20 * 200 / 3 + 10_000) / 400)
    first, small, _ = found.places
    assert small.value == pytest.approx((found.mean * found.weight + 100 * 3) / (found.weight + 3))
    assert (small.index.value, small.index.count) == (100, 3)
    assert first.index.value - first.value < small.index.value - small.value


@given(tallies)
def test_each_lies_between_its_own_index_and_the_mean(found: dict[int, dict[tuple[int, int], int]]) -> None:
    ranked = ranking(found)
    assert {each.place_id for each in ranked.places} == {place for place, tally in found.items() if sum(tally.values())}
    values = [each.value for each in ranked.places]
    assert values == sorted(values, reverse=True)
    for at, each in enumerate(ranked.places, start=1):
        low, high = sorted((each.index.value, ranked.mean))
        assert low - 1e-9 <= each.value <= high + 1e-9
        assert each.low <= each.value <= each.high
        assert each.rank == 1 + sum(value > each.value for value in values) <= at
        if ranked.weight is None:
            assert math.isclose(each.value, ranked.mean)
        else:
            drawn = (ranked.mean * ranked.weight + each.index.value * each.index.count) / (
                ranked.weight + each.index.count
            )
            assert math.isclose(each.value, drawn, abs_tol=1e-9)


@pytest.mark.parametrize(("places", "ratings", "spread"), [(60, 500, 6), (60, 30, 12), (8, 200, 6), (20, 60, 0)])
def test_the_interval_holds_the_truth_in_95_of_100(places: int, ratings: int, spread: float) -> None:
    """Places whose true index is known, of very unlike sizes."""
    chance, held = Random(7), []
    for _ in range(600 // places):
        truth, tallies = {}, {}
        for place in range(places):
            happy = min(0.95, max(0.05, chance.gauss(0.6, spread / 70)))
            parts = [happy, (1 - happy) / 2, (1 - happy) / 4, (1 - happy) / 4]
            truth[place] = 100 * parts[0] + 200 / 3 * parts[1] + 100 / 3 * parts[2]
            many = max(1, round(chance.lognormvariate(math.log(ratings), 0.6)))
            tallies[place] = Counter((button, 4) for button in chance.choices((1, 2, 3, 4), parts, k=many))
        held += [each.low <= truth[each.place_id] <= each.high for each in ranking(tallies).places]
    assert 0.92 <= sum(held) / len(held) <= 0.99 + (spread == 0)


def test_places_that_differ_by_chance_alone_are_all_the_mean() -> None:
    found = ranking({1: {(1, 4): 30, (4, 4): 20}, 2: {(1, 4): 29, (4, 4): 21}, 3: {(1, 4): 3, (4, 4): 2}})
    assert found.weight is None
    assert [each.rank for each in found.places] == [1, 1, 1]
    assert {each.value for each in found.places} == {found.mean}
    assert ranking({}).places == []
    alone = ranking({1: {(1, 4): 50, (4, 4): 50}}).places[0]
    assert (alone.value, alone.high - alone.value) == pytest.approx((50, alone.index.margin))


def test_places_with_the_same_value_share_a_rank() -> None:
    found = ranking({5: {(1, 4): 50}, 2: {(1, 4): 50}, 9: {(4, 4): 50}})
    assert [(each.place_id, each.rank) for each in found.places] == [(2, 1), (5, 1), (9, 3)]
