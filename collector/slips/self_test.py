"""The self-test page from the command line: into the queue, and then what becomes of it."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from collector import changes
from collector.database import connect, make_engine
from collector.failure import Failure
from collector.places.tables import place
from collector.settings import Settings
from collector.slips.spool import print_self_test
from collector.slips.tables import printer

#: How long a page may lie there untouched before we wonder who should print it, s.
WONDER_AFTER = 5.0
#: How often we look where nobody tells us, s.
ROUND = 1.0


def print_test_page(settings: Settings, store: str | None, name: str | None, say: Callable[[str], None]) -> None:
    """Print the self-test page and wait for it; what it waits for meanwhile is said, each thing once.

    Parameters
    ----------
    store, name: of the printer; needed where there are several.

    Raises
    ------
    Failure: there is no such printer, or the page was not printed, or nobody knows.
    """
    engine = make_engine(settings)
    # Listening begins before there is anything to hear.
    with connect(settings, autocommit=True) as database:
        database.execute(f"LISTEN {changes.STORES}".encode())
        with engine.begin() as connection:
            printer_id, where = _find(connection, store, name)
            key = f"command/{secrets.token_hex(8)}"
            job_id = print_self_test(connection, printer_id, key=key, now=datetime.now(UTC))
        engine.dispose()
        say(f"The self-test page is on its way to {where}.")
        said: set[str] = set()
        wonder_at = time.monotonic() + WONDER_AFTER
        while True:
            query = "SELECT state, outcome FROM job WHERE id = %s"
            [(state, outcome)] = database.execute(query, [job_id]).fetchall()
            if state == "done":
                say(outcome or "It is printed.")
                return
            if state == "failed":
                raise Failure(f"it was not printed. {outcome}")
            if state == "unknown":
                raise Failure(f"look at the printer: perhaps it was printed. {outcome}")
            if not outcome and state == "queued" and time.monotonic() > wonder_at:
                outcome = "It waits. Is `smilepost up` running, and does the printer come for its slips?"
            if outcome and outcome not in said:
                say(outcome)
                said.add(outcome)
            for _ in database.notifies(timeout=ROUND, stop_after=1):
                pass


def _find(connection: Connection, store: str | None, name: str | None) -> tuple[int, str]:
    """A printer's id, and how people call it."""
    rows = connection.execute(
        select(printer.c.id, printer.c.name, place.c.name.label("store"))
        .join(place, place.c.id == printer.c.store_id)
        .where(printer.c.retired_at.is_(None))
        .order_by(place.c.name, printer.c.name)
    ).all()
    found = [row for row in rows if store in {None, row.store} and name in {None, row.name}]
    if len(found) == 1:
        return found[0].id, f"{found[0].name}, {found[0].store}"
    if not rows:
        raise Failure("there is no printer yet. Add one on the page Printers of its store.")
    there = "\n".join(f"  --store '{row.store}' --printer '{row.name}'" for row in (found or rows)[:20])
    raise Failure(f"{'several printers fit' if found else 'no such printer'}. Name one of these:\n{there}")
