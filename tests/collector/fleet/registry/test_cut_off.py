"""A kiosk that was stolen is retired in the console, and is out: at the broker at once, at the collector for good."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.accounts.sessions import COOKIE
from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials
from collector.fleet.tables import kiosk as kiosks
from collector.ingest.intake import Intake
from collector.ingest.tables import put_aside as aside
from collector.jobs.loop import Jobs
from collector.places.queries import top_place
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.web import create_app
from tests.collector.ingest.test_intake import UP, frame, say_until_acked
from tests.collector.mqtt_peer import Peer
from tests.collector.pages import send
from tests.factories import make_session
from tests.waiting import until


@contextlib.contextmanager
def in_the_background(part: Any) -> Iterator[None]:
    thread = threading.Thread(target=part.run)
    thread.start()
    try:
        yield
    finally:
        part.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def running(settings: Settings, broker: EmbeddedBroker, shop: Credentials) -> Iterator[None]:
    """The parts of an installation: broker, intake, and what keeps the broker's users in step."""
    with in_the_background(Intake(settings)), in_the_background(Jobs(settings)):
        yield


def test_a_stolen_kiosk_is_cut_off_at_once(
    running: None, settings: Settings, shop: Credentials, engine: Engine
) -> None:
    app = create_app(settings)
    console = app.test_client()
    with engine.begin() as connection:
        console.set_cookie(COOKIE, make_session(connection, top_place(connection)))
    kiosk = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    collector = Peer(settings.broker_port, "collector", settings.broker_password(), client_id="straggler")
    try:
        assert kiosk.next_event() == "connected"
        assert collector.next_event() == "connected"
        assert kiosk.subscribe("smilepost/v1/exit-1/ack")
        assert say_until_acked(kiosk, UP, frame(1, 4))["seq"] == 1

        answer = send(console, "/kiosks/exit-1/retire", why="stolen", comment="The screws are gone, too.")
        assert answer.status_code == 302
        assert kiosk.happened.get(timeout=1) == "disconnected"  # within the second
        assert kiosk.next_event() == "refused"

        # What the broker had from it before is not taken either, and somebody sees that it came.
        collector.say(UP, frame(2, 4, 4))
        with engine.connect() as connection:
            until(lambda: put_aside(engine) == ["No enrolled kiosk has this name."], "the frame to be put aside")
            assert connection.scalars(select(rating.c.button)).all() == [4]
            ended = connection.execute(select(kiosks.c.retired_why, kiosks.c.retired_at)).one()
    finally:
        for peer in (kiosk, collector):
            peer.close()
        app.extensions["database"].dispose()
    assert (ended.retired_why, ended.retired_at is not None) == ("stolen", True)


def put_aside(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(aside.c.reason)))
