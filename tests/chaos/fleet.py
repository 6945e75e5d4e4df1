"""The kiosks seen from outside: hosts of many, two in the real MicroPython VM, and whoever presses them."""

import asyncio
import json
import random
import signal
import sys
from pathlib import Path

import msgspec

from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE, Broker
from collector.settings import BrokerAddress
from simulators.flash import FlashImage
from simulators.flash_image import write_file
from simulators.virtual_kiosk import VirtualKiosk
from tests.chaos.house import House
from tests.chaos.ledger import Ledger
from tests.chaos.part import Part

#: The file in which a host finds what it is to be.
OPTIONS = "options.json"
#: Kinds of flash that the hosts have by turns, see `tests.chaos.host`.
DISKS = ("flash", "card")
#: What a press takes beside the pause before it, s; a little more under load.
_PRESS = 0.05


class Fleet:
    """All kiosks of a run.

    Parameters
    ----------
    hosts, each: how many processes, and how many kiosks in each of them.
    vms: how many kiosks run in the MicroPython VM.
    pace: presses per second that each kiosk should get.
    back_within: seconds within which those in hosts come back who lost their broker in one moment.
    """

    def __init__(
        self,
        house: House,
        ledger: Ledger,
        folder: Path,
        *,
        hosts: int,
        each: int,
        vms: int,
        pace: float,
        back_within: float,
        seed: int,
    ) -> None:
        self._house, self._ledger, self._folder = house, ledger, folder
        self._groups = [[f"host-{host}-{number}" for number in range(1, each + 1)] for host in range(1, hosts + 1)]
        self._vm_names = [f"vm-{number}" for number in range(1, vms + 1)]
        self._pause, self._back_within = max(0.01, 1 / pace - _PRESS), back_within
        self._chance = random.Random(seed)
        self._customers: list[asyncio.Task[None]] = []
        self._resting = asyncio.Event()
        self._pressed, self._rested = ([asyncio.Event() for _ in self._groups] for _ in range(2))
        self.hosts: list[Part] = []
        self.vms: list[VirtualKiosk] = []

    @property
    def names(self) -> list[str]:
        """The kiosks' ids."""
        return [name for group in self._groups for name in group] + self._vm_names

    async def open(self, credentials: dict[str, Credentials]) -> None:
        """Give all of them power; shoppers come at once."""
        for number, group in enumerate(self._groups):
            self.hosts.append(await self._host(number, [credentials[name] for name in group]))
            await self.hosts[-1].start()
        for name in self._vm_names:
            address = await self._house.line_for_kiosks()
            image = self._folder / f"{name}.flash"
            write_file(image, FILE, self._identity(credentials[name], address))
            self.vms.append(VirtualKiosk(name, image))
            await self.vms[-1].plug_in()
            self._customers.append(asyncio.create_task(self._shop(self.vms[-1])))

    async def kill_host(self, which: int) -> None:
        """`kill -9` a host: by turns at any moment, and while a press is on its way to flash."""
        number = which % len(self.hosts)
        if which // len(self.hosts) % 2:
            self._pressed[number].clear()
            await self._pressed[number].wait()
        await self.hosts[number].kill()

    async def rest(self) -> None:
        """Let the shoppers go; each finishes the press that is under way."""
        self._resting.set()
        for host in self.hosts:
            host.say("rest")
        await asyncio.gather(*self._customers, *[rested.wait() for rested in self._rested])

    async def close(self) -> None:
        """Take all power away."""
        self._resting.set()
        for host in self.hosts:
            await host.end(signal.SIGKILL)
        for customer in self._customers:
            customer.cancel()
        await asyncio.gather(*(vm.pull_plug() for vm in self.vms))

    def _identity(self, known: Credentials, at: BrokerAddress) -> bytes:
        """The text of a kiosk's device.json."""
        broker = Broker(at.host, at.port, at.tls, self._house.trusted)
        return msgspec.json.encode(broker.identity(known.kiosk, known.number, known.secret))

    async def _host(self, number: int, credentials: list[Credentials]) -> Part:
        address = await self._house.line_for_kiosks()
        folder = self._folder / f"host-{number + 1}"
        folder.mkdir(parents=True)
        disk = DISKS[number % len(DISKS)]
        if disk == "flash":
            for each in credentials:
                FlashImage(str(folder / f"{each.kiosk}.flash")).close()
        kiosks = {each.kiosk: self._identity(each, address).decode() for each in credentials}
        options = {"kiosks": kiosks, "disk": disk, "pause": self._pause, "back_within": self._back_within}

        def command() -> list[str]:
            mood = {"seed": self._chance.getrandbits(32), "rest": self._resting.is_set()}
            (folder / OPTIONS).write_text(json.dumps({**options, **mood}))
            return [sys.executable, "-m", "tests.chaos.host", str(folder)]

        def hear(line: str) -> None:
            if line.strip() == "rested":
                self._rested[number].set()
                return
            self._ledger.note(line)
            if line.startswith("press"):
                self._pressed[number].set()

        return Part(command, self._house.logs / f"host-{number + 1}.log", hear)

    async def _shop(self, kiosk: VirtualKiosk) -> None:
        chance = random.Random(self._chance.getrandbits(32))
        while not self._resting.is_set():
            await asyncio.sleep(chance.expovariate(1 / self._pause))
            await kiosk.wait_until(lambda: kiosk.front.armed)
            before, button = len(kiosk.lit), chance.randint(1, 4)
            if not await kiosk.press(button) and kiosk.front.armed:
                # A machine under load can take the finger down and up in one moment, which is a spark and no press. Or
                # the light is only late: so that it is not taken for that of the next press, the kiosk is switched off.
                kiosk.cut()
                await kiosk.wait_until(lambda: not kiosk.front.armed)
            self._ledger.press(kiosk.name, button, lit=len(kiosk.lit) > before)
