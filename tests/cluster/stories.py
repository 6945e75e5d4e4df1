"""What happens to a cluster under load, story by story."""

import asyncio
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.mqtt import MQTTClient, NotAuthorised

from collector.fleet.credentials import Credentials
from tests.chaos.run import Options, Result, Trial
from tests.chaos.stalls import longest
from tests.cluster.house import ClusterHouse
from tests.cluster.stalls import allowed
from tests.rabbitmq import HOST, Node


@dataclass
class Told:
    """What came of a run."""

    result: Result
    #: Seconds from press to table, the longest, by story.
    stalls: dict[str, float] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return self.result.well and max(self.stalls.values()) < self.allowed

    @property
    def allowed(self) -> float:
        """Of those seconds, what a kiosk's way back explains."""
        return allowed(self.result.options.back_within)

    def __str__(self) -> str:
        lines = [f"{seconds:6.1f} s  longest from press to commit: {name}" for name, seconds in self.stalls.items()]
        back = (
            f"{self.allowed:6.1f} s  allowed, with kiosks that come back within {self.result.options.back_within:g} s"
        )
        return "\n".join([str(self.result), *lines, back])


class Stage:
    """A cluster under load, and what can happen to it."""

    def __init__(self, trial: Trial, house: ClusterHouse, say: Callable[[str], None]) -> None:
        self.trial, self.house, self.say = trial, house, say
        self._begun: dict[str, tuple[float, float]] = {}

    @property
    def spans(self) -> dict[str, tuple[float, float]]:
        """When each story began and ended, s since 1970."""
        return self._begun

    async def tell(self, name: str, story: Callable[["Stage"], Awaitable[None]]) -> None:
        """Let it happen, and wait until all is whole again, people have pressed on, and all of that is stored."""
        begun = time.time()
        await story(self)
        await self.house.whole()
        await self.trial.pressed(50)
        self._begun[name] = begun, time.time()
        await self.trial.stored()
        self.say(f"{name}: {time.time() - begun:.0f} s")


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


async def leader_hangs(stage: Stage) -> None:
    """Until all kiosks have gone on at the others; then it goes on, too, and is restarted.

    RabbitMQ calls it a partition by suspend and resume: the others have put the node out, and it has not noticed, or it
    has. Where it has not, it stays as it is until a person restarts it.
    """
    leader = await stage.house.leader()
    with stage.house.hanging(leader):
        await stage.trial.pressed(60)
        await stage.trial.stored()
    await stage.trial.pressed(60)
    await stage.house.restart(stage.house.brokers[leader])


async def cluster_is_cut_in_two(stage: Stage) -> None:
    """The leader is on the smaller side, and nobody is told: that side stops, and its kiosks go on at the others."""
    leader = await stage.house.leader()
    stage.house.net.cut_off(leader)
    await stage.house.takes_no_kiosks(leader)
    await stage.trial.pressed(60)
    await stage.trial.stored()
    stage.house.net.heal()


async def kiosks_are_retired(stage: Stage) -> None:
    """One at each node: it is cut off there, and signs in nowhere any more."""
    for node in stage.house.nodes.values():
        known = await asyncio.to_thread(stage.house.enrol, f"retired-{next(_NUMBERS)}")
        lost = asyncio.Event()
        client = await _signed_in(stage, node, known, lost.set)
        begun = time.monotonic()
        await asyncio.to_thread(stage.house.retire, known.kiosk)
        async with asyncio.timeout(_CUT_OFF_WITHIN):
            await lost.wait()
        stage.say(f"{known.kiosk} is retired, and cut off at {node.name} after {time.monotonic() - begun:.2f} s")
        await client.close()
        for each in stage.house.nodes.values():
            assert not await _gets_in(stage, each, known), f"{known.kiosk} is retired, and gets in at {each.name}"


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
    "the queue's leader hangs": leader_hangs,
    "the cluster is cut in two": cluster_is_cut_in_two,
    "kiosks are retired": kiosks_are_retired,
    "nodes and collectors are restarted one by one": rolling_restart,
}
#: Those that the short form has.
SHORT = ("the queue's leader is killed", "each collector is killed", "kiosks are retired")

_NUMBERS = itertools.count(1)
#: Seconds until a node knows a kiosk that was enrolled, and until one that was retired is cut off.
_KNOWN_WITHIN, _CUT_OFF_WITHIN = 30, 5


def _client(stage: Stage, node: Node, known: Credentials, when_lost: Callable[[], None] | None = None) -> MQTTClient:
    """The firmware's own, at this node."""
    user, trusted = f"{known.kiosk}-{known.number}", ssl.create_default_context(cadata=stage.house.trusted)
    at = HOST, node.listeners.kiosks
    return MQTTClient(known.kiosk, *at, user, known.secret, ssl=trusted, when_lost=when_lost)


async def _signed_in(stage: Stage, node: Node, known: Credentials, when_lost: Callable[[], None]) -> MQTTClient:
    """A kiosk that has just been enrolled, as soon as the node knows it."""
    async with asyncio.timeout(_KNOWN_WITHIN):
        while True:
            client = _client(stage, node, known, when_lost)
            try:
                await client.connect()
            except NotAuthorised:
                await client.close()
                await asyncio.sleep(0.1)
            else:
                await client.subscribe(f"smilepost/v1/{known.kiosk}/ack")
                return client


async def _gets_in(stage: Stage, node: Node, known: Credentials) -> bool:
    client = _client(stage, node, known)
    try:
        await client.connect()
    except NotAuthorised:
        return False
    finally:
        await client.close()
    return True


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
