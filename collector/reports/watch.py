"""Sends the reports that are due, each once, in the morning of the place that they are about.

1. Find whose last day, week or month is over, and whose morning has come (`days.due_at`).
2. Write the issue down; who finds it written has been beaten to it. In the same transaction the message goes into the
   queue, under a key of its own.
3. A day on which all doors were shut is no bad day: it has no mail, unless somebody rated.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from collector.accounts.tables import account
from collector.contacts.messages import tell_staff
from collector.insights.asked import Asked
from collector.insights.heard import heard
from collector.places.tables import place
from collector.reports.days import WORTH, Days, due_at, is_closed, last_over
from collector.reports.tables import report, report_issue
from collector.settings import Settings

log = structlog.get_logger()

#: How often somebody looks.
ROUND = timedelta(seconds=30)


class Watch:
    """Looks every now and then; `look` may be called as often as one likes."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._looked: datetime | None = None

    def look(self, now: datetime) -> int:
        """Send what is due; returns how many reports."""
        if self._looked and abs(now - self._looked) < ROUND:  # a clock that went back is no reason to wait, either
            return 0
        self._looked = now
        with self._engine.connect() as connection:
            waiting = _waiting(connection, now)
        return sum(self._issue_or_tell(each, days, now) for each, days in waiting)

    def _issue_or_tell(self, wanted: Row[Any], days: Days, now: datetime) -> bool:
        """One report that cannot be made holds up no other; it is tried again in the next round."""
        try:
            with self._engine.begin() as connection:
                return issue(connection, self._settings, wanted, days, now)
        except OperationalError:
            raise  # the database is away for all of them
        except Exception:
            log.exception("report could not be sent", report=wanted.id)
            return False


def _waiting(connection: Connection, now: datetime) -> list[tuple[Row[Any], Days]]:
    """Reports whose morning has come and that have no issue yet."""
    wanted = connection.execute(_WANTED).all()
    stores = _stores(connection) if wanted else {}
    found = []
    for each in wanted:
        zone = ZoneInfo(each.time_zone)
        days = last_over(each.period, now.astimezone(zone).date())
        below = stores.get(each.place_id, ())
        due = due_at(days.last, zone, each.opening_hours, (ZoneInfo(store.time_zone) for store in below))
        if each.since < due <= now < due + WORTH[days.period] and each.newest != days.first:
            found.append((each, days))
    return found


def issue(connection: Connection, settings: Settings, wanted: Row[Any], days: Days, now: datetime) -> bool:
    """Write down that a report's issue is settled, and have it sent; whether it is."""
    written = insert(report_issue).values(report_id=wanted.id, first=days.first, last=days.last, at=now)
    issue_id = connection.scalar(
        written.on_conflict_do_nothing(index_elements=["report_id", "first"]).returning(report_issue.c.id)
    )
    if issue_id is None:
        return False
    hours = [store.opening_hours for store in _stores(connection).get(wanted.place_id, ())]
    was_shut = bool(hours) and all(is_closed(each, day) for each in hours for day in days.each())
    if was_shut and not heard(connection, Asked(wanted.place_id, days.first, days.last)).counted:
        return False
    tell_staff(
        connection,
        settings,
        account_ids=[wanted.account_id],
        what="report",
        store_id=wanted.place_id,
        key=f"report/{wanted.id}/{days.first.isoformat()}",
        now=now,
        words={"issue": issue_id},
        lifetime=WORTH[days.period],
    )
    return True


def _stores(connection: Connection) -> Mapping[int, Sequence[Any]]:
    """The stores at and below each place."""
    by_place: dict[int, list[Any]] = defaultdict(list)
    stores = select(place.c.path, place.c.time_zone, place.c.opening_hours)
    for store in connection.execute(stores.where(place.c.kind == "store", place.c.ended_at.is_(None))):
        for place_id in store.path:
            by_place[place_id].append(store)
    return by_place


#: Reports of people who have an address and still see the place.
_WANTED = (
    select(
        report,
        place.c.time_zone,
        place.c.opening_hours,
        select(func.max(report_issue.c.first))
        .where(report_issue.c.report_id == report.c.id)
        .scalar_subquery()
        .label("newest"),
    )
    .join(place, place.c.id == report.c.place_id)
    .join(account, account.c.id == report.c.account_id)
    .where(report.c.ended_at.is_(None), place.c.ended_at.is_(None))
    .where(account.c.ended_at.is_(None), account.c.email.is_not(None), account.c.place_id == func.any(place.c.path))
)
