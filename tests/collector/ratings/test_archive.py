"""Old months go into files and come back whole; whatever happens on the way, each rating is in one place or both."""

import gzip
import hashlib
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from collector.api import ratings as feed
from collector.database import connect
from collector.insights.queries import store_day
from collector.places.queries import visible_store
from collector.ratings.archive import Archivist, archive_old, bring_back, folder_of, missing_files
from collector.ratings.archive_file import ArchiveError, read, verify
from collector.ratings.kinds import Mark
from collector.ratings.partitions import Month, partitioned_months
from collector.ratings.reading import StoredRating, ratings_of
from collector.ratings.remark import Remark, remark
from collector.ratings.tables import rating
from collector.settings import Settings
from tests.factories import NOW, Shop, make_kiosk, make_ratings
from tests.waiting import until

Database = psycopg.Connection[Any]
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)
LONG_AGO = datetime(2026, 8, 22, 9, 52, 1, 250_000, tzinfo=UTC)
EVER = datetime(2020, 1, 1, tzinfo=UTC), NOW + timedelta(days=1)
RATINGS = "SELECT * FROM rating ORDER BY cursor_id, seq"


@pytest.fixture
def kiosk(engine: Engine, riverside: Shop) -> int:
    """A kiosk with ratings of four months, of every kind."""
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        for month in (8, 9, 10, 11):
            then = NOW.replace(month=month)
            make_ratings(connection, kiosk, [1, 2, 3, 4] * 20, happened=then)
            make_ratings(connection, kiosk, [1, 4], happened=then, mark=Mark.TEST)
            make_ratings(connection, kiosk, [2], happened=then, earliest=then - timedelta(hours=1))
            make_ratings(connection, kiosk, [2], happened=then, delay=timedelta(seconds=1, microseconds=20_001))
    return kiosk


@pytest.fixture
def second(settings: Settings) -> Any:
    with connect(settings, autocommit=True) as connection:
        yield connection


def smilepost(settings: Settings, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    command = f'{before} exec "$@"'
    return subprocess.Popen(
        ["sh", "-c", command, "sh", sys.executable, "-m", "collector", *arguments],
        env=settings.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def archive(settings: Settings, months: int = 1, **how: Any) -> list[Path]:
    return [done.path for done in archive_old(settings, months, NOW, **how)]


def test_what_is_old_goes_into_a_file_a_month_and_the_roll_up_stays(
    engine: Engine, settings: Settings, second: Database, riverside: Shop, kiosk: int
) -> None:
    rolled = second.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall()
    before = second.execute("SELECT count(*) FROM rating").fetchone()
    assert before
    paths = archive(settings)
    assert [path.name for path in paths] == ["ratings-2026-08.gz", "ratings-2026-09.gz"]
    assert [each for each in partitioned_months(second) if each < Month(2026, 10)] == []
    rows = second.execute("SELECT count(*) FROM rating").fetchone()
    assert rows == (before[0] // 2,)
    assert sum(verify(path).seal.rows for path in paths) == before[0] // 2
    assert second.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall() == rolled
    with engine.connect() as connection:
        store = visible_store(connection, riverside.store, riverside.store)
        assert store
        assert store_day(connection, store.id, LONG_AGO.date(), store.zone).tally.total() == 82
    assert folder_of(settings).stat().st_mode & 0o077 == 0
    assert archive(settings) == []


def test_what_was_received_this_month_is_never_archived(settings: Settings, second: Database, kiosk: int) -> None:
    archive(settings, 0)
    assert partitioned_months(second) == [Month(2026, 11), Month(2026, 12)]


def test_a_file_is_read_as_the_table_is(settings: Settings, second: Database, riverside: Shop, kiosk: int) -> None:
    with second.transaction():
        there = [each for each in ratings_of(second, riverside.store, *EVER) if Month.of(each.received_at) == AUGUST]
    path = archive(settings)[0]
    assert list(read(path)) == there
    assert {each.earliest_at is None for each in there} == {True, False}


def test_no_column_is_forgotten() -> None:
    assert {column.name for column in rating.columns} == set(StoredRating._fields)


def test_a_file_of_before_a_column_was_added_comes_back(
    settings: Settings, second: Database, riverside: Shop, kiosk: int
) -> None:
    path = archive(settings)[0]
    second.execute("ALTER TABLE rating ALTER COLUMN channel SET DEFAULT 5")
    header, *lines, end, _ = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    told = json.loads(header)
    place = told["columns"].index("channel")
    del told["columns"][place]
    older = [b"\t".join(value for at, value in enumerate(line.split(b"\t")) if at != place) for line in lines]
    sha256 = hashlib.sha256(b"".join(older)).hexdigest()
    seal = json.dumps({"rows": len(older), "sha256": sha256}).encode()
    path.write_bytes(gzip.compress(b"".join([json.dumps(told).encode() + b"\n", *older, end, seal, b"\n"])))
    second.execute("UPDATE rating_archive SET sha256 = %s WHERE month = '2026-08-01'", [sha256])
    bring_back(settings, path, NOW)
    assert second.execute("SELECT DISTINCT channel FROM rating_2026_08").fetchall() == [(5,)]


def test_a_file_is_text_for_any_program(settings: Settings, kiosk: int) -> None:
    lines = gzip.decompress(archive(settings)[0].read_bytes()).decode().splitlines()
    header, seal = json.loads(lines[0]), json.loads(lines[-1])
    assert header["month"] == "2026-08"
    assert header["columns"][:2] == ["cursor_id", "seq"]
    assert lines[1].split("\t")[:2] == [str(kiosk), "1"]
    assert lines[-2] == "\\."
    assert seal["rows"] == len(lines) - 3 == 84


def test_brought_back_it_is_as_before(
    engine: Engine, settings: Settings, second: Database, riverside: Shop, kiosk: int
) -> None:
    tables = RATINGS, "SELECT * FROM batch ORDER BY id", "SELECT * FROM rating_hour ORDER BY hour, button"
    before = [second.execute(table).fetchall() for table in tables]
    with engine.connect() as connection:
        fed = feed.page(connection, riverside.store, (0, 0, 0), 1000)
    paths = archive(settings)
    assert second.execute("SELECT count(*) FROM batch").fetchone() == (8,)
    for path in paths:
        bring_back(settings, path, NOW)
    assert [second.execute(table).fetchall() for table in tables] == before
    with engine.connect() as connection:
        assert feed.page(connection, riverside.store, (0, 0, 0), 1000) == fed
    assert all(path.exists() for path in paths)
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'rating_2026_08'::regclass AND indisvalid"
    assert second.execute(indexes).fetchone() == (2,)


def test_the_feed_goes_on_behind_what_was_archived(
    engine: Engine, settings: Settings, riverside: Shop, kiosk: int
) -> None:
    with engine.connect() as connection:
        fed = feed.page(connection, riverside.store, (0, 0, 0), 1000)
    after = feed.cursors.decode(fed["next"], int, int, int)
    archive(settings, 0)
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [3], happened=NOW + timedelta(minutes=1))
    with engine.connect() as connection:
        assert [each["button"] for each in feed.page(connection, riverside.store, after, 10)["items"]] == [3]


def test_a_month_brought_back_can_be_marked_anew_and_archived_again(
    settings: Settings, second: Database, riverside: Shop, kiosk: int
) -> None:
    path = archive(settings)[0]
    first = verify(path)
    bring_back(settings, path, NOW)
    assert remark(second, riverside.store, AUGUST.begin, AUGUST.end, [Remark(kiosk, 1, Mark.REPEAT)]) == 1
    assert archive(settings, spare_brought_back=True) == []
    assert archive(settings) == [path]
    assert verify(path).seal != first.seal
    assert [each.mark for each in read(path)][:2] == [Mark.REPEAT, Mark.COUNTED]


@pytest.mark.parametrize("place", [0, 1, 200, -400, -20, -8, -1])
def test_a_file_with_one_wrong_byte_is_refused(settings: Settings, second: Database, kiosk: int, place: int) -> None:
    path = archive(settings)[0]
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 0x10
    path.write_bytes(damaged)
    with pytest.raises(ArchiveError):
        bring_back(settings, path, NOW)
    assert AUGUST not in partitioned_months(second)


@pytest.mark.parametrize("kept", [0, 5, 300, -1, -30])
def test_a_file_that_is_cut_short_is_refused(settings: Settings, second: Database, kiosk: int, kept: int) -> None:
    path = archive(settings)[0]
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ArchiveError, match="damaged"):
        bring_back(settings, path, NOW)
    assert AUGUST not in partitioned_months(second)


def test_rows_that_do_not_fit_their_seal_are_refused(settings: Settings, kiosk: int) -> None:
    path = archive(settings)[0]
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for wrong in (lines[:1] + lines[2:], [*lines, b"more\n"], [lines[0], lines[2], lines[1], *lines[3:]]):
        path.write_bytes(gzip.compress(b"".join(wrong)))
        with pytest.raises(ArchiveError, match="damaged"):
            verify(path)


def test_only_what_was_archived_here_comes_back(settings: Settings, second: Database, kiosk: int) -> None:
    path = archive(settings)[0]
    second.execute("UPDATE rating_archive SET sha256 = 'another'")
    with pytest.raises(ArchiveError, match="is not the file"):
        bring_back(settings, path, NOW)


def test_a_month_that_is_there_is_not_brought_back_twice(settings: Settings, second: Database, kiosk: int) -> None:
    path = archive(settings)[0]
    bring_back(settings, path, NOW)
    rows = second.execute(RATINGS).fetchall()
    with pytest.raises(ArchiveError, match="in the database already"):
        bring_back(settings, path, NOW)
    assert second.execute(RATINGS).fetchall() == rows


def test_a_full_disk_leaves_all_where_it_is(settings: Settings, second: Database, kiosk: int) -> None:
    before = second.execute(RATINGS).fetchall()
    ended = smilepost(
        settings, "archive", "old", "--months", "1", before="export PYTHONDONTWRITEBYTECODE=1; ulimit -f 1;"
    )
    _, said = ended.communicate(timeout=60)
    assert ended.returncode == 1
    assert "ratings-2026-08.gz cannot be written: File too large." in said
    assert second.execute(RATINGS).fetchall() == before
    assert list(folder_of(settings).iterdir()) == []


def test_a_kill_between_file_and_commit_loses_nothing(settings: Settings, second: Database, kiosk: int) -> None:
    before = second.execute(RATINGS).fetchall()
    with connect(settings) as reader:
        reader.execute("SELECT FROM rating LIMIT 1")  # somebody reads: the partition cannot be dropped now
        killed = smilepost(settings, "archive", "old", "--months", "1")
        path = folder_of(settings) / "ratings-2026-08.gz"
        until(path.exists, "the file")
        killed.kill()
        killed.communicate()
    until(lambda: not second.execute(_OTHERS).fetchone(), "the database to notice")
    assert second.execute(RATINGS).fetchall() == before
    assert verify(path).seal.rows == 84
    assert len(archive(settings)) == 2
    assert second.execute("SELECT count(*) FROM rating").fetchone() == (len(before) // 2,)


_OTHERS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
  AND backend_type = 'client backend'
"""


def test_a_kill_while_the_file_is_written_loses_nothing(settings: Settings, second: Database, kiosk: int) -> None:
    before = second.execute(RATINGS).fetchall()
    path = folder_of(settings) / "ratings-2026-08.gz"
    draft = path.with_name(path.name + ".draft")
    draft.parent.mkdir()
    draft.write_bytes(gzip.compress(b'{"format": "smilepost ratings", "version": 1'))  # what a kill has left
    assert missing_files(second, settings) == []
    assert second.execute(RATINGS).fetchall() == before
    archive(settings)
    assert sorted(each.name for each in draft.parent.iterdir()) == ["ratings-2026-08.gz", "ratings-2026-09.gz"]


def test_intake_and_readers_go_on_meanwhile(engine: Engine, settings: Settings, kiosk: int) -> None:
    done: list[Path] = []
    with connect(settings) as reader:
        reader.execute("SELECT FROM rating LIMIT 1")
        archiving = threading.Thread(target=lambda: done.extend(archive(settings)))
        archiving.start()
        until((folder_of(settings) / "ratings-2026-08.gz").exists, "the file")
        for _ in range(5):
            with engine.begin() as connection:
                make_ratings(connection, kiosk, [1], happened=NOW)
        assert not done
    archiving.join()
    assert len(done) == 2
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM rating").scalar_one() == 84 * 2 + 5


def test_the_background_work_archives_by_itself(settings: Settings, second: Database, kiosk: int) -> None:
    archivist = Archivist(settings, 1)
    working = threading.Thread(target=archivist.run)
    working.start()
    until(lambda: AUGUST not in partitioned_months(second), "the archive")
    archivist.stop()
    working.join()


def test_a_missing_file_is_named(settings: Settings, second: Database, kiosk: int) -> None:
    path = archive(settings)[1]
    assert missing_files(second, settings) == []
    path.unlink()
    assert missing_files(second, settings) == ["ratings-2026-09.gz"]


def test_at_the_terminal(settings: Settings, kiosk: int) -> None:
    def says(*arguments: str) -> str:
        ended = smilepost(settings, *arguments)
        out, problem = ended.communicate(timeout=60)
        assert (ended.returncode, problem) == (0, "")
        return out

    out = says("archive", "old", "--months", "1")
    assert "✓ 2026-08            84 ratings" in out
    assert says("archive", "verify").count("✓") == 2
    assert "The 84 ratings of 2026-08 are in the database again" in says("archive", "restore", "ratings-2026-08.gz")
    assert says("archive", "old", "--months", "24") == "No month is that old.\n"
    (folder_of(settings) / "ratings-2026-09.gz").write_bytes(b"")
    ended = smilepost(settings, "archive", "verify")
    assert "damaged or no archive" in ended.communicate(timeout=60)[0]
    assert ended.returncode == 1
