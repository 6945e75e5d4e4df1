"""The intake against a real broker and a real database, with both taken away and given back."""

import contextlib
import json
import queue
import random
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine, select

from collector.broker.nats import EmbeddedBroker
from collector.database import connect
from collector.fleet.commands import order
from collector.fleet.credentials import Credentials
from collector.fleet.queries import visible_kiosk
from collector.fleet.registry.enrolment import enrol
from collector.fleet.releases import offer, publish
from collector.fleet.settings.given import prefer
from collector.ingest.intake import Intake
from collector.ingest.messages import Message
from collector.ingest.registry import Registry
from collector.ingest.source import BACKLOG
from collector.ingest.state import read_states
from collector.ingest.writer import write
from collector.places.queries import top_place
from collector.places.tables import touchpoint
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.shared_secrets import ALL, INGEST, agree
from collector.surveys.tables import question
from printer.codes import Press, decode
from tests.collector.mqtt_peer import Peer
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.qr_codes import picture, read
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
UP, STATUS, REPLY, WANT = (f"smilepost/v1/exit-1/{name}" for name in ("up", "status", "reply", "want"))


@pytest.fixture
def intake(settings: Settings, broker: EmbeddedBroker) -> Iterator[Intake]:
    intake = Intake(settings)
    thread = threading.Thread(target=intake.run)
    thread.start()
    yield intake
    intake.stop()
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def kiosk(settings: Settings, shop: Credentials, intake: Intake) -> Iterator[Peer]:
    peer = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    assert peer.next_event() == "connected"
    assert peer.subscribe("smilepost/v1/exit-1/ack")
    yield peer
    peer.close()


def frame(first: int, *buttons: int) -> bytes:
    body: dict[str, Any] = {"v": 1, "epoch": 77, "held": 1, "first": first, "boot": 1, "uptime": 60_000}
    body["utc"] = round(datetime.now(UTC).timestamp() * 1000)
    body["records"] = [[1, button, 0, 1, 50_000, 1, 1] for button in buttons]
    return json.dumps(body).encode()


def status(**more: Any) -> bytes:
    body = {"v": 1, "boot": 1, "connection": 1, "state": "online", "epoch": 77, "seq": 0, "confirmed": 0, "settings": 1}
    return json.dumps({**body, "health": {"board": "virtual", "release": 0}, **more}).encode()


def say_until_acked(kiosk: Peer, topic: str, payload: bytes) -> dict[str, Any]:
    """As a kiosk does: the same message again until the collector answers."""
    for _ in range(20):
        kiosk.say(topic, payload)
        with contextlib.suppress(queue.Empty):  # nobody has answered yet
            return dict(json.loads(kiosk.heard.get(timeout=1)[1]))
    pytest.fail("nobody answered")


def test_frame_is_committed_before_it_is_acked(kiosk: Peer, database: Database) -> None:
    assert say_until_acked(kiosk, UP, frame(1, 4, 1))["seq"] == 2
    assert database.execute("SELECT button FROM rating ORDER BY seq").fetchall() == [(4,), (1,)]


def test_bad_press_is_answered_with_its_code(kiosk: Peer, settings: Settings) -> None:
    body = json.loads(frame(1, 4))
    body["records"][0][4] = body["uptime"]
    seq, size, bits = say_until_acked(kiosk, UP, json.dumps(body).encode())["qr"]
    assert (seq, size) == (1, 29)
    link = read(picture(size, bits))
    assert link.startswith(f"HTTP://LOCALHOST:{settings.port}/Q/")
    assert decode(link[-28:]).content == Press(1, 1)


def test_nonsense_between_good_frames_stops_nobody(kiosk: Peer, database: Database) -> None:
    say_until_acked(kiosk, UP, frame(1, 1))
    kiosk.client.publish(STATUS, b'{"v":1}', qos=1)
    kiosk.client.publish(UP, b"not JSON", qos=1)
    kiosk.client.publish(UP, frame(2, 2), qos=1)
    # The broker keeps the order within a topic: the status may come between or after the frames.
    answers = [json.loads(kiosk.hear()[1]) for _ in range(3)]
    assert [answer["seq"] for answer in answers if "reason" not in answer] == [2]
    assert database.execute("SELECT count(*) FROM put_aside").fetchall() == [(2,)]
    assert database.execute("SELECT button FROM rating ORDER BY seq").fetchall() == [(1,), (2,)]


@pytest.fixture
def fleet(settings: Settings, intake: Intake) -> Iterator[Peer]:
    """Somebody who may speak for any kiosk."""
    address = settings.broker_address
    peer = Peer(address.port, address.user, settings.broker_password(), client_id="fleet")
    assert peer.next_event() == "connected"
    yield peer
    peer.close()


def test_a_frame_that_spoils_its_batch_is_found_and_the_others_are_in(
    kiosk: Peer, fleet: Peer, engine: Engine, settings: Settings, database: Database
) -> None:
    with engine.begin() as connection:
        place = connection.execute(select(touchpoint.c.id)).scalars().first()
        asked = connection.execute(select(question.c.id)).scalar_one()
        for number in range(2, 40):
            enrol(connection, settings, f"exit-{number}", place, asked)
    say_until_acked(kiosk, STATUS, status())
    # A fault of the collector that only button 3 brings to light.
    database.execute("ALTER TABLE rating ADD CONSTRAINT fault CHECK (button <> 3)")
    with database.transaction():
        database.execute("LOCK TABLE kiosk")  # so that they come to lie in one batch
        for number in range(1, 40):
            fleet.client.publish(f"smilepost/v1/exit-{number}/up", frame(1, 3 if number == 1 else 2), qos=1)
    count = "SELECT count(*), count(DISTINCT cursor_id) FROM rating"
    until(lambda: database.execute(count).fetchall() == [(38, 38)], "the good ones, once")
    until(lambda: database.execute("SELECT kiosk_id FROM put_aside").fetchall() == [("exit-1",)], "the bad one")
    database.execute("ALTER TABLE rating DROP CONSTRAINT fault")
    assert say_until_acked(kiosk, UP, frame(1, 3))["seq"] == 1  # nothing was refused: it sends it again


def test_a_lock_that_nobody_gives_back_holds_up_only_whom_it_concerns(
    kiosk: Peer, fleet: Peer, engine: Engine, settings: Settings, database: Database
) -> None:
    with engine.begin() as connection:
        place = connection.execute(select(touchpoint.c.id)).scalars().first()
        asked = connection.execute(select(question.c.id)).scalar_one()
        enrol(connection, settings, "exit-2", place, asked)
    say_until_acked(kiosk, UP, frame(1, 1))
    count = "SELECT count(*) FROM rating JOIN cursor ON cursor.id = cursor_id WHERE kiosk_id = 'exit-2'"
    with connect(settings) as hung, database.transaction():
        hung.execute("SELECT FROM cursor WHERE kiosk_id = 'exit-1' FOR UPDATE")
        kiosk.client.publish(UP, frame(2, 1), qos=1)

        def both() -> bool:
            for seq in (1, 2):  # said again, as a kiosk does: while the other waits, the second may be tried first
                fleet.client.publish("smilepost/v1/exit-2/up", frame(seq, 1), qos=1)
            return looking.execute(count).fetchone() == (2,)

        with connect(settings, autocommit=True) as looking:
            until(both, "the ratings of the other", seconds=90)
    # What it said meanwhile may still be answered.
    until(lambda: say_until_acked(kiosk, UP, frame(2, 1))["seq"] >= 2, "its own turn")


def test_a_month_whose_partition_is_gone_is_made_again(kiosk: Peer, database: Database) -> None:
    say_until_acked(kiosk, UP, frame(1, 1))
    database.execute(f"DROP TABLE rating_{datetime.now(UTC):%Y_%m}".encode())
    assert say_until_acked(kiosk, UP, frame(2, 2))["seq"] == 2
    assert database.execute("SELECT button FROM rating").fetchall() == [(2,)]


def test_two_kiosks_with_one_journal_at_the_same_moment_are_not_both_counted(
    settings: Settings, engine: Engine, shop: Credentials, database: Database
) -> None:
    with engine.begin() as connection:
        place = connection.execute(select(touchpoint.c.id)).scalars().first()
        asked = connection.execute(select(question.c.id)).scalar_one()
        enrol(connection, settings, "exit-2", place, asked)
    now = datetime.now(UTC)
    ensure_partitions(database, now)

    def take_in(name: str) -> None:
        with connect(settings, autocommit=True) as own:
            write(own, Registry(), [Message.read(name, "up", frame(1, 1))], now)

    threads = [threading.Thread(target=take_in, args=[name]) for name in ("exit-1", "exit-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.execute("SELECT mark FROM rating ORDER BY mark").fetchall() == [(0,), (2,)]


def test_memory_is_bounded_while_the_database_stands_still(
    intake: Intake, fleet: Peer, database: Database, settings: Settings
) -> None:
    with database.transaction():
        database.execute("LOCK TABLE kiosk")
        for number in range(3 * BACKLOG):
            fleet.client.publish(f"smilepost/v1/exit-{number % 100}/up", frame(1, 2), qos=1)
        until(lambda: any(state.waiting > BACKLOG / 2 for state in read_states(settings)), "a backlog that it tells of")
        assert intake._source.backlog.waiting < BACKLOG + 2000  # what one look at the socket may bring
    until(lambda: [state.waiting for state in read_states(settings)] == [0], "the intake to catch up", seconds=90)
    aside = "SELECT sum(times) FROM put_aside WHERE kiosk_id <> 'exit-1'"
    until(lambda: database.execute(aside).fetchone() == (3 * BACKLOG * 99 // 100,), "all of them")


def test_fault_of_the_collector_costs_no_record(kiosk: Peer, database: Database) -> None:
    say_until_acked(kiosk, UP, frame(1, 1))
    [(zone,)] = database.execute("SELECT DISTINCT time_zone FROM place").fetchall()
    database.execute("UPDATE place SET time_zone = 'Mars/Olympus'")
    for _ in range(3):
        kiosk.say(UP, frame(2, 2))
    with pytest.raises(queue.Empty):  # above all no refusal, upon which a kiosk would give the record up
        kiosk.heard.get(timeout=1)
    database.execute("UPDATE place SET time_zone = %s", [zone])
    assert say_until_acked(kiosk, UP, frame(2, 2))["seq"] == 2
    assert database.execute("SELECT button FROM rating ORDER BY seq").fetchall() == [(1,), (2,)]


def test_nothing_is_acked_while_the_database_is_away_and_all_of_it_after(
    kiosk: Peer, database: Database, settings: Settings
) -> None:
    say_until_acked(kiosk, UP, frame(1, 1))
    name = database.info.dbname
    with psycopg.connect(settings.database_url.replace(f"/{name}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [name, database.info.backend_pid],
        )
        kiosk.say(UP, frame(2, 2))
        with pytest.raises(queue.Empty):
            kiosk.heard.get(timeout=1)
        assert database.execute("SELECT count(*) FROM rating").fetchall() == [(1,)]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    assert json.loads(kiosk.hear()[1])["seq"] == 2
    assert database.execute("SELECT button FROM rating ORDER BY seq").fetchall() == [(1,), (2,)]


def test_replayed_reordered_truncated_and_forged_frames_change_nothing(
    kiosk: Peer, database: Database, settings: Settings
) -> None:
    chance = random.Random(2026)
    recorded = [chance.randint(1, 4) for _ in range(60)]
    honest = [frame(start + 1, *recorded[start : start + 3]) for start in range(0, 60, 3)]
    cursor = 0
    while cursor < len(recorded):
        noise = [chance.choice(honest) for _ in range(4)]  # replays, and jumps ahead
        forged = {"epoch": 78, "held": chance.randint(2, 90), "first": chance.randint(1, 90)}
        noise.append(json.dumps({**json.loads(honest[0]), **forged}).encode())  # a journal that never was
        noise += [each[: chance.randint(0, len(each) - 1)] for each in chance.sample(honest, 2)]  # truncated
        for topic, payload in [(UP, each) for each in noise] + [("smilepost/v1/exit-2/up", frame(1, 4, 4, 4))]:
            kiosk.client.publish(topic, payload, qos=1)
        answer = say_until_acked(kiosk, UP, honest[cursor // 3])
        cursor = max(cursor, answer["seq"] if answer["epoch"] == 77 else 0)
    rows = database.execute(
        "SELECT rating.seq, button FROM rating JOIN cursor ON cursor.id = cursor_id WHERE epoch = 77 ORDER BY seq"
    ).fetchall()
    assert rows == list(enumerate(recorded, start=1))
    reasons = {row[0] for row in database.execute("SELECT DISTINCT left(reason, 21) FROM put_aside").fetchall()}
    assert "The frame is not JSON" in reasons


def test_what_is_new_for_a_kiosk_that_is_online_reaches_it_at_once(
    kiosk: Peer, settings: Settings, engine: Engine, database: Database
) -> None:
    for name in ("config", "cmd", "release", "chunk"):
        assert kiosk.subscribe(f"smilepost/v1/exit-1/{name}")
    say_until_acked(kiosk, STATUS, status())
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"light": 20})
    topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["version"]) == ("smilepost/v1/exit-1/config", 2)
    assert json.loads(payload)["settings"]["light"] == 20
    say_until_acked(kiosk, STATUS, status(settings=2))

    with engine.begin() as connection:
        made = order(connection, settings, "exit-1", "self-test", "Olha", datetime.now(UTC), None)
    topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["do"]) == ("smilepost/v1/exit-1/cmd", "self-test")
    kiosk.say(REPLY, json.dumps({"v": 1, "id": made.id, "done": True, "text": "Усе гаразд"}).encode())
    kiosk.say(WANT, b'{"v":1,"release":1,"file":0,"offset":0}')  # of nothing that it was offered
    topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["data"]) == ("smilepost/v1/exit-1/chunk", "")
    answered = "SELECT outcome FROM kiosk_command WHERE state = 'done'"
    assert until(lambda: database.execute(answered).fetchall(), "the reply") == [("Усе гаразд",)]

    with engine.begin() as connection:
        publish(connection, archive(manifest_of(12)), PUBLIC)
        found = visible_kiosk(connection, top_place(connection), "exit-1", datetime.now(UTC))
        assert found is not None
        offer(connection, found, 12)
    topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["manifest"]) == ("smilepost/v1/exit-1/release", manifest_of(12))
    kiosk.say(WANT, b'{"v":1,"release":12,"file":2,"offset":0}')
    topic, payload, _ = kiosk.hear()
    assert (topic, json.loads(payload)["data"]) == ("smilepost/v1/exit-1/chunk", "bWFpbg==")


def test_a_new_secret_takes_over_from_the_old_one(
    kiosk: Peer, settings: Settings, engine: Engine, database: Database, broker: EmbeddedBroker
) -> None:
    assert kiosk.subscribe("smilepost/v1/exit-1/cmd")
    say_until_acked(kiosk, STATUS, status(secret=1))
    with engine.begin() as connection:
        order(connection, settings, "exit-1", "secret", "Olha", datetime.now(UTC), None)
    broker.refresh_users(database)  # as `smilepost jobs` does when it hears of it
    told = json.loads(kiosk.hear()[1])
    assert (told["do"], told["n"]) == ("secret", 2)

    renewed = Peer(settings.broker_port, "exit-1-2", told["secret"], client_id="exit-1-again")
    until(lambda: renewed.next_event() == "connected", "the broker to have read its users anew")
    assert renewed.subscribe("smilepost/v1/exit-1/ack")
    say_until_acked(renewed, STATUS, status(secret=2, connection=2))
    broker.refresh_users(database)
    assert kiosk.next_event() == "disconnected"
    assert kiosk.next_event() == "refused"
    say_until_acked(renewed, UP, frame(1, 4))
    renewed.close()


def test_machine_with_another_installation_s_secrets_stores_nothing_until_it_has_ours(
    settings: Settings, shop: Credentials, database: Database, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """It began while the database was away: else it would not have begun."""
    agree(settings, database, ALL)
    other = replace(settings, data=tmp_path / "other")
    keep = other.data / "secrets"
    keep.mkdir(parents=True)
    shutil.copy2(settings.data / "secrets" / "broker-collector", keep)
    intake = Intake(other)
    thread = threading.Thread(target=intake.run)
    thread.start()
    peer = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    try:
        assert peer.next_event() == "connected"
        assert peer.subscribe("smilepost/v1/exit-1/ack")
        peer.say(STATUS, status(), retain=True)
        until(lambda: "has not the secrets" in "".join(each.reason for each in read_states(other)), "its word")
        assert not (keep / "links").exists()
        for name in INGEST:
            shutil.copy2(settings.data / "secrets" / name, keep)
        assert json.loads(peer.hear()[1])["seq"] == 0
    finally:
        peer.close()
        intake.stop()
        thread.join(30)
