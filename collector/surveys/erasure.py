"""Personal data has an end: contacts on the day that was agreed to, customers' words after a year."""

from datetime import date, timedelta
from typing import Any

from psycopg import Connection

#: How long a comment is kept.
COMMENT_KEPT = timedelta(days=365)


def erase_expired(connection: Connection[Any], today: date) -> None:
    """Erase what has come to its end, wherever it stands; scores and reasons stay."""
    connection.execute("DELETE FROM contact WHERE erase_on <= %s", [today])
    oldest = today - COMMENT_KEPT
    connection.execute("UPDATE answer SET comment = NULL WHERE submitted_at < %s AND comment IS NOT NULL", [oldest])
    connection.execute(
        # Events carry the comment of their case, and what staff noted about it (cases.events).
        'UPDATE outbox SET data = data || \'{"comment": null, "note": null}\''
        " WHERE at < %s AND subject LIKE 'cases/%%'"
        " AND (data->>'comment' IS NOT NULL OR data->>'note' IS NOT NULL)",
        [oldest],
    )
    connection.execute("UPDATE case_event SET comment = NULL WHERE at < %s AND comment IS NOT NULL", [oldest])
