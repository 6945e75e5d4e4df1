"""The line between the two servers, in a thread of its own: whoever waits for a commit must not hold it up."""

import asyncio
import threading

from simulators.proxy import Proxy
from tests.conftest import free_ports
from tests.standby.servers import LOOPBACK


class Line:
    """A line to a port of this machine, at a `port` of its own."""

    def __init__(self, there: int) -> None:
        [self.port] = free_ports(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)  # a test that fails leaves it
        self._thread.start()
        self._proxy = Proxy(f"{LOOPBACK}:{self.port}", f"{LOOPBACK}:{there}")
        asyncio.run_coroutine_threadsafe(self._proxy.open(), self._loop).result()

    def stall(self) -> None:
        """Let nothing through any more, and tell nobody."""
        self._loop.call_soon_threadsafe(self._proxy.stall, 3600.0)

    def close(self) -> None:
        """End it; what it held is gone."""
        asyncio.run_coroutine_threadsafe(self._proxy.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
