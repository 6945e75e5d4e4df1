"""From a job of the queue to the message that it stands for, for mail and text messages alike."""

import hashlib
import hmac

from sqlalchemy import Engine

from collector import clock
from collector.contacts.outgoing import Outgoing, outgoing
from collector.contacts.policy import Hold, Refuse
from collector.queue.executor import Failed, Job, Later
from collector.reports.mail import with_report
from collector.settings import Settings


def prepared(engine: Engine, settings: Settings, job: Job) -> Outgoing | Failed | Later:
    """The message of a job as it may be sent now; or why it is not sent, or not now."""
    now = clock.now(settings)
    with engine.begin() as connection:
        found = outgoing(connection, settings, job.payload["message"], now)
        if isinstance(found, Outgoing) and found.issue_id is not None:
            found = with_report(connection, settings, found, found.issue_id, now)
    match found:
        case Refuse(why):
            return Failed(why)
        case Hold(until):
            return Later("It waits until its recipient may be disturbed.", (until - now).total_seconds())
    return found


def key_of(settings: Settings, key: str) -> str:
    """What a message is called outside of the house: the same each time, and nobody can tell from it whose it is."""
    return hmac.digest(bytes.fromhex(settings.secret("contacts")), f"message/{key}".encode(), hashlib.sha256).hex()[:32]
