"""Messages of Riverside in each state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from collector.contacts.held import queue
from collector.contacts.tables import message
from collector.queue.tables import job
from tests.factories import NOW, Shop

Written = Callable[..., int]


@pytest.fixture
def written(engine: Engine, riverside: Shop) -> Written:
    """Writes a message to somebody; returns it.

    Parameters
    ----------
    state: of its job, or held or refused.
    """

    def write(state: str = "queued", outcome: str | None = None, **values: Any) -> int:
        values = {
            **{"purpose": "outcome", "channel": "sms", "address": "+380501234567", "digest": b"d", "language": "en"},
            **{"store_id": riverside.store, "content": {"agreed": NOW.isoformat(), "text": "A second till is open."}},
            **{"created_at": NOW, "expires_at": NOW + timedelta(days=7), **values},
        }
        with engine.begin() as connection:
            count = len(connection.execute(select(message.c.id)).all())
            extra: dict[str, Any] = {}
            if state == "held":
                extra = {"held_until": NOW + timedelta(hours=2)}
            if state == "refused":
                extra = {"refused": outcome}
            made = insert(message).values(key=f"test/{count}", **values, **extra).returning(message.c.id)
            message_id = int(connection.execute(made).scalar_one())
            if not extra:
                queue(connection, message_id, NOW)
                theirs = job.c.id == select(message.c.job_id).where(message.c.id == message_id).scalar_subquery()
                ended = NOW if state in {"done", "failed", "unknown"} else None
                changed = update(job).where(theirs).values(state=state, outcome=outcome, finished_at=ended)
                connection.execute(changed)
        return message_id

    return write
