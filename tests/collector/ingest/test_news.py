"""What kiosks are told besides acks: each thing until its effect is reported, one command at a time, no secret kept."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine, update

from collector.fleet.commands import LIFETIMES, expire, order
from collector.fleet.credentials import derived_secret
from collector.fleet.registry.enrolment import retire
from collector.fleet.releases import publish
from collector.fleet.tables import kiosk
from collector.ingest.answers import Answer
from collector.ingest.frames import Chunk, Command
from collector.ingest.messages import Message
from collector.settings import Settings
from tests.collector.releases import FILES, PUBLIC, archive, manifest_of
from tests.factories import write

Database = psycopg.Connection[TupleRow]
KIOSK, NOW = "exit-1", datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def status(release: int | None = None, **more: Any) -> Message:
    body = {"v": 1, "boot": 1, "connection": 1, "state": "online", "epoch": 77, "seq": 0, "confirmed": 0, "settings": 1}
    health = {"board": "virtual"} | ({} if release is None else {"release": release})
    return Message.read(KIOSK, "status", json.dumps({**body, "health": health, **more}).encode())


def reply(command_id: int, done: bool = True, text: str = "") -> Message:
    return Message.read(KIOSK, "reply", json.dumps({"v": 1, "id": command_id, "done": done, "text": text}).encode())


def want(release: int, file: int, offset: int, kiosk: str = KIOSK) -> Message:
    return Message.read(
        kiosk, "want", json.dumps({"v": 1, "release": release, "file": file, "offset": offset}).encode()
    )


class Orders:
    """Gives commands as somebody at the console does; `states` is what became of them."""

    def __init__(self, engine: Engine, settings: Settings, database: Database) -> None:
        self._engine, self._settings, self._database = engine, settings, database

    def give(self, do: str, now: datetime = NOW, key: str | None = None) -> int:
        with self._engine.begin() as connection:
            made = order(connection, self._settings, KIOSK, do, "Olha", now, key)
            assert made
            return int(made.id)

    @property
    def states(self) -> list[tuple[str, str | None]]:
        return self._database.execute("SELECT state, outcome FROM kiosk_command ORDER BY id").fetchall()


@pytest.fixture
def orders(engine: Engine, settings: Settings, database: Database) -> Orders:
    return Orders(engine, settings, database)


def told(database: Database, *messages: Message, now: datetime = NOW) -> list[Any]:
    """What the kiosk is told besides the ack."""
    return [answer.body for answer in write(database, messages, now) if answer.body.topic != "ack"]


def test_commands_go_one_at_a_time_and_the_next_with_the_reply(database: Database, orders: Orders) -> None:
    first, second = orders.give("identify"), orders.give("log")
    expires = round((NOW + LIFETIMES["identify"]).timestamp() * 1000)
    assert second > first
    assert told(database, status()) == [Command(first, expires, "identify")]
    assert told(database, status()) == [Command(first, expires, "identify")]  # until it is answered
    assert orders.states == [("sent", None), ("queued", None)]
    [following] = told(database, reply(first, text="It blinks."))
    assert (following.id, following.do) == (second, "log")
    assert told(database, reply(second, done=False, text="There is no log.")) == []
    assert orders.states == [("done", "It blinks."), ("failed", "There is no log.")]


def test_a_reply_that_comes_again_changes_nothing(database: Database, orders: Orders) -> None:
    command = orders.give("self-test")
    write(database, [status(), reply(command, text="All is well.")], NOW)
    write(database, [reply(command, done=False, text="Later thoughts.")], NOW)
    assert orders.states == [("done", "All is well.")]


def test_a_reply_to_nothing_is_put_aside_and_nobody_is_answered(database: Database) -> None:
    assert (
        write(database, [reply(5), Message.read(KIOSK, "reply", b"nonsense"), Message.read(KIOSK, "want", b"{}")], NOW)
        == []
    )
    reasons = [row[0] for row in database.execute("SELECT reason FROM put_aside ORDER BY reason").fetchall()]
    assert len(reasons) == 3
    assert "This kiosk was never given a command 5." in reasons


def test_what_was_not_done_in_time_expires_unless_it_was(database: Database, orders: Orders) -> None:
    blink, test = orders.give("identify"), orders.give("self-test")
    late = NOW + timedelta(minutes=6)
    [now_due] = told(database, status(), now=late)
    assert now_due.id == test
    expire(database, late)
    assert orders.states == [("expired", None), ("sent", None)]
    write(database, [reply(blink, done=False, text="It came too late.")], late)
    assert orders.states[0] == ("expired", None)
    write(database, [reply(blink, text="It blinked; the network was away.")], late)
    assert orders.states[0] == ("done", "It blinked; the network was away.")


def test_a_kiosk_that_is_away_or_retained_or_a_stranger_hears_nothing(database: Database, orders: Orders) -> None:
    orders.give("identify")
    assert write(database, [status(state="offline")], NOW) == []
    assert write(database, [status()._replace(retained=True)], NOW) == []
    assert write(database, [status()._replace(kiosk="stranger"), want(1, 0, 0, "stranger")], NOW) == []
    assert orders.states == [("queued", None)]


def test_ids_are_never_given_twice_even_by_an_older_backup(database: Database, orders: Orders) -> None:
    before = orders.give("identify")
    assert orders.give("identify", key="tapped") == orders.give("identify", key="tapped") == before + 1
    database.execute("DELETE FROM kiosk_command")
    assert orders.give("identify", NOW + timedelta(seconds=2)) > before + 1


def test_new_secret_is_kept_nowhere_and_ends_the_old_one_when_it_is_used(
    database: Database, orders: Orders, settings: Settings, engine: Engine
) -> None:
    command = orders.give("secret")
    [answer] = [answer for answer in write(database, [status(secret=1)], NOW) if answer.body.topic == "cmd"]
    assert (answer.body.do, answer.body.n) == ("secret", 2)
    assert answer.salt is not None
    secret = derived_secret(settings, KIOSK, 2, answer.salt)
    assert secret != derived_secret(settings, KIOSK, 3, answer.salt)
    assert secret not in str(database.execute("SELECT * FROM kiosk_command").fetchall())
    write(database, [reply(command)], NOW)
    assert database.execute("SELECT salt FROM kiosk_command").fetchall() == [(None,)]

    def numbers() -> list[int]:
        return [row[0] for row in database.execute("SELECT number FROM kiosk_secret ORDER BY number").fetchall()]

    for used in (1, 99):  # a number that it was never given ends nothing
        write(database, [status(secret=used)], NOW)
        assert numbers() == [1, 2]
    database.execute("LISTEN credentials")
    write(database, [status(secret=2)], NOW)
    assert numbers() == [2]
    assert [heard.channel for heard in database.notifies(timeout=5, stop_after=1)] == ["credentials"]
    assert database.execute("SELECT secret FROM kiosk_status").fetchall() == [(2,)]


def test_a_retired_kiosk_has_no_command_left(database: Database, orders: Orders, engine: Engine) -> None:
    orders.give("secret")
    with engine.begin() as connection:
        retire(connection, KIOSK, NOW)
    assert database.execute("SELECT state, salt FROM kiosk_command").fetchall() == [("expired", None)]


@pytest.fixture
def offered(engine: Engine, shop: Any) -> str:
    """Release 12, offered to the kiosk; its manifest."""
    with engine.begin() as connection:
        made = publish(connection, archive(manifest_of(12)), PUBLIC)
        connection.execute(update(kiosk).values(release_id=made.id))
    return manifest_of(12)


def test_a_release_is_offered_until_the_kiosk_runs_it(database: Database, offered: str) -> None:
    for running in (0, 11):
        [release] = told(database, status(running))
        assert release.manifest == offered
        assert len(base64.b64decode(release.signature)) == 64
    for running in (12, 13, None):
        assert told(database, status(running)) == []


def test_pieces_come_one_for_each_want_until_the_file_is_whole(database: Database, offered: str) -> None:
    paths = sorted(FILES)
    for index, path in enumerate(paths):
        data = b""
        while len(data) < len(FILES[path]):
            [piece] = told(database, want(12, index, len(data)))
            assert (piece.release, piece.file, piece.offset) == (12, index, len(data))
            assert 0 < len(piece.data) <= 2048
            data += piece.data
        assert data == FILES[path]
    empty = paths.index("kiosk/__init__.mpy")
    assert told(database, want(12, empty, 0)) == []  # nobody asks


def test_wants_of_a_batch_are_answered_each_and_those_for_nothing_are_not(database: Database, offered: str) -> None:
    wants = [want(12, 1, 2048), want(12, 1, 2048), want(12, 99, 0), want(12, 1, 10**6)]
    pieces = told(database, *wants)
    assert [piece.offset for piece in pieces] == [2048, 2048]


def test_a_want_for_what_is_not_offered_is_answered_with_an_empty_piece(database: Database, offered: str) -> None:
    assert told(database, want(11, 1, 0)) == [Chunk(11, 1, 0, b"")]
    database.execute("UPDATE kiosk SET release_id = NULL")
    assert told(database, want(12, 1, 4096)) == [Chunk(12, 1, 4096, b"")]


def test_answers_name_their_topics(database: Database, offered: str, orders: Orders) -> None:
    orders.give("log")
    answers: list[Answer] = write(database, [status(11, settings=0), want(12, 1, 0)], NOW)
    assert [answer.body.topic for answer in answers] == ["ack", "config", "cmd", "release", "chunk"]
