"""The embedded broker lets nobody in without a secret, and each kiosk speak and listen under its own name alone."""

import contextlib
import stat

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.registry.enrolment import retire
from collector.settings import Settings
from tests.collector.mqtt_peer import Peer
from tests.factories import NOW
from tests.waiting import until

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def collector(settings: Settings, shop: Credentials, broker: EmbeddedBroker) -> Peer:
    peer = Peer(settings.broker_port, "collector", settings.broker_password())
    assert peer.next_event() == "connected"
    assert peer.subscribe("smilepost/v1/+/+")
    return peer


@pytest.fixture
def kiosk(settings: Settings, shop: Credentials, collector: Peer) -> Peer:
    will = "smilepost/v1/exit-1/status"
    peer = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1", will=will)
    assert peer.next_event() == "connected"
    return peer


@pytest.mark.parametrize("user", ["", "exit-1-1", "collector", "exit-1-2"])
def test_nobody_gets_in_without_the_secret(settings: Settings, collector: Peer, user: str) -> None:
    with contextlib.closing(Peer(settings.broker_port, user, "wrong")) as stranger:
        assert stranger.next_event() == "refused"
    collector.close()


def test_kiosk_speaks_and_listens_under_its_own_name_alone(collector: Peer, kiosk: Peer) -> None:
    for name in ("ack", "config", "cmd", "release", "chunk"):
        assert kiosk.subscribe(f"smilepost/v1/exit-1/{name}")
    for topic in (
        "smilepost/v1/exit-2/cmd",
        "smilepost/v1/exit-2/ack",
        "smilepost/v1/+/ack",
        "smilepost/v1/exit-1/#",
        "#",
    ):
        assert not kiosk.subscribe(topic)
    kiosk.say("smilepost/v1/exit-2/up", b"forged")  # acknowledged and dropped
    kiosk.say("smilepost/v1/exit-1/ack", b"forged")
    kiosk.say("smilepost/v1/exit-1/cmd", b"forged")
    for name in ("up", "reply", "want"):
        kiosk.say(f"smilepost/v1/exit-1/{name}", b"real")
        assert collector.hear() == (f"smilepost/v1/exit-1/{name}", b"real", False)
    collector.say("smilepost/v1/exit-2/ack", b"not for it")
    collector.say("smilepost/v1/exit-1/ack", b"for it")
    assert kiosk.hear() == ("smilepost/v1/exit-1/ack", b"for it", False)
    kiosk.close()
    collector.close()


def test_retired_kiosk_is_cut_off_at_once_and_its_will_is_told(
    collector: Peer, kiosk: Peer, broker: EmbeddedBroker, database: Database, engine: Engine
) -> None:
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    broker.refresh_users(database)
    assert kiosk.next_event() == "disconnected"
    assert collector.hear()[:2] == ("smilepost/v1/exit-1/status", b"gone")
    assert kiosk.next_event() == "refused"
    kiosk.close()
    collector.close()


def test_new_secret_works_beside_the_old_one(
    settings: Settings, collector: Peer, kiosk: Peer, broker: EmbeddedBroker, database: Database, engine: Engine
) -> None:
    with engine.begin() as connection:
        second = new_secret(connection, settings, "exit-1")
    broker.refresh_users(database)
    until(lambda: _can_sign_in(settings, second), "the server to have read its file again")
    kiosk.say("smilepost/v1/exit-1/up", b"still here")
    assert collector.hear()[1] == b"still here"
    assert kiosk.happened.empty()
    assert collector.happened.empty()
    kiosk.close()
    collector.close()


def _can_sign_in(settings: Settings, credentials: Credentials) -> bool:
    user = f"{credentials.kiosk}-{credentials.number}"
    with contextlib.closing(Peer(settings.broker_port, user, credentials.secret, client_id="other")) as peer:
        return peer.next_event() == "connected"


def test_no_secret_stands_in_its_files_and_none_is_for_others_to_read(
    settings: Settings, shop: Credentials, collector: Peer
) -> None:
    collector.close()
    for path in (settings.data / "broker").glob("*.conf"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text()
        assert shop.secret not in text
        assert settings.broker_password() not in text
    assert stat.S_IMODE((settings.data / "secrets" / "broker-collector").stat().st_mode) == 0o600
