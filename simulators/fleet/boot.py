"""One life of a simulated kiosk, from power on to its end: the firmware's parts, connected as `kiosk_main` does it."""

import asyncio
from binascii import a2b_base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from collector.fleet.releases import MANIFEST
from simulators.fleet import days, firmware
from simulators.fleet.faster import FasterClock, FasterConversation, FasterUpdates, FasterUplink
from simulators.fleet.line import BadLine
from simulators.fleet.plan import Behaviour

if TYPE_CHECKING:
    from simulators.fleet.kiosk import Kiosk

#: Why a kiosk starts, as in event 1 of the protocol.
POWER, WATCHDOG, SOFTWARE = 1, 2, 3
#: How soon one ends that cannot run; how long one lives that ends before it has proved itself, which it would have 60 s
#: after the collector's first answer; s.
_DIES_AFTER, _RESETS_AFTER = 1.0, 50.0


class Lit(NamedTuple):
    """A press whose light came on."""

    epoch: int
    seq: int
    button: int


class Boot:
    """One life of a kiosk, from power on to its end."""

    # As `kiosk_main.run` connects them.
    def __init__(self, kiosk: "Kiosk", reset_cause: int) -> None:
        self._kiosk, files = kiosk, kiosk.files
        self._over = asyncio.Event()
        self._ended_by = POWER
        self.slots = firmware.Slots(files)
        self.slots.start()
        if self.slots.on_trial and kiosk.behaviour is Behaviour.UNSTARTABLE:
            self.slots.instead("it cannot be started: ImportError no module named 'kiosk.face'")
        self._identity = firmware.Identity(files)
        self._board = Board(kiosk, self, reset_cause)
        self._clock = firmware.Clock(files)
        self._settings = firmware.Settings(files, ("reasons",))
        self._journal = firmware.Journal(files)
        self._totals = [0] * Board.buttons
        self._last_press: int | None = None
        alive, log = firmware.Alive(self._clock), firmware.Log(self._board, self._clock)
        faster = FasterClock(self._clock, kiosk.speed)
        key = self._identity["key"]
        self.updates = FasterUpdates(
            files, self._journal, faster, self._board, alive, log, self.slots, a2b_base64(key) if key else None,
            sleep=kiosk.pause,
        )  # fmt: skip
        self.updates.speed = kiosk.speed
        commands = firmware.Commands(files, self._clock, self._deeds(log))
        others = [commands, self.updates]
        self.conversation = FasterConversation(
            self._journal, self._clock, self._settings, self._identity, self._health, others
        )
        main, trust = firmware.kiosk_main, (self._identity, self.conversation)
        commands.deeds.update(
            secret=lambda message: main._new_secret(*trust, message),
            ca=lambda message: main._new_ca(*trust, message),
            former=self.updates.go_back,
        )
        self.conversation.hurry(self.updates.health, kiosk.speed)
        self.line = BadLine(self._board, self._identity, self._clock)
        self.line.damages = lambda: kiosk.behaviour is Behaviour.DAMAGED
        self.rest: Any = None
        if kiosk.planned.battery_days is not None:
            self.rest = firmware.Rest(
                self, self._board, self._journal, self._clock, self._settings, self.conversation, self.updates, b""
            )
        self._uplink = FasterUplink(self.conversation, self.line, self._board, alive, log, self.rest)
        self._uplink.speed = kiosk.speed
        self.updates.when_due = self._uplink.notify
        self._when_recorded = self.rest.recorded if self.rest else self._uplink.notify
        self._record(firmware.EVENT, firmware.STARTED, reset_cause)

    async def live(self) -> int:
        """Run until the power goes or the kiosk ends by itself; returns why the next start will be one."""
        works = [self._trouble()]
        if not (self.slots.on_trial and self._kiosk.behaviour is Behaviour.DIES):
            works += [self.updates.run(), self._uplink.run()]
        tasks = [asyncio.create_task(work) for work in works]
        for task in tasks:
            task.add_done_callback(self._failed)
        try:
            await self._over.wait()
        finally:
            self.line.drop()
            await ended(tasks)
        return self._ended_by

    def end(self, cause: int) -> None:
        self._ended_by = cause
        self._over.set()

    def rate(self, button: int) -> Lit | None:
        """Record a press; None where the flash does not take it."""
        if self._over.is_set() or not 1 <= button <= self._settings["buttons"]:
            return None
        # The same shopper twice, or children: as close as in the shop, where a minute may be a second here.
        at = round(self._clock.uptime() * self._kiosk.speed)
        is_repeat = self._last_press is not None and at - self._last_press < self._settings["repeat"]
        asked, _ = self._settings.asked(self._settings.moment(self._clock.utc()))
        seq = self._record(firmware.RATING, button, asked, firmware.REPEAT if is_repeat else 0)
        self._last_press = at
        self._totals[button - 1] += 1
        self._journal.settle()
        return Lit(self._journal.epoch, seq, button)

    # What `kiosk.rest` asks.
    def busy(self) -> bool:
        return False

    def _record(self, kind: int, value: int, extra: int, flags: int = 0) -> int:
        if self._clock.utc() is not None:
            flags |= firmware.CLOCK_WAS_SET
        clock = self._clock
        seq = self._journal.append((kind, value, extra, clock.boot, clock.uptime(), self._settings.version, flags))
        self._when_recorded()
        return int(seq)

    def _health(self) -> dict[str, Any]:
        said = {
            "firmware": self._version(),
            "board": self._board.name,
            "reset": self._board.reset_cause(),
            "totals": self._totals[: self._settings["buttons"]],
            "signal": self._board.signal(),
            "battery": self._board.battery(),
            "fault": self._kiosk.fault,
            "ca": self._identity.trusts,
        }
        of_updates: dict[str, Any] = self.updates.health()
        return {name: value for name, value in said.items() if value} | of_updates

    def _version(self) -> str:
        running = self.slots.running
        manifest = firmware.read_json(self._kiosk.files, firmware.folder(running) + MANIFEST)
        return str(manifest.get("version", firmware.VERSION)) if running else str(firmware.VERSION)

    def _deeds(self, log: Any) -> dict[str, Any]:
        return {
            "identify": lambda _: "It blinks for ten seconds.",
            "self-test": lambda _: firmware.self_test(
                self._board, self._kiosk.files, self._journal, self._settings["buttons"], 0
            ),
            "reboot": lambda _: self._board.restart(None),
            "log": lambda _: log.text(3500),
        }

    async def _trouble(self) -> None:
        """What the world does to a release on trial."""
        if not self.slots.on_trial:
            return
        kiosk = self._kiosk
        match kiosk.behaviour:
            case Behaviour.DIES:
                await asyncio.sleep(_DIES_AFTER / kiosk.speed)
                self.end(WATCHDOG)
            case Behaviour.RESETS:
                await asyncio.sleep(_RESETS_AFTER * kiosk.chance.uniform(0.8, 1) / kiosk.speed)
                self.end(WATCHDOG)
            case Behaviour.SILENT:
                kiosk.cut_power()

    def _failed(self, task: asyncio.Task[None]) -> None:
        # As `kiosk_main` does: the next start tells of it.
        if not task.cancelled() and (fault := task.exception()):
            firmware.note_fault(self._kiosk.files, f"boot {self._clock.boot}: {firmware.described(fault)}")
            self.end(SOFTWARE)


class Board:
    """A board (see firmware/boards) of which only what is told from afar is there."""

    buttons = 4
    touch = False

    def __init__(self, kiosk: "Kiosk", boot: Boot, reset_cause: int) -> None:
        self._kiosk, self._boot, self._reset_cause = kiosk, boot, reset_cause
        self.name = kiosk.planned.board

    def log(self, line: str) -> None:
        """Nobody looks on."""

    def link(self, online: bool) -> None:
        self._kiosk.online = online

    def level(self, _button: int) -> int:
        return 1

    def reset_cause(self) -> int:
        return self._reset_cause

    def signal(self) -> int:
        return -55 - self._kiosk.planned.seed % 7 - int(self._kiosk.chance.random() * 25)

    def battery(self) -> int | None:
        return days.battery(self._kiosk.planned, self._kiosk.now())

    def busy(self) -> bool:
        return False

    def resolver(self) -> None:
        return None

    def set_clock(self, _utc: int) -> None:
        """It is set by whoever runs this."""

    async def join(self) -> None:
        if self._boot.slots.on_trial and self._kiosk.behaviour is Behaviour.UNREACHABLE:
            await asyncio.Event().wait()
        await self._kiosk.until_reachable()

    def restart(self, _fault: Exception | None) -> None:
        self._boot.end(SOFTWARE)
        raise asyncio.CancelledError  # nothing after it is done


async def ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End tasks. (Until Python 3.12 `wait_for` loses a cancellation that comes in one moment with its answer.)"""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1)
