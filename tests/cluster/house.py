"""The installation under test, with three RabbitMQ nodes in the broker's place."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from tests.chaos.house import LOOPBACK, House
from tests.chaos.part import Part
from tests.cluster.balancer import Balancer
from tests.conftest import free_ports
from tests.rabbitmq import HOST, PROGRAM, Node, Nodes

COUNT = 3
CTL = PROGRAM.with_name("rabbitmqctl")


class ClusterHouse(House):
    """Everything but the kiosks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "embedded")
        self._nodes = Nodes(self._settings, folder / "nodes", COUNT)
        self._settings = self._nodes.settings(self._settings)
        self.nodes = {node.name: node for node in self._nodes.nodes}
        self.brokers = {name: self._part(node) for name, node in self.nodes.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
        jobs = [sys.executable, "-m", "collector", "jobs"]
        environment = {**inherited, **self._settings.environment()}
        self.brokers["jobs"] = Part(lambda: jobs, self.logs / "jobs.log", env=environment)

    async def close(self) -> None:
        await super().close()
        self._nodes.close()

    async def leader(self) -> str:
        """The node that leads the queue of frames."""
        queue = await asyncio.to_thread(self._ask, "queues", VHOST, QUEUES[0].name)
        return str(queue["leader"])

    async def whole(self) -> None:
        """Wait until every node sees all of them, and has all queues."""

        def is_whole() -> bool:
            return all(len(self._nodes.sees(node)) == COUNT for node in self.nodes.values()) and all(
                len(self._ask("queues", VHOST, queue.name).get("online", [])) == COUNT for queue in QUEUES
            )

        await self._until(is_whole, "the cluster to be whole")

    async def all_stored(self, kiosks: int) -> None:
        """Wait until something of every kiosk is in the table."""
        query = "SELECT count(*) FROM cursor WHERE seq > 0"
        await self._until(lambda: self.database.rows(query) == [(kiosks,)], "the first presses")

    async def cut_off(self, name: str) -> None:
        """Cut a node off from the others, until `heal_cut`: they live, and do not hear each other any more."""
        # What each takes for the other's cookie is wrong from now on: that of a connection that the net would refuse.
        await self._tell(name, "[begin erlang:set_cookie(N, cut), erlang:disconnect_node(N) end || N <- nodes()].")
        others = [node for other, node in self.nodes.items() if other != name]
        await self._until(lambda: all(name not in self._nodes.sees(node) for node in others), "the cut")

    async def heal_cut(self, name: str) -> None:
        others = ", ".join(f"'{other}'" for other in self.nodes if other != name)
        await self._tell(name, f"[erlang:set_cookie(N, erlang:get_cookie()) || N <- [{others}]].")

    async def restart(self, part: Part) -> None:
        """End a node or a collector in order, and start it again."""
        assert await part.end() == 0
        await part.start()

    async def _open_broker(self) -> None:
        for name in self.nodes:
            await self.brokers[name].start()
        await self._until(
            lambda: all(len(self._nodes.sees(node)) == COUNT for node in self.nodes.values()), "the nodes", 180
        )
        await self.brokers["jobs"].start()
        await self._until(self._has_users, "queues and users", 60)

    async def _line_to_broker(self, name: str) -> int:
        [port] = free_ports(1)
        await self._open_line(name, Balancer(f"{LOOPBACK}:{port}", [node.plain for node in self.nodes.values()]))
        return port

    async def _way_to_broker(self) -> dict[str, Any]:
        ports = free_ports(COUNT)
        for port, node in zip(ports, self.nodes.values(), strict=True):
            there = f"{LOOPBACK}:{node.listeners.collectors}"
            await self._open("collectors to broker", f"{LOOPBACK}:{port}", there)
        return {"broker": "amqps://collector@" + ",".join(f"{HOST}:{port}" for port in ports)}

    def _part(self, node: Node) -> Part:
        return Part(lambda: [str(PROGRAM)], node.log, env=dict(node.environment))

    def _has_users(self) -> bool:
        return len(self._ask("users")) > 1 and all(self._ask("queues", VHOST, queue.name) for queue in QUEUES)

    def _ask(self, *path: str) -> Any:
        with Management(self._settings) as management:
            return management.get(*path)

    async def _tell(self, name: str, expression: str) -> None:
        environment = dict(self.nodes[name].environment)
        process = await asyncio.create_subprocess_exec(
            str(CTL), "--quiet", "eval", expression, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0

    async def _until(self, condition: Any, what: str, seconds: float = 120) -> None:
        def met() -> bool:
            try:
                return bool(condition())
            except Exception:  # a node that goes away in the middle of an answer
                return False

        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(met):
            assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
            await asyncio.sleep(0.2)
