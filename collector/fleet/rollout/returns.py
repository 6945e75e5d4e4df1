"""The way back: each kiosk that runs a release is told to run the one before again, until it says that it does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from collector import clock
from collector.fleet.commands import OPEN, order
from collector.fleet.rollout.changes import GOES_WITHIN
from collector.fleet.rollout.facts import Known, write_down
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.steps import Heard, Member, State, Step, step
from collector.settings import Settings

#: One that could not is asked again after so long, so many times.
AGAIN_AFTER, MOST = timedelta(minutes=10), 5


def bring_back(
    connection: Connection, settings: Settings, row: Row[Any], plan: Plan, known: Sequence[Known], now: datetime
) -> None:
    """Write down who is back, and tell the others; so many at a time as were told to take it."""
    steps = [(member, heard, came_back(row.number, member, heard, plan, row.finished_at)) for member, heard in known]
    news = [(member, at) for member, _, at in steps if at != (member.state, member.said)]
    write_down(connection, row.id, news, now)
    # One that was back before, or is offered it since, runs it because a person wanted so.
    asked = [(member.kiosk, heard) for member, heard, _ in steps if member.state is not State.BACK]
    runs_it = [name for name, heard in asked if heard.release == row.number and not heard.retired and not heard.offered]
    time = now + clock.ahead(settings)  # commands are dated in the time of the installation
    told = {each.kiosk_id: each for each in connection.execute(_TOLD, {"key": f"rollout/{row.id}/", "kiosks": runs_it})}
    room = plan.at_once - sum(each.state in OPEN for each in told.values())
    due = [each for each in runs_it if _is_due(told.get(each), time)]
    for kiosk_id in due[: max(0, room)]:
        times = told[kiosk_id].times if kiosk_id in told else 0
        key = f"rollout/{row.id}/{kiosk_id}/{times + 1}"
        order(connection, settings, kiosk_id, "former", f"Roll-out {row.id}", time, key)


def came_back(number: int, member: Member, heard: Heard, plan: Plan, since: datetime) -> Step:
    """Where a kiosk is when all of them are to go back since then."""
    same = Step(member.state, member.said)
    if member.offered_at is None or member.state is State.BACK or heard.at is None or heard.release is None:
        return same
    if heard.release == number:
        return Step(State.DONE, "It is told to go back.")
    if heard.at > since and member.state in {State.DONE, State.TRIAL, State.SILENT} and heard.release < number:
        again = f"release {heard.release}" if heard.release else "what a technician installed"
        return Step(State.BACK, f"It runs {again} again.")
    return step(number, member, heard, plan, since)


def _is_due(told: Row[Any] | None, now: datetime) -> bool:
    """Whether a kiosk that runs it still is to be told (again)."""
    if told is None or told.state == "expired":
        return True
    if told.state in OPEN or told.finished_at is None:
        return False
    pause = GOES_WITHIN if told.state == "done" else AGAIN_AFTER
    return bool(told.times < MOST and now - told.finished_at >= pause)


_TOLD = text("""
    SELECT DISTINCT ON (kiosk_id) kiosk_id, state, finished_at, count(*) OVER (PARTITION BY kiosk_id) AS times
    FROM kiosk_command
    WHERE kiosk_id = ANY(CAST(:kiosks AS text[])) AND "do" = 'former' AND starts_with(key, :key)
    ORDER BY kiosk_id, id DESC
""")
