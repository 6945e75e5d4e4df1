"""One run: slips are wanted, everything fails, and at the end paper and queue are laid side by side."""

import asyncio
import base64
import contextlib
import functools
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy import Engine, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.database import connect, make_engine
from collector.settings import Settings
from collector.slips.spool import LIFETIMES, print_slip
from collector.slips.tables import printer
from collector.up.postgres import EmbeddedPostgres
from printer.condition import NO_PROOF
from printer.slip import INVITATION, Slip
from tests.chaos.part import Part
from tests.conftest import port_settings
from tests.factories import make_shop
from tests.spool_crashes.ledger import Ledger, Row, judge
from tests.spool_crashes.printers import POWER_LOSSES, EscposPrinter, receipt_printers

#: The spool as its command runs it; in a hurry, so that a run takes minutes instead of hours.
PROGRAM = """
from collector.settings import Settings
from collector.slips import spool, watch
from printer.transport import delivery
spool.ASK_AGAIN = 0.1
watch.LOOK_EVERY, watch.ROUND = 1.0, 0.3
delivery.STATE_WITHIN, delivery.PRINTED_WITHIN, delivery.ASK_EVERY, delivery.QUIET = 0.5, 2.0, 0.2, 0.2
spool.Spool(Settings.load()).run()
"""
#: So many slips wait at most; one of so many is wanted for a moment only; seconds between two troubles.
WAITING, BRIEF, PAUSE = 60, 40, (0.05, 0.4)
#: How long it may take until nothing is open any more when all is well again, s.
SETTLED_WITHIN = 120.0

T = TypeVar("T")


@dataclass
class Result:
    ledger: Ledger
    #: What happened, and how often.
    troubles: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        happened = [f"{count:>7,}  {what}" for what, count in self.troubles.most_common()]
        return "\n".join([str(self.ledger), "", *happened])


class Trial:
    """An installation's database and spool, with printers around them.

    Parameters
    ----------
    folder: for all that it writes.
    """

    def __init__(self, folder: Path, jobs: int, seed: int) -> None:
        self._settings = Settings.load(environ={}, data=folder / "data", **port_settings())
        self._folder, self._jobs, self._chance = folder, jobs, random.Random(seed)
        self._asked: dict[str, str] = {}
        self._over_a_line: set[str] = set()
        self._line_losses = 0
        self._troubles: Counter[str] = Counter()
        self._over = False
        server = EmbeddedPostgres(self._settings)
        server.prepare()
        self._ready = server.is_ready
        self._database = Part(server.command, folder / "postgres.log", cwd="/", **server.run_as)
        spool = [sys.executable, "-c", PROGRAM]
        environment = {"env": {"PYTHONPATH": str(Path.cwd()), **self._settings.environment()}}
        self._spool = Part(lambda: spool, folder / "spool.log", **environment)
        self._readers = ThreadPoolExecutor(1)
        self._printers = receipt_printers(folder, self._readers)

    async def run(self) -> Result:
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._readers.shutdown)
            await self._start(stack)
            troubles = [asyncio.create_task(self._trouble(each)) for each in self._printers]
            troubles += [asyncio.create_task(self._kill("spool killed", self._spool, 2.0))]
            troubles += [asyncio.create_task(self._kill("database killed", self._database, 15.0))]
            await self._ask()
            self._over = True
            await asyncio.gather(*troubles)
            return await self._settle()

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        await self._database.start()
        stack.push_async_callback(self._database.end)
        while not await asyncio.to_thread(self._ready):
            await asyncio.sleep(0.05)
        self._engine = make_engine(self._settings, poolclass=NullPool)
        await asyncio.to_thread(migrations.upgrade, self._engine)
        for each in self._printers:
            await each.start()
            stack.push_async_callback(each.stop)
        self._ids = await asyncio.to_thread(_set_up, self._engine, self._printers)
        await self._spool.start()
        stack.push_async_callback(self._spool.end)

    async def _ask(self) -> None:
        """Want slips, each twice under its key, as a caller does who did not hear the answer."""
        while len(self._asked) < self._jobs:
            if await self._persist(self._open) >= WAITING:
                await asyncio.sleep(0.05)
                continue
            key = f"{len(self._asked):05}"
            code = base64.b32encode(len(self._asked).to_bytes(17)).decode().rstrip("=")
            link = f"HTTP://LOCALHOST:8080/Q/{code}"
            self._asked[key] = link
            at = self._chance.choice(self._ids)
            if self._printers[self._ids.index(at)].address.startswith("serial:"):
                self._over_a_line.add(key)
            brief = LIFETIMES["review"] - timedelta(seconds=0.3) if not self._chance.randrange(BRIEF) else timedelta()
            for _ in range(1 + self._chance.randrange(2)):
                await self._persist(functools.partial(self._print, at, key, link, datetime.now(UTC) - brief))

    async def _trouble(self, target: EscposPrinter) -> None:
        while not self._over:
            await asyncio.sleep(self._chance.uniform(*PAUSE) * len(self._printers))
            trouble = await target.suffer(self._chance)
            self._troubles[trouble] += 1
            self._line_losses += target.address.startswith("serial:") and trouble in POWER_LOSSES

    async def _kill(self, what: str, part: Part, about_every: float) -> None:
        while not self._over:
            await asyncio.sleep(self._chance.uniform(0.3, 1.7) * about_every)
            await part.kill()
            self._troubles[what] += 1

    async def _settle(self) -> Result:
        try:
            async with asyncio.timeout(SETTLED_WITHIN):
                while await self._persist(self._open):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pass  # the judge says what is still open
        for each in self._printers:
            each.tear()
        rows = await self._persist(self._rows)
        paper = await asyncio.to_thread(lambda: [link for each in self._printers for link in each.links()])
        return Result(judge(self._asked, rows, paper, NO_PROOF, self._over_a_line, self._line_losses), self._troubles)

    async def _persist(self, act: Callable[[], T]) -> T:
        """Do something with the database; while it is away, try again."""
        while True:
            try:
                return await asyncio.to_thread(act)
            except (OperationalError, psycopg.OperationalError):
                await asyncio.sleep(0.1)

    def _print(self, printer_id: int, key: str, link: str, now: datetime) -> None:
        slip = Slip("Riverside", INVITATION["uk"], link, None, "uk")
        with self._engine.begin() as connection:
            print_slip(connection, printer_id, slip, key=key, now=now)

    def _open(self) -> int:
        with connect(self._settings) as database:
            query = "SELECT count(*) FROM job WHERE state IN ('queued', 'claimed', 'sending')"
            [(count,)] = database.execute(query).fetchall()
        return int(count)

    def _rows(self) -> dict[str, Row]:
        with connect(self._settings) as database:
            rows = database.execute("SELECT key, state, outcome FROM job").fetchall()
        return {key: Row(state, outcome) for key, state, outcome in rows}


def _set_up(engine: Engine, printers: list[EscposPrinter]) -> list[int]:
    with engine.begin() as connection:
        store = make_shop(connection).store
        values = [
            {"store_id": store, "name": each.address, "address": each.address, "profile": each.profile}
            for each in printers
        ]
        made = insert(printer).values(values).returning(printer.c.id)
        return [int(printer_id) for printer_id in connection.execute(made).scalars()]
