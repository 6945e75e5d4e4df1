"""A customer's reply comes in: its answer, its case and its thanks are written together, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from weakref import WeakKeyDictionary

from psycopg.errors import CheckViolation
from sqlalchemy import Connection, Engine, select

from collector.cases.changes.opening import examine
from collector.cases.tables import cases
from collector.contacts.messages import thank
from collector.database import driver
from collector.ratings.partitions import Month, ensure_partitions
from collector.settings import Settings
from collector.surveys.answers import Reply, Source, Submitted
from collector.surveys.recording import Written, give_position, write

#: Of each database, the month whose partition of the ratings' table is known to be there.
_prepared: WeakKeyDictionary[Engine, Month] = WeakKeyDictionary()


def submit(engine: Engine, settings: Settings, source: Source, reply: Reply, now: datetime) -> Submitted:
    """Write an answer, or complete one whose first tap is here, and all that follows from it, in one transaction.

    1. Write it under its identity; where a complete one is there, look at what it says, and change nothing.
    2. A case, if the rules say so, and a promoter's thanks, if the policy says so.
    3. Its position in the list of answers, the last thing before the commit.

    Parameters
    ----------
    reply: checked; what the survey does not ask is left out.
    """
    with _transaction(engine, now) as connection:
        written = write(connection, settings, source, reply, now, is_tap=False)
        if not written.is_new:
            return _submitted(connection, written)
        case_id = None
        if written.is_heard:
            case_id = examine(connection, settings, written.answer_id, now)
            thank(connection, settings, answer_id=written.answer_id, now=now)
        give_position(connection, written.answer_id)
    return Submitted(written.answer_id, is_new=True, case_id=case_id)


def tap(engine: Engine, settings: Settings, source: Source, reply: Reply, now: datetime) -> Submitted:
    """Write the first tap on a survey's first question: a partial answer, whose rating counts at once. Whether it opens
    a case is seen when it is completed, or a while later (`cases.changes.opening.examine_left`)."""
    with _transaction(engine, now) as connection:
        written = write(connection, settings, source, reply, now, is_tap=True)
        if written.is_new:
            give_position(connection, written.answer_id)
        return _submitted(connection, written)


@contextmanager
def _transaction(engine: Engine, now: datetime) -> Iterator[Connection]:
    """A transaction in which ratings of this month can be written."""
    month = Month.of(now)
    if _prepared.get(engine) != month:
        with engine.begin() as connection:
            ensure_partitions(driver(connection), now)  # beforehand: its locks are free again at once
        _prepared[engine] = month
    try:
        with engine.begin() as connection:
            yield connection
    except CheckViolation:
        _prepared.pop(engine, None)  # perhaps its partition is gone
        raise


def _submitted(connection: Connection, written: Written) -> Submitted:
    opened = select(cases.c.id).where(cases.c.answer_id == written.answer_id).order_by(cases.c.id).limit(1)
    case_id = None if written.is_new else connection.scalar(opened)
    return Submitted(
        written.answer_id, written.is_new, is_same=written.is_same, case_id=case_id, is_complete=written.is_complete
    )
