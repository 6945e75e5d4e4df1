"""Who calls, and how it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from psycopg.rows import class_row

from collector import changes
from collector.accounts.secrets import digest
from collector.queue.jobs import Database
from collector.slips.judge import SILENT_AFTER
from printer.condition import UNREACHABLE, Condition

#: Addresses of printers that call.
STAR, EPSON = "cloudprnt:", "epson-sdp:"
#: How often it is written down that a printer called that is as it was: well before it would count as away.
NOTED_EVERY = timedelta(seconds=30)


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
    #: It is time to write down that it called.
    is_due: bool
    #: There is a slip for it, or one that it has not confirmed.
    has_work: bool

    @property
    def target(self) -> str:
        """Its line in the queue."""
        return f"printer/{self.id}"


def caller_of(database: Database, secret: str, address: str) -> Caller | None:
    """The printer that knows this secret; None, if none does, or it speaks another protocol."""
    query = """
        SELECT id, store_id, name, address, profile, code_page, state,
            coalesce(seen_at < now() - %s, true) AS is_due,
            EXISTS (
                SELECT FROM job WHERE kind = 'fetch' AND target = 'printer/' || printer.id
                AND state IN ('queued', 'claimed', 'sending')
            ) AS has_work
        FROM printer WHERE secret_hash = %s AND address = %s AND retired_at IS NULL
    """
    with database.cursor(row_factory=class_row(Caller)) as cursor:
        return cursor.execute(query, [NOTED_EVERY, digest(secret.lower()), address]).fetchone()


def note(database: Database, caller: Caller, condition: Condition | None) -> None:
    """A printer has called.

    Parameters
    ----------
    condition: how it says it is; None: it says nothing, and is as it was, unless it was away.
    """
    as_it_was = "unknown" if caller.state == UNREACHABLE.state else caller.state
    state = condition.state if condition else as_it_was
    if state == caller.state and not caller.is_due:
        return
    database.execute("UPDATE printer SET state = %s, seen_at = now() WHERE id = %s", [state, caller.id])
    if state != caller.state:
        tell(database, [caller.store_id])


def note_absent(database: Database) -> set[int]:
    """Printers that have not called for long are away; returns their stores."""
    gone = """
        UPDATE printer SET state = %(away)s
        WHERE address IN (%(star)s, %(epson)s) AND retired_at IS NULL AND state <> %(away)s
        AND seen_at < now() - %(after)s RETURNING store_id
    """
    values = {"away": UNREACHABLE.state, "star": STAR, "epson": EPSON, "after": SILENT_AFTER}
    return {store_id for (store_id,) in database.execute(gone, values).fetchall()}


def tell(database: Database, stores: Collection[int]) -> None:
    """What the pages of these stores show of printers and slips has changed."""
    changes.tell(database, changes.STORES, stores)
