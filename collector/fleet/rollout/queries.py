"""The roll-outs as people see them: those to their place and below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, case, func, select, tuple_

from collector.fleet.rollout import plan as plans
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.steps import State
from collector.fleet.tables import kiosk_placement, rollout, rollout_kiosk
from collector.places.queries import below
from collector.places.tables import place, touchpoint


@dataclass(frozen=True)
class Rollout:
    id: int
    #: Of the release.
    number: int
    place_id: int
    place: str
    zone: ZoneInfo
    #: running, halted, done, ended or back.
    state: str
    stage: int
    plan: Plan
    #: A sentence: why it halted, ended or went back.
    why: str | None
    author: str
    created_at: datetime
    stage_since: datetime
    finished_at: datetime | None
    #: By stage, how many kiosks are where.
    stages: list[dict[State, int]]

    @property
    def counts(self) -> dict[State, int]:
        """How many kiosks are where, of all stages."""
        return {state: sum(stage.get(state, 0) for stage in self.stages) for state in State}

    @property
    def by_stage(self) -> list[dict[str, Any]]:
        return [{"stage": number, "kiosks": kiosks} for number, kiosks in enumerate(self.stages)]

    @property
    def is_under_way(self) -> bool:
        return self.state in {"running", "halted"}


def visible_rollouts(connection: Connection, place_id: int, *, before: int = 2**31 - 1, limit: int) -> list[Rollout]:
    """The roll-outs that the people of a place see, newest first.

    Parameters
    ----------
    before: only those with a lower id.
    """
    query = _rollouts(place_id).where(rollout.c.id < before).order_by(rollout.c.id.desc()).limit(limit)
    return _with_counts(connection, connection.execute(query).all())


def visible_rollout(connection: Connection, place_id: int, rollout_id: int) -> Rollout | None:
    """One; None where there is none with this id, or the people of the place do not see it."""
    rows = connection.execute(_rollouts(place_id).where(rollout.c.id == rollout_id)).all()
    return next(iter(_with_counts(connection, rows)), None)


def kiosks_of(
    connection: Connection,
    place_id: int,
    rollout_id: int,
    *,
    after: tuple[int, str] = (0, ""),
    stage: int | None = None,
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """The kiosks of a roll-out and where each stands, by stage and id.

    Parameters
    ----------
    place_id: of whom asks; where a kiosk is that has moved out of there is not told.
    after: only those that come after this stage and id.
    stage: only those of one stage.
    """
    here = and_(kiosk_placement.c.kiosk_id == rollout_kiosk.c.kiosk_id, kiosk_placement.c.until.is_(None))
    named = case((place.c.id.is_not(None), touchpoint.c.name))
    query = (
        select(rollout_kiosk, place.c.name.label("store"), place.c.time_zone, named.label("touchpoint"))
        .join(kiosk_placement, here, isouter=True)
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id, isouter=True)
        .join(place, and_(place.c.id == touchpoint.c.store_id, below(place_id)), isouter=True)
        .where(rollout_kiosk.c.rollout_id == rollout_id)
        .where(tuple_(rollout_kiosk.c.stage, rollout_kiosk.c.kiosk_id) > after)
        .order_by(rollout_kiosk.c.stage, rollout_kiosk.c.kiosk_id)
        .limit(limit)
    )
    return connection.execute(query if stage is None else query.where(rollout_kiosk.c.stage == stage)).all()


def _rollouts(place_id: int) -> Any:
    named = select(rollout, place.c.name.label("place"), place.c.time_zone)
    return named.join(place, place.c.id == rollout.c.place_id).where(below(place_id))


def _with_counts(connection: Connection, rows: Sequence[Row[Any]]) -> list[Rollout]:
    member = rollout_kiosk.c
    counted = select(member.rollout_id, member.stage, member.state, func.count().label("count"))
    counted = counted.where(member.rollout_id.in_([row.id for row in rows]))
    stages: dict[int, list[dict[State, int]]] = {row.id: [{}, {}, {}] for row in rows}
    for row in connection.execute(counted.group_by(member.rollout_id, member.stage, member.state)):
        stages[row.rollout_id][row.stage][State(row.state)] = row._mapping["count"]
    return [
        Rollout(
            id=row.id,
            number=row.number,
            place_id=row.place_id,
            place=row.place,
            zone=ZoneInfo(row.time_zone),
            state=row.state,
            stage=row.stage,
            plan=plans.read(row.plan),
            why=row.why,
            author=row.author,
            created_at=row.created_at,
            stage_since=row.stage_since,
            finished_at=row.finished_at,
            stages=stages[row.id],
        )
        for row in rows
    ]
