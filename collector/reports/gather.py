"""What a report says, out of the database: each figure by one statement, whatever the place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, exists, func, select
from sqlalchemy import Row as Found

from collector.cases.tables import UNRESOLVED, case_event, cases
from collector.improvements.tables import improvement
from collector.insights.asked import Asked
from collector.insights.compare import compare
from collector.insights.faces import shares
from collector.insights.heard import Heard, heard, heard_below
from collector.insights.measures import Measure, smiley_index
from collector.insights.queries import bounds
from collector.insights.trust import trust
from collector.places.hours import OpeningHours
from collector.places.queries import Place, below, touchpoints
from collector.places.tables import place
from collector.reports.days import Days, is_closed
from collector.reports.report import Cases, Point, Report, Row
from collector.surveys.definition import Definition, in_language
from collector.surveys.tables import answer, survey_version
from collector.voices.conditions import IS_CUSTOMERS

#: How many reasons and improvements are named.
MOST_REASONS, MOST_IMPROVEMENTS = 5, 6
#: Days in the chart of a report that is about fewer.
CHART = timedelta(days=14)


def gather(
    connection: Connection, where: Place, days: Days, language: str, now: datetime, *, is_for_customers: bool = False
) -> Report:
    """The report of a place and all below it.

    Parameters
    ----------
    language: of reasons and improvements, as far as they are in it.
    is_for_customers: improvements that are not said in the language are left out, as at kiosks.
    """
    asked, before = (Asked(where.id, each.first, each.last) for each in (days, days.before))
    found, was = heard(connection, asked), heard(connection, before)
    stores = _stores(connection, where.id)
    hours = [each.opening_hours for each in stores]
    index = smiley_index(found.tally())
    return Report(
        place=where.name,
        kind=where.kind,
        above=_above(connection, where.id),
        zone=where.zone,
        days=days,
        made_at=now,
        index=index,
        change=compare(smiley_index(was.tally()), index),
        shares=shares(found.tally()),
        trust=trust(connection, asked, found),
        trend=_trend(connection, asked, days, hours),
        rows=_rows(connection, where, asked, before, days, stores, (found, was)),
        reasons=_reasons(connection, where, days, language),
        cases=_cases(connection, where, days),
        improvements=_improvements(connection, where, days, language, is_for_customers),
        closed_days=sum(_all_closed(hours, day) for day in days.each()),
    )


def _stores(connection: Connection, place_id: int) -> Sequence[Found[Any]]:
    stores = select(place).where(place.c.kind == "store", place.c.ended_at.is_(None), below(place_id))
    return connection.execute(stores.order_by(place.c.name, place.c.id)).all()


def _above(connection: Connection, place_id: int) -> str:
    parent = select(place.c.parent_id).where(place.c.id == place_id).scalar_subquery()
    return connection.scalar(select(place.c.name).where(place.c.id == parent)) or ""


def _all_closed(hours: Sequence[OpeningHours], day: Any) -> bool:
    return bool(hours) and all(is_closed(each, day) for each in hours)


def _trend(connection: Connection, asked: Asked, days: Days, hours: Sequence[OpeningHours]) -> list[Point]:
    first = min(days.first, days.last - CHART + timedelta(days=1))
    found = heard(connection, Asked(asked.place_id, first, days.last)).days
    points = []
    for at in range((days.last - first).days + 1):
        day = first + timedelta(days=at)
        index = smiley_index(found[day].tally()) if day in found else None
        points.append(Point(day, index, index is None and _all_closed(hours, day), day >= days.first))
    return points


def _rows(
    connection: Connection,
    where: Place,
    asked: Asked,
    before: Asked,
    days: Days,
    stores: Sequence[Found[Any]],
    heard_there: tuple[Heard, Heard],
) -> list[Row]:
    """Touchpoints of a store as a customer meets them; stores of a place above, whoever got worse for sure first."""
    if where.kind == "store":
        now_heard, was_heard = (each.by_touchpoint for each in heard_there)
        return [
            _row(each.name, _index_of(was_heard.get(each.id)), _index_of(now_heard.get(each.id)))
            for each in touchpoints(connection, where.id)
            if each.audience == "customers"
        ]
    found, was = (heard_below(connection, each) for each in (asked, before))
    rows = []
    for store in stores:
        index = _index(found, store.id)
        shut = index is None and all(is_closed(store.opening_hours, day) for day in days.each())
        rows.append(_row(store.name, _index(was, store.id), index, is_closed=shut))
    return sorted(rows, key=_worst_first)


def _index(found: Mapping[int, Heard], place_id: int) -> Measure | None:
    return smiley_index(found[place_id].tally()) if place_id in found else None


def _index_of(part: Any) -> Measure | None:
    return smiley_index(part.tally()) if part is not None else None


def _row(name: str, before: Measure | None, index: Measure | None, *, is_closed: bool = False) -> Row:
    return Row(name, index, compare(before, index), is_closed)


def _worst_first(row: Row) -> tuple[bool, bool, float, float]:
    change = getattr(row.change, "change", 0.0) if getattr(row.change, "is_sure", False) else 0.0
    return row.index is None, change >= 0, change, row.index.value if row.index else 0.0


def _of_days(where: Place, days: Days) -> tuple[datetime, datetime]:
    return bounds(days.first, where.zone)[0], bounds(days.last, where.zone)[1]


def _reasons(connection: Connection, where: Place, days: Days, language: str) -> list[tuple[str, int]]:
    """Why unhappy customers were unhappy, in the words of the surveys."""
    begin, end = _of_days(where, days)
    reason = func.unnest(answer.c.reasons).label("reason")
    counted = connection.execute(
        select(answer.c.version_id, reason, func.count().label("times"))
        .join(place, place.c.id == answer.c.store_id)
        .where(below(where.id), answer.c.submitted_at >= begin, answer.c.submitted_at < end)
        .where(answer.c.mark == 0, answer.c.score < 50, IS_CUSTOMERS)
        .group_by(answer.c.version_id, reason)
    ).all()
    versions = select(survey_version.c.id, survey_version.c.definition)
    wanted = {row.version_id for row in counted}
    definitions = {
        row.id: msgspec.convert(row.definition, Definition)
        for row in connection.execute(versions.where(survey_version.c.id.in_(wanted)))
    }
    by_words = Counter[str]()
    for row in counted:
        for each in definitions[row.version_id].reasons(None):
            if each.number == row.reason:
                by_words[in_language(each.text, language)] += row.times
    return by_words.most_common(MOST_REASONS)


def _cases(connection: Connection, where: Place, days: Days) -> Cases:
    begin, end = _of_days(where, days)
    why = case_event.c.data["why"].as_string()
    late = exists().where(case_event.c.case_id == cases.c.id, case_event.c.kind == "climbed", why.in_(("late", "idle")))
    opened = cases.c.opened_at >= begin, cases.c.opened_at < end
    counted = (
        select(
            func.count().filter(*opened).label("opened"),
            func.count().filter(cases.c.resolved_at >= begin, cases.c.resolved_at < end).label("resolved"),
            func.count().filter(*opened, late).label("late"),
            func.count().filter(cases.c.state.in_(UNRESOLVED)).label("waiting"),
        )
        .join(place, place.c.id == cases.c.store_id)
        .where(below(where.id))
    )
    row = connection.execute(counted).one()
    return Cases(row.opened, row.resolved, row.late, row.waiting)


def _improvements(connection: Connection, where: Place, days: Days, language: str, is_for_customers: bool) -> list[str]:
    """What was shown to customers in these days, the newest first."""
    begin, end = _of_days(where, days)
    shown = (
        select(improvement.c.text, improvement.c.place_id, place.c.name)
        .join(place, place.c.id == improvement.c.place_id)
        .where(below(where.id), improvement.c.since < end, improvement.c.until > begin)
        .order_by(improvement.c.since.desc(), improvement.c.id.desc())
        .limit(MOST_IMPROVEMENTS)
    )
    found = []
    for row in connection.execute(shown):
        if is_for_customers and not row.text.get(language):
            continue
        words = in_language(row.text, language)
        found.append(words if row.place_id == where.id else f"{row.name}: {words}")
    return found
