"""One kiosk: the firmware's own conversation, journal, updates and slots, in a world that is simulated.

What is left out is what nobody sees from afar: pins, screen, watchdog. A press goes into the journal at once, and is
lit when it is there.

Everything that is told to the collector is told in real time, so that no rating is dated wrongly. What a shopper or a
technician would wait for (a minute without a press, a trial, the pause before the next try) passes `speed` times as
fast.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from simulators.fleet import firmware
from simulators.fleet.boot import POWER, Boot, Lit
from simulators.fleet.days import What
from simulators.fleet.files import Files
from simulators.fleet.plan import Behaviour, Planned, chance_of

#: Without power before a kiosk starts again by itself, s.
_REBOOT = 2.0
#: So many times slower than others.
_SLOW = 30
#: No shorter pause than this for what takes a second or more, s: a thousand kiosks look at their clocks.
_LOOK = 0.2


class Kiosk:
    """A kiosk that speaks the whole protocol.

    Parameters
    ----------
    files: its flash, with what it had before on it.
    identity: who it is and where its broker is: the text of device.json.
    speed: how much faster than in reality it is waited.
    now: the time in its shop, by which its battery gets older.
    """

    def __init__(
        self,
        planned: Planned,
        files: Files,
        identity: bytes,
        speed: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.planned, self.files, self.speed, self.now = planned, files, speed, now
        self.behaviour = planned.behaviour
        #: What the world may rely on, in order.
        self.lit: list[Lit] = []
        #: Presses that found it without power.
        self.unlit = 0
        self.online = False
        self.chance = chance_of(planned.seed, planned.kiosk)
        self._power, self._network = asyncio.Event(), asyncio.Event()
        self._power.set()
        self._network.set()
        self._reset_cause = POWER
        self._boot: Boot | None = None
        self._newest: Boot | None = None  # also when that is over
        files.replace(firmware.IDENTITY, identity)

    @property
    def release(self) -> int:
        """The number of the release that runs; 0 is what a technician has installed."""
        return int(self._newest.slots.number) if self._newest else 0

    @property
    def update(self) -> str:
        """The sentence that it says of an update; empty where there is nothing to say."""
        return str(self._newest.updates.health().get("update", "")) if self._newest else ""

    @property
    def on_its_way(self) -> int:
        """How many records the collector has not confirmed."""
        return int(self._newest.conversation.unsent) if self._newest else 0

    @property
    def fault(self) -> str:
        """The last exception of the firmware, where there was one."""
        return (self.files.read(firmware.FAULT) or b"").decode()

    async def run(self) -> None:
        """Be a kiosk until cancelled: it runs while there is power, and starts again when it ends by itself."""
        while True:
            await self._power.wait()
            self.files.is_full = self.behaviour is Behaviour.FULL
            self.files.is_worn = self.behaviour is Behaviour.WORN
            self._boot = self._newest = Boot(self, self._reset_cause)
            self._reset_cause = POWER
            try:
                self._reset_cause = await self._boot.live()
            finally:
                self._boot, self.online = None, False
            await asyncio.sleep(_REBOOT / self.speed)

    def press(self, button: int) -> bool:
        """Press a button; whether the thank-you light came on."""
        lit = self._boot.rate(button) if self._boot else None
        if lit is None:
            self.unlit += 1
            return False
        self.lit.append(lit)
        return True

    def cut_power(self) -> None:
        """Pull its plug, until `give_power`."""
        self._power.clear()
        if self._boot:
            self._boot.end(POWER)

    def give_power(self) -> None:
        self._power.set()

    def cut_line(self) -> None:
        """Take its network away, in the middle of whatever it says, until `mend_line`."""
        self._network.clear()
        if self._boot:
            self._boot.line.drop()

    def mend_line(self) -> None:
        self._network.set()

    def happen(self, what: What, button: int = 0) -> None:
        """Let one of its day's happenings happen."""
        match what:
            case What.PRESS:
                self.press(button)
            case What.LINE_DOWN:
                self.cut_line()
            case What.LINE_UP:
                self.mend_line()
            case What.POWER_DOWN:
                self.cut_power()
            case What.POWER_UP:
                self.give_power()

    @property
    def is_resting(self) -> bool:
        """Whether it is on batteries and has switched its radio off."""
        return self._boot is not None and self.planned.battery_days is not None and not self.online

    def report(self) -> None:
        """Let one on batteries tell what it has now, not when that is worth the current."""
        if self._boot and self._boot.rest:
            self._boot.rest.urgent = True
            self._boot.rest.recorded()

    async def until_reachable(self) -> None:
        """Wait for the network."""
        await self._network.wait()

    async def pause(self, seconds: float) -> None:
        """Wait as the kiosk would, faster."""
        if self.behaviour is Behaviour.SLOW:
            seconds *= _SLOW
        waited = seconds / self.speed
        await asyncio.sleep(max(waited, min(seconds, _LOOK)) if seconds >= 1 else waited)
