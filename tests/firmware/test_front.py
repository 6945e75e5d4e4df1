from kiosk.front import Front
from kiosk.settings import Settings
from workbench import Memory

GOOD, BAD = 1, 4
OWN, CODE, OTHER = "o" * 76, "c" * 144, "x" * 144
REST = {"kind": "rest", "text": [["uk", "Як?"], ["en", "How?"]]}
THANKS = {"kind": "thanks", "text": [["uk", "Дякуємо!"]]}


def asks(size, bits):
    return {"kind": "qr", "size": size, "bits": bits, "text": [["uk", "Що не так?"]]}


class Board:
    """What a shopper sees and hears now."""

    def __init__(self):
        self.lit = self.shown = None
        self.sounds = []

    def light(self, button):
        self.lit = button

    def sound(self, name):
        self.sounds.append(name)

    def screen(self, picture):
        self.shown = picture


class Shopper:
    """Stands before a front, and lets time pass: the front is settled when it asked for it, not before."""

    def __init__(self, qr=(21, OWN), bad=(3, 4)):
        self.settings = Settings(Memory())
        self.board, self.now, self.presses = Board(), 0, 0
        self.front = Front(self.board, self.settings)
        self.settings.when_changed = self.front.settings_changed
        self.values = {
            "bad": list(bad),
            "languages": ["uk", "en"],
            "qr": list(qr) if qr else None,
            "tell": {"uk": "Що не так?"},
            "thanks": {"uk": "Дякуємо!"},
        }
        self.set(1, question={"en": "How?", "uk": "Як?"})
        self.front.rest()

    def set(self, version, question):
        assert self.settings.take(version, dict(self.values, question=question))

    def press(self, button):
        self.presses += 1
        self.front.pressed((7, self.presses), button, self.now)

    def code(self, seq, bits=CODE, epoch=7):
        self.front.code((epoch, seq), 29, bits, self.now)

    def wait(self, milliseconds):
        """Return (light, picture) after this time."""
        end = self.now + milliseconds
        while True:
            due = self.front.settle(self.now)
            assert due is None or due > 0, "it would not let anybody else work"
            if due is None or self.now + due > end:
                self.now = end
                return self.board.lit, self.board.shown
            self.now += due


def test_at_rest_nothing_is_due():
    shopper = Shopper()
    assert shopper.front.settle(0) is None
    assert shopper.wait(100_000) == (None, REST)


def test_a_good_press_is_thanked_for_two_seconds():
    shopper = Shopper()
    shopper.press(GOOD)
    assert (shopper.board.lit, shopper.board.shown, shopper.board.sounds) == (GOOD, THANKS, ["thanks"])
    assert shopper.wait(1999) == (GOOD, THANKS)
    assert shopper.wait(1) == (None, REST)
    assert shopper.front.settle(shopper.now) is None


def test_a_bad_press_is_thanked_for_as_quickly():
    shopper = Shopper()
    shopper.press(BAD)
    assert (shopper.board.lit, shopper.board.shown, shopper.board.sounds) == (BAD, THANKS, ["thanks"])


def test_the_code_of_the_press_in_time():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(80)
    shopper.code(1)
    assert shopper.wait(719) == (BAD, THANKS)  # long enough to be read
    assert shopper.wait(1) == (BAD, asks(29, CODE))
    assert shopper.wait(1200) == (None, asks(29, CODE))
    assert shopper.wait(18_799) == (None, asks(29, CODE))
    assert shopper.wait(1) == (None, REST)
    assert shopper.front.settle(shopper.now) is None


def test_a_code_that_comes_at_the_last_moment_is_shown_at_once():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(1499)
    shopper.code(1)
    assert shopper.wait(0) == (BAD, asks(29, CODE))


def test_offline_or_too_late_the_touchpoints_own_code():
    shopper = Shopper()
    shopper.press(BAD)
    assert shopper.wait(1499) == (BAD, THANKS)
    assert shopper.wait(1) == (BAD, asks(21, OWN))
    shopper.code(1)
    assert shopper.wait(1000) == (None, asks(21, OWN))
    assert shopper.wait(18_999) == (None, asks(21, OWN))
    assert shopper.wait(1) == (None, REST)


def test_too_late_even_where_the_screen_has_not_turned_yet():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.now += 1501
    shopper.code(1)
    assert shopper.wait(0) == (BAD, asks(21, OWN))


def test_the_code_of_a_press_that_is_not_the_last():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(300)
    shopper.press(BAD)
    shopper.code(1, OTHER)
    assert shopper.wait(1499) == (BAD, THANKS)
    assert shopper.wait(1) == (BAD, asks(21, OWN))


def test_the_last_of_two_bad_presses_gets_its_code():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(300)
    shopper.code(1, OTHER)
    shopper.press(3)
    shopper.wait(100)
    shopper.code(1, OTHER)
    shopper.code(2)
    assert shopper.wait(699) == (3, THANKS)
    assert shopper.wait(1) == (3, asks(29, CODE))


def test_the_same_number_in_another_epoch_is_another_press():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.code(1, epoch=8)
    assert shopper.wait(1500) == (BAD, asks(21, OWN))


def test_a_good_press_after_a_bad_one_has_no_code():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(300)
    shopper.press(GOOD)
    shopper.code(1)
    shopper.code(2)
    assert shopper.wait(1999) == (GOOD, THANKS)
    assert shopper.wait(1) == (None, REST)


def test_the_next_press_takes_the_code_away():
    for button in (GOOD, BAD):
        shopper = Shopper()
        shopper.press(BAD)
        shopper.code(1)
        assert shopper.wait(5000) == (None, asks(29, CODE))
        shopper.press(button)
        assert (shopper.board.lit, shopper.board.shown) == (button, THANKS)
        after = {GOOD: (None, REST), BAD: (None, asks(21, OWN))}[button]
        assert shopper.wait(2000) == after


def test_a_touchpoint_without_a_code_just_thanks():
    shopper = Shopper(qr=None)
    shopper.press(BAD)
    assert shopper.wait(1999) == (BAD, THANKS)
    assert shopper.wait(1) == (None, REST)
    shopper.press(BAD)
    shopper.code(2)
    assert shopper.wait(800) == (BAD, asks(29, CODE))


def test_a_shop_where_no_button_is_bad():
    shopper = Shopper(bad=())
    shopper.press(BAD)
    shopper.code(1)
    assert shopper.wait(1999) == (BAD, THANKS)
    assert shopper.wait(1) == (None, REST)


def test_other_settings_end_nothing_early():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(500)
    shopper.set(2, question={"uk": "Ну як?"})
    assert shopper.wait(999) == (BAD, THANKS)
    assert shopper.wait(1) == (BAD, asks(21, OWN))
    shopper.set(3, question={"uk": "Ну що?"})
    assert shopper.wait(19_999) == (None, asks(21, OWN))
    assert shopper.wait(1) == (None, {"kind": "rest", "text": [["uk", "Ну що?"]]})
    shopper.set(4, question={"uk": "То як?"})
    assert shopper.board.shown == {"kind": "rest", "text": [["uk", "То як?"]]}
