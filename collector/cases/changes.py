"""What people do to a case. Each change is one conditional UPDATE: of two who come at once, one wins.

1. UPDATE the case where it is still in a state that allows the change, and whoever asks sees its store.
2. No row: somebody was first, or it is not theirs; nothing has happened, and the answer is False.
3. Else write the event in the same transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from collector.cases.events import SMILEPOST, write_event
from collector.cases.rules import first_turn
from collector.cases.tables import STATES, cases
from collector.places.queries import below
from collector.places.tables import place
from collector.settings import Settings

OPEN, TAKEN, RESOLVED = STATES
UNRESOLVED = (OPEN, TAKEN)
#: Longest comment, characters.
LONGEST_COMMENT = 1000


def open_case(
    connection: Connection, settings: Settings, answer_id: int, store_id: int, path: Sequence[int], now: datetime
) -> int:
    """Open the case of an answer, in the transaction that writes the answer; returns its id.

    Parameters
    ----------
    path: from the top place down to the store.
    """
    turn = first_turn(path, now)
    values = {"identity": f"answer:{answer_id}", "answer_id": answer_id, "store_id": store_id, "state": OPEN}
    opened = insert(cases).values(**values, **turn._asdict(), opened_at=now).returning(cases.c.id)
    case_id = int(connection.execute(opened).scalar_one())
    write_event(connection, settings, case_id, "opened", SMILEPOST, now)
    return case_id


def take(connection: Connection, settings: Settings, case_id: int, author: str, place_id: int, now: datetime) -> bool:
    """Take a case that nobody has taken yet at its step.

    Parameters
    ----------
    author: name of whoever does it.
    place_id: they see this place and below.
    """
    taken = _change(connection, case_id, place_id, (OPEN,), state=TAKEN, taken_by=author)
    if taken:
        write_event(connection, settings, case_id, "taken", author, now)
    return taken


def comment(
    connection: Connection, settings: Settings, case_id: int, author: str, place_id: int, now: datetime, text: str
) -> bool:
    """Add a remark to a case that is not resolved; the parameters are those of `take`."""
    is_open = _change(connection, case_id, place_id, UNRESOLVED, state=cases.c.state)
    if is_open:
        write_event(connection, settings, case_id, "commented", author, now, text)
    return is_open


def resolve(
    connection: Connection, settings: Settings, case_id: int, author: str, place_id: int, now: datetime, text: str
) -> bool:
    """Resolve a case, and say how in words for the customer; the parameters are those of `take`."""
    values = {"state": RESOLVED, "resolved_at": now, "due_at": None}
    resolved = _change(connection, case_id, place_id, UNRESOLVED, **values)
    if resolved:
        write_event(connection, settings, case_id, "resolved", author, now, text)
    return resolved


def _change(connection: Connection, case_id: int, place_id: int, states: Collection[str], **values: Any) -> bool:
    theirs = cases.c.store_id.in_(select(place.c.id).where(below(place_id)))
    changed = update(cases).where(cases.c.id == case_id, cases.c.state.in_(states), theirs).values(**values)
    return connection.execute(changed).rowcount == 1
