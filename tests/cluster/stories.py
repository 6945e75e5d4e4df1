"""What happens to a cluster under load, story by story."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.run import Options, Result, Trial
from tests.cluster.house import ClusterHouse
from tests.cluster.stalls import longest

#: Seconds that a kiosk may need: the broker's silence that it bears (20), its way back (5), and some on a machine whose
#: cores three nodes, two collectors, a database and all kiosks share.
STALL = 30.0


@dataclass
class Told:
    """What came of a run."""

    result: Result
    #: Seconds from press to table, the longest, by story.
    stalls: dict[str, float] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return self.result.well and max(self.stalls.values()) < STALL

    def __str__(self) -> str:
        lines = [f"{seconds:6.1f} s  longest from press to table: {name}" for name, seconds in self.stalls.items()]
        return "\n".join([str(self.result), *lines])


class Stage:
    """A cluster under load, and what can happen to it."""

    def __init__(self, trial: Trial, house: ClusterHouse, say: Callable[[str], None]) -> None:
        self.trial, self.house, self._say = trial, house, say
        self._begun: dict[str, tuple[float, float]] = {}

    @property
    def spans(self) -> dict[str, tuple[float, float]]:
        """When each story began and ended, s since 1970."""
        return self._begun

    async def tell(self, name: str, story: Callable[["Stage"], Awaitable[None]]) -> None:
        """Let it happen, and wait until all is whole again and people have pressed on."""
        begun = time.time()
        await story(self)
        await self.house.whole()
        await self.trial.pressed(50)
        self._begun[name] = begun, time.time()
        self._say(f"{name}: {time.time() - begun:.0f} s")


async def nothing(stage: Stage) -> None:
    await stage.trial.pressed(100)


async def leader_dies(stage: Stage) -> None:
    await stage.house.brokers[await stage.house.leader()].kill()


async def other_node_dies(stage: Stage) -> None:
    leader = await stage.house.leader()
    await stage.house.brokers[next(name for name in stage.house.nodes if name != leader)].kill()


async def collector_dies(stage: Stage) -> None:
    for collector in stage.house.collectors:
        await collector.kill()
        await stage.trial.pressed(30)


async def cluster_is_cut_in_two(stage: Stage) -> None:
    """The leader is on the smaller side."""
    leader = await stage.house.leader()
    await stage.house.cut_off(leader)
    await stage.trial.pressed(60)
    await stage.house.heal_cut(leader)


async def rolling_restart(stage: Stage) -> None:
    house = stage.house
    for name in house.nodes:
        await house.restart(house.brokers[name])
        await house.whole()
    for collector in house.collectors:
        await house.restart(collector)
        await stage.trial.pressed(30)


STORIES = {
    "nothing": nothing,
    "the queue's leader is killed": leader_dies,
    "another node is killed": other_node_dies,
    "each collector is killed": collector_dies,
    "the cluster is cut in two": cluster_is_cut_in_two,
    "nodes and collectors are restarted one by one": rolling_restart,
}
#: Those that the short form has.
SHORT = ("the queue's leader is killed", "each collector is killed")


@asynccontextmanager
async def on_stage(options: Options, folder: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    house = ClusterHouse(folder)
    async with Trial(options, folder, say, house) as trial:
        await house.all_stored(len(trial.fleet.names))
        yield Stage(trial, house, say)


async def run(options: Options, folder: Path, names: tuple[str, ...], say: Callable[[str], None], times: int) -> Told:
    """Let these stories happen, so many times, and look for every lit press."""
    async with on_stage(options, folder, say) as stage:
        for number in range(times):
            for name in names:
                await stage.tell(f"{name}{f' ({number + 1})' if times > 1 else ''}", STORIES[name])
        told = Told(await stage.trial.settle())
        for name, (begin, end) in stage.spans.items():
            told.stalls[name] = await asyncio.to_thread(longest, stage.house, begin, end)
        return told
