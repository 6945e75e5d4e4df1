"""The kiosk's front: what light and screen answer to a press, and for how long."""

THANKS_MS = 2000  # light, and the word of thanks where nothing follows it
READ_MS = 800  # the word of thanks where a code follows: long enough to be read
CODE_MS = 1500  # a press's own code comes within this time, or is not shown any more
ASK_MS = 20_000  # a code stands so long: time to take a phone out


class Front:
    """Decide what the front shows.

    A press is thanked for at once. After one on a button that counts as bad, the screen then asks what went wrong,
    with a QR code: that of the press where it comes in time and nobody has pressed since, else the touchpoint's own.

    Times come in with what happens, in milliseconds of the kiosk's uptime.

    >>> front = Front(board, settings)
    >>> front.pressed((834172213, 43), 4, 90110)
    >>> front.settle(90110)
    1500
    >>> front.code((834172213, 43), 29, "/qA/…", 90190)
    >>> front.settle(90910)  # the code is on the screen now
    1200

    board: whose light, sound and screen these are; see `boards`.
    settings: the shop's words, which buttons are bad, and the touchpoint's own code.
    """

    def __init__(self, board, settings):
        self._board, self._settings = board, settings
        self._light_until = None  # None: it is dark
        self._screen_until = None  # None: it is at rest
        self._asking = None  # (press, when) of a press whose code may still come
        self._code = None

    def rest(self):
        """Go dark and ask the next shopper."""
        self._light_until = None
        self._board.light(None)
        self._rest_screen()

    def pressed(self, press, button, now):
        """Thank for a press that is on flash. press: (epoch, seq) of its record."""
        board, settings = self._board, self._settings
        board.light(button)
        board.sound("thanks")
        board.screen({"kind": "thanks", "text": settings.texts("thanks")})
        bad = button in settings["bad"]
        self._light_until = now + THANKS_MS
        self._screen_until = now + (CODE_MS if bad else THANKS_MS)
        self._asking = (press, now) if bad else None
        self._code = None

    def code(self, press, size, bits, now):
        """Take the QR code of a press: `size` modules a side, `bits` as in section 4 of the protocol."""
        if self._asking and self._asking[0] == press and now - self._asking[1] <= CODE_MS:
            self._code = size, bits
            self._screen_until = self._asking[1] + READ_MS

    def settings_changed(self):
        """Show the new question, if one is shown; what answers to a press stays its time."""
        if self._screen_until is None:
            self._rest_screen()

    def settle(self, now):
        """Change what is to change by now; return after how many milliseconds to come again, None for not at all."""
        if self._light_until is not None and now >= self._light_until:
            self._light_until = None
            self._board.light(None)
        if self._screen_until is not None and now >= self._screen_until:
            self._turn_screen(now)
        due = [at for at in (self._light_until, self._screen_until) if at is not None]
        return max(0, min(due) - now) if due else None

    def _turn_screen(self, now):
        code = self._asking and (self._code or self._settings["qr"])
        asking, self._asking = self._asking, None
        if code:
            size, bits = code
            self._board.screen({"kind": "qr", "size": size, "bits": bits, "text": self._settings.texts("tell")})
            self._screen_until = now + ASK_MS
        elif asking and now < asking[1] + THANKS_MS:
            self._screen_until = asking[1] + THANKS_MS
        else:
            self._rest_screen()

    def _rest_screen(self):
        self._screen_until = None
        self._board.screen({"kind": "rest", "text": self._settings.texts("question")})
