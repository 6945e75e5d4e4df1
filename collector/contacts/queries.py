"""Messages as people see them, and what a person decides about an unsure one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, update

from collector.contacts.policy import LIFETIMES
from collector.contacts.tables import STAFF, message
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.queue.jobs import CHANNEL
from collector.queue.tables import job

#: How a message can stand: by the policy before it is a job, then as its job stands.
STATES = ("held", "refused", "queued", "claimed", "sending", "done", "failed", "unknown")
#: States in which a person decides.
UNSURE, FAILED = "unknown", "failed"
ARRIVED = " looked: it had arrived."
AGAIN = " had it sent again."

_state: ColumnElement[str] = case(
    (message.c.refused.is_not(None), "refused"), (message.c.held_until.is_not(None), "held"), else_=job.c.state
)


def messages_of_case(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    """What a case's customer was told or is still to be told, oldest first; not what the staff was.

    Each row is that of `message`, with `state` (one of STATES), `outcome` (why it failed or is unsure, a sentence) and
    `ended_at`. What it says: `contacts.outgoing.shown`.
    """
    query = _messages().where(message.c.case_id == case_id, message.c.purpose != STAFF)
    return connection.execute(query.order_by(message.c.id)).all()


def visible_messages(
    connection: Connection, place_id: int, *, states: Sequence[str] = (), limit: int, offset: int = 0
) -> Sequence[Row[Any]]:
    """Messages of the stores that the people of a place see, newest first."""
    query = _messages().where(ever_below(place_id))
    if states:
        query = query.where(_state.in_(states))
    return connection.execute(query.order_by(message.c.id.desc()).limit(limit).offset(offset)).all()


def messages_of_place(place_id: int) -> Select[Any]:
    """All messages of the stores that the people of a place see, for a list."""
    return _messages().where(ever_below(place_id))


def visible_message(connection: Connection, place_id: int, message_id: int) -> Row[Any] | None:
    """One message; None where there is none with this id, or the people of the place do not see its store."""
    return connection.execute(_messages().where(ever_below(place_id), message.c.id == message_id)).first()


def count_messages(connection: Connection, place_id: int) -> dict[str, int]:
    """How many messages of the stores that the people of a place see stand how; none is not there."""
    query = select(_state.label("state"), func.count().label("count")).select_from(message)
    query = query.join(place, place.c.id == message.c.store_id).outerjoin(job, job.c.id == message.c.job_id)
    counted = connection.execute(query.where(ever_below(place_id)).group_by(_state))
    return {state: int(count) for state, count in counted}


def count_unsure(connection: Connection, place_id: int) -> int:
    """How many messages wait for a person to look: nobody knows whether they arrived."""
    unsure = select(func.count()).select_from(message).join(job, job.c.id == message.c.job_id)
    unsure = unsure.join(place, place.c.id == message.c.store_id)
    return connection.scalar(unsure.where(ever_below(place_id), job.c.state == UNSURE)) or 0


def say_arrived(connection: Connection, message_id: int, author: str) -> bool:
    """unknown → done: a person has looked. Whether it was still unknown."""
    looked = _job_in(message_id, UNSURE).values(state="done", outcome=author + ARRIVED, finished_at=func.now())
    return connection.execute(looked).rowcount == 1


def send_again(connection: Connection, row: Row[Any], author: str) -> bool:
    """unknown or failed → queued: a person has decided that it is worth it. Whether it could be.

    Parameters
    ----------
    row: of `visible_message`.
    """
    if row.address is None:
        return False
    until = datetime.now(UTC) + LIFETIMES.get(row.purpose, LIFETIMES["receipt"])
    anew = {"state": "queued", "attempts": 0, "due_at": func.now(), "expires_at": until, "finished_at": None}
    again = _job_in(row.id, UNSURE, FAILED).values(**anew, outcome=author + AGAIN)
    if connection.execute(again).rowcount == 0:
        return False
    connection.execute(select(func.pg_notify(CHANNEL, row.channel)))
    return True


def _messages() -> Select[Any]:
    return (
        select(
            message,
            _state.label("state"),
            job.c.outcome,
            job.c.due_at,
            job.c.attempts,
            job.c.finished_at.label("ended_at"),
            place.c.name.label("store"),
            place.c.time_zone,
        )
        .join(place, place.c.id == message.c.store_id)
        .outerjoin(job, job.c.id == message.c.job_id)
    )


def _job_in(message_id: int, *states: str) -> Any:
    of_message = select(message.c.job_id).where(message.c.id == message_id).scalar_subquery()
    return update(job).where(job.c.id == of_message, job.c.state.in_(states))
