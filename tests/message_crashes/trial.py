"""One run: messages are wanted, the worker is killed again and again, and at the end both sides are compared."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine, func, select

from collector import migrations
from collector.contacts.tables import message
from collector.database import make_engine
from collector.notify.message import key_of
from collector.queue.tables import job
from collector.settings import Settings
from collector.up.postgres import running
from simulators.sms_gateway import SmsGateway, write_template
from simulators.smtp_receiver import SmtpReceiver
from tests.chaos.part import ROOT, WITH_PARENT
from tests.collector.notify.receivers import FROM, serving, tell
from tests.conftest import port_settings
from tests.factories import Shop, make_shop
from tests.message_crashes.ledger import Ledger, Row, judge

#: A life of the worker, s; so many messages wait at least, so that it has something in hand whenever it dies.
LIFE, WAITING = (0.05, 1.0), 40
#: The same for a life that ends while something is being sent, counted from there.
SENDING = (0.0, 0.05)
#: What happens to the mail server and to the gateway; mostly nothing does.
MAIL = ("", "", "", "", "slow", "away", "closed", "later-RCPT", "later-DATA", "no-DATA", "hangs-up-at-DATA")
MAIL += ("hangs-up-inside", "later-end", "no-end", "hangs-up-at-end")
GATEWAY = ("", "", "", "slow", "busy", "refuses", "broken", "hangs-up")
#: How long it may take until nothing is open any more when all is well again, s.
SETTLED_WITHIN = 120.0


@dataclass
class Result:
    ledger: Ledger
    kills: int = 0
    #: What happened, and how often.
    troubles: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        happened = [f"{count:>7,}  {what}" for what, count in self.troubles.most_common()]
        return "\n".join([str(self.ledger), "", f"{self.kills:>7,}  worker killed", *happened])


class Trial:
    """An installation's database and job worker, with receivers around them.

    Parameters
    ----------
    folder: for all that it writes.
    """

    def __init__(self, folder: Path, kills: int, seed: int) -> None:
        self._settings = Settings.load(environ={}, data=folder / "data", **port_settings())
        self._folder, self._kills, self._chance = folder, kills, random.Random(seed)
        self._troubles: Counter[str] = Counter()
        self._told = 0

    def run(self) -> Result:
        with (
            running(self._settings, "fsync=off"),
            serving(SmtpReceiver()) as (self._mail, mail_port),
            serving(SmsGateway()) as (self._gateway, sms_port),
        ):
            self._mail.delay = self._gateway.delay = 0.1
            self._settings = replace(
                self._settings,
                smtp=f"smtp://localhost:{mail_port}",
                mail_from=FROM,
                sms_gateway=write_template(self._folder, sms_port),
            )
            engine = make_engine(self._settings)
            migrations.upgrade(engine)
            with engine.begin() as connection:
                shop = make_shop(connection)
            with self._nursery() as nursery:
                for _ in range(self._kills):
                    self._tell(engine, shop)
                    self._trouble()
                    self._live_and_die(engine, nursery)
                self._mail.fault = self._gateway.fault = ""
                self._settle(engine, nursery)
            arrived = [mail.id.strip("<>").partition("@")[0] for mail in self._mail.mails]
            arrived += [sms.reference for sms in self._gateway.messages]
            rows = self._rows(engine)
            engine.dispose()
        return Result(judge(rows, arrived), self._kills, self._troubles)

    @contextlib.contextmanager
    def _nursery(self) -> Iterator[subprocess.Popen[str]]:
        with (self._folder / "worker.log").open("wb") as log:
            environment = {"PYTHONPATH": str(ROOT), **self._settings.environment()}
            command = [*WITH_PARENT, sys.executable, "-m", "tests.message_crashes.nursery"]
            pipes: dict[str, int] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log, text=True, **pipes)
            with process:
                try:
                    yield process
                finally:
                    process.kill()

    def _tell(self, engine: Engine, shop: Shop) -> None:
        """Have so much to tell that the worker is never idle."""
        with engine.begin() as connection:
            for _ in range(max(0, WAITING - _open(engine))):
                self._told += 1
                # Some people hear of several things.
                number = self._chance.randrange(60)
                address = f"person-{number}@example.com" if number % 2 else f"+3805012345{number:02}"
                tell(connection, shop, address, self._told)

    def _trouble(self) -> None:
        self._mail.fault = self._chance.choice(MAIL)
        self._gateway.fault = self._chance.choice(GATEWAY)  # type: ignore[assignment]
        self._troubles.update(
            f"{where}: {fault}"
            for where, fault in (("mail", self._mail.fault), ("gateway", self._gateway.fault))
            if fault
        )

    def _live_and_die(self, engine: Engine, nursery: subprocess.Popen[str]) -> None:
        """Every second life ends at any moment, the others soon after something is being sent."""
        child = _born(nursery)
        if self._chance.random() < 0.5:
            time.sleep(self._chance.uniform(*LIFE))  # the moment is what chance says, and nothing to be waited for
        else:
            until = time.monotonic() + LIFE[1]
            while not _count(engine, "sending") and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(self._chance.uniform(*SENDING))
        os.kill(child, signal.SIGKILL)

    def _settle(self, engine: Engine, nursery: subprocess.Popen[str]) -> None:
        child = _born(nursery)
        until = time.monotonic() + SETTLED_WITHIN
        while _open(engine) and time.monotonic() < until:  # after that the judge says what is still open
            time.sleep(0.1)
        os.kill(child, signal.SIGKILL)

    def _rows(self, engine: Engine) -> dict[str, Row]:
        query = select(message.c.key, job.c.state, job.c.outcome).join(job, job.c.id == message.c.job_id)
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        return {key_of(self._settings, row.key): Row(row.state, row.outcome) for row in rows}


def _born(nursery: subprocess.Popen[str]) -> int:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write("live\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def _open(engine: Engine) -> int:
    return _count(engine, "queued", "claimed", "sending")


def _count(engine: Engine, *states: str) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(job).where(job.c.state.in_(states))).scalar_one()
