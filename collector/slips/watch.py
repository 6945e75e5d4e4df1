"""Looks at printers that have nothing to print, so that the store page says what is, not what was.

1. Those that nobody has looked at for a minute, that are ours to reach, and that have no slip in hand.
2. Each is asked one short question, in its turn: who wants to print waits until it is answered.
3. What it says is written down, and told to open pages where it has changed.
"""

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, text

from collector import clock
from collector.database import driver
from collector.settings import Settings
from collector.slips import state
from printer.condition import UNREACHABLE, Condition
from printer.profiles import PROFILES
from printer.transport import NoAddress, look

log = structlog.get_logger()

#: Seconds between two looks at the same printer, and between two looks at the clock.
LOOK_EVERY, ROUND = 60.0, 2.0
#: How many are looked at a time. One that is dead takes its place for as long as it lets us wait.
LOOKERS = 32


class Turns:
    """Who speaks with a printer: it serves one at a time."""

    def __init__(self) -> None:
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def of(self, printer_id: int) -> threading.Lock:
        return self._locks[printer_id]


class Watch:
    """Looks at printers until `stop` is called."""

    def __init__(self, settings: Settings, engine: Engine, turns: Turns) -> None:
        self._settings, self._engine = settings, engine
        self._turns = turns
        self._stopping = threading.Event()
        self._at_hand: set[int] = set()
        #: Those whose look failed in a way that nobody foresaw, and when it is tried again, of `time.monotonic`.
        self._again_at: dict[int, float] = {}

    def run(self) -> None:
        with ThreadPoolExecutor(LOOKERS, "watch") as lookers:
            while not self._stopping.wait(ROUND):
                try:
                    due = self._due()
                except Exception:  # the database is away, or is something else: either passes
                    log.exception("looking at no printer")
                    continue
                for printer_id, address, profile in due:
                    if printer_id not in self._at_hand and self._again_at.get(printer_id, 0.0) <= time.monotonic():
                        self._at_hand.add(printer_id)
                        lookers.submit(self._look, printer_id, address, profile)
            lookers.shutdown(cancel_futures=True)

    def stop(self) -> None:
        self._stopping.set()

    def _due(self) -> list[tuple[int, str, str]]:
        found = text("""
            SELECT id, address, profile FROM printer
            WHERE retired_at IS NULL AND address ~ '^(tcp|serial|usb):'
            AND (seen_at IS NULL OR seen_at < :before)
            AND NOT EXISTS (
                SELECT FROM job WHERE target = 'printer/' || printer.id AND state IN ('claimed', 'sending')
            )
            -- those that were well come before those for which one may wait in vain
            ORDER BY state IN ('unreachable', 'silent'), seen_at
        """)
        with self._engine.connect() as connection:
            before = clock.now(self._settings) - timedelta(seconds=LOOK_EVERY)
            rows = connection.execute(found, {"before": before})
            return [(row.id, row.address, row.profile) for row in rows]

    def _look(self, printer_id: int, address: str, profile: str) -> None:
        turn = self._turns.of(printer_id)
        try:
            if turn.acquire(blocking=False):
                try:
                    condition = _condition(address, profile)
                finally:
                    turn.release()
                note(self._engine, printer_id, condition, clock.now(self._settings))
        except Exception:  # the others are looked at all the same
            log.exception("could not look at a printer", printer=printer_id)
            self._again_at[printer_id] = time.monotonic() + LOOK_EVERY
        finally:
            self._at_hand.discard(printer_id)


def note(engine: Engine, printer_id: int, condition: Condition, now: datetime) -> None:
    """Write down how a printer is, and tell open pages if that is new."""
    with engine.begin() as connection:
        state.note(driver(connection), {printer_id: condition.state}, now)


def _condition(address: str, profile: str) -> Condition:
    try:
        return look(address, is_mute=profile in PROFILES and PROFILES[profile].answers == "none")
    except NoAddress:
        return UNREACHABLE  # there is no such address; the printer's next slip says so
