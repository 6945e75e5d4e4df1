"""What a promotion costs: how long nothing is committed, and how long a press is on its way into the table."""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.chaos.run import Options, Result, Trial
from tests.chaos.stalls import longest
from tests.standby.document import blocks
from tests.standby.house import StandbyHouse
from tests.standby.servers import Servers
from tests.waiting import until


class Gap(NamedTuple):
    """Of one promotion, s."""

    #: From the primary's kill until the document's steps are typed, the last one answered.
    typed: float
    #: From the kill until the collectors' first commit at the new primary.
    committed: float
    #: From press to commit, the longest of those around it.
    pressed: float


class Told(NamedTuple):
    """What came of a run."""

    result: Result
    gaps: list[Gap]

    def __str__(self) -> str:
        lines = ["kill to steps typed, kill to first commit, press to commit at most, s:"]
        lines += [f"{gap.typed:6.1f} {gap.committed:6.1f} {gap.pressed:6.1f}" for gap in self.gaps]
        return "\n".join([str(self.result), *lines])


async def measure(options: Options, folder: Path, times: int) -> Told:
    """Kill the primary under load so many times; each time the other one is promoted and the dead one brought back.

    Nobody is slow: each of the document's steps is typed when the one before has ended.
    """
    servers = Servers(folder / "servers", tls=True)
    try:
        for step in blocks("Setting it up"):
            servers.carry_out(step)
        house = StandbyHouse(folder / "house", servers)
        async with Trial(options, folder, house=house) as trial:
            with house.desk():
                found = [
                    await _lose_primary(trial, house, servers, exchanged=bool(number % 2)) for number in range(times)
                ]
            result = await trial.settle()
            return Told(result, [await _gap(house, each) for each in found])
    finally:
        servers.close()


class _Promotion(NamedTuple):
    """Its moments, s since 1970."""

    killed: float
    typed: float
    committed: float
    over: float


async def _lose_primary(trial: Trial, house: StandbyHouse, servers: Servers, *, exchanged: bool) -> _Promotion:
    dead, new = ("db2", "db1") if exchanged else ("db1", "db2")
    await shown(house, f"standby {new} has what is confirmed")
    await trial.pressed(100)
    watching = asyncio.create_task(asyncio.to_thread(_first_commit, servers, new))
    killed = time.time()
    servers.machines[dead].kill()
    await carry_out(servers, "Promoting it", exchanged=exchanged)
    typed = time.time()
    committed = await watching
    await trial.pressed(100)
    moments = _Promotion(killed, typed, committed, time.time())
    await carry_out(servers, "Bringing the old primary back", 0, 2, exchanged=exchanged)
    await shown(house, f"standby {dead} has what is confirmed")
    return moments


async def _gap(house: StandbyHouse, moments: _Promotion) -> Gap:
    killed, typed, committed, over = moments
    # Of what was pressed just before, some was on its way.
    pressed = await asyncio.to_thread(longest, house, killed - 5, over)
    return Gap(typed - killed, committed - killed, pressed)


def _first_commit(servers: Servers, name: str) -> float:
    """When the first batch is there that the standby did not have when it became the primary, s since 1970."""
    where = servers.machines[name].environment
    with psycopg.connect(
        host=where["PGHOST"], port=where["PGPORT"], user="postgres", dbname="smilepost", autocommit=True
    ) as connection:

        def newest() -> int | None:
            [(is_standby, batch)] = connection.execute(_NEWEST).fetchall()
            return None if is_standby else batch

        before = until(newest, "the promotion")
        until(lambda: (newest() or 0) > before, "a commit")
        return time.time()


async def carry_out(servers: Servers, title: str, *which: int, exchanged: bool = False) -> None:
    """Type what the document says below one of its headings, all of it or some.

    Parameters
    ----------
    exchanged: whether the two have changed places.
    """
    steps = blocks(title)
    for number in which or range(len(steps)):
        step = steps[number].exchanged() if exchanged else steps[number]
        await asyncio.to_thread(servers.carry_out, step)


async def shown(house: StandbyHouse, what: str) -> None:
    """Wait until `smilepost doctor` says so."""
    await asyncio.to_thread(until, lambda: house.says(what), what, 60)


_NEWEST = "SELECT pg_is_in_recovery(), (SELECT coalesce(max(id), 1) FROM batch)"
