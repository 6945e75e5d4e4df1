"""The promise: the light means it is recorded. Every process but `up` is killed again and again while people press."""

import random
import threading
from pathlib import Path

import pytest

from simulators.floor.press import PressFailed, press
from tests.chaos.ledger import Press, difference
from tests.installation import KIOSKS, Installation
from tests.waiting import until

#: What is killed, by a piece of its command line, and how often.
VICTIMS = {
    "collector ingest": 4,
    "nats-server": 4,
    "postgres -D": 3,
    "micropython_unix": 6,
    "collector jobs": 2,
    "collector live": 1,
    "collector print": 1,
    "collector web": 1,
    "collector simulate floor": 1,
}


class Customer(threading.Thread):
    """Presses the buttons of one kiosk and remembers which press lit its light."""

    def __init__(self, installation: Installation, kiosk: str, seed: int) -> None:
        super().__init__(name=f"customer at {kiosk}")
        self.kiosk = kiosk
        #: In order. Without the light a press may be recorded or not.
        self.presses: list[Press] = []
        self.satisfied = threading.Event()
        self._settings = installation.settings
        self._random = random.Random(seed)

    def run(self) -> None:
        while not self.satisfied.is_set():
            if not self.press():
                self.satisfied.wait(0.1)

    def press(self) -> bool:
        """Press any button; whether its light came on."""
        button = self._random.randint(1, 4)
        try:
            press(self._settings, self.kiosk, button)
        except PressFailed as problem:
            if "just starting" not in str(problem):
                self.presses.append(Press(button, lit=False))
            return False
        self.presses.append(Press(button, lit=True))
        return True


@pytest.mark.parametrize("seed", [20261121])
def test_every_lit_press_is_stored_once_whatever_is_killed(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with Installation(tmp_path) as installation:
        customers = [Customer(installation, kiosk, seed + number) for number, kiosk in enumerate(KIOSKS)]
        for customer in customers:
            customer.start()
        murders = [victim for victim, times in VICTIMS.items() for _ in range(times)]
        chance.shuffle(murders)
        for victim in murders:
            until(lambda: installation.kill(victim), f"a process {victim!r} to kill", seconds=60)  # noqa: B023
            enough = [len(customer.presses) + chance.randint(1, 4) for customer in customers]
            until(
                lambda: all(len(c.presses) >= n for c, n in zip(customers, enough, strict=True)),  # noqa: B023
                f"further presses after the end of {victim!r}",
                seconds=120,
            )
        for customer in customers:
            customer.satisfied.set()
            customer.join()
            # Records arrive in order: once this last one is there, the fate of all before it is settled.
            until(customer.press, f"a last press at {customer.kiosk}", seconds=60)
        until(
            lambda: not any(any(difference(each.presses, stored(installation, each.kiosk))) for each in customers),
            f"every lit press once in the table (seed {seed})",
            seconds=120,
        )
        for customer in customers:
            lit = sum(lit for _, lit in customer.presses)
            assert lit >= len(murders)
            print(f"{customer.kiosk}: {len(customer.presses)} presses, {lit} lit, none lost, none doubled")
        assert installation.end() == 0


def stored(installation: Installation, kiosk: str) -> list[int]:
    """The buttons of a kiosk's ratings, in the order of the feed."""
    return [rating["button"] for rating in installation.ratings() if rating["kiosk"] == kiosk]


def test_nothing_is_left_when_up_itself_is_killed(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.start()
    installation.run("simulate", "press", KIOSKS[0], "1")
    left = installation.kill_up()
    until(lambda: not any(process.is_running() for process in left), "the parts to end with their parent", seconds=60)
    with installation:
        until(lambda: stored(installation, KIOSKS[0]) == [1], "the press from before", seconds=60)
