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
from collector.ratings.partitions import Month, ensure_partitions, named, partitioned_months
from collector.ratings.reading import StoredRating, ratings_of
from collector.ratings.remark import Remark, remark
from collector.ratings.tables import rating
from collector.settings import Settings
from tests.factories import Shop, make_kiosk, make_ratings
from tests.waiting import until

Database = psycopg.Connection[Any]
#: What is old goes by real clocks, the database's among them.
NOW = datetime.now(UTC).replace(microsecond=250_000)
FIRST, SECOND, THIRD, THIS = (Month.of(NOW).plus(-back) for back in (3, 2, 1, 0))
LONG_AGO = FIRST.begin.replace(day=22, hour=9, minute=52, second=1, microsecond=250_000)
EVER = datetime(2020, 1, 1, tzinfo=UTC), NOW + timedelta(days=1)
RATINGS = "SELECT * FROM rating ORDER BY cursor_id, seq"


@pytest.fixture
def kiosk(engine: Engine, riverside: Shop) -> int:
    """A kiosk with ratings of four months, of every kind."""
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, riverside)
        for month in (FIRST, SECOND, THIRD, THIS):
            then = NOW if month == THIS else LONG_AGO.replace(year=month.year, month=month.month)
            make_ratings(connection, kiosk, [1, 2, 3, 4] * 20, happened=then)
            make_ratings(connection, kiosk, [1, 4], happened=then, mark=Mark.TEST)
            make_ratings(connection, kiosk, [2], happened=then, earliest=then - timedelta(hours=1))
            make_ratings(connection, kiosk, [2], happened=then, delay=timedelta(seconds=1, microseconds=20_001))
    return kiosk


def smilepost(settings: Settings, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    command = f'{before} exec "$@"'
    return subprocess.Popen(
        ["sh", "-c", command, "sh", sys.executable, "-m", "collector", *arguments],
        env=settings.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def name_of(month: Month, number: str = "") -> str:
    return f"ratings-{month}{number}.gz"


def archive(settings: Settings, months: int = 1, **how: Any) -> list[Path]:
    return [done.path for done in archive_old(settings, months, NOW, **how)]


def test_what_is_old_goes_into_a_file_a_month_and_the_roll_up_stays(
    engine: Engine, settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    rolled = empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall()
    before = empty_database.execute("SELECT count(*) FROM rating").fetchone()
    assert before
    paths = archive(settings)
    assert [path.name for path in paths] == [name_of(FIRST), name_of(SECOND)]
    assert partitioned_months(empty_database) == [THIRD, THIS, THIS.plus(1)]
    rows = empty_database.execute("SELECT count(*) FROM rating").fetchone()
    assert rows == (before[0] // 2,)
    assert sum(verify(path).seal.rows for path in paths) == before[0] // 2
    assert empty_database.execute("SELECT * FROM rating_hour ORDER BY hour, button").fetchall() == rolled
    with engine.connect() as connection:
        store = visible_store(connection, riverside.store, riverside.store)
        assert store
        assert store_day(connection, store.id, LONG_AGO.date(), store.zone).tally.total() == 82
    assert folder_of(settings).stat().st_mode & 0o077 == 0
    assert archive(settings) == []


def test_what_was_received_this_month_is_never_archived(
    settings: Settings, empty_database: Database, kiosk: int
) -> None:
    archive(settings, 0)
    assert partitioned_months(empty_database) == [THIS, THIS.plus(1)]


def test_a_file_is_read_as_the_table_is(
    settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    with empty_database.transaction():
        there = [
            each for each in ratings_of(empty_database, riverside.store, *EVER) if Month.of(each.received_at) == FIRST
        ]
    path = archive(settings)[0]
    assert list(read(path)) == there
    assert {each.earliest_at is None for each in there} == {True, False}


def test_no_column_is_forgotten() -> None:
    assert {column.name for column in rating.columns} == set(StoredRating._fields)


def test_a_file_of_before_a_column_was_added_comes_back(
    settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    path = archive(settings)[0]
    empty_database.execute("ALTER TABLE rating ALTER COLUMN channel SET DEFAULT 5")
    header, *lines, end, _ = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    told = json.loads(header)
    place = told["columns"].index("channel")
    del told["columns"][place]
    older = [b"\t".join(value for at, value in enumerate(line.split(b"\t")) if at != place) for line in lines]
    sha256 = hashlib.sha256(b"".join(older)).hexdigest()
    seal = json.dumps({"rows": len(older), "sha256": sha256}).encode()
    path.write_bytes(gzip.compress(b"".join([json.dumps(told).encode() + b"\n", *older, end, seal, b"\n"])))
    empty_database.execute("UPDATE rating_archive SET sha256 = %s WHERE month = %s", [sha256, FIRST.first_day])
    bring_back(settings, path, NOW)
    assert empty_database.execute(named("SELECT DISTINCT channel FROM {table}", FIRST)).fetchall() == [(5,)]


def test_a_file_is_text_for_any_program(settings: Settings, kiosk: int) -> None:
    lines = gzip.decompress(archive(settings)[0].read_bytes()).decode().splitlines()
    header, seal = json.loads(lines[0]), json.loads(lines[-1])
    assert header["month"] == str(FIRST)
    assert header["columns"][:2] == ["cursor_id", "seq"]
    assert lines[1].split("\t")[:2] == [str(kiosk), "1"]
    assert lines[-2] == "\\."
    assert seal["rows"] == len(lines) - 3 == 84


def test_brought_back_it_is_as_before(
    engine: Engine, settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    tables = RATINGS, "SELECT * FROM batch ORDER BY id", "SELECT * FROM rating_hour ORDER BY hour, button"
    before = [empty_database.execute(table).fetchall() for table in tables]
    with engine.connect() as connection:
        fed = feed.page(connection, riverside.store, (0, 0, 0, 0), 1000)
    paths = archive(settings)
    assert empty_database.execute("SELECT count(*) FROM batch").fetchone() == (8,)
    for path in paths:
        bring_back(settings, path, NOW)
    assert [empty_database.execute(table).fetchall() for table in tables] == before
    with engine.connect() as connection:
        assert feed.page(connection, riverside.store, (0, 0, 0, 0), 1000) == fed
    assert all(path.exists() for path in paths)
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND indisvalid"
    assert empty_database.execute(indexes, [FIRST.table]).fetchone() == (4,)


def test_the_feed_goes_on_behind_what_was_archived(
    engine: Engine, settings: Settings, riverside: Shop, kiosk: int
) -> None:
    with engine.connect() as connection:
        fed = feed.page(connection, riverside.store, (0, 0, 0, 0), 1000)
    after = feed.cursors.decode(fed["next"], int, int, int, int)
    archive(settings, 0)
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [3], happened=NOW + timedelta(minutes=1))
    with engine.connect() as connection:
        assert [each["button"] for each in feed.page(connection, riverside.store, after, 10)["items"]] == [3]


def test_a_month_brought_back_can_be_marked_anew_and_archived_again(
    settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    path = archive(settings)[0]
    first = verify(path)
    bring_back(settings, path, NOW)
    assert remark(empty_database, riverside.store, FIRST.begin, FIRST.end, [Remark(kiosk, 1, Mark.REPEAT)]) == 1
    assert archive(settings, spare_brought_back=True) == []
    [again] = archive(settings)
    assert again.name == name_of(FIRST, ".2")
    assert [each.mark for each in read(again)][:2] == [Mark.REPEAT, Mark.COUNTED]
    assert verify(path) == first
    with pytest.raises(ArchiveError, match="is not the file"):
        bring_back(settings, path, NOW)
    bring_back(settings, again, NOW)
    assert [path.name for path in archive(settings)] == [name_of(FIRST, ".3")]


@pytest.mark.parametrize("received", ["in it", "nothing"])
def test_a_clock_that_went_back_loses_nothing(
    engine: Engine, settings: Settings, empty_database: Database, kiosk: int, received: str
) -> None:
    """It makes the partition of an archived month anew: the file is the only copy of what was there."""
    paths = archive(settings)
    before = [path.read_bytes() for path in paths]
    if received == "in it":
        with engine.begin() as connection:
            make_ratings(connection, kiosk, [3, 3], happened=LONG_AGO)
            make_ratings(connection, kiosk, [4], happened=NOW)  # the clock is right again
    else:
        ensure_partitions(empty_database, LONG_AGO)
    assert partitioned_months(empty_database) == [FIRST, SECOND, THIRD, THIS, THIS.plus(1)]
    again = archive(settings, spare_brought_back=True)
    assert partitioned_months(empty_database) == [THIRD, THIS, THIS.plus(1)]
    assert [path.read_bytes() for path in paths] == before
    if received == "in it":
        assert [path.name for path in again] == [name_of(FIRST, ".2"), name_of(SECOND)]
        assert list(read(again[0]))[:84] == list(read(paths[0]))
        assert [each.button for each in read(again[0])][84:] == [3, 3]
    else:
        assert again == paths
    bring_back(settings, again[0], NOW)
    assert FIRST in partitioned_months(empty_database)


def test_a_month_comes_back_into_what_a_clock_that_went_back_has_made(
    engine: Engine, settings: Settings, empty_database: Database, riverside: Shop, kiosk: int
) -> None:
    path = archive(settings)[0]
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [3, 3], happened=LONG_AGO)
    bring_back(settings, path, NOW)
    with empty_database.transaction():
        there = [
            each for each in ratings_of(empty_database, riverside.store, *EVER) if Month.of(each.received_at) == FIRST
        ]
    assert len(there) == 86
    assert set(read(path)) < set(there)
    with pytest.raises(ArchiveError, match="in the database already"):
        bring_back(settings, path, NOW)


def test_a_damaged_file_is_not_made_up_for_by_what_came_later(
    engine: Engine, settings: Settings, empty_database: Database, kiosk: int
) -> None:
    path = archive(settings)[0]
    path.write_bytes(path.read_bytes()[:-1])
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [3, 3], happened=LONG_AGO)
        make_ratings(connection, kiosk, [4], happened=NOW)
    with pytest.raises(ArchiveError, match="damaged"):
        archive(settings)
    assert empty_database.execute(named("SELECT count(*) FROM {table}", FIRST)).fetchone() == (2,)


def test_a_clock_that_runs_ahead_makes_nothing_old(settings: Settings, empty_database: Database, kiosk: int) -> None:
    """The database's clock is right."""
    ahead = list(archive_old(settings, 1, NOW + timedelta(days=2000)))
    assert [done.month for done in ahead] == [FIRST, SECOND]
    assert partitioned_months(empty_database) == [THIRD, THIS, THIS.plus(1)]


@pytest.mark.parametrize("days", [-400, 400])
def test_nothing_is_archived_while_a_clock_is_wrong(
    settings: Settings, empty_database: Database, kiosk: int, days: int
) -> None:
    """To the newest ratings, the machine's clock and the database's run ahead, or go back."""
    months = partitioned_months(empty_database)
    empty_database.execute("UPDATE batch SET received_at = received_at + make_interval(days => %s)", [days])
    with pytest.raises(ArchiveError, match="a clock is wrong"):
        archive(settings)
    assert partitioned_months(empty_database) == months


def test_one_batch_with_a_wrong_clock_does_not_stop_it(engine: Engine, settings: Settings, kiosk: int) -> None:
    with engine.begin() as connection:
        make_ratings(connection, kiosk, [3], happened=NOW + timedelta(days=400))
        make_ratings(connection, kiosk, [3], happened=NOW)
    assert len(archive(settings)) == 2


def test_where_nothing_was_received_nothing_is_old(settings: Settings, empty_database: Database) -> None:
    ensure_partitions(empty_database, LONG_AGO)
    assert archive(settings) == []
    assert partitioned_months(empty_database) == [FIRST, SECOND]


@pytest.mark.parametrize("place", [0, 1, 200, -400, -20, -8, -1])
def test_a_file_with_one_wrong_byte_is_refused(
    settings: Settings, empty_database: Database, kiosk: int, place: int
) -> None:
    path = archive(settings)[0]
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 0x10
    path.write_bytes(damaged)
    with pytest.raises(ArchiveError):
        bring_back(settings, path, NOW)
    assert FIRST not in partitioned_months(empty_database)


@pytest.mark.parametrize("kept", [0, 5, 300, -1, -30])
def test_a_file_that_is_cut_short_is_refused(
    settings: Settings, empty_database: Database, kiosk: int, kept: int
) -> None:
    path = archive(settings)[0]
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ArchiveError, match="damaged"):
        bring_back(settings, path, NOW)
    assert FIRST not in partitioned_months(empty_database)


def test_rows_that_do_not_fit_their_seal_are_refused(settings: Settings, kiosk: int) -> None:
    path = archive(settings)[0]
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for wrong in (lines[:1] + lines[2:], [*lines, b"more\n"], [lines[0], lines[2], lines[1], *lines[3:]]):
        path.write_bytes(gzip.compress(b"".join(wrong)))
        with pytest.raises(ArchiveError, match="damaged"):
            verify(path)


def test_only_what_was_archived_here_comes_back(settings: Settings, empty_database: Database, kiosk: int) -> None:
    path = archive(settings)[0]
    empty_database.execute("UPDATE rating_archive SET sha256 = 'another'")
    with pytest.raises(ArchiveError, match="is not the file"):
        bring_back(settings, path, NOW)


def test_a_month_that_is_there_is_not_brought_back_twice(
    settings: Settings, empty_database: Database, kiosk: int
) -> None:
    path = archive(settings)[0]
    bring_back(settings, path, NOW)
    rows = empty_database.execute(RATINGS).fetchall()
    with pytest.raises(ArchiveError, match="in the database already"):
        bring_back(settings, path, NOW)
    assert empty_database.execute(RATINGS).fetchall() == rows


def test_a_full_disk_leaves_all_where_it_is(settings: Settings, empty_database: Database, kiosk: int) -> None:
    before = empty_database.execute(RATINGS).fetchall()
    ended = smilepost(
        settings, "archive", "old", "--months", "1", before="export PYTHONDONTWRITEBYTECODE=1; ulimit -f 1;"
    )
    _, said = ended.communicate(timeout=60)
    assert ended.returncode == 1
    assert f"{name_of(FIRST)} cannot be written: File too large." in said
    assert empty_database.execute(RATINGS).fetchall() == before
    assert list(folder_of(settings).iterdir()) == []


def test_a_kill_between_file_and_commit_loses_nothing(settings: Settings, empty_database: Database, kiosk: int) -> None:
    before = empty_database.execute(RATINGS).fetchall()
    with connect(settings) as reader:
        reader.execute("SELECT FROM rating LIMIT 1")  # somebody reads: the partition cannot be dropped now
        killed = smilepost(settings, "archive", "old", "--months", "1")
        path = folder_of(settings) / name_of(FIRST)
        until(path.exists, "the file")
        killed.kill()
        killed.communicate()
    until(lambda: not empty_database.execute(_OTHERS).fetchone(), "the database to notice")
    assert empty_database.execute(RATINGS).fetchall() == before
    assert verify(path).seal.rows == 84
    assert len(archive(settings)) == 2
    assert empty_database.execute("SELECT count(*) FROM rating").fetchone() == (len(before) // 2,)


_OTHERS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
  AND backend_type = 'client backend'
"""


def test_a_draft_that_a_kill_left_is_replaced(settings: Settings, kiosk: int) -> None:
    path = folder_of(settings) / name_of(FIRST)
    draft = path.with_name(path.name + ".draft")
    draft.parent.mkdir()
    draft.write_bytes(gzip.compress(b'{"format": "smilepost ratings", "version": 1'))  # what a kill has left
    archive(settings)
    assert sorted(each.name for each in draft.parent.iterdir()) == [name_of(FIRST), name_of(SECOND)]


def test_intake_and_readers_go_on_meanwhile(engine: Engine, settings: Settings, kiosk: int) -> None:
    done: list[Path] = []
    with connect(settings) as reader:
        reader.execute("SELECT FROM rating LIMIT 1")
        archiving = threading.Thread(target=lambda: done.extend(archive(settings)))
        archiving.start()
        until((folder_of(settings) / name_of(FIRST)).exists, "the file")
        for _ in range(5):
            with engine.begin() as connection:
                make_ratings(connection, kiosk, [1], happened=NOW)
        assert not done
    archiving.join()
    assert len(done) == 2
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM rating").scalar_one() == 84 * 2 + 5


def test_the_background_work_archives_by_itself(settings: Settings, empty_database: Database, kiosk: int) -> None:
    archivist = Archivist(settings, 1)
    working = threading.Thread(target=archivist.run)
    working.start()
    until(lambda: FIRST not in partitioned_months(empty_database), "the archive")
    archivist.stop()
    working.join()


def test_a_missing_file_is_named(settings: Settings, empty_database: Database, kiosk: int) -> None:
    path = archive(settings)[1]
    assert missing_files(empty_database, settings) == []
    path.unlink()
    assert missing_files(empty_database, settings) == [name_of(SECOND)]


def test_at_the_terminal(settings: Settings, kiosk: int) -> None:
    def says(*arguments: str) -> str:
        ended = smilepost(settings, *arguments)
        out, problem = ended.communicate(timeout=60)
        assert (ended.returncode, problem) == (0, "")
        return out

    out = says("archive", "old", "--months", "1")
    assert f"✓ {FIRST}            84 ratings" in out
    assert says("archive", "verify").count("✓") == 2
    assert f"The 84 ratings of {FIRST} are in the database again" in says("archive", "restore", name_of(FIRST))
    assert says("archive", "old", "--months", "24") == "No month is that old.\n"
    (folder_of(settings) / name_of(SECOND)).write_bytes(b"")
    ended = smilepost(settings, "archive", "verify")
    assert "damaged or no archive" in ended.communicate(timeout=60)[0]
    assert ended.returncode == 1
