"""The installation under test, with three RabbitMQ nodes in the broker's place."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.pool import NullPool

from collector.broker.cluster import TAG
from collector.broker.management import Management
from collector.broker.queues import QUEUES, VHOST
from collector.database import make_engine
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.registry.enrolment import retire
from collector.settings import BrokerAddress
from tests.chaos.house import LOOPBACK, House
from tests.chaos.part import Part
from tests.cluster.balancer import Balancer
from tests.cluster.net import Net
from tests.conftest import free_ports
from tests.rabbitmq import HOST, PROGRAM, Node, Nodes

COUNT = 3


class ClusterHouse(House):
    """Everything but the kiosks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "embedded")
        self._nodes = Nodes(self._settings, folder / "nodes", COUNT)
        self._settings = self._nodes.settings(self._settings)
        assert self._settings.broker_ca
        self.trusted = self._settings.broker_ca.read_text()
        self.nodes = {node.name: node for node in self._nodes.nodes}
        #: Between the nodes.
        self.net = Net({name: int(node.environment["RABBITMQ_DIST_PORT"]) for name, node in self.nodes.items()})
        self.brokers = {name: self._part(node) for name, node in self.nodes.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
        jobs = [sys.executable, "-m", "collector", "jobs"]
        environment = {**inherited, **self._settings.environment()}
        self.brokers["jobs"] = Part(lambda: jobs, self.logs / "jobs.log", env=environment)

    async def close(self) -> None:
        await super().close()
        await self.net.close()
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

    async def takes_no_kiosks(self, name: str) -> None:
        """Wait until a node listens to kiosks no more."""

        def is_refused() -> bool:
            try:
                socket.create_connection((LOOPBACK, self.nodes[name].listeners.kiosks), 1).close()
            except ConnectionRefusedError:
                return True
            return False

        await self._until(is_refused, f"{name} to take no kiosks")

    @contextlib.contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """A node that stands still, as on a machine without memory: its connections stay, and it says nothing."""
        process = self.brokers[name].process
        assert process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def enrol(self, kiosk: str) -> Credentials:
        """A further kiosk, that nobody has plugged in."""
        with make_engine(self._settings, poolclass=NullPool).begin() as connection:
            connection.execute(text("INSERT INTO kiosk (id, state) VALUES (:id, 'enrolled')"), {"id": kiosk})
            return new_secret(connection, self._settings, kiosk)

    def retire(self, kiosk: str) -> None:
        with make_engine(self._settings, poolclass=NullPool).begin() as connection:
            assert retire(connection, kiosk, datetime.now(UTC))

    async def restart(self, part: Part) -> None:
        """End a node or a collector in order, and start it again."""
        assert await part.end() == 0
        await part.start()

    async def line_for_kiosks(self) -> BrokerAddress:
        return BrokerAddress(HOST, self._balanced, "", tls=True)

    async def _open_broker(self) -> None:
        await self.net.open()
        for name in self.nodes:
            await self.brokers[name].start()
        await self._until(
            lambda: all(len(self._nodes.sees(node)) == COUNT for node in self.nodes.values()), "the nodes", 180
        )
        await self.brokers["jobs"].start()
        await self._until(self._has_users, "queues and users", 60)
        [self._balanced] = free_ports(1)
        ports = [node.listeners.kiosks for node in self.nodes.values()]
        context = ssl.create_default_context(cadata=self.trusted)
        await self._open_line("kiosks to broker", Balancer(f"{LOOPBACK}:{self._balanced}", HOST, ports, context))

    async def _way_to_broker(self) -> dict[str, Any]:
        ports = free_ports(COUNT)
        for port, node in zip(ports, self.nodes.values(), strict=True):
            there = f"{LOOPBACK}:{node.listeners.collectors}"
            await self._open("collectors to broker", f"{LOOPBACK}:{port}", there)
        return {"broker": "amqps://collector@" + ",".join(f"{HOST}:{port}" for port in ports)}

    def _part(self, node: Node) -> Part:
        environment = {**node.environment, "ERL_EPMD_PORT": str(self.net.epmd[node.name])}
        return Part(lambda: [str(PROGRAM)], node.log, env=environment)

    def _has_users(self) -> bool:
        has_kiosks = any(TAG in user["tags"] for user in self._ask("users"))
        return has_kiosks and all(self._ask("queues", VHOST, queue.name) for queue in QUEUES)

    def _ask(self, *path: str) -> Any:
        with Management(self._settings) as management:
            return management.get(*path)

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
