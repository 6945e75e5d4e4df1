"""Power goes at every flash operation of every writer, half of it done, and then again at every one of the recovery.

A fixed short form; a failing cut names the operations at which to cut to see it again.
"""

from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.record import EVENT, PERHAPS_REPEATED, REOPENED
from kiosk.settings import Settings
from workbench import UTC, Ticks, mounted, rating, small_flash

SEGMENT = 4


def cuts(use, check, make=small_flash):
    """Check what is left by a power cut at each operation of `use`, and at each of the recovery from it.

    make: returns the flash to begin with, the same each time.
    use: called with the flash; notes what it was promised while `flash.left` is None, which is until the cut.
    check: called with what was left.
    """
    tried = operation = 0
    cut = True
    while cut:
        operation += 1
        flash = make()
        flash.cut_after(operation)
        use(flash)
        cut = flash.left is not None
        left = flash.left or flash
        again = 0
        while True:
            # Check it as the first cut left it, then as the 1st, 2nd … operation of the recovery leaves it.
            trial = left.copy()
            if again:
                trial.cut_after(again)
                mounted_journal(trial)
                trial = trial.left
            if trial is None:
                break
            try:
                check(trial)
            except Exception:
                print(f"cut at operation {operation}, then at {again} of the recovery")
                raise
            again += 1
            tried += 1
    print("cut points:", tried)


def mounted_journal(flash):
    return Journal(mounted(flash), 1000, SEGMENT)


class Presses:
    """What the shoppers were promised: the numbers that were lit, and where each was recorded."""

    def __init__(self):
        self.lit = {}  # seq: number of the press
        self.confirmed = 0

    def press(self, flash, journal, number):
        seq = journal.append(rating(number))
        if flash.left is None:
            self.lit[seq] = number

    def check(self, flash):
        journal = mounted_journal(flash)
        last = journal.last
        assert not self.lit or last >= max(self.lit)
        records = journal.read(journal.held, 1000)
        assert len(records) == last - journal.held + 1
        uptimes = [record[4] for record in records]
        assert len(set(uptimes)) == len(uptimes), "doubled"
        for seq in self.lit:
            assert seq <= self.confirmed or records[seq - journal.held] == rating(self.lit[seq]), "lost"
        # It goes on from there.
        assert journal.append(rating(9999)) == last + 1
        assert mounted_journal(flash).read(last + 1, 1) == [rating(9999)]


def test_pressing_and_confirming():
    presses = Presses()

    def use(flash):
        presses.lit.clear()
        presses.confirmed = 0
        journal = mounted_journal(flash)
        for number in range(1, 14):
            presses.press(flash, journal, number)
            if number in (6, 9, 13):
                if flash.left is None:
                    presses.confirmed = number - 1
                journal.trim(number - 1)

    cuts(use, presses.check)


def test_giving_up_the_oldest():
    presses = Presses()

    def use(flash):
        presses.lit.clear()
        presses.confirmed = 0
        journal = Journal(mounted(flash), 2 * SEGMENT, SEGMENT)
        for number in range(1, 14):
            if flash.left is None:
                presses.confirmed = max(0, (number - 1) // SEGMENT * SEGMENT - SEGMENT)  # or given up
            presses.press(flash, journal, number)

    cuts(use, presses.check)


def test_replacing_a_refused_record():
    def make():
        flash = small_flash()
        journal = mounted_journal(flash)
        for number in range(1, 7):
            journal.append(rating(number))
        return flash

    def check(flash):
        records = mounted_journal(flash).read(1, 100)
        assert records in (before, after)

    before = [rating(number) for number in range(1, 7)]
    after = list(before)
    after[1] = rating(20)
    cuts(lambda flash: mounted_journal(flash).replace(2, rating(20)), check, make)


def test_a_journal_that_went_back():
    lit = []

    def make():
        flash = small_flash()
        journal = mounted_journal(flash)
        for number in range(1, 10):
            journal.append(rating(number))
        journal.trim(4)
        return flash

    def use(flash):
        del lit[:]
        lit.extend(range(5, 10))
        journal = mounted_journal(flash)
        number = 9
        for _ in journal.reopen(9, 12, 3, 1):
            if number < 12:
                number += 1
                journal.append(rating(number))
                if flash.left is None:
                    lit.append(number)

    def check(flash):
        journal = mounted_journal(flash)
        records = journal.read(journal.held, 100)
        if records[0][0] == EVENT:
            assert records.pop(0)[1] == REOPENED
            # What was found at a start may be repeated; what was pressed since then is new.
            assert all(record[6] & PERHAPS_REPEATED for record in records if record[4] <= 9)
        uptimes = [record[4] for record in records]
        assert uptimes[: len(lit)] == lit
        assert len(uptimes) <= len(lit) + 1  # one that was recorded but not lit any more
        assert journal.append(rating(9999)) == journal.last

    cuts(use, check, make)


def test_boots_are_never_counted_twice():
    boots = []

    def use(flash):
        del boots[:]
        for number in range(3):
            ticks = Ticks()
            clock = Clock(mounted(flash), 0, ticks, ticks.period)
            if flash.left is None:
                boots.append(clock.boot)
            clock.set(UTC + number)

    def check(flash):
        ticks = Ticks()
        clock = Clock(mounted(flash), 0, ticks, ticks.period)
        assert clock.boot > max(boots + [0])  # noqa: RUF005 - not in MicroPython
        for boot in boots[:-1]:
            assert clock.anchor(boot) == (0, UTC + boot - 1)

    cuts(use, check)


def test_settings_are_the_old_or_the_new():
    def make():
        flash = small_flash()
        Settings(mounted(flash)).take(1, {"buttons": 2})
        return flash

    def check(flash):
        settings = Settings(mounted(flash))
        assert (settings.version, settings["buttons"]) in ((1, 2), (2, 5))

    cuts(lambda flash: Settings(mounted(flash)).take(2, {"buttons": 5}), check, make)
