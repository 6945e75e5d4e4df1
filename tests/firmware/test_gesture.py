"""The two outer buttons: what asks for a factory reset, and that nothing else ever does."""

import asyncio

from kiosk.app import not_taken
from kiosk.conversation import Conversation
from kiosk.gesture import FIRST, HELD, TOGETHER, OuterButtons, is_made
from kiosk.record import EVENT, RATING, STUCK, TEST
from test_app import Bench as AppBench
from test_app import run
from workbench import identified

MINUTE = 60_000


def test_held_together_for_twenty_seconds_in_the_first_minute():
    assert is_made([1000, None, None, 1300], [1000, None, None, 1300], 1300 + HELD)
    assert is_made([39_000, None, 39_400], [39_000, 38_000, 39_400], 39_400 + HELD)
    assert is_made([5000, 5000], [5000, 5000], 5000 + HELD)


def test_what_is_not_enough():
    for held, touched, now in (
        ([1000, None, None, 1300], [1000, None, None, 1300], 1299 + HELD),  # shorter
        ([1000, None, None, 1001 + TOGETHER], [1000, None, None, 1001 + TOGETHER], MINUTE),  # not together
        ([1000, None, None, None], [1000, None, None, 1300], MINUTE),  # one alone
        ([1000, None, None, 1300], [1000, 9000, None, 1300], MINUTE),  # another was pressed meanwhile
        ([1000, None, None, 1300], [1000, None, MINUTE, 1300], MINUTE),  # another is down all the time
        ([40_500, None, None, 40_600], [40_500, None, None, 40_600], 40_600 + HELD),  # too late
        ([1000], [1000], MINUTE),  # there is one button only
    ):
        assert not is_made(held, touched, now)


class Bench(AppBench):
    """A kiosk in its first minute, and what it has said."""

    async def on(self):
        await super().on()
        self.wanted = asyncio.Event()
        identity = identified(self.storage)
        self.talk = Conversation(self.journal, self.clock, self.settings, identity, lambda: {})
        self.outer = OuterButtons(
            self.kiosk, self.buttons, self.journal, self.settings, self.clock, self.talk.hold_back
        )
        self.kiosk.takes = self.outer.takes
        self.tasks.append(asyncio.create_task(self.wait()))

    async def wait(self):
        await self.outer.wait(self.wanted)
        self.kiosk.takes = not_taken

    async def online(self):
        """The collector has everything so far, and has answered."""
        self.talk.begin()
        self.talk.next()  # the status
        self.talk.heard("ack", b'{"v":1,"epoch":%d,"seq":1,"utc":1800000000000}' % self.journal.epoch)

    async def hold(self, *buttons):
        before = self.journal.last
        for button in buttons:
            self.board.pin(button, 0)
            self.ticks.forward(20)
        await self.until(lambda: self.journal.last == before + len(buttons))

    async def later(self, milliseconds):
        """Let time go by as it does, so that everybody has looked meanwhile."""
        while milliseconds > 0:
            self.ticks.forward(min(milliseconds, 1000))
            milliseconds -= 1000
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.3)

    def kinds(self):
        return [record[:2] for record in self.records()]


def test_both_presses_are_lit_and_become_tests_when_it_is_complete():
    async def work(bench):
        await bench.press(2)
        await bench.hold(1, 4)
        assert bench.board.lit == [(2, 100), (1, 100), (4, 100)]
        assert bench.kinds() == [(RATING, 2), (RATING, 1), (RATING, 4)]
        assert not bench.wanted.is_set()
        await bench.later(HELD)
        assert bench.wanted.is_set()
        assert bench.kinds() == [(RATING, 2), (TEST, 1), (TEST, 4)]
        assert [record[6] for record in bench.records()[1:]] == [0, 0]
        assert bench.kiosk.health()["totals"] == [0, 1, 0, 0]

    run(Bench(), work)


def test_two_shoppers_at_once_are_two_ratings_that_leave_when_one_lets_go():
    async def work(bench):
        await bench.online()
        await bench.hold(1, 4)
        await bench.later(5000)
        assert bench.talk.next() is None, "it may still become a gesture"
        bench.board.pin(4, 1)
        await bench.later(300)
        assert bench.talk.next()[0] == "up"
        await bench.later(HELD)
        assert bench.kinds() == [(RATING, 1), (RATING, 4)]
        assert bench.kiosk.health()["totals"] == [1, 0, 0, 1]
        assert not bench.wanted.is_set()

    run(Bench(), work)


def test_a_pair_goes_out_after_the_minute_whatever_is_held():
    async def work(bench):
        await bench.online()
        bench.ticks.forward(FIRST - HELD)
        await bench.hold(1, 4)
        await bench.later(HELD + 1000)
        assert not bench.wanted.is_set()
        assert bench.kinds() == [(RATING, 1), (RATING, 4)]
        bench.talk.next()  # a status
        assert bench.talk.next()[0] == "up"

    run(Bench(), work)


def test_in_another_epoch_their_numbers_are_others():
    async def work(bench):
        await bench.hold(1, 4)
        for _ in bench.journal.reopen(1, 0, 0, 0):
            pass
        await bench.later(HELD)
        assert bench.wanted.is_set()
        assert [record[:2] for record in bench.journal.read(3, 9)] == [(RATING, 1), (RATING, 4)]

    run(Bench(), work)


def test_an_outer_press_stays_in_the_kiosk_while_it_may_become_a_test():
    async def work(bench):
        await bench.online()
        await bench.hold(1)
        assert bench.talk.next() is None
        bench.ticks.forward(bench.talk.wait())
        assert bench.talk.next()[0] == "up"
        await bench.hold(4)  # not together: both are what they were
        assert bench.kinds() == [(RATING, 1), (RATING, 4)]

    run(Bench(), work)


def test_two_that_follow_each_other_are_two_ratings():
    async def work(bench):
        await bench.press(1)
        await bench.press(4)
        assert bench.kinds() == [(RATING, 1), (RATING, 4)]
        await bench.later(HELD)
        assert not bench.wanted.is_set()

    run(Bench(), work)


def test_let_go_too_early_or_joined_by_another_it_asks_for_nothing():
    async def work(bench):
        await bench.hold(1, 4)
        await bench.later(HELD - 1500)
        bench.board.pin(4, 1)
        await bench.later(5000)
        assert not bench.wanted.is_set()
        bench.board.pin(1, 1)
        await bench.later(100)
        await bench.hold(1, 4)
        await bench.press(3)
        await bench.later(HELD)
        assert not bench.wanted.is_set()

    run(Bench(), work)


def test_after_the_first_minute_they_are_buttons_like_all_others():
    async def work(bench):
        await bench.later(FIRST + 1000)
        await bench.hold(1, 4)
        await bench.later(2 * HELD)
        assert not bench.wanted.is_set()
        assert bench.kinds()[:2] == [(RATING, 1), (RATING, 4)]

    run(Bench(), work)


def test_buttons_that_something_leans_on_since_the_start_ask_for_nothing():
    async def work(bench):
        await bench.later(HELD * 2)
        assert not bench.wanted.is_set()
        assert bench.kinds() == [(EVENT, STUCK), (EVENT, STUCK)]

    bench = Bench()
    bench.board.levels[0] = bench.board.levels[3] = 0
    run(bench, work)
