"""Personal data ends by itself: each contact on the day that was agreed to, customers' words after a year.

What belongs to a person and has no day of its own (what staff noted, messages that were sent) has one from here.
"""

from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection

#: How long a customer's words are kept, and what was noted about their case.
WORDS_KEPT = timedelta(days=365)
#: How long it is kept to which address a message went, and what it said.
MESSAGES_KEPT = timedelta(days=90)
#: How long it is kept that somebody had agreed, after that has come to its end.
CONSENTS_KEPT = timedelta(days=365)
#: How long a photo of a place that somebody took away can be brought back.
PHOTOS_KEPT = timedelta(days=30)


def erase_expired(connection: Connection[Any], now: datetime) -> None:
    """Erase what has come to its end, wherever it stands; scores and reasons stay."""
    today = now.date()
    _end_of_contacts(connection, today)
    _end_of_comments(connection, today)
    _end_of_notes(connection, today - WORDS_KEPT)
    connection.execute("DELETE FROM attachment WHERE erase_on <= %s", [today])
    connection.execute("DELETE FROM touchpoint_photo WHERE removed_at < %s", [now - PHOTOS_KEPT])
    connection.execute(
        "UPDATE message SET address = NULL, content = '{}'"
        " WHERE created_at < %s AND expires_at <= %s AND (address IS NOT NULL OR content <> '{}')",
        [now - MESSAGES_KEPT, now],
    )
    connection.execute("DELETE FROM consent WHERE least(ends_on, withdrawn_at::date) < %s", [today - CONSENTS_KEPT])


def _end_of_contacts(connection: Connection[Any], today: date) -> None:
    """The day that was agreed to is also that of the address on what was written to it about the same visit."""
    connection.execute(
        """
        WITH ended AS (DELETE FROM contact WHERE erase_on <= %s RETURNING answer_id)
        UPDATE message SET address = NULL
        WHERE case_id IN (SELECT "case".id FROM "case" JOIN ended USING (answer_id))
        OR key IN (SELECT 'thanks/' || answer_id FROM ended)
        """,
        [today],
    )


def _end_of_comments(connection: Connection[Any], today: date) -> None:
    """In the answer, and in each event of its case that has left the house with it (cases.changes.events)."""
    connection.execute(
        """
        WITH ended AS (
            UPDATE answer SET comment = NULL, words = NULL
            WHERE comment IS NOT NULL AND comment_erase_on <= %s
            RETURNING id
        )
        UPDATE outbox SET data = data || '{"comment": null}'
        WHERE subject IN (SELECT 'cases/' || "case".id FROM "case" JOIN ended ON ended.id = answer_id)
        """,
        [today],
    )


def _end_of_notes(connection: Connection[Any], oldest: date) -> None:
    """What was said about a case after it was opened, by whomever."""
    connection.execute(
        "UPDATE outbox SET data = data || '{\"note\": null}'"
        " WHERE at < %s AND subject LIKE 'cases/%%' AND data->>'note' IS NOT NULL",
        [oldest],
    )
    connection.execute("UPDATE case_event SET comment = NULL WHERE at < %s AND comment IS NOT NULL", [oldest])
    connection.execute(
        'UPDATE "case" SET subject = NULL WHERE resolved_at < %s AND subject IS NOT NULL AND alert_id IS NULL', [oldest]
    )
