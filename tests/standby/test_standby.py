"""A standby that is away, and a primary that comes back although it was replaced: nobody is told what is not so."""

import json
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg.errors import QueryCanceled
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from collector import migrations, standby
from collector.broker.nats import EmbeddedBroker
from collector.database import Unreplicated, connect, make_engine
from collector.fleet.credentials import Credentials
from collector.ingest import committer, watch
from collector.ingest.intake import COMMITTERS, Intake
from collector.ingest.watch import Why
from collector.ratings.relay import ERA, advance
from collector.settings import Settings
from collector.web import create_app
from tests.collector.mqtt_peer import Peer
from tests.conftest import port_settings
from tests.standby.document import blocks
from tests.standby.servers import Servers
from tests.waiting import until

STATUS, UP, ACK = (f"smilepost/v1/exit-1/{name}" for name in ("status", "up", "ack"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A primary, db1, and its synchronous standby, with the newest tables."""
    made = Servers(tmp_path_factory.mktemp("standby") / "servers")
    for step in blocks("Setting it up"):
        made.carry_out(step)
    known = Settings.load(environ={}, data=tmp_path_factory.mktemp("nothing"), database=made.url)
    migrations.upgrade(make_engine(known, poolclass=NullPool))
    yield made
    made.close()


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    return Settings.load(environ={}, data=tmp_path, database=servers.url, **port_settings())


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return make_engine(settings, poolclass=NullPool)


@pytest.fixture
def watching(settings: Settings) -> Iterator[FlaskClient]:
    """What asks for /metrics."""
    app = create_app(settings)
    yield app.test_client()
    app.extensions["database"].dispose()


@contextmanager
def away(servers: Servers) -> Iterator[None]:
    """The standby is, meanwhile."""
    servers.machines["db2"].run("pg_ctl stop --mode=immediate")
    try:
        yield
    finally:
        servers.machines["db2"].run('pg_ctl start --log="$HOME/postgresql.log"')


@contextmanager
def without_waiting(servers: Servers) -> Iterator[None]:
    """The primary goes on with one server, as the document says, until all is well again."""
    change(servers, "RESET synchronous_standby_names")
    try:
        yield
    finally:
        *_, waited_for = blocks("Setting it up")
        servers.carry_out(waited_for)


def change(servers: Servers, what: str) -> None:
    """A setting of the primary."""
    servers.machines["db1"].run(f"psql -c 'ALTER SYSTEM {what}' -c 'SELECT pg_reload_conf()'")


def said(settings: Settings) -> list[str]:
    return [finding.what for finding in standby.examine(settings)]


def waiting(servers: Servers) -> int:
    """How many commits wait for the standby."""
    found = servers.machines["db1"].query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return int(found[0][0])


def test_a_wait_that_is_broken_off_is_no_commit(servers: Servers, settings: Settings, engine: Engine) -> None:
    over = threading.Event()

    def break_off() -> None:
        cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        while not over.wait(0.05):
            servers.machines["db1"].query(cancel)

    somebody = threading.Thread(target=break_off)
    with away(servers):
        somebody.start()
        try:
            with connect(settings, autocommit=True) as connection, pytest.raises(Unreplicated):
                connection.execute("COMMENT ON TABLE kiosk IS 'one statement'")
            with connect(settings) as connection, pytest.raises(Unreplicated), connection.transaction():
                connection.execute("COMMENT ON TABLE kiosk IS 'a transaction'")
            with pytest.raises(OperationalError, match="Unreplicated"), engine.begin() as begun:
                begun.execute(text("COMMENT ON TABLE kiosk IS 'by SQLAlchemy'"))
            with connect(settings) as connection, pytest.raises(QueryCanceled):  # any other is what it was
                connection.execute("SET statement_timeout = 1; SELECT pg_sleep(5)")
        finally:
            over.set()
            somebody.join()


def test_while_the_standby_is_away_nobody_is_answered_and_no_message_is_blamed(
    servers: Servers,
    settings: Settings,
    engine: Engine,
    shop: Credentials,
    broker: EmbeddedBroker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As after minutes: the intake has given its silent connection up, and finds its rows locked by what waits there.
    monkeypatch.setattr(committer, "SILENCE", 0.5)
    monkeypatch.setattr(committer, "LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(committer, "OPTIONS", committer.OPTIONS.replace("lock_timeout=5s", "lock_timeout=200ms"))
    monkeypatch.setattr(standby, "LONG", timedelta(seconds=0.2))
    monkeypatch.setattr(watch, "PATIENCE", timedelta(0))
    tries: list[bool] = []
    is_awaited = standby.is_awaited
    monkeypatch.setattr(standby, "is_awaited", lambda connection: tries.append(is_awaited(connection)) or tries[-1])
    intake = Intake(settings)
    thread = threading.Thread(target=intake.run)
    thread.start()
    kiosk = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    try:
        assert kiosk.next_event() == "connected"
        assert kiosk.subscribe(ACK)
        until(lambda: _acked(kiosk, 0), "the first ack")
        with away(servers):
            kiosk.client.publish(UP, _frame(), qos=1)
            until(lambda: tries.count(True) > 3 * committer.TRIES, "some tries")
            with engine.connect() as connection:
                [trouble] = watch.look(settings, connection, datetime.now(UTC))
            assert trouble.why is Why.STANDBY
            assert "nothing is confirmed without it" in "\n".join(said(settings))
            assert not any(_is_ack(2, *kiosk.heard.get()) for _ in range(kiosk.heard.qsize()))
            assert waiting(servers) <= COMMITTERS + 1, "what was given up and waits there has no end"
        until(lambda: _acked(kiosk, 2), "the ack")
    finally:
        kiosk.close()
        intake.stop()
        thread.join(30)
    assert servers.rows("SELECT seq, button FROM rating ORDER BY seq") == [(1, 4), (2, 1)]
    assert servers.rows("SELECT reason FROM put_aside") == []


def test_a_standby_catches_up_however_long_it_was_away_or_its_slot_is_lost_and_it_is_copied_anew(
    servers: Servers, settings: Settings, watching: FlaskClient
) -> None:
    db1 = servers.machines["db1"]

    def figures() -> set[str]:
        return {line for line in watching.get("/metrics").text.splitlines() if "standby" in line and line[0] != "#"}

    def write_much() -> None:
        for _ in range(20):  # files of 16 MB each
            db1.query("SELECT pg_logical_emit_message(false, 'a test', 'x', true), pg_switch_wal()")
        db1.run("psql -c CHECKPOINT")

    with without_waiting(servers):
        change(servers, "SET wal_keep_size = 0")
        with away(servers):
            until(lambda: 'smilepost_standby_connected{standby="db2"} 0.0' in figures(), "nobody")
            assert 'smilepost_standby_synchronous{standby="db2"} 0.0' in figures()
            write_much()
            assert any(
                re.match(r"standby db2 is not connected; 3\d\d\.\d MB of the log", each) for each in said(settings)
            )
        until(lambda: 'smilepost_standby_connected{standby="db2"} 1.0' in figures(), "the standby")
        until(lambda: any("db2 is not waited for, 0.0 MB behind" in each for each in said(settings)), "all of the log")
        with away(servers):
            change(servers, 'SET max_slot_wal_keep_size = "64MB"')
            write_much()
            assert "standby db2 was away for too long: its slot is lost" in said(settings)
        for block in blocks("A standby that was away for too long"):
            servers.carry_out(block)
    until(lambda: any("db2 has what is confirmed" in each for each in said(settings)), "db2 anew")
    assert figures() >= {
        'smilepost_standby_connected{standby="db2"} 1.0',
        'smilepost_standby_synchronous{standby="db2"} 1.0',
        "smilepost_database_waits_for_standby 0.0",
    }
    change(servers, "SET max_slot_wal_keep_size = -1")
    change(servers, 'SET wal_keep_size = "2GB"')
    until(lambda: any("max_slot_wal_keep_size has no limit" in each for each in said(settings)), "what is amiss")


def test_a_replaced_primary_that_comes_back_confirms_nothing(servers: Servers, settings: Settings) -> None:
    """Last in this file: afterwards the two have changed places."""
    dead = servers.machines["db1"]
    assert _next_position(settings) < ERA
    dead.kill()
    *_, promote = blocks("Promoting it")
    servers.carry_out(promote)
    # As at the machine's start; here its last processes have to end first.
    dead.run('until pg_ctl start --log="$HOME/postgresql.log"; do sleep 0.1; done')
    assert any("two database servers take writes" in each for each in said(settings))
    outcomes: list[Exception | None] = []
    writing = threading.Thread(target=_write, args=[settings, outcomes])
    writing.start()
    until(lambda: waiting(servers) == 1, "a commit that waits for ever")
    assert not outcomes
    first, *_ = blocks("Promoting it")
    servers.carry_out(first)
    writing.join()
    assert isinstance(outcomes[0], psycopg.OperationalError)
    back, anew, waited_for = blocks("Bringing the old primary back")
    servers.carry_out(back)
    servers.carry_out(waited_for)
    until(lambda: any("db1 has what is confirmed" in each for each in said(settings)), "db1 as a standby")
    assert servers.rows("SELECT obj_description('kiosk_status'::regclass)") == [(None,)]  # as if it had never been
    # However much the standby had missed: no position of a feed is given twice.
    assert _next_position(settings) == ERA + 1
    # The other way back: a new copy. What it takes with it are the new primary's settings, too.
    dead.run("pg_ctl stop")
    servers.carry_out(anew)
    until(lambda: any("db1 has what is confirmed" in each for each in said(settings)), "db1 anew")


def _write(settings: Settings, outcomes: list[Exception | None]) -> None:
    try:
        with connect(settings, autocommit=True) as connection:
            connection.execute("COMMENT ON TABLE kiosk_status IS 'at the replaced one'")
    except psycopg.Error as problem:
        outcomes.append(problem)
    else:
        outcomes.append(None)


def _next_position(settings: Settings) -> int:
    """What the relay gives to a batch that is committed now."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("INSERT INTO batch (received_at) VALUES (now())")
        assert advance(connection)
        return int(connection.execute("SELECT max(position) FROM batch").fetchall()[0][0])


def _acked(kiosk: Peer, seq: int) -> bool:
    """Say who we are, as a kiosk does again and again, and hear whether so much is safe."""
    body = {"v": 1, "boot": 1, "connection": 1, "state": "online", "epoch": 77, "seq": 2, "confirmed": 0}
    kiosk.client.publish(STATUS, json.dumps({**body, "settings": 1, "health": {"board": "virtual"}}), qos=1)
    try:
        return _is_ack(seq, *kiosk.heard.get(timeout=0.5))
    except queue.Empty:
        return False


def _is_ack(seq: int, topic: str, payload: bytes, _retained: bool) -> bool:
    return topic == ACK and json.loads(payload)["seq"] == seq


def _frame() -> bytes:
    now = round(datetime.now(UTC).timestamp() * 1000)
    body = {"v": 1, "epoch": 77, "held": 1, "first": 1, "boot": 1, "uptime": 60_000, "utc": now}
    records = [[1, button, 0, 1, 50_000, 1, 1] for button in (4, 1)]
    return json.dumps({**body, "records": records}).encode()
