"""The installation, its fleet, and the shoppers who press whatever happens."""

import asyncio
import base64
import contextlib
import random
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.clock import now
from collector.database import connect, make_engine
from collector.fleet.registry.enrolment import retire
from collector.fleet.releases import KEPT_KEY, publish
from provisioning.release import Release
from simulators.fleet import Behaviour, Fleet, at_work, enrol_all, plan
from tests.collector.releases import KEY, PUBLIC, archive, manifest_of
from tests.installation import KIOSKS, Installation
from tests.rollout import firmware
from tests.waiting import until

#: What a VM runs when this begins; the other kiosks run what a technician has installed.
BEFORE = 10
#: A minute of waiting is a second.
SPEED = 60.0
#: The board of the kiosks that speak the protocol.
BOARD = "pico_w"
#: Seconds between two presses in all shops.
PAUSE = 0.1


@dataclass(frozen=True)
class Scale:
    """How large a story is."""

    kiosks: int
    vms: int
    #: How many kiosks there are for each trouble that an update can meet.
    troubled: int
    #: What the bad release does to so many of the VMs, one after the other.
    faults: tuple[str, ...]
    #: Seconds after which a kiosk counts as silent, and within which it has to begin: it lives sixty times as fast.
    silence: int = 15
    patience: int = 6
    #: How many are offered the bad release at a time: the more, the more there is to see when it halts.
    at_once: int = 50
    seed: int = 1
    #: Troubles that nobody has: one without a key is found out with its second status, a minute later.
    without: tuple[Behaviour, ...] = ()


@dataclass
class House:
    """An installation at work, with its fleet in this process.

    Parameters
    ----------
    do: has something done where the fleet is.
    """

    installation: Installation
    scale: Scale
    fleet: Fleet
    do: Callable[[Callable[[], object]], None]
    folder: Path
    #: By VM, what the bad release does to it.
    faults: dict[str, str]
    _chance: random.Random = field(default_factory=lambda: random.Random(1))
    _pressing: dict[str, asyncio.Task[bool]] = field(default_factory=dict)

    def publish(self, number: int, virtual: Release) -> None:
        """Publish a release for both boards."""
        engine = make_engine(self.installation.settings)
        with engine.begin() as connection:
            publish(connection, archive(manifest_of(number, BOARD)), PUBLIC)
            publish(connection, archive(virtual.manifest, virtual.files), PUBLIC)
        engine.dispose()

    def rows(self, query: str, *values: object) -> list[Any]:
        with connect(self.installation.settings, autocommit=True) as database:
            return database.execute(query.encode(), values).fetchall()

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Shoppers come and press, here and there."""
        closed = threading.Event()

        def shop() -> None:
            while not closed.wait(PAUSE):
                self.do(self._press)

        shoppers = threading.Thread(target=shop, name="shoppers")
        shoppers.start()
        try:
            yield
        finally:
            closed.set()
            shoppers.join()

    def _press(self) -> None:
        name = self._chance.choice([*self.fleet.kiosks, *self.fleet.vms])
        button = self._chance.randint(1, 4)
        if name in self.fleet.kiosks:
            self.fleet.kiosks[name].press(button)
            return
        vm, before = self.fleet.vms[name], self._pressing.get(name)
        if vm.front.armed and (before is None or before.done()):
            press: Coroutine[Any, Any, bool] = vm.press(button)
            self._pressing[name] = asyncio.get_running_loop().create_task(press)


@contextlib.contextmanager
def house(folder: Path, scale: Scale) -> Iterator[House]:
    """Everything at work, and all kiosks online."""
    well = {Behaviour.TAKES, Behaviour.SLOW, *scale.without}
    troubles = {each: scale.troubled for each in Behaviour if each not in well}
    planned = plan(scale.kiosks, scale.seed, troubles=troubles, batteries=0, board=BOARD)
    vms = plan(scale.vms, scale.seed, batteries=0, prefix="simvm-")
    before = firmware.release(folder / "before", BEFORE, KEY)
    for each in vms:
        firmware.install(folder / "flash" / f"{each.kiosk}.flash", before, BEFORE)
    with Installation(folder / "data") as installation:
        settings = installation.settings
        engine = make_engine(settings)
        with engine.begin() as connection:
            for kiosk in KIOSKS:  # the floor's own are not of this story
                retire(connection, kiosk, now(settings))
            credentials = enrol_all(connection, settings, [*planned, *vms])
        engine.dispose()
        (settings.data / KEPT_KEY).write_text(base64.b64encode(PUBLIC).decode())
        fleet = Fleet(settings, planned, credentials, speed=SPEED, vms=vms, folder=folder / "flash")
        with at_work(fleet) as do:
            faults = {each.kiosk: fault for each, fault in zip(vms, scale.faults, strict=False)}
            made = House(installation, scale, fleet, do, folder, faults)
            everybody = len(planned) + len(vms)
            until(lambda: fleet.online == everybody, "all kiosks to be online", 120)
            yield made
