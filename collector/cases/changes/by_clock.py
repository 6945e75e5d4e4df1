"""Cases that wait too long go up, and people are reminded: rows with a due time, one conditional update each."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Select, select, update
from sqlalchemy.exc import OperationalError

from collector.cases.changes.events import SMILEPOST, write_event
from collector.cases.changes.telling import ask_how_it_is
from collector.cases.rules import clocks
from collector.cases.rules.rungs import Rung, next_rung, top_rung
from collector.cases.standing import Standing, look, turn
from collector.cases.tables import RESOLVED, REVIEW, UNRESOLVED, cases
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.settings import Settings

log = structlog.get_logger()


def climb(engine: Engine, settings: Settings, now: datetime) -> int:
    """Let every case climb that is due at `now`; returns how many did.

    1. Find what is due, the longest waiting first.
    2. In a transaction for each, look at its log: has its time really run out? Rules and opening hours may have
       changed since; then only its due time is written anew.
    3. Move it to the next step on which there is somebody, or, after days without a hand on it, to the top: where it
       still stands on the step on which it was found, and as it was found. Of two who do this at once, one wins, and
       whoever resolved it just now has won, too.
    4. It is nobody's again: the people of that step take it anew. Write the event in the same transaction.
    """
    due = select(cases.c.id).where(cases.c.due_at <= now, cases.c.state.in_(UNRESOLVED))
    return _each(engine, settings, now, due.order_by(cases.c.due_at), _climb)


def remind(engine: Engine, settings: Settings, now: datetime) -> int:
    """Remind people of cases that nobody has taken and of proposals that nobody has looked at, and ask customers how it
    is some time after their case was resolved; returns how many. As `climb`: rules may have changed since, and what
    another one has reminded of just now, or what has gone on, is passed over."""
    due = select(cases.c.id).where(cases.c.remind_at <= now)
    return _each(engine, settings, now, due.order_by(cases.c.remind_at), _remind)


def look_again(connection: Connection, place_id: int, now: datetime) -> None:
    """Have the next round look at all cases of a place and below that wait, because the rules for them have changed."""
    here = select(cases.c.id).join(place, place.c.id == cases.c.store_id)
    # In one order, as whoever merges two of them.
    waiting = here.where(ever_below(place_id), cases.c.state.in_(UNRESOLVED)).order_by(cases.c.id)
    found = connection.scalars(waiting.with_for_update(of=cases)).all()
    connection.execute(update(cases).where(cases.c.id.in_(found)).values(due_at=now, remind_at=now))


def _each(
    engine: Engine,
    settings: Settings,
    now: datetime,
    due: Select[Any],
    work: Callable[[Connection, Settings, int, datetime], bool],
) -> int:
    with engine.connect() as connection:
        found = connection.scalars(due).all()
    return sum(_done_or_told(engine, settings, case_id, now, work) for case_id in found)


def _done_or_told(
    engine: Engine,
    settings: Settings,
    case_id: int,
    now: datetime,
    work: Callable[[Connection, Settings, int, datetime], bool],
) -> bool:
    """One case that cannot go on holds up no other; it is tried again at the next round."""
    try:
        with engine.begin() as connection:
            return work(connection, settings, case_id, now)
    except OperationalError:
        raise  # the database is away for all of them
    except Exception:
        log.exception("case could not go on", case=case_id)
        return False


def _climb(connection: Connection, settings: Settings, case_id: int, now: datetime) -> bool:
    stand = look(connection, case_id)
    row = stand.row
    still = (cases.c.id == case_id, cases.c.step == row.step, cases.c.state == row.state, cases.c.due_at == row.due_at)
    due_at = stand.due_at
    to = _where_to(stand, now) if due_at is not None and due_at <= now else None
    if to is None:
        connection.execute(update(cases).where(*still).values(due_at=due_at))
        return False
    # What was proposed still waits to be looked at, by the next ones now.
    values = {**turn(to), "state": REVIEW, "taken_by": row.taken_by} if row.state == REVIEW else turn(to)
    if connection.execute(update(cases).where(*still).values(**values)).rowcount == 0:
        return False
    write_event(
        connection, settings, case_id, "climbed", SMILEPOST, now, data={"from": row.step, "why": _why(stand, now)}
    )
    log.info("case climbed", case=case_id, step=to.number)
    return True


def _where_to(stand: Standing, now: datetime) -> Rung | None:
    if _why(stand, now) == "idle":
        top = top_rung(stand.rungs, stand.path[0])
        return top if top.number in stand.manned else next_rung(stand.rungs, top.number, stand.manned)
    return next_rung(stand.rungs, stand.row.step, stand.manned)


def _why(stand: Standing, now: datetime) -> str:
    idle = clocks.idle_at(stand.log, stand.rungs, stand.policy, stand.path[0])
    return "idle" if idle is not None and idle <= now else "late"


def _remind(connection: Connection, settings: Settings, case_id: int, now: datetime) -> bool:
    stand = look(connection, case_id)
    row = stand.row
    still = (cases.c.id == case_id, cases.c.state == row.state, cases.c.remind_at == row.remind_at)
    remind_at = clocks.remind(stand.log, stand.rungs, stand.policy, row.state)
    is_due = remind_at is not None and remind_at <= now
    written = update(cases).where(*still, cases.c.remind_at <= now).values(remind_at=None if is_due else remind_at)
    if connection.execute(written).rowcount == 0 or not is_due:
        return False
    if row.state == RESOLVED:
        if ask_how_it_is(connection, settings, stand, now):
            write_event(connection, settings, case_id, "reminded", SMILEPOST, now, data={"whom": "customer"})
            return True
        return False
    write_event(connection, settings, case_id, "reminded", SMILEPOST, now)
    return True
