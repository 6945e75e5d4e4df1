"""Old months leave the database for files, and come back from them. The roll-up stays as it is.

1. Nobody writes into the month from here on; its ratings are written to a draft, journal by journal.
2. The draft is brought to the disk, read back from there whole, and gets its name: `ratings-2024-01.gz`.
3. The partition is dropped, and what was written is noted, in one commit. So power may fail anywhere: before the commit
   the table counts and the file is written again; after it the file was there and verified.

A file says itself what is in it (`archive_file`). It stays when its month is brought back, and is never replaced: what
is archived again goes into a further file, `ratings-2024-01.2.gz`, and that one counts from then on.

Clocks go wrong. One that goes back makes the partition of an archived month anew: what has come into it is archived
again together with what the file has. One that runs ahead makes nothing old: see `_present`.
"""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
import structlog
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from collector.database import connect
from collector.ratings import past, relay
from collector.ratings.archive_file import ArchiveError, Verified, opened, verify, write
from collector.ratings.partitions import Month, attach, is_there, make_apart, named, partitioned_months
from collector.ratings.reading import StoredRating
from collector.settings import Settings

log = structlog.get_logger()

#: So far may the newest ratings be from now.
AWAY = timedelta(days=31)
#: A month that was brought back is left in peace for so long.
BROUGHT_BACK = timedelta(days=30)
#: The moment in which the partition goes, everybody waits for: this long at most, then they have their turn first.
PATIENCE, TRIES = "500ms", 60
#: Seconds between two looks for what has become old.
ROUND = 3600.0
#: What a file holds of each rating: its row, and the position of its batch in the feed.
COLUMNS = (*StoredRating._fields, "position")


class ArchivedMonth(NamedTuple):
    """A month that has come into a file, or back from it."""

    month: Month
    path: Path
    rows: int


def folder_of(settings: Settings) -> Path:
    """Where the files are."""
    return settings.data / "archive"


def find_file(settings: Settings, path: Path) -> Path:
    """A file by its path, or by its name alone."""
    return path if path.exists() or path.parent != Path() else folder_of(settings) / path


def archive_old(
    settings: Settings, months: int, now: datetime, *, spare_brought_back: bool = False
) -> Iterator[ArchivedMonth]:
    """Archive what was received more than `months` months before this one, month by month, the oldest first.

    Parameters
    ----------
    spare_brought_back: leave months alone that somebody has brought back in the last 30 days.

    Raises
    ------
    ArchiveError, psycopg.Error: that month and those after it are in the table as before.
    """
    with connect(settings, autocommit=True) as connection:
        present = _present(connection, now)
        if present is None:
            return
        newest = Month.of(present).plus(-months - 1)
        spared = connection.execute(
            "SELECT month FROM rating_archive WHERE brought_back_at > %s", [now - BROUGHT_BACK]
        ).fetchall()
        for month in partitioned_months(connection):
            if month <= newest and not (spare_brought_back and (month.first_day,) in spared):
                yield archive_month(connection, folder_of(settings), month, now)


def archive_month(connection: Connection[TupleRow], folder: Path, month: Month, now: datetime) -> ArchivedMonth:
    """Archive the partition of one month; `connection` is in autocommit."""
    relay.advance(connection)  # the feed's positions go into the file, too
    with connection.transaction():
        past.hold(connection)
        connection.execute("SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'")
        connection.execute(named("LOCK TABLE {table} IN SHARE MODE", month))
        noted = _noted(connection, month)
        if noted and not noted.is_back:  # a clock went back: somebody made the partition anew
            before = folder / noted.file
            if connection.execute(named("SELECT 1 FROM {table} LIMIT 1", month)).fetchone() is None:
                _drop(connection, month)
                return ArchivedMonth(month, before, noted.rows)
            _fill(connection, month, before, verify(before), noted)
        path = folder / _next_name(month, noted)
        seal = write(path, str(month), COLUMNS, _rows(connection, month))
        # The newest position stays in any case: the relay counts on from it.
        connection.execute(_FORGET_BATCHES, [month.begin, month.end])
        connection.execute(_NOTE, [month.first_day, path.name, seal.rows, seal.sha256, now])
        _drop(connection, month)
    return ArchivedMonth(month, path, seal.rows)


def bring_back(settings: Settings, path: Path, now: datetime) -> ArchivedMonth:
    """Bring the ratings of a file back into the table; nobody waits for it. The roll-up has never lost its part.

    Their month becomes a partition again; where a clock that went back has made one already, they go into that.

    Raises
    ------
    ArchiveError: the file is damaged or is not from here, or its month is in the table already.
    """
    found = verify(path)
    month = Month.parse(found.month)
    with connect(settings) as connection:
        past.hold(connection)
        noted = _noted(connection, month)
        is_apart = not is_there(connection, month)
        if noted and noted.is_back and not is_apart:
            raise ArchiveError(f"The ratings of {month} are in the database already; {path} is left as it is.")
        if is_apart:
            make_apart(connection, month)
        _fill(connection, month, path, found, noted)
        if is_apart:
            attach(connection, month)
        connection.execute(_NOTE_RETURN, [now, month.first_day])
    with connect(settings, autocommit=True) as connection:
        connection.execute(named("ANALYZE {table}", month))
    return ArchivedMonth(month, path, found.seal.rows)


def missing_files(connection: Connection[TupleRow], settings: Settings) -> Sequence[str]:
    """Names of the files that hold archived months and are not in their folder."""
    names = connection.execute("SELECT file FROM rating_archive WHERE brought_back_at IS NULL ORDER BY month")
    return [name for (name,) in names if not (folder_of(settings) / name).exists()]


class Archivist:
    """Archives what has become old, once an hour. It may be ended at any moment, as power may fail at any moment."""

    def __init__(self, settings: Settings, months: int) -> None:
        self._settings, self._months = settings, months
        self._stopping = threading.Event()

    def run(self) -> None:
        """Archive until `stop` is called; what cannot be archived now is tried an hour later."""
        while not self._stopping.is_set():
            try:
                old = archive_old(self._settings, self._months, datetime.now(UTC), spare_brought_back=True)
                for done in itertools.takewhile(lambda _: not self._stopping.is_set(), old):
                    log.info("month archived", month=str(done.month), file=str(done.path), ratings=done.rows)
            except (ArchiveError, psycopg.Error) as problem:
                log.warning("old ratings stay in the database", problem=str(problem).strip())
            self._stopping.wait(ROUND)

    def stop(self) -> None:
        """Begin no other month."""
        self._stopping.set()


class _Noted(NamedTuple):
    """What is noted of the newest file of a month."""

    file: str
    rows: int
    sha256: str
    #: What it holds is in the table, too.
    is_back: bool


def _noted(connection: Connection[TupleRow], month: Month) -> _Noted | None:
    row = connection.execute(_NOTED, [month.first_day]).fetchone()
    return _Noted(*row) if row else None


def _next_name(month: Month, noted: _Noted | None) -> str:
    """A name that no file has that is noted, or was."""
    first = f"ratings-{month}"
    if noted is None:
        return f"{first}.gz"
    number = noted.file.removeprefix(first).removesuffix(".gz").removeprefix(".")
    return f"{first}.{int(number or 1) + 1}.gz"


def _present(connection: Connection[TupleRow], now: datetime) -> datetime | None:
    """The moment by which ratings are old; None while there are none.

    It is the earliest of what this machine's clock says, the database's, and the newest ratings' receipt.

    Raises
    ------
    ArchiveError: they are so far apart that one of them is wrong.
    """
    # The newest by number: one that came while a clock ran ahead is not the newest for good.
    clocks = connection.execute("SELECT received_at, now() FROM batch ORDER BY id DESC LIMIT 1").fetchone()
    if clocks is None:
        return None
    received: datetime = clocks[0]
    present: datetime = min(now, clocks[1])
    if abs(present - received) > AWAY:
        raise ArchiveError(
            f"The newest ratings were received on {received:%Y-%m-%d}, and it is {present:%Y-%m-%d}: a clock is wrong, "
            "or none came for a month. No month is archived until new ones come, with the clocks right."
        )
    return min(present, received)


def _fill(connection: Connection[TupleRow], month: Month, path: Path, found: Verified, noted: _Noted | None) -> None:
    """Put the ratings of a verified file into the table of its month, and their batches beside."""
    if noted is None or noted.sha256 != found.seal.sha256:
        raise ArchiveError(f"{path} is not the file that the ratings of {month} were archived to here.")
    # With the defaults: a column that ratings have got since the file was written has one.
    connection.execute(
        "CREATE TEMP TABLE returning_rating (LIKE rating INCLUDING DEFAULTS, position bigint) ON COMMIT DROP"
    )
    columns = sql.SQL(", ").join(map(sql.Identifier, found.columns))
    into = sql.SQL("COPY returning_rating ({}) FROM STDIN").format(columns)
    with opened(path) as file, connection.cursor().copy(into) as copy:
        for line in file:
            copy.write(line)
    connection.execute(named(_RETURN, month))
    connection.execute(_RETURN_BATCHES)


def _rows(connection: Connection[TupleRow], month: Month) -> Iterator[bytes | bytearray | memoryview]:
    with connection.cursor().copy(named(_COPY, month)) as copy:
        yield from copy


def _drop(connection: Connection[TupleRow], month: Month) -> None:
    """Drop the partition as soon as there is a moment in which nobody uses the ratings' table."""
    for tries_left in reversed(range(TRIES)):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'".encode())
                connection.execute(named("DROP TABLE {table}", month))
            return
        except psycopg.errors.LockNotAvailable:
            if not tries_left:
                raise
            time.sleep(1)


_ROW = ", ".join(StoredRating._fields)

_COPY = f"""
COPY (SELECT rated.*, position FROM (SELECT {_ROW} FROM {{table}}) AS rated LEFT JOIN batch ON id = batch_id
      ORDER BY cursor_id, seq) TO STDOUT
"""  # noqa: S608 - our own names

_FORGET_BATCHES = """
DELETE FROM batch WHERE received_at >= %s AND received_at < %s AND position < (SELECT max(position) FROM batch)
"""

_NOTE = """
INSERT INTO rating_archive (month, file, rows, sha256, archived_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (month) DO UPDATE SET
    file = excluded.file, rows = excluded.rows, sha256 = excluded.sha256, archived_at = excluded.archived_at,
    brought_back_at = NULL
"""

_NOTED = "SELECT file, rows, sha256, brought_back_at IS NOT NULL FROM rating_archive WHERE month = %s"

_RETURN = f"INSERT INTO {{table}} ({_ROW}) SELECT {_ROW} FROM returning_rating"  # noqa: S608

_RETURN_BATCHES = """
INSERT INTO batch (id, position, received_at) OVERRIDING SYSTEM VALUE
SELECT DISTINCT batch_id, position, received_at FROM returning_rating ORDER BY batch_id ON CONFLICT DO NOTHING
"""

_NOTE_RETURN = "UPDATE rating_archive SET brought_back_at = %s WHERE month = %s"
