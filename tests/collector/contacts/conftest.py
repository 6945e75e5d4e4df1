"""Customers with cases, and what was written to them."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.cases.submit import submit
from collector.contacts.tables import message
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Contact, Reply, Source
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop

PHONE, MAIL = "050 123 45 67", "Ann@example.com"
Complains = Callable[..., int]


@pytest.fixture
def complains(engine: Engine, settings: Settings, riverside: Shop) -> Complains:
    """Makes a customer who is very unhappy, leaves an address and gets a case; returns it (0: no case)."""
    with engine.begin() as connection:
        ensure_default(connection)
    numbers = iter(range(1000))

    def complain(address: str | None = PHONE, button: int = 4, device: bytes | None = None, **reply: Any) -> int:
        poster = Channel.POSTER_QR, riverside.store, riverside.exit
        source = Source(f"poster:{next(numbers):022}", *poster, device=device)
        given = Contact(address, "answer", "yes", (NOW.date()).replace(year=2027)) if address else None
        said = Reply(reply.pop("language", "en"), button=button, comment="Too slow", contact=given, **reply)
        return submit(engine, settings, source, said, NOW).case_id or 0

    return complain


@pytest.fixture
def messages(engine: Engine) -> Callable[[], list[Any]]:
    """All messages to customers, oldest first."""

    def all_of_them() -> list[Any]:
        with engine.connect() as connection:
            query = select(message).where(message.c.purpose != "staff").order_by(message.c.id)
            return list(connection.execute(query))

    return all_of_them
