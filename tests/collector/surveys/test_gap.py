"""Service quality: what customers expected, and what they got."""

import math
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Definition, Gap, Smileys
from collector.surveys.gap import gap_of, gaps
from collector.surveys.marking import mark
from collector.surveys.marks import AnswerMark
from tests.collector.surveys.asking import ask
from tests.factories import NOW, Shop, make_shop

STEP = st.integers(1, 5)
PAIRS = st.dictionaries(st.tuples(STEP, STEP), st.integers(1, 50), min_size=1)
FACES = Smileys(1, {"en": "How was it?"})
CLEAN, QUICK = Gap(2, {"en": "How clean it was", "uk": "Чистота"}), Gap(3, {"en": "How quick it was"})


@given(PAIRS)
def test_a_gap_is_the_mean_difference(pairs: dict[tuple[int, int], int]) -> None:
    found = gap_of(pairs)
    assert found
    every = [got - expected for (expected, got), times in pairs.items() for _ in range(times)]
    assert found.count == len(every)
    assert math.isclose(found.value, sum(every) / len(every), abs_tol=1e-9)
    assert math.isclose(found.perception - found.expectation, found.value, abs_tol=1e-9)
    assert -4 <= found.value <= 4
    assert found.margin > 0


@given(PAIRS, st.integers(2, 20))
def test_more_of_the_same_is_surer(pairs: dict[tuple[int, int], int], times: int) -> None:
    one, many = gap_of(pairs), gap_of({pair: count * times for pair, count in pairs.items()})
    assert one
    assert many
    assert math.isclose(one.value, many.value, abs_tol=1e-9)
    assert many.margin < one.margin


def test_a_few_who_agree_are_not_sure() -> None:
    few, many = gap_of({(5, 4): 3}), gap_of({(5, 4): 300})
    assert few
    assert many
    assert (few.value, few.is_sure) == (-1, False)
    assert many.is_sure
    assert gap_of({}) is None


def test_interval_holds_what_it_should() -> None:
    """By the textbook: 100 differences with variance 1 have an interval of ± 1.96 × 1 / √100, our two aside."""
    found = gap_of(Counter({(3, 4): 50, (4, 3): 50}))
    assert found
    assert found.margin == pytest.approx(1.96 * 1 / 10, rel=0.15)
    assert found.margin > 0.196


def test_gaps_of_a_place_and_a_period(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        ask(connection, riverside.organisation, definition=Definition((FACES, CLEAN, QUICK)))
        # The same words under another number are the same question.
        ask(connection, hilltop.store, definition=Definition((FACES, Gap(9, CLEAN.text))))
    sent = (
        (riverside, 0, {"2e": 5, "2p": 3, "3e": 2, "3p": 4}),
        (riverside, 1, {"2e": 4, "2p": 4, "3e": 3}),  # the other half was left out
        (hilltop, 2, {"9e": 5, "9p": 1}),
        (riverside, 40, {"2e": 1, "2p": 5}),
        (riverside, 3, {"2e": 1, "2p": 5}),
    )
    for number, (shop, days, said) in enumerate(sent):
        source = Source(f"poster:{number}", Channel.POSTER_QR, shop.store)
        done = submit(engine, settings, source, Reply("en", 1, replies=said), NOW + timedelta(days=days))
    with engine.begin() as connection:
        mark(connection, done.answer_id, AnswerMark.SPAM, "Olena")

        def found(place_id: int) -> list[tuple[str, float, float, float, int]]:
            every = gaps(connection, place_id, NOW, NOW + timedelta(days=30))
            return [
                (each.text["en"], each.gap.expectation, each.gap.perception, each.gap.value, each.gap.count)
                for each in every
            ]

        quick = ("How quick it was", 2, 4, 2, 1)
        assert found(riverside.store) == [("How clean it was", 4.5, 3.5, -1, 2), quick]
        clean, other = found(riverside.organisation)
        assert clean[1:] == pytest.approx((14 / 3, 8 / 3, -2, 3))
        assert other == quick
        assert gaps(connection, hilltop.store, NOW - timedelta(days=2), NOW) == []
