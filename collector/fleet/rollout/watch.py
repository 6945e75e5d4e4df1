"""What a roll-out does by itself: it reads what kiosks say, offers the release to the next, goes on, halts, ends."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, or_, select, text, update
from sqlalchemy.exc import OperationalError

from collector import clock
from collector.fleet.rollout import changes, facts, returns, rules
from collector.fleet.rollout import plan as plans
from collector.fleet.rollout.facts import Known
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.stages import ALL, FIRST, SOME
from collector.fleet.rollout.steps import Heard, Member, State, step
from collector.fleet.rollout.takers import UNDER_WAY, affected
from collector.fleet.tables import rollout, rollout_kiosk
from collector.settings import Settings

log = structlog.get_logger()

#: s between two looks at what is under way, and at what is over, where late kiosks come back.
EVERY, OVER_EVERY = 2.0, 20.0
#: So many times as long as a look took, others have their turn: thousands of kiosks are looked at less often.
SHARE = 10
#: s between two looks for kiosks that came to the place meanwhile.
JOINING_EVERY = 30.0
#: So long what is over is looked at.
LOOKED_AFTER = timedelta(days=30)


class Watch:
    """Looks when it is told to."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._due = self._over_due = self._joining_due = 0.0

    def look(self, now: datetime) -> None:
        """Look at each roll-out; one that breaks holds up no other."""
        ticks = time.monotonic()
        if ticks < self._due:
            return
        states: list[ColumnElement[bool]] = [rollout.c.state.in_(UNDER_WAY)]
        if ticks >= self._over_due:
            states.append(rollout.c.finished_at > now - LOOKED_AFTER)
            self._over_due = ticks + OVER_EVERY
        joins = ticks >= self._joining_due
        if joins:
            self._joining_due = ticks + JOINING_EVERY
        # Those that go back have kiosks waiting for them.
        states.append((rollout.c.state == "back") & (rollout.c.finished_at > now - timedelta(hours=2)))
        with self._engine.connect() as connection:
            ids = connection.scalars(select(rollout.c.id).where(or_(*states)).order_by(rollout.c.id)).all()
        for rollout_id in ids:
            try:
                look_at(self._engine, self._settings, rollout_id, now - clock.ahead(self._settings), joins=joins)
            except OperationalError:
                raise  # the database is away for all of them
            except Exception:
                log.exception("a roll-out is not looked at", rollout=rollout_id)
        ended = time.monotonic()
        self._due = ended + max(EVERY, SHARE * (ended - ticks))


def look_at(engine: Engine, settings: Settings, rollout_id: int, now: datetime, *, joins: bool = True) -> None:
    """Look at one roll-out, all of it in one transaction.

    1. Read where its kiosks are by what they say, and write down what has changed.
    2. Halt it if too many have failed or fallen silent.
    3. Go on to the next stage if this one is over.
    4. Offer the release to those whose turn it is.

    Parameters
    ----------
    now: of this machine, as what kiosks say is dated.
    joins: also find kiosks that came to the place meanwhile.
    """
    with engine.begin() as connection:
        # Whoever changes it meanwhile waits, and this looks at the outcome.
        row = connection.execute(select(rollout).where(rollout.c.id == rollout_id).with_for_update()).one()
        plan = plans.read(row.plan)
        listening = facts.listening_since(connection, settings, now)
        known = facts.known(connection, rollout_id, plan, now, listening)
        if row.state == "back":
            returns.bring_back(connection, settings, row, plan, known, now)
            return
        members = _stepped(connection, row, plan, known, now)
        if row.state == "halted" and any(each.state is State.OFFERED for each in members):
            changes.hold(connection, rollout_id)  # it was silent and is back: it waits like all others
        if row.state != "running":
            return
        if why := rules.why_halt(row.stage, members, plan):
            _set(connection, rollout_id, state="halted", why=why)
            changes.hold(connection, rollout_id)
            log.warning("roll-out halted", rollout=rollout_id, release=row.number, why=why)
            return
        heard = {member.kiosk: said for member, said in known}
        here = {kiosk for kiosk, said in heard.items() if said.here}
        stage, since = row.stage, row.stage_since
        if stage == ALL and joins:
            members += _joined(connection, row, now)
        members = _drawn(connection, rollout_id, rules.drawn(stage, members, plan, here), members)
        while rules.is_over(stage, members, plan, now, here):
            following = rules.after(stage)
            if following is None:
                _set(connection, rollout_id, state="done", finished_at=now)
                log.info("roll-out done", rollout=rollout_id, release=row.number)
                return
            stage, since = following, now
            _set(connection, rollout_id, stage=stage, stage_since=now)
            log.info("roll-out goes on", rollout=rollout_id, release=row.number, stage=stage)
            if stage == ALL:
                members += _joined(connection, row, now)
            members = _drawn(connection, rollout_id, rules.drawn(stage, members, plan, here), members)
        if rules.has_waited(members, plan, since, now) and (why := rules.missed(members, plan)):
            _set(connection, rollout_id, state="done", finished_at=now, why=why)
            changes.withdraw(connection, rollout_id)
            log.info("roll-out done without those that were away", rollout=rollout_id, release=row.number, why=why)
            return
        if rules.another_first(stage, members, plan, since, now, here):
            members = _another_first(connection, rollout_id, members, heard)
        _offer(connection, row, rules.turn(stage, members, plan, here), heard, now)


def _stepped(connection: Connection, row: Row[Any], plan: Plan, known: Sequence[Known], now: datetime) -> list[Member]:
    steps = [(member, step(row.number, member, heard, plan, now)) for member, heard in known]
    news = [(member, at) for member, at in steps if at != (member.state, member.said)]
    facts.write_down(connection, row.id, news, now)
    return [
        Member(
            member.kiosk,
            member.stage,
            at.state,
            member.since if at.state is member.state else now,
            member.offered_at,
            member.forgiven,
            at.said,
        )
        for member, at in steps
    ]


def _another_first(
    connection: Connection, rollout_id: int, members: list[Member], heard: dict[str, Heard]
) -> list[Member]:
    """The first could not take it, or is away: the next that is online is the first now."""
    online = [each for each in members if each.stage > FIRST and each.waits and heard[each.kiosk].online]
    chosen = next((each for each in online if heard[each.kiosk].here), None)
    if chosen is None:
        return members
    away = [each for each in members if each.stage == FIRST and each.waits]
    if away:
        changes.hold(connection, rollout_id)
    _move(connection, rollout_id, ALL, [each.kiosk for each in away])
    _move(connection, rollout_id, FIRST, [chosen.kiosk])
    others = [each for each in members if each is not chosen and each not in away]
    return [
        replace(chosen, stage=FIRST),
        *others,
        *(replace(each, stage=ALL, offered_at=None) for each in away),
    ]


def _drawn(connection: Connection, rollout_id: int, kiosks: Sequence[str], members: list[Member]) -> list[Member]:
    """These are in the second stage now."""
    if not kiosks:
        return members
    _move(connection, rollout_id, SOME, kiosks)
    return [replace(each, stage=SOME) if each.kiosk in kiosks else each for each in members]


def _move(connection: Connection, rollout_id: int, stage: int, kiosks: Sequence[str]) -> None:
    mine = rollout_kiosk.c.rollout_id == rollout_id, rollout_kiosk.c.kiosk_id.in_(kiosks)
    connection.execute(update(rollout_kiosk).where(*mine).values(stage=stage))


def _joined(connection: Connection, row: Row[Any], now: datetime) -> list[Member]:
    """Kiosks that can take it and came to the place meanwhile: they are in the last stage with all others."""
    new = affected(connection, row.place_id, row.number, now).takers
    if new:
        rows = [
            {"rollout_id": row.id, "kiosk_id": each.id, "stage": ALL, "before": each.release_reported} for each in new
        ]
        connection.execute(insert(rollout_kiosk), rows)
    return [Member(each.id, ALL) for each in new]


def _offer(
    connection: Connection, row: Row[Any], kiosks: Sequence[str], heard: dict[str, Heard], now: datetime
) -> None:
    """Offer it to these; whoever is online hears of it at once, whoever sleeps when it wakes."""
    if not kiosks:
        return
    online = [each for each in kiosks if each in heard and heard[each].online and not heard[each].away_since]
    about = {"rollout": row.id, "number": row.number, "kiosks": list(kiosks), "online": online, "now": now}
    connection.execute(_OFFER, about)
    connection.execute(_OFFERED, {**about, "waiting": State.WAITING, "offered": State.OFFERED})
    connection.execute(_NEWS, {"kiosks": online})


def _set(connection: Connection, rollout_id: int, **values: Any) -> None:
    connection.execute(update(rollout).where(rollout.c.id == rollout_id).values(values))


_OFFER = text("""
    UPDATE kiosk SET release_id = release.id
    FROM release, kiosk AS same
    LEFT JOIN kiosk_status ON kiosk_status.kiosk_id = same.id
    WHERE same.id = kiosk.id AND kiosk.id = ANY(CAST(:kiosks AS text[])) AND release.number = :number
      AND release.board = coalesce(kiosk_status.health ->> 'board', kiosk.board)
""")
_OFFERED = text("""
    UPDATE rollout_kiosk
    SET offered_at = :now, since = :now, said = NULL,
        state = CASE WHEN kiosk_id = ANY(CAST(:online AS text[])) THEN :offered ELSE :waiting END
    WHERE rollout_id = :rollout AND kiosk_id = ANY(CAST(:kiosks AS text[]))
""")
_NEWS = text("SELECT pg_notify('news', id) FROM unnest(CAST(:kiosks AS text[])) AS online (id)")
