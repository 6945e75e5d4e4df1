"""A store's presses with those that have a say in their marks, and the marks that they shall have."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.fleet.settings.choices import REPEAT
from collector.ingest.frames import EVENT, STUCK
from collector.places.hours import OpeningHours
from collector.press_filter.policy import FilterPolicy
from collector.press_filter.rules import MARKS, Doors, Hang, Press, marks_of
from collector.ratings.kinds import Mark, TimeQuality
from collector.ratings.remark import Remark

#: What was pressed longer ago than this has no say in what comes in now, although it stands next to it in the journal:
#: so no rating is touched of a month that is being archived.
BACK = timedelta(days=7)
#: What was pressed just after those that are judged comes in within this time.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Ruled:
    """A store, and what its filter does."""

    id: int
    zone: ZoneInfo
    hours: OpeningHours
    policy: FilterPolicy


class Judged(NamedTuple):
    """A press, and the mark that it shall have."""

    cursor_id: int
    seq: int
    happened_at: datetime
    received_at: datetime
    score: float
    #: Whether it is of the customers' faces.
    is_in_index: bool
    before: Mark
    after: Mark

    @property
    def remark(self) -> Remark:
        return Remark(self.cursor_id, self.seq, self.after)


def ruled(connection: Connection[TupleRow], stores: Collection[int], until: int | None = None) -> Iterator[Ruled]:
    """These stores with the filter that holds there, by id.

    Parameters
    ----------
    until: as it was when the policy with this number was the newest.

    Raises
    ------
    msgspec.ValidationError: a policy is of a shape that this version does not know.
    """
    for store_id, zone, hours, definition in connection.execute(_RULED, {"stores": list(stores), "until": until}):
        policy = FilterPolicy() if definition is None else msgspec.convert(definition, FilterPolicy)
        yield Ruled(store_id, ZoneInfo(zone), hours, policy)


def judged(
    connection: Connection[TupleRow],
    store: Ruled,
    begin: datetime,
    end: datetime,
    since: Mapping[int, int] | None = None,
) -> Iterator[Judged]:
    """The presses of a store that were received in [begin, end), journal by journal, each judged with what is among
    them alone. The first ones know little of what was before them: take those from `FilterPolicy.reach` on.

    Parameters
    ----------
    since: only these journals, each from a seq on.
    """
    about = {"store": store.id, "begin": begin, "end": end}
    if since is None:
        rows = connection.execute(_PRESSES, about).fetchall()
    else:
        about |= {"cursors": list(since), "seqs": list(since.values())}
        rows = connection.execute(_PRESSES_SINCE, about).fetchall()
    journals = {row[0] for row in rows}
    hangs = _hangs(connection, journals, begin, end) if store.policy.stuck else {}
    windows = _windows(connection, journals) if store.policy.repeat is None else {}
    grace = timedelta(minutes=store.policy.closed.minutes if store.policy.closed else 0)
    doors = Doors(store.hours, store.zone, grace)
    for cursor_id, journal in groupby(rows, lambda row: row[0]):
        own = list(journal)
        presses = [
            Press(seq, boot, uptime, button, at if quality < TimeQuality.UNKNOWN else None, mark, window)
            for _, seq, boot, uptime, button, at, _, quality, settings, mark, _, _ in own
            for window in [windows.get((cursor_id, settings), REPEAT)]
        ]
        marks = marks_of(presses, hangs.get(cursor_id, ()), store.policy, doors.is_closed)
        for row, after in zip(own, marks, strict=True):
            _, seq, _, _, _, at, received, _, _, before, score, is_in_index = row
            yield Judged(cursor_id, seq, at, received, score, is_in_index, MARKS[before], after)


def _hangs(
    connection: Connection[TupleRow], cursors: Collection[int], begin: datetime, end: datetime
) -> Mapping[int, Sequence[Hang]]:
    found: dict[int, list[Hang]] = defaultdict(list)
    about = {"cursors": list(cursors), "begin": begin, "end": end, "event": EVENT, "stuck": STUCK}
    for cursor_id, *hang in connection.execute(_HANGS, about):
        found[cursor_id].append(Hang(*hang))
    return found


def _windows(connection: Connection[TupleRow], cursors: Collection[int]) -> Mapping[tuple[int, int], int]:
    """Within how many ms a second press was the same person's, by journal and version of its kiosk's settings."""
    if not cursors:
        return {}
    rows = connection.execute(_WINDOWS, [list(cursors)])
    return {(cursor_id, version): int(window) for cursor_id, version, window in rows}


_RULED = """
WITH newest AS (
    SELECT DISTINCT ON (place_id) place_id, definition FROM policy
    WHERE kind = 'filter' AND (%(until)s::int IS NULL OR id <= %(until)s) ORDER BY place_id, version DESC)
SELECT id, time_zone, opening_hours,
       (SELECT definition FROM newest WHERE place_id = ANY(place.path) AND definition IS NOT NULL
        ORDER BY array_position(place.path, place_id) DESC LIMIT 1)
FROM place WHERE id = ANY(%(stores)s) ORDER BY id
"""

_SEEN = """
SELECT cursor_id, seq, boot, uptime, button, happened_at, received_at, time_quality, settings_version, mark, score,
       question.kind = 'smileys' AND touchpoint.audience IS DISTINCT FROM 'staff'
FROM rating
JOIN question ON question.id = rating.question_id
LEFT JOIN touchpoint ON touchpoint.id = rating.touchpoint_id
{journals}
WHERE rating.store_id = %(store)s AND received_at >= %(begin)s AND received_at < %(end)s AND cursor_id > 0
ORDER BY cursor_id, seq
"""
_PRESSES = _SEEN.format(journals="")
_PRESSES_SINCE = _SEEN.format(
    journals="""
JOIN unnest(%(cursors)s::int[], %(seqs)s::int[]) AS journal (its, since) ON its = cursor_id AND seq >= since"""
)

# What a kiosk told late may have happened long before; no event is dated after its receipt.
_HANGS = """
SELECT cursor_id, seq, boot, uptime, extra FROM kiosk_record
WHERE cursor_id = ANY(%(cursors)s) AND kind = %(event)s AND value = %(stuck)s
  AND happened_at >= %(begin)s::timestamptz - interval '60 days'
  AND received_at >= %(begin)s::timestamptz AND received_at < %(end)s::timestamptz
ORDER BY cursor_id, seq
"""

_WINDOWS = """
SELECT cursor.id, version, settings -> 'repeat' FROM cursor JOIN kiosk_settings USING (kiosk_id)
WHERE cursor.id = ANY(%s) AND jsonb_typeof(settings -> 'repeat') = 'number'
"""
