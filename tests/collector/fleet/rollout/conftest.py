"""A store and a region whose kiosks can take release 12."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from collector.fleet.releases import publish
from collector.fleet.rollout import changes
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.watch import look_at
from collector.fleet.tables import kiosk, kiosk_status, release, rollout, rollout_kiosk
from collector.settings import Settings
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.factories import NOW, Shop, make_kiosk

MINUTE = timedelta(minutes=1)


@dataclass
class Region:
    """Riverside's region with kiosks in it, at a time that the test moves."""

    engine: Engine
    settings: Settings
    shop: Shop
    now: Any = NOW

    def kiosks(self, *names: str, **health: object) -> None:
        with self.engine.begin() as connection:
            for name in names:
                make_kiosk(connection, self.shop, name, health={"board": "virtual", "release": 11, **health})

    def begin(self, number: int = 12, key: str = "first", plan: Plan | None = None, place: int = 0) -> int:
        with self.engine.begin() as connection:
            at = place or self.shop.region
            return changes.begin(connection, at, number, plan or Plan(), "Kateryna", self.now, key)[0]

    def change(self, do: Any, rollout_id: int, key: str) -> None:
        with self.engine.begin() as connection:
            do(connection, rollout_id, "Kateryna", self.now, key)

    def say(self, name: str, state: str = "online", **health: object) -> None:
        """A kiosk says something now."""
        with self.engine.begin() as connection:
            before = connection.scalar(select(kiosk_status.c.health).where(kiosk_status.c.kiosk_id == name)) or {}
            values = {"state": state, "received_at": self.now, "health": {**before, "update": "", **health}}
            connection.execute(update(kiosk_status).where(kiosk_status.c.kiosk_id == name).values(values))

    def sleep(self, name: str, length: timedelta) -> None:
        """A kiosk goes to sleep now."""
        self.say(name, "asleep")
        with self.engine.begin() as connection:
            mine = update(kiosk_status).where(kiosk_status.c.kiosk_id == name)
            connection.execute(mine.values(asleep_until=self.now + length))

    def take(self, *names: str, release: int = 12) -> None:
        """Kiosks say that they run a release, proved."""
        for name in names:
            self.say(name, release=release)

    def look(self, rollout_id: int, minutes: float = 1) -> tuple[str, int]:
        """Some time later, in which whoever is online has said so, the roll-out is looked at; returns its state and
        stage."""
        self.now += minutes * MINUTE
        with self.engine.begin() as connection:
            alive = kiosk_status.c.state == "online"
            connection.execute(update(kiosk_status).where(alive).values(received_at=self.now))
        look_at(self.engine, self.settings, rollout_id, self.now)
        with self.engine.connect() as connection:
            row = connection.execute(select(rollout).where(rollout.c.id == rollout_id)).one()
        return row.state, row.stage

    def steps(self, rollout_id: int) -> dict[str, str]:
        """Where each kiosk is that was offered it."""
        mine = rollout_kiosk.c.rollout_id == rollout_id, rollout_kiosk.c.offered_at.is_not(None)
        with self.engine.connect() as connection:
            rows = connection.execute(select(rollout_kiosk.c.kiosk_id, rollout_kiosk.c.state).where(*mine))
            return {row.kiosk_id: row.state for row in rows}

    def offered(self) -> dict[str, int]:
        """Which release each kiosk is offered."""
        with self.engine.connect() as connection:
            named = select(kiosk.c.id, release.c.number).join(release, release.c.id == kiosk.c.release_id)
            return {row.id: row.number for row in connection.execute(named)}


@pytest.fixture
def region(engine: Engine, settings: Settings, riverside: Shop, monkeypatch: pytest.MonkeyPatch) -> Region:
    # An intake listens: what it says of itself is a file that only its own process keeps.
    monkeypatch.setattr("collector.fleet.rollout.facts.listening_since", lambda *_: NOW - 60 * MINUTE)
    with engine.begin() as connection:
        for number in (12, 13):
            publish(connection, archive(manifest_of(number)), PUBLIC)
    return Region(engine, settings, riverside)
