"""Workers of the queue at work, each on a thread of its own."""

import contextlib
import threading
from collections.abc import Iterator

from collector.database import connect
from collector.queue.jobs import CHANNEL
from collector.queue.worker import Worker
from collector.settings import Settings
from collector.slips.spool import Spool


@contextlib.contextmanager
def at_work(settings: Settings, *workers: Worker | Spool) -> Iterator[None]:
    """They work until the block ends; what they have in hand then comes to its end."""
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        with connect(settings, autocommit=True) as database:
            database.execute(f"NOTIFY {CHANNEL}".encode())  # or they would see it up to a second later
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
