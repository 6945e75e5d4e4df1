"""What counts as a press: docs/kiosk.md, the table there."""

from kiosk.debounce import Debouncer
from kiosk.record import FREED, RATING, STUCK

DOWN, UP = 0, 1


class Finger:
    """Looks at the buttons at every edge and every 5 ms, as the kiosk does, and notes what they mean."""

    def __init__(self, buttons=4):
        self.debouncer, self.buttons = Debouncer(buttons), buttons
        self.levels, self.now = [UP] * buttons, 0
        self.seen = []

    def moves(self, *edges):
        """Take (at, button, level), in order."""
        for at, button, level in edges:
            self.until(at)
            self.levels[button] = level
            self._look(button, at)

    def until(self, at):
        while self.now + 5 <= at:
            self.now += 5
            for button in range(self.buttons):
                self._look(button, self.now)

    def _look(self, button, at):
        meaning = self.debouncer.see(button, self.levels[button], at)
        if meaning:
            self.seen.append((meaning, button, self.debouncer.began(button) if meaning == RATING else at))


def presses(finger):
    return [(button, at) for meaning, button, at in finger.seen if meaning == RATING]


def test_a_press_counts_while_the_finger_is_down_and_happened_at_its_first_edge():
    finger = Finger()
    finger.moves((103, 2, DOWN))
    finger.until(108)
    assert presses(finger) == []
    finger.until(110)
    assert presses(finger) == [(2, 103)]


def test_a_contact_that_bounces_is_one_press():
    finger = Finger()
    bounces = [(100 + at, 1, at % 2) for at in range(5)] + [(160 + at, 1, 1 - at % 2) for at in range(9)]
    finger.moves(*bounces)
    finger.until(1000)
    assert presses(finger) == [(1, 100)]


def test_a_spark_is_none():
    finger = Finger()
    finger.moves((100, 1, DOWN), (101, 1, UP), (400, 1, DOWN), (400, 1, UP))
    finger.until(1000)
    assert presses(finger) == []


def test_a_press_right_after_a_spark_counts():
    finger = Finger()
    finger.moves((100, 1, DOWN), (101, 1, UP), (112, 1, DOWN), (180, 1, UP))
    finger.until(1000)
    assert presses(finger) == [(1, 112)]


def test_edges_that_come_late_are_judged_by_their_times():
    """Flash was busy meanwhile: two whole presses come at once, behind each other."""
    debouncer = Debouncer(1)
    edges = [(100, DOWN), (150, UP), (190, DOWN), (240, UP)]
    assert [debouncer.see(0, level, at) for at, level in edges] == [None, RATING, None, RATING]
    assert debouncer.began(0) == 190


def test_two_buttons_together_are_two_presses():
    finger = Finger()
    finger.moves((100, 0, DOWN), (100, 3, DOWN), (200, 0, UP), (205, 3, UP))
    finger.until(1000)
    assert sorted(presses(finger)) == [(0, 100), (3, 100)]


def test_a_held_button_is_one_press():
    finger = Finger()
    finger.moves((100, 1, DOWN), (20_000, 1, UP), (21_000, 1, DOWN), (21_080, 1, UP))
    finger.until(22_000)
    assert finger.seen == [(RATING, 1, 100), (RATING, 1, 21_000)]


def test_a_stuck_button_is_reported_once_and_blinds_no_other():
    finger = Finger()
    finger.moves((100, 1, DOWN), (35_000, 2, DOWN), (35_080, 2, UP))
    assert finger.seen == [(RATING, 1, 100), (STUCK, 1, 30_100), (RATING, 2, 35_000)]
    assert finger.debouncer.due(1, finger.now) is None
    finger.moves((90_000, 1, UP))
    finger.until(91_000)
    assert finger.seen[3:] == [(FREED, 1, 90_020)]
    finger.moves((92_000, 1, DOWN))
    finger.until(92_100)
    assert finger.seen[4:] == [(RATING, 1, 92_000)]


def test_a_button_that_is_down_at_the_start_was_not_pressed():
    finger = Finger()
    finger.levels[1] = DOWN
    finger.debouncer.start(1, DOWN, 0)
    finger.until(1000)
    finger.moves((1000, 1, UP), (1500, 1, DOWN), (1600, 1, UP))
    finger.until(2000)
    assert finger.seen == [(RATING, 1, 1500)]


def test_a_button_that_was_stuck_before_the_start_is_reported():
    finger = Finger()
    finger.levels[1] = DOWN
    finger.debouncer.start(1, DOWN, 0)
    finger.until(31_000)
    assert finger.seen == [(STUCK, 1, 30_000)]


def test_twenty_presses_in_a_second():
    finger = Finger()
    for number in range(20):
        finger.moves((number * 50, 0, DOWN), (number * 50 + 25, 0, UP))
    finger.until(2000)
    assert presses(finger) == [(0, number * 50) for number in range(20)]


def test_a_release_whose_interrupt_was_dropped():
    finger = Finger()
    finger.moves((100, 1, DOWN))
    finger.until(150)
    finger.levels[1] = UP  # nobody says so
    finger.until(200)
    finger.moves((300, 1, DOWN))
    finger.until(400)
    assert presses(finger) == [(1, 100), (1, 300)]


def test_when_a_button_has_to_be_looked_at_again():
    debouncer = Debouncer(1)
    assert debouncer.due(0, 100) is None
    debouncer.see(0, DOWN, 100)
    assert debouncer.due(0, 100) == 5
    assert debouncer.due(0, 103) == 2
    assert debouncer.due(0, 109) == 1
    assert debouncer.see(0, DOWN, 105) == RATING
    assert debouncer.due(0, 105) == 20
    debouncer.see(0, UP, 180)
    assert debouncer.due(0, 180) == 20
    debouncer.see(0, UP, 200)
    assert debouncer.due(0, 200) is None
