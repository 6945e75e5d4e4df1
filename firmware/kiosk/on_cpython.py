"""What CPython has in the place of what MicroPython has. It is never loaded on a board, whose memory it would take."""

import asyncio
import time


def ticks_ms():
    """Return milliseconds since some moment."""
    return time.monotonic_ns() // 1_000_000  # pyright: ignore[reportAttributeAccessIssue]


def traceback(fault):
    """Return what is known of an exception."""
    from traceback import format_exception

    return "".join(format_exception(fault))


async def drop(writer):
    """End a connection."""
    writer.transport.abort()  # `close` would wait for a broker that may have gone
    await asyncio.sleep(0)


class ThreadSafeFlag:
    """An event that may be set from another thread; made inside the running loop."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()  # pyright: ignore[reportAttributeAccessIssue]
        self._event = asyncio.Event()

    def set(self):
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self):
        await self._event.wait()

    def clear(self):
        self._event.clear()
