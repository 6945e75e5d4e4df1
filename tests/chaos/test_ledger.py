"""The ledger's judgement: what is lost, what is doubled, and what nobody was promised."""

import random

import pytest

from tests.chaos.ledger import Difference, Ledger, Press, difference

PRESSES = [Press(1, True), Press(2, False), Press(3, True)]


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ([1, 3], Difference(0, 0)),
        ([1, 2, 3], Difference(0, 0)),
        ([1, 2], Difference(1, 0)),
        ([], Difference(2, 0)),
        ([1, 1, 3], Difference(0, 1)),
        ([1, 2, 2, 3], Difference(0, 1)),
        ([3, 1], Difference(1, 1)),
    ],
)
def test_the_fewest_changes_that_explain_it(stored: list[int], found: Difference) -> None:
    assert difference(PRESSES, stored) == found


def test_a_day_of_presses_is_compared_quickly_and_exactly() -> None:
    chance = random.Random(1)
    presses = [Press(chance.randint(1, 4), chance.random() > 0.01) for _ in range(5000)]
    stored = [press.button for press in presses if press.lit or chance.random() < 0.5]
    assert difference(presses, stored) == Difference(0, 0)
    del stored[2000]
    stored.insert(3000, 5)
    assert difference(presses, stored) == Difference(1, 1)


def test_lines_of_a_host_become_presses() -> None:
    ledger = Ledger()
    for line in (
        "press exit-1 3",
        "lit exit-1 3",
        "press exit-1 4",
        "press exit-2 1",
        "press exit-1 2",
        "lit exit-1 2",
    ):
        ledger.note(line)
    assert ledger.presses == {"exit-1": [Press(3, True), Press(4, False), Press(2, True)], "exit-2": [Press(1, False)]}
    assert (ledger.pressed, ledger.lit) == (4, 2)
