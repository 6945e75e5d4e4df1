"""Delivers events to webhooks: signed, tried for days, always the same event under the same id.

1. The worker claims a delivery; one at a time for each webhook, so a receiver that is away delays nobody else.
2. The event is read from the outbox and signed with the webhook's secrets.
3. It is sent. Any 2xx ends the delivery; 410 switches the webhook off; anything else is tried again by `SCHEDULE`.
4. After the last try it is a dead letter: it stays, says why, and can be replayed.

Whoever dies in between leaves the delivery to be tried again. The receiver drops what it has by its id.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

import aiohttp
from sqlalchemy import Engine, select

from collector import __version__
from collector.notify import signature, webhooks
from collector.notify.events import DELIVERY, cloud_event, encoded
from collector.notify.tables import outbox, webhook
from collector.queue.executor import Done, Executor, Failed, Job, Later, Outcome
from collector.settings import Settings

MINUTE, HOUR = 60, 3600
#: Waits between the tries, s: ten tries in a bit more than three days.
SCHEDULE = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
#: Each wait is up to this part longer, by chance: what failed together does not come back together.
JITTER = 0.2
#: How long a receiver may take, s: to be connected, and in all.
PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)


class Delivery(Executor):
    """Carries out the deliveries in the queue.

    Parameters
    ----------
    schedule: waits between the tries, s.
    """

    kind = DELIVERY
    repeatable = True  # the receiver knows an event by its id

    def __init__(self, engine: Engine, settings: Settings, schedule: Sequence[float] = SCHEDULE) -> None:
        self._engine = engine
        self._settings = settings
        self._schedule = schedule

    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        webhook_id, event_id = job.payload["webhook"], job.payload["event"]
        with self._engine.connect() as connection:
            receiver = connection.execute(select(webhook).where(webhook.c.id == webhook_id)).one()
            event = connection.execute(select(outbox).where(outbox.c.event_id == event_id)).one()
        if not receiver.active:
            return Failed(webhooks.SWITCHED_OFF)
        body = encoded(cloud_event(event, self._settings.url))
        secrets = signature.secrets_in_force(self._settings.secret("webhooks"), webhook_id, receiver.secret_number)
        headers = signature.sign(secrets, event_id, int(time.time()), body)
        begin()
        try:
            status = asyncio.run(_post(receiver.url, body, headers))
        except (aiohttp.ClientError, TimeoutError) as problem:
            return self._again(job, _why(problem))
        if 200 <= status < 300:
            return Done()
        if status == 410:
            with self._engine.begin() as connection:
                webhooks.switch_off(connection, webhook_id, webhooks.GONE)
            return Failed(webhooks.GONE)
        return self._again(job, f"The receiver answered {status}.")

    def _again(self, job: Job, why: str) -> Outcome:
        if job.attempts > len(self._schedule):
            return Failed(f"{why} Tried {job.attempts} times.")
        return Later(why, self._schedule[job.attempts - 1] * (1 + JITTER * random.random()))  # noqa: S311


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send, and return the status of the answer; what else the answer says is not read."""
    headers |= {"content-type": "application/cloudevents+json", "user-agent": f"smilepost/{__version__}"}
    async with (
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status


def _why(problem: Exception) -> str:
    """A sentence about a try that got no answer; addresses inside the house stay out of it."""
    if isinstance(problem, TimeoutError):
        return "The receiver did not answer in time."
    if isinstance(problem, aiohttp.ClientSSLError):
        return "The receiver's certificate is not to be trusted."
    if isinstance(problem, aiohttp.ClientConnectorError):
        return "The receiver cannot be reached."
    return "The receiver hung up without an answer."
