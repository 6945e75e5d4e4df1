"""What was saved comes back, every table and file of it; and no number that was given out is given to anything else."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from collector import migrations
from collector.backup.restore import restore, verify
from collector.backup.save import _begin, backup
from collector.database import connect
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from tests.collector.backup.full import contents, files
from tests.collector.test_cli import smilepost

#: What go_on changes on purpose; the other tables are the same, row by row.
GROWN = {"batch", "outbox", "kiosk_settings", "receipt"}
EMPTIED = {"session", "sign_in_link", "ingest_process"}
CHANGED = {"job", "kiosk", "report"}


def test_every_table_and_file_comes_back(
    full: Settings, engine: Engine, empty: Settings, restored_engine: Engine, tmp_path: Path
) -> None:
    before = contents(engine)
    assert [name for name, rows in before.items() if not rows] == []
    made = smilepost(full, "backup", str(tmp_path / "saved.zip"))
    assert (made.returncode, made.stderr) == (0, "")
    assert f"{tmp_path / 'saved.zip'}: as of 20" in made.stdout
    assert (tmp_path / "saved.zip").stat().st_mode & 0o777 == 0o600
    assert contents(engine) == before

    restored = smilepost(empty, "restore", str(tmp_path / "saved.zip"))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "Start it now: smilepost up" in restored.stdout
    assert " slips or messages perhaps went out" in restored.stdout
    after = contents(restored_engine)
    for name in before.keys() - GROWN - EMPTIED - CHANGED:
        assert after[name] == before[name], name
    for name in GROWN:
        assert set(before[name]) < set(after[name]), name
    assert not any(after[name] for name in EMPTIED)
    assert len(after["kiosk"]) == len(before["kiosk"])
    assert files(empty.data) == files(full.data)
    assert migrations.is_current(restored_engine)
    # Foreign keys, triggers, partitions, indexes: the shape is that of a new installation.
    assert shape(restored_engine) == shape(engine)


def shape(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text(_SHAPE)))


_SHAPE = """
SELECT relname || ' ' || pg_get_constraintdef(pg_constraint.oid) || convalidated
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT relname || pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r'
ORDER BY 1
"""


def test_no_number_is_given_out_twice(
    full: Settings, engine: Engine, empty: Settings, restored_engine: Engine, tmp_path: Path
) -> None:
    backup(full, tmp_path / "saved.zip")
    restore(empty, tmp_path / "saved.zip")
    highest = {
        "place": "SELECT max(id) FROM place",
        "case": 'SELECT max(id) FROM "case"',
        "positions of ratings": "SELECT max(position) FROM batch",
        "positions of events": "SELECT max(position) FROM outbox",
        "settings": "SELECT max(version) FROM kiosk_settings",
        "receipts": "SELECT max(serial) FROM receipt WHERE day = current_date",
    }
    with engine.begin() as old, restored_engine.begin() as new:
        for connection in (old, new):
            for further in _FURTHER:
                connection.execute(text(further))
        for what, query in highest.items():
            was, now = old.scalar(text(query)), new.scalar(text(query))
            assert was is not None
            assert now is not None
            assert now >= was + 1000, what
        told = new.execute(text("SELECT type, data->>'backup_of' FROM outbox ORDER BY position DESC")).first()
    assert told is not None
    assert told[0] == "smilepost.collector.restored"


_FURTHER = (
    "INSERT INTO place (kind, name, path, time_zone) VALUES ('store', 'x', '{}', 'UTC')",
    """INSERT INTO "case" (identity, store_id, state, place_id) SELECT 'x', id, 'open', id FROM place LIMIT 1""",
)


def test_paper_and_messages_that_may_have_gone_are_for_a_person_to_look_at(
    full: Settings, engine: Engine, empty: Settings, restored_engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        held = """
            INSERT INTO message
                (key, purpose, channel, address, digest, store_id, language, content, held_until, expires_at)
            SELECT 'held', 'recovery', channel, address, digest, store_id, language, '{}', now(), now() FROM message
        """
        connection.execute(text(held))
    backup(full, tmp_path / "saved.zip")
    assert restore(empty, tmp_path / "saved.zip").unsure == 3
    with restored_engine.begin() as connection:
        rows = connection.execute(text("SELECT key, state FROM job ORDER BY key")).all()
    assert [tuple(row) for row in rows] == [
        ("event", "queued"),
        ("mail", "unknown"),
        ("message/2", "unknown"),  # it was held
        ("old slip", "done"),
        ("slip", "unknown"),
    ]


def test_what_is_saved_while_frames_come_in_is_of_one_moment(
    full: Settings, empty: Settings, restored_engine: Engine, tmp_path: Path
) -> None:
    enough, going = threading.Event(), threading.Event()

    def write_without_end() -> None:
        with connect(full) as database:
            while not enough.is_set():
                database.execute("INSERT INTO batch (received_at) VALUES (now())")
                database.execute("UPDATE cursor SET seq = seq + 1")
                database.commit()
                going.set()

    writer = threading.Thread(target=write_without_end)
    writer.start()
    going.wait(20)
    try:
        backup(full, tmp_path / "saved.zip")
    finally:
        enough.set()
        writer.join()
    restore(empty, tmp_path / "saved.zip")
    with restored_engine.begin() as connection:
        # One batch and five ratings were there before, and one batch is of the restore.
        batches, seq = connection.execute(text("SELECT (SELECT count(*) FROM batch), max(seq) FROM cursor")).one()
    assert batches - 2 == seq - 5 > 0


def test_backup_of_an_older_installation_is_brought_up_to_date(
    full: Settings, engine: Engine, empty: Settings, restored_engine: Engine, tmp_path: Path
) -> None:
    from alembic import command

    with engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    backup(full, tmp_path / "saved.zip")
    assert verify(tmp_path / "saved.zip").revision == "0003"
    restore(empty, tmp_path / "saved.zip")
    migrations.upgrade(engine)
    same = {
        "rating",
        "rating_hour",
        "cursor",
        "place",
        "answer",
    }  # cases are looked at anew, at the time of the upgrade
    before, after = contents(engine), contents(restored_engine)
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


@pytest.mark.parametrize("way", ["the database", "the data folder"])
def test_only_an_empty_place_is_restored_into(full: Settings, empty: Settings, tmp_path: Path, way: str) -> None:
    backup(full, tmp_path / "saved.zip")
    if way == "the database":
        with connect(empty) as database:
            database.execute("CREATE TABLE somebodys (work text)")
    else:
        (empty.data / "secrets").mkdir(parents=True)
        (empty.data / "secrets" / "links").write_text("another one's")
    refused = smilepost(empty, "restore", str(tmp_path / "saved.zip"))
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "a backup is restored into an empty one only" in refused.stderr
    if way == "the data folder":
        assert (empty.data / "secrets" / "links").read_text() == "another one's"


def test_backup_replaces_no_other_and_says_what_is_missing(full: Settings, empty: Settings, tmp_path: Path) -> None:
    (tmp_path / "saved.zip").write_text("last week's")
    assert "is there already" in smilepost(full, "backup", str(tmp_path / "saved.zip")).stderr
    assert (tmp_path / "saved.zip").read_text() == "last week's"
    assert "holds no tables of Smilepost" in smilepost(empty, "backup", str(tmp_path / "new.zip")).stderr
    assert "cannot be written to" in smilepost(full, "backup", str(tmp_path / "nowhere" / "new.zip")).stderr
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["saved.zip"]


def test_machine_without_the_installation_s_secrets_saves_nothing(full: Settings, tmp_path: Path) -> None:
    (full.data / "secrets" / "webhooks").unlink()
    made = smilepost(full, "backup", str(tmp_path / "saved.zip"))
    assert made.returncode == 1
    assert "has not the secrets of the installation whose database it uses: webhooks not there" in made.stderr
    assert not (tmp_path / "saved.zip").exists()


def test_new_month_begins_while_a_backup_is_read(full: Settings) -> None:
    """Otherwise the intake would wait for it: for minutes where there are many ratings."""
    with connect(full, autocommit=True) as saving, connect(full) as intake:
        assert "rating" not in [table.name for table in _begin(saving)]
        intake.execute("SET lock_timeout = '5s'")
        ensure_partitions(intake, datetime.now(UTC) + timedelta(days=70))
        intake.execute("INSERT INTO batch (received_at) VALUES (now())")
