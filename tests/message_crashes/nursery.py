"""A process that has loaded everything and does nothing: each line it hears begins one life of the job worker.

    python -m tests.message_crashes.nursery          settings come from the environment

It forks a child for each line and writes the child's process id. So a life begins in a few milliseconds, and 500 kills
take minutes. A child is the two workers exactly as `smilepost jobs` runs them, but for waits that are shorter.
"""

import ctypes
import os
import signal
import sys
import threading

from collector.database import make_engine
from collector.notify.email import EmailSender
from collector.notify.sms import SmsSender
from collector.queue import worker
from collector.queue.worker import Worker
from collector.settings import Settings

#: Waits between the tries, s: for ever, and quickly.
SCHEDULE = [0.05] * 1_000_000
_PR_SET_PDEATHSIG = 1


def main() -> None:
    settings = Settings.load()
    worker.ROUND = 0.2
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(settings)
        print(child, flush=True)
        os.waitpid(child, 0)


def _live(settings: Settings) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # it ends with the nursery, however that ends
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the log
    engine = make_engine(settings)
    senders = (EmailSender(engine, settings, SCHEDULE), SmsSender(engine, settings, SCHEDULE))
    threads = [threading.Thread(target=Worker(settings, each, each.at_once).run) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
