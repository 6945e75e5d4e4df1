"""The net between the nodes: each reaches each other over a line of its own, and a line can fall silent."""

import asyncio
import contextlib
import struct
import subprocess
from collections.abc import Mapping

from simulators.proxy import Proxy
from tests.conftest import free_ports
from tests.rabbitmq import WITH_PARENT

LOOPBACK = "127.0.0.1"
#: Longer than any story, s.
_FOR_GOOD = 3600.0
#: epmd's protocol: what a node says when it comes, of itself "takes others in, over TCP, speaks versions 5 to 6".
_ALIVE2_REQ, _NODE = 120, struct.pack(">BBHH", 77, 0, 6, 5)


class Net:
    """Each node has an epmd of its own, which knows the others by their lines instead of their ports.

    Parameters
    ----------
    ports: where each node listens for the others, by its name.
    """

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        #: The port of each node's epmd.
        self.epmd = dict(zip(ports, free_ports(len(ports)), strict=True))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._known: list[asyncio.StreamWriter] = []
        self._lines: list[tuple[set[str], Proxy]] = []

    async def open(self) -> None:
        for node, port in self.epmd.items():
            command = [*WITH_PARENT, "epmd", "-port", str(port), "-address", LOOPBACK]
            self._processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            for other, there in self._ports.items():
                if other != node:
                    [here] = free_ports(1)
                    line = Proxy(f"{LOOPBACK}:{here}", f"{LOOPBACK}:{there}")
                    await line.open()
                    self._lines.append(({node, other}, line))
                    await self._make_known(port, other, here)

    async def close(self) -> None:
        for writer in self._known:
            writer.close()
        for process in self._processes:
            process.kill()
            process.wait()
        for _, line in self._lines:
            await line.close()

    def cut_off(self, node: str) -> None:
        """Nothing passes between it and the others until `heal`, and nobody is told."""
        for ends, line in self._lines:
            if node in ends:
                line.stall(_FOR_GOOD)

    def heal(self) -> None:
        for _, line in self._lines:
            line.flow()

    async def _make_known(self, epmd: int, node: str, port: int) -> None:
        name = node.partition("@")[0].encode()
        said = struct.pack(">BH", _ALIVE2_REQ, port) + _NODE + struct.pack(">H", len(name)) + name + b"\0\0"
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(ConnectionRefusedError):  # it has only just been started
                    reader, writer = await asyncio.open_connection(LOOPBACK, epmd)
                    break
                await asyncio.sleep(0.02)
        self._known.append(writer)  # it is known for as long as this is open
        writer.write(struct.pack(">H", len(said)) + said)
        assert (await reader.readexactly(6))[1] == 0, f"epmd does not take {node}"
