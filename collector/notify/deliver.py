"""Delivers events to webhooks: signed, tried for days, always the same event under the same id.

1. The worker claims a delivery; one at a time for each webhook, so a receiver that is away delays nobody else.
2. The event is read from the outbox and signed with the webhook's secrets.
3. It is sent. Any 2xx ends the delivery; 410 switches the webhook off; anything else is tried again by `SCHEDULE`.
4. After the last try it is a dead letter: it stays, says why, and can be replayed.

Whoever dies in between leaves the delivery to be tried again. The receiver drops what it has by its id.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import aiohttp
from sqlalchemy import Engine, func, select

from collector import __version__
from collector.finding import Finding
from collector.notify import signature, webhooks
from collector.notify.events import DELIVERY, cloud_event, encoded
from collector.notify.sender import HOUR, MINUTE, NotNow, Sender, Sent
from collector.notify.tables import outbox, webhook
from collector.queue.executor import Done, Failed, Job, Later
from collector.queue.tables import job as jobs
from collector.settings import Settings

#: Waits between the tries, s: ten tries in a bit more than three days.
SCHEDULE = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
#: How long a receiver may take, s: to be connected, and in all.
PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)


@dataclass(frozen=True)
class Prepared:
    webhook_id: int
    url: str
    body: bytes
    headers: dict[str, str]


class Delivery(Sender[Prepared]):
    """Events."""

    kind = DELIVERY
    repeatable = True  # the receiver knows an event by its id
    at_once = 32

    def __init__(self, engine: Engine, settings: Settings, schedule: Sequence[float] = SCHEDULE) -> None:
        super().__init__(schedule)
        self._engine, self._settings = engine, settings

    def prepare(self, job: Job) -> Prepared | Failed | Later:
        webhook_id, event_id = job.payload["webhook"], job.payload["event"]
        with self._engine.connect() as connection:
            receiver = connection.execute(select(webhook).where(webhook.c.id == webhook_id)).one()
            event = connection.execute(select(outbox).where(outbox.c.event_id == event_id)).one()
        if not receiver.active:
            return Failed(webhooks.SWITCHED_OFF)
        body = encoded(cloud_event(event, self._settings.url))
        secrets = signature.secrets_in_force(self._settings.secret("webhooks"), webhook_id, receiver.secret_number)
        headers = signature.sign(secrets, event_id, int(time.time()), body)
        return Prepared(webhook_id, receiver.url, body, headers)

    def send(self, prepared: Prepared, begin: Callable[[], None]) -> Sent:
        begin()
        try:
            status = asyncio.run(_post(prepared.url, prepared.body, prepared.headers))
        except (aiohttp.ClientError, TimeoutError) as problem:
            return NotNow(_why(problem))
        if 200 <= status < 300:
            return Done()
        if status == 410:
            with self._engine.begin() as connection:
                webhooks.switch_off(connection, prepared.webhook_id, webhooks.GONE, by=None)
            return Failed(webhooks.GONE)
        return NotNow(f"The receiver answered {status}.")

    def examine(self) -> Iterator[Finding]:
        dead = select(func.count(), func.count(jobs.c.target.distinct())).where(jobs.c.kind == DELIVERY)
        with self._engine.connect() as connection:
            count, receivers = connection.execute(dead.where(jobs.c.state == "failed")).one()
        if count:
            yield Finding(
                f"webhooks: {count} events never reached their receiver ({receivers} in all)",
                "Look at them under Messages, Webhooks; they can be sent again.",
            )
        else:
            yield Finding("webhooks: every event has reached its receiver, or is on its way")


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
