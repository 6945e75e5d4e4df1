"""Mail servers and gateways for tests, each in a thread of its own; and workers that bring messages to them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, insert, select

from collector.contacts.held import queue
from collector.contacts.tables import message
from collector.notify.sender import Sender
from collector.queue.executor import Job
from collector.queue.tables import job
from collector.queue.worker import Worker
from collector.settings import Settings
from simulators.sms_gateway import SmsGateway, write_template
from simulators.smtp_receiver import SmtpReceiver
from tests.collector.at_work import at_work
from tests.factories import Shop

FROM = "Riverside <feedback@shop.example>"


class Server(Protocol):
    def start(self, port: int = 0) -> Coroutine[Any, Any, int]: ...

    def stop(self) -> Coroutine[Any, Any, None]: ...


S = TypeVar("S", bound=Server)


@contextmanager
def serving(server: S) -> Iterator[tuple[S, int]]:
    """A server in a thread; (the server, its port)."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        try:
            yield server, port
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
            asyncio.run_coroutine_threadsafe(_settle(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _settle() -> None:
    """Nothing is left that somebody would have to wait for."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def mailboxes(settings: Settings, **options: Any) -> Iterator[tuple[SmtpReceiver, Settings]]:
    """A mail server, and settings by which mail goes there."""
    with serving(SmtpReceiver(**options)) as (receiver, port):
        yield receiver, replace(settings, smtp=f"smtp://localhost:{port}", mail_from=FROM)


@contextmanager
def telephones(settings: Settings, folder: Path) -> Iterator[tuple[SmsGateway, Settings]]:
    """A gateway, and settings by which text messages go there."""
    with serving(SmsGateway()) as (gateway, port):
        yield gateway, replace(settings, sms_gateway=write_template(folder, port))


@contextmanager
def sending(settings: Settings, *senders: Sender[Any]) -> Iterator[None]:
    """Workers, until what they have in hand has come to its end."""
    with at_work(settings, *(Worker(settings, sender, sender.at_once) for sender in senders)):
        yield


def tell(connection: Connection, shop: Shop, address: str, number: int = 1) -> int:
    """A message to somebody of the house, whom no policy protects, as it stands in the queue; returns its job."""
    channel = "email" if "@" in address else "sms"
    now = datetime.now(UTC)
    values = {
        **{"key": f"test/{address}/{number}", "purpose": "staff", "channel": channel, "address": address},
        **{"digest": address.encode(), "store_id": shop.store, "language": "en", "expires_at": now + timedelta(days=1)},
        "content": {"what": "alert", "text": f"Something is odd, for the {number}. time."},
    }
    made = connection.execute(insert(message).values(values).returning(message.c.id)).scalar_one()
    queue(connection, made, now)
    return int(connection.execute(select(message.c.job_id).where(message.c.id == made)).scalar_one())


def claimed(engine: Engine, job_id: int, attempts: int = 1) -> Job:
    """A job as a worker gets it."""
    with engine.connect() as connection:
        row = connection.execute(select(job).where(job.c.id == job_id)).one()
    return Job(row.id, row.target, row.key, row.payload, attempts, row.expires_at)


def states(engine: Engine, *job_ids: int) -> Sequence[tuple[str, str | None]]:
    """(state, outcome) of these jobs."""
    with engine.connect() as connection:
        rows = {row.id: (row.state, row.outcome) for row in connection.execute(select(job))}
    return [rows[job_id] for job_id in job_ids]


def settled(engine: Engine, *job_ids: int) -> Callable[[], bool]:
    """Whether nothing more happens to these jobs by itself."""
    return lambda: all(state in {"done", "failed", "unknown"} for state, _ in states(engine, *job_ids))
