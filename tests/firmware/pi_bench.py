"""A Raspberry Pi on the desk: its whole program, with gpiozero's mock pins and a page at a free port."""

import asyncio
import json
import threading
from contextlib import contextmanager

import kiosk_main
from boards.raspberry_pi import BUTTONS, LIGHTS, Board
from gpiozero.pins.mock import MockFactory, MockPWMPin
from kiosk.journal import Journal
from kiosk.storage import Storage

from tests.waiting import until

IDENTITY = {"kiosk": "exit-1", "host": "127.0.0.1", "port": 1, "n": 1, "secret": "secret", "tls": False}
SETTINGS = {
    "languages": ["uk", "en"],
    "bad": [3, 4],
    "question": {"uk": "Як вам сьогодні у нас?", "en": "How was your visit today?"},
    "thanks": {"uk": "Дякуємо!", "en": "Thank you!"},
    "tell": {"uk": "Розкажіть, що пішло не так", "en": "Tell us what went wrong"},
    "did": {"uk": "Ви просили, ми зробили: третя каса", "en": "You said, we did: a third till"},
    "reasons": {
        "good": [{"uk": "Швидко", "en": "Quick"}, {"uk": "Вибір", "en": "Choice"}],
        "bad": [
            {"uk": "Довга черга", "en": "Long queue"},
            {"uk": "Обслуговування", "en": "Service"},
            {"uk": "Не було товару", "en": "Out of stock"},
            {"uk": "Ціна або чек", "en": "Price or receipt"},
            {"uk": "Якість", "en": "Quality"},
            {"uk": "Чистота", "en": "Cleanliness"},
        ],
    },
}


def furnish(folder, **settings):
    """Put into a kiosk's folder what lasts: who it is, and what the shop has set."""
    (folder / "device.json").write_text(json.dumps(IDENTITY))
    (folder / "settings.json").write_text(json.dumps({"version": 3, "settings": {**SETTINGS, **settings}}))


def recorded(folder):
    """Return the records in the journal of a kiosk that does not run."""
    journal = Journal(Storage(str(folder)))
    return journal.read(journal.held, 1000)


@contextmanager
def in_a_thread():
    """An event loop that runs beside the test; whatever it was asked to do has to come to an end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
        until(lambda: not asyncio.all_tasks(loop), "the end of all tasks")
    finally:
        asyncio.run_coroutine_threadsafe(_end(asyncio.all_tasks(loop)), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def mock_pins():
    return MockFactory(pin_class=MockPWMPin)


class _Board(Board):
    """Keeps what prints beside it at hand."""

    beside = None

    def printing(self, storage, clock, log):
        self.beside = super().printing(storage, clock, log)
        return self.beside


class Terminal:
    """A Raspberry Pi's program, running; nobody answers at its collector's address."""

    def __init__(self, folder, loop, touch):
        self._pins, self._loop = mock_pins(), loop
        self.board = _Board(touch=touch, port=0, pins=self._pins)
        self._life = asyncio.run_coroutine_threadsafe(kiosk_main.run(self.board, Storage(str(folder)), None), loop)
        until(lambda: self.board.page.picture["kind"] == "rest" or self._life.done(), "the question")
        self._tasks = asyncio.all_tasks(loop)

    @property
    def printing(self):
        """The printer beside it; None: there is none."""
        return self.board.beside

    @property
    def lit(self):
        """The levels (0 … 1) at which each button's light has come on, one list a button."""
        return [[change.state for change in self._pins.pin(number).states if change.state] for number in LIGHTS]

    def down(self, button):
        self._pins.pin(BUTTONS[button - 1]).drive_low()

    def up(self, button):
        self._pins.pin(BUTTONS[button - 1]).drive_high()

    def pin(self, number):
        return self._pins.pin(number)

    def press(self, button):
        """Press a button until its light comes on."""
        before = len(self.lit[button - 1])
        self.down(button)
        until(lambda: len(self.lit[button - 1]) > before, f"the light of button {button}")
        self.up(button)

    def end(self):
        """Stop the program; whoever looks at its page has to be gone."""
        if self.board.touch:
            self._loop.call_soon_threadsafe(self.board.page.close)
        until(self._ended, "the end of the program")

    def _ended(self):
        # More than once: before Python 3.12 a task that waits for an event with a timeout may miss being cancelled.
        for task in self._tasks:
            self._loop.call_soon_threadsafe(task.cancel)
        return all(task.done() for task in self._tasks)


@contextmanager
def terminal(folder, touch=False, **settings):
    """A kiosk that has power within the block, and runs on the files in `folder`."""
    furnish(folder, **settings)
    with in_a_thread() as loop:
        kiosk = Terminal(folder, loop, touch)
        try:
            yield kiosk
        finally:
            kiosk.end()
