"""The background loop hears of changes at once, and of what changed while it was away."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from collector import changes
from collector.database import connect
from collector.fleet.credentials import Credentials, new_secret
from collector.jobs.loop import Jobs
from collector.ratings.relay import advance
from collector.settings import Settings
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def jobs(settings: Settings, shop: Credentials) -> Iterator[Jobs]:
    (settings.data / "broker").mkdir()
    jobs = Jobs(settings)
    thread = threading.Thread(target=jobs.run)
    thread.start()
    yield jobs
    jobs.stop()
    thread.join(30)
    assert not thread.is_alive()


def add_batch(database: Database) -> int:
    return int(database.execute("INSERT INTO batch (received_at) VALUES (now()) RETURNING id").fetchall()[0][0])


def positions(database: Database) -> list[tuple[int, int | None]]:
    return [(row[0], row[1]) for row in database.execute("SELECT id, position FROM batch ORDER BY id").fetchall()]


def test_positions_follow_the_commits_not_the_numbers(settings: Settings, database: Database) -> None:
    with connect(settings) as slow:
        first = add_batch(slow)  # drawn first, committed last
        second = add_batch(database)
        assert advance(database) == 1
        slow.commit()
    assert advance(database) == 1
    assert positions(database) == [(first, 2), (second, 1)]
    assert advance(database) == 0


def test_only_one_relay_works_at_a_time(settings: Settings, database: Database) -> None:
    add_batch(database)
    with connect(settings) as other, other.transaction():
        assert advance(other) == 1
        assert advance(database) == 0
    assert positions(database)[0][1] == 1


def test_a_committed_batch_gets_its_position(jobs: Jobs, database: Database) -> None:
    add_batch(database)
    database.execute(f"NOTIFY {changes.STORES}")
    until(lambda: positions(database)[0][1] == 1, "a position")


def test_a_new_secret_reaches_the_broker_s_file(jobs: Jobs, settings: Settings, engine: Engine) -> None:
    users: Path = settings.data / "broker" / "users.conf"
    until(lambda: users.exists() and '"exit-1-1"' in users.read_text(), "the first secret's user")
    with engine.begin() as connection:
        new_secret(connection, settings, "exit-1")
    until(lambda: '"exit-1-2"' in users.read_text(), "the second secret's user")


def test_the_loop_goes_on_when_the_database_comes_back(jobs: Jobs, database: Database) -> None:
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
        [database.info.dbname, database.info.backend_pid],
    )
    add_batch(database)
    until(lambda: positions(database)[0][1] == 1, "a position")


def test_expired_sessions_are_forgotten(settings: Settings, database: Database, shop: Credentials) -> None:
    database.execute(
        "INSERT INTO session (digest, account_id, expires_at)"
        " SELECT ''::bytea || n::text::bytea, id, now() + n * interval '1 minute'"
        " FROM account, generate_series(-1, 1, 2) AS n"
    )
    (settings.data / "broker").mkdir()
    jobs = Jobs(settings)
    thread = threading.Thread(target=jobs.run)
    thread.start()
    until(lambda: database.execute("SELECT count(*) FROM session").fetchall() == [(1,)], "forgetting")
    jobs.stop()
    thread.join(30)
