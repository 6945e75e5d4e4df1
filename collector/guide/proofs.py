"""What only a person can say of a step: that the test mail came, that the organisation's own data is right."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from collector.contacts.tables import STAFF, message
from collector.guide.tables import set_up_proof
from collector.queue.tables import job
from collector.settings import Settings

ORGANISATION = "organisation"


def mail_of(settings: Settings) -> str:
    """The mail that somebody saw: with another sender it has to be seen anew."""
    return f"mail/{settings.mail_from}"


def put_away_of(top: int) -> str:
    """That the start page need not speak of the steps of a place any more."""
    return f"first-steps/{top}"


def proof(connection: Connection, subject: str) -> Row[Any] | None:
    """Who has said it, and when."""
    return connection.execute(select(set_up_proof).where(set_up_proof.c.subject == subject)).first()


def prove(connection: Connection, subject: str, who: str, now: datetime) -> None:
    """Somebody says it; whoever says it last stands there."""
    values = {"who": who, "at": now}
    said = insert(set_up_proof).values(subject=subject, **values)
    connection.execute(said.on_conflict_do_update(index_elements=["subject"], set_=values))


def take_back(connection: Connection, subject: str) -> None:
    connection.execute(delete(set_up_proof).where(set_up_proof.c.subject == subject))


def test_mail_left(connection: Connection, settings: Settings) -> datetime | None:
    """When the mail server took a test message for the last time; None: it has not taken one yet."""
    of_test = message.c.purpose == STAFF, message.c.channel == "email", message.c.content["what"].astext == "test"
    taken = select(job.c.finished_at).join(message, message.c.job_id == job.c.id).where(*of_test, job.c.state == "done")
    return connection.scalar(taken.order_by(job.c.id.desc()).limit(1)) if settings.smtp else None
