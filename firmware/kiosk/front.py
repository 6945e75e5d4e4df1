"""The kiosk's front: what light and screen answer to a press, and for how long."""

from kiosk import const
from kiosk.hours import is_open

THANKS_MS = 2000  # light, and the word of thanks where nothing follows it
READ_MS = 800  # the word of thanks where something follows it: long enough to be read
_CODE_MS = const(1500)  # a press's own code comes within this time, or is not shown any more
_ASK_MS = const(20_000)  # a code stands so long: time to take a phone out
CHOOSE_MS = 15_000  # reasons stand so long before a touch screen that was left alone goes back to rest
_BLINK_MS = const(500)
REST_MS = 30_000  # at rest it is looked that often whether another question is due, or the shop has closed


class Front:
    """Decide what the front shows.

    A press is thanked for at once. A touch screen then offers reasons. After a press on a button that counts as bad the
    screen asks what went wrong, with a QR code: that of the press where it comes in time and nobody has pressed since,
    else the touchpoint's own.

    Times come in with what happens, in milliseconds of the kiosk's uptime.

    >>> front = Front(board, settings, clock.utc)
    >>> front.pressed((834172213, 43), 4, 90110)
    >>> front.settle(90110)
    1500
    >>> front.code((834172213, 43), 29, "/qA/…", 90190)
    >>> front.settle(90910)  # the code is on the screen now
    1200

    board: whose light, sound and screen these are; see `boards`.
    settings: the shop's words, which buttons are bad, and the touchpoint's own code.
    utc: called without arguments, returns the time or None while it is not known.
    asked: (settings version, index) of the question that was shown last: what a press answers.
    """

    def __init__(self, board, settings, utc):
        self._board, self._settings, self._utc = board, settings, utc
        self.asked = settings.version, 0
        self._showing = None  # what stands at rest
        self._light_until = None  # None: it is dark
        self._screen_until = None  # None: it is at rest
        self._press = self._stage = None  # (epoch, seq) that is being answered, and how: "thanks", "reasons" or "qr"
        self._button = self._pressed_at = 0
        self._code = None
        self._blinks = 0

    @property
    def busy(self):
        """Whether a press is being answered."""
        return self._light_until is not None or self._screen_until is not None

    def rest(self):
        """Go dark and ask the next shopper."""
        self._light_until = None
        self._board.light(None, 0)
        self._rest_screen()

    def pressed(self, press, button, now):
        """Thank for a press that is on flash. press: (epoch, seq) of its record."""
        board, settings = self._board, self._settings
        board.light(button, settings["light"])
        self._sound("thanks")
        board.screen(
            {"kind": "thanks", "buttons": settings["buttons"], "button": button, "text": settings.texts("thanks")}
        )
        self._light_until = now + THANKS_MS
        self._press, self._button, self._pressed_at = press, button, now
        self._stage, self._code, self._blinks = "thanks", None, 0
        if self._reasons():
            self._screen_until = now + READ_MS
        else:
            self._screen_until = now + (_CODE_MS if self._is_bad() else THANKS_MS)

    @property
    def choosing(self):
        """(epoch, seq) of the rating for which reasons are offered, or None."""
        return self._press if self._stage == "reasons" else None

    def chosen(self, now):
        """A reason was touched, or none of them, or the shopper is done with the code."""
        if self._stage == "reasons":
            self._end_reasons(now)
        elif self._stage == "qr":
            self._end_press()

    def show(self, picture, until):
        """Show a picture that no press has asked for; None: ask the next shopper."""
        self._press = self._stage = self._code = self._showing = None
        if picture:
            self._board.screen(picture)
            self._screen_until = until
        else:
            self._rest_screen()

    def code(self, press, size, bits, now):
        """Take the QR code of a press: `size` modules a side, `bits` as in section 4 of the protocol."""
        if press == self._press and self._is_bad() and now - self._pressed_at <= _CODE_MS:
            self._code = size, bits
            if self._stage == "thanks" and not self._reasons():
                self._screen_until = self._pressed_at + READ_MS

    def identify(self, now):
        """Blink and sound, so that a technician finds this kiosk among others."""
        self._sound("identify")
        self._blinks = 20
        self._light_until = now

    def settings_changed(self):
        """Show the new question, if one is shown; what answers to a press stays its time."""
        if self._screen_until is None:
            self._rest_screen()

    def settle(self, now):
        """Change what is to change by now; return after how many milliseconds to come again."""
        if self._light_until is not None and now >= self._light_until:
            self._turn_light(now)
        if self._screen_until is None:
            self._rest_screen()
        elif now >= self._screen_until:
            self._turn_screen(now)
        due = [at - now for at in (self._light_until, self._screen_until) if at is not None]
        return max(0, min(due + [REST_MS]))

    def _turn_light(self, now):
        if self._blinks:
            self._blinks -= 1
            on = self._blinks % 2
            self._board.light(1 if on else None, 100 if on else 0)
            self._light_until = now + _BLINK_MS
        else:
            self._light_until = None
            self._board.light(None, 0)

    def _turn_screen(self, now):
        if self._stage == "thanks" and self._reasons():
            self._stage = "reasons"
            self._board.screen({"kind": "reasons", "button": self._button, "reasons": self._reasons()})
            self._screen_until = now + CHOOSE_MS
        elif self._stage == "reasons":
            self._end_reasons(now)
        elif self._stage == "thanks" and self._is_bad() and (self._code or self._settings["qr"]):
            self._ask(now)
        elif self._stage == "thanks" and now < self._pressed_at + THANKS_MS:
            self._screen_until = self._pressed_at + THANKS_MS
        else:
            self._end_press()

    def _end_reasons(self, now):
        if self._is_bad() and (self._code or self._settings["qr"]):
            self._ask(now)
        else:
            self._end_press()

    def _ask(self, now):
        self._stage = "qr"
        size, bits = self._code or self._settings["qr"]
        self._board.screen({"kind": "qr", "size": size, "bits": bits, "text": self._settings.texts("tell")})
        self._screen_until = now + _ASK_MS

    def _end_press(self):
        self._press = self._stage = self._code = self._showing = None
        self._rest_screen()

    def _rest_screen(self):
        self._screen_until = None
        moment = self._settings.moment(self._utc())
        index, question = self._settings.asked(moment)
        self.asked = self._settings.version, index
        if is_open(self._settings["hours"], moment):
            did = self._settings.texts("did")
            picture = {"kind": "rest", "buttons": self._settings["buttons"], "text": question, "did": did}
        else:
            picture = {"kind": "closed"}
        if picture != self._showing:
            self._showing = picture
            self._board.screen(picture)

    def _sound(self, name):
        if self._settings["sound"]:
            self._board.sound(name, self._settings["sound"])

    def _is_bad(self):
        return self._button in self._settings["bad"]

    def _reasons(self):
        return self._settings.reasons(self._button) if self._board.touch else []
