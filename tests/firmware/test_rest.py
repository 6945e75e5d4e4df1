"""A battery kiosk on the bench: when it sleeps, and what it still knows when it wakes."""

import asyncio
import json

from kiosk.alive import Alive
from kiosk.app import Kiosk
from kiosk.clock import ASLEEP_BYTES, Clock
from kiosk.conversation import Conversation
from kiosk.journal import Journal
from kiosk.log import Log
from kiosk.power import AWAKE, TECHNICIAN
from kiosk.presses import Buttons
from kiosk.record import EVENT, RATING, STARTED
from kiosk.rest import LISTEN, Rest
from kiosk.settings import FILE, Settings
from workbench import UTC, Memory, Pins, Ticks, identified


class Asleep(Exception):
    """The board is asleep: nothing runs any more."""


class Cell(Pins):
    """A board on a battery."""

    battery_powered = True
    slept = None

    def __init__(self, ticks, kept=b"", woken_by=()):
        Pins.__init__(self, ticks)
        self._kept, self._woken_by = kept, list(woken_by)

    def kept(self):
        return self._kept

    def woken_by(self):
        return self._woken_by

    def battery(self):
        return 3900

    def busy(self):
        return False

    def sleep(self, seconds, keep, stuck):
        self.slept = seconds, keep, stuck
        raise Asleep


class Nothing:
    """No release is under way."""

    busy = on_trial = False


class Bench:
    """A kiosk on a battery, without a network."""

    def __init__(self, storage=None, kept=b"", woken_by=(), **settings):
        self.storage = storage or Memory()
        self.storage.replace(FILE, json.dumps({"version": 1, "settings": settings}).encode())
        self.ticks = Ticks()
        self.board = Cell(self.ticks, kept, woken_by)
        self.clock = Clock(self.storage, kept[:ASLEEP_BYTES], self.ticks, self.ticks.period)
        self.journal = Journal(self.storage)
        self.settings = Settings(self.storage)
        self.talk = Conversation(self.journal, self.clock, self.settings, identified(self.storage), dict)

    def start(self):
        buttons = Buttons(self.board)
        buttons.arm()
        alive = self.alive = Alive(self.clock)
        kiosk = Kiosk(
            self.board,
            buttons,
            self.storage,
            self.journal,
            self.clock,
            self.settings,
            alive,
            Log(self.board, self.clock),
        )
        self.rest = Rest(
            kiosk,
            self.board,
            self.journal,
            self.clock,
            self.settings,
            self.talk,
            Nothing,
            self.board.kept(),
        )
        kiosk.start()
        return [buttons.watch(self.clock, alive), kiosk.record_presses(), kiosk.keep_front()]

    def ack(self, seq):
        message = {"v": 1, "epoch": self.journal.epoch, "seq": seq, "utc": UTC + self.clock.uptime()}
        self.talk.heard("ack", json.dumps(message).encode())

    def report(self):
        """Say all that is to be said, and part."""
        self.talk.begin()
        assert self.talk.next()[0] == "status"
        self.ack(0)
        assert self.talk.next()[0] == "up"
        self.ack(self.journal.last)
        assert not self.rest.done()
        self.ticks.forward(LISTEN)
        assert self.rest.done()
        until = self.rest.asleep_until()
        self.rest.reported(True)
        return until


def run(bench, work):
    async def whole():
        tasks = [asyncio.create_task(each) for each in bench.start()]
        try:
            await asyncio.wait_for(work(), 10)
        finally:
            for task in tasks:
                task.cancel()

    asyncio.run(whole())


def asleep():
    """Return a kiosk that was switched on, has reported and sleeps now, and what it keeps."""
    bench = Bench()

    async def work():
        bench.ticks.forward(TECHNICIAN)
        until = bench.report()
        assert until - bench.clock.utc() == 24 * 3_600_000
        bench.ticks.forward(AWAKE)
        try:
            await bench.rest.run(bench.alive)
        except Asleep:
            pass

    run(bench, work)
    return bench, bench.board.slept[1]


def test_after_its_report_it_sleeps_for_a_day():
    bench, keep = asleep()
    seconds = bench.board.slept[0]
    assert 23 * 3600 < seconds <= 24 * 3600
    assert len(keep) < 100


def test_the_press_that_woke_it_is_recorded_in_the_same_boot():
    bench, keep = asleep()
    uptime = bench.clock.uptime()
    awake = Bench(bench.storage, keep, [2])
    last = awake.journal.last

    async def work():
        while not awake.board.lit:
            await asyncio.sleep(0.005)
        assert awake.rest._radio_in()  # one good press is not worth the radio

    run(awake, work)
    assert awake.board.lit == [(3, 100)]
    assert awake.journal.last == last + 1
    [record] = awake.journal.read(last + 1, 1)
    assert record[:4] == (RATING, 3, 0, bench.clock.boot)
    assert record[4] >= uptime
    assert awake.talk.connections == 1
    assert awake.talk.unsent == 1
    kinds = [each[:2] for each in awake.journal.read(1, 100)]
    assert kinds.count((EVENT, STARTED)) == 1


def test_a_bad_press_is_told_at_once():
    bench, keep = asleep()
    awake = Bench(bench.storage, keep, [3], bad=[4])

    async def work():
        while not awake.board.lit:
            await asyncio.sleep(0.005)
        awake.ticks.forward(700_000)  # the last report is a while ago
        await awake.rest.radio_due()

    run(awake, work)
    assert awake.talk.unsent == 1


def test_it_does_not_sleep_on_a_technician():
    bench = Bench()
    slept = []

    async def work():
        bench.report()
        bench.ticks.forward(AWAKE)
        try:
            await asyncio.wait_for(bench.rest.run(bench.alive), 0.7)
        except asyncio.TimeoutError:
            slept.append(False)

    run(bench, work)
    assert slept == [False]
    assert bench.board.slept is None


def test_the_boards_clock_ran_on_while_it_slept():
    bench, keep = asleep()
    boot, uptime, utc = bench.clock.boot, bench.clock.uptime(), bench.clock.utc()
    awake = Bench(bench.storage, keep)
    assert awake.clock.boot == boot
    assert abs(awake.clock.utc() - utc) < 60_000
    assert awake.clock.uptime() >= uptime
