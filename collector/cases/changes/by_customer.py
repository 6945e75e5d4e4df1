"""What a case's own customer does, by their link and without a name. As all changes, see `changes`.

A case that was merged into another one is over for its customer when that one is resolved.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from collector.cases.changes.closing import REOPENED
from collector.cases.changes.conditional import change, is_done, needed
from collector.cases.changes.events import CUSTOMER, write_event
from collector.cases.tables import MERGED, RESOLVED, TAKEN, UNRESOLVED, WAITING, case_event, cases
from collector.settings import Settings

#: Of the recovery question: four faces.
RECOVERY_BUTTONS = 4
#: A link is no chat: so many times a case's customer may write.
MOST_ADDED = 50

_into = cases.alias("into")


def customer_adds(
    connection: Connection, settings: Settings, case_id: int, text: str, now: datetime, key: str | None
) -> bool:
    """The customer writes a word more. A case that waited for them goes on; so does the one into which it was merged,
    whose people hear of it. The words stay with the customer who wrote them."""
    if is_done(connection, key, case_id, "added", text):
        return True
    said = needed(text)
    into_id = _locked_with_other(connection, case_id)
    # Whatever its state: it is locked, so that what follows is true of it.
    if not change(connection, case_id, (*UNRESOLVED, RESOLVED, MERGED), seen_from=None):
        return False
    own = case_event.c.case_id == case_id, ~case_event.c.data.has_key("from")
    written = select(func.count()).where(*own, case_event.c.kind == "added")
    if connection.execute(written).scalar_one() >= MOST_ADDED:
        return False
    change(connection, case_id, (WAITING,), seen_from=None, state=TAKEN)
    write_event(connection, settings, case_id, "added", CUSTOMER, now, said, key)
    _tell_other(connection, settings, case_id, into_id, now)
    return True


def customer_completes(
    connection: Connection, settings: Settings, case_id: int, answer_id: int, completed_at: datetime
) -> None:
    """The customer has written the words, or left the address, after the case was opened by what they had tapped. One
    that was resolved without knowing that is open again. The words themselves are the answer's."""
    into_id = _locked_with_other(connection, case_id)
    at = (cases.c.opened_at < completed_at,)
    known = select(case_event.c.id).where(case_event.c.case_id == case_id, case_event.c.data.has_key("answer"))
    if connection.execute(known.limit(1)).first() or not change(
        connection, case_id, (*UNRESOLVED, RESOLVED, MERGED), *at, seen_from=None
    ):
        return
    data = {"answer": answer_id}
    if change(connection, case_id, (RESOLVED,), seen_from=None, **REOPENED):
        write_event(connection, settings, case_id, "reopened", CUSTOMER, completed_at, data=data)
        return
    change(connection, case_id, (WAITING,), seen_from=None, state=TAKEN)
    write_event(connection, settings, case_id, "added", CUSTOMER, completed_at, data=data)
    _tell_other(connection, settings, case_id, into_id, completed_at)


def _tell_other(connection: Connection, settings: Settings, case_id: int, into_id: int | None, now: datetime) -> None:
    """Where a case goes on as part of another one, that one goes on with what its customer has added."""
    if into_id is not None:
        change(connection, into_id, (WAITING,), seen_from=None, state=TAKEN)
        write_event(connection, settings, into_id, "added", CUSTOMER, now, data={"from": case_id})


def _locked_with_other(connection: Connection, case_id: int) -> int | None:
    """Lock a case and the one in which it goes on, which is returned; None: it goes on by itself."""
    while True:
        into = select(cases.c.merged_into).where(cases.c.id == case_id)
        into_id = connection.scalar(into)
        # In one order, as whoever merges them.
        both = select(cases.c.id).where(cases.c.id.in_((case_id, into_id or case_id))).order_by(cases.c.id)
        connection.execute(both.with_for_update())
        if connection.scalar(into) == into_id:
            return into_id


def customer_confirms(connection: Connection, settings: Settings, case_id: int, now: datetime, key: str | None) -> bool:
    """The customer says that all is well now; saying it twice is saying it once."""
    if is_done(connection, key, case_id, "confirmed"):
        return True
    if not change(connection, case_id, (RESOLVED, MERGED), _is_over(), seen_from=None):
        return False
    if not has_said(connection, case_id, "confirmed"):
        write_event(connection, settings, case_id, "confirmed", CUSTOMER, now, None, key)
    return True


def customer_reopens(
    connection: Connection, settings: Settings, case_id: int, text: str, now: datetime, key: str | None
) -> bool:
    """The customer says that it is not well: the case is open again, and its clock goes on."""
    if is_done(connection, key, case_id, "reopened", text):
        return True
    said = needed(text)
    if not change(connection, case_id, (RESOLVED, MERGED), _is_over(), seen_from=None, **REOPENED):
        return False
    write_event(connection, settings, case_id, "reopened", CUSTOMER, now, said, key)
    return True


def customer_recovers(
    connection: Connection,
    settings: Settings,
    case_id: int,
    button: int,
    comment: str,
    now: datetime,
    key: str | None,
) -> bool:
    """The customer answers how it is now, once for each time that the case was resolved.

    Parameters
    ----------
    button: 1 … 4, 1 the best face.
    """
    if is_done(connection, key, case_id, "recovered", comment, button=button):
        return True
    if not 1 <= button <= RECOVERY_BUTTONS:
        raise ValueError(f"there is no face {button}")
    said = needed(comment) if comment.strip() else None
    if not change(connection, case_id, (RESOLVED, MERGED), _is_over(), seen_from=None):
        return False
    if has_said(connection, case_id, "recovered"):
        return False
    data = {"button": button, "buttons": RECOVERY_BUTTONS}
    write_event(connection, settings, case_id, "recovered", CUSTOMER, now, said, key, data)
    return True


def has_said(connection: Connection, case_id: int, kind: str) -> bool:
    """Whether the customer has confirmed or answered the recovery question since the case was last open."""
    events = select(case_event.c.id).where(case_event.c.case_id == case_id)
    opened = func.max(case_event.c.id)
    since = select(opened).where(case_event.c.case_id == case_id, case_event.c.kind.in_(("opened", "reopened")))
    said = events.where(case_event.c.kind == kind, case_event.c.id > since.scalar_subquery())
    return connection.execute(said.limit(1)).first() is not None


def _is_over() -> ColumnElement[bool]:
    resolved = exists().where(_into.c.id == cases.c.merged_into, _into.c.state == RESOLVED)
    return or_(cases.c.state == RESOLVED, resolved)
