"""Power goes at every flash operation of every writer, half of it done, and then again at every one of the recovery.

A fixed short form; `make test-powercut` sets POWER_CUTS=exhaustive, which adds the other size of programs and
operations that stop anywhere, leaving nonsense. A failing cut prints what to put into POWER_CUT to see it again.
"""

from os import getenv

from kiosk.clock import Clock
from kiosk.commands import Commands
from kiosk.identity import Identity
from kiosk.journal import Journal
from kiosk.record import EVENT, PERHAPS_REPEATED, REOPENED
from kiosk.reset import MARK, erase
from kiosk.settings import Settings
from workbench import UTC, Ticks, mounted, rating, small_flash

SEGMENT = 10
EXHAUSTIVE = getenv("POWER_CUTS") == "exhaustive"
PROGRAM_SIZES = (256, 32) if EXHAUSTIVE else (256,)
SEEDS = range(6) if EXHAUSTIVE else (0,)  # 0: half of the operation is done
ONLY = [int(number) for number in (getenv("POWER_CUT") or "").split()]  # program size, seed, operation, of the recovery


def storage_on(flash):
    return mounted(flash, flash.program_size)


def cuts(use, check, make=small_flash, recover=None):
    """Check what is left by a power cut at each operation of `use`, and at each of the recovery from it.

    make: returns the flash to begin with, the same each time.
    use: called with the flash; notes what it was promised while `flash.left` is None, which is until the cut.
    check: called with what was left.
    recover: called with the flash, does what a start does with it; None: opens its journal.
    """
    tried = 0
    for size in PROGRAM_SIZES:
        for seed in SEEDS:
            tried += _cuts(use, check, make, recover or journal_on, size, seed)
    print("cut points:", tried)


def _cuts(use, check, make, recover, size, seed):
    tried = operation = 0
    cut = True
    while cut:
        operation += 1
        flash = make()
        flash.program_size = size
        flash.cut_after(operation, seed)
        use(flash)
        cut = flash.left is not None
        left = flash.left or flash
        again = 0
        while True:
            # Check it as the first cut left it, then as the 1st, 2nd … operation of the recovery leaves it.
            trial = left.copy()
            if again:
                trial.cut_after(again, seed)
                recover(trial)
                trial = trial.left
            if trial is None:
                break
            place = [size, seed, operation, again]
            if ONLY in ([], place):
                tried += 1
                try:
                    check(trial)
                except Exception:
                    print("cut at POWER_CUT='%d %d %d %d'" % tuple(place))
                    raise
            again += 1
    return tried


def journal_on(flash):
    return Journal(storage_on(flash), 1000, SEGMENT)


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
        journal = journal_on(flash)
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
        assert journal_on(flash).read(last + 1, 1) == [rating(9999)]


def test_pressing_and_confirming():
    presses = Presses()

    def use(flash):
        presses.lit.clear()
        presses.confirmed = 0
        journal = journal_on(flash)
        for number in range(1, 34):
            presses.press(flash, journal, number)
            if number % 4 == 0:
                journal.settle()
            if number in (12, 23, 31):
                if flash.left is None:
                    presses.confirmed = number - 1
                journal.trim(number - 1)

    cuts(use, presses.check)


def test_giving_up_the_oldest():
    presses = Presses()

    def use(flash):
        presses.lit.clear()
        presses.confirmed = 0
        journal = Journal(storage_on(flash), 2 * SEGMENT, SEGMENT)
        for number in range(1, 44):
            if flash.left is None:
                presses.confirmed = max(0, (number - 1) // SEGMENT * SEGMENT - SEGMENT)  # or given up
            presses.press(flash, journal, number)

    cuts(use, presses.check)


def test_replacing_a_refused_record():
    def make():
        flash = small_flash()
        journal = journal_on(flash)
        for number in range(1, 9):
            journal.append(rating(number))
        return flash

    def check(flash):
        records = journal_on(flash).read(1, 100)
        assert records in (before, after)

    before = [rating(number) for number in range(1, 9)]
    for seq in (2, 7):  # in a segment, in the tail
        after = list(before)
        after[seq - 1] = rating(20)

        def use(flash, seq=seq):
            journal_on(flash).replace(seq, rating(20))

        cuts(use, check, make)


def test_a_journal_that_went_back():
    lit = []

    def make():
        flash = small_flash()
        journal = journal_on(flash)
        for number in range(1, 19):
            journal.append(rating(number))
        journal.trim(10)
        return flash

    def use(flash):
        del lit[:]
        lit.extend(range(11, 19))
        journal = journal_on(flash)
        number = 18
        for _ in journal.reopen(9, 12, 3, 1):
            if number < 24:
                number += 1
                journal.append(rating(number))
                if flash.left is None:
                    lit.append(number)

    def check(flash):
        journal = journal_on(flash)
        records = journal.read(journal.held, 100)
        if records[0][0] == EVENT:
            assert records.pop(0)[1] == REOPENED
            # What was found at a start may be repeated; what was pressed since then is new.
            assert all(record[6] & PERHAPS_REPEATED for record in records if record[4] <= 18)
        uptimes = [record[4] for record in records]
        uptimes = [uptime for uptime in uptimes if uptime > 10]  # what was confirmed may still be there
        assert uptimes[: len(lit)] == lit
        assert len(uptimes) <= len(lit) + 1  # one that was recorded but not lit any more
        assert not journal.doubtful
        assert journal.append(rating(9999)) == journal.last

    cuts(use, check, make)


def test_boots_are_never_counted_twice():
    boots = []

    def use(flash):
        del boots[:]
        for number in range(3):
            ticks = Ticks()
            clock = Clock(storage_on(flash), b"", ticks, ticks.period)
            if flash.left is None:
                boots.append(clock.boot)
            clock.set(UTC + number)

    def check(flash):
        ticks = Ticks()
        clock = Clock(storage_on(flash), b"", ticks, ticks.period)
        assert clock.boot > max(boots + [0])
        for boot in boots[:-1]:
            assert clock.anchor(boot) == (0, UTC + boot - 1)

    def recover(flash):
        ticks = Ticks()
        Clock(storage_on(flash), b"", ticks, ticks.period)

    cuts(use, check, recover=recover)


def test_settings_are_the_old_or_the_new():
    def make():
        flash = small_flash()
        Settings(storage_on(flash)).take(1, {"buttons": 2})
        return flash

    def check(flash):
        settings = Settings(storage_on(flash))
        assert (settings.version, settings["buttons"]) in ((1, 2), (2, 5))

    cuts(lambda flash: Settings(storage_on(flash)).take(2, {"buttons": 5}), check, make)


def test_no_command_is_carried_out_twice():
    done = []

    def commands_on(flash):
        ticks = Ticks()
        clock = Clock(storage_on(flash), b"", ticks, ticks.period)
        clock.set(UTC)

        def deed(message):
            if flash.left is None:
                done.append(message["id"])
            return "Done."

        return Commands(storage_on(flash), clock, {"identify": deed})

    def command(number):
        return {"id": number, "do": "identify", "expires": UTC + 1000}

    def use(flash):
        del done[:]
        commands = commands_on(flash)
        for number in range(1, 5):
            commands.heard("cmd", command(number))

    def check(flash):
        commands = commands_on(flash)
        before = list(done)
        for number in before:
            commands.heard("cmd", command(number))
            assert commands.next()[1]["id"] == number
        assert done == before
        commands.heard("cmd", command(6))
        assert done == before + [6]
        del done[len(before) :]

    cuts(use, check, recover=commands_on)


def test_a_kiosk_always_has_a_secret_that_is_good():
    good = []

    def make():
        flash = small_flash()
        storage_on(flash).replace("device.json", b'{"kiosk": "exit-1", "n": 1, "secret": "s1", "host": "h", "port": 1}')
        return flash

    def use(flash):
        good[:] = ["s1"]
        identity = Identity(storage_on(flash))
        identity.take(2, "s2")
        if flash.left is None:
            good.append("s2")
        identity.sign_in()
        if flash.left is None:
            good[:] = ["s2"] if "s2" in good else ["s1"]
        identity.answered()

    def check(flash):
        identity = Identity(storage_on(flash))
        assert identity["kiosk"] == "exit-1"
        tried = [identity.sign_in()[1]]
        identity.refused()
        tried.append(identity.sign_in()[1])
        assert set(good) & set(tried)

    cuts(use, check, make, recover=lambda flash: Identity(storage_on(flash)))


def test_a_factory_reset_ends_with_a_blank_kiosk_or_has_not_begun():
    begun = []

    def make():
        flash = small_flash()
        storage = storage_on(flash)
        storage.replace("device.json", b'{"kiosk": "exit-1", "n": 1, "secret": "s1"}')
        storage.replace("wifi.json", b'{"name": "shop", "password": "secret"}')
        storage.replace("slots.json", b'{"good": "a", "number": 11}')
        storage.replace("screen.json", b'{"driver": "st7789"}')
        for folder in ("slots", "slots/a", "slots/a/kiosk"):
            storage.make_folder(folder)
        storage.replace("slots/a/manifest.json", b"{}")
        storage.replace("slots/a/kiosk/app.mpy", b"app")
        journal = journal_on(flash)
        for number in range(1, 26):
            journal.append(rating(number))
        return flash

    def use(flash):
        del begun[:]
        storage = storage_on(flash)
        storage.replace(MARK, b"")
        if flash.left is None:
            begun.append(True)
        start(flash)

    def start(flash):
        storage = storage_on(flash)
        if storage.read(MARK) is not None:
            erase(storage)

    def check(flash):
        storage = storage_on(flash)
        if storage.read(MARK) is None and storage.read("device.json") is not None:
            assert not begun
            assert journal_on(flash).last == 25  # everything is as it was
            assert storage.read("slots/a/kiosk/app.mpy") == b"app"
            return
        if storage.read("slots/a/kiosk/app.mpy") != b"app":
            assert storage.read("slots.json") is None  # nothing that is no longer whole is started
        start(flash)
        assert storage_on(flash).names("") == ["screen.json"]

    cuts(use, check, make, recover=start)
