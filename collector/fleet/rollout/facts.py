"""What is known of the kiosks of a roll-out just now: what the roll-out has of them, and what they said last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from collector import clock
from collector.fleet.condition import LATE_FOR, State, closed, judge, wakes_at
from collector.fleet.queries import number_of
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.steps import Heard, Member, Step
from collector.fleet.rollout.steps import State as At
from collector.ingest.frames import EVENT, STARTED, Cause
from collector.ingest.state import Doing, known_states
from collector.ingest.watch import SILENT_AFTER
from collector.settings import Settings

#: No start is looked for further back than this.
_LOOKED_BACK = timedelta(days=7)
#: A release begins with a start that belongs to it.
_ITS_OWN = 1

Known = tuple[Member, Heard]


def known(
    connection: Connection, rollout_id: int, plan: Plan, now: datetime, listening: datetime | None
) -> list[Known]:
    """All kiosks of a roll-out; but of one that was offered a later one, that one tells. They come in the order of
    their turns: drawn, not store by store, so that a bad release does not take all kiosks of a store.

    Parameters
    ----------
    now: of this machine, as what kiosks say is dated.
    listening: since when an intake hears kiosks; None: none does, so that nobody is silent.
    """
    rows = connection.execute(_MEMBERS, {"rollout": rollout_id}).all()
    starts = _starts(connection, rows, plan, now)
    return [(_member(row), _heard(row, starts.get(row.kiosk_id, 0), plan, now, listening)) for row in rows]


def write_down(connection: Connection, rollout_id: int, steps: Sequence[tuple[Member, Step]], now: datetime) -> None:
    """Write down where these kiosks are now, and what they say."""
    if not steps:
        return
    values = [(member.kiosk, at.state, at.said, at.state != member.state) for member, at in steps]
    kiosks, states, said, moved = (list(column) for column in zip(*values, strict=True))
    about = {"rollout": rollout_id, "kiosks": kiosks, "states": states, "said": said, "moved": moved, "now": now}
    connection.execute(_STEPS, about)


def listening_since(connection: Connection, settings: Settings, now: datetime) -> datetime | None:
    """Since when an intake hears kiosks, here or on another machine."""
    ahead = clock.ahead(settings)  # they say it in the time of the installation
    states = known_states(settings, connection, now + ahead)
    hearing = [each for each in states if each.state is Doing.RUNNING and now + ahead - each.at < SILENT_AFTER]
    return min((each.since - ahead for each in hearing), default=None)


def _member(row: Row[Any]) -> Member:
    return Member(row.kiosk_id, row.stage, At(row.state), row.since, row.offered_at, row.forgiven, row.said)


def _heard(row: Row[Any], starts: int, plan: Plan, now: datetime, listening: datetime | None) -> Heard:
    return Heard(
        at=row.heard_at,
        release=number_of(row.release),
        update=row.update if isinstance(row.update, str) else "",
        online=row.status == "online",
        away_since=_away_since(row, plan, now, listening),
        starts=starts,
        asleep=judge(row.status, row.heard_at, row.asleep_until, now).state is State.ASLEEP,
        retired=row.life != "enrolled",
        offered=row.is_offered,
    )


def _away_since(row: Row[Any], plan: Plan, now: datetime, listening: datetime | None) -> datetime | None:
    """Since when it is away and nobody knows why: its shop is open, and somebody listens."""
    condition = judge(row.status, row.heard_at, row.asleep_until, now)
    if listening is None or condition.at is None or condition.state in {State.ONLINE, State.ASLEEP}:
        return None
    sleeps = row.status == "asleep" and row.asleep_until
    due = wakes_at(row.heard_at, row.asleep_until) if sleeps else condition.at
    since: datetime = max(due, condition.at, listening)
    if row.opening_hours and now - since >= max(plan.silence_time, LATE_FOR):
        shut = closed(row.opening_hours, now, ZoneInfo(row.time_zone))
        if judge(row.status, row.heard_at, row.asleep_until, now, shut).state is State.CLOSED:
            return None
    return since


def _starts(connection: Connection, rows: Sequence[Row[Any]], plan: Plan, now: datetime) -> dict[str, int]:
    """By kiosk, how often it has started by itself since it was offered the release, beyond as often as before."""
    watched = [
        row
        for row in rows
        if row.offered_at
        and row.state not in {At.WAITING, At.BACK}
        and not (row.state == At.DONE and now - row.since >= plan.soak_time)
        and now - row.offered_at < _LOOKED_BACK
    ]
    if not watched:
        return {}
    about = {"kiosks": [row.kiosk_id for row in watched], "offered": [row.offered_at for row in watched], "now": now}
    about |= {"event": EVENT, "started": STARTED, "by_itself": [Cause.WATCHDOG, Cause.SOFTWARE]}
    return {row.kiosk_id: row.starts - _ITS_OWN for row in connection.execute(_STARTS, about)}


_STEPS = text("""
    UPDATE rollout_kiosk AS member
    SET state = at.state, said = at.said, since = CASE WHEN at.moved THEN :now ELSE member.since END
    FROM unnest(CAST(:kiosks AS text[]), CAST(:states AS text[]), CAST(:said AS text[]), CAST(:moved AS bool[]))
         AS at (kiosk_id, state, said, moved)
    WHERE member.rollout_id = :rollout AND member.kiosk_id = at.kiosk_id
""")
_MEMBERS = text("""
    SELECT member.kiosk_id, member.stage, member.state, member.since, member.offered_at, member.forgiven, member.said,
           kiosk.state AS life, place.time_zone, place.opening_hours, kiosk_status.state AS status,
           kiosk_status.received_at AS heard_at, kiosk_status.asleep_until,
           kiosk_status.health -> 'release' AS release, kiosk_status.health -> 'update' AS update,
           EXISTS (SELECT FROM release JOIN rollout ON rollout.number = release.number
                   WHERE release.id = kiosk.release_id AND rollout.id = member.rollout_id) AS is_offered
    FROM rollout_kiosk AS member
    JOIN kiosk ON kiosk.id = member.kiosk_id
    LEFT JOIN kiosk_placement ON kiosk_placement.kiosk_id = kiosk.id AND kiosk_placement.until IS NULL
    LEFT JOIN touchpoint ON touchpoint.id = kiosk_placement.touchpoint_id
    LEFT JOIN place ON place.id = touchpoint.store_id
    LEFT JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk.id
    WHERE member.rollout_id = :rollout AND NOT EXISTS (
        SELECT FROM rollout_kiosk AS later
        JOIN rollout ON rollout.id = later.rollout_id
        WHERE later.kiosk_id = member.kiosk_id AND later.rollout_id > :rollout
          AND (later.offered_at IS NOT NULL OR rollout.state IN ('running', 'halted')))
    ORDER BY member.stage, md5(member.rollout_id || '/' || member.kiosk_id)
""")
_STARTS = text("""
    SELECT watched.kiosk_id, count(*) FILTER (WHERE event.happened_at >= watched.offered)
           - count(*) FILTER (WHERE event.happened_at < watched.offered) AS starts
    FROM unnest(CAST(:kiosks AS text[]), CAST(:offered AS timestamptz[])) AS watched (kiosk_id, offered)
    JOIN cursor ON cursor.kiosk_id = watched.kiosk_id
    JOIN kiosk_record AS event ON event.cursor_id = cursor.id AND event.kind = :event AND event.value = :started
         AND event.extra = ANY(:by_itself) AND event.happened_at >= watched.offered - (:now - watched.offered)
    GROUP BY watched.kiosk_id
""")
