"""What people do to a case. Each change is one conditional UPDATE: of two who come at once, one wins.

1. A change that was made under the same key before has happened: the answer is True, and nothing happens again.
2. UPDATE the case where it is still in a state that allows the change, and whoever asks sees its store.
3. No row: somebody was first, or it is not theirs; nothing has happened, and the answer is False.
4. Else write the event in the same transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from collector.cases.events import SMILEPOST, Kind, write_event
from collector.cases.rules import first_turn
from collector.cases.tables import STATES, case_event, cases
from collector.places.queries import below
from collector.places.tables import place
from collector.settings import Settings

OPEN, TAKEN, RESOLVED = STATES
UNRESOLVED = (OPEN, TAKEN)
#: Longest comment, characters.
LONGEST_COMMENT = 1000


class KeyUsed(Exception):
    """The key of a request was used for another one."""


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


def take(
    connection: Connection,
    settings: Settings,
    case_id: int,
    author: str,
    place_id: int,
    now: datetime,
    *,
    key: str | None = None,
) -> bool:
    """Take a case that nobody has taken yet at its step.

    Parameters
    ----------
    author: name of whoever does it.
    place_id: they see this place and below.
    key: of the request, unique in the installation; None for one that is not repeated.

    Raises
    ------
    KeyUsed: the key is that of another change.
    """
    if _is_done(connection, key, case_id, "taken"):
        return True
    taken = _change(connection, case_id, place_id, (OPEN,), state=TAKEN, taken_by=author)
    if taken:
        write_event(connection, settings, case_id, "taken", author, now, key=key)
    return taken


def comment(
    connection: Connection,
    settings: Settings,
    case_id: int,
    author: str,
    place_id: int,
    now: datetime,
    text: str,
    *,
    key: str | None = None,
) -> bool:
    """Add a remark to a case that is not resolved; as `take` otherwise."""
    if _is_done(connection, key, case_id, "commented", text):
        return True
    is_open = _change(connection, case_id, place_id, UNRESOLVED, state=cases.c.state)
    if is_open:
        write_event(connection, settings, case_id, "commented", author, now, text, key)
    return is_open


def resolve(
    connection: Connection,
    settings: Settings,
    case_id: int,
    author: str,
    place_id: int,
    now: datetime,
    text: str,
    *,
    key: str | None = None,
) -> bool:
    """Resolve a case, and say how in words for the customer; as `take` otherwise."""
    if _is_done(connection, key, case_id, "resolved", text):
        return True
    values = {"state": RESOLVED, "resolved_at": now, "due_at": None}
    resolved = _change(connection, case_id, place_id, UNRESOLVED, **values)
    if resolved:
        write_event(connection, settings, case_id, "resolved", author, now, text, key)
    return resolved


def _is_done(connection: Connection, key: str | None, case_id: int, kind: Kind, text: str | None = None) -> bool:
    """Whether a change was made before under this key."""
    if key is None:
        return False
    # Of two requests with one key the second waits here until the first is through, and then sees what it did.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    event = connection.execute(select(case_event).where(case_event.c.key == key)).first()
    if event is None:
        return False
    # Words that were erased since are no difference.
    if (event.case_id, event.kind) != (case_id, kind) or event.comment not in (text, None):
        raise KeyUsed(key)
    return True


def _change(connection: Connection, case_id: int, place_id: int, states: Collection[str], **values: Any) -> bool:
    theirs = cases.c.store_id.in_(select(place.c.id).where(below(place_id)))
    changed = update(cases).where(cases.c.id == case_id, cases.c.state.in_(states), theirs).values(**values)
    return connection.execute(changed).rowcount == 1
