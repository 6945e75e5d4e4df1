"""`smilepost jobs` opens alerts and tells kiosks what was changed, in the machine's own time."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from collector.alerts.tables import alert
from collector.fleet.credentials import Credentials
from collector.fleet.settings.given import newest_settings
from collector.fleet.tables import kiosk_placement
from collector.improvements.changes import add
from collector.jobs.loop import Jobs
from collector.places.tables import touchpoint
from collector.settings import Settings
from tests.factories import make_journal, make_ratings
from tests.waiting import until


@pytest.fixture
def jobs(settings: Settings, shop: Credentials, engine: Engine) -> Iterator[Jobs]:
    """Runs at a shop whose kiosk was pressed badly a minute ago, and that says what it changed."""
    (settings.data / "broker").mkdir()
    now = datetime.now(UTC)
    with engine.begin() as connection:
        make_ratings(connection, make_journal(connection, "exit-1"), [4, 4, 4, 4], happened=now - timedelta(seconds=20))
        here = connection.execute(
            select(touchpoint.c.store_id).join(kiosk_placement, kiosk_placement.c.touchpoint_id == touchpoint.c.id)
        ).scalar_one()
        about = {"touchpoint_id": None, "case_id": None, "author": "Ann", "now": now}
        add(connection, place_id=here, text={"en": "You said: queues. Now a third till."}, **about)
    running = Jobs(settings)
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.usefixtures("jobs")
def test_alerts_and_improvements_happen_by_themselves(engine: Engine) -> None:
    def opened() -> list[str]:
        with engine.connect() as connection:
            return list(connection.scalars(select(alert.c.rule)))

    def said() -> object:
        with engine.connect() as connection:
            newest = newest_settings(connection, "exit-1")
        assert newest is not None
        return newest.settings["did"]

    assert until(opened, "an alert") == ["bad-share"]
    assert until(said, "the kiosk's new settings") == {"en": "You said: queues. Now a third till."}
