"""What a database consists of, as its own catalogue says: it may be older than this program, which is no matter."""

from typing import NamedTuple

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row

from collector.backup.file import IdentitySequence

#: Alembic's own: its one row is the manifest's revision.
REVISION_TABLE = "alembic_version"


class Found(NamedTuple):
    """A table that holds rows that last, itself; a partition belongs to `parent`, for the rows of `bound`."""

    name: str
    columns: list[str]
    parent: str
    bound: str
    #: About how many rows.
    rows: int


class ForeignKey(NamedTuple):
    table: str
    name: str
    definition: str


def revision(connection: Connection[TupleRow]) -> str:
    """Which migration the database has come to."""
    query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(REVISION_TABLE))
    [(which,)] = connection.execute(query).fetchall()
    return str(which)


def tables(connection: Connection[TupleRow]) -> list[Found]:
    with connection.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(_TABLES, [REVISION_TABLE]).fetchall()


def counters(connection: Connection[TupleRow]) -> list[IdentitySequence]:
    found = []
    for table, column, sequence in connection.execute(_COUNTERS).fetchall():
        # The catalogue gives the sequence's name as SQL wants it.
        values = f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608
        [(last, is_called)] = connection.execute(values.encode()).fetchall()
        found.append(IdentitySequence(table, column, last if is_called else last - 1))
    return found


def foreign_keys(connection: Connection[TupleRow]) -> list[ForeignKey]:
    with connection.cursor(row_factory=class_row(ForeignKey)) as cursor:
        return cursor.execute(_FOREIGN_KEYS).fetchall()


def tables_with_triggers(connection: Connection[TupleRow]) -> list[str]:
    return [name for (name,) in connection.execute(_WITH_TRIGGERS).fetchall()]


def is_empty(connection: Connection[TupleRow]) -> bool:
    """Whether the database holds no table nor anything like one."""
    return connection.execute(_ANYTHING).fetchone() is None


_HERE = "relnamespace = current_schema()::regnamespace"

_TABLES = f"""
SELECT relname AS name,
       ARRAY(SELECT attname::text FROM pg_attribute
             WHERE attrelid = this.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
             ORDER BY attnum) AS columns,
       coalesce((SELECT relname FROM pg_class WHERE oid = inhparent), '') AS parent,
       coalesce(pg_get_expr(relpartbound, this.oid), '') AS bound,
       greatest(reltuples, pg_relation_size(this.oid) / 200)::bigint AS rows
FROM pg_class AS this LEFT JOIN pg_inherits ON inhrelid = this.oid
WHERE {_HERE} AND relkind = 'r' AND relpersistence = 'p' AND relname <> %s
ORDER BY relname
"""  # noqa: S608 - the words above

# Identity columns; those of a partition are its parent's.
_COUNTERS = f"""
SELECT relname, attname, pg_get_serial_sequence(quote_ident(relname), attname)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE {_HERE} AND relkind IN ('r', 'p') AND NOT relispartition AND attidentity <> '' AND NOT attisdropped
ORDER BY relname, attname
"""  # noqa: S608

_FOREIGN_KEYS = f"""
SELECT relname AS table, conname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE {_HERE} AND contype = 'f' AND conparentid = 0
ORDER BY relname, conname
"""  # noqa: S608

_WITH_TRIGGERS = f"""
SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE {_HERE} AND NOT tgisinternal AND NOT relispartition ORDER BY relname
"""  # noqa: S608

_ANYTHING = f"SELECT 1 FROM pg_class WHERE {_HERE} AND relkind IN ('r', 'p', 'v', 'm') LIMIT 1"  # noqa: S608
