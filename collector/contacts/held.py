"""What waits until somebody may be disturbed, and how a message comes into the queue."""

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import OperationalError

from collector.contacts.judging import verdict_on
from collector.contacts.policy import Go, Hold, Refuse
from collector.contacts.tables import message
from collector.queue.jobs import enqueue

log = structlog.get_logger()

#: So many in a round, so that a morning after a long night holds up nothing else.
AT_ONCE = 100


def release_held(engine: Engine, now: datetime) -> int:
    """Judge what was held until now, each message anew; returns how many went into the queue.

    1. Find those whose time has come.
    2. In a transaction for each, take it where it is still held: of two who do this at once, one wins.
    3. It goes, is held on, or is refused: whoever said stop meanwhile is not written to.
    """
    with engine.connect() as connection:
        due = message.c.held_until <= now
        ids = connection.scalars(select(message.c.id).where(due).order_by(message.c.held_until).limit(AT_ONCE)).all()
    return sum(_release_or_tell(engine, message_id, now) for message_id in ids)


def queue(connection: Connection, message_id: int, now: datetime) -> None:
    """Put a message into the queue, in the running transaction.

    Parameters
    ----------
    now: this installation's time; the queue lives in the machine's.
    """
    row = connection.execute(select(message).where(message.c.id == message_id)).one()
    job_id = enqueue(
        connection,
        kind=row.channel,
        # A line for each person: whose mailbox is slow delays nobody else.
        target=f"{row.channel}/{row.digest.hex()[:16]}",
        key=f"message/{message_id}",
        payload={"message": message_id},
        expires_at=datetime.now(UTC) + (row.expires_at - now),
    )
    connection.execute(update(message).where(message.c.id == message_id).values(job_id=job_id, held_until=None))


def _release_or_tell(engine: Engine, message_id: int, now: datetime) -> bool:
    """One message that cannot be judged holds up no other; it is tried again at the next round."""
    try:
        with engine.begin() as connection:
            return _release(connection, message_id, now)
    except OperationalError:
        raise  # the database is away for all of them
    except Exception:
        log.exception("message could not be released", message=message_id)
        return False


def _release(connection: Connection, message_id: int, now: datetime) -> bool:
    held = select(message.c.id).where(message.c.id == message_id, message.c.held_until <= now)
    if connection.execute(held.with_for_update(skip_locked=True)).first() is None:
        return False
    change: dict[str, Any]
    match verdict_on(connection, message_id, now):
        case Go():
            queue(connection, message_id, now)
            return True
        case Hold(until):
            change = {"held_until": until}
        case Refuse(why):
            change = {"held_until": None, "refused": why}
    connection.execute(update(message).where(message.c.id == message_id).values(change))
    return False
