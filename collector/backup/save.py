"""`smilepost backup`: all that lasts into one file, while the installation runs."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import Connection, IsolationLevel, sql
from psycopg.rows import TupleRow

from collector import locks
from collector.backup import catalogue, file, server
from collector.backup.unfinished import refuse_unfinished
from collector.database import gathered
from collector.progress import step
from collector.settings import Settings
from collector.shared_secrets import require, shared_secret
from collector.up.installation import only_one
from collector.up.postgres import running

#: What lasts of the data folder: secrets, the organisation's certificates, archived ratings, the key whose releases the
#: virtual kiosks take.
SAVED = ("secrets", "certificates", "archive", "release.key.pub")
#: A partition may be archived and dropped while we begin: then we begin again, so often.
ATTEMPTS = 5


def backup(settings: Settings, target: Path) -> file.Manifest:
    """Write a backup of the installation to `target`, read it back, and only then give it that name.

    Raises
    ------
    BackupFailed, ForeignSecrets, NoDatabase, PostgresError: it cannot be made; nothing of it is left.
    """
    refuse_unfinished(settings)
    with file.Draft.at(target) as draft:
        if settings.database == "embedded" and not (settings.data / "postgres").exists():
            raise file.BackupFailed(f"There is nothing to save: {settings.data} holds no database. (SMILEPOST_DATA=…)")
        try:
            with closing(server.reach(settings)) as database:
                return _save(database, settings, draft)
        except server.NoDatabase:
            if settings.database != "embedded":
                raise
        # It rests: its database runs for as long as this takes.
        with only_one(settings), running(settings), closing(server.reach(settings)) as database:
            return _save(database, settings, draft)


def _save(database: Connection[TupleRow], settings: Settings, draft: file.Draft) -> file.Manifest:
    try:
        with step("reading"):
            found = _begin(database)
            [(made_at,)] = database.execute("SELECT now()").fetchall()
            revision = catalogue.revision(database)
            if any(table.name == shared_secret.name for table in found):
                require(settings, database)
        with step("tables", of=sum(table.rows for table in found)) as advance:
            tables = [_table(database, draft, table, advance) for table in found]
        counters = catalogue.counters(database)
        database.rollback()
    except psycopg.errors.UndefinedTable as problem:
        raise file.BackupFailed("There is nothing to save: the database holds no tables of Smilepost.") from problem
    except psycopg.Error as problem:
        raise file.BackupFailed(f"The database did not give everything: {str(problem).strip()}.") from problem
    # Only now: whatever a row needs of them is there before the row is. And what was archived and dropped meanwhile is
    # in both, which does no harm.
    with step("files"):
        files = list(_files(settings.data, draft))
    manifest = file.Manifest(made_at, revision, tables, counters, files)
    with step("checking", of=manifest.rows) as advance:
        draft.finish(manifest, advance)
    return manifest


def _begin(database: Connection[TupleRow]) -> list[catalogue.Found]:
    """Begin the one transaction in which everything is read; its tables stay until its end.

    Only tables that hold rows are locked, not those that consist of partitions: so a new month can begin meanwhile.
    Migrations wait at their own lock; one that waited for a table would hold up whoever writes to it.
    """
    database.execute("SELECT pg_advisory_lock_shared(%s)", [locks.MIGRATION])
    database.autocommit = False
    database.isolation_level, database.read_only = IsolationLevel.REPEATABLE_READ, True
    for attempt in range(ATTEMPTS):
        for name, value in (("DateStyle", "ISO, YMD"), ("bytea_output", "hex"), ("extra_float_digits", "1")):
            database.execute("SELECT set_config(%s, %s, true)", [name, value])
        database.execute("SELECT set_config('statement_timeout', '0', true)")
        found = catalogue.tables(database)
        try:
            for table in found:
                database.execute(sql.SQL("LOCK TABLE ONLY {} IN ACCESS SHARE MODE").format(sql.Identifier(table.name)))
        except psycopg.errors.UndefinedTable:
            database.rollback()
            if attempt == ATTEMPTS - 1:
                raise
        else:
            break
    return found


def _table(
    database: Connection[TupleRow], draft: file.Draft, found: catalogue.Found, advance: Callable[[int], None]
) -> file.Table:
    rows = 0

    def chunks() -> Iterator[bytes]:
        nonlocal rows
        columns = sql.SQL(", ").join(map(sql.Identifier, found.columns))
        query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(found.name), columns)
        with database.cursor() as cursor, cursor.copy(query) as copy:
            for some in gathered(copy, file.CHUNK):
                many = some.count(b"\n")
                rows += many
                advance(many)
                yield some

    _, digest = draft.add(file.member_of_table(found.name), chunks())
    return file.Table(found.name, found.columns, rows, digest, found.parent, found.bound)


def _files(data: Path, draft: file.Draft) -> Iterator[file.File]:
    for path in _lasting(data):
        name = path.relative_to(data).as_posix()
        try:
            opened = path.open("rb")
        except FileNotFoundError:  # a draft that has its own name by now, and that is read, too
            continue
        except OSError as problem:
            raise file.BackupFailed(f"{path} cannot be read: {problem.strerror}.") from problem
        with opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            size, digest = draft.add(file.member_of_file(name), iter(lambda: opened.read(file.CHUNK), b""))  # noqa: B023
            yield file.File(name, mode, size, digest)


def _lasting(data: Path) -> list[Path]:
    found: list[Path] = []
    for name in SAVED:
        path = data / name
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in found if path.is_file()]
