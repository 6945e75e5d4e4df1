"""The kiosk on the bench: from a pin to the journal and the light, with a clock that is moved by hand."""

import asyncio
import json

from kiosk.alive import WINDOW, Alive
from kiosk.app import FAULT, Kiosk
from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.log import Log
from kiosk.presses import Buttons
from kiosk.record import CLOCK_WAS_SET, EVENT, FREED, RATING, REASON, REPEAT, STARTED, STUCK, TEST, TOUCH
from kiosk.settings import FILE, Settings
from workbench import Memory, Pins, Ticks

MONDAY = 1_800_230_400_000  # 2027-01-18 00:00 UTC


class Bench:
    """A kiosk whose tasks run while `until` waits for something."""

    def __init__(self, storage=None, touch=False, **settings):
        self.storage = storage or Memory()
        self.storage.replace(FILE, json.dumps({"version": 3, "settings": settings}).encode())
        self.ticks = Ticks()
        self.board = Pins(self.ticks, touch)
        self.clock = Clock(self.storage, b"", self.ticks, self.ticks.period)
        self.alive, self.log = Alive(self.clock), Log(self.board, self.clock)
        self.journal = Journal(self.storage)
        self.tasks = []

    async def on(self):
        self.buttons = buttons = Buttons(self.board)
        buttons.arm()
        self.settings = settings = Settings(self.storage)
        self.kiosk = Kiosk(self.board, buttons, self.storage, self.journal, self.clock, settings, self.alive, self.log)
        self.kiosk.start()
        for work in (buttons.watch(self.clock, self.alive), self.kiosk.record_presses(), self.kiosk.keep_front()):
            self.tasks.append(asyncio.create_task(work))

    def off(self):
        for task in self.tasks:
            task.cancel()

    async def until(self, condition):
        for _ in range(1000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it never comes")

    async def press(self, button):
        before = self.journal.last
        self.board.pin(button, 0)
        self.ticks.forward(5)
        await self.until(lambda: self.journal.last > before)
        self.ticks.forward(80)
        self.board.pin(button, 1)
        self.ticks.forward(20)
        await asyncio.sleep(0.02)  # its contact settles

    def records(self):
        """Return what is in the journal, without the start."""
        found = self.journal.read(1, 1000)
        assert found[0][:2] == (EVENT, STARTED)
        return found[1:]


def run(bench, work):
    async def whole():
        await bench.on()
        try:
            await work(bench)
        finally:
            bench.off()

    asyncio.run(whole())


def test_a_press_is_on_flash_before_its_light():
    async def work(bench):
        bench.ticks.forward(700)
        await bench.press(3)
        assert bench.records() == [(RATING, 3, 0, 1, 700, 3, 0)]
        assert bench.board.lit == [(3, 100)]

    run(Bench(), work)


def test_presses_inside_the_repeat_window_are_marked_and_get_the_same_light():
    async def work(bench):
        await bench.press(1)
        bench.ticks.forward(1000)
        await bench.press(4)
        bench.ticks.forward(2500)
        await bench.press(4)
        assert [(record[1], record[6]) for record in bench.records()] == [(1, 0), (4, REPEAT), (4, 0)]
        assert bench.board.lit == [(1, 40), (4, 40), (4, 40)]

    run(Bench(repeat=2000, light=40), work)


def test_without_a_repeat_window_no_press_is_marked():
    async def work(bench):
        await bench.press(1)
        await bench.press(1)
        assert [record[6] for record in bench.records()] == [0, 0]

    run(Bench(repeat=0), work)


def test_twenty_presses_at_once_are_twenty_records():
    async def work(bench):
        for _ in range(20):
            bench.board.pin(1, 0)
            bench.ticks.forward(25)
            bench.board.pin(1, 1)
            bench.ticks.forward(25)
        await bench.until(lambda: len(bench.board.lit) == 20)
        assert [record[4] for record in bench.records()] == list(range(0, 1000, 50))

    run(Bench(), work)


def test_a_press_before_there_is_a_journal_is_not_lost():
    """The buttons are armed before anything is read from flash."""
    bench = Bench()
    ticks = Ticks(now=5000)
    board = Pins(ticks)

    async def work():
        buttons = Buttons(board)
        began = ticks()
        buttons.arm()
        ticks.forward(40)
        board.pin(2, 0)
        ticks.forward(90)
        board.pin(2, 1)
        ticks.forward(200)
        clock = Clock(Memory(), b"", ticks, ticks.period, since=began)
        settings = Settings(bench.storage)
        kiosk = Kiosk(board, buttons, bench.storage, bench.journal, clock, settings, Alive(clock), Log(board, clock))
        kiosk.start()
        tasks = [asyncio.create_task(each) for each in (buttons.watch(clock, Alive(clock)), kiosk.record_presses())]
        await bench.until(lambda: board.lit)
        for task in tasks:
            task.cancel()
        assert bench.records() == [(RATING, 2, 0, 1, 40, 3, 0)]

    asyncio.run(work())


def test_a_stuck_button_is_reported_and_does_not_blind_the_others():
    async def work(bench):
        await bench.press(4)
        bench.board.pin(2, 0)
        bench.ticks.forward(5)
        await bench.until(lambda: len(bench.board.lit) == 2)
        bench.ticks.forward(31_000)
        await bench.until(lambda: bench.kiosk.health().get("stuck") == [2])
        await bench.press(1)
        bench.board.pin(2, 1)
        bench.ticks.forward(20)
        await bench.until(lambda: "stuck" not in bench.kiosk.health())
        await bench.press(2)
        assert [record[:3] for record in bench.records()] == [
            (RATING, 4, 0),
            (RATING, 2, 0),
            (EVENT, STUCK, 2),
            (RATING, 1, 0),
            (EVENT, FREED, 2),
            (RATING, 2, 0),
        ]
        assert bench.kiosk.health()["totals"] == [1, 2, 0, 1]

    run(Bench(), work)


def test_a_rating_says_which_question_it_answers():
    async def work(bench):
        await bench.press(1)  # the time is not known yet
        bench.clock.set(MONDAY)
        bench.ticks.forward(30_000)
        bench.kiosk.code((0, 0), 21, "")  # wakes the front
        await bench.until(lambda: bench.board.shown[-1].get("text") == [["en", "How was the queue?"]])
        await bench.press(2)
        assert [(record[1], record[2], record[6]) for record in bench.records()] == [(1, 0, 0), (2, 1, CLOCK_WAS_SET)]

    run(Bench(questions=[{"en": "How was the queue?"}], weekdays=[1, 0, 0, 0, 0, 0, 0]), work)


def test_a_press_that_flash_does_not_take_has_no_light_and_is_counted():
    class Full(Memory):
        full = False

        def replace(self, path, data):
            if self.full:
                raise OSError(28)
            Memory.replace(self, path, data)

    async def work(bench):
        await bench.press(1)
        bench.ticks.forward(20_000)
        bench.storage.full = True
        bench.board.pin(2, 0)
        bench.ticks.forward(5)
        await bench.until(lambda: bench.kiosk.health().get("unlit") == 1)
        assert bench.board.lit == [(1, 100)]
        bench.board.pin(2, 1)
        bench.storage.full = False
        bench.ticks.forward(3000)
        await asyncio.sleep(0.02)
        await bench.press(3)  # the same shopper again, who had no light: this is no repeat
        assert [(record[1], record[6]) for record in bench.records()] == [(1, 0), (3, 0)]

    run(Bench(Full(), repeat=10_000), work)


def test_touch_and_its_reason():
    async def work(bench):
        bench.board.when_touched(4)
        await bench.until(lambda: bench.board.lit)
        bench.ticks.forward(800)
        bench.kiosk.code((0, 0), 21, "")  # wakes the front
        await bench.until(lambda: bench.board.shown[-1]["kind"] == "reasons")
        assert bench.board.shown[-1]["reasons"] == [[["en", "Price"]], [["en", "Queue"]]]
        bench.board.when_chosen(2)
        await bench.until(lambda: bench.journal.last == 3)
        assert [record[:3] + record[6:] for record in bench.records()] == [(RATING, 4, 0, TOUCH), (REASON, 2, 2, TOUCH)]
        bench.board.when_chosen(1)  # too late: nothing is asked any more
        await asyncio.sleep(0.02)
        assert bench.journal.last == 3

    run(Bench(touch=True, bad=[4], reasons={"bad": [{"en": "Price"}, {"en": "Queue"}]}), work)


def test_a_press_is_a_test_while_somebody_watches():
    async def work(bench):
        told = []
        bench.kiosk.when_tested = lambda button, epoch, seq: told.append((button, epoch, seq, len(bench.board.lit)))
        bench.kiosk.watch(60)
        await bench.press(3)
        assert told == [(3, bench.journal.epoch, 2, 1)]  # once it is on flash, and lit
        assert bench.kiosk.busy()
        bench.kiosk.watch(0)
        await bench.press(3)
        bench.kiosk.watch(10)
        bench.ticks.forward(10_000)
        await bench.press(4)
        assert [record[:3] for record in bench.records()] == [(TEST, 3, 0), (RATING, 3, 0), (RATING, 4, 0)]
        assert bench.board.lit == [(3, 100), (3, 100), (4, 100)]
        assert bench.kiosk.health()["totals"] == [0, 0, 1, 1]
        assert len(told) == 1

    run(Bench(), work)


def test_a_test_by_touch_offers_reasons_and_records_none():
    async def work(bench):
        bench.kiosk.watch(60)
        bench.board.when_touched(4)
        await bench.until(lambda: bench.board.lit)
        bench.ticks.forward(800)
        bench.kiosk.code((0, 0), 21, "")  # wakes the front
        await bench.until(lambda: bench.board.shown[-1]["kind"] == "reasons")
        bench.board.when_chosen(1)
        await asyncio.sleep(0.02)
        assert [record[:3] for record in bench.records()] == [(TEST, 4, 0)]

    run(Bench(touch=True, bad=[4], reasons={"bad": [{"en": "Price"}]}), work)


def test_a_picture_for_a_technician_stands_its_time():
    async def work(bench):
        bench.kiosk.show({"kind": "qr", "size": 21, "bits": ""}, 60_000)
        bench.ticks.forward(59_000)
        bench.kiosk.code((0, 0), 21, "")  # wakes the front
        await asyncio.sleep(0.02)
        assert bench.board.shown[-1]["kind"] == "qr"
        bench.ticks.forward(1000)
        bench.kiosk.code((0, 0), 21, "")
        await bench.until(lambda: bench.board.shown[-1]["kind"] == "rest")

    run(Bench(), work)


def test_the_watchdog_is_fed_while_everybody_is_at_work():
    async def work(bench):
        bench.tasks.append(asyncio.create_task(bench.kiosk.keep_alive(WINDOW)))
        await asyncio.sleep(0.02)
        assert not bench.board.guarded  # the window of a technician
        bench.alive.back_within("uplink", 4000)
        bench.ticks.forward(WINDOW + 1)
        await bench.until(lambda: bench.board.guarded)
        await bench.until(lambda: bench.board.fed)
        bench.ticks.forward(5000)
        await bench.until(lambda: bench.storage.read(FAULT))
        assert bench.storage.read(FAULT) == b"boot 1: stuck: uplink"
        again = Bench(bench.storage)
        await again.on()
        again.off()
        assert again.kiosk.health()["fault"] == "boot 1: stuck: uplink"

    run(Bench(), work)


def test_a_release_on_trial_is_fed_from_the_start():
    async def work(bench):
        bench.tasks.append(asyncio.create_task(bench.kiosk.keep_alive(0)))
        await bench.until(lambda: bench.board.fed)
        assert bench.board.guarded

    run(Bench(), work)


def test_a_self_test_tells_what_it_found():
    async def work(bench):
        await bench.press(1)
        bench.board.levels[2] = 0
        said = bench.kiosk.self_test({})
        assert "flash reads what was written" in said
        assert "buttons held down: 3" in said
        assert "2 records held" in said
        assert "-61 dBm" in said

    run(Bench(), work)
