"""What every change of a case goes through. Of two who come at once, one wins.

1. A change that was made under the same key before has happened: the answer is True, and nothing happens again.
2. UPDATE the case where it is still in a state that allows the change, and whoever asks sees its store.
3. No row: somebody was first, or it is not theirs; nothing has happened, and the answer is False.
4. Else write the event in the same transaction (`events.write_event`).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, func, select, update

from collector.cases.tables import case_event, cases
from collector.places.queries import ever_below
from collector.places.tables import place

#: Longest comment, characters.
LONGEST_COMMENT = 1000
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class KeyUsed(Exception):
    """The key of a request was used for another one."""


class NotAllowed(Exception):
    """A rule of the place is against it; the message is a sentence for whoever asked."""


@dataclass(frozen=True)
class Doer:
    """Who changes a case, and when."""

    name: str
    #: They see this place and below; its level says how much they may give.
    place_id: int
    now: datetime
    #: None for a program.
    account_id: int | None = None
    #: Of the request, unique in the installation; None for one that is not repeated.
    key: str | None = None


def is_done(
    connection: Connection, key: str | None, case_id: int, kind: str, text: str | None = None, **data: Any
) -> bool:
    """Whether a change was made before under this key.

    Parameters
    ----------
    text, data: of the change; with others it is another one.

    Raises
    ------
    KeyUsed: the key is that of another change.
    """
    if key is None:
        return False
    event = event_of_key(connection, key)
    if event is None:
        return False
    is_same = (event.case_id, event.kind) == (case_id, kind)
    # Words that were erased since are no difference.
    is_same &= event.comment in ((text or "").strip() or None, None)
    if not is_same or any(event.data.get(name) != value for name, value in data.items()):
        raise KeyUsed(key)
    return True


def event_of_key(connection: Connection, key: str) -> Any:
    """The event that a key has made; None if it has made none."""
    # Of two requests with one key the second waits here until the first is through, and then sees what it did.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    return connection.execute(select(case_event).where(case_event.c.key == key)).first()


def change(
    connection: Connection,
    case_id: int,
    states: Collection[str],
    *conditions: Any,
    seen_from: int | None,
    **values: Any,
) -> bool:
    """Change a case that is in one of these states; whether it was.

    Parameters
    ----------
    seen_from: whoever asks sees this place and below; None for the case's own customer.
    """
    if seen_from is not None:
        conditions = (*conditions, cases.c.store_id.in_(select(place.c.id).where(ever_below(seen_from))))
    changed = update(cases).where(cases.c.id == case_id, cases.c.state.in_(states), *conditions)
    # A change that only adds something still has to lock the row in its state.
    return connection.execute(changed.values(values or {"state": cases.c.state})).rowcount == 1


def visible_row(connection: Connection, case_id: int, place_id: int) -> Row[Any] | None:
    """A case as it stands; None where there is none with this id, or the people of the place do not see it."""
    visible = cases.c.store_id.in_(select(place.c.id).where(ever_below(place_id)))
    return connection.execute(select(cases).where(cases.c.id == case_id, visible)).first()


def lock(connection: Connection, *case_ids: int) -> None:
    """Hold cases as they are until the end of the transaction.

    In one order, so that two who hold the same two do not wait for each other for ever.
    """
    held = select(cases.c.id).where(cases.c.id.in_(case_ids)).order_by(cases.c.id).with_for_update()
    connection.execute(held)


def no_text(text: str) -> bool:
    """Whether it holds what no database keeps: NUL, or half of a surrogate pair."""
    return _NO_TEXT.search(text) is not None


def needed(text: str) -> str:
    """Words that a change cannot be without.

    Raises
    ------
    NotAllowed: there are none, or too many, or they are no text.
    """
    text = text.strip()
    if no_text(text):
        raise NotAllowed(_("Write it again: it holds signs that are no text."))
    if not text:
        raise NotAllowed(_("Write a few words first."))
    if len(text) > LONGEST_COMMENT:
        raise NotAllowed(_("Make it shorter: %(most)s characters at most.", most=LONGEST_COMMENT))
    return text
