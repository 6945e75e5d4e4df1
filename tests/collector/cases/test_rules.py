"""When a case opens, and whose turn it is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from collector.cases.rules import HEAD_OFFICE, REGION, STORE, first_turn, ladder, next_turn, opens
from tests.factories import NOW

DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("score", "has_words", "expected"),
    [
        (0, False, True),  # under the threshold
        (0, True, True),
        (10, False, False),
        (33.3, False, False),
        (33.3, True, True),
        (49.9, True, True),
        (50, True, False),
        (100, True, False),
        (None, True, False),
    ],
)
def test_when_a_case_opens(score: float | None, has_words: bool, expected: bool) -> None:
    assert opens(score, has_words=has_words, threshold=10) is expected


def test_the_threshold_is_the_surveys() -> None:
    assert opens(33.3, has_words=False, threshold=40)
    assert not opens(0, has_words=False, threshold=0)


def test_three_steps() -> None:
    path = [1, 2, 3]
    assert first_turn(path, NOW) == (STORE, 3, NOW + DAY)
    assert next_turn(path, STORE, NOW) == (REGION, 2, NOW + DAY)
    assert next_turn(path, REGION, NOW) == (HEAD_OFFICE, 1, None)


def test_a_step_that_is_not_there_is_skipped() -> None:
    assert next_turn([1, 3], STORE, NOW) == (HEAD_OFFICE, 1, None)
    assert first_turn([3], NOW) == (STORE, 3, None)


@given(path=some.lists(some.integers(1), min_size=1, max_size=8, unique=True))
def test_every_ladder_leads_from_the_store_to_the_top(path: list[int]) -> None:
    steps, places = zip(*ladder(path), strict=True)
    assert places[0] == path[-1]
    assert places[-1] == path[0]
    assert list(steps) == sorted(set(steps))
    step, turns = STORE, 1
    turn = first_turn(path, NOW)
    while turn.due_at:
        turn = next_turn(path, step, NOW)
        step, turns = turn.step, turns + 1
    assert turns == len(steps)
