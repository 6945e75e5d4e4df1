from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, select
from werkzeug.test import TestResponse

from collector.accounts.tokens import Scope, make_token
from collector.notify import relay
from collector.notify.deliver import SCHEDULE, Delivery
from collector.notify.events import record
from collector.notify.signature import secret_of
from collector.notify.webhooks import make_webhook
from collector.queue.tables import job
from collector.queue.worker import Worker
from collector.settings import Settings
from simulators.webhook_receiver import Receiver
from tests.collector.at_work import at_work
from tests.conftest import free_ports
from tests.factories import Shop


def happens(connection: Connection, shop: Shop, number: int, what: str = "opened") -> str:
    """Something happens to a case of a shop; returns the event's id."""
    event_id = f"case-{number}-{what}"
    data = {"case": number, "store": shop.store, "step": 0}
    record(connection, f"smilepost.case.{what}", f"cases/{number}", shop.store, data, event_id=event_id)
    return event_id


def relayed(engine: Engine) -> int:
    """One round of the relay; how many events got a position."""
    raw = engine.raw_connection()
    try:
        given = relay.advance(raw.driver_connection)  # type: ignore[arg-type] # psycopg's
        raw.commit()
        return given
    finally:
        raw.close()


class Asks(Protocol):
    def __call__(
        self, method: str, path: str, json: Any = None, key: str | None = None, **query: Any
    ) -> TestResponse: ...


@pytest.fixture
def asks(app: Flask, engine: Engine) -> Callable[..., Asks]:
    """Makes a program with a token of a place."""

    def with_token(place_id: int, *scopes: Scope) -> Asks:
        with engine.begin() as connection:
            token = make_token(connection, "a test", scopes or ("read", "write"), place_id)

        def ask(method: str, path: str, json: Any = None, key: str | None = None, **query: Any) -> TestResponse:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex}
            return app.test_client().open(
                f"/api/v1/{path}", method=method, json=json, query_string=query, headers=headers
            )

        return ask

    return with_token


@pytest.fixture
def receives(engine: Engine, settings: Settings) -> Callable[..., tuple[int, Receiver, int]]:
    """Makes a webhook of a place, and a receiver that knows its secret: (id of the webhook, receiver, its port)."""

    def make(place_id: int, status: int = 204) -> tuple[int, Receiver, int]:
        (port,) = free_ports(1)
        with engine.begin() as connection:
            made = make_webhook(connection, f"http://127.0.0.1:{port}/", place_id, None)
        return made.id, Receiver([secret_of(settings.secret("webhooks"), made.id, 1)], status), port

    return make


@contextmanager
def working(settings: Settings, engine: Engine, schedule: Sequence[float] = SCHEDULE) -> Iterator[None]:
    """A worker delivers; at the end, what it has in hand comes to its end."""
    with at_work(settings, Worker(settings, Delivery(engine, settings, schedule))):
        yield


def jobs(engine: Engine) -> list[tuple[Any, ...]]:
    """(event, state, attempts, outcome) of each delivery, oldest first."""
    query = select(job.c.payload["event"].astext, job.c.state, job.c.attempts, job.c.outcome).order_by(job.c.id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]
