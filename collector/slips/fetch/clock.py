"""What happens to slips and printers when nobody calls; `smilepost jobs` looks every second."""

from datetime import datetime

from collector.queue.jobs import TOO_LATE, Database
from collector.slips.fetch.callers import stores_of_absent, tell
from collector.slips.judge import SILENT_AFTER

#: Of a slip that a printer has fetched, and that is all.
NOT_CONFIRMED = "The printer fetched the slip and did not say whether it printed it."
NEVER_CALLED = "The printer has never called: is our address typed in at its own page as it was shown?"
NOT_CALLED = "The printer does not call any more: is it switched on, and does it reach the network?"


class Clock:
    """Looks when it is told to."""

    def __init__(self) -> None:
        self._absent: set[int] = set()

    def look(self, database: Database, now: datetime) -> None:
        """Give up what waited too long, put before a person what was never confirmed, tell of who calls no more."""
        targets = [*_expire(database, now), *_doubt(database, now)]
        # Nothing is written down of them: that they are away is judged by when they last called.
        absent = stores_of_absent(database)
        stores = {store_id for printer_id, store_id in absent.items() if printer_id not in self._absent}
        self._absent = set(absent)
        if targets:
            query = "SELECT store_id FROM printer WHERE 'printer/' || id = ANY(%s)"
            stores |= {store_id for (store_id,) in database.execute(query, [targets]).fetchall()}
        if stores:
            tell(database, stores)


def _expire(database: Database, now: datetime) -> list[str]:
    """queued → failed."""
    expired = """
        UPDATE job SET state = 'failed', finished_at = %(now)s, outcome = concat_ws(' ', %(late)s::text, coalesce(
            CASE WHEN printer.seen_at IS NULL THEN %(never)s
                 WHEN printer.seen_at < now() - %(after)s THEN %(gone)s END,
            outcome))
        FROM printer
        WHERE kind = 'fetch' AND job.state = 'queued' AND expires_at <= now() AND target = 'printer/' || printer.id
        RETURNING target
    """
    values = {"late": TOO_LATE, "never": NEVER_CALLED, "gone": NOT_CALLED, "after": SILENT_AFTER, "now": now}
    return [target for (target,) in database.execute(expired, values).fetchall()]


def _doubt(database: Database, now: datetime) -> list[str]:
    """sending → unknown."""
    doubtful = """
        UPDATE job SET state = 'unknown', finished_at = %s, outcome = concat_ws(' ', %s::text, outcome)
        WHERE kind = 'fetch' AND state = 'sending' AND due_at <= now() RETURNING target
    """
    return [target for (target,) in database.execute(doubtful, [now, NOT_CONFIRMED]).fetchall()]
