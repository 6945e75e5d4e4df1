"""What CPython has in the place of what MicroPython has. It is never loaded on a board, whose memory it would take."""

import asyncio
import os
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


async def typed():
    """Return bytes that have come on standard input; b"" where there is none, or no more will come."""
    loop = asyncio.get_running_loop()  # pyright: ignore[reportAttributeAccessIssue]
    came = asyncio.Event()
    try:
        loop.add_reader(0, came.set)
    except (OSError, ValueError):
        return b""  # a file, /dev/null, or nothing at all
    try:
        await came.wait()
    finally:
        loop.remove_reader(0)
    try:
        return b"" if _in_background() else os.read(0, 4096)
    except OSError:
        return b""


def say(line):
    """Write a line to standard output."""
    print(line, flush=True)


def _in_background():
    # Whoever reads there from a terminal that others use is stopped.
    try:
        return os.tcgetpgrp(0) != os.getpgrp()  # pyright: ignore[reportAttributeAccessIssue]
    except OSError:
        return False  # no terminal, or not the one this was started from
