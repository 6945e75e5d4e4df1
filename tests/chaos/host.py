"""A process that hosts kiosks: the real firmware on CPython, each with a board, a flash and shoppers of its own.

`python -m tests.chaos.host FOLDER`, with what it is to be in `options.json` there. Whatever ends it is a power cut for
all of them. Standard output goes to the ledger, a line as it happens: `press exit-01 3`, then `lit exit-01 3` once the
thank-you light is on. At `rest` on standard input the shoppers go, and `rested` says that they have; at its end the
process ends.
"""

import asyncio
import json
import os
import random
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tests.chaos.kept_disk import KeptDisk

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware"))

import kiosk.storage
import kiosk.uplink
import kiosk_main
from kiosk.clock import ticks_ms

from simulators.flash import FlashImage
from simulators.flash_image import LittlefsStorage

#: How long a finger stays on a button after the light, and away before the next press, s.
FINGER, LIFTED = 0.01, 0.03
#: Exit codes: the firmware failed, or wanted to start again.
FAILED, RESTARTED = 1, 3


#: The runner's words. The kiosks' own consoles listen at standard input, and would take them.
ORDERS = os.fdopen(os.dup(0))
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


class Board:
    """A board (see firmware/boards) whose light is a line in the ledger."""

    name, buttons, touch, battery_powered = "virtual", 4, False, False

    def __init__(self, kiosk_id: str, serial: str) -> None:
        self._kiosk, self._serial = kiosk_id, serial
        self._levels = [1] * self.buttons
        self.armed, self.lit = asyncio.Event(), asyncio.Event()

    async def press(self, button: int) -> None:
        """Press a button until its light is on."""
        note("press", self._kiosk, button)
        self.lit.clear()
        self._pin(button, 0)
        await self.lit.wait()
        await asyncio.sleep(FINGER)
        self._pin(button, 1)
        await asyncio.sleep(LIFTED)

    def _pin(self, button: int, level: int) -> None:
        self._levels[button - 1] = level
        self._edge(button - 1, level, ticks_ms())

    async def power_on(self, kiosk_id: str) -> None:
        pass

    def arm(self, edge: Any) -> None:
        self._edge = edge
        self.armed.set()

    def level(self, button: int) -> int:
        return self._levels[button]

    def light(self, button: int | None, _level: int) -> None:
        if button:
            note("lit", self._kiosk, button)
            self.lit.set()

    def log(self, line: str) -> None:
        print(f"{self._kiosk}: {line}", file=sys.stderr, flush=True)

    def serial(self) -> str:
        return self._serial

    def reset_cause(self) -> int:
        return 1

    def kept(self) -> bytes:
        return b""

    def woken_by(self) -> list[int]:
        return []

    def signal(self) -> None:
        return None

    battery = resolver = signal

    async def join(self) -> None:
        pass

    async def run(self) -> None:
        pass

    def nothing(self, *_: object) -> None:
        """What this board does not have, or shows to nobody."""

    sound = screen = link = set_clock = start_watchdog = feed = nothing

    def restart(self, fault: Exception | None) -> None:
        if fault:
            traceback.print_exception(fault)
        os._exit(FAILED if fault else RESTARTED)


def note(what: str, kiosk_id: str, button: int) -> None:
    """One write, so that it is in the ledger whole, whatever comes next."""
    os.write(1, f"{what} {kiosk_id} {button}\n".encode())


async def be_kiosk(board: Board, storage: Any) -> None:
    """Run the firmware; what it cannot handle ends the process, as it would start a board anew."""
    try:
        await kiosk_main.run(board, storage, None)
    except Exception as fault:
        board.restart(fault)


async def shop(board: Board, chance: random.Random, pause: float, resting: asyncio.Event) -> None:
    """Press any button now and then.

    Parameters
    ----------
    pause: seconds between two presses, on average.
    """
    await board.armed.wait()
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        if resting.is_set():
            return
        await board.press(chance.randint(1, board.buttons))


async def be_busy(shoppers: list[Coroutine[Any, Any, None]]) -> None:
    """Have people press until all of them have gone."""
    await asyncio.gather(*shoppers)
    os.write(1, b"rested\n")


async def obey(resting: asyncio.Event) -> None:
    """Hear the runner; when it is gone, so are we."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), ORDERS)
    while line := await reader.readline():
        if line == b"rest\n":
            resting.set()
    os._exit(0)


async def host(
    folder: Path, kiosks: dict[str, str], disk: str, pause: float, back_within: float, seed: int, *, rest: bool
) -> None:
    """Switch the kiosks on.

    Parameters
    ----------
    kiosks: id and identity (the text of device.json) of each.
    rest: whether the shoppers have gone already.
    back_within: seconds within which those come back who lost their broker in one moment.
    disk: "flash" is a Pico W's chip with littlefs, one for each; "card" is a disk that forgets what was not synced.
    """
    kiosk.uplink._FELL_TOGETHER = round(back_within * 1000)
    chance, resting = random.Random(seed), asyncio.Event()
    if rest:
        resting.set()
    if disk == "card":
        KeptDisk(folder / "card").put_under(kiosk.storage)
    work, shoppers = [obey(resting)], []
    for kiosk_id, identity in kiosks.items():
        if disk == "card":
            storage = kiosk.storage.Storage(f"/{kiosk_id}")
            kiosk.storage.Storage("").make_folder(kiosk_id)
        else:
            storage = LittlefsStorage(FlashImage(str(folder / f"{kiosk_id}.flash")))
        if storage.read("device.json") is None:
            storage.replace("device.json", identity.encode())
        board = Board(kiosk_id, f"serial of {kiosk_id}" if disk == "card" else "")
        work.append(be_kiosk(board, storage))
        shoppers.append(shop(board, random.Random(chance.random()), pause, resting))
    await asyncio.gather(*work, be_busy(shoppers))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    asyncio.run(host(place, **json.loads((place / "options.json").read_text())))
