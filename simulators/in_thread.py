"""A server of the simulated world beside whatever a test does."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def in_thread(serve: Callable[[asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]]) -> Iterator[None]:
    """A server in a thread of its own.

    Parameters
    ----------
    serve: serves until its first argument is set, and calls its second once it listens.
    """
    ready, loop = threading.Event(), asyncio.new_event_loop()
    done = asyncio.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve(done, ready.set))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        if not ready.wait(10):
            raise OSError("The server did not start.")
        yield
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
