"""`smilepost restore`: a new installation out of a backup.

First the mark, then the files, then the whole database in one transaction, then the mark goes. So a restore that is cut
short leaves an empty database; and it is seen afterwards whether it was cut short before its commit, or just behind it.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.backup import catalogue, file, renumber, server, unfinished
from collector.database import driver, make_engine
from collector.failure import Failure
from collector.files import sync_folder
from collector.progress import step
from collector.settings import Settings
from collector.up.installation import only_one
from collector.up.postgres import running

Database = psycopg.Connection[TupleRow]


class CannotRestore(Failure):
    """A backup cannot be restored here; the message says why and what to do."""


@dataclass(frozen=True)
class Restored:
    manifest: file.Manifest
    #: Tables in the file that are none of Smilepost's.
    left_out: list[str]
    #: Slips of which nobody knows whether they were printed.
    unsure: int


def verify(path: Path) -> file.Manifest:
    """Read every byte of a backup.

    Raises
    ------
    Unusable: it is not as it was written.
    """
    with file.Backup.open(path) as backup:
        _verify(backup)
        return backup.manifest


def restore(settings: Settings, path: Path) -> Restored:
    """Make an installation of a backup, in an empty database and a data folder that holds none.

    Raises
    ------
    Unusable, CannotRestore, NoDatabase, PostgresError: it cannot be done. The database is empty then.
    """
    with file.Backup.open(path) as backup:
        manifest = backup.manifest
        if not migrations.is_known(manifest.revision):
            raise CannotRestore(
                f"{path} was made by a newer Smilepost ({manifest.version}). Install that or a later one, then restore."
            )
        _verify(backup)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        left_out: list[str] = []
        with only_one(settings), contextlib.ExitStack() as if_it_fails, _server(settings):
            mark = unfinished.mark_of(settings)
            if not (mark and _is_complete(settings, mark)):
                _refuse_what_is_in_use(settings, [] if mark else manifest.files)
                mark = unfinished.Mark(secrets.token_hex(8), str(path.absolute()))
                unfinished.put_mark(settings, mark)
                with step("files"):
                    _write_files(settings, backup)
                if settings.database == "embedded":
                    # It was empty: gone with it is what a full disk has left of the transaction.
                    if_it_fails.callback(shutil.rmtree, settings.data / "postgres", ignore_errors=True)
                left_out = _load(settings, backup, mark)
                if_it_fails.pop_all()
            unfinished.take_mark_away(settings)
            return Restored(manifest, left_out, _look_over(settings))


def _verify(backup: file.Backup) -> None:
    with step("checking", of=backup.manifest.rows) as advance:
        backup.verify(advance)


@contextlib.contextmanager
def _server(settings: Settings) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if settings.database == "embedded":
            with step("database"):
                stack.enter_context(running(settings))
        yield


def _is_complete(settings: Settings, mark: unfinished.Mark) -> bool:
    """Whether the restore of this mark was cut short only behind its commit."""
    query = "SELECT obj_description(to_regclass(%s), 'pg_class') = %s"
    with contextlib.closing(server.reach(settings)) as database:
        return database.execute(query, [catalogue.REVISION_TABLE, _sign(mark)]).fetchone() == (True,)


def _sign(mark: unfinished.Mark) -> str:
    return f"restored {mark.id}"


def _refuse_what_is_in_use(settings: Settings, files: list[file.File]) -> None:
    with contextlib.closing(server.reach(settings)) as database:
        is_empty = catalogue.is_empty(database)
    if not is_empty and settings.database != "embedded":
        raise CannotRestore(
            "The database holds tables already, and a backup is restored into an empty one only. Make one (createdb), "
            "and name it in the setting `database`."
        )
    taken = [settings.data / each.path for each in files if (settings.data / each.path).exists()]
    if not is_empty or taken:
        raise CannotRestore(
            f"The data folder {settings.data} is in use ({taken[0].name if taken else 'its database holds tables'}), "
            "and a backup is restored into an empty one only. Name another: SMILEPOST_DATA=… smilepost restore …"
        )


def _write_files(settings: Settings, backup: file.Backup) -> None:
    for each in backup.manifest.files:
        path = settings.data / each.path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # of a restore that was cut short
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, each.mode), "wb") as written:
                for chunk in backup.read(each):
                    written.write(chunk)
                written.flush()
                os.fsync(written.fileno())
            sync_folder(path.parent)
        except OSError as problem:
            raise CannotRestore(f"{path} cannot be written: {problem.strerror}. {_AGAIN}") from problem


def _load(settings: Settings, backup: file.Backup, mark: unfinished.Mark) -> list[str]:
    """The whole database, in one transaction; returns the names of tables that are none of ours."""
    engine = make_engine(settings, poolclass=NullPool)
    manifest = backup.manifest
    try:
        with engine.begin() as connection:
            database = driver(connection)
            database.execute("SELECT set_config('statement_timeout', '0', true)")
            migrations.upgrade_within(connection, manifest.revision)
            with _bare(database):
                left_out = _fill(database, backup)
            renumber.count_on(database, manifest)
            migrations.upgrade_within(connection)
            renumber.go_on(database, manifest, datetime.now(UTC), mark.id)
            comment = sql.SQL("COMMENT ON TABLE {} IS {}")
            database.execute(comment.format(sql.Identifier(catalogue.REVISION_TABLE), sql.Literal(_sign(mark))))
    except (psycopg.Error, exc.DBAPIError) as problem:
        why = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
        raise CannotRestore(f"The database did not take it: {why}. Nothing of it is there. {_AGAIN}") from problem
    return left_out


_AGAIN = "When that is mended, run it again: it begins anew."


@contextlib.contextmanager
def _bare(database: Database) -> Iterator[None]:
    """Tables without foreign keys and triggers: rows come in any order, and stay as they are."""
    keys, triggers = catalogue.foreign_keys(database), catalogue.tables_with_triggers(database)
    for key in keys:
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        database.execute(drop.format(sql.Identifier(key.table), sql.Identifier(key.name)))
    for table in triggers:
        database.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    yield
    for table in triggers:
        database.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
    for key in keys:
        add = f'ALTER TABLE "{key.table}" ADD CONSTRAINT "{key.name}" {key.definition}'
        database.execute(add.encode())


def _fill(database: Database, backup: file.Backup) -> list[str]:
    tables = backup.manifest.tables
    for partition in tables:
        if partition.parent:
            make = f'CREATE TABLE "{partition.name}" PARTITION OF "{partition.parent}" {partition.bound}'
            database.execute(make.encode())
    ours = {found.name for found in catalogue.tables(database)}
    for table in tables:
        if table.name in ours:  # a migration may have put rows there
            database.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table.name)))
    with step("tables", of=backup.manifest.rows) as advance:
        for table in tables:
            if table.name in ours:
                _copy(database, backup, table, advance)
    return [table.name for table in tables if table.name not in ours]


def _copy(database: Database, backup: file.Backup, table: file.Table, advance: Callable[[int], None]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    # Frozen: the rows need no second look by the vacuum. The table is of this very transaction.
    query = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE)").format(sql.Identifier(table.name), columns)
    with database.cursor() as cursor:
        with cursor.copy(query) as copy:
            for chunk in backup.read(table):
                copy.write(chunk)
                advance(chunk.count(b"\n"))
        if cursor.rowcount != table.rows:
            raise CannotRestore(f"Of {table.rows} rows of the table {table.name} the database took {cursor.rowcount}.")


def _look_over(settings: Settings) -> int:
    """Statistics, without which the first queries are slow; returns how many slips a person should look at."""
    with step("statistics"), contextlib.closing(server.reach(settings)) as database:
        database.execute("ANALYZE")
        [(unsure,)] = database.execute("SELECT count(*) FROM job WHERE state = 'unknown'").fetchall()
    return int(unsure)
