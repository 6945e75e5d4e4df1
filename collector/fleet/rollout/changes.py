"""What people do with a roll-out: begin it, go on after a halt, end it, have its kiosks go back.

Each is one conditional update whose row count decides who won. What follows from it is done by the watch (watch.py).
"""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, func, insert, or_, select, text, update

from collector import locks
from collector.audit import log
from collector.audit.log import Action
from collector.fleet.rollout import plan as plans
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.stages import stages
from collector.fleet.rollout.steps import WRONG, State
from collector.fleet.rollout.takers import UNDER_WAY, affected
from collector.fleet.tables import rollout, rollout_kiosk
from collector.places.queries import below
from collector.places.tables import place

#: So long those that go back are waited for before another roll-out can begin; one waits for an hour without presses.
GOES_WITHIN = timedelta(hours=2)


class CannotChange(Exception):
    """This cannot be done with this roll-out, or not now; the message is a sentence that says why."""


def begin(
    connection: Connection, place_id: int, number: int, plan: Plan, author: str, now: datetime, key: str
) -> tuple[int, bool]:
    """Begin to bring a release to the kiosks of a place and below; its id, and whether it is new.

    Parameters
    ----------
    place_id: that the author sees.
    key: idempotency key; with one that is known, the roll-out that was begun with it.

    Raises
    ------
    CannotChange: another is under way there, or there is nobody who could be the first.
    """
    connection.execute(select(func.pg_advisory_xact_lock(locks.ROLLOUTS)))
    known = connection.execute(select(rollout).where(rollout.c.key == key)).first()
    if known:
        if (known.number, known.place_id) != (number, place_id):
            raise CannotChange(_("This Idempotency-Key was used for another roll-out. Take a new key for a new one."))
        return known.id, False
    _check_alone(connection, place_id, now)
    found = affected(connection, place_id, number, now)
    if not found.versions:
        raise CannotChange(_("There is no release %(number)s. `smilepost release publish` brings one.", number=number))
    if not found.takers:
        raise CannotChange(_("No kiosk here can take release %(number)s.", number=number))
    in_stages = stages(found.candidates, plan, number)
    if not in_stages:
        raise CannotChange(_("No kiosk that can take it is online, and one has to be the first. Wait until one is."))
    values = {"number": number, "place_id": place_id, "plan": plans.kept(plan), "author": author, "key": key}
    values |= {"created_at": now, "stage_since": now}
    rollout_id = int(connection.execute(insert(rollout).values(values).returning(rollout.c.id)).scalar_one())
    rows = [
        {
            "rollout_id": rollout_id,
            "kiosk_id": each.id,
            "stage": in_stages[each.id],
            "before": each.release_reported,
        }
        for each in found.takers
    ]
    connection.execute(insert(rollout_kiosk), rows)
    log.note(connection, author, "began-rollout", f"rollouts/{rollout_id}", place_id)
    return rollout_id, True


def go_on(connection: Connection, rollout_id: int, author: str, now: datetime, key: str) -> None:
    """Go on after a halt: the kiosks that caused it do not count any more.

    Raises
    ------
    CannotChange
    """
    if _change(
        connection, rollout_id, ("halted",), "running", key, author, "went-on-rollout", why=None, stage_since=now
    ):
        mine = rollout_kiosk.c.rollout_id == rollout_id, rollout_kiosk.c.state.in_(sorted(WRONG))
        connection.execute(update(rollout_kiosk).where(*mine).values(forgiven=True))
        connection.execute(_AGAIN, {"rollout": rollout_id})


def end(connection: Connection, rollout_id: int, author: str, now: datetime, key: str) -> None:
    """Offer it to nobody any more; the kiosks that run it go on running it.

    Raises
    ------
    CannotChange
    """
    why = {"why": f"{author} ended it.", "finished_at": now}
    if _change(connection, rollout_id, UNDER_WAY, "ended", key, author, "ended-rollout", **why):
        withdraw(connection, rollout_id)


def go_back(connection: Connection, rollout_id: int, author: str, now: datetime, key: str) -> None:
    """Offer it to nobody any more, and have each kiosk that has taken it run again what it ran before.

    Raises
    ------
    CannotChange
    """
    connection.execute(select(func.pg_advisory_xact_lock(locks.ROLLOUTS)))
    row = connection.execute(select(rollout).where(rollout.c.id == rollout_id)).one()
    if row.state not in {*UNDER_WAY, "back"}:
        # Whoever goes back goes back to what was there before: no other may be in between.
        _check_alone(connection, row.place_id, now)
    why = {"why": f"{author} had its kiosks go back.", "finished_at": now}
    before = (*UNDER_WAY, "done", "ended")
    if _change(connection, rollout_id, before, "back", key, author, "took-back-rollout", **why):
        withdraw(connection, rollout_id)


def withdraw(connection: Connection, rollout_id: int) -> None:
    """No kiosk is offered it any more but those that run it already, and in case of a return not those either."""
    connection.execute(_WITHDRAW, {"rollout": rollout_id})
    _wait(connection, rollout_id)


def hold(connection: Connection, rollout_id: int) -> None:
    """No kiosk begins to take it until somebody goes on; those that have begun come to their end."""
    connection.execute(_HOLD, {"rollout": rollout_id})
    _wait(connection, rollout_id)


def _wait(connection: Connection, rollout_id: int) -> None:
    """Those that have not begun wait for their turn again."""
    mine = rollout_kiosk.c.rollout_id == rollout_id, rollout_kiosk.c.state.in_((State.WAITING, State.OFFERED))
    connection.execute(update(rollout_kiosk).where(*mine).values(state=State.WAITING, offered_at=None))


def _change(
    connection: Connection,
    rollout_id: int,
    before: tuple[str, ...],
    after: str,
    key: str,
    author: str,
    action: Action,
    **values: Any,
) -> bool:
    """Whether it was in one of the states before, and is in the one after now; not, where this was done already."""
    fits = rollout.c.id == rollout_id, rollout.c.state.in_(before), or_(
        rollout.c.last_key.is_(None), rollout.c.last_key != key
    )  # fmt: skip
    changed = update(rollout).where(*fits).values(state=after, last_key=key, **values).returning(rollout.c.place_id)
    place_id = connection.scalar(changed)
    if place_id is not None:
        log.note(connection, author, action, f"rollouts/{rollout_id}", place_id)
        return True
    now = connection.execute(select(rollout.c.state, rollout.c.last_key).where(rollout.c.id == rollout_id)).one()
    if now.last_key != key and now.state != after:
        raise CannotChange(_("This roll-out is %(state)s: that cannot be done now.", state=_state_words(now.state)))
    return False


def _check_alone(connection: Connection, place_id: int, now: datetime) -> None:
    above = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    overlaps = or_(below(place_id), place.c.id.in_(above))
    there = select(rollout.c.id, rollout.c.number, place.c.name).join(place, place.c.id == rollout.c.place_id)
    other = connection.execute(there.where(rollout.c.state.in_(UNDER_WAY), overlaps)).first()
    if other:
        raise CannotChange(
            _(
                "Roll-out %(id)s (release %(number)s to %(place)s) is under way for some of these kiosks. "
                "End it first.",
                id=other.id,
                number=other.number,
                place=other.name,
            )
        )
    going = there.where(rollout.c.state == "back", rollout.c.finished_at > now - GOES_WITHIN, overlaps, _RUNS_IT)
    other = connection.execute(going).first()
    if other:
        raise CannotChange(
            _(
                "Roll-out %(id)s (release %(number)s to %(place)s) is on its way back. "
                "Wait until its kiosks run again what they ran before.",
                id=other.id,
                number=other.number,
                place=other.name,
            )
        )


def _state_words(state: str) -> str:
    words: dict[str, str] = {
        "running": _("under way"),
        "halted": _("halted"),
        "done": _("done"),
        "ended": _("ended"),
        "back": _("on its way back"),
    }
    return words[state]


#: Some of its kiosks that are in touch have still to go back.
_RUNS_IT = text("""
    EXISTS (SELECT FROM rollout_kiosk AS member
            JOIN kiosk ON kiosk.id = member.kiosk_id AND kiosk.state = 'enrolled'
            JOIN kiosk_status ON kiosk_status.kiosk_id = kiosk.id
            WHERE member.rollout_id = rollout.id AND member.state <> 'back' AND kiosk_status.state = 'online'
              AND kiosk_status.health -> 'release' = to_jsonb(rollout.number))
""")
_HOLD = text("""
    UPDATE kiosk SET release_id = NULL
    FROM rollout_kiosk AS member
    JOIN rollout ON rollout.id = member.rollout_id
    JOIN release ON release.number = rollout.number
    WHERE rollout.id = :rollout AND member.kiosk_id = kiosk.id AND release.id = kiosk.release_id
      AND member.state NOT IN ('taking', 'trial', 'done')
""")
_AGAIN = text("""
    UPDATE kiosk SET release_id = release.id
    FROM rollout_kiosk AS member
    JOIN rollout ON rollout.id = member.rollout_id
    JOIN release ON release.number = rollout.number
    LEFT JOIN kiosk_status ON kiosk_status.kiosk_id = member.kiosk_id
    WHERE rollout.id = :rollout AND member.kiosk_id = kiosk.id AND member.state IN ('failed', 'silent')
      AND kiosk.state = 'enrolled' AND release.board = coalesce(kiosk_status.health ->> 'board', kiosk.board)
""")
_WITHDRAW = text("""
    UPDATE kiosk SET release_id = NULL
    FROM rollout_kiosk AS member
    JOIN rollout ON rollout.id = member.rollout_id
    JOIN release ON release.number = rollout.number
    WHERE rollout.id = :rollout AND member.kiosk_id = kiosk.id AND release.id = kiosk.release_id
      AND (member.state <> 'done' OR rollout.state = 'back')
""")
