"""What stands before the nodes for kiosks: passes TCP on to any node that answers, as a load balancer does."""

import asyncio
import random
from collections.abc import Sequence

from simulators.proxy import Proxy


class Balancer(Proxy):
    """A line from one address to any of several.

    Parameters
    ----------
    ports: of the nodes, on this machine.
    """

    def __init__(self, here: str, ports: Sequence[int]) -> None:
        super().__init__(here, "any node")
        self._ports = ports

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in random.sample(self._ports, len(self._ports)):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        raise ConnectionRefusedError("no node answers")
