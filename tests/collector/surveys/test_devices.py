"""Devices are told apart for a day, and nobody can say which they were."""

from datetime import timedelta

from sqlalchemy import Engine, func, select

from collector.cases.submit import tap
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys import devices
from collector.surveys.answers import Reply, Source
from collector.surveys.default import ensure_default
from collector.surveys.tables import answer, answer_device
from tests.factories import NOW, Shop


def test_a_device_is_known_by_address_and_browser_for_a_day(settings: Settings) -> None:
    def known(address: str = "10.0.0.1", agent: str = "A browser", days: int = 0) -> bytes:
        return devices.digest(settings, address, agent, NOW + timedelta(days=days))

    assert known() == known()
    assert len({known(), known("10.0.0.2"), known(agent="Another"), known(days=1)}) == 4


def test_devices_are_forgotten(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
    device = devices.digest(settings, "10.0.0.1", "A browser", NOW)
    tap(engine, settings, Source("poster:1", Channel.POSTER_QR, riverside.store, device=device), Reply("en", 1), NOW)
    with engine.begin() as connection:
        for later, left in ((timedelta(hours=23), 1), (timedelta(hours=25), 0)):
            devices.forget(connection, NOW + later)
            assert connection.scalar(select(func.count()).select_from(answer_device)) == left
        assert connection.scalar(select(func.count()).select_from(answer)) == 1
