"""The installation under test: a database on a small disk, a broker, two collectors, and bad lines between them.

    kiosks ── line ── broker ── line ── collectors ── line ── database

The parts are started one by one, as an operator without `smilepost up` would start them.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.broker.mosquitto import COLLECTOR, Listeners, write_configuration
from collector.broker.nats import EmbeddedBroker
from collector.database import connect, make_engine
from collector.fleet.credentials import Credentials
from collector.fleet.registry.enrolment import enrol
from collector.ingest.state import read_states
from collector.places.tables import touchpoint
from collector.settings import BrokerAddress, Settings
from collector.surveys.tables import question
from collector.up.shop import open_shop
from simulators.proxy import Proxy
from tests import mosquitto
from tests.chaos.database import Database
from tests.chaos.part import Part
from tests.chaos.plan import LINES
from tests.conftest import free_ports, port_settings

LOOPBACK = "127.0.0.1"
COLLECTORS = 2
BROKERS = ("embedded", "mosquitto")
_SOCKET = ".s.PGSQL.5432"


class House:
    """Everything but the kiosks.

    Parameters
    ----------
    broker: one of BROKERS.
    servers: a database of somebody else, in place of one on a small disk.
    """

    #: PEM text of the certificates that the broker is checked against, where its line has TLS.
    trusted = ""

    def __init__(self, folder: Path, broker: str, servers: Any = None) -> None:
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        #: The bad lines, by their name in the plan: each collector, and each group of kiosks, has its own.
        self.lines: dict[str, list[Proxy]] = {name: [] for name in LINES}
        self.collectors: list[Part] = []
        self._mosquitto = folder / "mosquitto"
        self._clocks = [folder / f"clock-{number}" for number in range(1, COLLECTORS + 1)]
        self._broker_forgets = False
        self._settings = Settings.load(environ={}, data=folder / "data", **port_settings())
        self._broker_port = self._settings.broker_port
        if broker == "mosquitto":
            password = self._settings.data / "secrets" / "broker-collector"
            self._settings = replace(self._settings, broker=_address(self._broker_port), broker_password_file=password)
        self.broker = Part(self._broker_command, self.logs / "broker.log")
        #: Whatever stands between kiosks and collectors, by name.
        self.brokers = {"broker": self.broker}
        if servers:
            self._settings = replace(self._settings, database=servers.url)
        self.database = servers or Database(self._settings, self.logs)

    async def open(self, kiosks: list[str]) -> dict[str, Credentials]:
        """Start everything; returns what the kiosks sign in with."""
        await self.database.start()
        await until(self.database.is_ready, "the database")
        credentials = self._enrol(kiosks)
        await self._open_broker()
        for number, clock in enumerate(self._clocks):
            self.jump(number, 0)
            self.collectors.append(await self._collector(clock))
        await asyncio.gather(*(self.start(collector) for collector in self.collectors))
        return credentials

    async def _open_broker(self) -> None:
        self._prepare_broker()
        await self.broker.start()
        await until(self._broker_answers, "the broker")

    async def line_for_kiosks(self) -> BrokerAddress:
        """A further bad line to the broker: where its kiosks find it."""
        return BrokerAddress(LOOPBACK, await self._line_to_broker("kiosks to broker"), "", tls=False)

    async def start(self, collector: Part) -> None:
        """Start a collector and wait until it is at work."""
        await collector.start()
        await self._works(collector)

    async def end_collectors(self) -> list[int]:
        """End the collectors in order; returns their exit codes."""
        for collector in self.collectors:
            await self._works(collector)  # one that has just been started again knows no order yet
        return list(await asyncio.gather(*(collector.end() for collector in self.collectors)))

    async def close(self) -> None:
        """End what is left."""
        for part in [*self.collectors, *self.brokers.values()]:
            await part.end(signal.SIGKILL)
        await self.database.end()
        for line in [line for lines in self.lines.values() for line in lines]:
            await line.close()
        self.database.close()
        for clock in self._clocks:
            shutil.rmtree(self._database_line(clock).parent, ignore_errors=True)
        shutil.rmtree(self._settings.postgres_socket_dir, ignore_errors=True)

    async def kill_broker(self, *, forgets: bool) -> None:
        """`kill -9` the broker.

        Parameters
        ----------
        forgets: what it had on its disk is gone as well.
        """
        self._broker_forgets = forgets
        await self.broker.kill()

    def jump(self, which: int, seconds: float) -> None:
        """Make a collector's clock wrong by so much."""
        clock = self._clocks[which % COLLECTORS]
        draft = clock.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(clock)

    def heal(self) -> None:
        """Let everything flow, and every clock be right."""
        for line in [line for lines in self.lines.values() for line in lines]:
            line.flow()
        for which in range(COLLECTORS):
            self.jump(which, 0)

    def _enrol(self, kiosks: list[str]) -> dict[str, Credentials]:
        engine = make_engine(self._settings, poolclass=NullPool)
        migrations.upgrade(engine)
        with engine.begin() as connection:
            open_shop(connection)
            places = connection.scalars(select(touchpoint.c.id).order_by(touchpoint.c.id)).all()
            asked = connection.scalars(select(question.c.id)).one()
            return {
                kiosk: enrol(connection, self._settings, kiosk, places[number % len(places)], asked)
                for number, kiosk in enumerate(kiosks)
            }

    def _prepare_broker(self) -> None:
        with connect(self._settings) as database:
            if self._settings.broker == "embedded":
                embedded = EmbeddedBroker(self._settings)
                embedded.prepare(database)
                self._broker_starts = embedded.command()
            else:
                # Everybody comes in where collectors do, without TLS: the lines between are bad enough.
                listeners = Listeners(LOOPBACK, *free_ports(1), self._broker_port)
                write_configuration(self._settings, database, self._mosquitto, ["broker.example"], listeners)
                self._broker_starts = mosquitto.command(self._mosquitto)

    def _broker_command(self) -> list[str]:
        if self._broker_forgets:
            shutil.rmtree(self._settings.data / "broker" / "jetstream", ignore_errors=True)
            (self._mosquitto / "data" / "mosquitto.db").unlink(missing_ok=True)
        return self._broker_starts

    async def _collector(self, clock: Path) -> Part:
        """A collector with bad lines of its own, on a computer with a clock of its own."""
        socket_here = self._database_line(clock)
        socket_here.parent.mkdir(mode=0o700)
        there = self._settings.postgres_socket_dir / _SOCKET
        await self._open("collectors to database", str(socket_here), str(there))
        host = quote(str(socket_here.parent), safe="")
        database = f"postgresql://smilepost@/smilepost?host={host}"
        settings = replace(self._settings, database=database, **await self._way_to_broker())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
        return Part(
            lambda: [sys.executable, "-m", "tests.chaos.clock", str(clock), "ingest"],
            self.logs / f"ingest-{clock.name}.log",
            env={**inherited, **settings.environment()},
        )

    async def _way_to_broker(self) -> dict[str, Any]:
        """A further bad line to the broker: what a collector's settings say of it."""
        port = await self._line_to_broker("collectors to broker")
        outside = {} if self._settings.broker == "embedded" else {"broker": _address(port)}
        return {"broker_port": port, **outside}

    async def _works(self, collector: Part) -> None:
        def is_told() -> bool:
            process = collector.process
            states = read_states(self._settings)
            return process is not None and any(each.pid == process.pid and each.state == "running" for each in states)

        await until(is_told, "a collector to be at work")

    def _database_line(self, clock: Path) -> Path:
        folder = self._settings.postgres_socket_dir
        return folder.with_name(f"{folder.name}-{clock.name}") / _SOCKET

    async def _line_to_broker(self, name: str) -> int:
        [port] = free_ports(1)
        await self._open(name, f"{LOOPBACK}:{port}", f"{LOOPBACK}:{self._broker_port}")
        return port

    async def _open(self, name: str, here: str, there: str) -> None:
        await self._open_line(name, Proxy(here, there))

    async def _open_line(self, name: str, line: Proxy) -> None:
        await line.open()
        self.lines[name].append(line)

    def _broker_answers(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self._broker_port), 1).close()
        except OSError:
            return False
        return True


def _address(port: int) -> str:
    return f"mqtt://{COLLECTOR}@{LOOPBACK}:{port}"


async def until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"waited a minute for {what}")
