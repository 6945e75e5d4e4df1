"""A run: all is started and pressed, the plan happens, all is healed, and the table is compared with the ledger."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

from tests.chaos.fleet import Fleet
from tests.chaos.house import COLLECTORS, House
from tests.chaos.ledger import Difference, Ledger, difference
from tests.chaos.part import Part
from tests.chaos.plan import Fault

#: Seconds that the kiosks get to send what they have once all is well: more than the longest wait between two of their
#: attempts to connect.
DRAIN = 400.0
#: Presses are spread over this part of the time; the rest is for those that a fault delays.
LOADED = 0.85


@dataclass(frozen=True)
class Options:
    """How much of it. Kiosks run in `hosts` processes with `each` in them, and `vms` more in the MicroPython VM.

    Those in hosts who lost their broker in one moment come back within `back_within` seconds: 30 in a shop, here 3, so
    that there is always somebody to lose something to.
    """

    seconds: float = 900
    seed: int = 1
    kills: int = 200
    presses: int = 200_000
    broker: str = "embedded"
    hosts: int = 8
    each: int = 5
    vms: int = 2
    back_within: float = 3.0


@dataclass
class Result:
    """What came of it."""

    options: Options
    ledger: Ledger = field(default_factory=Ledger)
    seconds: float = 0
    #: By victim, and by kind of fault.
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    #: By kiosk, where there is one.
    differences: dict[str, Difference] = field(default_factory=dict)
    #: Ratings that a collector received while its clock was wrong by a day or more.
    mistimed: int = 0
    #: What should all be 0, by what it is.
    oddities: dict[str, int] = field(default_factory=dict)
    #: Exit codes of parts that ended without being killed, by part.
    endings: dict[str, dict[int, int]] = field(default_factory=dict)
    no_small_disk: str = ""

    @property
    def lost(self) -> int:
        return sum(each.lost for each in self.differences.values())

    @property
    def doubled(self) -> int:
        return sum(each.doubled for each in self.differences.values())

    @property
    def well(self) -> bool:
        """Whether nothing was lost, doubled or odd."""
        return not (self.lost or self.doubled or any(self.oddities.values()))

    def __str__(self) -> str:
        options, ledger = self.options, self.ledger
        kills = ", ".join(f"{victim} {times}" for victim, times in sorted(self.kills.items()))
        mistimed = f"{self.mistimed:,} ratings came while it was wrong"
        lines = [
            f"presses    {ledger.pressed:>9,}   by {options.hosts * options.each + options.vms} kiosks",
            f"lit        {ledger.lit:>9,}",
            f"kills      {self.kills.total():>9,}   {kills}",
            f"cuts       {self.faults['cut']:>9,}   of connections, each in the middle of a message",
            f"stalls     {self.faults['stall']:>9,}   of connections",
            f"full       {self.faults['fill']:>9,}   times the disk of the database",
            f"jumps      {self.faults['jump']:>9,}   of a collector's clock, and so of the kiosks'; {mistimed}",
            f"lost       {self.lost:>9,}",
            f"doubled    {self.doubled:>9,}",
            f"seconds    {self.seconds:>9,.0f}   seed {options.seed}, broker {options.broker}",
        ]
        if self.no_small_disk:
            lines.append(f"The disk was not filled, because this machine gives no namespace: {self.no_small_disk}")
        lines += [f"{kiosk}: {each.lost} lost, {each.doubled} doubled" for kiosk, each in self.differences.items()]
        lines += [f"{times} {name}" for name, times in self.oddities.items() if times]
        for part, codes in self.endings.items():
            lines.append(f"{part} ended by itself: " + ", ".join(f"code {c} {n} times" for c, n in codes.items()))
        return "\n".join(lines)


class Trial:
    """A house and its fleet, under load from the first line of the `with` on.

    async with Trial(Options(), folder) as trial:
        await trial.suffer(draw(seed=1, seconds=900, kills=200))
        print(await trial.settle())
    """

    def __init__(
        self, options: Options, folder: Path, say: Callable[[str], None] = print, house: House | None = None
    ) -> None:
        self._options, self._say = options, say
        self._result = Result(options)
        self.ledger = self._result.ledger
        self.house = house or House(folder, options.broker)
        kiosks = options.hosts * options.each + options.vms
        pace = options.presses / (LOADED * options.seconds) / kiosks
        many = {"hosts": options.hosts, "each": options.each, "vms": options.vms}
        how = {"pace": pace, "back_within": options.back_within, "seed": options.seed}
        self.fleet = Fleet(self.house, self.ledger, folder / "kiosks", **many, **how)
        self._begun = time.monotonic()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.house.close)
            credentials = await self.house.open(self.fleet.names)
            stack.push_async_callback(self.fleet.close)
            await self.fleet.open(credentials)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def suffer(self, plan: Iterable[Fault]) -> None:
        """Let a plan happen, and go on until there were presses enough."""
        await self._watched(self._suffer(plan))

    async def pressed(self, more: int) -> None:
        """Wait for so many further presses."""
        enough = self.ledger.pressed + more
        while self.ledger.pressed < enough:
            await asyncio.sleep(0.02)

    async def stored(self) -> None:
        """Wait until every press that has been lit by now is in the table."""
        lit = {kiosk: sum(press.lit for press in self.ledger.presses[kiosk]) for kiosk in self.fleet.names}
        deadline = time.monotonic() + DRAIN
        while missing := await self._missing(lit):
            assert time.monotonic() < deadline, f"{DRAIN:g} s later presses of {', '.join(missing)} are not stored"
            await asyncio.sleep(0.2)

    async def settle(self) -> Result:
        """Heal everything, wait for what the kiosks still have, end all but the database, and compare."""
        house, result = self.house, self._result
        house.heal()
        await self._watched(self.fleet.rest())
        await self._watched(self._drain())
        # What the kiosks have sent, the collectors finish; then nothing moves any more, and it is counted.
        await self.fleet.close()
        codes = await house.end_collectors()
        result.oddities = await asyncio.to_thread(_oddities, house)
        [[result.mistimed]] = await asyncio.to_thread(house.database.rows, _MISTIMED)
        result.oddities["collectors that did not end in order"] = sum(code != 0 for code in codes)
        result.differences = {kiosk: each for kiosk, each in self._differences(await self._stored()) if any(each)}
        result.seconds = time.monotonic() - self._begun
        result.no_small_disk = house.database.no_small_disk
        result.endings = {name: dict(part.endings) for name, part in self._parts() if part.endings}
        # PostgreSQL may: a full disk ends it, and what is left of the one before keeps it from starting for a moment.
        unasked = [codes for name, codes in result.endings.items() if name != "postgres"]
        result.oddities["ends of a collector, a broker or kiosks by themselves"] = sum(sum(c.values()) for c in unasked)
        return result

    def _parts(self) -> Iterator[tuple[str, Part]]:
        yield from self.house.brokers.items()
        yield from self.house.database.parts.items()
        for number, part in enumerate(self.house.collectors, 1):
            yield f"ingest {number}", part
        for number, part in enumerate(self.fleet.hosts, 1):
            yield f"host {number}", part

    async def _suffer(self, plan: Iterable[Fault]) -> None:
        begun = time.monotonic()
        async with asyncio.TaskGroup() as faults:
            for fault in plan:
                await asyncio.sleep(fault.at - (time.monotonic() - begun))
                faults.create_task(self._happen(fault))
        while self.ledger.pressed < self._options.presses:
            await asyncio.sleep(0.2)

    async def _happen(self, fault: Fault) -> None:
        house = self.house
        match fault.what:
            case "kill":
                await self._kill(fault)
                self._result.kills[fault.whom] += 1
            case "cut":
                lines = house.lines[fault.whom]
                lines[fault.which % len(lines)].cut()
            case "stall":
                lines = house.lines[fault.whom]
                lines[fault.which % len(lines)].stall(fault.size)
            case "fill" if house.database.no_small_disk:
                return
            case "fill":
                await house.database.fill_disk(fault.size)
            case "jump":
                house.jump(fault.which, fault.size)
        self._result.faults[fault.what] += 1

    async def _kill(self, fault: Fault) -> None:
        house, fleet = self.house, self.fleet
        match fault.whom:
            case "ingest":
                await house.collectors[fault.which % COLLECTORS].kill()
            case "broker":
                await house.kill_broker(forgets=fault.which % 3 == 0)
            case "postgres":
                await house.database.part.kill()
            case "connection":
                await house.database.kill_connection()
            case "host":
                await fleet.kill_host(fault.which)
            case "vm":
                vm = fleet.vms[fault.which % len(fleet.vms)]
                await vm.wait_until(lambda: vm.front.armed)
                vm.cut()

    async def _drain(self) -> None:
        """Wait until every lit press is in the table, or it is plain that some never come."""
        deadline = time.monotonic() + DRAIN
        while time.monotonic() < deadline:
            if not any(each.lost for _, each in self._differences(await self._stored(), hasty=True)):
                return
            await asyncio.sleep(1)

    async def _watched(self, work: Awaitable[None]) -> None:
        """Say how it goes meanwhile; a part that cannot be kept running ends it."""
        tasks = [asyncio.ensure_future(work), asyncio.ensure_future(self._report())]
        try:
            for done in (await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))[0]:
                done.result()
        finally:
            for task in tasks:
                task.cancel()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(5)
            for _, part in self._parts():
                part.check()
            ledger, result = self.ledger, self._result
            stored = "?"
            with contextlib.suppress(psycopg.Error):
                found = await asyncio.to_thread(self.house.database.rows, "SELECT coalesce(sum(seq), 0) FROM cursor")
                stored = f"{found[0][0]:,}"
            self._say(
                f"{time.monotonic() - self._begun:5.0f} s   {ledger.pressed:>8,} presses   {stored:>8} records taken   "
                f"{result.kills.total():>4} kills   {result.faults['cut']:>4} cuts"
            )

    async def _stored(self) -> dict[str, list[int]]:
        """The buttons of each kiosk's ratings, in the order of its records; waits while the database is away."""
        while True:
            try:
                rows = await asyncio.to_thread(self.house.database.rows, _STORED)
            except psycopg.Error:
                await asyncio.sleep(0.5)
            else:
                return dict(rows)

    async def _missing(self, lit: dict[str, int]) -> list[str]:
        stored = await self._stored()
        return [kiosk for kiosk, presses in lit.items() if len(stored.get(kiosk, ())) < presses]

    def _differences(self, stored: dict[str, list[int]], *, hasty: bool = False) -> list[tuple[str, Difference]]:
        """By kiosk.

        Parameters
        ----------
        hasty: where it is plain by their number that some are missing, do not look which.
        """
        found = []
        for kiosk in self.fleet.names:
            presses, kept = self.ledger.presses[kiosk], stored.get(kiosk, [])
            missing = sum(press.lit for press in presses) - len(kept)
            if hasty and missing > 0:
                found.append((kiosk, Difference(missing, 0)))
            else:
                found.append((kiosk, difference(presses, kept)))
        return found


def _oddities(house: House) -> dict[str, int]:
    [row] = house.database.rows("SELECT " + ", ".join(f"({query})" for query in _ODDITIES.values()))
    return dict(zip(_ODDITIES, map(int, row), strict=True))


_STORED = """
SELECT kiosk_id, array_agg(button ORDER BY cursor.id, rating.seq)
FROM rating JOIN cursor ON cursor.id = cursor_id GROUP BY kiosk_id
"""

_MISTIMED = (
    "SELECT count(*) FROM rating WHERE received_at NOT BETWEEN now() - interval '1 day' AND now() + interval '1 day'"
)

_ODDITIES = {
    "records declared lost": "SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM gap",
    "records or messages put aside": "SELECT count(*) FROM put_aside",
    "journals beyond one a kiosk": "SELECT count(*) - count(DISTINCT kiosk_id) FROM cursor",
    "records that a cursor covers and no table has": """
        SELECT coalesce(sum(abs(seq - rows.number)), 0) FROM cursor, LATERAL (
            SELECT (SELECT count(*) FROM rating WHERE cursor_id = cursor.id)
                 + (SELECT count(*) FROM kiosk_record WHERE cursor_id = cursor.id) AS number) AS rows""",
    "ratings by which the roll-up is wrong": """
        SELECT abs((SELECT count(*) FROM rating) - (SELECT coalesce(sum(counted + marked), 0) FROM rating_hour))""",
}
