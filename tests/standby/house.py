"""An installation whose database is on two servers, and another system that lives by what it is told."""

import contextlib
import json
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.pool import NullPool

from collector import standby
from collector.accounts.tokens import make_token
from collector.database import make_engine
from collector.fleet.credentials import Credentials
from collector.places.tables import place
from simulators.webhook_receiver import Receiver
from tests.chaos.house import House
from tests.chaos.part import Part
from tests.conftest import free_ports, wait_for_port
from tests.standby.servers import Servers
from tests.waiting import until

Answer = dict[str, Any]


class StandbyHouse(House):
    """Two collectors, pages and API, jobs; each knows both servers by the one setting that the document names."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        super().__init__(folder, "embedded", servers)
        self.others = {name: self._part(name, self._environment()) for name in ("web", "jobs")}

    async def open(self, kiosks: list[str]) -> dict[str, Credentials]:
        credentials = await super().open(kiosks)
        for part in self.others.values():
            await part.start()
        return credentials

    async def close(self) -> None:
        for part in self.others.values():
            await part.end()
        await super().close()

    async def _collector(self, clock: Path) -> Part:
        port = await self._line_to_broker("collectors to broker")
        settings = replace(self._settings, broker_port=port)
        return self._part("ingest", {**self._environment(), **settings.environment()}, f"ingest-{clock.name}")

    def says(self, what: str) -> bool:
        """Whether `smilepost doctor` says so."""
        return any(what in finding.what for finding in standby.examine(self._settings))

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
        return {**inherited, **self._settings.environment()}

    def _part(self, name: str, environment: dict[str, str], log: str = "") -> Part:
        command = [sys.executable, "-m", "collector", name]
        return Part(lambda: command, self.logs / f"{log or name}.log", env=environment)

    @contextlib.contextmanager
    def desk(self) -> Iterator["Desk"]:
        """The other system at work; from its first line on the house must be open."""
        engine = make_engine(self._settings, poolclass=NullPool)
        with engine.begin() as connection:
            everywhere = connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).one()
            store = connection.scalars(select(place.c.id).where(place.c.kind == "store")).first()
            token = make_token(connection, "the desk", ("read", "write"), everywhere)
        wait_for_port(self._settings.port)
        desk = Desk(f"http://127.0.0.1:{self._settings.port}/api/v1", token, store)
        [port] = free_ports(1)
        with desk.receiver.running(port) as url:
            desk.receiver.secrets.append(desk.ask("webhooks", {"url": url}, "the webhook")["secret"])
            with desk.working():
                yield desk


class Desk:
    """Opens cases by the API, and hears of them by webhook and feed.

    What does not answer is asked again, under the same key.
    """

    def __init__(self, api: str, token: str, store: int) -> None:
        self._api, self._token, self._store = api, token, store
        self._resting, self._next = threading.Event(), ""
        self._ended = threading.Event()
        self._opening = threading.Thread(target=self._work, args=(self._open, self._resting))
        self.receiver = Receiver()
        #: Cases that were confirmed, and events in the order of the feed.
        self.opened: list[int] = []
        self.read: list[str] = []
        self.faults: list[BaseException] = []

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        reading = threading.Thread(target=self._work, args=(self._read, self._ended))
        for thread in (self._opening, reading):
            thread.start()
        try:
            yield
        finally:
            self.rest()
            self._ended.set()
            reading.join()

    def rest(self) -> None:
        """Open no more cases."""
        self._resting.set()
        self._opening.join()

    def ask(self, path: str, body: Answer | None = None, key: str = "") -> Answer:
        """What the API answers, as soon as it does."""
        return until(lambda: self._ask(path, body, key), f"an answer of {path}", 60)

    def _ask(self, path: str, body: Answer | None, key: str) -> Answer | None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None
        if body is not None:
            headers["Idempotency-Key"], data = key, json.dumps(body).encode()
        request = urllib.request.Request(f"{self._api}/{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            assert problem.code >= 500, problem.read()  # noqa: PT017 - what it refuses it must not refuse
            return None
        except OSError:
            return None

    def _work(self, work: Callable[[], None], end: threading.Event) -> None:
        try:
            while not end.wait(0.02):
                work()
        except BaseException as fault:
            self.faults.append(fault)

    def _open(self) -> None:
        number = len(self.opened) + 1
        case = self.ask("cases", {"store": self._store, "subject": f"Case {number}"}, f"case {number}")
        self.opened.append(case["id"])

    def _read(self) -> None:
        page = self.ask(f"cases/feed?limit=100{self._next}")
        self.read += [event["id"] for event in page["items"]]
        self._next = f"&after={page['next']}"
