"""Printers of Riverside, and print jobs as the spool leaves them behind."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from collector.queue.tables import job
from collector.slips.tables import printer
from tests.factories import Shop

UNSURE = "The connection broke while the slip was on its way."


@pytest.fixture
def make_printer(engine: Engine) -> Callable[..., int]:
    """Makes a printer of a store, by default at the counter."""

    def make(store_id: int, name: str = "Counter", **values: Any) -> int:
        address = {"address": "tcp://127.0.0.1:1", "profile": "epson-80"}
        made = insert(printer).values(store_id=store_id, name=name, **address, **values).returning(printer.c.id)
        with engine.begin() as connection:
            return int(connection.execute(made).scalar_one())

    return make


@pytest.fixture
def counter(make_printer: Callable[..., int], riverside: Shop) -> int:
    """The printer at Riverside's counter."""
    return make_printer(riverside.store)


@pytest.fixture
def becomes(engine: Engine) -> Callable[..., None]:
    """Lets a print job come to a state."""

    def come_to(job_id: int, state: str, outcome: str | None = None, **values: Any) -> None:
        with engine.begin() as connection:
            changed = update(job).where(job.c.id == job_id)
            connection.execute(changed.values(state=state, outcome=outcome, **values))

    return come_to


@pytest.fixture
def print_jobs(engine: Engine) -> Callable[[], list[Any]]:
    """All print jobs, oldest first."""

    def rows() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(select(job).order_by(job.c.id)))

    return rows
