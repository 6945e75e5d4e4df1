"""Riverside has been rated for two weeks, and customers have complained."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from collector.accounts.tables import account
from collector.cases.submit import submit
from collector.improvements.changes import add
from collector.places.tables import place
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop, add_up, make_account, make_kiosk, make_ratings

#: The day before the tests' own: a Saturday.
YESTERDAY = date(2026, 11, 21)
#: On it: 30 very good, 12 good, 5 bad, 3 very bad.
PRESSES = [1] * 30 + [2] * 12 + [3] * 5 + [4] * 3


@pytest.fixture
def rated(engine: Engine, settings: Settings, riverside: Shop) -> Shop:
    """Riverside, with ratings at its exit on each of the last fourteen days but Sundays, on which it is closed."""
    with engine.begin() as connection:
        close_on_sundays(connection, riverside)
        kiosk = make_kiosk(connection, riverside, "exit-1")
        for ago in range(14, 0, -1):
            happened = NOW - timedelta(days=ago)
            if happened.weekday() != 6:
                make_ratings(connection, kiosk, PRESSES if ago < 8 else PRESSES[::2] * 2, happened=happened)
        ensure_default(connection)
        text = {"en": "A second till is open.", "uk": "Відкрито другу касу."}
        shown = NOW - timedelta(days=3)
        add(
            connection,
            place_id=riverside.store,
            touchpoint_id=None,
            case_id=None,
            text=text,
            author="Olha",
            now=shown,
        )
    said = Source(f"poster:{1:022}", Channel.POSTER_QR, riverside.store, riverside.exit)
    words = "=cmd|' /C calc'!A0"
    submit(engine, settings, said, Reply("en", button=4, reasons=[1], comment=words), NOW - timedelta(days=1))
    with engine.begin() as connection:
        add_up(connection)
    return riverside


def close_on_sundays(connection: Connection, shop: Shop) -> None:
    hours = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    connection.execute(update(place).where(place.c.id == shop.store).values(opening_hours=hours))


@pytest.fixture
def reader(engine: Engine) -> Callable[..., int]:
    """Makes somebody of a place who has a mailbox and does not sign in."""

    def make(place_id: int, name: str = "Olha", email: str | None = "olha@example.org", language: str = "en") -> int:
        with engine.begin() as connection:
            account_id = make_account(connection, place_id, name, role="email-only")
            about = {"email": email, "language": language}
            connection.execute(update(account).where(account.c.id == account_id).values(about))
        return account_id

    return make


def morning(day: date, hour: int = 7, minute: int = 1) -> datetime:
    """A time of a day in Kyiv, in winter."""
    return datetime(day.year, day.month, day.day, hour - 2, minute, tzinfo=NOW.tzinfo)
