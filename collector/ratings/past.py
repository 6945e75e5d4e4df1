"""Changing the past: marks, roll-ups and whole months are changed by one at a time, while the intake goes on."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import locks
from collector.failure import Failure
from collector.ratings.partitions import Month


class IsArchived(Failure):
    """The ratings of that time are in an archive file and not in the table."""


def hold(connection: Connection[TupleRow]) -> None:
    """Nobody else changes the past until the running transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.PAST])


def check_in_table(connection: Connection[TupleRow], begin: datetime, end: datetime | None = None) -> None:
    """See that all that was received in [begin, end) is in the table; without `end`, all since `begin`.

    Raises
    ------
    IsArchived: it is not; the message says which month, and how it is brought back.
    """
    last = Month.of(end - datetime.resolution).first_day if end else date.max
    gone = connection.execute(
        "SELECT month, file FROM rating_archive WHERE brought_back_at IS NULL AND month BETWEEN %s AND %s"
        " ORDER BY month LIMIT 1",
        [Month.of(begin).first_day, last],
    ).fetchone()
    if gone:
        month, file = gone
        raise IsArchived(
            f"The ratings of {Month.of_day(month)} are archived. "
            f"Bring them back first: smilepost archive restore {file}"
        )


def first_in_table(connection: Connection[TupleRow], begin: datetime) -> datetime:
    """`begin`, or the moment since when everything is in the table, where that is later."""
    row = connection.execute("SELECT max(month) FROM rating_archive WHERE brought_back_at IS NULL").fetchone()
    newest: date | None = row[0] if row else None
    return max(begin, Month.of_day(newest).end) if newest else begin
