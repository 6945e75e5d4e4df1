"""A bad line between two programs: a proxy that cuts and stalls what runs through it, over TCP or a Unix socket.

>>> line = Proxy("127.0.0.1:1884", "127.0.0.1:1883")
>>> await line.open()
>>> line.stall(10)  # nothing arrives for ten seconds, in either direction; nobody is told
>>> line.cut()  # each connection breaks with the next bytes on it, of which half arrive
>>> await line.close()
"""

import asyncio
import contextlib
import socket
import struct
from pathlib import Path

from simulators.closing import close

#: What a connection that is reset tells the other side: no orderly end.
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """A line from one address to another.

    Parameters
    ----------
    here, there: `host:port`, or the path of a Unix socket. Who cannot be reached there is a connection that ends.
    """

    def __init__(self, here: str, there: str) -> None:
        self._here, self._there = here, there
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._stalled: asyncio.TimerHandle | None = None
        self._cuts = 0

    async def open(self) -> None:
        """Listen; an old socket of the same path is replaced."""
        if "/" in self._here:
            Path(self._here).unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, self._here)
        else:
            host, port = self._here.rsplit(":", 1)
            self._server = await asyncio.start_server(self._serve, host, int(port))

    async def close(self) -> None:
        """End it with all its connections."""
        if self._server:
            await close(self._server)
        self.flow()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def cut(self) -> None:
        """Break each connection that there is now, in the middle of what it says next."""
        self._cuts += 1

    def stall(self, seconds: float) -> None:
        """Let nothing through for so long; connections are taken, and hear nothing."""
        self.flow()
        self._flows.clear()
        self._stalled = asyncio.get_running_loop().call_later(seconds, self.flow)

    def flow(self) -> None:
        """End a stall."""
        if self._stalled:
            self._stalled.cancel()
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in one
        self._connections.add(task)
        try:
            await self._flows.wait()
            await self._join(reader, writer)
        except asyncio.CancelledError:
            pass  # `close`: asyncio would say on the terminal that nobody asked how it ended
        finally:
            self._connections.discard(task)
            _reset(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there = await self._reach()
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(reader, there[1]))
                    both.create_task(self._pump(there[0], writer))
            except* (OSError, EOFError):
                pass  # one end is gone: so is the other
            finally:
                _reset(there[1])

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if "/" in self._there:
            return await asyncio.open_unix_connection(self._there)
        host, port = self._there.rsplit(":", 1)
        return await asyncio.open_connection(host, int(port))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        cuts = self._cuts
        while data := await self._heard(source):
            if cuts != self._cuts:
                sink.write(data[: len(data) // 2])
                await sink.drain()
                raise ConnectionResetError
            sink.write(data)
            await sink.drain()
        raise EOFError

    async def _heard(self, source: asyncio.StreamReader) -> bytes:
        """What one end says; its end, too, is no news to the other while the line is stalled."""
        data = b""
        with contextlib.suppress(OSError):
            data = await source.read(65536)
        await self._flows.wait()
        return data


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection.family != socket.AF_UNIX and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
