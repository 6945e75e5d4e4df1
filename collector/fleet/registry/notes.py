"""What people wrote down about a kiosk, or where it stands: for whoever comes next."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from collector.fleet.tables import kiosk_note

#: Letters at most.
LONGEST = 1000


def write(connection: Connection, kiosk_id: str, text: str, author: str, key: str | None = None) -> None:
    """Write a note down.

    Parameters
    ----------
    key: of the form that it was written in; with one that is known it is there already.
    """
    note = insert(kiosk_note).values(kiosk_id=kiosk_id, text=text, author=author, key=key)
    connection.execute(note.on_conflict_do_nothing(index_elements=["key"]))


def notes_of(connection: Connection, kiosk_id: str, *, limit: int) -> Sequence[Row[Any]]:
    """The notes about a kiosk, newest first."""
    query = select(kiosk_note).where(kiosk_note.c.kiosk_id == kiosk_id)
    return connection.execute(query.order_by(kiosk_note.c.id.desc()).limit(limit)).all()
