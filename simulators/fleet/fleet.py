"""All kiosks of a fleet, and their days: what happens when, in which shop."""

import asyncio
import base64
import contextlib
import heapq
import itertools
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE, broker_of
from collector.settings import Settings
from simulators.flash_image import read_file, write_file
from simulators.fleet.boot import ended
from simulators.fleet.days import Happening, What, happenings
from simulators.fleet.files import Files
from simulators.fleet.kiosk import Kiosk
from simulators.fleet.plan import Behaviour, Planned
from simulators.virtual_kiosk import VirtualKiosk

#: After so many kiosks whose days were drawn the others have their turn.
_AT_ONCE = 20


class Fleet:
    """Kiosks that speak the protocol, in this process, and some that are the real firmware in VMs.

    Parameters
    ----------
    credentials: what each of them signs in with, see `enrol_all`.
    speed: how much faster than in reality a shop's day passes, and a kiosk's waiting (see `fleet.kiosk`).
    begin: when the shops' days begin; without it no shopper comes, and nothing goes wrong by itself.
    vms: kiosks that run in a VM each.
    folder: where flashes are kept: those of the VMs, and the others' from `stop` to the next `start`.
    """

    def __init__(
        self,
        settings: Settings,
        planned: Sequence[Planned],
        credentials: Mapping[str, Credentials],
        *,
        speed: float = 1.0,
        begin: datetime | None = None,
        vms: Sequence[Planned] = (),
        folder: Path | None = None,
    ) -> None:
        self._broker, self._credentials, self._folder = broker_of(settings), credentials, folder
        self._planned, self._planned_vms = planned, vms
        self._speed, self._begin = speed, begin
        self._tasks: list[asyncio.Task[None]] = []
        self._presses: set[asyncio.Task[bool]] = set()
        self.kiosks: dict[str, Kiosk] = {}
        self.vms: dict[str, VirtualKiosk] = {}

    async def start(self) -> None:
        """Give all of them power."""
        self.began = datetime.now(UTC)
        for each in self._planned:
            files = Files(saved(self._folder, each.kiosk))
            self.kiosks[each.kiosk] = Kiosk(each, files, self._identity(each, files), self._speed, self._now)
        for kiosk in self.kiosks.values():
            self._tasks.append(asyncio.create_task(kiosk.run(), name=f"kiosk {kiosk.planned.kiosk}"))
        for each in self._planned_vms:
            assert self._folder  # noqa: S101 - the flash of a VM is a file
            image = self._folder / f"{each.kiosk}.flash"
            await asyncio.to_thread(self._equip, each, image)
            self.vms[each.kiosk] = VirtualKiosk(each.kiosk, image)
            await self.vms[each.kiosk].plug_in()
        if self._begin:
            self._tasks.append(asyncio.create_task(self._live(self._begin), name="days"))

    async def rest(self) -> None:
        """Let the shoppers go and mend everything, so that all that was lit can arrive."""
        days = [task for task in self._tasks if task.get_name() == "days"]
        await _end(days)
        await asyncio.gather(*self._presses)
        for kiosk in self.kiosks.values():
            kiosk.mend_line()
            kiosk.give_power()
            kiosk.report()

    async def stop(self) -> None:
        """Take all power away."""
        await _end(self._tasks)
        await asyncio.gather(*(vm.pull_plug() for vm in self.vms.values()))
        if self._folder:
            for kiosk_id, kiosk in self.kiosks.items():
                save(self._folder, kiosk_id, kiosk.files.content())

    @property
    def lit(self) -> int:
        """How many presses were lit."""
        return sum(len(each.lit) for each in self.kiosks.values()) + sum(len(each.lit) for each in self.vms.values())

    @property
    def online(self) -> int:
        return sum(each.online for each in self.kiosks.values()) + sum(each.front.online for each in self.vms.values())

    @property
    def resting(self) -> int:
        """How many have switched their radio off."""
        return sum(each.is_resting for each in self.kiosks.values())

    @property
    def on_their_way(self) -> int:
        """How many records the collector has not confirmed, by the kiosks that have power; VMs do not tell."""
        return sum(each.on_its_way for each in self.kiosks.values())

    def releases(self) -> dict[int, int]:
        """How many run which release."""
        numbers = sorted(each.release for each in self.kiosks.values())
        return {number: len(list(some)) for number, some in itertools.groupby(numbers)}

    def _now(self) -> datetime:
        """The time in the shops."""
        now = datetime.now(UTC)
        return self._begin + (now - self.began) * self._speed if self._begin else now

    def _identity(self, planned: Planned, files: Files) -> bytes:
        """The text of its device.json; one that has it keeps what the collector has told it since."""
        key = self._broker.key
        if planned.behaviour is Behaviour.KEYLESS:
            key = ""
        elif planned.behaviour is Behaviour.STRANGER:
            key = base64.b64encode(secrets.token_bytes(32)).decode()
        known, broker = self._credentials[planned.kiosk], msgspec.structs.replace(self._broker, key=key)
        made = broker.identity(known.kiosk, known.number, known.secret)
        wanted: dict[str, Any] = msgspec.to_builtins(made)
        kept = json.loads(files.read(FILE) or b"{}")
        if kept.get("n") == wanted["n"]:
            wanted = {**wanted, **kept, "host": wanted["host"], "port": wanted["port"], "tls": made.tls, "key": key}
        return json.dumps(wanted).encode()

    def _equip(self, planned: Planned, image: Path) -> None:
        image.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = Files()
        with contextlib.suppress(FileNotFoundError):
            files.replace(FILE, read_file(image, FILE))
        write_file(image, FILE, self._identity(planned, files))

    async def _live(self, begin: datetime) -> None:
        """Let happen what happens, each thing at its time."""
        due: list[tuple[datetime, int, Happening]] = []
        everybody = [*self._planned, *self._planned_vms]
        streams = []
        for number, each in enumerate(everybody):
            streams.append(happenings(each, begin))
            first = next(streams[number])
            heapq.heappush(due, (first.at, number, first))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        while due:
            at, number, happening = heapq.heappop(due)
            wait = (at - self._now()).total_seconds() / self._speed
            if wait > 0:
                await asyncio.sleep(wait)
            self._happen(everybody[number].kiosk, happening)
            following = next(streams[number])
            heapq.heappush(due, (following.at, number, following))

    def _happen(self, kiosk_id: str, happening: Happening) -> None:
        if kiosk_id in self.kiosks:
            self.kiosks[kiosk_id].happen(happening.what, happening.button)
            return
        vm = self.vms[kiosk_id]
        match happening.what:
            case What.PRESS if vm.front.armed:
                press = asyncio.create_task(vm.press(happening.button))
                self._presses.add(press)
                press.add_done_callback(self._presses.discard)
            case What.POWER_DOWN:
                vm.cut()


@contextlib.contextmanager
def at_work(fleet: Fleet) -> Iterator[Callable[[Callable[[], object]], None]]:
    """A fleet in a thread of its own, for a program without a loop.

    Gives a function that has something done in that thread: `do(kiosk.cut_line)`.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fleet")
    thread.start()

    def do(deed: Callable[[], object]) -> None:
        async def done() -> None:
            deed()

        asyncio.run_coroutine_threadsafe(done(), loop).result()

    try:
        asyncio.run_coroutine_threadsafe(fleet.start(), loop).result()
        yield do
    finally:
        asyncio.run_coroutine_threadsafe(fleet.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def saved(folder: Path | None, kiosk_id: str) -> dict[str, bytes]:
    """What is kept of a kiosk's flash."""
    path = folder / f"{kiosk_id}.files" if folder else None
    if not path or not path.exists():
        return {}
    return msgspec.msgpack.decode(path.read_bytes(), type=dict[str, bytes])


def save(folder: Path, kiosk_id: str, content: dict[str, bytes]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{kiosk_id}.new"
    draft.write_bytes(msgspec.msgpack.encode(content))
    draft.replace(folder / f"{kiosk_id}.files")


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    await ended(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()
