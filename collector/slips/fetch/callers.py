"""Who calls, and how it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from collector import changes
from collector.accounts.secrets import digest
from collector.queue.jobs import Database
from collector.slips.judge import SILENT_AFTER, UNKNOWN
from collector.slips.spool import target_of
from collector.slips.state import NOTED_EVERY, note
from printer.condition import Condition

#: Addresses of printers that call.
STAR, EPSON = "cloudprnt:", "epson-sdp:"


@dataclass(frozen=True)
class Caller:
    """A printer that calls."""

    id: int
    store_id: int
    name: str
    address: str
    profile: str
    code_page: str | None
    #: How it was; `state` of a `printer.condition.Condition`, or "unknown".
    state: str
    #: Now, by the database's clock.
    called_at: datetime
    #: It is time to write down that it called; it did not call for so long that it counted as away.
    is_due: bool
    was_away: bool
    #: There is a slip for it, or one that it has not confirmed.
    has_work: bool

    @property
    def target(self) -> str:
        """Its line in the queue."""
        return target_of(self.id)


def caller_of(database: Database, secret: str, address: str) -> Caller | None:
    """The printer that knows this secret; None, if none does, or it speaks another protocol."""
    query = """
        SELECT id, store_id, name, address, profile, code_page, state, now() AS called_at,
            coalesce(seen_at < now() - %s, true) AS is_due, coalesce(seen_at < now() - %s, true) AS was_away,
            EXISTS (
                SELECT FROM job WHERE kind = 'fetch' AND target = 'printer/' || printer.id
                AND state IN ('queued', 'claimed', 'sending')
            ) AS has_work
        FROM printer WHERE secret_hash = %s AND address = %s AND retired_at IS NULL
    """
    with database.cursor(row_factory=class_row(Caller)) as cursor:
        return cursor.execute(query, [NOTED_EVERY, SILENT_AFTER, digest(secret.lower()), address]).fetchone()


def note_call(database: Database, caller: Caller, condition: Condition | None) -> None:
    """A printer has called.

    Parameters
    ----------
    condition: how it says it is; None: it says nothing, and is as it was, unless it was away.
    """
    as_it_was = UNKNOWN if caller.was_away else caller.state
    state = condition.state if condition else as_it_was
    if state != caller.state or caller.is_due:
        note(database, {caller.id: state}, caller.called_at)


def stores_of_absent(database: Database) -> dict[int, int]:
    """Printers that have not called for long, each with its store."""
    absent = """
        SELECT id, store_id FROM printer
        WHERE address IN (%s, %s) AND retired_at IS NULL AND seen_at < now() - %s
    """
    return dict(database.execute(absent, [STAR, EPSON, SILENT_AFTER]).fetchall())


def tell(database: Database, stores: Collection[int]) -> None:
    """What the pages of these stores show of printers and slips has changed."""
    changes.tell(database, changes.STORES, stores)
