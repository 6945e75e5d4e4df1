"""How printers were when they were last heard of, written down and told."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from collector import changes
from collector.slips.judge import SILENT_AFTER

#: How often it is written down that a printer is as it was: well before it would count as away.
NOTED_EVERY = timedelta(seconds=30)


def note(connection: Connection[TupleRow], states: Mapping[int, str], now: datetime) -> None:
    """Printers were heard of; what that changes is told to open pages.

    Parameters
    ----------
    states: by printer, `state` of a `printer.condition.Condition`.
    """
    if not states:
        return
    about = {
        "ids": list(states),
        "states": list(states.values()),
        "now": now,
        "noted": now - NOTED_EVERY,
        "away": now - SILENT_AFTER,
    }
    stores = {store_id for store_id, is_news in connection.execute(_NOTE, about).fetchall() if is_news}
    if stores:
        changes.tell(connection, changes.STORES, stores)


# One that was away until now is news, too, though it is as it was before.
_NOTE = """
WITH heard AS (
    SELECT printer.id, said.state, printer.state <> said.state OR seen_at IS NULL OR seen_at < %(away)s AS is_news
    FROM printer JOIN unnest(%(ids)s::int[], %(states)s::text[]) AS said (id, state) USING (id)
    WHERE printer.state <> said.state OR seen_at IS NULL OR seen_at < %(noted)s
    ORDER BY printer.id FOR NO KEY UPDATE OF printer)
UPDATE printer SET state = heard.state, seen_at = %(now)s FROM heard WHERE printer.id = heard.id
RETURNING printer.store_id, heard.is_news
"""
