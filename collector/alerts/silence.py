"""Kiosks that nobody presses, though people do at this hour: each against what is usual for itself.

1. Kiosks that are online in an open store, whose records have all come, and that record nothing for a while.
2. Of these, those whose touchpoint is pressed so often in the same hours of other weeks that silence would be odd: the
   hourly roll-up knows, and leaves few.
3. Of these, how often the very kiosk was pressed in the same minutes of each week in which it stood there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from collector.alerts.policy import Silence
from collector.alerts.readings import Reading, Stores, Watched
from collector.alerts.rules import FEWEST_WEEKS, WEEKS, Verdict, fewest_for_silence, judge_silence
from collector.fleet.condition import State, judge
from collector.moments import to_datetime, to_ms
from collector.places.hours import periods
from collector.ratings.kinds import Channel

#: Nobody wonders about a shorter silence, and none is reckoned longer.
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=24)
PRESSED = (Channel.KIOSK_BUTTON, Channel.KIOSK_TOUCH)


@dataclass(frozen=True)
class _Silent:
    kiosk: Row[Any]
    store: Watched
    rule: Silence
    since: datetime


def silences(connection: Connection, stores: Stores, now: datetime) -> Iterator[Reading]:
    """Kiosks whose silence is odd; and those that have an alert, for as long as nobody has pressed again."""
    silent: list[_Silent] = []
    for kiosk in connection.execute(_KIOSKS):
        store = stores[kiosk.store_id]
        if (rule := store.policy.silence) is None:
            continue
        if kiosk.alerted is not None and kiosk.alerted["last"] == kiosk.last:
            yield _reading(kiosk, rule, Verdict.KEEP, kiosk.alerted)
        elif (since := _silent_since(kiosk, store, now)) and now - since >= SHORTEST:
            silent.append(_Silent(kiosk, store, rule, since))
    busy = _usual(connection, _AT_TOUCHPOINTS, silent, now)
    odd = [each for each in silent if _may_be_odd(each.rule, busy[each.kiosk.kiosk_id])]
    own = _usual(connection, _OF_KIOSKS, odd, now)
    for each in odd:
        usual = own[each.kiosk.kiosk_id]
        data = {
            "since": to_ms(each.since),
            "last": each.kiosk.last,
            "usual": round(sum(usual) / len(usual), 1),
            "weeks": len(usual),
        }
        yield _reading(each.kiosk, each.rule, judge_silence(each.rule, usual), data)


def _silent_since(kiosk: Row[Any], store: Watched, now: datetime) -> datetime | None:
    """Since when nobody has pressed a kiosk that is there to be pressed; None where it is not, or we do not know."""
    is_online = judge(kiosk.said, kiosk.heard_at, kiosk.asleep_until, now).state is State.ONLINE
    if not is_online or kiosk.committed < kiosk.recorded:  # what it has not sent may be presses
        return None
    opened = _opened_at(store, now)
    if opened is None:
        return None
    stands_since: datetime = kiosk.stands_since
    return max(to_datetime(kiosk.last or 0), opened, stands_since, now - LONGEST)


def _opened_at(store: Watched, now: datetime) -> datetime | None:
    """When the store opened today; None where it is closed. Where its hours are not known, what is usual tells."""
    if not store.opening_hours:
        return now - LONGEST
    today = now.astimezone(store.zone).date()
    for day in (today, today - timedelta(days=1)):  # a night's opening reaches into today
        for begin, end in periods(store.opening_hours, day, store.zone):
            if begin <= now < end:
                return begin
    return None


def _may_be_odd(rule: Silence, usual: Sequence[float]) -> bool:
    return len(usual) >= FEWEST_WEEKS and sum(usual) / len(usual) >= fewest_for_silence(rule)


def _usual(connection: Connection, query: str, silent: Sequence[_Silent], now: datetime) -> Mapping[str, list[float]]:
    """Presses in the same minutes of each week before in which the kiosk stood there."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    if silent:
        about = {
            "kiosks": [each.kiosk.kiosk_id for each in silent],
            "stores": [each.store.id for each in silent],
            "touchpoints": [each.kiosk.touchpoint_id for each in silent],
            "zones": [each.store.zone.key for each in silent],
            "stands": [each.kiosk.stands_since for each in silent],
            "since": [each.since for each in silent],
            "now": now.astimezone(UTC),
            "weeks": WEEKS,
            "channels": list(PRESSED),
        }
        for row in connection.execute(text(query), about):
            found[row.kiosk_id].append(float(row.presses))
    return found


def _reading(kiosk: Row[Any], rule: Silence, verdict: Verdict, data: Mapping[str, Any]) -> Reading:
    return Reading(f"kiosk/{kiosk.kiosk_id}", verdict, kiosk.store_id, kiosk.touchpoint_id, data, rule.opens_case)


_KIOSKS = text("""
    SELECT kiosk.id AS kiosk_id, touchpoint.store_id, touchpoint.id AS touchpoint_id,
           kiosk_placement.since AS stands_since, kiosk_status.state AS said, kiosk_status.received_at AS heard_at,
           kiosk_status.asleep_until, kiosk_status.seq AS recorded, journal.seq AS committed, newest.last,
           alert.data AS alerted
    FROM kiosk
    JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk.id
    JOIN cursor AS journal ON journal.id = kiosk_status.cursor_id
    JOIN kiosk_placement ON kiosk_placement.kiosk_id = kiosk.id AND kiosk_placement.until IS NULL
    JOIN touchpoint ON touchpoint.id = kiosk_placement.touchpoint_id
    CROSS JOIN LATERAL (SELECT max(latest) AS last FROM cursor WHERE cursor.kiosk_id = kiosk.id) AS newest
    LEFT JOIN alert ON alert.rule = 'silence' AND alert.subject = 'kiosk/' || kiosk.id AND alert.closed_at IS NULL
                   AND alert.touchpoint_id = touchpoint.id
    WHERE kiosk.state = 'enrolled'
""")
# The same minutes by the store's own clock, in each week in which the kiosk stood there.
_WEEKS = """
    FROM unnest(CAST(:kiosks AS text[]), CAST(:stores AS int[]), CAST(:touchpoints AS int[]), CAST(:zones AS text[]),
                CAST(:stands AS timestamptz[]), CAST(:since AS timestamptz[]))
         AS silent (kiosk_id, store_id, touchpoint_id, zone, stands_since, since)
    CROSS JOIN generate_series(1, :weeks) AS ago
    CROSS JOIN LATERAL (
        SELECT (since AT TIME ZONE zone - ago * interval '7 days') AT TIME ZONE zone AS begin,
               (:now AT TIME ZONE zone - ago * interval '7 days') AT TIME ZONE zone AS until) AS week
"""
# Of an hour that lies in it in part, that part.
_AT_TOUCHPOINTS = f"""
    SELECT silent.kiosk_id, coalesce(heard.presses, 0) AS presses {_WEEKS}
    CROSS JOIN LATERAL (
        SELECT sum((counted + marked) * extract(epoch FROM
                   least(hour + interval '1 hour', week.until) - greatest(hour, week.begin)) / 3600) AS presses
        FROM rating_hour
        WHERE store_id = silent.store_id AND hour > week.begin - interval '1 hour' AND hour < week.until
          AND touchpoint_id = silent.touchpoint_id AND channel = ANY(CAST(:channels AS smallint[]))) AS heard
    WHERE week.begin >= silent.stands_since
"""  # noqa: S608 - the words above
# By receipt they are found, within an hour: who was cut off for longer gave no picture of that week.
_OF_KIOSKS = f"""
    SELECT silent.kiosk_id, heard.presses {_WEEKS}
    CROSS JOIN LATERAL (
        SELECT count(*) AS presses FROM rating JOIN cursor ON cursor.id = rating.cursor_id
        WHERE rating.store_id = silent.store_id AND cursor.kiosk_id = silent.kiosk_id
          AND rating.received_at >= week.begin AND rating.received_at < week.until + interval '1 hour'
          AND rating.happened_at >= week.begin AND rating.happened_at < week.until) AS heard
    WHERE week.begin >= silent.stands_since
"""  # noqa: S608
