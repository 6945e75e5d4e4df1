"""`smilepost jobs` keeps a broker's users in step: a new kiosk gets in, a retired one is out within a second."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.registry.enrolment import retire
from collector.jobs.loop import Jobs
from collector.settings import Settings
from tests.collector.broker.conftest import Mosquitto
from tests.collector.broker.test_mosquitto import can_sign_in, salts
from tests.collector.mqtt_peer import Peer
from tests.factories import NOW
from tests.waiting import until


@pytest.fixture(params=["embedded", "mosquitto", "rabbitmq"])
def installation(request: pytest.FixtureRequest, shop: Credentials) -> Iterator[tuple[Settings, int]]:
    """Settings of an installation whose broker and background work run; the port for kiosks on this machine."""
    if request.param == "embedded":
        request.getfixturevalue("broker")
        settings = request.getfixturevalue("settings")
        port = settings.broker_port
    elif request.param == "rabbitmq":
        settings = request.getfixturevalue("clustered")
        port = request.getfixturevalue("rabbitmq").nodes[0].plain
    else:
        mosquitto: Mosquitto = request.getfixturevalue("mosquitto")
        mosquitto.write()
        mosquitto.start()
        settings, port = mosquitto.settings, mosquitto.listeners.local_port
    with Background(settings):
        yield settings, port


class Background:
    """`smilepost jobs`, in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._jobs = Jobs(settings)
        self._thread = threading.Thread(target=self._jobs.run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._jobs.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


def gets_in(port: int, known: Credentials) -> bool:
    peer = Peer(port, f"{known.kiosk}-{known.number}", known.secret, client_id=known.kiosk)
    try:
        return peer.next_event() == "connected"
    finally:
        peer.close()


def test_kiosk_is_let_in_and_thrown_out_while_the_broker_runs(
    installation: tuple[Settings, int], shop: Credentials, engine: Engine
) -> None:
    settings, port = installation
    with engine.begin() as connection:
        second = new_secret(connection, settings, "exit-1")
    until(lambda: gets_in(port, second), "the new secret to be let in")
    kiosk = Peer(port, "exit-1-1", shop.secret, client_id="exit-1")
    assert kiosk.next_event() == "connected"
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    assert kiosk.happened.get(timeout=1) == "disconnected"  # the second
    assert kiosk.next_event() == "refused"
    kiosk.close()


def test_broker_that_is_away_is_told_when_it_is_back(
    mosquitto: Mosquitto, shop: Credentials, engine: Engine, database: psycopg.Connection[TupleRow]
) -> None:
    mosquitto.write()
    with Background(mosquitto.settings):
        with engine.begin() as connection:
            second = new_secret(connection, mosquitto.settings, "exit-1")
        mosquitto.start()
        until(lambda: salts(database) == [(1, False), (2, False)], "the secret's delivery")
        assert can_sign_in(mosquitto, second)
