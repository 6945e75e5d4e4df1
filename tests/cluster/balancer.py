"""What stands before the nodes for kiosks: passes TCP on to any node that is well, as a load balancer does."""

import asyncio
import random
import ssl
from collections.abc import Sequence

from simulators.proxy import Proxy

#: Seconds between two looks at a node, and for its answer.
EVERY = 2.0


class Balancer(Proxy):
    """A line from one address to any of several.

    Parameters
    ----------
    name: of the nodes, in their certificate.
    ports: of the nodes, with TLS, on this machine.
    context: what a node is looked at with: one that takes connections and says nothing is not well.
    """

    def __init__(self, here: str, name: str, ports: Sequence[int], context: ssl.SSLContext) -> None:
        super().__init__(here, "any node")
        self._name, self._ports, self._context = name, ports, context
        self._well: set[int] = set()
        self._looks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        await super().open()
        self._looks = [asyncio.create_task(self._look(port)) for port in self._ports]

    async def close(self) -> None:
        for look in self._looks:
            look.cancel()
        await super().close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in random.sample(sorted(self._well), len(self._well)):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        raise ConnectionRefusedError("no node is well")

    async def _look(self, port: int) -> None:
        while True:
            try:
                hello = asyncio.open_connection("127.0.0.1", port, ssl=self._context, server_hostname=self._name)
                _, writer = await asyncio.wait_for(hello, EVERY)
            except OSError:
                self._well.discard(port)
            else:
                writer.transport.abort()
                self._well.add(port)
            await asyncio.sleep(EVERY)
