"""A board that does not know who it is: it waits for a technician with a cable. This is loaded in place of the kiosk.

It records nothing and thanks nobody, for nobody could say whose ratings that were.
"""

import asyncio

from kiosk.alive import WINDOW
from kiosk.clock import Clock
from kiosk.console import ATTENDED, Console
from kiosk.log import Log
from kiosk.power import LONGEST_SLEEP
from kiosk.reset import MARK

NAME = "smilepost"  # in the network, until it has one of its own
BLINK, PAUSE = 0.1, 2  # s: a wink, so that nobody takes it for dead, and not for thanks either


async def wait(board, storage, why):
    """Answer the console until the power goes.

    why: what is the matter with the identity, a sentence.
    """
    await board.power_on(NAME)
    clock = Clock(storage)
    log = board.tell = Log(board, clock)
    log("waits for a technician: %s" % why)

    def erase():
        storage.replace(MARK, b"")
        board.restart(None)

    console = Console(board=board, storage=storage, clock=clock, log=log, why=why, erase=erase)
    asked = [0]  # when

    def note():
        asked[0] = clock.uptime()

    console.when_asked = note
    console.tell("waiting", why=why)
    await asyncio.gather(board.run(), console.run(), _wink(board, clock, asked))


async def _wink(board, clock, asked):
    guarded = False
    while True:
        await asyncio.sleep(PAUSE)
        now = clock.uptime()
        if not guarded and now >= WINDOW:
            board.start_watchdog()
            guarded = True
        if guarded:
            board.feed()
        if now - asked[0] >= ATTENDED and board.battery_powered:
            board.sleep(LONGEST_SLEEP * 60, b"")  # until a button is pressed: an empty cell helps nobody
        if not asked[0] or now - asked[0] >= ATTENDED:  # the lights are the technician's meanwhile
            board.light(1, 100)
            await asyncio.sleep(BLINK)
            board.light(None, 0)
