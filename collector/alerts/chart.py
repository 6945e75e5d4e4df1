"""What an alert's little chart shows: how it was before, during and after."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from collector.alerts.queries import Alert
from collector.alerts.readings import ON_THE_SPOT
from collector.alerts.rules import WEEKS
from collector.alerts.silence import PRESSED
from collector.moments import to_datetime
from collector.places.tables import touchpoint
from collector.ratings.kinds import Mark, TimeQuality
from collector.ratings.tables import rating, rating_hour
from collector.surveys.tables import question

HOUR = timedelta(hours=1)
#: Bars in one window of the rule, windows before the alert, and most bars in all.
IN_WINDOW, BEFORE, MOST = 3, 2, 24


@dataclass(frozen=True)
class Column:
    """A stretch of time. `x` and `width` are in per cent of the chart's width, heights in per cent of the highest."""

    begin: datetime
    until: datetime
    #: Ratings, or presses.
    count: int
    height: float
    #: Of these: bad ones; or instead, presses that are usual then. None: nothing to compare with.
    other: float
    other_height: float
    x: float
    width: float
    highest: bool
    #: The alert opened in it.
    is_opening: bool


def chart_of(connection: Connection, alert: Alert, now: datetime) -> list[Column]:
    """The columns of an alert on ratings or silence; none for the others, of which only the last state is known."""
    draw: Mapping[str, Callable[[Connection, Alert, datetime], list[Column]]] = {
        "bad-share": _ratings,
        "index": _ratings,
        "silence": _presses,
    }
    return draw[alert.rule](connection, alert, now) if alert.rule in draw else []


def _ratings(connection: Connection, alert: Alert, now: datetime) -> list[Column]:
    """Ratings, and how many of them were bad."""
    window = timedelta(minutes=alert.data["minutes"])
    width = window / IN_WINDOW
    # Columns end when it opened, so that what raised it stands together.
    begin = alert.opened_at - BEFORE * window
    end = min(now, (alert.closed_at or now) + width, begin + MOST * width)
    here: list[ColumnElement[bool]] = [rating.c.store_id == alert.store_id]
    if alert.touchpoint_id is not None:
        here.append(rating.c.touchpoint_id == alert.touchpoint_id)
    rows = connection.execute(
        select(rating.c.happened_at, rating.c.score)
        .join(question, question.c.id == rating.c.question_id)
        .join(touchpoint, touchpoint.c.id == rating.c.touchpoint_id)
        .where(
            *here,
            rating.c.received_at >= begin,
            rating.c.happened_at > begin,
            rating.c.happened_at <= end,
            rating.c.mark == Mark.COUNTED,
            rating.c.time_quality < TimeQuality.UNKNOWN,
            rating.c.channel.in_(ON_THE_SPOT),
            question.c.kind == "smileys",
            touchpoint.c.audience == "customers",
        )
    )
    counts, bad = Counter[int](), Counter[int]()
    for row in rows:
        number = -((begin - row.happened_at) // width) - 1  # (from, until]
        counts[number] += 1
        bad[number] += row.score < 50
    if not counts:  # by now they are in the archive
        return []
    columns = max(1, -((begin - end) // width))
    return _columns(
        [(begin + number * width, begin + (number + 1) * width) for number in range(columns)],
        [counts[number] for number in range(columns)],
        [bad[number] for number in range(columns)],
        alert.opened_at,
    )


def _presses(connection: Connection, alert: Alert, now: datetime) -> list[Column]:
    """Presses by the hour at the kiosk's touchpoint, and what is usual there."""
    since = to_datetime(alert.data["since"])
    first = since - timedelta(minutes=since.astimezone(alert.zone).minute, seconds=since.second) - 3 * HOUR
    first -= timedelta(microseconds=first.microsecond)
    last = min(now, (alert.closed_at or now) + HOUR, first + MOST * HOUR)
    hours = [first + number * HOUR for number in range(max(1, -((first - last) // HOUR)))]
    before = {
        (hour.astimezone(alert.zone) - timedelta(weeks=ago)).astimezone(hour.tzinfo): hour
        for hour in hours
        for ago in range(1, WEEKS + 1)
    }
    rows = connection.execute(
        select(rating_hour.c.hour, func.sum(rating_hour.c.counted + rating_hour.c.marked).label("presses"))
        .where(
            rating_hour.c.store_id == alert.store_id,
            rating_hour.c.touchpoint_id == alert.touchpoint_id,
            rating_hour.c.channel.in_(PRESSED),
            rating_hour.c.hour.in_([*hours, *before]),
        )
        .group_by(rating_hour.c.hour)
    )
    counts, usual = Counter[datetime](), Counter[datetime]()
    for row in rows:
        if row.hour in before:
            usual[before[row.hour]] += row.presses
        else:
            counts[row.hour] = row.presses
    weeks = alert.data["weeks"]
    return _columns(
        [(hour, hour + HOUR) for hour in hours],
        [counts[hour] for hour in hours],
        [usual[hour] / weeks for hour in hours],
        alert.opened_at,
    )


def _columns(
    times: list[tuple[datetime, datetime]], counts: list[int], others: list[int] | list[float], opened_at: datetime
) -> list[Column]:
    most, slot = max(1.0, *counts, *others), 100 / len(times)
    highest = counts.index(max(counts))
    return [
        Column(
            begin=begin,
            until=until,
            count=count,
            height=100 * count / most,
            other=other,
            other_height=100 * other / most,
            x=place * slot + slot * 0.1,
            width=slot * 0.8,
            highest=place == highest,
            is_opening=begin < opened_at <= until,
        )
        for place, ((begin, until), count, other) in enumerate(zip(times, counts, others, strict=True))
    ]
