"""Cases that wait too long go up: rows with a due time, one conditional update each."""

from datetime import datetime

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from collector.cases.changes import OPEN, RESOLVED
from collector.cases.events import SMILEPOST, write_event
from collector.cases.rules import next_turn
from collector.cases.tables import cases
from collector.places.tables import place
from collector.settings import Settings

log = structlog.get_logger()


def climb(engine: Engine, settings: Settings, now: datetime) -> int:
    """Let every case climb one step that is due at `now`; returns how many did.

    1. Find what is due, the longest waiting first.
    2. In a transaction for each, move it up where it still stands on the step on which it was found and is not
       resolved: of two who do this at once, one wins, and whoever resolved it just now has won, too.
    3. It is nobody's again: the people of the next step take it anew. Write the event in the same transaction.
    """
    with engine.connect() as connection:
        due = connection.execute(
            select(cases.c.id, cases.c.step, place.c.path)
            .join(place, place.c.id == cases.c.store_id)
            .where(cases.c.due_at <= now, cases.c.state != RESOLVED)
            .order_by(cases.c.due_at)
        ).all()
    return sum(_climb_or_tell(engine, settings, row.id, row.step, row.path, now) for row in due)


def _climb_or_tell(engine: Engine, settings: Settings, case_id: int, step: int, path: list[int], now: datetime) -> bool:
    """One case that cannot climb holds up no other; it is tried again at the next round."""
    try:
        return _climb(engine, settings, case_id, step, path, now)
    except OperationalError:
        raise  # the database is away for all of them
    except Exception:
        log.exception("case could not climb", case=case_id)
        return False


def _climb(engine: Engine, settings: Settings, case_id: int, step: int, path: list[int], now: datetime) -> bool:
    turn = next_turn(path, step, now)
    with engine.begin() as connection:
        still = (cases.c.id == case_id, cases.c.step == step, cases.c.state != RESOLVED)
        moved = update(cases).where(*still).values(**turn._asdict(), state=OPEN, taken_by=None)
        if connection.execute(moved).rowcount == 0:
            return False
        write_event(connection, settings, case_id, "climbed", SMILEPOST, now)
    log.info("case climbed", case=case_id, step=turn.step)
    return True
