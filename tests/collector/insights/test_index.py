import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.insights.faces import Face, Share, face, shares
from collector.insights.index import index, percents
from collector.ratings.scale import weight

scales = st.integers(2, 10)
tallies = st.dictionaries(
    scales.flatmap(lambda buttons: st.tuples(st.integers(1, buttons), st.just(buttons))),
    st.integers(0, 1000),
    max_size=8,
)


def test_weights_of_four_buttons() -> None:
    assert [round(weight(button, 4), 1) for button in (1, 2, 3, 4)] == [100, 66.7, 33.3, 0]


@pytest.mark.parametrize(("button", "buttons"), [(0, 4), (5, 4), (1, 1), (-1, 4)])
def test_there_is_no_such_button(button: int, buttons: int) -> None:
    with pytest.raises(ValueError, match="no button"):
        weight(button, buttons)


def test_index_is_the_mean_weight() -> None:
    found = index({(1, 4): 129, (2, 4): 47, (3, 4): 19, (4, 4): 17})
    assert found is not None
    assert found.count == 212
    assert found.value == pytest.approx((129 * 100 + 47 * 200 / 3 + 19 * 100 / 3) / 212)
    assert found.margin == pytest.approx(4.2, abs=0.3)


def test_nothing_counted_has_no_index() -> None:
    assert index({}) is None
    assert index({(1, 4): 0}) is None


@given(tallies)
def test_index_stays_on_the_scale_and_is_never_quite_sure(tally: dict[tuple[int, int], int]) -> None:
    found = index(tally)
    if found is None:
        assert not sum(tally.values())
        return
    assert 0 <= found.value <= 100 + 1e-9
    assert 0 < found.margin <= 50


@given(tallies, st.integers(2, 50))
def test_more_of_the_same_moves_nothing_but_makes_surer(tally: dict[tuple[int, int], int], times: int) -> None:
    once, often = index(tally), index({key: times * count for key, count in tally.items()})
    if once and often:
        assert often.value == pytest.approx(once.value)
        assert often.margin < once.margin


@given(st.dictionaries(st.integers(1, 4), st.integers(0, 500), min_size=1))
def test_turning_the_scale_round_mirrors_the_index(counts: dict[int, int]) -> None:
    found = index({(button, 4): count for button, count in counts.items()})
    mirrored = index({(5 - button, 4): count for button, count in counts.items()})
    if found and mirrored:
        assert mirrored.value == pytest.approx(100 - found.value)
        assert mirrored.margin == pytest.approx(found.margin)


@pytest.mark.parametrize("count", [5, 20, 100])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(count: int) -> None:
    dice, chances = random.Random(7), (0.6, 0.2, 0.1, 0.1)
    truth = sum(chance * weight(button, 4) for button, chance in enumerate(chances, 1))
    hits = 0
    for _ in range(1000):
        pressed = dice.choices((1, 2, 3, 4), chances, k=count)
        found = index({(button, 4): pressed.count(button) for button in (1, 2, 3, 4)})
        assert found
        hits += abs(found.value - truth) <= found.margin
    assert hits >= 930


@given(st.lists(st.integers(0, 10_000), max_size=10))
def test_percents_add_up_and_are_at_most_one_off(counts: list[int]) -> None:
    shares = percents(counts)
    assert len(shares) == len(counts)
    if sum(counts):
        assert sum(shares) == 100
        assert all(
            math.floor(100 * c / sum(counts)) <= s <= math.floor(100 * c / sum(counts)) + 1
            for c, s in zip(counts, shares, strict=True)
        )
    else:
        assert not any(shares)


def test_faces_of_the_usual_scales() -> None:
    four = [Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD]
    assert [face(button, 4) for button in range(1, 5)] == four
    assert [face(button, 5) for button in range(1, 6)] == list(Face)
    assert [face(button, 2) for button in (1, 2)] == [Face.VERY_GOOD, Face.VERY_BAD]


@given(scales)
def test_faces_are_even_handed(buttons: int) -> None:
    order = list(Face)
    for button in range(1, buttons + 1):
        mirror = face(buttons + 1 - button, buttons)
        assert order.index(face(button, buttons)) == 4 - order.index(mirror)


def test_neutral_is_shown_only_where_a_scale_has_it() -> None:
    assert Face.NEUTRAL not in {share.face for share in shares({(1, 4): 1})}
    assert shares({(1, 4): 1, (3, 5): 2}) == [
        Share(Face.VERY_GOOD, 1, 33),
        Share(Face.GOOD, 0, 0),
        Share(Face.NEUTRAL, 2, 67),
        Share(Face.BAD, 0, 0),
        Share(Face.VERY_BAD, 0, 0),
    ]
