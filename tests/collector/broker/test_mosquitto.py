"""A Mosquitto as `smilepost broker mosquitto` sets it up: who gets in, what they may, and that it drops nothing."""

import contextlib
import json
import ssl
import stat

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector.broker.dynamic_security import CONTROL, Control, DynamicSecurity
from collector.broker.errors import BrokerError
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.registry.enrolment import retire
from collector.settings import Settings
from tests.collector.broker.conftest import Busy, Mosquitto
from tests.collector.mqtt_peer import Peer
from tests.factories import NOW

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def collector(running: Mosquitto) -> Peer:
    peer = collector_at(running)
    assert peer.subscribe("smilepost/v1/+/+")
    return peer


def collector_at(server: Mosquitto) -> Peer:
    peer = Peer(server.listeners.local_port, "collector", server.settings.broker_password())
    assert peer.next_event() == "connected"
    return peer


def kiosk_at(server: Mosquitto, known: Credentials) -> Peer:
    user = f"{known.kiosk}-{known.number}"
    return Peer(server.listeners.local_port, user, known.secret, client_id=known.kiosk)


def can_sign_in(server: Mosquitto, known: Credentials) -> bool:
    with contextlib.closing(kiosk_at(server, known)) as peer:
        return peer.next_event() == "connected"


def secret_of(engine: Engine, settings: Settings) -> Credentials:
    with engine.begin() as connection:
        return new_secret(connection, settings, "exit-1")


def second_kiosk(server: Mosquitto, database: Database, engine: Engine) -> Credentials:
    """`exit-2`, whom Mosquitto is told while it runs."""
    database.execute("INSERT INTO kiosk (id, state) VALUES ('exit-2', 'enrolled')")
    with engine.begin() as connection:
        known = new_secret(connection, server.settings, "exit-2")
    DynamicSecurity(server.settings).refresh_users(database)
    return known


def salts(database: Database) -> list[tuple[int, bool]]:
    return database.execute(
        "SELECT number, salt IS NOT NULL FROM kiosk_secret WHERE kiosk_id = 'exit-1' ORDER BY number"
    ).fetchall()


@pytest.mark.parametrize("user", ["", "exit-1-1", "collector", "admin", "exit-1-2"])
def test_nobody_gets_in_without_the_secret(running: Mosquitto, user: str) -> None:
    with contextlib.closing(Peer(running.listeners.local_port, user, "wrong")) as stranger:
        assert stranger.next_event() == "refused"


def test_kiosk_speaks_and_listens_under_its_own_name_alone(
    running: Mosquitto, collector: Peer, shop: Credentials
) -> None:
    kiosk = kiosk_at(running, shop)
    assert kiosk.next_event() == "connected"
    for name in ("ack", "config", "cmd", "release", "chunk"):
        assert kiosk.subscribe(f"smilepost/v1/exit-1/{name}")
    for topic in ("exit-2/cmd", "+/ack", "exit-1/#"):
        assert not kiosk.subscribe(f"smilepost/v1/{topic}"), topic
    for topic in ("#", "$SYS/#", "$share/ingest/smilepost/v1/+/up", f"{CONTROL}/#"):
        assert not kiosk.subscribe(topic), topic
    for name in ("up", "reply", "want"):
        kiosk.say(f"smilepost/v1/exit-1/{name}", b"real")
        assert collector.hear() == (f"smilepost/v1/exit-1/{name}", b"real", False)
    collector.say("smilepost/v1/exit-1/ack", b"for it")
    assert kiosk.hear() == ("smilepost/v1/exit-1/ack", b"for it", False)
    kiosk.close()
    collector.close()


@pytest.mark.parametrize("topic", ["smilepost/v1/exit-2/up", "smilepost/v1/exit-1/ack", CONTROL])
def test_kiosk_that_says_what_it_may_not_is_thrown_out_and_not_heard(
    running: Mosquitto, collector: Peer, shop: Credentials, topic: str
) -> None:
    kiosk = kiosk_at(running, shop)
    assert kiosk.next_event() == "connected"
    kiosk.client.publish(topic, b'{"commands":[{"command":"deleteClient","username":"collector"}]}', qos=0)
    kiosk.client.publish("smilepost/v1/exit-1/up", b"after it", qos=1)
    assert kiosk.next_event() == "disconnected"
    assert kiosk.next_event() == "connected"
    assert collector.hear()[1] == b"after it"
    with contextlib.closing(collector_at(running)):
        kiosk.close()
        collector.close()


def test_no_kiosk_pushes_another_out_by_its_client_id(
    running: Mosquitto, database: Database, engine: Engine, shop: Credentials
) -> None:
    other = second_kiosk(running, database, engine)
    port = running.listeners.local_port
    kiosk = kiosk_at(running, shop)
    assert kiosk.next_event() == "connected"
    for user, known, client_id in [
        ("exit-2-1", other, "exit-1"),
        ("exit-2-1", other, "exit-3"),
        ("exit-2-1", other, ""),
        ("exit-1-1", shop, "exit-2"),
    ]:
        with contextlib.closing(Peer(port, user, known.secret, client_id=client_id)) as peer:
            assert peer.next_event() == "refused", (user, client_id)
    assert can_sign_in(running, other)
    assert kiosk.happened.empty()
    kiosk.close()


def test_users_of_an_older_version_are_bound_to_their_client_id(
    running: Mosquitto, database: Database, engine: Engine, shop: Credentials
) -> None:
    second = secret_of(engine, running.settings)
    DynamicSecurity(running.settings).refresh_users(database)
    with Control(running.settings) as control:
        control.ask("createClient", username="lamp-1", password="x")
        for user in ("exit-1-1", "exit-1-2"):
            control.ask("setClientId", username=user, clientid="")
    port = running.listeners.local_port
    with contextlib.closing(Peer(port, "exit-1-1", shop.secret, client_id="other")) as peer:
        assert peer.next_event() == "connected"
        DynamicSecurity(running.settings).refresh_users(database)
        assert [peer.next_event() for _ in range(2)] == ["disconnected", "refused"]
    assert can_sign_in(running, shop)
    assert can_sign_in(running, second)
    with contextlib.closing(Peer(port, "lamp-1", "x", client_id="whatever")) as lamp:
        assert lamp.next_event() == "connected"


def test_collectors_share_a_subscription(running: Mosquitto, shop: Credentials) -> None:
    collectors = [collector_at(running) for _ in range(2)]
    for one in collectors:
        assert one.subscribe("$share/ingest/smilepost/v1/+/up")
    kiosk = kiosk_at(running, shop)
    for number in range(10):
        kiosk.say("smilepost/v1/exit-1/up", b"%d" % number)
    heard = sorted(int(one.hear()[1]) for one in collectors for _ in range(5))
    assert heard == list(range(10))
    for peer in (*collectors, kiosk):
        peer.close()


def test_kiosks_meet_it_with_the_organisations_certificate(running: Mosquitto, shop: Credentials) -> None:
    assert running.settings.broker_ca
    context = ssl.create_default_context(cafile=running.settings.broker_ca)
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="exit-1")
    client.tls_set_context(context)
    client.username_pw_set("exit-1-1", shop.secret)
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(not reason.is_failure)
    client.connect("localhost", running.listeners.port)
    while not answers:
        client.loop(1)
    client.disconnect()
    assert answers == [True]


def test_nothing_is_dropped_while_a_collector_is_busy(running: Mosquitto, shop: Credentials) -> None:
    """10,000 frames for one that confirms none of them: with Mosquitto's defaults 1,020 would be left."""
    collector = Busy(running.settings)
    kiosk = kiosk_at(running, shop)
    assert kiosk.next_event() == "connected"
    said = [kiosk.client.publish("smilepost/v1/exit-1/up", b"%d" % number, qos=1) for number in range(10_000)]
    said[-1].wait_for_publish(30)
    for number in range(10_000):
        message = collector.heard.get(timeout=10)
        assert message.payload == b"%d" % number
        collector.confirm(message)
    collector.close()
    kiosk.close()


def test_new_secret_is_delivered_once_and_forgotten(running: Mosquitto, database: Database, engine: Engine) -> None:
    second = secret_of(engine, running.settings)
    assert salts(database) == [(1, False), (2, True)]
    assert not can_sign_in(running, second)
    DynamicSecurity(running.settings).refresh_users(database)
    assert salts(database) == [(1, False), (2, False)]
    assert can_sign_in(running, second)


def test_secret_survives_a_broker_that_is_away_and_one_that_is_killed(
    running: Mosquitto, database: Database, engine: Engine, shop: Credentials
) -> None:
    users = DynamicSecurity(running.settings)
    running.kill()
    second = secret_of(engine, running.settings)
    with pytest.raises(BrokerError, match="does not answer"):
        users.refresh_users(database)
    assert salts(database) == [(1, False), (2, True)]
    running.start()
    users.refresh_users(database)
    running.kill()
    running.start()
    assert can_sign_in(running, second)
    assert can_sign_in(running, shop)


def test_one_that_was_told_but_not_noted_is_told_again(running: Mosquitto, database: Database, engine: Engine) -> None:
    second = secret_of(engine, running.settings)
    [[salt]] = database.execute("SELECT salt FROM kiosk_secret WHERE number = 2").fetchall()
    users = DynamicSecurity(running.settings)
    users.refresh_users(database)
    database.execute("UPDATE kiosk_secret SET salt = %s WHERE number = 2", [salt])
    users.refresh_users(database)
    assert salts(database) == [(1, False), (2, False)]
    assert can_sign_in(running, second)


def test_retired_kiosk_is_cut_off_and_others_are_not(
    running: Mosquitto, collector: Peer, database: Database, engine: Engine, shop: Credentials
) -> None:
    kiosk = kiosk_at(running, shop)
    assert kiosk.next_event() == "connected"
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    DynamicSecurity(running.settings).refresh_users(database)
    assert kiosk.next_event() == "disconnected"
    assert kiosk.next_event() == "refused"
    assert collector.happened.empty()
    kiosk.close()
    collector.close()


def test_users_and_roles_of_somebody_else_are_left_alone(running: Mosquitto, database: Database) -> None:
    with Control(running.settings) as control:
        control.give(
            [
                {"command": "createRole", "rolename": "lamps", "acls": []},
                {"command": "createClient", "username": "lamp-1", "password": "x", "roles": [{"rolename": "lamps"}]},
            ]
        )
    database.execute("DELETE FROM kiosk_secret")
    DynamicSecurity(running.settings).refresh_users(database)
    with Control(running.settings) as control:
        assert set(control.everything("listClients", "clients")) == {"collector", "lamp-1"}
        assert set(control.everything("listRoles", "roles")) == {"smilepost-collector", "lamps"}


def test_rules_of_an_older_version_are_made_anew(running: Mosquitto, database: Database, shop: Credentials) -> None:
    with Control(running.settings) as control:
        control.ask("modifyRole", rolename="smilepost-kiosk-exit-1", acls=[])
    DynamicSecurity(running.settings).refresh_users(database)
    kiosk = kiosk_at(running, shop)
    assert kiosk.subscribe("smilepost/v1/exit-1/ack")
    kiosk.close()


def test_a_fleet_is_told_in_portions(running: Mosquitto, database: Database, engine: Engine) -> None:
    database.execute("INSERT INTO kiosk (id, state) SELECT 'k-' || n, 'enrolled' FROM generate_series(1, 250) AS n")
    with engine.begin() as connection:
        made = [new_secret(connection, running.settings, f"k-{number}") for number in range(1, 251)]
    users = DynamicSecurity(running.settings)
    users.refresh_users(database)
    assert can_sign_in(running, made[0])
    assert can_sign_in(running, made[-1])
    assert users.strangers(database) == []


def test_lost_users_are_named_and_come_back_from_the_registry(
    running: Mosquitto, database: Database, engine: Engine, shop: Credentials
) -> None:
    """A machine was restored: its Mosquitto knows less than the registry does."""
    early = (running.folder / "dynamic-security.json").read_text()
    second = secret_of(engine, running.settings)
    users = DynamicSecurity(running.settings)
    users.refresh_users(database)
    running.kill()
    (running.folder / "dynamic-security.json").write_text(early)
    running.start()
    users.refresh_users(database)
    assert users.strangers(database) == ["exit-1-2"]
    assert not can_sign_in(running, second)
    running.kill()
    (running.folder / "dynamic-security.json").unlink()
    running.write()
    running.start()
    assert users.strangers(database) == []
    assert can_sign_in(running, shop)
    assert can_sign_in(running, second)


def test_a_mosquitto_without_the_plugin_is_told_from_one_that_is_away(running: Mosquitto, database: Database) -> None:
    running.kill()
    configuration = running.folder / "mosquitto.conf"
    text = configuration.read_text().replace("allow_anonymous false", "allow_anonymous true")
    configuration.write_text("\n".join(line for line in text.splitlines() if not line.startswith("plugin")))
    running.start()
    with pytest.raises(BrokerError, match="plugin is not loaded"):
        DynamicSecurity(running.settings).refresh_users(database)


def test_what_is_there_stays_and_no_secret_stands_in_it(
    running: Mosquitto, settings: Settings, shop: Credentials
) -> None:
    files = {path: path.read_bytes() for path in running.folder.iterdir() if path.is_file() and path.suffix != ".log"}
    running.write()
    for path, content in files.items():
        assert path.read_bytes() == content
        assert shop.secret.encode() not in content
        assert running.settings.broker_password().encode() not in content
    assert stat.S_IMODE(running.folder.stat().st_mode) == 0o700
    assert "exit-1-1" in {
        user["username"] for user in json.loads(files[running.folder / "dynamic-security.json"])["clients"]
    }
