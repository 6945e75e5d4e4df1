"""The kiosks that somebody sees: where each stands, and how it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, func, select

from collector.fleet.condition import Condition, closed, judge
from collector.fleet.life import Life, Why
from collector.fleet.life import judge as judge_life
from collector.fleet.tables import (
    kiosk,
    kiosk_acceptance,
    kiosk_placement,
    kiosk_secret,
    kiosk_settings,
    kiosk_status,
    release,
)
from collector.places.queries import below
from collector.places.tables import place, touchpoint

#: Every kiosk with the touchpoint and the store at which it stands now.
standing = (
    kiosk.join(kiosk_placement, and_(kiosk_placement.c.kiosk_id == kiosk.c.id, kiosk_placement.c.until.is_(None)))
    .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
    .join(place, place.c.id == touchpoint.c.store_id)
)
#: Of a kiosk: it can sign in.
has_secret = select(kiosk_secret.c.number).where(kiosk_secret.c.kiosk_id == kiosk.c.id).exists()


@dataclass(frozen=True)
class Kiosk:
    id: str
    #: enrolled or retired.
    state: str
    enrolled_at: datetime
    store_id: int
    store: str
    touchpoint_id: int
    touchpoint: str
    zone: ZoneInfo
    condition: Condition
    #: Newest settings version that it should have, and the one it says it has.
    settings_wanted: int
    settings_reported: int | None
    #: What it said of itself; from outside, so nothing about its shape is sure.
    health: dict[str, Any]
    heard_at: datetime | None
    #: Number of the secret that it signed in with, where it says so.
    secret: int | None
    #: Number of the release that it is offered.
    release_wanted: int | None
    life: Life
    retired_at: datetime | None
    retired_why: Why | None
    #: Stands in its place.
    replaced_by: str | None
    #: How its newest acceptance test ended; None: it was never tested.
    passed: bool | None
    #: As a technician's tool found it.
    provisioned: str | None
    serial: str | None

    @property
    def board(self) -> str | None:
        """As it says itself, else as it was provisioned."""
        board = self.health.get("board")
        return board if isinstance(board, str) else self.provisioned

    @property
    def release_reported(self) -> int | None:
        """Number of the release that it runs: 0 where that is still what a technician installed."""
        return number_of(self.health.get("release"))


def number_of(said: object) -> int | None:
    """A number that a kiosk said, if it is one: what stands in its health is from outside."""
    return said if type(said) is int and 0 <= said < 2**31 else None


def visible_kiosks(
    connection: Connection,
    place_id: int,
    now: datetime,
    *,
    store_id: int | None = None,
    near: int | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Kiosk]:
    """The kiosks that stand where the people of a place see them, by id.

    Parameters
    ----------
    store_id: only those of one store.
    near: only those of this store, and wherever they are, those of which nothing was heard yet.
    after: only ids that come after this one.
    """
    query = _kiosks(place_id).where(kiosk.c.id > after).order_by(kiosk.c.id).limit(limit)
    if store_id is not None:
        query = query.where(place.c.id == store_id)
    if near is not None:
        query = query.where((place.c.id == near) | kiosk_status.c.kiosk_id.is_(None))
    return [_kiosk(row, now) for row in connection.execute(query).all()]


def count_covered_stores(connection: Connection, place_id: int) -> int:
    """The stores at and below a place in which an enrolled kiosk has been heard."""
    heard = standing.join(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id)
    count = select(func.count(place.c.id.distinct())).select_from(heard)
    return connection.execute(count.where(below(place_id), kiosk.c.state == "enrolled")).scalar_one()


def visible_kiosk(connection: Connection, place_id: int, kiosk_id: str, now: datetime) -> Kiosk | None:
    """One kiosk; None where there is none with this id, or the people of the place do not see it."""
    row = connection.execute(_kiosks(place_id).where(kiosk.c.id == kiosk_id)).first()
    return _kiosk(row, now) if row else None


def _kiosks(place_id: int) -> Select[Any]:
    wanted = select(func.max(kiosk_settings.c.version)).where(kiosk_settings.c.kiosk_id == kiosk.c.id).scalar_subquery()
    its_tests = select(kiosk_acceptance.c.passed).where(kiosk_acceptance.c.kiosk_id == kiosk.c.id)
    return (
        select(
            kiosk,
            has_secret.label("has_secret"),
            its_tests.order_by(kiosk_acceptance.c.id.desc()).limit(1).scalar_subquery().label("passed"),
            place.c.id.label("store_id"),
            place.c.name.label("store"),
            place.c.time_zone,
            place.c.opening_hours,
            touchpoint.c.id.label("touchpoint_id"),
            touchpoint.c.name.label("touchpoint"),
            func.coalesce(wanted, 0).label("settings_wanted"),
            kiosk_status.c.settings_version.label("settings_reported"),
            kiosk_status.c.state.label("said"),
            kiosk_status.c.asleep_until,
            kiosk_status.c.health,
            kiosk_status.c.received_at.label("heard_at"),
            kiosk_status.c.secret,
            release.c.number.label("release_wanted"),
        )
        .select_from(standing)
        .join(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id, isouter=True)
        .join(release, release.c.id == kiosk.c.release_id, isouter=True)
        .where(below(place_id))
    )


def _kiosk(row: Row[Any], now: datetime) -> Kiosk:
    zone = ZoneInfo(row.time_zone)
    condition = judge(row.said, row.heard_at, row.asleep_until, now)
    if condition.is_away:  # when its store closed takes long to find out
        shut = closed(row.opening_hours, now, zone)
        condition = judge(row.said, row.heard_at, row.asleep_until, now, shut)
    return Kiosk(
        id=row.id,
        state=row.state,
        enrolled_at=row.enrolled_at,
        store_id=row.store_id,
        store=row.store,
        touchpoint_id=row.touchpoint_id,
        touchpoint=row.touchpoint,
        zone=zone,
        condition=condition,
        settings_wanted=row.settings_wanted,
        settings_reported=row.settings_reported,
        health=row.health or {},
        heard_at=row.heard_at,
        secret=row.secret,
        release_wanted=row.release_wanted,
        life=judge_life(retired=row.state == "retired", has_secret=row.has_secret, condition=condition),
        retired_at=row.retired_at,
        retired_why=Why(row.retired_why) if row.retired_why else None,
        replaced_by=row.replaced_by,
        passed=row.passed,
        provisioned=row.board,
        serial=row.serial,
    )
