"""The limit of the server and the table: `COPY`, in commits of as many rows, without MQTT and without thought."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from benchmarks.intake.journals import KIOSKS
from collector.settings import Settings

_HEADER, _TRAILER = 19, 2

#: The same rows as the kiosks send, made by the server.
_ROWS = """
INSERT INTO rating (cursor_id, seq, channel, batch_id, received_at, happened_at, time_quality, store_id, touchpoint_id,
    question_id, button, score, mark, boot, uptime, settings_version)
SELECT mod(n, %(kiosks)s), n / %(kiosks)s, 0, n / %(batch)s, %(now)s, %(now)s, 0, mod(n, 200), mod(n, 200),
    1, mod(n, 4) + 1, 66.7, 0, 1, 3600000 + n, 1
FROM generate_series(0, %(rows)s - 1) AS n
"""


def bare_copy(settings: Settings, rows: int, batch: int, *, values: bool) -> float:
    """Copy that many rows into the empty table; returns how long it took, s.

    Parameters
    ----------
    batch: rows in a commit.
    values: psycopg makes the bytes from Python's values meanwhile; else they are made beforehand.
    """
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(_ROWS, {"kiosks": KIOSKS, "batch": batch, "now": datetime.now(UTC), "rows": rows})
        made = list(_values(connection, batch)) if values else list(_encoded(connection, rows, batch))
        connection.execute("TRUNCATE rating")
        connection.execute("CHECKPOINT")
        types = [column.type_code for column in connection.execute("SELECT * FROM rating LIMIT 0").description or ()]
        began = time.perf_counter()
        for each in made:
            with connection.cursor().copy("COPY rating FROM STDIN (FORMAT BINARY)") as copy:
                if isinstance(each, bytes):
                    copy.write(each)
                else:
                    copy.set_types(types)
                    for row in each:
                        copy.write_row(row)
        return time.perf_counter() - began


def _encoded(connection: psycopg.Connection, rows: int, batch: int) -> Iterator[bytes]:
    with connection.cursor().copy("COPY (SELECT * FROM rating) TO STDOUT (FORMAT BINARY)") as copy:
        table = b"".join(map(bytes, copy))
    size = (len(table) - _HEADER - _TRAILER) // rows  # all columns are of fixed size
    body = table[_HEADER:-_TRAILER]
    for first in range(0, len(body), size * batch):
        yield table[:_HEADER] + body[first : first + size * batch] + table[-_TRAILER:]


def _values(connection: psycopg.Connection, batch: int) -> Iterator[list[tuple[object, ...]]]:
    cursor = connection.execute("SELECT * FROM rating")
    while rows := cursor.fetchmany(batch):
        yield rows
