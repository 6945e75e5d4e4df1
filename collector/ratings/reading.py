"""Stored ratings one by one, for what goes over the past again; `archive.read` gives those of a file just so."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, class_row


class StoredRating(NamedTuple):
    """A whole row of the ratings' table; see `ratings.tables`."""

    cursor_id: int
    seq: int
    channel: int
    batch_id: int
    received_at: datetime
    happened_at: datetime
    earliest_at: datetime | None
    time_quality: int
    store_id: int
    touchpoint_id: int
    question_id: int
    button: int
    score: float
    mark: int
    boot: int
    uptime: int
    settings_version: int


def ratings_of(
    connection: Connection[TupleRow], store_id: int, begin: datetime, end: datetime
) -> Iterator[StoredRating]:
    """What was received of a store in [begin, end), journal by journal in the order of recording; in a transaction."""
    query = f"""
        SELECT {", ".join(StoredRating._fields)} FROM rating
        WHERE store_id = %s AND received_at >= %s AND received_at < %s ORDER BY cursor_id, seq
        """  # noqa: S608 - our own names
    with connection.cursor("ratings_of", row_factory=class_row(StoredRating)) as cursor:
        cursor.itersize = 5_000
        yield from cursor.execute(query.encode(), [store_id, begin, end])
