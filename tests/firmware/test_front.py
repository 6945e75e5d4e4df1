from kiosk.front import REST_MS, Front
from kiosk.settings import Settings
from workbench import Memory

GOOD, BAD = 1, 4
OWN, CODE, OTHER = "o" * 76, "c" * 144, "x" * 144
REST = {"kind": "rest", "buttons": 4, "text": [["uk", "Як?"], ["en", "How?"]], "did": []}


def thanks(button):
    return {"kind": "thanks", "buttons": 4, "button": button, "text": [["uk", "Дякуємо!"]]}


def asks(size, bits):
    return {"kind": "qr", "size": size, "bits": bits, "text": [["uk", "Що не так?"]]}


class Board:
    """What a shopper sees and hears now."""

    def __init__(self):
        self.lit = self.shown = None
        self.sounds, self.pictures = [], 0

    touch = False

    def light(self, button, level):
        self.lit, self.level = button, level

    def sound(self, name, level):
        self.sounds.append((name, level))

    def screen(self, picture):
        self.shown = picture
        self.pictures += 1


class Shopper:
    """Stands before a front, and lets time pass: the front is settled when it asked for it, not before."""

    def __init__(self, qr=(21, OWN), bad=(3, 4), touch=False, **more):
        self.settings = Settings(Memory())
        self.board, self.now, self.presses = Board(), 0, 0
        self.board.touch = touch
        self.utc = None
        self.front = Front(self.board, self.settings, lambda: self.utc)
        self.settings.when_changed = self.front.settings_changed
        self.values = {
            "bad": list(bad),
            "languages": ["uk", "en"],
            "qr": list(qr) if qr else None,
            "tell": {"uk": "Що не так?"},
            "thanks": {"uk": "Дякуємо!"},
        }
        self.values.update(more)
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
            assert due > 0, "it would not let anybody else work"
            if self.now + due > end:
                self.now = end
                return self.board.lit, self.board.shown
            self.now += due


def test_at_rest_nothing_changes():
    shopper = Shopper()
    assert shopper.front.settle(0) == REST_MS
    assert shopper.wait(100_000) == (None, REST)
    assert shopper.board.pictures == 1


def test_a_good_press_is_thanked_for_two_seconds():
    shopper = Shopper()
    shopper.press(GOOD)
    assert (shopper.board.lit, shopper.board.shown, shopper.board.sounds) == (GOOD, thanks(GOOD), [("thanks", 50)])
    assert shopper.wait(1999) == (GOOD, thanks(GOOD))
    assert shopper.wait(1) == (None, REST)
    assert shopper.front.settle(shopper.now) == REST_MS


def test_a_bad_press_is_thanked_for_as_quickly():
    shopper = Shopper()
    shopper.press(BAD)
    assert (shopper.board.lit, shopper.board.shown, shopper.board.sounds) == (BAD, thanks(BAD), [("thanks", 50)])


def test_the_code_of_the_press_in_time():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(80)
    shopper.code(1)
    assert shopper.wait(719) == (BAD, thanks(BAD))  # long enough to be read
    assert shopper.wait(1) == (BAD, asks(29, CODE))
    assert shopper.wait(1200) == (None, asks(29, CODE))
    assert shopper.wait(18_799) == (None, asks(29, CODE))
    assert shopper.wait(1) == (None, REST)
    assert shopper.front.settle(shopper.now) == REST_MS


def test_a_code_that_comes_at_the_last_moment_is_shown_at_once():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(1499)
    shopper.code(1)
    assert shopper.wait(0) == (BAD, asks(29, CODE))


def test_offline_or_too_late_the_touchpoints_own_code():
    shopper = Shopper()
    shopper.press(BAD)
    assert shopper.wait(1499) == (BAD, thanks(BAD))
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
    assert shopper.wait(1499) == (BAD, thanks(BAD))
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
    assert shopper.wait(699) == (3, thanks(3))
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
    assert shopper.wait(1999) == (GOOD, thanks(GOOD))
    assert shopper.wait(1) == (None, REST)


def test_the_next_press_takes_the_code_away():
    for button in (GOOD, BAD):
        shopper = Shopper()
        shopper.press(BAD)
        shopper.code(1)
        assert shopper.wait(5000) == (None, asks(29, CODE))
        shopper.press(button)
        assert (shopper.board.lit, shopper.board.shown) == (button, thanks(button))
        after = {GOOD: (None, REST), BAD: (None, asks(21, OWN))}[button]
        assert shopper.wait(2000) == after


def test_a_touchpoint_without_a_code_just_thanks():
    shopper = Shopper(qr=None)
    shopper.press(BAD)
    assert shopper.wait(1999) == (BAD, thanks(BAD))
    assert shopper.wait(1) == (None, REST)
    shopper.press(BAD)
    shopper.code(2)
    assert shopper.wait(800) == (BAD, asks(29, CODE))


def test_a_shop_where_no_button_is_bad():
    shopper = Shopper(bad=())
    shopper.press(BAD)
    shopper.code(1)
    assert shopper.wait(1999) == (BAD, thanks(BAD))
    assert shopper.wait(1) == (None, REST)


def test_other_settings_end_nothing_early():
    shopper = Shopper()
    shopper.press(BAD)
    shopper.wait(500)
    shopper.set(2, question={"uk": "Ну як?"})
    assert shopper.wait(999) == (BAD, thanks(BAD))
    assert shopper.wait(1) == (BAD, asks(21, OWN))
    shopper.set(3, question={"uk": "Ну що?"})
    assert shopper.wait(19_999) == (None, asks(21, OWN))
    assert shopper.wait(1) == (None, {"kind": "rest", "buttons": 4, "text": [["uk", "Ну що?"]], "did": []})
    shopper.set(4, question={"uk": "То як?"})
    assert shopper.board.shown == {"kind": "rest", "buttons": 4, "text": [["uk", "То як?"]], "did": []}


REASONS = {"bad": [{"uk": "Черга"}, {"uk": "Ціна"}], "good": [{"uk": "Люди"}]}


def offers(button, *reasons):
    return {"kind": "reasons", "button": button, "reasons": [[["uk", words]] for words in reasons]}


def test_a_touch_screen_offers_reasons_then_asks():
    shopper = Shopper(touch=True, reasons=REASONS)
    shopper.press(BAD)
    shopper.wait(80)
    shopper.code(1)
    assert shopper.wait(719) == (BAD, thanks(BAD))
    assert shopper.wait(1) == (BAD, offers(BAD, "Черга", "Ціна"))
    assert shopper.front.choosing == (7, 1)
    shopper.front.chosen(shopper.now)
    assert shopper.wait(0) == (BAD, asks(29, CODE))
    assert shopper.front.choosing is None
    assert shopper.wait(19_999) == (None, asks(29, CODE))
    assert shopper.wait(1) == (None, REST)


def test_done_with_the_code():
    shopper = Shopper(touch=True)
    shopper.press(BAD)
    assert shopper.wait(3000) == (None, asks(21, OWN))
    shopper.front.chosen(shopper.now)
    assert shopper.wait(0) == (None, REST)


def test_a_touch_screen_that_was_left_alone_goes_back_to_rest():
    shopper = Shopper(touch=True, reasons=REASONS)
    shopper.press(GOOD)
    assert shopper.wait(800) == (GOOD, offers(GOOD, "Люди"))
    assert shopper.wait(14_999) == (None, offers(GOOD, "Люди"))
    assert shopper.wait(1) == (None, REST)
    assert shopper.front.choosing is None


def test_a_good_reason_ends_in_rest():
    shopper = Shopper(touch=True, reasons=REASONS)
    shopper.press(GOOD)
    shopper.wait(2000)
    assert shopper.front.choosing == (7, 1)
    shopper.front.chosen(shopper.now)
    assert shopper.wait(0) == (None, REST)


def test_the_next_press_takes_the_reasons_away():
    shopper = Shopper(touch=True, reasons=REASONS)
    shopper.press(BAD)
    shopper.wait(1000)
    shopper.press(GOOD)
    assert shopper.board.shown == thanks(GOOD)
    shopper.front.chosen(shopper.now)
    assert shopper.board.shown == thanks(GOOD)


def test_closed_in_the_night_and_another_question_on_mondays():
    hours = [[[480, 1260]]] * 7
    shopper = Shopper(hours=hours, questions=[{"uk": "Черга?"}], weekdays=[1, 0, 0, 0, 0, 0, 0])
    assert shopper.wait(0) == (None, REST)  # the time is not known yet
    monday = 1_800_230_400_000
    for minute, asked, shown in (
        (479, 1, {"kind": "closed"}),
        (480, 1, {"kind": "rest", "buttons": 4, "text": [["uk", "Черга?"]], "did": []}),
        (1260, 1, {"kind": "closed"}),
        (1440 + 480, 0, REST),
    ):
        shopper.utc = monday + minute * 60_000
        assert shopper.wait(REST_MS) == (None, shown)
        assert shopper.front.asked == (1, asked)


def test_a_press_answers_the_question_that_was_shown():
    """Settings that come while a code stands are for the next shopper."""
    shopper = Shopper(questions=[{"uk": "Черга?"}], weekdays=[1] * 7)
    shopper.utc = 1_800_230_400_000
    shopper.wait(REST_MS)
    assert shopper.front.asked == (1, 1)
    shopper.press(BAD)
    shopper.wait(3000)
    shopper.values = dict(shopper.values, questions=[], weekdays=[0] * 7)
    shopper.set(2, question={"uk": "Ну як?"})
    assert shopper.front.asked == (1, 1)
    shopper.wait(20_000)
    assert shopper.front.asked == (2, 0)


def test_a_press_in_the_night_gets_its_light():
    shopper = Shopper(hours=[[]] * 7)
    shopper.utc = 1_800_230_400_000
    assert shopper.wait(REST_MS) == (None, {"kind": "closed"})
    shopper.press(GOOD)
    assert shopper.wait(1999) == (GOOD, thanks(GOOD))
    assert shopper.wait(1) == (None, {"kind": "closed"})


def test_light_and_sound_as_loud_as_the_shop_wants():
    shopper = Shopper(light=30, sound=0)
    shopper.press(GOOD)
    assert (shopper.board.lit, shopper.board.level, shopper.board.sounds) == (GOOD, 30, [])


def test_identify_blinks_and_ends():
    shopper = Shopper()
    shopper.front.identify(shopper.now)
    lit = [shopper.wait(0)[0]]
    for _ in range(19):
        lit.append(shopper.wait(500)[0])
    assert lit == [1, None] * 10
    assert shopper.wait(60_000) == (None, REST)
    assert shopper.board.sounds == [("identify", 50)]


def test_a_press_ends_the_blinking():
    shopper = Shopper()
    shopper.front.identify(shopper.now)
    shopper.wait(700)
    shopper.press(GOOD)
    assert shopper.wait(1999) == (GOOD, thanks(GOOD))
    assert shopper.wait(1) == (None, REST)
